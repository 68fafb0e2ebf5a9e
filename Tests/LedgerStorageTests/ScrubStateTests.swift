import LedgerMerkle
import Testing

@testable import LedgerStorage

@Suite struct ScrubStateTests {
    private static let ledgerID = TreeHash.leaf([1])

    private static let damage = ScrubState.Damage(
        found: 1_764_028_860_000, segment: 0,
        file: "segments/00000000000000000000-00000000000000065536.entries", offset: 64, index: 0,
        reason: "the block of the entries from 0 is damaged")

    /// A round in its second segment, with one damaged file known and a result that waits.
    private static let state: ScrubState = {
        var state = ScrubState()
        var round = ScrubState.Round(started: 1_764_028_800_000, end: 131_072)
        round.next = 65_536
        round.segments = 1
        round.entries = 65_536
        round.byteCount = 11_000_000
        state.round = round
        state.known = [damage]
        state.waiting = [
            ScrubState.Result(
                isRound: false, started: 1_764_028_800_000, ended: 1_764_028_860_000, segments: 1, entries: 65_536,
                byteCount: 11_000_000, known: 1, damage: [damage], healed: [])
        ]
        return state
    }()

    @Test func theExampleOfThePageIsReadAndWritten() throws {
        let page = try FormatsPage()
        let ledgerID = try #require(page.hex("ledger-id-example").flatMap { Digest($0) })
        let example = try #require(page.hex("scrub-state-example"))
        #expect(ScrubStateTests.state.encoded(ledgerID: ledgerID) == example)
        #expect(ScrubState(example, ledgerID: ledgerID) == ScrubStateTests.state)
    }

    @Test func whatIsWrittenIsReadAndNothingElse() throws {
        var state = ScrubStateTests.state
        state.last = ScrubState.Summary(started: 1, ended: 2, segments: 3, entries: 4, byteCount: 5, damaged: 6)
        state.known.append(
            ScrubState.Damage(found: 7, segment: 8, file: "index/x", offset: 9, index: nil, reason: "гэмтсэн"))
        state.waiting.append(
            ScrubState.Result(
                isRound: true, started: 1, ended: 2, segments: 3, entries: 4, byteCount: 5, known: 0, damage: [],
                healed: ["a", "b"]))
        for state in [state, ScrubState(), ScrubStateTests.state] {
            let bytes = state.encoded(ledgerID: ScrubStateTests.ledgerID)
            #expect(ScrubState(bytes, ledgerID: ScrubStateTests.ledgerID) == state)
            #expect(ScrubState(bytes, ledgerID: TreeHash.leaf([2])) == nil)
            #expect(ScrubState(bytes + [0], ledgerID: ScrubStateTests.ledgerID) == nil)
            for byte in bytes.indices {
                var changed = bytes
                changed[byte] ^= 1 << UInt8(byte % 8)
                #expect(ScrubState(changed, ledgerID: ScrubStateTests.ledgerID) == nil, "byte \(byte)")
                #expect(ScrubState(Array(bytes[..<byte]), ledgerID: ScrubStateTests.ledgerID) == nil)
            }
        }
    }

    /// Bytes with a right checksum are not believed for it.
    @Test func countsBeyondTheirLimitsAreRefused() throws {
        let ledgerID = ScrubStateTests.ledgerID
        var bytes = ScrubState().encoded(ledgerID: ledgerID).dropLast(8)
        for count in [UInt16(1), 1025, .max] {
            bytes.replaceSubrange(42..<44, with: [UInt8(count >> 8), UInt8(count & 0xff)])
            var whole = Array(bytes)
            whole.append(bigEndian: Checksum.of(whole))
            #expect(ScrubState(whole, ledgerID: ledgerID) == nil)
        }
    }

    @Test func longTextsAreCutBetweenCharacters() {
        let damage = ScrubState.Damage(
            found: 0, segment: 0, file: String(repeating: "ө", count: 200), offset: 0, index: nil,
            reason: "a" + String(repeating: "ө", count: 200))
        #expect(damage.file.utf8.count == 254 && damage.reason.utf8.count == 239)
    }
}
