public import CanonicalJSON
import Catalogue
public import Logging
import ServiceLifecycle

extension ApprovalDesk {
    /// Approves a request, carries it out, and writes down how it ended: to its end, even when whoever asked has gone.
    ///
    /// - Parameter run: carries a command out, as ``AdminDesk`` does.
    /// - Returns: its answer, without a token that was made: that is for whoever asked.
    /// - Throws: as ``approve(_:by:)``, and what `run` throws: the request is over then.
    public func carryOut(
        _ id: Int64, by name: String, logger: Logger,
        _ run: @escaping @Sendable (_ command: String, _ input: JSONValue) async throws -> JSONValue
    ) async throws -> JSONValue {
        let (command, event) = try approve(id, by: name)
        logger.notice("\(event)")
        return try await Task {
            let result: Result<JSONValue, any Error>
            do { result = .success(try await run(command.command, command.input)) } catch { result = .failure(error) }
            do {
                let isDone = if case .success = result { true } else { false }
                let ended = try self.finish(command.id, isDone: isDone)
                logger.notice("\(ended)")
            } catch {
                // It stays approved, of unknown outcome: a person will look.
                logger.error("how an approved request ended cannot be noted", metadata: ["id": "\(command.id)"])
            }
            return self.withoutSecret(try result.get(), of: event)
        }.value
    }
}

/// Ends requests that waited too long, while the service runs.
struct ApprovalExpiry: Service {
    private static let pause = Duration.seconds(60)

    private let desk: ApprovalDesk
    private let logger: Logger

    init(desk: ApprovalDesk, logger: Logger) {
        self.desk = desk
        self.logger = logger
    }

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                do {
                    for event in try desk.expire() { logger.notice("\(event)") }
                } catch {
                    logger.error("requests that waited too long cannot be ended", metadata: ["error": "\(error)"])
                }
                try await Task.sleep(for: ApprovalExpiry.pause)
            }
        }
    }
}
