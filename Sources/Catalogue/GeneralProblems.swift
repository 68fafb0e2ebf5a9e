extension Problem {
    static let general: [Problem] = [
        .issuerRoleTaken, .issuerUnknown, .idempotencyKeyReused, .receiptOfAnother, .receiptChangedAlready,
        .receiptDateDiffers, .notFound, .unauthorised, .forbidden, .tooLarge, .wrongContentType,
        .hostRefused, .badRequest, .internalError, .rawFilingClosed, .rawFilingOff,
        .notarySuspended, .actNumbersExhausted, .trustMissing, .signerNotNotary, .listenFailed, .receiptUnknown,
        .signatureUsed, .actTooLarge, .bodyTooSlow, .fileUnknown,
        .trustedKeyUnusable,
        .tokenUnknown, .fileUnreadable, .configInvalid, .fileTooLarge, .serviceSilent, .serviceRefused,
    ]

    public static let issuerRoleTaken = Problem(
        "issuer-role-taken", status: 409,
        text: Wording(mn: "{id} дугаараар өөр төрлийн бүртгэлтэй байна", en: "{id} is enrolled in another role"),
        remedy: Wording(mn: "өөр дугаар сонгоно уу", en: "choose another identifier"))
    public static let issuerUnknown = Problem(
        "issuer-unknown", status: 404,
        text: Wording(mn: "{id} бүртгэлгүй байна", en: "{id} is not enrolled"),
        remedy: Wording(
            mn: "бүртгэлийг «tamga issuer list» тушаалаар харна уу", en: "see who is enrolled with: tamga issuer list"))
    public static let idempotencyKeyReused = Problem(
        "idempotency-key-reused", status: 422,
        text: Wording(
            mn: "«{key}» Idempotency-Key өөр агуулгатай илгээлтэд ашиглагдсан",
            en: "the Idempotency-Key \"{key}\" was used for another filing"),
        remedy: Wording(mn: "шинэ илгээлтэд шинэ түлхүүр хэрэглэнэ үү", en: "use a new key for a new filing"))
    public static let receiptOfAnother = Problem(
        "receipt-of-another", status: 400,
        text: Wording(mn: "{id} баримт энэ борлуулагчийнх биш", en: "receipt {id} is not this merchant's"),
        remedy: Wording(mn: "inactiveId талбарыг шалгана уу", en: "check inactiveId"))
    public static let receiptChangedAlready = Problem(
        "receipt-changed-already", status: 409,
        text: Wording(
            mn: "{id} баримт аль хэдийн буцаагдсан эсвэл засварлагдсан",
            en: "receipt {id} was returned or corrected before"),
        remedy: Wording(mn: "хамгийн сүүлийн баримтын дугаарыг хэрэглэнэ үү", en: "name the newest receipt instead"))
    public static let receiptDateDiffers = Problem(
        "receipt-date-differs", status: 400,
        text: Wording(mn: "{id} баримтын огноо таарахгүй байна", en: "receipt {id} was printed with another date"),
        remedy: Wording(
            mn: "баримт дээр хэвлэсэн огноог илгээнэ үү", en: "send the date that is printed on the receipt"))
    public static let notFound = Problem(
        "not-found", status: 404, text: Wording(mn: "Олдсонгүй", en: "nothing is here"),
        remedy: Wording(mn: "хаягаа шалгана уу", en: "check the address"))
    public static let unauthorised = Problem(
        "unauthorised", status: 401, text: Wording(mn: "Нэвтрэх эрхгүй байна", en: "a valid token is needed"),
        remedy: Wording(
            mn: "«Authorization: Bearer ТОКЕН» толгойтой илгээнэ үү", en: "send the header: Authorization: Bearer TOKEN"
        ))
    public static let forbidden = Problem(
        "forbidden", status: 403, text: Wording(mn: "Энэ эрхээр хийх боломжгүй", en: "this token may not do that"),
        remedy: Wording(mn: "зохих эрхтэй токен авна уу", en: "use a token of the issuer concerned"))
    public static let tooLarge = Problem(
        "too-large", status: 413,
        text: Wording(mn: "Илгээлт хэт том байна", en: "the body is larger than {limit} bytes"),
        remedy: Wording(mn: "{limit} байтаас бага илгээнэ үү", en: "send less"))
    public static let wrongContentType = Problem(
        "wrong-content-type", status: 415,
        text: Wording(mn: "Content-Type нь {expected} байх ёстой", en: "the Content-Type must be {expected}"),
        remedy: Wording(mn: "толгойг засаад дахин илгээнэ үү", en: "set the header and send again"))
    public static let hostRefused = Problem(
        "host-refused", status: 421,
        text: Wording(mn: "Host толгой энэ хаягийнх биш", en: "the Host header is not of this listener"),
        remedy: Wording(mn: "127.0.0.1 эсвэл localhost хаягаар ханд", en: "use 127.0.0.1 or localhost"))
    public static let badRequest = Problem(
        "bad-request", status: 400, text: Wording(mn: "Буруу хүсэлт: {reason}", en: "the request is wrong: {reason}"),
        remedy: Wording(mn: "засаад дахин илгээнэ үү", en: "mend it and send again"))
    public static let internalError = Problem(
        "internal-error", status: 500, text: Wording(mn: "Дотоод алдаа", en: "an error inside the service"),
        remedy: Wording(mn: "операторт хандана уу", en: "tell the operator; the log says more"))
    public static let rawFilingClosed = Problem(
        "raw-filing-closed", status: 403,
        text: Wording(mn: "Бүртгэгч нэмэгдсэн тул /add хаалттай", en: "an issuer is enrolled: /add is closed"),
        remedy: Wording(
            mn: "ачааллын туршилтад тусдаа бүртгэл хэрэглэнэ үү", en: "use a ledger of its own for load tests"))
    public static let rawFilingOff = Problem(
        "raw-filing-off", status: 403,
        text: Wording(mn: "/add идэвхгүй байна", en: "/add is off"),
        remedy: Wording(mn: "--allow-raw сонголттой эхлүүлнэ үү", en: "start the service with --allow-raw"))
    public static let notarySuspended = Problem(
        "notary-suspended", status: 403,
        text: Wording(mn: "{id} нотариатчийн эрх түдгэлзсэн", en: "notary {id} is suspended"),
        remedy: Wording(mn: "операторт хандана уу", en: "ask the operator"))
    public static let actNumbersExhausted = Problem(
        "act-numbers-exhausted", status: 409,
        text: Wording(
            mn: "{notary} нотариатчийн энэ жилийн дугаар дууссан", en: "notary {notary} has no numbers left this year"),
        remedy: Wording(mn: "операторт хандана уу", en: "ask the operator for another code"))
    public static let trustMissing = Problem(
        "trust-missing", status: 503,
        text: Wording(
            mn: "Итгэх гэрчилгээ тохируулаагүй тул гарын үсэг шалгах боломжгүй",
            en: "no trusted certificates are configured, so no signature can be checked"),
        remedy: Wording(
            mn: "оператор --trust ХАВТАС сонголттой эхлүүлнэ", en: "the operator starts the service with --trust FOLDER"
        ))
    public static let signerNotNotary = Problem(
        "signer-not-notary", status: 403,
        text: Wording(
            mn: "Гарын үсгийн гэрчилгээ {notary} нотариатчийнх биш",
            en: "the signer's certificate is not the one enrolled for {notary}"),
        remedy: Wording(
            mn: "бүртгэлтэй гэрчилгээгээр гарын үсэг зурна уу",
            en: "sign with the enrolled certificate, or have the new one enrolled"))
    public static let tokenUnknown = Problem(
        "token-unknown", status: 404,
        text: Wording(mn: "{id} дугаартай хүчинтэй токен алга", en: "no valid token has the number {id}"),
        remedy: Wording(mn: "«tamga token list» тушаалаар харна уу", en: "see the tokens with: tamga token list"))
    public static let configInvalid = Problem(
        "config-invalid", status: 400,
        text: Wording(mn: "{path} тохиргооны файл буруу: {reason}", en: "{path}: {reason}"),
        remedy: Wording(
            mn: "«tamga config example» бүх сонголтыг тайлбартай хэвлэнэ",
            en: "`tamga config example` prints every option with its description"))
    public static let fileUnreadable = Problem(
        "file-unreadable", status: 400,
        text: Wording(mn: "{path} файлыг нээж чадсангүй: {reason}", en: "{path} cannot be used: {reason}"),
        remedy: Wording(mn: "замаа шалгана уу", en: "check the path"))
    public static let fileTooLarge = Problem(
        "file-too-large", status: 413,
        text: Wording(mn: "{path} файл {limit} байтаас том байна", en: "{path} is larger than {limit} bytes"),
        remedy: Wording(mn: "зөв файлаа сонгоно уу", en: "name the right file"))
    public static let serviceSilent = Problem(
        "service-silent", status: 502,
        text: Wording(mn: "Ажиллаж буй үйлчилгээ хариулсангүй", en: "the running service did not answer"),
        remedy: Wording(
            mn: "үйлчилгээний логийг харж, дахин оролдоно уу",
            en: "look at its log, then try again: nothing is recorded twice"))
    public static let serviceRefused = Problem(
        "service-refused", status: 400, text: Wording(mn: "Татгалзлаа: {reason}", en: "{reason}"),
        remedy: Wording(mn: "{remedy}", en: "{remedy}"))
    public static let listenFailed = Problem(
        "listen-failed", status: 500,
        text: Wording(
            mn: "{api} эсвэл {posapi} хаягаар ажиллаж чадсангүй: {reason}",
            en: "cannot listen on {api} and {posapi}: {reason}"),
        remedy: Wording(mn: "чөлөөтэй порт сонгоно уу", en: "stop what uses the port, or choose others"))
    public static let trustedKeyUnusable = Problem(
        "trusted-key-unusable", status: 400,
        text: Wording(mn: "{source} хэрэглэх боломжгүй: {reason}", en: "{source} cannot be used: {reason}"),
        remedy: Wording(
            mn: "бүртгэлийн verifier.key мөр эсвэл tlog-policy файлыг өгнө үү",
            en: "give the ledger's verifier.key line, or a tlog-policy file"))
    public static let fileUnknown = Problem(
        "file-unknown", status: 400,
        text: Wording(
            mn: "{path} нь тамгын файл биш, эсвэл гэмтсэн", en: "{path} is no file of ours, or a damaged one"),
        remedy: Wording(
            mn: "нотолгоо бол «tamga verify»-ээр шалгана уу", en: "if it should be evidence, ask: tamga verify"))
    public static let receiptUnknown = Problem(
        "receipt-unknown", status: 400,
        text: Wording(mn: "{id} дугаартай баримт энд гараагүй", en: "no receipt of this ledger has the number {id}"),
        remedy: Wording(
            mn: "баримтын үндсэн ДДТД-г илгээнэ үү", en: "send the number of the whole receipt, not of a part of it"))
    public static let signatureUsed = Problem(
        "signature-used", status: 409,
        text: Wording(mn: "Энэ гарын үсгээр өөр үйлдэл бүртгэгдсэн", en: "this signature stands under another act"),
        remedy: Wording(
            mn: "энэ үйлдлийн мэдэгдэлд шинээр гарын үсэг зурна уу", en: "sign the statement of this act and send that")
    )
    public static let actTooLarge = Problem(
        "act-too-large", status: 413,
        text: Wording(
            mn: "Үйлдэл, гарын үсэг хамт {size} байт, дээд хэмжээ {limit}",
            en: "the act with its signature takes {size} bytes in its evidence, {limit} are allowed"),
        remedy: Wording(
            mn: "урт текстийг баримт бичигт үлдээж, товчилно уу",
            en: "leave long texts to the document, which is bound by its digest"))
    public static let bodyTooSlow = Problem(
        "body-too-slow", status: 408,
        text: Wording(mn: "Илгээлт хэт удаан", en: "the body did not arrive within {seconds} s"),
        remedy: Wording(mn: "дахин илгээнэ үү", en: "send it again"))
}
