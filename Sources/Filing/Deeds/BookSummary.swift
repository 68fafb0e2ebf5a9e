import Catalogue
public import Deeds
import LedgerEngine
public import LedgerMerkle

/// The register book of an office as it is handed over.
public struct BookSummary: Sendable {
    /// The numbers of one year, from 1 to the last.
    public struct Year: Sendable, Hashable {
        public let year: Int
        public let last: Int
        /// Numbers whose content was erased.
        public let erased: Int
    }

    public internal(set) var years: [Year] = []
    /// Entries that were typed from books on paper, by the year of the book.
    public internal(set) var paper: [Year] = []
    /// Documents of the acts that are kept beside the ledger.
    public internal(set) var documents = 0
    /// Acts by kind, of those whose content is held.
    public internal(set) var kinds: [ActType: Int] = [:]
    /// The first and the last act whose content is held.
    public internal(set) var first: RegisteredAct?
    public internal(set) var last: RegisteredAct?
    /// The newest record of the office's own chain; `nil` while it has none.
    public internal(set) var head: (sequence: UInt64, commitment: Digest)?
}

extension DeedDesk {
    /// Counts all acts of a notary's books, what was typed from paper, and the documents kept. O(their number).
    ///
    /// - Throws: `issuer-unknown`; `StorageError` where a record cannot be read.
    public func bookSummary(notary code: String) throws -> BookSummary {
        let notary = try notary(code)
        var summary = BookSummary()
        for year in 2000...max(2000, try today().year) {
            let end = try bookEnd(notary: notary.text, year: year)
            guard end > 0 else { continue }
            var erased = 0
            for from in stride(from: 1, through: end, by: 200) {
                for line in try book(notary: notary.text, year: year, from: from, limit: min(200, end - from + 1)) {
                    guard case .act(let known) = line else {
                        erased += 1
                        continue
                    }
                    summary.documents += try documents(of: known).count { $0.keptByteCount != nil }
                    summary.kinds[known.history.act.draft.type, default: 0] += 1
                    summary.first = summary.first ?? known.history.act
                    summary.last = known.history.act
                }
            }
            summary.years.append(BookSummary.Year(year: year, last: end, erased: erased))
        }
        summary.paper = try paperYears(notary: notary.text).map { try paperYear($0, of: notary) }
        if let index = try registrar.ledger.find(registrar.vault.key(.issuerHead, notary.text)) {
            let link = try registrar.link(at: index)
            summary.head = (link.sequence, link.commitment)
        }
        return summary
    }

    private func paperYear(_ year: Int, of notary: NotaryCode) throws -> BookSummary.Year {
        let end = try paperEnd(notary: notary.text, year: year)
        var erased = 0
        for from in stride(from: 1, through: end, by: 200) {
            for case .erased in try paperBook(
                notary: notary.text, year: year, from: from, limit: min(200, end - from + 1))
            {
                erased += 1
            }
        }
        return BookSummary.Year(year: year, last: end, erased: erased)
    }
}
