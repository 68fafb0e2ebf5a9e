public import Catalogue

/// One row that an office hands in.
public struct PaperRow: Sendable, Hashable {
    public let act: PaperAct
    /// The entry that it is to stand for.
    public let corrects: PaperNumber?

    /// The cells of a row by what they mean. Empty ones are not there.
    struct Values {
        let cells: [PaperColumn: String]
        let headings: [PaperColumn: String]

        subscript(column: PaperColumn) -> String? { cells[column] }

        /// What the file calls a column.
        func path(_ column: PaperColumn) -> String { headings[column] ?? column.name }

        func date(_ column: PaperColumn) throws(Failure) -> CivilDate? {
            guard let text = cells[column] else { return nil }
            guard let date = CivilDate(typed: text) else {
                throw Problem.paperDateInvalid(["path": path(column)])
            }
            return date
        }

        func parties(today: CivilDate) throws(Failure) -> [PaperParty] {
            var parties: [PaperParty] = []
            for number in 1...PaperColumn.partyLimit {
                var values: [String: String] = [:]
                for key in PaperParty.keys { values[key] = cells[.party(number, key)] }
                guard !values.isEmpty else { continue }
                parties.append(try PaperParty(values, today: today) { path(.party(number, $0)) })
            }
            return parties
        }
    }
}

/// What the first row of a table says: which cell means what.
public struct PaperColumns: Sendable {
    private let columns: [PaperColumn?]
    private let headings: [PaperColumn: String]

    /// Reads the headings. Empty ones at the end are passed over.
    ///
    /// - Throws: `paper-column-unknown`, `paper-column-twice`, `paper-column-missing`.
    public init(_ row: [String]) throws(Failure) {
        var columns: [PaperColumn?] = []
        var headings: [PaperColumn: String] = [:]
        for cell in row {
            let heading = PlainText.canonical(cell, limit: 200) ?? ""
            if heading.isEmpty, cell.allSatisfy(\.isWhitespace) {
                columns.append(nil)
                continue
            }
            guard let column = PaperColumn(heading: heading) else {
                let shown = heading.isEmpty ? "?" : heading
                throw Problem.paperColumnUnknown(["column": shown, "known": PaperColumn.known])
            }
            if let other = headings[column] { throw Problem.paperColumnTwice(["column": heading, "other": other]) }
            headings[column] = heading
            columns.append(column)
        }
        for needed in [PaperColumn.kind, .bookNumber, .bookDate] where headings[needed] == nil {
            throw Problem.paperColumnMissing(["column": needed.name])
        }
        self.columns = columns
        self.headings = headings
    }

    /// Reads a row.
    ///
    /// - Parameter today: in Mongolia; a later day in the book is refused.
    /// - Throws: the first problem, whose `path` is the heading in the file.
    public func read(_ cells: [String], today: CivilDate) throws(Failure) -> PaperRow {
        var values: [PaperColumn: String] = [:]
        for (place, cell) in cells.enumerated() {
            let isEmpty = cell.allSatisfy(\.isWhitespace)
            guard place < columns.count, let column = columns[place] else {
                // A value that no heading names would be lost silently.
                if isEmpty { continue }
                throw Problem.paperColumnMissing(["column": "\(place + 1)"])
            }
            if !isEmpty { values[column] = cell }
        }
        let row = PaperRow.Values(cells: values, headings: headings)
        let corrects = try values[.corrects].map { text throws(Failure) in
            try PaperNumber(text, path: row.path(.corrects))
        }
        return PaperRow(act: try PaperAct(row, today: today), corrects: corrects)
    }
}

extension CivilDate {
    /// Reads a day as offices write it: year, month, day, with `-`, `.` or `/` between them, one or two digits each.
    init?(typed text: String) {
        let characters = text.filter { !$0.isWhitespace }
        guard characters.utf8.count <= 12 else { return nil }
        let separators: Set<Character> = ["-", ".", "/"]
        guard let separator = characters.first(where: { separators.contains($0) }) else { return nil }
        // Some end the day with a point.
        let parts = (characters.last == "." ? String(characters.dropLast()) : characters)
            .split(separator: separator, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].utf8.count == 4, parts[1].utf8.count <= 2, parts[2].utf8.count <= 2,
            let year = decimal(parts[0].utf8), let month = decimal(parts[1].utf8), let day = decimal(parts[2].utf8)
        else { return nil }
        self.init(year: year, month: month, day: day)
    }
}
