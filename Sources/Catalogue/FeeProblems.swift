/// Fees of notarial acts: the receipt that is filed with an act.
extension Problem {
    static let fees: [Problem] = [
        feeInvalid, notaryTINMissing, feeReceiptNeeded, feeTillMissing, feeReceiptUnknown, feeReceiptUnsuited,
        feeReceiptNotInForce, feeReceiptTaken, feeDiffers, actWithoutFee,
    ]

    public static let feeInvalid = Problem(
        "fee-invalid", status: 422,
        text: Wording(mn: "{path} буруу: {reason}", en: "{path} is wrong: {reason}"),
        remedy: Wording(
            mn: "fee.amount-д төгрөгийн дүн, эсвэл fee.receipt-д энд бүртгэлтэй баримтын ДДТД-г бичнэ үү",
            en: "give the amount in tugrik in fee.amount, or the number of a receipt that is filed here in fee.receipt")
    )
    public static let notaryTINMissing = Problem(
        "notary-tin-missing", status: 409,
        text: Wording(
            mn: "{id} нотариатчийн ТТД бүртгэгдээгүй тул хөлсний баримт хэнийх болохыг мэдэхгүй",
            en: "the notary {id} is enrolled without a TIN: nobody knows whose a fee receipt would be"),
        remedy: Wording(
            mn: "Оператор `tamga issuer add-notary … --tin ТТД` тушаалаар нэмж, ТТД-г борлуулагчаар бүртгэнэ",
            en: "the operator adds it with `tamga issuer add-notary … --tin TIN`, and enrols the TIN as a merchant"))
    public static let feeReceiptNeeded = Problem(
        "fee-receipt-needed", status: 409,
        text: Wording(
            mn: "{tin}-ийн баримтыг өөрийнх нь PosAPI олгодог тул Tamga олгохгүй",
            en: "the receipts of {tin} are issued by its own PosAPI, not by Tamga"),
        remedy: Wording(
            mn: "Баримтыг кассаас гаргаад үйлдлийг түүний ДДТД-тэй (fee.receipt) бүртгэнэ үү",
            en: "issue the receipt at the till, and register the act with its number (fee.receipt)"))
    public static let feeTillMissing = Problem(
        "fee-till-missing", status: 422,
        text: Wording(
            mn: "{tin}-ийн аль салбар, касс, дүүрэгт баримт олгохыг мэдэхгүй байна",
            en: "it is not known at which branch, till and district of {tin} the fee receipt is issued"),
        remedy: Wording(
            mn: "fee.branchNo, posNo, districtCode-ийг (--till) өгөх, эсвэл борлуулагчийн касс, салбарыг бүртгүүлнэ үү",
            en: "give fee.branchNo, posNo and districtCode (or --till), or have the merchant's tills enrolled")
    )
    public static let feeReceiptUnknown = Problem(
        "fee-receipt-unknown", status: 422,
        text: Wording(mn: "{tin}-ийн {id} баримт энд бүртгэлгүй", en: "no receipt {id} of {tin} is filed here"),
        remedy: Wording(
            mn: "Дугаарыг шалгана уу; PosAPI-ийн баримт бүртгэгдэхийг хүлээнэ үү",
            en: "check the number; wait until a receipt of another PosAPI is filed"))
    public static let feeReceiptUnsuited = Problem(
        "fee-receipt-unsuited", status: 422,
        text: Wording(
            mn: "{id} нь нотариатын хөлсний баримт биш: 437 кодтой, НӨАТ-аас чөлөөлөгдсөн үйлчилгээ алга",
            en: "{id} is no fee receipt: it has no item of the tax product code 437 under VAT_FREE"),
        remedy: Wording(
            mn: "Нотариатын үйлчилгээг 437 кодоор бичсэн баримтыг нэрлэнэ үү",
            en: "name a receipt that has the notarial service under the code 437"))
    public static let feeReceiptNotInForce = Problem(
        "fee-receipt-not-in-force", status: 409,
        text: Wording(
            mn: "{id} баримт буцаагдсан эсвэл засварлагдсан", en: "the receipt {id} was returned or corrected"),
        remedy: Wording(mn: "Хүчинтэй баримтыг нэрлэнэ үү", en: "name a receipt that is in force"))
    public static let feeReceiptTaken = Problem(
        "fee-receipt-taken", status: 409,
        text: Wording(mn: "{id} баримт өөр үйлдлийнх", en: "the receipt {id} belongs to another act"),
        remedy: Wording(
            mn: "Нэг баримт нэг үйлдлийнх байна; өөр баримт нэрлэнэ үү",
            en: "a receipt belongs to one act; name another one"))
    public static let feeDiffers = Problem(
        "fee-differs", status: 409,
        text: Wording(
            mn: "Энэ үйлдлийн хөлсний {id} баримт {amount} төгрөгөөр өөр агуулгатай бүртгэгдсэн байна",
            en: "the fee receipt of this act is filed already as {id}, over {amount} tugrik and with other contents"),
        remedy: Wording(
            mn: "Түүнтэй ижил хөлсөөр дахин илгээх, эсвэл баримтыг буцаагаад дахин илгээнэ үү",
            en: "send the act again with that very fee, or give the receipt back and send it again"))
    public static let actWithoutFee = Problem(
        "act-without-fee", status: 409,
        text: Wording(
            mn: "{act} үйлдэл энэ хөлсгүйгээр бүртгэгдсэн: нэг гарын үсгээр зэрэг хоёр удаа илгээсэн байна",
            en: "the act {act} was registered without this fee: it was sent twice at once under one signature"),
        remedy: Wording(
            mn: "Хөлсний баримтыг буцаагаад тусад нь бичнэ үү", en: "give the fee receipt back, and write one by itself"
        ))
}

extension Failure {
    /// The same failure, saying besides that the fee receipt was filed before it happened.
    public func naming(feeReceipt id: String) -> Failure {
        let remedy = problem.remedy
        let named = Problem(
            problem.code, status: problem.status, text: problem.text,
            remedy: Wording(
                mn: remedy.mn
                    + "; хөлсний {feeReceipt} баримт бүртгэгдсэн: үйлдлийг яг хэвээр нь дахин илгээвэл үүнийг ашиглана, эсвэл баримтыг буцаана уу",
                en: remedy.en
                    + "; the fee receipt {feeReceipt} is filed: sending the very same act again uses it, else give it back"
            ))
        return Failure(problem: named, details: details.merging(["feeReceipt": id]) { old, _ in old })
    }
}
