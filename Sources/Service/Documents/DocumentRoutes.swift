import CanonicalJSON
import Catalogue
import Filing
import HTTPTypes
import Hummingbird
import LedgerMerkle
import NIOCore
import Registry

/// `/v1/deeds/{act}/documents`: what the act names, and what is kept of it.
struct DocumentRoutes {
    let office: Office

    private var desk: DocumentDesk { DocumentDesk(office) }

    /// For the notary of the act.
    func add(to router: Router<CallContext>) {
        router.get("v1/deeds/:act/documents") { request, context in
            let notary = try office.subject(request, as: .notary)
            return Response(try await desk.answer(try act(context), for: .notary(notary)))
        }
        router.get("v1/deeds/:act/documents/:sha256") { request, context in
            let notary = try office.subject(request, as: .notary)
            return try await DocumentRoutes.answer(
                try await desk.document(try digest(context), act: try act(context), for: .notary(notary)))
        }
        router.put("v1/deeds/:act/documents/:sha256") { request, context in
            let notary = try office.subject(request, as: .notary)
            return try await keep(request, context, notary: notary, isByOperator: false)
        }
        router.delete("v1/deeds/:act/documents/:sha256") { request, context -> Response in
            // First of all: whoever does not have the act is not told of it.
            _ = try await desk.requested(try act(context), for: .notary(try office.subject(request, as: .notary)))
            throw Problem.documentStays()
        }
    }

    /// For the command line: whoever holds the socket speaks for any notary, and is logged as the operator.
    func addForOperator(to router: Router<CallContext>) {
        router.get("admin/deeds/:act/documents/:sha256") { request, context in
            let asker = DocumentDesk.Asker(notary: request.uri.queryParameters["notary"].map(String.init))
            return try await DocumentRoutes.answer(
                try await desk.document(try digest(context), act: try act(context), for: asker))
        }
        router.put("admin/deeds/:act/documents/:sha256") { request, context in
            guard let notary = request.uri.queryParameters["notary"] else {
                throw Problem.badRequest(["reason": "notary is needed"])
            }
            return try await keep(request, context, notary: String(notary), isByOperator: true)
        }
    }

    private func act(_ context: CallContext) throws -> String { try context.parameters.require("act") }

    private func digest(_ context: CallContext) throws -> Digest {
        try DocumentDesk.digest(try context.parameters.require("sha256"))
    }

    private func keep(
        _ request: Request, _ context: CallContext, notary: String, isByOperator: Bool
    ) async throws -> Response {
        let number = try act(context)
        let digest = try digest(context)
        // What needs no bytes is said before any are read. Of somebody else's act nothing is said.
        if !isByOperator { _ = try desk.act(number, for: .notary(notary)) }
        let limit = try desk.limit()
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit {
            throw Problem.documentTooLarge(["limit": String(limit >> 20)])
        }
        let kept = try await desk.keep(
            digest, act: number, notary: notary, isByOperator: isByOperator,
            from: request.body.map { Array(buffer: $0) })
        return Response(kept.json, status: kept.isRepetition ? .ok : .created)
    }

    /// The document itself, as it is read.
    static func answer(_ opened: OpenedDocument) async throws -> Response {
        let body = ResponseBody(contentLength: opened.byteCount) { writer in
            // An inout parameter cannot go into a closure.
            var out = writer
            try await opened.read { try await out.write(ByteBuffer(bytes: $0)) }
            try await out.finish(nil)
        }
        var response = Response(
            status: .ok, headers: [.contentType: "application/octet-stream", .cacheControl: "no-store"], body: body)
        response.headers[.contentDisposition] = "attachment; filename*=UTF-8''\(fileName(opened))"
        if let name = HTTPField.Name("X-Content-Type-Options") { response.headers[name] = "nosniff" }
        return response
    }

    /// The act's number and the name that the act gives, as RFC 8187 writes it: no path, nothing but letters, digits, points and hyphens left
    /// as they are.
    private static func fileName(_ opened: OpenedDocument) -> String {
        let own = opened.name.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? ""
        let name = own.isEmpty ? "\(opened.act)-\(opened.document.digest.description.prefix(8))" : own
        return name.utf8.map { byte in
            let isPlain =
                (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                || byte == 0x2d || byte == 0x2e
            return isPlain ? String(UnicodeScalar(byte)) : "%" + hexadecimal([byte]).uppercased()
        }.joined()
    }
}
