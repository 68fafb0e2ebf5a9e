import Evidence
import Foundation
import LedgerEngine
import LedgerStorage
import Testing

@testable import Filing

/// What goes when the time of keeping is over: the records, and the secrets that opened them.
@Suite struct ExpiryTests {
    /// Lets time go by, a second at a time, until everything filed is published.
    private func publish(_ desk: Desk) async throws {
        while try desk.ledger.publishedCheckpoint().size < desk.ledger.size {
            desk.clock.advance(seconds: 1)
            await Task.yield()
        }
    }

    /// Receipts in two sealed segments and the journal, and the numbers of their secrets by index.
    private func shop() async throws -> (Desk, secrets: [UInt64: SecretNumber]) {
        let desk = try Desk(segmentHeight: 2)
        _ = try await desk.register.enrol(.merchant(Desk.merchant))
        var secrets: [UInt64: SecretNumber] = [:]
        for number in 0..<9 {
            let filed = try await desk.receipts.file(Desk.coffee("\(number)")).filed
            secrets[filed.index] = filed.stored.secretNumber
        }
        try await publish(desk)
        try desk.ledger.compact()
        #expect(desk.ledger.compactionStatus().sealed == 8 && secrets.count == 9)
        return (desk, secrets)
    }

    /// Ten years later, as an operator confirms.
    private func waitForTenYears(_ desk: Desk) async throws {
        desk.clock.advance(seconds: UInt64(10 * 366 + 2) * 86_400)
        desk.ledger.acceptClock()
        while desk.ledger.compactionStatus().next == nil {
            desk.clock.advance(seconds: 1)
            await Task.yield()
        }
    }

    private func expectGone(_ desk: Desk, _ secrets: [UInt64: SecretNumber]) throws {
        for (index, number) in secrets {
            if index < 8 {
                #expect(try desk.ledger.record(at: index) == .expired)
                #expect(throws: SecretError.erased(number)) { try desk.registrar.secrets.secret(number) }
            } else {
                #expect(throws: Never.self) { try desk.registrar.record(at: index) }
            }
        }
        let report = try Audit(desk.registrar).run()
        #expect(report.entries == 10 && report.expired == 7)
        let files = try FileManager.default.contentsOfDirectory(atPath: desk.path + "/segments")
        #expect(!files.contains { $0.hasSuffix(".records") && $0.split(separator: ".")[1] == "2" })
    }

    @Test func secretsGoWithTheirRecords() async throws {
        let (desk, secrets) = try await shop()
        try await waitForTenYears(desk)
        try desk.ledger.compact()
        try expectGone(desk, secrets)
        try desk.reopen()
        try expectGone(desk, secrets)
    }

    @Test func whatACrashBrokeOffIsFinishedAtTheNextStart() async throws {
        let (desk, secrets) = try await shop()
        let folders = ["segments", "keys/secrets"].map { "\(desk.path)/\($0)" }
        let kept = desk.path + "-kept"
        defer { try? FileManager.default.removeItem(atPath: kept) }
        try FileManager.default.createDirectory(atPath: kept + "/keys", withIntermediateDirectories: true)
        for (folder, copy) in zip(folders, [kept + "/segments", kept + "/keys/secrets"]) {
            try FileManager.default.copyItem(atPath: folder, toPath: copy)
        }
        try await waitForTenYears(desk)
        try desk.ledger.compact()
        try desk.reopenAfter {
            // The manifests say that the records are over; neither secrets nor files went yet.
            try FileManager.default.removeItem(atPath: folders[1])
            try FileManager.default.copyItem(atPath: kept + "/keys/secrets", toPath: folders[1])
            for name in try FileManager.default.contentsOfDirectory(atPath: kept + "/segments")
            where name.hasSuffix(".records") {
                let path = "\(folders[0])/\(name)"
                guard !FileManager.default.fileExists(atPath: path) else { continue }
                try FileManager.default.copyItem(atPath: "\(kept)/segments/\(name)", toPath: path)
            }
        }
        try expectGone(desk, secrets)
    }
}
