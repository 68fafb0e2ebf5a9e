import LedgerMerkle
import LedgerTransparency
import Testing

@Suite struct NoteTests {
    /// C2SP signed-note, "Example".
    static let example = utf8(
        """
        This is an example message.

        — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=

        """)

    @Test func thePublishedExampleVerifies() throws {
        let note = try SignedNote(parsing: Self.example)
        #expect(note.text == utf8("This is an example message.\n"))
        #expect(note.encoded == Self.example)
        let key = try VerifierKey(parsing: VerifierKeyTests.example)
        let verified = try note.verified(by: [Samples.log.verifierKey, key])
        #expect(verified.map(\.key) == [key])
        #expect(verified.map(\.unixSeconds) == [nil])
    }

    @Test func theLastEmptyLineSeparates() throws {
        let text = utf8("\nfirst\n\n\n— not a signature\n")
        let note = SignedNote(text: text, signatures: [try Samples.log.sign(noteText: text)])
        let read = try SignedNote(parsing: note.encoded)
        #expect(read == note)
        #expect(try read.verified(by: [Samples.log.verifierKey]).count == 1)
    }

    static let line = try! Samples.log.sign(noteText: utf8("text\n")).line

    @Test(arguments: [
        "", "\n", "\n\n", "text\n", "text\n\n", "text\n\(line)\n", "text\n\n\(line)", "text\n\n\(line)\n\n",
        "text\n\n\(line)\r\n", "te\txt\n\n\(line)\n", "te\u{0}xt\n\n\(line)\n", "text\n\n \(line)\n",
        "text\n\n\(line) \n", "text\n\n-\(line.dropFirst())\n", "text\n\n— \(line.dropFirst(2).dropLast())\n",
        "text\n\n— log\n", "text\n\n— log.example/tamga\n", "text\n\n— a+b AAAAAAA=\n", "text\n\n— a AAAAAA==\n",
        "text\n\n—  AAAAAAA=\n", "text\n\n— a\u{a0}b AAAAAAA=\n", "text\n\n— a  AAAAAAA=\n",
    ])
    func malformedNotesAreRefused(_ note: String) {
        #expect(
            refusal { _ = try SignedNote(parsing: utf8(note)) } == .malformed)
    }

    @Test func bytesThatAreNotUTF8AreRefused() {
        let note = utf8("te") + [0xff] + utf8("xt\n\n\(Self.line)\n")
        #expect(refusal { _ = try SignedNote(parsing: note) } == .malformed)
    }

    @Test func theLimitsAreWhereTheyAreStated() throws {
        let most = "text\n\n" + String(repeating: Self.line + "\n", count: SignedNote.maximumSignatures)
        #expect(try SignedNote(parsing: utf8(most)).signatures.count == 64)
        #expect(
            refusal { _ = try SignedNote(parsing: utf8(most + Self.line + "\n")) }
                == .limitExceeded)
        let tail = utf8("\n\n\(Self.line)\n")
        let longest = [UInt8](repeating: 0x61, count: SignedNote.maximumByteCount - tail.count) + tail
        #expect(try SignedNote(parsing: longest).encoded == longest)
        #expect(
            refusal { _ = try SignedNote(parsing: [0x61] + longest) }
                == .limitExceeded)
    }

    @Test func unknownKeysAreIgnoredEvenWithAKnownNameOrID() throws {
        let text = utf8("text\n")
        let good = try Samples.log.sign(noteText: text)
        let junk = [UInt8](repeating: 1, count: 64)
        let sameName = NoteSignature(name: good.name, keyID: good.keyID ^ 1, signature: junk)
        let sameID = NoteSignature(name: "other.example", keyID: good.keyID, signature: junk)
        let note = SignedNote(text: text, signatures: [sameName, sameID, good])
        #expect(try note.verified(by: [Samples.log.verifierKey]).map(\.signature) == [good])
        let unsigned = SignedNote(text: text, signatures: [sameName, sameID])
        #expect(
            refusal { _ = try unsigned.verified(by: [Samples.log.verifierKey]) }
                == .noKnownSignature)
        #expect(refusal { _ = try note.verified(by: []) } == .noKnownSignature)
    }

    @Test func aBadSignatureOfAKnownKeyRejectsTheNoteDespiteGoodOnes() throws {
        let text = utf8("text\n")
        let good = try Samples.log.sign(noteText: text)
        var bytes = good.signature
        bytes[0] ^= 1
        let bad = NoteSignature(name: good.name, keyID: good.keyID, signature: bytes)
        let short = NoteSignature(name: good.name, keyID: good.keyID, signature: [1])
        for signatures in [[good, bad], [bad, good], [good, short]] {
            let note = SignedNote(text: text, signatures: signatures)
            #expect(
                refusal { _ = try note.verified(by: [Samples.log.verifierKey]) }
                    == .badSignature)
        }
    }

    @Test func everyChangedByteOfTheTextIsDetected() throws {
        let note = Samples.note(cosigned: [0: 1_700_000_000])
        let keys = [Samples.log.verifierKey, Samples.witnesses[0].verifierKey]
        #expect(try note.verified(by: keys).map(\.unixSeconds) == [nil, 1_700_000_000])
        for index in note.text.indices.dropLast() {
            var text = note.text
            text[index] ^= 1
            let changed = SignedNote(text: text, signatures: note.signatures)
            for key in keys {
                #expect(throws: TransparencyError.self) { try changed.verified(by: [key]) }
            }
        }
    }

    @Test func aCosignatureCoversItsTime() throws {
        let key = Samples.witnesses[0]
        let signature = try key.cosign(checkpointText: Samples.checkpoint.text, unixSeconds: 1_700_000_000)
        #expect(signature.signature.count == 72)
        #expect(Cosignature(signature.signature)?.unixSeconds == 1_700_000_000)
        for place in 0..<8 {
            var bytes = signature.signature
            bytes[place] ^= 0x81
            let moved = NoteSignature(name: key.name, keyID: signature.keyID, signature: bytes)
            let note = SignedNote(text: Samples.checkpoint.text, signatures: [moved])
            #expect(
                refusal { _ = try note.verified(by: [key.verifierKey]) }
                    == .badCosignature)
        }
    }

    @Test func signatureLinesAreReadAndWritten() throws {
        let signature = try NoteSignature(parsingLine: Self.line)
        #expect(signature.line == Self.line)
        #expect(signature.name == "log.example/tamga")
        #expect(signature.keyID == Samples.log.verifierKey.keyID)
        #expect(throws: TransparencyError.self) { try NoteSignature(parsingLine: Self.line + "\n") }
    }
}
