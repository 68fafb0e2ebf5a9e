public import Catalogue

/// How the bytes of a field are to be read and compared.
public enum FieldType: String, Sendable {
    /// UTF-8.
    case text
    /// UTF-8 in several lines, made by the program and not by a person.
    case lines
    /// A decimal integer of mongo (1/100 tugrik), such as `560000`.
    case money
    /// Unix milliseconds in decimal, with or without an offset: `1764000000000` or `1764000000000+08:00`.
    case time
    /// Hexadecimal digits, of either case when compared.
    case digest
    /// Canonical JSON.
    case json
}

/// What a reader is told about a field.
public struct FieldDescription: Sendable, Hashable {
    public let type: FieldType
    public let label: Wording

    public init(_ type: FieldType, _ label: Wording) {
        self.type = type
        self.label = label
    }
}

/// The fields of the kinds of record. It says how to show and compare values; no proof depends on it.
public struct RecordSchema: Sendable {
    private var kinds: [RecordKind: [String: FieldDescription]]

    /// A schema; without arguments an empty one, under which every field is text.
    public init(_ kinds: [RecordKind: [String: FieldDescription]] = [:]) {
        self.kinds = kinds
    }

    /// What is known of a field of a kind.
    public subscript(kind: RecordKind, name: String) -> FieldDescription? {
        kinds[kind]?[name]
    }

    /// This schema and another; for a kind that both describe, the other's fields come first.
    public func merging(_ other: RecordSchema) -> RecordSchema {
        var merged = self
        merged.kinds.merge(other.kinds) { mine, theirs in mine.merging(theirs) { _, new in new } }
        return merged
    }
}
