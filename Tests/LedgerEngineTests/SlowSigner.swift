import Dispatch
import LedgerMerkle
import Synchronization

@testable import LedgerEngine

/// A signer, such as an HSM, whose answers a test can hold back.
final class SlowSigner: CheckpointSigner {
    private let signer: any CheckpointSigner
    private let gate = Mutex<DispatchSemaphore?>(nil)
    private let waiting = Mutex(false)

    /// Whether a signature was asked for and is held back.
    var isWaiting: Bool { waiting.withLock { $0 } }

    init(signer: any CheckpointSigner) {
        self.signer = signer
    }

    func hold() { gate.withLock { $0 = DispatchSemaphore(value: 0) } }

    func release() {
        gate.withLock { gate in
            gate?.signal()
            gate = nil
        }
    }

    func sign(size: UInt64, root: Digest) throws -> SignedCheckpoint {
        if let held = gate.withLock({ $0 }) {
            waiting.withLock { $0 = true }
            held.wait()
            waiting.withLock { $0 = false }
            held.signal()
        }
        return try signer.sign(size: size, root: root)
    }
}
