public import CanonicalJSON
public import Catalogue

/// Who a PosAPI says it is.
public struct PosIdentity: Hashable, Sendable {
    /// The number of the installation, an integer on the wire.
    public var posId: Int
    /// The 8 digits that end every receipt's number.
    public var posNo: String
    public var version: String
    public var operatorName: String
    public var operatorTIN: String

    public init(posId: Int, posNo: String, version: String, operatorName: String, operatorTIN: String) {
        self.posId = posId
        self.posNo = posNo
        self.version = version
        self.operatorName = operatorName
        self.operatorTIN = operatorTIN
    }
}

/// The answers of a PosAPI 3.0, with the member names and types that its clients require.
public enum PosAPIAnswer {
    /// The answer to a filed receipt: an echo of the request without `billIdSuffix`, with numbers, date and `qrData`.
    ///
    /// - Parameters:
    ///   - qrData: Derived for this answer, never stored. `lottery` is empty: this ledger draws none.
    ///   - accounts: those of the merchant; an invoice's is named by its number in them, `bankAccountId`.
    public static func receipt(
        _ issued: IssuedReceipt, identity: PosIdentity, qrData: String, accounts: [Merchant.BankAccount] = []
    ) -> JSONValue {
        let request = issued.request
        var answer = JSONObject()
        answer["id"] = .string(issued.id.text)
        answer["version"] = .string(identity.version)
        for member in request.json(.answer) where !isOurs(member.name) { answer[member.name] = member.value }
        answer["receipts"] = .array(
            zip(request.receipts, issued.subReceiptIDs).map { receipt, id in
                var object = receipt.json(.answer, id: id).object ?? JSONObject()
                let account = accounts.first { $0.number == receipt.bankAccount || $0.iban == receipt.bankAccount }
                object["bankAccountId"] = account.map { JSONValue($0.id) }
                return .object(object)
            })
        if !request.payments.isEmpty { answer["payments"] = .array(request.payments.map { $0.json(.answer) }) }
        answer["posId"] = JSONValue(identity.posId)
        answer["status"] = "SUCCESS"
        answer["message"] = ""
        answer["qrData"] = .string(qrData)
        if request.type == .consumerReceipt { answer["lottery"] = "" }
        answer["date"] = .string(issued.date.description)
        answer["easy"] = false
        return .object(answer)
    }

    /// An unknown member of the request must not pass for one of the answer's own.
    private static func isOurs(_ name: String) -> Bool {
        ["id", "version", "posId", "status", "message", "qrData", "lottery", "date", "easy"]
            .contains { JSONObject.equalIgnoringCase($0, name) }
    }

    /// The body of a refusal; the HTTP status is the problem's own.
    public static func error(_ failure: Failure, _ language: Language = .mn, at time: ReceiptTime) -> JSONValue {
        [
            "status": failure.problem == .receiptPaymentIncomplete ? "PAYMENT" : "ERROR",
            "message": .string(failure.message(language)), "date": .string(time.description),
        ]
    }

    /// `GET /rest/info`.
    ///
    /// - Parameters:
    ///   - lastSent: When receipts were last sent on; in a ledger that sends nothing on, the time of asking.
    ///   - lotteries: Lottery numbers left.
    public static func info(
        _ identity: PosIdentity, merchants: [Merchant], lastSent: ReceiptTime, lotteries: Int = 0,
        tables: ReferenceTables = .builtIn
    ) -> JSONValue {
        [
            "operatorName": .string(identity.operatorName), "operatorTIN": .string(identity.operatorTIN),
            "posId": JSONValue(identity.posId), "posNo": .string(identity.posNo),
            "version": .string(identity.version), "lastSentDate": .string(lastSent.description),
            "leftLotteries": JSONValue(lotteries),
            // Folders of the host are nobody's business; clients only require the members.
            "appInfo": [
                "applicationDir": "", "currentDir": "", "database": "TAMGA", "database-host": "",
                "supported-databases": ["TAMGA"], "workDir": "",
            ],
            "paymentTypes": .array(
                tables.paymentTypes(on: lastSent).map { ["code": .string($0.code), "name": .string($0.name)] }),
            "merchants": .array(merchants.map(\.info)), "condition": ["isMedicine": false],
        ]
    }

    /// `GET /rest/bankAccounts?tin=`: the accounts of a merchant, an empty array when none is known.
    public static func bankAccounts(of merchant: Merchant?) -> JSONValue {
        .array(
            (merchant?.bankAccounts ?? []).map { account in
                [
                    "id": JSONValue(account.id), "tin": .string(account.tin),
                    "bankAccountNo": .string(account.number), "bankAccountName": .string(account.name),
                    "bankId": JSONValue(account.bankID), "bankName": .string(account.bankName),
                    "iBan": .string(account.iban),
                ]
            })
    }
}

extension Merchant {
    /// The merchant as `GET /rest/info` lists it. Flags that are unknown are told as no.
    fileprivate var info: JSONValue {
        [
            "tin": .string(tin), "name": .string(name), "vatPayer": JSONValue(vatPayer ?? false),
            "customers": .array(
                customers.map {
                    [
                        "tin": .string($0.tin), "name": .string($0.name),
                        "vatPayer": JSONValue($0.vatPayer ?? false),
                    ]
                }),
        ]
    }
}
