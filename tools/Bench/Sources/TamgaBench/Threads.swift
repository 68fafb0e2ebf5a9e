import Dispatch
import Glibc
import Synchronization

/// Runs a body on a thread of its own.
func inBackground(_ body: @escaping @Sendable () -> Void) {
    final class Box {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    let box = Unmanaged.passRetained(Box(body)).toOpaque()
    let failure = pthread_create(
        &thread, nil,
        { pointer in
            // Retained above, for this one call.
            if let pointer { Unmanaged<Box>.fromOpaque(pointer).takeRetainedValue().body() }
            return nil
        }, box)
    precondition(failure == 0, "no further thread can be started")
    pthread_detach(thread)
}

/// Runs a body on several threads at once and waits for all of them.
///
/// - Throws: the first error of any of them.
func onThreads<Result: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (Int) throws -> Result
) throws -> [Result] {
    let results = Collected<Result>()
    let done = DispatchSemaphore(value: 0)
    for number in 0..<count {
        inBackground {
            let result = Swift.Result { try body(number) }
            results.values.withLock { $0[number] = result }
            done.signal()
        }
    }
    for _ in 0..<count { done.wait() }
    let all = results.values.withLock { $0 }
    return try (0..<count).compactMap { try all[$0]?.get() }
}

private final class Collected<Value: Sendable>: Sendable {
    let values = Mutex<[Int: Swift.Result<Value, any Error>]>([:])
}
