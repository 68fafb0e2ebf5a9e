import CSHA256

/// SHA-256 (FIPS 180-4) over bytes that arrive in parts. Copying a value copies the state.
public struct SHA256: Sendable {
    private var state = csha256_state()

    public init() {
        csha256_init(&state)
    }

    fileprivate init(state: csha256_state) {
        self.state = state
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

    /// SHA-256(byte ‖ salt ‖ rest), without a copy of the rest. One compression up to 22 bytes.
    public static func hash(_ first: UInt8, _ salt: Digest, _ rest: UnsafeRawBufferPointer) -> Digest {
        var digest = salt
        digest.withMutableBytes { csha256_salted(first, $0, rest.baseAddress, rest.count, $0) }
        return digest
    }
}

/// HMAC-SHA-256 (RFC 2104) under one key, with the two keyed states saved: each message costs two compressions less.
public struct HMACSHA256: Sendable {
    private var inner = csha256_state()
    private var outer = csha256_state()

    /// - Parameter key: any length; longer than 64 bytes it is hashed first, as RFC 2104 says.
    public init(key: [UInt8]) {
        csha256_hmac_key(&inner, &outer, key, key.count)
    }

    /// The authentication code of a message.
    public func authenticate(_ message: [UInt8]) -> Digest {
        message.withUnsafeBytes { authenticate($0) }
    }

    /// The authentication code of a text's UTF-8 bytes.
    public func authenticate(_ message: String) -> Digest {
        var message = message
        return message.withUTF8 { authenticate(UnsafeRawBufferPointer($0)) }
    }

    /// The authentication code of a message. Two compressions up to 55 bytes.
    public func authenticate(_ message: UnsafeRawBufferPointer) -> Digest {
        withUnsafePointer(to: inner) { inner in
            withUnsafePointer(to: outer) { outer in
                Digest { out in
                    csha256_hmac(
                        inner, outer, message.baseAddress, message.count,
                        out.baseAddress?.assumingMemoryBound(to: UInt8.self))
                }
            }
        }
    }

    /// SHA-256(0x00 ‖ authentication code of the name ‖ value), into 32 bytes: one call for a salted field.
    public func hash(
        _ value: UnsafeRawBufferPointer, saltedBy name: UnsafeRawBufferPointer, into out: UnsafeMutablePointer<UInt8>
    ) {
        withUnsafePointer(to: inner) { inner in
            withUnsafePointer(to: outer) { outer in
                csha256_salted_by_name(inner, outer, name.baseAddress, name.count, value.baseAddress, value.count, out)
            }
        }
    }

    /// The authentication code of a message that `body` feeds in parts.
    public func authenticate(_ body: (inout SHA256) -> Void) -> Digest {
        var hash = SHA256(state: inner)
        body(&hash)
        let digest = hash.finalize()
        hash = SHA256(state: outer)
        hash.update(digest)
        return hash.finalize()
    }
}
