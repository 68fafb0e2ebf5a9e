import Catalogue
public import Evidence
import LedgerMerkle
public import Signatures

/// Judges the notary's signature in a deed's evidence against the reader's own trust store.
///
/// The statement is rebuilt from the shown fields; nothing of it is taken from the signature's bearer. The certificate chain
/// is judged at the time of registration, without asking for CRLs of that day, but refusing what a CRL at hand
/// lists as revoked by then.
public struct DeedSignatureChecker: IssuerSignatureChecker {
    /// Wider than at registration: the entry is recorded a little after the signature was checked.
    private static let window = SigningTimeWindow(before: 25 * 3600, after: 600)

    private let trust: TrustStore

    public init(trust: TrustStore) {
        self.trust = trust
    }

    public func check(_ signature: RecordAttachment, on evidence: VerifiedEvidence) -> IssuerSignature {
        check(signature, on: evidence.disclosure, origin: evidence.origin, recorded: evidence.recorded)
    }

    /// The same on the parts of the evidence that count here.
    /// - Parameter recorded: Unix milliseconds, by the operator's clock.
    func check(
        _ signature: RecordAttachment, on disclosure: Disclosure, origin: String, recorded: UInt64
    ) -> IssuerSignature {
        func answer(
            _ outcome: IssuerSignature.Outcome, _ detail: Wording, coverage: IssuerSignature.Coverage? = nil,
            _ verified: VerifiedSignature? = nil
        ) -> IssuerSignature {
            let signed = verified?.signingTime.flatMap { UInt64(exactly: $0) }.map { $0 &* 1000 }
            return IssuerSignature(
                kind: signature.kind, outcome: outcome, coverage: coverage, signer: verified?.subject, signed: signed,
                detail: detail)
        }
        guard signature.kind == .cmsSignature, disclosure.kind == .deedAct else {
            return answer(.undecided, Self.otherKind)
        }
        let shown = disclosure.shownTexts
        let hidden = Self.hiddenNeeds(disclosure, scope: shown["signed"])
        guard hidden.isEmpty else { return answer(.undecided, Self.hides(hidden)) }
        guard shown["signature"] == SHA256.hash(signature.bytes).description else {
            return answer(.invalid, Self.otherSignature)
        }
        do {
            let (content, coverage) = try Self.content(shown, origin: origin)
            if let field = Seal.disagreement(in: shown, hidden: disclosure.hiddenNames) {
                return answer(.invalid, Self.disagrees(field), coverage: coverage)
            }
            let verified = try trust.verify(
                cms: signature.bytes, content: content, at: Int64(clamping: recorded / 1000), requireCRL: false,
                window: Self.window)
            if let level = shown["level"], level != verified.level.rawValue {
                return answer(.invalid, Self.disagrees("level"), coverage: coverage, verified)
            }
            guard shown["certificate"].map({ $0 == hexadecimal(verified.signerFingerprint) }) ?? true else {
                return answer(.invalid, Self.otherSignature, verified)
            }
            return answer(
                .valid, coverage == .statement ? Self.overStatement : Self.overDocument, coverage: coverage, verified)
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
        if isRevocation(shown) {
            return (.bytes(try RevocationStatement(shown: shown, origin: origin).bytes), .statement)
        }
        let reader = RecordReader(shown)
        let scope: SignedScope = try reader.choice("signed")
        switch scope {
        case .statement: return (.bytes(try ActStatement(shown: shown, origin: origin).bytes), .statement)
        case .document: return (.digest(try reader.digest("document").bytes), .documentOnly)
        }
    }

    private static func isRevocation(_ shown: [String: String]) -> Bool {
        shown["action"] == ActRecord.Action.revoked.rawValue
    }

    /// Fields that the record has, that the check needs, and that this evidence hides.
    private static func hiddenNeeds(_ disclosure: Disclosure, scope: String?) -> [String] {
        let always = ["action", "document", "signature", "signed"]
        let ofStatement = ["act", "notary", "type", "validuntil", "sealed"]
        let needed = scope == SignedScope.document.rawValue ? always : always + ofStatement
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
