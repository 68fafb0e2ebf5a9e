import Catalogue

/// The cross-reference sections of a PDF (ISO 32000-1 sections 7.5.4 and 7.5.8), newest first, as viewers follow them.
struct PDFReferences {
    private let bytes: [UInt8]
    private let newest: Int

    /// Sections looked at: signing lists its object in the newest, so an honest file needs one or two.
    private static let sectionLimit = 8
    private static let subsectionLimit = 1 << 16
    /// What one cross-reference stream may unfold to.
    private static let streamLimit = 32 << 20

    /// Reads the end of the file: `startxref`, an offset, `%%EOF`, and at most line ends after it.
    init(endOf bytes: [UInt8]) throws(Failure) {
        self.bytes = bytes
        var end = bytes.count
        while end > 0, bytes.count - end < 16, bytes[end - 1] == 10 || bytes[end - 1] == 13 { end -= 1 }
        let lastWord = Array("startxref".utf8)
        var start = end - lastWord.count
        let earliest = max(0, end - 64)
        while start >= earliest, !bytes[start..<start + lastWord.count].elementsEqual(lastWord) { start -= 1 }
        guard start >= earliest else { throw Problem.pdfEndMalformed(["reason": "there is no startxref at its end"]) }
        var rest = bytes[(start + lastWord.count)..<end]
        func passLineEnd() -> Bool {
            let before = rest.count
            while let byte = rest.first, byte == 10 || byte == 13 || byte == 32 { rest.removeFirst() }
            return rest.count < before
        }
        guard passLineEnd() else { throw Problem.pdfEndMalformed(["reason": "startxref is not on a line of its own"]) }
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        rest = rest.dropFirst(digits.count)
        guard (1...10).contains(digits.count), passLineEnd(), rest.elementsEqual("%%EOF".utf8),
            let offset = Int(String(decoding: digits, as: UTF8.self)), offset < start
        else { throw Problem.pdfEndMalformed(["reason": "after startxref come not an offset and %%EOF"]) }
        newest = offset
    }

    /// Where the newest section that lists an object says it is: `nil` when it is free, elsewhere or not listed.
    func offset(of number: Int) throws(Failure) -> (offset: Int, generation: Int)? {
        var next: [Int] = [newest]
        var seen: Set<Int> = []
        do throws(PDFSyntaxError) {
            while let offset = next.popLast() {
                guard seen.insert(offset).inserted, seen.count <= Self.sectionLimit else {
                    throw PDFSyntaxError(reason: "its sections run in a circle, or are too many")
                }
                var reader = PDFReader(bytes, at: offset)
                let section = reader.pass("xref") ? try table(&reader, number) : try stream(at: offset, number)
                if let found = section.found { return found.place }
                if let previous = try link("Prev", section.trailer) { next.append(previous) }
                // Of a hybrid file, looked at before the section that Prev names.
                if let hybrid = try link("XRefStm", section.trailer) { next.append(hybrid) }
            }
        } catch {
            throw Problem.pdfReferencesMalformed(["reason": error.reason])
        }
        return nil
    }

    private typealias Place = (offset: Int, generation: Int)

    private struct Section {
        var trailer: PDFDictionary
        /// What the section says of the object; its place is `nil` when it is free or inside another.
        var found: (place: Place?, Void)?
    }

    private func link(_ key: String, _ trailer: PDFDictionary) throws(PDFSyntaxError) -> Int? {
        guard let value = trailer[key] else { return nil }
        guard let offset = value.integer, offset < bytes.count else {
            throw PDFSyntaxError(reason: "\(key) is no offset")
        }
        return offset
    }

    private func table(_ reader: inout PDFReader, _ number: Int) throws(PDFSyntaxError) -> Section {
        var found: (place: Place?, Void)?
        var subsections = 0
        reader.skipSpace()
        while !reader.pass("trailer") {
            subsections += 1
            guard subsections <= Self.subsectionLimit else { throw PDFSyntaxError(reason: "too many subsections") }
            guard let first = reader.unsigned() else { throw PDFSyntaxError(reason: "a subsection without its number") }
            reader.skipSpace()
            guard let count = reader.unsigned(), count <= bytes.count / 20 else {
                throw PDFSyntaxError(reason: "a subsection without its count")
            }
            reader.skipSpace()
            let start = reader.position
            guard start + count * 20 <= bytes.count else { throw PDFSyntaxError(reason: "a subsection cut short") }
            if number >= first, number - first < count {
                guard found == nil else { throw PDFSyntaxError(reason: "an object listed twice") }
                found = (try entry(at: start + (number - first) * 20), ())
            }
            reader.position = start + count * 20
            reader.skipSpace()
        }
        guard let trailer = try reader.value().dictionary else { throw PDFSyntaxError(reason: "no trailer dictionary") }
        return Section(trailer: trailer, found: found)
    }

    /// `nnnnnnnnnn ggggg n` and two bytes of line end.
    private func entry(at start: Int) throws(PDFSyntaxError) -> Place? {
        var reader = PDFReader(bytes, at: start)
        let offset = reader.unsigned()
        guard reader.position == start + 10, reader.next == 32 else {
            throw PDFSyntaxError(reason: "an entry not in form")
        }
        reader.position += 1
        let generation = reader.unsigned()
        guard reader.position == start + 16, reader.next == 32 else {
            throw PDFSyntaxError(reason: "an entry not in form")
        }
        let kind = bytes[start + 17]
        guard let offset, let generation, kind == UInt8(ascii: "n") || kind == UInt8(ascii: "f"),
            isSpace(bytes[start + 18]), isSpace(bytes[start + 19])
        else { throw PDFSyntaxError(reason: "an entry not in form") }
        return kind == UInt8(ascii: "n") ? (offset, generation) : nil
    }

    private func stream(at offset: Int, _ number: Int) throws(PDFSyntaxError) -> Section {
        let object = try PDFObject(at: offset, in: bytes)
        let trailer = object.dictionary
        guard trailer["Type"]?.name == "XRef", let size = trailer["Size"]?.integer,
            let widths = trailer["W"]?.array?.map({ $0.integer ?? -1 }), widths.count == 3,
            widths.allSatisfy({ (0...8).contains($0) })
        else { throw PDFSyntaxError(reason: "neither a table nor a cross-reference stream") }
        let width = widths.reduce(0, +)
        let index = trailer["Index"]?.array?.map { $0.integer ?? -1 } ?? [0, size]
        guard width > 0, index.count % 2 == 0, index.allSatisfy({ (0...1 << 30).contains($0) }) else {
            throw PDFSyntaxError(reason: "a cross-reference stream without sound W and Index")
        }
        let rows = try object.stream(in: bytes, limit: Self.streamLimit)
        var found: (place: Place?, Void)?
        var row = 0
        for position in stride(from: 0, to: index.count, by: 2) {
            let (first, count) = (index[position], index[position + 1])
            guard (row + count) * width <= rows.count else { throw PDFSyntaxError(reason: "a stream cut short") }
            if number >= first, number - first < count {
                guard found == nil else { throw PDFSyntaxError(reason: "an object listed twice") }
                var at = (row + number - first) * width
                func field(_ width: Int) -> Int {
                    defer { at += width }
                    return rows[at..<at + width].reduce(0) { $0 << 8 | Int($1) }
                }
                let kind = widths[0] == 0 ? 1 : field(widths[0])
                let place = (offset: field(widths[1]), generation: field(widths[2]))
                found = (kind == 1 ? place : nil, ())
            }
            row += count
        }
        return Section(trailer: trailer, found: found)
    }
}
