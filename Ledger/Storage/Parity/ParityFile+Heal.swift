public import LedgerMerkle

extension ParityFile {
    /// Compares a file and its parity file with the checksums, byte for byte and past the kernel's cache; changes nothing.
    ///
    /// Costs one read of both, a stripe at a time.
    ///
    /// - Returns: what is damaged: in the covered file in order, then in the parity file. Empty: every byte is as it was. A file that is
    ///   missing is damaged all over.
    /// - Throws: `StorageError` when the parity file is missing, cannot say anything (`corrupt`), is another ledger's or of an unknown
    ///   format; `DiskError` when a file cannot be opened.
    public static func check(path: String, disk: any Disk, ledgerID: Digest) throws -> [DamagedStripe] {
        let parity = try OpenParity(for: path, disk: disk, ledgerID: ledgerID)
        let file = try openCovered(path, disk: disk)
        return try ParitySurvey(file, path: path, table: parity.table, summing: false).damage + parity.damage
    }

    /// Rebuilds what is damaged in a file from its parity, and makes a damaged parity file again.
    ///
    /// Never writes in place: the healed file is written beside (`NAME.healed`), synced, read back past the kernel's cache, compared
    /// with every checksum, and renamed over the damaged one. Readers that have the old file open keep its bytes. Costs
    /// three reads and one write of the file when it is damaged, one read when it is not.
    ///
    /// - Durability: the healed files and their names are durable on return; a crash leaves the damaged file or the healed one.
    /// - Throws: `StorageError(.corrupt)` when the damage is beyond this parity: two stripes of a group, or a stripe and its parity.
    ///   Then nothing has changed. `DiskError` when the disk fails.
    public static func heal(path: String, disk: any Disk, ledgerID: Digest) throws -> HealReport {
        let parity = try OpenParity(for: path, disk: disk, ledgerID: ledgerID)
        let file = try openCovered(path, disk: disk)
        let survey = try ParitySurvey(file, path: path, table: parity.table, summing: true)
        if !survey.damage.isEmpty {
            let rebuilt = try rebuild(survey, parity: parity, path: path)
            try replace(path, disk: disk, from: file, rebuilt: rebuilt, table: parity.table)
        }
        if !parity.damage.isEmpty {
            try write(
                for: path, disk: disk, ledgerID: ledgerID, stripeSize: parity.table.stripeSize,
                expecting: parity.table.checksum)
        }
        return HealReport(path: path, healed: survey.damage, parityDamage: parity.damage)
    }

    private static func openCovered(_ path: String, disk: any Disk) throws(DiskError) -> (any DiskFile)? {
        do throws(DiskError) {
            let file = try disk.open(path, readOnly: true, create: false)
            file.dropCache()
            return file
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
    }

    /// The damaged stripes by number, as they were.
    private static func rebuild(_ survey: ParitySurvey, parity: OpenParity, path: String) throws -> [Int: StripeBuffer]
    {
        let table = parity.table
        let groups = Dictionary(grouping: survey.stripes, by: ParityTable.group(of:))
        for group in groups.keys.sorted() {
            let stripes = groups[group] ?? []
            guard stripes.count == 1 else {
                let places = stripes.prefix(3).map { String(table.range(of: $0).lowerBound) }.joined(separator: ", ")
                throw beyondRepair(
                    "\(stripes.count) stripes of one parity group are damaged in \(path), at bytes \(places)"
                        + (stripes.count > 3 ? " and others" : "") + ", and parity rebuilds one")
            }
            guard parity.wholeGroups.contains(group) else {
                throw beyondRepair(
                    "\(path) is damaged at byte \(table.range(of: stripes[0]).lowerBound), and so is the parity of that"
                        + " stripe, at byte \(table.parityOffset(group)) of \(parity.file.path)")
            }
        }
        var rebuilt: [Int: StripeBuffer] = [:]
        let buffer = StripeBuffer(byteCount: table.stripeSize)
        for stripe in survey.stripes {
            let group = ParityTable.group(of: stripe)
            let sum = survey.sums[group]
            try buffer.fill(from: parity.file, at: table.parityOffset(group), byteCount: table.parityByteCount(group))
            sum.add(buffer)
            guard Checksum.of(sum.prefix(table.range(of: stripe).count)) == table.stripes[stripe] else {
                throw beyondRepair(
                    "the stripe at byte \(table.range(of: stripe).lowerBound) of \(path), rebuilt, has the wrong checksum"
                )
            }
            rebuilt[stripe] = sum
        }
        return rebuilt
    }

    private static func replace(
        _ path: String, disk: any Disk, from file: (any DiskFile)?, rebuilt: [Int: StripeBuffer], table: ParityTable
    ) throws {
        let beside = path + ".healed"
        if disk.exists(beside) { try disk.remove(beside) }
        let target = try disk.open(beside, readOnly: false, create: true)
        let buffer = StripeBuffer(byteCount: table.stripeSize)
        for stripe in table.stripes.indices {
            let range = table.range(of: stripe)
            let whole = rebuilt[stripe] ?? buffer
            if rebuilt[stripe] == nil {
                guard let file,
                    whole.holds(table.stripes[stripe], from: file, at: range.lowerBound, byteCount: range.count)
                else {
                    throw beyondRepair("the stripe at byte \(range.lowerBound) of \(path) read well once and not again")
                }
            }
            try target.write(whole.prefix(range.count), at: range.lowerBound)
        }
        try target.synchronize()
        try verify(beside, disk: disk, table: table)
        try disk.rename(beside, to: path)
        try disk.synchronizeDirectory(path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ".")
    }

    /// Reads a healed file back from the medium and compares it with every checksum.
    private static func verify(_ path: String, disk: any Disk, table: ParityTable) throws {
        let file = try disk.open(path, readOnly: true, create: false)
        file.dropCache()
        let buffer = StripeBuffer(byteCount: table.stripeSize)
        let whole = RunningChecksum()
        for stripe in table.stripes.indices {
            let range = table.range(of: stripe)
            guard buffer.holds(table.stripes[stripe], from: file, at: range.lowerBound, byteCount: range.count) else {
                throw beyondRepair("\(path), just written, reads back wrong at byte \(range.lowerBound)")
            }
            whole.update(buffer.prefix(range.count))
        }
        guard try file.size() == table.length, whole.value == table.checksum else {
            throw beyondRepair("\(path), just written, is not the file that the parity was made of")
        }
    }

    private static func beyondRepair(_ reason: String) -> StorageError {
        StorageError(
            .corrupt, reason, remedy: "take the file from a mirror folder with tamga repair, or from a backup of it")
    }
}

/// What healing did.
public struct HealReport: Hashable, Sendable, CustomStringConvertible {
    public let path: String
    /// What was damaged in the file and is whole again; surplus bytes are gone.
    public let healed: [DamagedStripe]
    /// What was damaged in the parity file, which was made again.
    public let parityDamage: [DamagedStripe]

    public init(path: String, healed: [DamagedStripe], parityDamage: [DamagedStripe]) {
        self.path = path
        self.healed = healed
        self.parityDamage = parityDamage
    }

    public var description: String {
        guard !healed.isEmpty || !parityDamage.isEmpty else { return "\(path) is whole" }
        var lines = healed.map { "healed \($0)" }
        if !parityDamage.isEmpty { lines.append("made again \(ParityFile.path(for: path))") }
        return lines.joined(separator: "\n")
    }
}
