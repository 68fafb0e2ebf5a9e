import CanonicalJSON
import Catalogue
import Deeds
import Evidence
import LedgerEngine
import LedgerMerkle

/// Finds entries about acts by the parties that they name.
public protocol PartyIndex: Sendable {
    /// The entries under any of the keys, newest first; all that are durable when this is called.
    ///
    /// - Parameters:
    ///   - keys: as ``PartyBook`` makes them, 16 bytes each.
    ///   - before: only entries with a smaller index; `nil` for all.
    ///   - limit: how many at most.
    /// - Throws: `registry-behind` while there is too much to read first.
    func entries(under keys: [[UInt8]], before: UInt64?, limit: Int) throws -> [UInt64]
}

/// What a party index is made of.
public struct PartyBook: Sendable {
    private let registrar: Registrar
    private let book: ActBook

    /// - Parameter book: of the same ledger.
    public init(_ registrar: Registrar, book: ActBook) {
        self.registrar = registrar
        self.book = book
    }

    /// What parties of an act of a notary are found by, 16 bytes.
    static func key(_ identity: Identity, of notary: NotaryCode, _ vault: Vault) -> [UInt8] {
        key(identity.key, identity.text, of: notary, vault)
    }

    /// What parties with a name are looked up by in a notary's books on paper.
    static func keys(asked name: String, of notary: NotaryCode, _ vault: Vault) -> [[UInt8]] {
        PaperName.asked(name).map { key("name", $0, of: notary, vault) }
    }

    /// The office is part of it: a name, too, is found in its own books alone, wills among them.
    private static func key(_ sort: String, _ value: String, of notary: NotaryCode, _ vault: Vault) -> [UInt8] {
        Array(vault.stateHash("act party", Array("\(notary)\n\(sort)\n\(value)".utf8)).prefix(16))
    }

    /// The entry about an act whose erasure stands at an index; `nil` for any other record.
    public func erasedEntry(at index: UInt64) throws -> UInt64? {
        guard try Entry(decoding: registrar.ledger.entry(at: index)).kind == .erasure,
            let erased = Erasure(fields: try registrar.record(at: index).fields)?.index, erased < index,
            try Entry(decoding: registrar.ledger.entry(at: erased)).kind == .deedAct
        else { return nil }
        return erased
    }

    /// The keys of the parties that an entry names; none for another kind of entry, or one whose content is gone.
    public func keys(at index: UInt64) throws -> [[UInt8]] {
        guard try Entry(decoding: registrar.ledger.entry(at: index)).kind == .deedAct else { return [] }
        func keys(_ parties: [Party], _ notary: NotaryCode) -> [[UInt8]] {
            parties.map { PartyBook.key($0.identity, of: notary, registrar.vault) }
        }
        do {
            if let act = try book.registeredLately(at: index) { return keys(act.draft.parties, act.number.notary) }
            switch try ActRecord(fields: registrar.record(at: index).fields, isOurs: true) {
            case .registered(let act): return keys(act.draft.parties, act.number.notary)
            case .changed(let change): return keys(change.draft.content?.parties ?? [], change.draft.act.notary)
            case .paper(let paper):
                let notary = paper.number.notary
                return paper.act.parties.flatMap { party in
                    (party.identity.map { [PartyBook.key($0, of: notary, registrar.vault)] } ?? [])
                        + PaperName.forms(of: party.name).map { PartyBook.key("name", $0, of: notary, registrar.vault) }
                }
            }
        } catch let failure as Failure where [.recordErased, .recordExpired].contains(failure.problem) {
            return []
        } catch RegistrarError.notARecord, RegistrarError.contentGone {
            return []
        }
    }
}
