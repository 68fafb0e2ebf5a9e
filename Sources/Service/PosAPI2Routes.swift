import CanonicalJSON
import Catalogue
import Filing
import HTTPTypes
import Hummingbird
import LedgerEngine
import NIOHTTP1
import Receipts
import Registry

/// PosAPI 2.x over HTTP, as its most used wrappers speak it: for tills that were never changed over.
///
/// A refusal is answered with HTTP 200 and `success: false`: several clients read no other body.
struct PosAPI2Routes {
    let desks: PosDesks

    func add(to router: some RouterMethods<CallContext>) {
        for prefix in ["", "api/"] {
            for path in ["put", "batch-put", "put-batch"] {
                router.post(RouterPath(prefix + path)) { request, context in
                    await answered { try await put(request, try await desks(request, context)) }
                }
            }
            for path in ["returnBill", "return"] {
                router.post(RouterPath(prefix + path)) { request, context in
                    await answered { try await giveBack(request, try await desks(request, context)) }
                }
            }
            for path in ["checkApi", "check", "check-api"] {
                router.get(RouterPath(prefix + path)) { request, context in
                    await answered { try await check(request, try await desks(request, context)) }
                }
            }
            for path in ["getInformation", "info", "get-information"] {
                router.get(RouterPath(prefix + path)) { request, context in
                    await answered { try await information(request, try await desks(request, context)) }
                }
            }
            for path in ["sendData", "send", "senddata", "send-data"] {
                for method in [HTTPRequest.Method.get, .post] {
                    router.on(RouterPath(prefix + path), method: method) { request, context in
                        await answered {
                            let reply = try await desks(request, context).sendData()
                            guard reply.isGood else { throw Problem.posapiRefused(["reason": "\(reply.status)"]) }
                            return ["success": true]
                        }
                    }
                }
            }
        }
    }

    private func answered(_ body: () async throws -> JSONValue) async -> Response {
        do {
            return Response(try await body())
        } catch {
            let failure = Failure(from: error) ?? Problem.internalError()
            return Response(
                PosAPI2Answer.failure(
                    [.ledgerDamaged, .ledgerUnusable].contains(failure.problem) ? Problem.internalError() : failure))
        }
    }

    // MARK: Bills

    private func put(_ request: Request, _ desk: PosDesk) async throws -> JSONValue {
        try request.refuseBrowsers()
        let merchant = try merchant(request, desk)
        let body = try await request.bytes(limit: FilingRoutes.receiptLimit)
        let bill = try PosAPI2Request.parse(body, merchant: merchant, among: desk.enrolled)
        let isFront = merchant.way == .front
        let answer = try await desk.file(
            (isFront ? bill.receiptForAuthority : bill.receipt).bytes, from: isFront ? .client : .posapi2)
        let json = answer.json
        guard answer.isGood, json["id"]?.string?.isEmpty == false else {
            throw Problem.posapiRefused(["reason": json["message"]?.string ?? "\(answer.status)"])
        }
        return PosAPI2Answer.put(bill, json, registerNumber: merchant.registerNumber ?? merchant.tin)
    }

    private func giveBack(_ request: Request, _ desk: PosDesk) async throws -> JSONValue {
        try request.refuseBrowsers()
        let merchant = try merchant(request, desk)
        let giving = try PosAPI2Request.parseReturn(try await request.bytes(limit: FilingRoutes.receiptLimit))
        guard giving.id.merchantTINs.contains(merchant.tin) else {
            throw Problem.receiptOfAnother(["id": giving.id.text])
        }
        let body: JSONValue = ["id": .string(giving.id.text), "date": .string(giving.date.description)]
        let answer = try await desk.giveBack(body.bytes)
        guard answer.isGood else {
            throw Problem.posapiRefused(["reason": answer.json["message"]?.string ?? "\(answer.status)"])
        }
        return ["success": true]
    }

    // MARK: States

    private func check(_ request: Request, _ desk: PosDesk) async throws -> JSONValue {
        let merchant = try merchant(request, desk)
        var network: String?
        if let address = try desk.relay.address(of: merchant.tin) {
            switch await desk.relay.client.send(.GET, "/rest/info", [], to: address) {
            case .answered(let reply) where reply.status == 200: break
            default: network = Problem.relayNotReached(["reason": address]).message(.mn)
            }
        }
        return PosAPI2Answer.check(database: desk.office.ledger.stopReason == nil, network: network)
    }

    private func information(_ request: Request, _ desk: PosDesk) async throws -> JSONValue {
        let merchant = try merchant(request, desk)
        let now = ReceiptTime(unixMilliseconds: Int64(desk.office.clock.now()))
        let info = await desk.information()
        return PosAPI2Answer.information(
            registerNumber: merchant.registerNumber ?? merchant.tin,
            posNo: info["posNo"]?.string ?? desk.office.settings.posIdentity.posNo,
            lotteries: info["leftLotteries"] ?? 0,
            unsent: (try? desk.office.relays.intents(state: .answered).count) ?? 0,
            lastSent: info["lastSentDate"]?.string ?? now.description)
    }

    // MARK: Merchants

    /// For whom a till works: `?lib=` or `x-lib` name the merchant by the number in the state register or the TIN; without, there must be only
    /// one.
    private func merchant(_ request: Request, _ desk: PosDesk) throws -> Merchant {
        let merchants = desk.merchants
        let header = HTTPField.Name("x-lib").flatMap { request.headers[$0] }
        let named = request.uri.queryParameters["lib"].map(String.init) ?? header ?? ""
        guard named.isEmpty else {
            guard let merchant = merchants.first(where: { $0.registerNumber == named || $0.tin == named }) else {
                throw Problem.merchantUnknown(["tin": named])
            }
            return merchant
        }
        let numbered = merchants.filter { $0.registerNumber != nil }
        guard let only = merchants.count == 1 ? merchants.first : numbered.count == 1 ? numbered.first : nil else {
            throw Problem.posapi2MerchantUnclear()
        }
        return only
    }
}
