import ArgumentParser
import CanonicalJSON
import Catalogue
import Deeds
import Filing
import LedgerEngine
import Service
import Sheets

extension DeedCommand {
    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "import",
            abstract: "Register an old register book on paper: a CSV or XLSX file, row by row.",
            discussion: """
                Each row is an entry of the book; the first row names the columns, in English or Mongolian. Rows are marked as registered from
                paper: nobody signed them, and they never stand among acts signed here.
                  tamga deed import --template > book.csv
                  tamga deed import book.csv --data ./ledger --notary NT012 --check
                  tamga deed import book.xlsx --data ./ledger --notary NT012 --sheet 2015 --verdicts verdicts.csv
                  tamga deed import old.csv --data ./ledger --notary NT012 --encoding windows-1251
                  tamga deed import theirs.csv --data ./ledger --notary NT012 --office NT007

                One bad row never blocks the rest. Interrupt it and call it again, or call it twice: no row is registered twice. A row that was
                typed wrongly is put right by one that names its number in the column "corrects".
                Exit codes: 0 every row stands · 1 some were refused, or could not be taken · 2 wrong usage
                """)
        @Argument(help: "The table: CSV or XLSX.") var file: String?
        @Option(help: "The data folder.") var data: String?
        @Option(help: "The notary's code.") var notary: String?
        @Option(help: "The office whose books they are, where the notary took it over; the notary's own unless given.")
        var office: String?
        @Flag(help: "Register nothing; only say what would become of each row.") var check = false
        @Option(help: "The sheet of an XLSX file; the first unless given.") var sheet: String?
        @Option(help: "How the letters of a CSV are written: utf-8 or windows-1251.", transform: Self.encoding)
        var encoding: SheetEncoding = .utf8
        @Option(help: "Write all verdicts, with numbers and access codes, to this CSV file; only you can read it.")
        var verdicts: String?
        @Flag(help: "Print the headings of a table and nothing else.") var template = false
        @Option(help: "The language of template and complaints: mn or en.", transform: Self.language)
        var lang: Language = .en

        func validate() throws {
            if template { return }
            guard file != nil, data != nil, notary != nil else {
                throw ValidationError("give a file, --data and --notary; or --template")
            }
        }

        func run() async throws {
            if template { return print(PaperColumn.template(lang).map(VerdictTable.cell).joined(separator: ",")) }
            guard let file, let data, let notary else { return }
            let bytes = try Files.read(file, limit: SheetLimits.file)
            let options = SheetOptions(encoding: encoding, sheet: sheet)
            // What is wrong with the file as a whole is told before anything is sent.
            let rows = try PaperPieces(try Sheet.open(bytes, options), isCheck: check)
            let table = try verdicts.map { try VerdictTable(path: $0) }
            let summary = try await send(rows, notary: notary, data: DataOption(data), table: table)
            try table?.finish()
            try summary.report(file, isCheck: check, verdicts: verdicts)
        }

        private func send(
            _ pieces: PaperPieces, notary: String, data: DataOption, table: VerdictTable?
        ) async throws -> PaperSummary {
            var summary = PaperSummary(language: lang)
            let folder = try data.open()
            let isServed = AdminClient(folder) != nil
            let opened = isServed ? nil : try Workplace.openLedger(folder, isCompacting: false)
            defer { opened?.ledger.close() }
            let office = try opened.map { try Office(ledger: $0.ledger, keeping: $0.keeping, trust: nil) }
            let progress = Terminal.progress(check ? "checking" : "registering")
            do {
                while let piece = try pieces.next() {
                    let lines: [UInt8]
                    if let office {
                        lines = try await self.file(piece, notary, in: office)
                    } else {
                        lines = try send(piece, notary, folder)
                    }
                    try summary.take(lines, piece, table)
                    // A bar is drawn from a few thousand rows on.
                    progress(pieces.done << 10, pieces.total << 10)
                }
            } catch {
                await office?.close()
                throw error
            }
            await office?.close()
            return summary
        }

        private func send(_ piece: PaperPieces.Piece, _ notary: String, _ folder: DataFolder) throws -> [UInt8] {
            guard let client = AdminClient(folder) else { throw Problem.serviceSilent() }
            func plain(_ code: String) -> String { code.filter { $0.isASCII && ($0.isLetter || $0.isNumber) } }
            let query = "?notary=\(plain(notary))&check=\(check)" + (office.map { "&office=\(plain($0))" } ?? "")
            return try client.post("/admin/deeds-paper\(query)", piece.bytes, type: "text/csv; charset=utf-8")
        }

        private func file(
            _ piece: PaperPieces.Piece, _ notary: String, in office: Office
        ) async throws -> [UInt8] {
            let books = try office.deeds.office(self.office, of: notary)
            let table = try PaperImport.columns(of: try Sheet.open(piece.bytes))
            var lines: [UInt8] = []
            try await PaperImport(office, notary: notary, books: books, isCheck: check, isByOperator: true)
                .lines(of: table) { lines += $0 }
            return lines
        }

        private static func encoding(_ text: String) throws -> SheetEncoding {
            guard let encoding = SheetEncoding(rawValue: text.lowercased()) else {
                throw ValidationError("--encoding is utf-8 or windows-1251")
            }
            return encoding
        }

        private static func language(_ text: String) throws -> Language {
            guard let language = Language(rawValue: text) else { throw ValidationError("--lang is mn or en") }
            return language
        }
    }
}

/// A table cut into pieces that are sent one after another: what was sent stands, whenever the rest breaks off.
final class PaperPieces {
    /// Rows of one piece. A check takes all rows at once: it finds what stands twice in the file.
    private static let length = 1000

    struct Piece {
        let bytes: [UInt8]
        /// The number in the file of each row, the headings' first.
        let numbers: [Int]
    }

    private let head: SheetRow
    private var rows: ArraySlice<SheetRow>
    /// Rows whose cells cannot be said as text: they go as they are told.
    let total: Int
    private let pieceLength: Int

    var done: Int { total - rows.count }

    init(_ reader: any SheetReader, isCheck: Bool) throws {
        var rows: [SheetRow] = []
        while let row = try reader.next() {
            if !row.isBlank { rows.append(row) }
        }
        guard let head = rows.first else { throw Problem.paperColumnMissing(["column": PaperColumn.kind.name]) }
        _ = try PaperColumns(head.cells)
        self.head = head
        self.rows = rows.dropFirst()
        total = rows.count - 1
        pieceLength = isCheck ? max(1, rows.count) : PaperPieces.length
    }

    /// The next piece; `nil` after the last.
    func next() throws -> Piece? {
        guard !rows.isEmpty else { return nil }
        let part = rows.prefix(pieceLength)
        rows = rows.dropFirst(pieceLength)
        var bytes = PaperPieces.line(head.cells)
        for row in part {
            var cells = row.cells
            if let fault = row.fault {
                // The service cannot see the sheet: a control character is refused like what cannot be read, with the same column.
                while cells.count <= fault.column { cells.append("") }
                cells[fault.column] = "\u{1}"
            }
            bytes += PaperPieces.line(cells)
        }
        return Piece(bytes: bytes, numbers: [head.number] + part.map(\.number))
    }

    private static func line(_ cells: [String]) -> [UInt8] {
        let quoted = cells.map { "\"\($0.replacing("\"", with: "\"\""))\"" }
        return Array((quoted.joined(separator: ",") + "\r\n").utf8)
    }
}

/// What became of all rows.
struct PaperSummary {
    private static let shownComplaints = 20

    let language: Language
    private var counts: [String: Int] = [:]
    private var complaints: [String] = []
    private var failure: String?

    init(language: Language) { self.language = language }

    /// Takes the answer to a piece.
    mutating func take(_ lines: [UInt8], _ piece: PaperPieces.Piece, _ table: VerdictTable?) throws {
        var isWhole = false
        for line in lines.split(separator: 0x0a) {
            guard let verdict = try? JSONValue(parsing: Array(line)) else { throw Problem.serviceSilent() }
            if verdict["end"]?.bool == true {
                isWhole = true
                if verdict["complete"]?.bool != true {
                    throw Problem.serviceRefused([
                        "reason": text(verdict["title"]), "remedy": text(verdict["detail"]),
                    ])
                }
                continue
            }
            guard let sent = verdict["row"]?.integer, piece.numbers.indices.contains(Int(sent) - 1),
                let word = verdict["verdict"]?.string
            else { throw Problem.serviceSilent() }
            let row = piece.numbers[Int(sent) - 1]
            counts[word, default: 0] += 1
            try table?.append(verdict, row: row)
            if verdict["code"] != nil, complaints.count < PaperSummary.shownComplaints {
                complaints.append("row \(row): \(text(verdict["title"])); \(text(verdict["detail"]))")
            }
        }
        // Without its last line an answer broke off.
        guard isWhole else { throw Problem.serviceSilent() }
    }

    private func text(_ value: JSONValue?) -> String { value?[language.rawValue]?.string ?? "" }

    /// Says what became of the file.
    func report(_ file: String, isCheck: Bool, verdicts: String?) throws {
        let words = [
            ("registered", "registered"), ("would-register", "would be registered"), ("already", "registered before"),
            ("refused", "refused"), ("failed", "not taken"),
        ]
        let parts = words.compactMap { word, text in counts[word].map { "\($0) \(text)" } }
        let total = counts.values.reduce(0, +)
        let place = verdicts.map { "; verdicts in \($0)" } ?? ""
        print("\(total) rows\(isCheck ? " checked" : ""): \(parts.joined(separator: ", "))\(place)")
        let wrong = counts["refused", default: 0] + counts["failed", default: 0]
        guard wrong > 0 else { return }
        for complaint in complaints { Terminal.complain(complaint) }
        if wrong > complaints.count { Terminal.complain("and \(wrong - complaints.count) more") }
        Terminal.complain("mend these rows in \(file) and call again: the others are not registered twice")
        throw ExitCode(1)
    }
}
