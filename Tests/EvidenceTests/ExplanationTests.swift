import CanonicalJSON
import Catalogue
import LedgerMerkle
import LedgerTransparency
import Testing

@testable import Evidence

@Suite struct ExplanationTests {
    private struct Checker: IssuerSignatureChecker {
        func check(_ signature: RecordAttachment, on evidence: VerifiedEvidence) -> IssuerSignature {
            IssuerSignature(
                kind: signature.kind, outcome: .valid, coverage: .documentOnly, signer: "Б.\u{202e}Болд", signed: 0,
                detail: Wording(mn: "", en: ""))
        }
    }

    private let signature = RecordAttachment(kind: .cmsSignature, bytes: [1])

    private func text(_ verification: Verification, _ language: Language = .en) -> String {
        Explanation(verification, in: language).text(withLadder: true)
    }

    @Test func timesAreGivenWithWhoseClockTheyAre() throws {
        let text = text(Verifier(policy: Fixture.askingWitness).verify(try Fixture.file()))
        #expect(text.hasPrefix("✓ Matches"))
        #expect(text.contains("Recorded: 25 November 2025, 08:00:00 (Ulaanbaatar, UTC+8), the operator's clock"))
        #expect(text.contains("not later than 25 November 2025, 08:01:00"))
        #expect(text.contains("the clock of the witness witness.example"))
        #expect(text.contains("cannot be seen offline"))
    }

    @Test func withoutAWitnessOnlyTheOperatorVouchesForTheTime() throws {
        for file in [try Fixture.file(), try Fixture.file(cosigned: false)] {
            let text = text(Verifier(policy: Fixture.trustingLog).verify(file))
            #expect(text.contains("only the operator vouches for the time"))
            #expect(!text.contains("not later than"))
        }
    }

    @Test func nothingUnprovedIsShown() throws {
        let other = Policy.trusting(Fixture.otherLog.verifierKey)
        for language in Language.allCases {
            let text = text(Verifier(policy: other).verify(try Fixture.file()), language)
            #expect(!text.contains("2025-00017"))
            #expect(!text.contains("08:00:00"))
        }
    }

    @Test func hiddenFieldsAreNamedAsHidden() throws {
        let text = text(Verifier(policy: Fixture.trustingLog).verify(try Fixture.file()))
        #expect(text.contains("act: 2025-00017"))
        #expect(text.contains("party: (hidden in this evidence)"))
    }

    @Test func valuesCannotSpeakToTheTerminal() throws {
        let record = try Record(
            kind: .receipt, secret: Fixture.secret,
            fields: ["a": Array("\u{1b}[2J\n✓ Matches\u{202e}".utf8), "b": [0xff, 0x00], "c\r": Array("x".utf8)])
        let verification = Verifier(policy: Fixture.trustingLog).verify(try Fixture.file(record.fullDisclosure))
        let text = text(verification)
        #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && $0.value != 0x202e })
        #expect(text.contains("a: \\u{1b}[2J\\u{a}✓ Matches\\u{202e}"))
        #expect(text.contains("b: 0xff00"))
    }

    @Test func theIssuersSignatureStandsBesideTheVerdict() throws {
        let file = try Fixture.file(signatures: [signature])
        let unchecked = text(Verifier(policy: Fixture.trustingLog).verify(file))
        #expect(unchecked.contains("Issuer's signature: cannot be told"))
        let checked = text(Verifier(policy: Fixture.trustingLog, signatureChecker: Checker()).verify(file))
        #expect(checked.contains("Issuer's signature: valid, Б.\\u{202e}Болд, 1 January 1970, 08:00:00"))
        #expect(checked.contains("act data not signed"))
        #expect(
            text(Verifier(policy: Fixture.trustingLog).verify(try Fixture.file())).contains("none in this evidence"))
    }

    /// Every outcome in both languages, with no place for a detail left open.
    @Test func bothLanguagesAreWhole() throws {
        let file = try Fixture.file()
        let other = LedgerMerkle.SHA256.hash([])
        let verifier = Verifier(policy: Fixture.askingWitness)
        let verifications = [
            verifier.verify(file), verifier.verify(file, document: other), verifier.verify([]),
            verifier.verify(file, expecting: [ExpectedValue(name: "act", value: "x")]),
            verifier.verify(file, expecting: [ExpectedValue(name: "party", value: "x")]),
            verifier.verify(try Fixture.file(cosigned: false)),
            verifier.verify(try Fixture.forged(file, index: 0)),
            Verifier(policy: .trusting(Fixture.otherLog.verifierKey)).verify(file),
            Verifier(policy: Fixture.trustingLog).verify(file),
        ]
        for verification in verifications {
            for language in Language.allCases {
                let text = text(verification, language)
                #expect(!text.contains("{"), "\(text)")
                let latin = text.unicodeScalars.contains { (0x0430...0x044f).contains($0.value) }
                #expect(latin == (language == .mn) || text.contains("Бат"), "\(text)")
            }
        }
    }

    @Test func jsonCarriesTheSameFacts() throws {
        let json = Verifier(policy: Fixture.askingWitness).verify(try Fixture.file()).json(in: .en)
        #expect(json["verdict"] == "matches")
        #expect(json["exitCode"] == 0)
        #expect(json["reason"] == "all-checks-passed")
        #expect(json["record"]?["recorded"]?["local"] == "2025-11-25T08:00:00.000+08:00")
        #expect(json["record"]?["recorded"]?["clock"] == "operator")
        #expect(json["witnesses"]?.array?.first?["unixSeconds"] == 1_764_028_860)
        #expect(json["steps"]?.array?.count == 7)
        #expect(json["fields"]?.array?.map { $0["shown"] } == [true, true, false])
        let failed = Verifier(policy: Fixture.askingWitness).verify([]).json(in: .mn)
        #expect(failed["verdict"] == "evidence-damaged")
        #expect(failed["record"] == nil)
    }

    @Test func datesAreRightAtTheirEdges() {
        func local(_ milliseconds: UInt64) -> String? {
            UlaanbaatarTime(unixMilliseconds: milliseconds).rfc3339
        }
        #expect(local(0) == "1970-01-01T08:00:00.000+08:00")
        #expect(local(951_782_399_999) == "2000-02-29T07:59:59.999+08:00")
        #expect(local(951_840_000_000) == "2000-03-01T00:00:00.000+08:00")
        #expect(local(1_767_196_799_999) == "2025-12-31T23:59:59.999+08:00")
        #expect(local(253_402_271_999_999) == "9999-12-31T23:59:59.999+08:00")
        #expect(local(253_402_272_000_000) == nil)
        #expect(UlaanbaatarTime(unixMilliseconds: .max).text(.mn) == "18446744073709551615 ms (Unix)")
        #expect(UlaanbaatarTime(unixSeconds: .max).unixMilliseconds == .max)
        #expect(UlaanbaatarTime(unixMilliseconds: 0).text(.mn) == "1970 оны 1-р сарын 1, 08:00:00 (Улаанбаатар, UTC+8)")
    }

    @Test func moneyAndTimeAreShownAsPeopleReadThem() {
        #expect(Display.text(Array("1234567890".utf8), as: .money, in: .mn) == "12 345 678,90 ₮")
        #expect(Display.text(Array("-100005".utf8), as: .money, in: .en) == "-1,000.05 ₮")
        #expect(Display.text(Array("12.5".utf8), as: .money, in: .en) == "12.5")
        let time = Array("0+00:00".utf8)
        #expect(Display.text(time, as: .time, in: .en) == "1 January 1970, 08:00:00 (Ulaanbaatar, UTC+8)")
        #expect(Display.text(Array("soon".utf8), as: .time, in: .en) == "soon")
    }
}
