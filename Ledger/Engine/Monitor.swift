import Glibc
import Synchronization

/// A mutex with a condition: guards a value that one thread waits for.
///
/// `@unchecked Sendable`: the value is only touched while the mutex is held.
final class Monitor<Value>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var value: Value

    init(_ value: Value) {
        self.value = value
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Runs `body` with the value held. Wakes nobody: for reading, and for changes that no thread waits for.
    func withLock<R, E: Error>(_ body: (inout Value) throws(E) -> R) throws(E) -> R {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }

    /// As `withLock`, and wakes every waiting thread.
    func notify<R, E: Error>(_ body: (inout Value) throws(E) -> R) throws(E) -> R {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        defer { pthread_cond_broadcast(condition) }
        return try body(&value)
    }

    /// Waits until `take` gives a value or the time is over (`nil`).
    func wait<R>(milliseconds: Int, _ take: (inout Value) -> R?) -> R? {
        var deadline = timespec()
        clock_gettime(CLOCK_MONOTONIC, &deadline)
        let nanoseconds = deadline.tv_nsec + milliseconds % 1000 * 1_000_000
        deadline.tv_sec += milliseconds / 1000 + nanoseconds / 1_000_000_000
        deadline.tv_nsec = nanoseconds % 1_000_000_000
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let taken = take(&value) { return taken }
            if pthread_cond_timedwait(condition, mutex, &deadline) == ETIMEDOUT { return take(&value) }
        }
    }
}

/// A thread that was started.
final class RunningThread: Sendable {
    private let handle: Mutex<pthread_t?>

    fileprivate init(_ handle: pthread_t) {
        self.handle = Mutex(handle)
    }

    /// Returns when the thread is gone, with all that it kept for itself: a process that ends before that pulls libraries from under it.
    func join() {
        handle.withLock { handle in
            if let thread = handle { pthread_join(thread, nil) }
            handle = nil
        }
    }

    deinit {
        handle.withLock { if let thread = $0 { pthread_detach(thread) } }
    }
}

/// Starts a thread of its own.
@discardableResult
func startThread(_ body: @escaping @Sendable () -> Void) -> RunningThread {
    guard let thread = startThreadIfPossible(body) else { preconditionFailure("no thread could be started") }
    return thread
}

/// - Returns: `nil` when the system gives no further thread; then `body` is not run.
func startThreadIfPossible(_ body: @escaping @Sendable () -> Void) -> RunningThread? {
    final class Start {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    let start = Unmanaged.passRetained(Start(body))
    let status = pthread_create(
        &thread, nil,
        { argument in
            guard let argument else { return nil }
            Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body()
            return nil
        }, start.toOpaque())
    guard status == 0 else {
        start.release()
        return nil
    }
    return RunningThread(thread)
}
