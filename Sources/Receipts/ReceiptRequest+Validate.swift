public import Catalogue

extension ReceiptRequest {
    /// Checks the receipt against the rules: merchant, sums, rates, and what each type needs.
    ///
    /// Sums are exact: header = Σ sub-receipts = Σ items, and Σ payments = total when payments are there. Only the tax of one item may
    /// be off by 0.01. Quantity × unit price is not compared with the total: official examples break that.
    /// - Parameter time: When the receipt is issued: rates depend on the day.
    /// - Returns: What is doubtful but no reason to refuse, as failures that were not thrown.
    /// - Throws: The first rule that is broken.
    @discardableResult
    public func validate(at time: ReceiptTime, in directory: some MerchantDirectory) throws(Failure) -> [Failure] {
        guard let enrolled = directory.merchant(tin: merchant) else { throw Problem.merchantUnknown(["tin": merchant]) }
        guard !enrolled.suspended else { throw Problem.merchantSuspended(["tin": merchant]) }
        try checkBuyer()
        try checkMonth(at: time)
        let rates = TaxRates.on(time)
        for (index, receipt) in receipts.enumerated() {
            let place = "receipts[\(index)]"
            if type.isInvoice, receipt.bankAccount == nil {
                throw Problem.receiptFieldEmpty(["field": "\(place).bankAccountNo"])
            }
            let payer = try TaxPayer(receipt.merchant, under: enrolled)
            for (number, item) in receipt.items.enumerated() {
                let place = "\(place).items[\(number)]"
                if receipt.taxType != .vatable, item.taxProduct == nil {
                    throw Problem.receiptFieldEmpty(["field": "\(place).taxProductCode"])
                }
                try item.checkTaxes(receipt.taxType, of: payer, rates: rates, at: place)
            }
            try Totals(receipt).check(sumOf: receipt.items.map(Totals.init), at: "\(place).")
        }
        try Totals(self).check(sumOf: receipts.map(Totals.init), at: "")
        return warnings + (try checkPayments())
    }

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
    private func checkPayments() throws(Failure) -> [Failure] {
        var doubts: [Failure] = []
        var paid = Money.zero
        for (index, payment) in payments.enumerated() {
            if payment.status == "PAY" {
                throw Problem.receiptPaymentIncomplete(["field": "payments[\(index)]"])
            }
            if !Self.paymentStates.contains(payment.status) {
                doubts.append(unknown("payments[\(index)].status", payment.status))
            }
            if !Self.paymentCodes.contains(payment.code) {
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
    private static let paymentCodes = ["CASH", "PAYMENT_CARD", "BANK_TRANSFER", "BANK_TRANSFER_QPAY", "EMD"]

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

private func tooMuch(_ field: String) -> Failure {
    Problem.receiptFieldMoney(["field": field, "value": "> \(Money.greatest)"])
}

/// The three totals that every level of a receipt has.
private struct Totals {
    let amounts: [(name: String, money: Money)]

    init(_ request: ReceiptRequest) { self.init(request.total, request.vat, request.cityTax) }
    init(_ receipt: SubReceipt) { self.init(receipt.total, receipt.vat, receipt.cityTax) }
    init(_ item: ReceiptItem) { self.init(item.total, item.vat, item.cityTax) }

    private init(_ total: Money, _ vat: Money, _ cityTax: Money) {
        amounts = [("totalAmount", total), ("totalVAT", vat), ("totalCityTax", cityTax)]
    }

    func check(sumOf parts: [Totals], at place: String) throws(Failure) {
        for (index, amount) in amounts.enumerated() {
            let field = place + amount.name
            var sum = Money.zero
            for part in parts {
                guard let next = sum.adding(part.amounts[index].money) else { throw tooMuch(field) }
                sum = next
            }
            guard sum == amount.money else {
                throw Problem.receiptSum(["field": field, "given": "\(amount.money)", "sum": "\(sum)"])
            }
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
