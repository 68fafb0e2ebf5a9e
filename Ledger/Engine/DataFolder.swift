public import LedgerMerkle
public import LedgerStorage
public import LedgerTransparency

/// The layout of a data folder and the identity written in it (FORMATS.md, "Data folder").
public struct DataFolder: Sendable {
    public let path: String
    /// The origin of the ledger's checkpoints, chosen by the operator.
    public let origin: String
    public let verifierKey: VerifierKey
    /// Bytes of a journal file.
    public let journalFileLength: Int
    /// A complete segment holds 2^segmentHeight entries.
    public let segmentHeight: Int
    /// Where a second copy of the signer's state is kept, when the operator configured one.
    public let signerStatePath: String?
    /// Where the key that signs checkpoints is, when it is not `keys/log.key`: an address that is kept here and read elsewhere.
    public let keyAddress: String?
    /// SHA-256 over origin and verifier key: stamped into every file of the ledger.
    public let ledgerID: Digest

    static let configurationName = "ledger.conf"
    static let header = "tamga ledger v1"

    public var journalPath: String { path + "/journal" }
    public var segmentsPath: String { path + "/segments" }
    public var indexPath: String { path + "/index" }
    public var keysPath: String { path + "/keys" }
    /// The blocks of record secrets; made with the first of them.
    public var secretsPath: String { keysPath + "/secrets" }
    public var ownSignerStatePath: String { path + "/signer.state" }
    /// Where the scrubber stands; made with the first segment that it read.
    public var scrubStatePath: String { path + "/scrub.state" }
    public var lockPath: String { path + "/lock" }
    public var verifierKeyPath: String { path + "/verifier.key" }
    public var adminSocketPath: String { path + "/admin.sock" }
    public var statePath: String { path + "/state.sqlite" }
    /// What is read out of the ledger for lists and sums: may be deleted.
    public var registryPath: String { path + "/registry.sqlite" }
    /// What is read out of the ledger to find acts by their parties: may be deleted.
    public var actsPath: String { path + "/acts.sqlite" }
    /// Who looked at whose acts, a file a day.
    public var accessPath: String { path + "/access" }
    /// CRLs and OCSP responses that acts name and do not carry, each under its SHA-256; made with the first.
    public var validationPath: String { path + "/validation" }
    /// Documents that are kept for acts, encrypted; made with the first of them.
    public var documentsPath: String { path + "/documents" }
    /// How far kept documents and revocation data have been read again; made with the first such reading.
    public var keptStatePath: String { path + "/kept.state" }
    /// The operator's own tables, where there are any.
    public var tablesPath: String { path + "/tables" }

    /// What a ledger gets when nothing else is asked for, and what one without the line has.
    public static let defaultSegmentHeight = 16
    static let segmentHeights = 2...16

    private init(
        path: String, origin: String, verifierKey: VerifierKey, journalFileLength: Int, segmentHeight: Int,
        signerStatePath: String?, keyAddress: String?
    ) {
        self.path = path
        self.origin = origin
        self.verifierKey = verifierKey
        self.journalFileLength = journalFileLength
        self.segmentHeight = segmentHeight
        self.signerStatePath = signerStatePath
        self.keyAddress = keyAddress
        var hash = SHA256()
        hash.update("\(DataFolder.header)\n\(origin)\n\(verifierKey.description)\n")
        ledgerID = hash.finalize()
    }

    /// Makes a new data folder with fresh keys.
    ///
    /// The folder must be absent or empty. Keys are files of mode 0600 under `keys/`.
    /// - Parameters:
    ///   - logKey: a key that is kept elsewhere, its public half and its address; without one `keys/log.key` is made.
    ///   - random: a source of random bytes, for the keys that are made.
    /// - Durability: everything is durable on return; the configuration is written last, so a folder without it is no ledger.
    public static func create(
        path: String, origin: String, journalFileLength: Int = JournalWriter.defaultFileLength,
        segmentHeight: Int = defaultSegmentHeight, signerStatePath: String? = nil,
        logKey: (publicKey: [UInt8], address: String)? = nil, disk: any Disk, time: UInt64,
        random: (Int) -> [UInt8]
    ) throws -> DataFolder {
        guard journalFileLength >= JournalWriter.leastFileLength, journalFileLength <= JournalWriter.greatestFileLength
        else {
            throw StorageError(
                .unknownFormat, "journal files of \(journalFileLength) bytes",
                remedy: "choose \(JournalWriter.leastFileLength) to \(JournalWriter.greatestFileLength) bytes")
        }
        precondition(segmentHeights.contains(segmentHeight), "segments of 2^2 to 2^16 entries")
        if let signerStatePath, !isPath(signerStatePath) {
            throw StorageError(
                .unknownFormat, "the signer's state cannot lie at \"\(signerStatePath)\"",
                remedy: "choose a path without line breaks that does not begin or end with a space")
        }
        try checkAddress(logKey?.address)
        try disk.makeDirectory(path)
        try checkEmpty(path, disk: disk)
        let made = logKey == nil ? try SigningKey(name: origin, seed: random(32)) : nil
        let verifierKey =
            try made?.verifierKey ?? VerifierKey(name: origin, algorithm: .ed25519, publicKey: logKey?.publicKey ?? [])
        let folder = DataFolder(
            path: path, origin: origin, verifierKey: verifierKey, journalFileLength: journalFileLength,
            segmentHeight: segmentHeight, signerStatePath: signerStatePath, keyAddress: logKey?.address)
        try disk.makeDirectory(folder.keysPath)
        try disk.makeDirectory(folder.journalPath)
        if let made { try disk.replace(folder.logKeyPath, with: Array((made.encoded + "\n").utf8)) }
        for name in ["store.key", "pepper.key"] {
            let secret = random(32)
            let line = "\(hexadecimal(secret)) \(folder.check(of: secret, name: name))\n"
            try disk.replace("\(folder.keysPath)/\(name)", with: Array(line.utf8))
        }
        for state in [folder.ownSignerStatePath, signerStatePath].compactMap(\.self) {
            guard !disk.exists(state) else {
                throw StorageError(
                    .foreignLedger, "\(state) exists already",
                    remedy: "each ledger needs a signer's state file of its own")
            }
            _ = try SignerStateFile.create(
                disk: disk, path: state, directory: path, ledgerID: folder.ledgerID, state: .initial(time: time))
        }
        try disk.replace(folder.verifierKeyPath, with: Array("\(folder.verifierKey)\n".utf8))
        try disk.replace("\(path)/\(configurationName)", with: Array(folder.configuration.utf8))
        try disk.synchronizeDirectory(parent(of: path))
        return folder
    }

    static func isPath(_ path: String) -> Bool {
        !path.isEmpty && !path.hasPrefix(" ") && !path.hasSuffix(" ") && path.utf8.allSatisfy { $0 >= 0x20 }
    }

    static func parent(of path: String) -> String {
        var name = Substring(path)
        while name.count > 1, name.hasSuffix("/") { name.removeLast() }
        guard let slash = name.lastIndex(of: "/") else { return "." }
        return slash == name.startIndex ? "/" : String(name[..<slash])
    }

    /// Opens an existing data folder. Reads the configuration only.
    public static func open(path: String, disk: any Disk) throws -> DataFolder {
        let file = "\(path)/\(configurationName)"
        guard disk.exists(file) else {
            throw StorageError(
                .notALedger, "\(path) is not a Tamga data folder",
                remedy: "make one with: tamga init --data \(path) --origin NAME")
        }
        let text = String(decoding: try disk.readAll(file, limit: 1 << 16), as: UTF8.self)
        let lines = text.split(separator: "\n").map(String.init)
        guard lines.first == header else {
            throw StorageError(
                .unknownFormat, "\(file) does not begin with \"\(header)\"",
                remedy: "use the Tamga version that wrote it")
        }
        var values: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
            guard parts.count == 2, values.updateValue(parts[1], forKey: parts[0]) == nil else {
                throw StorageError(
                    .unknownFormat, "\(file) has a line that is not \"name value\"", remedy: "restore the file")
            }
        }
        guard let origin = values["origin"], let key = values["key"], let verifierKey = try? VerifierKey(parsing: key),
            let length = values["journal-file-length"].flatMap({ Int($0) }), length >= JournalWriter.leastFileLength,
            length <= JournalWriter.greatestFileLength,
            let height = Int(values["segment-height"] ?? "\(defaultSegmentHeight)"), segmentHeights.contains(height)
        else {
            throw StorageError(
                .unknownFormat, "\(file) lacks origin, key or journal-file-length, or has an impossible segment-height",
                remedy: "restore the file")
        }
        return DataFolder(
            path: path, origin: origin, verifierKey: verifierKey, journalFileLength: length,
            segmentHeight: height, signerStatePath: values["signer-state"], keyAddress: values["log-key"])
    }

    /// The same ledger in another place.
    func moved(to path: String, keyAddress: String?) -> DataFolder {
        DataFolder(
            path: path, origin: origin, verifierKey: verifierKey, journalFileLength: journalFileLength,
            segmentHeight: segmentHeight, signerStatePath: signerStatePath, keyAddress: keyAddress)
    }

    var configuration: String {
        var text =
            "\(DataFolder.header)\norigin \(origin)\nkey \(verifierKey)\njournal-file-length \(journalFileLength)\n"
        if segmentHeight != DataFolder.defaultSegmentHeight { text += "segment-height \(segmentHeight)\n" }
        if let signerStatePath { text += "signer-state \(signerStatePath)\n" }
        if let keyAddress { text += "log-key \(keyAddress)\n" }
        return text
    }

    /// The key that signs checkpoints; refused when others may read its file or it is not the ledger's.
    public func signingKey(disk: any Disk) throws -> SigningKey {
        if let keyAddress {
            throw StorageError(
                .keyMissing, "the ledger's key is not in \(keysPath) but at \(keyAddress)",
                remedy: "sign with the key there")
        }
        let key = try SigningKey(parsing: try keyLine("log.key", disk: disk))
        guard key.verifierKey == verifierKey else {
            throw StorageError(
                .foreignLedger, "\(keysPath)/log.key is the key of another ledger",
                remedy: "restore the key of this ledger")
        }
        return key
    }

    /// The key from which domain keys, capabilities and the encryption of stored records derive. 32 bytes.
    public func storeKey(disk: any Disk) throws -> [UInt8] { try secret("store.key", disk: disk) }

    /// The key from which access codes derive. 32 bytes.
    public func pepper(disk: any Disk) throws -> [UInt8] { try secret("pepper.key", disk: disk) }

    private func secret(_ name: String, disk: any Disk) throws -> [UInt8] {
        let parts = try keyLine(name, disk: disk).split(separator: " ")
        guard parts.count == 2, let bytes = parseHexadecimal(parts[0]), bytes.count == 32 else {
            throw StorageError(
                .corrupt, "\(keysPath)/\(name) is not a key of 64 hexadecimal digits with its check",
                remedy: "restore the key from a copy")
        }
        guard parts[1] == check(of: bytes, name: name) else {
            throw StorageError(
                .foreignLedger, "\(keysPath)/\(name) is damaged or the key of another ledger",
                remedy: "restore the key of this ledger: with another one no record can be read and none found")
        }
        return bytes
    }

    /// Binds a secret to its ledger and its name: a key of another folder would go unnoticed until the first record is read.
    private func check(of secret: [UInt8], name: String) -> String {
        String(HMACSHA256(key: secret).authenticate(Array(name.utf8) + ledgerID.bytes).description.prefix(16))
    }

    private func keyLine(_ name: String, disk: any Disk) throws -> String {
        let file = "\(keysPath)/\(name)"
        guard disk.exists(file) else {
            throw StorageError(
                .keyMissing, "\(file) is missing",
                remedy:
                    "restore it from the copy of the keys: without log.key nothing can be signed, without the others no record read"
            )
        }
        guard try disk.permissions(file) & 0o077 == 0 else {
            throw StorageError(.exposedKey, "\(file) can be read by others", remedy: "run: chmod 600 \(file)")
        }
        let text = String(decoding: try disk.readAll(file, limit: 4096), as: UTF8.self)
        return text.split(separator: "\n").first.map(String.init) ?? ""
    }
}
