import CanonicalJSON
import Catalogue
import Deeds
import LedgerEngine
import LedgerStorage

/// What seals the private lines of a statement.
///
/// The ledger derives a salt from the draft and gives it out with the statement. A notary's own program may make the statement, and then the
/// salt: nobody else can tell whether those 32 bytes are random, but that they look so is required, and that they seal nothing else.
/// With a salt used twice, whoever may read one act could guess the hidden lines of the other.
struct SealSalt {
    let bytes: [UInt8]
    /// Whether it was not derived here.
    private let isForeign: Bool
    private let notary: NotaryCode
    /// What is sealed.
    private let unsealed: [UInt8]

    init(_ draft: ActDraft, notary: NotaryCode, _ vault: Vault) {
        self.init(draft.salt, notary, draft.unsealed.json, vault)
    }

    init(_ draft: ChangeDraft, notary: NotaryCode, _ vault: Vault) {
        self.init(draft.salt, notary, draft.unsealed.json, vault)
    }

    private init(_ given: [UInt8]?, _ notary: NotaryCode, _ unsealed: JSONValue, _ vault: Vault) {
        self.unsealed = unsealed.canonicalBytes
        let own = vault.sealSalt(notary: notary.text, draft: self.unsealed)
        bytes = given ?? own
        isForeign = bytes != own
        self.notary = notary
    }

    /// The key under which a salt that was made elsewhere is found again: by its notary alone, since that another one used it would tell of an
    /// act, and of a will.
    private func key(_ vault: Vault) -> DomainKey? {
        isForeign ? vault.key(.actSalt, Array(notary.text.utf8), bytes) : nil
    }

    /// What nobody else may file under at the same moment.
    func places(_ vault: Vault) -> [DomainKey] { key(vault).map { [$0] } ?? [] }

    /// The keys of the record that it seals.
    ///
    /// - Throws: `act-salt-used`; ``OnItsWay`` while another record with it is queued, if that is waited for.
    func requireFresh(in registrar: Registrar, waits: Bool) throws -> [DomainKey] {
        guard let key = key(registrar.vault) else { return [] }
        if waits, let ticket = registrar.ledger.pending(key) { throw OnItsWay(ticket: ticket) }
        if let index = try registrar.ledger.find(key), try !seals(index, registrar) { throw Problem.actSaltUsed() }
        return [key]
    }

    /// Whether the record at an index says just what this seals: then nothing more is told by it.
    private func seals(_ index: UInt64, _ registrar: Registrar) throws -> Bool {
        guard let filed = try? registrar.record(at: index) else { return false }
        return switch try ActRecord(fields: filed.fields, isOurs: true) {
        case .registered(let act): act.draft.unsealed.json.canonicalBytes == unsealed
        case .changed(let change): change.draft.unsealed.json.canonicalBytes == unsealed
        case .paper: false
        }
    }
}
