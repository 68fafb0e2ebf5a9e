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
        let text = "\(notary)\n\(identity.key)\n\(identity.text)"
        return Array(vault.stateHash("act party", Array(text.utf8)).prefix(16))
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
                return paper.act.parties.compactMap(\.identity).map {
                    PartyBook.key($0, of: paper.number.notary, registrar.vault)
                }
            }
        } catch let failure as Failure where [.recordErased, .recordExpired].contains(failure.problem) {
            return []
        } catch RegistrarError.notARecord, RegistrarError.contentGone {
            return []
        }
    }
}
