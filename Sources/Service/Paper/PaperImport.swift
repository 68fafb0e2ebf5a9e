import CanonicalJSON
public import Catalogue
import Deeds
import Filing
import LedgerEngine
public import Sheets

/// Registers the rows of a register book on paper in their order, and tells of each what became of it.
///
/// One bad row never blocks the rest. Rows are worked on in groups, with one sync for many.
public struct PaperImport: Sendable {
    /// Rows that are worked on together.
    private static let groupLength = 256
    /// How long a row waits for room in the ledger's queue.
    private static let patience = Duration.seconds(30)

    private let office: Office
    private let notary: String
    private let books: String
    /// Whether nothing is to be registered.
    private let isCheck: Bool
    private let reader: AccessLine.Who
    private let isByOperator: Bool

    /// - Parameters:
    ///   - notary: who hands the table in.
    ///   - books: the office whose books they are, as ``DeedDesk/office(_:of:)`` gives it.
    ///   - isByOperator: whether it is not the notary who asks: it is so logged, and what stands already is not compared for
    ///     them.
    public init(_ office: Office, notary: String, books: String, isCheck: Bool, isByOperator: Bool) {
        self.office = office
        self.books = books
        self.notary = notary
        self.isCheck = isCheck
        self.isByOperator = isByOperator
        reader = isByOperator ? AccessLine.Who(.operator, "command line") : AccessLine.Who(.notary, notary)
    }

    private enum Step {
        case pending(PendingPaper)
        case verdict(PaperVerdict)
    }

    /// Reads the headings: what is wrong with them is wrong with the whole file.
    ///
    /// - Throws: a problem `paper-…`.
    public static func columns(of reader: any SheetReader) throws(Failure) -> PaperTable {
        while let row = try reader.next() {
            if row.isBlank { continue }
            if let fault = row.fault { throw Problem.paperTableUnreadable(["reason": fault.reason]) }
            return PaperTable(columns: try PaperColumns(row.cells), headings: row.cells, reader: reader)
        }
        throw Problem.paperColumnMissing(["column": PaperColumn.kind.name])
    }

    /// Works through a table.
    ///
    /// - Parameter take: gets verdicts as they are known, in the order of the rows.
    /// - Durability: a row whose verdict was given is on disk.
    /// - Returns: how many had which verdict, and why the rest could not be read.
    /// - Throws: what `take` throws.
    func run(_ table: PaperTable, take: ([PaperVerdict]) async throws -> Void) async throws -> PaperTotals {
        var totals = PaperTotals()
        var seen = SeenEntries()
        var isAtEnd = false
        while !isAtEnd {
            try Task.checkCancellation()
            var rows: [SheetRow] = []
            do {
                while rows.count < PaperImport.groupLength, !isAtEnd {
                    if let row = try table.reader.next() {
                        if !row.isBlank { rows.append(row) }
                    } else {
                        isAtEnd = true
                    }
                }
            } catch {
                isAtEnd = true
                totals.failure = error
            }
            let verdicts = await verdicts(on: rows, of: table, &seen)
            for verdict in verdicts { totals.count(verdict.outcome) }
            // Known entries are shown again with their codes, and refusals name what stands.
            try await office.logLooks(
                at: verdicts.flatMap(\.shown), by: reader, .book, detail: isCheck ? "paper, check" : "paper, import")
            if !verdicts.isEmpty { try await take(verdicts) }
        }
        return totals
    }

    /// Works through a table and gives the lines of the answer: a verdict each, and the totals in the last.
    ///
    /// - Parameter isDone: called before the last line: whoever has read it may come with the next file at once.
    public func lines(
        of table: PaperTable, isDone: () -> Void = {}, write: ([UInt8]) async throws -> Void
    ) async throws {
        let totals = try await run(table) { verdicts in
            try await write(verdicts.flatMap { $0.told(toOperator: isByOperator).json(office).bytes + [0x0a] })
        }
        isDone()
        try await write(totals.json.bytes + [0x0a])
    }

    private func verdicts(on rows: [SheetRow], of table: PaperTable, _ seen: inout SeenEntries) async -> [PaperVerdict]
    {
        var steps: [(row: Int, step: Step)] = []
        for row in rows {
            do {
                let parsed = try table.read(row, today: try office.deeds.today())
                if isCheck {
                    steps.append((row.number, .verdict(try check(parsed, row.number, &seen))))
                } else {
                    steps.append((row.number, .pending(try await submit(parsed))))
                }
            } catch {
                steps.append((row.number, .verdict(PaperVerdict(row: row.number, failure: PaperImport.told(error)))))
            }
        }
        var verdicts: [PaperVerdict] = []
        for (row, step) in steps {
            switch step {
            case .verdict(let verdict): verdicts.append(verdict)
            case .pending(let pending):
                do {
                    let paper = try await office.deeds.paper(of: pending)
                    verdicts.append(PaperVerdict(row: row, paper: paper))
                } catch {
                    verdicts.append(PaperVerdict(row: row, failure: PaperImport.told(error)))
                }
            }
        }
        return verdicts
    }

    private func check(_ row: PaperRow, _ number: Int, _ seen: inout SeenEntries) throws -> PaperVerdict {
        if let paper = try office.deeds.checkPaper(row, notary: books, by: notary) {
            return PaperVerdict(row: number, paper: paper, isKnown: true)
        }
        return try seen.verdict(on: row, number)
    }

    /// Waits where a single caller would be told that the queue is full.
    private func submit(_ row: PaperRow) async throws -> PendingPaper {
        let clock = ContinuousClock()
        let deadline = clock.now + PaperImport.patience
        while true {
            do {
                return try await office.deeds.submitPaper(row, notary: books, by: notary)
            } catch LedgerError.busy where clock.now < deadline {
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    /// What a caller is told of an error: where our files are damaged is the operator's business.
    private static func told(_ error: any Error) -> Failure {
        let failure = Failure(from: error) ?? Problem.internalError()
        return [.ledgerDamaged, .ledgerUnusable].contains(failure.problem) ? Problem.internalError() : failure
    }
}

/// A table whose headings were read.
public struct PaperTable {
    let columns: PaperColumns
    let headings: [String]
    let reader: any SheetReader

    func read(_ row: SheetRow, today: CivilDate) throws(Failure) -> PaperRow {
        if let fault = row.fault {
            let heading = fault.column < headings.count ? headings[fault.column] : "\(fault.column + 1)"
            throw Problem.paperCellUnreadable(["path": heading, "reason": fault.reason])
        }
        return try columns.read(row.cells, today: today)
    }
}

/// The entries that a check met in the file: what stands twice in it is found before anything is registered.
private struct SeenEntries {
    private var acts: [String: (row: Int, act: PaperAct)] = [:]

    mutating func verdict(on row: PaperRow, _ number: Int) throws(Failure) -> PaperVerdict {
        let key = "\(row.act.entry.date.year) \(row.act.entry.folded)"
        guard let first = acts[key] else {
            acts[key] = (number, row.act)
            return PaperVerdict(row: number, outcome: .wouldRegister)
        }
        let differences = row.act.differences(from: first.act)
        guard differences.isEmpty else {
            throw Problem.paperRowsDisagree([
                "row": String(first.row), "columns": differences.joined(separator: ", "),
            ])
        }
        return PaperVerdict(row: number, outcome: .already)
    }
}
