/// Goes through lists of entries, newest first, a page at a time and not without end.
enum EntrySearch {
    /// The next entry of a list, each older than the one before; `nil` behind the last.
    typealias Source = () throws -> UInt64?

    /// What was found, newest first.
    struct Page<Found> {
        var found: [Found] = []
        /// Only entries below this index are left for the next page; `nil` when there are none.
        var next: UInt64?
    }

    /// A page of several lists, merged: an entry that stands in more than one counts once.
    ///
    /// - Parameters:
    ///   - limit: how many are found at most.
    ///   - bound: how many entries are looked at, at most: where it is reached the page ends, short or empty, and the next one goes on there.
    ///   - examine: what is to be found of an entry, and the number of the list that has it; `nil` for nothing. What is not found does not
    ///     show as a further page, but for the bound.
    /// - Complexity: O((log n + bound) look-ups) and the examining.
    static func page<Found>(
        of sources: [Source], limit: Int, bound: Int, examine: (_ index: UInt64, _ source: Int) throws -> Found?
    ) throws -> Page<Found> {
        var page = Page<Found>()
        var heads = try sources.map { try $0() }
        var looked = 0
        while let newest = heads.compactMap(\.self).max(), let first = heads.firstIndex(of: newest) {
            guard looked < bound else {
                page.next = newest + 1
                break
            }
            looked += 1
            if let found = try examine(newest, first) {
                guard page.found.count < limit else {
                    page.next = newest + 1
                    break
                }
                page.found.append(found)
            }
            for source in heads.indices where heads[source] == newest { heads[source] = try sources[source]() }
        }
        return page
    }
}

extension NumberedWalk {
    /// The entries below an index, newest first, one at a time. O(log n) look-ups to begin with.
    func newest(before end: UInt64) throws -> EntrySearch.Source {
        var number = try last { $0 < end }
        return {
            guard number > 0, let entry = try find(number) else { return nil }
            number -= 1
            return entry
        }
    }
}

/// The entries of a party, as the index gives them, newest first.
final class IndexedEntries {
    private let parties: any PartyIndex
    private let keys: [[UInt8]]
    private let limit: Int
    /// The oldest comes first.
    private var ahead: [UInt64] = []
    private var before: UInt64
    private var isEnd = false
    /// Whether nothing could be missing among those that were given.
    private(set) var isWhole = true

    init(_ parties: any PartyIndex, _ keys: [[UInt8]], before end: UInt64, _ limit: Int) {
        (self.parties, self.keys, before, self.limit) = (parties, keys, end, limit)
    }

    func next() throws -> UInt64? {
        if ahead.isEmpty, !isEnd {
            let (found, isWhole) = try parties.entries(under: keys, before: before, limit: limit + 1)
            ahead = found.reversed()
            isEnd = found.count <= limit
            self.isWhole = self.isWhole && isWhole
        }
        guard let next = ahead.popLast() else { return nil }
        before = next
        return next
    }
}
