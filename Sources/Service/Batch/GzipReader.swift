import CZLib

/// Unpacks a gzip stream (RFC 1952), piece by piece: however far a stream expands, no more than one piece is held.
final class GzipReader {
    struct Damaged: Error {
        let reason: String
    }

    static let pieceLength = 1 << 16

    /// zlib keeps the address of this struct, so that it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private var input: [UInt8] = []
    private var used = 0
    /// Whether the stream may end here: at the end of a member.
    private(set) var isWhole = false

    init() throws {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard tamga_inflate_gzip(stream) == Z_OK else {
            stream.deallocate()
            throw Damaged(reason: "zlib cannot start")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Takes the next packed bytes; ``next()`` gives what they hold.
    func feed(_ bytes: [UInt8]) {
        input = Array(input[used...]) + bytes
        used = 0
    }

    /// The next piece; `nil` when more input is needed.
    ///
    /// - Throws: ``Damaged``.
    func next() throws -> [UInt8]? {
        while used < input.count {
            // Several members may follow each other (RFC 1952, section 2.2).
            if isWhole { inflateReset(stream) }
            isWhole = false
            let (status, piece) = step()
            switch status {
            case Z_OK, Z_BUF_ERROR: break
            case Z_STREAM_END: isWhole = true
            default: throw Damaged(reason: stream.pointee.msg.map { String(cString: $0) } ?? "zlib \(status)")
            }
            if !piece.isEmpty { return piece }
            if status == Z_BUF_ERROR { return nil }
        }
        return nil
    }

    private func step() -> (Int32, [UInt8]) {
        var status = Z_OK
        let piece = [UInt8](unsafeUninitializedCapacity: GzipReader.pieceLength) { out, count in
            input.withUnsafeMutableBufferPointer { input in
                guard let start = input.baseAddress else { return }
                stream.pointee.next_in = start + used
                stream.pointee.avail_in = UInt32(input.count - used)
                stream.pointee.next_out = out.baseAddress
                stream.pointee.avail_out = UInt32(GzipReader.pieceLength)
                status = inflate(stream, Z_NO_FLUSH)
                used = input.count - Int(stream.pointee.avail_in)
                count = GzipReader.pieceLength - Int(stream.pointee.avail_out)
            }
        }
        return (status, piece)
    }
}
