import Catalogue
import Deeds

extension DeedDesk {
    /// How many rows of paper about one property are read, the newest first. More than of acts: any office may hand in rows by the thousand that
    /// name any property and bind nothing.
    static let paperRowsLimit = 1000

    /// Entries from paper that may bind the property of a draft. A will on paper is in none of the lists that are looked at here.
    ///
    /// - Throws: ``OnItsWay`` while one is queued, if that is waited for; what a damaged record throws.
    func paperWarnings(about draft: ActDraft, waits: Bool) throws -> [ActWarning] {
        guard let property = draft.propertyNumber else { return [] }
        let today = try today()
        var warnings: [ActWarning] = []
        var read = 0
        try paperPropertyList(property, closedOf: nil).visitNewest(in: registrar, waits: waits) { index in
            guard let known = try heldPaper(at: index) else { return true }
            read += 1
            let isExamined = read <= DeedDesk.paperRowsLimit && warnings.count < DeedDesk.warningLimit
            let isCorrected = try correction(of: known.number, waits: false) != nil
            let status = PaperStatus(known.paper.act, isCorrected: isCorrected, today: today)
            guard !isExamined || (known.paper.act.engagesProperty && status == .fromPaper) else { return true }
            warnings.append(
                ActWarning(
                    reason: isExamined ? .propertyOnPaper : .olderNotExamined, act: .paper(known.number),
                    type: known.paper.act.type, status: status.rawValue, registered: known.paper.time))
            return isExamined
        }
        return warnings
    }

    /// The entry from paper at an index; `nil` when its content is gone.
    private func heldPaper(at index: UInt64) throws -> KnownPaper? {
        do {
            return try knownPaper(at: index)
        } catch let failure as Failure where [.recordErased, .recordExpired].contains(failure.problem) {
            return nil
        }
    }
}
