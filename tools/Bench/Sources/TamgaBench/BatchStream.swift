import CanonicalJSON
import Glibc

/// One `POST /v1/receipts:batch` on a connection of its own, sent as fast as the service takes it.
///
/// One thread writes when there is room and reads what is there, so that neither side ever waits for the other for good: the service
/// takes no further rows from a client that reads no verdicts.
struct BatchStream {
    let api: Int
    let token: String
    var isInline = false
    var isGzip = false

    /// What a stream took.
    struct Outcome {
        /// From the first byte sent to the end of the answer, which is behind the last verdict.
        let seconds: Double
        /// Processor time of this thread, seconds.
        let processor: Double
    }

    /// Sends rows.
    ///
    /// - Parameters:
    ///   - body: as it is sent.
    ///   - rows: how many it has.
    /// - Throws: `BenchError` when any of them was not filed, with the first such verdict.
    func send(_ body: [UInt8], rows: Int) throws -> Outcome {
        let request = Array(head(body.count).utf8)
        let descriptor = try Loopback.connected(to: api)
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        var (answer, verdicts) = (HTTPAnswer(), VerdictCount())
        var (headSent, bodySent) = (0, 0)
        let (begin, processor) = (monotonicSeconds(), processorSeconds(CLOCK_THREAD_CPUTIME_ID))
        while !answer.isWhole {
            let isSent = bodySent == body.count
            try wait(descriptor, for: isSent ? POLLIN : POLLIN | POLLOUT)
            if headSent < request.count {
                headSent += try write(request, from: headSent, to: descriptor)
            } else if !isSent {
                bodySent += try write(body, from: bodySent, to: descriptor)
            }
            let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count < 0, errno == EAGAIN { continue }
            guard count > 0 else { throw broken(verdicts, count) }
            try buffer.withUnsafeBytes { bytes in
                try answer.read(UnsafeRawBufferPointer(rebasing: bytes.prefix(count))) { verdicts.read($0) }
            }
        }
        let elapsed = monotonicSeconds() - begin
        guard answer.isSuccess else { throw BenchError("the batch was refused with \(answer.refusal)") }
        try verdicts.require(rows)
        return Outcome(seconds: elapsed, processor: processorSeconds(CLOCK_THREAD_CPUTIME_ID) - processor)
    }

    private func head(_ length: Int) -> String {
        let fields = [
            "Authorization: Bearer \(token)", "Content-Type: application/x-ndjson", "Content-Length: \(length)",
        ]
        return TamgaServer.head(
            "POST /v1/receipts:batch\(isInline ? "?evidence=inline" : "")", port: api,
            fields: fields + (isGzip ? ["Content-Encoding: gzip"] : []))
    }

    private func wait(_ descriptor: Int32, for events: Int32) throws {
        var waiting = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        let ready = poll(&waiting, 1, Int32(Loopback.patience * 1000))
        guard ready > 0 || (ready < 0 && errno == EINTR) else {
            throw BenchError("the service takes no rows and gives no verdicts for \(Loopback.patience) s")
        }
    }

    /// - Returns: how many bytes the system took, which may be none.
    private func write(_ bytes: [UInt8], from start: Int, to descriptor: Int32) throws -> Int {
        let count = bytes[start...].prefix(1 << 18).withUnsafeBytes {
            Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        }
        // What was refused, and why, stands in the answer that is still to be read.
        guard count >= 0 || errno == EAGAIN || errno == EPIPE || errno == ECONNRESET else {
            throw BenchError("rows cannot be sent: \(String(cString: strerror(errno)))")
        }
        return max(0, count)
    }

    private func broken(_ verdicts: VerdictCount, _ count: Int) -> BenchError {
        let reason = count == 0 ? "the service has closed the connection" : String(cString: strerror(errno))
        return BenchError("the answer broke off behind \(verdicts.filed) verdicts: \(reason)")
    }
}

/// Counts the rows that an answer says are filed, and keeps the first that is not.
struct VerdictCount {
    private(set) var filed = 0
    private var other: [UInt8]?
    private var last: [UInt8] = []
    /// A line that is not whole yet.
    private var begun: [UInt8] = []

    private static let row = Array("{\"row\":".utf8)
    private static let filing = Array(",\"verdict\":\"filed\"".utf8)
    private static let end = Array("{\"end\":".utf8)

    /// Takes the next bytes of the answer. O(n).
    mutating func read(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes
        while let start = rest.baseAddress, let feed = memchr(start, 0x0a, rest.count) {
            let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(UnsafeRawPointer(feed) - start))
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(piece.count + 1))
            if begun.isEmpty {
                read(line: piece)
            } else {
                let line = begun + piece
                begun.removeAll(keepingCapacity: true)
                line.withUnsafeBytes { read(line: $0) }
            }
        }
        begun += rest
    }

    private mutating func read(line: UnsafeRawBufferPointer) {
        let digits = line.dropFirst(VerdictCount.row.count)
        if line.starts(with: VerdictCount.row),
            digits.drop(while: { 0x30...0x39 ~= $0 }).starts(with: VerdictCount.filing)
        {
            filed += 1
        } else if line.starts(with: VerdictCount.end) {
            last = Array(line)
        } else if other == nil {
            other = Array(line)
        }
    }

    /// Takes care that every row was filed, and that the answer says so, too.
    func require(_ rows: Int) throws {
        let said = try? JSONValue(parsing: last)
        guard filed == rows, other == nil, said?["complete"]?.bool == true, said?["filed"]?.integer == Int64(rows)
        else {
            let verdict = String(decoding: other ?? [], as: UTF8.self)
            throw BenchError(
                "\(filed) of \(rows) rows were filed; the first other verdict: \(verdict); the end: "
                    + String(decoding: last, as: UTF8.self))
        }
    }
}
