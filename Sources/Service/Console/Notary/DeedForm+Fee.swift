import CanonicalJSON
import Catalogue
import Deeds
import Filing
import HTTPTypes
import Hummingbird
import LedgerEngine
import Receipts

/// The fee of an act, as it was typed beside it.
extension DeedForm {
    private static let feeNames = ["amount", "payment", "consumerNo", "customerTin", "receipt"]

    /// What is sent with the registration; `nil` where neither an amount nor a receipt was typed.
    ///
    /// - Throws: `fee-invalid`.
    func fee() throws(Failure) -> FeeRequest? {
        guard change == nil else { return nil }
        var object = JSONObject()
        for name in DeedForm.feeNames {
            let value = self["fee.\(name)"]
            guard !value.isEmpty else { continue }
            object[name] = .string(name == "amount" ? DeedForm.plainAmount(value) : value)
        }
        // How it is paid is chosen beforehand.
        if object["amount"] == nil { object["payment"] = nil }
        if object["receipt"] != nil { object["receipt"] = .string(self["fee.receipt"].filter { !$0.isWhitespace }) }
        return object.isEmpty ? nil : try FeeRequest(.object(object))
    }
}

extension NotaryConsole {
    /// What is wrong with the fee of a form, as far as it shows before anything is filed.
    func feeProblems(_ form: DeedForm, _ visitor: Visitor) throws -> [FieldProblem] {
        do {
            if let fee = try form.fee() { try office.deeds.check(fee, notary: visitor.subject) }
            return []
        } catch let failure as Failure where failure.problem.status < 500 {
            let path = failure.details["path"] ?? ""
            return [FieldProblem(field: path.hasPrefix("fee.") ? path : "fee.amount", failure: failure)]
        }
    }

    /// The part of the form that is about the fee; nothing for a notary without a TIN.
    func feePanel(_ view: DeedFormView, _ visitor: Visitor) throws -> HTML {
        let say = view.say
        guard view.form.change == nil, let tin = try notary(visitor).tin else { return .empty }
        let now = ReceiptTime(unixMilliseconds: Int64(office.clock.now()))
        let payments = office.receipts.tables.paymentTypes(on: now).map { (code: $0.code, label: $0.name) }
        let way = office.register.merchant(tin: tin)?.way ?? .alone
        let issued: HTML =
            way == .alone
            ? """
            <div class="fields">\(view.line("fee.amount", say("Дүн, төгрөг", "Amount, tugrik"), " inputmode=\"decimal\" size=\"14\""))\
            \(view.choice("fee.payment", say("Төлбөрийн хэлбэр", "Paid by"), payments, hasNone: false))\
            \(view.line("fee.consumerNo", say("Хэрэглэгчийн дугаар (8 орон)", "Consumer number (8 digits)"), " inputmode=\"numeric\" size=\"10\""))\
            \(view.line("fee.customerTin", say("эсвэл байгууллагын ТТД", "or the paying company's TIN"), " inputmode=\"numeric\" size=\"16\""))</div>
            """ : .empty
        let hint =
            way == .alone
            ? say(
                "Баримтыг үйлдэлтэй хамт \(tin) ТТД-өөр бүртгэнэ. Хөлсгүй бол хоосон орхино.",
                "Its receipt is filed with the act, under the TIN \(tin). Leave it empty without a fee.")
            : say(
                "Баримтыг өөрийн PosAPI олгодог: кассаас гаргаад ДДТД-г энд бичнэ.",
                "Your own PosAPI issues the receipts: issue one at the till, and give its number here.")
        let label =
            way == .alone
            ? say("эсвэл бүртгэгдсэн баримтын ДДТД", "or the number of a receipt that is filed already")
            : say("Баримтын ДДТД", "Receipt number")
        return """
            <section class="panel"><h2>\(say("Хөлс", "Fee"))</h2><p class="hint">\(hint)</p>\(issued)\
            \(view.line("fee.receipt", label, " inputmode=\"numeric\" class=\"id long\" autocomplete=\"off\""))</section>
            """
    }

    /// What becomes of the fee, before the notary signs.
    func feeNote(_ form: DeedForm, _ visitor: Visitor, _ say: Speaker) throws -> HTML {
        let text: String
        switch try? form.fee() {
        case .issue(let sale)?:
            text = say(
                "Хөлс: \(say.money(sale.amount.mongo)), \(sale.payment). Баримтыг үйлдэлтэй хамт бүртгэнэ.",
                "Fee: \(say.money(sale.amount.mongo)), \(sale.payment). Its receipt is filed with the act.")
        case .filed(let id)?:
            text = say("Хөлсний баримт: \(id.text)", "Fee receipt: \(id.text)")
        case nil:
            if try notary(visitor).tin == nil || form.change != nil { return .empty }
            text = say("Хөлсгүй: баримт бичихгүй.", "No fee: no receipt is filed.")
        }
        return "<p id=\"fee\">\(text)</p>"
    }

    /// How many of the newest fee receipts the first page looks at for those without an act; the API looks further.
    private static let feeDepth = 1000

    /// Fee receipts that were filed for acts that are not there.
    func feesWithoutAct(_ notary: Notary, _ say: Speaker) throws -> HTML {
        let rows = try office.feesWithoutAct(of: notary, depth: NotaryConsole.feeDepth).map { line -> HTML in
            """
            <li><span class="id">\(line.id)</span> · \(line.date.description) · \(say.money(line.total.mongo))</li>
            """
        }
        guard !rows.isEmpty else { return .empty }
        return """
            <div class="note warn"><strong>\(say("Үйлдэлгүй үлдсэн хөлсний баримт: \(rows.count)", "Fee receipts without an act: \(rows.count)"))</strong><ul>\(rows)</ul>
            <p>\(say("Үйлдлийн ноорогоо өөрчлөхгүйгээр дахин бүртгэвэл баримтыг нь ашиглана; эсвэл баримтыг борлуулагчийн консолд буцаана уу.", "Register the same draft again: its receipt is used. Else give the receipt back in the merchant's console."))</p></div>
            """
    }

    /// To the act that names a receipt, for its own notary; for anybody else there is none.
    func actOfReceipt(_ index: String, _ visitor: Visitor) throws -> Response {
        guard let index = UInt64(index),
            let number = try office.deeds.act(namingReceiptAt: index, notary: visitor.subject)
        else { throw Problem.actNotFound() }
        return Console.redirect(to: "/notary/acts/\(number)")
    }
}
