import LedgerMerkle
import LedgerStorage

/// The signer's state in all the places where it is kept.
///
/// One copy lies in the data folder. A second one outside survives when the folder is replaced by an older copy of itself: only
/// then can a restore be told from the truth.
struct SignerStates {
    private let files: [SignerStateFile]
    let watermark: SignerState

    /// Opens every copy; the newest is the watermark.
    ///
    /// - Parameter shadowPath: a copy that is made when absent, beside the one the operator may have configured.
    static func open(folder: DataFolder, shadowPath: String?, disk: any Disk) throws -> SignerStates {
        guard let own = try SignerStateFile.open(disk: disk, path: folder.ownSignerStatePath, ledgerID: folder.ledgerID)
        else {
            throw missing(folder.ownSignerStatePath)
        }
        var files = [own]
        if let path = folder.signerStatePath {
            guard let file = try SignerStateFile.open(disk: disk, path: path, ledgerID: folder.ledgerID) else {
                throw missing(path)
            }
            files.append(file)
        }
        if let shadowPath, shadowPath != folder.signerStatePath {
            let file = try SignerStateFile.open(disk: disk, path: shadowPath, ledgerID: folder.ledgerID)
            files.append(
                try file
                    ?? SignerStateFile.create(
                        disk: disk, path: shadowPath, directory: folder.path, ledgerID: folder.ledgerID,
                        state: own.state))
        }
        return try SignerStates(files: files, watermark: newest(files.map(\.state)))
    }

    /// The watermark alone, for readers. Changes nothing: an absent shadow is not made.
    static func watermark(folder: DataFolder, shadowPath: String? = nil, disk: any Disk) throws -> SignerState {
        let paths = [folder.ownSignerStatePath, folder.signerStatePath, shadowPath].compactMap(\.self)
        let states = try paths.compactMap {
            try SignerStateFile.open(disk: disk, path: $0, ledgerID: folder.ledgerID, readOnly: true)?.state
        }
        guard !states.isEmpty else { throw missing(folder.ownSignerStatePath) }
        return try newest(states)
    }

    /// Records what is about to be acknowledged.
    func write(_ state: SignerState) throws(DiskError) {
        for file in files { try file.write(state) }
    }

    /// The time in the newest state written, Unix ms.
    var lastTime: UInt64 { files[0].state.time }

    /// - Durability: every copy is durable on return.
    func synchronize() throws(DiskError) {
        for file in files { try file.synchronize() }
    }

    private static func newest(_ states: [SignerState]) throws -> SignerState {
        var newest = states[0]
        for state in states.dropFirst() {
            guard state.size != newest.size || state.root == newest.root else {
                throw StorageError(
                    .behindSigner, "two copies of the signer's state name different roots at \(state.size) entries",
                    remedy: "the key has signed two histories: keep both folders and all copies, and ask for an audit")
            }
            if (state.size, state.time) > (newest.size, newest.time) { newest = state }
        }
        return newest
    }

    private static func missing(_ path: String) -> StorageError {
        StorageError(
            .behindSigner, "the signer's state \(path) is missing",
            remedy: "restore it: without it nobody can tell whether this key has signed more than the journal holds")
    }
}
