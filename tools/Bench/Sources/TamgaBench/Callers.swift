import Glibc
import Synchronization

/// Callers whom a service tells apart: connections from addresses of 127.0.0.0/8, each of which comes once.
///
/// A service that counts the attempts of an address refuses a load from one; so many people as ask a register have addresses of
/// their own.
final class Callers {
    /// How many requests each sends before the next takes its place.
    let share: Int
    private let port: Int
    private var waiting: [HTTPConnection] = []
    /// Those who have sent their share. They hang up together, when these callers go.
    private var done: [HTTPConnection] = []

    private static let given = Atomic<UInt32>(0)

    /// The most that one service is asked to hold, and that this process may have open.
    static let limit: Int = {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return min(3500, Int(clamping: limit.rlim_cur) - 300)
    }()

    /// - Parameter count: how many are connected at once; the others are when their turn comes.
    init(port: Int, share: Int, connected count: Int) throws {
        (self.port, self.share) = (port, share)
        waiting = try (0..<min(count, Callers.limit)).map { _ in try connect() }
    }

    /// The next caller, connected.
    ///
    /// - Parameter previous: who had the place before.
    func next(after previous: HTTPConnection? = nil) throws -> HTTPConnection {
        if let previous { done.append(previous) }
        return try waiting.popLast() ?? connect()
    }

    /// From 127.1.0.0 upwards.
    private func connect() throws -> HTTPConnection {
        let number = Callers.given.add(1, ordering: .relaxed).oldValue
        guard number < 0xfe_0000 else { throw BenchError("all addresses of loopback were used") }
        return try HTTPConnection(port: port, from: 0x7f01_0000 + number)
    }
}
