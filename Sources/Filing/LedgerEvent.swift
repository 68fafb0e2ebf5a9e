import CanonicalJSON
import Catalogue
import Deeds
public import Evidence
public import LedgerStorage

/// What happened to the ledger itself, as a record of kind 8 (FORMATS.md, "Ledger event fields").
public struct LedgerEvent: Hashable, Sendable {
    /// The fields, without those of the chain.
    let fields: [String: String]

    /// What a scrubber found, and what it read.
    public init(_ result: ScrubState.Result) {
        var fields = [
            "action": "scrubbed", "round": result.isRound ? "complete" : "partial",
            "result": result.known == 0 ? "clean" : "damaged",
            "started": ActTime(unixMilliseconds: result.started).description,
            "ended": ActTime(unixMilliseconds: result.ended).description, "segments": String(result.segments),
            "entries": String(result.entries), "bytes": String(result.byteCount),
        ]
        if !result.damage.isEmpty {
            fields["damaged"] = LedgerEvent.text(.array(result.damage.map(LedgerEvent.json)))
        }
        if !result.healed.isEmpty { fields["healed"] = LedgerEvent.text(.array(result.healed.map { .string($0) })) }
        if result.known > 0 { fields["known"] = String(result.known) }
        self.fields = fields
    }

    private static func json(_ damage: ScrubState.Damage) -> JSONValue {
        var object: JSONObject = [
            "byte": JSONValue(damage.offset), "file": .string(damage.file), "reason": .string(damage.reason),
        ]
        object["entry"] = damage.index.map { JSONValue($0) }
        return .object(object)
    }

    private static func text(_ value: JSONValue) -> String { String(decoding: value.canonicalBytes, as: UTF8.self) }

    /// How the fields of kind 8 are shown.
    public static let schema = RecordSchema([
        .ledgerEvent: [
            "action": FieldDescription(.text, Wording(mn: "Үйлдэл", en: "Action")),
            "round": FieldDescription(.text, Wording(mn: "Шалгалтын тойрог", en: "Round")),
            "result": FieldDescription(.text, Wording(mn: "Үр дүн", en: "Result")),
            "started": FieldDescription(.time, Wording(mn: "Эхэлсэн", en: "Started")),
            "ended": FieldDescription(.time, Wording(mn: "Дууссан", en: "Ended")),
            "segments": FieldDescription(.text, Wording(mn: "Уншсан сегмент", en: "Segments read")),
            "entries": FieldDescription(.text, Wording(mn: "Уншсан бичлэг", en: "Entries read")),
            "bytes": FieldDescription(.text, Wording(mn: "Уншсан байт", en: "Bytes read")),
            "damaged": FieldDescription(.json, Wording(mn: "Илэрсэн гэмтэл", en: "Damage found")),
            "healed": FieldDescription(.json, Wording(mn: "Сэргээсэн файл", en: "Whole again")),
            "known": FieldDescription(.text, Wording(mn: "Гэмтсэн файлын тоо", en: "Damaged files known")),
        ]
    ])
}
