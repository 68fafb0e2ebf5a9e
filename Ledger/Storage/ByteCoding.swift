import Glibc

/// Big-endian integers in byte arrays and raw buffers: the ledger's one byte order.
extension [UInt8] {
    mutating func append(bigEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }

    mutating func store(bigEndian value: some FixedWidthInteger, at offset: Int) {
        Swift.withUnsafeBytes(of: value.bigEndian) { bytes in
            for index in 0..<bytes.count { self[offset + index] = bytes[index] }
        }
    }
}

extension UnsafeRawBufferPointer {
    /// The integer at an offset.
    ///
    /// - Precondition: the integer lies within the buffer.
    func load<Value: FixedWidthInteger>(bigEndian: Value.Type, at offset: Int) -> Value {
        Value(bigEndian: loadUnaligned(fromByteOffset: offset, as: Value.self))
    }

    func part(_ offset: Int, _ count: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[offset..<offset + count])
    }

    /// Whether every byte is zero.
    var isZero: Bool {
        guard let base = baseAddress, count > 0 else { return true }
        // Zero at the front and equal to itself one byte on: as fast as memory.
        return self[0] == 0 && memcmp(base, base + 1, count - 1) == 0
    }
}
