/// Letters of two scripts that look the same. People type them with whatever keyboard is on.
enum LookAlikes {
    /// Latin capitals to the Cyrillic ones they look like.
    static let cyrillicOfLatin: [Character: Character] = [
        "A": "А", "B": "В", "C": "С", "E": "Е", "H": "Н", "K": "К", "M": "М", "O": "О", "P": "Р", "T": "Т", "X": "Х",
        "Y": "У",
    ]

    /// Cyrillic capitals to the Latin ones they look like: the inverse, and Ү and І.
    static let latinOfCyrillic: [Character: Character] = {
        var map: [Character: Character] = ["Ү": "Y", "І": "I"]
        for (latin, cyrillic) in cyrillicOfLatin { map[cyrillic] = latin }
        return map
    }()

    /// The text in capitals, without white space; hyphens and dashes as `-`.
    static func capitals(_ text: String) -> [Character] {
        text.uppercased().compactMap { character in
            if character.isWhitespace { return nil }
            return dashes.contains(character) ? "-" : character
        }
    }

    private static let dashes: Set<Character> = [
        "-", "\u{2010}", "\u{2011}", "\u{2012}", "\u{2013}", "\u{2014}", "\u{2212}",
    ]
}
