public import CanonicalJSON
import Catalogue
import Deeds
import Evidence
import Filing
import LedgerEngine
import LedgerMerkle
import LedgerTransparency
import Receipts
import Registry

/// The operator's commands: the same code serves a command that opens the folder itself and one that goes through a running
/// service's socket.
public struct AdminDesk: Sendable {
    let office: Office
    /// Who asks, where a second person may have to agree; `nil` where nobody is in between: whoever holds the data folder.
    private let asker: String?

    public init(_ office: Office, asker: String? = nil) {
        self.office = office
        self.asker = asker
    }

    /// Runs one command.
    ///
    /// - Parameters:
    ///   - name: `issuer.enrol`, `issuer.suspend`, `issuer.hand-over`, `issuer.list`, `token.create`, `token.fetch`, `token.rotate`,
    ///     `token.revoke`, `token.list`, `console.forget`, `receipt.file`, `receipt.chain`, `relay.list`, `relay.resolve`, `deed.kinds`,
    ///     `deed.statement`, `deed.register`, `deed.change-statement`, `deed.change`, `deed.status`, `deed.fees`, `deed.documents`,
    ///     `access.days`, `access.lines`, `access.proof`, `access.close`, `clock.accept`, `record.erase`, `record.look`, `compact.status`,
    ///     `compact.now`.
    ///   - input: the command's arguments.
    /// - Throws: `Failure`, and the ledger's errors.
    public func run(_ name: String, _ input: JSONValue) async throws -> JSONValue {
        try requireSecondPerson(name, input)
        switch name {
        case "issuer.enrol": return try await enrol(input)
        case "issuer.suspend": return try await suspend(input)
        case "issuer.list": return .array(office.register.all.map(AdminDesk.answer))
        case "token.create": return try createToken(input)
        case "token.rotate": return try rotateToken(input)
        case "token.revoke":
            guard try office.revokeToken(id: try input.needed("id").integer ?? 0) else { throw unknownToken(input) }
            return ["revoked": input["id"] ?? .null]
        case "console.forget":
            let id = try input.text("id")
            if let notary = office.register.notary(code: id) {
                try office.forgetPassword(of: TokenHolder(role: .notary, subject: notary.code))
            } else {
                guard office.register.merchant(tin: id) != nil else { throw Problem.issuerUnknown(["id": id]) }
                try office.forgetPassword(of: TokenHolder(role: .merchant, subject: id))
            }
            return ["id": .string(id), "outcome": "password and sessions are gone"]
        case "token.fetch":
            let id = try input.needed("id").integer ?? 0
            return ["token": .string(try office.approvals.token(of: id, for: asker ?? "", at: office.clock.now()))]
        case "token.list": return .array(try office.tokens.list().map(AdminDesk.answer))
        case "receipt.file": return try await fileReceipt(input)
        case "relay.list": return try relayList()
        case "relay.resolve": return try await resolveRelay(input)
        case "receipt.chain": return try chain(input)
        case "record.erase": return try await erase(input)
        case "record.look": return try await look(input)
        case "compact.status": return compactionStatus()
        case "compact.now": return try await compact(input)
        case "issuer.hand-over":
            let (notary, successor) = (try input.text("id"), try input.text("successor"))
            if let request = input["request"]?.integer {
                try office.takeHandOver(request, of: notary, to: successor)
            }
            let record = try await office.register.handOver(notary: notary, to: successor)
            try office.endSessions(ofNotary: notary)
            guard let record else { return ["outcome": "unchanged"] }
            return ["outcome": .string(record.text("action")), "index": JSONValue(record.index)]
        case "access.days", "access.lines", "access.proof", "access.close":
            return try await access(String(name.dropFirst("access.".count)), input)
        case "clock.accept":
            office.ledger.acceptClock()
            return ["accepted": JSONValue(office.clock.now())]
        default:
            guard name.hasPrefix("deed.") else { throw Problem.badRequest(["reason": "unknown command \(name)"]) }
            return try await deed(String(name.dropFirst("deed.".count)), input)
        }
    }

    private var now: Int64 { Int64(office.clock.now()) }

    /// Has a dangerous command wait for another operator, where two persons are asked for.
    ///
    /// - Throws: `approval-waits` with the request's number.
    private func requireSecondPerson(_ name: String, _ input: JSONValue) throws {
        guard let asker, office.settings.asksTwoPersons else { return }
        let tokens = try office.tokens.list()
        let kind = ApprovalKind(
            command: name, input: input, isMerchant: { office.register.merchant(tin: $0) != nil },
            tokenRole: { id in tokens.first { $0.id == id }?.holder.role.rawValue })
        guard let kind else { return }
        let (id, _) = try office.approvals.request(kind, command: name, input: input, by: asker)
        throw Problem.approvalWaits(["id": String(id)])
    }

    // MARK: Issuers

    /// Each of many by itself: one bad row never blocks the others.
    private func enrol(_ input: JSONValue) async throws -> JSONValue {
        var results: [JSONValue] = []
        for element in input["issuers"]?.array ?? [] {
            let id = element["code"]?.string ?? element["tin"]?.string ?? ""
            do {
                let issuer = try issuer(element)
                if let address = element["posapi"]?.string { try office.setRelayAddress(address, of: issuer.id) }
                if case .merchant(let merchant) = issuer { try requireUsable(merchant) }
                let record = try await office.register.enrol(
                    issuer, isComplete: input["complete"]?.bool ?? false)
                var object: JSONObject = ["id": .string(id), "outcome": .string(record?.text("action") ?? "unchanged")]
                object["index"] = record.map { JSONValue($0.index) }
                results.append(.object(object))
            } catch {
                guard let failure = Failure(from: error) else { throw error }
                results.append(["id": .string(id), "outcome": "refused", "message": .string(failure.description)])
            }
        }
        return .array(results)
    }

    private func issuer(_ element: JSONValue) throws -> Issuer {
        if let code = element["code"]?.string {
            guard let name = element["name"]?.string, !name.isEmpty, let certificate = element["certificate"]?.string
            else {
                throw Problem.badRequest(["reason": "a notary needs a name and a certificate"])
            }
            let tin = element["tin"]?.string
            if let tin { try Merchant.check(tin: tin) }
            return .notary(Notary(code: try NotaryCode(code).text, name: name, certificate: certificate, tin: tin))
        }
        guard let merchant = try Merchant.list(parsing: JSONValue.array([element]).bytes).first else {
            throw Problem.badRequest(["reason": "no merchant given"])
        }
        return .merchant(merchant)
    }

    /// What has to be known of a merchant for its receipts to come in.
    private func requireUsable(_ merchant: Merchant) throws(Failure) {
        if merchant.way == .front, office.relays.address(ofMerchant: office.merchantHash(merchant.tin)) == nil {
            throw Problem.relayAddressMissing(["tin": merchant.tin])
        }
        guard let number = merchant.registerNumber else { return }
        if let other = office.register.merchant(registerNumber: number), other.tin != merchant.tin {
            throw Problem.registerNumberTaken(["number": number, "tin": other.tin])
        }
    }

    private func suspend(_ input: JSONValue) async throws -> JSONValue {
        let id = try input.text("id")
        let record = try await office.register.setSuspended(input["suspended"]?.bool ?? true, id: id)
        try office.endSessions(ofNotary: id)
        return ["id": .string(id), "outcome": .string(record?.text("action") ?? "unchanged")]
    }

    private static func answer(_ issuer: Issuer) -> JSONValue {
        var object: JSONObject = [
            "id": .string(issuer.id), "name": .string(issuer.name), "suspended": .bool(issuer.suspended),
        ]
        switch issuer {
        case .merchant(let merchant):
            object["role"] = "merchant"
            object["way"] = .string((merchant.way ?? .alone).rawValue)
            object["registerNumber"] = merchant.registerNumber.map { .string($0) }
            object["vatPayer"] = merchant.vatPayer.map { .bool($0) }
            object["cityTaxPayer"] = merchant.cityTaxPayer.map { .bool($0) }
        case .notary(let notary):
            object["role"] = "notary"
            object["certificate"] = .string(notary.certificate)
            object["tin"] = notary.tin.map { .string($0) }
            object["successor"] = notary.successor.map { .string($0) }
        }
        return .object(object)
    }

    // MARK: Tokens

    func createToken(_ input: JSONValue) throws -> JSONValue {
        let text = try input.text("role")
        guard let role = TokenHolder.Role(rawValue: text) else {
            throw Problem.badRequest(["reason": "\(text) is no role"])
        }
        var subject = try input.text("subject")
        switch role {
        case .notary:
            guard let notary = office.register.notary(code: subject) else {
                throw Problem.issuerUnknown(["id": subject])
            }
            subject = notary.code
        case .merchant:
            guard office.register.merchant(tin: subject) != nil else { throw Problem.issuerUnknown(["id": subject]) }
        case .till:
            let parts = subject.split(separator: "/", maxSplits: 2).map(String.init)
            guard parts.count == 3, parts[1].utf8.count <= 3, parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) })
            else { throw Problem.badRequest(["reason": "a till is TIN/BRANCH/POSNO, such as 37900846788/001/1"]) }
            guard office.register.merchant(tin: parts[0]) != nil else { throw Problem.issuerUnknown(["id": parts[0]]) }
            let branch = String(repeating: "0", count: 3 - parts[1].utf8.count) + parts[1]
            subject = "\(parts[0])/\(branch)/\(parts[2])"
        case .auditor, .operator: break
        }
        let holder = TokenHolder(role: role, subject: subject)
        if let fingerprint = input["certificate"]?.string { return try createToken(for: holder, fingerprint) }
        let token = newToken()
        let id = try office.tokens.add(hash: office.registrar.vault.tokenHash(token), holder: holder, time: now)
        return ["id": JSONValue(id), "token": .string(token)]
    }

    /// A client certificate in the place of a token.
    private func createToken(for holder: TokenHolder, _ fingerprint: String) throws -> JSONValue {
        guard holder.role == .merchant || holder.role == .till else {
            throw Problem.badRequest(["reason": "a client certificate is for a merchant or a till"])
        }
        let hash = office.registrar.vault.tokenHash(ShopCertificate.tokenName(fingerprint: fingerprint))
        guard office.tokens.holder(ofHash: hash) == nil else {
            throw Problem.badRequest(["reason": "this certificate is known already; see `tamga token list`"])
        }
        return ["id": JSONValue(try office.tokens.add(hash: hash, holder: holder, time: now))]
    }

    private func rotateToken(_ input: JSONValue) throws -> JSONValue {
        let token = newToken()
        let id = try input.needed("id").integer ?? 0
        if let holder = try office.tokens.list().first(where: { $0.id == id && $0.revoked == nil })?.holder {
            try office.forgetPassword(of: holder)
        }
        guard let record = try office.tokens.rotate(id: id, hash: office.registrar.vault.tokenHash(token), time: now)
        else {
            throw unknownToken(input)
        }
        return ["id": JSONValue(record.id), "token": .string(token)]
    }

    private func newToken() -> String { "tamga_" + hexadecimal(randomBytes(20)) }

    private func unknownToken(_ input: JSONValue) -> Failure {
        Problem.tokenUnknown(["id": input["id"]?.number?.text ?? ""])
    }

    private static func answer(_ token: TokenRecord) -> JSONValue {
        var object: JSONObject = [
            "id": JSONValue(token.id), "role": .string(token.holder.role.rawValue),
            "subject": .string(token.holder.subject),
            "created": JSONValue(token.created),
        ]
        object["revoked"] = token.revoked.map { JSONValue($0) }
        return .object(object)
    }

    // MARK: Filing

    private func fileReceipt(_ input: JSONValue) async throws -> JSONValue {
        let receipt = try await office.receipts.file(
            try input.needed("body").bytes, idempotencyKey: input["idempotencyKey"]?.string)
        return [
            "index": JSONValue(receipt.filed.index), "id": .string(receipt.issued.id.text),
            "repetition": .bool(receipt.filed.isRepetition),
            "evidence": .string(
                String(decoding: try office.evidence.evidence(receipt.filed, for: .citizen), as: UTF8.self)),
        ]
    }

    private func chain(_ input: JSONValue) throws -> JSONValue {
        let tin = try input.text("merchant")
        guard office.register.merchant(tin: tin) != nil else { throw Problem.issuerUnknown(["id": tin]) }
        return try office.chain(
            of: tin, branch: input["branch"]?.string, till: input["till"]?.string,
            before: input["before"]?.string, limit: Int(clamping: input["limit"]?.integer ?? 100),
            depth: input["all"]?.bool == true ? .max : nil)
    }

    private func erase(_ input: JSONValue) async throws -> JSONValue {
        guard let index = UInt64(try input.text("index")) else {
            throw Problem.badRequest(["reason": "index must be a number"])
        }
        let record = try await office.erase(at: index, basis: try input.text("basis"))
        return [
            "index": .string(String(index)), "erasure": JSONValue(record.index), "basis": .string(record.text("basis")),
            "repetition": .bool(record.isRepetition),
        ]
    }

    private func deed(_ name: String, _ input: JSONValue) async throws -> JSONValue {
        let reader = AccessLine.Who(.operator, "command line")
        if name == "status" {
            let act = try input.text("act")
            try await office.logQuestion(about: act, by: reader, .status)
            return office.answer(try office.deeds.deed(act))
        }
        if name == "kinds" { return ActKind.json }
        if name == "documents" {
            return try await DocumentDesk(office).answer(
                try input.text("act"), for: DocumentDesk.Asker(notary: input["notary"]?.string))
        }
        let notary = try input.text("notary")
        switch name {
        case "statement", "change-statement":
            let member = name == "statement" ? "act" : "change"
            let body = try input.needed(member).bytes
            if member == "change" { try await claim(body, notary: notary) }
            let prepared =
                member == "act"
                ? try office.deeds.statement(body, notary: notary, isForOperator: true)
                : try office.deeds.changeStatement(body, notary: notary, isForOperator: true)
            try await office.logLooks(
                at: prepared.warnings.map(\.act), by: reader, .statementSearch, detail: notary)
            return prepared.json(as: member)
        case "register":
            let filing = try DeedFiling(try input.members(), member: "act")
            let act = try await office.loggingWarnings(by: reader, detail: notary) {
                try await office.deeds.registerAct(
                    filing.body, signature: .cms(filing.signature), notary: notary, acknowledged: filing.acknowledged,
                    fee: filing.fee, isForOperator: true)
            }
            try office.tell(of: act, [])
            guard var answer = office.answer(act).object else { return .null }
            answer["repetition"] = .bool(act.filed.isRepetition)
            answer["status"] = .string(try office.deeds.status(act: "\(act.act.number)", notary: notary).status.code)
            answer["evidence"] = .string(
                String(decoding: try office.evidence.evidence(act.filed, for: .party), as: UTF8.self))
            answer["feeEvidence"] = try act.act.fee.flatMap { try office.feeEvidence($0) }.map { .string($0) }
            return .object(answer)
        case "fees": return try office.feesWithoutAct(notary: notary)
        case "change":
            let filing = try DeedFiling(try input.members(), member: "change")
            try await claim(filing.body, notary: notary)
            let change = try await office.loggingWarnings(by: reader, detail: notary) {
                try await office.deeds.changeAct(
                    filing.body, signature: filing.signature, notary: notary, acknowledged: filing.acknowledged,
                    isForOperator: true)
            }
            try office.tell(of: change)
            return office.answer(change)
        default: throw Problem.badRequest(["reason": "unknown command deed.\(name)"])
        }
    }

    /// Logs the act that a change for a notary names, and counts guesses at its principal.
    private func claim(_ change: [UInt8], notary: String) async throws {
        let act = (try? JSONValue(parsing: change))?["act"]?.string ?? ""
        try await office.logQuestion(
            about: act, by: AccessLine.Who(.operator, "command line"), .status, detail: notary)
        _ = try office.deeds.claimedAct(change, notary: notary, isForOperator: true)
    }
}

extension JSONValue {
    fileprivate func needed(_ name: String) throws -> JSONValue {
        guard let value = self[name] else { throw Problem.badRequest(["reason": "\(name) is needed"]) }
        return value
    }

    fileprivate func text(_ name: String) throws -> String {
        guard let text = try needed(name).string else { throw Problem.badRequest(["reason": "\(name) must be a text"]) }
        return text
    }

    fileprivate func members() throws -> JSONObject {
        guard let object else { throw Problem.badRequest(["reason": "an object is needed"]) }
        return object
    }
}
