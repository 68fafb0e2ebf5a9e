public import LedgerMerkle

/// Parity of a file that never changes, kept beside it: heals any 64 KiB of damage in a row (FORMATS.md, "Parity file").
///
/// The stripes of the file form two groups, even and odd, each with one XOR parity stripe. One damaged stripe of each group can be
/// rebuilt, so any run of damage up to one stripe long can, wherever it begins. A missing tail, bytes too many, and stripes
/// that the disk refuses to read count as damage like flipped bytes.
public enum ParityFile {
    /// The stripe size of a store, bytes.
    public static let stripeSize = 65_536

    /// Where the parity of a file is kept.
    public static func path(for path: String) -> String { path + ".parity" }

    /// Makes the parity of a file, in place of any that is there.
    ///
    /// It protects the bytes that it reads, by a descriptor of its own and past the kernel's cache: verify them by the file's own
    /// format, before or after. Costs one read of the file; memory for three stripes and the file's table.
    ///
    /// - Parameter stripeSize: bytes, a multiple of 8 from 64 to 1,048,576; the file has at most 1,048,576 stripes.
    /// - Durability: the parity file and its name are durable on return.
    /// - Throws: `DiskError`; `StorageError` when the file changes while it is read.
    public static func write(
        for path: String, disk: any Disk, ledgerID: Digest, stripeSize: Int = ParityFile.stripeSize
    ) throws {
        try write(for: path, disk: disk, ledgerID: ledgerID, stripeSize: stripeSize, expecting: nil)
    }

    static func write(
        for path: String, disk: any Disk, ledgerID: Digest, stripeSize: Int, expecting expected: UInt64?
    ) throws {
        precondition(ParityTable.stripeSizes.contains(stripeSize) && stripeSize % 8 == 0, "a stripe size of the format")
        let file = try disk.open(path, readOnly: true, create: false)
        file.dropCache()
        let length = try file.size()
        let count = ParityTable.stripeCount(length: length, stripeSize: stripeSize)
        precondition(count <= ParityTable.stripeLimit, "more stripes than the format takes")
        let buffer = StripeBuffer(byteCount: stripeSize)
        let sums = (0..<ParityTable.groupCount).map { _ in StripeBuffer(byteCount: stripeSize) }
        var stripes: [UInt64] = []
        let whole = RunningChecksum()
        for stripe in 0..<count {
            let offset = stripe * stripeSize
            let wanted = min(stripeSize, length - offset)
            guard try buffer.fill(from: file, at: offset, byteCount: wanted) == wanted else { throw changed(path) }
            stripes.append(Checksum.of(buffer.prefix(wanted)))
            whole.update(buffer.prefix(wanted))
            sums[ParityTable.group(of: stripe)].add(buffer)
        }
        guard try file.size() == length, expected == nil || whole.value == expected else { throw changed(path) }
        func table(_ parities: [UInt64]) -> ParityTable {
            ParityTable(
                ledgerID: ledgerID, length: length, checksum: whole.value, stripeSize: stripeSize, stripes: stripes,
                parities: parities)
        }
        let lengths = sums.indices.map { table([]).parityByteCount($0) }
        let finished = table(zip(sums, lengths).map { Checksum.of($0.prefix($1)) })
        var bytes = finished.encoded()
        bytes.reserveCapacity(finished.fileByteCount)
        for (sum, length) in zip(sums, lengths) { bytes.append(contentsOf: sum.prefix(length)) }
        bytes.append(contentsOf: finished.trailer())
        try disk.replace(ParityFile.path(for: path), with: bytes)
    }

    private static func changed(_ path: String) -> StorageError {
        StorageError(
            .corrupt, "\(path) changed while its parity was made",
            remedy: "look for another process that writes into the data folder, then check the file with tamga audit")
    }
}

/// Bytes that are not what they were: flipped, missing, too many, or refused by the disk.
public struct DamagedStripe: Hashable, Sendable, CustomStringConvertible {
    /// The damaged file: the covered file or its parity file.
    public let file: String
    /// Where the stripe, table or surplus begins, bytes.
    public let offset: Int
    /// How long it is, or should be, bytes.
    public let length: Int

    public init(file: String, offset: Int, length: Int) {
        self.file = file
        self.offset = offset
        self.length = length
    }

    public var description: String { "\(file), bytes \(offset) to \(offset + length - 1)" }
}
