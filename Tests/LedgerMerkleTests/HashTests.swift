import LedgerMerkle
import Testing

@Suite struct HashTests {
    /// FIPS 180-4, the example messages that NIST publishes with it.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
        ),
    ])
    func sha256OfPublishedMessages(_ message: String, _ digest: String) {
        #expect(SHA256.hash(Array(message.utf8)).description == digest)
    }

    @Test func sha256OfAMillionLettersInUnevenParts() {
        let letters = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
        var hash = SHA256()
        var position = 0
        var step = 1
        while position < letters.count {
            let end = min(position + step, letters.count)
            hash.update(letters[position..<end])
            position = end
            step = step % 997 + 1
        }
        let digest = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        #expect(hash.finalize().description == digest)
        #expect(hash.finalize().description == digest, "finalising leaves the state as it was")
    }

    struct MACCase: Sendable {
        let key: [UInt8]
        let message: [UInt8]
        let code: String
    }

    /// RFC 4231 section 4, test cases 1 to 7; the fifth is published as its first 16 bytes.
    static let macCases = [
        MACCase(
            key: bytes(0x0b, 20), message: Array("Hi There".utf8),
            code: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        MACCase(
            key: Array("Jefe".utf8), message: Array("what do ya want for nothing?".utf8),
            code: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        MACCase(
            key: bytes(0xaa, 20), message: bytes(0xdd, 50),
            code: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
        MACCase(
            key: Array(1...25), message: bytes(0xcd, 50),
            code: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
        MACCase(
            key: bytes(0x0c, 20), message: Array("Test With Truncation".utf8), code: "a3b6167473100ee06e0c796c2955552b"),
        MACCase(
            key: bytes(0xaa, 131), message: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            code: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
        MACCase(
            key: bytes(0xaa, 131),
            message: Array(
                ("This is a test using a larger than block-size key and a larger than block-size data. "
                    + "The key needs to be hashed before being used by the HMAC algorithm.").utf8),
            code: "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
    ]

    static func bytes(_ byte: UInt8, _ count: Int) -> [UInt8] {
        [UInt8](repeating: byte, count: count)
    }

    @Test(arguments: macCases) func hmacOfPublishedMessages(_ given: MACCase) {
        let mac = HMACSHA256(key: given.key)
        #expect(mac.authenticate(given.message).description.hasPrefix(given.code))
        #expect(mac.authenticate(given.message).description.hasPrefix(given.code), "the saved state is reused")
        let inParts = mac.authenticate { hash in
            for byte in given.message { hash.update(byte: byte) }
        }
        #expect(inParts.description.hasPrefix(given.code))
    }

    @Test func codesAndSaltedHashesOfEveryLengthAreTheSameInOnePieceAndInParts() {
        let mac = HMACSHA256(key: Self.bytes(7, 32))
        let salt = SHA256.hash([1])
        for length in 0...300 {
            let message = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 11 &+ length) }
            #expect(mac.authenticate(message) == mac.authenticate { for byte in message { $0.update(byte: byte) } })
            let salted = message.withUnsafeBytes { SHA256.hash(0, salt, $0) }
            #expect(salted == SHA256.hash([0] + salt.bytes + message))
        }
        #expect(mac.authenticate("Гэрээ") == mac.authenticate(Array("Гэрээ".utf8)))
    }

    @Test func leavesOfEveryLengthAreHashedAlikeOnEveryPath() {
        let lengths = Array(0...200)
        let entries = lengths.map { length in (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ length) } }
        let expected = entries.map { ReferenceTree.leafHash($0) }
        #expect(entries.map { TreeHash.leaf($0) } == expected)
        let joined = entries.flatMap { $0 }
        let many = joined.withUnsafeBytes { TreeHash.leaves($0, lengths: lengths.map(UInt32.init)) }
        #expect(many == expected)
    }

    @Test func aNodeIsTheHashOfItsChildren() {
        let leaves = ReferenceTree.leaves(9)
        #expect(TreeHash.node(leaves[0], leaves[1]) == ReferenceTree.nodeHash(leaves[0], leaves[1]))
        let parents = (0..<4).map { ReferenceTree.nodeHash(leaves[2 * $0], leaves[2 * $0 + 1]) }
        #expect(TreeHash.parents(leaves) == parents)
        #expect(TreeHash.parents(leaves[0..<8]) == parents)
    }

    @Test func digestsReadAndWriteHexadecimal() {
        let digest = SHA256.hash([1])
        #expect(Digest(hexadecimal: digest.description) == digest)
        #expect(Digest(hexadecimal: digest.description.uppercased()) == digest)
        #expect(Digest(digest.bytes) == digest)
        #expect(Digest(digest.bytes + [0]) == nil)
        #expect(Digest(hexadecimal: "00") == nil)
        #expect(parseHexadecimal("0") == nil)
        #expect(parseHexadecimal("0g") == nil)
    }
}
