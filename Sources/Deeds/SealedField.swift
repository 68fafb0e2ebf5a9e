import CanonicalJSON
import Catalogue
import LedgerMerkle

/// A record field whose values are private: a statement seals each of its lines.
///
/// In the order in which they stand in a statement. Names, labels and forms are signed: they never change.
enum SealedField: String, Sendable, Hashable, CaseIterable {
    case parties, details, property, reference, note, name, size, attachments, place, reason, basis, principal

    /// How many lines a value has that is not shown.
    var hiddenLineCounts: ClosedRange<Int> {
        switch self {
        case .parties, .details, .attachments: 1...SealedDigests.limit
        default: 1...1
        }
    }

    /// The lines of a statement for a record field's value: label and value of each.
    ///
    /// - Parameter type: of the act; `nil` for a change that has no content.
    /// - Returns: `nil` when the value is not of the field's form.
    func lines(of text: String, type: ActType?) -> [(label: String, value: String)]? {
        switch self {
        case .property: return [("Эд хөрөнгийн дугаар", text)]
        case .reference: return [("Холбогдох үйлдэл", text)]
        case .note: return [("Тэмдэглэл", text)]
        case .name: return [("Баримтын нэр", text)]
        case .size: return [("Баримтын хэмжээ", "\(text) байт")]
        case .place: return [("Газар", text)]
        case .reason: return [("Шалтгаан", text)]
        case .parties, .details, .attachments, .basis, .principal:
            guard let json = try? JSONValue(parsing: text) else { return nil }
            return try? lines(of: json, type: type)
        }
    }

    private func lines(of json: JSONValue, type: ActType?) throws -> [(label: String, value: String)] {
        switch self {
        case .parties:
            return try (json.array ?? []).map { element in
                let party = try Party(reading: element, today: Self.anyDay, path: "")
                return (party.role.statementLabel, party.statementValue)
            }
        case .details:
            guard let type else { throw Problem.actTypeUnknown() }
            let kind = ActKind.of(type)
            return try ActDetails(reading: json, kind: kind).statementLines(kind)
        case .attachments:
            return try (json.array ?? []).map { element in
                ("Хавсралт", try ActDocument(reading: element, path: "").statementValue)
            }
        case .basis:
            return [("Үндэслэл", try CourtOrder(reading: json, path: "").statementValue)]
        case .principal:
            return [("Хүсэлт гаргагч", try Claimant(reading: json, today: Self.anyDay, path: "").statementValue)]
        default: return []
        }
    }

    // Values of records were checked when they were filed: no birthday lies ahead.
    private static let anyDay = CivilDate(year: 9999, month: 12, day: 31)!
}

/// Values of several parts, each told from the next whatever is in it.
enum StatementParts {
    /// The parts with ` | ` between them; `|` and `\` in a part are preceded by `\`.
    static func joined(_ parts: [String?]) -> String {
        parts.compactMap { part in
            guard let part, part.utf8.contains(where: { $0 == 0x5c || $0 == 0x7c }) else { return part }
            return part.replacing("\\", with: "\\\\").replacing("|", with: "\\|")
        }.joined(separator: " | ")
    }
}

/// One line of a statement whose value is private.
struct SealedLine: Sendable, Hashable {
    /// The whole line as people read it, without its line end: `* label: value [salt]`.
    let open: String
    /// SHA-256 of the open line's bytes.
    let digest: Digest

    /// The line as it is signed.
    var closed: String { SealedLine.closed(digest) }

    static func closed(_ digest: Digest) -> String { "* \(digest)" }

    /// - Parameters:
    ///   - position: of the line among those of its field, from 1.
    ///   - salt: the act's, keyed.
    fileprivate init(_ field: SealedField, position: Int, label: String, value: String, salt: HMACSHA256) {
        let own = salt.authenticate(Array("tamga act line v2\n\(field.rawValue) \(position)".utf8)).bytes.prefix(16)
        open = "* \(label): \(value) [\(hexadecimal(Array(own)))]"
        digest = SHA256.hash(Array(open.utf8))
    }

    /// The lines for one field's value; `nil` when it is not of the field's form.
    static func all(of field: SealedField, _ value: String, type: ActType?, salt: HMACSHA256) -> [SealedLine]? {
        field.lines(of: value, type: type)?.enumerated().map { place, line in
            SealedLine(field, position: place + 1, label: line.label, value: line.value, salt: salt)
        }
    }

    /// The lines for all private values of a record.
    /// - Parameter salt: 32 bytes.
    /// - Throws: ``Problem/deedRecordInvalid`` with the field at fault.
    static func all(of fields: [String: String], salt: [UInt8]) throws(Failure) -> [SealedLine] {
        let key = HMACSHA256(key: salt)
        let type = fields["type"].flatMap { ActType(rawValue: $0) }
        var lines: [SealedLine] = []
        for field in SealedField.allCases {
            guard let value = fields[field.rawValue], !value.isEmpty else { continue }
            guard let own = all(of: field, value, type: type, salt: key) else {
                throw RecordReader.invalid(field.rawValue)
            }
            lines += own
        }
        return lines
    }
}

/// The digests of a statement's sealed lines: the record field `sealed`, one a line.
enum SealedDigests {
    static let limit = 1000

    static func text(of digests: [Digest]) -> String { digests.map(\.description).joined(separator: "\n") }

    /// Reads what ``text(of:)`` wrote; `nil` for anything else.
    static func parse(_ text: String) -> [Digest]? {
        if text.isEmpty { return [] }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count <= limit else { return nil }
        var digests: [Digest] = []
        for line in lines {
            guard let digest = Digest(hexadecimal: line), digest.description == line else { return nil }
            digests.append(digest)
        }
        return digests
    }
}

extension PartyRole {
    /// The role as it stands in a statement: its Mongolian label with a capital. No two roles have the same.
    var statementLabel: String {
        let label = label.mn
        return label.prefix(1).uppercased() + label.dropFirst()
    }
}
