import Catalogue
public import Deeds
import Evidence
import LedgerEngine
import LedgerMerkle
import LedgerStorage

/// What became of a row of a register book on paper.
public struct FiledPaper: Sendable {
    public let paper: RegisteredPaper
    public let filed: FiledRecord
    /// The secret with which parties ask after it. Given to the office only.
    public let accessCode: AccessCode
}

/// A row that is on its way: numbered and queued, or known from before, but perhaps not durable.
public struct PendingPaper: Sendable {
    let outcome: Registrar.Outcome
}

extension DeedDesk {
    /// Numbers and queues a row of a register book on paper, and waits for nothing but rows of the same entry or property.
    ///
    /// A row whose entry is in the ledger with the same content is known: its answer is given again.
    /// - Parameters:
    ///   - code: the office whose book it is.
    ///   - actor: who hands it in: the office's notary, or a successor.
    /// - Durability: none until ``paper(of:)`` answers.
    /// - Throws: `paper-stands-otherwise`, `paper-number-unknown`, `paper-corrected-already`, `paper-erased`, `notary-suspended`; `LedgerError.busy` when the
    ///   queue is full. Nothing is stored then.
    public func submitPaper(
        _ row: PaperRow, notary code: String, by actor: String
    ) async throws -> PendingPaper {
        let (notary, actor) = (try notary(code), try self.notary(actor))
        let places = paperPropertyList(of: row.act, notary).map { [$0.key(1, in: registrar.vault)] } ?? []
        let outcome = try await queue(places: places) {
            try self.registrar.enqueue(issuer: notary.text) { head in
                if let known = try self.standing(row, of: notary, waits: true) { return .recorded(known) }
                try self.requireMayType(actor, for: notary)
                return .file(try self.draft(row, of: notary, &head))
            }
        }
        return PendingPaper(outcome: outcome)
    }

    /// What a submission gave.
    ///
    /// - Durability: the entry is on disk when this returns.
    public func paper(of pending: PendingPaper) async throws -> FiledPaper {
        try filedPaper(await registrar.record(of: pending.outcome))
    }

    /// What would become of a row: the entry that it is known as, or `nil` when it would be registered. Nothing is stored.
    ///
    /// - Throws: as ``submitPaper(_:notary:by:)`` does.
    public func checkPaper(_ row: PaperRow, notary code: String, by actor: String) throws -> FiledPaper? {
        let (notary, actor) = (try notary(code), try self.notary(actor))
        if let known = try standing(row, of: notary, waits: false) {
            return try filedPaper(registrar.record(at: known, isRepetition: true))
        }
        try requireMayType(actor, for: notary)
        return nil
    }

    /// An office whose notary is gone is typed for by who took it over; numbers and chain stay the office's.
    private func requireMayType(_ actor: NotaryCode, for office: NotaryCode) throws {
        guard isActing(actor, for: office) else { throw Problem.notFound() }
        try requireActive(actor)
    }

    func filedPaper(_ filed: FiledRecord) throws -> FiledPaper {
        guard case .paper(let paper) = try ActRecord(fields: filed.fields, isOurs: true) else {
            throw Problem.notFound()
        }
        return FiledPaper(paper: paper, filed: filed, accessCode: accessCode(of: filed))
    }

    /// The access code of an entry from paper: made again, for its office.
    public func accessCode(of filed: FiledRecord) -> AccessCode {
        guard let code = AccessCode(random: registrar.vault.accessCodeBytes(of: filed.commitment)) else {
            preconditionFailure("eight bytes make a code")
        }
        return code
    }

    // MARK: What stands

    private func entryKey(_ act: PaperAct, _ notary: NotaryCode) -> DomainKey {
        registrar.vault.key(.paperEntry, notary.text, String(act.entry.date.year), act.entry.folded)
    }

    /// What is recorded under a key; waits for what is queued under it where that counts.
    private func recorded(_ key: DomainKey, waits: Bool) throws -> UInt64? {
        if waits, let ticket = registrar.ledger.pending(key) { throw OnItsWay(ticket: ticket) }
        return try registrar.ledger.find(key)
    }

    /// The entry that a row is known as; `nil` for a new one.
    private func standing(_ row: PaperRow, of notary: NotaryCode, waits: Bool) throws -> UInt64? {
        let there = try recorded(entryKey(row.act, notary), waits: waits).map { try held($0) }
        if let corrected = row.corrects { return try standing(row, of: notary, corrected, there, waits: waits) }
        guard let there else { return nil }
        if let same = try same(row.act, as: there) { return same.filed.index }
        // What was typed under a wrong number, and moved away since, leaves its place to the right one.
        if try correction(of: there.number, waits: waits) != nil { return nil }
        throw Problem.paperStandsOtherwise([
            "number": "\(there.number)", "columns": row.act.differences(from: there.paper.act).joined(separator: ", "),
        ])
    }

    private func standing(
        _ row: PaperRow, of notary: NotaryCode, _ number: PaperNumber, _ there: KnownPaper?, waits: Bool
    ) throws -> UInt64? {
        let vault = registrar.vault
        guard number.notary == notary,
            let index = try recorded(vault.key(.act, number.description), waits: waits)
        else { throw Problem.paperNumberUnknown(["number": "\(number)"]) }
        if let next = try correction(of: number, waits: waits) {
            guard let known = next.known else { throw Problem.paperErased() }
            if row.act.differences(from: known.paper.act).isEmpty { return next.index }
            throw Problem.paperCorrectedAlready(["number": "\(number)", "by": "\(known.number)"])
        }
        let corrected = try held(index)
        // It says what stands already: nothing to correct.
        if row.act.differences(from: corrected.paper.act).isEmpty { return index }
        if let there, there.number != number, try correction(of: there.number, waits: waits) == nil {
            throw Problem.paperStandsOtherwise([
                "number": "\(there.number)",
                "columns": row.act.differences(from: there.paper.act).joined(separator: ", "),
            ])
        }
        return nil
    }

    /// The entry with this very content among one and those that it corrects: a file handed in again gets the answer that it got.
    private func same(_ act: PaperAct, as newest: KnownPaper) throws -> KnownPaper? {
        var known = newest
        // Corrections name what came before them: never a ring, whatever a record says.
        for _ in 0..<100 {
            if act.differences(from: known.paper.act).isEmpty { return known }
            guard let number = known.paper.corrects, let before = try? knownPaper(number),
                before.filed.index < known.filed.index
            else { return nil }
            known = before
        }
        return nil
    }

    /// The entry that corrects another; its content may be gone.
    func correction(of number: PaperNumber, waits: Bool) throws -> (index: UInt64, known: KnownPaper?)? {
        let key = registrar.vault.key(.paperCorrection, number.description)
        return try recorded(key, waits: waits).map { ($0, try? held($0)) }
    }

    private func held(_ index: UInt64) throws -> KnownPaper {
        do {
            return try knownPaper(at: index)
        } catch let failure as Failure where failure.problem == .recordErased {
            // What somebody had erased must not come back with the next copy of the file.
            throw Problem.paperErased()
        }
    }

    // MARK: Numbers

    private func draft(
        _ row: PaperRow, of notary: NotaryCode, _ head: inout Registrar.ChainHead
    ) throws -> Registrar.Draft {
        let vault = registrar.vault
        let year = row.act.entry.date.year
        let yearKey = vault.key(.paperYear, notary.text, String(year))
        // A series a year: rows of several years come mixed.
        let series = "paper \(year)"
        let running: Int
        if let next = head.counters[series]?.next(in: year) {
            running = next
        } else if let index = try registrar.ledger.find(yearKey) {
            running = (try registrar.counter(at: index) ?? 0) + 1
        } else {
            running = 1
        }
        guard let number = PaperNumber(notary: notary, year: year, running: running) else {
            throw Problem.actNumbersExhausted(["notary": notary.text])
        }
        let paper = RegisteredPaper(
            number: number, act: row.act, corrects: row.corrects,
            time: ActTime(unixMilliseconds: clock.now()))
        let name = number.description
        var keys = [entryKey(row.act, notary), yearKey, vault.key(.act, name)]
        if let corrected = row.corrects { keys.append(vault.key(.paperCorrection, corrected.description)) }
        if let list = paperPropertyList(of: row.act, notary) { keys.append(try list.next(in: registrar)) }
        return Registrar.Draft(
            kind: .deedAct, fields: paper.fields, keys: keys,
            numbers: Registrar.NumberUse(series: series, period: year, next: running + 1),
            lateKeys: { commitment in
                guard let code = AccessCode(random: vault.accessCodeBytes(of: commitment)) else { return [] }
                return [vault.accessCodeKey(act: name, code: code.canonical)]
            })
    }

    // MARK: Property

    /// Where a row is found by its property; wills only by their own office.
    private func paperPropertyList(of act: PaperAct, _ notary: NotaryCode) -> NumberedList? {
        act.propertyNumber.map { paperPropertyList($0, closedOf: act.isClosed ? notary : nil) }
    }

    func paperPropertyList(_ property: String, closedOf notary: NotaryCode?) -> NumberedList {
        let folded = PropertyNumber.folded(property)
        return NumberedList(.paperProperty, notary.map { "\($0) \(folded)" } ?? folded)
    }

    /// The lists in which a notary finds a property.
    func paperLists(_ property: String, of notary: NotaryCode) -> [NumberedList] {
        [paperPropertyList(property, closedOf: nil)]
            + offices(of: notary).map { paperPropertyList(property, closedOf: $0) }
    }
}
