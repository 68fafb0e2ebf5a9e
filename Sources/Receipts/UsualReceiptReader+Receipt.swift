import CanonicalJSON

/// The objects of a receipt.
extension UsualReceiptReader {
    /// The three totals that every level has.
    private struct Totals {
        var total: Money?
        var vat: Money?
        var cityTax: Money?
    }

    /// The request that a usual body asks for; `nil` for any other body.
    static func read(_ body: [UInt8]) -> ReceiptRequest? {
        guard body.count <= ReceiptLimits.body else { return nil }
        return body.withUnsafeBytes { bytes in
            var reader = UsualReceiptReader(bytes)
            do throws(Unusual) {
                let request = try reader.request()
                try reader.end()
                return request
            } catch {
                return nil
            }
        }
    }

    private mutating func request() throws(Unusual) -> ReceiptRequest {
        var seen = Seen()
        var totals = Totals()
        var type: ReceiptType?
        var (merchant, branch, till, district) = (String?.none, String?.none, String?.none, String?.none)
        var (customer, consumer, suffix) = (String?.none, String?.none, String?.none)
        var (corrects, invoice) = (ReceiptID?.none, ReceiptID?.none)
        var receipts: [SubReceipt] = []
        var payments: [Payment] = []
        try object { (reader, name) throws(Unusual) in
            switch name {
            case "branchNo":
                try seen.add(0)
                branch = try reader.digits(1...3)
            case "totalAmount":
                try seen.add(1)
                totals.total = try reader.money()
            case "totalVAT":
                try seen.add(2)
                totals.vat = try reader.money()
            case "totalCityTax":
                try seen.add(3)
                totals.cityTax = try reader.money()
            case "districtCode":
                try seen.add(4)
                district = try reader.digits(4...4)
            case "merchantTin":
                try seen.add(5)
                merchant = try reader.digits(11...14)
            case "posNo":
                try seen.add(6)
                till = try reader.text(limit: ReceiptLimits.short)
            case "customerTin":
                try seen.add(7)
                customer = try reader.digits(11...14)
            case "consumerNo":
                try seen.add(8)
                consumer = try reader.digits(8...8)
            case "type":
                try seen.add(9)
                type = try reader.text(limit: ReceiptLimits.short).flatMap { ReceiptType(rawValue: $0) }
            case "inactiveId":
                try seen.add(10)
                corrects = try reader.receiptID()
            case "invoiceId":
                try seen.add(11)
                invoice = try reader.receiptID()
            case "billIdSuffix":
                try seen.add(12)
                suffix = try reader.text(limit: ReceiptLimits.short)
            case "receipts":
                try seen.add(13)
                try reader.array { (reader) throws(Unusual) in
                    guard receipts.count < ReceiptLimits.subReceipts else { throw Unusual() }
                    receipts.append(try reader.subReceipt())
                }
            case "payments":
                try seen.add(14)
                if try reader.skipNull() { return }
                try reader.array { (reader) throws(Unusual) in
                    guard payments.count < ReceiptLimits.payments else { throw Unusual() }
                    payments.append(try reader.payment())
                }
            case "reportMonth":
                try seen.add(15)
                guard try reader.skipNull() else { throw Unusual() }
            default: throw Unusual()
            }
        }
        guard let type, let merchant, let branch, let till, let district, let total = totals.total, !receipts.isEmpty,
            receipts.reduce(0, { $0 + $1.items.count }) <= ReceiptLimits.items
        else { throw Unusual() }
        return ReceiptRequest(
            type: type, merchant: merchant, branch: branch.leftPadded(to: 3), till: till, district: district,
            total: total, vat: totals.vat ?? .zero, cityTax: totals.cityTax ?? .zero, customer: customer,
            consumer: consumer, corrects: corrects, invoice: invoice, month: nil, suffix: suffix, receipts: receipts,
            payments: payments, other: JSONObject())
    }

    private mutating func subReceipt() throws(Unusual) -> SubReceipt {
        var seen = Seen()
        var totals = Totals()
        var spelling: String?
        var (merchant, customer, account, iban) = (String?.none, String?.none, String?.none, String?.none)
        var invoice: ReceiptID?
        var items: [ReceiptItem] = []
        try object { (reader, name) throws(Unusual) in
            switch name {
            case "totalAmount":
                try seen.add(0)
                totals.total = try reader.money()
            case "totalVAT":
                try seen.add(1)
                totals.vat = try reader.money()
            case "totalCityTax":
                try seen.add(2)
                totals.cityTax = try reader.money()
            case "taxType":
                try seen.add(3)
                spelling = try reader.text(limit: ReceiptLimits.short)
            case "merchantTin":
                try seen.add(4)
                merchant = try reader.digits(11...14)
            case "customerTin":
                try seen.add(5)
                customer = try reader.digits(11...14)
            case "bankAccountNo":
                try seen.add(6)
                account = try reader.text(limit: ReceiptLimits.short)
            case "iBan":
                try seen.add(7)
                iban = try reader.text(limit: ReceiptLimits.short)
            case "invoiceId":
                try seen.add(8)
                invoice = try reader.receiptID()
            case "items":
                try seen.add(9)
                try reader.array { (reader) throws(Unusual) in
                    guard items.count < ReceiptLimits.items else { throw Unusual() }
                    items.append(try reader.item())
                }
            default: throw Unusual()
            }
        }
        guard let spelling, let taxType = TaxType(usual: spelling), let merchant, let total = totals.total,
            !items.isEmpty
        else { throw Unusual() }
        return SubReceipt(
            taxType: taxType, taxTypeSpelling: spelling, merchant: merchant, total: total, vat: totals.vat ?? .zero,
            cityTax: totals.cityTax ?? .zero, customer: customer, bankAccount: account, iban: iban, invoice: invoice,
            items: items, other: JSONObject())
    }

    private mutating func item() throws(Unusual) -> ReceiptItem {
        var seen = Seen()
        var totals = Totals()
        var (itemName, unit) = (String?.none, String?.none)
        var (barCode, barCodeType, classification, taxProduct) = (
            String?.none, String?.none, String?.none, String?.none
        )
        var (quantity, unitPrice) = (Quantity?.none, Quantity?.none)
        try object { (reader, name) throws(Unusual) in
            switch name {
            case "name":
                try seen.add(0)
                itemName = try reader.text(limit: ReceiptLimits.name)
            case "barCode":
                try seen.add(1)
                barCode = try reader.text(limit: ReceiptLimits.short)
            case "barCodeType":
                try seen.add(2)
                barCodeType = try reader.text(limit: ReceiptLimits.short)
            case "classificationCode":
                try seen.add(3)
                classification = try reader.digits(7...7)
            case "taxProductCode":
                try seen.add(4)
                taxProduct = try reader.digits(1...10)
            case "measureUnit":
                try seen.add(5)
                unit = try reader.text(limit: ReceiptLimits.short)
            case "qty":
                try seen.add(6)
                quantity = try reader.quantity()
            case "unitPrice":
                try seen.add(7)
                unitPrice = try reader.quantity()
            case "totalAmount":
                try seen.add(8)
                totals.total = try reader.money()
            case "totalVAT":
                try seen.add(9)
                totals.vat = try reader.money()
            case "totalCityTax":
                try seen.add(10)
                totals.cityTax = try reader.money()
            default: throw Unusual()
            }
        }
        guard let itemName, let unit, let quantity, !quantity.isZero, let unitPrice, let total = totals.total,
            ["UNDEFINED", "GS1", "ISBN", nil].contains(barCodeType)
        else { throw Unusual() }
        return ReceiptItem(
            name: itemName, barCode: barCode, barCodeType: barCodeType, classification: classification,
            taxProduct: taxProduct, unit: unit, quantity: quantity, unitPrice: unitPrice, total: total,
            vat: totals.vat ?? .zero, cityTax: totals.cityTax ?? .zero, other: JSONObject())
    }

    private mutating func payment() throws(Unusual) -> Payment {
        var seen = Seen()
        var (code, status, exchange) = (String?.none, String?.none, String?.none)
        var amount: Money?
        var other = JSONObject()
        try object { (reader, name) throws(Unusual) in
            switch name {
            case "code":
                try seen.add(0)
                code = try reader.text(limit: ReceiptLimits.short)
            case "status":
                try seen.add(1)
                status = try reader.text(limit: ReceiptLimits.short)
            case "paidAmount":
                try seen.add(2)
                amount = try reader.money()
            case "exchangeCode":
                try seen.add(3)
                exchange = try reader.text(limit: ReceiptLimits.short)
            case "data":
                try seen.add(4)
                // Root, payments, payment.
                if let data = try reader.value(depth: 3) { other["data"] = CardNumber.masked(data.canonicallyOrdered) }
            default: throw Unusual()
            }
        }
        guard let code, let status, let amount, Self.isUpperCase(code), Self.isUpperCase(status) else {
            throw Unusual()
        }
        return Payment(code: code, status: status, amount: amount, exchange: exchange, other: other)
    }

    private static func isUpperCase(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 == UInt8(ascii: "_") || $0 >= 0x41 && $0 <= 0x5a || $0 >= 0x30 && $0 <= 0x39 }
    }
}

extension TaxType {
    /// Reads the usual spellings only.
    fileprivate init?(usual text: String) {
        if text == "NOT_VAT" { self = .outside } else { self.init(rawValue: text) }
    }
}
