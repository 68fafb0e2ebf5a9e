// Performance deposited with a notary, notices, and what other laws ask for.

extension ActKind {
    static let obligationDeposit = ActKind(
        type: .obligationDeposit,
        fields: [
            ActField(
                "stage",
                .choice([
                    .init("accepted", mn: "Хадгалалтад хүлээн авсан", en: "Accepted and kept"),
                    .init("passed-on", mn: "Үүрэг гүйцэтгүүлэгчид шилжүүлсэн", en: "Passed on to the creditor"),
                    .init("returned", mn: "Үүрэг гүйцэтгэгчид буцаасан", en: "Returned to the debtor"),
                ]), required: true, mn: "Хадгалалтын шат", en: "Stage of the deposit"),
            ActField(
                "deposited",
                .choice([
                    .init("money", mn: "Мөнгө", en: "Money"),
                    .init("securities", mn: "Үнэт цаас", en: "Securities"),
                    .init("documents", mn: "Баримт бичиг", en: "Documents"),
                    .init("thing", mn: "Эд зүйл", en: "A thing"),
                ]), required: true, mn: "Хадгалуулсан зүйлийн төрөл", en: "What is deposited"),
            ActField("obligation", .text(limit: textLimit), required: true, mn: "Гүйцэтгэх үүрэг", en: "Obligation"),
            ActField("amount", .money, mn: "Хадгалуулсан мөнгөн дүн", en: "Amount deposited"),
            ActField(
                "things", .texts(counts: lineCounts, limit: textLimit), mn: "Хадгалуулсан зүйлсийн жагсаалт",
                en: "Things deposited"),
            ActField(
                "ground",
                .choice([
                    .init(
                        "refused", mn: "Үүрэг гүйцэтгүүлэгч хүлээн авахаас татгалзсан",
                        en: "The creditor refuses it"),
                    .init(
                        "unknown", mn: "Үүрэг гүйцэтгүүлэгч эсвэл түүний хаяг тодорхойгүй",
                        en: "The creditor or the address is not known"),
                    .init("agreed", mn: "Талууд тохиролцсон", en: "The parties agreed"),
                    .init("other", mn: "Бусад", en: "Other"),
                ]), mn: "Хадгалуулсан үндэслэл", en: "Ground of the deposit"),
            ActField(
                "conditions", .texts(counts: lineCounts, limit: textLimit), mn: "Шилжүүлэх нөхцөл",
                en: "Conditions of passing on"),
            ActField("until", .date, mn: "Хадгалах эцсийн өдөр", en: "Last day of keeping"),
        ],
        // The creditor may be unknown.
        roles: RoleRule.some(.debtor) + RoleRule.any(.creditor) + RoleRule.attendants,
        validity: .none, property: .none, engages: nil, isClosed: false,
        source: "Civil Code 237. Grounds, stages and fields: assumption")

    static let notarialNotice = ActKind(
        type: .notarialNotice,
        fields: [
            ActField("subject", .text(limit: textLimit), required: true, mn: "Мэдэгдлийн агуулга", en: "Subject"),
            ActField("basis", .text(limit: textLimit), mn: "Шаардлагын үндэслэл", en: "Basis of the demand"),
            ActField("amount", .money, mn: "Шаардсан мөнгөн дүн", en: "Amount demanded"),
            ActField("answerBy", .date, mn: "Хариу өгөх эцсийн өдөр", en: "Last day for an answer"),
            ActField(
                "served",
                .choice([
                    .init("in-person", mn: "Биечлэн гардуулсан", en: "Handed over in person"),
                    .init("post", mn: "Баталгаат шуудангаар хүргүүлсэн", en: "By registered post"),
                    .init("electronic", mn: "Цахимаар хүргүүлсэн", en: "Electronically"),
                    .init("by-applicant", mn: "Үйлчлүүлэгчээр хүргүүлсэн", en: "Through the applicant"),
                    .init("not-served", mn: "Хүргэх боломжгүй байсан", en: "Could not be served"),
                ]), mn: "Хүргүүлсэн байдал", en: "How it was served"),
            ActField("servedOn", .date, mn: "Хүргүүлсэн өдөр", en: "Day of service"),
        ],
        roles: RoleRule.some(.applicant) + RoleRule.some(.addressee) + RoleRule.attendants,
        validity: .none, property: .optional, engages: nil, isClosed: false,
        source:
            "Law on Notary; instruction 171 of 2011; a notarial notice may be a ground of execution (Civil Procedure "
            + "Law 183.1). Fields and ways of service: assumption")

    static let other = ActKind(
        type: .other,
        fields: [
            ActField("title", .text(limit: nameLimit), required: true, mn: "Үйлдлийн нэр", en: "Name of the act"),
            ActField("law", .text(limit: nameLimit), required: true, mn: "Үндэслэсэн хууль", en: "Law that names it"),
            ActField(
                "contents", .texts(counts: lineCounts, limit: textLimit), mn: "Үйлдлийн агуулга", en: "Contents"),
        ],
        roles: RoleRule.some(.applicant)
            + RoleRule.any(
                .signatory, .spouse, .coOwner, .heir, .creditor, .debtor, .contractParty, .translator, .addressee)
            + RoleRule.attendants,
        validity: .optional, property: .optional, engages: nil, isClosed: false,
        source: "Law on Notary 2.3 (only a law may ask for certification); instruction 171 of 2011. Fields: assumption")
}
