import Catalogue
public import Deeds
import Evidence
import LedgerEngine
public import LedgerMerkle

/// What a notary looks for among the acts of the office.
public enum ActQuery: Sendable, Hashable {
    case number(String)
    case party(Identity)
    case document(Digest)
    case property(String)
}

/// Acts that were found, newest first.
public struct ActPage: Sendable {
    public let acts: [KnownAct]
    /// Entries from paper, apart: nobody signed them.
    public let paper: [PaperReport]
    /// Ask with this as `before` for what is older; `nil` when that was all.
    public let next: UInt64?
}

/// One number of a register book.
public enum BookLine: Sendable {
    case act(KnownAct)
    /// Its content was erased; the number stays.
    case erased(ActNumber)
}

extension DeedDesk {
    // MARK: Search

    /// The acts of a notary, and of offices taken over, that answer a query.
    ///
    /// - Parameters:
    ///   - before: only entries with a smaller index.
    ///   - limit: how many at most, 1…100.
    /// - Throws: `issuer-unknown`; `registry-behind`.
    public func find(_ query: ActQuery, notary code: String, before: UInt64? = nil, limit: Int = 50) throws -> ActPage {
        let notary = try notary(code)
        let limit = min(max(limit, 1), 100)
        var entries: [UInt64]
        switch query {
        case .number(let text):
            guard let number = try? DeedNumber(text), isActing(notary, for: number.notary) else {
                return ActPage(acts: [], paper: [], next: nil)
            }
            switch number {
            case .act(let number):
                return ActPage(acts: (try? knownAct(number)).map { [$0] } ?? [], paper: [], next: nil)
            case .paper(let number):
                return ActPage(acts: [], paper: (try? report(knownPaper(number))).map { [$0] } ?? [], next: nil)
            }
        case .party(let identity):
            let book = PartyBook(registrar)
            let keys = offices(of: notary).map { book.key(identity, of: $0) }
            entries = try parties.entries(under: keys, before: before, limit: limit + 1)
        case .document(let digest):
            entries = Array(
                Set(
                    try documentLists(digest, of: notary).flatMap {
                        try $0.newest(.max, in: registrar, waits: false)
                    })
            ).sorted(by: >)
        case .property(let number):
            let list = NumberedList(.actProperty, PropertyNumber.folded(number))
            entries = try list.newest(.max, in: registrar, waits: false)
            entries += try paperLists(number, of: notary).flatMap { try $0.newest(.max, in: registrar, waits: false) }
            entries.sort(by: >)
        }
        entries = Array(entries.filter { $0 < before ?? .max }.prefix(limit + 1))
        var acts: [KnownAct] = []
        var paper: [PaperReport] = []
        for index in entries.prefix(limit) {
            if let known = try? knownPaper(at: index) {
                if isActing(notary, for: known.number.notary) { paper.append(try report(known)) }
                continue
            }
            // An entry whose content is gone names no act any more.
            guard let known = try? knownAct(ofEntry: index), isActing(notary, for: known.history.act.number.notary),
                !acts.contains(where: { $0.filed.index == known.filed.index })
            else { continue }
            acts.append(known)
        }
        return ActPage(acts: acts, paper: paper, next: entries.count > limit ? entries[limit - 1] : nil)
    }

    /// The offices that a notary acts for: the own one, and those handed over.
    func offices(of notary: NotaryCode) -> [NotaryCode] {
        register.all.compactMap { issuer in
            guard case .notary(let other) = issuer, let code = try? NotaryCode(other.code), isActing(notary, for: code)
            else { return nil }
            return code
        }
    }

    private func knownAct(ofEntry index: UInt64) throws -> KnownAct {
        switch try ActRecord(fields: registrar.record(at: index).fields, isOurs: true) {
        case .registered: try knownAct(at: index)
        case .changed(let change): try knownAct(change.draft.act)
        case .paper: throw Problem.actNotFound()
        }
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

    /// Lines of a register book by number, beginning with one. O(limit).
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
                let recorded = try Entry(decoding: registrar.ledger.entry(at: index)).recorded
                return (running, CivilDate(unixMilliseconds: recorded))
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
