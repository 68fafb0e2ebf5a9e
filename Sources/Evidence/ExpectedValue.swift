/// A value that somebody expects a field to have, as `--expect NAME=VALUE` gives it.
public struct ExpectedValue: Sendable, Hashable {
    public let name: String
    public let value: String

    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }

    /// Reads `NAME=VALUE`, split at the first `=`; `nil` without one, or without a name.
    public init?(parsing text: String) {
        guard let sign = text.firstIndex(of: "="), sign != text.startIndex else { return nil }
        self.init(name: String(text[..<sign]), value: String(text[text.index(after: sign)...]))
    }

    /// What comparing with a disclosure says; `nil` when the value is as expected.
    func mismatch(in disclosure: Disclosure, type: FieldType?) -> Finding? {
        guard let field = disclosure[name] else {
            // A field that is absent has the empty value.
            return value.isEmpty ? nil : absent(from: disclosure)
        }
        guard let recorded = field.value else { return Finding(.fieldHidden, ["name": Display.escaped(name)]) }
        let agrees: Bool
        switch type {
        case .money:
            guard let amount = Money.mongo(recorded: recorded) else {
                return differs(recorded: recorded, as: type, exactly: true)
            }
            guard let expected = Money.mongo(written: value) else {
                return Finding(
                    .expectationUnreadable, ["name": Display.escaped(name), "expected": Display.escaped(value)])
            }
            agrees = amount == expected
        case .digest:
            agrees = lowered(value.utf8) == lowered(recorded)
        default:
            agrees = Array(value.utf8) == recorded
        }
        return agrees ? nil : differs(recorded: recorded, as: type)
    }

    /// A name that the record does not have is more often a slip than a forgery: say which names there are.
    private func absent(from disclosure: Disclosure) -> Finding {
        let names = disclosure.fields.map { Display.escaped($0.name) }.joined(separator: ", ")
        return Finding(
            .fieldDiffers,
            ["name": Display.escaped(name), "recorded": "– (\(names))", "expected": Display.escaped(value)])
    }

    private func differs(recorded: [UInt8], as type: FieldType?, exactly: Bool = false) -> Finding? {
        if exactly, Array(value.utf8) == recorded { return nil }
        return Finding(
            .fieldDiffers,
            [
                "name": Display.escaped(name), "recorded": Display.text(recorded, as: type == .time ? nil : type),
                "expected": Display.escaped(value),
            ])
    }

    private func lowered(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        bytes.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
    }
}
