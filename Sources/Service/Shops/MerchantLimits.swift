import Catalogue
import LedgerEngine
import Receipts
import Synchronization

/// How much one merchant may ask for, so that one cannot crowd out the others: requests a second, and receipts a day.
///
/// Kept in memory: a restart begins anew. Does not apply to tills on this machine, nor to receipts that the merchant's own PosAPI issues.
final class MerchantLimits: Sendable {
    /// What an operator chooses; 0 is no limit.
    struct Rates: Hashable, Sendable {
        /// Requests a second, over a longer time.
        var requestsPerSecond = 50
        /// Receipts a day, in Ulaanbaatar. The authority lets one PosAPI issue as many.
        var receiptsPerDay = 100_000
    }

    /// Requests that may come at once after a pause, in seconds of the rate.
    private static let burstSeconds = 4.0
    /// Merchants remembered; beyond, those who are at rest are forgotten.
    private static let remembered = 10_000

    private struct Account {
        var allowance: Double
        var seen: UInt64
        var day = 0
        var receipts = 0
    }

    let rates: Rates
    private let clock: any Clock
    private let accounts = Mutex<[String: Account]>([:])

    init(_ rates: Rates, clock: any Clock) {
        self.rates = rates
        self.clock = clock
    }

    /// Counts a request.
    ///
    /// - Throws: `rate-exceeded`, with the seconds to wait.
    func takeRequest(of tin: String) throws(Failure) {
        guard rates.requestsPerSecond > 0 else { return }
        let rate = Double(rates.requestsPerSecond)
        let now = clock.monotonic()
        let wait = accounts.withLock { accounts -> Double? in
            var account = account(of: tin, in: &accounts, now)
            let elapsed = Double(now - min(now, account.seen)) / 1000
            account.allowance = min(rate * MerchantLimits.burstSeconds, account.allowance + elapsed * rate)
            account.seen = now
            defer { accounts[tin] = account }
            guard account.allowance >= 1 else { return (1 - account.allowance) / rate }
            account.allowance -= 1
            return nil
        }
        guard let wait else { return }
        throw Problem.rateExceeded(["seconds": String(max(1, Int(wait.rounded(.up))))])
    }

    /// Counts a receipt.
    ///
    /// - Throws: `quota-exceeded`.
    func takeReceipt(of tin: String) throws(Failure) {
        guard rates.receiptsPerDay > 0 else { return }
        let time = ReceiptTime(unixMilliseconds: Int64(clock.now()))
        let day = time.year * 366 + time.dayOfYear
        let now = clock.monotonic()
        let isFree = accounts.withLock { accounts -> Bool in
            var account = account(of: tin, in: &accounts, now)
            if account.day != day { (account.day, account.receipts) = (day, 0) }
            defer { accounts[tin] = account }
            guard account.receipts < rates.receiptsPerDay else { return false }
            account.receipts += 1
            return true
        }
        guard isFree else {
            throw Problem.quotaExceeded(["limit": String(rates.receiptsPerDay), "seconds": "3600"])
        }
    }

    private func account(of tin: String, in accounts: inout [String: Account], _ now: UInt64) -> Account {
        if let known = accounts[tin] { return known }
        if accounts.count >= MerchantLimits.remembered {
            accounts = accounts.filter { $0.value.receipts > 0 || now - min(now, $0.value.seen) < 60_000 }
        }
        return Account(allowance: Double(rates.requestsPerSecond) * MerchantLimits.burstSeconds, seen: now)
    }
}
