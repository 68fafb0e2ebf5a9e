/// What is wrong with a register book on paper that an office hands in as a table.
extension Problem {
    static let papers: [Problem] = [
        paperTableUnreadable, paperTableTooLarge, paperEncodingUnclear, paperSheetUnknown, paperColumnUnknown,
        paperColumnTwice, paperColumnMissing, paperKindUnknown, paperDateInvalid, paperDateOutOfRange,
        paperPartyMissing,
        paperPartyUnclear, paperNumberInvalid, paperNumberUnknown, paperStandsOtherwise, paperStandsUntold,
        paperCorrectedAlready,
        paperErased, paperRowsDisagree, paperCellUnreadable, paperImportUnderWay, paperImportsBusy,
    ]

    public static let paperTableUnreadable = paper(
        "paper-table-unreadable", status: 400,
        mn: "Файлыг хүснэгт болгож уншиж чадсангүй: {reason}", en: "the file cannot be read as a table: {reason}",
        doMn: "CSV (UTF-8) эсвэл XLSX хэлбэрээр шинээр хадгалаад дахин өгнө үү",
        doEn: "save it anew as CSV (UTF-8) or XLSX and hand it in again")
    public static let paperTableTooLarge = paper(
        "paper-table-too-large", status: 413,
        mn: "Файл хэт том байна: {what} {limit}-аас хэтэрлээ", en: "the file is too large: more than {limit} {what}",
        doMn: "Хэд хэд болгон хувааж өгнө үү", doEn: "hand it in in several parts")
    public static let paperEncodingUnclear = paper(
        "paper-encoding-unclear", status: 400,
        mn: "{row}-р мөр UTF-8 биш байна", en: "row {row} is not UTF-8",
        doMn: "UTF-8-аар хадгалах эсвэл кодчиллыг windows-1251 гэж заана уу",
        doEn: "save the file as UTF-8, or name its encoding: windows-1251")
    public static let paperSheetUnknown = paper(
        "paper-sheet-unknown", status: 400,
        mn: "«{sheet}» гэсэн хуудас алга", en: "there is no sheet \"{sheet}\"",
        doMn: "Дараахаас сонгоно уу: {known}", doEn: "choose one of: {known}")
    public static let paperColumnUnknown = paper(
        "paper-column-unknown", status: 400,
        mn: "«{column}» гэсэн багана танигдахгүй байна", en: "the column \"{column}\" is not known",
        doMn: "Нэрийг нь засах эсвэл хасна уу; болох нэрс: {known}", doEn: "rename or remove it; known are: {known}")
    public static let paperColumnTwice = paper(
        "paper-column-twice", status: 400,
        mn: "«{column}», «{other}» хоёр багана нэг зүйлийг заана",
        en: "the columns \"{column}\" and \"{other}\" mean the same",
        doMn: "Нэгийг нь үлдээнэ үү", doEn: "keep one of them")
    public static let paperColumnMissing = paper(
        "paper-column-missing", status: 400,
        mn: "«{column}» багана алга", en: "the column \"{column}\" is missing",
        doMn: "Эхний мөрөнд баганын нэрс байх ёстой; загварыг ашиглана уу",
        doEn: "the first row must name the columns; begin with the template")
    public static let paperKindUnknown = paper(
        "paper-kind-unknown",
        mn: "{path}: үйлдлийн төрөл танигдахгүй байна", en: "{path}: this kind of act is not known",
        doMn: "Код юм уу монгол нэрийг бичнэ үү: {known}", doEn: "write a code or its Mongolian name: {known}")
    public static let paperDateInvalid = paper(
        "paper-date-invalid",
        mn: "{path} нь хуанлид байхгүй өдөр эсвэл танигдахгүй хэлбэртэй байна",
        en: "{path} is no day of the calendar, or not in a known form",
        doMn: "2015-03-09, 2015.03.09 эсвэл 2015/03/09 гэж бичнэ үү", doEn: "write 2015-03-09, 2015.03.09 or 2015/03/09"
    )
    public static let paperDateOutOfRange = paper(
        "paper-date-out-of-range",
        mn: "{path}: дэвтрийн огноо 1900-01-01-ээс {today} хүртэл байна",
        en: "{path}: the day of a book lies from 1900-01-01 to {today}",
        doMn: "Дэвтрээс огноог шалгана уу", doEn: "compare it with the book")
    public static let paperPartyMissing = paper(
        "paper-party-missing",
        mn: "{path}: нэг ч оролцогч алга", en: "{path}: there is no party",
        doMn: "Нэр эсвэл байгууллагын нэрийг бөглөнө үү", doEn: "fill in a first name or the name of an organisation")
    public static let paperPartyUnclear = paper(
        "paper-party-unclear",
        mn: "{path}: оролцогч хүн үү, байгууллага уу гэдэг тодорхойгүй эсвэл нэргүй байна",
        en: "{path}: the party is neither clearly a person nor clearly an organisation, or has no name",
        doMn: "Хүний нэр юм уу байгууллагын нэрийн аль нэгийг, хамгийн ихдээ нэг дугаартай өгнө үү",
        doEn: "give a first name or an organisation's name, not both, and at most one number")
    public static let paperNumberInvalid = paper(
        "paper-number-invalid",
        mn: "{path} нь цаасан бүртгэлийн дугаар биш байна", en: "{path} is no number of an entry from paper",
        doMn: "NT012-P2015-000034 хэлбэрээр бичнэ үү", doEn: "write it like NT012-P2015-000034")
    public static let paperNumberUnknown = paper(
        "paper-number-unknown", status: 404,
        mn: "{number} дугаартай цаасан бүртгэл танай албанд алга", en: "your office has no entry from paper {number}",
        doMn: "Дугаараа шалгана уу", doEn: "check the number")
    public static let paperStandsOtherwise = paper(
        "paper-stands-otherwise", status: 409,
        mn: "Дэвтрийн энэ бичилт {number} дугаараар өөр агуулгатай бүртгэгдсэн: {columns}",
        en: "this entry of the book is registered as {number} with another content: {columns}",
        doMn: "Аль нь зөвийг дэвтрээс шалгаад, залруулах бол «corrects» баганад {number} гэж бичнэ үү",
        doEn: "see in the book which is right; to correct what stands, write {number} into the column \"corrects\"")
    public static let paperStandsUntold = paper(
        "paper-stands-untold", status: 409,
        mn: "Дэвтрийн энэ бичилт өөр агуулгатай бүртгэгдсэн",
        en: "this entry of the book is registered with another content",
        doMn: "Юугаараа зөрж байгааг зөвхөн нотариатын алба өөрөө харна: файлыг /notary/import хуудсаар өгнө үү",
        doEn:
            "what differs is told to the office alone: let the notary hand the file in, at /notary/import or with the office's token"
    )
    public static let paperCorrectedAlready = paper(
        "paper-corrected-already", status: 409,
        mn: "{number} бичилтийг {by} аль хэдийн залруулсан", en: "{number} is corrected by {by} already",
        doMn: "Шинээр залруулах бол {by}-г заана уу", doEn: "to correct it again, name {by}")
    public static let paperImportsBusy = paper(
        "paper-imports-busy", status: 503,
        mn: "Бусад албаны дэвтрийг яг одоо бүртгэж байна",
        en: "books of other offices are being taken in at this moment",
        doMn: "Хэдэн минутын дараа файлаа дахин өгнө үү; юу ч бүртгэгдээгүй",
        doEn: "hand the file in again in some minutes; nothing was registered")
    public static let paperErased = paper(
        "paper-erased", status: 410,
        mn: "Дэвтрийн энэ бичилтийн агуулгыг устгасан", en: "the content of this entry of the book was erased",
        doMn: "Энэ мөрийг файлаас хасна уу; устгалын үндэслэлийг оператороос асууна уу",
        doEn: "take the row out of the file; the operator knows on what basis it was erased")
    public static let paperRowsDisagree = paper(
        "paper-rows-disagree", status: 409,
        mn: "Дэвтрийн нэг бичилт файлын {row}-р мөрөнд өөрөөр бичигджээ: {columns}",
        en: "row {row} of the file has the same entry of the book with another content: {columns}",
        doMn: "Аль нэгийг нь хасна уу", doEn: "keep the one that the book has")
    public static let paperCellUnreadable = paper(
        "paper-cell-unreadable",
        mn: "{path}: нүдний утгыг уншиж чадсангүй: {reason}", en: "{path}: the cell cannot be read: {reason}",
        doMn: "Утгыг энгийн бичвэр эсвэл огноо болгож хадгална уу", doEn: "save it as a plain text or a day")
    public static let paperImportUnderWay = paper(
        "paper-import-under-way", status: 409,
        mn: "Танай албаны импорт явагдаж байна", en: "an import of your office is under way",
        doMn: "Дуусмагц дахин илгээнэ үү; бүртгэгдсэн мөр давхардахгүй",
        doEn: "send it again once that is done; no row is registered twice")

    private static func paper(
        _ code: String, status: Int = 422, mn: String, en: String, doMn: String, doEn: String
    ) -> Problem {
        Problem(code, status: status, text: Wording(mn: mn, en: en), remedy: Wording(mn: doMn, en: doEn))
    }
}
