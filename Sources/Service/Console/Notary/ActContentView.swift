import CanonicalJSON
import Catalogue
import Deeds
import LedgerMerkle

/// What an act says, to be read.
struct ActContentView: Sendable {
    let say: Speaker

    private var words: DeedWords { DeedWords(say: say) }

    func content(_ draft: ActDraft) -> HTML {
        let common: [(String, String?)] = [
            ("validUntil", draft.validUntil?.description), ("propertyNumber", draft.propertyNumber),
            ("reference", draft.reference?.description), ("place", draft.place), ("note", draft.note),
        ]
        let rows = common.compactMap { field, value -> HTML? in
            value.map { "<dt>\(words.label(field, draft.kind))</dt><dd>\($0)</dd>" }
        }
        return """
            <h2>\(say("Агуулга", "Content"))</h2><dl class="panel"><dt>\(say("Баримт", "Document"))</dt><dd>\(document(draft.document))</dd>\(details(draft))\(rows)</dl>
            \(parties(draft))\(attachments(draft))
            """
    }

    private func document(_ document: ActDocument) -> HTML {
        let size = document.size.map { "\(say.number($0)) \(say("байт", "bytes"))" }
        let about = [document.name, size].compactMap { $0 }.joined(separator: ", ")
        return "\(about)\(about.isEmpty ? HTML.empty : "<br>")<span class=\"id\">\(document.sha256.description)</span>"
    }

    private func details(_ draft: ActDraft) -> [HTML] {
        draft.kind.fields.compactMap { field in
            guard let value = draft.details.values[field.name] else { return nil }
            let texts = ActDetails.shown(value, field, in: say.language)
            let shown: HTML =
                texts.count == 1
                ? "\(texts[0])" : "<ol>\(texts.map { "<li>\($0)</li>" as HTML })</ol>"
            return "<dt>\(say(field.label))</dt><dd>\(shown)</dd>"
        }
    }

    private func parties(_ draft: ActDraft) -> HTML {
        let rows = draft.parties.map { party -> HTML in
            """
            <tr><th scope="row">\(party.name.whole)</th><td>\(say(party.role.label))</td><td>\(words.sort(party.identity.key))</td><td class="id">\(party.identity.text)</td></tr>
            """
        }
        return """
            <div class="scroll" tabindex="0"><table><caption>\(words.label("parties", draft.kind))</caption><thead><tr><th scope="col">\(say("Нэр", "Name"))</th><th scope="col">\(words.party("role"))</th>\
            <th scope="col">\(words.party("sort"))</th><th scope="col">\(words.party("number"))</th></tr></thead><tbody>\(rows)</tbody></table></div>
            """
    }

    private func attachments(_ draft: ActDraft) -> HTML {
        guard !draft.attachments.isEmpty else { return .empty }
        let items = draft.attachments.map { "<li>\(document($0))</li>" as HTML }
        return "<h2>\(words.label("attachments", draft.kind))</h2><ol>\(items)</ol>"
    }

    // MARK: Lists

    /// The parties as a list has them: «Д.Бат», in the order of the alphabet.
    static func names(_ draft: ActDraft) -> String {
        draft.parties.map(\.name).sorted { $0.order < $1.order }.map(\.short).joined(separator: ", ")
    }

    /// Acts as a table with links.
    func table(_ acts: [KnownActRow], caption: String) -> HTML {
        let rows = acts.map { row -> HTML in
            """
            <tr><th scope="row"><a href="/notary/acts/\(row.number)">\(row.number)</a></th><td>\(row.time)</td><td>\(row.kind)</td>\
            <td>\(row.parties)</td><td class="state \(row.isInForce ? "good" : "bad")">\(row.status)</td></tr>
            """
        }
        return """
            <div class="scroll" tabindex="0"><table><caption>\(caption)</caption><thead><tr><th scope="col">\(say("Дугаар", "Number"))</th><th scope="col">\(say("Цаг", "Time"))</th>\
            <th scope="col">\(say("Үйлдэл", "Act"))</th><th scope="col">\(say("Оролцогчид", "Parties"))</th><th scope="col">\(say("Төлөв", "Status"))</th></tr></thead><tbody>\(rows)</tbody></table></div>
            """
    }
}

/// One line of a list of acts.
struct KnownActRow: Sendable {
    let number: String
    let time: String
    let kind: String
    let parties: String
    let status: String
    let isInForce: Bool
}
