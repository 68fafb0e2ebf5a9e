/// Why a text is not JSON that we read, and at which byte.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was wrong.
    public enum Reason: String, Hashable, Sendable, CaseIterable {
        case tooLong = "the text is longer than allowed"
        case tooDeep = "arrays or objects are nested too deeply"
        case ended = "the text ends in the middle of a value"
        case unexpected = "this byte cannot stand here"
        case trailing = "something follows the value"
        case number = "this is not a JSON number"
        case numberRange = "the number is too large or has too many digits"
        case escape = "this is not an escape sequence"
        case surrogate = "half of a surrogate pair stands alone"
        case control = "a control character stands unescaped in a string"
        case utf8 = "the string is not UTF-8"
    }

    /// What was wrong.
    public let reason: Reason
    /// Where, counted in bytes from 0.
    public let offset: Int

    public init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    public var description: String { "\(reason.rawValue), at byte \(offset)" }
}

/// How much JSON a reader takes.
public struct JSONLimits: Hashable, Sendable {
    /// The most bytes of the whole text.
    public var bytes: Int
    /// The most arrays and objects inside one another.
    public var depth: Int

    public init(bytes: Int = 1 << 20, depth: Int = 32) {
        self.bytes = bytes
        self.depth = depth
    }
}
