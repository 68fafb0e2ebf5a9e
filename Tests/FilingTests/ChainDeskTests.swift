import Evidence
import LedgerEngine
import Receipts
import Testing

@testable import Filing

@Suite struct ChainDeskTests {
    @Test func aChainIsWalkedBackToItsFirstRecord() async throws {
        let desk = try Desk()
        _ = try await desk.register.enrol(.merchant(Desk.merchant))
        #expect(try ChainDesk(desk.registrar).chain(of: Desk.merchant.tin, limit: 10) == nil)
        var filed: [FiledReceipt] = []
        for number in 0..<4 { filed.append(try await desk.receipts.file(Desk.coffee("\(number)"))) }
        _ = try await desk.receipts.returnReceipt(Desk.returning(filed[1]))
        let report = try #require(try ChainDesk(desk.registrar).chain(of: Desk.merchant.tin, limit: 10))
        #expect(report.keeper == "operator" && report.length == 5 && report.end == .beginning)
        #expect(report.links.map(\.sequence) == [4, 3, 2, 1, 0])
        #expect(report.links.map { $0.content?.action } == ["returned", "issued", "issued", "issued", "issued"])
        #expect(report.links.dropFirst().map(\.commitment) == filed.reversed().map(\.filed.commitment))
        #expect(report.missing.isEmpty)
    }

    @Test func pagesFollowEachOther() async throws {
        let desk = try Desk()
        _ = try await desk.register.enrol(.merchant(Desk.merchant))
        for number in 0..<5 { _ = try await desk.receipts.file(Desk.coffee("\(number)")) }
        let chains = ChainDesk(desk.registrar)
        let first = try #require(try chains.chain(of: Desk.merchant.tin, limit: 3))
        #expect(first.end == .limit && first.checked == 2...4)
        let next = try #require(first.next)
        let second = try #require(try chains.chain(of: Desk.merchant.tin, before: next, limit: 3))
        #expect((first.links + second.links).map(\.sequence) == [4, 3, 2, 1, 0] && second.end == .beginning)
        // The register's own record is no part of it.
        guard case .broken = try chains.chain(of: Desk.merchant.tin, before: 0, limit: 3)?.end else {
            Issue.record("another issuer's record is taken")
            return
        }
        let deep = try #require(try chains.chain(of: Desk.merchant.tin, limit: 2, depth: 100))
        #expect(deep.links.count == 2 && deep.checked == 0...4 && deep.end == .beginning)
    }

    @Test func anErasedRecordKeepsItsPlace() async throws {
        let desk = try Desk(segmentHeight: 3)
        _ = try await desk.register.enrol(.merchant(Desk.merchant))
        var filed: [FiledReceipt] = []
        for number in 0..<12 { filed.append(try await desk.receipts.file(Desk.coffee("\(number)"))) }
        // The journal is sealed and let go while time goes by.
        let clock = desk.clock
        let ticking = Task {
            while !Task.isCancelled {
                clock.advance(seconds: 2)
                await Task.yield()
            }
        }
        let erasures = ErasureDesk(desk.registrar, eraser: LedgerEraser(desk.ledger), clock: desk.clock)
        _ = try await erasures.erase(index: filed[2].filed.index, basis: "Test law, art. 1")
        ticking.cancel()
        await ticking.value
        let report = try #require(try ChainDesk(desk.registrar).chain(of: Desk.merchant.tin, limit: 100))
        #expect(report.links.filter { $0.content == nil }.map(\.sequence) == [2])
        #expect(report.links.count == 12 && report.end == .beginning)
        // What an erased receipt was numbered is gone with it.
        #expect(report.missing.map(\.numbers) == [4...5])
    }

    @Test func anotherIssuersRecordDoesNotContinueAChain() async throws {
        let desk = try Desk()
        _ = try await desk.register.enrol(.merchant(Desk.merchant))
        let first = try await desk.receipts.file(Desk.coffee("1"))
        let vault = desk.registrar.vault
        // As an operator might who wants a receipt out of the way: a second record with the number of the first.
        _ = try await desk.registrar.file(issuer: Desk.merchant.tin) { head in
            head.sequence = 0
            head.previous = nil
            var fields = first.issued.fields
            fields["suffix"] = "forked"
            return .file(
                Registrar.Draft(kind: .receipt, fields: fields, keys: [vault.key(.issuerHead, Desk.merchant.tin)]))
        }
        let report = try #require(try ChainDesk(desk.registrar).chain(of: Desk.merchant.tin, limit: 100))
        // The walk sees one branch of a fork, and its length; the audit sees both.
        #expect(report.length == 1 && report.links.count == 1)
        #expect(throws: (any Error).self) { try Audit(desk.registrar).run() }
    }
}
