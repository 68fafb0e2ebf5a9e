public import Catalogue
import Foundation

/// The mail server that notices go through.
public struct MailServer: Sendable {
    /// With what the server is greeted in its path, as libcurl takes it.
    let url: String
    let from: MailAddress
    let login: Login?
    /// Certificates that are trusted, PEM; `nil` for the system's.
    let caFile: String?
    /// Whether nothing is sent but under TLS.
    let requiresTLS: Bool
    /// How long a connection may take, ms.
    var connectLimitMs = 10_000
    /// How long a mail may take in all, ms.
    var totalLimitMs = 60_000

    struct Login: Sendable {
        let user: String
        let password: String
    }

    /// The most bytes of a file with a password.
    private static let passwordLimit = 1024

    /// - Parameters:
    ///   - address: `smtp://HOST[:PORT]`, with STARTTLS, or `smtps://HOST[:PORT]`. A server on this machine is spoken to without TLS, unless it
    ///     is `smtps` or certificates are given.
    ///   - from: the address that mails come from.
    ///   - user: who logs in; with a password file, and never without TLS over a network.
    ///   - passwordFile: a file of one line that other users cannot read.
    ///   - caFile: certificates that are trusted, PEM; the system's unless given.
    ///   - allowsPlain: no TLS over a network.
    /// - Throws: `mail-server-invalid`, `mail-password-unusable`.
    public init(
        _ address: String, from: String, user: String? = nil, passwordFile: String? = nil, caFile: String? = nil,
        allowsPlain: Bool = false
    ) throws(Failure) {
        guard let (isTLS, host) = MailServer.parse(address) else {
            throw invalid("\"\(address)\" is not smtp://HOST:PORT or smtps://HOST:PORT")
        }
        guard let from = MailAddress(from) else { throw invalid("\"\(from)\" is no address") }
        guard (user == nil) == (passwordFile == nil) else {
            throw invalid("--mail-user and --mail-password-file go together")
        }
        let isHere = MailServer.isLoopback(host)
        guard !allowsPlain || !isTLS else { throw invalid("smtps:// is never plain") }
        guard !allowsPlain || isHere || user == nil else {
            throw invalid("a password never goes over a network without TLS")
        }
        if let caFile, !FileManager.default.isReadableFile(atPath: caFile) {
            throw invalid("\(caFile) cannot be read")
        }
        if let user {
            guard !user.isEmpty, user.utf8.count <= 256,
                user.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7f })
            else { throw invalid("the user's name is empty or no text") }
        }
        requiresTLS = isTLS || !(allowsPlain || isHere && caFile == nil)
        url = "\(address)/\(from.domain)"
        self.from = from
        self.caFile = caFile
        var login: Login?
        if let user, let passwordFile {
            login = Login(user: user, password: try MailServer.password(inFile: passwordFile))
        }
        self.login = login
    }

    /// Whether TLS comes first, and the host.
    private static func parse(_ address: String) -> (isTLS: Bool, host: String)? {
        let isTLS = address.hasPrefix("smtps://")
        guard isTLS || address.hasPrefix("smtp://"), address.utf8.count <= 300 else { return nil }
        var rest = address.dropFirst(isTLS ? 8 : 7)
        var host: Substring
        if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
            host = rest[rest.index(after: rest.startIndex)..<end]
            rest = rest[rest.index(after: end)...]
            guard host.contains(":"), host.utf8.allSatisfy({ isHexadecimal($0) || $0 == 0x3a || $0 == 0x2e }) else {
                return nil
            }
        } else {
            host = rest.prefix { $0 != ":" }
            rest = rest.dropFirst(host.count)
            let labels = host.utf8.split(separator: 0x2e, omittingEmptySubsequences: false)
            let isName = labels.allSatisfy { label in
                (1...63).contains(label.count) && label.first != 0x2d
                    && label.allSatisfy { isHexadecimal($0) || (0x67...0x7a).contains($0 | 0x20) || $0 == 0x2d }
            }
            guard isName else { return nil }
        }
        if rest.isEmpty { return (isTLS, String(host)) }
        guard rest.hasPrefix(":"), rest.dropFirst().utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = UInt16(rest.dropFirst()), port > 0
        else { return nil }
        return (isTLS, String(host))
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20)
    }

    private static func isLoopback(_ host: String) -> Bool {
        if host.lowercased() == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    private static func password(inFile path: String) throws(Failure) -> String {
        func unusable(_ reason: String) -> Failure { Problem.mailPasswordUnusable(["path": path, "reason": reason]) }
        let mode = (try? FileManager.default.attributesOfItem(atPath: path))?[.posixPermissions] as? Int
        guard let mode, let handle = FileHandle(forReadingAtPath: path),
            let data = try? handle.read(upToCount: passwordLimit + 1)
        else { throw unusable("it cannot be read, or is empty") }
        guard mode & 0o007 == 0 else { throw unusable("other users can use it") }
        guard data.count <= passwordLimit, var text = String(data: data, encoding: .utf8) else {
            throw unusable("it is no line of text")
        }
        if text.hasSuffix("\n") { text.removeLast() }
        guard !text.isEmpty, text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7f }) else {
            throw unusable("it is no line of text")
        }
        return text
    }
}

private func invalid(_ reason: String) -> Failure { Problem.mailServerInvalid(["reason": reason]) }
