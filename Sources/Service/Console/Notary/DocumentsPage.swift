import Catalogue
import Deeds
import Filing
import HTTPTypes
import Hummingbird
import LedgerMerkle

/// The documents of an act: which are kept, handing in those that are not, fetching those that are. Plain forms, no script.
extension NotaryConsole {
    func addDocuments(to router: some RouterMethods<CallContext>) {
        let desk = DocumentDesk(office)
        let path = "notary/acts/:number/documents"
        router.get(
            RouterPath(path),
            use: console.page(.notary) { request, context, visitor in
                try await documentsPage(
                    context.parameters.get("number") ?? "", visitor, kept: Int(request.asked("kept")) ?? 0)
            })
        router.post(
            RouterPath(path),
            use: console.page(.notary) { request, context, visitor in
                try await keepDocuments(request, context.parameters.get("number") ?? "", visitor)
            })
        router.get(
            RouterPath(path + "/:sha256"),
            use: console.page(.notary) { _, context, visitor in
                try await DocumentRoutes.answer(
                    try await desk.document(
                        try DocumentDesk.digest(context.parameters.get("sha256") ?? ""),
                        act: context.parameters.get("number") ?? "", for: .notary(visitor.subject)))
            })
    }

    /// The way to it from an act's page.
    func documentsLink(_ report: ActReport, _ say: Speaker) -> HTML {
        """
        <p class="noprint"><a href="/notary/acts/\(report.act.number.description)/documents">\(say("Баримт бичгийн файлууд: хадгалах, татах", "Files of the documents: keep, fetch"))</a></p>
        """
    }

    // MARK: The page

    private func documentsPage(
        _ number: String, _ visitor: Visitor, kept: Int = 0, failures: [(name: String, failure: Failure)] = []
    ) async throws -> Response {
        let say = Speaker(language: visitor.language)
        let (report, states) = try await DocumentDesk(office).list(number, for: .notary(visitor.subject))
        let act = report.act.number.description
        let missing = states.contains { $0.keptByteCount == nil }
        let isTaken = office.settings.documentLimit != nil
        let rows = states.enumerated().map { row($0.element, $0.offset, act, isTaken: isTaken, say) }
        let list: HTML = "<div>\(rows)</div>"
        let content: HTML = """
            \(kept > 0 ? Page.good(say("Хадгаллаа", "Kept") + ": \(kept)") : .empty)
            \(failures.map { "<p><strong>\($0.name)</strong></p>\(Page.note($0.failure, say))" as HTML })
            <p>\(explanation(isTaken: isTaken, say))</p>
            \(missing && isTaken ? form(list, act, visitor, say) : list)
            <p class="noprint"><a href="/notary/acts/\(act)">\(say("Үйлдэл рүү буцах", "Back to the act"))</a></p>
            """
        return try render(
            visitor, "\(act): " + say("баримт бичиг", "documents"), path: "/notary/acts/\(act)/documents",
            status: failures.first.map { .init(code: $0.failure.problem.status) } ?? .ok, content)
    }

    private func explanation(isTaken: Bool, _ say: Speaker) -> String {
        guard isTaken else {
            return say(
                "Энэ үйлчилгээ шинээр баримт хадгалдаггүй: файл таны албанд үлдэнэ.",
                "This service takes in no documents: the files stay in your office.")
        }
        return say(
            "Хадгалсан файлыг шифрлэж, зөвхөн танай алба татна. Үйлдэл устгагдвал файл хамт устана; дангаар нь устгадаггүй.",
            "Kept files are encrypted, and only your office can fetch them. They go when the act is erased, and not by themselves."
        )
    }

    private func form(_ list: HTML, _ act: String, _ visitor: Visitor, _ say: Speaker) -> HTML {
        let limit = (office.settings.documentLimit ?? 0) >> 20
        return """
            <form class="printed" method="post" enctype="multipart/form-data" action="/notary/acts/\(act)/documents">
            <input type="hidden" name="key" value="\(visitor.formKey)">
            \(list)
            <p class="hint">\(say("Үйлдэл бүртгүүлсэн тэр файлыг сонгоно. Нэг файл хамгийн ихдээ", "Choose the very files that the act was registered with. The most for one file:")) \(limit) \(say("МиБ", "MiB")).</p>
            <button>\(say("Хадгалуулах", "Hand in"))</button></form>
            """
    }

    private func row(_ state: DocumentState, _ number: Int, _ act: String, isTaken: Bool, _ say: Speaker) -> HTML {
        let digest = state.named.document.sha256.description
        let name = DocumentNames.name(state.named, number, say)
        let size = (state.keptByteCount.map { Int64($0) } ?? state.named.document.size).map {
            say.number(UInt64($0)) + say(" байт", " bytes")
        }
        let file: HTML
        if state.keptByteCount != nil {
            file =
                "<a href=\"/notary/acts/\(act)/documents/\(digest)\" download>\(say("Татах", "Download"))<span class=\"skip\"> \(name)</span></a>"
        } else if isTaken {
            file =
                "<label class=\"skip\" for=\"file-\(number)\">\(say("Файл", "File")): \(name)</label><input type=\"file\" id=\"file-\(number)\" name=\"\(digest)\">"
        } else {
            file = .empty
        }
        let part =
            state.named.part == .document ? say("үндсэн баримт", "the act's document") : say("хавсралт", "attachment")
        let earlier = state.named.isCurrent ? "" : " · " + say("өмнөх агуулгад", "of an earlier content")
        let place =
            state.keptByteCount == nil
            ? say("нотариатчид", "with the notary") : say("энд, шифрлэсэн", "kept here, encrypted")
        return """
            <h2>\(name)</h2>
            <dl class="panel"><dt>\(say("Юу", "What"))</dt><dd>\(part)\(earlier)</dd><dt>\(say("Хэмжээ", "Size"))</dt><dd>\(size ?? "–")</dd>
            <dt>SHA-256</dt><dd class="id">\(digest)</dd><dt>\(say("Хаана", "Where"))</dt><dd>\(place)</dd>
            </dl><p class="noprint">\(file)</p>
            """
    }

    // MARK: Handing in

    /// Takes what the form sends as it comes. The key that shows the form to be ours stands before any file.
    private func keepDocuments(_ request: Request, _ number: String, _ visitor: Visitor) async throws -> Response {
        try console.requireOwnSite(request)
        let desk = DocumentDesk(office)
        let report = try desk.act(number, for: .notary(visitor.subject))
        _ = try desk.limit()
        var reader = try MultipartReader(type: request.headers[.contentType] ?? "")
        var handIn = HandIn(desk: desk, report: report, visitor: visitor)
        do {
            for try await part in request.body {
                for event in try reader.feed(Array(buffer: part)) { try await handIn.take(event) }
            }
            guard reader.isDone else { throw MultipartReader.broken }
        } catch {
            handIn.abandon()
            throw Failure(from: error) ?? Problem.badRequest(["reason": "the body breaks off"])
        }
        guard try console.visitor(request, .notary) != nil else { return Console.redirect(to: "/notary/sign-in") }
        let path = "/notary/acts/\(report.act.number)/documents"
        if handIn.failures.isEmpty { return Console.redirect(to: "\(path)?kept=\(handIn.kept)") }
        let names = report.known.history.documents.enumerated()
        let say = Speaker(language: visitor.language)
        let failures = handIn.failures.map { digest, failure in
            let named = names.first { $0.element.document.sha256 == digest }
            return (named.map { DocumentNames.name($0.element, $0.offset, say) } ?? digest.description, failure)
        }
        return try await documentsPage(number, visitor, kept: handIn.kept, failures: failures)
    }
}

private enum DocumentNames {
    /// As the act names it, or by its place in the list.
    static func name(_ named: NamedDocument, _ place: Int, _ say: Speaker) -> String {
        named.document.name ?? say("Баримт", "Document") + " \(place + 1)"
    }
}

/// The files of one form, one after another. One that is refused keeps no other from being kept.
private struct HandIn {
    let desk: DocumentDesk
    let report: ActReport
    let visitor: Visitor
    private(set) var kept = 0
    private(set) var failures: [(Digest, Failure)] = []
    private var key: [UInt8]?
    private var isOurs = false
    private var digest: Digest?
    private var arrival: DocumentDesk.Arrival?

    init(desk: DocumentDesk, report: ActReport, visitor: Visitor) {
        (self.desk, self.report, self.visitor) = (desk, report, visitor)
    }

    mutating func take(_ event: MultipartReader.Event) async throws {
        switch event {
        case .begin("key", nil): key = []
        case .begin(_, nil), .begin(_, ""): break
        case .begin(let name, _):
            guard isOurs else { throw Problem.consoleFormForeign() }
            digest = try DocumentDesk.digest(name)
            await attempt { hand throws in
                if let digest = hand.digest {
                    hand.arrival = try hand.desk.begin(digest, of: hand.report, notary: hand.visitor.subject)
                }
            }
        case .bytes(let bytes):
            if let key {
                guard key.count + bytes.count <= 200 else { throw Problem.consoleFormForeign() }
                self.key = key + bytes
            } else if arrival != nil {
                await attempt { hand throws in try hand.arrival?.append(bytes) }
            }
        case .end:
            if let key {
                isOurs = constantTimeEquals(String(decoding: key, as: UTF8.self), visitor.formKey)
                guard isOurs else { throw Problem.consoleFormForeign() }
                self.key = nil
            }
            if let arrival {
                self.arrival = nil
                let (desk, report) = (desk, report)
                await attempt { hand throws in
                    _ = try await desk.finish(arrival, of: report)
                    hand.kept += 1
                }
            }
            digest = nil
        }
    }

    /// What is refused of one file is said beside it. What is no refusal is thrown later, as an answer without a word of it.
    private mutating func attempt(_ body: (inout HandIn) async throws -> Void) async {
        do {
            try await body(&self)
        } catch {
            abandon()
            if let digest { failures.append((digest, Failure(from: error) ?? Problem.internalError())) }
        }
    }

    mutating func abandon() {
        if let arrival { desk.abandon(arrival) }
        arrival = nil
    }
}
