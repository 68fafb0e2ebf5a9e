import CanonicalJSON
import Catalogue
import Filing
import Hummingbird
import LedgerEngine
import NIOHTTP1
import Receipts

/// What a PosAPI does, whichever of its languages a till speaks, and whoever issues the receipts.
struct PosDesk: Sendable {
    /// An answer in PosAPI 3.0.
    struct Answer: Sendable {
        let status: Int
        let type: String?
        let body: [UInt8]
        /// `nil` for what was not filed, or is not yet.
        let filed: FiledRecord?

        var isGood: Bool { (200..<300).contains(status) }
        var json: JSONValue {
            (try? JSONValue(parsing: body, limits: JSONLimits(bytes: ReceiptLimits.answer))) ?? .null
        }
    }

    let office: Office
    let relay: RelayDesk
    /// Whose requests these are; `nil` for the tills on this machine, which may be anybody's.
    var caller: ShopCaller?
    /// What the caller may ask for.
    var limits: MerchantLimits?

    /// The merchants enrolled, and not suspended.
    var enrolled: [Merchant] {
        office.register.all.compactMap { issuer in
            if case .merchant(let merchant) = issuer, !merchant.suspended { merchant } else { nil }
        }
    }

    /// Those that the caller may know of.
    var merchants: [Merchant] { enrolled.filter { caller == nil || caller?.tin == $0.tin } }

    /// Files a receipt here, or passes it on to the PosAPI that issues it.
    func file(_ body: [UInt8], from origin: ReceiptRequest.Origin = .client) async throws -> Answer {
        let parsed = Result { () throws(Failure) in
            if origin == .client { return try ReceiptRequest.parse(body) }
            let value = (try? JSONValue(parsing: body, limits: JSONLimits(bytes: FilingRoutes.receiptLimit))) ?? .null
            return try ReceiptRequest.parse(value, from: origin)
        }
        if let address = try relayAddress(parsed, body) { return Answer(try await relay.file(body, to: address)) }
        let sale = try parsed.get()
        if let caller { try limits?.takeReceipt(of: caller.tin) }
        let merchant = office.register.merchant(tin: sale.merchant)
        if merchant?.way == .beside { throw Problem.receiptBeside(["tin": sale.merchant]) }
        let receipt = try await office.receipts.receipt(of: try office.receipts.submit(sale))
        // A repetition, read from its record, gets the same bytes.
        let answer = PosAPIAnswer.receipt(
            receipt.issued, identity: office.settings.posIdentity, qrData: office.evidenceLink(of: receipt.filed),
            accounts: merchant?.bankAccounts ?? [])
        return Answer(status: 200, type: nil, body: answer.bytes, filed: receipt.filed)
    }

    /// Where the PosAPI is that a sale goes to; also of one that cannot be read here, as long as it names its merchant.
    private func relayAddress(_ parsed: Result<ReceiptRequest, Failure>, _ body: [UInt8]) throws -> String? {
        switch parsed {
        case .success(let request):
            try caller?.requireOwn(request)
            return try relay.address(of: request.merchant)
        case .failure(let failure):
            let value = try? JSONValue(parsing: body, limits: JSONLimits(bytes: FilingRoutes.receiptLimit))
            let named = value?.object?.value(ignoringCase: "merchantTin")
            guard let tin = named?.string ?? named?.number?.text else { throw failure }
            try caller?.requireOwn(tin: tin)
            // Whether it is this till's own cannot be told from what cannot be read.
            return caller?.till == nil ? try relay.address(of: tin) : nil
        }
    }

    /// The PosAPIs behind this ledger that the caller's merchants have.
    private var addresses: [String] {
        guard caller != nil else { return relay.addresses }
        return Array(Set(merchants.compactMap { try? relay.address(of: $0.tin) })).sorted()
    }

    /// Takes a receipt back.
    func giveBack(_ body: [UInt8]) async throws -> Answer {
        if let caller { try caller.requireOwn(try ReturnRequest.parse(body).id) }
        let tins = (try? ReturnRequest.parse(body).id.merchantTINs) ?? []
        // A suspended merchant's PosAPI takes receipts back all the same.
        if let merchant = tins.lazy.compactMap({ office.register.merchant(tin: $0) }).first {
            if let address = try relay.address(of: merchant.tin) {
                return Answer(try await relay.giveBack(body, to: address))
            }
            if merchant.way == .beside { throw Problem.receiptBeside(["tin": merchant.tin]) }
        }
        let record = try await office.receipts.returnReceipt(body)
        return Answer(status: 200, type: nil, body: [], filed: record)
    }

    /// Lets the PosAPIs behind this ledger send what they hold. Who works alone sends nothing on.
    func sendData() async throws -> Answer {
        // One that is down does not keep the others from sending.
        var failure: (any Error)?
        var refusal: Answer?
        for address in addresses {
            switch await relay.client.send(.GET, "/rest/sendData", [], to: address) {
            case .answered(let reply) where (200..<300).contains(reply.status): continue
            case .answered(let reply): refusal = Answer(RelayDesk.Answer(reply: reply, filed: nil))
            case .notSent(let reason): failure = Problem.relayNotReached(["reason": reason])
            case .unclear(let reason): failure = Problem.relayNotReached(["reason": reason])
            }
        }
        if let failure { throw failure }
        if let refusal { return refusal }
        return Answer(status: 200, type: nil, body: Array("{}".utf8), filed: nil)
    }

    /// The accounts that a merchant's invoices may name.
    func bankAccounts(tin: String) async throws -> Answer {
        try caller?.requireOwn(tin: tin)
        if let address = try relay.address(of: tin),
            case .answered(let reply) = await relay.client.send(.GET, "/rest/bankAccounts?tin=\(tin)", [], to: address)
        {
            return Answer(RelayDesk.Answer(reply: reply, filed: nil))
        }
        let accounts = PosAPIAnswer.bankAccounts(of: office.register.merchant(tin: tin))
        return Answer(status: 200, type: nil, body: accounts.bytes, filed: nil)
    }

    /// `GET /rest/info`, with a member `tamga` that tells how each merchant's receipts come in.
    func information() async -> JSONValue {
        let now = ReceiptTime(unixMilliseconds: Int64(office.clock.now()))
        var answer = PosAPIAnswer.info(
            office.settings.posIdentity, merchants: merchants, lastSent: now, tables: office.receipts.tables)
        // With one PosAPI behind this ledger its own answer is the right one: number, lotteries left, last sending.
        let addresses = addresses
        if addresses.count == 1, let address = addresses.first,
            case .answered(let reply) = await relay.client.send(.GET, "/rest/info", [], to: address),
            reply.status == 200, let theirs = try? JSONValue(parsing: reply.body), theirs.object != nil
        {
            answer = theirs
        }
        guard var object = answer.object else { return answer }
        // One PosAPI may print for several merchants, who need not know of each other.
        if let caller, let listed = object["merchants"]?.array {
            object["merchants"] = .array(listed.filter { ($0["tin"]?.string ?? $0["tin"]?.number?.text) == caller.tin })
        }
        object["tamga"] = .array(
            merchants.map { merchant in
                let way = merchant.way ?? .alone
                return [
                    "tin": .string(merchant.tin), "way": .string(way.rawValue),
                    "mn": .string(way.explanation.mn), "en": .string(way.explanation.en),
                ]
            })
        return .object(object)
    }
}

extension PosDesk.Answer {
    /// Another PosAPI's answer, as it came.
    fileprivate init(_ answer: RelayDesk.Answer) {
        self.init(
            status: answer.reply.status, type: answer.reply.type, body: answer.reply.body, filed: answer.filed)
    }
}
