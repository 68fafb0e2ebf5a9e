import Glibc
import LedgerEngine
import LedgerMerkle
import LedgerStorage
import LedgerTransparency

/// Everything the ledger ever promised, held against everything it ever shows.
struct Oracle {
    /// What was handed in and may turn up, by number.
    private var open: [UInt64: Submission] = [:]
    /// What may never turn up: the ledger said that it stored nothing.
    private var refused: Set<UInt64> = []
    /// What is promised, by index: acknowledged, or under a checkpoint that was given out.
    private(set) var items: [JournalItem] = []
    private(set) var tree = IndependentTree()
    private var indexes: [UInt64: UInt64] = [:]
    /// The entries that brought a key, oldest first.
    private var holders: [DomainKey: [UInt64]] = [:]
    /// When each was recorded, at the earliest, Unix ms.
    private var times: [UInt64] = []
    /// Entries whose records somebody asked to erase: they may be gone.
    private(set) var erasing: Set<UInt64> = []
    /// Entries whose records are erased for good.
    private(set) var erased: Set<UInt64> = []
    /// Years that the records of a class are kept.
    var retentionYears: [UInt8: Int] = [:]
    /// The newest wall clock by which records may have been let go, Unix ms.
    var latest: UInt64 = 0
    /// Every root ever given out.
    private var given: [UInt64: Digest] = [:]
    private var evidence: [(proof: InclusionProof, leaf: Digest, root: Digest)] = []
    private(set) var lastRecorded: UInt64 = 0
    /// The size up to which the signer's state was said to be durable.
    private(set) var published: UInt64 = 0
    let verifierKey: VerifierKey

    init(verifierKey: VerifierKey) {
        self.verifierKey = verifierKey
    }

    var size: UInt64 { UInt64(items.count) }
    /// The sizes of the checkpoints that were given out.
    var sizes: [UInt64] { given.keys.sorted() }
    var evidenceCount: Int { evidence.count }

    // MARK: What is handed in, and what comes back

    mutating func submit(_ submission: Submission) {
        let number = Oracle.number(of: submission.item)
        guard indexes[number] == nil else { return }
        open[number] = submission
        refused.remove(number)
    }

    /// The ledger said no. Only where it said that it does not know may the entry turn up.
    mutating func refuse(_ submission: Submission, _ error: LedgerError) {
        switch error {
        case .outcomeUnknown, .signerFailed: return
        default: break
        }
        let number = Oracle.number(of: submission.item)
        guard indexes[number] == nil else { return }
        refused.insert(number)
    }

    /// What an earlier try left open stays open, whatever a later one of the same entry was told.
    mutating func refuseUnlessOpen(_ submission: Submission, _ error: LedgerError, wasOpen: Bool) {
        if !wasOpen { refuse(submission, error) }
    }

    func isOpen(_ submission: Submission) -> Bool {
        let number = Oracle.number(of: submission.item)
        return open[number] != nil && !refused.contains(number)
    }

    /// Notes the acknowledgements of one round.
    mutating func acknowledge(_ round: [(submission: Submission, acknowledgement: Acknowledgement)]) throws {
        for (submission, acknowledgement) in round.sorted(by: { $0.acknowledgement.index < $1.acknowledgement.index }) {
            let item = Oracle.item(of: submission, recorded: acknowledgement.recorded)
            guard acknowledgement.index < acknowledgement.checkpoint.size else {
                throw Violation(
                    "index \(acknowledgement.index) is not under its checkpoint of \(acknowledgement.checkpoint.size)")
            }
            if acknowledgement.index < size {
                guard Oracle.isEqual(items[Int(acknowledgement.index)], item) else {
                    throw Violation("index \(acknowledgement.index) was promised to two entries")
                }
                continue
            }
            guard acknowledgement.recorded >= lastRecorded else {
                throw Violation("time went back to \(acknowledgement.recorded)")
            }
            lastRecorded = acknowledgement.recorded
            try append(item, at: acknowledgement.index)
        }
        for (_, acknowledgement) in round { try note(acknowledgement.checkpoint) }
    }

    private mutating func append(_ item: JournalItem, at index: UInt64) throws {
        guard index == size else { throw Violation("index \(index) was given out after \(size) entries") }
        let number = Oracle.number(of: item)
        guard indexes[number] == nil else { throw Violation("entry \(number) is recorded twice") }
        guard !refused.contains(number) else { throw Violation("entry \(number) is recorded, though it was refused") }
        guard open.removeValue(forKey: number) != nil else { throw Violation("entry \(number) was never handed in") }
        indexes[number] = index
        items.append(item)
        let leaf = IndependentTree.leafHash(item.entry)
        tree.append(leaf)
        times.append(lastRecorded)
        holders[DomainKey(leafHash: leaf), default: []].append(index)
        for key in item.keys { holders[key, default: []].append(index) }
    }

    /// Notes a checkpoint that anybody may hold from now on.
    mutating func note(_ checkpoint: SignedCheckpoint, isPublished: Bool = false) throws {
        let (size, root) = (checkpoint.size, checkpoint.root)
        if isPublished { published = max(published, size) }
        if let known = given[size] {
            guard known == root else { throw Violation("size \(size) was signed with two roots") }
            return
        }
        guard size <= self.size, tree.roots[Int(size)] == root else {
            throw Violation("the root signed at \(size) is not that of the entries (\(self.size) are known)")
        }
        let note = try SignedNote(parsing: checkpoint.note)
        let signed = try Checkpoint(parsing: note.text)
        guard try note.verified(by: [verifierKey]).count == 1, signed.size == size, signed.root == root else {
            throw Violation("the note at \(size) does not say what it should, or is not signed")
        }
        given[size] = root
    }

    /// Takes over what a reopened ledger found: from now on it is promised.
    mutating func adopt(_ ledger: Ledger) throws {
        guard ledger.size >= size else { throw Violation("\(size) entries were promised, \(ledger.size) are left") }
        for index in size..<ledger.size {
            let item = try ledger.item(at: index)
            let number = Oracle.number(of: item)
            guard let submission = open[number] else {
                throw Violation("entry \(number) at \(index) was never handed in")
            }
            var recorded: UInt64 = 0
            if submission.timeOffset != nil {
                for byte in item.entry[2..<10] { recorded = recorded << 8 | UInt64(byte) }
                guard recorded >= lastRecorded else { throw Violation("time went back to \(recorded)") }
                lastRecorded = recorded
            }
            let expected = Oracle.item(of: submission, recorded: recorded)
            guard Oracle.isEqual(item, expected) else {
                throw Violation("the entry at \(index) is not what was handed in")
            }
            try append(expected, at: index)
        }
    }

    // MARK: What the ledger shows

    /// What is to be thought of a record that was read.
    enum Judgement { case right, expired, changed, wrong(String) }

    /// - Parameter besides: by a reader that may have opened what was erased since.
    func judge(_ record: SealedRecord, at index: UInt64, besides: Bool = false) -> Judgement {
        let item = items[Int(index)]
        switch record {
        case .none: return item.payload.isEmpty ? .right : .wrong("said never to have been there")
        case .held(let bytes):
            if item.payload.isEmpty { return .changed }
            if erased.contains(index), !besides { return .wrong("there, though it was erased") }
            return Oracle.isEqual(bytes, item.payload) ? .right : .changed
        case .erased(let rest):
            return erasing.contains(index) && rest.isEmpty ? .right : .wrong("erased, and nobody asked for it")
        case .expired:
            // What a class that is gone held cannot be told from what never was.
            let isDue = item.payload.isEmpty ? !retentionYears.isEmpty : mayBeExpired(index)
            return isDue ? .expired : .wrong("expired before its time")
        }
    }

    private func mayBeExpired(_ index: UInt64) -> Bool {
        guard let years = retentionYears[items[Int(index)].retention] else { return false }
        return times[Int(index)] + UInt64(years) * 366 * 86_400_000 < latest
    }

    /// Somebody asks to erase records.
    mutating func erase(_ indices: Set<UInt64>) {
        erasing.formUnion(indices.filter { !items[Int($0)].payload.isEmpty })
    }

    mutating func noteErased(_ indices: Set<UInt64>) { erased.formUnion(indices) }

    /// Bytes that only the record of an entry has.
    func marker(of index: UInt64) -> [UInt8]? {
        items[Int(index)].payload.isEmpty ? nil : CheckedRecords.marker(of: Oracle.number(of: items[Int(index)]))
    }

    func index(of submission: Submission) -> UInt64? { indexes[Oracle.number(of: submission.item)] }

    func checkKeys(_ ledger: Ledger, at index: UInt64, besides: Bool = false) throws {
        let item = items[Int(index)]
        // Later entries take over keys: a ledger that knows fewer of them than a reader beside it has seen finds others.
        let keys = ledger.size == size ? item.keys + [DomainKey(leafHash: tree.leaves[Int(index)])] : []
        for key in keys {
            let found = try ledger.find(key)
            guard isRight(found, for: key, besides: besides) else {
                throw Violation(
                    "a key (\(key.purpose)) of index \(index) is found at \(String(describing: found)), not among \(holders[key] ?? [])"
                )
            }
        }
        guard try ledger.leafHash(at: index) == tree.leaves[Int(index)] else {
            throw Violation("leaf hash of \(index)")
        }
    }

    /// Whether the newest entry that has a key for sure was found, or one behind it that may still have it.
    private func isRight(_ found: UInt64?, for key: DomainKey, besides: Bool) -> Bool {
        for index in (holders[key] ?? []).reversed() {
            let isLeaf = key.purpose == DomainKey.leafPurpose
            let mayBeGone = !isLeaf && (erasing.contains(index) || mayBeExpired(index))
            if found == index { return isLeaf || besides || !erased.contains(index) }
            if !mayBeGone { return false }
        }
        return found == nil
    }

    /// Takes evidence under a checkpoint given out before, and keeps it.
    mutating func takeEvidence(_ ledger: Ledger, index: UInt64, size: UInt64) throws {
        guard let root = given[size], index < size else { return }
        let proof = try ledger.inclusionProof(index: index, size: size)
        let leaf = tree.leaves[Int(index)]
        guard IndependentTree.isIncluded(leaf, at: index, of: size, proof.hashes, root: root) else {
            throw Violation("the proof of index \(index) in \(size) does not lead to its root")
        }
        evidence.append((proof, leaf, root))
    }

    /// Whether a checkpoint given out long ago still belongs to the ledger.
    func checkConsistency(_ ledger: Ledger, from old: UInt64) throws {
        guard let oldRoot = given[old], old > 0 else { return }
        let now = try ledger.newestCheckpoint()
        // A reader beside a service that is coming back may have seen more than the service knows.
        guard old <= now.size else { return }
        let proof = try ledger.consistencyProof(from: old, to: now.size)
        guard IndependentTree.isConsistent(from: old, oldRoot, to: now.size, now.root, proof.hashes) else {
            throw Violation("the tree of \(old) entries is not the beginning of that of \(now.size)")
        }
    }

    /// Whether evidence given long ago verifies, and belongs to the ledger as it is.
    func checkEvidence(_ ledger: Ledger, _ number: Int) throws {
        let (proof, leaf, root) = evidence[number]
        guard IndependentTree.isIncluded(leaf, at: proof.index, of: proof.size, proof.hashes, root: root) else {
            throw Violation("old evidence of index \(proof.index) does not verify")
        }
        try checkConsistency(ledger, from: proof.size)
    }

    func checkTiles(_ ledger: Ledger) throws {
        let width = min(Int(size), 256)
        guard width > 0 else { return }
        guard try ledger.tile(level: 0, index: 0, width: width, size: size) == Array(tree.leaves[..<width]) else {
            throw Violation("the first tile does not hold the leaf hashes")
        }
    }

    // MARK: Entries

    /// Every entry carries a number behind its time.
    static func number(of item: JournalItem) -> UInt64 {
        guard item.entry.count >= 18 else { return .max }
        return item.entry[10..<18].reduce(0) { $0 << 8 | UInt64($1) }
    }

    static func item(of submission: Submission, recorded: UInt64) -> JournalItem {
        var item = submission.item
        guard let offset = submission.timeOffset else { return item }
        withUnsafeBytes(of: recorded.bigEndian) { item.entry.replaceSubrange(offset..<offset + 8, with: $0) }
        return item
    }

    /// As `==`, keys aside, at memory speed in a debug build.
    static func isEqual(_ a: JournalItem, _ b: JournalItem) -> Bool {
        isEqual(a.entry, b.entry) && isEqual(a.payload, b.payload)
    }

    static func isEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        guard a.count == b.count else { return false }
        return a.withUnsafeBytes { left in
            b.withUnsafeBytes { right in
                guard let l = left.baseAddress, let r = right.baseAddress else { return left.isEmpty }
                return memcmp(l, r, left.count) == 0
            }
        }
    }
}

extension Ledger {
    /// What the ledger shows of an entry, without its keys.
    func item(at index: UInt64) throws -> JournalItem {
        let entry = try entry(at: index)
        guard case .held(let payload) = try record(at: index) else { return JournalItem(entry: entry) }
        return JournalItem(entry: entry, payload: payload)
    }
}
