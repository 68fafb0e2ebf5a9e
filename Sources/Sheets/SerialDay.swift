/// Days as spreadsheets count them.
enum SerialDay {
    /// The day of a serial number as `yyyy-MM-dd`; `nil` beyond the year 9999, before the first day, and for the 29th of February 1900, which
    /// the first system counts and which never was. A time of day is left out.
    ///
    /// - Parameter is1904: whether day 0 is the first of January 1904, else day 1 is that of 1900.
    static func text(_ serial: Double, is1904: Bool) -> String? {
        guard serial.isFinite, serial >= (is1904 ? 0 : 1), serial < 2_958_466 else { return nil }
        var days = Int(serial)
        if is1904 { days += 1462 }
        // In the first system 60 is a day that never was: those before it lie one off.
        guard days != 60 || is1904 else { return nil }
        if days > 60 { days -= 1 }
        // Days from 1899-12-31 to a civil date (Howard Hinnant, “chrono-compatible date algorithms”), from 0000-03-01 on.
        let shifted = days + 693_900
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let civil = month < 10 ? month + 3 : month - 9
        let year = yearOfEra + era * 400 + (civil <= 2 ? 1 : 0)
        guard year <= 9999 else { return nil }
        let day = dayOfYear - (153 * month + 2) / 5 + 1
        return "\(padded(year, 4))-\(padded(civil, 2))-\(padded(day, 2))"
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// Whether a number's format shows a day: a built-in one, or one whose code has a day or a year in it.
    static func isDay(_ format: Int, code: String?) -> Bool {
        guard let code else {
            return [14...17, 22...22, 27...36, 50...58].contains { $0.contains(format) }
        }
        var isQuoted = false
        var isBracketed = false
        var isEscaped = false
        for character in code.lowercased() {
            if isEscaped {
                isEscaped = false
                continue
            }
            switch character {
            case "\\", "_", "*": if !isQuoted { isEscaped = true }
            case "\"": isQuoted.toggle()
            case "[": if !isQuoted { isBracketed = true }
            case "]": isBracketed = false
            case "d", "y": if !isQuoted && !isBracketed { return true }
            default: break
            }
        }
        return false
    }
}
