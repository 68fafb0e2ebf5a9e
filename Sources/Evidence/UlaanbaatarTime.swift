public import Catalogue

/// A moment shown in Ulaanbaatar time, UTC+8 all year.
public struct UlaanbaatarTime: Sendable, Hashable {
    /// The last moment that is shown as a date: the end of the year 9999.
    private static let maximumUnixMilliseconds: UInt64 = 253_402_271_999_999
    private static let offsetMilliseconds: UInt64 = 8 * 3_600_000

    /// Milliseconds since 1970-01-01 00:00 UTC.
    public let unixMilliseconds: UInt64

    public init(unixMilliseconds: UInt64) {
        self.unixMilliseconds = unixMilliseconds
    }

    /// A time in seconds, as cosignatures give it; a time beyond all dates is kept at the largest number.
    public init(unixSeconds: UInt64) {
        let (milliseconds, overflow) = unixSeconds.multipliedReportingOverflow(by: 1_000)
        self.init(unixMilliseconds: overflow ? .max : milliseconds)
    }

    private struct Parts {
        let year, month, day, hour, minute, second, millisecond: UInt64
    }

    private var parts: Parts? {
        guard unixMilliseconds <= UlaanbaatarTime.maximumUnixMilliseconds else { return nil }
        let local = unixMilliseconds + UlaanbaatarTime.offsetMilliseconds
        let inDay = local % 86_400_000
        // Days to a civil date, from 0000-03-01 on, in eras of 400 years (Howard Hinnant, “chrono-compatible date algorithms”).
        let days = local / 86_400_000 + 719_468
        let dayOfEra = days % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return Parts(
            year: yearOfEra + days / 146_097 * 400 + (month <= 2 ? 1 : 0), month: month,
            day: dayOfYear - (153 * marchMonth + 2) / 5 + 1, hour: inDay / 3_600_000, minute: inDay / 60_000 % 60,
            second: inDay / 1_000 % 60, millisecond: inDay % 1_000)
    }

    /// `2025-11-25T08:00:05.123+08:00` (RFC 3339); `nil` beyond the year 9999.
    public var rfc3339: String? {
        parts.map { parts in
            "\(padded(parts.year, 4))-\(padded(parts.month))-\(padded(parts.day))T\(clock(parts))"
                + ".\(padded(parts.millisecond, 3))+08:00"
        }
    }

    /// `2025 оны 11-р сарын 25, 08:00:05` or `25 November 2025, 08:00:05`, with the place.
    public func text(_ language: Language) -> String {
        guard let parts else { return "\(unixMilliseconds) ms (Unix)" }
        switch language {
        case .mn:
            return "\(parts.year) оны \(parts.month)-р сарын \(parts.day), \(clock(parts)) (Улаанбаатар, UTC+8)"
        case .en:
            let month = UlaanbaatarTime.englishMonths[Int(parts.month) - 1]
            return "\(parts.day) \(month) \(parts.year), \(clock(parts)) (Ulaanbaatar, UTC+8)"
        }
    }

    private func clock(_ parts: Parts) -> String {
        "\(padded(parts.hour)):\(padded(parts.minute)):\(padded(parts.second))"
    }

    private func padded(_ number: UInt64, _ width: Int = 2) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static let englishMonths = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
}
