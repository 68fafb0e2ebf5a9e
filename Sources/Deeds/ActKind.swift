public import Catalogue

/// What the values of one field of an act are.
public enum ActFieldType: Sendable, Hashable {
    /// One text of at most so many bytes.
    case text(limit: Int)
    /// A list of texts: how many, and the most bytes of each.
    case texts(counts: ClosedRange<Int>, limit: Int)
    /// One of these codes.
    case choice([Choice])
    /// A day, `yyyy-MM-dd`.
    case date
    /// Money: an amount of tugrik with at most two decimals, up to ``ActDetails/greatestAmount``; never negative.
    case money
    /// A whole number in a range.
    case number(ClosedRange<Int64>)
    /// `true` or `false`; the statement says `тийм` or `үгүй`.
    case flag
    /// The number of another act in a Tamga ledger, or a text that names one on paper.
    case actNumber

    /// One code of a choice.
    public struct Choice: Sendable, Hashable {
        public let code: String
        public let label: Wording

        init(_ code: String, mn: String, en: String) {
            self.code = code
            label = Wording(mn: mn, en: en)
        }
    }
}

/// A field that acts of one kind have beside the common ones. Private: it stands sealed in the statement.
public struct ActField: Sendable, Hashable {
    /// The JSON name in `details`, lower camel case ASCII.
    public let name: String
    public let type: ActFieldType
    public let isRequired: Bool
    /// The Mongolian wording stands in signed statements: once published it never changes.
    public let label: Wording

    init(_ name: String, _ type: ActFieldType, required: Bool = false, mn: String, en: String) {
        self.name = name
        self.type = type
        isRequired = required
        label = Wording(mn: mn, en: en)
    }
}

/// How many parties of a role an act has.
public struct RoleRule: Sendable, Hashable {
    public let role: PartyRole
    public let counts: ClosedRange<Int>

    init(_ role: PartyRole, _ counts: ClosedRange<Int>) {
        self.role = role
        self.counts = counts
    }
}

/// The rules of one kind of notarial act, as data.
public struct ActKind: Sendable, Hashable {
    /// Whether something is there.
    public enum Presence: String, Sendable, Hashable {
        case none, optional, required
    }

    /// For how long an act may be in force, from the day of registration on, in whole months.
    public struct Validity: Sendable, Hashable {
        public let presence: Presence
        /// `nil` for any length.
        public let months: ClosedRange<Int>?
    }

    public let type: ActType
    public let fields: [ActField]
    /// Roles that the kind knows. A role that is not among them is refused.
    public let roles: [RoleRule]
    public let validity: Validity
    /// Whether it names a property (`propertyNumber`).
    public let property: Presence
    /// Which acts of this kind engage the property that they name: the next notary is warned of it. `nil` when none does.
    public let engages: Engagement?
    /// Contents and existence are told to nobody but the notary and the party until it is opened. Such an act has no note.
    public let isClosed: Bool
    /// Where the rule comes from, such as an article of law.
    public let source: String

    /// Which acts engage a property: those that chose one of some codes.
    public struct Engagement: Sendable, Hashable {
        /// The name of a choice among the kind's fields.
        public let field: String
        public let codes: Set<String>
    }
}

extension ActKind {
    /// The kind of a type.
    public static func of(_ type: ActType) -> ActKind {
        guard let kind = byType[type] else { preconditionFailure("every type has a kind") }
        return kind
    }

    private static let byType = Dictionary(uniqueKeysWithValues: all.map { ($0.type, $0) })
}
