import LedgerMerkle
import LedgerStorage

/// What keeps a backup from overwriting what it must not, and what shows that it is one.
extension LedgerBackup {
    /// An earlier backup of this ledger, or nothing; in both places.
    func checkTarget() throws {
        for path in [target, keys].compactMap(\.self) { try disk.makeDirectory(path) }
        let names = try disk.list(target)
        if names.contains(DataFolder.configurationName) {
            guard try DataFolder.open(path: target, disk: disk).ledgerID == folder.ledgerID else {
                throw StorageError(
                    .foreignLedger, "\(target) holds the backup of another ledger", remedy: "choose another folder")
            }
            guard !names.contains("lock"), !names.contains("keys") else {
                throw StorageError(
                    .foreignLedger, "\(target) is a data folder in use, not a backup", remedy: "choose another folder")
            }
        } else if !names.contains(LedgerBackup.markName), !names.allSatisfy(isOfABeginning) {
            throw StorageError(
                .notALedger, "\(target) is neither empty nor a backup",
                remedy: "choose a new folder: nothing that is there is overwritten")
        }
        guard let keys else { return }
        for name in folder.keyNames where disk.exists("\(keys)/\(name)") {
            let own = "\(folder.keysPath)/\(name)"
            guard disk.exists(own), try disk.readAll("\(keys)/\(name)", limit: 4096) == disk.readAll(own, limit: 4096)
            else {
                throw StorageError(
                    .foreignLedger, "\(keys)/\(name) is another key than that of this ledger",
                    remedy: "choose another folder for the keys: nothing that is there is overwritten")
            }
        }
    }

    /// What a first backup that broke off may have left before its mark.
    private func isOfABeginning(_ name: String) -> Bool {
        ["segments", "journal", "validation", "documents", LedgerBackup.lockName].contains(name)
            || name.hasSuffix(".new")
    }

    /// A copy that has more than the ledger, or another history, is not overwritten: the ledger was restored from less, and went on.
    func checkHistory() throws {
        let path = target + "/signer.state"
        guard
            let copied = try SignerStateFile.open(disk: disk, path: path, ledgerID: folder.ledgerID, readOnly: true)?
                .state
        else { return }
        let signed = try SignerStates.watermark(folder: folder, shadowPath: shadowPath, disk: disk)
        let isSame =
            try copied.size <= signed.size
            && SignedReading(folder, signed, disk: disk).root(of: copied.size) == copied.root
        guard isSame else {
            throw StorageError(
                .behindSigner,
                "the backup in \(target) holds \(copied.size) entries that this ledger of \(signed.size) does not have, or not so",
                remedy:
                    "keep that backup, back up into another folder, and ask for an audit: the key may have signed two histories"
            )
        }
    }

    /// Opens the copy as a reader would and holds it against what was signed.
    func verify(_ moment: Moment) throws {
        let copy = try DataFolder.open(path: target, disk: disk)
        let reading = try SignedReading(copy, moment.watermark, disk: disk)
        let missing = try segments.missing(moment.segments)
        guard reading.size == moment.watermark.size, reading.root == moment.watermark.root, missing.isEmpty else {
            throw StorageError(
                .corrupt,
                missing.isEmpty
                    ? "the copy in \(target) does not give the root that was signed at \(moment.watermark.size) entries"
                    : "the copy lacks \(missing.joined(separator: ", "))",
                remedy: "run: tamga audit --data \(folder.path)")
        }
    }
}

/// A folder as a reader sees it, up to what was signed.
struct SignedReading {
    private let segments: SegmentStore
    private let recovered: Recovered

    /// - Throws: `StorageError` when the folder is not as it was signed.
    init(_ folder: DataFolder, _ watermark: SignerState, disk: any Disk) throws {
        segments = try SegmentStore.open(
            disk: disk, directory: folder.segmentsPath, ledgerID: folder.ledgerID,
            shape: SegmentStore.Shape(height: folder.segmentHeight), codec: OpaqueRecords(), forWriting: false)
        recovered = try Recovery(disk: disk, folder: folder, segments: segments, watermark: watermark)
            .run(toWatermark: true, progress: { _, _ in })
    }

    var size: UInt64 { recovered.state.size }
    var root: Digest { recovered.state.root }

    func root(of size: UInt64) throws -> Digest { try recovered.root(of: size, in: segments) }
}
