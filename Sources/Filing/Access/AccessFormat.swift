import CXXHash
import LedgerMerkle
import LedgerStorage

/// The bytes of the access log (FORMATS.md, "Access log").
enum AccessFormat {
    static let headerByteCount = 64
    static let magic = Array("TAMGAA01".utf8)
    static let nonceByteCount = 16
    /// Before the sealed bytes: length, line, first line of the batch, nonce.
    static let frameHeadByteCount = 12 + nonceByteCount
    static let checksumByteCount = 8
    static let leastSealed = 1 + LoggedAccess.saltByteCount + 2 + SealedBytes.tagByteCount
    static let mostSealed = 16_384
    static let mostFrame = frameHeadByteCount + mostSealed + checksumByteCount

    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt64 { XXH3_64bits(bytes.baseAddress, bytes.count) }

    static func header(ledgerID: Digest, day: AccessDay) -> [UInt8] {
        var bytes = magic + ledgerID.bytes + Array(day.description.utf8) + [UInt8](repeating: 0, count: 6)
        bytes.appendChecksum(from: 0)
        return bytes
    }
}

/// The place and the size of one line's frame.
struct AccessFrame: Hashable, Sendable {
    let offset: Int
    let sealedCount: Int
    /// The line's number in its day.
    let index: UInt32
    /// The number of the first line that the same sync made durable.
    let batch: UInt32

    var byteCount: Int { AccessFormat.frameHeadByteCount + sealedCount + AccessFormat.checksumByteCount }
    var end: Int { offset + byteCount }

    /// Reads a whole frame that begins with the bytes; `nil` when it is none, or not whole.
    init?(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        let head = AccessFormat.frameHeadByteCount
        guard bytes.count >= head else { return nil }
        sealedCount = Int(bytes.bigEndian(UInt32.self, at: 0))
        index = bytes.bigEndian(UInt32.self, at: 4)
        batch = bytes.bigEndian(UInt32.self, at: 8)
        self.offset = offset
        guard (AccessFormat.leastSealed...AccessFormat.mostSealed).contains(sealedCount), batch <= index,
            bytes.count >= byteCount
        else { return nil }
        let body = UnsafeRawBufferPointer(rebasing: bytes[..<(head + sealedCount)])
        guard bytes.bigEndian(UInt64.self, at: body.count) == AccessFormat.checksum(body) else { return nil }
    }
}

/// Seals lines for their place: a line cannot be moved to another day or number.
struct AccessSeal: Sendable {
    let vault: Vault

    /// The nonce that gives the key: never used twice, being random, and no value's in `state.sqlite`, being longer.
    private func nonce(_ random: some Sequence<UInt8>, _ day: AccessDay, _ index: UInt32) -> [UInt8] {
        var nonce = Array("access line\n".utf8) + random
        nonce.append(bigEndian: day.number)
        nonce.append(bigEndian: index)
        return nonce
    }

    /// Appends the frame of a line.
    ///
    /// - Parameter random: 16 bytes, used for no other line.
    func appendFrame(
        salt: [UInt8], canonical: [UInt8], day: AccessDay, index: UInt32, batch: UInt32,
        random: [UInt8] = randomBytes(AccessFormat.nonceByteCount), to out: inout [UInt8]
    ) throws {
        let sealed = try vault.sealState(salt + canonical, nonce: nonce(random, day, index))
        let start = out.count
        out.append(bigEndian: UInt32(sealed.count))
        out.append(bigEndian: index)
        out.append(bigEndian: batch)
        out += random
        out += sealed
        out.appendChecksum(from: start)
    }

    /// The line in a whole frame.
    ///
    /// - Parameter bytes: the frame's.
    func open(_ bytes: UnsafeRawBufferPointer, day: AccessDay, index: UInt32) throws -> LoggedAccess {
        let head = AccessFormat.frameHeadByteCount
        let random = bytes[12..<head]
        let sealed = Array(bytes[head..<(bytes.count - AccessFormat.checksumByteCount)])
        let plain = try vault.openState(sealed, nonce: nonce(random, day, index))
        let salt = Array(plain.prefix(LoggedAccess.saltByteCount))
        guard salt.count == LoggedAccess.saltByteCount,
            let line = AccessLine(canonical: Array(plain.dropFirst(salt.count)))
        else {
            throw StorageError(
                .unknownFormat, "a line of the access log says what this version does not know",
                remedy: "read it with the version that wrote it, or a newer one")
        }
        return LoggedAccess(position: AccessLog.Position(day: day, index: index), line: line, salt: salt)
    }

    /// What lines about an act are found by.
    func key(ofAct act: String) -> UInt64 {
        vault.stateHash("access act", Array(act.utf8)).withUnsafeBytes { $0.bigEndian(UInt64.self, at: 0) }
    }
}

extension [UInt8] {
    mutating func append(bigEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }

    /// Appends the checksum of all bytes from an offset on.
    mutating func appendChecksum(from start: Int) {
        append(
            bigEndian: withUnsafeBytes { AccessFormat.checksum(UnsafeRawBufferPointer(rebasing: $0[start...])) })
    }
}

extension UnsafeRawBufferPointer {
    /// The integer at an offset, which must lie within.
    func bigEndian<Value: FixedWidthInteger>(_: Value.Type, at offset: Int) -> Value {
        Value(bigEndian: loadUnaligned(fromByteOffset: offset, as: Value.self))
    }
}
