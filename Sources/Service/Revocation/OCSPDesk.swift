import LedgerEngine
import LedgerMerkle
import Logging
import Signatures
import Synchronization

/// Asks OCSP responders, remembers what they said, and asks nothing twice at once.
final class OCSPDesk: Sendable {
    /// One certificate that somebody wants to know about.
    struct Question: Sendable {
        let need: RevocationNeed
        /// Where its issuer's responders are.
        let urls: [String]
        /// Whether nothing else tells of it: then a responder that failed just now is asked all the same.
        let isUrgent: Bool

        /// By the certificate and its issuer's: two CAs may give out the same number.
        var key: Digest { SHA256.hash(need.issuerFingerprint + need.certificate) }
    }

    private struct Answer {
        let der: [UInt8]
        /// Monotonic ms from which on a newer one is asked for.
        let refresh: UInt64
        /// Unix seconds.
        let until: Int64
    }

    private struct State {
        var answers: [Digest: Answer] = [:]
        var byteCount = 0
        var running: [Digest: Task<[UInt8]?, Never>] = [:]
        /// Responders that failed, and the monotonic ms until which they are spared.
        var resting: [String: UInt64] = [:]
    }

    /// The most answers that are remembered, and the most bytes of them.
    static let answerLimit = 10_000
    static let sizeLimit = 32 << 20
    /// The most certificates asked about at once.
    static let runningLimit = 64
    /// An answer is not relied on for longer without asking again, however long it says that it holds.
    static let longestUse: UInt64 = 3_600_000
    private static let rest: UInt64 = 30_000

    private let carrier: any RevocationCarrier
    private let clock: any Clock
    private let logger: Logger
    private let answerLimit: Int
    private let state = Mutex(State())

    init(
        carrier: any RevocationCarrier, clock: any Clock, logger: Logger, answerLimit: Int = OCSPDesk.answerLimit
    ) {
        self.answerLimit = answerLimit
        self.carrier = carrier
        self.clock = clock
        self.logger = logger
    }

    /// How many answers are remembered.
    var count: Int { state.withLock { $0.answers.count } }

    /// An answer that tells of the certificate; else one that does not, if there was any: whoever checks then knows why.
    ///
    /// - Parameters:
    ///   - limit: how long to wait. The question goes on, for whoever asks next.
    ///   - tells: whether an answer is sound, current and about the certificate.
    func answer(
        to question: Question, within limit: Duration, tells: @escaping @Sendable ([UInt8]) -> Bool
    ) async -> [UInt8]? {
        let now = clock.monotonic()
        let wall = Int64(clamping: clock.now() / 1000)
        let key = question.key
        let (task, known): (Task<[UInt8]?, Never>?, [UInt8]?) = state.withLock { state in
            let known = state.answers[key].flatMap { $0.until >= wall ? $0 : nil }
            if let known, now < known.refresh { return (nil, known.der) }
            if let running = state.running[key] { return (running, known?.der) }
            let urls = question.urls.filter { question.isUrgent && known == nil || state.resting[$0] ?? 0 <= now }
            guard !urls.isEmpty, state.running.count < Self.runningLimit else { return (nil, known?.der) }
            let task = Task { await self.ask(question, urls, key, tells) }
            state.running[key] = task
            return (task, known?.der)
        }
        guard let task else { return known }
        let answer = await task.value(within: limit).flatMap { $0 }
        // What was good before is good until it ends.
        guard let known, !(answer.map(tells) ?? false) else { return answer }
        return known
    }

    private func ask(
        _ question: Question, _ urls: [String], _ key: Digest, _ tells: @escaping @Sendable ([UInt8]) -> Bool
    ) async -> [UInt8]? {
        defer { state.withLock { $0.running[key] = nil } }
        guard let request = try? question.need.ocspRequest() else { return nil }
        return await withTaskGroup(of: [UInt8]?.self) { group in
            for url in urls { group.addTask { await self.ask(request, of: url) } }
            var other: [UInt8]?
            for await answer in group {
                guard let answer else { continue }
                guard tells(answer) else {
                    other = other ?? answer
                    continue
                }
                group.cancelAll()
                keep(answer, key)
                return answer
            }
            return other
        }
    }

    private func ask(_ request: [UInt8], of url: String) async -> [UInt8]? {
        do {
            let answer = try await carrier.ask(request, of: url)
            guard case .ocsp(let status) = OCSPDesk.inspect(answer)?.kind else {
                throw RevocationFault("it is no OCSP answer")
            }
            guard status == 0 else { throw RevocationFault("OCSP status \(status)") }
            let rested = state.withLock { $0.resting.removeValue(forKey: url) }
            if rested != nil { logger.notice("an OCSP responder answers again", metadata: ["address": "\(url)"]) }
            return answer
        } catch {
            // Another one was sooner, or the service ends.
            if Task.isCancelled { return nil }
            let end = clock.monotonic() + Self.rest
            let isNew = state.withLock { $0.resting.updateValue(end, forKey: url) == nil }
            if isNew {
                logger.warning(
                    "an OCSP responder does not answer", metadata: ["address": "\(url)", "reason": "\(error)"])
            }
            return nil
        }
    }

    private static let reader = try? TrustStore(certificates: [])

    private static func inspect(_ answer: [UInt8]) -> RevocationObject? {
        answer.first == 0x30 ? reader?.inspect(answer) : nil
    }

    /// Remembers an answer until half of the time that it still has has passed. One without an end is asked for again each time.
    private func keep(_ der: [UInt8], _ key: Digest) {
        guard let until = OCSPDesk.inspect(der)?.until else { return }
        let wall = Int64(clamping: clock.now() / 1000)
        let left = min(max(until, wall) - wall, Int64(Self.longestUse / 1000) * 2)
        guard left > 0 else { return }
        let now = clock.monotonic()
        let answer = Answer(der: der, refresh: now + UInt64(left) * 500, until: until)
        state.withLock { state in
            if state.answers.count >= answerLimit || state.byteCount + der.count > Self.sizeLimit {
                state.answers = state.answers.filter { now < $0.value.refresh }
                state.byteCount = state.answers.values.reduce(0) { $0 + $1.der.count }
            }
            if state.answers.count >= answerLimit || state.byteCount + der.count > Self.sizeLimit {
                state.answers = [:]
                state.byteCount = 0
            }
            state.byteCount += der.count - (state.answers.updateValue(answer, forKey: key)?.der.count ?? 0)
        }
    }

    /// Breaks off what is under way.
    func stop() async {
        let running = state.withLock { Array($0.running.values) }
        for task in running { task.cancel() }
        for task in running { _ = await task.value }
    }
}
