import Catalogue
import Evidence
import Foundation
import LedgerEngine
import LedgerMerkle
import LedgerStorage
import Synchronization
import Testing

@testable import Filing

/// Documents go with the records that they are kept for; the audit reads them all.
@Suite struct DocumentErasureTests {
    private static let bytes = DocumentFixture.document(70_000)

    private func kept(segmentHeight: Int = DataFolder.defaultSegmentHeight) async throws -> (Desk, FiledRecord) {
        let desk = try Desk(segmentHeight: segmentHeight)
        _ = try await desk.register.enrol(.merchant(Desk.merchant))
        let filed = try await desk.receipts.file(Desk.coffee()).filed
        try keep(DocumentErasureTests.bytes, for: filed, desk)
        return (desk, filed)
    }

    private func place(_ filed: FiledRecord) -> DocumentPlace {
        DocumentPlace(index: filed.index, commitment: filed.commitment, secret: filed.stored.record.secret)
    }

    private func keep(_ bytes: [UInt8], for filed: FiledRecord, _ desk: Desk) throws {
        var upload = try desk.registrar.documents.begin(SHA256.hash(bytes), of: place(filed), limit: 1 << 20)
        try upload.append(bytes)
        _ = try desk.registrar.documents.commit(upload) {}
    }

    private func files(_ desk: Desk) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: desk.path + "/documents").sorted()
    }

    /// The ledger's own files are others' tests.
    private struct NoEraser: RecordEraser {
        func erase(_ indices: Set<UInt64>) throws {}
    }

    private func erasures(_ desk: Desk) -> ErasureDesk {
        ErasureDesk(desk.registrar, eraser: NoEraser(), clock: desk.clock)
    }

    @Test func anErasureRemovesFilesAndWhatOpensThem() async throws {
        let (desk, filed) = try await kept()
        let copy = try Data(contentsOf: URL(fileURLWithPath: "\(desk.path)/documents/\(files(desk)[0])"))
        #expect(try Audit(desk.registrar).run().documents == 1)
        _ = try await erasures(desk).erase(index: filed.index, basis: "шийдвэр 2026/17")
        #expect(try files(desk).isEmpty)
        let number = try #require(filed.stored.secretNumber)
        #expect(throws: SecretError.erased(number)) { try desk.registrar.secrets.secret(number) }
        // A copy that comes back is told, and removed.
        let name = desk.registrar.documents.keys.name(of: filed.commitment, slot: 0)
        try desk.reopenAfter { try copy.write(to: URL(fileURLWithPath: "\(desk.path)/documents/\(name)")) }
        let report = try Audit(desk.registrar).run()
        #expect(report.documents == 0 && report.documentsLeft == 1)
        #expect(try desk.registrar.sweepDocuments() == 1 && files(desk).isEmpty)
    }

    /// Fails until it is told otherwise, as a process does that dies.
    private final class BrokenEraser: RecordEraser {
        struct Died: Error {}

        func erase(_ indices: Set<UInt64>) throws { throw Died() }
    }

    @Test func whatACrashBrokeOffIsFinishedAtTheNextStart() async throws {
        let (desk, filed) = try await kept()
        let broken = ErasureDesk(desk.registrar, eraser: BrokenEraser(), clock: desk.clock)
        await #expect(throws: BrokenEraser.Died.self) {
            try await broken.erase(index: filed.index, basis: "шийдвэр 2026/17")
        }
        #expect(try files(desk).count == 1)
        // The upload that comes now is too late.
        var upload = try desk.registrar.documents.begin(SHA256.hash([1]), of: place(filed), limit: 1 << 20)
        try upload.append([1])
        #expect(throws: Failure.self) {
            try desk.registrar.documents.commit(upload) { _ = try desk.registrar.record(at: filed.index) }
        }
        try desk.reopenAfter {
            try Data([1]).write(to: URL(fileURLWithPath: "\(desk.path)/documents/0123.new"))
        }
        try erasures(desk).finish()
        #expect(try files(desk).isEmpty)
    }

    @Test func theAuditNamesADocumentThatIsNotWhole() async throws {
        let (desk, filed) = try await kept()
        try keep([1, 2, 3], for: filed, desk)
        let report = try Audit(desk.registrar).run()
        #expect(report.documents == 2 && report.documentBytes == 70_003)
        let name = desk.registrar.documents.keys.name(of: filed.commitment, slot: 0)
        let path = "\(desk.path)/documents/\(name)"
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        for byte in [0, 20, 50, 110, 200, 66_000, whole.count - 1] {
            var damaged = whole
            damaged[byte] ^= 4
            try damaged.write(to: URL(fileURLWithPath: path))
            #expect(try damage(desk)?.file == "documents/\(name)", "byte \(byte)")
        }
        try whole.prefix(65_552 + 129).write(to: URL(fileURLWithPath: path))
        #expect(try damage(desk)?.file == "documents/\(name)", "cut between chunks")
        try whole.write(to: URL(fileURLWithPath: path))
        // Under another act's name.
        let other = try await desk.receipts.file(Desk.coffee("02")).filed
        let stray = "\(desk.path)/documents/\(desk.registrar.documents.keys.name(of: other.commitment, slot: 0))"
        try whole.write(to: URL(fileURLWithPath: stray))
        #expect(try damage(desk)?.file?.hasPrefix("documents/") == true)
        try FileManager.default.removeItem(atPath: stray)
        #expect(try damage(desk) == nil)
    }

    private func damage(_ desk: Desk) throws -> Audit.Damage? {
        do {
            _ = try Audit(desk.registrar).run()
            return nil
        } catch let damage as Audit.Damage {
            return damage
        }
    }

    @Test func whatIsKeptForARecordGoesWhenItsTimeIsOver() async throws {
        let (desk, filed) = try await kept(segmentHeight: 2)
        for number in 2..<9 { _ = try await desk.receipts.file(Desk.coffee("0\(number)")) }
        while try desk.ledger.publishedCheckpoint().size < desk.ledger.size {
            desk.clock.advance(seconds: 1)
            await Task.yield()
        }
        try desk.ledger.compact()
        #expect(try Audit(desk.registrar).run().documents == 1, "sealing changes nothing of it")
        desk.clock.advance(seconds: UInt64(10 * 366 + 2) * 86_400)
        desk.ledger.acceptClock()
        while desk.ledger.compactionStatus().next == nil {
            desk.clock.advance(seconds: 1)
            await Task.yield()
        }
        try desk.ledger.compact()
        let number = try #require(filed.stored.secretNumber)
        #expect(throws: SecretError.erased(number)) { try desk.registrar.secrets.secret(number) }
        #expect(try Audit(desk.registrar).run().documentsLeft == 1)
        #expect(try desk.registrar.sweepDocuments() == 1 && files(desk).isEmpty)
    }
}
