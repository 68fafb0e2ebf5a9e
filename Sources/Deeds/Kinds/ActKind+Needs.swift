extension ActKind {
    /// What a choice asks for beside itself: an act that chose `code` in `field` has these roles and fields.
    public struct Need: Sendable, Hashable {
        public let field: String
        public let code: String
        public let roles: [PartyRole]
        public let fields: [String]

        init(_ field: String, _ code: String, roles: [PartyRole] = [], fields: [String] = []) {
            self.field = field
            self.code = code
            self.roles = roles
            self.fields = fields
        }
    }

    /// What the choices of this kind ask for.
    public var needs: [Need] {
        switch type {
        case .contract:
            [
                Need("subject", "sale", roles: [.seller, .buyer]), Need("subject", "gift", roles: [.donor, .donee]),
                Need("subject", "lease", roles: [.lessor, .lessee]),
                Need("subject", "loan", roles: [.lender, .borrower]),
                Need("subject", "pledge", roles: [.pledgor, .pledgee]),
                Need("subject", "hypothec", roles: [.pledgor, .pledgee]),
            ]
        case .inheritanceCertificate: [Need("ground", "will", fields: ["will"])]
        case .copyOrTranslation:
            [Need("certified", "translation", roles: [.translator], fields: ["sourceLanguage", "targetLanguage"])]
        default: []
        }
    }
}
