import Catalogue
import Glibc

/// Reads `multipart/form-data` (RFC 7578) as it comes: a file in it is handed on piece by piece. Memory: what was fed, a boundary, a head.
struct MultipartReader: Sendable {
    /// What was found, in the order of the body.
    enum Event: Equatable, Sendable {
        /// A part begins. `fileName` is `nil` for a field that is no file, and "" for a file that was not chosen.
        case begin(name: String, fileName: String?)
        /// Bytes of that part.
        case bytes([UInt8])
        /// It ends.
        case end
    }

    private enum State {
        /// Before the first boundary.
        case preamble
        /// Behind a boundary: the end, or another part.
        case boundary
        case head
        case content
        case done
    }

    /// The most bytes of a part's head, and of what stands before the first boundary.
    static let headLimit = 4096
    /// The most parts.
    static let partLimit = 500

    private let delimiter: [UInt8]
    private var state = State.preamble
    // As if a line ended before the body: then the first boundary is like all others.
    private var buffer: [UInt8] = [0x0d, 0x0a]
    private var parts = 0

    /// - Parameter type: the Content-Type.
    /// - Throws: `bad-request` when it is not of such a form.
    init(type: String) throws(Failure) {
        let parameters = type.split(separator: ";").map { $0.trimmed }
        guard parameters.first?.lowercased() == "multipart/form-data",
            let given = parameters.first(where: { $0.lowercased().hasPrefix("boundary=") })
        else { throw MultipartReader.broken }
        let boundary = given.dropFirst("boundary=".count).filter { $0 != "\"" }
        guard (1...70).contains(boundary.utf8.count) else { throw MultipartReader.broken }
        delimiter = Array("\r\n--\(boundary)".utf8)
    }

    static var broken: Failure { Problem.badRequest(["reason": "the form cannot be read"]) }

    /// Whether the form has come to its end.
    var isDone: Bool { state == .done }

    /// Takes the next bytes of the body. What follows the end is passed over.
    ///
    /// - Throws: `bad-request` for what is no form.
    mutating func feed(_ bytes: [UInt8]) throws(Failure) -> [Event] {
        guard state != .done else { return [] }
        buffer += bytes
        var events: [Event] = []
        var at = 0
        loop: while true {
            switch state {
            case .preamble:
                guard let found = find(delimiter, from: at) else {
                    guard buffer.count - at <= MultipartReader.headLimit else { throw MultipartReader.broken }
                    break loop
                }
                at = found + delimiter.count
                state = .boundary
            case .boundary:
                guard buffer.count - at >= 2 else { break loop }
                let next = Array(buffer[at..<at + 2])
                guard next == [0x0d, 0x0a] || next == [0x2d, 0x2d] else { throw MultipartReader.broken }
                state = next == [0x0d, 0x0a] ? .head : .done
                if state == .done {
                    at = buffer.count
                    break loop
                }
            case .head:
                // Its own line end is that of the boundary.
                guard let end = find([0x0d, 0x0a, 0x0d, 0x0a], from: at) else {
                    guard buffer.count - at <= MultipartReader.headLimit else { throw MultipartReader.broken }
                    break loop
                }
                guard end - at <= MultipartReader.headLimit, parts < MultipartReader.partLimit else {
                    throw MultipartReader.broken
                }
                parts += 1
                events.append(try begin(Array(buffer[at..<end])))
                at = end + 4
                state = .content
            case .content:
                if let found = find(delimiter, from: at) {
                    if found > at { events.append(.bytes(Array(buffer[at..<found]))) }
                    events.append(.end)
                    at = found + delimiter.count
                    state = .boundary
                } else {
                    // The end of what is there may be the beginning of a boundary.
                    let count = buffer.count - at - (delimiter.count - 1)
                    if count > 0 {
                        events.append(.bytes(Array(buffer[at..<at + count])))
                        at += count
                    }
                    break loop
                }
            case .done: break loop
            }
        }
        buffer.removeFirst(at)
        return events
    }

    private func begin(_ bytes: [UInt8]) throws(Failure) -> Event {
        guard let head = String(validating: bytes, as: UTF8.self) else { throw MultipartReader.broken }
        let disposition = head.split(whereSeparator: \.isNewline).first { line in
            line.lowercased().hasPrefix("content-disposition:")
        }
        guard let disposition, let name = FormBody.parameter("name", of: disposition) else {
            throw MultipartReader.broken
        }
        return .begin(name: name, fileName: FormBody.parameter("filename", of: disposition))
    }

    /// Where a pattern, which begins with a line end, stands first.
    private func find(_ pattern: [UInt8], from start: Int) -> Int? {
        buffer.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return nil }
            var at = start
            while at + pattern.count <= buffer.count {
                guard let found = memchr(base + at, Int32(pattern[0]), buffer.count - pattern.count + 1 - at) else {
                    return nil
                }
                at = UnsafeRawPointer(found) - base
                if memcmp(base + at, pattern, pattern.count) == 0 { return at }
                at += 1
            }
            return nil
        }
    }
}
