import Filing
import LedgerEngine
import Logging
import NIOCore
import ServiceLifecycle

/// Looks once, after the start, for documents whose act is gone, and removes them.
struct DocumentSweeper: Service {
    let office: Office
    let logger: Logger

    /// How long a body that brings a document may take; `nil` for other paths.
    @Sendable static func patience(_ path: String) -> TimeAmount? {
        let parts = path.split(separator: "/").map(String.init)
        guard parts.count >= 4, parts[3] == "documents",
            ["v1/deeds", "admin/deeds", "notary/acts"].contains(parts[0] + "/" + parts[1])
        else { return nil }
        return .seconds(Int64(DocumentDesk.seconds))
    }

    func run() async throws {
        let registrar = office.registrar
        do {
            let count = try await cancelWhenGracefulShutdown {
                try await onThreadOfItsOwn { isCancelled in
                    lowerPriorityOfThread()
                    return try registrar.sweepDocuments { !isCancelled() }
                }
            }
            if count > 0 {
                logger.notice("documents of acts that are gone are removed", metadata: ["files": "\(count)"])
            }
        } catch {
            logger.error("the kept documents could not be looked through", metadata: ["error": "\(error)"])
        }
        try? await gracefulShutdown()
    }
}
