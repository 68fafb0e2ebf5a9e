import Glibc
import Synchronization

/// Other programs as whole processes. Those still running are ended when the run is.
enum Process {
    struct Ended: Sendable {
        let seconds: Double
        let output: String
    }

    private static let running = Mutex<Set<pid_t>>([])

    /// Runs a program to its end and takes what it prints.
    ///
    /// - Throws: `BenchError` with its last words when it does not exit with 0.
    @discardableResult
    static func run(_ arguments: [String], in place: Place, environment: [String: String] = [:]) throws -> Ended {
        let log = place.fresh("output")
        defer { Place.remove(log) }
        let begin = monotonicSeconds()
        let process = try start(arguments, log: log, environment: environment)
        let status = wait(process)
        let elapsed = monotonicSeconds() - begin
        let output = systemText(log)
        guard status == 0 else {
            throw BenchError(
                "\(arguments.joined(separator: " ")) ended with status \(status): \(output.trimmed.suffix(400))")
        }
        return Ended(seconds: elapsed, output: output)
    }

    /// Starts a program; its output goes to a file.
    static func start(_ arguments: [String], log: String, environment: [String: String] = [:]) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A group of its own: Ctrl-C reaches this process alone, which then ends the others in order.
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF))
        var defaults = sigset_t()
        sigemptyset(&defaults)
        sigaddset(&defaults, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        let words = arguments.map { strdup($0) } + [nil]
        let variables = inherited(with: environment).map { strdup($0) } + [nil]
        defer { for word in words + variables { free(word) } }
        var process = pid_t()
        let failure = posix_spawnp(&process, arguments[0], &actions, &attributes, words, variables)
        guard failure == 0 else {
            throw BenchError("\(arguments[0]) cannot be started: \(String(cString: strerror(failure)))")
        }
        let started = process
        running.withLock { _ = $0.insert(started) }
        return started
    }

    /// Waits for the end: the exit code, or 128 and the signal.
    static func wait(_ process: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        running.withLock { _ = $0.remove(process) }
        return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
    }

    /// Whether a process that was started is still there.
    static func isRunning(_ process: pid_t) -> Bool {
        running.withLock { $0.contains(process) } && kill(process, 0) == 0 && waitpid(process, nil, WNOHANG) == 0
    }

    /// Ends a process that was started: asked first, forced after five seconds.
    static func end(_ process: pid_t, with number: Int32 = SIGTERM) {
        guard running.withLock({ $0.remove(process) }) != nil else { return }
        kill(process, number)
        for _ in 0..<100 {
            if waitpid(process, nil, WNOHANG) != 0 { return }
            usleep(50_000)
        }
        kill(process, SIGKILL)
        waitpid(process, nil, 0)
    }

    static func endAll() {
        for process in running.withLock({ $0 }) { end(process) }
    }

    private static func inherited(with changes: [String: String]) -> [String] {
        var variables: [String] = []
        var position = environ
        while let variable = position.pointee {
            let text = String(cString: variable)
            if changes[String(text.prefix { $0 != "=" })] == nil { variables.append(text) }
            position += 1
        }
        return variables + changes.map { "\($0.key)=\($0.value)" }
    }
}
