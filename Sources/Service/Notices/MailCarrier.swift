import CMail

/// What became of one attempt to send a mail.
struct MailOutcome: Hashable, Sendable, CustomStringConvertible {
    enum Result: String, Hashable, Sendable {
        case sent
        /// There is no such mailbox.
        case recipientRefused = "recipient-refused"
        case refused
        case loginRefused = "login-refused"
        case tlsFailed = "tls-failed"
        case notReached = "not-reached"
        case broken
        case timedOut = "timed-out"
        /// It was handed over, and nobody said whether it was taken.
        case unclear
        case stopped
        /// It cannot be sent to anybody.
        case unusable
        case outOfMemory = "out-of-memory"
    }

    let result: Result
    /// The server's last reply; 0 for none.
    var reply = 0

    /// For a log and the database: nothing in it is about anybody.
    var description: String { reply >= 400 ? "\(result.rawValue) \(reply)" : result.rawValue }

    /// Whether another mail would fare no better: it is the server, or the way there.
    var isOfServer: Bool {
        switch result {
        case .loginRefused, .tlsFailed, .notReached, .broken, .timedOut, .outOfMemory: true
        case .sent, .recipientRefused, .refused, .unclear, .stopped, .unusable: false
        }
    }

    /// Whether the same mail can never be sent.
    var isFinal: Bool { result == .recipientRefused || result == .unusable }
}

/// Hands one mail to a server. Blocks the calling thread, which must not be one of the cooperative pool.
protocol MailCarrier: Sendable {
    /// - Parameter isStopped: asked now and then; true ends the attempt.
    func send(_ message: [UInt8], from: MailAddress, to: MailAddress, isStopped: () -> Bool) -> MailOutcome
}

/// Over SMTP.
struct SMTPCarrier: MailCarrier {
    let server: MailServer

    func send(_ message: [UInt8], from: MailAddress, to: MailAddress, isStopped: () -> Bool) -> MailOutcome {
        withoutActuallyEscaping(isStopped) { isStopped in
            let question = Question(isStopped)
            return withExtendedLifetime(question) {
                send(message, from: from, to: to, Unmanaged.passUnretained(question).toOpaque())
            }
        }
    }

    private func send(
        _ message: [UInt8], from: MailAddress, to: MailAddress, _ question: UnsafeMutableRawPointer
    ) -> MailOutcome {
        withTexts([server.url, server.login?.user, server.login?.password, server.caFile]) { texts in
            let settings = cmail_server(
                url: texts[0], protection: server.requiresTLS ? CMAIL_TLS : CMAIL_PLAIN, user: texts[1],
                password: texts[2], ca_file: texts[3], connect_limit_ms: server.connectLimitMs,
                total_limit_ms: server.totalLimitMs,
                is_stopped: { context in
                    guard let context else { return 0 }
                    return Unmanaged<Question>.fromOpaque(context).takeUnretainedValue().ask() ? 1 : 0
                }, context: question)
            var report = cmail_report()
            let outcome = withUnsafePointer(to: settings) {
                cmail_send($0, from.text, to.text, message, message.count, &report)
            }
            return MailOutcome(result: .init(outcome), reply: report.reply)
        }
    }

    /// A closure that C can carry.
    private final class Question {
        let ask: () -> Bool

        init(_ ask: @escaping () -> Bool) { self.ask = ask }
    }
}

/// Lends texts to C, `nil` as a null pointer, for the time of a call.
private func withTexts<R>(_ texts: [String?], _ body: ([UnsafePointer<CChar>?]) -> R) -> R {
    func lend(_ rest: ArraySlice<String?>, _ lent: [UnsafePointer<CChar>?]) -> R {
        guard let first = rest.first else { return body(lent) }
        guard let text = first else { return lend(rest.dropFirst(), lent + [nil]) }
        return text.withCString { lend(rest.dropFirst(), lent + [$0]) }
    }
    return lend(texts[...], [])
}

extension MailOutcome.Result {
    fileprivate init(_ outcome: cmail_outcome) {
        self =
            switch outcome {
            case CMAIL_SENT: .sent
            case CMAIL_RECIPIENT_REFUSED: .recipientRefused
            case CMAIL_REFUSED: .refused
            case CMAIL_LOGIN_REFUSED: .loginRefused
            case CMAIL_TLS_FAILED: .tlsFailed
            case CMAIL_NOT_REACHED: .notReached
            case CMAIL_TIMED_OUT: .timedOut
            case CMAIL_UNCLEAR: .unclear
            case CMAIL_STOPPED: .stopped
            case CMAIL_UNUSABLE: .unusable
            case CMAIL_OUT_OF_MEMORY: .outOfMemory
            default: .broken
            }
    }
}
