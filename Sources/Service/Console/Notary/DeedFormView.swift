import Catalogue
import Deeds

/// Writes the fields of a form: each with its label, what to know about it, and what is wrong with it.
struct DeedFormView: Sendable {
    let form: DeedForm
    var problems: [FieldProblem] = []
    let say: Speaker
    /// The field that the keyboard begins in; without one the first with a problem.
    var focus: String?

    var words: DeedWords { DeedWords(say: say) }
    private var focused: String? {
        let field = focus ?? problems.first { !$0.field.isEmpty }?.field
        return field == "parties" ? "add-party" : field
    }

    /// Of a field, such as `parties-0-name`.
    static func id(_ field: String) -> String {
        String(field.map { $0 == "." || $0 == "[" ? "-" : $0 }.filter { $0 != "]" })
    }

    // MARK: Problems

    /// All problems on top of the form, each a link to its field.
    var summary: HTML {
        guard !problems.isEmpty else { return .empty }
        let items = problems.map { problem -> HTML in
            let text = words.text(problem, form.kind)
            return problem.field.isEmpty
                ? "<li>\(text)</li>" : "<li><a href=\"#\(DeedFormView.id(problem.field))\">\(text)</a></li>"
        }
        return """
            <div class="note bad" role="alert"><strong>\(say("Засах зүйл: \(problems.count)", "To be put right: \(problems.count)"))</strong><ul>\(items)</ul></div>
            """
    }

    func errors(_ field: String) -> HTML {
        let texts = problems.filter { $0.field == field }.map { words.text($0, form.kind) }
        guard !texts.isEmpty else { return .empty }
        let lines = texts.enumerated().map { place, text -> HTML in
            "\(place > 0 ? HTML("<br>") : .empty)<span aria-hidden=\"true\">⚠ </span>\(text)"
        }
        return "<p class=\"error\" id=\"\(DeedFormView.id(field))-error\">\(lines)</p>"
    }

    // MARK: Fields

    /// What a control has beside its name.
    private func attributes(_ field: String, hint: String) -> HTML {
        let id = DeedFormView.id(field)
        let isWrong = problems.contains { $0.field == field }
        let described = [hint.isEmpty ? nil : "\(id)-hint", isWrong ? "\(id)-error" : nil].compactMap { $0 }
        return """
            id="\(id)" name="\(field)"\(described.isEmpty ? .empty : HTML(" aria-describedby=\"\(described.joined(separator: " "))\""))\
            \(isWrong ? HTML(" aria-invalid=\"true\"") : .empty)\(field == focused ? HTML(" autofocus") : .empty)
            """
    }

    private func wrapped(
        _ field: String, _ label: String, isNeeded: Bool, hint: String, control: HTML
    ) -> HTML {
        let id = DeedFormView.id(field)
        let need: HTML = isNeeded ? " <span class=\"hint\">(\(say("заавал", "needed")))</span>" : .empty
        let told: HTML = hint.isEmpty ? .empty : "<p class=\"hint\" id=\"\(id)-hint\">\(hint)</p>"
        return
            "<div class=\"field\"><label for=\"\(id)\">\(label)\(need)</label>\(control)\(told)\(errors(field))</div>"
    }

    /// One line of text.
    func line(
        _ field: String, _ label: String, isNeeded: Bool = false, hint: String = "", _ more: HTML = ""
    ) -> HTML {
        wrapped(
            field, label, isNeeded: isNeeded, hint: hint,
            control: "<input \(attributes(field, hint: hint)) value=\"\(form[field])\"\(more)>")
    }

    func area(_ field: String, _ label: String, isNeeded: Bool = false, hint: String = "", rows: Int = 3) -> HTML {
        // A text area drops the first line end.
        let control: HTML = "<textarea \(attributes(field, hint: hint)) rows=\"\(rows)\">\n\(form[field])</textarea>"
        return wrapped(field, label, isNeeded: isNeeded, hint: hint, control: control)
    }

    /// One of some codes; without a choice none.
    func choice(
        _ field: String, _ label: String, _ options: [(code: String, label: String)], isNeeded: Bool = false,
        hint: String = "", hasNone: Bool = true
    ) -> HTML {
        let none = hasNone ? [(code: "", label: say("– сонгоно уу –", "– choose –"))] : []
        let items = (none + options).map { option -> HTML in
            let selected: HTML = option.code == form[field] ? " selected" : ""
            return "<option value=\"\(option.code)\"\(selected)>\(option.label)</option>"
        }
        return wrapped(
            field, label, isNeeded: isNeeded, hint: hint,
            control: "<select \(attributes(field, hint: hint))>\(items)</select>")
    }

    /// A button of the form that does something with what was typed.
    func button(_ word: String, _ title: String, second: Bool = true, id: String = "", about: String = "") -> HTML {
        let hidden: HTML = about.isEmpty ? .empty : "<span class=\"skip\"> \(about)</span>"
        let named: HTML = id.isEmpty ? .empty : " id=\"\(id)\"\(id == focused ? HTML(" autofocus") : .empty)"
        return
            "<button name=\"do\" value=\"\(word)\"\(second ? HTML(" class=\"second\"") : .empty)\(named)>\(title)\(hidden)</button>"
    }

    // MARK: Documents

    /// A document by its digest. With a script its file is chosen, and never leaves the computer.
    func document(_ path: String, isNeeded: Bool) -> HTML {
        """
        \(DeedFormView.picker(path, say))
        \(line("\(path).sha256", words.document("sha256"), isNeeded: isNeeded, hint: say("64 тэмдэгт; жишээ нь «sha256sum файл» эсвэл «certutil -hashfile файл SHA256» тушаалын хариу", "64 characters, such as the answer of sha256sum FILE or certutil -hashfile FILE SHA256"), " class=\"id long\" spellcheck=\"false\" autocomplete=\"off\""))
        <div class="fields">\(line("\(path).name", words.document("name"), " class=\"wide\""))\(line("\(path).size", words.document("size"), " inputmode=\"numeric\" size=\"12\""))</div>
        """
    }

    /// Chooses a file and fills in what is known of it; shown by the script only.
    static func picker(_ path: String, _ say: Speaker) -> HTML {
        let id = "\(DeedFormView.id(path))-file"
        return """
            <div class="field" data-digest-of="\(DeedFormView.id(path))" data-busy="\(say("Хураангуйг тооцоолж байна", "Computing the digest"))" data-done="\(say("Хураангуйг бөглөлөө", "The digest is filled in"))" data-failed="\(say("Файлыг уншиж чадсангүй", "The file cannot be read"))" hidden>
            <label for="\(id)">\(say("Файл сонгох", "Choose the file"))</label><input type="file" id="\(id)" aria-describedby="\(id)-hint">
            <p class="hint" id="\(id)-hint">\(say("Файл энэ компьютерээс гарахгүй: зөвхөн хураангуйг нь энд тооцоолно.", "The file never leaves this computer: its digest is computed here."))</p>
            <progress max="100" value="0" hidden aria-label="\(say("Тооцооллын явц", "Progress"))"></progress><p class="hint" role="status"></p></div>
            """
    }
}
