public import Catalogue
import LedgerMerkle

/// The text that a notary signs to register an act, or to change one: canonical, in Mongolian, one fact a line.
///
///     НОТАРИАТЫН ҮЙЛДЛИЙН МЭДЭГДЭЛ 2
///     Бүртгэл: example.mn/tamga
///     Нотариатч: NT012
///     Үйлдэл: Итгэмжлэл гэрчлэх (power-of-attorney)
///     Баримт: SHA-256 <64 hexadecimal digits>
///     Хүчинтэй хугацаа: 2027-11-21
///     * Итгэмжлэл олгогч: эцэг, эхийн нэр Доржийн | нэр Бат | РД УБ85030412 [<32 hexadecimal digits>]
///     * Эрх хэмжээ: Төлбөр хүлээн авах [<32 hexadecimal digits>]
///
/// This is the *open* form, which people read. The *closed* form, which is signed, has in the place of each line that begins
/// with `* ` the SHA-256 of that line: `* <64 hexadecimal digits>`. So a reader who is shown nothing private still checks the
/// notary's signature on what is public; a reader who is shown a line and its salt checks that it was signed; and the whole open form
/// is checked with nothing but SHA-256. A register number under an unsalted digest would be guessed in seconds: each line
/// ends in 16 bytes that nobody guesses.
///
/// Injective: values hold no line ends, `|` and `\` in a part of a value are escaped, what is public comes from small alphabets. `Бүртгэл`
/// (the origin) ties a statement to one ledger. Grammar and examples: FORMATS.md, "Act statement".
public struct ActStatement: Sendable, Hashable {
    /// The first line of a registration, with the version.
    public static let header = "НОТАРИАТЫН ҮЙЛДЛИЙН МЭДЭГДЭЛ 2"
    /// The first line of a change, with the version.
    public static let changeHeader = "НОТАРИАТЫН ҮЙЛДЛИЙН ӨӨРЧЛӨЛТИЙН МЭДЭГДЭЛ 2"

    /// The lines that everybody may read.
    private let publicLines: [String]
    /// The lines with private values; `nil` when they are known by their digests only.
    private let openLines: [String]?
    private let digests: [Digest]

    /// The statement for a draft. O(lines), an HMAC and a SHA-256 for each.
    /// - Parameter origin: of the ledger; no white space or controls.
    /// - Throws: ``Problem/actSaltMissing`` when the draft has none, ``Problem/actCountInvalid`` when it would have more than 1,000
    ///   private lines.
    public init(_ draft: ActDraft, origin: String, notary: NotaryCode) throws(Failure) {
        guard let salt = draft.salt else { throw Problem.actSaltMissing() }
        var fields = draft.fields
        fields["notary"] = notary.text
        try self.init(fields: fields, salt: salt, origin: origin)
    }

    /// The statement for a change.
    /// - Throws: ``Problem/actSaltMissing`` when the draft has no salt, ``Problem/deedRecordInvalid`` (`before`) when it does not say which
    ///   entry it changes, ``Problem/actCountInvalid`` when it would have more than 1,000 private lines.
    public init(_ change: ChangeDraft, origin: String, notary: NotaryCode) throws(Failure) {
        guard let salt = change.salt else { throw Problem.actSaltMissing() }
        var fields = change.fields
        fields["notary"] = notary.text
        try self.init(fields: fields, salt: salt, origin: origin)
    }

    private init(fields: [String: String], salt: [UInt8], origin: String) throws(Failure) {
        let lines = try SealedLine.all(of: fields, salt: salt)
        guard lines.count <= SealedDigests.limit else {
            throw Problem.actCountInvalid(["path": "act", "least": "1", "most": "\(SealedDigests.limit)"])
        }
        publicLines = try Self.publicLines(RecordReader(fields), origin: origin)
        openLines = lines.map(\.open)
        digests = lines.map(\.digest)
    }

    /// The statement that the shown fields of a record lead to; needs the public fields that the record has, and `sealed`.
    /// - Throws: ``Problem/deedRecordInvalid`` with the field that is missing or malformed.
    public init(shown fields: [String: String], origin: String) throws(Failure) {
        let reader = RecordReader(fields)
        publicLines = try Self.publicLines(reader, origin: origin)
        openLines = nil
        guard let digests = SealedDigests.parse(fields["sealed"] ?? "") else { throw RecordReader.invalid("sealed") }
        self.digests = digests
    }

    private static func publicLines(_ reader: RecordReader, origin: String) throws(Failure) -> [String] {
        var lines = ["Бүртгэл: \(origin)", "Нотариатч: \(try reader.notary())"]
        if let action = try reader.change() {
            // What no line of this statement holds is nobody's word.
            try reader.requireAbsent(reader.optional("type") == nil ? ["document", "validuntil"] : [])
            let by: ChangeRequester = try reader.choice("by")
            lines.insert(changeHeader, at: 0)
            lines += [
                "Дугаар: \(try reader.actNumber("act"))", "Өөрчлөлт: \(action.label.mn) (\(action.rawValue))",
                "Хүсэлт: \(by.label.mn) (\(by.rawValue))", "Өмнөх бичилт: \(try reader.digest("before"))",
            ]
            if reader.optional("type") == nil { return lines }
        } else {
            try reader.requireAbsent(["by", "before"])
            lines.insert(header, at: 0)
        }
        let type: ActType = try reader.choice("type")
        lines += ["Үйлдэл: \(type.label.mn) (\(type.rawValue))", "Баримт: SHA-256 \(try reader.digest("document"))"]
        if let end = try reader.date("validuntil") { lines.append("Хүчинтэй хугацаа: \(end)") }
        return lines
    }

    /// The record field `sealed`.
    var sealed: String { SealedDigests.text(of: digests) }

    /// The text that is signed: private lines as digests.
    public var text: String {
        (publicLines + digests.map(SealedLine.closed)).map { $0 + "\n" }.joined()
    }

    /// The bytes that the notary signs.
    public var bytes: [UInt8] { Array(text.utf8) }

    /// The text that people read; `nil` when the private lines are not known.
    public var openText: String? {
        openLines.map { (publicLines + $0).map { $0 + "\n" }.joined() }
    }

    /// Whether every private line of a text is a digest already.
    public static func isClosed(_ text: String) -> Bool {
        text.split(separator: "\n").allSatisfy { line in
            !line.hasPrefix("* ") || Digest(hexadecimal: line.dropFirst(2)) != nil
        }
    }

    /// The closed form of an open text: every line that begins with `* ` gives way to its digest.
    ///
    /// What a notary's own program does before it signs; nothing of the act is needed for it.
    public static func closing(_ openText: String) -> String {
        openText.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.hasPrefix("* ") ? SealedLine.closed(SHA256.hash(Array(line.utf8))) : String(line)
        }.joined(separator: "\n")
    }
}

extension ActStatement {
    /// Compares the private values of a record with the lines that the notary signed.
    ///
    /// With all values and the salt shown the lines must be exactly those of the values. A hidden field accounts for as many lines as it can
    /// have, in its place, and for no others.
    /// - Parameter hidden: fields that the record has and that are not shown.
    /// - Returns: the record field that differs from what was signed; `salt` when values are shown that nobody can compare without it;
    ///   `nil` when none differs.
    public static func disagreement(in shown: [String: String], hidden: Set<String> = []) -> String? {
        guard let sealed = shown["sealed"] else { return nil }
        guard let signed = SealedDigests.parse(sealed) else { return "sealed" }
        var key: HMACSHA256?
        if let text = shown["salt"] {
            guard let salt = parseHexadecimal(text), salt.count == 32 else { return "salt" }
            key = HMACSHA256(key: salt)
        }
        let type = shown["type"].flatMap { ActType(rawValue: $0) }
        var position = 0
        // How many lines hidden fields may have before the next that is shown.
        var gap = 0...0
        for field in SealedField.allCases {
            if hidden.contains(field.rawValue) {
                let counts = field.hiddenLineCounts
                gap = gap.lowerBound + counts.lowerBound...gap.upperBound + counts.upperBound
                continue
            }
            guard let value = shown[field.rawValue], !value.isEmpty else { continue }
            guard let key else { return "salt" }
            guard let lines = SealedLine.all(of: field, value, type: type, salt: key)?.map(\.digest), !lines.isEmpty
            else {
                return field.rawValue
            }
            let places = position + gap.lowerBound...position + gap.upperBound
            guard let place = places.first(where: { signed.dropFirst($0).starts(with: lines) }) else {
                return field.rawValue
            }
            position = place + lines.count
            gap = 0...0
        }
        // Without the salt nothing was shown: every line may be of a hidden field.
        return gap.contains(signed.count - position) ? nil : "sealed"
    }
}
