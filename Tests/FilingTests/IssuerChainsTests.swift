import Evidence
import LedgerMerkle
import Testing

@testable import Filing

@Suite struct IssuerChainsTests {
    private static func commitment(_ name: String) -> Digest { SHA256.hash(Array(name.utf8)) }

    /// A link such as `("A", 1, after: "a0", "a1")`; without a chain an erased record's.
    private func link(_ chain: String?, _ sequence: UInt64, after: String?, _ name: String) -> ChainLink {
        let before = after.map { ChainLink.Before.record(Self.commitment($0)) } ?? .nothing
        return ChainLink(chain: chain, sequence: sequence, before: before, commitment: Self.commitment(name))
    }

    private func loose(_ sequence: UInt64, _ name: String) -> ChainLink {
        ChainLink(chain: nil, sequence: sequence, before: .unknown, commitment: Self.commitment(name))
    }

    /// The position of the first link that does not fit; `nil` when all do.
    private func breakOf(_ links: [ChainLink]) -> Int? {
        var chains = IssuerChains()
        for (position, link) in links.enumerated() {
            do { try chains.follow(link) } catch { return position }
        }
        return nil
    }

    private var whole: [ChainLink] {
        [
            link("A", 0, after: nil, "a0"), link("B", 0, after: nil, "b0"), link("A", 1, after: "a0", "a1"),
            link("A", 2, after: "a1", "a2"), link("B", 1, after: "b0", "b1"), link("A", 3, after: "a2", "a3"),
        ]
    }

    @Test func wholeChainsAreFollowed() {
        #expect(breakOf(whole) == nil)
    }

    @Test func everyGapForkAndWrongNumberIsFound() {
        for position in whole.indices where whole[position].sequence + 1 < 4 {
            var links = whole
            links.remove(at: position)
            // Whatever stood behind the lost record does not fit; the last record of a chain is not missed by its chain.
            #expect((breakOf(links) == nil) == [4].contains(position), "\(position)")
        }
        #expect(breakOf(whole + [link("A", 3, after: "a2", "x")]) == 6)
        #expect(breakOf(whole + [link("A", 5, after: "a3", "x")]) == 6)
        #expect(breakOf(whole + [link("A", 4, after: "b1", "x")]) == 6)
        #expect(breakOf(whole + [link("B", 4, after: "a3", "x")]) == 6)
        #expect(breakOf(whole + [link("C", 4, after: "a3", "x")]) == 6)
        #expect(breakOf(whole + [link("A", 0, after: nil, "x")]) == 6)
        #expect(breakOf([link("A", 1, after: nil, "x")]) == 0)
        #expect(breakOf([link("A", 1, after: "a0", "x")]) == 0)
    }

    @Test func residuesKeepChainsWholeWithoutNamingThem() {
        for hidden in 0..<(1 << whole.count) {
            let links = whole.enumerated().map { position, link in
                hidden >> position & 1 == 0
                    ? link
                    : ChainLink(chain: nil, sequence: link.sequence, before: link.before, commitment: link.commitment)
            }
            #expect(breakOf(links) == nil, "\(hidden)")
            // A lie is found as before, named or not.
            for chain in ["A", nil] {
                #expect(breakOf(links + [link(chain, 3, after: "a2", "x")]) == 6)
                #expect(breakOf(links + [link(chain, 5, after: "a3", "x")]) == 6)
            }
        }
    }

    @Test func aChainDoesNotGoOnInAnErasedOneOfSomebodyElse() {
        let links = [link("A", 0, after: nil, "a0"), link(nil, 0, after: nil, "x0"), link(nil, 1, after: "x0", "x1")]
        #expect(breakOf(links + [link("A", 2, after: "x1", "a2")]) == 3)
        #expect(breakOf(links + [link("B", 2, after: "x1", "a2")]) == nil)
    }

    @Test func recordsThatLeftNothingAreBridgedByTheirNumbers() {
        for hidden in 0..<(1 << whole.count) {
            let links = whole.enumerated().map { position, link in
                guard hidden >> position & 1 == 1, link.sequence > 0 else { return link }
                return loose(link.sequence, ["a0", "b0", "a1", "a2", "b1", "a3"][position])
            }
            #expect(breakOf(links) == nil, "\(hidden)")
        }
        let begun = [link("A", 0, after: nil, "a0"), loose(1, "a1")]
        #expect(breakOf(begun + [link("A", 2, after: "a1", "a2")]) == nil)
        #expect(breakOf(begun + [link("A", 3, after: "a1", "a2")]) == 2)
        #expect(breakOf(begun + [link("A", 2, after: "x", "a2")]) == 2)
        #expect(breakOf(begun + [link("A", 1, after: "a0", "x"), link("A", 2, after: "x", "y")]) == nil)
        #expect(breakOf(begun + [link(nil, 2, after: "a1", "a2"), link("A", 3, after: "a2", "a3")]) == nil)
        #expect(breakOf(begun + [link(nil, 2, after: "a1", "a2"), link("A", 4, after: "a2", "a3")]) == 3)
    }

    @Test func aResidueIsTakenForItsOwnEntryOnly() throws {
        let secret = try #require(RecordSecret([UInt8](repeating: 3, count: 32)))
        let previous = Self.commitment("before")
        let record = try Record(
            kind: .receipt, secret: secret,
            fields: ["merchant": "37900846788", "sequence": "7", "previous": previous.description, "total": "1"])
        let residue = record.disclosure(showing: ["chain", "sequence", "previous"])
        let link = try #require(ChainLink(residue: residue, commitment: record.commitment))
        #expect(link.chain == nil && link.sequence == 7 && link.before == .record(previous))
        #expect(ChainLink(residue: residue, commitment: previous) == nil)
        #expect(ChainLink(residue: residue.showingOnly(["sequence"]), commitment: record.commitment) == nil)
        #expect(ChainLink(residue: residue.showingOnly(["previous"]), commitment: record.commitment) == nil)
        let first = try Record(kind: .receipt, secret: secret, fields: ["merchant": "1", "sequence": "0"])
        let begins = ChainLink(residue: first.disclosure(showing: ["sequence"]), commitment: first.commitment)
        #expect(begins?.before == .nothing)
    }
}
