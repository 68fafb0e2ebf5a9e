public import Catalogue

/// What a party does in an act. The raw value is the stable code.
///
/// Which roles an act has, and how many of each, is in ``ActKind/roles``.
public enum PartyRole: String, Sendable, Hashable, CaseIterable {
    case principal, representative, buyer, seller, donor, donee, lessor, lessee, lender, borrower, pledgor, pledgee
    case creditor, debtor, guarantor
    /// A side of a contract that no other role names, such as of an exchange or a settlement.
    case contractParty = "contract-party"
    case testator
    /// Whose estate is inherited or protected.
    case deceased
    case heir, custodian, founder, spouse, coOwner = "co-owner", applicant, signatory, translator, addressee, witness
    /// A parent or guardian who acts for a person without full capacity.
    case legalRepresentative = "legal-representative"
    case interpreter, other

    /// The role as people call it.
    public var label: Wording {
        switch self {
        case .principal: Wording(mn: "итгэмжлэл олгогч", en: "principal")
        case .representative: Wording(mn: "итгэмжлэгдсэн төлөөлөгч", en: "representative")
        case .buyer: Wording(mn: "худалдан авагч", en: "buyer")
        case .seller: Wording(mn: "худалдагч", en: "seller")
        case .donor: Wording(mn: "бэлэглэгч", en: "donor")
        case .donee: Wording(mn: "бэлэг хүлээн авагч", en: "donee")
        case .lessor: Wording(mn: "түрээслүүлэгч", en: "lessor")
        case .lessee: Wording(mn: "түрээслэгч", en: "lessee")
        case .lender: Wording(mn: "зээлдүүлэгч", en: "lender")
        case .borrower: Wording(mn: "зээлдэгч", en: "borrower")
        case .pledgor: Wording(mn: "барьцаалуулагч", en: "pledgor")
        case .pledgee: Wording(mn: "барьцаалагч", en: "pledgee")
        case .creditor: Wording(mn: "үүрэг гүйцэтгүүлэгч", en: "creditor")
        case .debtor: Wording(mn: "үүрэг гүйцэтгэгч", en: "debtor")
        case .guarantor: Wording(mn: "батлан даагч", en: "guarantor")
        case .contractParty: Wording(mn: "гэрээний тал", en: "party to the contract")
        case .testator: Wording(mn: "гэрээслэгч", en: "testator")
        case .deceased: Wording(mn: "өвлүүлэгч", en: "deceased")
        case .heir: Wording(mn: "өв залгамжлагч", en: "heir")
        case .custodian: Wording(mn: "хадгалагч", en: "custodian")
        case .founder: Wording(mn: "үүсгэн байгуулагч", en: "founder")
        case .spouse: Wording(mn: "эхнэр, нөхөр", en: "spouse")
        case .coOwner: Wording(mn: "хамтран өмчлөгч", en: "co-owner")
        case .applicant: Wording(mn: "үйлчлүүлэгч", en: "applicant")
        case .signatory: Wording(mn: "гарын үсэг зурагч", en: "signatory")
        case .translator: Wording(mn: "орчуулагч", en: "translator")
        case .addressee: Wording(mn: "мэдэгдэл хүлээн авагч", en: "addressee")
        case .witness: Wording(mn: "гэрч", en: "witness")
        case .legalRepresentative: Wording(mn: "хууль ёсны төлөөлөгч", en: "legal representative")
        case .interpreter: Wording(mn: "хэлмэрч", en: "interpreter")
        case .other: Wording(mn: "бусад оролцогч", en: "other party")
        }
    }
}
