/// What people write into an act, brought to one form.
public enum PlainText {
    /// The text without spaces at its ends and with Й and Ё composed; `nil` when it is empty, longer than `limit` bytes,
    /// or holds anything that a reader does not see: controls, line ends, marks that turn the direction of writing,
    /// private-use or unassigned characters.
    ///
    /// Й and Ё are the only Mongolian Cyrillic letters that have a decomposed form, so their texts come out in NFC; the
    /// bytes of other scripts, such as the vertical one with its selectors, are kept.
    public static func canonical(_ text: String, limit: Int) -> String? {
        if isPlain(text) { return text.utf8.count > limit ? nil : text }
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if let last = scalars.last, let composed = composed(last, scalar) {
                scalars.removeLast()
                scalars.append(composed)
            } else if isReadable(scalar) {
                scalars.append(scalar)
            } else {
                return nil
            }
        }
        while scalars.first?.properties.isWhitespace == true { scalars.removeFirst() }
        while scalars.last?.properties.isWhitespace == true { scalars.removeLast() }
        let whole = String(scalars)
        return whole.isEmpty || whole.utf8.count > limit ? nil : whole
    }

    /// Whether a text is of visible ASCII, spaces inside it and the letters of Mongolian Cyrillic alone: it is canonical then. Nearly all are, and
    /// their bytes tell it without the tables of Unicode.
    private static func isPlain(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            guard let first = bytes.first, let last = bytes.last, first != 0x20, last != 0x20 else { return false }
            var place = 0
            while place < bytes.count {
                if (0x20...0x7e).contains(bytes[place]) {
                    place += 1
                    continue
                }
                guard place + 1 < bytes.count, isLetter(bytes[place], bytes[place + 1]) else { return false }
                place += 2
            }
            return true
        }
    }

    /// Whether two bytes are one of А…я, Ё, ё, Ү, ү, Ө, ө.
    private static func isLetter(_ first: UInt8, _ second: UInt8) -> Bool {
        switch first {
        case 0xd0: second == 0x81 || (0x90...0xbf).contains(second)
        case 0xd1: second == 0x91 || (0x80...0x8f).contains(second)
        case 0xd2: second == 0xae || second == 0xaf
        case 0xd3: second == 0xa8 || second == 0xa9
        default: false
        }
    }

    private static func composed(_ letter: Unicode.Scalar, _ mark: Unicode.Scalar) -> Unicode.Scalar? {
        switch (letter, mark) {
        case ("И", "\u{306}"): "Й"
        case ("и", "\u{306}"): "й"
        case ("Е", "\u{308}"): "Ё"
        case ("е", "\u{308}"): "ё"
        default: nil
        }
    }

    private static func isReadable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate: false
        // The Mongolian vowel separator and the joiners shape letters; other format characters deceive.
        case .format: ["\u{180e}", "\u{200c}", "\u{200d}"].contains(scalar)
        default: true
        }
    }
}
