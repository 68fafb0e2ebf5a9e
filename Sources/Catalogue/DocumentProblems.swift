extension Problem {
    static let documents: [Problem] = [
        documentsNotTaken, documentNotNamed, documentNotKept, documentDiffers, documentTooLarge, documentNotWritten,
        documentsBusy, documentStays,
    ]

    public static let documentsNotTaken = Problem(
        "documents-not-taken", status: 403,
        text: Wording(
            mn: "Энэ үйлчилгээ баримтыг хадгалдаггүй: баримт нотариатчид үлдэнэ",
            en: "this service keeps no documents: they stay with the notary"),
        remedy: Wording(
            mn: "Оператор tamga serve --keep-documents тохиргоогоор нээж болно",
            en: "the operator can switch it on: tamga serve --keep-documents"))
    public static let documentNotNamed = Problem(
        "document-not-named", status: 404,
        text: Wording(
            mn: "{act} үйлдэлд ийм хураангуйтай баримт, хавсралт алга",
            en: "the act {act} names no document or attachment with this digest"),
        remedy: Wording(
            mn: "Баримтын SHA-256 хураангуйг үйлдлийн баримтын жагсаалттай тулгана уу",
            en: "compare the SHA-256 of the file with the list of the act's documents"))
    public static let documentNotKept = Problem(
        "document-not-kept", status: 404,
        text: Wording(
            mn: "Баримт энд хадгалагдаагүй: нотариатчид байгаа",
            en: "the document is not kept here: it stays with the notary"),
        remedy: Wording(
            mn: "Файлыг албанаасаа олж, шаардлагатай бол энд хадгалуулна уу",
            en: "look for the file in the office, and hand it in if it is to be kept"))
    public static let documentDiffers = Problem(
        "document-differs", status: 422,
        text: Wording(
            mn: "Илгээсэн файл энэ хураангуйтай баримт биш байна; юу ч хадгалаагүй",
            en: "what was sent is not the document of this digest; nothing was kept"),
        remedy: Wording(
            mn: "Үйлдэл бүртгүүлсэн тэр файлыг өөрчлөлгүй илгээнэ үү",
            en: "send the very file that the act was registered with, not changed by a byte"))
    public static let documentTooLarge = Problem(
        "document-too-large", status: 413,
        text: Wording(
            mn: "Баримт {limit} МиБ-ээс том; юу ч хадгалаагүй",
            en: "the document is larger than {limit} MiB; nothing was kept"),
        remedy: Wording(
            mn: "Баримтыг албандаа хадгална уу; хязгаарыг оператор --document-limit тохиргоогоор өөрчилнө",
            en: "keep it in the office; the operator sets the limit with --document-limit"))
    public static let documentNotWritten = Problem(
        "document-not-written", status: 503,
        text: Wording(
            mn: "Баримтыг диск рүү бичиж чадсангүй: {reason}", en: "the document could not be written: {reason}"),
        remedy: Wording(
            mn: "Юу ч хадгалаагүй; оператор дискийг шалгасны дараа дахин илгээнэ үү",
            en: "nothing was kept; have the operator look at the disk, then send it again"))
    public static let documentsBusy = Problem(
        "documents-busy", status: 503,
        text: Wording(
            mn: "Нийт буюу нэг нотариатаас хэт олон баримт зэрэг ирж байна; юу ч хадгалаагүй",
            en: "too many documents are coming in at once, of all or of one notary; nothing was kept"),
        remedy: Wording(mn: "Түр хүлээгээд дахин илгээнэ үү", en: "wait a moment and send it again"))
    public static let documentStays = Problem(
        "document-stays", status: 409,
        text: Wording(
            mn: "Хадгалсан баримтыг дангаар нь устгадаггүй: үйлдэлтэйгээ хамт устана",
            en: "a kept document is not removed by itself: it goes with its act"),
        remedy: Wording(
            mn: "Үйлдлийг хууль ёсны үндэслэлтэй бол оператор tamga erase тушаалаар устгана",
            en: "where the law asks for it, the operator erases the act: tamga erase"))
}
