import CanonicalJSON
import Catalogue
import Filing
import Hummingbird
import Logging

/// Turns every error into an answer in the caller's protocol. Whatever is not in the catalogue is a fault of ours: it is
/// logged with its words, the caller gets none of them.
struct FailureMiddleware<Context: RequestContext>: RouterMiddleware {
    /// Whether callers may learn of the operator's files.
    var isForOperator = false
    /// How this listener words a failure.
    let render: @Sendable (Failure, Request) -> Response

    func handle(_ request: Request, context: Context, next: (Request, Context) async throws -> Response) async throws
        -> Response
    {
        do {
            return try await next(request, context)
        } catch {
            var failure = Failure(from: error) ?? Failure(http: error)
            if failure.problem.status >= 500, failure.problem.status != 503 {
                // The error is a description of files and states, never of a body.
                context.logger.error("request failed", metadata: ["error": "\(error)"])
            }
            // Where the damage lies on our disk is the operator's business.
            if !isForOperator, [.ledgerDamaged, .ledgerUnusable].contains(failure.problem) {
                failure = Problem.internalError()
            }
            return render(failure, request)
        }
    }
}

extension Failure {
    /// The framework's own refusals.
    init(http error: any Error) {
        guard let error = error as? any HTTPResponseError else {
            self = Problem.internalError()
            return
        }
        self =
            switch error.status.code {
            case 404: Problem.notFound()
            case 413: Problem.tooLarge(["limit": "1048576"])
            case 400..<500: Problem.badRequest(["reason": "status \(error.status.code)"])
            default: Problem.internalError()
            }
    }
}

/// One line a request: method, the route's pattern, status, time. Never a path, query, header or body: they may hold
/// capabilities or personal data.
struct AccessLogMiddleware<Context: RequestContext>: RouterMiddleware {
    let listener: String

    func handle(_ request: Request, context: Context, next: (Request, Context) async throws -> Response) async throws
        -> Response
    {
        let clock = ContinuousClock()
        let start = clock.now
        let response = try await next(request, context)
        let elapsed = clock.now - start
        let microseconds = elapsed.components.seconds * 1_000_000 + elapsed.components.attoseconds / 1_000_000_000_000
        context.logger.debug(
            "request",
            metadata: [
                "listener": "\(listener)", "method": "\(request.method)", "route": "\(context.endpointPath ?? "none")",
                "status": "\(response.status.code)", "us": "\(microseconds)",
            ])
        return response
    }
}
