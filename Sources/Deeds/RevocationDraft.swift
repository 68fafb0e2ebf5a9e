public import CanonicalJSON
public import Catalogue
import LedgerMerkle

/// What a notary hands in to revoke an act.
public struct RevocationDraft: Sendable, Hashable {
    /// The most bytes of a reason.
    public static let reasonLimit = 2000

    public let act: ActNumber
    /// Why, in words. Private.
    public let reason: String
    /// 32 random bytes that seal the reason in the statement.
    public internal(set) var salt: [UInt8]?

    /// Reads `{"act": …, "reason": …, "salt": …}`, strictly as ``ActDraft/parse(_:today:)``.
    public static func parse(_ json: [UInt8]) throws(Failure) -> RevocationDraft {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: json, limits: JSONLimits(bytes: 16 << 10, depth: 4))
        } catch {
            throw Problem.actUnreadable(["reason": "\(error)"])
        }
        return try RevocationDraft(reading: value)
    }

    /// The same revocation under another salt of 32 random bytes.
    public func sealed(with salt: [UInt8]) -> RevocationDraft {
        precondition(salt.count == 32)
        var draft = self
        draft.salt = salt
        return draft
    }

    init(reading value: JSONValue) throws(Failure) {
        let reader = try ActReader(value, path: "", known: ["act", "reason", "salt"])
        act = try ActNumber(try reader.required("act", limit: 100), path: "act")
        reason = try reader.required("reason", limit: RevocationDraft.reasonLimit)
        salt = try reader.text("salt", limit: 100).map { text throws(Failure) in
            guard let salt = parseHexadecimal(text), salt.count == 32 else {
                throw Problem.actDigestInvalid(["path": "salt"])
            }
            return salt
        }
    }

    /// The draft as JSON that ``parse(_:)`` reads again.
    public var json: JSONValue {
        var object: JSONObject = ["act": .string(act.description), "reason": .string(reason)]
        object["salt"] = salt.map { .string(hexadecimal($0)) }
        return .object(object)
    }
}
