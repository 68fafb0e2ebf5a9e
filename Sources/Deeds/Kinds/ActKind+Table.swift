extension ActKind {
    /// The rules of the thirteen acts, in the order of ``ActType``.
    ///
    /// Sources: the Law on Notary of 10 February 2011, the Civil Code of 10 January 2002, and the instruction on
    /// performing notarial acts (Minister of Justice, order 171 of 2011, amended by A/210 of 2021). They fix the acts,
    /// not a form for each: which fields and roles an act has here is an assumption wherever ``source`` says so.
    public static let all: [ActKind] = [
        contract, will, powerOfAttorney, inheritanceCertificate, estateProtection, foundingDocument, propertyRights,
        shareCertificate, copyOrTranslation, signatureAuthenticity, obligationDeposit, notarialNotice, other,
    ]

    /// The most parties of an act, and so of one role.
    static let partyLimit = 100
    /// The most bytes of a name of a thing, an office or a paper.
    static let nameLimit = 300
    /// The most bytes of a number on a paper.
    static let numberLimit = 200
    /// The most bytes of a description, and of one line of a list.
    static let textLimit = 2000
    /// How many lines a list has.
    static let lineCounts = 1...100
}

extension ActKind.Validity {
    /// The act has no last day.
    static let none = ActKind.Validity(presence: .none, months: nil)
    /// The act may have a last day, however far.
    static let optional = ActKind.Validity(presence: .optional, months: nil)
}

extension RoleRule {
    /// None, one or several of each of these roles.
    static func any(_ roles: PartyRole...) -> [RoleRule] {
        roles.map { RoleRule($0, 0...ActKind.partyLimit) }
    }

    /// At least one of this role.
    static func some(_ role: PartyRole) -> [RoleRule] { [RoleRule(role, 1...ActKind.partyLimit)] }

    /// Exactly one of this role.
    static func one(_ role: PartyRole) -> [RoleRule] { [RoleRule(role, 1...1)] }

    /// Those who stand beside the parties of most acts: who acts for one, who puts it into their language, who saw it.
    static let attendants = any(.representative, .legalRepresentative, .interpreter, .witness, .other)
}
