public import LedgerEngine
public import LedgerStorage

/// What a ledger needs to hold the product's records: the keys of its folder, and the secrets of its records.
public struct RecordKeeping: Sendable {
    /// Years for which receipts are kept: the law on value-added tax asks for no more.
    public static let receiptYears = 10

    public let vault: Vault
    public let secrets: SecretStore

    public init(vault: Vault, secrets: SecretStore) {
        self.vault = vault
        self.secrets = secrets
    }

    /// Reads the keys of a folder.
    ///
    /// - Parameter isReadOnly: whoever only reads makes no secrets.
    /// - Throws: `StorageError` when a key is missing, damaged or can be read by others.
    public init(
        folder: DataFolder, disk: any Disk = PosixDisk(), clock: any Clock = SystemClock(), isReadOnly: Bool = false
    ) throws {
        vault = Vault(storeKey: try folder.storeKey(disk: disk), pepper: try folder.pepper(disk: disk))
        secrets = SecretStore(folder: folder, disk: disk, clock: clock, isReadOnly: isReadOnly)
    }

    /// Whether a file of `documents/` has a header that opens: what is behind it may be damaged all the same.
    public func isKept(_ name: String, in folder: DataFolder, disk: any Disk = PosixDisk()) -> Bool {
        (try? DocumentStore(folder: folder, vault: vault, disk: disk).head(ofFile: name)) != nil
    }

    /// The configuration of a ledger that holds these records: how they are packed, and how long they are kept.
    public func configured(_ configuration: Ledger.Configuration = Ledger.Configuration()) -> Ledger.Configuration {
        var configuration = configuration
        configuration.codec = SealedRecordCodec(
            vault: vault, secret: secrets.secret, destroy: { [secrets] in try secrets.erase($0) })
        configuration.compaction.retentionYears = [RetentionClass.receipts.rawValue: RecordKeeping.receiptYears]
        return configuration
    }
}

/// Erases from the files of an open ledger.
public struct LedgerEraser: RecordEraser {
    private let ledger: Ledger

    public init(_ ledger: Ledger) {
        self.ledger = ledger
    }

    /// - Durability: the content is gone from journal, record files and index when this returns.
    public func erase(_ indices: Set<UInt64>) throws {
        try ledger.eraseNow(indices)
    }
}
