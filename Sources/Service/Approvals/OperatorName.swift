import Foundation

/// The name of an operator, in the one form in which the same person's names are equal.
public struct OperatorName: Hashable, Sendable {
    /// The most characters of a name.
    static let limit = 200

    /// As it is shown.
    public let text: String
    private let folded: String

    /// - Returns: `nil` for a name without a letter or digit, or a very long one.
    public init?(_ text: String) {
        guard text.utf8.count <= OperatorName.limit * 4, text.count <= OperatorName.limit else { return nil }
        // Without what cannot be seen: format and control characters, and combining marks that fill no place.
        let visible = text.unicodeScalars.filter { scalar in
            let properties = scalar.properties
            return !properties.isDefaultIgnorableCodePoint && properties.generalCategory != .control
                && properties.generalCategory != .format || properties.isWhitespace
        }
        let words = String(String.UnicodeScalarView(visible)).split(whereSeparator: \.isWhitespace)
        guard words.contains(where: { $0.contains { $0.isLetter || $0.isNumber } }) else { return nil }
        self.text = words.joined(separator: " ")
        // Folding may make what can be composed again, and the other way about: to a fixed point.
        folded = OperatorName.fold(OperatorName.fold(self.text))
    }

    private static func fold(_ text: String) -> String {
        text.precomposedStringWithCompatibilityMapping.folding(
            options: [.caseInsensitive, .widthInsensitive], locale: nil
        )
        .lowercased().precomposedStringWithCompatibilityMapping
    }

    public static func == (one: OperatorName, other: OperatorName) -> Bool { one.folded == other.folded }

    public func hash(into hasher: inout Hasher) { hasher.combine(folded) }
}
