import CanonicalJSON
import Catalogue
public import LedgerMerkle

/// The fee receipt that a registered act names: the value of the record field `fee`.
///
/// A receipt that is filed for the act names it, too, before the act has a number: by ``digest(salt:notary:document:)``, in its own field `act`. Who
/// holds both checks both directions; who holds the receipt alone learns nothing of the act, since the salt is in the act's record only.
public struct NamedFee: Sendable, Hashable {
    /// The receipt's number: 33 digits.
    public let receipt: String
    /// The commitment of the receipt's record.
    public let commitment: Digest
    /// 32 bytes under which the receipt names the act; `nil` for a receipt that was there before and names no act.
    public let salt: [UInt8]?

    private static let numberLength = 33

    /// - Precondition: a number of 33 digits; a salt of 32 bytes, if any.
    public init(receipt: String, commitment: Digest, salt: [UInt8]?) {
        precondition(NamedFee.isNumber(receipt) && salt?.count ?? 32 == 32)
        self.receipt = receipt
        self.commitment = commitment
        self.salt = salt
    }

    /// What a receipt names an act by: known before the act has a number, and the same however often the act is sent.
    ///
    /// - Parameters:
    ///   - salt: 32 bytes that nobody guesses.
    ///   - document: the SHA-256 of the act's document.
    public static func digest(salt: [UInt8], notary: NotaryCode, document: Digest) -> Digest {
        digest(salt: salt, notary: Array(notary.text.utf8), document: Array(document.description.utf8))
    }

    /// The same of the two fields of a record, whatever they hold.
    static func digest(salt: [UInt8], notary: [UInt8], document: [UInt8]) -> Digest {
        HMACSHA256(key: salt).authenticate(Array("tamga act fee v1\n".utf8) + notary + [0x0a] + document + [0x0a])
    }

    /// The canonical JSON of the field.
    public var text: String {
        var object: JSONObject = ["commitment": .string(commitment.description), "receipt": .string(receipt)]
        object["salt"] = salt.map { .string(hexadecimal($0)) }
        return JSONValue.object(object).canonicalText
    }

    /// Reads what ``text`` wrote; `nil` for anything else.
    public init?(_ text: String) {
        guard let value = try? JSONValue(parsing: text), value.object != nil,
            let receipt = value["receipt"]?.string, NamedFee.isNumber(receipt),
            let commitment = value["commitment"]?.string.flatMap({ Digest(hexadecimal: $0) })
        else { return nil }
        var salt: [UInt8]?
        if let given = value["salt"] {
            guard let bytes = given.string.flatMap({ parseHexadecimal($0) }), bytes.count == 32 else { return nil }
            salt = bytes
        }
        self.init(receipt: receipt, commitment: commitment, salt: salt)
        guard self.text.utf8.elementsEqual(text.utf8) else { return nil }
    }

    private static func isNumber(_ text: String) -> Bool {
        text.utf8.count == numberLength && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}

extension RecordReader {
    /// The fee receipt that a registration names; `nil` when it names none.
    func fee() throws(Failure) -> NamedFee? {
        guard let text = optional("fee") else { return nil }
        guard let fee = NamedFee(text) else { throw Self.invalid("fee") }
        return fee
    }
}
