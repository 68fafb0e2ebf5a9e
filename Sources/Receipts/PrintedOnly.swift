public import CanonicalJSON

extension JSONValue {
    /// The same value without `lottery`, `qrData` and its misspelling `qrDate`, at any depth and in any letter case.
    ///
    /// The authority forbids keeping them in any form but print (PosAPI manual, p. 12), so they go before anything else is done
    /// with a body. O(n).
    public var withoutPrintedOnly: JSONValue {
        switch self {
        case .array(let elements): .array(elements.map(\.withoutPrintedOnly))
        case .object(let object):
            .object(
                JSONObject(
                    object.members.compactMap { member in
                        printedOnly.contains { JSONObject.equalIgnoringCase($0, member.name) }
                            ? nil : JSONObject.Member(name: member.name, value: member.value.withoutPrintedOnly)
                    }))
        default: self
        }
    }
}

private let printedOnly = ["lottery", "qrData", "qrDate"]
