import Catalogue
public import Evidence
import LedgerMerkle
public import Signatures

/// Judges the notary's signature in a deed's evidence against the reader's own trust store.
///
/// The statement is rebuilt from the shown fields; nothing of it is taken from the signature's bearer. The certificate chain
/// is judged at the time of registration with the CRLs and OCSP responses that the evidence carries or the reader has: what they list as
/// revoked by then is refused, and whether there was one of that day for every certificate is said.
public struct DeedSignatureChecker: IssuerSignatureChecker {
    /// Wider than at registration: the entry is recorded a little after the signature was checked.
    private static let window = SigningTimeWindow(before: 25 * 3600, after: 600)

    private let trust: TrustStore
    private let document: [UInt8]?
    private let validation: ValidationFiles

    /// - Parameters:
    ///   - document: the act's document, where it is at hand: a signature inside a PDF is read out of it again.
    ///   - validation: CRLs and OCSP responses that records name and evidence does not carry.
    public init(trust: TrustStore, document: [UInt8]? = nil, validation: ValidationFiles = ValidationFiles()) {
        self.trust = trust
        self.validation = validation
        self.document = document
    }

    public func check(_ signature: RecordAttachment, on evidence: VerifiedEvidence) -> IssuerSignature {
        check(
            signature, on: evidence.disclosure, origin: evidence.origin, recorded: evidence.recorded,
            material: evidence.signatures.filter { $0.kind == .validationMaterial }.map(\.bytes))
    }

    /// The same on the parts of the evidence that count here.
    /// - Parameters:
    ///   - recorded: Unix milliseconds, by the operator's clock.
    ///   - material: certificates, CRLs and OCSP responses that the evidence carries.
    func check(
        _ signature: RecordAttachment, on disclosure: Disclosure, origin: String, recorded: UInt64,
        material: [[UInt8]] = []
    ) -> IssuerSignature {
        func answer(
            _ outcome: IssuerSignature.Outcome, _ detail: Wording, coverage: IssuerSignature.Coverage? = nil,
            _ verified: VerifiedSignature? = nil, missing: [Digest] = []
        ) -> IssuerSignature {
            let signed = verified?.signingTime.flatMap { UInt64(exactly: $0) }.map { $0 &* 1000 }
            return IssuerSignature(
                kind: signature.kind, outcome: outcome, coverage: coverage, signer: verified?.subject, signed: signed,
                missing: missing.map(\.description), detail: detail)
        }
        guard signature.kind == .cmsSignature, disclosure.kind == .deedAct else {
            return answer(.undecided, Self.otherKind)
        }
        let shown = disclosure.shownTexts
        let material = material + validation.material(for: shown["revocation"])
        let hidden = Self.hiddenNeeds(disclosure, scope: shown["signed"])
        guard hidden.isEmpty else { return answer(.undecided, Self.hides(hidden)) }
        guard shown["signature"] == SHA256.hash(signature.bytes).description else {
            return answer(.invalid, Self.otherSignature)
        }
        do {
            let (content, coverage) = try Self.content(shown, origin: origin)
            if let field = ActStatement.disagreement(in: shown, hidden: disclosure.hiddenNames) {
                // Values that nobody can compare are not called signed.
                if field == "salt", shown["salt"] == nil {
                    return answer(.undecided, Self.hides(["salt"]), coverage: coverage)
                }
                return answer(.invalid, Self.disagrees(field), coverage: coverage)
            }
            let verified = try trust.verify(
                cms: signature.bytes, content: content, at: Int64(clamping: recorded / 1000), mode: .atHand,
                material: material, window: Self.window)
            let isPDF = shown["signed"] == SignedScope.pdf.rawValue
            if let level = shown["level"], level != verified.level(inPDF: isPDF).rawValue {
                return answer(.invalid, Self.disagrees("level"), coverage: coverage, verified)
            }
            let signed = ActSignature(scope: .statement, verified)
            for (name, time) in [("signingtime", signed.signingTime), ("timestamp", signed.timestamp)] {
                guard shown[name] == nil || shown[name] == time?.description else {
                    return answer(.invalid, Self.disagrees(name), coverage: coverage, verified)
                }
            }
            guard shown["certificate"].map({ $0 == hexadecimal(verified.signerFingerprint) }) ?? true else {
                return answer(.invalid, Self.otherSignature, verified)
            }
            var over = coverage == .statement ? Self.overStatement : Self.overDocument
            if shown["signed"] == SignedScope.pdf.rawValue { over = try overPDF(shown, signature, verified) }
            let standing = NamedRevocation.standing(shown["revocation"], verified, material: material)
            let status = Self.wording(of: standing, isNamed: shown["revocation"] != nil)
            return answer(
                .valid, Wording(mn: "\(over.mn); \(status.mn)", en: "\(over.en); \(status.en)"), coverage: coverage,
                verified, missing: standing.missing)
        } catch let failure as SignatureFailure {
            let detail = Wording(mn: failure.failure.message(.mn), en: failure.failure.message(.en))
            return answer(failure.code.isAboutTrust ? .untrusted : .invalid, detail)
        } catch let failure as Failure {
            return answer(.invalid, Wording(mn: failure.message(.mn), en: failure.message(.en)))
        } catch {
            return answer(.invalid, Wording(mn: "\(error)", en: "\(error)"))
        }
    }

    /// What the signature must be over, from the shown fields.
    private static func content(
        _ shown: [String: String], origin: String
    ) throws(Failure) -> (SignedContent, IssuerSignature.Coverage) {
        let reader = RecordReader(shown)
        let scope: SignedScope = try reader.choice("signed")
        if scope != .pdf { try reader.requireAbsent(["ranges", "covered"]) }
        if scope != .statement { try reader.requireAbsent(["sealed", "salt"]) }
        switch scope {
        case .statement: return (.bytes(try ActStatement(shown: shown, origin: origin).bytes), .statement)
        case .document: return (.digest(try reader.digest("document").bytes), .documentOnly)
        case .pdf: return (.digest(try CoveredPDF(reader).bytes), .documentOnly)
        }
    }

    /// Compares a signature inside a PDF with the file, where it is at hand.
    ///
    /// - Throws: a problem `pdf-…` when the file is not what was signed.
    private func overPDF(
        _ shown: [String: String], _ signature: RecordAttachment, _ verified: VerifiedSignature
    ) throws(Failure) -> Wording {
        guard let document, shown["document"] == SHA256.hash(document).description else { return Self.overAbsentPDF }
        let pdf = try SignedPDF(document)
        let covered = try CoveredPDF(pdf, algorithm: verified.digest)
        guard pdf.cms == signature.bytes, try covered == CoveredPDF(RecordReader(shown)) else {
            throw Problem.pdfNotDocument()
        }
        return Self.overPDF
    }

    /// Fields that the record has, that the check needs, and that this evidence hides.
    private static func hiddenNeeds(_ disclosure: Disclosure, scope: String?) -> [String] {
        let always = ["action", "document", "signature", "signed"]
        let ofStatement = ["act", "notary", "type", "validuntil", "sealed", "by", "before"]
        let ofPDF = ["ranges", "covered"]
        let needed: [String] =
            switch scope.flatMap({ SignedScope(rawValue: $0) }) {
            case .document: always
            case .pdf: always + ofPDF
            default: always + ofStatement
            }
        return needed.filter { name in disclosure[name].map { $0.value == nil } ?? false }
    }
}

extension DeedSignatureChecker {
    private static let otherKind = Wording(
        mn: "энэ төрлийн гарын үсгийг шалгадаггүй", en: "not a sort that is checked here")
    private static let otherSignature = Wording(
        mn: "энэ гарын үсэг бүртгэлд нэрлэсэн гарын үсэг биш", en: "this is not the signature that the record names")
    private static let overStatement = Wording(
        mn: "нотариатч үйлдлийн мэдэгдэлд гарын үсэг зурсан", en: "the notary signed the act statement")
    private static let overDocument = Wording(
        mn: "нотариатч зөвхөн баримтад гарын үсэг зурсан: үйлдлийн мэдээлэлд гарын үсэг алга",
        en: "the notary signed the document alone: act data not signed")

    private static let overPDF = Wording(
        mn:
            "нотариатч баримтын PDF дотор гарын үсэг зурсан, гарын үсэг файлыг бүхэлд нь хамарна: үйлдлийн мэдээлэлд гарын үсэг алга",
        en: "the notary signed inside the PDF, and the signature covers the whole file: act data not signed")
    private static let overAbsentPDF = Wording(
        mn: "нотариатч баримтын PDF дотор гарын үсэг зурсан; файл энд байхгүй тул түүнтэй тулгаагүй (--document)",
        en: "the notary signed inside the PDF; it was not compared with the file, which is not at hand (--document)")
    private static let notRevoked = Wording(
        mn: "бүртгэх үед гэрчилгээ хүчинтэй байсныг тухайн өдрийн жагсаалтаар шалгасан",
        en: "that no certificate was revoked then is checked with the lists of that day")
    private static let revocationUnknown = Wording(
        mn: "тухайн өдрийн хүчингүй гэрчилгээний жагсаалт алга",
        en: "whether a certificate was revoked then is not known: no list of that day is at hand")

    /// What is said of revocation: whose lists told, or what is missing and where it is.
    private static func wording(of standing: NamedRevocation.Standing, isNamed: Bool) -> Wording {
        switch standing {
        case .used:
            return Wording(
                mn: "\(notRevoked.mn); эдгээр нь бүртгэлд нэрлэсэн жагсаалт мөн",
                en: "\(notRevoked.en), which are those that the record names")
        case .others where isNamed:
            return Wording(
                mn: "\(notRevoked.mn); гэвч бүртгэлд нэрлэснээс өөр жагсаалт ашигласан",
                en: "\(notRevoked.en), but with others than the record names")
        case .others: return notRevoked
        case .open(let missing) where missing.isEmpty: return revocationUnknown
        case .open(let missing):
            let paths = missing.map { "/v1/validation/\($0)" }.joined(separator: ", ")
            return Wording(
                mn:
                    "гэрчилгээ тухайн үед хүчингүй байсан эсэх тодорхойгүй: бүртгэлд нэрлэсэн жагсаалт энд алга; бүтэн нотолгоонд байхгүй бол бүртгэлийн "
                    + "үйлчилгээнээс авч (GET \(paths)) --validation сонголтоор өгнө үү",
                en:
                    "whether a certificate was revoked then is not known: what the record names is not at hand; where it is not in the whole evidence, get it from the "
                    + "ledger's service (GET \(paths)) and give it with --validation")
        }
    }

    private static func hides(_ fields: [String]) -> Wording {
        let list = fields.joined(separator: ", ")
        return Wording(
            mn: "шалгахад хэрэгтэй талбарууд нуугдсан: \(list)", en: "fields needed for the check are hidden: \(list)")
    }

    private static func disagrees(_ field: String) -> Wording {
        Wording(
            mn: "{field} талбар нотариатчийн гарын үсэгтэй мэдэгдэлтэй зөрж байна".replacing("{field}", with: field),
            en: "the field \(field) differs from the statement that the notary signed")
    }
}

extension Disclosure {
    fileprivate var hiddenNames: Set<String> { Set(fields.filter { $0.value == nil }.map(\.name)) }

    /// The shown values that are UTF-8.
    fileprivate var shownTexts: [String: String] {
        var texts: [String: String] = [:]
        for field in fields {
            if let value = field.value, let text = String(validating: value, as: UTF8.self) { texts[field.name] = text }
        }
        return texts
    }
}
