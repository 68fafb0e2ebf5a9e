public import Catalogue

/// A column of a register book in a table.
public enum PaperColumn: Sendable, Hashable {
    case kind, bookNumber, bookDate, validUntil, propertyNumber, place, note, scan, corrects
    /// A value of the n-th party, from 1; its name in JSON.
    case party(Int, String)

    /// The most parties of a row.
    public static let partyLimit = 20

    /// The columns that are no party's, each with its names: the first is its own, then one in Mongolian, then others that are understood.
    static let plain: [(column: PaperColumn, names: [String])] = [
        (.kind, ["kind", "Үйлдлийн төрөл", "type", "Үйлдэл", "Төрөл"]),
        (.bookNumber, ["bookNumber", "Дэвтрийн дугаар", "number", "Дугаар", "Бүртгэлийн дугаар"]),
        (.bookDate, ["bookDate", "Дэвтрийн огноо", "date", "Огноо", "Бүртгэсэн огноо"]),
        (.validUntil, ["validUntil", "Хүчинтэй хугацаа", "Дуусах огноо"]),
        (.propertyNumber, ["propertyNumber", "Эд хөрөнгийн дугаар", "property"]),
        (.place, ["place", "Үйлдсэн газар", "Газар"]),
        (.note, ["note", "Тэмдэглэл"]),
        (.scan, ["scan", "Скан SHA-256", "Скан"]),
        (.corrects, ["corrects", "Залруулах бичилт"]),
    ]

    /// The columns of a party; a number behind the name says which, none the first.
    static let ofParty: [(key: String, names: [String])] = [
        ("role", ["role", "Үүрэг"]),
        ("surname", ["surname", "Ургийн овог"]),
        ("lastName", ["lastName", "Эцэг, эхийн нэр", "Эцгийн нэр", "Овог"]),
        ("firstName", ["firstName", "Нэр", "Өөрийн нэр"]),
        ("name", ["organisation", "Байгууллага", "Байгууллагын нэр", "name"]),
        ("regnum", ["regnum", "Регистрийн дугаар", "Регистр", "РД"]),
        ("civilId", ["civilId", "Иргэний бүртгэлийн дугаар"]),
        ("organisationNumber", ["organisationNumber", "Улсын бүртгэлийн дугаар"]),
        ("tin", ["tin", "ТТД", "Татвар төлөгчийн дугаар"]),
        ("foreignId", ["foreignId", "Гадаадын иргэний баримт"]),
    ]

    /// A name without case, spaces and marks.
    static func folded(_ text: String) -> String { text.lowercased().filter { $0.isLetter || $0.isNumber } }

    private static let byName: [String: PaperColumn] = {
        var map: [String: PaperColumn] = [:]
        for (column, names) in plain { for name in names { map[folded(name)] = column } }
        return map
    }()

    private static let keyByName: [String: String] = {
        var map: [String: String] = [:]
        for (key, names) in ofParty { for name in names { map[folded(name)] = key } }
        return map
    }()

    /// The column of a heading; `nil` for one that is not known.
    public init?(heading: String) {
        let name = Self.folded(heading)
        if let column = Self.byName[name] {
            self = column
            return
        }
        let digits = name.reversed().prefix { $0.isASCII && $0.isNumber }.count
        let number = digits == 0 ? 1 : Int(name.suffix(digits)) ?? 0
        guard let key = Self.keyByName[String(name.dropLast(digits))], (1...Self.partyLimit).contains(number) else {
            return nil
        }
        self = .party(number, key)
    }

    /// Its own name, as in a template.
    public var name: String {
        switch self {
        case .party(let number, let key):
            let name = Self.ofParty.first { $0.key == key }?.names[0] ?? key
            return number == 1 ? name : "\(name) \(number)"
        default: return Self.plain.first { $0.column == self }?.names[0] ?? ""
        }
    }

    /// All names that are understood, for a message.
    static var known: String {
        let plain = Self.plain.map { "\($0.names[0]) («\($0.names[1])»)" }
        let party = Self.ofParty.map { "\($0.names[0]) («\($0.names[1])»)" }
        return plain.joined(separator: ", ") + "; " + party.joined(separator: ", ")
            + " – 2 … \(partyLimit): \(ofParty[3].names[0]) 2 («\(ofParty[3].names[1]) 2»)"
    }

    /// The headings of a template: all columns with two parties.
    public static func template(_ language: Language) -> [String] {
        let place = language == .mn ? 1 : 0
        let head = Self.plain.prefix(3).map { $0.names[place] }
        let party = Self.ofParty.map { $0.names[place] } + Self.ofParty.map { "\($0.names[place]) 2" }
        return head + party + Self.plain.dropFirst(3).map { $0.names[place] }
    }
}
