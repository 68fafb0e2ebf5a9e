public import CanonicalJSON

/// What one operator must not do alone while two persons are asked for.
public enum ApprovalKind: String, Hashable, Sendable, CaseIterable {
    case erase
    /// A notary's office goes to a successor.
    case handOver = "hand-over"
    /// A notary is suspended, or no longer.
    case suspend
    /// A notary is enrolled, or gets another certificate.
    case certificate
    /// Somebody becomes an operator or auditor.
    case token
    case password

    /// Whether a command of ``AdminDesk`` needs a second person, and as what; `nil` for one that does not.
    ///
    /// What cannot be told counts as dangerous.
    ///
    /// - Parameters:
    ///   - isMerchant: whether an issuer of this id is known to be a merchant.
    ///   - tokenRole: the role of the token with this id; `nil` when there is none.
    public init?(
        command: String, input: JSONValue, isMerchant: (String) -> Bool, tokenRole: (Int64) -> String?
    ) {
        /// Roles that reach no further than what their holder files.
        let harmless: Set<String> = ["merchant", "till"]
        switch command {
        case "record.erase": self = .erase
        case "issuer.hand-over": self = .handOver
        case "console.forget": self = .password
        case "issuer.suspend":
            if let id = input["id"]?.string, isMerchant(id) { return nil }
            self = .suspend
        case "issuer.enrol":
            guard (input["issuers"]?.array ?? []).contains(where: { $0["code"] != nil }) else { return nil }
            self = .certificate
        case "token.create":
            if let role = input["role"]?.string, harmless.contains(role) { return nil }
            self = .token
        case "token.rotate":
            // A rotated token is a new one, for whoever asks.
            if let id = input["id"]?.integer, let role = tokenRole(id), harmless.contains(role) { return nil }
            self = .token
        default: return nil
        }
    }

    /// Members of commands that others may see, so that they know what they agree to.
    private static let open: Set<String> = [
        "index", "basis", "id", "suspended", "code", "name", "certificate", "tin", "role", "subject", "notary",
        "successor",
        "issuers", "complete", "request",
    ]
    /// The most characters of a text that are shown.
    private static let shownLength = 500

    /// A command as it is listed: what is not known to be open is left out and named in `hidden`.
    static func shown(_ input: JSONValue) -> JSONValue {
        switch input {
        case .string(let text) where text.count > shownLength: return .string(text.prefix(shownLength) + "…")
        case .array(let elements): return .array(elements.map(shown))
        case .object(let object):
            var result = JSONObject()
            for member in object.members where open.contains(member.name) { result[member.name] = shown(member.value) }
            let hidden = object.members.filter { !open.contains($0.name) }
            if !hidden.isEmpty { result["hidden"] = .array(hidden.map { .string($0.name) }) }
            return .object(result)
        default: return input
        }
    }
}
