import CCMS
import Catalogue
import Glibc

/// A PIN, a passphrase or a key's bytes: kept out of the swap where the system allows it, and wiped when it goes.
///
/// `@unchecked Sendable`: the memory is written by the initialisers only.
public final class SignerSecret: @unchecked Sendable, CustomStringConvertible {
    private let memory: UnsafeMutableRawBufferPointer
    /// How many bytes it has.
    public let count: Int

    /// Takes the bytes over and wipes them where they were.
    ///
    /// Hand over the only copy: what other copies an array had before is not reached.
    public convenience init(emptying bytes: inout [UInt8]) {
        self.init(room: bytes.count, count: bytes.count)
        bytes.withUnsafeMutableBytes { source in
            memory.copyMemory(from: UnsafeRawBufferPointer(source))
            if let start = source.baseAddress { ccms_cleanse(start, source.count) }
        }
        bytes = []
    }

    private init(room: Int, count: Int) {
        memory = .allocate(byteCount: max(1, room), alignment: 16)
        self.count = count
        // Where the limit on locked memory is too low, the secret is kept all the same.
        _ = mlock(memory.baseAddress!, memory.count)
    }

    deinit {
        ccms_cleanse(memory.baseAddress, memory.count)
        munlock(memory.baseAddress!, memory.count)
        memory.deallocate()
    }

    /// Never the secret.
    public var description: String { "secret" }

    func withBytes<Result>(_ body: (UnsafePointer<UInt8>) -> Result) -> Result {
        body(UnsafePointer(memory.baseAddress!.assumingMemoryBound(to: UInt8.self)))
    }

    /// Reads a file of at most `limit` bytes, and tells whether others than its owner may read it.
    static func reading(_ file: String, limit: Int) throws(Failure) -> (bytes: SignerSecret, isOpen: Bool) {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(file, String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw unreadable(file, String(cString: strerror(errno))) }
        let room = SignerSecret(room: limit + 1, count: 0)
        var filled = 0
        while filled <= limit {
            let count = read(descriptor, room.memory.baseAddress! + filled, limit + 1 - filled)
            if count < 0 {
                if errno == EINTR { continue }
                throw unreadable(file, String(cString: strerror(errno)))
            }
            if count == 0 { break }
            filled += count
        }
        guard filled <= limit else { throw unreadable(file, "it has more than \(limit) bytes") }
        let bytes = SignerSecret(room: filled, count: filled)
        bytes.memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: room.memory[..<filled]))
        return (bytes, status.st_mode & (S_IRWXG | S_IRWXO) != 0)
    }

    /// Without the line end that editors add.
    func withoutLineEnd() -> SignerSecret {
        var count = count
        while count > 0, memory[count - 1] == 0x0a || memory[count - 1] == 0x0d { count -= 1 }
        let line = SignerSecret(room: count, count: count)
        line.memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[..<count]))
        return line
    }

    private static func unreadable(_ file: String, _ reason: String) -> Failure {
        Problem.signingFileUnreadable(["file": file, "reason": reason])
    }
}

/// Runs `body` with the bytes of a secret, or with NULL when there is none.
func withSecret<Result>(_ secret: SignerSecret?, _ body: (UnsafePointer<UInt8>?, Int) -> Result) -> Result {
    guard let secret else { return body(nil, 0) }
    return secret.withBytes { body($0, secret.count) }
}
