// Contracts, powers and rights: acts by which property changes hands or is bound.

extension ActKind {
    static let contract = ActKind(
        type: .contract,
        fields: [
            ActField("subject", .choice(contracts), required: true, mn: "Гэрээний төрөл", en: "Kind of contract"),
            ActField("item", .text(limit: textLimit), mn: "Гэрээний зүйл", en: "What the contract is about"),
            ActField("price", .money, mn: "Гэрээний үнийн дүн", en: "Price or amount"),
            ActField("interest", .text(limit: nameLimit), mn: "Хүү", en: "Interest"),
            ActField("payment", .text(limit: textLimit), mn: "Төлбөрийн нөхцөл", en: "Terms of payment"),
            ActField("term", .date, mn: "Үүрэг гүйцэтгэх эцсийн өдөр", en: "Last day of performance"),
            ActField("mainContract", .actNumber, mn: "Үндсэн гэрээ", en: "Main contract that this one secures"),
        ],
        roles: RoleRule.any(
            .seller, .buyer, .donor, .donee, .lessor, .lessee, .lender, .borrower, .pledgor, .pledgee, .creditor,
            .debtor, .guarantor, .spouse, .coOwner, .contractParty, .signatory) + RoleRule.attendants,
        validity: .optional, property: .optional,
        // Loans too: they are written with their pledge in one. What names no property engages none.
        engages: Engagement(field: "subject", codes: Set(contracts.map(\.code))), isClosed: false,
        source:
            "Law on Notary 46.1 (which contracts); Civil Code 145.2 (sole ownership of a dwelling), 166 (what a "
            + "hypothec states: amount, interest, time); its contracts of sale, gift, lease and pledge. That "
            + "every contract about a property engages it, whatever it is called: assumption")

    private static let contracts: [ActFieldType.Choice] = [
        .init("sale", mn: "Худалдах, худалдан авах гэрээ", en: "Sale"),
        .init("gift", mn: "Бэлэглэлийн гэрээ", en: "Gift"),
        .init("exchange", mn: "Арилжааны гэрээ", en: "Exchange"),
        .init("lease", mn: "Түрээсийн болон хөлслөх гэрээ", en: "Lease or hire"),
        .init("usufruct", mn: "Узуфруктын гэрээ", en: "Usufruct"),
        .init("loan", mn: "Зээлийн гэрээ", en: "Loan"),
        .init("pledge", mn: "Барьцааны гэрээ", en: "Pledge"),
        .init("hypothec", mn: "Ипотекийн гэрээ", en: "Hypothec"),
        .init("marital-property", mn: "Гэрлэгчдийн эд хөрөнгийн гэрээ", en: "Property of spouses"),
        .init("maintenance", mn: "Тэжээн тэтгэх гэрээ", en: "Maintenance"),
        .init("rights-transfer", mn: "Эрх шилжүүлэх гэрээ", en: "Transfer of rights"),
        .init(
            "securities-transfer", mn: "Хувьцаа, үнэт цаас шилжүүлэх гэрээ",
            en: "Transfer of shares or other securities"),
        .init(
            "sole-dwelling", mn: "Орон сууц дангаар өмчлөх эрх үүсгэх хэлцэл",
            en: "Sole ownership of a dwelling"),
        .init("settlement", mn: "Эвлэрлийн гэрээ", en: "Settlement"),
        .init("other", mn: "Бусад гэрээ, хэлцэл", en: "Another contract or transaction"),
    ]

    static let powerOfAttorney = ActKind(
        type: .powerOfAttorney,
        fields: [
            ActField(
                "powers", .texts(counts: lineCounts, limit: textLimit), required: true,
                mn: "Эрх хэмжээ", en: "Powers"),
            ActField("mayDelegate", .flag, mn: "Бусдад шилжүүлэн итгэмжлэх эрхтэй эсэх", en: "May be delegated"),
            ActField("jointly", .flag, mn: "Төлөөлөгчид хамтран үйлдэх эсэх", en: "Representatives act jointly"),
            ActField("original", .actNumber, mn: "Үндсэн итгэмжлэл", en: "Power of attorney that this one delegates"),
        ],
        roles: RoleRule.some(.principal) + RoleRule.some(.representative)
            + RoleRule.any(.legalRepresentative, .signatory, .interpreter, .witness, .other),
        validity: Validity(presence: .required, months: 1...36), property: .optional, engages: nil, isClosed: false,
        source:
            "Civil Code 62–66 (64.2: signature, date, term); 1 month to 3 years and the register numbers of both "
            + "sides: the consular e-Notary. That every power of attorney has a term: assumption")

    static let propertyRights = ActKind(
        type: .propertyRights,
        fields: [
            ActField(
                "purpose",
                .choice([
                    .init("first", mn: "Анхны бүртгэл", en: "First registration"),
                    .init("transfer", mn: "Эрх шилжүүлэх", en: "Transfer of the right"),
                    .init("encumbrance", mn: "Эрхийг хязгаарлах", en: "Encumbrance"),
                    .init("change", mn: "Бүртгэлд өөрчлөлт оруулах", en: "Change of the registration"),
                    .init("termination", mn: "Эрхийг дуусгавар болгох", en: "End of the right"),
                    .init("other", mn: "Бусад", en: "Other"),
                ]), required: true, mn: "Бүртгэлийн зорилго", en: "Purpose of the registration"),
            ActField(
                "right",
                .choice([
                    .init("ownership", mn: "Өмчлөх эрх", en: "Ownership"),
                    .init("possession", mn: "Эзэмших эрх", en: "Possession"),
                    .init("use", mn: "Ашиглах эрх", en: "Use"),
                    .init("usufruct", mn: "Узуфрукт", en: "Usufruct"),
                    .init("servitude", mn: "Сервитут", en: "Servitude"),
                    .init("lease", mn: "Түрээслэх, хөлслөх эрх", en: "Lease or hire"),
                    .init("hypothec", mn: "Ипотек", en: "Hypothec"),
                    .init("pledge", mn: "Барьцаа", en: "Pledge"),
                    .init("other", mn: "Бусад эрх", en: "Another right"),
                ]), required: true, mn: "Бүртгүүлэх эрх", en: "Right to register"),
            ActField(
                "propertyType",
                .choice([
                    .init("dwelling", mn: "Орон сууц", en: "Dwelling"),
                    .init("building", mn: "Барилга, байгууламж", en: "Building"),
                    .init("land", mn: "Газар", en: "Land"),
                    .init("vehicle", mn: "Тээврийн хэрэгсэл", en: "Vehicle"),
                    .init("movable", mn: "Бусад хөдлөх эд хөрөнгө", en: "Other movable property"),
                    .init("intangible", mn: "Эдийн бус хөрөнгө", en: "Intangible property"),
                ]), required: true, mn: "Эд хөрөнгийн төрөл", en: "Type of property"),
            ActField(
                "description", .text(limit: textLimit), mn: "Эд хөрөнгийн байршил, тодорхойлолт",
                en: "Place and description of the property"),
            ActField(
                "certificateNumber", .text(limit: numberLimit), mn: "Улсын бүртгэлийн гэрчилгээний дугаар",
                en: "Number of the state registration certificate"),
        ],
        roles: RoleRule.some(.applicant)
            + RoleRule.any(.coOwner, .spouse, .seller, .buyer, .donor, .donee, .pledgor, .pledgee, .creditor, .debtor)
            + RoleRule.attendants,
        validity: .none, property: .optional,
        engages: Engagement(field: "purpose", codes: ["first", "transfer", "encumbrance", "other"]), isClosed: false,
        source: "Instruction 171 of 2011; Law on State Registration of Property Rights of 21 June 2018; Civil Code 166 "
            + "(hypothec arises by registration). Fields and what engages the property: assumption")
}
