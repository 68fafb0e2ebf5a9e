import CanonicalJSON
import Catalogue
public import LedgerMerkle

/// A private value of an act as the act statement names it: by a salted digest.
public struct Seal: Sendable, Hashable {
    /// What a seal may be of, in the order of the lines.
    public enum Name: String, Sendable, Hashable, CaseIterable {
        case party, power, object, reference, note, title, book, place, reason
    }

    public let name: Name
    public let digest: Digest

    /// HMAC-SHA-256(key: salt; data: `tamga act seal v1` LF, name, space, position from 1 in decimal, LF, canonical value).
    init(_ name: Name, position: Int = 1, of value: String, salt: [UInt8]) {
        self.name = name
        digest = HMACSHA256(key: salt).authenticate(
            Array("tamga act seal v1\n\(name.rawValue) \(position)\n\(value)".utf8))
    }

    private init(name: Name, digest: Digest) {
        self.name = name
        self.digest = digest
    }

    var line: String { "\(name.rawValue): \(digest)" }

    /// Reads the lines that ``text(of:)`` wrote; `nil` for anything else.
    static func parse(_ text: String) -> [Seal]? {
        if text.isEmpty { return [] }
        var seals: [Seal] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let parts = line.split(separator: " ", omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0].hasSuffix(":"), let name = Name(rawValue: String(parts[0].dropLast())),
                let digest = Digest(hexadecimal: parts[1]), seals.count < 300
            else { return nil }
            seals.append(Seal(name: name, digest: digest))
        }
        return Seal.text(of: seals) == text ? seals : nil
    }

    /// The lines of the statement that hold seals, joined by line ends: the record field `sealed`.
    static func text(of seals: [Seal]) -> String { seals.map(\.line).joined(separator: "\n") }

    static func all(of draft: ActDraft, salt: [UInt8]) -> [Seal] {
        var seals = draft.parties.enumerated().map {
            Seal(.party, position: $0.offset + 1, of: $0.element.json.canonicalText, salt: salt)
        }
        seals += draft.powers.enumerated().map { Seal(.power, position: $0.offset + 1, of: $0.element, salt: salt) }
        let single: [(Name, String?)] = [
            (.object, draft.object), (.reference, draft.reference?.description), (.note, draft.note),
            (.title, draft.document.name), (.book, draft.book?.json.canonicalText), (.place, draft.place),
        ]
        for (name, value) in single {
            if let value { seals.append(Seal(name, of: value, salt: salt)) }
        }
        return seals
    }
}

extension Seal {
    /// Compares the private values of a record with the seals that the notary signed.
    ///
    /// Each value needs its seals and each seal its value; the digests themselves are compared where value and salt are shown.
    /// - Parameter hidden: fields that the record has and that are not shown.
    /// - Returns: the record field that differs from what was sealed; `nil` when none does.
    public static func disagreement(in shown: [String: String], hidden: Set<String> = []) -> String? {
        guard let sealed = shown["sealed"] else { return nil }
        guard let seals = parse(sealed) else { return "sealed" }
        let salt = shown["salt"].flatMap { parseHexadecimal($0) }
        if shown["salt"] != nil, salt?.count != 32 { return "salt" }
        for name in Name.allCases {
            let signed = seals.filter { $0.name == name }.map(\.digest)
            let value = shown[name.field].flatMap { $0.isEmpty ? nil : $0 }
            guard signed.isEmpty == (value == nil && !hidden.contains(name.field)) else { return name.field }
            guard let value, let salt else { continue }
            guard let values = name.values(of: value) else { return name.field }
            let computed = values.enumerated().map {
                Seal(name, position: $0.offset + 1, of: $0.element, salt: salt).digest
            }
            if computed != signed { return name.field }
        }
        return nil
    }
}

extension Seal.Name {
    /// The record field whose value is sealed under this name.
    fileprivate var field: String {
        switch self {
        case .party: "parties"
        case .power: "powers"
        case .title: "name"
        default: rawValue
        }
    }

    /// What is sealed one by one of a field's value; `nil` when it is not what it should be.
    fileprivate func values(of value: String) -> [String]? {
        guard self == .party || self == .power else { return [value] }
        guard let list = (try? JSONValue(parsing: value))?.array else { return nil }
        return self == .party ? list.map(\.canonicalText) : list.compactMap(\.string)
    }
}
