/// The order of the Mongolian alphabet: А Б В Г Д Е Ё Ж З И Й К Л М Н О Ө П Р С Т У Ү Ф Х Ц Ч Ш Щ Ъ Ы Ь Э Ю Я.
///
/// Code points would put Ө and Ү behind Я, and Ё as well. Upper and lower case are one; what is no letter of the alphabet comes
/// before it, in the order of code points, except that other letters (Latin, the vertical script) come behind.
public struct MongolianOrder: Sendable, Hashable, Comparable {
    private let weights: [UInt32]

    private static let alphabet: [Unicode.Scalar: UInt32] = {
        var map: [Unicode.Scalar: UInt32] = [:]
        for (place, scalar) in "абвгдеёжзийклмноөпрстуүфхцчшщъыьэюя".unicodeScalars.enumerated() {
            map[scalar] = 0x40_0000 + UInt32(place)
        }
        return map
    }()

    /// - Parameter text: in NFC, as ``PlainText`` makes it.
    public init(_ text: String) {
        weights = text.lowercased().unicodeScalars.map { scalar in
            Self.alphabet[scalar] ?? (scalar.properties.isAlphabetic ? 0x80_0000 + scalar.value : scalar.value)
        }
    }

    public static func < (a: MongolianOrder, b: MongolianOrder) -> Bool {
        a.weights.lexicographicallyPrecedes(b.weights)
    }
}
