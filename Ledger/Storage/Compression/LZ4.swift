import CLZ4

/// LZ4 blocks (the block format of lz4 1.9, without frames): the length before compression stands outside.
public enum LZ4 {
    /// The most bytes that one call takes: 1 GiB.
    public static let maximumByteCount = 1 << 30

    /// Compresses; `nil` when that does not make it smaller.
    ///
    /// - Parameters:
    ///   - level: `nil` for the fast compressor, 3…12 for LZ4HC.
    ///   - dictionary: what decompression is given too; at most its last 64 KiB count.
    /// - Precondition: at most ``maximumByteCount`` bytes.
    public static func compress(_ bytes: [UInt8], level: Int32? = nil, dictionary: [UInt8] = []) -> [UInt8]? {
        precondition(bytes.count <= maximumByteCount && dictionary.count <= maximumByteCount)
        // Too short to hold a match: the last 12 bytes are always literals.
        guard bytes.count > 12 else { return nil }
        return bytes.withUnsafeBytes { source in
            dictionary.withUnsafeBytes { dictionary in
                compress(source, level: level, dictionary: dictionary)
            }
        }
    }

    private static func compress(
        _ source: UnsafeRawBufferPointer, level: Int32?, dictionary: UnsafeRawBufferPointer
    ) -> [UInt8]? {
        let room = Int32(source.count - 1)
        let from = source.assumingMemoryBound(to: CChar.self).baseAddress
        let known = dictionary.assumingMemoryBound(to: CChar.self).baseAddress
        let knownCount = Int32(dictionary.count)
        let count = Int32(source.count)
        let output = [UInt8](unsafeUninitializedCapacity: Int(room)) { output, written in
            let into = UnsafeMutableRawBufferPointer(output).assumingMemoryBound(to: CChar.self).baseAddress
            let result: Int32
            switch (level, knownCount) {
            case (nil, 0): result = LZ4_compress_default(from, into, count, room)
            case (let level?, 0): result = LZ4_compress_HC(from, into, count, room, level)
            case (nil, _):
                let stream = LZ4_createStream()
                defer { LZ4_freeStream(stream) }
                LZ4_loadDict(stream, known, knownCount)
                result = LZ4_compress_fast_continue(stream, from, into, count, room, 1)
            case (let level?, _):
                let stream = LZ4_createStreamHC()
                defer { LZ4_freeStreamHC(stream) }
                LZ4_resetStreamHC_fast(stream, level)
                LZ4_loadDictHC(stream, known, knownCount)
                result = LZ4_compress_HC_continue(stream, from, into, count, room)
            }
            written = Int(max(result, 0))
        }
        return output.isEmpty ? nil : output
    }

    /// Decompresses; `nil` unless the bytes are a whole block that gives exactly `count` bytes.
    ///
    /// Safe against any bytes. A block gives at most 255 times its own length: a larger count is refused before memory is taken.
    public static func decompress(_ bytes: ArraySlice<UInt8>, count: Int, dictionary: [UInt8] = []) -> [UInt8]? {
        guard count >= 0, count <= maximumByteCount, bytes.count <= maximumByteCount, count / 255 <= bytes.count,
            !bytes.isEmpty
        else { return nil }
        var isWhole = false
        let output = [UInt8](unsafeUninitializedCapacity: count) { output, written in
            let into = UnsafeMutableRawBufferPointer(output).assumingMemoryBound(to: CChar.self).baseAddress
            let result = bytes.withUnsafeBytes { source in
                let from = source.assumingMemoryBound(to: CChar.self).baseAddress
                return dictionary.withUnsafeBytes { dictionary in
                    let known = dictionary.assumingMemoryBound(to: CChar.self).baseAddress
                    return dictionary.isEmpty
                        ? LZ4_decompress_safe(from, into, Int32(source.count), Int32(count))
                        : LZ4_decompress_safe_usingDict(
                            from, into, Int32(source.count), Int32(count), known, Int32(dictionary.count))
                }
            }
            isWhole = Int(result) == count
            written = isWhole ? count : 0
        }
        return isWhole ? output : nil
    }
}
