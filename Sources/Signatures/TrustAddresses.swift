public import Catalogue
import Glibc

/// Where a trust folder's operator lets CRLs and OCSP answers be fetched: the text file `addresses` in the folder.
///
/// Lines are `crl URL` or `ocsp URL ISSUER-FILE`; the issuer's certificate is a file under `roots/` or `intermediates/`,
/// named from the folder. `#` begins a comment. Nothing is fetched here, and addresses in certificates are never used.
public struct TrustAddresses: Sendable, Hashable {
    /// An OCSP responder and the CA for which it answers.
    public struct Responder: Sendable, Hashable {
        public let url: String
        /// As the file names it.
        public let issuerFile: String
        /// SHA-256 of the CA's certificate: 32 bytes.
        public let issuerFingerprint: [UInt8]
    }

    /// The addresses of CRLs, in the file's order.
    public let crls: [String]
    /// The responders, in the file's order.
    public let responders: [Responder]

    /// The name of the file in a trust folder.
    public static let fileName = "addresses"
    /// The most bytes of the file.
    public static let fileLimit = 64 << 10
    /// The most addresses.
    public static let addressLimit = 200

    /// No addresses at all.
    public static let none = TrustAddresses(crls: [], responders: [])

    /// Whether there is none.
    public var isEmpty: Bool { crls.isEmpty && responders.isEmpty }

    /// The responders that answer for a CA, by the SHA-256 of its certificate (``RevocationNeed/issuerFingerprint``).
    public func responders(for issuerFingerprint: [UInt8]) -> [Responder] {
        responders.filter { $0.issuerFingerprint == issuerFingerprint }
    }

    private init(crls: [String], responders: [Responder]) {
        self.crls = crls
        self.responders = responders
    }

    /// Reads `addresses` in a trust folder; without such a file, or where `path` is one PEM file, there are none.
    /// - Throws: ``Problem/trustUnreadable`` with the file and line at fault.
    public init(folder path: String) throws(Failure) {
        let file = "\(path)/\(Self.fileName)"
        guard isFile(file) else {
            self = .none
            return
        }
        let bytes = try contents(of: file, limit: Self.fileLimit)
        guard let text = String(validating: bytes, as: UTF8.self) else { throw unusable(file, "it is not UTF-8 text") }
        try self.init(parsing: text, folder: path)
    }

    /// Reads the text of such a file; issuer files are looked up in `folder`.
    /// - Throws: ``Problem/trustUnreadable`` with the line at fault.
    public init(parsing text: String, folder: String) throws(Failure) {
        var crls: [String] = []
        var responders: [Responder] = []
        let file = "\(folder)/\(Self.fileName)"
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            func wrong(_ reason: String) -> Failure { unusable(file, "line \(number + 1): \(reason)") }
            let words = line.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" || $0 == "\r" }.map(String.init)
            guard let sort = words.first else { continue }
            guard crls.count + responders.count < Self.addressLimit else { throw wrong("too many addresses") }
            switch (sort, words.count) {
            case ("crl", 2):
                if let reason = fault(in: words[1]) { throw wrong(reason) }
                crls.append(words[1])
            case ("ocsp", 3):
                if let reason = fault(in: words[1]) { throw wrong(reason) }
                guard isPlainPath(words[2]) else { throw wrong("\(words[2]) is no file in roots/ or intermediates/") }
                let certificate = try contents(of: "\(folder)/\(words[2])", limit: TrustStore.fileLimit)
                guard let issuer = RevocationObject.read(certificate), issuer.kind == .certificate else {
                    throw wrong("\(words[2]) holds no certificate")
                }
                responders.append(
                    Responder(url: words[1], issuerFile: words[2], issuerFingerprint: issuer.sha256))
            default: throw wrong("it is neither \"crl URL\" nor \"ocsp URL ISSUER-FILE\"")
            }
        }
        self.init(crls: crls, responders: responders)
    }
}

/// One name under `roots/` or `intermediates/`: nothing outside the folder.
private func isPlainPath(_ path: String) -> Bool {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0] == "roots" || parts[0] == "intermediates" else { return false }
    return !parts[1].isEmpty && !parts[1].hasPrefix(".")
}

/// What is wrong with an address: only `http` and `https` with a host, of visible ASCII, without user or fragment.
private func fault(in url: String) -> String? {
    let rest: Substring
    if url.hasPrefix("http://") {
        rest = url.dropFirst(7)
    } else if url.hasPrefix("https://") {
        rest = url.dropFirst(8)
    } else {
        return "\(url) is no http or https address"
    }
    let forbidden = Set("\"<>\\^`{|}#".utf8)
    guard url.utf8.count <= 2000, url.utf8.allSatisfy({ (0x21...0x7e).contains($0) && !forbidden.contains($0) }) else {
        return "\(url) has characters that no address has"
    }
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    guard !authority.contains("@") else { return "\(url) names a user" }
    return isHost(authority) ? nil : "\(url) names no host"
}

/// `name`, `name:port` or `[IPv6]:port`.
private func isHost(_ authority: Substring) -> Bool {
    var name = authority
    var port: Substring?
    if authority.hasPrefix("[") {
        guard let close = authority.firstIndex(of: "]") else { return false }
        name = authority[authority.index(after: authority.startIndex)..<close]
        let after = authority[authority.index(after: close)...]
        guard after.isEmpty || after.hasPrefix(":") else { return false }
        port = after.isEmpty ? nil : after.dropFirst()
        guard !name.isEmpty, name.allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }) else { return false }
    } else {
        if let colon = authority.firstIndex(of: ":") {
            name = authority[..<colon]
            port = authority[authority.index(after: colon)...]
        }
        let isName = name.allSatisfy {
            $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "." || $0 == "_")
        }
        guard !name.isEmpty, isName else { return false }
    }
    guard let port else { return true }
    return port.allSatisfy { $0.isASCII && $0.isNumber } && (1...65535).contains(Int(port) ?? 0)
}
