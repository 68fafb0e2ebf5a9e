import Catalogue
import Filing
import LedgerEngine
import Receipts

/// How much batches may take of the service, so that a till at the counter comes first.
struct BatchLimits: Sendable {
    /// Batches under way at once.
    static let batches = 128
    /// Rows that are worked on together.
    static let group = 16
    /// Groups between queue and disk, of all batches together: what a single receipt may have to wait behind.
    static let groups = 16
    /// Bytes of verdicts that are kept for a client that does not read them while it sends.
    static let keptVerdicts = 2 << 20
    /// How long a row waits for room in the ledger's queue.
    static let patience = Duration.seconds(30)

    let places = Permits(batches)
    let queue = Permits(groups)
}

/// Files the rows of a batch in their order, and tells of each what became of it.
///
/// One bad row never blocks the rest. Memory stays bounded: rows are read no further than the ledger takes them, and the ledger gets no more
/// than the client reads verdicts.
struct BatchFiling: Sendable {
    /// How an answer names evidence.
    enum EvidenceForm: String, CaseIterable, Sendable {
        /// As the path where it is.
        case reference
        /// The evidence itself.
        case inline
    }

    let office: Office
    let limits: BatchLimits
    /// Whose rows may be filed; `nil` for the operator, who may file anybody's.
    let tin: String?
    /// What the merchant may file a day; `nil` for any number.
    var quota: MerchantLimits?
    /// Gives a row that has no key one; `nil` to file it without.
    var keys: (@Sendable ([UInt8]) -> String)?
    var form = EvidenceForm.reference
    var language = Language.en

    private struct Row: Sendable {
        let number: UInt64
        let key: String?
        let pending: Result<Pending, Failure>
    }

    private enum Pending: Sendable {
        case receipt(PendingReceipt)
        case giveBack(PendingReturn)
    }

    /// Rows with their permit, or what became of the whole batch.
    private enum Step: Sendable {
        case rows([Row], HeldPermit)
        case broken(Failure)
    }

    /// Reads, files and answers, until the input ends.
    ///
    /// - Parameters:
    ///   - input: the bytes of the batch, in pieces.
    ///   - write: takes the lines of the answer, in pieces.
    /// - Durability: a row whose verdict was written is on disk.
    /// - Throws: what `write` throws. An input that breaks off is told in the last line.
    func run<Input: AsyncSequence & Sendable>(
        _ input: Input, isGzip: Bool, write: ([UInt8]) async throws -> Void
    ) async throws where Input.Element == [UInt8] {
        let filed = BoundedPipe<Step>(limit: BatchLimits.groups)
        let verdicts = BoundedPipe<[UInt8]>(limit: BatchLimits.keptVerdicts)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await file(input, isGzip: isGzip, into: filed, whenRoomIn: verdicts) }
            group.addTask { try await settle(filed, into: verdicts) }
            do {
                while let lines = try await verdicts.next() { try await write(lines) }
                try await group.waitForAll()
            } catch {
                group.cancelAll()
                throw error
            }
        }
    }

    // MARK: Filing

    private func file<Input: AsyncSequence & Sendable>(
        _ input: Input, isGzip: Bool, into filed: BoundedPipe<Step>, whenRoomIn verdicts: BoundedPipe<[UInt8]>
    ) async throws where Input.Element == [UInt8] {
        defer { filed.finish() }
        var lines = LineSplitter(limit: BatchRow.lengthLimit)
        var number: UInt64 = 0
        let gzip = isGzip ? try GzipReader() : nil
        do {
            for try await piece in input {
                guard let gzip else {
                    try await file(lines.feed(piece), from: &number, into: filed, verdicts)
                    continue
                }
                gzip.feed(piece)
                while let unpacked = try gzip.next() {
                    try await file(lines.feed(unpacked), from: &number, into: filed, verdicts)
                }
            }
            if let gzip, !gzip.isWhole { throw GzipReader.Damaged(reason: "it breaks off") }
        } catch let error as CancellationError {
            throw error
        } catch let failure as Failure {
            return try filed.send(.broken(failure), weight: 1)
        } catch let error as GzipReader.Damaged {
            return try filed.send(
                .broken(Problem.batchBroken(["row": "\(number + 1)", "reason": "gzip: \(error.reason)"])), weight: 1)
        } catch {
            return try filed.send(
                .broken(Problem.batchBroken(["row": "\(number + 1)", "reason": "the body breaks off"])), weight: 1)
        }
        if let last = lines.finish() { try await file([last], from: &number, into: filed, verdicts) }
    }

    private func file(
        _ lines: [LineSplitter.Line], from number: inout UInt64, into filed: BoundedPipe<Step>,
        _ verdicts: BoundedPipe<[UInt8]>
    ) async throws {
        var rest = lines[...]
        while !rest.isEmpty {
            let group = rest.prefix(BatchLimits.group)
            rest = rest.dropFirst(BatchLimits.group)
            // A client that reads no verdicts waits here, where nobody else waits for it.
            try await verdicts.room()
            // Given back once the rows are durable, or were refused.
            try await limits.queue.take()
            let permit = HeldPermit(of: limits.queue)
            var rows: [Row] = []
            rows.reserveCapacity(group.count)
            for line in group {
                number += 1
                if let row = await file(line, number) { rows.append(row) }
            }
            try filed.send(.rows(rows, permit), weight: 1)
        }
    }

    /// - Returns: `nil` for an empty line.
    private func file(_ line: LineSplitter.Line, _ number: UInt64) async -> Row? {
        guard case .whole(let bytes) = line else {
            let limit = String(ReceiptLimits.body)
            return Row(
                number: number, key: nil,
                pending: .failure(Problem.receiptBodyTooLarge(["size": "> \(limit)", "limit": limit])))
        }
        guard !bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) else { return nil }
        var key: String?
        do {
            let row = try BatchRow.parse(bytes)
            key = row.key ?? keys?(bytes)
            return Row(number: number, key: key, pending: .success(try await submit(row, key: key)))
        } catch {
            return Row(number: number, key: key, pending: .failure(BatchFiling.told(error)))
        }
    }

    /// Waits where a single caller would be told that the queue is full.
    private func submit(_ row: BatchRow, key: String?) async throws -> Pending {
        let clock = ContinuousClock()
        let deadline = clock.now + BatchLimits.patience
        var isCounted = false
        while true {
            do {
                switch row.content {
                case .receipt(let request):
                    guard tin == nil || request.merchant == tin else { throw Problem.forbidden() }
                    if let quota, !isCounted {
                        try quota.takeReceipt(of: request.merchant)
                        isCounted = true
                    }
                    return .receipt(try office.receipts.submit(request, idempotencyKey: key))
                case .giveBack(let request):
                    return .giveBack(try office.receipts.submit(request, from: tin))
                }
            } catch LedgerError.busy where clock.now < deadline {
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    // MARK: Verdicts

    private func settle(_ filed: BoundedPipe<Step>, into verdicts: BoundedPipe<[UInt8]>) async throws {
        defer { verdicts.finish() }
        var totals = BatchVerdict.Totals()
        var failure: Failure?
        while let step = try await filed.next() {
            switch step {
            case .broken(let broken): failure = broken
            case .rows(let rows, let permit):
                let lines = await settle(rows, &totals)
                permit.giveBack()
                try verdicts.send(lines, weight: lines.count)
            }
        }
        let last = totals.line(failure, language)
        try verdicts.send(last, weight: last.count)
    }

    private func settle(_ rows: [Row], _ totals: inout BatchVerdict.Totals) async -> [UInt8] {
        var lines: [UInt8] = []
        for row in rows {
            let verdict = BatchVerdict(row: row.number, key: row.key)
            do {
                let (filed, record) = try await outcome(of: try row.pending.get())
                let text = form == .inline ? try office.evidence.evidence(record, for: .citizen) : nil
                lines += verdict.line(of: filed, evidence: (text, office.evidencePath(of: record)), language)
                totals.count(filed.isRepetition ? .repeated : .filed)
            } catch {
                let failure = BatchFiling.told(error)
                lines += verdict.line(of: failure, language)
                totals.count(BatchVerdict.outcome(of: failure))
            }
        }
        return lines
    }

    private func outcome(of pending: Pending) async throws -> (FiledRow, FiledRecord) {
        switch pending {
        case .receipt(let pending):
            let receipt = try await office.receipts.receipt(of: pending)
            return (
                FiledRow(
                    index: receipt.filed.index, recorded: receipt.filed.recorded,
                    isRepetition: receipt.filed.isRepetition, id: receipt.issued.id.text,
                    date: receipt.issued.date.description, doubts: receipt.doubts), receipt.filed
            )
        case .giveBack(let pending):
            let record = try await office.receipts.record(of: pending)
            return (
                FiledRow(
                    index: record.index, recorded: record.recorded, isRepetition: record.isRepetition,
                    id: record.text("id"), date: nil, doubts: []), record
            )
        }
    }

    /// What a caller is told of an error: where our files are damaged is the operator's business.
    private static func told(_ error: any Error) -> Failure {
        let failure = Failure(from: error) ?? Problem.internalError()
        return [.ledgerDamaged, .ledgerUnusable].contains(failure.problem) ? Problem.internalError() : failure
    }
}
