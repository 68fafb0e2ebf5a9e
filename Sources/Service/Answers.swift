import CanonicalJSON
import Catalogue
import HTTPTypes
import Hummingbird
import NIOCore

/// Bodies and headers of answers.
extension Response {
    /// A JSON answer; never cached.
    init(_ json: JSONValue, status: HTTPResponse.Status = .ok, type: String = "application/json; charset=utf-8") {
        self.init(bytes: json.bytes, type: type, status: status)
        headers[.cacheControl] = "no-store"
    }

    /// An answer of bytes.
    init(bytes: [UInt8], type: String, status: HTTPResponse.Status = .ok) {
        self.init(
            status: status, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// A plain text answer; never cached.
    init(text: String, status: HTTPResponse.Status = .ok) {
        self.init(bytes: Array(text.utf8), type: "text/plain; charset=utf-8", status: status)
        headers[.cacheControl] = "no-store"
    }

    /// The body of problem details (RFC 9457).
    static func problem(_ failure: Failure, _ language: Language) -> JSONValue {
        var object: JSONObject = [
            "type": .string("urn:tamga:problem:\(failure.problem.code)"), "title": .string(failure.message(language)),
            "status": JSONValue(failure.problem.status), "detail": .string(failure.remedy(language)),
            "code": .string(failure.problem.code),
        ]
        // A receipt that was filed before the act was refused.
        object["feeReceipt"] = failure.details["feeReceipt"].map { .string($0) }
        return .object(object)
    }

    /// Problem details (RFC 9457) of a failure.
    init(_ failure: Failure, in language: Language) {
        let problem = failure.problem
        let json = Response.problem(failure, language)
        self.init(
            json, status: HTTPResponse.Status(code: problem.status), type: "application/problem+json; charset=utf-8")
        headers[.contentLanguage] = language.rawValue
        if problem.status == 503 { headers[.retryAfter] = "1" }
        if problem.status == 429 { headers[.retryAfter] = failure.details["seconds"] ?? "60" }
        if problem.status == 401 { headers[.wwwAuthenticate] = "Bearer" }
    }
}

extension HTTPField.Name {
    static var tamgaIndex: Self { Self("Tamga-Index") ?? .server }
    static var tamgaEvidence: Self { Self("Tamga-Evidence") ?? .server }
    static var tamgaValidation: Self { Self("Tamga-Validation") ?? .server }
    static var idempotencyKey: Self { Self("Idempotency-Key") ?? .server }
}

extension Request {
    /// The whole body. How long it may take to arrive is the listener's business (``SlowBodyHandler``).
    ///
    /// - Throws: `too-large` beyond the limit, `bad-request` when it breaks off.
    func bytes(limit: Int) async throws -> [UInt8] {
        if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit {
            throw Problem.tooLarge(["limit": String(limit)])
        }
        do {
            return Array(buffer: try await body.collect(upTo: limit))
        } catch is NIOTooManyBytesError {
            throw Problem.tooLarge(["limit": String(limit)])
        } catch {
            throw Problem.badRequest(["reason": "the body breaks off"])
        }
    }

    /// The Idempotency-Key header, if there is one.
    ///
    /// - Throws: `bad-request` for an empty or overlong one.
    func idempotencyKey() throws -> String? {
        guard let key = headers[.idempotencyKey] else { return nil }
        guard !key.isEmpty, key.utf8.count <= 255 else {
            throw Problem.badRequest(["reason": "an Idempotency-Key has 1 to 255 bytes"])
        }
        return key
    }

    /// Refuses a body of another type. Parameters such as the charset are passed over.
    func requireType(_ expected: String) throws {
        let type = headers[.contentType]?.split(separator: ";").first.map { $0.trimmed.lowercased() }
        guard type == expected else { throw Problem.wrongContentType(["expected": expected]) }
    }

    /// Refuses what a page in a browser sends: tills and daemons are no browsers, and have no passwords on this machine.
    func refuseBrowsers() throws {
        let names = ["Origin", "Sec-Fetch-Site"].compactMap { HTTPField.Name($0) }
        guard names.allSatisfy({ headers[$0] == nil }) else { throw Problem.hostRefused() }
    }

    /// The language the caller prefers; English unless Mongolian comes first.
    var language: Language {
        let first = headers[.acceptLanguage]?.split(separator: ",").first.map { $0.trimmed.lowercased() }
        return first?.hasPrefix("mn") == true ? .mn : .en
    }

    /// A query parameter as an unsigned number in plain decimal.
    func number(_ name: String) throws -> UInt64? {
        guard let text = uri.queryParameters[Substring(name)] else { return nil }
        guard let number = UInt64(text), String(number) == text else {
            throw Problem.badRequest(["reason": "\(name) must be a number"])
        }
        return number
    }
}

extension Substring {
    var trimmed: String {
        var text = self
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return String(text)
    }
}
