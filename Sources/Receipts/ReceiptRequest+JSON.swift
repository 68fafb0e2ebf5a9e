import CanonicalJSON

/// For whom a receipt is written as JSON.
enum ReceiptForm {
    /// The canonical body: one tax type spelling, everything in it.
    case canonical
    /// The fields `items` and `payments` of a record: without what the fields `other` and `cards` hold.
    case record
    /// The answer to the till: its own spelling, everything in it.
    case answer
}

extension ReceiptRequest {
    /// The request in PosAPI's member names and in canonical JSON: bodies that mean the same have the same bytes.
    ///
    /// Letter case and spelling of names, the order of members, numbers as strings, the padding of the branch, duplicates, empty
    /// members and `NOT_VAT` for `NO_VAT` make no difference. `billIdSuffix` is in it; what may only be printed is not. O(n log n).
    public var canonicalBody: [UInt8] {
        var writer = ReceiptWriter()
        writer.body(self)
        return writer.bytes
    }

    /// The same as a tree, as tests want it.
    var canonicalTree: JSONValue {
        var root = json(.canonical)
        root["billIdSuffix"] = suffix.map { .string($0) }
        root["receipts"] = .array(receipts.map { $0.json(.canonical) })
        if !payments.isEmpty { root["payments"] = .array(payments.map { $0.json(.canonical) }) }
        return .object(root)
    }

    /// The members of the root but `billIdSuffix`, `receipts` and `payments`.
    func json(_ form: ReceiptForm) -> JSONObject {
        var root = form == .record ? JSONObject() : other
        root["totalAmount"] = total.json
        root["totalVAT"] = vat.json
        root["totalCityTax"] = cityTax.json
        root["branchNo"] = .string(branch)
        root["districtCode"] = .string(district)
        root["merchantTin"] = .string(merchant)
        root["posNo"] = .string(till)
        root["customerTin"] = customer.map { .string($0) }
        root["consumerNo"] = consumer.map { .string($0) }
        root["type"] = .string(type.rawValue)
        root["inactiveId"] = corrects.map { .string($0.text) }
        root["invoiceId"] = invoice.map { .string($0.text) }
        root["reportMonth"] = month.map { .string($0) }
        return root
    }
}

extension SubReceipt {
    func json(_ form: ReceiptForm, id: ReceiptID? = nil) -> JSONValue {
        var object = form == .record ? JSONObject() : other
        if let id { object["id"] = .string(id.text) }
        object["totalAmount"] = total.json
        object["totalVAT"] = vat.json
        object["totalCityTax"] = cityTax.json
        object["taxType"] = .string(form == .answer ? taxTypeSpelling : taxType.rawValue)
        if form == .record, taxTypeSpelling != taxType.rawValue { object["spelled"] = .string(taxTypeSpelling) }
        object["merchantTin"] = .string(merchant)
        object["customerTin"] = customer.map { .string($0) }
        object["bankAccountNo"] = bankAccount.map { .string($0) }
        object["iBan"] = iban.map { .string($0) }
        object["invoiceId"] = invoice.map { .string($0.text) }
        object["items"] = .array(items.map { $0.json(form) })
        return .object(object)
    }
}

extension ReceiptItem {
    func json(_ form: ReceiptForm) -> JSONValue {
        var object = form == .record ? JSONObject() : other
        object["name"] = .string(name)
        object["barCode"] = barCode.map { .string($0) }
        object["barCodeType"] = barCodeType.map { .string($0) }
        object["classificationCode"] = classification.map { .string($0) }
        object["taxProductCode"] = taxProduct.map { .string($0) }
        object["measureUnit"] = .string(unit)
        object["qty"] = quantity.json
        object["unitPrice"] = unitPrice.json
        object["totalAmount"] = total.json
        object["totalVAT"] = vat.json
        object["totalCityTax"] = cityTax.json
        return .object(object)
    }
}

extension Payment {
    func json(_ form: ReceiptForm) -> JSONValue {
        var object = form == .record ? JSONObject() : other
        object["code"] = .string(code)
        object["exchangeCode"] = exchange.map { .string($0) }
        object["status"] = .string(status)
        object["paidAmount"] = amount.json
        return .object(object)
    }
}
