import Catalogue
import Deeds
import Evidence
import Filing
import LedgerEngine
import LedgerMerkle
import Logging
import Synchronization

/// Tells of changes that stand in the ledger and of which nobody was told: whoever filed them was killed, or found the outbox busy, and did
/// not ask again. What was told already is not told twice.
final class ChangeTeller: Sendable {
    /// How far it has read is written down so often. After a crash so much is read again.
    private static let pause = Duration.seconds(30)

    private struct Place {
        var read: UInt64
        var written = ContinuousClock.now
    }

    private let office: Office
    private let logger: Logger
    /// Whoever reads on holds it.
    private let place = Mutex<Place?>(nil)

    init(_ office: Office, logger: Logger) {
        self.office = office
        self.logger = logger
    }

    /// Looks through everything durable that was not looked through yet.
    func follow(_ isCancelled: () -> Bool) throws {
        try place.withLock { place in
            var next = try place ?? begin()
            defer { place = next }
            let end = office.ledger.size
            guard next.read < end else { return }
            var count = 0
            while next.read < end, !isCancelled() {
                count += try tell(at: next.read)
                next.read += 1
            }
            guard count > 0 || ContinuousClock.now > next.written + ChangeTeller.pause else { return }
            try office.notices.setPosition(next.read)
            next.written = .now
        }
    }

    /// A ledger that was never looked through, or is a shorter one now, is followed from its end.
    private func begin() throws -> Place {
        let size = office.ledger.size
        if let position = try office.notices.position(), position <= size { return Place(read: position) }
        try office.notices.setPosition(size)
        return Place(read: size)
    }

    private func tell(at index: UInt64) throws -> Int {
        guard let (record, change) = try change(at: index) else { return 0 }
        return try office.notices.changed(
            act: change.draft.act.description, isRevoked: change.draft.change == .revoked,
            commitment: record.commitment.bytes, time: record.recorded)
    }

    private func change(at index: UInt64) throws -> (FiledRecord, ChangedAct)? {
        do {
            let bytes = try office.ledger.entry(at: index)
            guard let entry = try? Entry(decoding: bytes), entry.kind == .deedAct else { return nil }
            let record = try office.registrar.record(at: index)
            guard case .changed(let change) = try ActRecord(fields: record.fields, isOurs: true) else { return nil }
            return (record, change)
        } catch let failure as Failure where [.recordErased, .recordExpired].contains(failure.problem) {
            return nil
        } catch RegistrarError.notARecord {
            return nil
        } catch {
            // Whoever filed it has told of it, but for a crash at that very moment: it must not hide what comes after it.
            logger.error(
                "if this entry changed an act, perhaps nobody is told",
                metadata: ["entry": "\(index)", "error": "\(error)"])
            return nil
        }
    }
}
