import CanonicalJSON
import Catalogue
import Filing
import HTTPTypes
import Hummingbird
import LedgerEngine
import LedgerMerkle
import NIOCore
import Receipts

/// A month's sums by tax type, and its receipts as a file for the accountant.
extension MerchantConsole {
    func newestMonth(_ visitor: Visitor) throws -> Response {
        let today = ReceiptTime(unixMilliseconds: Int64(clamping: office.clock.now()))
        let month = try registry.months(of: visitor.subject).first ?? today.year * 100 + today.month
        return Console.redirect(to: "/merchant/months/\(MerchantConsole.monthText(month))")
    }

    /// `yyyy-MM`.
    static func monthText(_ month: Int) -> String { "\(month / 100)-\(month % 100 < 10 ? "0" : "")\(month % 100)" }

    func monthPage(_ month: Int, _ visitor: Visitor) throws -> Response {
        let say = Speaker(language: visitor.language)
        let sums = try registry.sums(of: visitor.subject, month: month)
        let path = "/merchant/months/\(MerchantConsole.monthText(month))"
        let others = try registry.months(of: visitor.subject).prefix(36).map { other -> HTML in
            let current: HTML = other == month ? " aria-current=\"true\"" : ""
            return
                "<li><a href=\"/merchant/months/\(MerchantConsole.monthText(other))\"\(current)>\(say.month(other))</a></li>"
        }
        let content: HTML = """
            \(taxTable(sums, say))
            <p class="quiet">\(say("«Буцаасан» нь энэ сард тайлагнах баримтаас дараа нь буцаасан эсвэл засварласан дүн, хэзээ буцааснаас үл хамаарна.", "\"Taken back\" is what was returned or replaced of this month's receipts, whenever that happened."))</p>
            \(counts(sums, say))
            <h2>\(say("Өдрөөр", "By day"))</h2><div class="panel">\(Plot.days(of: sums, month: month, say))</div>
            \(lesseeTable(sums, say))
            <div class="noprint"><h2>\(say("Файл", "Files"))</h2>
            <ul><li><a href="\(path)/receipts.csv">CSV</a> – \(say("хүснэгтийн программд", "for a spreadsheet"))</li>
            <li><a href="\(path)/receipts.json">JSON</a> – \(say("программд, нийлбэр болон нотолгооны холбоостой", "for programs, with sums and the links of the evidence"))</li></ul>
            <p>\(say("Баримт бүрийн нотолгоог холбоосоор нь татаж, «tamga verify»-ээр шалгана.", "Fetch the evidence of any receipt by its link and check it with tamga verify."))</p>
            \(others.isEmpty ? .empty : HTML("<h2>\(say("Бусад сар", "Other months"))</h2><ul>\(others)</ul>"))</div>
            """
        return try render(visitor, say.month(month), path: path, content)
    }

    private func taxTable(_ sums: MonthSums, _ say: Speaker) -> HTML {
        func row(_ title: String, _ issued: Tally, _ taken: Tally) -> HTML {
            let net = issued - taken
            return """
                <tr><th scope="row">\(title)</th><td class="n">\(say.money(issued.total))</td><td class="n">\(say.money(taken.total))</td>\
                <td class="n">\(say.money(net.total))</td><td class="n">\(say.money(net.vat))</td><td class="n">\(say.money(net.cityTax))</td></tr>
                """
        }
        let rows = TaxType.allCases.compactMap { type -> HTML? in
            let (issued, taken) = (sums.issued[type.rawValue], sums.taken[type.rawValue])
            guard issued != nil || taken != nil else { return nil }
            return row("\(say(type.title)) (\(type.rawValue))", issued ?? Tally(), taken ?? Tally())
        }
        return """
            <div class="scroll" tabindex="0"><table><caption>\(say("Татварын төрлөөр", "By tax type"))</caption><thead><tr><th scope="col">\(say("Төрөл", "Type"))</th>\
            <th scope="col" class="n">\(say("Олгосон", "Issued"))</th><th scope="col" class="n">\(say("Буцаасан", "Taken back"))</th>\
            <th scope="col" class="n">\(say("Үлдсэн", "Remaining"))</th><th scope="col" class="n">\(say("үүнээс НӨАТ", "VAT of it"))</th>\
            <th scope="col" class="n">\(say("үүнээс НХАТ", "city tax of it"))</th></tr></thead>
            <tbody>\(rows)\(row(say("Бүгд", "All"), sums.allIssued, sums.allTaken))</tbody></table></div>
            """
    }

    private func counts(_ sums: MonthSums, _ say: Speaker) -> HTML {
        let types = ReceiptType.allCases.compactMap { type -> HTML? in
            sums.types[type.rawValue].map {
                "<dt>\(type.rawValue)</dt><dd>\(say.number($0.count)) · \(say.money($0.total))</dd>"
            }
        }
        let unknown: HTML =
            sums.unknownReturns == 0
            ? .empty
            : """
            <p class="note warn">\(say("\(sums.unknownReturns) буцаалтын баримт энд байхгүй тул дүнд тусаагүй.", "\(sums.unknownReturns) returns are of receipts that are not held here: the sums leave them out."))</p>
            """
        return """
            <h2>\(say("Тоо", "Counts"))</h2><dl class="panel">\(types)<dt>\(say("Засвар", "Corrections"))</dt><dd>\(sums.corrections)</dd>\
            <dt>\(say("Буцаалт", "Returns"))</dt><dd>\(sums.returns)</dd></dl>\(unknown)
            """
    }

    private func lesseeTable(_ sums: MonthSums, _ say: Speaker) -> HTML {
        guard !sums.lessees.isEmpty else { return .empty }
        let rows = sums.lessees.sorted { $0.key < $1.key }.map { tin, tally -> HTML in
            """
            <tr><th scope="row">\(tin)</th><td class="n">\(say.money(tally.total))</td><td class="n">\(say.money(tally.vat))</td></tr>
            """
        }
        return """
            <div class="scroll" tabindex="0"><table><caption>\(say("Түрээслэгчдийн борлуулалт (дээрх дүнд ороогүй)", "Sales of lessees (in no sum above)"))</caption><thead><tr>\
            <th scope="col">\(say("ТТД", "TIN"))</th><th scope="col" class="n">\(say("Дүн", "Total"))</th><th scope="col" class="n">\(say("НӨАТ", "VAT"))</th></tr></thead>
            <tbody>\(rows)</tbody></table></div>
            """
    }

    // MARK: Files

    enum ExportForm: String, Sendable {
        case csv
        case json
    }

    private static let exportLength = 500

    /// All filings of a month, in pieces: memory does not grow with the month.
    func export(_ month: Int, _ visitor: Visitor, _ form: ExportForm) throws -> Response {
        let tin = visitor.subject
        // The size first: sums may be newer than it by what is filed between the two, and never older.
        let read = try registry.size()
        let sums = try registry.sums(of: tin, month: month)
        let body = ResponseBody { [self] writer in
            try await writer.write(ByteBuffer(string: form == .csv ? csvHead() : jsonHead(month, tin, sums, read)))
            // Nothing newer than the sums.
            var before: UInt64? = read
            var isFirst = true
            while let end = before {
                let page = try await Console.read { try exportPage(month, tin, form, before: end) }
                before = page.next
                guard !page.texts.isEmpty else { continue }
                let separator = form == .csv ? "" : ",\n"
                let start = form == .csv ? "" : isFirst ? "\n" : ",\n"
                try await writer.write(ByteBuffer(string: start + page.texts.joined(separator: separator)))
                isFirst = false
            }
            if form == .json { try await writer.write(ByteBuffer(string: "\n]}\n")) }
            try await writer.finish(nil)
        }
        let name = "tamga-\(tin)-\(MerchantConsole.monthText(month)).\(form.rawValue)"
        return Response(
            status: .ok,
            headers: [
                .contentType: form == .csv ? "text/csv; charset=utf-8" : "application/json; charset=utf-8",
                .contentDisposition: "attachment; filename=\"\(name)\"", .cacheControl: "no-store",
            ], body: body)
    }

    /// A page of lines, and where the next one begins; `nil` after the last.
    private func exportPage(_ month: Int, _ tin: String, _ form: ExportForm, before: UInt64) throws -> (
        texts: [String], next: UInt64?
    ) {
        var search = RegistryDesk.Search(month: month)
        search.before = before
        let indices = try registry.find(search, of: tin, limit: MerchantConsole.exportLength)
        let lines = try indices.compactMap { try registry.line(at: $0, of: tin) }
        return (try lines.map { form == .csv ? try csv($0) : try json($0).text }, indices.last)
    }

    private func state(_ line: ReceiptLine) throws -> String {
        guard line.action != .returned else { return "return" }
        guard let change = try registry.book.change(ofReceipt: line.id) else { return "in force" }
        return try registry.book.line(at: change)?.action == .returned ? "returned" : "corrected"
    }

    private func csvHead() -> String {
        // The mark lets spreadsheets know that it is UTF-8.
        "\u{feff}entry,recorded,action,state,receipt,date,type,branch,till,buyer,total,vat,cityTax,"
            + TaxType.allCases.map(\.rawValue).joined(separator: ",") + ",commitment,evidence\r\n"
    }

    private func csv(_ line: ReceiptLine) throws -> String {
        var cells = [
            String(line.index), Speaker(language: .en).time(line.recorded), line.action.rawValue, try state(line),
            line.id,
            line.date.description, line.type?.rawValue ?? "", line.branch, line.till, line.buyer,
        ]
        let isReturn = line.action == .returned
        cells += isReturn ? ["", "", ""] : [line.total, line.vat, line.cityTax].map(\.description)
        for type in TaxType.allCases {
            let shares = line.shares.filter { $0.taxType == type }
            cells.append(shares.isEmpty ? "" : shares.reduce(Money.zero) { $0.adding($1.total) ?? $0 }.description)
        }
        cells += [line.commitment.description, office.settings.publicURL + office.evidencePath(of: line.commitment)]
        return cells.map(MerchantConsole.cell).joined(separator: ",") + "\r\n"
    }

    /// A cell of a CSV file (RFC 4180). What a spreadsheet would take for a formula stays a text.
    static func cell(_ value: String) -> String {
        // By scalars: a combining mark behind a sign does not make it another for a spreadsheet.
        var scalars = Array(value.unicodeScalars)
        if let first = scalars.first, "=+-@\t\r".unicodeScalars.contains(first) { scalars.insert("'", at: 0) }
        let isPlain = !scalars.contains { [",", "\"", "\r", "\n"].contains($0) }
        var cell = String.UnicodeScalarView()
        for scalar in scalars {
            cell.append(scalar)
            if scalar == "\"" { cell.append(scalar) }
        }
        return isPlain ? String(cell) : "\"" + String(cell) + "\""
    }

    private func jsonHead(_ month: Int, _ tin: String, _ sums: MonthSums, _ read: UInt64) -> String {
        func tallies(_ tallies: [String: Tally]) -> JSONValue {
            .object(
                JSONObject(
                    tallies.sorted { $0.key < $1.key }.map { name, tally in
                        .init(
                            name: name,
                            value: [
                                "count": JSONValue(tally.count), "total": .number(JSONNumber(tally.total, decimals: 2)),
                                "vat": .number(JSONNumber(tally.vat, decimals: 2)),
                                "cityTax": .number(JSONNumber(tally.cityTax, decimals: 2)),
                            ])
                    }))
        }
        let head: JSONValue = [
            "merchant": .string(tin), "month": .string(MerchantConsole.monthText(month)),
            "entriesRead": JSONValue(read),
            "issued": tallies(sums.issued), "takenBack": tallies(sums.taken), "lessees": tallies(sums.lessees),
            "corrections": JSONValue(sums.corrections), "returns": JSONValue(sums.returns),
            "returnsNotHeld": JSONValue(sums.unknownReturns),
        ]
        return head.text.dropLast() + ",\"receipts\":["
    }

    private func json(_ line: ReceiptLine) throws -> JSONValue {
        var object: JSONObject = [
            "index": JSONValue(line.index), "recorded": JSONValue(line.recorded),
            "action": .string(line.action.rawValue),
            "state": .string(try state(line)), "id": .string(line.id), "date": .string(line.date.description),
        ]
        if line.action != .returned {
            object["type"] = line.type.map { .string($0.rawValue) }
            object["branchNo"] = .string(line.branch)
            object["posNo"] = .string(line.till)
            if !line.buyer.isEmpty { object["buyer"] = .string(line.buyer) }
            object["totalAmount"] = line.total.json
            object["totalVAT"] = line.vat.json
            object["totalCityTax"] = line.cityTax.json
            object["inactiveId"] = line.corrects.map { .string($0) }
            object["taxTypes"] = .array(
                line.shares.map { share in
                    [
                        "taxType": .string(share.taxType.rawValue), "merchantTin": .string(share.merchant),
                        "totalAmount": share.total.json, "totalVAT": share.vat.json, "totalCityTax": share.cityTax.json,
                    ]
                })
        }
        object["commitment"] = .string(line.commitment.description)
        object["evidence"] = .string(office.settings.publicURL + office.evidencePath(of: line.commitment))
        return .object(object)
    }
}

extension TaxType {
    /// What people call it.
    var title: Wording {
        switch self {
        case .vatable: Wording(mn: "НӨАТ-тай", en: "With VAT")
        case .free: Wording(mn: "НӨАТ-аас чөлөөлөгдсөн", en: "Exempt from VAT")
        case .zero: Wording(mn: "НӨАТ 0 хувь", en: "VAT at 0 %")
        case .outside: Wording(mn: "НӨАТ-д хамаарахгүй", en: "Outside VAT")
        }
    }
}
