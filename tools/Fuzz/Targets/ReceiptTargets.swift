import CanonicalJSON
import Catalogue
import Receipts

private let merchants = Dictionary(
    uniqueKeysWithValues: ["37900846788", "30101236114", "10010001000"].map { tin in
        (
            tin,
            Merchant(
                tin: tin, name: "Дэлгүүр", vatPayer: true, cityTaxPayer: true,
                customers: [Merchant.Customer(tin: "37900846789", name: "Түрээслэгч", vatPayer: false)])
        )
    })
/// 2026-02-12 15:31:42 in Ulaanbaatar.
private let noon = ReceiptTime(unixMilliseconds: 1_770_881_502_000)

/// A receipt that asks every table.
private let plain = Array(
    """
    {"branchNo":"001","totalAmount":1120,"totalVAT":100,"totalCityTax":20,"districtCode":"2501","merchantTin":"37900846788",\
    "posNo":"1","type":"B2C_RECEIPT","receipts":[{"totalAmount":1120,"totalVAT":100,"totalCityTax":20,"taxType":"VAT_ABLE",\
    "merchantTin":"37900846788","items":[{"name":"Талх","classificationCode":"2349011","measureUnit":"ш","qty":1,"unitPrice":1120,\
    "totalAmount":1120,"totalVAT":100,"totalCityTax":20}]}],"payments":[{"code":"CASH","status":"PAID","paidAmount":1120}]}
    """.utf8)

/// A JSON object's texts: how a record's fields come to the fuzzer.
func fields(_ bytes: [UInt8]) throws -> [String: String] {
    var fields: [String: String] = [:]
    for member in try (JSONValue(parsing: bytes).object ?? JSONObject()).members {
        if let text = member.value.string { fields[member.name] = text }
    }
    return fields
}

let receiptTargets = [
    FuzzTarget("receipt-request") { bytes in
        let limits = JSONLimits(bytes: ReceiptLimits.body, depth: ReceiptLimits.depth)
        let general = try? ReceiptRequest.parse(JSONValue(parsing: bytes, limits: limits))
        let parsed = try? ReceiptRequest.parse(bytes)
        require(
            parsed == general && parsed?.canonicalBody == general?.canonicalBody,
            "a body is read alike in one pass and by its tree")
        let request = try ReceiptRequest.parse(bytes)
        let canonical = request.canonicalBody
        let again = try? ReceiptRequest.parse(canonical)
        require(again?.canonicalBody == canonical, "a canonical body is read and written as it is")
        var directory = merchants
        directory[request.merchant] = Merchant(tin: request.merchant, name: "Х")
        _ = try? request.validate(at: noon, in: merchants)
        _ = try? request.validate(at: noon, in: directory)
        let numbers = try ReceiptNumbering(posNo: "10012619").numbers(
            merchant: request.merchant, branch: request.branch, at: noon, sequence: 0,
            subReceipts: request.receipts.count)
        let issued = IssuedReceipt(request: request, numbers: numbers, date: noon)
        let recorded = issued.fields
        require((try? IssuedReceipt(fields: recorded))?.fields == recorded, "a record gives the receipt back")
        let identity = PosIdentity(
            posId: 1, posNo: "10012619", version: "1", operatorName: "O", operatorTIN: "37900846788")
        _ = PosAPIAnswer.receipt(issued, identity: identity, qrData: "q").bytes
    },
    FuzzTarget("posapi-answer") { bytes in
        for status in [200, 400, 500] { _ = PosAPIReply(status: status, body: bytes) }
        _ = PosAPIReply.Remembered.list(parsing: bytes)
        guard let receipt = try PushedReceipt.parse(bytes).receipt else { return }
        let recorded = receipt.fields
        require((try? IssuedReceipt(fields: recorded))?.fields == recorded, "a record gives the receipt back")
        let answer = PosAPIAnswer.receipt(
            receipt, identity: PosIdentity(posId: 1, posNo: "1", version: "1", operatorName: "O", operatorTIN: "1"),
            qrData: "")
        let echoed = (try? ReceiptRequest.parse(answer.bytes))?.echo
        require(echoed == nil || echoed == receipt.request.echo, "an answer says what was asked")
    },
    FuzzTarget("posapi2-bill") { bytes in
        _ = try? PosAPI2Request.parseReturn(bytes)
        guard let merchant = merchants["37900846788"] else { return }
        let bill = try PosAPI2Request.parse(bytes, merchant: merchant, among: [merchant])
        _ = PosAPI2Answer.put(bill, bill.receipt, registerNumber: "0000038").bytes
        let request = try ReceiptRequest.parse(bill.receipt, from: .posapi2)
        let numbers = try ReceiptNumbering(posNo: "10012619").numbers(
            merchant: request.merchant, branch: request.branch, at: noon, sequence: 0,
            subReceipts: request.receipts.count)
        let recorded = IssuedReceipt(request: request, numbers: numbers, date: noon).fields
        require((try? IssuedReceipt(fields: recorded))?.fields == recorded, "a record gives the bill back")
    },
    FuzzTarget("return-request") { bytes in
        let request = try ReturnRequest.parse(bytes)
        _ = try? request.merchant(in: merchants)
        let returned = ReturnedReceipt(request, merchant: "37900846788", held: true)
        require((try? ReturnedReceipt(fields: returned.fields)) == returned, "a record gives the return back")
    },
    FuzzTarget("receipt-record") { bytes in
        let fields = try fields(bytes)
        _ = try? ReturnedReceipt(fields: fields)
        let issued = try IssuedReceipt(fields: fields)
        require((try? IssuedReceipt(fields: issued.fields)) == issued, "what a record says is written and read again")
    },
    FuzzTarget("tables") { bytes in
        // The first byte says which file these are.
        let name = ReferenceTables.fileNames[Int(bytes.first ?? 0) % ReferenceTables.fileNames.count]
        let tables = try ReferenceTables { file in file == name ? Array(bytes.dropFirst()) : nil }
        if let request = try? ReceiptRequest.parse(plain) {
            _ = try? request.validate(at: noon, in: merchants, tables: tables)
        }
        for group in tables.classifications(below: "", on: noon) {
            require(group.code.utf8.count == 1, "sections have one digit")
        }
    },
    FuzzTarget("merchants") { bytes in
        for merchant in try Merchant.list(parsing: bytes) { try Merchant.check(tin: merchant.tin) }
    },
    FuzzTarget("receipt-texts") { bytes in
        guard let text = String(validating: bytes, as: UTF8.self) else { return }
        if let id = ReceiptID(text) {
            require(id.text == text && !id.merchantTINs.isEmpty, "a number is written as it was read")
        }
        if let time = ReceiptTime(text) { require(time.description == text, "a time is written as it was read") }
        if let time = ReceiptTime(recordText: text) { require(time.recordText == text, "a record's time too") }
        if let money = Money(recordText: text) { require(money.recordText == text, "a record's money too") }
        if let number = JSONNumber(text) {
            require(JSONNumber(number.text) == number, "a normal number is normal")
            for decimals in 0...4 { _ = number.scaled(by: decimals) }
            if let money = Money(number) { require(Money(money.json) == money, "an amount is written as it is") }
            if let quantity = Quantity(number) { require(Quantity(quantity.json) == quantity, "a quantity too") }
        }
    },
]
