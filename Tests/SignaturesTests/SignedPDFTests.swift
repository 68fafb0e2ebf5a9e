import Catalogue
import Foundation
import Signatures
import Testing

private let pki = TestPKI.shared

/// A small PDF written by hand, with one signature. Each step can be bent.
private struct SmallPDF {
    /// What stands in the signature dictionary besides Contents and ByteRange.
    var entries = "/Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /M (D:20261122120000+08'00')"
    var contentsKey = "/Contents"
    /// Objects 6 and up, each a whole body.
    var further: [String] = []
    var trailer = ""
    var usesStream = false
    /// What the table says of the signature's offset, relative to the truth.
    var offsetError = 0
    var range: (_ start: Int, _ gap: Range<Int>, _ size: Int) -> String = { start, gap, size in
        "[\(start) \(gap.lowerBound) \(gap.upperBound) \(size - gap.upperBound)]"
    }
    var contents: (_ cms: [UInt8], _ room: Int) -> String = { cms, room in
        let digits = cms.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return "<" + digits + String(repeating: "0", count: room - digits.count) + ">"
    }
    var sign: (_ content: [UInt8]) throws -> [UInt8] = { try pki.sign($0) }

    static let room = 8192

    /// The file before it is signed, and where Contents and ByteRange are to go.
    private func unsigned() -> (bytes: [UInt8], gap: Range<Int>, range: Range<Int>) {
        let blank = String(repeating: " ", count: 80)
        let hole = "<" + String(repeating: "0", count: Self.room) + ">"
        var text = "%PDF-1.7\n%\u{7f}\n"
        var offsets: [Int] = []
        let objects = [
            "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [4 0 R] /SigFlags 3 >> >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>", "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
            "<< /FT /Sig /T (Signature) /V 5 0 R >>",
            "<< \(entries) \(contentsKey) \(hole) /ByteRange \(blank) >>",
        ]
        for (position, body) in (objects + further).enumerated() {
            offsets.append(text.utf8.count + (position == 4 ? offsetError : 0))
            text += "\(position + 1) 0 obj\n\(body)\nendobj\n"
        }
        let start = text.utf8.count
        func padded(_ number: Int) -> String {
            String(repeating: "0", count: 10 - String(number).utf8.count) + String(number)
        }
        if usesStream {
            // Widths 1, 4 and 1, without a filter; the stream lists itself too.
            offsets.append(start)
            var rows: [UInt8] = [0, 0, 0, 0, 0, 255]
            for offset in offsets {
                rows.append(1)
                for shift in [24, 16, 8, 0] { rows.append(UInt8(truncatingIfNeeded: offset >> shift)) }
                rows.append(0)
            }
            text +=
                "\(offsets.count) 0 obj\n<< /Type /XRef /Size \(offsets.count + 1) /W [1 4 1] /Root 1 0 R \(trailer)"
            text += " /Filter /FlateDecode /Length 1 >>\nstream\n"
            let end = "\nendstream\nendobj\nstartxref\n\(start)\n%%EOF\n"
            return finish(Array(text.utf8) + stored(rows) + Array(end.utf8))
        }
        text += "xref\n0 \(offsets.count + 1)\n0000000000 65535 f \n"
        for offset in offsets { text += "\(padded(offset)) 00000 n \n" }
        text += "trailer\n<< /Size \(offsets.count + 1) /Root 1 0 R \(trailer) >>\nstartxref\n\(start)\n%%EOF\n"
        return finish(Array(text.utf8))

        func finish(_ bytes: [UInt8]) -> (bytes: [UInt8], gap: Range<Int>, range: Range<Int>) {
            let hole = find(hole, in: bytes)!
            let blank = find("/ByteRange " + blank, in: bytes)!
            return (bytes, hole, blank.lowerBound + 11..<blank.upperBound)
        }
    }

    func bytes() throws -> [UInt8] {
        var (bytes, gap, place) = unsigned()
        let text = range(0, gap, bytes.count)
        bytes.replaceSubrange(
            place, with: Array(text.utf8) + [UInt8](repeating: 32, count: place.count - text.utf8.count))
        let cms = try sign(Array(bytes[..<gap.lowerBound] + bytes[gap.upperBound...]))
        let digits = Array(contents(cms, Self.room).utf8)
        precondition(digits.count == gap.count)
        bytes.replaceSubrange(gap, with: digits)
        return bytes
    }
}

/// zlib bytes with one stored block (RFC 1950 and 1951).
private func stored(_ plain: [UInt8]) -> [UInt8] {
    var (a, b) = (UInt32(1), UInt32(0))
    for byte in plain {
        a = (a + UInt32(byte)) % 65_521
        b = (b + a) % 65_521
    }
    let count = UInt16(plain.count)
    let head: [UInt8] = [
        0x78, 0x01, 1, UInt8(count & 255), UInt8(count >> 8), UInt8(~count & 255), UInt8(~count >> 8),
    ]
    let sum = b << 16 | a
    return head + plain + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: sum >> $0) }
}

private func find(_ text: String, in bytes: [UInt8]) -> Range<Int>? {
    Data(bytes).range(of: Data(text.utf8)).map { $0.lowerBound..<$0.upperBound }
}

private func replaced(_ text: String, by other: String, in bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    bytes.replaceSubrange(find(text, in: bytes)!, with: Array(other.utf8))
    return bytes
}

private func expect(
    _ problem: Problem, _ location: SourceLocation = #_sourceLocation, _ bytes: () throws -> [UInt8]
) throws {
    let bytes = try bytes()
    let failure = #expect(throws: Failure.self, sourceLocation: location) { try SignedPDF(bytes) }
    #expect(failure?.problem.code == problem.code, sourceLocation: location)
}

private func verify(_ pdf: SignedPDF) throws -> VerifiedSignature {
    try TrustStore(folder: pki.path("trust")).verify(cms: pdf.cms, content: .bytes(pdf.signedContent), at: now())
}

@Suite struct SignedPDFTests {
    @Test(arguments: [false, true]) func signedFileIsReadAndVerifies(usesStream: Bool) throws {
        var small = SmallPDF()
        small.usesStream = usesStream
        let bytes = try small.bytes()
        let pdf = try SignedPDF(bytes)
        #expect(pdf.subFilter == .etsiCAdES)
        #expect(pdf.declaredTime == "D:20261122120000+08'00'")
        #expect(pdf.signedRanges[0].lowerBound == 0 && pdf.signedRanges[1].upperBound == bytes.count)
        #expect(bytes.count - pdf.signedContent.count == SmallPDF.room + 2)
        #expect(try verify(pdf).level == .cadesB)
        let digest = try pdf.signedDigest()
        #expect(digest.count == 32)
        let trust = try TrustStore(folder: pki.path("trust"))
        #expect(try trust.verify(cms: pdf.cms, content: .digest(digest), at: now()).cms == pdf.cms)
    }

    @Test func plainCMSOfOlderProgramsIsRead() throws {
        var small = SmallPDF()
        small.entries = "/Filter /Adobe.PPKLite /SubFilter /adbe.pkcs7.detached"
        small.sign = { try pki.sign($0, []) }
        let pdf = try SignedPDF(try small.bytes())
        #expect(pdf.subFilter == .adobePKCS7 && pdf.declaredTime == nil)
        #expect(try verify(pdf).level == .cms)
    }

    @Test func changedByteBreaksTheSignature() throws {
        let pdf = try SignedPDF(replaced("(Signature)", by: "(Signatur3)", in: try SmallPDF().bytes()))
        let failure = #expect(throws: SignatureFailure.self) { try verify(pdf) }
        #expect(failure?.code == .wrongContent)
    }

    @Test func whatIsNoPDFIsRefused() throws {
        try expect(.pdfNotOne) { Array("hello".utf8) }
        try expect(.pdfNotOne) { try [32] + SmallPDF().bytes() }
        try expect(.pdfTooLarge) { [UInt8](repeating: 0, count: SignedPDF.sizeLimit + 1) }
        try expect(.pdfUnsigned) { replaced("/ByteRange", by: "/ByteRang3", in: try SmallPDF().bytes()) }
        var encrypted = SmallPDF()
        encrypted.trailer = "/Encrypt 9 0 R"
        try expect(.pdfEncrypted) { try encrypted.bytes() }
    }

    @Test func whatIsAppendedIsRefused() throws {
        let bytes = try SmallPDF().bytes()
        try expect(.pdfChangedAfterSigning) { bytes + [10] }
        // An incremental update as a viewer would take it: a page's object anew, with a table of its own.
        let page = "3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 1 1] >>\nendobj\n"
        let offset = String(bytes.count)
        let padded = String(repeating: "0", count: 10 - offset.utf8.count) + offset
        let table = "xref\n3 1\n\(padded) 00000 n \ntrailer\n<< /Size 6 /Root 1 0 R /Prev 0 >>\n"
        let end = "startxref\n\(bytes.count + page.utf8.count)\n%%EOF\n"
        try expect(.pdfChangedAfterSigning) { bytes + Array((page + table + end).utf8) }
    }

    @Test(arguments: [
        "<< /Type /Sig /Filter /X /SubFilter /ETSI.CAdES.detached /Contents <00> /ByteRange [0 1 2 3] >>",
        "<< /A (text with /ByteRange in it) >>", "<< >> % /ByteRange", "<< /Byte#52ange 1 >>",
        "<< /#42yte#52#61nge 1 >>", "<< /Type /Sig >>", "<< /Type % comment\n /Sig >>",
        "<< /Type % /Type % comment\n % more\n /Sig >>", "<< /Ty#70e/DocTimeStamp >>",
        "<< /Length 12 >>\nstream\n/ByteRange [\nendstream",
    ])
    func secondSignatureIsFoundWhereverItHides(body: String) throws {
        var small = SmallPDF()
        small.further = [body]
        try expect(.pdfOfSeveral) { try small.bytes() }
    }

    @Test func secondSignatureIsFoundInObjectStreams() throws {
        let hidden = "9 0 << /Byte#52ange [0 1 2 3] /Contents <00> >>"
        var small = SmallPDF()
        small.further = ["<< /Type /ObjStm /N 1 /First 4 /Length \(hidden.utf8.count) >>\nstream\n\(hidden)\nendstream"]
        try expect(.pdfOfSeveral) { try small.bytes() }
        small.further = ["<< /Type /ObjStm /N 1 /First 4 /Length 9 /Filter /LZWDecode >>\nstream\nabcdefghi\nendstream"]
        try expect(.pdfReferencesMalformed) { try small.bytes() }
        small.further = [
            "<< /Type /ObjStm /N 1 /First 4 /Length 9 /Filter /FlateDecode >>\nstream\nabcdefghi\nendstream"
        ]
        try expect(.pdfReferencesMalformed) { try small.bytes() }
    }

    @Test func rangeThatDoesNotCoverTheFileIsRefused() throws {
        func ranged(_ range: @escaping (Int, Range<Int>, Int) -> String) throws -> [UInt8] {
            var small = SmallPDF()
            small.range = range
            return try small.bytes()
        }
        try expect(.pdfRangeNotFromStart) {
            try ranged { "[1 \($1.lowerBound - 1) \($1.upperBound) \($2 - $1.upperBound)]" }
        }
        try expect(.pdfGapNotContents) {
            try ranged { "[0 \($1.lowerBound - 1) \($1.upperBound) \($2 - $1.upperBound)]" }
        }
        try expect(.pdfGapNotContents) {
            try ranged { "[0 \($1.lowerBound) \($1.upperBound + 1) \($2 - $1.upperBound - 1)]" }
        }
        try expect(.pdfGapNotContents) {
            try ranged { "[0 \($1.lowerBound + 1) \($1.upperBound - 1) \($2 - $1.upperBound + 1)]" }
        }
        try expect(.pdfGapNotContents) { try ranged { "[0 9 20 \($2 - 20)]" } }
        try expect(.pdfRangeOverlapping) {
            try ranged { "[0 \($1.upperBound) \($1.lowerBound) \($2 - $1.lowerBound)]" }
        }
        try expect(.pdfChangedAfterSigning) {
            try ranged { "[0 \($1.lowerBound) \($1.upperBound) \($2 - $1.upperBound - 1)]" }
        }
        for text in [
            "[0 1 2]", "[0 1 2 3 4]", "[0 -1 2 3]", "[0 1.0 2 3]", "7 0 R", "[0 1 2 99999999]", "(0 1 2 3)",
            "[[0 1 2 3]]",
            "[0 999999999999999999 999999999999999999 999999999999999999]",
        ] {
            try expect(.pdfRangeMalformed) { try ranged { _, _, _ in text } }
        }
    }

    @Test func dictionaryMustSayOneThing() throws {
        func entries(_ text: String) throws -> [UInt8] {
            var small = SmallPDF()
            small.entries = text
            return try small.bytes()
        }
        let sound = "/Type /Sig /Filter /A /SubFilter /ETSI.CAdES.detached"
        #expect(throws: Never.self) { try SignedPDF(try entries(sound)) }
        for text in [
            sound + " /Contents <00>", sound + " /Content#73 <00>", sound + " /SubFilter /A", "/SubFilter /A",
            "/Filter /A", "/Type /Other /Filter /A /SubFilter /ETSI.CAdES.detached", sound + " /A /#4", sound + " /A (",
            sound + " /A << /B", sound + " 1",
        ] {
            try expect(.pdfSignatureMalformed) { try entries(text) }
        }
        for name in ["adbe.pkcs7.sha1", "adbe.x509.rsa_sha1", "ETSI.RFC3161", "etsi.cades.detached"] {
            try expect(.pdfSubFilterUnknown) { try entries("/Filter /A /SubFilter /\(name)") }
        }
        var small = SmallPDF()
        small.contentsKey = "/Inner << /Contents"
        small.entries += " /A"
        try expect(.pdfSignatureMalformed) { try small.bytes() }
    }

    @Test func contentsMustBeOneCMSAndZeros() throws {
        func contents(_ bend: @escaping ([UInt8], inout String) -> Void) throws -> [UInt8] {
            var small = SmallPDF()
            let whole = small.contents
            small.contents = { cms, room in
                var text = whole(cms, room)
                bend(cms, &text)
                return text
            }
            return try small.bytes()
        }
        func set(_ text: inout String, _ position: Int, _ other: String) {
            var bytes = Array(text.utf8)
            bytes.replaceSubrange(position..<position + other.utf8.count, with: Array(other.utf8))
            text = String(decoding: bytes, as: UTF8.self)
        }
        try expect(.pdfContentsMalformed) { try contents { set(&$1, $1.utf8.count - 2, "1") } }
        try expect(.pdfContentsMalformed) { try contents { set(&$1, $1.utf8.count - 2, " ") } }
        try expect(.pdfContentsMalformed) { try contents { set(&$1, $0.count * 2 + 1, "3000") } }
        try expect(.pdfContentsMalformed) { try contents { set(&$1, 1, "31") } }
        try expect(.pdfContentsMalformed) { try contents { set(&$1, 3, "80") } }
        try expect(.pdfContentsMalformed) { try contents { set(&$1, 3, "83") } }
        try expect(.pdfContentsMalformed) { try contents { set(&$1, 9, "00") } }
        // A string that ends early leaves the rest of the gap to something else.
        try expect(.pdfGapNotContents) { try contents { set(&$1, $1.utf8.count - 20, "> /A (a hole) /B<") } }
    }

    @Test(arguments: [false, true]) func tableMustLeadToTheSignature(usesStream: Bool) throws {
        var small = SmallPDF()
        small.usesStream = usesStream
        small.offsetError = -17
        try expect(.pdfSignatureNotReferenced) { try small.bytes() }
        small.offsetError = 0
        small.trailer = "/Prev 99999999"
        // The newest section lists the object: what lies before it is not asked.
        #expect(throws: Never.self) { try SignedPDF(try small.bytes()) }
    }

    @Test func endOfTheFileMustBeInOrder() throws {
        let bytes = try SmallPDF().bytes()
        try expect(.pdfEndMalformed) { replaced("%%EOF", by: "%%EOX", in: bytes) }
        try expect(.pdfEndMalformed) { replaced("startxref", by: "startxreF", in: bytes) }
        try expect(.pdfReferencesMalformed) { replaced("\nxref\n", by: "\nxreX\n", in: bytes) }
        try expect(.pdfReferencesMalformed) { replaced("\ntrailer", by: "\ntrailex", in: bytes) }
        try expect(.pdfReferencesMalformed) { replaced(" 00000 n \ntrailer", by: " 00000 x \ntrailer", in: bytes) }
        // Sections that run in a circle and never list the object.
        let start = find("xref\n0 6", in: bytes)!.lowerBound
        var looping = SmallPDF()
        looping.trailer = "/Prev \(start)"
        try expect(.pdfReferencesMalformed) { replaced("xref\n0 6", by: "xref\n9 6", in: try looping.bytes()) }
    }

    /// From each of two million names the rest of the file is one comment.
    @Test(.timeLimit(.minutes(1))) func commentsAreWalkedThroughOnce() throws {
        try expect(.pdfUnsigned) { Array(("%PDF-1.7\n" + String(repeating: "/Type%", count: 2 << 20)).utf8) }
    }

    /// Whatever is changed: reading never traps, and what passes as signed by the notary is what the notary signed.
    @Test func mutationsNeverPassAsSigned() throws {
        var state: UInt64 = 0x7461_6d67_6150_4446
        func random(_ below: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(below))
        }
        let pieces = [
            "/ByteRange", "<<", ">>", "[0 1 2 3]", "obj", "endobj", "5 0 obj", "stream\n", "%", "(", "<00>",
            "startxref",
        ]
        let trust = try TrustStore(folder: pki.path("trust"))
        var accepted = 0
        for usesStream in [false, true] {
            var small = SmallPDF()
            small.usesStream = usesStream
            let original = try small.bytes()
            let signed = try SignedPDF(original)
            let gap = signed.signedRanges[0].upperBound..<signed.signedRanges[1].lowerBound
            for _ in 0..<4000 {
                var bytes = original
                for _ in 0...random(3) {
                    // Mostly outside the padding, where nothing but zeros would be hit.
                    var place = random(bytes.count)
                    if gap.contains(place), place > gap.lowerBound + 2 * signed.cms.count {
                        place = random(gap.lowerBound)
                    }
                    switch random(5) {
                    case 0: bytes[place] = UInt8(random(256))
                    case 1: bytes.remove(at: place)
                    case 2: bytes.insert(UInt8(random(256)), at: place)
                    case 3: bytes.insert(contentsOf: pieces[random(pieces.count)].utf8, at: place)
                    default: bytes.removeSubrange(place..<min(bytes.count, place + random(64)))
                    }
                    if bytes.isEmpty { bytes = [37] }
                }
                guard let pdf = try? SignedPDF(bytes) else { continue }
                guard (try? trust.verify(cms: pdf.cms, content: .bytes(pdf.signedContent), at: now())) != nil else {
                    continue
                }
                accepted += 1
                #expect(pdf.signedContent == signed.signedContent)
            }
        }
        // Digits may be written in capitals, certificates that are not used may change: such files do pass.
        #expect(accepted > 0 && accepted < 200)
    }
}
