import CSHA256

/// SHA-256 (FIPS 180-4) over bytes that arrive in parts. Copying a value copies the state.
public struct SHA256: Sendable {
    private var state = csha256_state()

    public init() {
        csha256_init(&state)
    }

    /// Adds bytes. O(count).
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        csha256_update(&state, bytes.baseAddress, bytes.count)
    }

    /// Adds bytes. O(count).
    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// Adds bytes. O(count).
    public mutating func update(_ bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// Adds the UTF-8 bytes of a text. O(count).
    public mutating func update(_ text: String) {
        var text = text
        text.withUTF8 { update(UnsafeRawBufferPointer($0)) }
    }

    /// Adds the 32 bytes of a digest.
    public mutating func update(_ digest: Digest) {
        digest.withUnsafeBytes { update($0) }
    }

    /// Adds one byte.
    public mutating func update(byte: UInt8) {
        withUnsafeBytes(of: byte) { update($0) }
    }

    /// The digest of all bytes so far; the value may be updated further.
    public func finalize() -> Digest {
        var last = state
        return Digest { csha256_final(&last, $0.baseAddress?.assumingMemoryBound(to: UInt8.self)) }
    }

    /// The digest of one array.
    public static func hash(_ bytes: [UInt8]) -> Digest {
        var hash = SHA256()
        hash.update(bytes)
        return hash.finalize()
    }
}

/// HMAC-SHA-256 (RFC 2104) under one key, with the two keyed states saved: each message costs two compressions less.
public struct HMACSHA256: Sendable {
    private var inner = SHA256()
    private var outer = SHA256()

    /// - Parameter key: any length; longer than 64 bytes it is hashed first, as RFC 2104 says.
    public init(key: [UInt8]) {
        var block = key.count > 64 ? SHA256.hash(key).bytes : key
        block.append(contentsOf: repeatElement(0, count: 64 - block.count))
        inner.update(block.map { $0 ^ 0x36 })
        outer.update(block.map { $0 ^ 0x5c })
    }

    /// The authentication code of a message.
    public func authenticate(_ message: [UInt8]) -> Digest {
        authenticate { $0.update(message) }
    }

    /// The authentication code of a message that `body` feeds in parts.
    public func authenticate(_ body: (inout SHA256) -> Void) -> Digest {
        var inner = inner
        body(&inner)
        var outer = outer
        outer.update(inner.finalize())
        return outer.finalize()
    }
}
