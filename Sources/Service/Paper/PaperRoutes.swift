import CanonicalJSON
import Catalogue
import Deeds
import Filing
import HTTPTypes
import Hummingbird
import LedgerEngine
import NIOCore
import Registry
import Sheets

/// `POST /v1/deeds/paper`: a register book on paper in, a verdict for each row out (FORMATS.md, "Register books on paper").
struct PaperRoutes {
    let office: Office

    /// Each holds its file while it runs. ``turns`` lets an office have one of them.
    static let imports = Permits(2)
    /// One an office: two would wait for each other at every entry.
    static let turns = ImportTurns()

    /// For notaries, each with the books of the own office, and of those taken over.
    func add(to router: Router<CallContext>) {
        router.post("v1/deeds/paper") { request, _ in
            try await run(request, notary: try office.subject(request, as: .notary), isByOperator: false)
        }
        router.get("v1/deeds/paper") { request, _ in
            let notary = try office.subject(request, as: .notary)
            let query = request.uri.queryParameters
            guard let year = query["year"].flatMap({ Int($0) }), (1900...2999).contains(year),
                let first = Int(query["from"] ?? "1"), (1...999_999_999).contains(first),
                let limit = Int(query["limit"] ?? "100"), (1...1000).contains(limit)
            else {
                throw Problem.badRequest(["reason": "year is 1900 to 2999, from 1 to 999999999, limit 1 to 1000"])
            }
            let owner = try office.books(request, notary)
            let (last, lines) = try await Console.read {
                (
                    try office.deeds.paperEnd(notary: owner, year: year),
                    try office.deeds.paperBook(notary: owner, year: year, from: first, limit: limit)
                )
            }
            try await office.logLooks(
                at: lines.compactMap(\.shown), by: AccessLine.Who(.notary, notary), .book,
                detail: "paper \(year), \(first) … \(first + limit - 1)")
            return Response([
                "notary": .string(owner), "year": JSONValue(Int64(year)), "last": JSONValue(Int64(last)),
                "lines": .array(lines.map(\.json)),
            ])
        }
    }

    /// For the operator, with the books of any office.
    func addForOperator(to router: Router<CallContext>) {
        router.post("admin/deeds-paper") { request, _ in
            guard let notary = request.uri.queryParameters["notary"].map(String.init) else {
                throw Problem.badRequest(["reason": "notary is needed"])
            }
            return try await run(request, notary: notary, isByOperator: true)
        }
    }

    static let text = "text/csv"
    static let spreadsheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    private func run(_ request: Request, notary: String, isByOperator: Bool) async throws -> Response {
        let options = try PaperRoutes.options(request)
        let owner = try office.books(request, notary)
        let query = request.uri.queryParameters
        let isCheck: Bool
        switch query["check"] {
        case nil, "false": isCheck = false
        case "true": isCheck = true
        default: throw Problem.badRequest(["reason": "check is true or false"])
        }
        guard PaperRoutes.turns.begin(owner) else { throw Problem.paperImportUnderWay() }
        let turn = ImportTurn(owner, PaperRoutes.turns)
        // No waiting: the time that a body may take runs meanwhile.
        guard PaperRoutes.imports.takeIfFree() else { throw Problem.paperImportsBusy() }
        let place = HeldPermit(of: PaperRoutes.imports)
        let bytes = try await request.bytes(limit: SheetLimits.file)
        let table = try await PaperRoutes.table(bytes, options)
        let filing = PaperImport(
            office, notary: notary, books: owner, isCheck: isCheck, isByOperator: isByOperator)
        let held = HeldTable(table)
        let body = ResponseBody { writer in
            defer { place.giveBack() }
            defer { turn.end() }
            try await filing.lines(
                of: held.table,
                isDone: {
                    place.giveBack()
                    turn.end()
                }, write: { try await writer.write(ByteBuffer(bytes: $0)) })
            try await writer.finish(nil)
        }
        return Response(
            status: .ok, headers: [.contentType: "application/x-ndjson", .cacheControl: "no-store"], body: body)
    }

    /// How the body is to be read.
    private static func options(_ request: Request) throws -> SheetOptions {
        let parts = (request.headers[.contentType] ?? "").split(separator: ";").map { $0.trimmed.lowercased() }
        guard let type = parts.first, [text, spreadsheet].contains(type) else {
            throw Problem.wrongContentType(["expected": "\(text), \(spreadsheet)"])
        }
        var options = SheetOptions()
        let charset = parts.first { $0.hasPrefix("charset=") }?.dropFirst("charset=".count).filter { $0 != "\"" }
        if let name = request.asked("encoding").isEmpty ? charset : request.asked("encoding").lowercased() {
            guard let encoding = SheetEncoding(rawValue: name) else {
                throw Problem.badRequest(["reason": "encoding is utf-8 or windows-1251"])
            }
            options.encoding = encoding
        }
        let sheet = request.asked("sheet")
        if !sheet.isEmpty { options.sheet = sheet }
        return options
    }

    /// Opens a table and reads its headings, where nothing else waits for it.
    static func table(_ bytes: [UInt8], _ options: SheetOptions) async throws -> PaperTable {
        try await Console.read { HeldTable(try PaperImport.columns(of: try Sheet.open(bytes, options))) }.table
    }
}

/// A table that goes from the task that opened it to the one that reads it, and is never read by two.
private final class HeldTable: @unchecked Sendable {
    // Set once; handed on, never shared.
    let table: PaperTable

    init(_ table: PaperTable) { self.table = table }
}
