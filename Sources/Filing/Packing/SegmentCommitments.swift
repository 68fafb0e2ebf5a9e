import LedgerMerkle
import LedgerStorage
import Synchronization

/// The commitments of one segment's entries, and where each stands.
final class SegmentCommitments: CommitmentPlaces {
    private let entries: any SegmentEntries
    /// Made when it is first asked for: only packing needs it.
    private let places = Mutex<[UInt64: [Int32]]?>(nil)

    init(_ entries: any SegmentEntries) {
        self.entries = entries
    }

    var count: Int { entries.count }

    /// Bytes 10 to 41 of an entry (FORMATS.md, "Entry").
    func commitment(at position: Int) throws -> ArraySlice<UInt8> {
        let entry = try entries.entry(position)
        guard entry.count == 42 else { throw PackedReader.damaged("the entry at \(position) is no record's") }
        return entry[10..<42]
    }

    /// O(entries) at the first call, then O(1).
    func place(of commitment: Digest) throws -> Int? {
        try places.withLock { places in
            if places == nil {
                var made: [UInt64: [Int32]] = [:]
                made.reserveCapacity(entries.count)
                for position in 0..<entries.count {
                    let entry = try entries.entry(position)
                    guard entry.count == 42, let commitment = Digest(entry[10..<42]) else { continue }
                    made[commitment.prefixWord, default: []].append(Int32(position))
                }
                places = made
            }
            for place in places?[commitment.prefixWord] ?? [] {
                if try self.commitment(at: Int(place)).elementsEqual(commitment.bytes) { return Int(place) }
            }
            return nil
        }
    }
}
