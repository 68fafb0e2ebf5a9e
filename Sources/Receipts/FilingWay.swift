public import Catalogue

/// How a merchant's receipts come into the ledger.
public enum FilingWay: String, Hashable, Sendable, CaseIterable {
    /// The ledger issues the numbers itself. Nothing reaches the tax authority.
    case alone
    /// The ledger takes the till's request, passes it to the merchant's own PosAPI, and files what that answered.
    case front
    /// The merchant's own PosAPI pushes each receipt here (manual, chapter 11).
    case beside

    /// What it means for a merchant, in one sentence.
    public var explanation: Wording {
        switch self {
        case .alone:
            Wording(
                mn: "ДДТД-г Tamga олгоно; татварын системд юу ч илгээхгүй",
                en: "Tamga issues the numbers; nothing reaches the tax authority")
        case .front:
            Wording(
                mn: "ДДТД, сугалаа, QR-ыг танай PosAPI олгоно; Tamga хариуг нь дамжуулж, бүртгэнэ",
                en: "your own PosAPI issues number, lottery and QR; Tamga passes them through and files the receipt")
        case .beside:
            Wording(
                mn: "Касс танай PosAPI-тай шууд ажиллана; PosAPI баримт бүрийг Tamga руу илгээнэ",
                en: "tills speak to your own PosAPI; it pushes each receipt to Tamga")
        }
    }
}
