/// The fences of a run, in memory: 16 bytes a page.
///
/// `@unchecked Sendable`: written by the initialiser alone.
final class RunFences: @unchecked Sendable {
    let count: Int
    // Apart, so that a search touches only what it compares. For probes.
    let heads: UnsafeMutablePointer<UInt64>
    private let checksums: UnsafeMutablePointer<UInt64>

    /// - Throws: `StorageError` when the fences are not those that the footer says, `DiskError`.
    init(_ file: any DiskFile, _ path: String, at offset: Int, _ footer: RunFooter) throws {
        let bytes = try file.read(count: footer.fencesByteCount, at: offset)
        guard bytes.count == footer.fencesByteCount, Checksum.of(bytes) == footer.fenceChecksum else {
            throw StorageError.damagedRun(path, at: offset, "the checksum of the fences is wrong")
        }
        count = Int(footer.pageCount)
        heads = .allocate(capacity: max(1, count))
        checksums = .allocate(capacity: max(1, count))
        bytes.withUnsafeBytes { bytes in
            for page in 0..<count {
                checksums[page] = bytes.load(bigEndian: UInt64.self, at: page * RunPage.headByteCount)
                heads[page] = bytes.load(bigEndian: UInt64.self, at: page * RunPage.headByteCount + 8)
            }
        }
        var (sum, last) = (UInt64(0), UInt64(0))
        for page in 0..<count {
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

    deinit {
        heads.deallocate()
        checksums.deallocate()
    }

    var memoryByteCount: Int { count * RunPage.headByteCount }

    /// - Precondition: the page is within `count`.
    subscript(page: Int) -> RunFence {
        precondition(page >= 0 && page < count)
        return RunFence(checksum: checksums[page], head: heads[page])
    }
}

/// The filters of a run, in memory: about 1.2 bytes a key.
///
/// `@unchecked Sendable`: written by the initialiser alone.
final class RunFilters: @unchecked Sendable {
    let groupPageCount: UInt32
    let groups: UnsafeMutablePointer<RunProbe.Group>
    let groupCount: Int
    private let bytes: UnsafeMutableRawBufferPointer

    /// - Throws: `StorageError` when the filters are not those that the footer says, `DiskError`.
    /// - Precondition: the footer says that there are filters, and is that of the file.
    init(
        _ file: any DiskFile, _ path: String, at offset: Int, _ footer: RunFooter, _ fences: RunFences
    ) throws {
        groupPageCount = footer.groupPageCount
        groupCount = (Int(footer.pageCount) + Int(groupPageCount) - 1) / Int(groupPageCount)
        groups = .allocate(capacity: max(1, groupCount))
        bytes = .allocate(byteCount: Int(footer.filterByteCount), alignment: 64)
        let count = try file.read(into: bytes, at: offset)
        guard count == bytes.count, Checksum.of(UnsafeRawBufferPointer(bytes)) == footer.filterChecksum else {
            throw StorageError.damagedRun(path, at: offset, "the checksum of the filters is wrong")
        }
        var position = 0
        for number in 0..<groupCount {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[position...])
            guard let filter = FuseFilter(rest), filter.fingerprintCount <= rest.count - FuseFilter.headByteCount,
                let start = rest.baseAddress
            else { throw StorageError.damagedRun(path, at: offset + position, "a filter with impossible lengths") }
            let fingerprints = (start + FuseFilter.headByteCount).assumingMemoryBound(to: UInt8.self)
            (groups + number).initialize(
                to: RunProbe.Group(
                    base: fences[number * Int(groupPageCount)].base, filter: filter, fingerprints: fingerprints))
            position += FuseFilter.headByteCount + filter.fingerprintCount
        }
        guard position == bytes.count else {
            throw StorageError.damagedRun(path, at: offset + position, "bytes of no filter")
        }
    }

    deinit {
        groups.deallocate()
        bytes.deallocate()
    }

    var memoryByteCount: Int { bytes.count + groupCount * MemoryLayout<RunProbe.Group>.stride }
}
