import Catalogue
import Filing
import HTTPTypes
import Hummingbird
import LedgerEngine
import LedgerStorage
import NIOCore

/// A day of the access log as a file.
extension NotaryConsole {
    /// Lines of one piece, whoever's they are.
    private static let pieceOfLog: UInt32 = 10_000
    /// The mark lets spreadsheets know that it is UTF-8.
    private static let headOfLog = "\u{feff}day,line,time,act,role,subject,purpose,detail\r\n"

    private static let unreadable =
        "Энэ өдрийн бүртгэлийг уншиж чадсангүй; мөр дутуу байж болно / the log of this day cannot be read: lines may be left out"

    func logFile(_ request: Request, _ visitor: Visitor) throws -> Response {
        let text = request.asked("day")
        guard let day = AccessDay(text) else {
            throw Problem.consoleFieldInvalid(["field": "day", "value": text, "form": "\(try today())"])
        }
        let codes = Set(offices(of: visitor.subject).map(\.code))
        let lines = LogOffice(codes: codes, own: visitor.subject, leavesOutOwn: request.asked("others") == "yes")
        let body = ResponseBody { [self] writer in
            try await office.logLook(
                at: "", by: NotaryConsole.reader(visitor), .accessLog, detail: "/notary/log.csv \(day)")
            try await writer.write(ByteBuffer(string: NotaryConsole.headOfLog))
            var next: UInt32? = 0
            while let from = next {
                let piece = try await Console.read { try logPiece(day, from, lines) }
                if !piece.text.isEmpty { try await writer.write(ByteBuffer(string: piece.text)) }
                next = piece.next
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/csv; charset=utf-8",
                .contentDisposition: "attachment; filename=\"tamga-access-\(visitor.subject)-\(day).csv\"",
                .cacheControl: "no-store",
            ], body: body)
    }

    private func logPiece(_ day: AccessDay, _ from: UInt32, _ office: LogOffice) throws -> (text: String, next: UInt32?)
    {
        var text = ""
        var next: UInt32?
        do {
            try self.office.access.lines(of: day, from: from) { line in
                guard line.position.index - from < NotaryConsole.pieceOfLog else {
                    next = line.position.index
                    return false
                }
                if office.shows(line.line) { text += NotaryConsole.cells(line) }
                return true
            }
        } catch let failure as Failure where failure.problem == .accessDayUnknown {
        } catch is StorageError {
            // The head is sent: it is said in a row.
            return (text + "\(day),,,,,,,\(NotaryConsole.unreadable)\r\n", nil)
        }
        return (text, next)
    }

    private static func cells(_ logged: LoggedAccess) -> String {
        let line = logged.line
        return [
            logged.position.day.description, String(logged.position.index), Speaker(language: .en).time(line.time),
            line.act, line.reader.role.rawValue, line.reader.subject ?? "", line.purpose.rawValue, line.detail ?? "",
        ].map(MerchantConsole.cell).joined(separator: ",") + "\r\n"
    }
}
