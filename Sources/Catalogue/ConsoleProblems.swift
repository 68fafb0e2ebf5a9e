/// What goes wrong on the pages of the consoles.
extension Problem {
    static let consoles: [Problem] = [
        .consoleNotProtected, .consoleFormForeign, .signInRefused, .signInTooOften, .passwordTooShort, .passwordsDiffer,
        .receiptNotInForce, .monthInvalid, .importEmpty, .consoleFieldInvalid,
        .registryBehind, .importTooLong, .importUnderWay, .passwordWrong, .correctionEmpty, .correctionUnchanged,
        .draftsTooMany, .draftTooLarge, .draftGone, .signatureNotGiven, .searchEmpty,
        .pdfNotForChange, .handOverNotAsked, .handOverWaits, .handOverNotAgreed,
    ]

    public static let consoleNotProtected = Problem(
        "console-not-protected", status: 403,
        text: Wording(
            mn: "Энэ хаягаар нэвтрэх боломжгүй: холболт шифрлэгдээгүй байна",
            en: "nobody can sign in at this address: the connection is not encrypted"),
        remedy: Wording(
            mn: "https:// хаягаар орно уу; оператор --public-url https://… эсвэл --shops тохируулна",
            en: "use the https:// address; the operator sets --public-url https://… behind a TLS proxy, or --shops"))
    public static let consoleFormForeign = Problem(
        "console-form-foreign", status: 403,
        text: Wording(
            mn: "Маягт энэ нэвтрэлтийнх биш тул юу ч хийгээгүй",
            en: "the form does not belong to this session, so nothing was done"),
        remedy: Wording(
            mn: "хуудсыг дахин нээгээд маягтыг дахин илгээнэ үү", en: "open the page anew and send the form again"))
    public static let signInRefused = Problem(
        "sign-in-refused", status: 401,
        text: Wording(mn: "Нэвтэрч чадсангүй", en: "you could not be signed in"),
        remedy: Wording(
            mn: "ТТД (код), нууц үг эсвэл токеноо шалгана уу; нууц үг мартсан бол токеноор нэвтэрнэ үү",
            en: "check TIN or code and password, or the token; with a token you can set a new password"))
    public static let signInTooOften = Problem(
        "sign-in-too-often", status: 429,
        text: Wording(mn: "Хэт олон удаа оролдлоо", en: "too many attempts"),
        remedy: Wording(mn: "{seconds} секундын дараа дахин оролдоно уу", en: "try again in {seconds} s"))
    public static let passwordTooShort = Problem(
        "password-too-short", status: 400,
        text: Wording(
            mn: "Нууц үг хамгийн багадаа {count} тэмдэгттэй байна", en: "a password has at least {count} characters"),
        remedy: Wording(
            mn: "хэдэн үгтэй өгүүлбэр хэрэглэж болно", en: "several words in a row are easy to remember"))
    public static let passwordsDiffer = Problem(
        "passwords-differ", status: 400,
        text: Wording(mn: "Хоёр нууц үг өөр байна", en: "the two passwords differ"),
        remedy: Wording(mn: "дахин бичнэ үү", en: "write them again"))
    public static let receiptNotInForce = Problem(
        "receipt-not-in-force", status: 409,
        text: Wording(
            mn: "{id} баримт хүчингүй болсон байна", en: "receipt {id} is not in force any more"),
        remedy: Wording(
            mn: "түүнийг орлосон баримтыг нээнэ үү", en: "open the receipt that took its place"))
    public static let monthInvalid = Problem(
        "month-invalid", status: 404,
        text: Wording(mn: "«{month}» сар биш", en: "\"{month}\" is no month"),
        remedy: Wording(mn: "2026-11 хэлбэрээр бичнэ үү", en: "write it as 2026-11"))
    public static let importEmpty = Problem(
        "import-empty", status: 400,
        text: Wording(mn: "Файл сонгоогүй, мөр ч бичээгүй байна", en: "no file was chosen and no row was written"),
        remedy: Wording(
            mn: "баримтуудын файлыг сонгоно уу: мөр бүрд нэг JSON", en: "choose a file of receipts, one JSON a line"))
    public static let consoleFieldInvalid = Problem(
        "console-field-invalid", status: 400,
        text: Wording(
            mn: "«{field}» талбарын утга буруу байна: {value}", en: "the field \"{field}\" cannot be {value}"),
        remedy: Wording(mn: "жишээ нь: {form}", en: "for example: {form}"))
    public static let registryBehind = Problem(
        "registry-behind", status: 503,
        text: Wording(mn: "Жагсаалт, нийлбэрийг шинээр гаргаж байна", en: "lists and sums are being made again"),
        remedy: Wording(
            mn: "түр хүлээгээд дахин нээнэ үү; бүртгэл хэвийн ажиллаж байна",
            en: "open the page again in a moment; filing goes on"))
    public static let importTooLong = Problem(
        "import-too-long", status: 413,
        text: Wording(mn: "Файл {rows} мөрөөс урт байна", en: "the file has more than {rows} rows"),
        remedy: Wording(
            mn: "үлдсэнийг өөр файлаар илгээнэ үү, эсвэл «tamga receipt file --batch» хэрэглэнэ үү",
            en: "send the rest in another file, or use `tamga receipt file --batch`"))
    public static let importUnderWay = Problem(
        "import-under-way", status: 409,
        text: Wording(mn: "Өмнөх импорт дуусаагүй байна", en: "another import of yours is under way"),
        remedy: Wording(mn: "дуусахыг нь хүлээнэ үү", en: "wait until it has ended"))
    public static let passwordWrong = Problem(
        "password-wrong", status: 403,
        text: Wording(mn: "Одоогийн нууц үг буруу байна", en: "that is not the present password"),
        remedy: Wording(
            mn: "мартсан бол токеноор нэвтэрнэ үү", en: "if it is forgotten, sign in with a token and set a new one"))
    public static let correctionEmpty = Problem(
        "correction-empty", status: 400,
        text: Wording(mn: "Засварт нэг ч мөр үлдсэнгүй", en: "the correction has no line left"),
        remedy: Wording(mn: "баримтыг бүхэлд нь буцаана уу", en: "take the receipt back instead"))
    public static let correctionUnchanged = Problem(
        "correction-unchanged", status: 400,
        text: Wording(mn: "Юу ч өөрчлөөгүй байна", en: "nothing was changed"),
        remedy: Wording(
            mn: "тоо, үнэ, төлбөр эсвэл худалдан авагчийг өөрчилнө үү",
            en: "change a quantity, a price, a payment or the buyer"))
    public static let draftsTooMany = Problem(
        "drafts-too-many", status: 409,
        text: Wording(
            mn: "Ноорог {count}-д хүрсэн тул шинээр хадгалаагүй",
            en: "there are {count} drafts, so this one is not saved"),
        remedy: Wording(
            mn: "өөр цонхонд хэрэггүй ноорог устгаад дахин хадгална уу",
            en: "delete some that are not needed in another window, then save again"))
    public static let draftTooLarge = Problem(
        "draft-too-large", status: 413,
        text: Wording(
            mn: "Ноорог {limit} КиБ-ээс их тул хадгалаагүй", en: "the draft has more than {limit} KiB and is not saved"),
        remedy: Wording(
            mn: "урт бичвэрийг хавсралтад хийнэ үү", en: "put long texts into an attachment"))
    public static let draftGone = Problem(
        "draft-gone", status: 404,
        text: Wording(mn: "Ийм ноорог алга", en: "there is no such draft"),
        remedy: Wording(
            mn: "устгасан эсвэл бүртгэсэн байж болно: дэвтрээс хайна уу",
            en: "it may have been deleted or registered: look in the register book"))
    public static let signatureNotGiven = Problem(
        "signature-not-given", status: 400,
        text: Wording(mn: "Гарын үсэг алга", en: "no signature was given"),
        remedy: Wording(
            mn: "гарын үсгийн файлыг сонгох, эсвэл base64-өөр буулгана уу",
            en: "choose the signature file, or paste it in base64"))
    public static let searchEmpty = Problem(
        "search-empty", status: 400,
        text: Wording(mn: "Юу хайхаа бичээгүй байна", en: "nothing to look for was given"),
        remedy: Wording(mn: "талбаруудын нэгийг бөглөнө үү", en: "fill in one of the fields"))
    public static let pdfNotForChange = Problem(
        "pdf-not-for-change", status: 422,
        text: Wording(
            mn: "Өөрчлөлтөд PDF доторх гарын үсэг тохирохгүй", en: "a change is not signed by a signature inside a PDF"),
        remedy: Wording(
            mn: "statement.txt файлд салангид (detached) гарын үсэг зурж, тэр .p7s файлыг сонгоно уу",
            en: "make a detached signature over statement.txt, and choose that .p7s file"))
    public static let handOverNotAsked = Problem(
        "hand-over-not-asked", status: 409,
        text: Wording(
            mn: "{id} нотариатч албаа {successor}-д шилжүүлэх хүсэлтгүй болсон байна",
            en: "{id} does not ask any more to hand the office over to {successor}"),
        remedy: Wording(
            mn: "нотариатчаас лавлана уу: хүсэлтээ буцаасан эсвэл өөр хүсэлт гаргасан байж болно",
            en: "ask the notary: the request may have been withdrawn, refused or made anew"))
    public static let handOverWaits = Problem(
        "hand-over-waits", status: 409,
        text: Wording(
            mn: "Албаа шилжүүлэх өөр хүсэлт хүлээгдэж байна", en: "another request to hand this office over waits"),
        remedy: Wording(mn: "эхлээд түүнийг буцаана уу", en: "withdraw it first"))
    public static let handOverNotAgreed = Problem(
        "hand-over-not-agreed", status: 400,
        text: Wording(
            mn: "Албаа хаахаа баталгаажуулаагүй байна", en: "that the office is to be closed was not confirmed"),
        remedy: Wording(mn: "баталгааг тэмдэглээд дахин илгээнэ үү", en: "tick the confirmation, and send it again"))
}
