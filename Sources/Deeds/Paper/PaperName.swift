/// The names by which entries from paper are found: books on paper often have no number for a party.
///
/// Two ways of writing a name fold to one text: capitals of one script, letters that look alike as one, no spaces, hyphens and quotes.
public enum PaperName {
    /// The most bytes that may be asked for: three parts of a name and «овогт».
    public static let askedLimit = 3 * Party.nameLimit + 20
    /// What stands before an initial when a book has no more of the patronymic.
    private static let initialOnly = "~"
    /// Words of a name that is asked for, beyond which no initials are tried.
    private static let wordLimit = 6

    /// What a party of a book is found by: the whole name, the given name, the initial with the given name. Ascending, each once.
    public static func forms(of name: PartyName) -> [String] {
        var forms: Set<String> = []
        switch name {
        case .organisation(let whole): forms.insert(folded(whole))
        case .person(let surname, let lastName, let firstName):
            var (last, first) = (folded(lastName ?? ""), folded(firstName))
            let words = firstName.split(whereSeparator: \.isWhitespace)
            // Some offices type the whole name in one cell.
            if last.isEmpty, words.count > 1, let given = words.last {
                (last, first) = (folded(words.dropLast().joined()), folded(given))
            }
            if last.isEmpty, let dot = first.firstIndex(of: ".") {
                (last, first) = (String(first[..<dot]), String(first[first.index(after: dot)...]))
            }
            forms.insert(first)
            if let initial = last.first {
                let short = "\(initial).\(first)"
                forms.insert(short)
                forms.insert(last.count == 1 ? initialOnly + short : last + first)
            }
            if let surname { forms.insert(folded(surname) + last + first) }
        }
        forms.remove("")
        return forms.sorted()
    }

    /// What a name that is asked for is looked up by; empty when it has no letter and no digit.
    ///
    /// A whole name also finds the entries that have only the initial of its patronymic: nobody can tell whose they are.
    public static func asked(_ text: String) -> [String] {
        guard let plain = PlainText.canonical(text, limit: askedLimit) else { return [] }
        // «Боржигон овогт Доржийн Бат» is how a whole name is shown.
        let words = plain.split(whereSeparator: \.isWhitespace).filter { folded($0) != clan }
        let whole = folded(words.joined(separator: " "))
        guard !whole.isEmpty else { return [] }
        var forms: Set<String> = [whole]
        for place in words.indices.dropLast().prefix(wordLimit) {
            let (word, rest) = (folded(words[place]), folded(words[(place + 1)...].joined(separator: " ")))
            guard let initial = word.first, !rest.isEmpty else { continue }
            forms.insert(initialOnly + "\(initial).\(rest)")
            if place == words.startIndex, word.count == 1 { forms.insert("\(initial).\(rest)") }
        }
        return forms.sorted()
    }

    private static let clan = folded("овогт")

    /// Letters and digits, and the points between them: «Д. Бат» is not «Дбат».
    private static func folded(_ text: some StringProtocol) -> String {
        var folded: [Character] = []
        for character in LookAlikes.capitals(String(text)) {
            let isPoint = character == "." && folded.last != "." && !folded.isEmpty
            guard isPoint || character.isLetter || character.isNumber else { continue }
            folded.append(LookAlikes.latinOfCyrillic[character] ?? character)
        }
        while folded.last == "." { folded.removeLast() }
        return String(folded)
    }
}
