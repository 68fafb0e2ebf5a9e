import LedgerMerkle
import Testing

@testable import Evidence

@Suite struct DisclosureTests {
    private func error(_ bytes: [UInt8]) -> FormatError.Code? {
        do {
            _ = try Disclosure(kind: .deedAct, decoding: bytes)
            return nil
        } catch {
            return error.code
        }
    }

    @Test(arguments: [[], ["act"], ["act", "party"], ["act", "document", "party"], ["absent"]])
    func theCommitmentIsTheSameWhateverIsHidden(names: Set<String>) throws {
        let disclosure = Fixture.record.disclosure(showing: names)
        #expect(disclosure.commitment == Fixture.record.commitment)
        #expect(Set(disclosure.fields.filter { $0.value != nil }.map(\.name)) == names.subtracting(["absent"]))
        #expect(try Disclosure(kind: .deedAct, decoding: disclosure.encoded) == disclosure)
    }

    @Test func showingLessHidesAndNeverOpens() {
        let less = Fixture.disclosure.showingOnly(["act", "party"])
        #expect(less["act"]?.value == Array("2025-00017".utf8))
        #expect(less["document"]?.value == nil)
        #expect(less["party"]?.value == nil)
        #expect(less.commitment == Fixture.record.commitment)
    }

    @Test func everyChangedByteIsRefusedOrGivesAnotherCommitment() {
        let bytes = Fixture.disclosure.encoded
        for position in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[position] ^= 1 << UInt8(bit)
                let disclosure = try? Disclosure(kind: .deedAct, decoding: changed)
                #expect(disclosure?.commitment != Fixture.record.commitment, "byte \(position) bit \(bit)")
            }
        }
    }

    @Test func everyCutIsRefused() {
        let bytes = Fixture.disclosure.encoded
        for count in bytes.indices {
            #expect(error(Array(bytes.prefix(count))) != nil, "\(count)")
        }
        #expect(error(bytes + [0]) == .trailingBytes)
    }

    /// `count ‖ hidden fields of these names`.
    private func hidden(_ names: [[UInt8]]) -> [UInt8] {
        names.reduce(into: [0, UInt8(names.count)]) { $0 += [UInt8($1.count)] + $1 + [0] + Digest.zero.bytes }
    }

    @Test func namesOutOfOrderAreRefused() {
        #expect(error(hidden([[0x61], [0x62]])) == nil)
        #expect(error(hidden([[0x62], [0x61]])) == .namesOutOfOrder)
        #expect(error(hidden([[0x61], [0x61]])) == .namesOutOfOrder)
        #expect(error(hidden([[0x61, 0x61], [0x61]])) == .namesOutOfOrder)
    }

    @Test func badNamesFlagsAndLengthsAreRefused() {
        #expect(error(hidden([[]])) == .badName)
        #expect(error(hidden([[0xff]])) == .badName)
        #expect(error(hidden([[0xed, 0xa0, 0x80]])) == .badName)
        #expect(error([0, 1, 1, 0x61, 2] + Digest.zero.bytes) == .badFlag)
        #expect(error([0, 1, 1, 0x61, 1] + Digest.zero.bytes + [0xff, 0xff, 0xff, 0xff]) == .tooLarge)
        #expect(error([0xff, 0xff]) == .tooShort)
    }

    @Test func aStoredRecordCutOrOfAnotherVersionIsRefused() throws {
        var bytes = try StoredRecord(Fixture.record).encoded
        for count in bytes.indices {
            #expect(throws: FormatError.self) { try StoredRecord(decoding: Array(bytes.prefix(count))) }
        }
        #expect(throws: FormatError.self) { try StoredRecord(decoding: bytes + [0]) }
        bytes[0] = 2
        #expect(throws: FormatError.self) { try StoredRecord(decoding: bytes) }
    }

    @Test func attachmentsBeyondTheLimitsAreRefused() {
        let small = RecordAttachment(kind: .cmsSignature, bytes: [1])
        let large = RecordAttachment(
            kind: .cmsSignature, bytes: [UInt8](repeating: 0, count: RecordAttachment.maximumByteCount + 1))
        #expect(throws: (any Error).self) { try StoredRecord(Fixture.record, attachments: [large]) }
        #expect(throws: (any Error).self) {
            try StoredRecord(Fixture.record, attachments: Array(repeating: small, count: 256))
        }
    }
}
