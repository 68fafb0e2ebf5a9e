extension Problem {
    static let ledger: [Problem] = [
        .ledgerBusy, .ledgerDiskFull, .ledgerClockBehind, .ledgerClockAhead, .ledgerOutcomeUnknown, .ledgerUnsigned,
        .ledgerStopped,
        .entryTooLarge, .indexUnknown, .ledgerDamaged, .ledgerUnusable, .recordNotHeld,
        .recordErased, .recordExpired, .recordNotErasable, .erasureBasisInvalid,
    ]

    public static let ledgerBusy = Problem(
        "ledger-busy", status: 503,
        text: Wording(mn: "Дараалал дүүрсэн, юу ч бүртгэгдээгүй", en: "the queue is full, nothing was recorded"),
        remedy: Wording(mn: "нэг секундын дараа дахин илгээнэ үү", en: "send again in a second"))
    public static let ledgerDiskFull = Problem(
        "ledger-disk-full", status: 507,
        text: Wording(mn: "Диск дүүрсэн, юу ч бүртгэгдээгүй", en: "the disk is full, nothing was recorded"),
        remedy: Wording(
            mn: "оператор дискэнд зай гаргана, дараа нь дахин илгээнэ үү",
            en: "the operator must free space; then send again"))
    public static let ledgerClockBehind = Problem(
        "ledger-clock-behind", status: 503,
        text: Wording(
            mn: "Серверийн цаг сүүлийн бичлэгээс {seconds} секундээр хоцорсон тул бүртгэхгүй байна",
            en: "the server's clock is {seconds} s behind the newest entry, so nothing is recorded"),
        remedy: Wording(
            mn: "оператор цагийг зөв болгоно; зөв бол «tamga clock accept» тушаал өгнө",
            en: "the operator must set the clock right; if it is right: tamga clock accept"))
    public static let ledgerClockAhead = Problem(
        "ledger-clock-ahead", status: 503,
        text: Wording(
            mn: "Серверийн цаг {hours} цагаар урагшилсан тул бүртгэхгүй байна",
            en: "the server's clock is {hours} h ahead of what the ledger last saw, so nothing is recorded"),
        remedy: Wording(
            mn: "цаг зөв бол оператор --accept-clock сонголтоор эхлүүлнэ",
            en: "if the clock is right, the operator starts the service with --accept-clock"))
    public static let ledgerOutcomeUnknown = Problem(
        "ledger-outcome-unknown", status: 503,
        text: Wording(
            mn: "Дискэнд бичихэд алдаа гарсан: бүртгэгдсэн эсэх тодорхойгүй",
            en: "writing to the disk failed: whether it was recorded is not known"),
        remedy: Wording(
            mn: "ижил хүсэлтийг дахин илгээнэ үү, давхар бүртгэгдэхгүй",
            en: "send the same again, it is not recorded twice"))
    public static let ledgerUnsigned = Problem(
        "ledger-unsigned", status: 503,
        text: Wording(
            mn: "Бүртгэлийн түлхүүр гарын үсэг зурахгүй байна, бүртгэгдсэн эсэх тодорхойгүй: {reason}",
            en: "the ledger's key does not sign, and whether it was recorded is not known: {reason}"),
        remedy: Wording(
            mn:
                "ижил хүсэлтийг дараа дахин илгээнэ үү; оператор токеныг буцааж холбоно, дараа нь бүртгэл өөрөө нээгдэнэ",
            en: "send the same again later; the operator brings the token back, and filing opens again by itself"))
    public static let ledgerStopped = Problem(
        "ledger-stopped", status: 503,
        text: Wording(mn: "Бүртгэл түр зогссон: {reason}", en: "filing is closed: {reason}"),
        remedy: Wording(mn: "дараа дахин илгээнэ үү", en: "send again later"))
    public static let entryTooLarge = Problem(
        "entry-too-large", status: 413,
        text: Wording(mn: "Бичлэг хэт том байна", en: "the entry is too large"),
        remedy: Wording(
            mn: "65535 байтаас бага бичлэг илгээнэ үү", en: "an entry has at most 65,535 bytes, a record 1 MiB"))
    public static let indexUnknown = Problem(
        "index-unknown", status: 404,
        text: Wording(
            mn: "{index} дугаартай бичлэг алга (нийт {size})", en: "there is no {index} in a ledger of {size} entries"),
        remedy: Wording(mn: "дугаараа шалгана уу", en: "check the number"))
    public static let ledgerDamaged = Problem(
        "ledger-damaged", status: 500,
        text: Wording(
            mn: "Бүртгэлийн сан гэмтсэн: {reason}", en: "the ledger's files are not as they were signed: {reason}"),
        remedy: Wording(mn: "операторт хандана уу: {remedy}", en: "{remedy}"))
    public static let ledgerUnusable = Problem(
        "ledger-unusable", status: 500, text: Wording(mn: "Бүртгэлийг нээх боломжгүй: {reason}", en: "{reason}"),
        remedy: Wording(mn: "Оператор: {remedy}", en: "{remedy}"))
    public static let recordNotHeld = Problem(
        "record-not-held", status: 404,
        text: Wording(
            mn: "{index} дугаартай бичлэгийн агуулга энд хадгалагдаагүй",
            en: "entry {index} was added raw: no record is held for it"),
        remedy: Wording(
            mn: "tlog-proof хэлбэрийн нотолгоо авна уу", en: "its plain inclusion proof can be had with /v1/inclusion"))
    public static let recordErased = Problem(
        "record-erased", status: 410,
        text: Wording(
            mn: "Тамга энэ бичлэгийн агуулгыг хадгалахаа больсон: {date} өдөр устгасан ({basis})",
            en: "Tamga no longer holds the content of this record: it was erased on {date} ({basis})"),
        remedy: Wording(
            mn: "бүртгэлийн {index} дугаартай мөр болон өмнө олгосон бүх нотолгоо хүчинтэй хэвээр",
            en: "its entry {index} and all evidence given out before stay valid"))
    public static let recordExpired = Problem(
        "record-expired", status: 410,
        text: Wording(
            mn: "Тамга энэ бичлэгийн агуулгыг хадгалахаа больсон: хадгалах хугацаа нь дууссан",
            en: "Tamga no longer holds the content of this record: the time for which it is kept is over"),
        remedy: Wording(
            mn: "бүртгэлийн {index} дугаартай мөр болон өмнө олгосон бүх нотолгоо хүчинтэй хэвээр",
            en: "its entry {index} and all evidence given out before stay valid"))
    public static let recordNotErasable = Problem(
        "record-not-erasable", status: 409,
        text: Wording(
            mn: "{index} дугаартай бичлэг «{kind}» төрлийнх тул устгах боломжгүй",
            en: "entry {index} is of kind “{kind}” and is not erased: the ledger needs it"),
        remedy: Wording(
            mn: "үйлдэл эсвэл баримтын дугаарыг өгнө үү", en: "name the index of a deed act or of a receipt"))
    public static let erasureBasisInvalid = Problem(
        "erasure-basis-invalid", status: 400,
        text: Wording(
            mn: "Устгах үндэслэл нь {limit} байтаас хэтрэхгүй, нэг мөр энгийн текст байна",
            en: "the basis of an erasure is one line of plain text of 1 to {limit} bytes"),
        remedy: Wording(
            mn: "хуулийн заалт, шийдвэрийн дугаарыг бичнэ үү, хувийн мэдээлэл бүү бич",
            en: "name the law or decision, such as its article and number, and nothing personal"))
}
