// Records that cannot be made.
extension Problem {
    public static let recordNameInvalid = Problem(
        "record-name-invalid", status: 422,
        text: Wording(
            mn: "«{name}» гэсэн талбарын нэр зөвшөөрөгдсөн 1…255 байтад багтахгүй байна",
            en: "the field name “{name}” is not 1 to 255 bytes long"),
        remedy: Wording(mn: "талбарын нэрийг богиносгоно уу", en: "give the field a shorter, non-empty name"))

    public static let recordNameRepeated = Problem(
        "record-name-repeated", status: 422,
        text: Wording(mn: "«{name}» талбар хоёр удаа орсон байна", en: "the field “{name}” comes twice"),
        remedy: Wording(mn: "талбар бүрийг нэг л удаа бичнэ үү", en: "give each field once"))

    public static let recordTooManyFields = Problem(
        "record-too-many-fields", status: 422,
        text: Wording(
            mn: "бичлэг {count} талбартай байна, дээд хязгаар нь 65 535",
            en: "the record has {count} fields, 65,535 are allowed"),
        remedy: Wording(mn: "бичлэгийг хэсэгчлэн оруулна уу", en: "file it as several records"))

    public static let recordValueTooLarge = Problem(
        "record-value-too-large", status: 413,
        text: Wording(
            mn: "«{name}» талбарын утга {count} байт байна, дээд хязгаар нь 1 МиБ",
            en: "the value of the field “{name}” has {count} bytes, 1 MiB is allowed"),
        remedy: Wording(
            mn: "том файлыг өөрт нь биш, SHA-256 хэшээр нь бүртгүүлнэ үү",
            en: "file the SHA-256 of a large document, not the document"))

    public static let recordTooLarge = Problem(
        "record-too-large", status: 413,
        text: Wording(
            mn: "бичлэг нийт {count} байт байна, дээд хязгаар нь 2 МиБ",
            en: "the record has {count} bytes in all, 2 MiB are allowed"),
        remedy: Wording(mn: "бичлэгийг хэсэгчлэн оруулна уу", en: "file it as several records"))

    public static let recordAttachmentsTooLarge = Problem(
        "record-attachments-too-large", status: 413,
        text: Wording(
            mn: "бичлэгийн хавсралт 255-аас олон, эсвэл аль нэг нь 1 МиБ-аас том байна",
            en: "there are more than 255 attachments, or one is larger than 1 MiB"),
        remedy: Wording(
            mn: "гарын үсгийг баримт бичгээс тусад нь (detached) үүсгэнэ үү",
            en: "attach detached signatures, without the document inside"))
}

// Evidence that cannot be made.
extension Problem {
    public static let evidenceExtraTooLarge = Problem(
        "evidence-content-too-large", status: 422,
        text: Wording(
            mn: "нотолгооны агуулга {count} байт болох тул 45 000 байтын хязгаарт багтахгүй",
            en: "the evidence would carry {count} bytes, 45,000 are allowed"),
        remedy: Wording(mn: "цөөн талбарыг ил гаргана уу", en: "show fewer fields"))

    public static let evidenceProofMismatch = Problem(
        "evidence-proof-mismatch", status: 500,
        text: Wording(
            mn: "энэ бичлэг {index} дугаарт байгааг өгөгдсөн хяналтын цэг батлахгүй байна ({detail})",
            en: "the checkpoint given does not prove this record at index {index} ({detail})"),
        remedy: Wording(
            mn: "«tamga audit» ажиллуулж бүртгэлээ шалгана уу", en: "run `tamga audit` on the ledger"))
}

// Evidence that does not verify. The codes are the reasons of a verification.
extension Problem {
    public static let evidenceTooLarge = Problem(
        "evidence-too-large", status: 413,
        text: Wording(
            mn: "файл {count} байт байна, нотолгооны файл {limit} байтаас хэтрэхгүй",
            en: "the file has {count} bytes, evidence has at most {limit}"),
        remedy: Wording(
            mn: "нотолгооны файлаа зөв сонгосон эсэхээ шалгана уу",
            en: "check that this is the evidence and not the document"))

    public static let evidenceUnreadable = Problem(
        "evidence-unreadable", status: 422,
        text: Wording(
            mn: "файл Tamga-гийн нотолгоо биш, эсвэл бүтэц нь эвдэрсэн байна ({detail})",
            en: "the file is not Tamga evidence, or its structure is damaged ({detail})"),
        remedy: damagedRemedy)

    public static let evidenceChecksumWrong = Problem(
        "evidence-checksum-wrong", status: 422,
        text: Wording(
            mn: "нотолгооны файлын хяналтын нийлбэр таарахгүй: файл олгосноос хойш өөрчлөгдсөн байна",
            en: "the checksum of the evidence does not hold: the file changed after it was given out"),
        remedy: damagedRemedy)

    public static let evidenceContentMalformed = Problem(
        "evidence-content-malformed", status: 422,
        text: Wording(
            mn: "нотолгооны агуулга дүрмээр бичигдээгүй байна ({detail})",
            en: "the content of the evidence breaks the rules of its format ({detail})"),
        remedy: damagedRemedy)

    public static let evidenceCosignatureWrong = Problem(
        "evidence-cosignature-wrong", status: 422,
        text: Wording(
            mn: "гэрчийн гарын үсгийн мөр өөрчлөгдсөн байна ({detail})",
            en: "the line of a witness's cosignature was changed ({detail})"),
        remedy: Wording(
            mn: "нотолгооны эх хувиа ашиглах, эсвэл олгогчоос дахин авна уу",
            en: "use the original file, or ask the issuer for the evidence again"))

    public static let evidenceVersionUnknown = Problem(
        "evidence-version-unknown", status: 422,
        text: Wording(
            mn: "нотолгооны хувилбар {version}-ийг энэ програм танихгүй байна",
            en: "this program does not know evidence of version {version}"),
        remedy: newerRemedy)

    public static let evidenceKindUnknown = Problem(
        "evidence-kind-unknown", status: 422,
        text: Wording(
            mn: "бичлэгийн төрөл {kind}-ийг энэ програм танихгүй байна",
            en: "this program does not know records of kind {kind}"),
        remedy: newerRemedy)

    public static let evidenceQuorumMissing = Problem(
        "evidence-quorum-missing", status: 422,
        text: Wording(
            mn: "бодлогод заасан хэмжээний гэрч гарын үсэг зураагүй байна (хүчинтэй нь: {count})",
            en: "too few witnesses of the policy have signed (valid cosignatures: {count})"),
        remedy: Wording(
            mn: "гэрчүүд гарын үсэг зурсны дараа нотолгоогоо шинэчилж аваад дахин шалгана уу",
            en: "get the evidence again when the witnesses have signed, and check that"))

    public static let evidenceLogUnknown = Problem(
        "evidence-log-unknown", status: 422,
        text: Wording(
            mn: "нотолгоо «{origin}» гэсэн бүртгэлийнх бөгөөд таны итгэсэн түлхүүрээр гарын үсэг зураагүй байна",
            en: "the evidence names the ledger “{origin}” and no key that you trust has signed it as that ledger"),
        remedy: Wording(
            mn: "бүртгэлийн түлхүүрийг (verifier.key) албан ёсны эх сурвалжаас авсан эсэхээ шалгана уу",
            en: "check that the verifier key is the ledger's own, from a source that you trust"))

    public static let evidenceLogSignatureWrong = Problem(
        "evidence-log-signature-wrong", status: 422,
        text: Wording(
            mn: "«{origin}» бүртгэлийн гарын үсэг буруу байна: хяналтын цэгийг тэр бүртгэл гаргаагүй",
            en: "the signature of the ledger “{origin}” is wrong: it did not issue this checkpoint"),
        remedy: forgedRemedy)

    public static let evidenceInclusionWrong = Problem(
        "evidence-inclusion-wrong", status: 422,
        text: Wording(
            mn: "энэ бичлэг бүртгэлийн {index} дугаарт байхгүй ({detail})",
            en: "this record is not in the ledger at index {index} ({detail})"),
        remedy: forgedRemedy)

    public static let evidenceDocumentDiffers = Problem(
        "evidence-document-differs", status: 422,
        text: Wording(
            mn: "баримт бичиг бүртгүүлсэнтэй адилгүй: бүртгэгдсэн SHA-256 {recorded}, танд байгаа нь {given}",
            en: "the document is not the one recorded: recorded SHA-256 {recorded}, yours {given}"),
        remedy: Wording(
            mn: "өөрчлөгдөөгүй эх файлаа сонгоно уу: нэг байтын зөрүү ч өөр баримт болно",
            en: "choose the original file: one changed byte makes another document"))

    public static let evidenceFieldDiffers = Problem(
        "evidence-field-differs", status: 422,
        text: Wording(
            mn: "«{name}» талбарт «{recorded}» гэж бүртгэгдсэн, таны хүлээсэн «{expected}» биш",
            en: "the field “{name}” was recorded as “{recorded}”, not as the expected “{expected}”"),
        remedy: Wording(
            mn: "танд үзүүлсэн мэдээлэлд бус, бүртгэгдсэн утгад итгэнэ үү",
            en: "trust the recorded value, not what you were shown"))

    public static let evidenceFieldHidden = Problem(
        "evidence-field-hidden", status: 422,
        text: Wording(
            mn: "«{name}» талбарыг энэ нотолгоонд ил гаргаагүй тул тулгах боломжгүй",
            en: "the field “{name}” is hidden in this evidence and cannot be compared"),
        remedy: Wording(
            mn: "уг талбарыг ил гаргасан нотолгоог эзэмшигчээс нь авна уу",
            en: "ask its holder for evidence that shows the field"))

    public static let evidenceDocumentNotRecorded = Problem(
        "evidence-document-not-recorded", status: 422,
        text: Wording(
            mn: "энэ бичлэгт баримт бичгийн хэш байхгүй тул баримттай тулгах боломжгүй",
            en: "this record carries no document digest to compare a document with"),
        remedy: Wording(
            mn: "баримтгүйгээр шалгах, эсвэл тухайн баримтын нотолгоог сонгоно уу",
            en: "verify without a document, or choose the evidence that belongs to it"))

    public static let evidenceExpectationUnreadable = Problem(
        "evidence-expectation-unreadable", status: 422,
        text: Wording(
            mn: "«{name}» нь мөнгөн дүн, харин «{expected}» дүн биш байна",
            en: "the field “{name}” is an amount of money and “{expected}” is not one"),
        remedy: Wording(mn: "дүнг 5600 эсвэл 5,600.00₮ хэлбэрээр бичнэ үү", en: "write it as 5600 or 5,600.00₮"))

    private static let damagedRemedy = Wording(
        mn: "эх хувиар нь дахин татах, эсвэл олгогчоос дахин авна уу",
        en: "copy it again from the original, or ask the issuer for it again")
    private static let newerRemedy = Wording(
        mn: "програмаа шинэчлээд дахин шалгана уу", en: "check it with a newer version of this program")
    private static let forgedRemedy = Wording(
        mn: "энэ нотолгоонд бүү итгэ; олгогчид нь мэдэгдэнэ үү",
        en: "do not rely on this evidence; tell the issuer named in it")

    static let evidence: [Problem] = [
        recordNameInvalid, recordNameRepeated, recordTooManyFields, recordValueTooLarge, recordTooLarge,
        recordAttachmentsTooLarge, evidenceExtraTooLarge, evidenceProofMismatch, evidenceTooLarge, evidenceUnreadable,
        evidenceChecksumWrong, evidenceContentMalformed, evidenceCosignatureWrong, evidenceVersionUnknown,
        evidenceKindUnknown, evidenceQuorumMissing, evidenceLogUnknown, evidenceLogSignatureWrong,
        evidenceInclusionWrong, evidenceDocumentDiffers, evidenceFieldDiffers, evidenceFieldHidden,
        evidenceDocumentNotRecorded, evidenceExpectationUnreadable,
    ]
}
