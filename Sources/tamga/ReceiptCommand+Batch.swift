import ArgumentParser
import Catalogue
import Glibc
import LedgerEngine
import Service

extension ReceiptCommand.File {
    /// Sends the file to the running service, or files it into a closed folder.
    func runBatch() async throws {
        if let url {
            let carrier = try RemoteBatchCarrier(url: url, token: try token(), isInline: inline)
            do {
                try await send(through: carrier)
            } catch {
                await carrier.close()
                throw error
            }
            return await carrier.close()
        }
        let folder = try DataOption(data ?? "").open()
        if AdminClient(folder) != nil {
            return try await send(through: SocketBatchCarrier(folder: folder, isInline: inline))
        }
        let (ledger, keeping) = try Workplace.openLedger(folder, isCompacting: false)
        defer { ledger.close() }
        let office = try Office(ledger: ledger, keeping: keeping, trust: nil)
        try await send(through: OfficeBatchCarrier(office, isInline: inline))
    }

    /// Not on the command line, where everybody on the machine could read it.
    private func token() throws -> String {
        let text: String
        if let tokenFile {
            text = String(decoding: try Files.read(tokenFile, limit: 4096), as: UTF8.self)
        } else {
            text = getenv("TAMGA_TOKEN").map { String(cString: $0) } ?? ""
        }
        let token = text.filter { !$0.isWhitespace }
        guard !token.isEmpty else {
            throw ValidationError(
                "--url needs the merchant's token: in TAMGA_TOKEN, or in the file that --token-file names")
        }
        return token
    }

    private func send(through carrier: any BatchCarrier) async throws {
        let path = out ?? file + ".verdicts"
        let sender = try BatchSender(file, verdictsPath: path, carrier: carrier)
        let summary = try await sender.send(progress: Terminal.progress("filing"))
        var parts = ["\(summary.filed) filed"]
        if summary.skipped > 0 { parts.append("\(summary.skipped) known from an earlier call") }
        if summary.repeated > 0 { parts.append("\(summary.repeated) filed before") }
        if summary.refused > 0 { parts.append("\(summary.refused) refused") }
        if summary.failed > 0 { parts.append("\(summary.failed) not taken") }
        print("\(summary.rows) rows: \(parts.joined(separator: ", ")); verdicts in \(path)")
        guard summary.refused + summary.failed > 0 else { return }
        for complaint in summary.complaints { Terminal.complain(complaint) }
        Terminal.complain("mend the refused rows in \(file) and call again: the others are not filed twice")
        throw ExitCode(1)
    }
}

/// Through the socket of a running service.
private struct SocketBatchCarrier: BatchCarrier {
    let folder: DataFolder
    let isInline: Bool

    func send(_ rows: [UInt8]) async throws -> [UInt8] {
        guard let client = AdminClient(folder) else { throw Problem.serviceSilent() }
        let query = isInline ? "?evidence=inline" : ""
        return try client.post("/admin/receipts:batch\(query)", rows, type: "application/x-ndjson")
    }
}
