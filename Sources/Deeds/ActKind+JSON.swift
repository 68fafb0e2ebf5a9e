public import CanonicalJSON
import Catalogue

extension ActKind {
    /// All kinds with their fields and rules, for programs that build forms.
    public static let json: JSONValue = .array(all.map(\.json))

    private var json: JSONValue {
        var object: JSONObject = [
            "type": .string(type.rawValue), "serviceId": JSONValue(type.serviceId), "label": type.label.json,
            "fields": .array(fields.map(\.json)),
            "roles": .array(
                roles.map {
                    [
                        "role": .string($0.role.rawValue), "label": $0.role.label.json,
                        "least": JSONValue($0.counts.lowerBound), "most": JSONValue($0.counts.upperBound),
                    ]
                }),
            "validUntil": .string(validity.presence.rawValue), "propertyNumber": .string(property.rawValue),
            "closed": .bool(isClosed), "source": .string(source),
        ]
        if !needs.isEmpty {
            object["needs"] = .array(
                needs.map { need in
                    [
                        "field": .string(need.field), "code": .string(need.code),
                        "roles": .array(need.roles.map { .string($0.rawValue) }),
                        "fields": .array(need.fields.map { .string($0) }),
                    ]
                })
        }
        if let engages {
            object["engages"] = [
                "field": .string(engages.field), "codes": .array(engages.codes.sorted().map { .string($0) }),
            ]
        }
        if let months = validity.months {
            object["months"] = ["least": JSONValue(months.lowerBound), "most": JSONValue(months.upperBound)]
        }
        return .object(object)
    }
}

extension ActField {
    fileprivate var json: JSONValue {
        var object: JSONObject = [
            "name": .string(name), "required": .bool(isRequired), "label": label.json, "type": .string(type.name),
        ]
        switch type {
        case .text(let limit): object["limit"] = JSONValue(limit)
        case .texts(let counts, let limit):
            object["limit"] = JSONValue(limit)
            object["most"] = JSONValue(counts.upperBound)
        case .choice(let choices):
            object["choices"] = .array(choices.map { ["code": .string($0.code), "label": $0.label.json] })
        case .number(let range):
            object["least"] = JSONValue(range.lowerBound)
            object["most"] = JSONValue(range.upperBound)
        case .date, .money, .flag, .actNumber: break
        }
        return .object(object)
    }
}

extension ActFieldType {
    /// The stable code of the sort of values.
    public var name: String {
        switch self {
        case .text: "text"
        case .texts: "texts"
        case .choice: "choice"
        case .date: "date"
        case .money: "money"
        case .number: "number"
        case .flag: "flag"
        case .actNumber: "act"
        }
    }
}

extension Wording {
    fileprivate var json: JSONValue { ["mn": .string(mn), "en": .string(en)] }
}
