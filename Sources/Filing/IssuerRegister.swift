import Catalogue
import Evidence
import LedgerEngine
public import Receipts
import Synchronization

/// The register of issuers: a chain of its own in the ledger, read back when the ledger opens.
public final class IssuerRegister: MerchantDirectory, Sendable {
    /// The name under which the operator's own records are chained.
    static let chainName = "register of issuers"

    private let registrar: Registrar
    private let issuers = Mutex<[String: Issuer]>([:])

    /// Reads the register from the ledger. O(number of its records).
    public init(_ registrar: Registrar) throws {
        self.registrar = registrar
        try reload()
    }

    /// Reads the register again: after a failed sync, or when another process may have added to it.
    public func reload() throws {
        var read: [String: Issuer] = [:]
        var number = 0
        while let index = registrar.ledger.find(registrar.vault.key(.issuerEvent, String(number))) {
            let record = try registrar.record(at: index)
            if let issuer = Issuer(fields: record.fields) { read[issuer.id] = issuer }
            number += 1
        }
        issuers.withLock { $0 = read }
    }

    /// All issuers, by identifier.
    public var all: [Issuer] { issuers.withLock { $0.values.sorted { $0.id < $1.id } } }

    /// Whether anybody is enrolled.
    public var isEmpty: Bool { issuers.withLock { $0.isEmpty } }

    public func merchant(tin: String) -> Merchant? {
        guard case .merchant(let merchant)? = issuers.withLock({ $0[tin] }) else { return nil }
        return merchant
    }

    /// A notary by code, of either case.
    public func notary(code: String) -> Notary? {
        guard case .notary(let notary)? = issuers.withLock({ $0[code.uppercased()] }) else { return nil }
        return notary
    }

    /// Enrols an issuer, or records what changed about one.
    ///
    /// - Returns: the record; `nil` when the very same issuer is enrolled already.
    /// - Durability: returns after the sync.
    public func enrol(_ issuer: Issuer) async throws -> FiledRecord? {
        let known = issuers.withLock { $0[issuer.id] }
        if known == issuer { return nil }
        if let known, known.role != issuer.role {
            throw Problem.issuerRoleTaken(["id": issuer.id])
        }
        return try await record(issuer, action: known == nil ? "enrolled" : "changed")
    }

    /// Suspends an issuer, or lets a suspended one file again.
    public func setSuspended(_ suspended: Bool, id: String) async throws -> FiledRecord? {
        guard var issuer = issuers.withLock({ $0[id] ?? $0[id.uppercased()] }) else {
            throw Problem.issuerUnknown(["id": id])
        }
        if issuer.suspended == suspended { return nil }
        issuer.suspended = suspended
        return try await record(issuer, action: suspended ? "suspended" : "resumed")
    }

    private func record(_ issuer: Issuer, action: String) async throws -> FiledRecord {
        let vault = registrar.vault
        let filed = try await registrar.file(issuer: IssuerRegister.chainName) { head in
            let key = vault.key(.issuerEvent, String(head.sequence))
            return .file(Registrar.Draft(kind: .issuer, fields: issuer.fields(action: action), keys: [key]))
        }
        issuers.withLock { $0[issuer.id] = issuer }
        return filed
    }
}

extension Issuer {
    fileprivate var role: String {
        switch self {
        case .merchant: "merchant"
        case .notary: "notary"
        }
    }
}
