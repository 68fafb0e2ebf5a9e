import LedgerTransparency
import Testing

@testable import Evidence

@Suite struct DamageTests {
    let file: [UInt8]
    /// Where the witness's line is: from its dash up to and with its newline.
    let cosignatureLine: Range<Int>

    init() throws {
        file = try Fixture.file()
        let line = try #require(try SignedNote(parsing: TlogProof(parsing: file).checkpoint).signatures.last).line
        cosignatureLine = file.count - line.utf8.count - 1..<file.count
    }

    private func verdict(_ bytes: [UInt8], _ policy: Policy) -> Verdict {
        Verifier(policy: policy).verify(bytes).verdict
    }

    @Test func everyChangedByteOutsideCosignaturesIsDamage() {
        let verifier = Verifier(policy: Fixture.trustingLog)
        for position in 0..<cosignatureLine.lowerBound {
            for mask: UInt8 in [1, 2, 4, 8, 16, 32, 64, 128, 0xff, 0x05, 0x2a] {
                var changed = file
                changed[position] ^= mask
                #expect(verifier.verify(changed).verdict == .evidenceDamaged, "byte \(position), mask \(mask)")
            }
        }
    }

    @Test func everyByteTakenOutOrDoubledOutsideCosignaturesIsDamage() {
        let verifier = Verifier(policy: Fixture.trustingLog)
        for position in 0..<cosignatureLine.lowerBound {
            var shorter = file
            shorter.remove(at: position)
            var longer = file
            longer.insert(file[position], at: position)
            #expect(verifier.verify(shorter).verdict == .evidenceDamaged, "without byte \(position)")
            #expect(verifier.verify(longer).verdict == .evidenceDamaged, "twice byte \(position)")
        }
    }

    @Test func everyCutIsDamageUnlessItTakesWholeCosignaturesAway() {
        let verifier = Verifier(policy: Fixture.namingWitness)
        for count in 0..<file.count {
            let expected: Verdict = count == cosignatureLine.lowerBound ? .matches : .evidenceDamaged
            #expect(verifier.verify(Array(file.prefix(count))).verdict == expected, "\(count)")
        }
    }

    @Test func aByteBehindTheEndIsDamage() {
        for byte in UInt8.min...UInt8.max {
            #expect(verdict(file + [byte], Fixture.namingWitness) == .evidenceDamaged, "\(byte)")
        }
    }

    /// What Ledger/FORMATS.md says of a changed byte inside a cosignature line.
    @Test func aChangedCosignatureNeverChangesMoreThanTheWitness() throws {
        var ends: [Verdict: Int] = [:]
        for position in cosignatureLine {
            for mask: UInt8 in [1, 2, 4, 8, 16, 32, 64, 128, 0xff] {
                var changed = file
                changed[position] ^= mask
                let asking = verdict(changed, Fixture.askingWitness)
                let naming = Verifier(policy: Fixture.namingWitness).verify(changed)
                let ignoring = verdict(changed, Fixture.trustingLog)
                ends[asking, default: 0] += 1
                #expect(asking == .evidenceDamaged || asking == .cannotTellNow, "byte \(position), mask \(mask)")
                // Without the quorum a stranger's line is ignored, and nobody is said to have witnessed anything.
                #expect(naming.verdict == (asking == .evidenceDamaged ? .evidenceDamaged : .matches))
                #expect(naming.evidence?.witnessed.isEmpty ?? true)
                #expect(ignoring == .matches || ignoring == .evidenceDamaged)
            }
        }
        #expect(ends[.evidenceDamaged] ?? 0 > 0 && ends[.cannotTellNow] ?? 0 > 0)
    }

    @Test func aChangedTimeOfAWitnessIsDamage() throws {
        let note = try SignedNote(parsing: TlogProof(parsing: file).checkpoint)
        let line = note.signatures[1]
        var signature = line.signature
        signature[7] ^= 1
        let changed = NoteSignature(name: line.name, keyID: line.keyID, signature: signature)
        let proof = try TlogProof(parsing: file)
        let bytes = try TlogProof(
            extra: proof.extra, index: proof.index, hashes: proof.hashes,
            checkpoint: SignedNote(text: note.text, signatures: [note.signatures[0], changed]).encoded
        ).encoded
        #expect(Verifier(policy: Fixture.askingWitness).verify(bytes).reason == .cosignatureWrong)
        #expect(Verifier(policy: Fixture.trustingLog).verify(bytes).verdict == .matches)
    }

    @Test func aProofFileOfSomebodyElseIsNoEvidence() throws {
        let proof = try TlogProof(parsing: file)
        for extra in [nil, [1], [UInt8](repeating: 1, count: 32)] as [[UInt8]?] {
            let other = try TlogProof(
                extra: extra, index: proof.index, hashes: proof.hashes, checkpoint: proof.checkpoint)
            #expect(Verifier(policy: Fixture.trustingLog).verify(other.encoded).reason == .unreadable)
        }
    }

    @Test func aFileBeyondTheLimitIsRefusedBeforeItIsRead() {
        let large = [UInt8](repeating: 0x20, count: EvidenceFile.maximumByteCount + 1)
        #expect(Verifier(policy: Fixture.trustingLog).verify(large).reason == .tooLarge)
        #expect(Verifier(policy: Fixture.trustingLog).verify([]).reason == .unreadable)
    }

    @Test func contentThatBreaksItsFormatIsDamageEvenWithAGoodChecksum() throws {
        let verifier = Verifier(policy: Fixture.trustingLog)
        let trailing = try Fixture.forged(file) { $0.append(0) }
        #expect(verifier.verify(trailing).reason == .contentMalformed)
        // The first letter of "act" behind the two names that follow it.
        let unordered = try Fixture.forged(file) { $0[13] = UInt8(ascii: "z") }
        #expect(verifier.verify(unordered).reason == .contentMalformed)
        let cut = try Fixture.forged(file) { $0.removeLast(2) }
        #expect(verifier.verify(cut).reason == .contentMalformed)
    }

    @Test func theLogsOwnLinesAreCovered() throws {
        let note = try SignedNote(parsing: TlogProof(parsing: file).checkpoint)
        let proof = try TlogProof(parsing: file)
        func with(_ signatures: [NoteSignature]) throws -> [UInt8] {
            try TlogProof(
                extra: proof.extra, index: proof.index, hashes: proof.hashes,
                checkpoint: SignedNote(text: note.text, signatures: signatures).encoded
            ).encoded
        }
        let log = note.signatures[0]
        let witness = note.signatures[1]
        let verifier = Verifier(policy: Fixture.trustingLog)
        #expect(try verifier.verify(with([witness])).reason == .checksumWrong)
        #expect(try verifier.verify(with([log, log, witness])).reason == .checksumWrong)
        #expect(try verifier.verify(with([witness, log])).verdict == .matches)
        let stranger = try Fixture.otherLog.sign(noteText: note.text)
        #expect(try verifier.verify(with([log, stranger])).reason == .checksumWrong)
    }
}
