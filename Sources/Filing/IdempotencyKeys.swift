import Catalogue
import LedgerStorage

/// The two domain keys of an Idempotency-Key: the key alone, and the key with its body.
struct IdempotencyKeys {
    private let key: String
    private let name: DomainKey
    private let same: DomainKey

    /// - Parameter scope: the issuer: two issuers' keys never meet.
    init(vault: Vault, scope: String, key: String, body: [UInt8]) {
        self.key = key
        name = vault.key(.idempotencyKey, Array(scope.utf8), Array(key.utf8))
        same = vault.key(.idempotentBody, Array(scope.utf8), Array(key.utf8), body)
    }

    /// What a filing under the key is found by.
    var keys: [DomainKey] { [name, same] }

    /// The filing under the key, if there is one.
    ///
    /// - Throws: `idempotency-key-reused` when it had another body.
    func decision(_ registrar: Registrar) throws -> Registrar.Decision? {
        guard let known = try registrar.decision(for: name) else { return nil }
        guard try registrar.decision(for: same) != nil else { throw Problem.idempotencyKeyReused(["key": key]) }
        return known
    }
}
