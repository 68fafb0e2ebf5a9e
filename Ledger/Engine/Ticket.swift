import Dispatch
import Synchronization

/// A place in the queue: answers once the batch is durable and signed, or has failed.
public final class Ticket: Sendable {
    private struct State {
        var result: Result<Acknowledgement, LedgerError>?
        var waiters: [@Sendable (Result<Acknowledgement, LedgerError>) -> Void] = []
    }

    private let state = Mutex(State())

    init() {}

    /// Suspends until the outcome is known.
    ///
    /// - Durability: the entry is on disk when this returns.
    public func acknowledgement() async throws -> Acknowledgement {
        try await withCheckedContinuation { continuation in
            whenDone { continuation.resume(returning: $0) }
        }.get()
    }

    /// Blocks the thread until the outcome is known; not for tasks of the cooperative pool.
    public func wait() throws -> Acknowledgement {
        let semaphore = DispatchSemaphore(value: 0)
        let box = Mutex<Result<Acknowledgement, LedgerError>?>(nil)
        whenDone { result in
            box.withLock { $0 = result }
            semaphore.signal()
        }
        semaphore.wait()
        guard let result = box.withLock({ $0 }) else { throw LedgerError.stopped("the ledger went away") }
        return try result.get()
    }

    func whenDone(_ action: @escaping @Sendable (Result<Acknowledgement, LedgerError>) -> Void) {
        let known = state.withLock { state in
            if state.result == nil { state.waiters.append(action) }
            return state.result
        }
        if let known { action(known) }
    }

    func finish(_ result: Result<Acknowledgement, LedgerError>) {
        let waiters = state.withLock { state in
            guard state.result == nil else { return state.waiters }
            state.result = result
            let waiters = state.waiters
            state.waiters = []
            return waiters
        }
        for waiter in waiters { waiter(result) }
    }
}
