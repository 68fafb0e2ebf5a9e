import CanonicalJSON
public import Catalogue

extension ActKind {
    /// Checks which roles there are, and how many of each.
    func requireParties(_ parties: [Party]) throws(Failure) {
        for (place, party) in parties.enumerated() where !roles.contains(where: { $0.role == party.role }) {
            throw Problem.partyRoleUnsuited(
                ["path": "parties[\(place)].role", "known": roles.map(\.role.rawValue).joined(separator: ", ")])
        }
        for rule in roles {
            let count = parties.count { $0.role == rule.role }
            guard rule.counts.contains(count) else {
                let most = rule.counts.upperBound
                throw Problem.partyCountInvalid(
                    [
                        "role": rule.role.rawValue, "roleMn": rule.role.label.mn, "count": "\(count)",
                        "least": "\(rule.counts.lowerBound)", "most": "\(most)",
                    ])
            }
        }
    }

    /// Checks what the choices made ask for.
    func requireNeeds(_ details: ActDetails, _ parties: [Party]) throws(Failure) {
        for need in needs where details.values[need.field]?.string == need.code {
            for role in need.roles where !parties.contains(where: { $0.role == role }) {
                throw Problem.partyCountInvalid(
                    [
                        "role": role.rawValue, "roleMn": role.label.mn, "count": "0", "least": "1",
                        "most": "\(ActKind.partyLimit)",
                    ])
            }
            for field in need.fields where details.values[field] == nil {
                throw Problem.actFieldMissing(["path": "details.\(field)"])
            }
        }
    }

    /// Whether an act with these details engages the property that it names.
    func engagesProperty(_ details: ActDetails) -> Bool {
        guard let engages, let code = details.values[engages.field]?.string else { return false }
        return engages.codes.contains(code)
    }
}

extension ActKind.Presence {
    func require(_ isThere: Bool, path: String) throws(Failure) {
        switch self {
        case .none: if isThere { throw Problem.actFieldUnsuited(["path": path]) }
        case .optional: break
        case .required: if !isThere { throw Problem.actFieldMissing(["path": path]) }
        }
    }
}

extension ActDraft {
    /// Whether it engages the property that it names: the next notary is told of it.
    public var engagesProperty: Bool { propertyNumber != nil && kind.engagesProperty(details) }

    /// Checks the end of validity of an act that is registered on a day.
    public func requireValidity(from today: CivilDate) throws(Failure) {
        guard let end = validUntil else { return }
        guard end >= today else { throw Problem.actValidityPast() }
        guard let months = kind.validity.months else { return }
        guard end >= today.adding(months: months.lowerBound), end <= today.adding(months: months.upperBound) else {
            throw Problem.actValidityOutOfRange(
                [
                    "least": today.adding(months: months.lowerBound).description,
                    "most": today.adding(months: months.upperBound).description,
                ])
        }
    }
}

extension CivilDate {
    /// The same day so many months on; the last day of a shorter month. Stays within the year 9999.
    public func adding(months: Int) -> CivilDate {
        let whole = year * 12 + month - 1 + months
        for last in stride(from: day, through: 28, by: -1) {
            if let date = CivilDate(year: whole / 12, month: whole % 12 + 1, day: last) { return date }
        }
        return CivilDate(year: min(whole / 12, 9999), month: whole % 12 + 1, day: min(day, 28)) ?? self
    }
}
