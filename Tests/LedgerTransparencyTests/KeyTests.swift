import LedgerMerkle
import LedgerTransparency
import Testing

@Suite struct VerifierKeyTests {
    static let example = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"

    @Test func aKeyTextIsReadAndWritten() throws {
        let key = try VerifierKey(parsing: Self.example)
        #expect(key.name == "example.com/foo")
        #expect(key.keyID == 0x530d_903a)
        #expect(key.algorithm == .ed25519)
        #expect(key.description == Self.example)
        #expect(key.wrapped(as: .cosignatureV1).keyID != key.keyID)
        #expect(key.wrapped(as: .cosignatureV1).wrapped(as: .ed25519) == key)
    }

    @Test(arguments: [
        ("", "malformed"),
        ("example.com/foo+530d903a", "malformed"),
        ("+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "malformed"),
        ("example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "malformed"),
        ("example.com/foo+530d903+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "malformed"),
        ("example.com/foo+0530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "malformed"),
        ("example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "wrong-key-id"),
        ("example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "wrong-key-id"),
        ("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2l", "wrong-key-id"),
        ("example.com/foo+530d903a+BukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "wrong-algorithm"),
        ("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3Q==", "malformed"),
        ("example.com/foo+530d903a+", "malformed"),
        ("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n", "malformed"),
        ("example.com foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "malformed"),
        ("example.com\u{2003}foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "malformed"),
        ("example.com\u{1}foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "malformed"),
    ])
    func otherTextsAreRefused(_ text: String, _ code: String) {
        #expect(refusal { _ = try VerifierKey(parsing: text) }?.rawValue == code)
    }

    /// The eight points of small order and the six other ways to write them, little-endian (RFC 8032 section 5.1.3 reads
    /// the first and refuses the others, many programs read all of them).
    static let smallOrder = [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ]

    @Test(arguments: smallOrder) func keysOfSmallOrderAreRefused(_ hexadecimal: String) throws {
        let bytes = try #require(parseHexadecimal(hexadecimal))
        for algorithm in [KeyAlgorithm.ed25519, .cosignatureV1] {
            let code = refusal {
                _ = try VerifierKey(name: "a", algorithm: algorithm, publicKey: bytes)
            }
            #expect(code == .weakKey)
        }
    }

    @Test func namesAreComparedByBytes() throws {
        // U+212A, the Kelvin sign, is canonically equivalent to K: Swift holds the two strings equal.
        let letter = Samples.key("K", 3).verifierKey
        let kelvin = Samples.key("\u{212a}", 3).verifierKey
        #expect(letter.name == kelvin.name)
        #expect(letter != kelvin)
        #expect(letter.keyID != kelvin.keyID)
    }
}

@Suite struct SigningKeyTests {
    /// RFC 8032 section 7.1, TEST 3.
    @Test func signaturesAreThoseOfTheStandard() throws {
        let seed = try #require(parseHexadecimal("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7"))
        let key = try SigningKey(name: "rfc8032", seed: seed)
        #expect(
            hexadecimal(key.verifierKey.publicKey)
                == "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025")
        let signature = try #require(
            parseHexadecimal(
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
            ))
        #expect(key.verifierKey.verify(signature: signature, message: [0xaf, 0x82]))
        #expect(!key.verifierKey.verify(signature: signature, message: [0xaf, 0x83]))
        #expect(!key.verifierKey.verify(signature: Array(signature.dropLast()), message: [0xaf, 0x82]))
        #expect(!key.verifierKey.verify(signature: signature + [0], message: [0xaf, 0x82]))
        #expect(!key.verifierKey.verify(signature: [], message: [0xaf, 0x82]))
        for bit in 0..<512 {
            var changed = signature
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(!key.verifierKey.verify(signature: changed, message: [0xaf, 0x82]))
        }
    }

    @Test func aPrivateKeyTextIsReadAndWritten() throws {
        for algorithm in [KeyAlgorithm.ed25519, .cosignatureV1] {
            let key = Samples.key("log.example/a", 9, algorithm)
            let text = try key.encoded
            #expect(text.hasPrefix("PRIVATE+KEY+log.example/a+"))
            let copy = try SigningKey(parsing: text)
            #expect(copy.verifierKey == key.verifierKey)
            #expect(try copy.encoded == text)
        }
    }

    @Test func damagedPrivateKeyTextsAreRefusedWithoutRepeatingThem() throws {
        let text = try Samples.log.encoded
        let secret = try #require(text.split(separator: "+").last)
        let damagedTexts = [
            "", String(text.dropLast()), text + "\n", "PUBLIC" + text.dropFirst(7), text.uppercased(),
            text.replacing("KEY+", with: "KEY"), text.replacing("log", with: "lag"),
            "PRIVATE+KEY+a+00000000+" + Base64.encode([1] + [UInt8](repeating: 2, count: 31)),
        ]
        for damaged in damagedTexts {
            let error = #expect(throws: TransparencyError.self) { try SigningKey(parsing: damaged) }
            #expect(error?.reason.contains(secret) == false)
        }
    }

    @Test func printingAKeyDoesNotShowIt() throws {
        let secret = try #require(Samples.log.encoded.split(separator: "+").last)
        #expect(!"\(Samples.log)".contains(secret))
        #expect(!String(reflecting: Samples.log).contains(secret))
    }

    @Test func keysDoOnlyWhatTheyAreFor() {
        let text = Samples.checkpoint.text
        #expect(
            refusal { _ = try Samples.witnesses[0].sign(noteText: text) }
                == .wrongAlgorithm)
        #expect(
            refusal {
                _ = try Samples.log.cosign(checkpointText: text, unixSeconds: 1)
            } == .wrongAlgorithm)
        #expect(
            refusal {
                _ = try Samples.witnesses[0].cosign(checkpointText: utf8("no checkpoint\n"), unixSeconds: 1)
            } == .malformed)
        #expect(
            refusal {
                _ = try Samples.witnesses[0].cosign(checkpointText: text, unixSeconds: 1 << 63)
            } == .limitExceeded)
        #expect(
            refusal { _ = try Samples.log.sign(noteText: utf8("no newline")) }
                == .malformed)
    }

    @Test func signingFromManyTasksGivesEqualSignatures() async throws {
        let key = Samples.log
        let expected = try key.sign(noteText: utf8("text\n"))
        let signatures = await withTaskGroup(of: NoteSignature?.self) { group in
            for _ in 0..<64 { group.addTask { try? key.sign(noteText: utf8("text\n")) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(signatures.count == 64)
        #expect(signatures.allSatisfy { $0 == expected })
    }
}
