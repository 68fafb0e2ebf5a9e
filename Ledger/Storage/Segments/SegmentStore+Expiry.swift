import LedgerMerkle

/// Letting records go whose time is over.
extension SegmentStore {
    /// Lets the records of one class of a segment go, and the secrets that opened them.
    ///
    /// The manifest says so first; then the secrets are destroyed, and last the file is removed: while it is there, what a crash broke off
    /// can be finished from it.
    ///
    /// - Durability: file and secrets are gone when this returns; but the secrets of records that could not be read.
    public func expireRecords(ofSegmentHolding index: UInt64, retention: UInt8) throws {
        try settle()
        let segment = try require(index)
        guard let old = segment.manifest.records.first(where: { $0.retention == retention && !$0.isExpired }) else {
            return
        }
        let gone = SegmentManifest.Records(
            retention: retention, isExpired: true, generation: old.generation, fileLength: 0,
            contentDigest: .zero, held: 0, erased: old.erased, effort: old.effort)
        try replace(old, with: gone, in: segment, destroying: secretHandles(of: gone, in: segment))
    }

    /// Destroys secrets. A block of them that is damaged is passed over: no ledger reads it any more, and whoever looks for it is told.
    func destroySecrets(_ handles: [UInt64]) throws {
        guard !handles.isEmpty else { return }
        do {
            try codec.destroySecrets(handles)
        } catch let error as StorageError where error.code == .corrupt {}
    }

    /// Destroys the secrets of expired records whose file is still there: a crash came between the one and the other. The file is a
    /// leftover, and removed as such.
    func finishExpiry(among names: [String]) throws {
        let names = Set(names)
        for segment in segments {
            for records in segment.manifest.records where records.isExpired {
                let name = segment.names.records(retention: records.retention, generation: records.generation)
                guard names.contains(name) else { continue }
                try destroySecrets(secretHandles(of: records, in: segment))
            }
        }
    }

    /// What leads to the secrets of a record file, as far as it is whole.
    ///
    /// - Throws: `DiskError` when the disk does not read it now: it may later.
    private func secretHandles(of records: SegmentManifest.Records, in segment: Segment) throws -> [UInt64] {
        let name = segment.names.records(retention: records.retention, generation: records.generation)
        let file = try disk.open(path(name), readOnly: true, create: false)
        let entries = StoredEntries(store: self, segment: segment)
        var handles: [UInt64] = []
        try unlessDamaged {
            let footer = try RecordFile.footer(of: file, ledgerID: ledgerID)
            let reader = try RecordFile(file: file, footer: footer, codec: codec, entries: entries)
            for number in 0..<reader.blockCount {
                try unlessDamaged {
                    let rows = try reader.block(number, in: file).unpacked()
                    handles += rows.compactMap { $0.state == .held ? codec.secretHandle(of: $0.record) : nil }
                }
            }
        }
        return handles
    }

    private func unlessDamaged(_ body: () throws -> Void) throws {
        do { try body() } catch is StorageError {}
    }
}
