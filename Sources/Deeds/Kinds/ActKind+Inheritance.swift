// Wills, estates and shares in what a family owns.

extension ActKind {
    /// Its fields say how the will was made and where it lies, never what is in it: heirs are no parties, a property is
    /// not named.
    static let will = ActKind(
        type: .will,
        fields: [
            ActField(
                "form",
                .choice([
                    .init("written", mn: "Гэрээслэгч өөрөө бичсэн", en: "Written by the testator"),
                    .init("dictated", mn: "Гэрээслэгчийн хэлснээр бичсэн", en: "Dictated by the testator"),
                    .init("sealed", mn: "Битүүмжлэн хүлээлгэн өгсөн", en: "Handed over sealed"),
                ]), required: true, mn: "Гэрээслэлийн хэлбэр", en: "Form of the will"),
            ActField(
                "kept",
                .choice([
                    .init("notary", mn: "Нотариатч", en: "The notary"),
                    .init("archive", mn: "Нотариатын архив", en: "The notarial archive"),
                    .init("testator", mn: "Гэрээслэгч", en: "The testator"),
                    .init("entrusted", mn: "Гэрээслэгчийн итгэсэн этгээд", en: "A person whom the testator trusts"),
                ]), required: true, mn: "Эх хувийг хадгалагч", en: "Keeper of the original"),
            ActField("copies", .number(1...100), mn: "Хувийн тоо", en: "Number of copies"),
            ActField(
                "medicalOpinion", .text(limit: numberLimit), mn: "Эрүүл мэндийн дүгнэлтийн дугаар",
                en: "Number of the medical opinion"),
            ActField("replaces", .actNumber, mn: "Орлуулсан өмнөх гэрээслэл", en: "Earlier will that it replaces"),
        ],
        roles: RoleRule.one(.testator)
            + [RoleRule(.witness, 0...10), RoleRule(.interpreter, 0...10), RoleRule(.signatory, 0...1)],
        validity: .none, property: .none, engages: nil, isClosed: true,
        source:
            "Civil Code 523 (in writing, with place and day, certified by a notary); Law on Notary 40 (40.1.1: proof "
            + "of a sound mind). Forms, keepers and who signs for a testator who cannot: assumption")

    static let inheritanceCertificate = ActKind(
        type: .inheritanceCertificate,
        fields: [
            ActField(
                "caseNumber", .text(limit: numberLimit), mn: "Өвийн хэргийн дугаар",
                en: "Number of the inheritance case"),
            ActField("deathDate", .date, required: true, mn: "Нас барсан өдөр", en: "Day of death"),
            ActField(
                "deathRecord", .text(limit: numberLimit), mn: "Нас барсны бүртгэлийн дугаар",
                en: "Number of the death record"),
            ActField(
                "ground",
                .choice([
                    .init("law", mn: "Хууль ёсоор", en: "By law"),
                    .init("will", mn: "Гэрээслэлээр", en: "By will"),
                ]), required: true, mn: "Өвлөх үндэслэл", en: "Ground of inheritance"),
            ActField("will", .actNumber, mn: "Гэрээслэл", en: "Will"),
            ActField(
                "estate", .texts(counts: lineCounts, limit: textLimit), mn: "Өвлөгдсөн эд хөрөнгө",
                en: "What is inherited"),
            ActField(
                "shares", .texts(counts: lineCounts, limit: textLimit), mn: "Өв залгамжлагчид ногдох хэсэг",
                en: "Shares of the heirs"),
        ],
        roles: RoleRule.one(.deceased) + RoleRule.some(.heir) + RoleRule.attendants,
        validity: .none, property: .optional,
        engages: Engagement(field: "ground", codes: ["law", "will"]), isClosed: false,
        source:
            "Civil Code, inheritance by law and by will; Law on Notary; instruction 171 of 2011. Fields, and that the "
            + "certificate engages the property so that nobody inherits it twice: assumption")

    static let estateProtection = ActKind(
        type: .estateProtection,
        fields: [
            ActField(
                "caseNumber", .text(limit: numberLimit), mn: "Өвийн хэргийн дугаар",
                en: "Number of the inheritance case"),
            ActField("deathDate", .date, required: true, mn: "Нас барсан өдөр", en: "Day of death"),
            ActField(
                "measure",
                .choice([
                    .init("inventory", mn: "Эд хөрөнгийг бүртгэсэн", en: "Inventory taken"),
                    .init("sealing", mn: "Битүүмжилсэн", en: "Sealed"),
                    .init("custody", mn: "Хадгалагчид хүлээлгэн өгсөн", en: "Given to a custodian"),
                    .init("deposit", mn: "Мөнгө, үнэт зүйлийг хадгалалтад авсан", en: "Money or valuables taken in"),
                ]), required: true, mn: "Хамгаалах арга хэмжээ", en: "Measure of protection"),
            ActField("location", .text(limit: textLimit), mn: "Өвийн байршил", en: "Where the estate is"),
            ActField(
                "inventory", .texts(counts: lineCounts, limit: textLimit), mn: "Эд хөрөнгийн жагсаалт",
                en: "Inventory"),
            ActField("value", .money, mn: "Өвийн үнэлгээ", en: "Value of the estate"),
        ],
        roles: RoleRule.one(.deceased) + RoleRule.some(.applicant) + RoleRule.any(.custodian, .heir, .creditor)
            + RoleRule.attendants,
        validity: .optional, property: .optional,
        engages: Engagement(field: "measure", codes: ["inventory", "sealing", "custody", "deposit"]), isClosed: false,
        source:
            "Civil Code, inheritance; instruction 171 of 2011. Measures, fields and that a protected property is "
            + "engaged: assumption")

    static let shareCertificate = ActKind(
        type: .shareCertificate,
        fields: [
            ActField(
                "ownership",
                .choice([
                    .init(
                        "family", mn: "Гэр бүлийн гишүүдийн дундаа хамтран өмчлөх",
                        en: "Joint ownership of a family"),
                    .init("joint", mn: "Дундаа хамтран өмчлөх", en: "Joint ownership"),
                    .init("shares", mn: "Дундаа хэсгээр өмчлөх", en: "Ownership by shares"),
                ]), required: true, mn: "Дундын өмчийн төрөл", en: "Sort of common ownership"),
            ActField(
                "jointProperty", .texts(counts: lineCounts, limit: textLimit), required: true,
                mn: "Дундын эд хөрөнгө", en: "What is owned in common"),
            ActField(
                "shares", .texts(counts: lineCounts, limit: textLimit), required: true, mn: "Ногдох хэсэг",
                en: "Shares"),
            ActField(
                "basis",
                .choice([
                    .init("law", mn: "Хууль", en: "Law"),
                    .init("agreement", mn: "Хамтран өмчлөгчдийн тохиролцоо", en: "Agreement of the co-owners"),
                    .init("court", mn: "Шүүхийн шийдвэр", en: "Decision of a court"),
                ]), mn: "Хэсэг тогтоосон үндэслэл", en: "Basis of the shares"),
            ActField(
                "certificateNumber", .text(limit: numberLimit), mn: "Улсын бүртгэлийн гэрчилгээний дугаар",
                en: "Number of the state registration certificate"),
        ],
        roles: RoleRule.some(.applicant) + RoleRule.any(.spouse, .coOwner) + [RoleRule(.deceased, 0...1)]
            + RoleRule.attendants,
        validity: .none, property: .optional,
        engages: Engagement(field: "ownership", codes: ["family", "joint", "shares"]), isClosed: false,
        source:
            "Instruction 171 of 2011 (a share in what a family owns jointly or by shares); Civil Code, common "
            + "ownership. Fields, and that a share given to one engages the property: assumption")
}
