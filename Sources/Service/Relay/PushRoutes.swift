import CanonicalJSON
import Catalogue
import Filing
import Hummingbird
import Logging
import Receipts

/// `POST /rest/push`: the third-party hook of a merchant's own PosAPI (manual, chapter 11).
///
/// A failure of this ledger never keeps a sale from happening: whatever is sent as `SEND_AND_RECEIVE` goes back as it came.
struct PushRoutes {
    let desks: PosDesks
    let logger: Logger

    func add(to router: some RouterMethods<CallContext>) {
        router.post("rest/push") { request, context in
            let desk = try await desks(request, context)
            // The daemon's own type is not documented. A page in a browser can send without asking only with types of forms, and says whence.
            try request.refuseBrowsers()
            return try await take(try await request.bytes(limit: FilingRoutes.receiptLimit), desk)
        }
    }

    private func take(_ body: [UInt8], _ desk: PosDesk) async throws -> Response {
        let pushed: PushedReceipt
        do {
            pushed = try PushedReceipt.parse(body)
        } catch {
            guard PushRoutes.waits(body) else { throw error }
            logger.warning("a pushed receipt cannot be filed", metadata: ["problem": "\(error.problem.code)"])
            return PushRoutes.back(body)
        }
        guard pushed.kind != .payment else { throw Problem.pushPayment() }
        guard let receipt = pushed.receipt else {
            // Not numbered yet: the number comes with another push, or through the relay.
            guard pushed.kind == .sendAndReceive else { throw Problem.receiptFieldEmpty(["field": "receipt.id"]) }
            return PushRoutes.back(body)
        }
        do {
            try desk.caller?.requireOwn(receipt.request)
            let filed = try await file(receipt, desk.office, desk.relay)
            var response = pushed.kind == .sendAndReceive ? PushRoutes.back(body) : Response([:])
            desk.office.name(filed.filed, in: &response)
            return response
        } catch {
            guard pushed.kind == .sendAndReceive else { throw error }
            logger.error(
                "a pushed receipt is not filed", metadata: ["problem": "\(desk.relay.code(of: error))"])
            return PushRoutes.back(body)
        }
    }

    /// Files a pushed receipt. If it answers a sale whose outcome was unknown, that one is settled by it.
    private func file(_ receipt: IssuedReceipt, _ office: Office, _ relay: RelayDesk) async throws -> FiledReceipt {
        guard let merchant = office.register.merchant(tin: receipt.request.merchant) else {
            throw Problem.merchantUnknown(["tin": receipt.request.merchant])
        }
        guard merchant.way == .front || merchant.way == .beside else {
            throw Problem.pushNotExpected(["tin": merchant.tin])
        }
        if merchant.way == .front, let (intent, request) = try relay.openSale(of: receipt) {
            let issued = PosAPIReply.Issued(
                id: receipt.id, subReceipts: receipt.subReceiptIDs, date: receipt.date)
            return try await relay.settle(intent, request, issued)
        }
        return try await office.receipts.file(issued: receipt)
    }

    /// Whether the sender holds a sale back until it gets the receipt.
    private static func waits(_ body: [UInt8]) -> Bool {
        guard let root = (try? JSONValue(parsing: body, limits: JSONLimits(bytes: FilingRoutes.receiptLimit)))?.object
        else { return false }
        let word = root.value(ignoringCase: "type")?.string?.uppercased() ?? ""
        return word.contains(PushedReceipt.Kind.sendAndReceive.rawValue)
    }

    /// The body itself, unchanged: lottery and QR are in it, and are the PosAPI's.
    private static func back(_ body: [UInt8]) -> Response {
        var response = Response(bytes: body, type: "application/json; charset=utf-8")
        response.headers[.cacheControl] = "no-store"
        return response
    }
}
