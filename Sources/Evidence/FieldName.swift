import Glibc

/// The rules for the names of fields: UTF-8, 1…255 bytes, compared and ordered byte by byte.
///
/// Swift's own text equality is not used: it takes texts for equal whose bytes, and so whose hashes, differ.
enum FieldName {
    static let maximumByteCount = 255

    static func equal(_ one: String, _ other: String) -> Bool {
        compare(one, other) == 0
    }

    /// Whether `one` stands strictly before `other`.
    static func precedes(_ one: String, _ other: String) -> Bool {
        compare(one, other) < 0
    }

    /// Fields in the order of their names, and a name that comes twice. O(n log n).
    static func ascending(_ fields: [Record.Field]) -> (fields: [Record.Field], repeated: String?) {
        // Most names differ in their first eight bytes: those are compared as one number.
        var order: [(head: UInt64, place: Int)] = []
        order.reserveCapacity(fields.count)
        for (place, field) in fields.enumerated() { order.append((head(of: field.name), place)) }
        order.sort { one, other in
            one.head == other.head
                ? precedes(fields[one.place].name, fields[other.place].name) : one.head < other.head
        }
        var repeated: String?
        for (one, other) in zip(order, order.dropFirst()) where one.head == other.head {
            if equal(fields[one.place].name, fields[other.place].name) { repeated = fields[one.place].name }
        }
        return (order.map { fields[$0.place] }, repeated)
    }

    private static func head(of name: String) -> UInt64 {
        var head: UInt64 = 0
        var left = 8
        for byte in name.utf8 {
            if left == 0 { break }
            head = head << 8 | UInt64(byte)
            left -= 1
        }
        return head << UInt64(8 * left)
    }

    /// Below zero when `one` stands before `other`, zero when they are the same.
    private static func compare(_ one: String, _ other: String) -> Int {
        var (one, other) = (one, other)
        return one.withUTF8 { one in
            other.withUTF8 { compare(UnsafeRawBufferPointer(one), UnsafeRawBufferPointer($0)) }
        }
    }

    /// The same for names as bytes.
    static func compare(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Int {
        guard let first = one.baseAddress, let second = other.baseAddress else { return one.count - other.count }
        let order = memcmp(first, second, min(one.count, other.count))
        return order == 0 ? one.count - other.count : Int(order)
    }

    /// Reads a length byte and that many bytes of UTF-8; the name must stand after `previous`.
    static func read(_ reader: inout ByteReader, after previous: String?) throws(FormatError) -> String {
        let count = try length(&reader)
        guard let name = String(validating: try reader.bytes(count, "a name"), as: UTF8.self) else {
            throw reader.error(.badName, "a name that is not UTF-8")
        }
        if let previous, !precedes(previous, name) {
            throw reader.error(.namesOutOfOrder, "field \(name) does not stand after \(previous)")
        }
        return name
    }

    /// The same, for a name that stays where it is.
    ///
    /// - Parameter bytes: what the reader reads.
    static func place(
        _ reader: inout ByteReader, in bytes: [UInt8], after previous: Range<Int>?
    ) throws(FormatError) -> Range<Int> {
        let place = try reader.range(try length(&reader), "a name")
        let (isText, isInOrder) = bytes.withUnsafeBytes { bytes in
            let name = UnsafeRawBufferPointer(rebasing: bytes[place])
            let isText = name.allSatisfy { $0 < 0x80 } || String(validating: name, as: UTF8.self) != nil
            let isInOrder = previous.map { compare(UnsafeRawBufferPointer(rebasing: bytes[$0]), name) < 0 } ?? true
            return (isText, isInOrder)
        }
        guard isText else { throw reader.error(.badName, "a name that is not UTF-8") }
        guard isInOrder else { throw reader.error(.namesOutOfOrder, "a field does not stand after the one before it") }
        return place
    }

    private static func length(_ reader: inout ByteReader) throws(FormatError) -> Int {
        let count = Int(try reader.byte("the length of a name"))
        guard count > 0 else { throw reader.error(.badName, "a field without a name") }
        return count
    }

    static func append(_ name: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(name.utf8.count))
        bytes.append(contentsOf: name.utf8)
    }
}
