import CanonicalJSON
import Catalogue
import Evidence
import Filing
import HTTPTypes
import Hummingbird
import LedgerEngine
import LedgerStorage
import Receipts
import Registry

/// Filing receipts with a merchant's token, raw entries for load tools, and evidence by capability.
struct FilingRoutes {
    /// The largest receipt body, bytes.
    static let receiptLimit = 1 << 20

    let office: Office
    /// What a merchant may ask for; `nil` for any number.
    var limits: MerchantLimits?

    func add(to router: Router<CallContext>) {
        router.post("v1/receipts") { request, _ in try await file(request) }
        router.post("v1/receipts/return") { request, _ in try await returnReceipt(request) }
        router.post("add") { request, _ in try await addRaw(request) }
        router.get("v1/evidence/:capability") { request, context in
            try await evidence(
                request, capability: context.parameters.get("capability") ?? "", from: office.caller(request, context))
        }
    }

    private func file(_ request: Request) async throws -> Response {
        let tin = try merchant(request)
        try request.requireType("application/json")
        let body = try await request.bytes(limit: FilingRoutes.receiptLimit)
        guard try ReceiptRequest.parse(body).merchant == tin else { throw Problem.forbidden() }
        let key = try request.idempotencyKey()
        try limits?.takeReceipt(of: tin)
        let receipt = try await office.receipts.file(body, idempotencyKey: key)
        return filed(receipt.filed, ["id": .string(receipt.issued.id.text), "date": .string("\(receipt.issued.date)")])
    }

    private func returnReceipt(_ request: Request) async throws -> Response {
        let tin = try merchant(request)
        try request.requireType("application/json")
        let body = try await request.bytes(limit: FilingRoutes.receiptLimit)
        let record = try await office.receipts.returnReceipt(body, from: tin)
        return filed(record, ["id": .string(record.text("id"))])
    }

    /// The merchant who asks, within the limits.
    private func merchant(_ request: Request) throws -> String {
        let tin = try office.subject(request, as: .merchant)
        try limits?.takeRequest(of: tin)
        return tin
    }

    private func filed(_ record: FiledRecord, _ more: JSONObject) -> Response {
        var object: JSONObject = [
            "index": JSONValue(record.index), "recorded": JSONValue(record.recorded),
            "evidence": .string(office.evidencePath(of: record)),
        ]
        for member in more { object[member.name] = member.value }
        var response = Response(.object(object), status: record.isRepetition ? .ok : .created)
        office.name(record, in: &response)
        return response
    }

    // MARK: Raw entries

    /// The raw entry in, its index out, after durability. For load tools only.
    private func addRaw(_ request: Request) async throws -> Response {
        guard office.settings.allowsRaw else { throw Problem.rawFilingOff() }
        guard office.register.isEmpty else { throw Problem.rawFilingClosed() }
        let entry = try await request.bytes(limit: JournalItem.entryLimit)
        guard !entry.isEmpty else { throw Problem.badRequest(["reason": "the entry is empty"]) }
        let acknowledgement = try await office.ledger.append(
            Submission(item: JournalItem(entry: entry), isUniqueLeaf: true))
        var response = Response(text: String(acknowledgement.index))
        response.headers[.tamgaIndex] = String(acknowledgement.index)
        return response
    }

    // MARK: Evidence

    /// Evidence by capability: for the holder of the link; with a token, for its role.
    private func evidence(_ request: Request, capability text: String, from address: String) async throws -> Response {
        guard let capability = Capability(text) else { throw Problem.notFound() }
        try office.links.begin(address, at: office.clock.monotonic())
        guard let record = try office.registrar.record(with: capability) else { throw Problem.notFound() }
        office.links.found(address)
        var reader = record.stored.record.kind == .deedAct ? Reader.party : .citizen
        var who = AccessLine.Who(.link)
        if request.headers[.authorization] != nil {
            let holder = try office.holder(request)
            who = AccessLine.Who(holder)
            switch holder.role {
            case .auditor:
                // A will that was not opened is there for nobody who only watches.
                if try office.deeds.isClosed(record) { throw Problem.notFound() }
                reader = .auditor
            case .merchant where record.text("merchant") == holder.subject: reader = .issuer
            case .notary where office.deeds.isOwn(record, of: holder.subject): reader = .issuer
            default: throw Problem.forbidden()
            }
        }
        try await office.logLook(atEvidenceOf: record, by: who, from: address)
        var response = Response(
            bytes: try office.evidence.evidence(record, for: reader), type: "text/plain; charset=utf-8")
        response.headers[.cacheControl] = "private, no-store"
        response.headers[.contentDisposition] = "attachment; filename=\"tamga-\(record.index).tlog-proof\""
        response.headers[.accessControlAllowOrigin] = "*"
        let validation = office.validationPaths(of: record)
        if !validation.isEmpty { response.headers[.tamgaValidation] = validation.joined(separator: ", ") }
        // The link is a secret: it must not travel on in a Referer.
        if let name = HTTPField.Name("Referrer-Policy") { response.headers[name] = "no-referrer" }
        return response
    }
}

extension Office {
    /// The two headers that every filing answers with.
    func name(_ record: FiledRecord, in response: inout Response) {
        response.headers[.tamgaIndex] = String(record.index)
        response.headers[.tamgaEvidence] = evidencePath(of: record)
    }
}
