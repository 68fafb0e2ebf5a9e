import LedgerStorage
import Synchronization

/// Locks by domain key: as many as this many fall on few of them.
final class PlaceLocks: Sendable {
    private final class Stripe: Sendable {
        let lock = Mutex(())
    }

    private let stripes = (0..<256).map { _ in Stripe() }

    /// Runs `body` under the locks of all the places. They are taken in one order, so that nobody waits in a ring.
    ///
    /// - Parameter places: asked before the locks are taken and under them; while the two answers differ, this begins again.
    func withLocks<Result>(of places: () throws -> [DomainKey], _ body: () throws -> Result) throws -> Result {
        while true {
            let wanted = try places()
            let numbers = Set(wanted.map { Int(UInt(bitPattern: $0.hashValue) % UInt(stripes.count)) }).sorted()
            let result = try holding(numbers[...]) { try places() == wanted ? try body() : nil }
            if let result { return result }
        }
    }

    private func holding<Result>(_ numbers: ArraySlice<Int>, _ body: () throws -> Result?) throws -> Result? {
        guard let first = numbers.first else { return try body() }
        var result: Result?
        try stripes[first].lock.withLock { _ in result = try holding(numbers.dropFirst(), body) }
        return result
    }
}
