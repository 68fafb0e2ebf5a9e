import Evidence
import LedgerEngine
import LedgerMerkle
import LedgerStorage
import Testing

@testable import Filing

/// Leaves the content where it is: that of an erased record is not asked for.
private struct IdleEraser: RecordEraser {
    func erase(_ indices: Set<UInt64>) {}
}

/// An audit that begins in the middle of the ledger meets chains in their middle.
@Suite struct AuditFromTests {
    /// Five receipts of one merchant, entries 1 to 5, behind the merchant's enrolment.
    private func desk() async throws -> Desk {
        let desk = try Desk()
        _ = try await desk.register.enrol(.merchant(Desk.merchant))
        for number in 1...5 { _ = try await desk.receipts.file(Desk.coffee("0\(number)")) }
        return desk
    }

    private func audit(_ desk: Desk, from: UInt64) throws -> Audit.Report {
        var options = Audit.Options()
        options.from = from
        return try Audit(desk.registrar, options: options).run()
    }

    /// Files a copy of a receipt that says something else of its place in the chain.
    private func forge(_ desk: Desk, of index: UInt64, sequence: Int, previous: Digest) async throws -> UInt64 {
        let registrar = desk.registrar
        var fields = try registrar.record(at: index).fields
        fields["sequence"] = String(sequence)
        fields["previous"] = previous.description
        let (number, secret) = try registrar.secrets.next(for: .receipts)
        let record = try Record(kind: .receipt, secret: secret, fields: fields)
        let stored = try StoredRecord(record, attachments: [], secretNumber: number)
        let commitment = record.commitment
        let item = JournalItem(
            entry: Entry(kind: .receipt, recorded: 0, commitment: commitment).encoded, keys: [],
            payload: try registrar.vault.seal(stored, commitment: commitment),
            retention: RetentionClass.receipts.rawValue)
        return try await desk.ledger.append(Submission(item: item, timeOffset: 2)).index
    }

    private func damagedEntry(_ body: () throws -> Audit.Report) -> UInt64? {
        do {
            let report = try body()
            Issue.record("clean: \(report)")
        } catch let damage as Audit.Damage {
            return damage.index
        } catch {
            Issue.record("\(error)")
        }
        return nil
    }

    @Test func chainsAreHeldAgainstTheRecordBeforeTheFirstEntry() async throws {
        let desk = try await desk()
        #expect(try audit(desk, from: 0).chainsContinued == 0)
        for from in 2...5 as ClosedRange<UInt64> {
            let report = try audit(desk, from: from)
            #expect(report.entries == 6 - from && report.chains == 1)
            #expect(report.chainsContinued == 1 && report.chainsUnchecked == 0)
        }
        _ = try await ErasureDesk(desk.registrar, eraser: IdleEraser(), clock: desk.clock).erase(index: 3, basis: "x")
        let report = try audit(desk, from: 4)
        #expect(report.chainsContinued == 1 && report.chainsUnchecked == 0)
    }

    @Test func aRecordThatDoesNotContinueItsChainIsFoundThoughTheChainIsMetInItsMiddle() async throws {
        let desk = try await desk()
        let last = try desk.registrar.record(at: 5).commitment
        let index = try await forge(desk, of: 5, sequence: 7, previous: last)
        for from in [0, 4, index] { #expect(damagedEntry { try audit(desk, from: from) } == index) }
    }

    @Test func aForkIsFoundThoughBothItsBranchesAreMetInTheirMiddle() async throws {
        let desk = try await desk()
        let second = try desk.registrar.record(at: 2).commitment
        let index = try await forge(desk, of: 2, sequence: 2, previous: second)
        #expect(damagedEntry { try audit(desk, from: 4) } == index)
    }

    @Test func aChainThatCannotBeFollowedBackIsCounted() async throws {
        let desk = try await desk()
        let index = try await forge(desk, of: 5, sequence: 9, previous: TreeHash.leaf([1]))
        let report = try audit(desk, from: index)
        #expect(report.chainsUnchecked == 1 && report.chainsContinued == 0)
        #expect(damagedEntry { try audit(desk, from: 5) } == index)
    }
}
