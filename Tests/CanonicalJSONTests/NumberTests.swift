import CanonicalJSON
import Testing

@Suite struct Numbers {
    @Test func equalNumbersAreOneValue() {
        #expect(JSONNumber("1.0") == JSONNumber("10e-1"))
        #expect(JSONNumber("0.30000000000000004") != JSONNumber("0.3"))
        #expect(Set(["5", "5.0", "0.5e1", "500e-2"].map { JSONNumber($0) }).count == 1)
    }

    @Test func numbersScaleExactly() {
        #expect(JSONNumber("5600")?.scaled(by: 2) == 560_000)
        #expect(JSONNumber("0.09")?.scaled(by: 2) == 9)
        #expect(JSONNumber("-12.5")?.scaled(by: 2) == -1250)
        #expect(JSONNumber("0.095")?.scaled(by: 2) == nil)
        #expect(JSONNumber("9223372036854775807")?.integer == .max)
        #expect(JSONNumber("-9223372036854775808")?.integer == .min)
        #expect(JSONNumber("9223372036854775808")?.integer == nil)
        #expect(JSONNumber("1e60")?.scaled(by: 2) == nil)
        #expect(JSONNumber("0")?.scaled(by: 18) == 0)
    }

    @Test func unitsBecomeDecimals() {
        #expect(JSONNumber(5050, decimals: 2).text == "50.5")
        #expect(JSONNumber(-9, decimals: 2).text == "-0.09")
        #expect(JSONNumber(0, decimals: 2).text == "0")
        #expect(JSONNumber(Int64.min, decimals: 0).text == "-9223372036854775808")
    }

    @Test func longNumbersAreRefused() {
        #expect(JSONNumber(String(repeating: "9", count: JSONNumber.longest)) != nil)
        #expect(JSONNumber(String(repeating: "9", count: JSONNumber.longest + 1)) == nil)
        #expect(JSONNumber("1e79")?.text.count == 80)
        #expect(JSONNumber("1e80") == nil)
        #expect(JSONNumber("0e999999999")?.text == "0")
        #expect(JSONNumber(" 1") == nil)
        #expect(JSONNumber("") == nil)
    }

    @Test func literalsBuildValues() {
        var object: JSONObject = ["b": 1, "a": [true, nil, "x"]]
        object["c"] = JSONValue(UInt64.max)
        object["b"] = nil
        #expect(JSONValue.object(object).text == "{\"a\":[true,null,\"x\"],\"c\":18446744073709551615}")
    }
}
