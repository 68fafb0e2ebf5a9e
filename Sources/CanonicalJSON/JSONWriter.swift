extension JSONValue {
    /// The one canonical form: members sorted by the UTF-8 bytes of their names, no white space, the fewest escapes, numbers in
    /// normal form. O(n log n).
    ///
    /// Like RFC 8785, except that names are ordered by UTF-8 (not UTF-16) and numbers are exact decimals (not doubles).
    public var canonicalBytes: [UInt8] { written(sorted: true) }

    /// The same as text.
    public var canonicalText: String { String(decoding: canonicalBytes, as: UTF8.self) }

    /// A compact form that keeps the order of members, for answers to people and programs.
    public var bytes: [UInt8] { written(sorted: false) }

    /// The same as text.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    private func written(sorted: Bool) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(512)
        write(to: &out, sorted: sorted)
        return out
    }

    /// Appends the form of ``bytes``; of a ``canonicallyOrdered`` value it is the canonical one. O(n).
    public func append(to out: inout [UInt8]) { write(to: &out, sorted: false) }

    /// The same value with the members of every object ordered by name, so that nothing about it depends on who wrote it. O(n log n).
    public var canonicallyOrdered: JSONValue {
        switch self {
        case .array(let elements): .array(elements.map(\.canonicallyOrdered))
        case .object(let object): .object(object.canonicallyOrdered)
        default: self
        }
    }

    private func write(to out: inout [UInt8], sorted: Bool) {
        switch self {
        case .null: out += "null".utf8
        case .bool(let value): out += (value ? "true" : "false").utf8
        case .number(let number): out += number.text.utf8
        case .string(let text): Self.append(text, to: &out)
        case .array(let elements):
            out.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                element.write(to: &out, sorted: sorted)
            }
            out.append(UInt8(ascii: "]"))
        case .object(let object):
            let members = sorted ? object.sortedMembers : object.members
            out.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                Self.append(member.name, to: &out)
                out.append(UInt8(ascii: ":"))
                member.value.write(to: &out, sorted: sorted)
            }
            out.append(UInt8(ascii: "}"))
        }
    }

    /// Appends a text with its quotes. RFC 8259 section 7: only what must be escaped is; five controls by their letter, the others as
    /// `\u00xx`. O(n).
    public static func append(_ text: String, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        defer { out.append(UInt8(ascii: "\"")) }
        guard text.utf8.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) else {
            out.append(contentsOf: text.utf8)
            return
        }
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): out += [UInt8(ascii: "\\"), byte]
            case 0x08: out += "\\b".utf8
            case 0x09: out += "\\t".utf8
            case 0x0a: out += "\\n".utf8
            case 0x0c: out += "\\f".utf8
            case 0x0d: out += "\\r".utf8
            case 0..<0x20:
                out += byte < 0x10 ? "\\u000".utf8 : "\\u00".utf8
                out += String(byte, radix: 16).utf8
            default: out.append(byte)
            }
        }
    }
}

extension JSONObject {
    /// See ``JSONValue/canonicallyOrdered``.
    public var canonicallyOrdered: JSONObject {
        JSONObject(sortedMembers.map { Member(name: $0.name, value: $0.value.canonicallyOrdered) })
    }
}
