import Catalogue
import Filing
import HTTPTypes
import Hummingbird
import Registry

/// Who is calling, by the token sent.
extension Office {
    /// The holder of the request's token.
    ///
    /// - Throws: `unauthorised` without a valid token; `notary-suspended` for one of a notary who is suspended or whose office was handed over.
    func holder(_ request: Request) throws -> TokenHolder {
        guard let header = request.headers[.authorization], header.lowercased().hasPrefix("bearer ") else {
            throw Problem.unauthorised()
        }
        let token = header.dropFirst("bearer ".count).trimmed
        guard let holder = tokens.holder(ofHash: registrar.vault.tokenHash(token)) else { throw Problem.unauthorised() }
        try requireActive(holder)
        return holder
    }

    /// Refuses a notary who is suspended everything, not filing alone: acts and documents are the office's, which is closed or another's now.
    func requireActive(_ holder: TokenHolder) throws(Failure) {
        guard holder.role == .notary, register.notary(code: holder.subject)?.suspended == true else { return }
        throw Problem.notarySuspended(["id": holder.subject])
    }

    /// The subject of a token of one role.
    ///
    /// - Throws: `unauthorised`, `notary-suspended`; `forbidden` for a token of another role.
    func subject(_ request: Request, as role: TokenHolder.Role) throws -> String {
        let holder = try holder(request)
        guard holder.role == role else { throw Problem.forbidden() }
        return holder.subject
    }

    /// Whose books a request of a notary is about: `office` in its address, an office that came to the notary, or the own one.
    ///
    /// - Throws: `not-found` for any other.
    func books(_ request: Request, _ notary: String) throws -> String {
        try deeds.office(request.uri.queryParameters["office"].map(String.init), of: notary)
    }

    /// Where a request comes from: what attempts are counted by. Behind a proxy, what the proxy itself added last.
    func caller(_ request: Request, _ context: CallContext) -> String {
        let address = context.remoteAddress?.ipAddress ?? "local"
        guard settings.isBehindProxy, let name = HTTPField.Name("X-Forwarded-For"),
            let last = request.headers[name]?.split(separator: ",").last?.trimmed, !last.isEmpty, last.utf8.count <= 64
        else { return address }
        return last
    }
}
