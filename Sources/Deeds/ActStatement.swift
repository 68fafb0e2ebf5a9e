public import Catalogue
public import LedgerMerkle

/// The text that a notary signs to register an act: UTF-8, lines `name: value`, each ended by one LF.
///
///     tamga act statement v1
///     origin: example.mn/tamga
///     notary: NT012
///     document: <64 hexadecimal digits>
///     type: power-of-attorney
///     valid-until: 2027-11-21
///     party: <64 hexadecimal digits>
///     power: <64 hexadecimal digits>
///
/// The choice: what anybody may know stands in clear; parties, powers and every other private value stand as salted digests
/// (``Seal``), one line each, the salt being 32 random bytes of the act. An unsalted digest of a register number is guessed in
/// seconds. The consequence: the notary's signature can be checked on evidence that hides everything private, since the record field
/// `sealed` holds those lines; whoever is shown the values and the salt checks in addition that the seals are of these
/// values (``Seal/disagreement(in:)``). The price is that the signed text can't be read without the act: the program that
/// makes it shows both together. And the lines tell how many parties and powers there are, and whether there is an object or a note.
///
/// Injective: clear values come from small alphabets without line ends; digests are of one length; a line's name tells its place.
/// `origin` ties the statement to one ledger. The salt makes each statement unique, so the same one filed twice is a repetition.
public struct ActStatement: Sendable, Hashable {
    /// The first line, with the version.
    public static let header = "tamga act statement v1"

    public let origin: String
    public let notary: NotaryCode
    public let document: Digest
    public let type: ActType
    public let validUntil: CivilDate?
    public let seals: [Seal]

    /// The statement for a draft.
    /// - Parameter origin: of the ledger; no white space or controls.
    /// - Throws: ``Problem/actSaltMissing`` when the draft has none.
    public init(_ draft: ActDraft, origin: String, notary: NotaryCode) throws(Failure) {
        guard let salt = draft.salt else { throw Problem.actSaltMissing() }
        self.init(
            origin: origin, notary: notary, document: draft.document.sha256, type: draft.type,
            validUntil: draft.validUntil, seals: Seal.all(of: draft, salt: salt))
    }

    /// The statement that the shown fields of a record lead to; needs `notary`, `document`, `type`, `sealed` and, when the record
    /// has it, `validuntil`.
    /// - Throws: ``Problem/deedRecordInvalid`` with the field that is missing or malformed.
    public init(shown fields: [String: String], origin: String) throws(Failure) {
        let reader = RecordReader(fields)
        self.init(
            origin: origin, notary: try reader.notary(), document: try reader.digest("document"),
            type: try reader.choice("type"), validUntil: try reader.date("validuntil"), seals: try reader.seals())
    }

    init(
        origin: String, notary: NotaryCode, document: Digest, type: ActType, validUntil: CivilDate?, seals: [Seal]
    ) {
        self.origin = origin
        self.notary = notary
        self.document = document
        self.type = type
        self.validUntil = validUntil
        self.seals = seals
    }

    /// The whole text.
    public var text: String {
        var lines = [
            Self.header, "origin: \(origin)", "notary: \(notary)", "document: \(document)", "type: \(type.rawValue)",
        ]
        if let validUntil { lines.append("valid-until: \(validUntil)") }
        return (lines + seals.map(\.line)).map { $0 + "\n" }.joined()
    }

    /// The bytes that the notary signs.
    public var bytes: [UInt8] { Array(text.utf8) }
}

/// The text that a notary signs to revoke an act: `tamga act revocation v1`, then origin, notary, act and the sealed reason.
public struct RevocationStatement: Sendable, Hashable {
    /// The first line, with the version.
    public static let header = "tamga act revocation v1"

    public let origin: String
    public let notary: NotaryCode
    public let act: ActNumber
    public let seals: [Seal]

    /// The statement for a revocation.
    /// - Throws: ``Problem/actSaltMissing`` when the draft has none.
    public init(_ draft: RevocationDraft, origin: String, notary: NotaryCode) throws(Failure) {
        guard let salt = draft.salt else { throw Problem.actSaltMissing() }
        self.init(
            origin: origin, notary: notary, act: draft.act, seals: [Seal(.reason, of: draft.reason, salt: salt)])
    }

    /// The statement that the shown fields of a record lead to; needs `notary`, `act` and `sealed`.
    public init(shown fields: [String: String], origin: String) throws(Failure) {
        let reader = RecordReader(fields)
        self.init(
            origin: origin, notary: try reader.notary(), act: try reader.actNumber("act"), seals: try reader.seals())
    }

    init(origin: String, notary: NotaryCode, act: ActNumber, seals: [Seal]) {
        self.origin = origin
        self.notary = notary
        self.act = act
        self.seals = seals
    }

    /// The whole text.
    public var text: String {
        ([Self.header, "origin: \(origin)", "notary: \(notary)", "act: \(act)"] + seals.map(\.line))
            .map { $0 + "\n" }.joined()
    }

    /// The bytes that the notary signs.
    public var bytes: [UInt8] { Array(text.utf8) }
}
