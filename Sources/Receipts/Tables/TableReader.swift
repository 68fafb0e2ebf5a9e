import Catalogue

/// A row of a table, and the days on which it holds.
struct TableRow<Value: Sendable & Hashable>: Sendable, Hashable {
    let value: Value
    /// First and last day, `yyyy-MM-dd` on the clock of Ulaanbaatar; empty for none.
    let from: String
    let to: String

    func holds(on day: String) -> Bool { from <= day && (to.isEmpty || day <= to) }
}

/// Reads one of the files of a folder of tables.
struct TableReader {
    /// The most bytes of a file.
    static let byteLimit = 16 << 20

    let file: String
    private let columns: [String: Int]
    private let records: [CommaSeparated.Record]

    /// - Parameter columns: those that must be there, besides `from` and `to`.
    /// - Throws: `table-invalid`, naming file and line.
    init(_ bytes: [UInt8], file: String, columns: [String]) throws(Failure) {
        self.file = file
        guard bytes.count <= TableReader.byteLimit else {
            throw TableReader.invalid(file, 1, "more than \(TableReader.byteLimit) bytes")
        }
        do throws(CommaSeparated.Fault) {
            records = try CommaSeparated.records(bytes)
        } catch {
            throw TableReader.invalid(file, error.line, error.reason)
        }
        let wanted = columns + ["from", "to"]
        guard let header = records.first, Set(header.fields) == Set(wanted), header.fields.count == wanted.count else {
            throw TableReader.invalid(
                file, records.first?.line ?? 1, "the first line must be \(wanted.joined(separator: ","))")
        }
        self.columns = Dictionary(uniqueKeysWithValues: header.fields.enumerated().map { ($1, $0) })
    }

    /// The rows, in the order of the file.
    ///
    /// - Parameter value: makes a value of a row's fields; `nil` with a reason when it cannot.
    func rows<Value>(
        _ value: ((String) -> String) -> Result<Value, TableFault>
    ) throws(Failure) -> [TableRow<Value>] {
        var rows: [TableRow<Value>] = []
        rows.reserveCapacity(records.count)
        for record in records.dropFirst() {
            guard record.fields.count == columns.count else {
                throw TableReader.invalid(
                    file, record.line, "\(record.fields.count) fields, the first line has \(columns.count)")
            }
            let field = { (name: String) in columns[name].map { record.fields[$0] } ?? "" }
            let (from, to) = (field("from"), field("to"))
            for day in [from, to] where !day.isEmpty && !TableReader.isDay(day) {
                throw TableReader.invalid(file, record.line, "\"\(day)\" is not a day, such as 2026-01-31")
            }
            guard to.isEmpty || from <= to else {
                throw TableReader.invalid(file, record.line, "it ends (\(to)) before it begins (\(from))")
            }
            switch value(field) {
            case .success(let value): rows.append(TableRow(value: value, from: from, to: to))
            case .failure(let fault): throw TableReader.invalid(file, record.line, fault.reason)
            }
        }
        guard !rows.isEmpty else { throw TableReader.invalid(file, 1, "it has no rows") }
        return rows
    }

    private static func isDay(_ text: String) -> Bool {
        text.utf8.count == 10 && ReceiptTime("\(text) 00:00:00") != nil
    }

    static func invalid(_ file: String, _ line: Int, _ reason: String) -> Failure {
        Problem.tableInvalid(["file": file, "line": String(line), "reason": reason])
    }
}

/// What is wrong with a row.
struct TableFault: Error {
    let reason: String
}
