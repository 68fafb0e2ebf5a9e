import LedgerEngine
import Logging
import Registry
import ServiceLifecycle
import Synchronization

/// Sends what waits in the outbox, one mail after the other, on a thread of its own, while the service runs.
///
/// At least once: that a mail is tried is on disk before, and how it went after. In a log a mail is its number in the outbox: never to whom,
/// never of which act.
final class MailSender: Service {
    /// What this process did, for whoever counts.
    struct Totals: Hashable, Sendable {
        var sent = 0
        /// Attempts that did not work and are made again.
        var postponed = 0
        /// Mails that are not tried again.
        var failed = 0
    }

    /// Mails read at once.
    private static let batchLength = 50
    private static let pauseSeconds = 1.0
    /// After a failure of the server itself nobody is written to for so long, doubled each time.
    private static let firstRestMs: UInt64 = 5_000
    private static let longestRestMs: UInt64 = 600_000
    /// How long what ended is kept, ms: so long an equal change is known to have been told.
    private static let keepingTime: Int64 = 30 * 86_400_000
    private static let cleaningPauseMs: UInt64 = 3_600_000

    private let store: NoticeStore
    private let carrier: any MailCarrier
    private let from: MailAddress
    private let publicURL: String
    private let clock: any Clock
    private let logger: Logger
    private let counted = Mutex(Totals())

    /// - Parameter publicURL: where the service is reached, without a trailing slash.
    convenience init(desk: NoticeDesk, server: MailServer, publicURL: String, clock: any Clock, logger: Logger) {
        self.init(
            store: desk.store, carrier: SMTPCarrier(server: server), from: server.from, publicURL: publicURL,
            clock: clock, logger: logger)
    }

    init(
        store: NoticeStore, carrier: any MailCarrier, from: MailAddress, publicURL: String, clock: any Clock,
        logger: Logger
    ) {
        self.store = store
        self.carrier = carrier
        self.from = from
        self.publicURL = publicURL
        self.clock = clock
        self.logger = logger
    }

    var totals: Totals { counted.withLock { $0 } }

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            // A system that has no thread to give now may have one later.
            while !Task.isCancelled {
                if (try? await self.work()) != nil { return }
                try await Task.sleep(for: .seconds(5))
            }
        }
    }

    private func work() async throws {
        try await onThreadOfItsOwn { [self] isCancelled in
            lowerPriorityOfThread()
            var rest = MailSender.firstRestMs
            var next: UInt64 = 0
            var cleaning: UInt64 = 0
            while !isCancelled() {
                let time = clock.monotonic()
                do {
                    if time >= next {
                        if try sendDue(unless: isCancelled) {
                            rest = MailSender.firstRestMs
                        } else {
                            next = clock.monotonic() + rest
                            rest = min(rest * 2, MailSender.longestRestMs)
                        }
                    }
                    if time >= cleaning {
                        try store.forgetEnded(before: now - MailSender.keepingTime)
                        cleaning = time + MailSender.cleaningPauseMs
                    }
                } catch {
                    logger.error("the outbox cannot be used", metadata: ["error": "\(error)"])
                    next = clock.monotonic() + rest
                    rest = min(rest * 2, MailSender.longestRestMs)
                }
                var left = MailSender.pauseSeconds
                while left > 0, !isCancelled() {
                    sleepOfThread(min(left, 0.1))
                    left -= 0.1
                }
            }
        }
    }

    /// Tries everything whose time has come.
    ///
    /// - Returns: false when the server itself failed: the others then wait.
    func sendDue(unless isCancelled: () -> Bool) throws -> Bool {
        while !isCancelled() {
            let due = try store.due(at: now, limit: MailSender.batchLength)
            for notice in due {
                if isCancelled() { return true }
                guard let outcome = try send(notice, isCancelled) else { continue }
                if outcome.isOfServer { return false }
            }
            if due.count < MailSender.batchLength { return true }
        }
        return true
    }

    /// - Returns: `nil` when it was not tried: it does not wait any more.
    private func send(_ notice: Notice, _ isCancelled: () -> Bool) throws -> MailOutcome? {
        let time = now
        let attempts = notice.attempts + 1
        let next = RetryPlan.next(attempts: attempts, first: notice.first ?? time, now: time)
        // Before it is sent: a mail that ends the process must not be the first thing of the next one.
        guard try store.begin(notice.id, at: time, due: next ?? time + RetryPlan.timeLimit / 6) else { return nil }
        let outcome = attempt(notice, isCancelled)
        try note(outcome, of: notice, attempts: attempts, next: next)
        return outcome
    }

    private func attempt(_ notice: Notice, _ isCancelled: () -> Bool) -> MailOutcome {
        guard let to = MailAddress(notice.address) else { return MailOutcome(result: .unusable) }
        let message = MailMessage(notice, to: to, from: from, publicURL: publicURL)
        return carrier.send(message.bytes, from: from, to: to, isStopped: isCancelled)
    }

    private func note(_ outcome: MailOutcome, of notice: Notice, attempts: Int, next: Int64?) throws {
        let metadata: Logger.Metadata = [
            "notice": "\(notice.id)", "event": "\(notice.event.rawValue)", "attempts": "\(attempts)",
            "outcome": "\(outcome)",
        ]
        if outcome.result == .sent {
            try store.setSent(notice.id, at: now)
            counted.withLock { $0.sent += 1 }
            logger.info("a notice was sent", metadata: metadata)
        } else if outcome.result == .stopped {
            // The service ends: it is the first thing of the next one.
            try store.note("\(outcome)", of: notice.id, due: now)
        } else if outcome.isFinal || next == nil {
            try store.setFailed(notice.id, error: "\(outcome)", at: now)
            counted.withLock { $0.failed += 1 }
            logger.error("a notice is not sent", metadata: metadata)
        } else {
            try store.note("\(outcome)", of: notice.id)
            counted.withLock { $0.postponed += 1 }
            logger.warning("a notice is not sent yet", metadata: metadata)
        }
    }

    private var now: Int64 { Int64(clamping: clock.now()) }
}
