/// Amounts of tugriks as people write them, read into integer mongo (1/100 tugrik).
///
/// Read: `5600`, `5,600₮`, `5 600`, `5600.00`, `12 345 678,90 ₮`, `-5.5`, `MNT 5600`. A comma or blank before exactly three digits
/// groups; a comma or point before one or two digits at the end is the decimal sign.
enum Money {
    /// The most digits of an amount, so that mongo fit 64 bits.
    private static let maximumDigitCount = 16
    private static let unitSigns = ["₮", "MNT", "төгрөг", "төг"]

    /// The mongo of an amount written by a person; `nil` when it is not an amount.
    static func mongo(written text: String) -> Int64? {
        var text = trimmed(text[...])
        for sign in unitSigns {
            if text.hasSuffix(sign) {
                text = trimmed(text.dropLast(sign.count))
                break
            }
            if text.hasPrefix(sign) {
                text = trimmed(text.dropFirst(sign.count))
                break
            }
        }
        let isNegative = text.hasPrefix("-")
        guard let amount = unsigned(isNegative ? text.dropFirst() : text) else { return nil }
        return isNegative ? -amount : amount
    }

    private static func unsigned(_ text: Substring) -> Int64? {
        var whole = text
        var fraction: Substring = ""
        if let sign = text.lastIndex(where: { $0 == "." || $0 == "," }) {
            let digits = text[text.index(after: sign)...]
            if text[sign] == "." || digits.count < 3 {
                guard (1...2).contains(digits.count), isDecimal(digits) else { return nil }
                whole = text[..<sign]
                fraction = digits
            }
        }
        guard let digits = ungrouped(whole), digits.count <= maximumDigitCount else { return nil }
        return Int64(digits + fraction + (fraction.count == 0 ? "00" : fraction.count == 1 ? "0" : ""))
    }

    /// Digits without their grouping, which must be all of one sort and in threes.
    private static func ungrouped(_ text: Substring) -> String? {
        if isDecimal(text) { return String(text) }
        guard let separator = text.first(where: { !isDecimal("\($0)") }), isGrouping(separator) else { return nil }
        let groups = text.split(separator: separator, omittingEmptySubsequences: false)
        guard let first = groups.first, (1...3).contains(first.count), groups.allSatisfy({ isDecimal($0) }),
            groups.dropFirst().allSatisfy({ $0.count == 3 })
        else { return nil }
        return groups.joined()
    }

    /// Comma, blank, no-break space or narrow no-break space.
    private static func isGrouping(_ character: Character) -> Bool {
        [",", " ", "\u{a0}", "\u{202f}"].contains(character)
    }

    private static func isDecimal(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let first = text.first, first != ",", isGrouping(first) { text.removeFirst() }
        while let last = text.last, last != ",", isGrouping(last) { text.removeLast() }
        return text
    }

    /// The mongo of a recorded value: an integer in its one canonical spelling; `nil` for anything else.
    static func mongo(recorded value: [UInt8]) -> Int64? {
        guard let text = String(validating: value, as: UTF8.self), let amount = Int64(text), String(amount) == text
        else {
            return nil
        }
        return amount
    }
}
