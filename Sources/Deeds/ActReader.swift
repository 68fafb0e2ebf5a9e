import CanonicalJSON
import Catalogue
import LedgerMerkle

/// Reads the members of one JSON object strictly: unknown names are refused, null counts as absent.
struct ActReader {
    private let object: JSONObject
    private let path: String

    init(_ value: JSONValue, path: String, known: [String]) throws(Failure) {
        guard let object = value.object else {
            throw Problem.actFieldOfWrongType(["path": path.isEmpty ? "the act" : path, "expected": "object"])
        }
        self.object = object
        self.path = path
        for member in object where !known.contains(where: { $0.utf8.elementsEqual(member.name.utf8) }) {
            let shown = PlainText.canonical(member.name, limit: 60) ?? "?"
            throw Problem.actKeyUnknown(["path": place(shown), "known": known.joined(separator: ", ")])
        }
    }

    /// Where a member stands, such as `parties[0].name`.
    func place(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    func value(_ name: String) -> JSONValue? {
        // Written out: in a conditional expression `nil` would be the JSON null.
        guard let value = object[name], !value.isNull else { return nil }
        return value
    }

    /// A text in canonical form; `nil` when it is absent.
    func text(_ name: String, limit: Int) throws(Failure) -> String? {
        guard let value = value(name) else { return nil }
        return try Self.text(value, limit: limit, path: place(name))
    }

    func required(_ name: String, limit: Int) throws(Failure) -> String {
        guard let text = try text(name, limit: limit) else { throw Problem.actFieldMissing(["path": place(name)]) }
        return text
    }

    func required(_ name: String) throws(Failure) -> JSONValue {
        guard let value = value(name) else { throw Problem.actFieldMissing(["path": place(name)]) }
        return value
    }

    func date(_ name: String) throws(Failure) -> CivilDate? {
        guard let text = try text(name, limit: 100) else { return nil }
        guard let date = CivilDate(text) else { throw Problem.actDateInvalid(["path": place(name)]) }
        return date
    }

    /// The member `salt`: 32 bytes in hexadecimal; `nil` when it is absent.
    func salt() throws(Failure) -> [UInt8]? {
        guard let text = try text("salt", limit: 100) else { return nil }
        guard let salt = parseHexadecimal(text), salt.count == 32 else {
            throw Problem.actDigestInvalid(["path": "salt"])
        }
        return salt
    }

    /// Refuses a salt that does not look random: of 32 random bytes about thirty differ, and fewer than sixteen in one of 10^14.
    static func requireRandom(_ salt: [UInt8]?) throws(Failure) {
        guard let salt else { return }
        guard Set(salt).count >= 16 else { throw Problem.actSaltWeak(["path": "salt"]) }
    }

    func list(_ name: String, _ counts: ClosedRange<Int>) throws(Failure) -> [JSONValue] {
        guard let value = value(name) else {
            if counts.contains(0) { return [] }
            throw Problem.actFieldMissing(["path": place(name)])
        }
        guard let list = value.array else {
            throw Problem.actFieldOfWrongType(["path": place(name), "expected": "array"])
        }
        guard counts.contains(list.count) else {
            throw Problem.actCountInvalid(
                ["path": place(name), "least": "\(counts.lowerBound)", "most": "\(counts.upperBound)"])
        }
        return list
    }

    static func text(_ value: JSONValue, limit: Int, path: String) throws(Failure) -> String {
        guard let text = value.string else {
            throw Problem.actFieldOfWrongType(["path": path, "expected": "string"])
        }
        guard let canonical = PlainText.canonical(text, limit: limit) else {
            throw Problem.actTextInvalid(["path": path, "limit": "\(limit)"])
        }
        return canonical
    }
}
