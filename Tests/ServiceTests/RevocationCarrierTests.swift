import Filing
import Foundation
import Glibc
import Logging
import ServiceLifecycle
import Synchronization
import Testing

@testable import Service

@Suite(.timeLimit(.minutes(15))) struct RevocationCarrierTests {
    private func limits() -> HTTPRevocationCarrier.Limits {
        var limits = HTTPRevocationCarrier.Limits()
        limits.list = 100_000
        limits.answer = 1000
        limits.listTime = .seconds(600)
        limits.answerTime = .seconds(600)
        return limits
    }

    /// What a carrier gets, or why it got nothing.
    private func get(_ url: String, _ change: (inout HTTPRevocationCarrier.Limits) -> Void = { _ in }) async -> Result<
        [UInt8], RevocationFault
    > {
        var limits = limits()
        change(&limits)
        let carrier = HTTPRevocationCarrier(limits: limits)
        let result: Result<[UInt8], RevocationFault>
        do {
            result = .success(try await carrier.get(url))
        } catch {
            result = .failure(error as? RevocationFault ?? RevocationFault("no fault: \(error)"))
        }
        await carrier.shutDown()
        return result
    }

    private func fault(_ result: Result<[UInt8], RevocationFault>) -> String {
        if case .failure(let fault) = result { fault.description } else { "" }
    }

    @Test func bodyIsTakenAsItIs() async throws {
        let server = try RawServer { _ in .text("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n0\u{1}\u{2}\u{3}") }
        #expect(try await get(server.url("/a.crl")).get() == [0x30, 1, 2, 3])
        #expect(server.requests.first?.hasPrefix("GET /a.crl HTTP/1.1\r\n") == true)
    }

    @Test func questionIsPosted() async throws {
        let server = try RawServer { _ in .text("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") }
        let carrier = HTTPRevocationCarrier(limits: limits())
        let answer = try await carrier.ask([1, 2, 3], of: server.url("/ocsp"))
        #expect(answer == Array("ok".utf8))
        await carrier.shutDown()
        let request = try #require(server.requests.first).lowercased()
        #expect(request.hasPrefix("post /ocsp http/1.1\r\n"))
        #expect(request.contains("content-type: application/ocsp-request\r\n"))
        await #expect(throws: RevocationFault.self) { try await carrier.ask([1], of: server.url("/ocsp")) }
        #expect(server.requests.count == 1)
    }

    @Test func tooMuchIsNotTaken() async throws {
        let told = try RawServer { _ in .text("HTTP/1.1 200 OK\r\nContent-Length: 100001\r\n\r\n") }
        #expect(fault(await get(told.url("/"))) == "more than 100000 bytes")
        let chunk = "1000\r\n\(String(repeating: "x", count: 0x1000))\r\n"
        let untold = try RawServer { _ in
            .text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + String(repeating: chunk, count: 40))
        }
        #expect(fault(await get(untold.url("/"))) == "more than 100000 bytes")
        let carrier = HTTPRevocationCarrier(limits: limits())
        let error = await #expect(throws: RevocationFault.self) { try await carrier.ask([1], of: untold.url("/")) }
        #expect(error?.description == "more than 1000 bytes")
        await carrier.shutDown()
    }

    @Test func redirectStaysWithTheServer() async throws {
        let other = try RawServer { _ in .text("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno") }
        let server = try RawServer { request in
            let path = request.split(separator: " ")[1]
            func redirect(_ to: String) -> RawServer.Reply {
                .text("HTTP/1.1 302 Found\r\nLocation: \(to)\r\nContent-Length: 0\r\n\r\n")
            }
            switch path {
            case "/here": return redirect("/there")
            case "/there": return .text("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes")
            case "/round": return redirect("/round")
            case "/nowhere": return .text("HTTP/1.1 301 Moved\r\nContent-Length: 0\r\n\r\n")
            default: return redirect(other.url("/"))
            }
        }
        #expect(try await get(server.url("/here")).get() == Array("yes".utf8))
        #expect(fault(await get(server.url("/away"))) == "it redirects to another server")
        #expect(fault(await get(server.url("/nowhere"))) == "it redirects to another server")
        #expect(fault(await get(server.url("/round"))) == "it redirects without end")
        #expect(other.requests.isEmpty)
        let carrier = HTTPRevocationCarrier(limits: limits())
        await #expect(throws: RevocationFault.self) { try await carrier.ask([1], of: server.url("/here")) }
        await carrier.shutDown()
    }

    @Test(
        arguments: [
            ("http://a.example/x", "/y", "http://a.example/y"),
            ("http://a.example/x", "http://A.example/y", "http://A.example/y"),
            ("http://a.example/x", "https://a.example/y", "https://a.example/y"),
            ("http://a.example:80/x", "https://a.example:443/y", "https://a.example:443/y"),
            ("http://a.example?q", "/y", "http://a.example/y"), ("https://a.example/x", "http://a.example/y", nil),
            ("http://a.example/x", "http://a.example:8080/y", nil), ("http://a.example/x", "//b.example/y", nil),
            ("http://a.example/x", "http://a.example.b/y", nil), ("http://a.example/x", "http://a.example@b/y", nil),
            ("http://a.example:8080/x", "https://a.example/y", nil), ("http://a.example/x", "file:///y", nil),
            ("http://a.example/x", "y", nil), ("http://a.example/x", "", nil),
            ("http://a.example/x", "https://b.example/y", nil), ("http://a.example/x", "http://127.0.0.1/y", nil),
        ] as [(String, String, String?)])
    func redirectsThatAreFollowed(_ url: String, _ location: String, _ expected: String?) {
        #expect(HTTPRevocationCarrier.redirect(from: url, to: location) == expected)
    }

    @Test func whoAnswersBadlyIsNamed() async throws {
        let missing = try RawServer { _ in .text("HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nabc") }
        #expect(fault(await get(missing.url("/"))) == "status 404")
        let noise = try RawServer { _ in .text("SSH-2.0-OpenSSH_9\r\n") }
        #expect(!fault(await get(noise.url("/"))).isEmpty)
        let cut = try RawServer { _ in .text("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc") }
        #expect(!fault(await get(cut.url("/"))).isEmpty)
        let port = cut.port
        cut.stop()
        #expect(fault(await get("http://127.0.0.1:\(port)/")) == "nothing listens there")
    }

    @Test func whoIsSlowIsLeft() async throws {
        let silent = try RawServer { _ in .silence }
        let drop = try RawServer { _ in .drops("HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n") }
        for server in [silent, drop] {
            #expect(fault(await get(server.url("/")) { $0.listTime = .milliseconds(400) }).hasPrefix("no whole answer"))
        }
    }

    @Test func serviceStopsInTheMiddleOfAFetch() async throws {
        let pki = RevocationPKI.shared
        let silent = try RawServer { _ in .silence }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let keeper = try RevocationKeeper(
            folder: try pki.trust(addresses: "crl \(silent.url("/"))"), cachePath: try pki.newFolder() + "/crls",
            trust: .init(nil), logger: logger)
        let group = ServiceGroup(services: [keeper], logger: logger)
        let running = Task { try await group.run() }
        while silent.requests.isEmpty { try await Task.sleep(for: .milliseconds(20)) }
        await group.triggerGracefulShutdown()
        try await running.value
        // Whoever still checks a signature gets an answer, too.
        #expect(await keeper.material(for: try pki.sign(), at: unixTime()).isEmpty)
    }
}

/// A server on loopback that says anything, one request a connection.
final class RawServer: Sendable {
    enum Reply: Sendable {
        case text(String)
        /// Nothing, until the server ends.
        case silence
        /// A head, and then a byte now and then.
        case drops(String)
    }

    private struct State {
        var requests: [String] = []
        var isStopped = false
    }

    private struct NoSocket: Error {}

    let port: Int
    private let listener: Int32
    private let state: Shared<State>

    private final class Shared<Value: Sendable>: Sendable {
        let value: Mutex<Value>

        init(_ value: sending Value) {
            self.value = Mutex(value)
        }
    }

    init(_ reply: @escaping @Sendable (String) -> Reply) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(listener, pointer, size) == 0 && listen(listener, 64) == 0
                    && getsockname(listener, pointer, &size) == 0
            }
        }
        guard listener >= 0, bound else { throw NoSocket() }
        self.listener = listener
        port = Int(UInt16(bigEndian: address.sin_port))
        let state = Shared(State())
        self.state = state
        Thread.detachNewThread {
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                Thread.detachNewThread { RawServer.serve(connection, state, reply) }
            }
        }
    }

    deinit { stop() }

    var requests: [String] { state.value.withLock { $0.requests } }

    func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

    func stop() {
        let isFirst = state.value.withLock { state in
            defer { state.isStopped = true }
            return !state.isStopped
        }
        guard isFirst else { return }
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private static func serve(_ connection: Int32, _ state: Shared<State>, _ reply: (String) -> Reply) {
        defer { close(connection) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !String(decoding: bytes, as: UTF8.self).contains("\r\n\r\n") {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            bytes += buffer.prefix(count)
        }
        let request = String(decoding: bytes, as: UTF8.self)
        state.value.withLock { $0.requests.append(request) }
        func say(_ text: String) -> Bool {
            let bytes = Array(text.utf8)
            var sent = 0
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes {
                    send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return false }
                sent += count
            }
            return true
        }
        switch reply(request) {
        case .text(let text):
            _ = say(text)
            shutdown(connection, Int32(SHUT_WR))
            while recv(connection, &buffer, buffer.count, 0) > 0 {}
        case .silence: while !state.value.withLock({ $0.isStopped }), recv(connection, &buffer, buffer.count, 0) > 0 {}
        case .drops(let head):
            guard say(head) else { return }
            while !state.value.withLock({ $0.isStopped }), say("x") { usleep(50_000) }
        }
    }
}
