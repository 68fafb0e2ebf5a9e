import Catalogue
import Deeds
import Filing
import LedgerEngine
import Receipts

extension Office {
    /// The receipt that an act names, as its page tells it.
    func feeFacts(_ report: ActReport, _ say: Speaker) -> HTML {
        guard let fee = report.act.fee else { return .empty }
        let link = evidencePath(of: fee.commitment)
        let state =
            switch report.feeState {
            case .returned: say("буцаасан", "returned")
            case .corrected: say("засварласан", "corrected")
            default: say("хүчинтэй", "in force")
            }
        let isGood = report.feeState == .inForce
        return """
            <dt>\(say("Хөлсний баримт", "Fee receipt"))</dt><dd><span class="id">\(fee.receipt)</span> · <span class="state \(isGood ? "good" : "bad")">\(state)</span> · \
            <a href="\(link)">\(say("Нотолгоог татах", "Download its evidence"))</a></dd>
            """
    }
}

extension MerchantConsole {
    /// The notarial act that a receipt is the fee of: never which, nor of what kind.
    func actFacts(_ line: ReceiptLine, _ issued: IssuedReceipt, _ say: Speaker) throws -> HTML {
        let isNamed = try office.receipts.act(namingReceiptAt: line.index) != nil
        guard isNamed || issued.act != nil else { return .empty }
        let state =
            isNamed
            ? say("бүртгэгдсэн үйлдлийн хөлс", "the fee of an act that is registered")
            : say("үйлдэл нь бүртгэгдээгүй", "its act is not registered")
        let digest: HTML = issued.act.map { "<br><span class=\"id\">\($0)</span>" } ?? .empty
        return """
            <dt>\(say("Нотариатын үйлдэл", "Notarial act"))</dt><dd>\(state)\(digest)<br>\
            <a class="noprint" href="/notary/fees/\(line.index)">\(say("Нотариатчийн консолд нээх", "Open it in the notary's console"))</a></dd>
            """
    }
}
