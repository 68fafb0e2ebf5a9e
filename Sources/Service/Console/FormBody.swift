import Catalogue

/// What a form of a page sent: fields by name, and files.
struct FormBody: Sendable {
    struct File: Sendable {
        let name: String
        let bytes: [UInt8]
    }

    /// The most fields, of both kinds.
    static let fieldLimit = 5000

    private(set) var fields: [String: String] = [:]
    private(set) var files: [String: File] = [:]

    /// A field without blanks around it; "" when it was not sent.
    subscript(name: String) -> String { Substring(fields[name] ?? "").trimmed }

    /// Reads a body by its Content-Type.
    ///
    /// - Throws: `bad-request` for what is no form.
    static func parse(_ body: [UInt8], type: String) throws(Failure) -> FormBody {
        let parameters = type.split(separator: ";").map { $0.trimmed }
        switch parameters.first?.lowercased() {
        case "application/x-www-form-urlencoded": return try urlEncoded(body)
        case "multipart/form-data":
            guard let given = parameters.first(where: { $0.lowercased().hasPrefix("boundary=") }) else { throw broken }
            let boundary = given.dropFirst("boundary=".count).filter { $0 != "\"" }
            guard (1...70).contains(boundary.utf8.count) else { throw broken }
            return try multipart(body, boundary: Array("--\(boundary)".utf8))
        default: throw broken
        }
    }

    private static var broken: Failure { Problem.badRequest(["reason": "the form cannot be read"]) }

    private mutating func add(_ name: String, _ value: String) throws(Failure) {
        guard fields.count < FormBody.fieldLimit else { throw FormBody.broken }
        fields[name] = value
    }

    // MARK: application/x-www-form-urlencoded

    private static func urlEncoded(_ body: [UInt8]) throws(Failure) -> FormBody {
        var form = FormBody()
        for pair in body.split(separator: UInt8(ascii: "&")) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = decoded(parts[0]), let value = decoded(parts.count > 1 ? parts[1] : []) else {
                throw broken
            }
            try form.add(name, value)
        }
        return form
    }

    /// Percent-decoded text; `nil` for what is no UTF-8.
    static func decoded(_ bytes: some Sequence<UInt8>) -> String? {
        var output: [UInt8] = []
        var iterator = bytes.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "+"): output.append(0x20)
            case UInt8(ascii: "%"):
                guard let high = iterator.next(), let low = iterator.next(),
                    let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16)
                else { return nil }
                output.append(value)
            default: output.append(byte)
            }
        }
        return String(validating: output, as: UTF8.self)
    }

    // MARK: multipart/form-data (RFC 7578)

    private static func multipart(_ body: [UInt8], boundary: [UInt8]) throws(Failure) -> FormBody {
        var form = FormBody()
        guard var position = find(boundary, in: body, from: 0).map({ $0 + boundary.count }) else { throw broken }
        let delimiter = [0x0d, 0x0a] + boundary
        while !body[position...].starts(with: Array("--".utf8)) {
            guard body[position...].starts(with: [0x0d, 0x0a]),
                let headEnd = find([0x0d, 0x0a, 0x0d, 0x0a], in: body, from: position),
                let end = find(delimiter, in: body, from: headEnd + 2)
            else { throw broken }
            guard headEnd - position <= 4096, form.files.count < 10,
                let head = String(validating: body[position..<headEnd], as: UTF8.self)
            else { throw broken }
            let content = Array(body[min(headEnd + 4, end)..<end])
            try form.add(head: head, content)
            position = end + delimiter.count
        }
        return form
    }

    private mutating func add(head: String, _ content: [UInt8]) throws(Failure) {
        let disposition = head.split(whereSeparator: \.isNewline).first { line in
            line.lowercased().hasPrefix("content-disposition:")
        }
        guard let disposition, let name = FormBody.parameter("name", of: disposition) else { throw FormBody.broken }
        if let file = FormBody.parameter("filename", of: disposition) {
            files[name] = File(name: file, bytes: content)
        } else {
            guard let text = String(validating: content, as: UTF8.self) else { throw FormBody.broken }
            try add(name, text)
        }
    }

    /// `name="value"` of a header's line.
    static func parameter(_ name: String, of line: Substring) -> String? {
        for part in line.split(separator: ";").map({ $0.trimmed }) where part.lowercased().hasPrefix("\(name)=\"") {
            return String(part.dropFirst(name.count + 2).prefix { $0 != "\"" })
        }
        return nil
    }

    private static func find(_ pattern: [UInt8], in body: [UInt8], from start: Int) -> Int? {
        guard body.count >= pattern.count, start <= body.count - pattern.count else { return nil }
        return body.withUnsafeBufferPointer { body in
            for position in start...(body.count - pattern.count) where body[position] == pattern[0] {
                var matched = 1
                while matched < pattern.count, body[position + matched] == pattern[matched] { matched += 1 }
                if matched == pattern.count { return position }
            }
            return nil
        }
    }
}
