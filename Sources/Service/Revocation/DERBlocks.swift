import LedgerTransparency

/// The certificates and CRLs in a file, each as DER.
enum DERBlocks {
    /// One DER object, or the blocks of a PEM text with what its label says.
    struct Block {
        let der: [UInt8]
        /// `nil` for DER, which has no label.
        let label: String?
    }

    private static let begin = Array("-----BEGIN ".utf8)
    private static let end = Array("-----END ".utf8)

    /// The blocks of a file, in order; what is neither DER nor whole PEM gives none.
    static func blocks(in bytes: [UInt8]) -> [Block] {
        if bytes.first == 0x30 { return [Block(der: bytes, label: nil)] }
        var blocks: [Block] = []
        var label: String?
        var text: [UInt8] = []
        for line in bytes.split(whereSeparator: { $0 == 0x0a || $0 == 0x0d }) {
            if line.starts(with: begin) {
                label = String(decoding: line.dropFirst(begin.count).prefix { $0 != UInt8(ascii: "-") }, as: UTF8.self)
                text = []
            } else if line.starts(with: end) {
                if let label, let der = Base64.decode(String(decoding: text, as: UTF8.self)) {
                    blocks.append(Block(der: der, label: label))
                }
                label = nil
            } else if label != nil {
                text += line.filter { $0 != 0x20 && $0 != 0x09 }
            }
        }
        return blocks
    }
}

/// What tells one series of CRLs from another: who issues it, with which key, and for which part of the certificates.
///
/// A CA with a new key under the old name, or that spreads its list over several (RFC 5280 section 5.2.5), has several series.
struct CRLSeries: Hashable {
    /// DER of the issuer's name.
    let issuer: [UInt8]
    /// The value of authorityKeyIdentifier, or nothing.
    private let key: [UInt8]
    /// The value of issuingDistributionPoint, or nothing.
    private let scope: [UInt8]

    private static let keyIdentifier: [UInt8] = [0x55, 0x1d, 0x23]
    private static let distributionPoint: [UInt8] = [0x55, 0x1d, 0x1c]

    /// Reads a CRL (RFC 5280 section 5.1); `nil` when its form is another.
    init?(der: [UInt8]) {
        guard var inner = DERReader(der).inside(0x30)?.inside(0x30) else { return nil }
        if inner.peek == 0x02 { _ = inner.next() }
        guard inner.next(0x30) != nil, let name = inner.next(0x30) else { return nil }
        issuer = Array(der[name.whole])
        var values: [[UInt8]: [UInt8]] = [:]
        while let element = inner.next() {
            guard element.tag == 0xa0, var extensions = inner.inside(element).inside(0x30) else { continue }
            while let one = extensions.next(0x30) {
                var parts = extensions.inside(one)
                guard let name = parts.next(0x06) else { return nil }
                if parts.peek == 0x01 { _ = parts.next() }
                guard let value = parts.next(0x04) else { return nil }
                values[Array(der[name.content])] = Array(der[value.content])
            }
        }
        key = values[Self.keyIdentifier] ?? []
        scope = values[Self.distributionPoint] ?? []
    }
}

/// Goes through DER elements one beside the other.
private struct DERReader {
    struct Element {
        let tag: UInt8
        let content: Range<Int>
        let whole: Range<Int>
    }

    private let bytes: [UInt8]
    private var position: Int
    private let end: Int

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        position = 0
        end = bytes.count
    }

    private init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    func inside(_ element: Element) -> DERReader { DERReader(bytes, element.content) }

    /// What is inside the next element, if it has this tag.
    func inside(_ tag: UInt8) -> DERReader? {
        var copy = self
        return copy.next(tag).map { inside($0) }
    }

    /// The tag that comes next.
    var peek: UInt8? { position < end ? bytes[position] : nil }

    /// The next element; `nil` at the end, or when it is not whole.
    mutating func next() -> Element? {
        guard end - position >= 2 else { return nil }
        let start = position
        var place = start + 2
        var count = Int(bytes[start + 1])
        if count >= 0x80 {
            let digits = count & 0x7f
            guard (1...4).contains(digits), end - place >= digits else { return nil }
            count = bytes[place..<place + digits].reduce(0) { $0 << 8 | Int($1) }
            place += digits
        }
        guard end - place >= count else { return nil }
        position = place + count
        return Element(tag: bytes[start], content: place..<position, whole: start..<position)
    }

    /// The next element, if it has this tag.
    mutating func next(_ tag: UInt8) -> Element? { peek == tag ? next() : nil }
}
