import Catalogue
import Testing

@testable import Deeds

private let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

/// Codes that reach all 32 values in each place and different checks.
private let codes: [AccessCode] = (0..<64).map { seed in
    var state = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 &+ 1
    return AccessCode(
        random: (0..<7).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 40)
        })!
}

private func accepts(_ characters: [Character]) -> Bool { (try? AccessCode(String(characters))) != nil }

@Test func everySingleSubstitutionIsFound() {
    for code in codes {
        let characters = Array(code.canonical)
        for place in 0..<12 {
            for other in alphabet where other != characters[place] {
                var typed = characters
                typed[place] = other
                #expect(!accepts(typed))
            }
        }
    }
}

@Test func everyTranspositionOfNeighboursIsFound() throws {
    // Each pair of values in each place, the rest of the code varying: the check is linear, so the pair alone decides.
    for place in 0..<9 {
        for first in 0..<32 {
            for second in 0..<32 where first != second {
                var payload = codes[(first + second) % codes.count].canonical.prefix(10).map {
                    UInt64(alphabet.firstIndex(of: $0)!)
                }
                payload[place] = UInt64(first)
                payload[place + 1] = UInt64(second)
                let code = made(payload)
                var typed = Array(code.canonical)
                typed.swapAt(place, place + 1)
                #expect(!accepts(typed))
            }
        }
    }
    // Across the border and within the check the whole number counts: all 1021 checks with each last character.
    for last in UInt64(0)..<32 {
        for rest in UInt64(0)..<1021 {
            let typed = Array(made([0, 0, 0, 0, 0, 0, 0, rest / 32, rest % 32, last]).canonical)
            for place in [9, 10] where typed[place] != typed[place + 1] {
                var swapped = typed
                swapped.swapAt(place, place + 1)
                #expect(!accepts(swapped))
            }
        }
    }
}

/// The code of ten values.
private func made(_ payload: [UInt64]) -> AccessCode {
    let bits = payload.reduce(UInt64(0)) { $0 << 5 | $1 } << 6
    return AccessCode(random: (0..<7).map { UInt8(truncatingIfNeeded: bits >> UInt64(48 - 8 * $0)) })!
}

@Test func codeIsReadAsPeopleTypeIt() throws {
    // 7 bytes 0x08…: fixed so that the look-alikes below stand in the code.
    let code = made([0, 1, 10, 11, 12, 14, 17, 19, 20, 3])
    #expect(code.canonical.hasPrefix("01ABCEHKM3"))
    let check = code.canonical.suffix(2)
    for typed in ["01ABCEHKM3", "O1abcehkm3", "ОІАВСЕНКМЗ", "ol авсенкмз", "0L-АBСЕHK М3", "ӨiABCEHKM3"] {
        #expect(try AccessCode("\(typed)\(check)") == code, "\(typed)")
    }
    let other = made([22, 26, 29, 30, 30, 0, 0, 0, 0, 0])
    #expect(other.canonical.hasPrefix("PTXYY"))
    #expect(try AccessCode("РТХУҮ00000" + other.canonical.suffix(2)) == other)
    #expect(try AccessCode(code.printed) == code)
    #expect(code.printed.count == 14)
    #expect("\(code)".contains(code.canonical) == false)
}

@Test func otherTextsAreRefused() {
    for text in ["", "U1ABCEHKM300", "01ABCEHKM3", "Ж1ABCEHKM300", String(repeating: "0", count: 500)] {
        expect(.accessCodeInvalid) { _ = try AccessCode(text) }
    }
    #expect(AccessCode(random: [1, 2, 3, 4, 5, 6]) == nil)
    #expect(codes.allSatisfy { (try? AccessCode($0.printed.lowercased())) == $0 })
}
