/// A moment, shown on the clock of Ulaanbaatar: UTC+8 without summer time, as official receipts have it everywhere in Mongolia.
public struct ReceiptTime: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Milliseconds since 1970-01-01 00:00:00 UTC.
    public let unixMilliseconds: Int64

    /// How far the clock of Ulaanbaatar is ahead of UTC.
    public static let offsetMilliseconds: Int64 = 8 * 3600 * 1000
    private static let day: Int64 = 86_400_000

    /// - Parameter unixMilliseconds: Any value within the years 1…9999; others are clamped to them.
    public init(unixMilliseconds: Int64) {
        self.unixMilliseconds = min(max(unixMilliseconds, -62_135_596_800_000), 253_402_271_999_999)
    }

    /// A date and time of day; `nil` when there is no such moment.
    public init?(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
        guard (1...9999).contains(year), (1...12).contains(month), day >= 1, (0...23).contains(hour),
            (0...59).contains(minute), (0...59).contains(second), day <= Self.days(in: month, of: year)
        else { return nil }
        let days = Self.daysFromCivil(year, month, day)
        let seconds = Int64(days) * 86_400 + Int64(hour * 3600 + minute * 60 + second)
        self.init(unixMilliseconds: seconds * 1000 - Self.offsetMilliseconds)
    }

    /// Reads `yyyy-MM-dd HH:mm:ss`, exactly so.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 19, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            bytes[10] == UInt8(ascii: " "), bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let year = Self.digits(bytes[0..<4]), let month = Self.digits(bytes[5..<7]),
            let day = Self.digits(bytes[8..<10]), let hour = Self.digits(bytes[11..<13]),
            let minute = Self.digits(bytes[14..<16]), let second = Self.digits(bytes[17..<19])
        else { return nil }
        self.init(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
    }

    /// Reads a record's time: Unix milliseconds and the offset, `1770881502000+08:00`.
    public init?(recordText text: String) {
        guard text.hasSuffix("+08:00"), let milliseconds = Int64(text.dropLast(6)),
            String(milliseconds) == text.dropLast(6)
        else { return nil }
        self.init(unixMilliseconds: milliseconds)
        guard unixMilliseconds == milliseconds else { return nil }
    }

    /// The form of a record's time: Unix milliseconds and the offset, `1770881502000+08:00`.
    public var recordText: String { "\(unixMilliseconds)+08:00" }

    /// `yyyy-MM-dd HH:mm:ss`, the form that PosAPI prints; the milliseconds are cut.
    public var description: String {
        let ofDay = Int((unixMilliseconds + Self.offsetMilliseconds) - Int64(daysSinceEpoch) * Self.day) / 1000
        return "\(dayText) \(Self.padded(ofDay / 3600)):\(Self.padded(ofDay / 60 % 60)):\(Self.padded(ofDay % 60))"
    }

    /// The day, `yyyy-MM-dd`.
    public var dayText: String {
        let civil = civil
        return "\(Self.padded(civil.year, to: 4))-\(Self.padded(civil.month))-\(Self.padded(civil.day))"
    }

    /// The year, 1…9999.
    public var year: Int { civil.year }
    /// The month, 1…12.
    public var month: Int { civil.month }
    /// The day of the month, 1…31.
    public var dayOfMonth: Int { civil.day }
    /// The day of the year, 1…366.
    public var dayOfYear: Int { daysSinceEpoch - Self.daysFromCivil(year, 1, 1) + 1 }

    public static func < (one: ReceiptTime, other: ReceiptTime) -> Bool {
        one.unixMilliseconds < other.unixMilliseconds
    }

    /// Days since 1970-01-01, on the clock of Ulaanbaatar.
    var daysSinceEpoch: Int {
        let local = unixMilliseconds + Self.offsetMilliseconds
        return Int(local >= 0 ? local / Self.day : (local - Self.day + 1) / Self.day)
    }

    /// The inverse of ``daysFromCivil(_:_:_:)``: eras of 400 years that begin in March, so that the leap day comes last.
    private var civil: (year: Int, month: Int, day: Int) {
        let shifted = daysSinceEpoch + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    /// Days from 1970-01-01 to a date of the Gregorian calendar.
    private static func daysFromCivil(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func days(in month: Int, of year: Int) -> Int {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }

    private static func digits(_ bytes: ArraySlice<UInt8>) -> Int? {
        var value = 0
        for byte in bytes {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return value
    }

    private static func padded(_ value: Int, to width: Int = 2) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
