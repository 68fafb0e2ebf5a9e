/// A JSON text's value (RFC 8259), numbers exact and members in the order in which they came.
///
/// `==` follows Swift's text equality (canonically equivalent texts are equal) and does not count the order of members; to compare
/// byte for byte, compare the ``canonicalBytes``.
public indirect enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

extension JSONValue {
    /// An integer.
    public init(_ value: some BinaryInteger) { self = .number(JSONNumber(value)) }
    /// A text.
    public init(_ value: some StringProtocol) { self = .string(String(value)) }
    /// A truth value.
    public init(_ value: Bool) { self = .bool(value) }

    /// Whether this is `null`.
    public var isNull: Bool { self == .null }

    /// The text, when this is a string.
    public var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The number, when this is one.
    public var number: JSONNumber? {
        if case .number(let number) = self { number } else { nil }
    }

    /// The integer, when this is a whole number that fits.
    public var integer: Int64? { number?.integer }

    /// The truth value, when this is one.
    public var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The elements, when this is an array.
    public var array: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The object, when this is one.
    public var object: JSONObject? {
        if case .object(let object) = self { object } else { nil }
    }

    /// A member by its exact name, when this is an object that has it.
    public subscript(name: String) -> JSONValue? { object?[name] }

    /// What kind of value this is, for messages: `null`, `boolean`, `number`, `string`, `array` or `object`.
    public var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByStringLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    public init(nilLiteral: ()) { self = .null }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int64) { self = .number(JSONNumber(value)) }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(JSONObject(elements.map { JSONObject.Member(name: $0.0, value: $0.1) }))
    }
}
