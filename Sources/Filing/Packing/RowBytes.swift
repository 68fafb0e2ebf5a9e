import Glibc

/// Bytes of records, one behind the other, never more than were promised.
struct RowBytes: ~Copyable {
    private(set) var count = 0
    private var capacity: Int
    private let limit: Int
    private var base: UnsafeMutablePointer<UInt8>

    init(limit: Int, expected: Int) {
        self.limit = limit
        capacity = max(min(expected, limit), 1)
        base = .allocate(capacity: capacity)
    }

    deinit {
        base.deallocate()
    }

    func bytes(_ range: Range<Int>) -> [UInt8] {
        Array(UnsafeBufferPointer(start: base + range.lowerBound, count: range.count))
    }

    /// Room for more bytes.
    ///
    /// - Throws: `StorageError.corrupt` when they would be more than were promised.
    mutating func room(_ more: Int) throws -> UnsafeMutablePointer<UInt8> {
        guard more <= limit - count else { throw PackedReader.damaged("its records are too long") }
        if more > capacity - count {
            let wider = max(min(limit, capacity * 2), count + more)
            let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: wider)
            moved.update(from: base, count: count)
            base.deallocate()
            (base, capacity) = (moved, wider)
        }
        defer { count += more }
        return base + count
    }

    mutating func append(_ byte: UInt8) throws {
        try room(1).pointee = byte
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) throws {
        guard let start = bytes.baseAddress else { return }
        memcpy(try room(bytes.count), start, bytes.count)
    }

    mutating func appendZeros(_ count: Int) throws {
        memset(try room(count), 0, count)
    }

    /// The four bytes before a place say how many bytes were appended since.
    mutating func setLength(before start: Int) {
        let length = UInt32(truncatingIfNeeded: count - start)
        for byte in 0..<4 { base[start - 4 + byte] = UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * byte)) }
    }

    mutating func appendHexadecimal(_ bytes: UnsafeRawBufferPointer) throws {
        var at = try room(bytes.count * 2)
        for byte in bytes {
            at[0] = RowBytes.digit(byte >> 4)
            at[1] = RowBytes.digit(byte & 15)
            at += 2
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
    }
}
