import Foundation
import GRDB

/// `registry.sqlite`: what lists and sums of receipts are read from. Derived from the ledger, stamped with the place up to which it was
/// read, and made again when it is missing, damaged or of another ledger.
///
/// It says nothing by itself: who, which till, whom and how much are keyed hashes, and sums are sealed. Writes come from one thread.
public final class ReceiptRegistry: Sendable {
    /// How far the ledger was read.
    public struct Position: Hashable, Sendable {
        /// The entries read.
        public let size: UInt64
        /// The leaf hash of the last of them: another ledger, or another history, has another.
        public let leaf: [UInt8]

        public init(size: UInt64, leaf: [UInt8]) {
            self.size = size
            self.leaf = leaf
        }
    }

    /// A filing, by hashes.
    public struct Row: Hashable, Sendable {
        public let index: UInt64
        public let merchant: [UInt8]
        /// Empty for a return.
        public let till: [UInt8]
        /// `yyyyMM` to report under.
        public let month: Int
        /// `yyyyMMdd` of the receipt.
        public let day: Int
        public let amount: [UInt8]
        /// Empty when no buyer is named.
        public let buyer: [UInt8]
        /// The entry of the receipt that it takes back; `nil` for none.
        public let takesBack: UInt64?

        public init(
            index: UInt64, merchant: [UInt8], till: [UInt8], month: Int, day: Int, amount: [UInt8], buyer: [UInt8],
            takesBack: UInt64?
        ) {
            self.takesBack = takesBack
            self.index = index
            self.merchant = merchant
            self.till = till
            self.month = month
            self.day = day
            self.amount = amount
            self.buyer = buyer
        }
    }

    /// Which of a merchant's filings to find.
    public struct Query: Hashable, Sendable {
        public var merchant: [UInt8]
        /// Any of these; `nil` for all.
        public var tills: [[UInt8]]?
        public var month: Int?
        /// `yyyyMMdd`, both ends included.
        public var days: ClosedRange<Int>?
        public var amount: [UInt8]?
        public var buyer: [UInt8]?
        /// Only those with a smaller index.
        public var before: UInt64?

        public init(merchant: [UInt8]) { self.merchant = merchant }
    }

    /// What a step of reading adds.
    public struct Step: Sendable {
        public var rows: [Row] = []
        /// Entries whose content was erased.
        public var erased: [UInt64] = []
        /// Sums by merchant and key, sealed here.
        public var sums: [SumKey: [UInt8]] = [:]

        public init() {}
    }

    /// Names a sealed sum.
    public struct SumKey: Hashable, Sendable {
        public let merchant: [UInt8]
        /// `yyyyMM` for a month's sums; 0 for what is known of the tills.
        public let month: Int

        public init(merchant: [UInt8], month: Int) {
            self.merchant = merchant
            self.month = month
        }
    }

    private let pool: DatabasePool
    private let cipher: any StateCipher
    private let random: @Sendable (Int) -> [UInt8]

    /// Opens the registry. One that cannot be used, or is of another ledger, is deleted and begun anew.
    ///
    /// - Parameter leaf: the leaf hash of the ledger's entry at an index; `nil` when it has none there.
    public init(
        path: String, cipher: any StateCipher, random: @escaping @Sendable (Int) -> [UInt8],
        leaf: (UInt64) throws -> [UInt8]?
    ) throws {
        self.cipher = cipher
        self.random = random
        pool = try DerivedDatabase.open(path, "receipts", ReceiptRegistry.tables, leaf: leaf)
    }

    /// Lets go of the file.
    public func close() { try? pool.close() }

    /// Whether an error says that the file is damaged, or not what it was: then it is to be made again.
    public static func isDamage(_ error: any Error) -> Bool {
        if error is SumDamaged { return true }
        guard let error = error as? DatabaseError else { return false }
        return [.SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR, .SQLITE_CONSTRAINT, .SQLITE_MISUSE].contains(
            error.resultCode)
    }

    /// A sum that cannot be opened or read.
    public struct SumDamaged: Error {
        public init() {}
    }

    private static let tables = """
        CREATE TABLE filing (
          idx INTEGER PRIMARY KEY, merchant BLOB NOT NULL, till BLOB NOT NULL, month INTEGER NOT NULL,
          day INTEGER NOT NULL, amount BLOB NOT NULL, buyer BLOB NOT NULL,
          takes_back INTEGER);
        CREATE INDEX filing_by_merchant ON filing (merchant, idx);
        CREATE INDEX filing_by_day ON filing (merchant, day, idx);
        CREATE INDEX filing_by_buyer ON filing (merchant, buyer, idx);
        CREATE INDEX filing_by_month ON filing (merchant, month, idx);
        CREATE INDEX filing_by_till ON filing (merchant, till, idx);
        CREATE INDEX filing_by_amount ON filing (merchant, amount, idx);
        CREATE TABLE sum (
          merchant BLOB NOT NULL, month INTEGER NOT NULL, nonce BLOB NOT NULL, content BLOB NOT NULL,
          PRIMARY KEY (merchant, month)) WITHOUT ROWID;
        CREATE TABLE position (id INTEGER PRIMARY KEY CHECK (id = 1), size INTEGER NOT NULL, leaf BLOB NOT NULL);
        """

    /// How far the ledger was read.
    public func position() throws -> Position { try DerivedDatabase.position(pool) }

    /// Takes what was read, and how far, in one transaction.
    public func apply(_ step: Step, upTo position: Position) throws {
        let sums = try step.sums.map { key, content -> (SumKey, nonce: [UInt8], sealed: [UInt8]) in
            let nonce = random(16)
            return (key, nonce, try cipher.seal(content, nonce: nonce))
        }
        try pool.write { database in
            let insert = try database.cachedStatement(
                sql: "INSERT OR REPLACE INTO filing VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
            for row in step.rows {
                try insert.execute(arguments: [
                    Int64(row.index), Data(row.merchant), Data(row.till), row.month, row.day, Data(row.amount),
                    Data(row.buyer), row.takesBack.map { Int64($0) },
                ])
            }
            for index in step.erased {
                try database.execute(sql: "DELETE FROM filing WHERE idx = ?", arguments: [Int64(index)])
            }
            for sum in sums {
                try database.execute(
                    sql: "INSERT OR REPLACE INTO sum VALUES (?, ?, ?, ?)",
                    arguments: [Data(sum.0.merchant), sum.0.month, Data(sum.nonce), Data(sum.sealed)])
            }
            try database.execute(
                sql: "INSERT OR REPLACE INTO position VALUES (1, ?, ?)",
                arguments: [Int64(position.size), Data(position.leaf)])
        }
    }

    /// The sums under a key; `nil` where there are none yet.
    public func sum(_ key: SumKey) throws -> [UInt8]? {
        let row = try pool.read {
            try GRDB.Row.fetchOne(
                $0, sql: "SELECT nonce, content FROM sum WHERE merchant = ? AND month = ?",
                arguments: [Data(key.merchant), key.month])
        }
        guard let row else { return nil }
        let nonce = [UInt8](row["nonce"] as Data)
        guard let content = try? cipher.open([UInt8](row["content"] as Data), nonce: nonce) else { throw SumDamaged() }
        return content
    }

    /// Where a filing stands: its merchant and month, and the receipt that it takes back.
    public struct Place: Sendable {
        public let key: SumKey
        public let takesBack: UInt64?

        public init(key: SumKey, takesBack: UInt64?) {
            self.key = key
            self.takesBack = takesBack
        }
    }

    /// Where a filing stands; `nil` for one that is not listed.
    public func place(of index: UInt64) throws -> Place? {
        let row = try pool.read {
            try GRDB.Row.fetchOne(
                $0, sql: "SELECT merchant, month, takes_back FROM filing WHERE idx = ?",
                arguments: [Int64(clamping: index)])
        }
        return row.map { row in
            Place(
                key: SumKey(merchant: [UInt8](row["merchant"] as Data), month: row["month"]),
                takesBack: (row["takes_back"] as Int64?).map { UInt64($0) })
        }
    }

    /// The months of a merchant that have sums, newest first.
    public func months(of merchant: [UInt8]) throws -> [Int] {
        try pool.read {
            try Int.fetchAll(
                $0, sql: "SELECT month FROM sum WHERE merchant = ? AND month > 0 ORDER BY month DESC",
                arguments: [Data(merchant)])
        }
    }

    /// The entries of a merchant's filings, newest first.
    public func find(_ query: Query, limit: Int) throws -> [UInt64] {
        var sql = "SELECT idx FROM filing WHERE merchant = ?"
        var arguments: StatementArguments = [Data(query.merchant)]
        func add(_ condition: String, _ value: (any DatabaseValueConvertible)?) {
            guard let value else { return }
            sql += " AND \(condition)"
            arguments += [value]
        }
        add("month = ?", query.month)
        if let tills = query.tills {
            sql += " AND till IN (\(tills.map { _ in "?" }.joined(separator: ", ")))"
            arguments += StatementArguments(tills.map { Data($0) })
        }
        add("amount = ?", query.amount.map { Data($0) })
        add("buyer = ?", query.buyer.map { Data($0) })
        add("day >= ?", query.days?.lowerBound)
        add("day <= ?", query.days?.upperBound)
        add("idx < ?", query.before.map { Int64(clamping: $0) })
        return try pool.read {
            try Int64.fetchAll($0, sql: sql + " ORDER BY idx DESC LIMIT \(limit)", arguments: arguments)
                .map { UInt64($0) }
        }
    }
}
