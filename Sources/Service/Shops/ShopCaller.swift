import Catalogue
import Filing
import HTTPTypes
import Hummingbird
import LedgerMerkle
import NIOSSL
import Receipts
import Registry

/// Who calls from a shop: a merchant, or one till of it.
struct ShopCaller: Hashable, Sendable {
    let tin: String
    /// `nil` for a merchant, who may speak for every till.
    let till: Till?

    /// A till of a merchant.
    struct Till: Hashable, Sendable {
        /// 3 digits.
        let branch: String
        /// The merchant's own number of it (`posNo`).
        let number: String
    }

    /// Reads the subject of a token: `TIN` of a merchant, `TIN/BRANCH/TILL` of a till; `nil` for anything else.
    init?(_ holder: TokenHolder) {
        switch holder.role {
        case .merchant:
            tin = holder.subject
            till = nil
        case .till:
            let parts = holder.subject.split(separator: "/", maxSplits: 2).map(String.init)
            guard parts.count == 3 else { return nil }
            tin = parts[0]
            till = Till(branch: parts[1], number: parts[2])
        default: return nil
        }
    }

    /// Refuses the receipt of another merchant or till.
    func requireOwn(_ request: ReceiptRequest) throws(Failure) {
        try requireOwn(tin: request.merchant)
        guard let till else { return }
        guard till.branch == request.branch, till.number == request.till else { throw Problem.forbidden() }
    }

    func requireOwn(tin: String) throws(Failure) {
        guard tin == self.tin else { throw Problem.forbidden() }
    }

    /// Refuses the return of another merchant's or branch's receipt.
    func requireOwn(_ id: ReceiptID) throws(Failure) {
        guard id.merchantTINs.contains(tin) else { throw Problem.receiptOfAnother(["id": id.text]) }
        guard let till else { return }
        guard id.text.dropFirst(12).prefix(3) == till.branch else { throw Problem.forbidden() }
    }
}

extension Office {
    /// The caller of a request that came over TLS: by a token in `Authorization`, a token in the path (`/t/TOKEN/…`, for tills and daemons that can
    /// only be given an address), or the client's certificate.
    ///
    /// - Throws: `unauthorised`; `forbidden` for a token that is no shop's.
    func shopCaller(_ request: Request, _ context: CallContext) async throws -> ShopCaller {
        let holder: TokenHolder
        if request.headers[.authorization] != nil {
            holder = try self.holder(request)
        } else if let token = context.parameters.get("token") {
            guard let found = tokens.holder(ofHash: registrar.vault.tokenHash(token)) else {
                throw Problem.unauthorised()
            }
            holder = found
        } else if let certificate = try? await context.channel.nioSSL_peerCertificate().get() {
            let name = ShopCertificate.tokenName(fingerprint: SHA256.hash(try certificate.toDERBytes()).description)
            guard let found = tokens.holder(ofHash: registrar.vault.tokenHash(name)) else {
                throw Problem.unauthorised()
            }
            holder = found
        } else {
            throw Problem.unauthorised()
        }
        guard let caller = ShopCaller(holder) else { throw Problem.forbidden() }
        return caller
    }
}

/// A client certificate in the place of a token.
enum ShopCertificate {
    /// What is hashed and kept like a token. No token begins like this.
    static func tokenName(fingerprint: String) -> String { "certificate \(fingerprint.lowercased())" }
}
