import Catalogue
import Deeds

/// The content of an act, all on one screen.
extension DeedFormView {
    /// - Parameter today: in Mongolia.
    func act(_ kind: ActKind, today: CivilDate) -> HTML {
        """
        <input type="hidden" name="type" value="\(kind.type.rawValue)">
        <section class="panel"><h2>\(say("Баримт", "Document"))</h2>\(document("document", isNeeded: true))</section>
        \(parties(kind))
        <section class="panel"><h2>\(say("Үйлдлийн утга", "Details"))</h2>\(details(kind, today))</section>
        \(attachments)
        """
    }

    // MARK: Parties

    private func parties(_ kind: ActKind) -> HTML {
        let needed = kind.roles.filter { $0.counts.lowerBound > 0 }.map { say($0.role.label) }
        let hint: HTML =
            needed.isEmpty
            ? .empty
            : "<p class=\"hint\">\(say("Заавал байх:", "There must be:")) \(needed.joined(separator: ", "))</p>"
        let rows = (0..<form.partyCount).map { party($0, kind) }
        let more: HTML =
            form.partyCount < ActDraft.partyCounts.upperBound
            ? button("add-party", say("Оролцогч нэмэх", "Add a party"), id: "add-party") : .empty
        return """
            <section class="panel" id="parties"><h2>\(words.label("parties", kind))</h2><input type="hidden" name="parties" value="\(form.partyCount)">\
            \(errors("parties"))\(hint)\(rows)<p>\(more)</p></section>
            """
    }

    private func party(_ row: Int, _ kind: ActKind) -> HTML {
        let path = "parties[\(row)]"
        let roles = kind.roles.map { (code: $0.role.rawValue, label: say($0.role.label)) }
        let sorts = Identity.keys.map { (code: $0, label: words.sort($0)) }
        let title = say("\(row + 1)-р оролцогч", "Party \(row + 1)")
        return """
            <fieldset id="\(DeedFormView.id(path))"><legend>\(title)</legend><div class="fields">\
            \(choice("\(path).role", words.party("role"), roles, isNeeded: true))\
            \(choice("\(path).sort", words.party("sort"), sorts, hasNone: false))\
            \(line("\(path).number", words.party("number"), isNeeded: true, " autocomplete=\"off\" spellcheck=\"false\""))</div><div class="fields">\
            \(line("\(path).lastName", words.party("lastName"), " autocomplete=\"off\""))\
            \(line("\(path).firstName", words.party("firstName"), " autocomplete=\"off\""))\
            \(line("\(path).surname", words.party("surname"), " autocomplete=\"off\""))\
            \(line("\(path).name", words.party("name"), " autocomplete=\"off\" class=\"wide\""))\(email(path))</div>\
            \(button("remove-party-\(row)", say("Хасах", "Remove"), about: title))</fieldset>
            """
    }

    // MARK: Details

    private func details(_ kind: ActKind, _ today: CivilDate) -> HTML {
        var fields = kind.fields.map(detail)
        if kind.validity.presence != .none {
            let range = kind.validityRange(from: today)
            let hint = range.map { "\($0.lowerBound) – \($0.upperBound)" } ?? ""
            let bounds: HTML =
                range.map { " min=\"\($0.lowerBound.description)\" max=\"\($0.upperBound.description)\"" } ?? .empty
            fields.append(
                line(
                    "validUntil", words.label("validUntil", kind), isNeeded: kind.validity.presence == .required,
                    hint: hint.isEmpty ? "" : say("Зөвшөөрөх хугацаа: \(hint)", "Allowed: \(hint)"),
                    " type=\"date\"\(bounds)"))
        }
        if kind.property != .none {
            fields.append(
                line(
                    "propertyNumber", words.label("propertyNumber", kind), isNeeded: kind.property == .required,
                    hint: say(
                        "жишээ нь Ү-2206000123, эсвэл улсын дугаар", "such as Ү-2206000123, or a vehicle's number")))
        }
        fields.append(line("reference", words.label("reference", kind), hint: "NT012-2026-000017"))
        fields.append(line("place", words.label("place", kind), " class=\"wide\""))
        if !kind.isClosed { fields.append(area("note", words.label("note", kind), rows: 2)) }
        return HTML(fields)
    }

    private func detail(_ field: ActField) -> HTML {
        let name = "details.\(field.name)"
        let label = say(field.label)
        let isNeeded = field.isRequired
        switch field.type {
        case .text(let limit) where limit >= 1000: return area(name, label, isNeeded: isNeeded, rows: 2)
        case .text: return line(name, label, isNeeded: isNeeded, " class=\"wide\"")
        case .actNumber: return line(name, label, isNeeded: isNeeded, hint: "NT012-2026-000017")
        case .texts:
            return area(
                name, label, isNeeded: isNeeded, hint: say("Мөр бүрд нэгийг бичнэ", "One on each line"), rows: 4)
        case .choice(let choices):
            return choice(name, label, choices.map { ($0.code, say($0.label)) }, isNeeded: isNeeded)
        case .date: return line(name, label, isNeeded: isNeeded, " type=\"date\"")
        case .money:
            return line(
                name, label, isNeeded: isNeeded,
                hint: say("төгрөг, жишээ нь 112 000 000", "tugrik, such as 112 000 000"),
                " inputmode=\"decimal\" size=\"20\"")
        case .number(let range):
            return line(
                name, label, isNeeded: isNeeded, hint: "\(range.lowerBound)–\(range.upperBound)",
                " inputmode=\"numeric\" size=\"8\"")
        case .flag:
            return choice(
                name, label, [("true", say("тийм", "yes")), ("false", say("үгүй", "no"))], isNeeded: isNeeded)
        }
    }

    // MARK: Attachments

    private var attachments: HTML {
        let rows = (0..<form.attachmentCount).map { row -> HTML in
            let title = say("\(row + 1)-р хавсралт", "Attachment \(row + 1)")
            return """
                <fieldset><legend>\(title)</legend>\(document("attachments[\(row)]", isNeeded: false))\
                \(button("remove-attachment-\(row)", say("Хасах", "Remove"), about: title))</fieldset>
                """
        }
        let more: HTML =
            form.attachmentCount < ActDraft.attachmentCounts.upperBound
            ? button("add-attachment", say("Хавсралт нэмэх", "Add an attachment"), id: "add-attachment") : .empty
        return """
            <section class="panel" id="attachments"><h2>\(words.label("attachments", form.kind))</h2>\
            <input type="hidden" name="attachments" value="\(form.attachmentCount)">\(errors("attachments"))\(rows)<p>\(more)</p></section>
            """
    }
}

/// What a change of an act has beside the content.
extension DeedFormView {
    /// - Parameter isOwn: whether the act is one of the notary's: others' are revoked for their principal only.
    func change(_ change: ActChange, isOwn: Bool) -> HTML {
        var requesters = ChangeRequester.allCases.filter { isOwn || $0 == .principal }
        if change != .revoked { requesters.removeAll { $0 == .principal } }
        let options = requesters.map { (code: $0.rawValue, label: say($0.label)) }
        let court: HTML =
            !isOwn
            ? .empty
            : """
            <fieldset><legend>\(say("Шүүхийн шийдвэр (шүүхийн хүсэлтээр бол)", "Court order (when a court asks)"))</legend><div class="fields">\
            \(line("basis.court", words.basis("court"), " class=\"wide\""))\(line("basis.number", words.basis("number")))\
            \(line("basis.date", words.basis("date"), " type=\"date\""))</div></fieldset>
            """
        let sorts = Identity.keys.map { (code: $0, label: words.sort($0)) }
        let principal: HTML =
            requesters.contains(.principal)
            ? """
            <fieldset><legend>\(say("Хүсэлт гаргагч (үйлдэл хийлгэсэн этгээд бол)", "Who asks (when the principal does)"))</legend><div class="fields">\
            \(choice("principal.sort", words.party("sort"), sorts, hasNone: false))\
            \(line("principal.number", words.party("number"), " autocomplete=\"off\" spellcheck=\"false\""))</div></fieldset>
            """ : .empty
        return """
            <input type="hidden" name="act" value="\(form["act"])"><input type="hidden" name="change" value="\(change.rawValue)">
            <section class="panel"><h2>\(say(change.label))</h2>\
            \(choice("by", words.label("by", nil), options, isNeeded: true, hasNone: false))\
            \(area("reason", words.label("reason", nil), isNeeded: true, rows: 3))\(court)\(principal)</section>
            """
    }
}
