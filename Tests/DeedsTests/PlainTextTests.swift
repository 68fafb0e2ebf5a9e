import Testing

@testable import Deeds

/// Nearly all texts take the short way through their bytes: it must lead where the tables of Unicode lead.
@Suite struct PlainTextTests {
    private static let scalars = (0...0x2fff).compactMap { Unicode.Scalar($0 as UInt32) }

    @Test func `a letter inside a text is kept or refuses it as its category says`() {
        for scalar in PlainTextTests.scalars {
            // Marks compose with what is before them, and are told apart below.
            let text = "Б\(Character(scalar))б"
            let isReadable: Bool =
                switch scalar.properties.generalCategory {
                case .control, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate: false
                case .format: [0x180e, 0x200c, 0x200d].contains(scalar.value)
                default: true
                }
            #expect(PlainText.canonical(text, limit: 100) == (isReadable ? text : nil), "\(scalar.value)")
        }
    }

    @Test func `white space at the ends goes, and what is empty then is nothing`() {
        for (text, canonical) in [
            (" Бат", "Бат"), ("Бат ", "Бат"), ("Бат\u{a0}", "Бат"), ("\u{2003}Бат Дорж ", "Бат Дорж"),
            ("Бат  Дорж", "Бат  Дорж"),
        ] {
            #expect(PlainText.canonical(text, limit: 100) == canonical)
        }
        for text in ["", " ", "\u{a0}", "a\u{7f}b", "a\nb", "\u{202e}a", "\u{85}"] {
            #expect(PlainText.canonical(text, limit: 100) == nil)
        }
    }

    @Test func `the limit counts bytes`() {
        #expect(PlainText.canonical("Бат", limit: 6) == "Бат")
        #expect(PlainText.canonical("Бат", limit: 5) == nil)
        #expect(PlainText.canonical("«Бат»", limit: 10) == "«Бат»")
        #expect(PlainText.canonical("«Бат»", limit: 9) == nil)
    }

    @Test func `decomposed letters are composed`() {
        #expect(PlainText.canonical("Би\u{306} Е\u{308}", limit: 100).map { Array($0.utf8) } == Array("Бй Ё".utf8))
    }

    @Test func `capitals are those of Unicode without white space`() {
        for scalar in PlainTextTests.scalars where !scalar.properties.isGraphemeExtend {
            let text = "б\(Character(scalar))я"
            let dashes: Set<Character> = ["\u{2010}", "\u{2011}", "\u{2012}", "\u{2013}", "\u{2014}"]
            let expected = text.uppercased().filter { !$0.isWhitespace }.map { dashes.contains($0) ? "-" : $0 }
            #expect(
                LookAlikes.capitals(text) == (scalar.value == 0x2212 ? ["Б", "-", "Я"] : expected), "\(scalar.value)")
        }
    }
}
