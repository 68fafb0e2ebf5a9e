import CanonicalJSON
import Catalogue
import Glibc
import LedgerEngine

/// Documents through a running service, piece by piece.
extension AdminClient {
    /// Whether a service listens.
    static func isServed(_ folder: DataFolder) -> Bool {
        guard let client = AdminClient(folder) else { return false }
        close(client.descriptor)
        return true
    }

    /// Sends the bytes of a file.
    ///
    /// - Throws: what the service answered, as a complaint.
    func put(_ path: String, file: String, size: Int) throws -> JSONValue {
        defer { close(descriptor) }
        try send(
            Array("PUT \(path) HTTP/1.1\r\nHost: admin\r\nContent-Length: \(size)\r\nConnection: close\r\n\r\n".utf8))
        let reader = FileReader(file)
        do {
            while let piece = try reader.next() { try send(piece) }
        } catch let failure as Failure where failure.problem == .serviceSilent {
            // It may have refused the rest: then it says why.
        }
        guard let json = AdminClient.json(try AdminClient.content(of: try receive())) else {
            throw Problem.serviceSilent()
        }
        return json
    }

    /// Fetches a body into a file.
    ///
    /// - Throws: what the service answered, as a complaint; `service-silent` when the body breaks off.
    func get(_ path: String, into file: FileWriter) throws {
        defer { close(descriptor) }
        try send(Array("GET \(path) HTTP/1.1\r\nHost: admin\r\nConnection: close\r\n\r\n".utf8))
        var head: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 18)
        func more() throws -> ArraySlice<UInt8> {
            let count = recv(descriptor, &part, part.count, 0)
            guard count > 0 else { throw Problem.serviceSilent() }
            return part[0..<count]
        }
        let separator = Array("\r\n\r\n".utf8)
        var end: Int?
        while end == nil, head.count < 1 << 20 {
            head += try more()
            end = head.indices.first { head[$0...].starts(with: separator) }
        }
        guard let end else { throw Problem.serviceSilent() }
        let lines = String(decoding: head[..<end], as: UTF8.self).lowercased().split(separator: "\r\n")
        let length = lines.first { $0.hasPrefix("content-length:") }.flatMap {
            Int($0.dropFirst(15).filter { $0 != " " })
        }
        guard lines.first?.split(separator: " ").dropFirst().first == "200", var rest = length else {
            _ = try AdminClient.content(of: head + (try receive()))
            throw Problem.serviceSilent()
        }
        var piece = head[(end + 4)...]
        while true {
            try file.write(piece.prefix(rest))
            rest -= min(rest, piece.count)
            if rest == 0 { return }
            piece = try more()
        }
    }
}
