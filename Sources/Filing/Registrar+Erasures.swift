import Catalogue
import Evidence
import LedgerEngine
import LedgerMerkle
import LedgerStorage

/// What is known of records that are gone.
extension Registrar {
    func erasureKey(of index: UInt64) -> DomainKey { vault.key(.erasure, String(index)) }

    /// The durable erasure of a record; `nil` when it was not erased. One look-up.
    func erasure(of index: UInt64) throws -> Erasure? {
        try ledger.find(erasureKey(of: index)).map { at in
            let erasure = try erasure(at: at)
            guard erasure.index == index else { throw Registrar.damagedErasure(at) }
            return erasure
        }
    }

    /// All erasures, in the order in which they were recorded. O(their number).
    func erasures() throws -> [Erasure] {
        var erasures: [Erasure] = []
        while let index = try ledger.find(vault.key(.erasureEvent, String(erasures.count))) {
            erasures.append(try erasure(at: index))
        }
        return erasures
    }

    private func erasure(at index: UInt64) throws -> Erasure {
        let record = try whole(at: index)
        guard record.stored.record.kind == .erasure, let erasure = Erasure(fields: record.fields) else {
            throw Registrar.damagedErasure(index)
        }
        return erasure
    }

    private static func damagedErasure(_ index: UInt64) -> StorageError {
        StorageError(
            .corrupt, "the record at index \(index) is not the erasure it is kept as", remedy: "run `tamga audit`")
    }

    /// The place in its issuer's chain of a record, erased or not.
    func link(at index: UInt64) throws -> ChainLink {
        if let erasure = try erasure(of: index), let link = ChainLink(erasure: erasure) { return link }
        return try ChainLink(record: record(at: index))
    }

    /// The place in its issuer's chain of a record that gives its entry's commitment; `nil` for one that says more than that of other
    /// records. Nothing is copied out of the record but its place: what an audit needs of most.
    ///
    /// - Throws: as `filed` does.
    func link(ofStored bytes: [UInt8], entry: [UInt8], at index: UInt64) throws -> ChainLink? {
        guard let entry = try? Entry(decoding: entry) else { throw RegistrarError.notARecord(index) }
        let view = try StoredRecordView(bytes)
        guard view.kind != .erasure else { return nil }
        let commitment = view.commitment(under: try view.secret(from: secrets.secret))
        guard view.kind == entry.kind, commitment == entry.commitment else { throw Registrar.otherCommitment(index) }
        return try ChainLink(view, at: index, commitment: commitment)
    }

    /// The last of the running numbers that a record used up, erased or not; `nil` when it used none.
    func counter(at index: UInt64) throws -> Int? {
        if let erasure = try erasure(of: index) { return erasure.counter }
        return Erasure.counter(of: try record(at: index))
    }

    /// What there is of an entry's record.
    enum Content {
        /// The entry was added raw.
        case none
        case whole(FiledRecord)
        /// Its content is gone; what is left says where it stood in its chain.
        case erased(ChainLink?)
        /// Its time of keeping is over.
        case expired
    }

    /// What there is of the record of an entry, whatever the ledger says of it.
    ///
    /// - Parameter erasure: the erasure of this record, if it has one.
    func content(at index: UInt64, erasure: Erasure?) throws -> Content {
        try content(of: ledger.record(at: index), at: index, erasure: erasure)
    }

    func content(of record: SealedRecord, at index: UInt64, erasure: Erasure?) throws -> Content {
        try content(of: record, entry: ledger.entry(at: index), at: index, erasure: erasure)
    }

    func content(of record: SealedRecord, entry: [UInt8], at index: UInt64, erasure: Erasure?) throws -> Content {
        let left = erasure.flatMap { ChainLink(erasure: $0) }
        switch record {
        case .none: return erasure == nil ? .none : .erased(left)
        case .expired: return .expired
        case .erased(let bytes):
            guard let residue = try Residue(stored: bytes) else { return .erased(left) }
            let disclosure = residue.disclosure
            return .erased(ChainLink(residue: disclosure, commitment: disclosure.commitment) ?? left)
        case .held(let bytes):
            do {
                return .whole(try filed(bytes, entry: entry, at: index))
            } catch is SecretError where erasure != nil {
                return .erased(left)
            }
        }
    }
}
