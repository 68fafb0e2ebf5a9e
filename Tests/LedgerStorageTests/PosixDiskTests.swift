import Glibc
import LedgerMerkle
import Testing

@testable import LedgerStorage

/// The real file system, as far as a test can see it.
@Suite struct PosixDiskTests {
    private func withFolder(_ body: (PosixDisk, String) throws -> Void) throws {
        var template = Array("/tmp/tamga-test-XXXXXX".utf8CString)
        let path = try #require(mkdtemp(&template).map { String(cString: $0) })
        let disk = PosixDisk()
        defer {
            for name in (try? disk.list(path)) ?? [] { try? disk.remove(path + "/" + name) }
            rmdir(path)
        }
        try body(disk, path)
    }

    @Test func filesAreWrittenReadRenamedAndRemoved() throws {
        try withFolder { disk, folder in
            let file = try disk.open(folder + "/a", readOnly: false, create: true)
            try file.write([1, 2, 3], at: 5)
            try file.synchronize()
            file.dropCache()
            #expect(try file.size() == 8)
            #expect(try file.read(count: 100, at: 4) == [0, 1, 2, 3])
            #expect(try file.read(count: 4, at: 100) == [])
            #expect(try disk.permissions(folder + "/a") == 0o600)
            try disk.rename(folder + "/a", to: folder + "/b")
            try disk.replace(folder + "/c", with: [9])
            try disk.synchronizeDirectory(folder)
            #expect(try disk.list(folder) == ["b", "c"])
            #expect(try disk.readAll(folder + "/c") == [9])
            #expect(throws: DiskError.self) { try disk.readAll(folder + "/b", limit: 7) }
            try disk.remove(folder + "/b")
            #expect(!disk.exists(folder + "/b"))
        }
    }

    @Test func failuresNameTheirKindAndPlace() throws {
        try withFolder { disk, folder in
            let missing = #expect(throws: DiskError.self) {
                try disk.open(folder + "/x", readOnly: true, create: false)
            }
            #expect(missing?.code == .notFound && missing?.path == folder + "/x")
            let readOnly = try disk.open("/proc/self/status", readOnly: true, create: false)
            #expect(throws: DiskError.self) { try readOnly.write([1], at: 0) }
            let full = try disk.open("/dev/full", readOnly: false, create: false)
            #expect(#expect(throws: DiskError.self) { try full.write([1], at: 0) }?.code == .full)
        }
    }

    @Test func tooManyOpenFilesAreToldFromOtherFailures() {
        #expect(DiskError.code(of: EMFILE) == .tooManyFiles && DiskError.code(of: ENFILE) == .tooManyFiles)
        #expect(DiskError.code(of: ENOSPC) == .full && DiskError.code(of: EDQUOT) == .full)
        #expect(DiskError.code(of: EIO) == .other)
    }

    @Test func aLockIsHeldUntilItsFileIsClosed() throws {
        try withFolder { disk, folder in
            var first: (any DiskFile)? = try disk.open(folder + "/lock", readOnly: false, create: true)
            let second = try disk.open(folder + "/lock", readOnly: false, create: true)
            #expect(try first?.tryLock() == true)
            #expect(try !second.tryLock())
            first = nil
            #expect(try second.tryLock())
        }
    }
}
