import Dispatch
import LedgerMerkle
import Synchronization

@testable import LedgerEngine

/// A signer, such as an HSM, whose answers a test can hold back.
final class SlowSigner: CheckpointSigner {
    private let signer: any CheckpointSigner
    private let gate = Mutex<DispatchSemaphore?>(nil)
    private let calls = Mutex((waiting: 0, all: 0))

    /// Whether a signature was asked for and is held back.
    var isWaiting: Bool { calls.withLock { $0.waiting > 0 } }
    /// How many signatures were asked for.
    var count: Int { calls.withLock { $0.all } }

    init(signer: any CheckpointSigner) {
        self.signer = signer
    }

    func hold() { gate.withLock { $0 = DispatchSemaphore(value: 0) } }

    func release(andHoldTheNext: Bool = false) {
        gate.withLock { gate in
            gate?.signal()
            gate = andHoldTheNext ? DispatchSemaphore(value: 0) : nil
        }
    }

    func sign(size: UInt64, root: Digest) throws -> SignedCheckpoint {
        let held = gate.withLock { $0 }
        calls.withLock { $0 = ($0.waiting + 1, $0.all + 1) }
        held?.wait()
        calls.withLock { $0.waiting -= 1 }
        return try signer.sign(size: size, root: root)
    }
}
