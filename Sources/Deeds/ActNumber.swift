public import Catalogue

/// A notary's code: 2 to 4 Latin capitals other than O, and 3 to 5 digits, such as `NT012`. Public.
public struct NotaryCode: Sendable, Hashable, CustomStringConvertible {
    public let text: String

    /// Reads a code of any case, with spaces, and with Cyrillic letters that look like Latin ones.
    /// - Throws: ``Problem/notaryCodeInvalid``.
    public init(_ input: String) throws(Failure) {
        guard input.utf8.count <= 100, let text = NotaryCode.canonical(LookAlikes.capitals(input)) else {
            throw Problem.notaryCodeInvalid()
        }
        self.text = text
    }

    static func canonical(_ characters: [Character]) -> String? {
        // A code has no letter O, so an O of either script is a zero.
        let latin = String(characters.map { LookAlikes.latinOfCyrillic[$0] ?? $0 }.map { $0 == "O" ? "0" : $0 })
        let letters = latin.utf8.prefix { (0x41...0x5a).contains($0) }
        let digits = latin.utf8.dropFirst(letters.count)
        guard (2...4).contains(letters.count), (3...5).contains(digits.count), decimal(digits) != nil else {
            return nil
        }
        return latin
    }

    public var description: String { text }
}

/// The number of an act: notary, year and running number, such as `NT012-2026-000017`. Guessable, so it opens nothing alone.
public struct ActNumber: Sendable, Hashable, CustomStringConvertible {
    public let notary: NotaryCode
    /// 2000…2999.
    public let year: Int
    /// 1…999,999,999, counted by notary and year.
    public let running: Int

    /// `nil` outside the ranges.
    public init?(notary: NotaryCode, year: Int, running: Int) {
        guard (2000...2999).contains(year), (1...999_999_999).contains(running) else { return nil }
        self.notary = notary
        self.year = year
        self.running = running
    }

    /// Reads a number as people type it: any case, spaces, any dash or a slash between the parts, leading zeros of the running
    /// number left out, Cyrillic look-alikes.
    /// - Throws: ``Problem/actNumberInvalid``.
    public init(_ input: String, path: String = "number") throws(Failure) {
        guard let typed = TypedNumber(input), typed.year.count == 4, let year = TypedNumber.decimal(typed.year),
            let number = ActNumber(notary: typed.notary, year: year, running: typed.running)
        else { throw Problem.actNumberInvalid(["path": path]) }
        self = number
    }

    /// Canonical, with at least six digits in the running number.
    public var description: String { "\(notary)-\(year)-\(padded(running, 6))" }
}

/// The three parts of a number as people type it; an O of either script among digits is a zero.
struct TypedNumber {
    let notary: NotaryCode
    /// The year, and what stands before it.
    let year: ArraySlice<Character>
    let running: Int

    init?(_ input: String) {
        let parts = input.utf8.count > 100 ? [] : LookAlikes.capitals(input).split { $0 == "-" || $0 == "/" }
        guard parts.count == 3, let code = NotaryCode.canonical(Array(parts[0])), let notary = try? NotaryCode(code),
            parts[2].count <= 9, let running = TypedNumber.decimal(parts[2])
        else { return nil }
        self.notary = notary
        self.running = running
        year = parts[1]
    }

    static func decimal(_ digits: ArraySlice<Character>) -> Int? {
        Deeds.decimal(Array(String(digits.map { $0 == "O" || $0 == "О" ? "0" : $0 }).utf8))
    }
}
