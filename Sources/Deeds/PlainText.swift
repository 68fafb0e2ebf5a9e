/// What people write into an act, brought to one form.
public enum PlainText {
    /// The text without spaces at its ends and with Й and Ё composed; `nil` when it is empty, longer than `limit` bytes,
    /// or holds anything that a reader does not see: controls, line ends, marks that turn the direction of writing,
    /// private-use or unassigned characters.
    ///
    /// Й and Ё are the only Mongolian Cyrillic letters that have a decomposed form, so their texts come out in NFC; the
    /// bytes of other scripts, such as the vertical one with its selectors, are kept.
    public static func canonical(_ text: String, limit: Int) -> String? {
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
