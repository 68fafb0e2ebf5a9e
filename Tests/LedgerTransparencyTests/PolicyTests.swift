import LedgerMerkle
import LedgerTransparency
import Testing

@Suite struct PolicyParserTests {
    @Test func everyKindOfLineIsRead() throws {
        let policy = try Samples.policy(
            "# a comment", "", "\t # another", "log $log https://log.example/",
            "  witness\tA  $0   https://a.example/ ",
            "witness Б $1", "witness C $2", "group inner any A Б", "group outer all inner C", "quorum outer")
        #expect(policy.logs == [Samples.log.verifierKey])
        #expect(policy.witnesses.map(\.name) == [utf8("A"), utf8("Б"), utf8("C")])
        #expect(policy.witnesses.map(\.key) == Samples.witnesses[..<3].map(\.verifierKey))
        #expect(policy.witnesses.map(\.url) == ["https://a.example/", nil, nil])
        #expect(policy.groups.map(\.threshold) == [1, 2])
        #expect(policy.groups[1].members == [.group(0), .witness(2)])
        #expect(policy.quorum == .group(1))
        #expect(try Samples.policy("quorum none").quorum == nil)
    }

    @Test func aWitnessKeyMayBeWrittenAsAPlainEd25519Key() throws {
        let plain = Samples.witnesses[0].verifierKey.wrapped(as: .ed25519)
        let policy = try Samples.policy("witness A \(plain)", "quorum A")
        #expect(policy.witnesses[0].key == Samples.witnesses[0].verifierKey)
    }

    @Test func namesAreOpaqueBytes() throws {
        let policy = try Samples.policy("witness K $0", "witness \u{212a} $1", "quorum \u{212a}")
        #expect(policy.quorum == .witness(1))
        let latin = utf8("witness ") + [0xff] + utf8(" \(Samples.witnesses[0].verifierKey)\nquorum ") + [0xff, 0x0a]
        #expect(try Policy(parsing: latin).quorum == .witness(0))
    }

    @Test(arguments: [
        [""], ["log $log"], ["quorum"], ["quorum none none"], ["quorum none", "quorum none"], ["quorum A"],
        ["quorum A", "witness A $0"], ["Quorum none"], ["quorum none # comment"], ["unknown line", "quorum none"],
        ["log", "quorum none"], ["log $log url more", "quorum none"], ["log $log #comment", "quorum none"],
        ["log $log", "log $log", "quorum none"], ["witness A", "quorum none"],
        ["witness A $0 url more", "quorum none"],
        ["witness A $0", "witness A $1", "quorum none"], ["witness A $0", "witness B $0", "quorum none"],
        ["witness none $0", "quorum none"], ["witness all $0", "quorum all"], ["witness any $0", "quorum none"],
        ["group g all", "quorum none"], ["group g", "quorum none"], ["group g all A", "witness A $0", "quorum none"],
        ["witness A $0", "group g all A A", "quorum g"], ["witness A $0", "group A all A", "quorum A"],
        ["witness A $0", "group g 0 A", "quorum g"], ["witness A $0", "group g 2 A", "quorum g"],
        ["witness A $0", "group g 01 A", "quorum g"], ["witness A $0", "group g +1 A", "quorum g"],
        ["witness A $0", "group g -1 A", "quorum g"], ["witness A $0", "group g some A", "quorum g"],
        ["witness A $0", "group g all A", "group h all A", "quorum g"], ["group g all g", "quorum g"],
        ["group none 1 A", "quorum none"], ["witness A $0", "group g all none", "quorum g"],
        ["witness A $0\r", "quorum A\r"], ["quorum none\u{b}"], ["witness A\u{a0}$0", "quorum none"],
        ["quorum none\u{7f}"], ["witness A $0", "group g 18446744073709551617 A", "quorum g"],
    ])
    func malformedPoliciesAreRefused(_ lines: [String]) {
        #expect(
            refusal { _ = try Samples.policy(lines.joined(separator: "\n")) }
                == .malformed)
    }

    @Test func keysUnfitForTheirUseAreRefused() {
        let lines = ["log $0\nquorum none", "witness A x+00000000+AA==\nquorum A"]
        for text in lines {
            #expect(refusal { _ = try Samples.policy(text) } == .wrongAlgorithm)
        }
        let weak = Base64.encode([4, 1] + [UInt8](repeating: 0, count: 31))
        #expect(
            refusal {
                _ = try Samples.policy("witness A x+00000000+\(weak)", "quorum A")
            }
                == .weakKey)
    }

    @Test func theLastLineMustEnd() {
        #expect(
            refusal { _ = try Policy(parsing: utf8("quorum none")) } == .malformed)
    }

    @Test func errorsNameTheLine() {
        let error = #expect(throws: TransparencyError.self) { try Samples.policy("# one", "", "quorum nobody") }
        #expect(error?.reason.hasPrefix("line 3: ") == true)
    }

    @Test func thirtyTwoOfEachAreAccepted() throws {
        var lines: [String] = []
        for number in UInt8(0)..<32 {
            lines.append("log \(Samples.key("log/\(number)", 100 + number).verifierKey)")
            let witness = Samples.key("w/\(number)", 200 + number, .cosignatureV1)
            lines.append("witness w\(number) \(witness.verifierKey)")
            lines.append("group g\(number) all w\(number)" + (number > 0 ? " g\(number - 1)" : ""))
        }
        lines.append("quorum g31")
        let policy = try Samples.policy(lines.joined(separator: "\n"))
        #expect((policy.logs.count, policy.witnesses.count, policy.groups.count) == (32, 32, 32))
        let result = try policy.evaluate(Samples.note())
        #expect((result.needed, result.present, result.quorumMet) == (32, 0, false))
    }
}

@Suite struct PolicyEvaluationTests {
    static let header = ["log $log", "witness A $0", "witness B $1", "witness C $2", "witness D $3"]

    static func policy(_ rest: String...) -> Policy {
        try! Samples.policy((header + rest).joined(separator: "\n"))
    }

    @Test func theLogAloneSufficesWhereNoQuorumIsAsked() throws {
        let result = try Policy.trusting(Samples.log.verifierKey).evaluate(Samples.note())
        #expect(result.log == Samples.log.verifierKey)
        #expect(result.checkpoint == Samples.checkpoint)
        #expect(result.quorumMet)
        #expect((result.needed, result.present) == (0, 0))
        #expect(result.cosignatures.isEmpty)
    }

    @Test func logAndQuorumAreReportedApart() throws {
        let policy = Self.policy("quorum A")
        let unwitnessed = try policy.evaluate(Samples.note())
        #expect(unwitnessed.log != nil)
        #expect(!unwitnessed.quorumMet)
        let foreign = try policy.evaluate(Samples.note(by: Samples.key("log.example/tamga", 99), cosigned: [0: 50]))
        #expect(foreign.log == nil)
        #expect(foreign.quorumMet)
    }

    @Test func everySetOfWitnessesCountsByThresholds() throws {
        let policy = Self.policy("group two 2 A B C", "group both all two D", "quorum both")
        for set in 0..<16 {
            let present = (0..<4).filter { set >> $0 & 1 == 1 }
            let times = Dictionary(uniqueKeysWithValues: present.map { ($0, UInt64(1000 + $0)) })
            let result = try policy.evaluate(Samples.note(cosigned: times))
            #expect(result.quorumMet == (present.filter { $0 < 3 }.count >= 2 && present.contains(3)), "\(present)")
            #expect(result.needed == 3)
            #expect(result.present == present.count)
            #expect(result.cosignatures.map(\.unixSeconds) == present.map { UInt64(1000 + $0) })
            #expect(result.cosignatures.map(\.witness.key) == present.map { Samples.witnesses[$0].verifierKey })
        }
    }

    @Test func witnessesOutsideTheQuorumAreListedButDoNotCount() throws {
        let result = try Self.policy("group g any A B", "quorum g").evaluate(Samples.note(cosigned: [2: 1, 3: 2]))
        #expect(!result.quorumMet)
        #expect((result.needed, result.present) == (1, 0))
        #expect(result.cosignatures.count == 2)
    }

    @Test func theEarliestOfSeveralTimesCounts() throws {
        let text = Samples.checkpoint.text
        let signatures = try [900, 300, 600].map {
            try Samples.witnesses[0].cosign(checkpointText: text, unixSeconds: $0)
        }
        let result = try Self.policy("quorum A").evaluate(SignedNote(text: text, signatures: signatures))
        #expect(result.cosignatures.map(\.unixSeconds) == [300])
        #expect(result.present == 1)
    }

    @Test func aBadCosignatureRejectsTheNoteEvenWithoutAQuorum() throws {
        let good = Samples.note(cosigned: [0: 1])
        let bad = try Samples.witnesses[0].cosign(
            checkpointText: Checkpoint(origin: "log.example/tamga", size: 8, root: SHA256.hash([8])).text,
            unixSeconds: 2)
        let note = SignedNote(text: good.text, signatures: good.signatures + [bad])
        for rest in ["quorum none", "quorum A", "quorum B"] {
            #expect(
                refusal { _ = try Self.policy(rest).evaluate(note) } == .badCosignature)
        }
    }

    @Test func aBadLogSignatureRejectsTheNote() throws {
        let other = Samples.note(Checkpoint(origin: "log.example/tamga", size: 8, root: SHA256.hash([8])))
        let note = SignedNote(text: Samples.checkpoint.text, signatures: other.signatures)
        #expect(
            refusal { _ = try Self.policy("quorum none").evaluate(note) }
                == .badSignature)
    }

    @Test func aLogCannotSpeakForAnotherOrigin() throws {
        let foreign = Checkpoint(origin: "log.example/other", size: 7, root: SHA256.hash([7]))
        let result = try Self.policy("quorum none").evaluate(Samples.note(foreign))
        #expect(result.log == nil)
        #expect(result.checkpoint.origin == "log.example/other")
    }

    @Test func aPlainSignatureOfAWitnessIsNoCosignature() throws {
        let plain = Samples.key("witness.example/0", 10)
        let text = Samples.checkpoint.text
        let note = SignedNote(text: text, signatures: [try plain.sign(noteText: text)])
        let result = try Self.policy("quorum A").evaluate(note)
        #expect(!result.quorumMet)
    }

    @Test func aNoteThatIsNoCheckpointIsRefused() throws {
        let text = utf8("hello\n")
        let note = SignedNote(text: text, signatures: [try Samples.log.sign(noteText: text)])
        #expect(
            refusal { _ = try Self.policy("quorum none").evaluate(note) } == .malformed)
    }

    @Test func aWitnessKeyIsNoLogKey() throws {
        let policy = Policy.trusting(Samples.witnesses[0].verifierKey)
        #expect(try policy.evaluate(Samples.note(cosigned: [0: 1])).log == nil)
    }
}
