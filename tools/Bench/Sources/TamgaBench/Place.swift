import Glibc
import LedgerStorage
import Synchronization

/// The folder of one run, and the promise that nothing of it stays: at the end, on an error, on Ctrl-C.
final class Place: Sendable {
    let path: String
    /// What must be stopped before the folder goes, newest last.
    private let stops = Mutex<[@Sendable () -> Void]>([])
    private let isStopping = Atomic(false)

    /// Makes the folder of this run within another.
    init(in parent: String) throws {
        for (directory, isShared) in [(parent, true), ("\(parent)/run-\(getpid())", false)] {
            // Another user's PostgreSQL must be able to pass through.
            guard mkdir(directory, 0o711) == 0 || (isShared && errno == EEXIST) else {
                throw BenchError("the folder \(directory) cannot be made: \(String(cString: strerror(errno)))")
            }
        }
        let names = try PosixDisk().list(parent).filter { $0.hasPrefix("run-") && $0 != "run-\(getpid())" }
        for name in names
        where name.dropFirst(4).allSatisfy(\.isNumber) && systemText("/proc/\(name.dropFirst(4))/stat") == "" {
            say("\(parent)/\(name) was left behind by a run that was killed; remove it")
        }
        path = Place.absolute("\(parent)/run-\(getpid())")
    }

    /// A path in the folder that nothing else uses.
    func fresh(_ name: String) -> String {
        "\(path)/\(name)-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
    }

    func whenDone(_ stop: @escaping @Sendable () -> Void) {
        stops.withLock { $0.append(stop) }
    }

    /// Stops what was started last, before the end of the run.
    func stopNewest() {
        stops.withLock { $0.popLast() }?()
    }

    /// Stops what was started and removes the folder.
    func clear() {
        let stops = stops.withLock { stops in
            defer { stops = [] }
            return stops
        }
        for stop in stops.reversed() { stop() }
        // Again while a thread that is still writing makes new files.
        for _ in 0..<20 {
            Place.remove(path)
            if access(path, F_OK) != 0 { return }
            usleep(50_000)
        }
        say("\(path) could not be removed")
    }

    /// Removes the folder and ends the process when one of the usual signals comes.
    func clearOnSignals() {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { return }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        signalEnd = ends[1]
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number) { number in
                var byte = UInt8(truncatingIfNeeded: number)
                write(signalEnd, &byte, 1)
            }
        }
        // A reader that went away, such as `| head`, is an error of the write and not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        let reading = ends[0]
        inBackground {
            var byte: UInt8 = 0
            while read(reading, &byte, 1) != 1 {}
            self.isStopping.store(true, ordering: .relaxed)
            say("stopped; removing \(self.path)")
            self.clear()
            _exit(128 + Int32(byte))
        }
    }

    /// Never returns once a signal has come: what fails then fails because its folder is being removed.
    func waitIfStopping() {
        while isStopping.load(ordering: .relaxed) { pause() }
    }

    // MARK: Files

    /// Bytes that a user may still write where the path lies.
    static func freeBytes(at path: String) throws -> Int {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else {
            throw BenchError("the free space of \(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        return Int(status.f_bavail) * Int(status.f_frsize)
    }

    /// Bytes that a file or folder takes on the disk.
    static func bytesOnDisk(_ path: String) -> Int {
        var status = stat()
        guard lstat(path, &status) == 0 else { return 0 }
        guard status.st_mode & S_IFMT == S_IFDIR else { return Int(status.st_blocks) * 512 }
        let names = (try? PosixDisk().list(path)) ?? []
        return names.reduce(0) { $0 + bytesOnDisk("\(path)/\($1)") }
    }

    /// Asks the kernel to forget the cached pages of all files of a folder.
    static func dropCaches(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        if status.st_mode & S_IFMT == S_IFDIR {
            for name in (try? PosixDisk().list(path)) ?? [] { dropCaches("\(path)/\(name)") }
        } else if let file = try? PosixDisk().open(path, readOnly: true, create: false) {
            file.dropCache()
        }
    }

    static func remove(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        if status.st_mode & S_IFMT == S_IFDIR {
            for name in (try? PosixDisk().list(path)) ?? [] { remove("\(path)/\(name)") }
        }
        _ = Glibc.remove(path)
    }

    private static func absolute(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}

// Written once before the handlers are set; a handler may use nothing but a global.
nonisolated(unsafe) private var signalEnd: Int32 = -1

/// What ends a run, in words for the person who started it.
struct BenchError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Says how far the run is; the table alone goes to standard output.
func say(_ text: String) {
    let line = Array("bench: \(text)\n".utf8)
    write(STDERR_FILENO, line, line.count)
}
