import Catalogue

/// The sentences of an explanation, in both languages.
enum ExplanationText {
    static func verdict(_ verdict: Verdict) -> Wording {
        switch verdict {
        case .matches:
            Wording(
                mn: "Таарч байна: энэ бичлэг бүртгэлд байгаа бөгөөд таны өгсөн зүйл түүнтэй зөрөхгүй байна.",
                en: "Matches: this record is in the ledger, and nothing that you gave differs from it.")
        case .documentChanged:
            Wording(
                mn: "Баримт өөрчлөгдсөн: бичлэг бүртгэлд байгаа ч танд байгаа зүйл түүнтэй зөрж байна.",
                en: "Document changed: the record is in the ledger, but what you hold differs from it.")
        case .evidenceDamaged:
            Wording(
                mn: "Нотолгоо гэмтсэн: файл олгосон байдлаараа биш байна. Бичлэгийн талаар юу ч хэлэх боломжгүй.",
                en: "Evidence damaged: the file is not as it was given out. It says nothing about the record.")
        case .notInLedger:
            Wording(
                mn: "Бүртгэлд байхгүй: таны итгэсэн бүртгэл энэ бичлэгийг батлахгүй байна.",
                en: "Not in ledger: the ledger that you trust does not vouch for this record.")
        case .cannotTellNow:
            Wording(
                mn: "Одоогоор тогтоох боломжгүй: шалгахад хэрэгтэй зүйл дутуу байна.",
                en: "Cannot tell now: something needed for the check is missing.")
        }
    }

    /// Actions that change what an earlier entry said; `nil` for all others.
    static func action(_ action: String) -> Wording? {
        switch action {
        case "returned": Wording(mn: "БУЦААЛТ", en: "RETURN")
        case "revoked": Wording(mn: "ХҮЧИНГҮЙ БОЛГОСОН", en: "REVOCATION")
        case "corrected": Wording(mn: "залруулга", en: "correction")
        case fromPaper: Wording(mn: "ЦААСАН БҮРТГЭЛЭЭС", en: "FROM A REGISTER ON PAPER")
        case "suspended": Wording(mn: "түдгэлзүүлэлт", en: "suspension")
        default: nil
        }
    }

    /// The action of an entry that was typed from a register book on paper (FORMATS.md, "Register books on paper").
    static let fromPaper = "registered-from-paper"
    static let typedFromPaper = Wording(
        mn:
            "Цаасан бүртгэлийн дэвтрээс шивж оруулсан; нотариатчийн гарын үсэг байхгүй. Алба үүнийг хэзээ өгснийг л батална, дэвтэрт юу бичсэнийг биш.",
        en:
            "Typed from a register book on paper; no notary's signature is over it. This proves only that the office handed it in, and when, not what the book says."
    )

    static func kind(_ kind: RecordKind) -> Wording {
        switch kind {
        case .deedAct: Wording(mn: "Нотариатын үйлдэл", en: "Notarial act")
        case .receipt: Wording(mn: "Төлбөрийн баримт", en: "Receipt")
        case .issuer: Wording(mn: "Олгогчийн бүртгэл", en: "Issuer's enrolment")
        case .periodClosed: Wording(mn: "Тайлант үе хаасан бичлэг", en: "Period closed")
        case .erasure: Wording(mn: "Агуулга устгасан бичлэг", en: "Erasure")
        case .timestampToken: Wording(mn: "Цагийн тэмдэг", en: "Timestamp token")
        case .draw: Wording(mn: "Сугалааны тохирол", en: "Lottery draw")
        case .ledgerEvent: Wording(mn: "Бүртгэлийн үйл явдал", en: "Ledger event")
        case .statusMapRoot: Wording(mn: "Төлөвийн зураглалын үндэс", en: "Root of the status map")
        case .accessLogRoot: Wording(mn: "Хандалтын бүртгэлийн үндэс", en: "Root of the access log")
        default: Wording(mn: "Бичлэг", en: "Record")
        }
    }

    static let place = Wording(
        mn: "{kind}, «{origin}» бүртгэлийн {index} дугаарт", en: "{kind}, at index {index} of the ledger {origin}")
    static let recorded = Wording(
        mn: "Бүртгэсэн: {time}, операторын цагаар", en: "Recorded: {time}, the operator's clock")
    static let witnessed = Wording(
        mn: "Гэрчилсэн: {time}-аас хожимгүй, гэрч {witness}-ийн цагаар",
        en: "Witnessed: not later than {time}, the clock of the witness {witness}")
    static let noWitness = Wording(
        mn: "Гэрчилсэн: гэрч байхгүй; цагийг зөвхөн оператор өөрөө баталж байна",
        en: "Witnessed: by nobody; only the operator vouches for the time")
    static let hidden = Wording(mn: "(энэ нотолгоонд нуусан)", en: "(hidden in this evidence)")
    static let fieldsHeading = Wording(mn: "Бүртгэгдсэн утгууд:", en: "Recorded values:")
    static let ladderHeading = Wording(mn: "Үүнийг хэрхэн мэдэх вэ:", en: "How this is known:")
    static let laterStatus = Wording(
        mn: "Энэ нотолгооноос хойш хүчингүй болсон, засварласан, буцаасан эсэхийг офлайн шалгалт харуулахгүй.",
        en: "Whether it was revoked, amended or returned after this evidence cannot be seen offline.")
    static let otherCopies = Wording(
        mn: "Гэрчгүй тул оператор бусдад өөр бүртгэл үзүүлээгүйг энэ нотолгоо батлахгүй.",
        en: "Without a witness this does not show that the operator shows the same ledger to others.")

    static let noIssuerSignature = Wording(
        mn: "Олгогчийн гарын үсэг: энэ нотолгоонд байхгүй", en: "Issuer's signature: none in this evidence")
    static let signed = Wording(
        mn: "{time}, гарын үсэг зурагчийн цагаар", en: "{time} by the signer's clock")
    static let documentOnly = Wording(
        mn: "зөвхөн баримт бичигт зурсан, үйлдлийн өгөгдөлд зураагүй", en: "the document only; act data not signed")

    static func label(of kind: RecordAttachment.Kind) -> Wording {
        switch kind {
        case .cmsSignature: Wording(mn: "Олгогчийн гарын үсэг", en: "Issuer's signature")
        case .timestampToken: Wording(mn: "Цагийн тэмдэг", en: "Timestamp")
        default: Wording(mn: "Хавсралт (төрөл \(kind.rawValue))", en: "RecordAttachment of type \(kind.rawValue)")
        }
    }

    static func issuerSignature(_ outcome: IssuerSignature.Outcome) -> Wording {
        switch outcome {
        case .valid: Wording(mn: "хүчинтэй", en: "valid")
        case .invalid: Wording(mn: "буруу", en: "wrong")
        case .untrusted: Wording(mn: "зөв боловч гэрчилгээнд нь итгэхгүй", en: "right, its certificate not trusted")
        case .undecided: Wording(mn: "тогтоох боломжгүй", en: "cannot be told")
        }
    }

    static func rung(_ rung: Step.Rung) -> Wording {
        switch rung {
        case .document: Wording(mn: "баримт", en: "document")
        case .field: Wording(mn: "талбар", en: "field")
        case .commitment: Wording(mn: "битүүмж", en: "commitment")
        case .leaf: Wording(mn: "навч", en: "leaf")
        case .root: Wording(mn: "үндэс", en: "root")
        case .signature: Wording(mn: "гарын үсэг", en: "signature")
        case .witnesses: Wording(mn: "гэрчүүд", en: "witnesses")
        }
    }

    static func step(_ step: Step) -> Wording {
        switch (step.rung, step.outcome) {
        case (.document, .passed):
            Wording(mn: "SHA-256 {document} нь бүртгэгдсэнтэй адил", en: "SHA-256 {document} is the recorded one")
        case (.document, .failed):
            Wording(mn: "SHA-256 {document} нь бүртгэгдсэнээс өөр", en: "SHA-256 {document} is not the recorded one")
        case (.document, .undecided):
            Wording(
                mn: "SHA-256 {document}: тулгах утга энэ нотолгоонд алга",
                en: "SHA-256 {document}: nothing in this evidence to compare it with")
        case (.document, .notChecked) where step.details.isEmpty:
            Wording(mn: "баримт өгөөгүй, эсвэл энэ шат хүрээгүй", en: "no document given, or not reached")
        case (.field, .passed) where step.details["compared"] == "0":
            Wording(
                mn: "{shown} талбар ил, {hidden} нуусан; тулгах утга өгөөгүй",
                en: "fields shown: {shown}, hidden: {hidden}; no values given to compare")
        case (.field, .passed):
            Wording(
                mn: "{shown} талбар ил, {hidden} нуусан; {compared} утга тулгахад бүгд тохирсон",
                en: "fields shown: {shown}, hidden: {hidden}; values compared: {compared}, all agree")
        case (.field, .failed):
            Wording(
                mn: "{shown} талбар ил, {hidden} нуусан; тулгасан {compared} утгаас зөрсөн нь бий",
                en: "fields shown: {shown}, hidden: {hidden}; values compared: {compared}, not all agree")
        case (.field, .undecided):
            Wording(
                mn: "{shown} талбар ил, {hidden} нуусан; тулгах {compared} утгын зарим нь тодорхойгүй",
                en: "fields shown: {shown}, hidden: {hidden}; of {compared} given values some cannot be compared")
        default: proofStep(step)
        }
    }

    private static func proofStep(_ step: Step) -> Wording {
        switch (step.rung, step.outcome) {
        case (.commitment, .passed):
            Wording(mn: "талбаруудаас {commitment} гарч байна", en: "the fields lead to {commitment}")
        case (.leaf, .passed):
            Wording(
                mn: "битүүмж, төрөл, цагаас {index} дугаарын навчны хэш {leaf} гарч байна",
                en: "commitment, kind and time lead to the leaf hash {leaf} for index {index}")
        case (.root, .passed):
            Wording(
                mn: "навч нь {size} бичлэгтэй модны {root} үндэст хүрч байна",
                en: "the leaf leads to the root {root} of the tree of size {size}")
        case (.root, .failed):
            Wording(
                mn: "навч нь {size} бичлэгтэй модны {root} үндэст хүрэхгүй байна",
                en: "the leaf does not lead to the root {root} of the tree of size {size}")
        case (.signature, .passed):
            Wording(
                mn: "«{origin}» бүртгэл {key} түлхүүрээр зурсан", en: "the ledger {origin} signed the root with {key}")
        case (.signature, .failed):
            Wording(
                mn: "«{origin}» бүртгэлийн итгэж болох гарын үсэг алга", en: "no good signature of the ledger {origin}")
        case (.witnesses, .passed):
            Wording(mn: "{count} гэрч үндэст гарын үсэг зурсан", en: "cosigned by {count} that you name")
        case (.witnesses, .undecided):
            Wording(
                mn: "{count} гэрч гарын үсэг зурсан нь бодлогод хүрэлцэхгүй",
                en: "cosigned by {count}, which is too few for the policy")
        case (.witnesses, .notChecked) where step.details["count"] != nil:
            Wording(mn: "таны бодлогын гэрч байхгүй, шаардаагүй", en: "none that you name, and none required")
        default: Wording(mn: "шалгаагүй", en: "not checked")
        }
    }
}
