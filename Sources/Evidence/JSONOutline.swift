import CanonicalJSON

/// Recorded JSON as indented lines that a person reads; what is not JSON gives none.
///
/// Objects of plain values take one line each, so that a receipt's goods are a list and not a wall.
enum JSONOutline {
    static func lines(_ value: [UInt8]) -> [String]? {
        guard let json = try? JSONValue(parsing: value) else { return nil }
        return lines(json)
    }

    private static func lines(_ value: JSONValue) -> [String] {
        switch value {
        case .array(let elements): elements.flatMap { bulleted(lines($0)) }
        case .object(let object): lines(object)
        default: [plain(value)]
        }
    }

    private static func lines(_ object: JSONObject) -> [String] {
        let flat = object.members.filter { isPlain($0.value) }
        let nested = object.members.filter { !isPlain($0.value) }
        var lines: [String] = []
        if !flat.isEmpty {
            lines.append(flat.map { "\(Display.escaped($0.name)) \(plain($0.value))" }.joined(separator: ", "))
        }
        for member in nested {
            lines.append("\(Display.escaped(member.name)):")
            lines += self.lines(member.value).map { "  \($0)" }
        }
        return lines
    }

    private static func bulleted(_ lines: [String]) -> [String] {
        lines.enumerated().map { $0.offset == 0 ? "– \($0.element)" : "  \($0.element)" }
    }

    private static func isPlain(_ value: JSONValue) -> Bool {
        value.array == nil && value.object == nil
    }

    private static func plain(_ value: JSONValue) -> String {
        value.string.map(Display.escaped) ?? value.text
    }
}
