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
    /// Whether nothing could be missing: false while there are entries that cannot be read, any of which may be meant.
    public let isWhole: Bool
    /// Ask with this as `before` for what is older; `nil` when that was all. It is of use to the same notary only, and tells nobody how
    /// much the others file.
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

    /// The acts of a notary, and of offices taken over, that answer a query.
    ///
    /// - Parameters:
    ///   - cursor: where an earlier page ended.
    ///   - limit: how many at most, 1…100.
    /// - Throws: `issuer-unknown`; `registry-behind`; `bad-request` for what is no cursor of the notary's.
    public func find(_ query: ActQuery, notary code: String, before cursor: String? = nil, limit: Int = 50) throws
        -> ActPage
    {
        let notary = try notary(code)
        let limit = min(max(limit, 1), 100)
        let before = try cursor.map { try place(of: $0, notary) }
        func isOwnAct(_ index: UInt64) throws -> Bool {
            try heldHistory(at: index).map { isActing(notary, for: $0.act.number.notary) } ?? false
        }
        var entries: [UInt64] = []
        var isWhole = true
        switch query {
        case .number(let text):
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
        case .party(let identity):
            let keys = offices(of: notary).map { PartyBook.key(identity, of: $0, registrar.vault) }
            (entries, isWhole) = try parties.entries(under: keys, before: before, limit: limit + 1)
        case .document(let digest):
            for list in documentLists(digest, of: notary) {
                entries += try ownEntries(of: list, before: before, limit: limit + 1, isOwnAct)
            }
            entries = Array(Set(entries)).sorted(by: >)
        case .property(let number):
            let list = NumberedList(.actProperty, PropertyNumber.folded(number))
            entries = try ownEntries(of: list, before: before, limit: limit + 1, isOwnAct)
            for list in paperLists(number, of: notary) {
                entries += try ownEntries(of: list, before: before, limit: limit + 1) { index in
                    try held { try knownPaper(at: index) }.map { isActing(notary, for: $0.number.notary) } ?? false
                }
            }
            entries.sort(by: >)
        }
        entries = Array(entries.prefix(limit + 1))
        var acts: [KnownAct] = []
        var paper: [PaperReport] = []
        for index in entries.prefix(limit) {
            // An entry whose content is gone names no act any more.
            if let known = try held({ try book.knownAct(ofEntry: index) }) {
                guard isActing(notary, for: known.history.act.number.notary),
                    !acts.contains(where: { $0.filed.index == known.filed.index })
                else { continue }
                acts.append(known)
            } else if let known = try held({ try knownPaper(at: index) }), isActing(notary, for: known.number.notary) {
                paper.append(try report(known))
            }
        }
        return ActPage(
            acts: acts, paper: paper, isWhole: isWhole,
            next: entries.count > limit ? try self.cursor(at: entries[limit - 1], notary) : nil)
    }

    /// The newest entries of a list that are a notary's own: others' must not even show as a further page. O(entries down to the last of them).
    private func ownEntries(
        of list: NumberedList, before: UInt64?, limit: Int, _ isOwn: (UInt64) throws -> Bool
    ) throws -> [UInt64] {
        var own: [UInt64] = []
        try list.visitNewest(in: registrar, waits: false, before: before ?? .max) { index in
            if try isOwn(index) { own.append(index) }
            return own.count < limit
        }
        return own
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

    private func cursor(at index: UInt64, _ notary: NotaryCode) throws -> String {
        let nonce = randomBytes(DeedDesk.nonceLength)
        let sealed = try registrar.vault.sealState(Array("act cursor\n\(notary)\n\(index)".utf8), nonce: nonce)
        return hexadecimal(nonce + sealed)
    }

    /// - Throws: `bad-request` for anything that was not given to this notary.
    private func place(of cursor: String, _ notary: NotaryCode) throws -> UInt64 {
        let prefix = "act cursor\n\(notary)\n"
        guard cursor.utf8.count <= 400, let bytes = parseHexadecimal(cursor), bytes.count > DeedDesk.nonceLength,
            let opened = try? registrar.vault.openState(
                Array(bytes.dropFirst(DeedDesk.nonceLength)), nonce: Array(bytes.prefix(DeedDesk.nonceLength))),
            case let text = String(decoding: opened, as: UTF8.self), text.hasPrefix(prefix),
            let index = UInt64(text.dropFirst(prefix.count))
        else { throw Problem.badRequest(["reason": "before is no cursor of yours"]) }
        return index
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
