import Evidence
import LedgerEngine
import LedgerMerkle
import LedgerStorage
import Synchronization

/// A ledger that is measured, with its folder.
struct BenchLedger: Sendable {
    let data: DataFolder
    let ledger: Ledger

    /// Makes a ledger and opens it.
    static func make(_ path: String, disk: any Disk) throws -> BenchLedger {
        try open(folder(path), disk: disk)
    }

    /// Makes the folder of a ledger.
    static func folder(_ path: String) throws -> DataFolder {
        var generator = SystemRandomNumberGenerator()
        return try DataFolder.create(
            path: path, origin: "bench.example/tamga", disk: PosixDisk(), time: SystemClock().now(),
            random: { count in (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) } })
    }

    /// - Parameter configuration: says how records are packed; opaque ones unless it names the product's codec.
    static func open(
        _ data: DataFolder, disk: any Disk, configuration: Ledger.Configuration = Ledger.Configuration()
    ) throws -> BenchLedger {
        let signer = NoteSigner(origin: data.origin, key: try data.signingKey(disk: PosixDisk()))
        return BenchLedger(
            data: data, ledger: try Ledger.open(folder: data, configuration: configuration, disk: disk, signer: signer))
    }

    /// Seals everything in a closed ledger of opaque records, as a service would in time.
    ///
    /// - Returns: what to say beside figures of a ledger that is not sealed; `nil` when it is.
    static func seal(_ data: DataFolder) -> String? {
        do {
            var configuration = Ledger.Configuration()
            configuration.compaction.isAutomatic = false
            let opened = try open(data, disk: PosixDisk(), configuration: configuration)
            defer { opened.ledger.close() }
            try opened.ledger.compact(sealingTail: true)
            return nil
        } catch {
            return "not sealed: \(error)"
        }
    }

    /// Closes it and removes its folder.
    func discard() {
        ledger.close()
        Place.remove(data.path)
    }
}

/// What is filed: an entry of 42 bytes as every record has it, and 700 bytes that nothing can compress.
enum Load {
    static let recordByteCount = 700

    /// A few thousand different records: enough that no dictionary sees one again soon, few enough to stay in memory.
    static let records: [[UInt8]] = {
        var state: UInt64 = 0x7461_6d67_615f_6265
        return (0..<4096).map { _ in
            var record: [UInt8] = []
            record.reserveCapacity(recordByteCount + 8)
            while record.count < recordByteCount {
                withUnsafeBytes(of: mix(&state)) { record.append(contentsOf: $0) }
            }
            return Array(record.prefix(recordByteCount))
        }
    }()

    private static let next = Atomic<Int>(1)

    /// Reserves numbers for entries: none is given twice in a run.
    static func numbers(_ count: Int) -> Int {
        next.add(count, ordering: .relaxed).oldValue
    }

    static func record(_ number: Int) -> [UInt8] { records[number & 4095] }

    /// The entry of a number: a commitment that looks like a hash.
    static func entry(_ number: Int) -> [UInt8] {
        var state = UInt64(number)
        return [UInt8](unsafeUninitializedCapacity: Entry.byteCount) { buffer, initialized in
            buffer.initialize(repeating: 0)
            (buffer[0], buffer[1]) = (Entry.version, RecordKind.receipt.rawValue)
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            for word in 0..<4 { bytes.storeBytes(of: mix(&state), toByteOffset: 10 + 8 * word, as: UInt64.self) }
            initialized = Entry.byteCount
        }
    }

    static func submission(_ number: Int, withRecord: Bool = true) -> Submission {
        Submission(
            item: JournalItem(entry: entry(number), payload: withRecord ? record(number) : []), timeOffset: 2)
    }

    /// The bytes that the journal writes for a batch.
    static func frameByteCount(_ count: Int) -> Int {
        let item = JournalItem(entry: entry(0), payload: record(0)).byteCount
        let body = UInt32(count * item)
        return FrameHeader(count: UInt32(count), bodyLength: body, time: 0, sizeBefore: 0, rootBefore: .zero)
            .frameLength
    }

    /// splitmix64 (public domain, S. Vigna).
    private static func mix(_ state: inout UInt64) -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }
}
