import CanonicalJSON
import Catalogue
import Filing
import HTTPTypes
import Hummingbird
import LedgerEngine
import Receipts
import Registry

/// The operator's console: who may file, enrolled by form or by file.
struct OperatorConsole: Sendable {
    let console: Console

    var office: Office { console.office }
    private var admin: AdminDesk { AdminDesk(office) }

    func add(to router: some RouterMethods<CallContext>) {
        console.addCommon(to: router, .operator)
        addApprovals(to: router)
        addHandOvers(to: router)
        router.get("operator", use: console.page(.operator) { _, _, visitor in listPage(visitor) })
        router.post(
            "operator/issuers/:id/forget-password",
            use: console.form(.operator) { _, context, visitor in
                let id = context.parameters.get("id") ?? ""
                do {
                    _ = try await AdminDesk(office, asker: visitor.subject).run("console.forget", ["id": .string(id)])
                } catch let failure as Failure where failure.problem == .approvalWaits {
                    return Console.redirect(to: "/operator/approvals")
                }
                let say = Speaker(language: visitor.language)
                return listPage(
                    visitor,
                    note: Page.good(
                        "\(id): " + say("нууц үг, нэвтрэлтийг хүчингүй болгов", "password and sessions are gone")))
            })
        router.get("operator/merchants", use: console.page(.operator) { _, _, visitor in merchantPage(nil, visitor) })
        router.get(
            "operator/merchants/:tin",
            use: console.page(.operator) { _, context, visitor in
                guard let merchant = office.register.merchant(tin: context.parameters.get("tin") ?? "") else {
                    throw Problem.notFound()
                }
                return merchantPage(merchant, visitor)
            })
        router.post(
            "operator/merchants",
            use: console.form(.operator) { form, _, visitor in try await enrol(form, visitor) })
        router.post(
            "operator/file",
            use: console.form(.operator, limit: 16 << 20) { form, _, visitor in try await enrolFile(form, visitor) })
        for (word, isSuspended) in [("suspend", true), ("resume", false)] {
            router.post(
                "operator/issuers/:id/\(word)",
                use: console.form(.operator) { _, context, visitor in
                    let id = context.parameters.get("id") ?? ""
                    return try await carryOut(
                        "issuer.suspend", ["id": .string(id), "suspended": .bool(isSuspended)], visitor)
                })
        }
    }

    func render(
        _ visitor: Visitor, _ title: String, path: String, status: HTTPResponse.Status = .ok, _ content: HTML
    ) -> Response {
        let say = Speaker(language: visitor.language)
        var page = Page(
            area: .operator, say: say, title: title,
            name: "\(ConsoleArea.operator.title(say)) · \(visitor.subject)", visitor: visitor, path: path,
            content: content)
        page.links = [
            .init(path: "/operator", title: say("Бүртгэлтэй", "Enrolled")),
            .init(path: "/operator/merchants", title: say("Борлуулагч бүртгэх", "Enrol a merchant")),
            .init(path: "/operator/approvals", title: say("Зөвшөөрөл", "Approvals")),
        ]
        return page.response(status: status)
    }

    // MARK: Who is enrolled

    private func listPage(_ visitor: Visitor, note: HTML = .empty) -> Response {
        let say = Speaker(language: visitor.language)
        let rows = office.register.all.map { issuer -> HTML in
            let word = issuer.suspended ? "resume" : "suspend"
            var what: HTML = "\(say("нотариатч", "notary"))"
            var name: HTML = "\(issuer.name)"
            var more: HTML = .empty
            if case .notary(let notary) = issuer {
                more = notary.successor.map { "<p class=\"hint\">→ \($0)</p>" } ?? handingOver(notary, visitor, say)
            }
            if case .merchant(let merchant) = issuer {
                what = "\((merchant.way ?? .alone).rawValue)"
                name = "<a href=\"/operator/merchants/\(merchant.tin)\">\(merchant.name)</a>"
            }
            return """
                <tr><th scope="row">\(issuer.id)</th><td>\(name)</td><td>\(what)</td>\
                <td class="state \(issuer.suspended ? "bad" : "good")">\(issuer.suspended ? say("зогссон", "suspended") : say("идэвхтэй", "enrolled"))</td>\
                <td><form method="post" action="/operator/issuers/\(Console.query(issuer.id))/\(word)">\(Page.key(visitor))\
                <button class="second">\(issuer.suspended ? say("Сэргээх", "Resume") : say("Зогсоох", "Suspend"))<span class="skip"> \(issuer.id)</span></button></form>\(more)</td></tr>
                """
        }
        let content: HTML = """
            \(note)\(handOverRequests(visitor, say))<div class="scroll" tabindex="0"><table><thead><tr><th scope="col">\(say("Дугаар", "Identifier"))</th><th scope="col">\(say("Нэр", "Name"))</th>\
            <th scope="col">\(say("Арга", "Way"))</th><th scope="col">\(say("Төлөв", "State"))</th><th scope="col">\(say("Үйлдэл", "Action"))</th></tr></thead><tbody>\(rows)</tbody></table></div>
            <h2>\(say("Файлаар бүртгэх", "Enrol from a file"))</h2>
            <form class="panel" method="post" action="/operator/file" enctype="multipart/form-data">\(Page.key(visitor))
            <div class="field"><label for="file">\(say("JSON жагсаалт", "A JSON list"))</label><input id="file" name="file" type="file" accept=".json" required></div>
            <p class="hint">\(say("seeds/merchants.json-ийн хэлбэр; алдаатай мөр бусдад саад болохгүй.", "In the form of seeds/merchants.json; a bad row does not stop the others."))</p>
            <button>\(say("Бүртгэх", "Enrol them"))</button></form>
            """
        return render(visitor, say("Бүртгэлтэй байгууллага, нотариатч", "Who is enrolled"), path: "/operator", content)
    }

    private func handingOver(_ notary: Notary, _ visitor: Visitor, _ say: Speaker) -> HTML {
        """
        <details><summary>\(say("Албыг шилжүүлэх", "Hand the office over"))<span class="skip"> \(notary.code)</span></summary>
        <form method="post" action="/operator/notaries/\(Console.query(notary.code))/hand-over">\(Page.key(visitor))
        <label for="successor-\(notary.code)">\(say("Хүлээн авах нотариатч", "Successor's code"))</label>
        <input id="successor-\(notary.code)" name="successor" required>
        <button class="danger">\(say("Шилжүүлж, хаах", "Close and hand over"))</button></form></details>
        """
    }

    private func enrolFile(_ form: FormBody, _ visitor: Visitor) async throws -> Response {
        let say = Speaker(language: visitor.language)
        let bytes = form.files["file"]?.bytes ?? []
        guard var list = try? JSONValue(parsing: bytes, limits: JSONLimits(bytes: 16 << 20)) else {
            return listPage(
                visitor, note: Page.note(Problem.merchantsFile(["place": "–", "reason": "JSON [ … ]"]), say))
        }
        if list.array == nil { list = .array([list]) }
        let results: [JSONValue]
        do {
            results =
                try await AdminDesk(office, asker: visitor.subject).run("issuer.enrol", ["issuers": list]).array ?? []
        } catch let failure as Failure where failure.problem == .approvalWaits {
            return Console.redirect(to: "/operator/approvals")
        }
        let rows = results.map { result -> HTML in
            let isRefused = result["outcome"]?.string == "refused"
            return """
                <li class="\(isRefused ? "bad" : "good")"><strong>\(result["id"]?.string ?? "–")</strong> \(result["outcome"]?.string ?? "") \(result["message"]?.string ?? "")</li>
                """
        }
        return listPage(visitor, note: "<div class=\"note\" role=\"status\"><ul>\(rows)</ul></div>")
    }

    // MARK: One merchant

    private func merchantPage(_ merchant: Merchant?, _ visitor: Visitor, form: FormBody? = nil, note: HTML = .empty)
        -> Response
    {
        let say = Speaker(language: visitor.language)
        func value(_ name: String, _ known: String?) -> String { form.map { $0[name] } ?? known ?? "" }
        func text(_ name: String, _ title: String, _ known: String?, hint: String = "", _ more: HTML = "") -> HTML {
            """
            <div class="field"><label for="\(name)">\(title)</label><input id="\(name)" name="\(name)" value="\(value(name, known))"\(more)> <span class="hint">\(hint)</span></div>
            """
        }
        func choice(_ name: String, _ title: String, _ known: String?, _ options: [(String, String)]) -> HTML {
            let items = options.map { option -> HTML in
                let selected: HTML = value(name, known) == option.0 ? " selected" : ""
                return "<option value=\"\(option.0)\"\(selected)>\(option.1)</option>"
            }
            return
                "<div class=\"field\"><label for=\"\(name)\">\(title)</label><select id=\"\(name)\" name=\"\(name)\">\(items)</select></div>"
        }
        func flag(_ value: Bool?) -> String { value.map { $0 ? "yes" : "no" } ?? "" }
        let flags = [("", say("тодорхойгүй", "not stated")), ("yes", say("тийм", "yes")), ("no", say("үгүй", "no"))]
        let ways = FilingWay.allCases.map { ($0.rawValue, "\($0.rawValue) – \(say($0.explanation))") }
        let lessees =
            merchant?.customers.map { "\($0.tin); \($0.name); \(flag($0.vatPayer)); \(flag($0.cityTaxPayer))" } ?? []
        let accounts =
            merchant?.bankAccounts.map { account in
                [
                    String(account.id), account.number, account.name, String(account.bankID), account.bankName,
                    account.iban, account.tin,
                ]
                .joined(separator: "; ")
            } ?? []
        let branches: [String] = (merchant?.branches ?? []).map { branch in
            let tills = branch.tills.map { till -> String in
                till.name.isEmpty ? till.number : "\(till.number) \(till.name)"
            }
            return "\(branch.number); \(branch.name); \(branch.district ?? ""); \(tills.joined(separator: ", "))"
        }
        let content: HTML = """
            \(note)<form class="panel" method="post" action="/operator/merchants">\(Page.key(visitor))
            \(text("tin", say("ТТД", "TIN"), merchant?.tin, hint: say("11–12 орон", "11 or 12 digits"), " required inputmode=\"numeric\""))
            \(text("name", say("Нэр", "Name"), merchant?.name, " required class=\"wide\""))
            \(text("registerNumber", say("Улсын бүртгэлийн дугаар", "Number in the state register"), merchant?.registerNumber, hint: say("PosAPI 2.x-д", "for PosAPI 2.x")))
            \(choice("vatPayer", say("НӨАТ төлөгч", "Registered for VAT"), flag(merchant?.vatPayer), flags))
            \(choice("cityTaxPayer", say("НХАТ төлөгч", "Pays the city tax"), flag(merchant?.cityTaxPayer), flags))
            \(choice("way", say("Арга", "Way"), (merchant?.way ?? .alone).rawValue, ways))
            \(text("posapi", say("PosAPI-ийн хаяг", "Address of the PosAPI"), nil, hint: "http://192.168.1.5:7080", " class=\"wide\""))
            <div class="field"><label for="customers">\(say("Түрээслэгчид: ТТД; нэр; НӨАТ; НХАТ", "Lessees: TIN; name; VAT; city tax"))</label>\
            <textarea id="customers" name="customers" rows="4" aria-describedby="customershint">\(value("customers", lessees.joined(separator: "\n")))</textarea>
            <p class="hint" id="customershint">\(say("Мөр бүрд нэг; yes, no эсвэл хоосон", "One a line; yes, no or nothing"))</p></div>
            <div class="field"><label for="accounts">\(say("Данс: дугаар; данс; нэр; банкны код; банк; IBAN; ТТД", "Accounts: id; number; name; bank's code; bank; IBAN; TIN"))</label>\
            <textarea id="accounts" name="accounts" rows="3">\(value("accounts", accounts.joined(separator: "\n")))</textarea></div>
            <div class="field"><label for="branches">\(say("Салбар: дугаар; нэр; дүүрэг, хороо; кассууд", "Branches: number; name; district; tills"))</label>\
            <textarea id="branches" name="branches" rows="4" aria-describedby="brancheshint">\(value("branches", branches.joined(separator: "\n")))</textarea>
            <p class="hint" id="brancheshint">\(say("Мөр бүрд нэг салбар: 001; Төв; 2501; 1 Урд касс, 2. Хоосон бол аль ч касс болно.", "One a line: 001; Main; 2501; 1 Front till, 2. Without any, no till is pointed out."))</p></div>
            <button>\(say("Бүртгэх", "Enrol"))</button></form>\(merchant.map { forgetting($0, visitor, say) })
            """
        let title = merchant.map { $0.name } ?? say("Борлуулагч бүртгэх", "Enrol a merchant")
        return render(visitor, title, path: "/operator/merchants", content)
    }

    private func forgetting(_ merchant: Merchant, _ visitor: Visitor, _ say: Speaker) -> HTML {
        """
        <form class="panel" method="post" action="/operator/issuers/\(merchant.tin)/forget-password">\(Page.key(visitor))
        <p>\(say("Борлуулагч нууц үгээ алдсан бол: токеноор нэвтэрч шинээр тохируулна.", "If the merchant's password is lost or known to others: with a token a new one can be set."))</p>
        <button class="danger">\(say("Нууц үгийг устгах", "Remove the password"))</button></form>
        """
    }

    private func enrol(_ form: FormBody, _ visitor: Visitor) async throws -> Response {
        let say = Speaker(language: visitor.language)
        var issuer: JSONObject = ["tin": .string(form["tin"]), "name": .string(form["name"])]
        for name in ["registerNumber", "way", "posapi"] where !form[name].isEmpty { issuer[name] = .string(form[name]) }
        for name in ["vatPayer", "cityTaxPayer"] where !form[name].isEmpty { issuer[name] = .bool(form[name] == "yes") }
        issuer["customers"] = .array(
            OperatorConsole.lines(form["customers"]).map { parts in
                var customer: JSONObject = ["tin": .string(parts[0]), "name": .string(parts[1])]
                if !parts[2].isEmpty { customer["vatPayer"] = .bool(parts[2] == "yes") }
                if !parts[3].isEmpty { customer["cityTaxPayer"] = .bool(parts[3] == "yes") }
                return .object(customer)
            })
        issuer["branches"] = .array(
            OperatorConsole.lines(form["branches"]).map { parts in
                var branch: JSONObject = ["branchNo": .string(parts[0]), "name": .string(parts[1])]
                if !parts[2].isEmpty { branch["districtCode"] = .string(parts[2]) }
                branch["tills"] = .array(
                    parts[3].split(separator: ",").map { till in
                        let words = Substring(till.trimmed).split(separator: " ", maxSplits: 1)
                        return [
                            "posNo": .string(words.first.map(String.init) ?? ""),
                            "name": .string(words.count > 1 ? String(words[1]) : ""),
                        ]
                    })
                return .object(branch)
            })
        issuer["bankAccounts"] = .array(
            OperatorConsole.lines(form["accounts"]).map { parts in
                var account: JSONObject = [
                    "id": JSONValue(Int64(parts[0]) ?? 0), "bankAccountNo": .string(parts[1]),
                    "bankAccountName": .string(parts[2]), "bankId": JSONValue(Int64(parts[3]) ?? 0),
                    "bankName": .string(parts[4]), "iBan": .string(parts[5]),
                ]
                if !parts[6].isEmpty { account["tin"] = .string(parts[6]) }
                return .object(account)
            })
        let result =
            try await admin.run("issuer.enrol", ["issuers": [.object(issuer)], "complete": true]).array?.first ?? .null
        let message = result["message"]?.string
        let note: HTML =
            message.map { "<div class=\"note bad\" role=\"alert\">\($0)</div>" }
            ?? Page.good(say("Бүртгэгдлээ", "Done") + ": \(result["outcome"]?.string ?? "")")
        guard message != nil else {
            return merchantPage(office.register.merchant(tin: form["tin"]), visitor, note: note)
        }
        return merchantPage(nil, visitor, form: form, note: note)
    }

    /// The parts of each line, at least seven.
    private static func lines(_ text: String) -> [[String]] {
        text.split(whereSeparator: \.isNewline).map { line in
            let parts = line.split(separator: ";", omittingEmptySubsequences: false).map { $0.trimmed }
            return parts + [String](repeating: "", count: max(0, 7 - parts.count))
        }
    }
}
