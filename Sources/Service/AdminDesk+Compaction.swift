import CanonicalJSON
import Filing
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
        object["scrub"] = AdminDesk.answer(status.scrub)
        object["kept_files"] = AdminDesk.answer(office.keptFiles)
        return .object(object)
    }

    /// How far kept files have been read again, and what was found. Times in Unix ms.
    private static func answer(_ scrub: KeptFilesScrub) -> JSONValue {
        let state = scrub.state
        var object: JSONObject = [
            "damage": .array(
                scrub.knownDamage.map { damage in
                    [
                        "file": .string(damage.file), "found": JSONValue(damage.found),
                        "reason": .string(damage.reason),
                        "remedy": .string(damage.remedy),
                    ]
                })
        ]
        func figures(_ tally: KeptFilesTally) -> JSONObject {
            [
                "documents": JSONValue(tally.documents), "document_bytes": JSONValue(tally.documentBytes),
                "documents_left": JSONValue(tally.documentsLeft), "validation": JSONValue(tally.validation),
                "validation_bytes": JSONValue(tally.validationBytes),
            ]
        }
        object["last_round"] = state.last.map { last in
            var round = figures(last.tally)
            round["started"] = JSONValue(last.started)
            round["ended"] = JSONValue(last.ended)
            round["damaged"] = JSONValue(last.damaged)
            return .object(round)
        }
        object["round"] = state.round.map { round in
            var object = figures(round.tally)
            object["started"] = JSONValue(round.started)
            return .object(object)
        }
        return .object(object)
    }

    /// How far scrubbing has come, and what it found. Times in Unix ms.
    private static func answer(_ scrub: ScrubStatus) -> JSONValue {
        var object: JSONObject = [
            "read_bytes": JSONValue(scrub.byteCount), "waiting_to_file": JSONValue(scrub.waiting),
        ]
        object["last_round"] = scrub.last.map { last in
            [
                "started": JSONValue(last.started), "ended": JSONValue(last.ended),
                "segments": JSONValue(last.segments), "entries": JSONValue(last.entries),
                "bytes": JSONValue(last.byteCount), "damaged": JSONValue(last.damaged),
            ]
        }
        object["round"] = scrub.round.map { round in
            [
                "started": JSONValue(round.started), "next": JSONValue(round.next), "end": JSONValue(round.end),
                "segments": JSONValue(round.segments),
            ]
        }
        object["next"] = scrub.next.map { JSONValue($0) }
        object["due"] = scrub.due.map { JSONValue($0) }
        object["damage"] = .array(
            scrub.damage.map { damage in
                var place: JSONObject = [
                    "file": .string(damage.file), "byte": JSONValue(damage.offset), "found": JSONValue(damage.found),
                    "reason": .string(damage.reason),
                ]
                place["entry"] = damage.index.map { JSONValue($0) }
                return .object(place)
            })
        if !scrub.damage.isEmpty { object["remedy"] = .string(Ledger.remedy(for: scrub.damage)) }
        return .object(object)
    }

    private static func step(_ read: KeptFilesState.Summary) -> String {
        let tally = read.tally
        return "reading again \(tally.documents) kept documents, \(tally.documentBytes) bytes, and "
            + "\(tally.validation) files of revocation data, \(tally.validationBytes) bytes"
    }

    /// Does everything that is due, behind whoever asked before, reads everything again if that is asked for, and says what was done.
    func compact(_ input: JSONValue) async throws -> JSONValue {
        let ledger = office.ledger
        let scrubs = input["scrub"]?.bool ?? false
        var steps: [JSONValue] = []
        var failure: (any Error)?
        do {
            let done = try await ledger.compactInTurn(sealingTail: input["seal_tail"]?.bool ?? false)
            steps = done.map { .string($0.description) }
        } catch  where scrubs {
            // What is damaged keeps other work from its end: all the more it is to be named.
            failure = error
        }
        if scrubs {
            steps += try await ledger.scrubInTurn().map { .string($0.description) }
            if let read = try await office.keptFiles.readAll() { steps.append(.string(AdminDesk.step(read))) }
        }
        if let failure {
            guard !ledger.knownDamage.isEmpty else { throw failure }
            steps.append(.string("not done: \(failure)"))
        }
        try await office.scrubs.fileResults()
        return ["steps": .array(steps), "status": compactionStatus()]
    }
}
