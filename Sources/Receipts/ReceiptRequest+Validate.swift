public import Catalogue

extension ReceiptRequest {
    /// Checks the receipt against the rules: merchant, sums, rates, codes, and what each type needs.
    ///
    /// Sums are exact: header = Σ sub-receipts = Σ items, and Σ payments = total when payments are there. Only the tax of one item may
    /// be off by 0.01. Quantity × unit price is not compared with the total: official examples break that.
    /// - Parameters:
    ///   - time: When the receipt is issued: rates and codes depend on the day.
    ///   - tables: where rates and codes are looked up.
    /// - Returns: What is doubtful but no reason to refuse, as failures that were not thrown.
    /// - Throws: The first rule that is broken.
    @discardableResult
    public func validate(
        at time: ReceiptTime, in directory: some MerchantDirectory, tables: ReferenceTables = .builtIn
    ) throws(Failure) -> [Failure] {
        guard let enrolled = directory.merchant(tin: merchant) else { throw Problem.merchantUnknown(["tin": merchant]) }
        guard !enrolled.suspended else { throw Problem.merchantSuspended(["tin": merchant]) }
        guard tables.knowsBranch(of: district) else { throw Problem.receiptDistrictUnknown(["value": district]) }
        try checkBuyer()
        try checkMonth(at: time)
        guard !type.isInvoice || !paysInvoice else { throw Problem.receiptInvoicePays() }
        let day = tables.day(time)
        var doubts: [Failure] = []
        if !enrolled.knows(till: till, ofBranch: branch) {
            doubts.append(Problem.receiptTillUnknown(["branch": branch, "till": till]))
        }
        for (index, receipt) in receipts.enumerated() {
            if type.isInvoice, receipt.bankAccount == nil {
                throw Problem.receiptFieldEmpty(["field": "receipts[\(index)].bankAccountNo"])
            }
            if let account = receipt.bankAccount, !enrolled.mayName(account) {
                doubts.append(
                    Problem.receiptBankAccountUnknown(["field": "receipts[\(index)].bankAccountNo", "value": account]))
            }
            if receipts[..<index].contains(where: { $0.taxType == receipt.taxType && $0.merchant == receipt.merchant })
            {
                doubts.append(
                    Problem.receiptSplit(["field": "receipts[\(index)]", "taxType": receipt.taxType.rawValue]))
            }
            let payer = try TaxPayer(receipt.merchant, under: enrolled)
            for (number, item) in receipt.items.enumerated() {
                let place = ItemPlace(receipt: index, item: number)
                if receipt.taxType != .vatable,
                    let doubt = try item.checkTaxProduct(receipt.taxType, at: time, tables, place)
                {
                    doubts.append(doubt)
                }
                if let doubt = try item.checkClassification(at: time, tables, place) { doubts.append(doubt) }
                try item.checkTaxes(receipt.taxType, of: payer, rates: day.rates, at: place)
            }
            try Totals(receipt).check(sumOf: receipt.items, Totals.init) { "receipts[\(index)]." }
        }
        try Totals(self).check(sumOf: receipts, Totals.init) { "" }
        return doubts + warnings + (try checkPayments(day.paymentTypes))
    }

    /// Whether it is the receipt for an invoice, or for a part of one.
    private var paysInvoice: Bool { invoice != nil || receipts.contains { $0.invoice != nil } }

    private func checkBuyer() throws(Failure) {
        if type.isCompany {
            guard customer != nil else { throw Problem.receiptFieldEmpty(["field": "customerTin"]) }
            guard consumer == nil else { throw Problem.receiptConsumer() }
        }
    }

    /// Only for companies, only on days 1 to 7, only for the month before (manual, `reportMonth`).
    private func checkMonth(at time: ReceiptTime) throws(Failure) {
        guard let month else { return }
        let before = time.month == 1 ? (time.year - 1, 12) : (time.year, time.month - 1)
        let wanted = "\(String(before.0).leftPadded(to: 4))-\(String(before.1).leftPadded(to: 2))"
        guard type.isCompany, time.dayOfMonth <= 7, month.hasPrefix(wanted) else {
            throw Problem.receiptReportMonth(["value": month])
        }
    }

    /// Reversed and failed payments brought no money and are not counted. An unfinished one means that there is no receipt yet.
    private func checkPayments(_ known: [ReferenceTables.Named]) throws(Failure) -> [Failure] {
        var doubts: [Failure] = []
        var paid = Money.zero
        for (index, payment) in payments.enumerated() {
            if payment.status == "PAY" {
                throw Problem.receiptPaymentIncomplete(["field": "payments[\(index)]"])
            }
            if !Self.paymentStates.contains(payment.status) {
                doubts.append(unknown("payments[\(index)].status", payment.status))
            }
            if !known.contains(where: { $0.code == payment.code }) {
                doubts.append(unknown("payments[\(index)].code", payment.code))
            }
            if payment.status == "REVERSED" || payment.status == "ERROR" { continue }
            guard let sum = paid.adding(payment.amount) else { throw tooMuch("payments[\(index)].paidAmount") }
            paid = sum
        }
        guard payments.isEmpty || paid == total else {
            throw Problem.receiptPaymentsSum(["sum": paid.description, "given": total.description])
        }
        return doubts
    }

    private static let paymentStates = ["PAID", "PAY", "REVERSED", "ERROR"]

    private func unknown(_ field: String, _ value: String) -> Failure {
        Problem.receiptPaymentUnknown(["field": field, "value": value])
    }

    /// Bar codes whose check digit is wrong.
    private var warnings: [Failure] {
        var doubts: [Failure] = []
        for (index, receipt) in receipts.enumerated() {
            for (number, item) in receipt.items.enumerated() {
                guard let code = item.barCode, let type = item.barCodeType, !BarCode.isPlausible(code, type: type)
                else { continue }
                let field = "receipts[\(index)].items[\(number)].barCode"
                doubts.append(Problem.receiptBarCodeDigit(["field": field, "value": code]))
            }
        }
        return doubts
    }
}

extension ReceiptItem {
    /// Goods without VAT need a code that says why, and that holds on the day.
    ///
    /// - Returns: that the code stands for another tax type: official examples do that.
    fileprivate func checkTaxProduct(
        _ type: TaxType, at time: ReceiptTime, _ tables: ReferenceTables, _ place: ItemPlace
    ) throws(Failure) -> Failure? {
        guard let code = taxProduct else { throw Problem.receiptFieldEmpty(["field": "\(place).taxProductCode"]) }
        let types = tables.taxTypes(ofProduct: code, on: time)
        if types.contains(type) { return nil }
        let details = ["field": "\(place).taxProductCode", "value": code, "taxType": type.rawValue]
        guard types.isEmpty else { return Problem.receiptTaxProductOther(details) }
        throw Problem.receiptTaxProductUnknown(details.merging(["date": time.dayText]) { first, _ in first })
    }

    /// - Returns: that the class is unknown: it is kept, since the list grows.
    fileprivate func checkClassification(
        at time: ReceiptTime, _ tables: ReferenceTables, _ place: ItemPlace
    ) throws(Failure) -> Failure? {
        guard let code = classification else { return nil }
        switch tables.standing(ofClassification: code, on: time) {
        case .holds: return nil
        case .unknown:
            return Problem.receiptClassificationUnknown(["field": "\(place).classificationCode", "value": code])
        case .holdsOtherwise:
            throw Problem.receiptClassificationOver([
                "field": "\(place).classificationCode", "value": code, "date": time.dayText,
            ])
        }
    }
}

extension Merchant {
    /// Whether an invoice may name an account: whoever enrolled none has not said which are theirs.
    fileprivate func mayName(_ account: String) -> Bool {
        bankAccounts.isEmpty || bankAccounts.contains { $0.number == account || $0.iban == account }
    }
}

private func tooMuch(_ field: String) -> Failure {
    Problem.receiptFieldMoney(["field": field, "value": "> \(Money.greatest)"])
}

/// The three totals that every level of a receipt has.
private struct Totals {
    let total: Money
    let vat: Money
    let cityTax: Money

    init(_ request: ReceiptRequest) { (total, vat, cityTax) = (request.total, request.vat, request.cityTax) }
    init(_ receipt: SubReceipt) { (total, vat, cityTax) = (receipt.total, receipt.vat, receipt.cityTax) }
    init(_ item: ReceiptItem) { (total, vat, cityTax) = (item.total, item.vat, item.cityTax) }

    /// - Parameter place: where the parts stand, with the point behind it; made only where a sum is wrong.
    func check<Part>(
        sumOf parts: [Part], _ totals: (Part) -> Totals, at place: () -> String
    ) throws(Failure) {
        try check(total, sumOf: parts, { totals($0).total }) { place() + "totalAmount" }
        try check(vat, sumOf: parts, { totals($0).vat }) { place() + "totalVAT" }
        try check(cityTax, sumOf: parts, { totals($0).cityTax }) { place() + "totalCityTax" }
    }

    private func check<Part>(
        _ given: Money, sumOf parts: [Part], _ amount: (Part) -> Money, at field: () -> String
    ) throws(Failure) {
        var sum = Money.zero
        for part in parts {
            guard let next = sum.adding(amount(part)) else { throw tooMuch(field()) }
            sum = next
        }
        guard sum == given else {
            throw Problem.receiptSum(["field": field(), "given": "\(given)", "sum": "\(sum)"])
        }
    }
}

/// Standard bar codes: GS1 of 8, 12, 13 or 14 digits, and ISBN of 13, whose last digit checks the others modulo 10.
enum BarCode {
    static func isPlausible(_ code: String, type: String) -> Bool {
        guard type == "GS1" || type == "ISBN" else { return true }
        guard code.isDecimalDigits, [8, 12, 13, 14].contains(code.utf8.count) else { return false }
        if type == "ISBN", code.utf8.count != 13 || !(code.hasPrefix("978") || code.hasPrefix("979")) { return false }
        var sum = 0
        for (index, byte) in code.utf8.reversed().enumerated() {
            sum += Int(byte - UInt8(ascii: "0")) * (index % 2 == 0 ? 1 : 3)
        }
        return sum % 10 == 0
    }
}
