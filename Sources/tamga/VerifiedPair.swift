import CanonicalJSON
import Catalogue
import Deeds
import Evidence

/// Two evidence files, each checked by itself, and whether they name each other.
struct VerifiedPair {
    private let first: Verification
    private let second: Verification
    /// `nil` unless both records are proved.
    private let link: FeeLink?

    init(_ first: Verification, and second: Verification) {
        self.first = first
        self.second = second
        link = first.evidence.flatMap { one in second.evidence.map { FeeLink.between(one, and: $0) } }
    }

    /// That of the first file that is not right, else what the link says: 1 where they do not belong together, 5 where nobody can tell.
    var exitCode: Int32 {
        for verification in [first, second] where verification.exitCode != 0 { return verification.exitCode }
        return switch link {
        case .mutual, .oneWay: Verdict.matches.exitCode
        case .some(.none): Verdict.documentChanged.exitCode
        case .hidden, .notAPair, nil: Verdict.cannotTellNow.exitCode
        }
    }

    func json(in language: Language) -> JSONValue {
        guard var object = first.json(in: language).object else { return .null }
        object["with"] = second.json(in: language)
        object["link"] = link.map { .string($0.rawValue) } ?? .null
        object["exitCode"] = JSONValue(Int(exitCode))
        return .object(object)
    }

    func text(in language: Language) -> String {
        let second = "\n\(Explanation(self.second, in: language).text(withLadder: false))"
        return link.map { "\(second)\n\(Self.wording($0).filled([:], in: language))" } ?? second
    }

    private static func wording(_ link: FeeLink) -> Wording {
        switch link {
        case .mutual:
            Wording(
                mn: "✓ Үйлдэл, хөлсний баримт хоёр бие биеэ нэрлэж байна",
                en: "✓ The act and the fee receipt name each other")
        case .oneWay:
            Wording(
                mn: "✓ Үйлдэл энэ баримтыг нэрлэж байна; баримт өмнө нь бүртгэгдсэн тул үйлдлийг нэрлээгүй",
                en: "✓ The act names this receipt, which was filed before and names no act")
        case .none:
            Wording(
                mn: "✗ Үйлдэл, баримт хоёр хоорондоо холбоогүй", en: "✗ The act and the receipt do not belong together")
        case .hidden:
            Wording(
                mn: "? Холбоог харуулах талбарууд энэ нотолгоонд нуугдсан: талуудын нотолгоо хэрэгтэй",
                en: "? The fields that would tell are hidden here: the parties' evidence of the act is needed")
        case .notAPair:
            Wording(
                mn: "? Нэг үйлдэл, нэг баримтын нотолгоо хэрэгтэй", en: "? One act and one receipt are needed")
        }
    }
}
