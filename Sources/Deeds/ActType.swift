public import Catalogue

/// The thirteen notarial acts of Mongolian law, in the order of the notaries' instruction. The raw value is the stable
/// code.
public enum ActType: String, Sendable, Hashable, CaseIterable {
    case contract
    case will
    case powerOfAttorney = "power-of-attorney"
    case inheritanceCertificate = "inheritance-certificate"
    case estateProtection = "estate-protection"
    case foundingDocument = "founding-document"
    case propertyRights = "property-rights"
    case shareCertificate = "share-certificate"
    case copyOrTranslation = "copy-or-translation"
    case signatureAuthenticity = "signature-authenticity"
    case obligationDeposit = "obligation-deposit"
    case notarialNotice = "notarial-notice"
    case other

    /// The act as the law calls it.
    public var label: Wording {
        switch self {
        case .contract: Wording(mn: "Гэрээ, хэлцэл гэрчлэх", en: "Contract or transaction certified")
        case .will: Wording(mn: "Гэрээслэл гэрчлэх", en: "Will certified")
        case .powerOfAttorney: Wording(mn: "Итгэмжлэл гэрчлэх", en: "Power of attorney certified")
        case .inheritanceCertificate:
            Wording(mn: "Өвлөх эрхийн гэрчилгээ олгох", en: "Certificate of inheritance right issued")
        case .estateProtection: Wording(mn: "Өвлөгдөх эд хөрөнгийг хамгаалах", en: "Estate protected")
        case .foundingDocument:
            Wording(
                mn: "Хуулийн этгээдийн үүсгэн байгуулах баримт бичиг, түүний өөрчлөлтийг гэрчлэх",
                en: "Founding document of a legal entity, or its amendment, certified")
        case .propertyRights:
            Wording(
                mn: "Эд хөрөнгийн эрхийн бүртгэлтэй холбоотой баримт бичгийг гэрчлэх",
                en: "Document for the registration of property rights certified")
        case .shareCertificate:
            Wording(
                mn: "Гэр бүлийн болон дундын өмчөөс ногдох хэсгийг өмчлөх эрхийг гэрчлэх",
                en: "Share in family or joint property certified")
        case .copyOrTranslation:
            Wording(mn: "Баримт бичгийн хуулбар, орчуулгыг гэрчлэх", en: "Copy or translation certified")
        case .signatureAuthenticity:
            Wording(
                mn: "Баримт бичигт зурсан гарын үсгийн үнэн зөвийг гэрчлэх", en: "Signature on a document certified")
        case .obligationDeposit:
            Wording(
                mn: "Үүргийн гүйцэтгэлийг хүлээн авах, хадгалах, шилжүүлэх",
                en: "Performance of an obligation accepted, kept or passed on")
        case .notarialNotice: Wording(mn: "Нотариатын мэдэгдэх хуудас бичих", en: "Notarial notice written")
        case .other: Wording(mn: "Хуульд заасан бусад үйлдэл", en: "Other act that a law names")
        }
    }
}
