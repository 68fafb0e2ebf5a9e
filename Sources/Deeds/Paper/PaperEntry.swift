public import CanonicalJSON
import Catalogue

/// Where an act stands in a register book on paper (KHUR's bookNumber and bookDate).
public struct PaperEntry: Sendable, Hashable {
    /// The earliest day of a book that is taken.
    public static let earliest = CivilDate(year: 1900, month: 1, day: 1)!  // There is such a day.

    /// As it is written in the book, at most 200 bytes.
    public let number: String
    public let date: CivilDate

    /// - Throws: ``Problem/actTextInvalid`` for a number that is no line of text or names nothing.
    init(number: String, date: CivilDate, path: String) throws(Failure) {
        guard let canonical = PlainText.canonical(number, limit: ActDraft.numberLimit),
            canonical.contains(where: { $0.isLetter || $0.isNumber })
        else { throw Problem.actTextInvalid(["path": path, "limit": "\(ActDraft.numberLimit)"]) }
        self.number = canonical
        self.date = date
    }

    init(reading value: JSONValue, path: String) throws(Failure) {
        let reader = try ActReader(value, path: path, known: ["bookNumber", "bookDate"])
        guard let date = try reader.date("bookDate") else {
            throw Problem.actFieldMissing(["path": reader.place("bookDate")])
        }
        try self.init(
            number: try reader.required("bookNumber", limit: ActDraft.numberLimit), date: date,
            path: reader.place("bookNumber"))
    }

    public var json: JSONValue { ["bookNumber": .string(number), "bookDate": .string(date.description)] }

    /// The number as books count: two ways of writing one number fold to one text.
    public var folded: String { PaperEntry.folded(number) }

    /// Capitals of one script without white space, and without zeros before a number: spreadsheets lose them.
    private static func folded(_ number: String) -> String {
        var folded: [Character] = []
        var isInNumber = false
        let capitals = LookAlikes.capitals(number).map { LookAlikes.latinOfCyrillic[$0] ?? $0 }
        for (place, character) in capitals.enumerated() {
            let isDigit = character.isASCII && character.isNumber
            let next = place + 1 < capitals.count ? capitals[place + 1] : " "
            let isLeading = character == "0" && !isInNumber && next.isASCII && next.isNumber
            if isLeading { continue }
            isInNumber = isDigit
            folded.append(character)
        }
        return String(folded)
    }
}
