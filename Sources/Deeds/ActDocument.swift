import CanonicalJSON
import Catalogue
public import LedgerMerkle

/// A document that an act is about, or one attached to it: named by its digest, never held in the record.
public struct ActDocument: Sendable, Hashable {
    /// SHA-256 of its bytes.
    public let sha256: Digest
    /// Its file name or title, at most 300 bytes.
    public let name: String?
    /// Its size in bytes, not negative.
    public let size: Int64?

    static let keys = ["sha256", "name", "size"]

    init(reading value: JSONValue, path: String) throws(Failure) {
        let reader = try ActReader(value, path: path, known: ActDocument.keys)
        guard let digest = Digest(hexadecimal: try reader.required("sha256", limit: 100)) else {
            throw Problem.actDigestInvalid(["path": reader.place("sha256")])
        }
        sha256 = digest
        name = try reader.text("name", limit: Party.nameLimit)
        size = try reader.value("size").map { value throws(Failure) in
            guard let size = value.integer, size >= 0 else {
                throw Problem.actFieldOfWrongType(["path": reader.place("size"), "expected": "integer ≥ 0"])
            }
            return size
        }
    }

    var json: JSONValue {
        var object: JSONObject = ["sha256": .string(sha256.description)]
        object["name"] = name.map { .string($0) }
        object["size"] = size.map { JSONValue($0) }
        return .object(object)
    }

    /// How an attachment stands in a statement. Signed: never changes.
    var statementValue: String {
        StatementParts.joined([name.map { "нэр \($0)" }, size.map { "\($0) байт" }, "SHA-256 \(sha256)"])
    }
}
