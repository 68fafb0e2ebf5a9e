import CanonicalJSON
import Catalogue
import LedgerMerkle
import Testing

@testable import Deeds

// Acts that have everything that their kind knows, made from the table of kinds, and every single thing in them changed.

/// An act of a kind with a value in every field, every role filled, and all that an act of the kind may name.
func wholeAct(_ kind: ActKind) throws -> JSONObject {
    var act: JSONObject = [
        "type": .string(kind.type.rawValue),
        "document": ["sha256": .string("\(SHA256.hash([9]))"), "name": "Баримт.pdf", "size": 4096],
        "attachments": [
            ["sha256": .string("\(SHA256.hash([10]))"), "name": "Хавсралт 1.pdf", "size": 12],
            ["sha256": .string("\(SHA256.hash([11]))")],
        ],
        "parties": .array(wholeParties(kind)), "reference": "NT012-2026-000003", "place": "Улаанбаатар",
    ]
    var details = JSONObject()
    for field in kind.fields { details[field.name] = value(of: field) }
    act["details"] = .object(details)
    if !kind.isClosed { act["note"] = "Тэмдэглэл" }
    if kind.property != .none { act["propertyNumber"] = "Ү-2206000123" }
    if kind.validity.presence != .none { act["validUntil"] = "2028-01-15" }
    return act
}

private func wholeParties(_ kind: ActKind) -> [JSONValue] {
    var parties: [JSONValue] = []
    for rule in kind.roles {
        // One role twice is enough to turn two round.
        for copy in 0..<min(parties.isEmpty ? 2 : 1, rule.counts.upperBound) {
            let digits = padded(parties.count, 2)
            var party: JSONObject = ["role": .string(rule.role.rawValue)]
            // Every sort of number in turn, and every form of a name.
            switch (parties.count + copy) % 5 {
            case 0:
                party["lastName"] = "Доржийн"
                party["firstName"] = "Бат"
                party["regnum"] = .string("УБ850304\(digits)")
            case 1:
                party["surname"] = "Боржигон"
                party["lastName"] = "Цэндийн"
                party["firstName"] = "Өлзий"
                party["civilId"] = .string("2135356457\(digits)")
            case 2:
                party["name"] = "«Жишээ» ХХК"
                party["organisationNumber"] = .string("60195\(digits)")
            case 3:
                party["name"] = "Загвар нөхөрлөл"
                party["tin"] = .string("379008467\(digits)")
            default:
                party["firstName"] = "Jane"
                party["foreignId"] = .string("X12345\(digits)")
            }
            parties.append(.object(party))
        }
    }
    return parties
}

private func value(of field: ActField) -> JSONValue {
    switch field.type {
    case .text(let limit): .string(String("Утга".prefix(max(1, limit / 2))))
    case .texts: ["Нэгдүгээр", "Хоёрдугаар"]
    case .choice(let choices): .string(choices[0].code)
    case .date: "2026-03-14"
    case .money: "112000000.00"
    case .number(let range): JSONValue(range.lowerBound)
    case .flag: true
    case .actNumber: "NT012-2026-000004"
    }
}

/// One thing of an act changed.
struct Variant {
    let path: String
    let act: JSONObject
}

/// The act with each value changed, each that may be absent removed, each list turned round and made longer by its last element:
/// whatever the rules of its kind admit, and never the same act.
func variants(of act: JSONObject) throws -> [Variant] {
    let original = try parse(act)
    func replaced(_ path: [String], _ value: JSONValue?) -> JSONObject? {
        guard let changed = edited(.object(act), path[...], value), let object = changed.object, object != act,
            let draft = try? ActDraft(reading: changed, today: today), draft != original
        else { return nil }
        return (try? draft.requireValidity(from: today)).map { object }
    }
    var variants: [Variant] = []
    for (path, value) in leaves(.object(act), []) where path != ["type"] {
        let candidates: [JSONValue?] = others(value, named: path.last ?? "", kind: original.kind)
        // The first that the rules admit; a role that the kind has once has no other.
        let changed = candidates.lazy.compactMap { replaced(path, $0) }.first
        if let changed { variants.append(Variant(path: path.joined(separator: "."), act: changed)) }
        if path.last != "role", changed == nil { Issue.record("\(path) has no other value") }
        if let without = replaced(path, nil) { variants.append(Variant(path: "without \(path)", act: without)) }
    }
    for (path, list) in lists(.object(act), []) {
        let edits: [[JSONValue]] = [
            list.reversed(), list + [list[list.count - 1]], Array(list.dropLast()), Array(list.dropFirst()),
        ]
        for edit in edits where edit != list {
            if let changed = replaced(path, .array(edit)) {
                variants.append(Variant(path: "\(path) as \(edit.count)", act: changed))
            }
        }
    }
    return variants
}

private func others(_ value: JSONValue, named name: String, kind: ActKind) -> [JSONValue] {
    switch value {
    case .bool(let flag): return [.bool(!flag)]
    case .number(let number): return [JSONValue((number.integer ?? 0) + 1)]
    case .string(let text):
        if name == "role" { return kind.roles.map { .string($0.role.rawValue) }.filter { $0 != value } }
        if let field = kind.fields.first(where: { $0.name == name }), case .choice(let choices) = field.type {
            return choices.map { .string($0.code) }.filter { $0 != value }
        }
        guard let last = text.last else { return [] }
        let digit = last.wholeNumberValue.map { String(text.dropLast()) + String(($0 + 1) % 10) }
        return ([text + "а"] + (digit.map { [$0] } ?? []) + [String(text.dropLast(2)) + "15"])
            .filter { $0 != text }.map { .string($0) }
    default: return []
    }
}

private func leaves(_ value: JSONValue, _ path: [String]) -> [(path: [String], value: JSONValue)] {
    switch value {
    case .object(let object): object.flatMap { leaves($0.value, path + [$0.name]) }
    case .array(let list): list.enumerated().flatMap { leaves($0.element, path + ["\($0.offset)"]) }
    default: [(path, value)]
    }
}

private func lists(_ value: JSONValue, _ path: [String]) -> [(path: [String], list: [JSONValue])] {
    switch value {
    case .object(let object): object.flatMap { lists($0.value, path + [$0.name]) }
    case .array(let list): [(path, list)] + list.enumerated().flatMap { lists($0.element, path + ["\($0.offset)"]) }
    default: []
    }
}

/// A value with another at a path, or without what stands there.
private func edited(_ whole: JSONValue, _ path: ArraySlice<String>, _ value: JSONValue?) -> JSONValue? {
    guard let name = path.first else { return value }
    if var object = whole.object {
        object[name] = object[name].flatMap { edited($0, path.dropFirst(), value) }
        return .object(object)
    }
    guard var list = whole.array, let place = Int(name) else { return nil }
    let element = edited(list[place], path.dropFirst(), value)
    if let element { list[place] = element } else { list.remove(at: place) }
    return .array(list)
}
