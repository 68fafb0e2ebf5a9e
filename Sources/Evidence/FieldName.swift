/// The rules for the names of fields: UTF-8, 1…255 bytes, compared and ordered byte by byte.
///
/// Swift's own text equality is not used: it takes texts for equal whose bytes, and so whose hashes, differ.
enum FieldName {
    static let maximumByteCount = 255

    static func isValid(_ name: String) -> Bool {
        (1...maximumByteCount).contains(name.utf8.count)
    }

    static func equal(_ one: String, _ other: String) -> Bool {
        one.utf8.elementsEqual(other.utf8)
    }

    /// Whether `one` stands strictly before `other`.
    static func precedes(_ one: String, _ other: String) -> Bool {
        one.utf8.lexicographicallyPrecedes(other.utf8)
    }

    /// Reads a length byte and that many bytes of UTF-8; the name must stand after `previous`.
    static func read(_ reader: inout ByteReader, after previous: String?) throws(FormatError) -> String {
        let count = Int(try reader.byte("the length of a name"))
        guard count > 0 else { throw reader.error(.badName, "a field without a name") }
        guard let name = String(validating: try reader.bytes(count, "a name"), as: UTF8.self) else {
            throw reader.error(.badName, "a name that is not UTF-8")
        }
        if let previous, !precedes(previous, name) {
            throw reader.error(.namesOutOfOrder, "field \(name) does not stand after \(previous)")
        }
        return name
    }

    static func append(_ name: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(name.utf8.count))
        bytes.append(contentsOf: name.utf8)
    }
}
