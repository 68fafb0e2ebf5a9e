import CanonicalJSON
import Catalogue
import Deeds
import Evidence
import LedgerEngine
import LedgerMerkle

/// Finds entries about acts by the parties that they name.
public protocol PartyIndex: Sendable {
    /// The entries under any of the keys, newest first: all that are durable when this is called, and can be read.
    ///
    /// - Parameters:
    ///   - keys: as ``PartyBook`` makes them, 16 bytes each.
    ///   - before: only entries with a smaller index; `nil` for all.
    ///   - limit: how many at most.
    /// - Returns: the entries, and whether nothing could be missing among them.
    /// - Throws: `registry-behind` while there is too much to read first.
    func entries(under keys: [[UInt8]], before: UInt64?, limit: Int) throws -> (found: [UInt64], isWhole: Bool)
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

    /// What an entry is to the index.
    public enum Content: Sendable, Hashable {
        /// Another kind of entry, or one whose content is gone.
        case nothing
        /// An act, a change of one or an entry from paper, with the keys of its parties.
        case parties([[UInt8]])
        /// It says that the content of another is gone.
        case erasure(of: UInt64)
    }

    /// What an entry is to the index.
    ///
    /// - Throws: what keeps it from being read: then nothing is known of it.
    public func content(at index: UInt64) throws -> Content {
        let bytes = try registrar.ledger.entry(at: index)
        // Whoever adds entries without records writes into them what they like.
        guard let entry = try? Entry(decoding: bytes) else { return .nothing }
        switch entry.kind {
        case .deedAct: return .parties(try keys(at: index))
        case .erasure:
            return try gone { try registrar.record(at: index).fields }.flatMap { Erasure(fields: $0) }
                .map { .erasure(of: $0.index) } ?? .nothing
        default: return .nothing
        }
    }

    private func keys(at index: UInt64) throws -> [[UInt8]] {
        func keys(_ parties: [Party], _ notary: NotaryCode) -> [[UInt8]] {
            parties.map { PartyBook.key($0.identity, of: notary, registrar.vault) }
        }
        return try gone {
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
        } ?? []
    }

    /// What is read; `nil` where there is nothing any more, or never was.
    private func gone<R>(_ read: () throws -> R) throws -> R? {
        do {
            return try read()
        } catch let failure as Failure where [.recordErased, .recordExpired].contains(failure.problem) {
            return nil
        } catch RegistrarError.notARecord {
            return nil
        } catch RegistrarError.contentGone(let index) {
            // It may have gone while it was read.
            guard try registrar.erasure(of: index) != nil else { throw RegistrarError.contentGone(index) }
            return nil
        }
    }
}
