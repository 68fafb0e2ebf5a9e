import CanonicalJSON
import Filing
import Receipts

/// How many, and how much, in mongo. A sum stays at the largest number that there is room for.
struct Tally: Hashable, Sendable {
    var count: Int64 = 0
    var total: Int64 = 0
    var vat: Int64 = 0
    var cityTax: Int64 = 0

    init() {}

    init(_ line: ReceiptLine) {
        (count, total, vat, cityTax) = (1, line.total.mongo, line.vat.mongo, line.cityTax.mongo)
    }

    init(_ share: TaxShare) {
        (count, total, vat, cityTax) = (1, share.total.mongo, share.vat.mongo, share.cityTax.mongo)
    }

    static func += (one: inout Tally, other: Tally) {
        func sum(_ one: Int64, _ other: Int64) -> Int64 {
            let (sum, overflow) = one.addingReportingOverflow(other)
            return overflow ? .max : sum
        }
        one.count = sum(one.count, other.count)
        one.total = sum(one.total, other.total)
        one.vat = sum(one.vat, other.vat)
        one.cityTax = sum(one.cityTax, other.cityTax)
    }

    static func - (one: Tally, other: Tally) -> Tally {
        var difference = one
        difference.count &-= other.count
        difference.total &-= other.total
        difference.vat &-= other.vat
        difference.cityTax &-= other.cityTax
        return difference
    }

    var json: JSONValue { [JSONValue(count), JSONValue(total), JSONValue(vat), JSONValue(cityTax)] }

    init(_ json: JSONValue) {
        let numbers = (json.array ?? []).map { $0.integer ?? 0 }
        guard numbers.count == 4 else { return }
        (count, total, vat, cityTax) = (numbers[0], numbers[1], numbers[2], numbers[3])
    }
}

/// A merchant's sums of one month: what was issued to be reported under it, and what of that was taken back, whenever that happened.
struct MonthSums: Hashable, Sendable {
    /// By day of the month, 1…31.
    var days: [Int: Tally] = [:]
    /// By tax type.
    var issued: [String: Tally] = [:]
    /// Returned, or replaced by a correction; by tax type.
    var taken: [String: Tally] = [:]
    /// Receipts by their type.
    var types: [String: Tally] = [:]
    /// What lessees sold over the merchant's tills, by TIN; part of no other sum by tax type.
    var lessees: [String: Tally] = [:]
    var corrections: Int64 = 0
    var returns: Int64 = 0
    /// Returns of receipts that this ledger does not hold, or whose content was erased: their sums are unknown.
    var unknownReturns: Int64 = 0

    init() {}

    mutating func add(_ line: ReceiptLine) {
        if let type = line.type { types[type.rawValue, default: Tally()] += Tally(line) }
        if line.action == .corrected { corrections += 1 }
        for share in line.shares where share.isOf(line) {
            issued[share.taxType.rawValue, default: Tally()] += Tally(share)
        }
        for share in line.shares where !share.isOf(line) { lessees[share.merchant, default: Tally()] += Tally(share) }
    }

    /// Counts a receipt under its day, which may be of another month than the one to report under.
    mutating func addDay(_ line: ReceiptLine) { days[line.date.dayOfMonth, default: Tally()] += Tally(line) }

    /// Takes back a receipt of this month.
    mutating func takeBack(_ line: ReceiptLine) {
        for share in line.shares where share.isOf(line) {
            taken[share.taxType.rawValue, default: Tally()] += Tally(share)
        }
        for share in line.shares where !share.isOf(line) {
            lessees[share.merchant] = (lessees[share.merchant] ?? Tally()) - Tally(share)
        }
    }

    mutating func addReturn(isKnown: Bool) {
        returns += 1
        if !isKnown { unknownReturns += 1 }
    }

    /// Everything issued, of all tax types.
    var allIssued: Tally { MonthSums.sum(issued) }
    /// Everything taken back, of all tax types.
    var allTaken: Tally { MonthSums.sum(taken) }

    private static func sum(_ tallies: [String: Tally]) -> Tally {
        tallies.values.reduce(into: Tally()) { $0 += $1 }
    }

    var encoded: [UInt8] {
        func object(_ tallies: [String: Tally]) -> JSONValue {
            .object(JSONObject(tallies.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: $0.value.json) }))
        }
        let days = Dictionary(uniqueKeysWithValues: days.map { (String($0.key), $0.value) })
        let json: JSONValue = [
            "days": object(days), "issued": object(issued), "taken": object(taken), "types": object(types),
            "lessees": object(lessees), "corrections": JSONValue(corrections), "returns": JSONValue(returns),
            "unknownReturns": JSONValue(unknownReturns),
        ]
        return json.bytes
    }

    /// - Returns: `nil` for bytes that ``encoded`` did not make.
    init?(_ bytes: [UInt8]) {
        guard let json = try? JSONValue(parsing: bytes) else { return nil }
        func tallies(_ name: String) -> [String: Tally] {
            Dictionary(
                (json[name]?.object ?? JSONObject()).map { ($0.name, Tally($0.value)) }, uniquingKeysWith: { $1 })
        }
        days = Dictionary(
            tallies("days").compactMap { day in Int(day.key).map { ($0, day.value) } }, uniquingKeysWith: { $1 })
        (issued, taken, types, lessees) = (tallies("issued"), tallies("taken"), tallies("types"), tallies("lessees"))
        corrections = json["corrections"]?.integer ?? 0
        returns = json["returns"]?.integer ?? 0
        unknownReturns = json["unknownReturns"]?.integer ?? 0
    }
}

extension TaxShare {
    /// Whether the merchant of the receipt sold it, not a lessee.
    fileprivate func isOf(_ line: ReceiptLine) -> Bool { merchant.isEmpty || merchant == line.merchant }
}

/// What is known of a merchant's tills.
struct TillStates: Hashable, Sendable {
    struct Till: Hashable, Sendable {
        let branch: String
        let number: String
    }

    struct State: Hashable, Sendable {
        /// The entry of its newest receipt, and when it was recorded, Unix ms.
        var index: UInt64
        var recorded: UInt64
        /// `yyyyMMdd` of that receipt, and how many of that day there are.
        var day: Int
        var ofDay: Int64
        var count: Int64
    }

    /// The most tills that are kept of one merchant; the one that was silent longest is forgotten.
    static let limit = 2000

    var tills: [Till: State] = [:]

    init() {}

    mutating func add(_ line: ReceiptLine) {
        let till = Till(branch: line.branch, number: line.till)
        // By the operator's clock: a pushed receipt may be dated ahead.
        let day = ReceiptTime(unixMilliseconds: Int64(clamping: line.recorded)).dayNumber
        var state = tills[till] ?? State(index: 0, recorded: 0, day: 0, ofDay: 0, count: 0)
        if day > state.day { (state.day, state.ofDay) = (day, 0) }
        if day == state.day { state.ofDay += 1 }
        (state.index, state.recorded) = (line.index, line.recorded)
        state.count += 1
        tills[till] = state
        guard tills.count > TillStates.limit, let oldest = tills.min(by: { $0.value.index < $1.value.index }) else {
            return
        }
        tills[oldest.key] = nil
    }

    var encoded: [UInt8] {
        let rows = tills.map { till, state -> JSONValue in
            [
                .string(till.branch), .string(till.number), JSONValue(state.index), JSONValue(state.recorded),
                JSONValue(state.day), JSONValue(state.ofDay), JSONValue(state.count),
            ]
        }
        return JSONValue.array(rows).bytes
    }

    /// - Returns: `nil` for bytes that ``encoded`` did not make.
    init?(_ bytes: [UInt8]) {
        guard let rows = (try? JSONValue(parsing: bytes))?.array else { return nil }
        for row in rows {
            guard let row = row.array, row.count == 7, let branch = row[0].string, let number = row[1].string else {
                return nil
            }
            let numbers = row[2...].map { $0.integer ?? 0 }
            tills[Till(branch: branch, number: number)] = State(
                index: UInt64(clamping: numbers[0]), recorded: UInt64(clamping: numbers[1]), day: Int(numbers[2]),
                ofDay: numbers[3], count: numbers[4])
        }
    }
}

extension ReceiptTime {
    /// `yyyyMM`.
    var monthNumber: Int { year * 100 + month }

    /// `yyyyMMdd`.
    var dayNumber: Int { year * 10_000 + month * 100 + dayOfMonth }
}
