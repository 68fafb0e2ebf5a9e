public import Catalogue

/// Gives receipts their numbers, as one PosAPI does for one merchant's branch on one day.
///
/// The sequence starts every day at 0 and counts a header and its sub-receipts together: header N, sub-receipts N+1, N+2, …
/// Sub-receipts of a lessee bear the TIN of the header's merchant, because the sequence is kept for that one: with the lessee's
/// TIN two registers could give the same number.
public struct ReceiptNumbering: Hashable, Sendable {
    /// The largest sequence number of a day.
    public static let lastSequence = 99_999

    /// The number of the issuing PosAPI, 8 digits.
    public let posNo: String

    /// - Throws: `receipt-field-digits` unless `posNo` has 8 digits.
    public init(posNo: String) throws(Failure) {
        guard posNo.utf8.count == 8, posNo.isDecimalDigits else {
            throw Problem.receiptFieldDigits(["field": "posNo", "count": "8"])
        }
        self.posNo = posNo
    }

    /// The numbers of one receipt.
    public struct Numbers: Hashable, Sendable {
        public let header: ReceiptID
        public let subReceipts: [ReceiptID]
        /// The sequence number at which the next receipt of the day begins.
        public let next: Int
    }

    /// The day code of a number: (year − 2000) · 365 + day of the year, on the clock of Ulaanbaatar.
    ///
    /// It fits every real number seen. After a leap year's 31 December it repeats a code, so days are not decoded from numbers.
    /// - Throws: `receipt-clock` before 2000 and after 2273, where five digits do not hold it.
    public static func dayCode(_ time: ReceiptTime) throws(Failure) -> Int {
        let code = (time.year - 2000) * 365 + time.dayOfYear
        guard time.year >= 2000, code <= 99_999 else { throw Problem.receiptClock(["date": time.description]) }
        return code
    }

    /// Numbers one receipt.
    ///
    /// - Parameters:
    ///   - merchant: The TIN, 11 or 12 digits.
    ///   - branch: 3 digits.
    ///   - sequence: The next free one of this merchant, branch and day.
    ///   - subReceipts: How many there are.
    /// - Throws: `merchant-tin-too-long`, `receipt-field-digits`, `receipt-numbers-exhausted`, `receipt-clock`.
    public func numbers(
        merchant: String, branch: String, at time: ReceiptTime, sequence: Int, subReceipts: Int
    ) throws(Failure) -> Numbers {
        try Merchant.check(tin: merchant)
        guard branch.utf8.count == 3, branch.isDecimalDigits else {
            throw Problem.receiptFieldDigits(["field": "branchNo", "count": "3"])
        }
        guard sequence >= 0, subReceipts >= 0, sequence <= Self.lastSequence,
            subReceipts <= Self.lastSequence - sequence
        else { throw Problem.receiptNumbersExhausted(["merchant": merchant, "branch": branch]) }
        let prefix = merchant.leftPadded(to: 12) + branch + String(try Self.dayCode(time)).leftPadded(to: 5)
        var all: [ReceiptID] = []
        for number in sequence...(sequence + subReceipts) {
            guard let id = ReceiptID(prefix + String(number).leftPadded(to: 5) + posNo) else {
                throw Problem.receiptFieldDigits(["field": "id", "count": "33"])
            }
            all.append(id)
        }
        return Numbers(header: all[0], subReceipts: Array(all.dropFirst()), next: sequence + subReceipts + 1)
    }
}
