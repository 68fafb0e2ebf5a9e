import CanonicalJSON
import Evidence
import LedgerMerkle
import Receipts

/// Records committed: salts, field hashes and the commitment of a receipt of 13 fields.
enum CommitRows {
    static let fields: [Record.Field] = {
        let short = [
            "action": "issued", "id": "037900846788001095330000010012619", "date": "1770881502000+08:00",
            "merchant": "37900846788", "branch": "001", "pos": "001", "type": "B2C_RECEIPT", "total": "560000",
            "vat": "50000", "district": "2501", "consumer": "10038071",
            "payments": "[{\"code\":\"CASH\",\"paidAmount\":5600}]",
        ]
        let line = Array("{\"name\":\"Талх\",\"qty\":1,\"unitPrice\":5000,\"totalAmount\":5600}".utf8)
        let rest = 700 - short.values.reduce(0) { $0 + $1.utf8.count }
        let items = (0..<rest).map { line[$0 % line.count] }
        return short.map { Record.Field(name: $0.key, value: Array($0.value.utf8)) } + [
            Record.Field(name: "items", value: items)
        ]
    }()

    /// The blocks of 64 bytes that SHA-256 goes through for such a record.
    static var blocks: Int {
        func message(_ bytes: Int) -> Int { (bytes + 9 + 63) / 64 }
        // The key of the HMAC makes two blocks once; each salt needs its message and the outer hash of 32 bytes.
        let each = fields.reduce(0) { $0 + message($1.name.utf8.count) + 1 + message(33 + $1.value.count) }
        let names = fields.reduce(0) { $0 + 1 + $1.name.utf8.count + 32 }
        return 2 + each + message("tamga record v1\n".utf8.count + 3 + names)
    }

    static func rows(_ run: BenchRun) throws -> [Row] {
        var (rates, commitments, bare) = (Rounds(), Rounds(), Rounds())
        for round in 0..<run.rounds {
            guard let secret = RecordSecret((0..<32).map { UInt8($0 + round) }) else { continue }
            let record = try Record(kind: .receipt, secret: secret, fields: fields)
            bare.add(Limits.hashRate(run.roundSeconds / 4) / 64 / Double(blocks))
            commitments.add(
                measuredRate(for: run.roundSeconds / 2, count: 100) { for _ in 0..<100 { _ = record.commitment } })
            rates.add(
                try measuredRate(for: run.roundSeconds / 2, count: 100) {
                    for _ in 0..<100 { _ = try Record(kind: .receipt, secret: secret, fields: fields).commitment }
                })
        }
        let limit = Beside(name: "\(blocks) bare blocks", value: bare.median)
        return try [
            Row(
                .commit, "records committed, 13 fields, 700 bytes", rates, .perSecond, limit: limit,
                bars: [.atLeast(250_000)]),
            Row(.commit, "the commitment alone", commitments, .perSecond, limit: limit),
        ] + receipts(run)
    }

    /// What a till sends becomes a receipt that was held against every rule.
    private static func receipts(_ run: BenchRun) throws -> [Row] {
        let bodies = (0..<256).map(ReceiptLedger.json)
        let merchants = ReceiptLedger.merchants.map { ($0, ReceiptLedger.merchant($0)) }
        let directory = Dictionary(uniqueKeysWithValues: merchants)
        let time = ReceiptTime(unixMilliseconds: 1_770_881_502_000)
        let length = bodies.reduce(0) { $0 + $1.count } / bodies.count
        var (validated, general, scanned) = (Rounds(), Rounds(), Rounds())
        for _ in 0..<run.rounds {
            validated.add(
                try measuredRate(for: run.roundSeconds / 2, count: bodies.count) {
                    for body in bodies { try ReceiptRequest.parse(body).validate(at: time, in: directory) }
                })
            general.add(
                try measuredRate(for: run.roundSeconds / 4, count: bodies.count) {
                    for body in bodies {
                        try ReceiptRequest.parse(JSONValue(parsing: body)).validate(at: time, in: directory)
                    }
                })
            scanned.add(
                measuredRate(for: run.roundSeconds / 4, count: bodies.count) {
                    for body in bodies { precondition(body.reduce(0) { $0 &+ ($1 == 0x22 ? 1 : 0) } > 0) }
                })
        }
        return [
            Row(
                .commit, "JSON of \(length) bytes to validated receipt", validated, .perSecond,
                limit: Beside(name: "its quotes counted", value: scanned.median),
                beside: [Beside(name: "by a tree of JSON values", value: general.median)],
                bars: [.atLeast(300_000)])
        ]
    }
}
