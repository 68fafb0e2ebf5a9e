import Filing
import Synchronization

/// What a relay keeps in memory: sales under way, and answers for tills that lost one.
final class RelayMemory: Sendable {
    /// Bytes of answers kept at most; beyond, the oldest go.
    private static let answerBytes = 64 << 20

    private struct Kept {
        let answer: RelayDesk.Answer
        /// The receipt's number; `nil` where the answer could not be read.
        let id: String?
        let until: UInt64
    }

    private struct State {
        var underWay: [[UInt8]: Task<RelayDesk.Answer, any Error>] = [:]
        var answers: [[UInt8]: Kept] = [:]
        /// The keys of the answers, oldest first.
        var order: [[UInt8]] = []
        var bytes = 0

        mutating func drop(_ key: [UInt8]) {
            if let kept = answers.removeValue(forKey: key) { bytes -= kept.answer.reply.body.count }
        }
    }

    private let state = Mutex(State())

    /// The answer to an equal request a moment ago, the one that is under way, or a new one.
    ///
    /// - Parameters:
    ///   - isValid: whether a receipt of this number is still in force.
    ///   - start: called when there is neither.
    func task(
        _ key: [UInt8], now: UInt64, isValid: (String) -> Bool,
        start: @escaping @Sendable () async throws -> RelayDesk.Answer
    ) -> Task<RelayDesk.Answer, any Error> {
        state.withLock { state in
            if let known = state.underWay[key] { return known }
            if let kept = state.answers[key], kept.until > now, kept.id.map(isValid) ?? true {
                return Task { kept.answer }
            }
            // Not a child of the request: a till that hangs up does not stop a sale half-way.
            let task = Task {
                defer { self.state.withLock { _ = $0.underWay.removeValue(forKey: key) } }
                return try await start()
            }
            state.underWay[key] = task
            return task
        }
    }

    func keep(_ answer: RelayDesk.Answer, id: String?, key: [UInt8], until: UInt64) {
        state.withLock { state in
            state.drop(key)
            state.answers[key] = Kept(answer: answer, id: id, until: until)
            state.order.append(key)
            state.bytes += answer.reply.body.count
            while state.bytes > RelayMemory.answerBytes, !state.order.isEmpty {
                state.drop(state.order.removeFirst())
            }
        }
    }

    /// Forgets answers whose time is over.
    func forget(before now: UInt64) {
        state.withLock { state in
            for (key, kept) in state.answers where kept.until <= now { state.drop(key) }
            state.order.removeAll { state.answers[$0] == nil }
        }
    }

    /// Forgets the answer with a receipt that was given back or corrected.
    func forget(id: String) {
        state.withLock { state in
            for (key, kept) in state.answers where kept.id == id { state.drop(key) }
        }
    }
}
