/// A SHA-256 digest: 32 bytes, held without heap storage.
///
/// Leaf hashes, node hashes, roots and commitments are all of this type.
public struct Digest: Sendable {
    // The 32 bytes in memory order, so that `withUnsafeBytes` needs no copy.
    var words: (UInt64, UInt64, UInt64, UInt64)

    /// The number of bytes of a digest.
    public static let byteCount = 32

    /// 32 zero bytes. Not the hash of anything known.
    public static let zero = Digest()

    @usableFromInline
    init() {
        words = (0, 0, 0, 0)
    }

    /// Copies 32 bytes; `nil` for any other count.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Digest.byteCount else { return nil }
        self.init()
        Swift.withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
    }

    /// Fills a digest in place. The closure receives exactly 32 bytes.
    public init(filling body: (UnsafeMutableRawBufferPointer) -> Void) {
        self.init()
        Swift.withUnsafeMutableBytes(of: &words, body)
    }

    /// Calls `body` with the 32 bytes.
    public func withUnsafeBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        var copy = words
        return try withUnsafePointer(to: &copy) { (pointer) throws(E) -> R in
            try body(UnsafeRawBufferPointer(start: pointer, count: Digest.byteCount))
        }
    }

    /// Calls `body` with the 32 bytes to change.
    mutating func withMutableBytes(_ body: (UnsafeMutablePointer<UInt8>) -> Void) {
        Swift.withUnsafeMutableBytes(of: &words) { $0.withMemoryRebound(to: UInt8.self) { $0.baseAddress.map(body) } }
    }

    /// The 32 bytes as an array.
    public var bytes: [UInt8] {
        withUnsafeBytes { Array($0) }
    }

    /// The first 8 bytes in memory order: enough to address a table of uniform keys.
    public var prefixWord: UInt64 { words.0 }

    /// The second 8 bytes in memory order.
    public var secondWord: UInt64 { words.1 }
}

extension Digest: Hashable {
    public static func == (a: Digest, b: Digest) -> Bool {
        a.words.0 == b.words.0 && a.words.1 == b.words.1 && a.words.2 == b.words.2 && a.words.3 == b.words.3
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }
}

extension Digest: CustomStringConvertible {
    /// 64 lower-case hexadecimal digits.
    public var description: String { hexadecimal(bytes) }

    /// Reads 64 hexadecimal digits of either case; `nil` for anything else.
    public init?(hexadecimal text: some StringProtocol) {
        guard let bytes = parseHexadecimal(text) else { return nil }
        self.init(bytes)
    }
}

/// Lower-case hexadecimal digits of `bytes`.
public func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in bytes {
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
}

/// Reads hexadecimal digits of either case; `nil` for an odd count or any other character.
public func parseHexadecimal(_ text: some StringProtocol) -> [UInt8]? {
    let characters = Array(text.utf8)
    guard characters.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(characters.count / 2)
    for start in stride(from: 0, to: characters.count, by: 2) {
        guard let high = hexadecimalDigit(characters[start]), let low = hexadecimalDigit(characters[start + 1]) else {
            return nil
        }
        bytes.append(high << 4 | low)
    }
    return bytes
}

private func hexadecimalDigit(_ character: UInt8) -> UInt8? {
    switch character {
    case 0x30...0x39: character - 0x30
    case 0x41...0x46: character - 0x41 + 10
    case 0x61...0x66: character - 0x61 + 10
    default: nil
    }
}
