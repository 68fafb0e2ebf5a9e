import Glibc

/// Finds entries by domain key. A view of the journal: never on the way of durability, rebuilt at will.
///
/// Sendable, so that it can lie within a guarded state; only the holder of that guard may call it.
public protocol Index: AnyObject, Sendable {
    /// Remembers that `key` is found at `index`; a later entry replaces an earlier one.
    func insert(_ key: DomainKey, at index: UInt64)
    /// The newest index under a key. Expected O(1).
    func find(_ key: DomainKey) -> UInt64?
    /// Forgets the keys that lead to entries before an index. O(keys).
    func removeAll(before index: UInt64)
    /// The number of keys.
    var count: Int { get }
}

/// An index in memory: open addressing with linear probing, 24 bytes a slot, at most three quarters full.
///
/// `@unchecked Sendable`: it has no lock of its own, the state that owns it is guarded as a whole.
public final class MemoryIndex: Index, @unchecked Sendable {
    private struct Slot {
        var high: UInt64
        var low: UInt64
        // Purpose plus one in the low 9 bits, the index above; 0 marks a free slot.
        var place: UInt64

        static let tagBits: UInt64 = 9
        static let tagMask: UInt64 = 1 << tagBits - 1
    }

    // Owned memory instead of an array: neither bounds nor uniqueness are checked once for each of a billion probes.
    private var slots: UnsafeMutablePointer<Slot>
    private var capacity: Int
    public private(set) var count = 0

    public init() {
        capacity = 1 << 10
        slots = MemoryIndex.free(capacity)
    }

    deinit {
        slots.deallocate()
    }

    /// - Precondition: the index is below 2^55.
    public func insert(_ key: DomainKey, at index: UInt64) {
        precondition(index >> (64 - Slot.tagBits) == 0)
        if (count + 1) * 4 > capacity * 3 { grow() }
        let tag = UInt64(key.purpose) + 1
        let slot = slots + position(high: key.high, low: key.low, tag: tag)
        if slot.pointee.place == 0 { count += 1 }
        slot.pointee = Slot(high: key.high, low: key.low, place: index << Slot.tagBits | tag)
    }

    public func find(_ key: DomainKey) -> UInt64? {
        let place = slots[position(high: key.high, low: key.low, tag: UInt64(key.purpose) + 1)].place
        return place == 0 ? nil : place >> Slot.tagBits
    }

    public func removeAll(before index: UInt64) {
        let (old, oldCapacity) = (slots, capacity)
        capacity = 1 << 10
        slots = MemoryIndex.free(capacity)
        count = 0
        for number in 0..<oldCapacity where old[number].place >> Slot.tagBits >= index && old[number].place != 0 {
            if (count + 1) * 4 > capacity * 3 { grow() }
            let slot = old[number]
            slots[position(high: slot.high, low: slot.low, tag: slot.place & Slot.tagMask)] = slot
            count += 1
        }
        old.deallocate()
    }

    /// The slot of a key, or the free slot where it belongs.
    private func position(high: UInt64, low: UInt64, tag: UInt64) -> Int {
        let mask = capacity - 1
        // Keys are hashes already: their bits address the table, the purpose keeps equal bits apart.
        var position = Int(truncatingIfNeeded: high &+ tag &* 0x9e37_79b9_7f4a_7c15) & mask
        while true {
            let slot = slots + position
            let place = slot.pointee.place
            if place == 0 || (slot.pointee.high == high && slot.pointee.low == low && place & Slot.tagMask == tag) {
                return position
            }
            position = (position + 1) & mask
        }
    }

    private func grow() {
        let (old, oldCapacity) = (slots, capacity)
        capacity *= 2
        slots = MemoryIndex.free(capacity)
        // In order, so that the new table is written as two runs and not at random.
        for number in 0..<oldCapacity where old[number].place != 0 {
            let slot = old[number]
            slots[position(high: slot.high, low: slot.low, tag: slot.place & Slot.tagMask)] = slot
        }
        old.deallocate()
    }

    private static func free(_ count: Int) -> UnsafeMutablePointer<Slot> {
        let byteCount = count * MemoryLayout<Slot>.stride
        let isLarge = byteCount >= hugePage
        let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: isLarge ? hugePage : 64)
        // Large pages spare most of the misses that random places cost. Advice only.
        if isLarge { _ = madvise(memory, byteCount, MADV_HUGEPAGE) }
        memset(memory, 0, byteCount)
        return memory.bindMemory(to: Slot.self, capacity: count)
    }

    private static let hugePage = 2 << 20
}
