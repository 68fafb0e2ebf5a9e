import LedgerTransparency
import Testing

@Suite struct Base64Tests {
    /// RFC 4648 section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func publishedTextsAreReadAndWritten(_ plain: String, _ text: String) {
        #expect(Base64.encode(utf8(plain)) == text)
        #expect(Base64.decode(text) == utf8(plain))
    }

    @Test func everyByteInEveryPlaceSurvives() {
        for count in 1...6 {
            for place in 0..<count {
                for value in UInt8.min...UInt8.max {
                    var bytes = [UInt8](repeating: 0x5a, count: count)
                    bytes[place] = value
                    #expect(Base64.decode(Base64.encode(bytes)) == bytes)
                }
            }
        }
        #expect(Base64.encode([0xfb, 0xff, 0xbf]) == "+/+/")
    }

    @Test(arguments: [
        "Zg", "Zg=", "Z===", "====", "=", "Zm9v=", "Zm9v====", "Zg==Zg==", "Z g=", "Zm9v\n", " Zm9v", "Zm9-", "Zm9_",
        "Zm=v", "Zé==",
    ])
    func malformedTextsAreRefused(_ text: String) {
        #expect(Base64.decode(text) == nil)
    }

    // "Zh==" has a set bit that no byte uses: it would mean the same as "Zg==".
    @Test(arguments: ["Zh==", "Zo==", "Zv==", "Zm9=", "Zm+=", "AB=="])
    func unusedBitsMustBeZero(_ text: String) {
        #expect(Base64.decode(text) == nil)
    }
}
