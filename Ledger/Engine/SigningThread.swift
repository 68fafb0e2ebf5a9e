import LedgerMerkle
import Synchronization

/// Signs the checkpoint of a batch while the batch is made durable.
protocol Signing: Sendable {
    /// Asks for a signature.
    func begin(size: UInt64, root: Digest)
    /// The signature asked for last.
    ///
    /// - Throws: `SigningError`, also when it takes too long.
    func result() throws -> SignedCheckpoint
    /// Nothing is asked for any more. Returns when no thread is left of it.
    func close()
}

extension Signing {
    func sign(size: UInt64, root: Digest) throws -> SignedCheckpoint {
        begin(size: size, root: root)
        return try result()
    }
}

/// Signs on a thread of its own, so that the signature is ready when the sync is.
final class SigningThread: Signing {
    /// How long a signature may take, ms.
    static let usualLimitMs = 60_000

    private struct Desk {
        // Counts requests: an answer to one that was given up must not be taken for the next one's.
        var number = 0
        var request: (size: UInt64, root: Digest)?
        var result: Result<SignedCheckpoint, any Error>?
        var isClosed = false
        // A signer that does not come back keeps its thread: nobody waits for that.
        var isSigning = false
    }

    private let desk = Monitor(Desk())
    private let thread: RunningThread
    private let limitMs: Int

    init(_ signer: any CheckpointSigner, limitMs: Int = usualLimitMs) {
        self.limitMs = limitMs
        let desk = desk
        thread = startThread {
            while true {
                let next = desk.wait(milliseconds: 60_000) { desk -> (number: Int, size: UInt64, root: Digest)?? in
                    if desk.isClosed { return .some(nil) }
                    guard let request = desk.request else { return nil }
                    desk.request = nil
                    desk.isSigning = true
                    return (desk.number, request.size, request.root)
                }
                guard let next else { continue }
                guard let request = next else { return }
                let result = Result { try signer.sign(size: request.size, root: request.root) }
                desk.notify { desk in
                    desk.isSigning = false
                    if desk.number == request.number { desk.result = result }
                }
            }
        }
    }

    deinit {
        desk.notify { $0.isClosed = true }
    }

    func close() {
        let isSigning = desk.notify { desk in
            desk.isClosed = true
            return desk.isSigning
        }
        if !isSigning { thread.join() }
    }

    func begin(size: UInt64, root: Digest) {
        desk.notify { desk in
            desk.number += 1
            desk.result = nil
            desk.request = (size, root)
        }
    }

    func result() throws -> SignedCheckpoint {
        let taken = desk.wait(milliseconds: limitMs) { desk -> Result<SignedCheckpoint, any Error>? in
            defer { desk.result = nil }
            return desk.result
        }
        switch taken {
        case .success(let checkpoint): return checkpoint
        case .failure(let error): throw SigningError(cause: error)
        case nil:
            // A request that was not begun must not be met when nobody waits for it.
            desk.notify { $0.request = nil }
            throw SigningError(cause: SigningTimeout(milliseconds: limitMs))
        }
    }
}

/// Signs at once, on the caller's thread.
final class InlineSigning: Signing {
    private let signer: any CheckpointSigner
    private let request = Mutex((size: UInt64(0), root: TreeHash.empty))

    init(_ signer: any CheckpointSigner) {
        self.signer = signer
    }

    func begin(size: UInt64, root: Digest) {
        request.withLock { $0 = (size, root) }
    }

    func close() {}

    func result() throws -> SignedCheckpoint {
        let (size, root) = request.withLock { $0 }
        do {
            return try signer.sign(size: size, root: root)
        } catch {
            throw SigningError(cause: error)
        }
    }
}

/// The key did not sign: what the disk did is another question.
struct SigningError: Error {
    let cause: any Error
}

/// A signer that was given up.
struct SigningTimeout: Error, CustomStringConvertible {
    let milliseconds: Int

    var description: String {
        "the ledger's key gave no signature within \(milliseconds) ms; see that its token answers: filing goes on by itself once it does"
    }
}
