import CanonicalJSON
import Testing

@Suite struct Reading {
    @Test(
        arguments: [
            ("null", "null"), (" true ", "true"), ("[ ]", "[]"), ("{ }", "{}"), ("-0", "0"), ("-0.0e5", "0"),
            ("1.50", "1.5"), ("100.00", "100"), ("10e-1", "1"), ("1E+3", "1000"), ("-12.5e-3", "-0.0125"),
            ("\"\\u0422\\u0430\\u043b\\u0445\"", "\"Талх\""), ("\"\\ud83d\\ude00\"", "\"😀\""), ("\"\\/\"", "\"/\""),
            ("\"\\u0000\\t\\n\\u001f\\u007f\"", "\"\\u0000\\t\\n\\u001f\u{7f}\""),
            ("{\"b\":1,\"a\":[1,{\"d\":null,\"c\":\"\"}]}", "{\"a\":[1,{\"c\":\"\",\"d\":null}],\"b\":1}"),
            ("{\"я\":1,\"z\":2,\"Ө\":3,\"😀\":4,\"\u{ffff}\":5}", "{\"z\":2,\"я\":1,\"Ө\":3,\"\u{ffff}\":5,\"😀\":4}"),
        ])
    func validTextHasOneCanonicalForm(_ text: String, canonical: String) throws {
        let value = try JSONValue(parsing: text)
        #expect(value.canonicalText == canonical)
        #expect(try JSONValue(parsing: value.canonicalBytes).canonicalBytes == value.canonicalBytes)
    }

    @Test(
        arguments: [
            ("", .ended, 0), ("  ", .ended, 2), ("nul", .ended, 3), ("nulL", .unexpected, 3), ("True", .unexpected, 0),
            ("01", .number, 0), ("+1", .unexpected, 0), (".5", .unexpected, 0), ("1.", .number, 0),
            ("1e", .number, 0), ("-", .number, 0), ("1 2", .trailing, 2), ("NaN", .unexpected, 0),
            ("[1,]", .unexpected, 3), ("[,1]", .unexpected, 1), ("{\"a\" 1}", .unexpected, 5),
            ("{a:1}", .unexpected, 1),
            ("{\"a\":1,}", .unexpected, 7), ("[1", .ended, 2), ("\"a", .ended, 2), ("\"\\x\"", .escape, 1),
            ("\"\\u12g4\"", .escape, 5), ("\"\\ud800\"", .surrogate, 1), ("\"\\udc00\"", .surrogate, 1),
            ("\"\\ud800\\u0041\"", .surrogate, 1), ("\"a\nb\"", .control, 2), ("// x\n1", .unexpected, 0),
            ("\u{feff}1", .unexpected, 0), ("1e999999999", .numberRange, 0),
            ("1e99999999999999999999999", .numberRange, 0),
            ("1e-999999999", .numberRange, 0), ("{}}", .trailing, 2),
        ] as [(String, JSONError.Reason, Int)])
    func invalidTextIsRefusedAtItsByte(_ text: String, reason: JSONError.Reason, offset: Int) {
        #expect(throws: JSONError(reason, at: offset)) { try JSONValue(parsing: text) }
    }

    @Test(
        arguments: [
            [0x22, 0xff, 0x22], [0x22, 0xc0, 0x80, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22], [0x22, 0xd0, 0x22],
            [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22],
        ] as [[UInt8]])
    func bytesThatAreNotUTF8AreRefused(_ bytes: [UInt8]) {
        #expect(throws: JSONError(.utf8, at: 1)) { try JSONValue(parsing: bytes) }
    }

    @Test func lastOfEqualNamesCounts() throws {
        let object = try #require(try JSONValue(parsing: "{\"a\":1,\"b\":2,\"a\":3}").object)
        #expect(object.members.map(\.name) == ["b", "a"])
        #expect(object["a"] == 3)
        let folded = try #require(try JSONValue(parsing: "{\"aB\":1,\"c\":2,\"AB\":3}").object)
        #expect(folded.value(ignoringCase: "ab") == 3)
        #expect(folded.uniqueIgnoringCase().members.map(\.name) == ["c", "AB"])
    }

    /// The texts "é" and "e + combining acute" are equal to Swift but not to JSON.
    @Test func namesAreComparedByteByByte() throws {
        let object = try #require(try JSONValue(parsing: "{\"\\u00e9\":1,\"e\\u0301\":2}").object)
        #expect(object.count == 2)
        #expect(object["\u{e9}"] == 1)
        #expect(object["e\u{301}"] == 2)
    }

    @Test func nestingIsLimited() throws {
        let limits = JSONLimits(depth: 3)
        #expect(throws: Never.self) { try JSONValue(parsing: "[[[]],[[1]]]", limits: limits) }
        #expect(throws: JSONError(.tooDeep, at: 3)) { try JSONValue(parsing: "[[[[]]]]", limits: limits) }
        let deep = String(repeating: "[", count: 1_000_000)
        #expect(throws: JSONError(.tooDeep, at: 32)) { try JSONValue(parsing: deep) }
    }

    @Test func lengthIsLimited() {
        #expect(throws: JSONError(.tooLong, at: 4)) { try JSONValue(parsing: "[1,2]", limits: JSONLimits(bytes: 4)) }
    }

    @Test func manyNamesDoNotTakeSquareTime() throws {
        let members = (0..<100_000).map { "\"\($0)\":\($0)" }.joined(separator: ",")
        let value = try JSONValue(parsing: "{\(members)}", limits: JSONLimits(bytes: 4 << 20))
        #expect(value.object?.count == 100_000)
    }

    @Test func textCutAnywhereOrFlippedNeverTraps() throws {
        let text = "{\"нэр\":[1.5e2,-0,true,null,\"\\ud83d\\ude00\\n\"],\"x\":{\"y\":\"Ө\"}}"
        let bytes = Array(text.utf8)
        for end in bytes.indices {
            #expect(throws: JSONError.self) { try JSONValue(parsing: Array(bytes[..<end])) }
        }
        for index in bytes.indices {
            for byte: UInt8 in [0x00, 0x22, 0x5c, 0x65, 0x7b, 0xff] {
                var changed = bytes
                changed[index] = byte
                _ = try? JSONValue(parsing: changed)
            }
        }
    }
}
