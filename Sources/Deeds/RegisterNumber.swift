public import Catalogue

/// A citizen's register number (регистрийн дугаар): two Cyrillic capitals, the birthday as `YYMMDD` with 20 added to the
/// month from the year 2000 on, and two digits.
///
/// The last digit is not judged: no formula for it is published.
public struct RegisterNumber: Sendable, Hashable {
    /// Canonical: NFC, upper-case Cyrillic, no spaces, such as `УБ95051250`.
    public let text: String
    /// As the number says it.
    public let birthday: CivilDate

    private static let alphabet: [Character] = Array("АБВГДЕЁЖЗИЙКЛМНОӨПРСТУҮФХЦЧШЩЪЫЬЭЮЯ")

    /// Reads a number as people type it: any case, spaces and hyphens, and Latin letters that look like Cyrillic ones.
    /// - Parameters:
    ///   - today: a birthday after it is refused.
    ///   - path: where the number stands, for the message; the number itself never gets into one.
    /// - Throws: ``Problem/registerNumberInvalid``, ``Problem/registerNumberOfOtherScript``,
    ///   ``Problem/registerNumberDateInvalid``.
    public init(_ input: String, today: CivilDate, path: String = "registerNumber") throws(Failure) {
        guard input.utf8.count <= 100 else { throw Problem.registerNumberInvalid(["path": path]) }
        let characters = LookAlikes.capitals(input).filter { $0 != "-" }
        guard characters.count == 10 else { throw Problem.registerNumberInvalid(["path": path]) }
        var letters: [Character] = []
        for typed in characters.prefix(2) {
            let letter = LookAlikes.cyrillicOfLatin[typed] ?? typed
            // Taking the alphabet's own character composes a decomposed Й or Ё: they are equal to Swift.
            guard let position = Self.alphabet.firstIndex(of: letter) else {
                throw letter.isLetter
                    ? Problem.registerNumberOfOtherScript(["path": path])
                    : Problem.registerNumberInvalid(["path": path])
            }
            letters.append(Self.alphabet[position])
        }
        let digits = Array(String(characters.dropFirst(2)).utf8)
        guard digits.count == 8, let year = decimal(digits[0..<2]), let month = decimal(digits[2..<4]),
            let day = decimal(digits[4..<6]), decimal(digits[6..<8]) != nil
        else { throw Problem.registerNumberInvalid(["path": path]) }
        let born =
            month > 20
            ? CivilDate(year: 2000 + year, month: month - 20, day: day)
            : CivilDate(year: 1900 + year, month: month, day: day)
        guard let born, born <= today else { throw Problem.registerNumberDateInvalid(["path": path]) }
        birthday = born
        text = String(letters) + String(decoding: digits, as: UTF8.self)
    }
}
