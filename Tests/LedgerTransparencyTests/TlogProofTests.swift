import LedgerMerkle
import LedgerTransparency
import Testing

@Suite struct TlogProofTests {
    static let hash = Base64.encode(SHA256.hash([1]).bytes)
    static let note = Samples.note().encoded

    static func proof(
        extra: [UInt8]? = nil, index: UInt64 = 5, hashes: Int = 2
    ) throws(TransparencyError) -> TlogProof {
        try TlogProof(
            extra: extra, index: index, hashes: (0..<hashes).map { SHA256.hash([UInt8($0)]) }, checkpoint: note)
    }

    @Test func filesAreReadAndWritten() throws {
        for extra in [nil, [0], [UInt8](repeating: 3, count: TlogProof.maximumExtraByteCount)] as [[UInt8]?] {
            for (index, hashes) in [(UInt64(0), 0), (5, 3), (1 << 63 - 1, 63)] {
                let proof = try Self.proof(extra: extra, index: index, hashes: hashes)
                let read = try TlogProof(parsing: proof.encoded)
                #expect(read == proof)
                #expect(read.encoded == proof.encoded)
                #expect(try SignedNote(parsing: read.checkpoint) == Samples.note())
            }
        }
        #expect(try Self.proof(extra: []).extra == nil)
    }

    @Test func whatExceedsTheLimitsIsRefused() throws {
        let tooMuch = [UInt8](repeating: 3, count: TlogProof.maximumExtraByteCount + 1)
        for body: () throws -> Void in [
            { _ = try Self.proof(extra: tooMuch) },
            { _ = try Self.proof(index: 1 << 63) },
            { _ = try Self.proof(hashes: 64) },
            {
                let lines = String(repeating: Self.hash + "\n", count: 64)
                _ = try TlogProof(parsing: utf8("c2sp.org/tlog-proof@v1\nindex 0\n\(lines)\nx\n"))
            },
            {
                _ = try TlogProof(parsing: [UInt8](repeating: 0x61, count: TlogProof.maximumByteCount + 1))
            },
        ] {
            #expect(refusal(body) == .limitExceeded)
        }
    }

    @Test(arguments: [
        "", "c2sp.org/tlog-proof@v1", "c2sp.org/tlog-proof@v1\n", "c2sp.org/tlog-proof@v2\nindex 0\n\nx\n",
        "c2sp.org/tlog-proof@v1 \nindex 0\n\nx\n", "c2sp.org/tlog-proof@v1\r\nindex 0\n\nx\n",
        "c2sp.org/tlog-proof@v1\nindex 00\n\nx\n", "c2sp.org/tlog-proof@v1\nindex  0\n\nx\n",
        "c2sp.org/tlog-proof@v1\nindex 0 \n\nx\n", "c2sp.org/tlog-proof@v1\nindex\n\nx\n",
        "c2sp.org/tlog-proof@v1\nindex \n\nx\n", "c2sp.org/tlog-proof@v1\nIndex 0\n\nx\n",
        "c2sp.org/tlog-proof@v1\nextra \nindex 0\n\nx\n", "c2sp.org/tlog-proof@v1\nextra AB==\nindex 0\n\nx\n",
        "c2sp.org/tlog-proof@v1\nextra AA==\nextra AA==\nindex 0\n\nx\n",
        "c2sp.org/tlog-proof@v1\nindex 0\nextra AA==\n\nx\n", "c2sp.org/tlog-proof@v1\nindex 0\n\(hash)\nx\n",
        "c2sp.org/tlog-proof@v1\nindex 0\n\(hash) \n\nx\n", "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\nx\n",
        "c2sp.org/tlog-proof@v1\nindex 0\n\n", "c2sp.org/tlog-proof@v1\nindex 0\n",
    ])
    func malformedFilesAreRefused(_ text: String) {
        #expect(refusal { _ = try TlogProof(parsing: utf8(text)) } == .malformed)
    }
}
