import Filing
import Hummingbird
import LedgerEngine
import Receipts
import Registry

/// The first page: the tills, what each filed last, and what waits.
extension MerchantConsole {
    /// A till that has filed nothing for so long is pointed out, ms.
    private static let silentMs: UInt64 = 86_400_000

    func overview(_ visitor: Visitor) throws -> Response {
        let say = Speaker(language: visitor.language)
        let merchant = try merchant(visitor)
        let now = office.clock.now()
        let today = ReceiptTime(unixMilliseconds: Int64(clamping: now))
        let tills = try registry.tills(of: merchant.tin)
        let waiting = try waiting(of: merchant.tin)
        let sums = try registry.sums(of: merchant.tin, month: today.year * 100 + today.month)
        let ofToday = sums.days[today.dayOfMonth] ?? Tally()
        let way = merchant.way ?? .alone
        let enrolled = Dictionary(
            merchant.branches.flatMap { branch in
                branch.tills.map {
                    (TillStates.Till(branch: branch.number, number: $0.number), "\(branch.name) \($0.name)")
                }
            }, uniquingKeysWith: { $1 })
        // Those that never filed anything, too.
        let rows = Set(tills.tills.keys).union(waiting.keys).union(enrolled.keys).sorted {
            ($0.branch, $0.number) < ($1.branch, $1.number)
        }
        let net = sums.allIssued - sums.allTaken
        let content: HTML = """
            \(suspension(merchant, say))
            <ul class="cards">
            <li class="card">\(say("Өнөөдөр, түрээслэгч, буцаалттай нь", "Today, with lessees, before returns"))<b>\(say.number(ofToday.count))</b>\(say.money(ofToday.total))</li>
            <li class="card">\(say("Энэ сар, буцаалт хассан", "This month, less what was taken back"))<b>\(say.money(net.total))</b>\(say("НӨАТ", "VAT")) \(say.money(net.vat))</li>
            <li class="card">\(say("Хүлээгдэж буй", "Waiting"))<b>\(say.number(waiting.values.reduce(0) { $0 + $1.count }))</b>\(say("PosAPI-ийн хариу тодорхойгүй, эсвэл бүртгэгдээгүй", "outcome unknown at the PosAPI, or not filed yet"))</li>
            </ul>
            <p class="note">\(say("Арга", "Way")): <strong>\(way.rawValue)</strong> – \(say(way.explanation))</p>
            <h2>\(say("Кассууд", "Tills"))</h2>
            \(rows.isEmpty ? nothing(say) : try table(rows, tills, waiting, enrolled, now, today, of: merchant.tin, say))
            <h2>\(say("Сарын өдрүүд", "Days of the month"))</h2>
            <div class="panel">\(Plot.days(of: sums, month: today.year * 100 + today.month, say))</div>
            """
        return try render(visitor, say("Кассууд", "Tills"), path: "/merchant", content)
    }

    private func suspension(_ merchant: Merchant, _ say: Speaker) -> HTML {
        guard merchant.suspended else { return .empty }
        return """
            <div class="note bad" role="alert">\(say("Бүртгэл түр зогссон: шинэ баримт авахгүй. Операторт хандана уу.", "Filing is suspended: no receipt is taken. Ask the operator."))</div>
            """
    }

    private func nothing(_ say: Speaker) -> HTML {
        """
        <p class="panel">\(say("Одоогоор баримт алга. Кассын PosAPI хаягийг энэ Tamga руу заана уу: баримт ирмэгц касс энд гарна.", "No receipt yet. Point a till's PosAPI address to this Tamga: with its first receipt the till appears here."))</p>
        """
    }

    private func table(
        _ rows: [TillStates.Till], _ tills: TillStates, _ waiting: [TillStates.Till: Waiting],
        _ enrolled: [TillStates.Till: String], _ now: UInt64,
        _ today: ReceiptTime, of tin: String, _ say: Speaker
    ) throws -> HTML {
        let lines = try rows.map { till -> HTML in
            let state = tills.tills[till]
            let isSilent = state.map { now > $0.recorded + MerchantConsole.silentMs } ?? false
            let last: HTML =
                try state.map { state in
                    let time: HTML = "\(say.time(state.recorded))"
                    // One that was erased is counted, and cannot be opened.
                    let isHeld = try registry.line(at: state.index, of: tin) != nil
                    let link: HTML = isHeld ? "<a href=\"/merchant/receipts/\(state.index)\">\(time)</a>" : time
                    return isSilent ? "\(link) \(silent(say))" : link
                } ?? "–"
            let queue: HTML =
                waiting[till].map {
                    """
                    <strong class="warn">\($0.count)</strong> <span class="quiet">\(say("хамгийн эхнийх", "oldest")) \(say.time($0.oldest))</span>
                    """
                } ?? "0"
            let name: HTML =
                enrolled[till].map { "<br><span class=\"quiet\">\($0)</span>" }
                ?? (enrolled.isEmpty
                    ? .empty : "<br><span class=\"warn\">\(say("бүртгэлгүй касс", "not enrolled"))</span>")
            return """
                <tr><th scope="row">\(till.branch)</th><td>\(till.number)\(name)</td><td>\(last)</td>\
                <td class="n">\(state?.day == today.dayNumber ? state?.ofDay ?? 0 : 0)</td><td class="n">\(say.number(state?.count ?? 0))</td>\
                <td>\(queue)</td><td><a href="/merchant/receipts?branch=\(Console.query(till.branch))&amp;till=\(Console.query(till.number))">\(say("баримтууд", "receipts"))<span class="skip"> \(till.branch)/\(till.number)</span></a></td></tr>
                """
        }
        return """
            <div class="scroll" tabindex="0"><table><thead><tr><th scope="col">\(say("Салбар", "Branch"))</th><th scope="col">\(say("Касс", "Till"))</th>\
            <th scope="col">\(say("Сүүлийн баримт", "Last filing"))</th><th scope="col" class="n">\(say("Өнөөдөр", "Today"))</th>\
            <th scope="col" class="n">\(say("Бүгд", "All"))</th><th scope="col">\(say("Хүлээгдэж буй", "Waiting"))</th><th scope="col">\(say("Жагсаалт", "List"))</th></tr></thead>
            <tbody>\(lines)</tbody></table></div>
            """
    }

    private func silent(_ say: Speaker) -> HTML {
        "<span class=\"warn\">\(say("(хоногоос дээш чимээгүй)", "(silent for over a day)"))</span>"
    }

    // MARK: Queue

    struct Waiting {
        var count = 0
        /// Unix ms.
        var oldest: UInt64 = .max
    }

    /// Sales that were passed on and whose outcome is open, or which wait to be filed.
    private func waiting(of tin: String) throws -> [TillStates.Till: Waiting] {
        var waiting: [TillStates.Till: Waiting] = [:]
        for intent in try office.relays.intents() where intent.state != .filed {
            guard case .receipt(let request, _) = RelayedSale(decoding: intent.content)?.content,
                request.merchant == tin
            else { continue }
            let till = TillStates.Till(branch: request.branch, number: request.till)
            var state = waiting[till] ?? Waiting()
            state.count += 1
            state.oldest = min(state.oldest, UInt64(clamping: intent.created))
            waiting[till] = state
        }
        return waiting
    }
}

extension Console {
    /// A value as it stands in a query.
    static func query(_ value: String) -> String {
        value.utf8.map { byte -> String in
            let isPlain =
                (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            if isPlain { return String(UnicodeScalar(byte)) }
            return "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}
