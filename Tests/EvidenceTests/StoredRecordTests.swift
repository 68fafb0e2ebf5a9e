import Testing

@testable import Evidence

@Suite struct StoredRecordTests {
    static let number = SecretNumber(block: 3, number: 65_535)

    private struct Gone: Error {}

    @Test func aRecordThatNamesItsSecretIsTwentySixBytesShorterAndHoldsNoSecret() throws {
        let whole = try StoredRecord(Fixture.record).encoded
        let numbered = try StoredRecord(Fixture.record, secretNumber: StoredRecordTests.number).encoded
        #expect(numbered.count == whole.count - 26)
        let secret = Fixture.secret.bytes
        let holds = (0...(numbered.count - 32)).contains { Array(numbered[$0..<$0 + 32]) == secret }
        #expect(!holds)
        #expect(StoredRecord.secretNumber(in: whole) == nil)
        #expect(StoredRecord.secretNumber(in: numbered) == StoredRecordTests.number)
    }

    @Test func theOldVersionAsksForNoSecret() throws {
        let bytes = try StoredRecord(Fixture.record).encoded
        let stored = try StoredRecord(decoding: bytes) { _ in throw Gone() }
        #expect(stored.record.commitment == Fixture.record.commitment && stored.secretNumber == nil)
        #expect(stored.encoded == bytes)
    }

    @Test func withoutItsSecretARecordIsNotRead() throws {
        let bytes = try StoredRecord(Fixture.record, secretNumber: StoredRecordTests.number).encoded
        #expect(throws: Gone.self) { try StoredRecord(decoding: bytes) { _ in throw Gone() } }
        #expect(throws: FormatError.self) { try StoredRecord(decoding: bytes) }
        let stored = try StoredRecord(decoding: bytes) { _ in Fixture.secret }
        #expect(stored.encoded == bytes)
    }

    @Test func bytesCutOrLeftOverAreRefusedBeforeTheSecretIsAskedFor() throws {
        let bytes = try StoredRecord(Fixture.record, secretNumber: StoredRecordTests.number).encoded
        for count in bytes.indices {
            #expect(throws: FormatError.self) {
                try StoredRecord(decoding: Array(bytes.prefix(count))) { _ in throw Gone() }
            }
            _ = StoredRecord.secretNumber(in: Array(bytes.prefix(count)))
        }
        #expect(throws: FormatError.self) { try StoredRecord(decoding: bytes + [0]) { _ in throw Gone() } }
    }

    @Test func aSecretNumberIsWrittenInOneWay() {
        #expect(SecretNumber("3/65535") == StoredRecordTests.number)
        #expect(StoredRecordTests.number.description == "3/65535")
        for text in ["", "3", "3/", "/3", "03/1", "3/65536", "4294967296/1", "3/1/1", "+3/1", "3/-1", " 3/1"] {
            #expect(SecretNumber(text) == nil, "\(text)")
        }
    }
}
