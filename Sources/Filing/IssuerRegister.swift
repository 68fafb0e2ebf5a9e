import Catalogue
import Evidence
import LedgerEngine
public import Receipts
import Synchronization

/// The register of issuers: a chain of its own in the ledger, read back when the ledger opens.
public final class IssuerRegister: MerchantDirectory, Sendable {
    /// The name under which the operator's own records are chained.
    static let chainName = "register of issuers"
    private static let handedOver = "handed-over"

    private struct Read {
        private(set) var issuers: [String: Issuer] = [:]
        /// The offices that were handed to a notary.
        private(set) var handedTo: [String: Set<String>] = [:]
        /// Entries of offices that were handed over, by the notary's code.
        private(set) var handOvers: [String: UInt64] = [:]
        /// The ledger's epoch when this was read: another one means that something queued was lost, or found again.
        let epoch: UInt64

        init(epoch: UInt64) {
            self.epoch = epoch
        }

        mutating func set(_ issuer: Issuer, _ action: String, at index: UInt64) {
            issuers[issuer.id] = issuer
            if action == IssuerRegister.handedOver { handOvers[issuer.id] = index }
            if case .notary(let notary) = issuer, let successor = notary.successor {
                handedTo[successor, default: []].insert(notary.code)
            }
        }
    }

    private let registrar: Registrar
    private let known: Mutex<Read>
    private let turn = Turnstile()

    /// Reads the register from the ledger. O(number of its records).
    public init(_ registrar: Registrar) throws {
        self.registrar = registrar
        known = Mutex(try IssuerRegister.read(registrar))
    }

    private static func read(_ registrar: Registrar) throws -> Read {
        var read = Read(epoch: registrar.ledger.epoch)
        var number = 0
        while let index = try registrar.ledger.find(registrar.vault.key(.issuerEvent, String(number))) {
            let record = try registrar.record(at: index)
            if let issuer = Issuer(fields: record.fields) { read.set(issuer, record.text("action"), at: index) }
            number += 1
        }
        return read
    }

    /// The issuers as the ledger has them now.
    private var issuers: [String: Issuer] { current { $0.issuers } }

    private func current<R: Sendable>(_ body: (Read) -> R) -> R {
        let epoch = registrar.ledger.epoch
        return known.withLock { known in
            // A register that cannot be read again stays as it was: the next call tries once more.
            if known.epoch != epoch, let again = try? IssuerRegister.read(registrar) { known = again }
            return body(known)
        }
    }

    /// The record by which a notary's office went to its successor; `nil` while it did not.
    public func handOver(of code: String) throws -> FiledRecord? {
        try current { $0.handOvers[code] }.map { try registrar.record(at: $0) }
    }

    /// All issuers, by identifier.
    public var all: [Issuer] { issuers.values.sorted { $0.id < $1.id } }

    /// Whether anybody is enrolled.
    public var isEmpty: Bool { issuers.isEmpty }

    public func merchant(tin: String) -> Merchant? {
        guard case .merchant(let merchant)? = issuers[tin] else { return nil }
        return merchant
    }

    /// A merchant by the number in the state register. O(n).
    public func merchant(registerNumber: String) -> Merchant? {
        issuers.values.lazy.compactMap { issuer -> Merchant? in
            guard case .merchant(let merchant) = issuer, merchant.registerNumber == registerNumber else { return nil }
            return merchant
        }.first
    }

    /// A notary by code, of either case.
    public func notary(code: String) -> Notary? {
        guard case .notary(let notary)? = issuers[code.uppercased()] else { return nil }
        return notary
    }

    /// The offices that a notary acts for: the own one, and what was handed over, also by way of others. O(their number).
    public func offices(of code: String) -> [String] {
        let handedTo = current { $0.handedTo }
        var offices = [code]
        var place = 0
        while place < offices.count {
            offices += (handedTo[offices[place]] ?? []).subtracting(offices).sorted()
            place += 1
        }
        return offices
    }

    /// Enrols an issuer, or records what changed about one. A suspension stays: only `setSuspended` lifts it.
    ///
    /// - Parameter isComplete: what is not stated does not stay as it was.
    /// - Returns: the record; `nil` when the very same issuer is enrolled already.
    /// - Durability: returns after the sync.
    public func enrol(_ issuer: Issuer, isComplete: Bool = false) async throws -> FiledRecord? {
        try await turn.pass {
            guard let known = self.issuers[issuer.id] else { return try await self.record(issuer, action: "enrolled") }
            guard known.role == issuer.role else { throw Problem.issuerRoleTaken(["id": issuer.id]) }
            var updated = isComplete ? issuer : known.updated(with: issuer)
            updated.suspended = known.suspended
            return updated == known ? nil : try await self.record(updated, action: "changed")
        }
    }

    /// Suspends an issuer, or lets a suspended one file again.
    public func setSuspended(_ suspended: Bool, id: String) async throws -> FiledRecord? {
        try await turn.pass {
            let issuers = self.issuers
            guard var issuer = issuers[id] ?? issuers[id.uppercased()] else { throw Problem.issuerUnknown(["id": id]) }
            if issuer.suspended == suspended { return nil }
            // An office that was handed over stays closed.
            if case .notary(let notary) = issuer, let successor = notary.successor, !suspended {
                throw Problem.officeHandedOver(["id": notary.code, "successor": successor])
            }
            issuer.suspended = suspended
            return try await self.record(issuer, action: suspended ? "suspended" : "resumed")
        }
    }

    /// Closes a notary's office and hands its register book to another notary, who acts for its acts from then on.
    ///
    /// The office registers nothing more; its acts, numbers and chain stay as they are.
    /// - Returns: the record; `nil` when just this was done before.
    /// - Throws: `issuer-unknown`; `successor-invalid` for the notary itself, one who is suspended or closed, or an office that was
    ///   handed to somebody else.
    public func handOver(notary code: String, to successor: String) async throws -> FiledRecord? {
        try await turn.pass {
            guard var notary = self.notary(code: code) else { throw Problem.issuerUnknown(["id": code]) }
            guard let next = self.notary(code: successor) else { throw Problem.issuerUnknown(["id": successor]) }
            if notary.successor == next.code { return nil }
            guard notary.successor == nil, next.code != notary.code, !next.suspended, next.successor == nil else {
                throw Problem.successorInvalid(["id": next.code])
            }
            notary.successor = next.code
            notary.suspended = true
            return try await self.record(.notary(notary), action: IssuerRegister.handedOver)
        }
    }

    private func record(_ issuer: Issuer, action: String) async throws -> FiledRecord {
        let vault = registrar.vault
        let filed = try await registrar.file(issuer: IssuerRegister.chainName) { head in
            let key = vault.key(.issuerEvent, String(head.sequence))
            return .file(Registrar.Draft(kind: .issuer, fields: issuer.fields(action: action), keys: [key]))
        }
        known.withLock { $0.set(issuer, action, at: filed.index) }
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

    /// What is known with what is stated now: what a new statement leaves open stays as it was.
    fileprivate func updated(with stated: Issuer) -> Issuer {
        switch (self, stated) {
        case (.merchant(let known), .merchant(var merchant)):
            merchant.suspended = known.suspended
            merchant.vatPayer = merchant.vatPayer ?? known.vatPayer
            merchant.cityTaxPayer = merchant.cityTaxPayer ?? known.cityTaxPayer
            merchant.way = merchant.way ?? known.way
            merchant.registerNumber = merchant.registerNumber ?? known.registerNumber
            if merchant.customers.isEmpty { merchant.customers = known.customers }
            if merchant.bankAccounts.isEmpty { merchant.bankAccounts = known.bankAccounts }
            if merchant.branches.isEmpty { merchant.branches = known.branches }
            return .merchant(merchant)
        case (.notary(let known), .notary(var notary)):
            notary.suspended = known.suspended
            notary.successor = notary.successor ?? known.successor
            notary.tin = notary.tin ?? known.tin
            return .notary(notary)
        default: return self
        }
    }
}
