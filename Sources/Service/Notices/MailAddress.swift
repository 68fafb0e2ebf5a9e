/// An e-mail address that can be written to from anywhere: the part of RFC 5321 that is in use, and nothing that could be read as anything
/// else in a command or a header.
public struct MailAddress: Hashable, Sendable, CustomStringConvertible {
    /// The most bytes of an address (RFC 5321, 4.5.3.1.3, without the angle brackets).
    public static let limit = 254

    /// With its domain in small letters; the part before the @ as it was written.
    public let text: String
    /// After the @, in small letters.
    public let domain: String

    /// Reads `NAME@DOMAIN` in ASCII: a name of dot-separated atoms, 1 to 64 bytes, and a domain of at least two labels.
    ///
    /// - Returns: `nil` for anything else: quoted names, numeric hosts, names in other letters, spaces around.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count <= MailAddress.limit, let at = bytes.lastIndex(of: UInt8(ascii: "@")) else { return nil }
        let (name, domain) = (bytes[..<at], bytes[(at + 1)...])
        guard (1...64).contains(name.count), MailAddress.isName(name), MailAddress.isDomain(domain) else { return nil }
        self.domain = String(decoding: domain, as: UTF8.self).lowercased()
        self.text = String(decoding: name, as: UTF8.self) + "@" + self.domain
    }

    public var description: String { text }

    private static func isName(_ name: ArraySlice<UInt8>) -> Bool {
        parts(of: name).allSatisfy { !$0.isEmpty && $0.allSatisfy { isLetterOrDigit($0) || marks.contains($0) } }
    }

    static func isDomain(_ domain: ArraySlice<UInt8>) -> Bool {
        let labels = parts(of: domain)
        guard labels.count >= 2, labels.last?.contains(where: { !(0x30...0x39).contains($0) }) == true else {
            return false
        }
        return labels.allSatisfy { label in
            (1...63).contains(label.count) && label.first != hyphen && label.last != hyphen
                && label.allSatisfy { isLetterOrDigit($0) || $0 == hyphen }
        }
    }

    private static func parts(of text: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
    }

    private static let hyphen = UInt8(ascii: "-")
    /// What an atom may have beside letters and digits (RFC 5322, 3.2.3).
    private static let marks = Set("!#$%&'*+-/=?^_`{|}~".utf8)
}
