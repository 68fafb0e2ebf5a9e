/// The fences of a run, in memory: 16 bytes a page.
struct RunFences: Sendable {
    // Apart, so that a search touches only what it compares.
    private let heads: [UInt64]
    private let checksums: [UInt64]

    /// - Throws: `StorageError` when the fences are not those that the footer says, `DiskError`.
    init(_ file: any DiskFile, _ path: String, at offset: Int, _ footer: RunFooter) throws {
        let bytes = try file.read(count: footer.fencesByteCount, at: offset)
        guard bytes.count == footer.fencesByteCount, Checksum.of(bytes) == footer.fenceChecksum else {
            throw StorageError.damagedRun(path, at: offset, "the checksum of the fences is wrong")
        }
        let words = bytes.withUnsafeBytes { bytes in
            (0..<bytes.count / 8).map { bytes.load(bigEndian: UInt64.self, at: $0 * 8) }
        }
        heads = stride(from: 1, to: words.count, by: 2).map { words[$0] }
        checksums = stride(from: 0, to: words.count, by: 2).map { words[$0] }
        var (sum, last) = (UInt64(0), UInt64(0))
        for page in heads.indices {
            let fence = self[page]
            guard (1...RunPage.capacity).contains(fence.count), fence.base >= last,
                fence.base >> IndexKey.placeBitCount == 0
            else { throw StorageError.damagedRun(path, at: offset, "the fences are out of order") }
            (sum, last) = (sum + UInt64(fence.count), fence.base)
        }
        guard sum == footer.recordCount else {
            throw StorageError.damagedRun(path, at: offset, "the fences count \(sum) records")
        }
    }

    /// The number of pages.
    var count: Int { heads.count }
    var memoryByteCount: Int { heads.count * RunPage.headByteCount }

    subscript(page: Int) -> RunFence { RunFence(checksum: checksums[page], head: heads[page]) }

    @inline(__always)
    func base(_ page: Int) -> UInt64 { heads[page] & RunPage.baseMask }

    /// The pages that may hold a place: the last that begins below it, and those that begin with it.
    @inline(__always)
    func pages(of place: UInt64) -> Range<Int> {
        let first = firstPage(from: place)
        var end = first
        // Nearly always none: a place that begins a page.
        while end < count, base(end) == place { end += 1 }
        return max(0, first - 1)..<end
    }

    /// The first page whose base is at or above a place. O(log of the guess's error): places are uniform, so the guess is near.
    private func firstPage(from place: UInt64) -> Int {
        guard count > 0 else { return 0 }
        let guess = Int((place << (64 - IndexKey.placeBitCount)).multipliedFullWidth(by: UInt64(count)).high)
        var (low, high) = (guess, guess)
        var step = 1
        if base(guess) < place {
            // Everything up to `low` lies below.
            repeat {
                low = high
                high = min(count, high + step)
                step *= 2
            } while high < count && base(high) < place
            low += 1
        } else {
            // Everything from `high` on lies at or above.
            repeat {
                high = low
                low = max(0, low - step)
                step *= 2
            } while low > 0 && base(low) >= place
            if low == 0, base(0) >= place { return 0 }
            low += 1
        }
        while low < high {
            let middle = (low + high) / 2
            if base(middle) < place { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// The filters of a run, in memory: about 1.2 bytes a key.
struct RunFilters: Sendable {
    private struct Group {
        let filter: FuseFilter
        /// Where its fingerprints begin.
        let offset: Int
    }

    private let groupPageCount: Int
    private var groups: [Group] = []
    private let bytes: [UInt8]

    /// - Throws: `StorageError` when the filters are not those that the footer says, `DiskError`.
    init(_ file: any DiskFile, _ path: String, at offset: Int, _ footer: RunFooter) throws {
        groupPageCount = Int(footer.groupPageCount)
        let byteCount = Int(footer.filterByteCount)
        bytes = try file.read(count: byteCount, at: offset)
        guard bytes.count == byteCount, Checksum.of(bytes) == footer.filterChecksum else {
            throw StorageError.damagedRun(path, at: offset, "the checksum of the filters is wrong")
        }
        var position = 0
        for _ in stride(from: 0, to: Int(footer.pageCount), by: groupPageCount) {
            let filter = bytes.withUnsafeBytes { FuseFilter(UnsafeRawBufferPointer(rebasing: $0[position...])) }
            guard let filter, position + FuseFilter.headByteCount + filter.fingerprintCount <= byteCount else {
                throw StorageError.damagedRun(path, at: offset + position, "a filter with impossible lengths")
            }
            groups.append(Group(filter: filter, offset: position + FuseFilter.headByteCount))
            position += FuseFilter.headByteCount + filter.fingerprintCount
        }
        guard position == byteCount else {
            throw StorageError.damagedRun(path, at: offset + position, "bytes of no filter")
        }
    }

    var memoryByteCount: Int { bytes.count + groups.count * MemoryLayout<Group>.stride }

    /// Whether a place may be in the group of a page.
    @inline(__always)
    func mayContain(_ place: UInt64, page: Int) -> Bool {
        let group = groups[page / groupPageCount]
        return bytes.withUnsafeBufferPointer { bytes in
            // The array holds as many bytes from there as the filter has: checked when it was read.
            bytes.baseAddress.map { group.filter.mayContain(place, $0 + group.offset) } ?? true
        }
    }
}
