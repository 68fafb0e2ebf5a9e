/// A moment as deed records carry it: Unix milliseconds and Mongolia's offset, such as `1795300000000+08:00`.
public struct ActTime: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Milliseconds since 1970-01-01 00:00 UTC.
    public let unixMilliseconds: UInt64

    public init(unixMilliseconds: UInt64) {
        self.unixMilliseconds = unixMilliseconds
    }

    /// Reads the one form, of at most 18 digits; `nil` for anything else.
    public init?(_ text: String) {
        guard text.hasSuffix("+08:00"), let milliseconds = decimal(text.utf8.dropLast(6)) else { return nil }
        unixMilliseconds = UInt64(milliseconds)
        guard description.utf8.elementsEqual(text.utf8) else { return nil }
    }

    public var description: String { "\(unixMilliseconds)+08:00" }

    public static func < (a: ActTime, b: ActTime) -> Bool { a.unixMilliseconds < b.unixMilliseconds }
}
