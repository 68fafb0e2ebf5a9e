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
        if let capitals = plainCapitals(text) { return capitals }
        return text.uppercased().compactMap { character in
            if character.isWhitespace { return nil }
            return dashes.contains(character) ? "-" : character
        }
    }

    /// The same for ASCII and the letters of Mongolian Cyrillic, which is what numbers are typed in; `nil` for a text with anything else.
    private static func plainCapitals(_ text: String) -> [Character]? {
        var capitals: [Character] = []
        capitals.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            let capital: UInt32
            switch scalar.value {
            case 0x09...0x0d, 0x20: continue
            case 0x21...0x60, 0x7b...0x7e, 0x0410...0x042f, 0x0401, 0x04ae, 0x04e8: capital = scalar.value
            case 0x61...0x7a, 0x0430...0x044f: capital = scalar.value - 0x20
            case 0x0451: capital = 0x0401
            case 0x04af, 0x04e9: capital = scalar.value - 1
            default: return nil
            }
            guard let letter = Unicode.Scalar(capital) else { return nil }
            capitals.append(Character(letter))
        }
        return capitals
    }

    private static let dashes: Set<Character> = [
        "-", "\u{2010}", "\u{2011}", "\u{2012}", "\u{2013}", "\u{2014}", "\u{2212}",
    ]
}
