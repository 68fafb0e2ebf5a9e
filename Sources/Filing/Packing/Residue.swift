import Evidence
import LedgerStorage

/// What stays of an erased record: its field hashes, and of its fields only those of the issuer's chain (FORMATS.md, "Residue").
///
/// It still gives the commitment of its entry, and its place in the chain; no value but those can be derived from it.
struct Residue {
    /// Stands where a stored record has its version.
    static let version: UInt8 = 0xfe
    /// The fields that stay readable.
    static let shownFields: Set<String> = ["chain", "sequence", "previous"]

    let disclosure: Disclosure

    init(_ stored: StoredRecord) {
        disclosure = stored.record.disclosure(showing: Residue.shownFields)
    }

    /// Reads a residue; `nil` for bytes that are none.
    ///
    /// - Throws: when it is damaged.
    init?(stored bytes: [UInt8]) throws {
        guard bytes.first == Residue.version else { return nil }
        guard bytes.count >= 2 else { throw Residue.damaged("it ends early") }
        do {
            disclosure = try Disclosure(kind: RecordKind(rawValue: bytes[1]), decoding: Array(bytes[2...]))
        } catch {
            throw Residue.damaged("\(error)")
        }
    }

    /// `version u8 = 0xfe ‖ kind u8 ‖ disclosure`.
    var encoded: [UInt8] { [Residue.version, disclosure.kind.rawValue] + disclosure.encoded }

    private static func damaged(_ what: String) -> StorageError {
        StorageError(.corrupt, "what stays of an erased record is damaged: \(what)", remedy: "run `tamga audit`")
    }
}
