// Acts about a paper: of a legal entity, a copy, a translation, a signature.

extension ActKind {
    static let foundingDocument = ActKind(
        type: .foundingDocument,
        fields: [
            ActField(
                "document",
                .choice([
                    .init("charter", mn: "Дүрэм", en: "Charter"),
                    .init("founding-contract", mn: "Үүсгэн байгуулах гэрээ", en: "Founding contract"),
                    .init("founding-decision", mn: "Үүсгэн байгуулах шийдвэр", en: "Decision to found"),
                    .init("amendment", mn: "Нэмэлт, өөрчлөлт", en: "Amendment"),
                    .init("other", mn: "Бусад баримт бичиг", en: "Another document"),
                ]), required: true, mn: "Үүсгэн байгуулах баримтын төрөл", en: "Kind of founding document"),
            ActField(
                "entityName", .text(limit: nameLimit), required: true, mn: "Хуулийн этгээдийн нэр",
                en: "Name of the legal entity"),
            ActField(
                "entityForm",
                .choice([
                    .init("limited-company", mn: "Хязгаарлагдмал хариуцлагатай компани", en: "Limited company"),
                    .init("stock-company", mn: "Хувьцаат компани", en: "Joint stock company"),
                    .init("partnership", mn: "Нөхөрлөл", en: "Partnership"),
                    .init("cooperative", mn: "Хоршоо", en: "Cooperative"),
                    .init("foundation", mn: "Сан", en: "Foundation"),
                    .init("association", mn: "Холбоо", en: "Association"),
                    .init("other", mn: "Бусад хэлбэр", en: "Another form"),
                ]), required: true, mn: "Хуулийн этгээдийн хэлбэр", en: "Form of the legal entity"),
            // Absent until the state has registered the entity. A text: a number of seven digits may begin with 0.
            ActField(
                "organisationNumber", .text(limit: 7), mn: "Хуулийн этгээдийн регистр",
                en: "Register number of the legal entity"),
            ActField("capital", .money, mn: "Хувь нийлүүлсэн хөрөнгө", en: "Capital"),
            ActField("decisionNumber", .text(limit: numberLimit), mn: "Шийдвэрийн дугаар", en: "Decision number"),
            ActField("decisionDate", .date, mn: "Шийдвэрийн огноо", en: "Day of the decision"),
            ActField(
                "changes", .texts(counts: lineCounts, limit: textLimit), mn: "Өөрчлөлтийн агуулга",
                en: "What is amended"),
        ],
        roles: RoleRule.some(.founder) + RoleRule.any(.applicant, .signatory) + RoleRule.attendants,
        validity: .none, property: .none, engages: nil, isClosed: false,
        source: "Instruction 171 of 2011; Civil Code, forms of legal entities. Fields: assumption")

    static let copyOrTranslation = ActKind(
        type: .copyOrTranslation,
        fields: [
            ActField(
                "certified",
                .choice([
                    .init("copy", mn: "Хуулбар", en: "Copy"),
                    .init("extract", mn: "Хэсэгчилсэн хуулбар", en: "Copy of a part"),
                    .init("translation", mn: "Орчуулга", en: "Translation"),
                ]), required: true, mn: "Гэрчилсэн зүйл", en: "What is certified"),
            ActField("sourceLanguage", .text(limit: 100), mn: "Эх баримтын хэл", en: "Language of the original"),
            ActField("targetLanguage", .text(limit: 100), mn: "Орчуулсан хэл", en: "Language of the translation"),
            ActField("pages", .number(1...10_000), required: true, mn: "Хуудасны тоо", en: "Number of pages"),
            ActField("copies", .number(1...1_000), mn: "Хувийн тоо", en: "Number of copies"),
            ActField(
                "issuer", .text(limit: nameLimit), mn: "Эх баримт олгосон байгууллага",
                en: "Who issued the original"),
            ActField(
                "originalNumber", .text(limit: numberLimit), mn: "Эх баримтын дугаар", en: "Number of the original"),
            ActField("originalDate", .date, mn: "Эх баримтын огноо", en: "Day of the original"),
        ],
        roles: RoleRule.some(.applicant) + RoleRule.any(.translator) + RoleRule.attendants,
        validity: .none, property: .none, engages: nil, isClosed: false,
        source: "Law on Notary; instruction 171 of 2011 (whole or part of a paper; a translation is compared with the "
            + "original). Fields: assumption")

    static let signatureAuthenticity = ActKind(
        type: .signatureAuthenticity,
        fields: [
            ActField(
                "paper",
                .choice([
                    .init("consent", mn: "Зөвшөөрөл", en: "Consent"),
                    .init("application", mn: "Өргөдөл, мэдүүлэг", en: "Application"),
                    .init("declaration", mn: "Мэдэгдэл, тодорхойлолт", en: "Declaration"),
                    .init("undertaking", mn: "Баталгаа", en: "Undertaking"),
                    .init("specimen", mn: "Гарын үсгийн загвар", en: "Specimen of a signature"),
                    .init("other", mn: "Бусад баримт бичиг", en: "Another document"),
                ]), required: true, mn: "Гарын үсэг зурсан баримтын төрөл", en: "Kind of document signed"),
            ActField("capacity", .text(limit: nameLimit), mn: "Албан тушаал", en: "Office of the signatory"),
            ActField("stamped", .flag, mn: "Байгууллагын тамга дарсан эсэх", en: "Bears the organisation's stamp"),
            ActField("language", .text(limit: 100), mn: "Баримтын хэл", en: "Language of the document"),
            ActField(
                "translation", .actNumber, mn: "Орчуулга гэрчилсэн үйлдэл",
                en: "Act that certified its translation"),
            ActField("use", .text(limit: nameLimit), mn: "Ашиглах газар", en: "Where it is to be used"),
        ],
        roles: RoleRule.some(.signatory) + RoleRule.any(.applicant, .translator) + RoleRule.attendants,
        validity: .optional, property: .optional, engages: nil, isClosed: false,
        source:
            "Law on Notary 44; instruction 171 of 2011, 14 (an official's signature needs the organisation's stamp, a "
            + "foreign document its official translation). Kinds of document: assumption")
}
