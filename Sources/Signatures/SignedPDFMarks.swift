import CZLib
import Catalogue
import Glibc

/// Where the names stand that tell of signatures: anywhere in the bytes, also in strings, comments and streams, and also
/// written with escapes such as `/Byte#52ange`.
struct PDFMarks {
    var byteRanges: [Int] = []
    /// `/Type /Sig` and `/Type /DocTimeStamp`.
    var signatureTypes: [Int] = []
    var encryptions: [Int] = []
    /// `/Type /ObjStm`.
    var objectStreams: [Int] = []

    // Comments and blanks passed over last: whichever comment in there begins, what follows is the same. Without it, a
    // file of nothing but `/Type%` would be walked through from each of them.
    private var passed = 0..<0

    init(in bytes: [UInt8]) {
        bytes.withUnsafeBytes { all in
            guard let start = all.baseAddress else { return }
            var position = 0
            while position < all.count,
                let slash = memchr(start + position, Int32(UInt8(ascii: "/")), all.count - position)
            {
                let found = UnsafeRawPointer(slash) - start
                position = found + 1
                // Most names are others: their first letter tells.
                guard position < all.count else { return }
                switch all[position] {
                case UInt8(ascii: "B"), UInt8(ascii: "E"), UInt8(ascii: "T"), UInt8(ascii: "#"): note(all, at: found)
                default: break
                }
            }
        }
    }

    /// The name that follows after blanks and comments.
    private mutating func nextName(_ all: UnsafeRawBufferPointer, after end: Int) -> [UInt8]? {
        var position = end
        var firstComment: Int?
        while position < all.count {
            if all[position] == UInt8(ascii: "%") {
                firstComment = firstComment ?? position
                if passed.contains(position) {
                    position = passed.upperBound
                } else {
                    while position < all.count, all[position] != 10, all[position] != 13 { position += 1 }
                }
            } else if isSpace(all[position]) {
                position += 1
            } else {
                break
            }
        }
        if let firstComment { passed = firstComment..<position }
        guard position < all.count, all[position] == UInt8(ascii: "/") else { return nil }
        return decodedName(all, at: position).name
    }

    private mutating func note(_ all: UnsafeRawBufferPointer, at found: Int) {
        let (name, end) = decodedName(all, at: found)
        if name.elementsEqual("ByteRange".utf8) {
            byteRanges.append(found)
        } else if name.elementsEqual("Encrypt".utf8) {
            encryptions.append(found)
        } else if name.elementsEqual("Type".utf8), let value = nextName(all, after: end) {
            if value.elementsEqual("Sig".utf8) || value.elementsEqual("DocTimeStamp".utf8) {
                signatureTypes.append(found)
            } else if value.elementsEqual("ObjStm".utf8) {
                objectStreams.append(found)
            }
        }
    }
}

/// The name at a slash, up to 32 bytes, and where it ends. A bad escape is kept as it stands.
private func decodedName(_ all: UnsafeRawBufferPointer, at slash: Int) -> (name: [UInt8], end: Int) {
    var name: [UInt8] = []
    var position = slash + 1
    while position < all.count, name.count < 32, !isSpace(all[position]), !isDelimiter(all[position]) {
        if all[position] == UInt8(ascii: "#"), position + 2 < all.count, let high = hexDigit(all[position + 1]),
            let low = hexDigit(all[position + 2])
        {
            name.append(high << 4 | low)
            position += 3
        } else {
            name.append(all[position])
            position += 1
        }
    }
    return (name, position)
}

/// The object around a position: the nearest `N G obj` before it, with the dictionary that follows.
struct PDFObject {
    let number: Int
    let generation: Int
    /// Where the number begins.
    let start: Int
    let dictionary: PDFDictionary
    /// Just after the dictionary.
    let end: Int

    init(around position: Int, in bytes: [UInt8]) throws(PDFSyntaxError) {
        guard let start = Self.start(before: position, in: bytes) else {
            throw PDFSyntaxError(reason: "it is in no object")
        }
        try self.init(at: start, in: bytes)
        guard start < position, position < end else { throw PDFSyntaxError(reason: "it is outside its object") }
    }

    /// The object whose number begins at `start`.
    init(at start: Int, in bytes: [UInt8]) throws(PDFSyntaxError) {
        var reader = PDFReader(bytes, at: start)
        guard let header = reader.objectHeader() else { throw PDFSyntaxError(reason: "no object begins there") }
        guard let dictionary = try reader.value().dictionary else {
            throw PDFSyntaxError(reason: "an object that is no dictionary")
        }
        (number, generation) = header
        self.start = start
        self.dictionary = dictionary
        end = reader.position
    }

    private static func start(before position: Int, in bytes: [UInt8]) -> Int? {
        let word = Array("obj".utf8)
        var at = position - word.count
        while at > 0 {
            defer { at -= 1 }
            guard bytes[at] == word[0], bytes[at + 1] == word[1], bytes[at + 2] == word[2], isSpace(bytes[at - 1])
            else { continue }
            // Back over the generation and the number.
            var start = at
            for _ in 0..<2 {
                while start > 0, isSpace(bytes[start - 1]) { start -= 1 }
                let end = start
                while start > 0, (0x30...0x39).contains(bytes[start - 1]) { start -= 1 }
                guard start < end else { return nil }
            }
            return start
        }
        return nil
    }
}

extension PDFObject {
    /// The most bytes that one stream, and all object streams together, may unfold to.
    static let inflatedLimit = 128 << 20
    /// The most object streams of a file.
    static let streamLimit = 1 << 16

    /// The stream's bytes, decoded; `limit` is what they may unfold to.
    ///
    /// Compressed bytes are read up to their own end: the dictionary's Length, which may be false, is not asked.
    func stream(in bytes: [UInt8], limit: Int) throws(PDFSyntaxError) -> [UInt8] {
        var reader = PDFReader(bytes, at: end)
        reader.skipSpace()
        guard reader.pass("stream") else { throw PDFSyntaxError(reason: "a stream that does not begin") }
        if reader.next == 13 { reader.position += 1 }
        guard reader.next == 10 else { throw PDFSyntaxError(reason: "a stream that does not begin on a line") }
        let start = reader.position + 1
        let filter = dictionary["Filter"].flatMap { $0.array.map { $0.count == 1 ? $0[0] : .other } ?? $0 }
        if filter == nil {
            guard let length = dictionary["Length"]?.integer, length <= bytes.count - start, length <= limit else {
                throw PDFSyntaxError(reason: "a stream without its length")
            }
            return Array(bytes[start..<start + length])
        }
        guard filter?.name == "FlateDecode" else {
            throw PDFSyntaxError(reason: "a stream of objects in a filter other than FlateDecode")
        }
        return try unpredicted(try inflated(bytes, from: start, limit: limit))
    }

    /// Undoes a PNG predictor of one byte a sample (RFC 2083 section 6).
    private func unpredicted(_ rows: [UInt8]) throws(PDFSyntaxError) -> [UInt8] {
        let parameters = dictionary["DecodeParms"].flatMap { $0.array.map { $0.count == 1 ? $0[0] : .other } ?? $0 }
        guard let parameters else { return rows }
        guard let named = parameters.dictionary else { throw PDFSyntaxError(reason: "unknown DecodeParms") }
        let predictor = named["Predictor"]?.integer ?? 1
        if predictor == 1 { return rows }
        let columns = named["Columns"]?.integer ?? 1
        guard (10...15).contains(predictor), (1...65_536).contains(columns), named["Colors"]?.integer ?? 1 == 1,
            named["BitsPerComponent"]?.integer ?? 8 == 8, rows.count % (columns + 1) == 0
        else { throw PDFSyntaxError(reason: "a predictor that is not read here") }
        var plain: [UInt8] = []
        plain.reserveCapacity(rows.count)
        var above = [UInt8](repeating: 0, count: columns)
        for row in stride(from: 0, to: rows.count, by: columns + 1) {
            var left: UInt8 = 0
            var aboveLeft: UInt8 = 0
            for column in 0..<columns {
                let up = above[column]
                let guess: UInt8 =
                    switch rows[row] {
                    case 0: 0
                    case 1: left
                    case 2: up
                    case 3: UInt8((Int(left) + Int(up)) / 2)
                    case 4: paeth(left, up, aboveLeft)
                    default: throw PDFSyntaxError(reason: "an unknown predictor")
                    }
                left = rows[row + 1 + column] &+ guess
                aboveLeft = up
                above[column] = left
            }
            plain += above
        }
        return plain
    }
}

private func paeth(_ left: UInt8, _ up: UInt8, _ aboveLeft: UInt8) -> UInt8 {
    let guess = Int(left) + Int(up) - Int(aboveLeft)
    let (a, b, c) = (abs(guess - Int(left)), abs(guess - Int(up)), abs(guess - Int(aboveLeft)))
    return a <= b && a <= c ? left : b <= c ? up : aboveLeft
}

/// Unfolds a zlib stream (RFC 1950) that begins at `start`.
private func inflated(_ bytes: [UInt8], from start: Int, limit: Int) throws(PDFSyntaxError) -> [UInt8] {
    guard start < bytes.count else { throw PDFSyntaxError(reason: "an empty stream") }
    var stream = z_stream()
    guard inflateInit_(&stream, zlibVersion(), Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
        throw PDFSyntaxError(reason: "there is not enough memory")
    }
    defer { inflateEnd(&stream) }
    var plain: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 14)
    // The bytes are not written to: zlib's interface of old lacks the const.
    let result = bytes.withUnsafeBufferPointer { source -> Int32 in
        stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress! + start)
        stream.avail_in = UInt32(source.count - start)
        while true {
            let status = chunk.withUnsafeMutableBufferPointer { room -> Int32 in
                stream.next_out = room.baseAddress
                stream.avail_out = UInt32(room.count)
                return inflate(&stream, Z_NO_FLUSH)
            }
            let count = chunk.count - Int(stream.avail_out)
            guard plain.count + count <= limit else { return Z_BUF_ERROR }
            plain += chunk.prefix(count)
            if status != Z_OK { return status }
        }
    }
    guard result == Z_STREAM_END else { throw PDFSyntaxError(reason: "a stream that does not unfold, or to too much") }
    return plain
}
