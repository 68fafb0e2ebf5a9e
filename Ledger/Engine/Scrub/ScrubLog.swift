import LedgerMerkle
import LedgerStorage
import Synchronization

/// Where the scrubber stands: in memory, and in a small file of the data folder.
///
/// The file is read when it is first asked for. One that is missing or damaged is begun anew: nothing is lost but the place.
final class ScrubLog: Sendable {
    struct Desk {
        fileprivate var state: ScrubState?
        /// Segments in which damage was known when the ledger was opened: somebody may have repaired them.
        var rechecks: Set<UInt64> = []
        /// The first entry of the segment that is being read.
        var underWay: UInt64?
        /// Somebody waits for a whole round: it does not wait for its time.
        var isAsked = false
        /// Called when a result waits to be filed.
        var whenWaiting: (@Sendable () -> Void)?
    }

    private let disk: any Disk
    private let path: String
    private let ledgerID: Digest
    private let desk = Mutex(Desk())

    init(disk: any Disk, path: String, ledgerID: Digest) {
        self.disk = disk
        self.path = path
        self.ledgerID = ledgerID
    }

    /// The state and what stands beside it; `nil` when the file cannot be read for want of descriptors or rights: nothing is known then.
    var current: (state: ScrubState, desk: Desk)? {
        desk.withLock { desk in load(&desk).map { ($0, desk) } }
    }

    /// Changes what stands beside the state.
    func change<R: Sendable>(_ body: (inout Desk) -> R) -> R { desk.withLock { body(&$0) } }

    /// Changes the state, durably.
    ///
    /// - Throws: `DiskError`: then it is as it was, in memory at least; the file may hold the one or the other.
    func update(_ body: (inout ScrubState) -> Void) throws {
        try desk.withLock { desk in
            guard var state = load(&desk) else {
                throw DiskError(code: .denied, operation: "read", path: path, reason: "it cannot be read now")
            }
            let before = state
            body(&state)
            guard state != before else { return }
            try disk.replace(path, with: state.encoded(ledgerID: ledgerID))
            desk.state = state
        }
    }

    private func load(_ desk: inout Desk) -> ScrubState? {
        if let state = desk.state { return state }
        var state = ScrubState()
        do {
            let bytes = try disk.readAll(path, limit: ScrubState.byteLimit)
            state = ScrubState(bytes, ledgerID: ledgerID) ?? state
        } catch {
            switch error.code {
            case .notFound, .other: break
            case .denied, .full, .tooManyFiles: return nil
            }
        }
        desk.rechecks = Set(state.known.map(\.segment))
        desk.state = state
        return state
    }
}
