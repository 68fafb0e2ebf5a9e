import Catalogue
public import Deeds
import LedgerEngine
import LedgerMerkle
import LedgerStorage

/// What a notary is told before signing.
public struct ActWarning: Sendable, Hashable {
    public enum Reason: String, Sendable, Hashable {
        /// The document stands under another act.
        case documentRegistered = "document-registered"
        /// The property is engaged by a contract that is in force.
        case propertyEngaged = "property-engaged"
        /// So much was filed about the document or property that this act, and what is older, was not examined.
        case olderNotExamined = "older-not-examined"
        /// A register book on paper has the property in an act of a kind that may bind it. Whether it still does, nobody here knows.
        case propertyOnPaper = "property-on-paper"
    }

    public let reason: Reason
    /// The act that stands in the way.
    public let act: DeedNumber
    public let type: ActType
    /// Its stable code, as ``ActStatus/code`` or ``PaperStatus``.
    public let status: String
    public let registered: ActTime
}

extension DeedDesk {
    /// The most acts that are named for one reason.
    static let warningLimit = 20
    /// How many records about one document or property are examined, the newest first.
    static let examinedLimit = 200

    /// What speaks against registering an act. Wills that were not opened are named to their own notary only.
    ///
    /// - Parameters:
    ///   - own: the act itself, which is changed.
    ///   - waits: whether what is queued counts; else what is durable does.
    ///   - isForOperator: whether not even the own notary's wills are named.
    /// - Throws: ``OnItsWay`` while something that would be named is not durable yet.
    func warnings(
        about draft: ActDraft, by notary: NotaryCode, besides own: ActNumber? = nil, waits: Bool,
        isForOperator: Bool = false
    ) throws -> [ActWarning] {
        var warnings: [ActWarning] = []
        let now = ActTime(unixMilliseconds: clock.now())
        func look(_ list: NumberedList, _ reason: ActWarning.Reason, _ isMeant: (ActHistory, ActStatus) -> Bool) throws
        {
            var (examined, found) = (0, 0)
            try list.visitNewest(in: registrar, waits: waits) { index in
                guard examined < DeedDesk.examinedLimit * 2 else { return false }
                guard let history = try heldHistory(at: index), history.act.number != own,
                    !history.isClosed || !isForOperator && isActing(notary, for: history.act.number.notary)
                else {
                    examined += 1
                    return true
                }
                // What ended may lie above what is in force, but not without end: a lock is held.
                let isExamined = examined < DeedDesk.examinedLimit && found < DeedDesk.warningLimit
                examined += 1
                let status = history.status(at: max(now, history.act.time))
                guard !isExamined || isMeant(history, status),
                    !warnings.contains(where: { $0.act == .act(history.act.number) })
                else { return true }
                found += 1
                warnings.append(
                    ActWarning(
                        reason: isExamined ? reason : .olderNotExamined, act: .act(history.act.number),
                        type: history.content.type, status: status.code, registered: history.act.time))
                return isExamined
            }
        }
        // Whatever the kind: what a notary calls an act must not hide what is there, and a power over the property is worth as little.
        if let list = propertyList(draft) {
            let wanted = draft.propertyNumber.map(PropertyNumber.folded)
            try look(list, .propertyEngaged) { history, status in
                status.isInForce && history.content.engagesProperty
                    && history.content.propertyNumber.map(PropertyNumber.folded) == wanted
            }
            warnings += try paperWarnings(about: draft, waits: waits)
        }
        for list in documentLists(draft.document.sha256, of: notary) {
            try look(list, .documentRegistered) { history, _ in
                history.content.document.sha256 == draft.document.sha256
            }
        }
        return warnings
    }

    /// The history of the act that an entry is about; `nil` when its content is gone.
    func heldHistory(at index: UInt64) throws -> ActHistory? { try heldAct(at: index)?.history }

    /// The same with the places of its entries.
    func heldAct(at index: UInt64) throws -> KnownAct? {
        do {
            return try book.knownAct(ofEntry: index)
        } catch let failure as Failure where [.recordErased, .recordExpired, .actNotFound].contains(failure.problem) {
            return nil
        }
    }

    func requireAcknowledged(_ warnings: [ActWarning], _ acknowledged: Set<String>) throws {
        let open = warnings.filter { !acknowledged.contains($0.act.description) }
        guard open.isEmpty else {
            throw Problem.actWarned(["acts": open.map { "\($0.act) (\($0.reason.rawValue))" }.joined(separator: ", ")])
        }
    }

    /// The keys under which a content is found by document and property, each the next of its list.
    ///
    /// - Parameter isClosed: whether it is a will that is not opened: in no list but that of its own office.
    /// - Throws: ``OnItsWay`` while the last of a list is not durable yet.
    func lists(of draft: ActDraft, by notary: NotaryCode, isClosed: Bool) throws -> [DomainKey] {
        let document = documentList(draft.document.sha256, closedOf: isClosed ? notary : nil)
        var keys = [try document.next(in: registrar)]
        if draft.engagesProperty, let list = propertyList(draft) { keys.append(try list.next(in: registrar)) }
        return keys
    }

    /// What nobody else may file about at the same moment.
    func places(of draft: ActDraft) -> [DomainKey] {
        [documentList(draft.document.sha256, closedOf: nil), propertyList(draft)].compactMap {
            $0?.key(1, in: registrar.vault)
        }
    }

    /// The lists in which a notary finds a document: everybody's, and those of wills of the offices that the notary acts for.
    func documentLists(_ digest: Digest, of notary: NotaryCode) -> [NumberedList] {
        [documentList(digest, closedOf: nil)] + offices(of: notary).map { documentList(digest, closedOf: $0) }
    }

    private func documentList(_ digest: Digest, closedOf notary: NotaryCode?) -> NumberedList {
        NumberedList(.actDocument, notary.map { "\($0) \(digest)" } ?? digest.description)
    }

    private func propertyList(_ draft: ActDraft) -> NumberedList? {
        draft.propertyNumber.map { NumberedList(.actProperty, PropertyNumber.folded($0)) }
    }
}
