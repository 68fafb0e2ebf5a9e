import Catalogue
import LedgerMerkle
import LedgerTransparency
import Testing

@testable import Evidence

@Suite struct VerifierTests {
    private func reason(
        _ bytes: [UInt8], _ policy: Policy = Fixture.trustingLog, document: Digest? = nil,
        expecting: [ExpectedValue] = []
    ) -> Reason {
        Verifier(policy: policy).verify(bytes, document: document, expecting: expecting).reason
    }

    private let wrongKey = Policy.trusting(Fixture.otherLog.verifierKey)
    private let otherDocument = SHA256.hash([])

    @Test func rightEvidenceMatchesAndShowsWhatIsProved() throws {
        let verification = Verifier(policy: Fixture.askingWitness).verify(
            try Fixture.file(), document: Fixture.document,
            expecting: [ExpectedValue(name: "act", value: "2025-00017")])
        #expect(verification.verdict == .matches)
        #expect(verification.exitCode == 0)
        #expect(verification.failure == nil)
        #expect(verification.steps.map(\.rung) == Step.Rung.allCases)
        #expect(verification.steps.allSatisfy { $0.outcome == .passed })
        let evidence = try #require(verification.evidence)
        #expect(evidence.index == 1 && evidence.size == 3 && evidence.kind == .deedAct)
        #expect(evidence.recorded == Fixture.recorded)
        #expect(evidence.origin == "ledger.example/tamga")
        #expect(evidence.witnessed == [WitnessedTime(witness: "witness.example", unixSeconds: Fixture.witnessed)])
        #expect(verification.fields.map(\.name) == ["act", "document", "party"])
        #expect(verification.fields[2].value == nil)
    }

    @Test func exitCodesAndVerdictsOfAllReasons() {
        #expect(Verdict.allCases.map(\.exitCode) == [0, 1, 3, 4, 5])
        for reason in Reason.allCases {
            #expect((reason.problem == nil) == (reason.verdict == .matches))
            #expect(reason.problem == nil || reason.problem?.code == reason.rawValue)
        }
    }

    @Test func unknownVersionOrKindCannotBeTold() throws {
        let file = try Fixture.file()
        let version = try Fixture.forged(file) { $0[0] = 2 }
        #expect(reason(version) == .versionUnknown)
        // A later version may hold anything between its first byte and the checksum.
        #expect(try reason(Fixture.forged(file) { $0 = [9] }) == .versionUnknown)
        for kind: UInt8 in [0, 11, 255] {
            #expect(try reason(Fixture.forged(file) { $0[1] = kind }) == .kindUnknown)
        }
    }

    @Test func versionAndKindComeBeforeKeyAndQuorum() throws {
        let file = try Fixture.file(cosigned: false)
        let version = try Fixture.forged(file) { $0[0] = 2 }
        let kind = try Fixture.forged(file) { $0[1] = 99 }
        for policy in [wrongKey, Fixture.askingWitness] {
            #expect(reason(version, policy) == .versionUnknown)
            #expect(reason(kind, policy) == .kindUnknown)
        }
    }

    @Test func aMissingQuorumComesBeforeTheLogsSignature() throws {
        let file = try Fixture.file(cosigned: false)
        let forged = try Fixture.file(signedBy: Fixture.otherLog, cosigned: false)
        #expect(reason(file, Fixture.askingWitness) == .quorumMissing)
        #expect(reason(forged, Fixture.askingWitness) == .quorumMissing)
        let verification = Verifier(policy: Fixture.askingWitness).verify(file)
        #expect(verification.evidence == nil)
        #expect(verification.fields.isEmpty)
        #expect(verification.steps.last?.outcome == .undecided)
    }

    @Test func aBrokenCosignatureComesBeforeAnUnknownVersion() throws {
        let file = try Fixture.file(cosigned: false)
        let note = try SignedNote(parsing: TlogProof(parsing: file).checkpoint)
        let good = try Fixture.witness.cosign(checkpointText: note.text, unixSeconds: 1)
        let bad = NoteSignature(name: good.name, keyID: good.keyID, signature: good.signature.reversed())
        let forged = try Fixture.forged(
            file, body: { $0[0] = 2 }, note: SignedNote(text: note.text, signatures: note.signatures + [bad]))
        #expect(reason(forged, Fixture.askingWitness) == .cosignatureWrong)
        #expect(reason(forged) == .versionUnknown)
    }

    @Test func theKeyOfAnotherLogIsNotInLedger() throws {
        let file = try Fixture.file()
        #expect(reason(file, wrongKey) == .logUnknown)
        #expect(reason(file, wrongKey, document: otherDocument) == .logUnknown)
        #expect(Verifier(policy: wrongKey).verify(file).evidence == nil)
    }

    @Test func aTrustedKeyUnderAnotherOriginIsNotInLedger() throws {
        let leaves = Fixture.leaves(Fixture.disclosure.entry(recorded: Fixture.recorded))
        let text = Checkpoint(origin: "other.example", size: 3, root: TreeHash.root(of: leaves)).text
        let note = SignedNote(text: text, signatures: [try Fixture.log.sign(noteText: text)])
        let file = try EvidenceFile.encode(
            Fixture.disclosure, recorded: Fixture.recorded,
            proof: InclusionProof(index: 1, size: 3, hashes: [leaves[0], leaves[2]]), checkpoint: note.encoded)
        #expect(reason(file) == .logUnknown)
    }

    @Test func aForgedSignatureOfTheLogIsNotInLedger() throws {
        let file = try Fixture.file()
        let note = try SignedNote(parsing: TlogProof(parsing: file).checkpoint)
        var signature = note.signatures[0].signature
        signature[5] ^= 1
        let line = NoteSignature(name: note.signatures[0].name, keyID: note.signatures[0].keyID, signature: signature)
        let forged = try Fixture.forged(
            file, note: SignedNote(text: note.text, signatures: [line, note.signatures[1]]))
        #expect(reason(forged) == .logSignatureWrong)
        #expect(reason(forged, Fixture.askingWitness) == .logSignatureWrong)
    }

    @Test func anEntryThatIsNotInTheTreeIsNotInLedger() throws {
        let file = try Fixture.file()
        #expect(try reason(Fixture.forged(file, index: 0)) == .inclusionWrong)
        #expect(try reason(Fixture.forged(file, index: 2)) == .inclusionWrong)
        #expect(try reason(Fixture.forged(file, index: 3)) == .inclusionWrong)
        // Another time, another kind, another value, another hidden field: each is another entry.
        #expect(try reason(Fixture.forged(file) { $0[9] ^= 1 }) == .inclusionWrong)
        #expect(try reason(Fixture.forged(file) { $0[1] = 2 }) == .inclusionWrong)
        #expect(try reason(Fixture.forged(file) { $0[60] ^= 1 }) == .inclusionWrong)
        #expect(try reason(Fixture.forged(file) { $0[$0.count - 2] ^= 1 }) == .inclusionWrong)
    }

    @Test func anotherDocumentIsDocumentChanged() throws {
        let file = try Fixture.file()
        #expect(reason(file, document: Fixture.document) == .allChecksPassed)
        let verification = Verifier(policy: Fixture.trustingLog).verify(file, document: otherDocument)
        #expect(verification.reason == .documentDiffers)
        #expect(verification.exitCode == 1)
        #expect(verification.evidence != nil)
        #expect(verification.steps.first?.outcome == .failed)
    }

    @Test func aDocumentWithNothingToCompareCannotBeTold() throws {
        let hidden = try Fixture.file(Fixture.record.disclosure(showing: ["act"]))
        #expect(reason(hidden, document: otherDocument) == .fieldHidden)
        let record = try Record(kind: .receipt, secret: Fixture.secret, fields: ["total": "560000"])
        let without = try Fixture.file(record.fullDisclosure)
        #expect(reason(without, document: otherDocument) == .documentNotRecorded)
    }

    @Test func aProvenDifferenceOutweighsWhatCannotBeCompared() throws {
        let file = try Fixture.file()
        let hidden = ExpectedValue(name: "party", value: "Бат")
        let wrong = ExpectedValue(name: "act", value: "2025-00018")
        #expect(reason(file, expecting: [hidden]) == .fieldHidden)
        #expect(reason(file, expecting: [hidden, wrong]) == .fieldDiffers)
        #expect(reason(file, document: otherDocument, expecting: [hidden]) == .documentDiffers)
        #expect(reason(file, document: otherDocument, expecting: [wrong]) == .documentDiffers)
        let hiddenDocument = try Fixture.file(Fixture.record.disclosure(showing: ["act"]))
        #expect(reason(hiddenDocument, document: otherDocument, expecting: [wrong]) == .fieldDiffers)
        #expect(reason(hiddenDocument, document: otherDocument, expecting: [hidden]) == .fieldHidden)
    }

    @Test func cosignaturesAddedLaterKeepItVerifyingAndMeetTheQuorum() throws {
        let early = try Fixture.file(cosigned: false)
        #expect(reason(early, Fixture.askingWitness) == .quorumMissing)
        let unverified = try UnverifiedEvidence(parsing: early)
        let line = try Fixture.witness.cosign(checkpointText: unverified.note.text, unixSeconds: 9)
        let stranger = try SigningKey(
            name: "stranger.example", seed: [UInt8](repeating: 5, count: 32), algorithm: .cosignatureV1
        ).cosign(checkpointText: unverified.note.text, unixSeconds: 8)
        let later = try unverified.adding(cosignatures: [stranger, line])
        let verification = Verifier(policy: Fixture.askingWitness).verify(later)
        #expect(verification.verdict == .matches)
        #expect(verification.evidence?.witnessedNotLaterThan?.unixSeconds == 9)
        #expect(try UnverifiedEvidence(parsing: later).adding(cosignatures: [line]) == later)
        let own = try Fixture.log.sign(noteText: unverified.note.text)
        #expect(try unverified.adding(cosignatures: [own]) == early)
    }

    @Test func whoHoldsFullEvidenceCanPassOnLess() throws {
        let full = try UnverifiedEvidence(parsing: Fixture.file(Fixture.record.fullDisclosure))
        let content = try #require(full.content)
        let less = try EvidenceFile.encode(
            content.disclosure.showingOnly(["act"]), recorded: content.recorded,
            proof: InclusionProof(index: full.proof.index, size: full.checkpoint.size, hashes: full.proof.hashes),
            checkpoint: full.proof.checkpoint)
        let verification = Verifier(policy: Fixture.askingWitness).verify(less)
        #expect(verification.verdict == .matches)
        #expect(verification.fields.compactMap(\.value) == [Array("2025-00017".utf8)])
    }

    @Test func evidenceThatWouldNotVerifyIsNotMade() throws {
        let leaves = Fixture.leaves(Fixture.disclosure.entry(recorded: Fixture.recorded))
        let checkpoint = Fixture.signed(Fixture.text(leaves)).encoded
        func encode(recorded: UInt64 = Fixture.recorded, index: UInt64 = 1, size: UInt64 = 3) throws -> [UInt8] {
            try EvidenceFile.encode(
                Fixture.disclosure, recorded: recorded,
                proof: InclusionProof(index: index, size: size, hashes: [leaves[0], leaves[2]]), checkpoint: checkpoint)
        }
        #expect(throws: Never.self) { try encode() }
        #expect(throws: (any Error).self) { try encode(recorded: 1) }
        #expect(throws: (any Error).self) { try encode(index: 0) }
        #expect(throws: (any Error).self) { try encode(size: 4) }
        let signature = RecordAttachment(kind: .cmsSignature, bytes: [UInt8](repeating: 0, count: 44_000))
        #expect(try reason(Fixture.file(signatures: [signature])) == .allChecksPassed)
        #expect(throws: (any Error).self) { try Fixture.file(signatures: [signature, signature]) }
    }
}
