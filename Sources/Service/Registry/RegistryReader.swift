import Filing
import LedgerEngine
import Logging
import Receipts
import Registry
import ServiceLifecycle

/// Reads the ledger into the registry, entry after entry, on a thread of its own that gives way to filing.
struct RegistryReader: Service {
    /// Entries of one transaction.
    private static let stepLength: UInt64 = 500
    private static let pauseSeconds = 0.2
    /// While so many entries a second come in, filing comes first: the reader rests for several times as long as it read.
    private static let busyRate = 200.0
    private static let restFactor = 8.0

    let desk: RegistryDesk
    let logger: Logger

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            // A system that has no thread to give now may have one later.
            while !Task.isCancelled {
                if (try? await follow()) != nil { return }
                try await Task.sleep(for: .seconds(5))
            }
        }
    }

    private func follow() async throws {
        try await onThreadOfItsOwn { isCancelled in
            lowerPriorityOfThread()
            var isComplaining = false
            while !isCancelled() {
                do {
                    try catchUp(isCancelled)
                    isComplaining = false
                } catch is CancellationError {
                    return
                } catch  where ReceiptRegistry.isDamage(error) {
                    // It is made again in the next round.
                    logger.warning("registry.sqlite is damaged", metadata: ["error": "\(error)"])
                } catch {
                    // What cannot be read now may be readable after a repair: nothing else depends on it.
                    if !isComplaining { logger.error("the registry stays behind", metadata: ["error": "\(error)"]) }
                    isComplaining = true
                    rest(RegistryReader.pauseSeconds * 25, isCancelled)
                }
                rest(RegistryReader.pauseSeconds, isCancelled)
            }
        }
    }

    private func catchUp(_ isCancelled: () -> Bool) throws {
        while !isCancelled() {
            let before = desk.office.ledger.size
            let start = desk.office.clock.monotonic()
            guard try desk.read(upTo: RegistryReader.stepLength, unless: isCancelled) else { return }
            let seconds = Double(desk.office.clock.monotonic() - start) / 1000
            guard Double(desk.office.ledger.size - before) > RegistryReader.busyRate * seconds else { continue }
            rest(seconds * RegistryReader.restFactor, isCancelled)
        }
    }

    private func rest(_ seconds: Double, _ isCancelled: () -> Bool) {
        var left = min(seconds, 10)
        while left > 0, !isCancelled() {
            sleepOfThread(min(left, 0.1))
            left -= 0.1
        }
    }
}
