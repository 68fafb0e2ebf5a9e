import LedgerMerkle
import Synchronization

/// Signs the checkpoint of a batch while the batch is made durable.
protocol Signing: Sendable {
    /// Asks for a signature.
    func begin(size: UInt64, root: Digest)
    /// The signature asked for last.
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
    private struct Desk {
        // Counts requests: an answer to one that was given up must not be taken for the next one's.
        var number = 0
        var request: (size: UInt64, root: Digest)?
        var result: Result<SignedCheckpoint, any Error>?
        var isClosed = false
    }

    private let desk = Monitor(Desk())
    private let thread: RunningThread

    init(_ signer: any CheckpointSigner) {
        let desk = desk
        thread = startThread {
            while true {
                let next = desk.wait(milliseconds: 60_000) { desk -> (number: Int, size: UInt64, root: Digest)?? in
                    if desk.isClosed { return .some(nil) }
                    guard let request = desk.request else { return nil }
                    desk.request = nil
                    return (desk.number, request.size, request.root)
                }
                guard let next else { continue }
                guard let request = next else { return }
                let result = Result { try signer.sign(size: request.size, root: request.root) }
                desk.notify { if $0.number == request.number { $0.result = result } }
            }
        }
    }

    deinit {
        desk.notify { $0.isClosed = true }
    }

    func close() {
        desk.notify { $0.isClosed = true }
        thread.join()
    }

    func begin(size: UInt64, root: Digest) {
        desk.notify { desk in
            desk.number += 1
            desk.result = nil
            desk.request = (size, root)
        }
    }

    func result() throws -> SignedCheckpoint {
        while true {
            let taken = desk.wait(milliseconds: 60_000) { desk -> Result<SignedCheckpoint, any Error>? in
                defer { desk.result = nil }
                return desk.result
            }
            if let taken { return try taken.get() }
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
        return try signer.sign(size: size, root: root)
    }
}
