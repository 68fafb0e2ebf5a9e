import CanonicalJSON
import Catalogue
import Deeds
import Filing
import HTTPTypes
import Hummingbird
import LedgerEngine
import LedgerStorage

/// Who looked at the acts of the office: by day and by act, with what the ledger says of the day.
extension NotaryConsole {
    private static let linesOfPage = 200

    func addLog(to router: some RouterMethods<CallContext>) {
        router.get("notary/log", use: logged { try logPage($0, $1) })
        router.get("notary/log/evidence", use: view { request, _, _ in try rootEvidence(request) })
        router.get("notary/log/proof", use: logged { try lineProof($0, $1, $2) })
        router.get("notary/log.csv", use: view { request, _, visitor in try logFile(request, visitor) })
    }

    /// Which lines, and which of them are logged as looked at: an act's, or those of a day.
    struct LogAsked: Sendable {
        let office: LogOffice
        let day: AccessDay
        let today: AccessDay
        var act: ActNumber?
        /// The day on which that was registered.
        var registered: AccessDay?
        /// The first line of a day's page.
        let from: UInt32
        /// Lines of an act before this one.
        let before: AccessLog.Position?

        var detail: String { act == nil ? "/notary/log \(day)" : "/notary/log" }
    }

    /// - Throws: `console-field-invalid` for what is no day; `act-not-found` for an act of another office.
    private func asked(_ request: Request, _ visitor: Visitor) throws -> LogAsked {
        guard let today = AccessDay(unixMilliseconds: office.clock.now()) else { throw Problem.notFound() }
        let (text, number) = (request.asked("day"), request.asked("act"))
        guard let day = text.isEmpty ? today : AccessDay(text) else {
            throw Problem.consoleFieldInvalid(["field": "day", "value": text, "form": "\(today)"])
        }
        let codes = Set(offices(of: visitor.subject).map(\.code))
        var asked = LogAsked(
            office: LogOffice(codes: codes, own: visitor.subject, leavesOutOwn: request.asked("others") == "yes"),
            day: day, today: today, from: UInt32(request.asked("from")) ?? 0,
            before: AccessLog.Position(request.asked("before")))
        if !number.isEmpty {
            let act = try office.deeds.status(act: number, notary: visitor.subject).act
            (asked.act, asked.registered) = (act.number, AccessDay(unixMilliseconds: act.time.unixMilliseconds))
        }
        return asked
    }

    /// A look at the log leaves a line itself, for each act or day that it was about.
    private func logged(
        _ body: @escaping @Sendable (LogAsked, Visitor, Request) throws -> (Response, ActNumber?)
    ) -> Console.Handler {
        console.page(.notary) { request, _, visitor in
            let (response, act, detail) = try await Console.read {
                let asked = try asked(request, visitor)
                let (response, act) = try body(asked, visitor, request)
                return (response, act, asked.detail)
            }
            try await office.logLook(
                at: act?.description ?? "", by: NotaryConsole.reader(visitor), .accessLog, detail: detail)
            return response
        }
    }

    private func logged(
        _ body: @escaping @Sendable (LogAsked, Visitor) throws -> (Response, ActNumber?)
    ) -> Console.Handler {
        logged { asked, visitor, _ in try body(asked, visitor) }
    }

    // MARK: Reading

    /// Lines of a day from one on, as far as they can be read, and the number of the next there is.
    private func lines(_ asked: LogAsked, limit: Int) throws -> (
        lines: [LoggedAccess], next: UInt32?, gap: AccessGap?
    ) {
        var lines: [LoggedAccess] = []
        var next: UInt32?
        do {
            try office.access.lines(of: asked.day, from: asked.from) { line in
                guard asked.office.shows(line.line) else { return true }
                guard lines.count < limit else {
                    next = line.position.index
                    return false
                }
                lines.append(line)
                return true
            }
        } catch let failure as Failure where failure.problem == .accessDayUnknown {
        } catch is StorageError {
            let isThere = try office.access.days().contains(asked.day)
            return (lines, nil, AccessGap(day: asked.day, reason: isThere ? .damaged : .missing))
        }
        return (lines, next, nil)
    }

    // MARK: Pages

    private func logPage(_ asked: LogAsked, _ visitor: Visitor) throws -> (Response, ActNumber?) {
        let view = LogView(say: Speaker(language: visitor.language), asked: asked)
        let say = view.say
        let content: HTML
        if let act = asked.act {
            let looks = try office.access.looks(
                at: act.description, since: asked.registered, before: asked.before, limit: NotaryConsole.linesOfPage
            ) { asked.office.shows($0) }
            let shown = looks.lines
            let closed = try Set(shown.map(\.position.day)).filter { try office.access.closing(of: $0) != nil }
            let days = Set(closed.map(\.description))
            content = """
                \(view.chooser)<p><strong>\(act.description)</strong> · <a href="/notary/acts/\(act.description)">\(say("Үйлдэл рүү", "To the act"))</a></p>
                \(LookGaps.note(looks.gaps, say))\(view.table(shown, hasDays: true) { days.contains($0) })\(view.older(looks.next))
                """
        } else {
            let (lines, next, gap) = try lines(asked, limit: NotaryConsole.linesOfPage)
            let closing = try office.access.closing(of: asked.day)
            content = """
                \(view.chooser)<p><strong>\(try notary(visitor).name) · \(visitor.subject) · \(asked.day.description)</strong></p>
                \(LookGaps.note([gap].compactMap(\.self), say))\(view.root(closing, isOver: asked.day < asked.today))\(view.table(lines, hasDays: false) { _ in closing != nil })\(view.pages(next))
                """
        }
        let page = try render(
            visitor, say("Үйлдлийг хэн үзсэн", "Who looked at the acts"), path: "/notary/log", content)
        return (page, asked.act)
    }

    // MARK: Files

    /// The entry that holds a day's root. Public: it says nothing of anybody.
    private func rootEvidence(_ request: Request) throws -> Response {
        let text = request.asked("day")
        guard let day = AccessDay(text) else { throw Problem.accessDayUnknown(["day": text]) }
        guard let record = try office.access.closing(of: day) else {
            throw try office.access.days().contains(day)
                ? Problem.accessDayOpen(["day": text]) : Problem.accessDayUnknown(["day": text])
        }
        return NotaryConsole.file(
            try office.evidence.evidence(record, for: .auditor), "tamga-access-\(day).tlog-proof",
            type: "text/plain; charset=utf-8")
    }

    /// The proof of one line. What the office may not see is answered as if it were not there.
    private func lineProof(_ asked: LogAsked, _ visitor: Visitor, _ request: Request) throws -> (Response, ActNumber?) {
        let unknown = Problem.accessLineUnknown(["day": asked.day.description, "index": request.asked("index")])
        guard let index = UInt32(request.asked("index")) else { throw unknown }
        let position = AccessLog.Position(day: asked.day, index: index)
        let line: AccessLine
        do {
            line = try office.access.line(at: position).line
        } catch let failure as Failure where [.accessLineUnknown, .accessDayUnknown].contains(failure.problem) {
            throw unknown
        }
        guard asked.office.shows(line) else { throw unknown }
        let proof = try office.access.proof(position)
        let file = NotaryConsole.file(
            proof.json.bytes, "tamga-access-\(asked.day)-\(index).json", type: "application/json; charset=utf-8")
        return (file, line.act.isEmpty ? nil : try? ActNumber(line.act))
    }

    private static func file(_ bytes: [UInt8], _ name: String, type: String) -> Response {
        var response = Response(bytes: bytes, type: type)
        response.headers[.cacheControl] = "no-store"
        response.headers[.contentDisposition] = "attachment; filename=\"\(name)\""
        return response
    }
}

/// Whose lines are shown: those about acts of the offices, and what the notary looked at anywhere.
struct LogOffice: Sendable {
    /// The own code and those of offices taken over.
    let codes: Set<String>
    let own: String
    let leavesOutOwn: Bool

    func shows(_ line: AccessLine) -> Bool {
        let isOwn = line.reader.role == .notary && line.reader.subject == own
        if isOwn { return !leavesOutOwn }
        return codes.contains(String(line.act.prefix { $0 != "-" }))
    }

    /// Whether an act is in the books of the offices.
    func has(_ act: String) -> Bool { codes.contains(String(act.prefix { $0 != "-" })) }
}
