import AsyncHTTPClient
import CanonicalJSON
public import Catalogue
import NIOCore
import NIOHTTP1
import NIOPosix

/// Takes rows to a ledger elsewhere, over HTTPS, with a merchant's token.
///
/// Every row has a key, so that what was lost on the way is sent again.
public final class RemoteBatchCarrier: BatchCarrier {
    private static let tries = 4
    private static let answerLimit = 64 << 20
    private static let timeLimit = TimeAmount.seconds(120)

    private let http: HTTPClient
    private let url: String
    private let token: String

    /// - Parameters:
    ///   - url: of the API, such as `https://ledger.example.mn`. Without TLS only this machine: whoever reads a token has it.
    ///   - token: of the merchant whose rows they are.
    /// - Throws: `batch-address-invalid`.
    public init(url: String, token: String, isInline: Bool) throws(Failure) {
        let base = url.hasSuffix("/") ? String(url.dropLast()) : url
        let parts = base.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1].isEmpty, !parts[2].isEmpty,
            parts[0] == "https:" || parts[0] == "http:" && (ListenAddress(String(parts[2]))?.isLoopback ?? false)
        else { throw Problem.batchAddressInvalid(["address": url]) }
        self.url = base + "/v1/receipts:batch" + (isInline ? "?evidence=inline" : "")
        self.token = token
        http = HTTPClient(
            eventLoopGroupProvider: .singleton,
            configuration: .init(redirectConfiguration: .disallow, timeout: .init(connect: .seconds(10))))
    }

    /// To be called once nothing more is sent.
    public func close() async { try? await http.shutdown() }

    /// Sends rows, again and again while the way is broken.
    ///
    /// - Throws: `batch-not-sent` after the last try; what the service refuses at once.
    public func send(_ rows: [UInt8]) async throws -> [UInt8] {
        var reason = ""
        for attempt in 0..<RemoteBatchCarrier.tries {
            if attempt > 0 { try await Task.sleep(for: .seconds(1 << (attempt - 1))) }
            var request = HTTPClientRequest(url: url)
            request.method = .POST
            request.headers.add(name: "Content-Type", value: "application/x-ndjson")
            request.headers.add(name: "Authorization", value: "Bearer \(token)")
            request.body = .bytes(ByteBuffer(bytes: rows))
            do {
                let response = try await http.execute(request, timeout: RemoteBatchCarrier.timeLimit)
                let body = Array(buffer: try await response.body.collect(upTo: RemoteBatchCarrier.answerLimit))
                if response.status.code == 200 { return body }
                let json = (try? JSONValue(parsing: body)) ?? .null
                reason = json["title"]?.string ?? "status \(response.status.code)"
                guard response.status.code == 429 || response.status.code >= 500 else {
                    throw Problem.serviceRefused(["reason": reason, "remedy": json["detail"]?.string ?? ""])
                }
            } catch let failure as Failure {
                throw failure
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                reason = RemoteBatchCarrier.words(for: error)
            }
        }
        throw Problem.batchNotSent(["reason": reason])
    }

    private static func words(for error: any Error) -> String {
        switch error {
        case let error as HTTPClientError: error.shortDescription
        case is NIOConnectionError: "nothing listens there"
        default: "\(type(of: error))"
        }
    }
}
