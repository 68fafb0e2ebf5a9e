import CTables
public import Catalogue
import Synchronization

/// What the rules of receipts look up: rates, districts and codes, each with the days on which it holds.
///
/// The files of `seeds/tables` are built in; an operator replaces any of them without a build (`seeds/tables/README.md`).
public struct ReferenceTables: Sendable {
    /// An aimag or district with a sum or khoroo.
    public struct District: Hashable, Sendable {
        /// 4 digits.
        public let code: String
        public let branch: String
        public let name: String
    }

    /// Why no VAT is due.
    public struct TaxProduct: Hashable, Sendable {
        /// 1…10 digits.
        public let code: String
        public let taxType: TaxType
        public let name: String
        /// First and last day, `yyyy-MM-dd`; empty for none.
        public let from: String
        public let to: String

        static func of(row field: (String) -> String) -> Result<TaxProduct, TableFault> {
            switch (digits(field("code"), 1...10), TaxType(rawValue: field("taxType"))) {
            case (.failure(let fault), _): .failure(fault)
            case (_, nil), (_, .vatable?):
                .failure(TableFault(reason: "\"\(field("taxType"))\" is no tax type without VAT"))
            case (.success(let code), let type?):
                .success(
                    TaxProduct(
                        code: code, taxType: type, name: field("name"), from: field("from"), to: field("to")))
            }
        }
    }

    /// A code with what it means.
    public struct Named: Hashable, Sendable {
        public let code: String
        public let name: String
    }

    /// What is known of a code on a day.
    public enum Standing: Hashable, Sendable {
        case holds
        /// It is known, but not of this day.
        case holdsOtherwise
        case unknown
    }

    /// The most bytes of a file.
    public static let byteLimit = TableReader.byteLimit

    /// The names of the files.
    public static let fileNames = [
        "tax-rates.csv", "districts.csv", "tax-products.csv", "classifications.csv", "payment-codes.csv",
    ]

    private let rates: [TableRow<TaxRate>]
    private let districtRows: [TableRow<District>]
    private let branches: Set<Substring>
    private let taxProductRows: [String: [TableRow<TaxProduct>]]
    private let classificationRows: [String: [TableRow<Named>]]
    private let paymentRows: [TableRow<Named>]
    private let newestDay = NewestDay()
    /// The files that came from a folder and not with the program.
    public let replaced: [String]

    /// The tables that came with the program.
    ///
    /// - Precondition: they can be read, which a test shows.
    public static let builtIn: ReferenceTables = {
        do {
            return try ReferenceTables { _ in nil }
        } catch {
            preconditionFailure("the built-in tables cannot be read: \(error)")
        }
    }()

    /// Reads tables.
    ///
    /// - Parameter file: gives the bytes of a file by its name; `nil` for the one that came with the program.
    /// - Throws: `table-invalid`, naming file and line; what `file` throws.
    public init(_ file: (String) throws(Failure) -> [UInt8]?) throws(Failure) {
        var replaced: [String] = []
        func open(_ name: String, _ columns: [String]) throws(Failure) -> TableReader {
            let own = try file(name)
            if own != nil { replaced.append(name) }
            return try TableReader(own ?? ReferenceTables.builtInBytes(name), file: name, columns: columns)
        }
        rates = try open("tax-rates.csv", ["tax", "basisPoints"]).rows(TaxRate.of(row:))
        try ReferenceTables.checkVAT(rates.filter { $0.value.tax == .vat })
        districtRows = try open("districts.csv", ["code", "branch", "name"]).rows { field in
            digits(field("code"), 4...4).map { District(code: $0, branch: field("branch"), name: field("name")) }
        }
        branches = Set(districtRows.map { $0.value.code.prefix(2) })
        let products = try open("tax-products.csv", ["code", "taxType", "name"]).rows(TaxProduct.of(row:))
        taxProductRows = Dictionary(grouping: products, by: \.value.code)
        let classifications: [TableRow<Named>] = try open("classifications.csv", ["code", "name"]).rows { field in
            // Shorter ones name groups of classes.
            digits(field("code"), 1...7).flatMap { code in
                ReferenceTables.classificationLevels.contains(code.utf8.count)
                    ? .success(Named(code: code, name: field("name")))
                    : .failure(TableFault(reason: "\"\(code)\" has \(code.utf8.count) digits, as no level has"))
            }
        }
        classificationRows = Dictionary(grouping: classifications, by: \.value.code)
        paymentRows = try open("payment-codes.csv", ["code", "name"]).rows { field in
            field("code").isEmpty
                ? .failure(TableFault(reason: "a row without a code"))
                : .success(Named(code: field("code"), name: field("name")))
        }
        self.replaced = replaced
    }

    /// On every day there is one rate of VAT: what a receipt must bear is never in doubt.
    private static func checkVAT(_ rows: [TableRow<TaxRate>]) throws(Failure) {
        var begin = ""
        for row in rows.sorted(by: { $0.from < $1.from }) {
            guard row.from == begin else { begin = "?"; break }
            begin = row.to.isEmpty ? "for ever" : dayAfter(row.to)
        }
        guard begin == "for ever" else {
            throw TableReader.invalid(
                "tax-rates.csv", 1,
                "the rows of VAT must follow each other day by day: the first without from, the last without to, no gap and no overlap"
            )
        }
    }

    private static func dayAfter(_ day: String) -> String {
        guard let time = ReceiptTime("\(day) 12:00:00") else { return "?" }
        return ReceiptTime(unixMilliseconds: time.unixMilliseconds + 86_400_000).dayText
    }

    private static func builtInBytes(_ name: String) -> [UInt8] {
        var count = 0
        guard let bytes = ctables_bytes(name, &count) else { preconditionFailure("\(name) was not built in") }
        return Array(UnsafeBufferPointer(start: bytes, count: count))
    }

    /// The rows of each file, in the order of ``fileNames``.
    public var rowCounts: [Int] {
        [
            rates.count, districtRows.count, taxProductRows.values.reduce(0) { $0 + $1.count },
            classificationRows.values.reduce(0) { $0 + $1.count }, paymentRows.count,
        ]
    }

    // MARK: Looking up

    /// What holds on a day, put together once: a receipt asks for the day it is issued on, and most are of today.
    struct Day: Sendable {
        /// `yyyy-MM-dd`.
        let text: String
        let rates: TaxRates
        let paymentTypes: [Named]
    }

    private final class NewestDay: Sendable {
        let known = Mutex<(number: Int, day: Day)?>(nil)
    }

    func day(_ time: ReceiptTime) -> Day {
        let number = time.daysSinceEpoch
        if let known = newestDay.known.withLock({ $0 }), known.number == number { return known.day }
        let text = time.dayText
        let rows = rates.filter { $0.holds(on: text) }.sorted { $0.from > $1.from }
        let day = Day(
            text: text,
            rates: TaxRates(
                vat: rows.first { $0.value.tax == .vat }?.value.basisPoints ?? 0,
                cityTax: rows.filter { $0.value.tax == .cityTax }.map(\.value.basisPoints)),
            paymentTypes: paymentRows.filter { $0.holds(on: text) }.map(\.value))
        newestDay.known.withLock { $0 = (number, day) }
        return day
    }

    /// The rates of a day.
    public func rates(on time: ReceiptTime) -> TaxRates { day(time).rates }

    /// Whether the first two digits of a district's code are those of an aimag or district. Sums and khoroos are split and renamed over the
    /// years, so the last two may be any.
    public func knowsBranch(of district: String) -> Bool { branches.contains(district.prefix(2)) }

    /// All districts of a day.
    public func districts(on time: ReceiptTime) -> [District] {
        districtRows.filter { $0.holds(on: time.dayText) }.map(\.value)
    }

    /// The tax types that a tax product's code stands for on a day: none when it is not known, or not of this day.
    public func taxTypes(ofProduct code: String, on time: ReceiptTime) -> Set<TaxType> {
        guard let rows = taxProductRows[code] else { return [] }
        let day = day(time).text
        return Set(rows.filter { $0.holds(on: day) }.map(\.value.taxType))
    }

    /// All tax products, whatever the day, by code.
    public var taxProducts: [TaxProduct] {
        taxProductRows.values.flatMap { $0 }.map(\.value).sorted {
            ($0.taxType.rawValue, $0.code) < ($1.taxType.rawValue, $1.code)
        }
    }

    /// What is known of a class of goods on a day.
    public func standing(ofClassification code: String, on time: ReceiptTime) -> Standing {
        guard let rows = classificationRows[code] else { return .unknown }
        let day = day(time).text
        return rows.contains { $0.holds(on: day) } ? .holds : .holdsOtherwise
    }

    /// The number of digits of each level of the classification: section, division, group, class, subclass, and the class of goods.
    static let classificationLevels = [1, 2, 3, 4, 5, 7]

    /// What lies directly below a code of the classification on a day, by code; below `""` the sections. Groups that no row names have the
    /// name `""`. O(all classes).
    public func classifications(below parent: String, on time: ReceiptTime) -> [Named] {
        guard let length = ReferenceTables.classificationLevels.first(where: { $0 > parent.utf8.count }) else {
            return []
        }
        var found: [String: String] = [:]
        for (code, rows) in classificationRows where code.utf8.count == 7 && code.hasPrefix(parent) {
            guard let row = rows.first(where: { $0.holds(on: time.dayText) }) else { continue }
            let child = String(code.prefix(length))
            if length == 7 {
                found[child] = row.value.name
            } else if found[child] == nil {
                found[child] = classificationRows[child]?.first { $0.holds(on: time.dayText) }?.value.name ?? ""
            }
        }
        return found.map { Named(code: $0.key, name: $0.value) }.sorted { $0.code < $1.code }
    }

    /// The payment types of a day, in the order of the table.
    public func paymentTypes(on time: ReceiptTime) -> [Named] { day(time).paymentTypes }
}

private func digits(_ text: String, _ counts: ClosedRange<Int>) -> Result<String, TableFault> {
    text.isDecimalDigits && counts.contains(text.utf8.count)
        ? .success(text)
        : .failure(
            TableFault(reason: "\"\(text)\" is no code of \(counts.lowerBound)…\(counts.upperBound) digits"))
}
