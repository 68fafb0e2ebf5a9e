import CanonicalJSON
import Catalogue
import LedgerMerkle

/// Reads the fields of a deed record; each failure names its field, never the value.
struct RecordReader {
    let fields: [String: String]
    /// Whether the fields are a record's that was written here: then its JSON is canonical.
    let isOurs: Bool

    init(_ fields: [String: String], isOurs: Bool = false) {
        self.fields = fields
        self.isOurs = isOurs
    }

    static func invalid(_ field: String) -> Failure { Problem.deedRecordInvalid(["field": field]) }

    /// The value; `nil` when absent or empty, which is the same.
    func optional(_ name: String) -> String? {
        fields[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    func text(_ name: String) throws(Failure) -> String {
        guard let text = optional(name) else { throw Self.invalid(name) }
        return text
    }

    /// Reads a value that must be in its canonical form.
    private func exact<Value: CustomStringConvertible>(
        _ name: String, _ parse: (String) -> Value?
    ) throws(Failure) -> Value {
        let text = try text(name)
        guard let value = parse(text), value.description.utf8.elementsEqual(text.utf8) else { throw Self.invalid(name) }
        return value
    }

    func digest(_ name: String) throws(Failure) -> Digest {
        try exact(name) { Digest(hexadecimal: $0) }
    }

    func notary() throws(Failure) -> NotaryCode {
        try exact("notary") { try? NotaryCode($0) }
    }

    func actNumber(_ name: String) throws(Failure) -> ActNumber {
        try exact(name) { try? ActNumber($0) }
    }

    func date(_ name: String) throws(Failure) -> CivilDate? {
        if optional(name) == nil { return nil }
        return try exact(name) { CivilDate($0) }
    }

    func time() throws(Failure) -> ActTime {
        try exact("time") { ActTime($0) }
    }

    /// A time that may be absent.
    func time(_ name: String) throws(Failure) -> ActTime? {
        if optional(name) == nil { return nil }
        return try exact(name) { ActTime($0) }
    }

    func choice<Value: RawRepresentable<String>>(_ name: String) throws(Failure) -> Value {
        guard let value = Value(rawValue: try text(name)) else { throw Self.invalid(name) }
        return value
    }

    func requireAbsent(_ names: [String]) throws(Failure) {
        for name in names where optional(name) != nil { throw Self.invalid(name) }
    }

    /// What the record does to an act; `nil` for a registration.
    func change() throws(Failure) -> ActChange? {
        // A draft has no action yet.
        guard let action = optional("action"), action != ActRecord.registration else { return nil }
        guard let change = ActChange(rawValue: action) else { throw Self.invalid("action") }
        return change
    }

    /// The same fields without the salt: a change's content has none of its own.
    var withoutSalt: RecordReader { RecordReader(fields.filter { $0.key != "salt" }, isOurs: isOurs) }

    /// Canonical JSON; `nil` when absent.
    func json(_ name: String) throws(Failure) -> JSONValue? {
        guard let text = optional(name) else { return nil }
        guard let value = try? JSONValue(parsing: text),
            isOurs || value.canonicalText.utf8.elementsEqual(text.utf8)
        else {
            throw Self.invalid(name)
        }
        return value
    }
}
