import LedgerMerkle

/// A parity file as it was found.
struct OpenParity {
    let table: ParityTable
    let file: any DiskFile
    /// What is damaged in the parity file itself.
    let damage: [DamagedStripe]
    /// The groups whose parity is whole.
    let wholeGroups: Set<Int>

    /// - Throws: `StorageError` when there is none, it is another ledger's, or neither copy of its table is whole.
    init(for path: String, disk: any Disk, ledgerID: Digest) throws {
        let path = ParityFile.path(for: path)
        guard disk.exists(path) else {
            throw StorageError(
                .corrupt, "\(path) is missing",
                remedy: "check the file that it covered with tamga audit; parity is then made again with tamga repair")
        }
        file = try disk.open(path, readOnly: true, create: false)
        file.dropCache()
        let size = try file.size()
        let first = OpenParity.table(in: file, at: 0, end: size)
        guard let table = try first ?? OpenParity.copy(in: file, size: size) else {
            throw try OpenParity.unusable(file)
        }
        guard table.ledgerID == ledgerID else {
            throw StorageError(
                .foreignLedger, "\(path) is the parity of another ledger's file", remedy: "put back this ledger's file")
        }
        self.table = table

        var damage: [DamagedStripe] = []
        func note(_ offset: Int, _ length: Int) {
            damage.append(DamagedStripe(file: path, offset: offset, length: length))
        }
        if first == nil { note(0, table.byteCount) }
        var whole: Set<Int> = []
        let buffer = StripeBuffer(byteCount: table.stripeSize)
        for group in 0..<ParityTable.groupCount {
            let length = table.parityByteCount(group)
            let offset = table.parityOffset(group)
            if buffer.holds(table.parities[group], from: file, at: offset, byteCount: length) {
                whole.insert(group)
            } else {
                note(offset, length)
            }
        }
        let trailer = table.trailer()
        if (try? file.read(count: trailer.count, at: table.copyOffset)) != trailer {
            note(table.copyOffset, trailer.count)
        }
        if size > table.fileByteCount { note(table.fileByteCount, size - table.fileByteCount) }
        self.damage = damage
        wholeGroups = whole
    }

    /// The table that begins at an offset; `nil` when none does that is whole.
    private static func table(in file: any DiskFile, at offset: Int, end: Int) -> ParityTable? {
        guard offset >= 0, offset <= end - ParityTable.headerByteCount,
            let header = try? file.read(count: ParityTable.headerByteCount, at: offset),
            let length = header.withUnsafeBytes({ ParityTable.byteCount(header: $0) }), length <= end - offset,
            let bytes = try? file.read(count: length, at: offset)
        else { return nil }
        return bytes.withUnsafeBytes { ParityTable($0) }
    }

    /// The second table, found from the end of the file.
    private static func copy(in file: any DiskFile, size: Int) throws -> ParityTable? {
        guard size >= 8, let tail = try? file.read(count: 8, at: size - 8), tail.count == 8 else { return nil }
        let length = tail.withUnsafeBytes { $0.load(bigEndian: UInt64.self, at: 0) }
        guard length <= UInt64(size - 8) else { return nil }
        return table(in: file, at: size - 8 - Int(length), end: size - 8)
    }

    private static func unusable(_ file: any DiskFile) throws -> StorageError {
        let magic = (try? file.read(count: 8, at: 0)) ?? []
        if magic.starts(with: ParityTable.magic.prefix(6)), magic != ParityTable.magic, magic.count == 8,
            magic.dropFirst(6).allSatisfy({ (0x30...0x39).contains($0) })
        {
            return StorageError(
                .unknownFormat, "\(file.path) has a format that this version does not know",
                remedy: "use the version of tamga that wrote it")
        }
        return StorageError(
            .corrupt, "\(file.path) is damaged: neither copy of its table is whole, and it can heal nothing",
            remedy: "check the file that it covered with tamga audit; parity is then made again with tamga repair")
    }
}

/// What one pass over a covered file found.
struct ParitySurvey {
    /// The numbers of the damaged stripes, ascending.
    private(set) var stripes: [Int] = []
    /// In the covered file, in order.
    private(set) var damage: [DamagedStripe] = []
    /// For each group the XOR of its whole stripes; empty unless asked for.
    let sums: [StripeBuffer]

    /// - Parameter file: the covered file; `nil` when it is missing.
    init(_ file: (any DiskFile)?, path: String, table: ParityTable, summing: Bool) throws {
        sums = summing ? (0..<ParityTable.groupCount).map { _ in StripeBuffer(byteCount: table.stripeSize) } : []
        let buffer = StripeBuffer(byteCount: table.stripeSize)
        for stripe in table.stripes.indices {
            let range = table.range(of: stripe)
            if let file, buffer.holds(table.stripes[stripe], from: file, at: range.lowerBound, byteCount: range.count) {
                if summing { sums[ParityTable.group(of: stripe)].add(buffer) }
            } else {
                stripes.append(stripe)
                damage.append(DamagedStripe(file: path, offset: range.lowerBound, length: range.count))
            }
        }
        let surplus = try (file?.size() ?? 0) - table.length
        if surplus > 0 { damage.append(DamagedStripe(file: path, offset: table.length, length: surplus)) }
    }
}

extension StripeBuffer {
    /// Whether a file has these bytes; afterwards they are in the buffer. Bytes that the disk refuses to read are not there.
    func holds(_ checksum: UInt64, from file: any DiskFile, at offset: Int, byteCount: Int) -> Bool {
        (try? fill(from: file, at: offset, byteCount: byteCount)) == byteCount
            && Checksum.of(prefix(byteCount)) == checksum
    }
}
