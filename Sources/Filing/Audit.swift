import Evidence
public import LedgerEngine
import LedgerMerkle
import LedgerStorage
import LedgerTransparency

/// Goes through every entry of an open ledger and derives everything again from the bytes on disk.
///
/// What is sealed is audited segment by segment on several threads (`SegmentAudit`); each record must decrypt and give the commitment of
/// its entry. Frames, leaf hashes and roots of the journal were checked at opening, its records are checked here. Then every record
/// must continue its issuer's chain, and one that is gone must have its erasure in the ledger. Last, every kept document is read, and
/// every day of the access log, which must give its root.
public struct Audit: Sendable {
    /// What is audited, and how.
    public struct Options: Sendable {
        /// Entries, tree hashes and roots alone: no record is opened.
        public var entriesOnly = false
        /// Begin with the segment that holds this entry, as an earlier audit was broken off there. Of each chain that reaches back behind
        /// that, the record is read which the first one met continues, and the two are held against each other.
        public var from: UInt64 = 0
        /// Threads.
        public var jobs = 1
        /// Read every page of the hash index, too, and not only look some keys up.
        public var readsIndex = false

        public init() {}
    }

    /// What was found in order.
    public struct Report: Sendable {
        /// Entries checked.
        public var entries: UInt64 = 0
        /// Those of them in segments.
        public var sealed: UInt64 = 0
        /// Entries whose record is held here.
        public var records: UInt64 = 0
        /// Entries whose record is gone, as an erasure in the ledger says.
        public var erased: UInt64 = 0
        /// Entries whose record is gone because its time of keeping is over.
        public var expired: UInt64 = 0
        /// Those of the erased whose place in their chain nothing but the number in their erasure tells.
        public var erasedWithoutLink = 0
        /// Chains of issuers, the register's own included.
        public var chains = 0
        /// Those of them that reach back behind the entries audited, and continue the record there that they name.
        public var chainsContinued = 0
        /// Those that reach back, and of which the record there is not found: its time of keeping was over, or it never was.
        public var chainsUnchecked = 0
        /// Kept documents that were read and found whole, and their bytes.
        public var documents = 0
        public var documentBytes = 0
        /// Files of documents whose act is gone.
        public var documentsLeft = 0
        /// Days of the access log that give their roots in the ledger, and their lines.
        public var accessDays = 0
        public var accessLines: UInt64 = 0
        /// Days of it that have no root yet, and are readable.
        public var accessDaysOpen = 0
        /// The newest signed checkpoint.
        public var checkpoint: SignedCheckpoint
    }

    /// The first thing that is not as it must be.
    public struct Damage: Error, CustomStringConvertible {
        /// The entry concerned; `nil` when it is the ledger as a whole.
        public let index: UInt64?
        public let reason: String
        /// The file, where it is known, and where in it the damaged structure begins, bytes.
        public var file: String?
        public var offset: Int?

        public var description: String {
            let place = file.map { "\($0), byte \(offset ?? 0)" }
            let parts = [place, index.map { "entry \($0)" }].compactMap(\.self)
            return parts.isEmpty ? reason : "\(parts.joined(separator: ", ")): \(reason)"
        }
    }

    let registrar: Registrar
    let options: Options
    /// Where the access log is.
    var accessFolder: AccessFolder

    public init(_ registrar: Registrar, options: Options = Options()) {
        self.registrar = registrar
        self.options = options
        accessFolder = AccessFolder(registrar, disk: PosixDisk())
    }

    /// Checks every entry. O(bytes of segments, journal, kept documents and access log); memory for two segments' chain links a thread.
    ///
    /// - Parameter progress: entries done and entries in all; breaks the audit off by throwing.
    /// - Throws: `Damage` with the first entry that is wrong.
    public func run(progress: (UInt64, UInt64) throws -> Void = { _, _ in }) throws -> Report {
        let ledger = registrar.ledger
        let checkpoint = try ledger.newestCheckpoint()
        try check(checkpoint)
        var pass = AuditPass(
            registrar, first: first, checkpoint: checkpoint, erasures: options.entriesOnly ? [:] : try erasures())
        var done = options.from
        try auditSealed(&pass, checkpoint.size, &done, progress)
        try auditIndex()
        if !options.entriesOnly { try auditValidation() }
        try auditJournal(&pass, checkpoint.size, &done, progress)
        try auditDocuments(&pass, checkpoint.size, progress)
        try auditAccess(&pass, checkpoint.size, progress)
        try progress(checkpoint.size, checkpoint.size)
        pass.report.chains = pass.chains.count
        pass.report.erasedWithoutLink = pass.chains.looseCount
        return pass.report
    }

    /// The first entry that is audited: segments are audited whole.
    public var first: UInt64 {
        let segments = registrar.ledger.compactionStatus().segments
        return segments.first { $0.end > options.from }?.firstIndex ?? options.from
    }

    // MARK: Parts

    private func auditSealed(
        _ pass: inout AuditPass, _ size: UInt64, _ done: inout UInt64, _ progress: (UInt64, UInt64) throws -> Void
    ) throws {
        let (registrar, erasures) = (registrar, pass.erasures)
        let examiner: SegmentAudit.Examiner<AuditFinding> = { index, entry, record in
            try AuditFinding(registrar, index: index, entry: entry, record: record, erasure: erasures[index])
        }
        do {
            try registrar.ledger.auditSegments(
                depth: options.entriesOnly ? .entries : .records, from: options.from, jobs: max(1, options.jobs),
                examiner: examiner
            ) { segment in
                for (index, finding) in segment.findings where index < size { try pass.take(finding, at: index) }
                // Segments are audited whole, wherever in one the audit was to begin.
                pass.report.entries += UInt64(segment.range.count)
                pass.report.sealed += UInt64(segment.range.count)
                done = segment.range.upperBound
                try progress(min(done, size), size)
            }
        } catch let damage as StoredDamage {
            throw Damage(index: damage.index, reason: damage.reason, file: damage.file, offset: damage.offset)
        }
    }

    /// A damaged index loses nothing; it is named like any other damage.
    private func auditIndex() throws {
        let damaged = try registrar.ledger.auditIndex(isThorough: options.readsIndex, from: options.from)
        if let run = damaged.first {
            throw Damage(
                index: nil, reason: "\(run.reason) (run `tamga repair`: the index is made again from the segments)",
                file: run.path)
        }
    }

    private func auditJournal(
        _ pass: inout AuditPass, _ size: UInt64, _ done: inout UInt64, _ progress: (UInt64, UInt64) throws -> Void
    ) throws {
        let ledger = registrar.ledger
        while done < size {
            let index = done
            do {
                let entry = try ledger.entry(at: index)
                if !options.entriesOnly {
                    let finding = try AuditFinding(
                        registrar, index: index, entry: entry, record: ledger.record(at: index),
                        erasure: pass.erasures[index])
                    if let finding { try pass.take(finding, at: index) }
                }
            } catch let damage as Damage {
                throw damage
            } catch {
                throw Damage(index: index, reason: "\(error)")
            }
            pass.report.entries += 1
            done += 1
            if index % 1024 == 0 { try progress(index, size) }
        }
    }

    private func auditDocuments(
        _ pass: inout AuditPass, _ size: UInt64, _ progress: (UInt64, UInt64) throws -> Void
    ) throws {
        guard !options.entriesOnly, first < size else { return }
        let audit = DocumentAudit(registrar: registrar, erasures: pass.erasures, entries: first..<size)
        let found = try audit.run { try progress(size, size) }
        (pass.report.documents, pass.report.documentBytes) = (found.count, found.byteCount)
        pass.report.documentsLeft = found.left
    }

    private func erasures() throws -> [UInt64: Erasure] {
        do {
            return Dictionary(try registrar.erasures().map { ($0.index, $0) }, uniquingKeysWith: { first, _ in first })
        } catch {
            throw Damage(index: nil, reason: "the erasures cannot be read: \(error)")
        }
    }

    /// The checkpoint's note, its signature, its size and its root.
    private func check(_ checkpoint: SignedCheckpoint) throws {
        do {
            let folder = registrar.ledger.folder
            let note = try SignedNote(parsing: checkpoint.note)
            _ = try note.verified(by: [folder.verifierKey])
            let head = try Checkpoint(parsing: note.text)
            guard head.isOf(folder.verifierKey), head.size == checkpoint.size, head.root == checkpoint.root else {
                throw Damage(index: nil, reason: "the checkpoint says something else than the ledger")
            }
        } catch let damage as Damage {
            throw damage
        } catch {
            throw Damage(index: nil, reason: "the checkpoint does not verify: \(error)")
        }
    }
}
