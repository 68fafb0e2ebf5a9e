import Catalogue
public import Deeds
import Evidence
import LedgerEngine
public import LedgerMerkle

/// What a notary looks for among the acts and the entries from paper of the own office and of those taken over.
public enum ActQuery: Sendable, Hashable {
    /// As people type it; of either form.
    case number(String)
    case party(Identity)
    /// Of a party in a book on paper. Parties of acts have numbers.
    case name(String)
    /// The act's own document, not an attachment; never a scan of an entry from paper.
    case document(Digest)
    /// As people type it: of acts that engage the property, and of entries from paper that name it.
    case property(String)
}

/// Acts that were found, newest first.
public struct ActPage: Sendable {
    public let acts: [KnownAct]
    /// Entries from paper, apart: nobody signed them.
    public let paper: [PaperReport]
    /// Whether nothing could be missing: false while there are entries that cannot be read, any of which may be meant.
    public let isWhole: Bool
    /// Ask with this as `before` for what is older; `nil` when that was all. It is of use to the same notary only, and tells nobody how
    /// much the others file, but that it is much: a page may be short, or empty, and not be the last.
    public let next: String?
}

/// One number of a register book.
public enum BookLine: Sendable {
    case act(KnownAct)
    /// Its content was erased; the number stays.
    case erased(ActNumber)
}

extension DeedDesk {
    // MARK: Search

    /// How many entries a page is looked for in, those of others included: what many file about costs no more.
    private static let examinedOfPage = 2_000

    private enum Found {
        case act(KnownAct)
        case paper(PaperReport)
    }

    /// The acts of a notary, and of offices taken over, that answer a query.
    ///
    /// - Parameters:
    ///   - cursor: where an earlier page ended.
    ///   - limit: how many at most, 1…100.
    /// - Throws: `issuer-unknown`; `registry-behind`; `bad-request` for what is no cursor of the notary's.
    public func find(
        _ query: ActQuery, notary code: String, before cursor: String? = nil, limit: Int = 50
    ) throws -> ActPage {
        let notary = try notary(code)
        let limit = min(max(limit, 1), 100)
        let size = registrar.ledger.size
        let place = try cursor.map { try self.place(of: $0, notary) } ?? Place(index: size, size: size)
        var sources: [EntrySearch.Source] = []
        var paperSources = 0
        var indexed: IndexedEntries?
        var isRead = true
        switch query {
        case .number(let text): return try page(ofNumber: text, notary)
        case .party(let identity):
            let keys = offices(of: notary).map { PartyBook.key(identity, of: $0, registrar.vault) }
            indexed = IndexedEntries(parties, keys, before: place.index, limit)
        case .name(let name):
            let keys = offices(of: notary).flatMap { PartyBook.keys(asked: name, of: $0, registrar.vault) }
            paperSources = 1
            indexed = IndexedEntries(parties, keys, before: place.index, limit)
        case .document(let digest):
            sources = try documentLists(digest, of: notary).map { try $0.newest(in: registrar, before: place.index) }
        case .property(let number):
            let paper = paperLists(number, of: notary)
            paperSources = paper.count
            sources = try ([NumberedList(.actProperty, PropertyNumber.folded(number))] + paper).map {
                try $0.newest(in: registrar, before: place.index)
            }
        }
        if let indexed { sources = [{ try indexed.next() }] }
        let firstOfPaper = sources.count - paperSources
        let page = try EntrySearch.page(of: sources, limit: limit, bound: DeedDesk.examinedOfPage) { index, source in
            do {
                return try found(at: index, isPaper: source >= firstOfPaper, query, notary, size: place.size)
            } catch  where indexed != nil && Failure(from: error)?.problem.status ?? 500 >= 500 {
                // What cannot be read of one hides no other that its party is found by.
                isRead = false
                return nil
            }
        }
        var (acts, paper): ([KnownAct], [PaperReport]) = ([], [])
        for found in page.found {
            switch found {
            case .act(let known): acts.append(known)
            case .paper(let report): paper.append(report)
            }
        }
        return ActPage(
            acts: acts, paper: paper, isWhole: isRead && indexed?.isWhole ?? true,
            next: try page.next.map { try self.cursor(at: Place(index: $0, size: place.size), notary) })
    }

    private func page(ofNumber text: String, _ notary: NotaryCode) throws -> ActPage {
        guard let number = try? DeedNumber(text), isActing(notary, for: number.notary) else {
            return ActPage(acts: [], paper: [], isWhole: true, next: nil)
        }
        switch number {
        case .act(let number):
            let act = try held { try knownAct(number) }
            return ActPage(acts: act.map { [$0] } ?? [], paper: [], isWhole: true, next: nil)
        case .paper(let number):
            let paper = try held { try report(knownPaper(number)) }
            return ActPage(acts: [], paper: paper.map { [$0] } ?? [], isWhole: true, next: nil)
        }
    }

    /// What an entry shows to a notary: nothing when it is another's, its content is gone, or a newer one shows the same act.
    private func found(
        at index: UInt64, isPaper: Bool, _ query: ActQuery, _ notary: NotaryCode, size: UInt64
    ) throws -> Found? {
        if !isPaper, let known = try heldAct(at: index) {
            guard isActing(notary, for: known.history.act.number.notary),
                !isShownLater(known, than: index, query, size: size)
            else { return nil }
            return .act(known)
        }
        guard let known = try held({ try knownPaper(at: index) }), isActing(notary, for: known.number.notary) else {
            return nil
        }
        return .paper(try report(known))
    }

    /// Whether a later entry of the act, before the first page was asked for, is found by the same query.
    private func isShownLater(_ known: KnownAct, than index: UInt64, _ query: ActQuery, size: UInt64) -> Bool {
        var content = known.history.act.draft
        for (place, change) in zip(known.changes, known.history.changes) where place.index < size {
            if let new = change.draft.content { content = new }
            guard place.index > index else { continue }
            // An opening is found by document and property only; what changes no content is found by nothing.
            let isListed = change.draft.content != nil || (change.draft.change == .opened && !query.isParty)
            if isListed, content.answers(query) { return true }
        }
        return false
    }

    /// What is read; `nil` where its content is gone, or nothing of the sort is there. Damage is neither.
    private func held<R>(_ read: () throws -> R) throws -> R? {
        do {
            return try read()
        } catch let failure as Failure where [.recordErased, .recordExpired, .actNotFound].contains(failure.problem) {
            return nil
        }
    }

    // MARK: Cursors

    /// How many bytes of randomness a cursor begins with.
    private static let nonceLength = 16

    /// Where a search goes on.
    private struct Place {
        /// Entries below are left.
        let index: UInt64
        /// The ledger's when the first page was asked for: what was filed since is in none of them.
        let size: UInt64
    }

    private func cursor(at place: Place, _ notary: NotaryCode) throws -> String {
        let nonce = randomBytes(DeedDesk.nonceLength)
        let text = "act cursor\n\(notary)\n\(place.index)\n\(place.size)"
        let sealed = try registrar.vault.sealState(Array(text.utf8), nonce: nonce)
        return hexadecimal(nonce + sealed)
    }

    /// - Throws: `bad-request` for anything that was not given to this notary.
    private func place(of cursor: String, _ notary: NotaryCode) throws -> Place {
        let prefix = "act cursor\n\(notary)\n"
        guard cursor.utf8.count <= 400, let bytes = parseHexadecimal(cursor), bytes.count > DeedDesk.nonceLength,
            let opened = try? registrar.vault.openState(
                Array(bytes.dropFirst(DeedDesk.nonceLength)), nonce: Array(bytes.prefix(DeedDesk.nonceLength))),
            case let text = String(decoding: opened, as: UTF8.self), text.hasPrefix(prefix),
            case let numbers = text.dropFirst(prefix.count).split(separator: "\n").map({ UInt64($0) }),
            numbers.count == 2, let index = numbers[0], let size = numbers[1]
        else { throw Problem.badRequest(["reason": "before is no cursor of yours"]) }
        return Place(index: index, size: size)
    }

    /// The offices that a notary acts for: the own one, and those handed over.
    func offices(of notary: NotaryCode) -> [NotaryCode] {
        register.offices(of: notary.text).compactMap { try? NotaryCode($0) }
    }

    // MARK: Register book

    /// The highest number in a notary's register book of a year; 0 for an empty one.
    public func bookEnd(notary code: String, year: Int) throws -> Int {
        let notary = try notary(code)
        guard let index = try registrar.ledger.find(registrar.vault.key(.actYear, notary.text, String(year))) else {
            return 0
        }
        return try registrar.counter(at: index) ?? 0
    }

    /// Lines of a register book by number, beginning with one; none behind its end. O(limit).
    ///
    /// - Parameters:
    ///   - first: from 1.
    ///   - limit: how many at most; at least one.
    public func book(notary code: String, year: Int, from first: Int, limit: Int) throws -> [BookLine] {
        let notary = try notary(code)
        let end = try bookEnd(notary: code, year: year)
        guard first >= 1, first <= end else { return [] }
        return try (first...min(end, first + max(limit, 1) - 1)).map { try line(notary, year, $0) }
    }

    /// The lines of a day in Mongolia, by number. O(log of the year's acts + those of the day).
    public func bookOfDay(notary code: String, day: CivilDate) throws -> [BookLine] {
        let notary = try notary(code)
        let end = try bookEnd(notary: code, year: day.year)
        // Numbers and days go up together. A number whose content is gone has lost its key: its day is that of the next.
        func following(_ number: Int) throws -> (number: Int, day: CivilDate?)? {
            for running in stride(from: number, through: end, by: 1) {
                let key = registrar.vault.key(.act, try self.number(notary, day.year, running).description)
                guard let index = try registrar.ledger.find(key) else { continue }
                // The act's own time gave it its number; its batch may have been recorded after midnight.
                guard let record = try? registrar.record(at: index),
                    case .registered(let act) = try ActRecord(fields: record.fields, isOurs: true)
                else { continue }
                return (running, CivilDate(unixMilliseconds: act.time.unixMilliseconds))
            }
            return nil
        }
        var low = 1
        var high = end + 1
        while low < high {
            let middle = (low + high) / 2
            guard let next = try following(middle), let found = next.day, found < day else {
                high = middle
                continue
            }
            low = next.number + 1
        }
        var lines: [BookLine] = []
        while low <= end, let next = try following(low), next.day == day {
            while low <= next.number {
                lines.append(try line(notary, day.year, low))
                low += 1
            }
        }
        return lines
    }

    private func number(_ notary: NotaryCode, _ year: Int, _ running: Int) throws -> ActNumber {
        guard let number = ActNumber(notary: notary, year: year, running: running) else { throw Problem.notFound() }
        return number
    }

    private func line(_ notary: NotaryCode, _ year: Int, _ running: Int) throws -> BookLine {
        let number = try number(notary, year, running)
        do {
            return .act(try knownAct(number))
        } catch let failure as Failure where [.recordErased, .recordExpired, .actNotFound].contains(failure.problem) {
            return .erased(number)
        }
    }
}

extension ActQuery {
    fileprivate var isParty: Bool {
        if case .party = self { true } else { false }
    }
}

extension ActDraft {
    /// Whether an entry with this content is found by a query.
    fileprivate func answers(_ query: ActQuery) -> Bool {
        switch query {
        case .number, .name: false
        case .party(let identity):
            parties.contains { $0.identity.key == identity.key && $0.identity.text == identity.text }
        case .document(let digest): document.sha256 == digest
        case .property(let number):
            engagesProperty && propertyNumber.map(PropertyNumber.folded) == PropertyNumber.folded(number)
        }
    }
}
