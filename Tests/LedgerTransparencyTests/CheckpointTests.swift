import LedgerMerkle
import LedgerTransparency
import Testing

@Suite struct CheckpointTests {
    static let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="

    /// C2SP tlog-checkpoint, the example in its introduction.
    @Test func thePublishedExampleIsReadAndWritten() throws {
        let text = utf8("example.com/behind-the-sofa\n20852163\n\(Self.root)\n")
        let checkpoint = try Checkpoint(parsing: text)
        #expect(checkpoint.origin == "example.com/behind-the-sofa")
        #expect(checkpoint.size == 20_852_163)
        #expect(Base64.encode(checkpoint.root.bytes) == Self.root)
        #expect(checkpoint.extensions.isEmpty)
        #expect(checkpoint.text == text)
        #expect(Checkpoint(origin: checkpoint.origin, size: checkpoint.size, root: checkpoint.root) == checkpoint)
    }

    @Test(arguments: ["0", "1", "9223372036854775807", "9223372036854775808"])
    func sizesUpToTheLimitAreRead(_ size: String) throws {
        let text = utf8("o\n\(size)\n\(Self.root)\n")
        let checkpoint = try Checkpoint(parsing: text)
        #expect(String(checkpoint.size) == size)
        #expect(checkpoint.text == text)
    }

    @Test func extensionLinesAreKept() throws {
        let text = utf8("o\n1\n\(Self.root)\nfirst line\nзагвар\n")
        let checkpoint = try Checkpoint(parsing: text)
        #expect(checkpoint.extensions == ["first line", "загвар"])
        #expect(checkpoint.text == text)
    }

    @Test(arguments: [
        "", "\n", "o\n", "o\n1\n", "o\n1\n\(root)", "\n1\n\(root)\n", "o\n01\n\(root)\n", "o\n+1\n\(root)\n",
        "o\n-1\n\(root)\n", "o\n\n\(root)\n", "o\n1 \n\(root)\n", "o\n0x1\n\(root)\n", "o\n1a\n\(root)\n",
        "o\n٣\n\(root)\n",
        "o\n9223372036854775809\n\(root)\n", "o\n18446744073709551616\n\(root)\n",
        "o\n99999999999999999999999\n\(root)\n",
        "o\n1\n\(root.dropLast())\n", "o\n1\n\(root) \n", "o\n1\nAAAA\n", "o\n1\n\(root.dropLast(2))3=\n",
        "o\n1\n\(root)\n\n", "o\n1\n\(root)\n\nx\n", "o\r\n1\n\(root)\n", "o\t\n1\n\(root)\n", " \n\n\n",
    ])
    func malformedTextsAreRefused(_ text: String) {
        #expect(refusal { _ = try Checkpoint(parsing: utf8(text)) } == .malformed)
    }

    @Test func originsAreComparedByBytes() throws {
        let letter = try Checkpoint(parsing: utf8("K\n1\n\(Self.root)\n"))
        let kelvin = try Checkpoint(parsing: utf8("\u{212a}\n1\n\(Self.root)\n"))
        #expect(letter != kelvin)
        #expect(letter.isOf(Samples.key("K", 1).verifierKey))
        #expect(!kelvin.isOf(Samples.key("K", 1).verifierKey))
    }
}
