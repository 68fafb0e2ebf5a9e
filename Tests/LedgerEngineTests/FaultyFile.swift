import Dispatch
import LedgerStorage

extension FaultyDisk {
    /// An open file of a faulty disk.
    ///
    /// `@unchecked`: the node is touched only while the disk's lock is held.
    final class File: DiskFile, @unchecked Sendable {
        let path: String
        private let node: Node
        private let disk: Guarded

        init(path: String, node: Node, disk: Guarded) {
            self.path = path
            self.node = node
            self.disk = disk
        }

        deinit {
            disk.withLock { state in
                state.openFiles -= 1
                if node.lockedBy == ObjectIdentifier(self) { node.lockedBy = nil }
            }
        }

        func size() throws(DiskError) -> Int {
            try disk.withLock { (state) throws(DiskError) in
                try state.begin("stat", path)
                return node.visible.count
            }
        }

        func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(DiskError) -> Int {
            try disk.withLock { (state) throws(DiskError) in
                try state.begin("read", path)
                let count = max(0, min(buffer.count, node.visible.count - offset))
                guard count > 0 else { return 0 }
                node.visible.withUnsafeBytes { bytes in
                    buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count]))
                }
                return count
            }
        }

        func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(DiskError) {
            try disk.withLock { (state) throws(DiskError) in
                var failure = state.beginOrFailure("write", path)
                var count = bytes.count
                if failure != nil { count = state.isDying ? count : state.generator.below(count + 1) }
                if state.capacity < Int.max {
                    let used = state.names.values.reduce(0) { $0 + $1.visible.count }
                    let room = max(0, state.capacity - used) + max(0, node.visible.count - offset)
                    if count > room {
                        count = room
                        failure = failure ?? .injected(.full, "write", path)
                    }
                }
                if count > 0, !state.isGone {
                    var part = Array(bytes.prefix(count))
                    if let asked = state.changing, asked.count > 0, path.hasSuffix(asked.path) {
                        part[part.count / 2] ^= 1
                        state.changing?.count -= 1
                    }
                    node.visible.place(part, at: offset)
                    node.pending.append((offset, part))
                }
                if let failure { throw failure }
            }
        }

        func synchronize() throws(DiskError) {
            let gate = disk.withLock { state in
                if state.gate != nil { state.waitingAtGate += 1 }
                return state.gate
            }
            if let gate {
                gate.wait()
                gate.signal()
                disk.withLock { $0.waitingAtGate -= 1 }
            }
            try disk.withLock { (state) throws(DiskError) in
                let failure = state.beginOrFailure("sync", path)
                if let failure {
                    if state.isGone || state.isDying { throw failure }
                    // The kernel calls the pages clean, whether the medium has them or not.
                    for write in node.pending where state.generator.below(2) == 0 {
                        node.durable.place(write.bytes, at: write.offset)
                    }
                    node.isCacheWrong = true
                    node.pending = []
                    throw failure
                }
                for write in node.pending { node.durable.place(write.bytes, at: write.offset) }
                node.pending = []
            }
        }

        func tryLock() throws(DiskError) -> Bool {
            try disk.withLock { (state) throws(DiskError) in
                try state.begin("lock", path)
                guard node.lockedBy == nil || node.lockedBy == ObjectIdentifier(self) else { return false }
                node.lockedBy = ObjectIdentifier(self)
                return true
            }
        }

        func dropCache() {
            disk.withLock { _ in
                guard node.isCacheWrong else { return }
                node.isCacheWrong = false
                node.visible = node.durable
                for write in node.pending { node.visible.place(write.bytes, at: write.offset) }
            }
        }
    }
}

/// SplitMix64: the same faults for the same seed, on every machine.
struct Generator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }

    mutating func below(_ limit: Int) -> Int { limit <= 1 ? 0 : Int(next() % UInt64(limit)) }

    mutating func bytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count { bytes.append(bigEndian: next()) }
        return Array(bytes.prefix(count))
    }

    /// Keeps, loses or tears a write at a multiple of 512 bytes of the file.
    mutating func applyPart(of write: (offset: Int, bytes: [UInt8]), to image: inout [UInt8]) {
        let end = write.offset + write.bytes.count
        let firstBoundary = (write.offset / 512 + 1) * 512
        let boundaries = end > firstBoundary ? (end - firstBoundary + 511) / 512 : 0
        switch below(boundaries > 0 ? 4 : 2) {
        case 0: return
        case 1: image.place(write.bytes, at: write.offset)
        case let part:
            let cut = firstBoundary + 512 * below(boundaries) - write.offset
            if part == 2 {
                image.place(Array(write.bytes[..<cut]), at: write.offset)
            } else {
                image.place(Array(write.bytes[cut...]), at: write.offset + cut)
            }
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(bigEndian word: UInt64) {
        for shift in stride(from: 56, through: 0, by: -8) { append(UInt8(truncatingIfNeeded: word >> UInt64(shift))) }
    }

    /// Writes as a file is written: beyond the end it grows, with zeros in a gap.
    fileprivate mutating func place(_ bytes: [UInt8], at offset: Int) {
        guard !bytes.isEmpty else { return }
        let end = offset + bytes.count
        if offset == count {
            append(contentsOf: bytes)
            return
        }
        if end > count { append(contentsOf: [UInt8](repeating: 0, count: end - count)) }
        withUnsafeMutableBytes { target in
            bytes.withUnsafeBytes { source in
                UnsafeMutableRawBufferPointer(rebasing: target[offset..<end]).copyMemory(from: source)
            }
        }
    }
}

extension DiskError {
    static func injected(_ code: DiskError.Code, _ operation: String, _ path: String) -> DiskError {
        DiskError(code: code, operation: operation, path: path, reason: "injected")
    }
}
