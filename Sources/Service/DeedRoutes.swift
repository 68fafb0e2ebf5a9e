import CanonicalJSON
import Catalogue
import Deeds
import Filing
import HTTPTypes
import Hummingbird
import LedgerEngine
import LedgerTransparency
import Registry
import Signatures

/// The notary's API, and the status of an act for whoever has its number and access code.
struct DeedRoutes {
    /// The largest body, bytes: an act of 256 KiB and a signature of 64 KiB in base64.
    static let bodyLimit = 512 << 10

    let office: Office

    func add(to router: Router<CallContext>) {
        router.get("v1/deeds/kinds") { _, _ in Response(ActKind.json) }
        router.post("v1/deeds/statement") { request, _ in
            let (notary, body) = try await notarysBody(request)
            let prepared = try office.deeds.statement(body, notary: notary)
            try await office.logLooks(
                at: prepared.warnings.map(\.act), by: AccessLine.Who(.notary, notary), .statementSearch)
            return answer(prepared, to: request, as: "act")
        }
        router.post("v1/deeds/change-statement") { request, _ in
            let (notary, body) = try await notarysBody(request)
            try await office.logClaim(body, by: notary)
            let prepared = try office.deeds.changeStatement(body, notary: notary)
            try await office.logLooks(
                at: prepared.warnings.map(\.act), by: AccessLine.Who(.notary, notary), .statementSearch)
            return answer(prepared, to: request, as: "change")
        }
        router.post("v1/deeds") { request, _ in try await register(request) }
        router.post("v1/deeds/signed-pdf") { request, _ in try await registerPDF(request) }
        router.post("v1/deeds/changes") { request, _ in try await change(request) }
        router.post("v1/deeds/status") { request, context in try await status(request, context) }
        router.post("v1/deeds/search") { request, _ in
            let (notary, body) = try await notarysBody(request)
            let search = try DeedSearch(body, today: try office.deeds.today())
            let page = try await Console.read {
                try office.deeds.find(search.query, notary: notary, before: search.before, limit: search.limit)
            }
            try await office.logLooks(
                at: page.acts.map { .act($0.history.act.number) } + page.paper.map { .paper($0.number) }
                    as [DeedNumber],
                by: AccessLine.Who(.notary, notary), .record)
            return Response(page.json(at: office.clock.now()))
        }
        router.get("v1/deeds/book") { request, _ in
            let notary = try office.subject(request, as: .notary)
            let query = request.uri.queryParameters
            guard let year = query["year"].flatMap({ Int($0) }), (2000...2999).contains(year),
                let first = Int(query["from"] ?? "1"), (1...999_999_999).contains(first),
                let limit = Int(query["limit"] ?? "100"), (1...1000).contains(limit)
            else {
                throw Problem.badRequest(["reason": "year is 2000 to 2999, from 1 to 999999999, limit 1 to 1000"])
            }
            let owner = try office.books(request, notary)
            let (last, lines) = try await Console.read {
                (
                    try office.deeds.bookEnd(notary: owner, year: year),
                    try office.deeds.book(notary: owner, year: year, from: first, limit: limit)
                )
            }
            try await office.logLooks(
                at: lines.compactMap(\.shown), by: AccessLine.Who(.notary, notary), .book,
                detail: "\(year), \(first) … \(first + limit - 1)")
            return Response([
                "notary": .string(owner), "year": JSONValue(year), "last": JSONValue(last),
                "lines": .array(lines.map { $0.json(at: office.clock.now()) }),
            ])
        }
        router.get("v1/deeds/fees") { request, _ in
            let notary = try office.subject(request, as: .notary)
            return Response(try await Console.read { try office.feesWithoutAct(notary: notary) })
        }
        router.get("v1/deeds/:act") { request, context in
            let notary = try office.subject(request, as: .notary)
            let report = try office.deeds.deed(try context.parameters.require("act"), notary: notary)
            try await office.logLook(
                at: report.number.description, by: AccessLine.Who(.notary, notary), .record)
            return Response(office.wholeAnswer(report))
        }
        router.post("v1/deeds/looks") { request, context in
            let (report, before) = try await report(request, context)
            let place = try place(before)
            let looks = try await Console.readForPublic { try office.looks(at: report, before: place) }
            return Response(looks.json(at: report.number))
        }
        router.get("v1/deeds/:act/looks") { request, context in
            let notary = try office.subject(request, as: .notary)
            let place = try place(request.uri.queryParameters["before"].map(String.init))
            let report = try office.deeds.deed(try context.parameters.require("act"), notary: notary)
            let looks = try await Console.read { try office.looks(at: report, before: place) }
            try await office.logLook(
                at: report.number.description, by: AccessLine.Who(.notary, notary), .accessLog)
            return Response(looks.json(at: report.number))
        }
    }

    /// The place before which look-ups are told.
    private func place(_ text: String?) throws -> AccessLog.Position? {
        guard let text else { return nil }
        guard let place = AccessLog.Position(text) else {
            throw Problem.badRequest(["reason": "before must be what an answer named as next, such as 2026-02-12:17"])
        }
        return place
    }

    private func notarysBody(_ request: Request) async throws -> (notary: String, body: [UInt8]) {
        let notary = try office.subject(request, as: .notary)
        try request.requireType("application/json")
        return (notary, try await request.bytes(limit: DeedRoutes.bodyLimit))
    }

    /// Everything as JSON; to whoever asks for plain text just the bytes that are to be signed.
    private func answer(_ prepared: PreparedStatement, to request: Request, as name: String) -> Response {
        if request.headers[.accept]?.lowercased().hasPrefix("text/plain") == true {
            return Response(text: prepared.statement.text)
        }
        return Response(prepared.json(as: name))
    }

    private func register(_ request: Request) async throws -> Response {
        let (notary, body) = try await notarysBody(request)
        let filing = try DeedFiling(body, member: "act")
        let contacts = try filing.contacts()
        let key = try request.idempotencyKey()
        let act = try await office.loggingWarnings(by: AccessLine.Who(.notary, notary)) {
            try await office.deeds.registerAct(
                filing.body, signature: .cms(filing.signature), notary: notary, idempotencyKey: key,
                acknowledged: filing.acknowledged, fee: filing.fee)
        }
        try office.tell(of: act, contacts)
        var response = Response(office.answer(act), status: act.filed.isRepetition ? .ok : .created)
        office.name(act.filed, in: &response)
        return response
    }

    /// The most bytes of a signed PDF that is sent here.
    static let pdfLimit = 16 << 20
    /// Each takes several times the file. One of each notary: the others' wait behind it.
    static let pdfs = SharedPermits(2, each: 1)

    /// Registers an act whose document is a signed PDF. The PDF is read and forgotten: what is kept is the signature and what it covers.
    private func registerPDF(_ request: Request) async throws -> Response {
        let notary = try office.subject(request, as: .notary)
        try request.requireType("application/json")
        let place = try await DeedRoutes.pdfs.take(for: notary)
        defer { place.giveBack() }
        let bytes = try await request.bytes(limit: DeedRoutes.pdfLimit / 3 * 4 + DeedRoutes.bodyLimit)
        var json = try DeedFiling.parse(bytes, limit: .max)
        guard let pdf = json["pdf"]?.string.flatMap({ Base64.decode($0) }), pdf.count <= DeedRoutes.pdfLimit else {
            throw Problem.badRequest(["reason": "pdf must be a PDF of at most 16 MiB in base64"])
        }
        let signature = try NotarySignature(pdf: pdf)
        json["pdf"] = nil
        json["signature"] = ""
        let filing = try DeedFiling(json, member: "act")
        let contacts = try filing.contacts()
        let key = try request.idempotencyKey()
        let act = try await office.loggingWarnings(by: AccessLine.Who(.notary, notary)) {
            try await office.deeds.registerAct(
                filing.body, signature: signature, notary: notary, idempotencyKey: key,
                acknowledged: filing.acknowledged, fee: filing.fee)
        }
        try office.tell(of: act, contacts)
        var response = Response(office.answer(act), status: act.filed.isRepetition ? .ok : .created)
        office.name(act.filed, in: &response)
        return response
    }

    private func change(_ request: Request) async throws -> Response {
        let (notary, body) = try await notarysBody(request)
        let filing = try DeedFiling(body, member: "change")
        try await office.logClaim(filing.body, by: notary)
        let key = try request.idempotencyKey()
        let change = try await office.loggingWarnings(by: AccessLine.Who(.notary, notary)) {
            try await office.deeds.changeAct(
                filing.body, signature: filing.signature, notary: notary, idempotencyKey: key,
                acknowledged: filing.acknowledged)
        }
        try office.tell(of: change)
        var response = Response(office.answer(change), status: change.filed.isRepetition ? .ok : .created)
        office.name(change.filed, in: &response)
        return response
    }

    private func status(_ request: Request, _ context: CallContext) async throws -> Response {
        switch try await report(request, context).deed {
        case .act(let report): Response(try office.answerToHolder(report))
        case .paper(let report): Response(office.answer(report))
        }
    }

    /// The act that somebody has number and code of, and where its look-ups go on. That it was looked at is logged.
    private func report(_ request: Request, _ context: CallContext) async throws -> (deed: DeedReport, before: String?)
    {
        try request.requireType("application/json")
        let json = try DeedFiling.parse(try await request.bytes(limit: 4096))
        guard let act = json["act"]?.string, let code = json["code"]?.string else {
            throw Problem.badRequest(["reason": "act and code are needed"])
        }
        let caller = office.caller(request, context)
        let report = try office.deeds.status(act: act, code: code, caller: caller)
        try await office.logLook(at: report.number.description, by: AccessLine.Who(.code), .status, from: caller)
        return (report, json["before"]?.string)
    }
}

/// The body of a filing: `{"act": {…}, "signature": "base64 DER", "acknowledge": [act numbers], "fee": {…}}`, or `change` in the place of `act`.
struct DeedFiling {
    let body: [UInt8]
    let signature: [UInt8]
    /// The acts that stand in the way and that the notary goes on in spite of.
    let acknowledged: Set<String>
    /// Whom to tell of the act; checked when its parties are known.
    let notify: JSONValue?
    /// Of what a receipt is filed with the act; registrations only.
    let fee: FeeRequest?

    init(_ bytes: [UInt8], member: String) throws {
        try self.init(DeedFiling.parse(bytes), member: member)
    }

    init(_ json: JSONObject, member: String) throws {
        guard let body = json[member], body.object != nil else {
            throw Problem.badRequest(["reason": "\(member) must be an object"])
        }
        self.body = body.bytes
        signature = try DeedFiling.signature(json)
        acknowledged = try DeedFiling.acknowledged(json)
        notify = json["notify"]
        fee = try json["fee"].flatMap { $0.isNull ? nil : $0 }.map { try FeeRequest($0) }
        if fee != nil, member != "act" {
            throw Problem.feeInvalid(["path": "fee", "reason": "only a registration has one"])
        }
    }

    /// Whom to tell of the act. Their addresses never go into the ledger.
    func contacts() throws -> [NoticeContact] {
        guard let notify, !notify.isNull else { return [] }
        let parties = (try? JSONValue(parsing: body))?["parties"]?.array?.count ?? 0
        return try NoticeDesk.contacts(notify, partyCount: parties)
    }

    static func parse(_ body: [UInt8], limit: Int = JSONLimits().bytes) throws -> JSONObject {
        do {
            guard let object = try JSONValue(parsing: body, limits: JSONLimits(bytes: limit)).object else {
                throw Problem.badRequest(["reason": "the body must be a JSON object"])
            }
            return object
        } catch let error as JSONError {
            throw Problem.badRequest(["reason": "the body is not JSON: \(error)"])
        }
    }

    static func signature(_ json: JSONObject) throws -> [UInt8] {
        guard let text = json["signature"]?.string, let bytes = Base64.decode(text) else {
            throw Problem.badRequest(["reason": "signature must be a CMS in base64"])
        }
        return bytes
    }

    private static func acknowledged(_ json: JSONObject) throws -> Set<String> {
        guard let value = json["acknowledge"], !value.isNull else { return [] }
        guard let list = value.array, list.count <= 100 else {
            throw Problem.badRequest(["reason": "acknowledge must be a list of act numbers"])
        }
        return Set(
            try list.map { element in
                guard let text = element.string else {
                    throw Problem.badRequest(["reason": "acknowledge must be a list of act numbers"])
                }
                return try DeedNumber(text, path: "acknowledge").description
            })
    }
}
