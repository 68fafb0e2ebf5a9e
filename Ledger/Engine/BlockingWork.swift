import Glibc
import Synchronization

/// Runs work that blocks on a thread of its own, and suspends the caller meanwhile.
///
/// The threads of the cooperative pool are as few as the processors: work that waits for a disk would leave none to answer others.
///
/// - Parameter work: goes on to its end when the caller's task is cancelled, unless it asks whether it is, and breaks off by itself.
/// - Throws: what `work` throws; `LedgerError.busy` when the system gives no thread.
public func onThreadOfItsOwn<R: Sendable>(
    _ work: @escaping @Sendable (_ isCancelled: () -> Bool) throws -> R
) async throws -> R {
    let request = BlockingRequest()
    return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
            let isStarted = startThreadIfPossible {
                continuation.resume(with: Result { try work { request.isCancelled.load(ordering: .relaxed) } })
            }
            if isStarted == nil { continuation.resume(throwing: LedgerError.busy) }
        }
    } onCancel: {
        request.isCancelled.store(true, ordering: .relaxed)
    }
}

private final class BlockingRequest: Sendable {
    let isCancelled = Atomic(false)
}

/// Lets the calling thread have the processor only where others leave it, more or less: for work that nobody waits for.
public func lowerPriorityOfThread() {
    // On Linux the number 0 is the calling thread's, not the process's. Refused by no kernel for a lower priority.
    _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
}

/// Suspends the calling thread, which must not be one of the cooperative pool.
public func sleepOfThread(_ seconds: Double) {
    usleep(UInt32(max(0, seconds) * 1_000_000))
}
