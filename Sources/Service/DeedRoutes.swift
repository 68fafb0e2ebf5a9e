import CanonicalJSON
import Catalogue
import Deeds
import Filing
import Hummingbird
import LedgerTransparency
import Registry
import Signatures

/// The notary's API, and the status of an act for whoever has its number and access code.
struct DeedRoutes {
    /// The largest body, bytes: an act of 256 KiB and a signature of 64 KiB in base64.
    static let bodyLimit = 512 << 10

    let office: Office

    func add(to router: Router<CallContext>) {
        router.post("v1/deeds/statement") { request, _ in
            let (notary, body) = try await notarysBody(request)
            return Response(text: try office.deeds.statement(body, notary: notary).text)
        }
        router.post("v1/deeds/revocation-statement") { request, _ in
            let (notary, body) = try await notarysBody(request)
            return Response(text: try office.deeds.revocationStatement(body, notary: notary).text)
        }
        router.post("v1/deeds") { request, _ in try await register(request) }
        router.post("v1/deeds/revoke") { request, _ in try await revoke(request) }
        router.post("v1/deeds/status") { request, context in try await status(request, context) }
    }

    private func notarysBody(_ request: Request) async throws -> (notary: String, body: [UInt8]) {
        let notary = try office.subject(request, as: .notary)
        try request.requireType("application/json")
        return (notary, try await request.bytes(limit: DeedRoutes.bodyLimit))
    }

    private func register(_ request: Request) async throws -> Response {
        let (notary, body) = try await notarysBody(request)
        let filing = try DeedFiling(body)
        let act = try await office.deeds.registerAct(
            filing.act, signature: filing.signature, notary: notary, idempotencyKey: try request.idempotencyKey())
        var response = Response(office.answer(act), status: act.filed.isRepetition ? .ok : .created)
        office.name(act.filed, in: &response)
        return response
    }

    private func revoke(_ request: Request) async throws -> Response {
        let (notary, body) = try await notarysBody(request)
        let filing = try RevocationFiling(body)
        let record = try await office.deeds.revokeAct(filing.revocation, signature: filing.signature, notary: notary)
        var response = Response(office.revocationAnswer(record), status: record.isRepetition ? .ok : .created)
        office.name(record, in: &response)
        return response
    }

    private func status(_ request: Request, _ context: CallContext) async throws -> Response {
        try request.requireType("application/json")
        let json = try DeedFiling.parse(try await request.bytes(limit: 4096))
        guard let act = json["act"]?.string, let code = json["code"]?.string else {
            throw Problem.badRequest(["reason": "act and code are needed"])
        }
        let caller = context.remoteAddress?.ipAddress ?? "local"
        return Response(office.answer(try office.deeds.status(act: act, code: code, caller: caller)))
    }
}

/// The body of a registration: `{"act": {…}, "signature": "base64 DER"}`.
struct DeedFiling {
    let act: [UInt8]
    let signature: [UInt8]

    init(_ body: [UInt8]) throws {
        let json = try DeedFiling.parse(body)
        guard let act = json["act"], act.object != nil else {
            throw Problem.badRequest(["reason": "act must be an object"])
        }
        self.act = act.bytes
        signature = try DeedFiling.signature(json)
    }

    static func parse(_ body: [UInt8]) throws -> JSONObject {
        do {
            guard let object = try JSONValue(parsing: body).object else {
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
}

/// The body of a revocation: `{"act": …, "reason": …, "signature": …}`.
struct RevocationFiling {
    let revocation: [UInt8]
    let signature: [UInt8]

    init(_ body: [UInt8]) throws {
        var json = try DeedFiling.parse(body)
        signature = try DeedFiling.signature(json)
        json["signature"] = nil
        revocation = JSONValue.object(json).bytes
    }
}

extension Office {
    func answer(_ act: FiledAct) -> JSONValue {
        [
            "act": .string("\(act.act.number)"), "accessCode": .string(act.accessCode.printed),
            "index": JSONValue(act.filed.index), "recorded": JSONValue(act.filed.recorded),
            "signed": .string(act.act.signature.scope.rawValue), "level": .string(act.act.signature.level.rawValue),
            "evidence": .string(evidencePath(of: act.filed)),
        ]
    }

    func revocationAnswer(_ record: FiledRecord) -> JSONValue {
        [
            "act": .string(record.text("act")), "status": "revoked", "index": JSONValue(record.index),
            "recorded": JSONValue(record.recorded), "evidence": .string(evidencePath(of: record)),
        ]
    }

    func answer(_ report: ActReport) -> JSONValue {
        var object: JSONObject = [
            "act": .string("\(report.act.number)"), "status": .string(report.status.code),
            "type": .string(report.act.draft.type.rawValue), "document": .string("\(report.act.draft.document.sha256)"),
            "signed": .string(report.act.signature.scope.rawValue), "recorded": JSONValue(report.filed.recorded),
            "asOf": ["size": JSONValue(report.size), "time": JSONValue(report.time)],
            "evidence": .string(evidencePath(of: report.filed)),
        ]
        object["validUntil"] = report.act.draft.validUntil.map { .string($0.description) }
        if case .revoked(let since) = report.status { object["revoked"] = JSONValue(since.unixMilliseconds) }
        return .object(object)
    }
}
