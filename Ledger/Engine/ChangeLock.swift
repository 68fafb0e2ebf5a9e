/// Who may change segments and index, one at a time. Reading the journal back goes before background work: filing waits for it.
final class ChangeLock: Sendable {
    private struct Desk {
        var isTaken = false
        /// How many wait to whom background work gives way.
        var urgent = 0
    }

    private let desk = Monitor(Desk())

    /// Whether somebody waits to whom background work gives way.
    var isAwaited: Bool { desk.withLock { $0.urgent > 0 } }

    /// Waits for the turn, and runs `body`.
    func withLock<R>(isUrgent: Bool = false, _ body: () throws -> R) rethrows -> R {
        if isUrgent { desk.withLock { $0.urgent += 1 } }
        while !take(isUrgent: isUrgent) {}
        defer { desk.notify { $0.isTaken = false } }
        return try body()
    }

    private func take(isUrgent: Bool) -> Bool {
        let taken = desk.wait(milliseconds: 1000) { desk -> Bool? in
            guard !desk.isTaken, isUrgent || desk.urgent == 0 else { return nil }
            desk.isTaken = true
            if isUrgent { desk.urgent -= 1 }
            return true
        }
        return taken != nil
    }
}
