public import Catalogue
import LedgerMerkle

/// A registered act: the content of a deed record with action `registered`.
public struct RegisteredAct: Sendable, Hashable {
    public let number: ActNumber
    /// With its salt when a statement was signed, without when only the document was.
    public let draft: ActDraft
    public let signature: ActSignature
    /// When the ledger's operator registered it.
    public let time: ActTime
    /// The receipt of its fee; `nil` when none was filed with it.
    public let fee: NamedFee?

    /// - Throws: ``Problem/actSaltMissing`` when a statement was signed and the draft has no salt.
    public init(
        number: ActNumber, draft: ActDraft, signature: ActSignature, time: ActTime, fee: NamedFee? = nil
    ) throws(Failure) {
        var draft = draft
        if signature.scope != .statement { draft.salt = nil }
        guard signature.scope != .statement || draft.salt != nil else { throw Problem.actSaltMissing() }
        self.number = number
        self.draft = draft
        self.signature = signature
        self.time = time
        self.fee = fee
    }

    /// The fields of the record, without those of the issuer chain; absent values are left out.
    ///
    /// - Parameter statement: the act's own, where it was made already: its lines are not sealed again then.
    public func fields(_ statement: ActStatement? = nil) throws(Failure) -> [String: String] {
        var fields = draft.fields
        fields.merge(signature.fields) { own, _ in own }
        fields["action"] = ActRecord.registration
        fields["act"] = number.description
        fields["notary"] = number.notary.text
        fields["time"] = time.description
        fields["fee"] = fee?.text
        if let statement, let salt = draft.salt {
            fields["sealed"] = statement.sealed
            fields["salt"] = hexadecimal(salt)
        } else {
            try fields.seal(with: draft.salt)
        }
        return fields
    }

    static func read(_ reader: RecordReader) throws(Failure) -> RegisteredAct {
        try RegisteredAct(
            number: try reader.actNumber("act"), draft: try ActDraft.read(reader), signature: try ActSignature(reader),
            time: try reader.time(), fee: try reader.fee())
    }
}

/// A change of an act: the content of a deed record with another action.
public struct ChangedAct: Sendable, Hashable {
    /// The notary who made the change.
    public let notary: NotaryCode
    /// With its salt and the entry it changes.
    public let draft: ChangeDraft
    /// Always over the statement.
    public let signature: ActSignature
    public let time: ActTime

    /// - Throws: ``Problem/actSaltMissing`` when the draft has no salt, ``Problem/deedRecordInvalid`` when it does not say what it changes
    ///   or something else than the statement was signed.
    public init(
        notary: NotaryCode, draft: ChangeDraft, signature: ActSignature, time: ActTime
    ) throws(Failure) {
        guard draft.salt != nil else { throw Problem.actSaltMissing() }
        guard draft.before != nil else { throw RecordReader.invalid("before") }
        guard signature.scope == .statement else { throw RecordReader.invalid("signed") }
        self.notary = notary
        self.draft = draft
        self.signature = signature
        self.time = time
    }

    /// The fields of the record, without those of the issuer chain.
    public func fields() throws(Failure) -> [String: String] {
        var fields = draft.fields
        fields.merge(signature.fields) { own, _ in own }
        fields["notary"] = notary.text
        fields["time"] = time.description
        try fields.seal(with: draft.salt)
        return fields
    }

    static func read(_ reader: RecordReader) throws(Failure) -> ChangedAct {
        try ChangedAct(
            notary: try reader.notary(), draft: try ChangeDraft.read(reader), signature: try ActSignature(reader),
            time: try reader.time())
    }
}

/// A record of kind 1.
public enum ActRecord: Sendable, Hashable {
    case registered(RegisteredAct)
    case changed(ChangedAct)
    /// An entry of a register book on paper, which nobody signed.
    case paper(RegisteredPaper)

    /// The action of a registration; those of changes are the codes of ``ActChange``.
    static let registration = "registered"
    /// The action of an entry from paper.
    public static let paperRegistration = "registered-from-paper"

    /// The fields that the issuer chain adds; they are no part of the act.
    public static let chainFields: Set<String> = ["chain", "previous", "sequence"]

    /// Reads all fields of a record, those of the issuer chain aside.
    ///
    /// Strict: the record read must come out as the very same fields, so none is unknown, altered or not canonical, and the sealed
    /// lines are those of the values.
    /// - Parameter isOurs: whether the record is one that was written here and whose commitment was checked: then it is not written again to
    ///   be compared.
    /// - Throws: ``Problem/deedRecordInvalid`` with the first field at fault, or the problem of a value.
    public init(fields: [String: String], isOurs: Bool = false) throws(Failure) {
        let own = fields.filter { !ActRecord.chainFields.contains($0.key) && !$0.value.isEmpty }
        let reader = RecordReader(own, isOurs: isOurs)
        let again: [String: String]
        if reader.optional("action") == ActRecord.paperRegistration {
            let paper = try RegisteredPaper.read(reader)
            self = .paper(paper)
            if isOurs { return }
            again = paper.fields
        } else if try reader.change() == nil {
            let act = try RegisteredAct.read(reader)
            self = .registered(act)
            if isOurs { return }
            again = try act.fields()
        } else {
            let change = try ChangedAct.read(reader)
            self = .changed(change)
            if isOurs { return }
            again = try change.fields()
        }
        let wrong = Set(own.keys).union(again.keys).filter { name in
            guard let read = own[name], let written = again[name] else { return true }
            return !read.utf8.elementsEqual(written.utf8)
        }
        if let first = wrong.min() { throw RecordReader.invalid(first) }
    }
}

extension [String: String] {
    /// Adds the salt and the digests of the sealed lines.
    fileprivate mutating func seal(with salt: [UInt8]?) throws(Failure) {
        guard let salt else { return }
        self["sealed"] = SealedDigests.text(of: try SealedLine.all(of: self, salt: salt).map(\.digest))
        self["salt"] = hexadecimal(salt)
    }
}
