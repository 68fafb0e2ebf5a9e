import Filing
import LedgerEngine
import Logging
import ServiceLifecycle

/// Keeps the index of acts near the ledger's end, and tells of changes that nobody was told of, on a thread of its own that gives way to
/// filing.
struct ActIndexReader: Service {
    /// How long it is until entries that could not be read are tried again.
    private static let retryPause = Duration.seconds(30)

    let index: ActIndex
    let changes: ChangeTeller
    let logger: Logger

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                if (try? await follow()) != nil { return }
                try await Task.sleep(for: .seconds(5))
            }
        }
    }

    private func follow() async throws {
        try await onThreadOfItsOwn { isCancelled in
            lowerPriorityOfThread()
            var complaints: Set<String> = []
            func trying(_ name: String, _ work: () throws -> Void) {
                do {
                    try work()
                    complaints.remove(name)
                } catch {
                    guard complaints.insert(name).inserted else { return }
                    logger.error("\(name)", metadata: ["error": "\(error)"])
                }
            }
            var nextRetry = ContinuousClock.now
            while !isCancelled() {
                trying("the index of acts stays behind") { try index.follow(isCancelled) }
                if ContinuousClock.now >= nextRetry {
                    trying("acts cannot be found") {
                        let left = try index.retry()
                        guard left == 0 else { throw Unread(count: left) }
                    }
                    nextRetry = ContinuousClock.now + ActIndexReader.retryPause
                }
                trying("notices of changes stay behind") { try changes.follow(isCancelled) }
                sleepOfThread(0.5)
            }
        }
    }

    private struct Unread: Error, CustomStringConvertible {
        let count: Int

        var description: String { "\(count) entries cannot be read; see `tamga audit` and `tamga repair`" }
    }
}
