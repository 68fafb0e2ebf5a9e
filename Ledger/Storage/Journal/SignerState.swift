public import LedgerMerkle

/// The newest size and root that a signer has signed: the watermark below which nothing may ever change.
public struct SignerState: Hashable, Sendable {
    public let size: UInt64
    public let root: Digest
    /// When it was written, Unix ms: the ledger's clock may not fall behind it.
    public let time: UInt64

    public init(size: UInt64, root: Digest, time: UInt64) {
        self.size = size
        self.root = root
        self.time = time
    }

    /// The state of a ledger without entries.
    public static func initial(time: UInt64) -> SignerState {
        SignerState(size: 0, root: TreeHash.empty, time: time)
    }
}

/// The file of a signer's state: two slots of 512 bytes, 4,096 apart (FORMATS.md, "Signer's state").
///
/// The slot with the newest synced state is never written: however many writes a loss of power tears, that state stays.
public final class SignerStateFile {
    static let magic = Array("TAMGASIG".utf8)
    static let slotByteCount = 512
    static let slotOffsets = [0, 4096]
    static let greatestSequence: UInt64 = 1 << 62

    private let file: any DiskFile
    private let ledgerID: Digest
    private var sequence: UInt64
    // Where the next write goes: the other slot holds a synced state.
    private var slot: Int
    private var isDirty = false
    public private(set) var state: SignerState

    /// Opens the state of a ledger for reading and writing.
    ///
    /// - Durability: unless `readOnly`, the state is synced and read past the kernel's cache, so that it is on the medium.
    /// - Returns: `nil` when there is no file.
    /// - Throws: `StorageError` when no slot is whole, the newest is dated after `FrameHeader.latestTime` or numbered after
    ///   2^62, or the file belongs to another ledger.
    public static func open(disk: any Disk, path: String, ledgerID: Digest, readOnly: Bool = false) throws
        -> SignerStateFile?
    {
        guard disk.exists(path) else { return nil }
        let file = try disk.open(path, readOnly: readOnly, create: false)
        if !readOnly {
            try file.synchronize()
            file.dropCache()
        }
        return try SignerStateFile(file: file, ledgerID: ledgerID)
    }

    /// Makes the file of a new signer.
    ///
    /// - Durability: file and name are durable on return.
    public static func create(
        disk: any Disk, path: String, directory: String, ledgerID: Digest, state: SignerState
    ) throws -> SignerStateFile {
        var image = [UInt8](repeating: 0, count: slotOffsets[1] + slotByteCount)
        let slot = encoded(state, sequence: 1, ledgerID: ledgerID)
        image.replaceSubrange(slotOffsets[1]..<slotOffsets[1] + slot.count, with: slot)
        try disk.replace(path, with: image)
        try disk.synchronizeDirectory(directory)
        return try SignerStateFile(file: disk.open(path, readOnly: false, create: false), ledgerID: ledgerID)
    }

    private init(file: any DiskFile, ledgerID: Digest) throws {
        var newest: (sequence: UInt64, state: SignerState, ledgerID: Digest)?
        var newestSlot = 0
        for (number, offset) in SignerStateFile.slotOffsets.enumerated() {
            let bytes = try file.read(count: SignerStateFile.slotByteCount, at: offset)
            guard let slot = SignerStateFile.decoded(bytes) else { continue }
            if slot.sequence > newest?.sequence ?? 0 { (newest, newestSlot) = (slot, number) }
        }
        guard let newest else {
            throw StorageError(
                .corrupt, "\(file.path) holds no whole signer's state",
                remedy: "restore it from where copies of it are kept; without it nothing can be signed safely")
        }
        guard newest.ledgerID == ledgerID else {
            throw StorageError(
                .foreignLedger, "\(file.path) is the signer's state of another ledger",
                remedy: "name the state file of this ledger")
        }
        // Not passed over for the other slot: that one is older, and less is refused by it.
        guard newest.state.time <= FrameHeader.latestTime else {
            throw StorageError(
                .corrupt, "\(file.path) holds a state dated beyond any clock (\(newest.state.time) ms)",
                remedy: "restore it from where copies of it are kept; without it nothing can be signed safely")
        }
        // The next write counts on from it.
        guard newest.sequence <= SignerStateFile.greatestSequence else {
            throw StorageError(
                .corrupt, "\(file.path) holds a state numbered \(newest.sequence), beyond any count of batches",
                remedy: "restore it from where copies of it are kept; without it nothing can be signed safely")
        }
        self.file = file
        self.ledgerID = ledgerID
        (sequence, state) = (newest.sequence, newest.state)
        slot = 1 - newestSlot
    }

    /// Writes a newer state into the slot that does not hold the synced one.
    ///
    /// - Durability: survives the death of the process at once, a loss of power after `synchronize`.
    public func write(_ state: SignerState) throws(DiskError) {
        let bytes = SignerStateFile.encoded(state, sequence: sequence + 1, ledgerID: ledgerID)
        try file.write(bytes, at: SignerStateFile.slotOffsets[slot])
        sequence += 1
        isDirty = true
        self.state = state
    }

    /// Makes the newest state durable. After a failure the file must be opened anew.
    public func synchronize() throws(DiskError) {
        try file.synchronize()
        if isDirty { slot = 1 - slot }
        isDirty = false
    }

    /// The newest whole slot in a file's bytes; `nil` when they are no signer's state.
    public static func newest(in bytes: [UInt8]) -> (state: SignerState, ledgerID: Digest)? {
        let slots = slotOffsets.compactMap { decoded(Array(bytes.dropFirst($0).prefix(slotByteCount))) }
        return slots.max { $0.sequence < $1.sequence }.map { ($0.state, $0.ledgerID) }
    }

    private static func encoded(_ state: SignerState, sequence: UInt64, ledgerID: Digest) -> [UInt8] {
        var bytes = magic
        bytes.append(bigEndian: sequence)
        bytes.append(bigEndian: state.size)
        bytes.append(bigEndian: state.time)
        bytes.append(contentsOf: state.root.bytes)
        bytes.append(contentsOf: ledgerID.bytes)
        bytes.append(bigEndian: Checksum.of(bytes))
        return bytes
    }

    private static func decoded(_ bytes: [UInt8]) -> (sequence: UInt64, state: SignerState, ledgerID: Digest)? {
        bytes.withUnsafeBytes { buffer in
            guard buffer.count >= 104, buffer.prefix(8).elementsEqual(magic),
                buffer.load(bigEndian: UInt64.self, at: 96) == Checksum.of(buffer.part(0, 96)),
                let root = Digest(buffer.part(32, 32)), let ledgerID = Digest(buffer.part(64, 32))
            else { return nil }
            let state = SignerState(
                size: buffer.load(bigEndian: UInt64.self, at: 16), root: root,
                time: buffer.load(bigEndian: UInt64.self, at: 24))
            return (buffer.load(bigEndian: UInt64.self, at: 8), state, ledgerID)
        }
    }
}
