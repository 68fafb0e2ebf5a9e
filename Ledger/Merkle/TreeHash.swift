import CSHA256

/// The hashes of an RFC 6962 section 2.1 tree (the same as RFC 9162 section 2.1).
public enum TreeHash {
    /// The root of the tree of size 0: SHA-256 of nothing.
    public static let empty = SHA256().finalize()

    /// SHA-256(0x00 ‖ leaf). One compression up to 54 bytes.
    public static func leaf(_ bytes: [UInt8]) -> Digest {
        bytes.withUnsafeBytes { leaf($0) }
    }

    /// SHA-256(0x00 ‖ leaf).
    public static func leaf(_ bytes: UnsafeRawBufferPointer) -> Digest {
        var length = UInt32(bytes.count)
        return Digest { out in
            csha256_leaves(
                bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), &length, 1,
                out.baseAddress?.assumingMemoryBound(to: UInt8.self))
        }
    }

    /// SHA-256(0x01 ‖ left ‖ right). Two compressions.
    public static func node(_ left: Digest, _ right: Digest) -> Digest {
        left.withUnsafeBytes { l in
            right.withUnsafeBytes { r in
                Digest { out in
                    csha256_node(
                        l.baseAddress?.assumingMemoryBound(to: UInt8.self),
                        r.baseAddress?.assumingMemoryBound(to: UInt8.self),
                        out.baseAddress?.assumingMemoryBound(to: UInt8.self))
                }
            }
        }
    }

    /// The hashes of many leaves that lie one after another, in one call.
    ///
    /// - Precondition: the lengths add up to no more than the bytes given.
    public static func leaves(_ bytes: UnsafeRawBufferPointer, lengths: [UInt32]) -> [Digest] {
        precondition(lengths.reduce(0) { $0 + Int($1) } <= bytes.count)
        return digests(count: lengths.count) { out in
            csha256_leaves(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), lengths, lengths.count, out)
        }
    }

    /// The parents of consecutive pairs, in one call; an odd last child is ignored.
    public static func parents(_ children: some RandomAccessCollection<Digest>) -> [Digest] {
        let count = children.count / 2
        let hashed: [Digest]? = children.withContiguousStorageIfAvailable { buffer in
            digests(count: count) { out in
                csha256_nodes(
                    UnsafeRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: UInt8.self), count, out)
            }
        }
        return hashed ?? parents(Array(children))
    }

    private static func digests(count: Int, _ body: (UnsafeMutablePointer<UInt8>?) -> Void) -> [Digest] {
        [Digest](unsafeUninitializedCapacity: count) { buffer, initialized in
            buffer.initialize(repeating: .zero)
            body(UnsafeMutableRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: UInt8.self))
            initialized = count
        }
    }

    /// The root over any number of leaf hashes. O(n).
    public static func root(of leaves: some RandomAccessCollection<Digest>) -> Digest {
        guard !leaves.isEmpty else { return empty }
        var level = Array(leaves)
        while level.count > 1 {
            var next = parents(level)
            if level.count % 2 == 1, let last = level.last { next.append(last) }
            level = next
        }
        return level[0]
    }
}
