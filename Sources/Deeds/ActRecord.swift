import CanonicalJSON
public import Catalogue
public import LedgerMerkle
public import Signatures

/// What a notary's signature covers.
public enum SignedScope: String, Sendable, Hashable {
    /// The act statement: document, type, parties, powers and all else.
    case statement
    /// The document alone: the act data are not signed.
    case document
}

/// A notary's signature as a record names it: the CMS file itself travels beside the record.
public struct ActSignature: Sendable, Hashable {
    public let scope: SignedScope
    public let level: SignatureLevel
    /// SHA-256 of the CMS file in DER.
    public let cms: Digest
    /// SHA-256 of the signer's certificate in DER.
    public let certificate: Digest

    public init(scope: SignedScope, level: SignatureLevel, cms: Digest, certificate: Digest) {
        self.scope = scope
        self.level = level
        self.cms = cms
        self.certificate = certificate
    }

    /// From a signature that was verified.
    public init(scope: SignedScope, _ verified: VerifiedSignature) {
        // A verified signature's fingerprint always has 32 bytes.
        self.init(
            scope: scope, level: verified.level, cms: SHA256.hash(verified.cms),
            certificate: Digest(verified.signerFingerprint) ?? SHA256.hash(verified.signerCertificate))
    }

    fileprivate init(_ reader: RecordReader) throws(Failure) {
        self.init(
            scope: try reader.choice("signed"), level: try reader.choice("level"), cms: try reader.digest("signature"),
            certificate: try reader.digest("certificate"))
    }

    fileprivate var fields: [String: String] {
        [
            "signed": scope.rawValue, "level": level.rawValue, "signature": cms.description,
            "certificate": certificate.description,
        ]
    }
}

/// A registered act: the content of a deed record with action `registered`.
public struct RegisteredAct: Sendable, Hashable {
    public let number: ActNumber
    /// With its salt when a statement was signed, without when only the document was.
    public let draft: ActDraft
    public let signature: ActSignature
    /// When the ledger's operator registered it.
    public let time: ActTime

    /// - Throws: ``Problem/actSaltMissing`` when a statement was signed and the draft has no salt.
    public init(number: ActNumber, draft: ActDraft, signature: ActSignature, time: ActTime) throws(Failure) {
        var draft = draft
        if signature.scope == .document { draft.salt = nil }
        guard signature.scope == .document || draft.salt != nil else { throw Problem.actSaltMissing() }
        self.number = number
        self.draft = draft
        self.signature = signature
        self.time = time
    }

    /// The fields of the record, without those of the issuer chain; absent values are left out.
    public var fields: [String: String] {
        var fields = signature.fields
        fields["action"] = ActRecord.Action.registered.rawValue
        fields["act"] = number.description
        fields["notary"] = number.notary.text
        fields["document"] = draft.document.sha256.description
        fields["name"] = draft.document.name
        fields["size"] = draft.document.size.map { "\($0)" }
        fields["type"] = draft.type.rawValue
        fields["parties"] = draft.partiesJSON.canonicalText
        fields["powers"] = draft.powers.isEmpty ? nil : draft.powersJSON.canonicalText
        fields["validuntil"] = draft.validUntil?.description
        fields["object"] = draft.object
        fields["reference"] = draft.reference?.description
        fields["note"] = draft.note
        fields["book"] = draft.book?.json.canonicalText
        fields["place"] = draft.place
        fields["salt"] = draft.salt.map { hexadecimal($0) }
        fields["sealed"] = draft.salt.map { Seal.text(of: Seal.all(of: draft, salt: $0)) }
        fields["time"] = time.description
        return fields
    }

    fileprivate init(_ reader: RecordReader) throws(Failure) {
        var document: JSONObject = ["sha256": .string(try reader.text("document"))]
        document["name"] = reader.optional("name").map { .string($0) }
        document["size"] = try reader.json("size")
        var act: JSONObject = ["document": .object(document), "type": .string(try reader.text("type"))]
        act["parties"] = try reader.json("parties")
        act["powers"] = try reader.json("powers")
        act["book"] = try reader.json("book")
        act["validUntil"] = reader.optional("validuntil").map { .string($0) }
        for name in ["object", "reference", "note", "place", "salt"] {
            act[name] = reader.optional(name).map { .string($0) }
        }
        // A record was checked when it was filed; its birthdays are not compared with any day now.
        guard let anyDay = CivilDate(year: 9999, month: 12, day: 31) else { throw RecordReader.invalid("time") }
        try self.init(
            number: try reader.actNumber("act"), draft: try ActDraft(reading: .object(act), today: anyDay),
            signature: try ActSignature(reader), time: try reader.time())
    }

    static func read(_ reader: RecordReader) throws(Failure) -> RegisteredAct { try RegisteredAct(reader) }
}

/// A revocation: the content of a deed record with action `revoked`.
public struct RevokedAct: Sendable, Hashable {
    /// The notary who revoked.
    public let notary: NotaryCode
    /// With its salt.
    public let draft: RevocationDraft
    /// Always over the revocation statement.
    public let signature: ActSignature
    public let time: ActTime

    /// - Throws: ``Problem/actSaltMissing`` when the draft has no salt, ``Problem/deedRecordInvalid`` when something
    ///   else than the statement was signed.
    public init(
        notary: NotaryCode, draft: RevocationDraft, signature: ActSignature, time: ActTime
    ) throws(Failure) {
        guard draft.salt != nil else { throw Problem.actSaltMissing() }
        guard signature.scope == .statement else { throw RecordReader.invalid("signed") }
        self.notary = notary
        self.draft = draft
        self.signature = signature
        self.time = time
    }

    /// The fields of the record, without those of the issuer chain.
    public var fields: [String: String] {
        var fields = signature.fields
        fields["action"] = ActRecord.Action.revoked.rawValue
        fields["act"] = draft.act.description
        fields["notary"] = notary.text
        fields["reason"] = draft.reason
        fields["salt"] = draft.salt.map { hexadecimal($0) }
        fields["sealed"] = draft.salt.map { Seal(.reason, of: draft.reason, salt: $0).line }
        fields["time"] = time.description
        return fields
    }

    static func read(_ reader: RecordReader) throws(Failure) -> RevokedAct {
        let draft = try RevocationDraft(
            reading: [
                "act": .string(try reader.text("act")), "reason": .string(try reader.text("reason")),
                "salt": .string(try reader.text("salt")),
            ])
        return try RevokedAct(
            notary: try reader.notary(), draft: draft, signature: try ActSignature(reader), time: try reader.time())
    }
}

/// A record of kind 1.
public enum ActRecord: Sendable, Hashable {
    case registered(RegisteredAct)
    case revoked(RevokedAct)

    /// What a record says of an act.
    public enum Action: String, Sendable, Hashable {
        case registered, revoked
    }

    /// The fields that the issuer chain adds; they are no part of the act.
    public static let chainFields: Set<String> = ["chain", "previous", "sequence"]

    /// The fields, without those of the issuer chain.
    public var fields: [String: String] {
        switch self {
        case .registered(let act): act.fields
        case .revoked(let revocation): revocation.fields
        }
    }

    /// Reads all fields of a record, those of the issuer chain aside.
    ///
    /// Strict: the record read must come out as the very same fields, so none is unknown, altered or not canonical, and the seals
    /// are those of the values.
    /// - Throws: ``Problem/deedRecordInvalid`` with the first field at fault, or the problem of a value.
    public init(fields: [String: String]) throws(Failure) {
        let own = fields.filter { !ActRecord.chainFields.contains($0.key) && !$0.value.isEmpty }
        let reader = RecordReader(own)
        let action: Action = try reader.choice("action")
        switch action {
        case .registered: self = .registered(try RegisteredAct.read(reader))
        case .revoked: self = .revoked(try RevokedAct.read(reader))
        }
        let again = self.fields
        let wrong = Set(own.keys).union(again.keys).filter { name in
            guard let read = own[name], let written = again[name] else { return true }
            return !read.utf8.elementsEqual(written.utf8)
        }
        if let first = wrong.min() { throw RecordReader.invalid(first) }
    }
}
