import LedgerMerkle
import LedgerTransparency
import Testing

@testable import Evidence

// The bytes on the page were made with Python's hashlib, hmac and `cryptography` from the page's own words, not with this code.
@Suite struct FormatsTests {
    let page: FormatsPage

    init() throws {
        page = try FormatsPage()
    }

    @Test func entryAndLeafHashAreThoseOfThePage() throws {
        let entry = Fixture.disclosure.entry(recorded: Fixture.recorded)
        #expect(page.hex("entry-example") == entry.encoded)
        #expect(page.hex("leaf-hash-example") == entry.leafHash.bytes)
        #expect(try Entry(decoding: #require(page.hex("entry-example"))) == entry)
    }

    @Test func saltFieldHashAndCommitmentAreThoseOfThePage() throws {
        let party = try #require(Fixture.record.disclosure(showing: ["party"])["party"])
        guard case .shown(_, let salt) = party.content else {
            Issue.record("party is hidden")
            return
        }
        #expect(page.hex("salt-example") == salt.bytes)
        #expect(page.hex("field-hash-example") == party.fieldHash.bytes)
        #expect(page.hex("commitment-example") == Fixture.record.commitment.bytes)
    }

    @Test func disclosureIsThatOfThePage() throws {
        let bytes = try #require(page.hex("disclosure-example"))
        #expect(bytes == Fixture.disclosure.encoded)
        #expect(try Disclosure(kind: .deedAct, decoding: bytes) == Fixture.disclosure)
    }

    @Test func evidenceFileIsThatOfThePage() throws {
        let file = try Fixture.file()
        #expect(page.text("evidence-file-example") == String(decoding: file, as: UTF8.self))
        #expect(try page.hex("evidence-extra-example") == TlogProof(parsing: file).extra)
        #expect(page.text("evidence-keys-example") == "\(Fixture.log.verifierKey)\n\(Fixture.witness.verifierKey)\n")
    }

    @Test func storedRecordIsThatOfThePage() throws {
        let bytes = try #require(page.hex("stored-record-example"))
        let attachment = RecordAttachment(kind: .cmsSignature, bytes: [0x30, 3, 2, 1, 1])
        #expect(try StoredRecord(Fixture.record, attachments: [attachment]).encoded == bytes)
        let stored = try StoredRecord(decoding: bytes)
        #expect(stored.record.commitment == Fixture.record.commitment)
        #expect(stored.record.secret == Fixture.secret)
        #expect(stored.attachments == [attachment])
    }

    @Test func storedRecordThatNamesItsSecretIsThatOfThePage() throws {
        let bytes = try #require(page.hex("stored-record-numbered-example"))
        let attachment = RecordAttachment(kind: .cmsSignature, bytes: [0x30, 3, 2, 1, 1])
        let number = SecretNumber(block: 1_764_028_800, number: 4711)
        #expect(try StoredRecord(Fixture.record, attachments: [attachment], secretNumber: number).encoded == bytes)
        let stored = try StoredRecord(decoding: bytes) { asked in
            #expect(asked == number)
            return Fixture.secret
        }
        #expect(stored.record.commitment == Fixture.record.commitment)
        #expect(stored.secretNumber == number && stored.attachments == [attachment])
        #expect(StoredRecord.secretNumber(in: bytes) == number)
    }

    @Test func everyReasonIsOnThePage() throws {
        let page = try FormatsPage.wholeText()
        for reason in Reason.allCases {
            #expect(page.contains("`\(reason.rawValue)`"), "\(reason.rawValue)")
        }
    }
}
