public import CanonicalJSON
public import Catalogue

/// The values of the fields that an act's kind has of its own, in canonical form.
public struct ActDetails: Sendable, Hashable {
    /// The most mongo of an amount: ten trillion tugrik.
    public static let greatestAmount: Int64 = 1_000_000_000_000_000

    /// Members in the order of the kind's fields; texts are plain, money is a string with two decimals.
    public let values: JSONObject

    /// Reads `details` of an act of a kind, strictly: unknown names, missing ones and values of other types are refused.
    init(reading value: JSONValue?, kind: ActKind, path: String = "details") throws(Failure) {
        let reader = try ActReader(value ?? .object([:]), path: path, known: kind.fields.map(\.name))
        var values = JSONObject()
        for field in kind.fields {
            guard let value = reader.value(field.name), value.array?.isEmpty != true else {
                if field.isRequired { throw Problem.actFieldMissing(["path": reader.place(field.name)]) }
                continue
            }
            values[field.name] = try Self.canonical(value, field, path: reader.place(field.name))
        }
        self.values = values
    }

    private static func canonical(_ value: JSONValue, _ field: ActField, path: String) throws(Failure) -> JSONValue {
        switch field.type {
        case .text(let limit):
            return .string(try ActReader.text(value, limit: limit, path: path))
        case .actNumber:
            let text = try ActReader.text(value, limit: ActDraft.numberLimit, path: path)
            return .string((try? ActNumber(text)).map(\.description) ?? text)
        case .texts(let counts, let limit):
            guard let list = value.array else {
                throw Problem.actFieldOfWrongType(["path": path, "expected": "array"])
            }
            guard counts.contains(list.count) else {
                throw Problem.actCountInvalid(
                    ["path": path, "least": "\(counts.lowerBound)", "most": "\(counts.upperBound)"])
            }
            return .array(
                try list.enumerated().map { item throws(Failure) in
                    .string(try ActReader.text(item.element, limit: limit, path: "\(path)[\(item.offset)]"))
                })
        case .choice(let choices):
            let text = try ActReader.text(value, limit: 100, path: path)
            guard choices.contains(where: { $0.code == text }) else {
                throw Problem.actChoiceUnknown(
                    ["path": path, "known": choices.map(\.code).joined(separator: ", ")])
            }
            return .string(text)
        case .date:
            let text = try ActReader.text(value, limit: 100, path: path)
            guard let date = CivilDate(text) else { throw Problem.actDateInvalid(["path": path]) }
            return .string(date.description)
        case .money:
            let number = value.number ?? value.string.flatMap { JSONNumber($0) }
            guard let mongo = number?.scaled(by: 2), (0...greatestAmount).contains(mongo) else {
                throw Problem.actAmountInvalid(["path": path])
            }
            return .string("\(mongo / 100).\(padded(Int(mongo % 100), 2))")
        case .number(let range):
            guard let number = value.integer ?? value.string.flatMap({ Int64($0) }), range.contains(number) else {
                throw Problem.actNumberOutOfRange(
                    ["path": path, "least": "\(range.lowerBound)", "most": "\(range.upperBound)"])
            }
            return JSONValue(number)
        case .flag:
            guard let flag = value.bool else {
                throw Problem.actFieldOfWrongType(["path": path, "expected": "true or false"])
            }
            return .bool(flag)
        }
    }

    /// The lines that a statement has for the values: label and value.
    func statementLines(_ kind: ActKind) -> [(label: String, value: String)] {
        kind.fields.flatMap { field -> [(label: String, value: String)] in
            guard let value = values[field.name] else { return [] }
            return Self.shown(value, field, in: .mn).map { (field.label.mn, $0) }
        }
    }

    /// A value as people read it, one text for each element of a list.
    public static func shown(_ value: JSONValue, _ field: ActField, in language: Language) -> [String] {
        switch field.type {
        case .text, .actNumber, .date: [value.string ?? ""]
        case .texts: (value.array ?? []).map { $0.string ?? "" }
        case .choice(let choices):
            choices.filter { $0.code == value.string }.map { choice in
                language == .mn ? "\(choice.label.mn) (\(choice.code))" : choice.label.en
            }
        case .money: ["\(grouped(value.string ?? "")) ₮"]
        case .number: [value.number?.text ?? ""]
        case .flag: [value == .bool(true) ? (language == .mn ? "тийм" : "yes") : (language == .mn ? "үгүй" : "no")]
        }
    }

    /// `112000000.00` as `112,000,000.00`.
    private static func grouped(_ decimal: String) -> String {
        let parts = decimal.split(separator: ".", maxSplits: 1)
        let digits = Array(parts.first ?? "")
        var whole = ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place) % 3 == 0 { whole += "," }
            whole.append(digit)
        }
        return parts.count == 2 ? "\(whole).\(parts[1])" : whole
    }
}
