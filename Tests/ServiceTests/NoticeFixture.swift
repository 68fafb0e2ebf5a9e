import Foundation
import LedgerEngine
import Logging
import Registry
import Synchronization

@testable import Service

private struct Open: StateCipher {
    func seal(_ bytes: [UInt8], nonce: [UInt8]) -> [UInt8] { bytes }
    func open(_ sealed: [UInt8], nonce: [UInt8]) -> [UInt8] { sealed }
}

private struct NoAnswer: Error {}

/// An outbox in a temporary file, under a clock that stands still.
final class TestNotices: LedgerEngine.Clock {
    private let path = NSTemporaryDirectory() + "outbox-\(UUID().uuidString).sqlite"
    private let time = Atomic<UInt64>(1_800_000_000_000)
    private let lines = TestLog()

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func now() -> UInt64 { time.load(ordering: .relaxed) }
    func monotonic() -> UInt64 { SystemClock().monotonic() }

    func pass(_ seconds: UInt64) { time.add(seconds * 1000, ordering: .relaxed) }

    private func store() throws -> NoticeStore {
        NoticeStore(try StateDatabase(path: path), cipher: Open()) { count in
            (0..<count).map { _ in UInt8.random(in: 0...255) }
        }
    }

    func desk() throws -> NoticeDesk {
        NoticeDesk(store: try store(), clock: self) { purpose, bytes in Array(purpose.utf8) + bytes }
    }

    func sender(_ carrier: any MailCarrier) throws -> MailSender {
        MailSender(
            store: try store(), carrier: carrier, from: MailAddress("tamga@example.mn")!,
            publicURL: "https://ledger.example.mn", clock: self, logger: logger)
    }

    /// Why what waits has not been sent, oldest first.
    func errors() throws -> [String] { try store().list(.waiting).reversed().compactMap(\.error) }

    var logger: Logger {
        let lines = lines
        var logger = Logger(label: "test") { _ in lines }
        logger.logLevel = .trace
        return logger
    }

    /// Everything that was logged.
    func log() -> String { lines.all.withLock { $0.joined(separator: "\n") } }

    static func notice(_ event: NoticeEvent, _ language: NoticeContact.Language, time: Int64) -> Notice {
        Notice(
            id: 1, event: event, act: "NT012-2026-000017", time: time, address: "bat@example.com", language: language,
            created: time, first: nil, attempts: 0, messageID: Array(0..<15) + [0xff])
    }
}

private final class TestLog: LogHandler {
    let all = Mutex<[String]>([])
    // Nobody sets these but the logger's copy.
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) { all.withLock { $0.append("\(event.message) \(event.metadata ?? [:])") } }
}

/// `Tests/Clients/mail_sink.py` as a process of its own, that ends with this object.
final class MailSink {
    struct Mail: Decodable {
        let sender: String
        let recipients: [String]
        let message: String
        let greeting: String
        let tls: Bool
        let login: String?

        var messageID: String? {
            message.split(separator: "\r\n").first { $0.hasPrefix("Message-ID: ") }.map(String.init)
        }
    }

    private struct Start: Decodable {
        let address: String
        let ca: String?
    }

    private struct Event: Decodable {
        let planned: String?
        let connections: Int?
    }

    let address: String
    var certificate: String?
    private(set) var user: String?
    private(set) var passwordFile: String?
    private let process = Process()
    private let input = Pipe()
    private let lines = LineReader()

    init(_ arguments: String...) throws {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Clients/mail_sink.py")
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", script.path] + arguments
        process.standardInput = input
        let output = Pipe()
        process.standardOutput = output
        lines.read(output.fileHandleForReading)
        try process.run()
        guard let first = lines.wait(until: { !$0.isEmpty }).first else { throw NoAnswer() }
        let start = try JSONDecoder().decode(Start.self, from: Data(first.utf8))
        address = start.address
        certificate = start.ca
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
        passwordFile.map { try? FileManager.default.removeItem(atPath: $0) }
    }

    /// What becomes of the next connection that has no plan.
    func plan(_ reply: String) throws { try tell("reply \(reply)") }

    private func tell(_ command: String) throws {
        let before = lines.all.count { $0.contains("\"planned\"") }
        try input.fileHandleForWriting.write(contentsOf: Data("\(command)\n".utf8))
        guard lines.wait(until: { $0.count { $0.contains("\"planned\"") } > before }).count > before else {
            throw NoAnswer()
        }
    }

    /// Writes the password to a file as an operator would.
    func keepPassword(_ password: String, of user: String) throws {
        let file = passwordFile ?? NSTemporaryDirectory() + "sink-password-\(UUID().uuidString)"
        try Data("\(password)\n".utf8).write(to: URL(fileURLWithPath: file))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
        (self.user, passwordFile) = (user, file)
    }

    /// The mails that came, when there are so many: for a test whose sender needs the threads of tasks.
    func mailsSent(_ count: Int) async throws -> [Mail] {
        while MailSink.mails(lines.all).count < count { try await Task.sleep(for: .milliseconds(20)) }
        return MailSink.mails(lines.all)
    }

    private static func mails(_ lines: [String]) -> [Mail] {
        lines.compactMap { try? JSONDecoder().decode(Mail.self, from: Data($0.utf8)) }
    }

    /// The mails that came, when there are so many.
    func mails(_ count: Int) throws -> [Mail] {
        let found = MailSink.mails(lines.wait { MailSink.mails($0).count >= count })
        guard found.count >= count else { throw NoAnswer() }
        return found
    }

    /// How many clients there were.
    var connections: Int {
        lines.all.compactMap { try? JSONDecoder().decode(Event.self, from: Data($0.utf8)).connections }.last ?? 0
    }
}

/// Lines of a process as they come.
private final class LineReader: Sendable {
    private static let timeLimit = 60.0
    private let state = Mutex<(lines: [String], rest: Data, isOver: Bool)>(([], Data(), false))

    var all: [String] { state.withLock { $0.lines } }

    func read(_ handle: FileHandle) {
        handle.readabilityHandler = { [self] handle in
            let data = handle.availableData
            if data.isEmpty { handle.readabilityHandler = nil }
            state.withLock { state in
                if data.isEmpty { state.isOver = true }
                state.rest += data
                while let end = state.rest.firstIndex(of: 0x0a) {
                    state.lines.append(String(decoding: state.rest[..<end], as: UTF8.self))
                    state.rest = Data(state.rest[(end + 1)...])
                }
            }
        }
    }

    /// All lines, when the condition holds for them, the process has ended, or after a while.
    func wait(until isThere: ([String]) -> Bool) -> [String] {
        let end = Date().addingTimeInterval(LineReader.timeLimit)
        while !isThere(all), !state.withLock({ $0.isOver }), Date() < end {
            Thread.sleep(forTimeInterval: 0.01)
        }
        return all
    }
}
