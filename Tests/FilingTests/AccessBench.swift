import CanonicalJSON
import Catalogue
import LedgerEngine
import LedgerMerkle
import LedgerStorage

@testable import Filing

/// The access log of a small ledger, on a disk that fails where it is told to.
final class AccessBench {
    static let folder = "/access"
    /// 2026-02-12, 15:31:42 in Ulaanbaatar.
    static let noon: UInt64 = 1_770_881_502_000
    static let today = AccessDay(unixMilliseconds: noon) ?? AccessDay(number: 1)

    let desk: Desk
    private(set) var disk: FaultyDisk
    private(set) var log: AccessLog
    let partHeight: Int

    init(partHeight: Int = 3, disk: FaultyDisk = FaultyDisk()) throws {
        desk = try Desk()
        self.disk = disk
        self.partHeight = partHeight
        log = try AccessBench.open(desk, disk, partHeight)
    }

    private static func open(_ desk: Desk, _ disk: FaultyDisk, _ partHeight: Int) throws -> AccessLog {
        try AccessLog(desk.registrar, disk: disk, clock: desk.clock, path: folder, partHeight: partHeight)
    }

    /// A line; every fourth is about the same act.
    static func line(_ number: Int, at time: UInt64 = noon, act: String? = nil) -> AccessLine {
        AccessLine(
            time: time, act: act ?? "NT002-2026-\(number % 4)", reader: .init(.notary, "NT002"), purpose: .record,
            detail: "№ \(number)")
    }

    /// Appends lines one after another, each in a batch of its own.
    @discardableResult
    func append(_ numbers: Range<Int>, at time: UInt64 = noon) async throws -> [AccessLog.Position] {
        var positions: [AccessLog.Position] = []
        for number in numbers { positions.append(try await log.append(AccessBench.line(number, at: time))) }
        return positions
    }

    /// Opens the log again, on the disk as a loss leaves it.
    func reopen(_ loss: FaultyDisk.Loss = .nothing) async throws {
        await log.close()
        try restart(on: disk.crashed(loss))
    }

    /// Opens the log again without closing it: the process was killed.
    func restart(on disk: FaultyDisk) throws {
        log = try AccessBench.open(desk, disk, partHeight)
        self.disk = disk
    }

    func lines(_ day: AccessDay = today) throws -> [LoggedAccess] {
        var lines: [LoggedAccess] = []
        try log.lines(of: day) {
            lines.append($0)
            return true
        }
        return lines
    }

    func details(_ day: AccessDay = today) throws -> [String] { try lines(day).map { $0.line.detail ?? "" } }

    static func path(_ day: AccessDay = today) -> String { "\(folder)/\(day).log" }

    /// Puts other bytes into a file that may never have been synced.
    func change(_ path: String, _ change: (inout [UInt8]) -> Void) throws {
        var bytes = disk.bytes(path)
        change(&bytes)
        try disk.remove(path)
        try disk.open(path, readOnly: false, create: true).write(bytes, at: 0)
    }

    /// Where the frames of a day's file begin, and where the last one ends.
    func frames(_ day: AccessDay = today) -> [Int] {
        let bytes = disk.bytes(AccessBench.path(day))
        var places = [AccessFormat.headerByteCount]
        bytes.withUnsafeBytes { bytes in
            while let last = places.last, last < bytes.count,
                let frame = AccessFrame(UnsafeRawBufferPointer(rebasing: bytes[last...]), at: last)
            {
                places.append(frame.end)
            }
        }
        return places
    }

    /// The root over leaf hashes as RFC 6962 section 2.1 writes it.
    static func root(_ leaves: ArraySlice<Digest>) -> Digest {
        guard leaves.count > 1 else { return leaves.first ?? TreeHash.empty }
        var split = 1
        while split * 2 < leaves.count { split *= 2 }
        let middle = leaves.startIndex + split
        return SHA256.hash([1] + root(leaves[..<middle]).bytes + root(leaves[middle...]).bytes)
    }
}

/// The code of the failure that something ends with; "" when it does not fail.
func code(_ body: () async throws -> Void) async -> String {
    do {
        try await body()
        return ""
    } catch {
        return Failure(from: error)?.problem.code ?? "\(error)"
    }
}
