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
    /// - Throws: `registry-behind` while there is too much to read first.
    func entries(under keys: [[UInt8]], before: UInt64?, limit: Int) throws -> [UInt64]
}

/// What a party index is made of.
public struct PartyBook: Sendable {
    private let registrar: Registrar

    public init(_ registrar: Registrar) {
        self.registrar = registrar
    }

    /// What parties of an act of a notary are found by, 16 bytes.
    func key(_ identity: Identity, of notary: NotaryCode) -> [UInt8] {
        let text = "\(notary)\n\(identity.key)\n\(identity.text)"
        return Array(registrar.vault.stateHash("act party", Array(text.utf8)).prefix(16))
    }

    /// The keys of the parties that an entry names; none for another kind of entry, or one whose content is gone.
    public func keys(at index: UInt64) throws -> [[UInt8]] {
        guard try Entry(decoding: registrar.ledger.entry(at: index)).kind == .deedAct else { return [] }
        let record: FiledRecord
        do {
            record = try registrar.record(at: index)
        } catch let failure as Failure where [.recordErased, .recordExpired].contains(failure.problem) {
            return []
        } catch RegistrarError.notARecord, RegistrarError.contentGone {
            return []
        }
        switch try ActRecord(fields: record.fields, isOurs: true) {
        case .registered(let act): return act.draft.parties.map { key($0.identity, of: act.number.notary) }
        case .changed(let change):
            return (change.draft.content?.parties ?? []).map { key($0.identity, of: change.draft.act.notary) }
        case .paper(let paper):
            return paper.act.parties.compactMap(\.identity).map { key($0, of: paper.number.notary) }
        }
    }
}
