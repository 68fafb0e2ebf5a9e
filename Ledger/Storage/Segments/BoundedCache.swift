import Synchronization

/// Keeps what was used last, within a number of values. Safe to use from several threads at once.
///
/// Two generations: when the young one is full it becomes the old one, and what was not used meanwhile is forgotten. O(1).
final class BoundedCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Content {
        var young: [Key: Value] = [:]
        var old: [Key: Value] = [:]
    }

    private let content = Mutex(Content())
    private let generationLimit: Int

    /// - Parameter limit: the most values that are kept, at least 2.
    init(limit: Int) {
        generationLimit = max(1, limit / 2)
    }

    func find(_ key: Key) -> Value? {
        content.withLock { content in
            if let value = content.young[key] { return value }
            guard let value = content.old[key] else { return nil }
            insert(value, key, &content)
            return value
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
            content.young = content.young.filter { !isGone($0.key) }
            content.old = content.old.filter { !isGone($0.key) }
        }
    }

    private func insert(_ value: Value, _ key: Key, _ content: inout Content) {
        if content.young.count >= generationLimit {
            content.old = content.young
            content.young = [:]
        }
        content.young[key] = value
    }
}
