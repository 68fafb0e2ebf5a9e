import Evidence
import Foundation
import LedgerEngine
import LedgerMerkle
import LedgerStorage
import LedgerTransparency
import Receipts
import Testing

@testable import Filing

/// Erasure down to the files: journal, segments, index and keys of a real folder.
@Suite struct ErasedFilesTests {
    private func desk(receipts count: Int) async throws -> (Desk, [FiledReceipt]) {
        let desk = try Desk()
        _ = try await desk.register.enrol(.merchant(Desk.merchant))
        var filed: [FiledReceipt] = []
        for number in 0..<count { filed.append(try await desk.receipts.file(Desk.coffee(String(number + 10)))) }
        desk.clock.advance(seconds: 2)
        while try desk.ledger.publishedCheckpoint().size < desk.ledger.size { await Task.yield() }
        return (desk, filed)
    }

    private func erasures(_ desk: Desk) -> ErasureDesk {
        ErasureDesk(desk.registrar, eraser: LedgerEraser(desk.ledger), clock: desk.clock)
    }

    /// The names of the files below a folder that hold some bytes.
    private func files(below path: String, holding bytes: [UInt8]) throws -> [String] {
        let names = try #require(FileManager.default.enumerator(atPath: path)).compactMap { $0 as? String }
        return names.filter { name in
            guard let content = FileManager.default.contents(atPath: "\(path)/\(name)") else { return false }
            return content.range(of: Data(bytes)) != nil
        }
    }

    @Test func anErasedReceiptIsInNoFileAndItsNeighboursAre() async throws {
        let (desk, receipts) = try await desk(receipts: 6)
        let evidence = EvidenceDesk(desk.registrar)
        let gone = receipts[2].filed
        let kept = try evidence.evidence(gone, for: .issuer)
        let vault = desk.registrar.vault
        let sealed = try vault.seal(gone.stored, commitment: gone.commitment)
        let word = SealedKey(vault.key(.receipt, receipts[2].issued.id.text)).word
        let key = withUnsafeBytes(of: word.bigEndian) { Array($0) }
        #expect(try files(below: desk.path, holding: sealed).count == 1)
        // Time goes by while the journal is sealed and let go.
        let clock = desk.clock
        let ticking = Task {
            while !Task.isCancelled {
                clock.advance(seconds: 2)
                await Task.yield()
            }
        }
        _ = try await erasures(desk).erase(index: gone.index, basis: "court order 17")
        ticking.cancel()
        await ticking.value
        #expect(try files(below: desk.path, holding: sealed) == [])
        #expect(try files(below: desk.path, holding: key) == [])
        #expect(try files(below: desk.path, holding: gone.stored.record.secret.bytes) == [])
        guard case .erased(let rest) = try desk.ledger.record(at: gone.index) else {
            Issue.record("the record is still there")
            return
        }
        let residue = try #require(try Residue(stored: rest))
        #expect(residue.disclosure.commitment == gone.commitment)
        // Its link is known yet: whoever has it is told what happened.
        #expect(throws: (any Error).self) {
            let found = try desk.registrar.record(with: vault.capability(of: gone.commitment))
            Issue.record("the link leads to \(String(describing: found?.index))")
        }
        for receipt in receipts where receipt.filed.index != gone.index {
            #expect(try desk.registrar.record(at: receipt.filed.index).fields == receipt.filed.fields)
            #expect(try evidence.find(receipt.issued.id.text) == receipt.filed.index)
        }
        #expect(try Audit(desk.registrar).run().erased == 1)
        #expect(try Audit(desk.registrar).run().erasedWithoutLink == 0)
        let verifier = Verifier(policy: Policy.trusting(desk.ledger.folder.verifierKey), schema: .receipts)
        #expect(verifier.verify(kept).verdict == .matches)
        // The chain and the numbers of the day go on behind it, and all of it after a new start.
        let next = try await desk.receipts.file(Desk.coffee("77"))
        #expect(next.filed.text("previous") == receipts[5].filed.commitment.description)
        try desk.reopen()
        #expect(try Audit(desk.registrar).run().erased == 1)
        #expect(try erasures(desk).finish() == 1)
        #expect(try files(below: desk.path, holding: sealed) == [])
    }

    @Test func recordsAreReadFromSegmentsAsTheyWereFiled() async throws {
        let (desk, receipts) = try await desk(receipts: 12)
        try desk.ledger.compact(sealingTail: true)
        #expect(desk.ledger.compactionStatus().sealed == desk.ledger.size)
        func check() throws {
            for receipt in receipts {
                let record = try desk.registrar.record(at: receipt.filed.index)
                #expect(record.fields == receipt.filed.fields && record.commitment == receipt.filed.commitment)
                let capability = desk.registrar.vault.capability(of: record.commitment)
                #expect(try desk.registrar.record(with: capability)?.index == receipt.filed.index)
            }
            #expect(try Audit(desk.registrar).run().records == UInt64(receipts.count) + 1)
        }
        try check()
        // The same body again within the window: the repetition is found in the segment.
        #expect(try await desk.receipts.file(Desk.coffee("10")).filed.index == receipts[0].filed.index)
        try desk.reopen()
        try check()
        let next = try await desk.receipts.file(Desk.coffee("99"))
        #expect(next.filed.text("previous") == receipts[11].filed.commitment.description)
    }
}
