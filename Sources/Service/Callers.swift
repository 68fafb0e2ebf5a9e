import Catalogue
import Filing
import Hummingbird
import Registry

/// Who is calling, by the token sent.
extension Office {
    /// The holder of the request's token.
    ///
    /// - Throws: `unauthorised` without a valid token.
    func holder(_ request: Request) throws -> TokenHolder {
        guard let header = request.headers[.authorization], header.lowercased().hasPrefix("bearer ") else {
            throw Problem.unauthorised()
        }
        let token = header.dropFirst("bearer ".count).trimmed
        guard let holder = tokens.holder(ofHash: registrar.vault.tokenHash(token)) else { throw Problem.unauthorised() }
        return holder
    }

    /// The subject of a token of one role.
    ///
    /// - Throws: `unauthorised`; `forbidden` for a token of another role.
    func subject(_ request: Request, as role: TokenHolder.Role) throws -> String {
        let holder = try holder(request)
        guard holder.role == role else { throw Problem.forbidden() }
        return holder.subject
    }
}
