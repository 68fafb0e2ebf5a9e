import AsyncHTTPClient
import Filing
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOPosix
import Receipts

/// Speaks to merchants' own PosAPIs, on the shop's network.
struct PosAPIClient: Sendable {
    /// What came back of a request that changes something.
    enum Outcome: Sendable {
        case answered(Reply)
        /// Not a byte of the request reached the PosAPI.
        case notSent(reason: String)
        /// It may have been carried out: time ran out, or the connection broke.
        case unclear(reason: String)
    }

    /// An answer, as it came.
    struct Reply: Sendable {
        let status: Int
        let type: String?
        let body: [UInt8]
    }

    private static let connectLimit = TimeAmount.seconds(5)

    private let http: HTTPClient
    private let limit: TimeAmount

    /// - Parameter limitSeconds: how long an answer may take; a daemon can need tens of seconds.
    init(limitSeconds: Int) {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: PosAPIClient.connectLimit), decompression: .disabled)
        // A second try could be a second sale.
        configuration.connectionPool.retryConnectionEstablishment = false
        // A shop's tills all speak at once, and a daemon may be slow: none waits here for another.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1024
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        limit = .seconds(Int64(limitSeconds))
    }

    func shutDown() async {
        try? await http.shutdown()
    }

    /// Sends a request once.
    ///
    /// - Parameter answerLimit: the most bytes of an answer.
    func send(
        _ method: HTTPMethod, _ path: String, _ body: [UInt8], to address: String,
        answerLimit: Int = ReceiptLimits.answer
    ) async -> Outcome {
        var request = HTTPClientRequest(url: address + path)
        request.method = method
        request.headers.add(name: "Content-Type", value: "application/json")
        // On a connection that was used before it would be unclear whether a request that found it closed was read.
        request.headers.add(name: "Connection", value: "close")
        if !body.isEmpty || method == .POST { request.body = .bytes(ByteBuffer(bytes: body)) }
        do {
            return .answered(try await answer(to: request, answerLimit))
        } catch let error as HTTPClientError where PosAPIClient.unsent.contains(error) {
            return .notSent(reason: "\(error)")
        } catch is NIOConnectionError {
            return .notSent(reason: "nothing listens there")
        } catch let error as IOError where [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH].contains(error.errnoCode) {
            return .notSent(reason: "nothing listens there")
        } catch {
            return .unclear(reason: "\(error)")
        }
    }

    /// Errors that can only come before a connection is there.
    private static let unsent: [HTTPClientError] = [
        .invalidURL, .emptyHost, .missingSocketPath, .emptyScheme, .connectTimeout, .tlsHandshakeTimeout,
        .getConnectionFromPoolTimeout,
    ]

    private struct TooSlow: Error {}

    /// Head and body, within the limit together.
    private func answer(to request: HTTPClientRequest, _ answerLimit: Int) async throws -> Reply {
        let nanoseconds = limit.nanoseconds
        return try await withThrowingTaskGroup(of: Reply.self) { group in
            group.addTask { [http, limit] in
                let response = try await http.execute(request, timeout: limit)
                let content = try await response.body.collect(upTo: answerLimit)
                return Reply(
                    status: Int(response.status.code), type: response.headers.first(name: "Content-Type"),
                    body: Array(buffer: content))
            }
            group.addTask {
                try await Task.sleep(for: .nanoseconds(nanoseconds))
                throw TooSlow()
            }
            defer { group.cancelAll() }
            guard let reply = try await group.next() else { throw TooSlow() }
            return reply
        }
    }

    /// The receipts that a PosAPI remembers, where it can be asked: no official document has such a call, and some builds answer it.
    ///
    /// - Returns: `nil` when it cannot be asked.
    func receipts(at address: String) async -> [PosAPIReply.Remembered]? {
        guard
            case .answered(let reply) = await send(
                .GET, "/rest/receipt", [], to: address, answerLimit: ReceiptLimits.list), reply.status == 200
        else { return nil }
        return PosAPIReply.Remembered.list(parsing: reply.body)
    }
}
