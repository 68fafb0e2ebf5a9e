import CanonicalJSON
import Catalogue
import Filing
import LedgerEngine
import Receipts
import Registry

/// Sales that were passed on to merchants' own PosAPIs, and whose outcome is open.
extension AdminDesk {
    func relayList() throws -> JSONValue {
        .array(
            try office.relays.intents().filter { $0.state != .filed }.map { intent in
                var object: JSONObject = [
                    "id": JSONValue(intent.id), "state": .string(intent.state.rawValue),
                    "created": JSONValue(intent.created),
                ]
                switch RelayedSale(decoding: intent.content)?.content {
                case .receipt(let request, let answer):
                    object["merchant"] = .string(request.merchant)
                    object["branchNo"] = .string(request.branch)
                    object["posNo"] = .string(request.till)
                    object["totalAmount"] = .string(request.total.description)
                    object["billIdSuffix"] = request.suffix.map { .string($0) }
                    object["receipt"] = answer.map { .string($0.id.text) }
                case .unread: object["unread"] = true
                case .giveBack(let request): object["returned"] = .string(request.id.text)
                case nil: object["damaged"] = true
                }
                return .object(object)
            })
    }

    /// Takes a person's word for what became of a sale: its number and date, or that there is no receipt.
    func resolveRelay(_ input: JSONValue) async throws -> JSONValue {
        guard let id = input["id"]?.integer, let intent = try office.relays.intents().first(where: { $0.id == id })
        else { throw Problem.relayIntentUnknown(["id": input["id"]?.text ?? ""]) }
        guard intent.state == .unknown else { throw Problem.relayNotOpen(["id": String(id)]) }
        guard let number = input["receipt"]?.string else {
            try office.relays.end(intent.id)
            office.relays.setSettled(intent.sale)
            return ["id": JSONValue(id), "outcome": "dropped"]
        }
        guard var sale = RelayedSale(decoding: intent.content), case .receipt(let request, _) = sale.content else {
            throw Problem.badRequest(["reason": "this ledger cannot file that request: end it with --no-receipt"])
        }
        guard case .issued(let issued) = PosAPIReply(status: 200, body: input.answer) else {
            throw Problem.badRequest(["reason": "a receipt has 33 digits, and a date yyyy-MM-dd HH:mm:ss"])
        }
        guard issued.id.merchantTINs.contains(request.merchant) else {
            throw Problem.receiptOfAnother(["id": issued.id.text])
        }
        let receipt = try await office.receipts.file(
            issued: issued.receipt(for: request, way: .front), sale: office.receipts.saleKey(request))
        // An equal request gets this receipt for a while, as if the answer had come.
        sale.content = .receipt(request, answer: issued)
        try office.relays.note(.filed, of: intent.id, content: sale.encoded)
        office.relays.setSettled(intent.sale)
        return [
            "id": JSONValue(id), "outcome": "filed", "receipt": .string(number),
            "index": JSONValue(receipt.filed.index),
        ]
    }
}

extension JSONValue {
    /// What a person says of a receipt, in the form of a PosAPI's answer.
    fileprivate var answer: [UInt8] {
        JSONValue.object(["id": self["receipt"] ?? .null, "date": self["date"] ?? .null]).bytes
    }
}
