import Glibc

/// An answer of HTTP/1.1 as it comes in, of a known length or in chunks (RFC 9112, sections 6 and 7). It does no I/O.
struct HTTPAnswer {
    private enum State {
        case head
        case counted(Int)
        case chunkLength
        case chunk(Int)
        case chunkEnd
        case trailer
        case whole
    }

    /// The most bytes of a body that are kept.
    private static let keptLimit = 4096

    private(set) var status = 0
    /// The beginning of the body: of a refusal, and of a success that nobody else takes.
    private(set) var body: [UInt8] = []
    private var state = State.head
    /// A line that is not whole yet.
    private var line: [UInt8] = []
    private var length: Int?
    private var isChunked = false

    var isSuccess: Bool { 200..<300 ~= status }

    var isWhole: Bool { if case .whole = state { true } else { false } }

    /// In words for the person who reads why a run ended.
    var refusal: String {
        "HTTP \(status): \(String(decoding: body, as: UTF8.self).trimmed)"
    }

    /// Takes the next bytes and keeps the body. O(n).
    ///
    /// - Throws: `BenchError` for what is not HTTP, and for bytes behind the end.
    mutating func read(_ bytes: UnsafeRawBufferPointer) throws {
        var kept: [UInt8] = []
        try read(bytes) { kept += $0 }
        keep(kept)
    }

    /// Takes the next bytes; the body of a success goes to a taker, piece by piece. O(n).
    mutating func read(_ bytes: UnsafeRawBufferPointer, body take: (UnsafeRawBufferPointer) throws -> Void) throws {
        var rest = bytes
        while !rest.isEmpty {
            switch state {
            case .whole: throw BenchError("the service sent \(rest.count) bytes more than its answer has")
            case .counted(let left):
                let count = try pass(&rest, left, take)
                state = count == left ? .whole : .counted(left - count)
            case .chunk(let left):
                let count = try pass(&rest, left, take)
                state = count == left ? .chunkEnd : .chunk(left - count)
            case .head, .chunkLength, .chunkEnd, .trailer:
                guard let line = nextLine(&rest) else { return }
                try read(line: line)
            }
        }
    }

    /// Hands on as much of a piece as belongs to it.
    private mutating func pass(
        _ rest: inout UnsafeRawBufferPointer, _ left: Int, _ take: (UnsafeRawBufferPointer) throws -> Void
    ) rethrows -> Int {
        let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(left))
        if isSuccess { try take(piece) } else { keep(piece) }
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(piece.count))
        return piece.count
    }

    private mutating func keep(_ piece: some Collection<UInt8>) {
        body += piece.prefix(HTTPAnswer.keptLimit - body.count)
    }

    /// The next line without its end; `nil` when it is not whole yet.
    private mutating func nextLine(_ rest: inout UnsafeRawBufferPointer) -> [UInt8]? {
        guard let start = rest.baseAddress, let end = memchr(start, 0x0a, rest.count) else {
            line += rest
            rest = UnsafeRawBufferPointer(rebasing: rest.suffix(0))
            return nil
        }
        let count = UnsafeRawPointer(end) - start
        var whole = line + rest.prefix(count)
        line.removeAll(keepingCapacity: true)
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count + 1))
        if whole.last == 0x0d { whole.removeLast() }
        return whole
    }

    private mutating func read(line: [UInt8]) throws {
        switch state {
        case .head where status == 0: try readStatus(line)
        case .head where line.isEmpty: try endHead()
        case .head: readField(line)
        case .chunkLength:
            let digits = line.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
            guard let length = Int(String(decoding: digits, as: UTF8.self), radix: 16), length >= 0 else {
                throw BenchError("a chunk of the answer has no length: \(String(decoding: line, as: UTF8.self))")
            }
            state = length == 0 ? .trailer : .chunk(length)
        case .chunkEnd: state = .chunkLength
        case .trailer: if line.isEmpty { state = .whole }
        case .counted, .chunk, .whole: break
        }
    }

    private mutating func readStatus(_ line: [UInt8]) throws {
        let text = String(decoding: line, as: UTF8.self)
        guard text.hasPrefix("HTTP/1.1 "), let code = Int(text.dropFirst(9).prefix(3)), code >= 200 else {
            throw BenchError("what answered does not speak HTTP/1.1: \(text)")
        }
        status = code
    }

    private mutating func readField(_ line: [UInt8]) {
        // The others cost nothing but this look.
        guard let first = line.first, [0x43, 0x63, 0x54, 0x74].contains(first) else { return }
        let field = String(decoding: line, as: UTF8.self).lowercased()
        if field.hasPrefix("content-length:") { length = Int(String(field.dropFirst(15)).trimmed) }
        if field.hasPrefix("transfer-encoding:") { isChunked = field.hasSuffix("chunked") }
    }

    private mutating func endHead() throws {
        if isChunked {
            state = .chunkLength
        } else if let length {
            state = length == 0 ? .whole : .counted(length)
        } else {
            throw BenchError("the answer does not say how long it is")
        }
    }
}
