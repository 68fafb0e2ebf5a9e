import LedgerEngine
import LedgerMerkle
import LedgerStorage

/// Reads every day of the access log, and holds those that are closed against their roots in the ledger.
///
/// A service may be writing the newest day meanwhile: its last batch may be half there.
struct AccessAudit {
    /// The most days that one finding names.
    private static let namedDays = 10

    let registrar: Registrar
    let folder: AccessFolder
    /// Entries that are audited: days whose roots are among them are read, and those that have none.
    let entries: Range<UInt64>

    /// What was found in order.
    struct Report: Hashable {
        /// Days that give the root in the ledger, and their lines.
        var closed = 0
        var lines: UInt64 = 0
        /// Days that have no root yet.
        var open = 0
    }

    /// O(lines); memory for one day's tree.
    ///
    /// - Parameter check: called every thousand lines; breaks off by throwing.
    /// - Throws: `Audit.Damage` with all days that are missing, else with the first that is wrong.
    func run(_ check: () throws -> Void) throws -> Report {
        let closed = try registrar.accessRoots().map { try ClosedAccessDay($0) }
        let days = try folder.days()
        try requireAll(closed, Set(days))
        var report = Report()
        for day in closed where entries.contains(day.entry) {
            try damage(at: day.entry) {
                let survey = try folder.survey(day.day, makesIndex: false, check)
                guard survey.count == day.count, survey.tree.root == day.root else { throw folder.wrongRoot(day.day) }
            }
            report.closed += 1
            report.lines += UInt64(day.count)
        }
        let known = Set(closed.map(\.day))
        for day in days where !known.contains(day) {
            let survey = try damage(at: nil) {
                try folder.survey(day, makesIndex: false, mayBeTorn: day == days.last, check)
            }
            if let newest = closed.last, day < newest.day {
                try refuseStray(day, survey, newest)
            } else {
                report.open += 1
            }
        }
        return report
    }

    private func requireAll(_ closed: [ClosedAccessDay], _ days: Set<AccessDay>) throws {
        let missing = closed.filter { entries.contains($0.entry) && !days.contains($0.day) }
        guard let first = missing.first else { return }
        let names = missing.prefix(AccessAudit.namedDays).map { folder.name(of: $0.day) }.joined(separator: ", ")
        let more = missing.count > AccessAudit.namedDays ? " and \(missing.count - AccessAudit.namedDays) more" : ""
        throw Audit.Damage(
            index: first.entry,
            reason: """
                the access log lacks days whose roots the ledger holds: \(names)\(more) (restore the files from a copy: without them nobody \
                can be told who looked on those days)
                """)
    }

    /// Days are closed in their order: no root will ever cover the lines of a day before the newest one that has a root.
    private func refuseStray(_ day: AccessDay, _ survey: AccessFolder.Survey, _ newest: ClosedAccessDay) throws {
        guard survey.count > 0 else { return }
        throw Audit.Damage(
            index: nil,
            reason: """
                \(folder.name(of: day)) has \(survey.count) lines, and the ledger closed \(newest.day) without a root for them: no root covers \
                them (find out who put the file there, and move it out of access/)
                """)
    }

    private func damage<R>(at index: UInt64?, _ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch let error as StorageError {
            throw Audit.Damage(index: index, reason: "\(error)")
        }
    }
}

extension Audit {
    func auditAccess(
        _ pass: inout AuditPass, _ size: UInt64, _ progress: (UInt64, UInt64) throws -> Void
    ) throws {
        guard !options.entriesOnly, first < size else { return }
        let audit = AccessAudit(registrar: registrar, folder: accessFolder, entries: first..<size)
        let found = try audit.run { try progress(size, size) }
        (pass.report.accessDays, pass.report.accessLines) = (found.closed, found.lines)
        pass.report.accessDaysOpen = found.open
    }
}
