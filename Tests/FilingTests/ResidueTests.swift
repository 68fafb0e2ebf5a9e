import Evidence
import LedgerMerkle
import LedgerStorage
import Testing

@testable import Filing

@Suite struct ResidueTests {
    private let codec = PackingFixture.codec

    /// A synthetic receipt that is not the first of its chain.
    private func receipt() throws -> SyntheticReceipts.Filed {
        var source = try SyntheticReceipts(seed: 3, shops: 1, goods: 20)
        _ = try source.next()
        return try source.next()
    }

    @Test func aRecordBelongsToItsEntryAndNoOther() throws {
        let (one, other) = (try receipt(), try PackingFixture.receipts(1).entries.entries[0])
        try codec.check(one.stored.encoded, entry: one.entry)
        #expect(throws: StorageError.self) { try codec.check(one.stored.encoded, entry: other) }
        #expect(throws: StorageError.self) { try codec.check([], entry: one.entry) }
        var kind = one.entry
        kind[1] = 1
        #expect(throws: StorageError.self) { try codec.check(one.stored.encoded, entry: kind) }
        var record = one.stored.encoded
        record[record.count - 2] ^= 1
        #expect(throws: StorageError.self) { try codec.check(record, entry: one.entry) }
    }

    @Test func aPayloadOpensForItsEntryOnly() throws {
        let filed = try receipt()
        let commitment = filed.stored.record.commitment
        let payload = try PackingFixture.vault.seal(filed.stored, commitment: commitment)
        #expect(try codec.open(payload, entry: filed.entry) == filed.stored.encoded)
        let other = try PackingFixture.receipts(1).entries.entries[0]
        #expect(throws: StorageError.self) { try codec.open(payload, entry: other) }
        #expect(throws: StorageError.self) { try codec.open([], entry: filed.entry) }
        #expect(throws: StorageError.self) { try codec.open(payload, entry: [1]) }
    }

    @Test func aResidueShowsTheChainAndHidesAllElse() throws {
        let filed = try receipt()
        let residue = try codec.residue(of: filed.stored.encoded, entry: filed.entry)
        try codec.check(residue, entry: filed.entry)
        let disclosure = try #require(try Residue(stored: residue)).disclosure
        for field in filed.stored.record.fields {
            let isChain = ["chain", "previous", "sequence"].contains(field.name)
            #expect(disclosure[field.name]?.value == (isChain ? field.value : nil))
        }
        #expect(disclosure.fields.count == filed.stored.record.fields.count)
        #expect(!contains(residue, filed.stored.record.secret.bytes))
        for field in filed.stored.record.fields where field.value.count > 8 && field.name != "previous" {
            let isChain = ["chain", "sequence"].contains(field.name)
            #expect(isChain || !contains(residue, field.value))
        }
    }

    @Test func aResidueOfAResidueIsItself() throws {
        let filed = try receipt()
        let residue = try codec.residue(of: filed.stored.encoded, entry: filed.entry)
        #expect(try codec.residue(of: residue, entry: filed.entry) == residue)
    }

    @Test func everyChangedByteOfAResidueIsFound() throws {
        let filed = try receipt()
        let residue = try codec.residue(of: filed.stored.encoded, entry: filed.entry)
        for at in residue.indices {
            var damaged = residue
            damaged[at] ^= 0x04
            #expect(throws: StorageError.self) { try codec.check(damaged, entry: filed.entry) }
        }
        for length in residue.indices {
            #expect(throws: StorageError.self) {
                try codec.check(Array(residue[..<length]), entry: filed.entry)
            }
        }
    }

    private func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
        bytes.indices.contains { bytes[$0...].starts(with: part) }
    }
}
