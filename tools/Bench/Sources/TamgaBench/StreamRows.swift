import LedgerStorage

/// Batches over HTTP: one merchant's rows as one stream, a verdict for each.
enum StreamRows {
    /// How rows are sent and what is asked for.
    private enum Form: CaseIterable {
        case reference, keyed, gzip, inline

        var name: String {
            switch self {
            case .reference: "POST /v1/receipts:batch, evidence by reference"
            case .keyed: "POST /v1/receipts:batch, by reference, each row with a key"
            case .gzip: "POST /v1/receipts:batch, by reference, gzip"
            case .inline: "POST /v1/receipts:batch, evidence inline"
            }
        }

        var bars: [Bar] {
            switch self {
            case .reference: [.atLeast(120_000)]
            case .inline: [.atLeast(60_000)]
            case .keyed, .gzip: []
            }
        }
    }

    /// What a form gave in all rounds.
    private struct Measured {
        var rates = Rounds()
        /// Processor time a row, µs.
        var serving = Rounds()
        var loading = Rounds()
        /// Bytes a row as it was sent.
        var bytes = 0.0
    }

    static func rows(_ run: BenchRun) throws -> [Row] {
        let server: TamgaServer
        do {
            server = try TamgaServer.start(run)
        } catch {
            run.place.waitIfStopping()
            return [Row(.ndjson, Form.reference.name, skipped: "\(error)")]
        }
        defer { server.stop() }
        let tin = TamgaServer.merchants[0]
        let token = try server.token(of: tin)
        let count = run.options.quick ? 20_000 : 100_000
        let bare = ReceiptForms(of: [tin], count: 4000)
        let keyed = ReceiptForms(of: [tin], count: 4000) {
            "{\"idempotencyKey\":\"bench-\(ReceiptForms.room)\",\"receipt\":\($0)}"
        }
        var measured: [Form: Measured] = [:]
        var next = 0
        let before = try server.entryCount()
        for _ in 0..<3 {
            for form in Form.allCases {
                var body = (form == .keyed ? keyed : bare).lines(next..<next + count)
                next += count
                if form == .gzip { body = try packed(body, run) }
                let stream = BatchStream(
                    api: server.api, token: token, isInline: form == .inline, isGzip: form == .gzip)
                let processor = server.processorSeconds
                let outcome = try stream.send(body, rows: count)
                let serving = server.processorSeconds - processor
                measured[form, default: Measured()].rates.add(Double(count) / outcome.seconds)
                measured[form, default: Measured()].serving.add(serving / Double(count) * 1e6)
                measured[form, default: Measured()].loading.add(outcome.processor / Double(count) * 1e6)
                measured[form, default: Measured()].bytes = Double(body.count) / Double(count)
            }
        }
        try server.requireEntries(since: before, acknowledged: next)
        return Form.allCases.compactMap { form in
            measured[form].map { figures in
                Row(
                    .ndjson, form.name, figures.rates, .perSecond, bars: form.bars,
                    note: "\(text(figures.bytes)) bytes a row; \(text(figures.serving.median)) µs of the service's "
                        + "processor time a row, \(text(figures.loading.median)) of the load's")
            }
        }
    }

    /// The same bytes as gzip packs them.
    private static func packed(_ body: [UInt8], _ run: BenchRun) throws -> [UInt8] {
        let path = run.place.fresh("rows")
        defer {
            Place.remove(path)
            Place.remove(path + ".gz")
        }
        try PosixDisk().replace(path, with: body)
        try Process.run(["gzip", "-6", path], in: run.place)
        return try PosixDisk().readAll(path + ".gz", limit: body.count)
    }
}
