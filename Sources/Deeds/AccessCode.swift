public import Catalogue

/// The secret half of asking after an act: 10 Crockford base32 characters of randomness (50 bits) and 2 of check.
///
/// The check is the 50-bit number modulo the prime 1021, written in two characters. It finds every single mistyped character and every
/// two neighbours that changed places: such a slip changes the number by d·32ᵏ with 0 < |d| ≤ 31, or by 31·d·32ᵏ, or (at the
/// border to the check) leaves a difference of 33·d, and 1021 divides none of them. So a slip is told apart
/// from a wrong code without asking the registry, and costs nobody an attempt.
public struct AccessCode: Sendable, Hashable {
    /// How many random bytes a code takes.
    public static let randomByteCount = 7

    // 0…31 each: ten of randomness, two of check.
    private let values: [UInt8]

    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    private static let modulus: UInt64 = 1021

    /// Cyrillic capitals, and the Latin ones that Crockford leaves out, to the character that they look like:
    /// `O О Ө → 0`, `I L І → 1`, `З → 3`, `А → A`, `В → B`, `С → C`, `Е → E`, `Н → H`, `К → K`, `М → M`, `Р → P`, `Т → T`,
    /// `Х → X`, `У Ү → Y`. The letter U is not in the alphabet and is refused.
    private static let lookAlikes: [Character: Character] = {
        var map = LookAlikes.latinOfCyrillic
        for (typed, meant) in [("O", "0"), ("О", "0"), ("Ө", "0"), ("I", "1"), ("L", "1"), ("І", "1"), ("З", "3")] {
            map[Character(typed)] = Character(meant)
        }
        return map
    }()

    /// A code from random bytes: the first 50 bits of 7 count; `nil` for fewer.
    public init?(random: [UInt8]) {
        guard random.count >= Self.randomByteCount else { return nil }
        let number = random.prefix(Self.randomByteCount).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } >> 6
        let payload = (0..<10).map { UInt8(number >> UInt64(45 - 5 * $0) & 31) }
        values = payload + Self.check(of: payload)
    }

    /// Reads a code as people type it: any case, spaces, hyphens, and look-alikes of either script.
    /// - Throws: ``Problem/accessCodeInvalid`` when it can't be any code, which says nothing about acts.
    public init(_ input: String) throws(Failure) {
        var values: [UInt8] = []
        let typed = input.utf8.count <= 200 ? LookAlikes.capitals(input).filter { $0 != "-" } : []
        for character in typed {
            let meant = Self.lookAlikes[character] ?? character
            guard let value = Self.alphabet.firstIndex(of: meant) else { throw Problem.accessCodeInvalid() }
            values.append(UInt8(value))
        }
        guard values.count == 12, Self.check(of: Array(values.prefix(10))) == Array(values.suffix(2)) else {
            throw Problem.accessCodeInvalid()
        }
        self.values = values
    }

    private static func check(of payload: [UInt8]) -> [UInt8] {
        let rest = payload.reduce(UInt64(0)) { $0 << 5 | UInt64($1) } % modulus
        return [UInt8(rest >> 5), UInt8(rest & 31)]
    }

    /// The 12 characters without separators: what is kept only as HMAC.
    public var canonical: String { String(values.map { Self.alphabet[Int($0)] }) }

    /// As printed: `XXXX-XXXX-XXXX`.
    public var printed: String {
        stride(from: 0, to: 12, by: 4).map { String(canonical.dropFirst($0).prefix(4)) }.joined(separator: "-")
    }
}

extension AccessCode: CustomStringConvertible {
    /// Never the code, so that it does not get into a log; ask for ``printed``.
    public var description: String { "(access code)" }
}
