import CanonicalJSON
import Catalogue

/// One object of a body while it is read: names in any letter case, the last of equal names; `null` and `""` count as absent.
///
/// What nobody took is left in ``rest``, so that unknown members survive.
struct WireObject {
    /// Where the object stands, such as `receipts[0].items[2]`; empty for the root.
    let place: String
    /// The members not yet taken.
    private(set) var rest: JSONObject

    init(_ value: JSONValue, at place: String) throws(Failure) {
        guard case .object(let object) = value else {
            throw Problem.receiptFieldType([
                "field": place.isEmpty ? "–" : place, "found": value.typeName, "expected": "object",
            ])
        }
        self.place = place
        let unique = object.uniqueIgnoringCase().members.filter { $0.value != .null && $0.value != .string("") }
        rest = JSONObject(unique)
    }

    /// The members nobody took, in an order that does not depend on the client: the answer is the same when it is made from the record.
    var others: JSONObject { rest.isEmpty ? rest : rest.canonicallyOrdered }

    /// A member's name with its place, as messages show it.
    func path(_ name: String) -> String { place.isEmpty ? name : "\(place).\(name)" }

    /// Takes a member out.
    mutating func take(_ name: String) -> JSONValue? {
        guard let member = rest.members.first(where: { JSONObject.equalIgnoringCase($0.name, name) }) else {
            return nil
        }
        rest[member.name] = nil
        return member.value
    }

    /// A text; a whole number is taken for its digits (some clients send TINs as numbers).
    mutating func text(_ name: String, limit: Int = ReceiptLimits.text) throws(Failure) -> String? {
        guard let value = take(name) else { return nil }
        let text: String
        switch value {
        case .string(let string): text = string
        case .number(let number) where number.decimals == 0 && !number.isNegative: text = number.text
        default: throw wrongType(value, name, "string")
        }
        guard text.utf8.count <= limit else {
            throw Problem.receiptFieldLength(["field": path(name), "limit": String(limit)])
        }
        return text
    }

    /// A text that must be there.
    mutating func needed(_ name: String, limit: Int = ReceiptLimits.text) throws(Failure) -> String {
        guard let text = try text(name, limit: limit) else { throw empty(name) }
        return text
    }

    /// A text of digits only.
    mutating func digits(_ name: String, _ counts: ClosedRange<Int>) throws(Failure) -> String? {
        guard let text = try text(name) else { return nil }
        guard text.isDecimalDigits, counts.contains(text.utf8.count) else {
            let count =
                counts.count == 1 ? String(counts.lowerBound) : "\(counts.lowerBound)–\(counts.upperBound)"
            throw Problem.receiptFieldDigits(["field": path(name), "count": count])
        }
        return text
    }

    /// An amount; absent is zero.
    mutating func money(_ name: String) throws(Failure) -> Money {
        guard let value = take(name) else { return .zero }
        guard let money = Money(value) else {
            throw Problem.receiptFieldMoney(["field": path(name), "value": shown(value)])
        }
        return money
    }

    /// An amount that must be there.
    mutating func neededMoney(_ name: String) throws(Failure) -> Money {
        guard rest.value(ignoringCase: name) != nil else { throw empty(name) }
        return try money(name)
    }

    /// A quantity that must be there.
    mutating func quantity(_ name: String, zero: Bool) throws(Failure) -> Quantity {
        guard let value = take(name) else { throw empty(name) }
        guard let quantity = Quantity(value), zero || !quantity.isZero else {
            throw Problem.receiptFieldQuantity(["field": path(name), "value": shown(value)])
        }
        return quantity
    }

    /// The elements of an array; absent is empty.
    mutating func elements(_ name: String, limit: Int) throws(Failure) -> [WireObject] {
        guard let value = take(name) else { return [] }
        guard case .array(let elements) = value else { throw wrongType(value, name, "array") }
        guard elements.count <= limit else {
            throw Problem.receiptFieldCount(["field": path(name), "limit": String(limit)])
        }
        var objects: [WireObject] = []
        for (index, element) in elements.enumerated() {
            objects.append(try WireObject(element, at: "\(path(name))[\(index)]"))
        }
        return objects
    }

    func empty(_ name: String) -> Failure { Problem.receiptFieldEmpty(["field": path(name)]) }

    func choice(_ name: String, _ value: String, _ choices: [String]) -> Failure {
        Problem.receiptFieldChoice([
            "field": path(name), "value": shown(.string(value)), "choices": choices.joined(separator: ", "),
        ])
    }

    private func wrongType(_ value: JSONValue, _ name: String, _ expected: String) -> Failure {
        Problem.receiptFieldType(["field": path(name), "found": value.typeName, "expected": expected])
    }

    /// Enough of a value to recognise it.
    private func shown(_ value: JSONValue) -> String {
        let text = value.string ?? value.text
        return text.count <= 40 ? text : text.prefix(40) + "…"
    }
}
