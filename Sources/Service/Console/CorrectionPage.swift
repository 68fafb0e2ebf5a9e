import CanonicalJSON
import Catalogue
import Filing
import HTTPTypes
import Hummingbird
import LedgerEngine
import Receipts

/// A correction: the same receipt with other quantities, prices, payments or buyer, put in the place of the one before.
extension MerchantConsole {
    func correctionPage(
        _ line: ReceiptLine, _ visitor: Visitor, form: FormBody? = nil, failure: Failure? = nil
    ) throws -> Response {
        let say = Speaker(language: visitor.language)
        try requireInForce(line)
        guard let issued = try registry.book.receipt(at: line.index) else { throw Problem.notFound() }
        let request = issued.request
        func value(_ name: String, _ known: String) -> String { form.map { $0[name] } ?? known }
        var rows: [HTML] = []
        for (number, item) in request.receipts.flatMap(\.items).enumerated() {
            rows.append(
                """
                <tr><th scope="row">\(item.name)</th><td><label class="skip" for="q\(number)">\(say("Тоо", "Quantity")) – \(item.name)</label>\
                <input id="q\(number)" name="q\(number)" size="8" inputmode="decimal" value="\(value("q\(number)", item.quantity.description))"> \(item.unit)</td>\
                <td><label class="skip" for="u\(number)">\(say("Нэгж үнэ", "Unit price")) – \(item.name)</label>\
                <input id="u\(number)" name="u\(number)" size="12" inputmode="decimal" value="\(value("u\(number)", item.unitPrice.description))"></td></tr>
                """)
        }
        // A single payment is always the total.
        let several = request.payments.count > 1 ? request.payments : []
        let payments = several.enumerated().map { number, payment -> HTML in
            """
            <div class="field"><label for="p\(number)">\(payment.code) (\(payment.status))</label>\
            <input id="p\(number)" name="p\(number)" size="12" inputmode="decimal" value="\(value("p\(number)", payment.amount.description))"></div>
            """
        }
        let buyer: HTML =
            request.type.isCompany
            ? """
            <div class="field"><label for="customer">\(say("Худалдан авагчийн ТТД", "Buyer's TIN"))</label>\
            <input id="customer" name="customer" inputmode="numeric" value="\(value("customer", request.customer ?? ""))"></div>
            """
            : """
            <div class="field"><label for="consumer">\(say("Хэрэглэгчийн дугаар (8 орон)", "Consumer number (8 digits)"))</label>\
            <input id="consumer" name="consumer" inputmode="numeric" value="\(value("consumer", request.consumer ?? ""))"></div>
            """
        let path = "/merchant/receipts/\(line.index)/correct"
        let content: HTML = """
            \(failure.map { Page.note($0, say) })
            <p class="note">\(say("Засвар нь шинэ баримт болж, хуучныг орлоно. Тоог 0 болговол мөр хасагдана. Татварыг дахин бодно.", "A correction is a new receipt in the place of the old one. A quantity of 0 takes the line out. Taxes are worked out anew."))</p>
            <form method="post" action="\(path)">\(Page.key(visitor))
            <div class="scroll" tabindex="0"><table><caption><span class="id">\(line.id)</span></caption><thead><tr><th scope="col">\(say("Нэр", "Name"))</th>\
            <th scope="col">\(say("Тоо", "Quantity"))</th><th scope="col">\(say("Нэгж үнэ", "Unit price"))</th></tr></thead><tbody>\(rows)</tbody></table></div>
            \(buyer)\(payments.isEmpty ? .empty : HTML("<h2>\(say("Төлбөр", "Payments"))</h2>\(payments)"))
            <button>\(say("Үргэлжлүүлэх", "Go on"))</button> <a href="/merchant/receipts/\(line.index)">\(say("Болих", "Cancel"))</a></form>
            """
        return try render(
            visitor, say("Баримт засварлах", "Correct a receipt"), path: path,
            status: failure.map { .init(code: $0.problem.status) } ?? .ok, content)
    }

    func correct(_ form: FormBody, _ line: ReceiptLine, _ visitor: Visitor) async throws -> Response {
        try requireInForce(line)
        guard let issued = try registry.book.receipt(at: line.index) else { throw Problem.notFound() }
        do {
            let today = ReceiptTime(unixMilliseconds: Int64(clamping: office.clock.now()))
            let payer = office.register.merchant(tin: line.merchant)?.vatPayer
            let corrected = try issued.correction(
                form, rates: office.receipts.tables.rates(on: today), isVATPayer: payer)
            guard !corrected.receipts.isEmpty else { throw Problem.correctionEmpty() }
            var unchanged = issued.request
            (unchanged.corrects, unchanged.month) = (corrected.corrects, corrected.month)
            guard corrected != unchanged else { throw Problem.correctionUnchanged() }
            if try merchant(visitor).way ?? .alone == .alone {
                let checked = try ReceiptRequest.parse(corrected.canonicalBody)
                _ = try checked.validate(at: today, in: office.register, tables: office.receipts.tables)
            }
            // Nothing is filed that was not shown.
            guard form["confirmed"] == "yes" else { return try confirmationPage(corrected, form, line, visitor) }
            let answer = try await desk(visitor).file(corrected.canonicalBody)
            guard answer.isGood else {
                throw Problem.posapiRefused(["reason": answer.json["message"]?.string ?? "\(answer.status)"])
            }
            return try done(answer, line, visitor)
        } catch let failure as Failure {
            return try correctionPage(line, visitor, form: form, failure: failure)
        }
    }
}

extension MerchantConsole {
    /// What a correction comes to, before it is filed.
    private func confirmationPage(
        _ corrected: ReceiptRequest, _ form: FormBody, _ line: ReceiptLine, _ visitor: Visitor
    ) throws -> Response {
        let say = Speaker(language: visitor.language)
        let path = "/merchant/receipts/\(line.index)/correct"
        let rows = corrected.receipts.flatMap(\.items).map { item -> HTML in
            """
            <tr><th scope="row">\(item.name)</th><td class="n">\(item.quantity.description) \(item.unit)</td><td class="n">\(item.unitPrice.description)</td>\
            <td class="n">\(say.money(item.vat.mongo))</td><td class="n">\(say.money(item.cityTax.mongo))</td><td class="n">\(say.money(item.total.mongo))</td></tr>
            """
        }
        let fields = form.fields.filter { $0.key != "key" && $0.key != "confirmed" }.sorted { $0.key < $1.key }
        let hidden = fields.map { name, value -> HTML in "<input type=\"hidden\" name=\"\(name)\" value=\"\(value)\">" }
        let month: HTML =
            line.month == line.date.monthNumber
            ? .empty
            : """
            <p class="note warn">\(say("Хуучин баримт \(say.month(line.month))-д тайлагнасан. Засвар нь энэ сарынх болно.", "The old receipt was to be reported under \(say.month(line.month)). The correction belongs to this month."))</p>
            """
        let content: HTML = """
            \(month)<div class="scroll" tabindex="0"><table><caption>\(say("Засварын дараа", "After the correction"))</caption><thead><tr><th scope="col">\(say("Нэр", "Name"))</th>\
            <th scope="col" class="n">\(say("Тоо", "Quantity"))</th><th scope="col" class="n">\(say("Нэгж үнэ", "Unit price"))</th><th scope="col" class="n">\(say("НӨАТ", "VAT"))</th>\
            <th scope="col" class="n">\(say("НХАТ", "City tax"))</th><th scope="col" class="n">\(say("Дүн", "Total"))</th></tr></thead><tbody>\(rows)</tbody></table></div>
            <dl class="panel"><dt>\(say("Өмнө нь", "Before"))</dt><dd>\(say.money(line.total.mongo))</dd><dt>\(say("Одоо", "Now"))</dt><dd><strong>\(say.money(corrected.total.mongo))</strong></dd>\
            <dt>\(say("НӨАТ", "VAT"))</dt><dd>\(say.money(corrected.vat.mongo))</dd><dt>\(say("НХАТ", "City tax"))</dt><dd>\(say.money(corrected.cityTax.mongo))</dd></dl>
            <form method="post" action="\(path)">\(Page.key(visitor))\(hidden)<input type="hidden" name="confirmed" value="yes">
            <button>\(say("Тийм, бүртгэх", "Yes, file it"))</button> <a href="\(path)">\(say("Буцаж засах", "Change it again"))</a></form>
            """
        return try render(visitor, say("Засварыг баталгаажуулах", "Confirm the correction"), path: path, content)
    }
}

extension IssuedReceipt {
    /// The receipt that a form makes of this one.
    ///
    /// - Throws: `console-field-invalid` for what is no number. Whether the receipt is a good one decides who files it.
    fileprivate func correction(_ form: FormBody, rates: TaxRates, isVATPayer: Bool?) throws(Failure)
        -> ReceiptRequest
    {
        var corrected = request
        corrected.corrects = id
        // A month stated then may not be one that can be stated now.
        corrected.month = nil
        if request.type.isCompany {
            corrected.customer = form["customer"].isEmpty ? nil : form["customer"]
        } else {
            corrected.consumer = form["consumer"].isEmpty ? nil : form["consumer"]
        }
        var number = 0
        for place in corrected.receipts.indices {
            var items: [ReceiptItem] = []
            let receipt = corrected.receipts[place]
            // An item given away bore no tax; with a price it does where the others do.
            let owesVAT = receipt.taxType == .vatable && (isVATPayer == true || receipt.vat != .zero)
            for item in receipt.items {
                if let kept = try item.corrected(form, number, rates, owesVAT: owesVAT) { items.append(kept) }
                number += 1
            }
            corrected.receipts[place].items = items
            corrected.receipts[place].total = try sum(items.map(\.total))
            corrected.receipts[place].vat = try sum(items.map(\.vat))
            corrected.receipts[place].cityTax = try sum(items.map(\.cityTax))
        }
        corrected.receipts.removeAll { $0.items.isEmpty }
        corrected.total = try sum(corrected.receipts.map(\.total))
        corrected.vat = try sum(corrected.receipts.map(\.vat))
        corrected.cityTax = try sum(corrected.receipts.map(\.cityTax))
        for place in corrected.payments.indices {
            corrected.payments[place].amount =
                corrected.payments.count == 1 ? corrected.total : try money(form["p\(place)"], "p\(place)")
        }
        return corrected
    }

    private func sum(_ amounts: [Money]) throws(Failure) -> Money {
        var sum = Money.zero
        for amount in amounts {
            guard let more = sum.adding(amount) else { throw invalid("total", "", "≤ \(Money.greatest)") }
            sum = more
        }
        return sum
    }
}

private func invalid(_ field: String, _ value: String, _ form: String) -> Failure {
    Problem.consoleFieldInvalid(["field": field, "value": value.isEmpty ? "–" : value, "form": form])
}

/// An amount as people write it: with a comma or a point, with blanks between thousands.
private func money(_ text: String, _ field: String) throws(Failure) -> Money {
    let plain = text.filter { !$0.isWhitespace }.replacing(",", with: ".")
    guard let money = Money(.string(plain)) else { throw invalid(field, text, "5600.50") }
    return money
}

extension ReceiptItem {
    /// The item with the form's quantity and price; `nil` for a quantity of 0.
    ///
    /// Its total changes as quantity × price does: what was taken off stays off in proportion, and a price without VAT stays one.
    fileprivate func corrected(
        _ form: FormBody, _ number: Int, _ rates: TaxRates, owesVAT: Bool
    ) throws(Failure) -> ReceiptItem? {
        func decimal(_ field: String, _ title: String) throws(Failure) -> Quantity {
            let text = form[field].filter { !$0.isWhitespace }.replacing(",", with: ".")
            guard let value = Quantity(.string(text)) else { throw invalid("\(title): \(name)", form[field], "2.5") }
            return value
        }
        let quantity = try decimal("q\(number)", "qty")
        let unitPrice = try decimal("u\(number)", "unitPrice")
        if quantity.isZero { return nil }
        guard quantity != self.quantity || unitPrice != self.unitPrice else { return self }
        var item = self
        (item.quantity, item.unitPrice) = (quantity, unitPrice)
        let isFree = self.unitPrice.isZero || total == .zero
        let isPlain = isFree || self.unitPrice.times(self.quantity) == total
        let scaled =
            isPlain
            ? unitPrice.times(quantity)
            : total.scaled(from: (self.quantity, self.unitPrice), to: (quantity, unitPrice))
        guard let scaled else { throw invalid("unitPrice: \(name)", form["u\(number)"], "2.5") }
        item.total = scaled
        let vatRate = owesVAT && (isFree || vat != .zero) ? rates.vat : 0
        let cityRate = cityTax == .zero ? 0 : self.cityRate(rates, vatRate)
        item.vat = vatRate == 0 ? .zero : TaxRates.share(of: scaled, rate: vatRate, all: vatRate + cityRate)
        item.cityTax = cityRate == 0 ? .zero : TaxRates.share(of: scaled, rate: cityRate, all: vatRate + cityRate)
        return item
    }

    /// The rate that the item bore, of those that are taken now.
    private func cityRate(_ rates: TaxRates, _ vatRate: Int64) -> Int64 {
        rates.cityTax.first { rate in
            abs(TaxRates.share(of: total, rate: rate, all: rate + vatRate).mongo - cityTax.mongo) <= 1
        } ?? rates.cityTax.first ?? 0
    }
}
