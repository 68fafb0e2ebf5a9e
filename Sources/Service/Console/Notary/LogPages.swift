import CanonicalJSON
import Catalogue
import Deeds
import Filing
import HTTPTypes
import Hummingbird
import LedgerEngine

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
        let before = request.asked("before").split(separator: ":")
        var asked = LogAsked(
            office: LogOffice(codes: codes, own: visitor.subject, leavesOutOwn: request.asked("others") == "yes"),
            day: day, today: today, from: UInt32(request.asked("from")) ?? 0,
            before: before.count == 2
                ? AccessDay(before[0]).flatMap { day in UInt32(before[1]).map { .init(day: day, index: $0) } } : nil)
        if !number.isEmpty {
            asked.act = try office.deeds.status(act: number, notary: visitor.subject).act.number
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

    /// Lines of a day from one on, and the number of the next there is.
    private func lines(_ asked: LogAsked, limit: Int) throws -> (lines: [LoggedAccess], next: UInt32?) {
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
        } catch let failure as Failure where failure.problem == .accessDayUnknown {}
        return (lines, next)
    }

    /// The newest lines about an act, newest first.
    private func lines(about act: ActNumber, _ asked: LogAsked) throws -> [LoggedAccess] {
        var found: [LoggedAccess] = []
        for day in try office.access.days().sorted(by: >) where asked.before.map({ day <= $0.day }) ?? true {
            let lines = try office.access.lines(about: act.description, in: day...day, limit: .max).filter {
                guard let before = asked.before, before.day == day else { return true }
                return $0.position.index < before.index
            }
            found += lines.reversed().filter { asked.office.shows($0.line) }
            if found.count > NotaryConsole.linesOfPage { break }
        }
        return found
    }

    // MARK: Pages

    private func logPage(_ asked: LogAsked, _ visitor: Visitor) throws -> (Response, ActNumber?) {
        let view = LogView(say: Speaker(language: visitor.language), asked: asked)
        let say = view.say
        let content: HTML
        if let act = asked.act {
            let lines = try lines(about: act, asked)
            let shown = Array(lines.prefix(NotaryConsole.linesOfPage))
            let closed = try Set(shown.map(\.position.day)).filter { try office.access.closing(of: $0) != nil }
            let days = Set(closed.map(\.description))
            content = """
                \(view.chooser)<p><strong>\(act.description)</strong> · <a href="/notary/acts/\(act.description)">\(say("Үйлдэл рүү", "To the act"))</a></p>
                \(view.table(shown, hasDays: true) { days.contains($0) })\(view.older(lines.count > shown.count ? shown.last : nil))
                """
        } else {
            let (lines, next) = try lines(asked, limit: NotaryConsole.linesOfPage)
            let closing = try office.access.closing(of: asked.day)
            content = """
                \(view.chooser)<p><strong>\(try notary(visitor).name) · \(visitor.subject) · \(asked.day.description)</strong></p>
                \(view.root(closing, isOver: asked.day < asked.today))\(view.table(lines, hasDays: false) { _ in closing != nil })\(view.pages(next))
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
