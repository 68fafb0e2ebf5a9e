import AsyncHTTPClient
import Filing
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Why a server gave nothing that can be used, as a log may say it.
struct RevocationFault: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Speaks to the servers of CRLs and to OCSP responders.
protocol RevocationCarrier: Sendable {
    /// What is at an address.
    /// - Throws: ``RevocationFault``.
    func get(_ url: String) async throws -> [UInt8]
    /// The answer to an OCSP request.
    /// - Throws: ``RevocationFault``.
    func ask(_ request: [UInt8], of url: String) async throws -> [UInt8]
    /// Ends what is under way; nothing can be asked any more.
    func shutDown() async
}

/// The same over HTTP. Nothing is ever sent to a server that is not in the operator's file.
final class HTTPRevocationCarrier: RevocationCarrier {
    /// How much of whom.
    struct Limits: Sendable {
        /// Bytes of a CRL.
        var list = CRLDesk.sizeLimit
        /// How long a CRL may take, redirects included.
        var listTime = Duration.seconds(60)
        /// Bytes of an OCSP answer.
        var answer = 64 << 10
        /// How long an OCSP answer may take.
        var answerTime = Duration.seconds(5)
        var redirects = 3
    }

    private enum State {
        case unused, closed
        case open(HTTPClient)
    }

    private static let connectLimit = TimeAmount.seconds(5)

    private let limits: Limits
    private let state = Mutex(State.unused)

    init(limits: Limits = Limits()) {
        self.limits = limits
    }

    func get(_ url: String) async throws -> [UInt8] {
        let client = try client()
        let limits = limits
        return try await Self.within(limits.listTime) {
            var place = url
            for _ in 0...limits.redirects {
                var request = HTTPClientRequest(url: place)
                request.headers.add(name: "Accept", value: "application/pkix-crl, */*;q=0.5")
                let response = try await client.execute(request, deadline: .distantFuture)
                guard (301...308).contains(response.status.code), response.status != .notModified else {
                    return try await Self.body(of: response, limit: limits.list)
                }
                let location = response.headers.first(name: "Location") ?? ""
                guard let next = Self.redirect(from: place, to: location) else {
                    throw RevocationFault("it redirects to another server")
                }
                place = next
            }
            throw RevocationFault("it redirects without end")
        }
    }

    func ask(_ question: [UInt8], of url: String) async throws -> [UInt8] {
        let client = try client()
        let limits = limits
        return try await Self.within(limits.answerTime) {
            var request = HTTPClientRequest(url: url)
            request.method = .POST
            request.headers.add(name: "Content-Type", value: "application/ocsp-request")
            request.headers.add(name: "Accept", value: "application/ocsp-response")
            request.body = .bytes(ByteBuffer(bytes: question))
            return try await Self.body(
                of: try await client.execute(request, deadline: .distantFuture), limit: limits.answer)
        }
    }

    func shutDown() async {
        let client = state.withLock { state in
            let client: HTTPClient? = if case .open(let client) = state { client } else { nil }
            state = .closed
            return client
        }
        try? await client?.shutdown()
    }

    /// The client, made when first needed: one that was made must be shut down.
    private func client() throws -> HTTPClient {
        try state.withLock { state in
            switch state {
            case .open(let client): return client
            case .closed: throw RevocationFault("the service ends")
            case .unused:
                var configuration = HTTPClient.Configuration(
                    redirectConfiguration: .disallow, timeout: .init(connect: Self.connectLimit),
                    decompression: .disabled)
                // Who cannot be reached is asked again later; nobody waits for it here.
                configuration.connectionPool.retryConnectionEstablishment = false
                let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
                state = .open(client)
                return client
            }
        }
    }

    private static func body(of response: HTTPClientResponse, limit: Int) async throws -> [UInt8] {
        guard response.status == .ok else { throw RevocationFault("status \(response.status.code)") }
        let tooLarge = RevocationFault("more than \(limit) bytes")
        if let length = response.headers.first(name: "Content-Length").flatMap(Int.init), length > limit {
            throw tooLarge
        }
        do {
            return Array(buffer: try await response.body.collect(upTo: limit))
        } catch is NIOTooManyBytesError {
            throw tooLarge
        }
    }

    /// The first of answer and end of time, in words of ours.
    private static func within(
        _ limit: Duration, _ work: @escaping @Sendable () async throws -> [UInt8]
    ) async throws -> [UInt8] {
        do {
            return try await withThrowingTaskGroup(of: [UInt8].self) { group in
                group.addTask(operation: work)
                group.addTask {
                    try await Task.sleep(for: limit)
                    throw RevocationFault("no whole answer in \(limit)")
                }
                defer { group.cancelAll() }
                guard let first = try await group.next() else { throw CancellationError() }
                return first
            }
        } catch let fault as RevocationFault {
            throw fault
        } catch is NIOConnectionError {
            throw RevocationFault("nothing listens there")
        } catch let error as IOError where [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH].contains(error.errnoCode) {
            throw RevocationFault("nothing listens there")
        } catch {
            throw RevocationFault("\(error)")
        }
    }

    /// Where a redirect leads, if it stays with the same server, or goes to the same host under TLS; else `nil`.
    static func redirect(from url: String, to location: String) -> String? {
        let origin = origin(of: url)
        if location.hasPrefix("/"), !location.hasPrefix("//") { return origin + location }
        let target = Self.origin(of: location)
        if target.lowercased() == origin.lowercased(), !target.isEmpty { return location }
        return secured(origin.lowercased()) == withoutPort(target.lowercased(), 443) ? location : nil
    }

    /// `scheme://host:port` of an address, or nothing.
    private static func origin(of url: String) -> String {
        guard let mark = url.firstRange(of: "://") else { return "" }
        return String(url[..<mark.upperBound] + url[mark.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" })
    }

    private static func secured(_ origin: String) -> String? {
        origin.hasPrefix("http://") ? "https://" + withoutPort(origin, 80).dropFirst(7) : nil
    }

    private static func withoutPort(_ origin: String, _ port: Int) -> String {
        origin.hasSuffix(":\(port)") ? String(origin.dropLast("\(port)".count + 1)) : origin
    }
}
