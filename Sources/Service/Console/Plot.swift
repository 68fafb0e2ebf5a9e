import Receipts

/// Plots as pictures in the page, each with its figures as a table behind it.
enum Plot {
    private static let (width, height, floor, left) = (700, 180, 150, 10)

    /// What was issued each day of a month.
    static func days(of sums: MonthSums, month: Int, _ say: Speaker) -> HTML {
        let count = MonthSums.days(of: month)
        let greatest = max(1, sums.days.values.map(\.total).max() ?? 1)
        let step = (width - 2 * left) / count
        var bars: [HTML] = []
        var rows: [HTML] = []
        for day in 1...count {
            let tally = sums.days[day] ?? Tally()
            let x = left + (day - 1) * step
            if tally.count > 0 {
                let share = Int(Double(tally.total) / Double(greatest) * Double(floor - 20))
                let bar = max(2, share)
                bars.append(
                    "<rect x=\"\(x + 2)\" y=\"\(floor - bar)\" width=\"\(step - 4)\" height=\"\(bar)\"></rect>")
                rows.append(
                    """
                    <tr><th scope="row">\(day)</th><td class="n">\(say.number(tally.count))</td><td class="n">\(say.money(tally.total))</td></tr>
                    """)
            }
            if day == 1 || day % 5 == 0 {
                bars.append("<text x=\"\(x + step / 2)\" y=\"\(floor + 16)\" text-anchor=\"middle\">\(day)</text>")
            }
        }
        let title = say(
            "Өдөр бүр олгосон баримтын дүн, \(say.month(month))", "Receipts issued each day, \(say.month(month))")
        return """
            <svg class="plot" viewBox="0 0 \(width) \(height)" role="img" aria-label="\(title)">
            <line x1="\(left)" y1="\(floor)" x2="\(width - left)" y2="\(floor)"></line>\(bars)
            <text x="\(left)" y="14">\(say("хамгийн их", "most")): \(say.money(sums.days.isEmpty ? 0 : greatest))</text></svg>
            <details><summary>\(say("Тоогоор", "As figures"))</summary><table><caption>\(title)</caption><thead><tr><th scope="col">\(say("Өдөр", "Day"))</th>\
            <th scope="col" class="n">\(say("Баримт", "Receipts"))</th><th scope="col" class="n">\(say("Дүн", "Total"))</th></tr></thead><tbody>\(rows)</tbody></table></details>
            """
    }
}

extension MonthSums {
    /// How many days a month has, of `yyyyMM`.
    static func days(of month: Int) -> Int {
        let (year, number) = (month / 100, month % 100)
        return (28...31).last { ReceiptTime(year: year, month: number, day: $0) != nil } ?? 31
    }
}
