import CanonicalJSON
import Catalogue
import Glibc
import LedgerEngine

/// Speaks to a running service through the socket in its data folder: one HTTP request a connection.
struct AdminClient {
    let descriptor: Int32

    /// Connects; `nil` when no service listens there.
    init?(_ folder: DataFolder) {
        guard let path = AdminSocket.reachablePath(folder) else { return nil }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard connected == 0 else {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
    }

    /// Runs a command in the service.
    ///
    /// - Throws: what the service answered, as a complaint.
    func run(_ command: String, _ input: JSONValue) throws -> JSONValue {
        let body = try post("/admin/\(command)", input.bytes, type: "application/json")
        guard let json = AdminClient.json(body) else { throw Problem.serviceSilent() }
        return json
    }

    /// Posts a body, and gives the body of the answer.
    ///
    /// - Throws: what the service answered, as a complaint.
    func post(_ path: String, _ body: [UInt8], type: String) throws -> [UInt8] {
        defer { close(descriptor) }
        let request =
            "POST \(path) HTTP/1.1\r\nHost: admin\r\nContent-Type: \(type)\r\nContent-Length: \(body.count)\r\nConnection: close\r\n\r\n"
        try send(Array(request.utf8) + body)
        return try AdminClient.content(of: try receive())
    }

    /// The body of a whole answer.
    ///
    /// - Throws: what the service answered, as a complaint.
    static func content(of answer: [UInt8]) throws -> [UInt8] {
        let separator = Array("\r\n\r\n".utf8)
        guard let end = answer.indices.first(where: { answer[$0...].starts(with: separator) }),
            let status = String(decoding: answer.prefix(12), as: UTF8.self).split(separator: " ").last.flatMap({
                Int($0)
            })
        else { throw Problem.serviceSilent() }
        let head = String(decoding: answer[..<end], as: UTF8.self).lowercased()
        var content = Array(answer[(end + 4)...])
        if head.contains("\r\ntransfer-encoding: chunked") {
            guard let whole = AdminClient.unchunked(content) else { throw Problem.serviceSilent() }
            content = whole
        }
        guard status < 300 else {
            guard let json = AdminClient.json(content) else { throw Problem.serviceSilent() }
            throw Problem.serviceRefused([
                "reason": json["title"]?.string ?? "status \(status)", "remedy": json["detail"]?.string ?? "",
            ])
        }
        return content
    }

    /// A chunked body put together (RFC 9112, section 7.1); `nil` when it breaks off.
    private static func unchunked(_ bytes: [UInt8]) -> [UInt8]? {
        var body: [UInt8] = []
        var rest = bytes[...]
        while let line = rest.firstIndex(of: 0x0a) {
            let digits = rest[..<line].prefix { $0 != 0x0d && $0 != UInt8(ascii: ";") }
            guard let count = Int(String(decoding: digits, as: UTF8.self), radix: 16) else { return nil }
            if count == 0 { return body }
            let chunk = rest[(line + 1)...].prefix(count)
            guard chunk.count == count else { return nil }
            body += chunk
            rest = rest[(line + 1 + count)...].dropFirst(2)
        }
        return nil
    }

    static func json(_ bytes: [UInt8]) -> JSONValue? {
        try? JSONValue(parsing: bytes, limits: JSONLimits(bytes: 64 << 20))
    }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Problem.serviceSilent() }
            sent += count
        }
    }

    func receive() throws -> [UInt8] {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(descriptor, &part, part.count, 0)
            guard count >= 0 else { throw Problem.serviceSilent() }
            if count == 0 { return bytes }
            bytes += part[0..<count]
        }
    }
}

/// The path of the socket as the system can take it: at most 107 bytes, so that a deep folder is reached through an open descriptor.
enum AdminSocket {
    static let pathLimit = 100

    static func reachablePath(_ folder: DataFolder) -> String? {
        let path = folder.adminSocketPath
        if path.utf8.count <= pathLimit { return path }
        let descriptor = open(folder.path, O_RDONLY | O_DIRECTORY)
        return descriptor >= 0 ? "/proc/self/fd/\(descriptor)/admin.sock" : nil
    }
}
