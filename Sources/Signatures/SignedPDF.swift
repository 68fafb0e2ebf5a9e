import CCMS
public import Catalogue

/// A PDF with exactly one signature inside (PAdES, ISO 32000-1 section 12.8) that covers the whole file.
///
/// Reading says where the signature is and what it was made over, not whether it holds: that is for ``TrustStore``, with
/// ``cms`` and ``signedContent``.
///
/// Known attacks and what stands against them:
/// - *Incremental saving*, and every *shadow attack* that needs a later revision: the ByteRange must reach the last byte.
/// - *Signature wrapping*: it must begin at 0 and leave out exactly the hexadecimal string of its own dictionary's
///   Contents, digits only, which must be one CMS in DER and then zeros.
/// - *Universal forgery*: entries missing, doubled, of another type or by reference are refused.
/// - *A second signature* that a viewer would show instead: `/ByteRange`, or `/Type /Sig`, may occur only once in the file,
///   wherever it stands (strings, comments, attachments), however it is escaped, and in no object stream.
/// - *Another object of the same number*: the newest cross-reference section that lists the signature's object must
///   lead to the one that was found.
///
/// What can't be seen here: what the signer was shown. Pages may hide content under other content, in layers that can be
/// switched, in scripts, in forms or fonts, or beyond the page's edge; viewers that repair files or read them loosely
/// may show something else. A dictionary inside a stream under a filter that isn't looked into is not found, nor
/// whether the form's fields point to the signature. The signer signed these bytes: no more is claimed.
public struct SignedPDF: Sendable {
    /// The form of the signature.
    public enum SubFilter: String, Sendable, Hashable {
        /// PAdES (EN 319 142-1).
        case etsiCAdES = "ETSI.CAdES.detached"
        /// Plain CMS, as older programs write it.
        case adobePKCS7 = "adbe.pkcs7.detached"
    }

    /// The most bytes of a PDF.
    public static let sizeLimit = 64 << 20

    /// The signature, a detached CMS in DER without its padding.
    public let cms: [UInt8]
    /// What was signed: from the start of the file to the signature, and from behind it to the end.
    public let signedRanges: [Range<Int>]
    public let subFilter: SubFilter
    /// The time that the dictionary declares (`M`), as it stands: `D:20240131120000+08'00'`. `nil` when there is none
    /// in ASCII. Nobody vouches for it.
    public let declaredTime: String?
    private let bytes: [UInt8]

    /// Reads a signed PDF.
    ///
    /// Complexity: linear in the file, plus what its object streams unfold to (at most 128 MiB).
    /// - Throws: a problem `pdf-…`, each reason with its own.
    public init(_ bytes: [UInt8]) throws(Failure) {
        guard bytes.count <= Self.sizeLimit else {
            throw Problem.pdfTooLarge(["size": "\(bytes.count)", "limit": "\(Self.sizeLimit)"])
        }
        guard bytes.starts(with: "%PDF-1.".utf8) || bytes.starts(with: "%PDF-2.".utf8) else {
            throw Problem.pdfNotOne()
        }
        let marks = PDFMarks(in: bytes)
        guard marks.encryptions.isEmpty else { throw Problem.pdfEncrypted() }
        guard marks.byteRanges.count <= 1, marks.signatureTypes.count <= 1 else { throw Problem.pdfOfSeveral() }
        try checkObjectStreams(marks.objectStreams, in: bytes)
        guard let mark = marks.byteRanges.first else { throw Problem.pdfUnsigned() }

        let object = try signatureObject(around: mark, in: bytes)
        if let type = marks.signatureTypes.first {
            guard (object.start..<object.end).contains(type) else { throw Problem.pdfOfSeveral() }
        }
        let contents = try contentsRange(of: object.dictionary)
        signedRanges = try signed(object.dictionary["ByteRange"], beside: contents, size: bytes.count)
        subFilter = try subFilterOf(object.dictionary)
        cms = try signatureBytes(bytes[contents].dropFirst().dropLast())
        declaredTime = declared(object.dictionary["M"])
        // Last, since its messages help nobody whose file has one of the faults above.
        let references = try PDFReferences(endOf: bytes)
        guard let place = try references.offset(of: object.number), place.offset == object.start,
            place.generation == object.generation
        else { throw Problem.pdfSignatureNotReferenced() }
        self.bytes = bytes
    }

    /// The bytes under the signature: the file without its signature.
    public var signedContent: [UInt8] { signedRanges.reduce(into: []) { $0 += bytes[$1] } }

    /// The digest of the bytes under the signature: 32, 48 or 64 bytes.
    public func signedDigest(_ digest: SignerDigest = .sha256) throws(Failure) -> [UInt8] {
        var out = [UInt8](repeating: 0, count: 64)
        let (first, second) = (signedRanges[0], signedRanges[1])
        let count = bytes.withUnsafeBufferPointer { all in
            ccms_digest(
                digest.rawValue, all.baseAddress! + first.lowerBound, first.count, all.baseAddress! + second.lowerBound,
                second.count, &out)
        }
        guard count > 0 else { throw Problem.signatureCheckFailed() }
        return Array(out.prefix(count))
    }
}

/// No signature may hide where the bytes of the file don't show it.
private func checkObjectStreams(_ positions: [Int], in bytes: [UInt8]) throws(Failure) {
    guard positions.count <= PDFObject.streamLimit else {
        throw Problem.pdfReferencesMalformed(["reason": "too many object streams"])
    }
    var left = PDFObject.inflatedLimit
    for position in positions {
        let plain: [UInt8]
        do throws(PDFSyntaxError) {
            let object = try PDFObject(around: position, in: bytes)
            guard object.dictionary.entries.contains(where: { $0.position == position }) else {
                throw PDFSyntaxError(reason: "it is no object of its own")
            }
            plain = try object.stream(in: bytes, limit: left)
        } catch {
            throw Problem.pdfReferencesMalformed(["reason": "an object stream: \(error.reason)"])
        }
        left -= plain.count
        let marks = PDFMarks(in: plain)
        guard marks.byteRanges.isEmpty, marks.signatureTypes.isEmpty else { throw Problem.pdfOfSeveral() }
    }
}

private func malformed(_ reason: String) -> Failure { Problem.pdfSignatureMalformed(["reason": reason]) }

private func signatureObject(around mark: Int, in bytes: [UInt8]) throws(Failure) -> PDFObject {
    let object: PDFObject
    do throws(PDFSyntaxError) {
        object = try PDFObject(around: mark, in: bytes)
    } catch {
        throw malformed(error.reason)
    }
    guard object.dictionary.entries.contains(where: { $0.position == mark }) else {
        throw malformed("it is no object of its own")
    }
    var reader = PDFReader(bytes, at: object.end)
    reader.skipSpace()
    guard reader.pass("endobj") else { throw malformed("endobj does not follow") }
    if let type = object.dictionary["Type"] {
        guard type.name == "Sig" else { throw malformed("its Type is not Sig") }
    }
    guard object.dictionary["Filter"]?.name != nil else { throw malformed("it has no Filter") }
    return object
}

private func contentsRange(of dictionary: PDFDictionary) throws(Failure) -> Range<Int> {
    guard case .hexString(let range) = dictionary["Contents"] else {
        throw malformed("its Contents is no hexadecimal string")
    }
    return range
}

private func signed(
    _ value: PDFValue?, beside contents: Range<Int>, size: Int
) throws(Failure) -> [Range<Int>] {
    let numbers = value?.array?.map { $0.integer ?? -1 } ?? []
    guard numbers.count == 4, numbers.allSatisfy({ $0 >= 0 }) else {
        throw Problem.pdfRangeMalformed(["reason": "it is not four whole numbers"])
    }
    let (start, first, next, last) = (numbers[0], numbers[1], numbers[2], numbers[3])
    guard start == 0 else { throw Problem.pdfRangeNotFromStart() }
    guard first <= size, next <= size, last <= size - next else {
        throw Problem.pdfRangeMalformed(["reason": "it goes beyond the end of the file"])
    }
    guard first <= next else { throw Problem.pdfRangeOverlapping() }
    guard next + last == size else { throw Problem.pdfChangedAfterSigning(["count": "\(size - next - last)"]) }
    guard first..<next == contents else { throw Problem.pdfGapNotContents() }
    return [0..<first, next..<size]
}

private func subFilterOf(_ dictionary: PDFDictionary) throws(Failure) -> SignedPDF.SubFilter {
    guard let name = dictionary["SubFilter"]?.name else { throw malformed("it has no SubFilter") }
    guard let known = SignedPDF.SubFilter(rawValue: name) else {
        throw Problem.pdfSubFilterUnknown(["subFilter": String(name.prefix(64))])
    }
    return known
}

/// One CMS of type signed-data in DER, then zeros.
private func signatureBytes(_ digits: ArraySlice<UInt8>) throws(Failure) -> [UInt8] {
    func wrong(_ reason: String) -> Failure { Problem.pdfContentsMalformed(["reason": reason]) }
    guard digits.count % 2 == 0 else { throw wrong("half a byte at its end") }
    guard digits.count <= 32 * TrustStore.signatureLimit else { throw wrong("it is too large") }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits.count / 2)
    var high: UInt8?
    for digit in digits {
        // A viewer may pass over blanks; what isn't signed leaves no room for anything.
        guard let value = hexDigit(digit) else { throw wrong("other characters than hexadecimal digits") }
        if let first = high {
            bytes.append(first << 4 | value)
            high = nil
        } else {
            high = value
        }
    }
    // SEQUENCE, a length in its shortest form of 1 to 3 bytes, OID signedData.
    guard bytes.count > 16, bytes[0] == 0x30 else { throw wrong("it begins with no DER sequence") }
    let lengthBytes = bytes[1] < 0x80 ? 0 : Int(bytes[1] & 0x7f)
    guard bytes[1] != 0x80, lengthBytes <= 3 else { throw wrong("a length that is not DER") }
    let length = lengthBytes == 0 ? Int(bytes[1]) : bytes[2..<2 + lengthBytes].reduce(0) { $0 << 8 | Int($1) }
    guard lengthBytes == 0 || (length >= 0x80 && (lengthBytes == 1 || bytes[2] != 0)) else {
        throw wrong("a length that is not DER")
    }
    let start = 2 + lengthBytes
    let signedData: [UInt8] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02]
    guard length <= bytes.count - start else { throw wrong("it is cut short") }
    guard bytes[start...].starts(with: signedData) else { throw wrong("it is no signed-data") }
    guard bytes[(start + length)...].allSatisfy({ $0 == 0 }) else {
        throw wrong("something other than zeros behind it")
    }
    guard start + length <= TrustStore.signatureLimit else { throw wrong("it is too large") }
    return Array(bytes[..<(start + length)])
}

private func declared(_ value: PDFValue?) -> String? {
    guard case .string(let text) = value, !text.isEmpty, text.count <= 64,
        text.allSatisfy({ (0x20...0x7e).contains($0) })
    else { return nil }
    return String(decoding: text, as: UTF8.self)
}
