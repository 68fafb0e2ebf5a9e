import CanonicalJSON
import LedgerEngine
import LedgerStorage

/// What `tamga compact` asks for.
extension AdminDesk {
    /// What is sealed, what waits, and what the background work is at. Sizes in bytes, entries by number.
    func compactionStatus() -> JSONValue {
        let status = office.ledger.compactionStatus()
        let records = status.segments.flatMap(\.records)
        var object: JSONObject = [
            "entries": JSONValue(status.size), "sealed": JSONValue(status.sealed),
            "segments": JSONValue(UInt64(status.segments.count)), "waiting_to_seal": JSONValue(status.backlog),
            "waiting_to_pack": JSONValue(UInt64(status.unpacked)),
            "waiting_to_erase": JSONValue(UInt64(status.pendingErasures)),
            "journal_files": JSONValue(UInt64(status.journalFiles)),
            "entry_bytes": JSONValue(UInt64(status.segments.reduce(0) { $0 + $1.entryByteCount })),
            "record_bytes": JSONValue(UInt64(records.reduce(0) { $0 + $1.byteCount })),
            "records_held": JSONValue(UInt64(records.reduce(0) { $0 + $1.held })),
            "records_erased": JSONValue(UInt64(records.reduce(0) { $0 + $1.erased })),
            "written_bytes": JSONValue(status.writtenByteCount),
        ]
        object["index"] = .array(
            status.index.levels.map { level in
                [
                    "level": JSONValue(UInt64(level.level)), "runs": JSONValue(UInt64(level.runCount)),
                    "keys": JSONValue(UInt64(level.keyCount)), "bytes": JSONValue(UInt64(level.byteCount)),
                    "memory": JSONValue(UInt64(level.memoryByteCount)),
                ]
            })
        object["now"] = status.step.map { .string($0.description) }
        object["next"] = status.next.map { .string($0.description) }
        object["failure"] = status.failure.map { .string($0) }
        return .object(object)
    }

    /// Does everything that is due, behind whoever asked before, and says what was done.
    func compact(_ input: JSONValue) async throws -> JSONValue {
        let steps = try await office.ledger.compactInTurn(sealingTail: input["seal_tail"]?.bool ?? false)
        return ["steps": .array(steps.map { .string($0.description) }), "status": compactionStatus()]
    }
}
