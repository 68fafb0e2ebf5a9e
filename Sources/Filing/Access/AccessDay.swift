import Deeds

/// A day in Mongolia (UTC+8 all year) of the access log.
public struct AccessDay: Hashable, Sendable, Comparable {
    static let milliseconds: UInt64 = 86_400_000
    private static let offset: UInt64 = 8 * 3_600_000

    /// Days since 1970-01-01, at least 1.
    let number: UInt32

    init(number: UInt32) {
        self.number = number
    }

    /// The day of a moment, Unix ms; `nil` on 1970-01-01 and beyond the year 9999.
    public init?(unixMilliseconds: UInt64) {
        guard CivilDate(unixMilliseconds: unixMilliseconds) != nil else { return nil }
        number = UInt32((unixMilliseconds + AccessDay.offset) / AccessDay.milliseconds)
        guard number >= 1 else { return nil }
    }

    /// Reads exactly `yyyy-MM-dd`, from 1970-01-02 on; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        guard let date = CivilDate(text), date.year >= 1970 else { return nil }
        // A civil date to days, in eras of 400 years (Howard Hinnant, “chrono-compatible date algorithms”).
        let year = date.month <= 2 ? date.year - 1 : date.year
        let yearOfEra = year % 400
        let dayOfYear = (153 * (date.month > 2 ? date.month - 3 : date.month + 9) + 2) / 5 + date.day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = year / 400 * 146_097 + dayOfEra - 719_468
        guard days >= 1 else { return nil }
        number = UInt32(days)
    }

    /// The first moment, Unix ms.
    public var start: UInt64 { UInt64(number) * AccessDay.milliseconds - AccessDay.offset }

    var next: AccessDay { AccessDay(number: number + 1) }

    public static func < (a: AccessDay, b: AccessDay) -> Bool { a.number < b.number }
}

extension AccessDay: CustomStringConvertible {
    /// `yyyy-MM-dd`.
    public var description: String { CivilDate(unixMilliseconds: start)?.description ?? "day \(number)" }
}
