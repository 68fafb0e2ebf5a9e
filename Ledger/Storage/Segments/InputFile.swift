import LedgerMerkle

/// A file that is read from its start to its end, hashed on the way, past the kernel's cache.
final class InputFile {
    let file: any DiskFile
    private(set) var position = 0
    private var hash = SHA256()
    private let checksum = RunningChecksum()
    private var memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 64)

    init(disk: any Disk, path: String) throws(DiskError) {
        file = try disk.open(path, readOnly: true, create: false)
        file.dropCache()
    }

    deinit {
        memory.deallocate()
    }

    /// The next bytes, valid until the next call.
    ///
    /// - Throws: `StoredDamage` when the file ends before, or the disk refuses them.
    func next(_ count: Int, index: UInt64? = nil) throws(StoredDamage) -> UnsafeRawBufferPointer {
        if count > memory.count {
            memory.deallocate()
            memory = .allocate(byteCount: count, alignment: 64)
        }
        let target = UnsafeMutableRawBufferPointer(rebasing: memory[..<count])
        let read: Int
        do throws(DiskError) {
            read = try file.read(into: target, at: position)
        } catch {
            throw StoredDamage(file.path, position, index: index, "the disk does not give it: \(error.reason)")
        }
        guard read == count else { throw StoredDamage(file.path, position + read, index: index, "the file ends") }
        let bytes = UnsafeRawBufferPointer(target)
        hash.update(bytes)
        checksum.update(bytes)
        position += count
        return bytes
    }

    /// SHA-256 over everything read so far.
    var digest: Digest { hash.finalize() }

    /// Holds the parity of the file against what was read: all of it.
    ///
    /// - Returns: the bytes of parity that were read.
    /// - Throws: `StoredDamage` when there is none, it is damaged, or was made of other bytes.
    @discardableResult
    func checkParity(disk: any Disk, ledgerID: Digest) throws(StoredDamage) -> Int {
        let parity = try OpenParity.whole(for: file.path, disk: disk, ledgerID: ledgerID)
        guard parity.table.length == position, parity.table.checksum == checksum.value else {
            throw StoredDamage(ParityFile.path(for: file.path), 0, "it is the parity of other bytes")
        }
        return parity.table.fileByteCount
    }
}

extension OpenParity {
    /// The parity of a file, every byte of it checked.
    ///
    /// - Throws: `StoredDamage` when there is none, or it is damaged.
    static func whole(for path: String, disk: any Disk, ledgerID: Digest) throws(StoredDamage) -> OpenParity {
        let parity: OpenParity
        do {
            parity = try OpenParity(for: path, disk: disk, ledgerID: ledgerID)
        } catch {
            let reason = (error as? StorageError)?.reason ?? "\(error)"
            throw StoredDamage(ParityFile.path(for: path), 0, "it cannot heal anything: \(reason)")
        }
        if let damage = parity.damage.first {
            throw StoredDamage(damage.file, damage.offset, "\(damage.length) bytes of parity are damaged")
        }
        return parity
    }
}

/// The first bytes that are not what they must be.
public struct StoredDamage: Error, Hashable, Sendable, CustomStringConvertible {
    public let file: String
    /// Where the damaged structure begins, bytes.
    public let offset: Int
    /// The entry concerned, or the first of those concerned; `nil` when it is no entry's.
    public let index: UInt64?
    public let reason: String

    public init(_ file: String, _ offset: Int, index: UInt64? = nil, _ reason: String) {
        self.file = file
        self.offset = offset
        self.index = index
        self.reason = reason
    }

    public var description: String {
        "\(file), byte \(offset)\(index.map { ", entry \($0)" } ?? ""): \(reason)"
    }
}
