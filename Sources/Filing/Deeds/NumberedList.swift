import LedgerEngine
import LedgerStorage

/// Records that are found under one thing, numbered from 1: nothing is derived that could lag behind or be lost.
struct NumberedList {
    private let purpose: Purpose
    private let name: String

    init(_ purpose: Purpose, _ name: String) {
        self.purpose = purpose
        self.name = name
    }

    func key(_ number: Int, in vault: Vault) -> DomainKey { vault.key(purpose, name, String(number)) }

    /// - Parameter waits: whether what is queued counts.
    private func walk(_ registrar: Registrar, waits: Bool) -> NumberedWalk {
        NumberedWalk { number in
            let key = key(number, in: registrar.vault)
            if waits, let ticket = registrar.ledger.pending(key) { throw OnItsWay(ticket: ticket) }
            return try registrar.ledger.find(key)
        }
    }

    /// The key of the record that comes next. O(log n) look-ups.
    ///
    /// - Throws: ``OnItsWay`` while one is queued.
    func next(in registrar: Registrar) throws -> DomainKey {
        key(try walk(registrar, waits: true).count() + 1, in: registrar.vault)
    }

    /// The same where all records of the list are queued under one issuer's lock: one that is on its way counts.
    func nextQueued(in registrar: Registrar) throws -> DomainKey {
        let walk = NumberedWalk { number in
            // Which entry it will be doesn't matter here.
            try registrar.decision(for: key(number, in: registrar.vault)) == nil ? nil : 0
        }
        return key(try walk.count() + 1, in: registrar.vault)
    }

    /// The entries below an index, newest first, one at a time; what is queued does not count. O(log n) look-ups to begin with.
    func newest(in registrar: Registrar, before end: UInt64) throws -> EntrySearch.Source {
        try walk(registrar, waits: false).newest(before: end)
    }

    /// Calls `body` with the entries of the newest records, newest first, until it returns false. O(log n + the number of calls) look-ups.
    ///
    /// - Parameter end: only entries with a smaller index.
    /// - Throws: ``OnItsWay`` while one is queued, if that is waited for; what `body` throws.
    func visitNewest(
        in registrar: Registrar, waits: Bool, before end: UInt64 = .max, _ body: (UInt64) throws -> Bool
    ) throws {
        try walk(registrar, waits: waits).visitNewest(before: end, body)
    }
}

/// A walk through a list of entries that is numbered from 1 without gaps, later numbers with later entries.
struct NumberedWalk {
    /// The entry with a number; `nil` behind the last.
    let find: (Int) throws -> UInt64?

    /// How many there are. O(log n) look-ups.
    func count() throws -> Int { try last { _ in true } }

    /// Calls `body` with the entries below an index, newest first, until it returns false. O(log n + the number of calls) look-ups.
    func visitNewest(before end: UInt64 = .max, _ body: (UInt64) throws -> Bool) throws {
        let next = try newest(before: end)
        while let entry = try next(), try body(entry) {}
    }

    /// The last number whose entry is there and meant; 0 for none. Those that are meant come before those that are not.
    func last(_ isMeant: (UInt64) -> Bool) throws -> Int {
        func holds(_ number: Int) throws -> Bool { try find(number).map(isMeant) ?? false }
        guard try holds(1) else { return 0 }
        var (low, high) = (1, 2)
        while try holds(high) { (low, high) = (high, high * 2) }
        while high - low > 1 {
            let middle = (low + high) / 2
            if try holds(middle) { low = middle } else { high = middle }
        }
        return low
    }
}
