public import CanonicalJSON
public import Catalogue

/// The answers of a PosAPI 2.x, in the forms that its clients read: `success` a truth value, everything the till sent again, errors with
/// HTTP 200.
public enum PosAPI2Answer {
    /// The answer to `put`.
    ///
    /// - Parameters:
    ///   - answer: what a PosAPI 3.0 answered to the same receipt.
    ///   - registerNumber: the merchant's number in the state register, or the TIN.
    public static func put(_ request: PosAPI2Request, _ answer: JSONValue, registerNumber: String) -> JSONValue {
        var object = request.echo
        for name in ["billType", "taxType"] where object[name] == nil || object[name] == .string("") {
            object[name] = "1"
        }
        object["success"] = true
        object["registerNo"] = .string(registerNumber)
        object["billId"] = answer["id"] ?? ""
        object["date"] = answer["date"] ?? ""
        object["macAddress"] = ""
        object["internalCode"] = ""
        object["qrData"] = answer["qrData"] ?? ""
        object["lottery"] = answer["lottery"] ?? ""
        if !request.bills.isEmpty {
            let parts = answer["receipts"]?.array ?? []
            object["bills"] = .array(
                request.bills.enumerated().map { index, bill in
                    var bill = bill
                    if bill["registerNo"] == nil { bill["registerNo"] = .string(registerNumber) }
                    for name in ["billType", "taxType"] where bill[name] == nil || bill[name] == .string("") {
                        bill[name] = object["billType"].flatMap { name == "billType" ? $0 : nil } ?? "1"
                    }
                    bill["billId"] = index < parts.count ? parts[index]["id"] ?? "" : ""
                    bill["date"] = answer["date"] ?? ""
                    bill["success"] = true
                    return .object(bill)
                })
        }
        return .object(object)
    }

    /// A refusal. No list of error codes is public: the number is the HTTP status that PosAPI 3.0 would answer.
    public static func failure(_ failure: Failure) -> JSONValue {
        [
            "success": false, "errorCode": JSONValue(failure.problem.status),
            "message": .string(failure.message(.mn)),
        ]
    }

    /// `checkApi`.
    ///
    /// - Parameter network: why nothing can be sent on, if so.
    public static func check(database: Bool, network: String?) -> JSONValue {
        var state: JSONObject = ["success": .bool(network == nil)]
        if let network { state["message"] = .string(network) }
        return [
            "success": .bool(database && network == nil), "config": ["success": true],
            "database": ["success": .bool(database)], "network": .object(state),
        ]
    }

    /// `getInformation`.
    public static func information(
        registerNumber: String, posNo: String, lotteries: JSONValue, unsent: Int, lastSent: String
    ) -> JSONValue {
        [
            "registerNo": .string(registerNumber), "branchNo": "000", "posId": .string(posNo), "dbDirPath": "",
            "extraInfo": [
                "countBill": .string(String(unsent)), "countLottery": lotteries, "lastSentDate": .string(lastSent),
            ],
        ]
    }
}
