import Synchronization

/// Keeps what was used lately, within a number of values. Safe to use from several threads at once.
///
/// A clock: the hand passes over what was used since it last came by. Nothing is forgotten before there is no room. O(1) on average.
final class BoundedCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Slot {
        let key: Key
        var value: Value
        var isUsed = false
    }

    private struct Content {
        var slots: [Slot] = []
        var places: [Key: Int] = [:]
        var hand = 0
    }

    private let content = Mutex(Content())
    private let limit: Int

    /// - Parameter limit: the most values that are kept, at least 1.
    init(limit: Int) {
        self.limit = max(1, limit)
    }

    func find(_ key: Key) -> Value? {
        content.withLock { content in
            guard let place = content.places[key] else { return nil }
            content.slots[place].isUsed = true
            return content.slots[place].value
        }
    }

    /// The value of a key, made when it is not there. Two threads may make it at once; one of the two stays.
    func value<E: Error>(_ key: Key, make: () throws(E) -> Value) throws(E) -> Value {
        if let value = find(key) { return value }
        let value = try make()
        content.withLock { insert(value, key, &$0) }
        return value
    }

    func remove(where isGone: (Key) -> Bool) {
        content.withLock { content in
            content.slots.removeAll { isGone($0.key) }
            content.places = [:]
            for (place, slot) in content.slots.enumerated() { content.places[slot.key] = place }
            content.hand = 0
        }
    }

    private func insert(_ value: Value, _ key: Key, _ content: inout Content) {
        if let place = content.places[key] {
            content.slots[place].value = value
            return
        }
        guard content.slots.count >= limit else {
            content.places[key] = content.slots.count
            content.slots.append(Slot(key: key, value: value))
            return
        }
        while content.slots[content.hand].isUsed {
            content.slots[content.hand].isUsed = false
            content.hand = (content.hand + 1) % limit
        }
        content.places[content.slots[content.hand].key] = nil
        content.places[key] = content.hand
        content.slots[content.hand] = Slot(key: key, value: value)
        content.hand = (content.hand + 1) % limit
    }
}
