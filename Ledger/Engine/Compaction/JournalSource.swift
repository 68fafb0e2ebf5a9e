import LedgerMerkle
import LedgerStorage
import Synchronization

/// What is to be sealed, where it lies now: in an incomplete segment already, and behind that in the journal.
struct JournalSource: SealSource {
    let ledger: Ledger

    func visit(_ range: Range<UInt64>, _ body: (UInt64, SealedItem) throws -> Void) throws {
        let segments = ledger.store.segments
        let sealed = min(segments.end, range.upperBound)
        if range.lowerBound < sealed {
            try segments.visitItems(ofSegmentHolding: range.lowerBound, body)
        }
        var window = JournalWindow(ledger.reader.withLock { $0 })
        let codec = segments.codec
        try visitPositions(max(sealed, range.lowerBound)..<range.upperBound) { index, position in
            let item = try window.item(at: position) { $0.item }
            let record: SealedRecord =
                item.payload.isEmpty ? .none : .held(try codec.open(item.payload, entry: item.entry))
            try body(
                index,
                SealedItem(
                    entry: item.entry, keys: item.keys.map(SealedKey.init), retention: item.retention, record: record))
        }
    }

    func visitEntries(_ range: Range<UInt64>, _ body: ([UInt8]) throws -> Void) throws {
        let segments = ledger.store.segments
        let sealed = min(segments.end, range.upperBound)
        if range.lowerBound < sealed {
            try segments.visitItems(ofSegmentHolding: range.lowerBound) { _, item in try body(item.entry) }
        }
        var window = JournalWindow(ledger.reader.withLock { $0 })
        try visitPositions(max(sealed, range.lowerBound)..<range.upperBound) { _, position in
            try body(try window.item(at: position) { Array($0.entry) })
        }
    }

    /// Positions are asked for in portions, so that the state's lock is never held for long.
    private func visitPositions(
        _ range: Range<UInt64>, _ body: (UInt64, JournalPosition) throws -> Void
    ) throws {
        var index = range.lowerBound
        while index < range.upperBound {
            let end = min(index + 1024, range.upperBound)
            let positions = ledger.state.withLock { state in (index..<end).map { state.position(of: $0) } }
            for position in positions {
                guard let position else { throw LedgerError.noSuchIndex(index, size: ledger.size) }
                try body(index, position)
                index += 1
            }
        }
    }
}
