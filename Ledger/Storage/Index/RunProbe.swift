/// Fences and filters of a run, as a lookup wants them: nothing to retain, nothing to check.
///
/// `@unchecked Sendable`: the memory is written before the probe is made and never again. It belongs to the `RunFences` and
/// `RunFilters` that the probe is made of, and is used only while the `RunFile` that holds them lives.
struct RunProbe: @unchecked Sendable {
    struct Group {
        /// The base of its first page.
        let base: UInt64
        let filter: FuseFilter
        /// As many bytes as the filter has fingerprints.
        let fingerprints: UnsafePointer<UInt8>
    }

    private let heads: UnsafePointer<UInt64>
    private let pageCount: Int
    // One for each group of pages; nil in a run without filters.
    private let groups: UnsafePointer<Group>?
    private let groupPageCount: UInt32
    private let groupCount: Int

    init(_ fences: RunFences, _ filters: RunFilters?) {
        heads = UnsafePointer(fences.heads)
        pageCount = fences.count
        groups = filters.map { UnsafePointer($0.groups) }
        groupPageCount = filters?.groupPageCount ?? 1
        groupCount = filters?.groupCount ?? 0
    }

    /// Whether a page may hold a place; false for most places that no page holds.
    @inline(__always)
    func mayHold(_ place: UInt64) -> Bool {
        guard let groups, groupCount > 0, place >= groups[0].base else { return mayHoldByPage(place) }
        // Nearly always the right group, and then no branch of this is mispredicted, as those of a search for the page are.
        var group = guess(of: place) / Int(groupPageCount)
        while groups[group].base > place { group -= 1 }
        while group + 1 < groupCount, groups[group + 1].base <= place { group += 1 }
        // The records of a place may begin in the group before.
        if groups[group].base == place { return mayHoldByPage(place) }
        return groups[group].filter.mayContain(place, groups[group].fingerprints)
    }

    private func mayHoldByPage(_ place: UInt64) -> Bool {
        for page in pages(of: place) where mayHold(place, page: page) { return true }
        return false
    }

    /// Whether one of the pages of `pages(of:)` may hold a place.
    @inline(__always)
    func mayHold(_ place: UInt64, page: Int) -> Bool {
        // The base of a page before the first may be above the place: no page begins below it.
        guard place &- base(page) < RunPage.span else { return false }
        guard let groups else { return true }
        let group = groups + Int(UInt32(truncatingIfNeeded: page) / groupPageCount)
        return group.pointee.filter.mayContain(place, group.pointee.fingerprints)
    }

    @inline(__always)
    func base(_ page: Int) -> UInt64 { heads[page] & RunPage.baseMask }

    /// The pages that may hold a place: the last that begins below it, and those that begin with it.
    @inline(__always)
    func pages(of place: UInt64) -> Range<Int> {
        let first = firstPage(from: place)
        var end = first
        // Nearly always none: a place that begins a page.
        while end < pageCount, base(end) == place { end += 1 }
        return max(0, first - 1)..<end
    }

    /// Where a place would be if all were evenly spread.
    @inline(__always)
    private func guess(of place: UInt64) -> Int {
        Int((place << (64 - IndexKey.placeBitCount)).multipliedFullWidth(by: UInt64(pageCount)).high)
    }

    /// The first page whose base is at or above a place. O(log of the guess's error): places are uniform, so the guess is near.
    @inline(__always)
    private func firstPage(from place: UInt64) -> Int {
        guard pageCount > 0 else { return 0 }
        let guess = guess(of: place)
        var (low, high) = (guess, guess)
        var step = 1
        if base(guess) < place {
            // Everything up to `low` lies below.
            repeat {
                low = high
                high = min(pageCount, high + step)
                step *= 2
            } while high < pageCount && base(high) < place
        } else {
            // Everything from `high` on lies at or above.
            repeat {
                high = low
                low = max(0, low - step)
                step *= 2
            } while low > 0 && base(low) >= place
            if low == 0, base(0) >= place { return 0 }
        }
        low += 1
        while low < high {
            let middle = (low + high) / 2
            if base(middle) < place { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
