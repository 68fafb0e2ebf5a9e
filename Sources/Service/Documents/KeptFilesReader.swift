import Filing
import LedgerEngine
import Logging
import ServiceLifecycle

/// Reads kept documents and revocation data again, as often as what is sealed, and tells the log what is damaged.
struct KeptFilesReader: Service {
    let office: Office
    let logger: Logger

    func run() async throws {
        let (scrub, settings) = (office.keptFiles, office.settings)
        scrub.tell(log)
        // Also what somebody else asked for ends then.
        try? await withGracefulShutdownHandler {
            try await cancelWhenGracefulShutdown {
                await attempt { try await scrub.readWhatIsDamaged() }
                while !Task.isCancelled {
                    await attempt {
                        try await scrub.readWhatIsDue(
                            days: settings.scrubDays, bytesPerSecond: settings.scrubBytesPerSecond)
                    }
                    try await Task.sleep(for: .seconds(30))
                }
            }
        } onGracefulShutdown: {
            scrub.close()
        }
    }

    /// What fails is tried again.
    private func attempt(_ body: () async throws -> Void) async {
        do {
            try await body()
        } catch LedgerError.busy {
            // No thread to give now.
        } catch {
            if !Task.isCancelled, !office.keptFiles.isClosed {
                logger.error("the kept files could not be read again", metadata: ["error": "\(error)"])
            }
        }
    }

    @Sendable private func log(_ news: KeptFilesScrub.News) {
        for damage in news.damaged {
            logger.error("damage found: \(damage)", metadata: ["remedy": "\(damage.remedy)"])
        }
        for file in news.healed { logger.notice("whole again, or gone: \(file)") }
        guard let round = news.complete else { return }
        logger.info(
            "all kept files were read again",
            metadata: [
                "documents": "\(round.tally.documents)", "validation": "\(round.tally.validation)",
                "damaged": "\(round.damaged)",
            ])
    }
}
