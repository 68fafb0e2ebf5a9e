public import Catalogue
import Glibc

/// Where a key of the service itself is: a PKCS #11 URI (RFC 7512) that also names the module and the file with the PIN, so that the
/// service can open it without being asked.
///
/// `pkcs11:token=LOG;object=checkpoints?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/etc/tamga/pin`
public struct ServerKeyAddress: Sendable, Hashable, CustomStringConvertible {
    /// The environment's variable that names the file with the PIN where the address does not.
    public static let pinVariable = "TAMGA_PIN_FILE"
    /// The most bytes of a file with a PIN.
    private static let pinLimit = 256

    /// As it was given; never a PIN.
    public let uri: String
    /// Which key of which token.
    public let key: TokenAddress
    /// The absolute path of the PKCS #11 module.
    public let module: String
    /// The absolute path of the file with the PIN; `nil` where the address names none.
    public let pinFile: String?

    /// - Throws: ``Problem/tokenURIMalformed``, ``Problem/logKeyAddressUnusable``. The message never repeats a value.
    public init(uri: String) throws(Failure) {
        func wrong(_ reason: String) -> Failure { Problem.logKeyAddressUnusable(["reason": reason]) }
        let parts = uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        key = try TokenAddress(uri: String(parts[0]))
        var values: [Substring: String] = [:]
        for part in parts.dropFirst().joined().split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            switch pair[0] {
            case "pin-value": throw wrong("it has a PIN in it (pin-value), where everybody can read it")
            case "module-path", "pin-source": break
            default: throw wrong("only module-path and pin-source may stand behind the question mark")
            }
            guard pair.count == 2, let bytes = percentDecoded(pair[1]), !bytes.contains(0),
                let text = String(validating: bytes, as: UTF8.self)
            else { throw wrong("a value is not percent-encoded UTF-8") }
            guard values.updateValue(text, forKey: pair[0]) == nil else { throw wrong("an attribute occurs twice") }
        }
        guard let module = values["module-path"] else { throw wrong("it names no module (module-path)") }
        guard module.hasPrefix("/") else { throw wrong("module-path is no absolute path") }
        self.module = module
        pinFile = try values["pin-source"].map { source throws(Failure) in
            guard let path = Self.path(of: source) else {
                throw wrong("pin-source is no file: with an absolute path; programs and other schemes are not used")
            }
            return path
        }
        self.uri = uri
    }

    /// `/path`, `file:/path` or `file:///path`.
    private static func path(of source: String) -> String? {
        var path = source[...]
        if path.hasPrefix("file:") {
            path = path.dropFirst("file:".count)
            if path.hasPrefix("///") { path = path.dropFirst(2) }
        }
        return path.hasPrefix("/") && !path.hasPrefix("//") ? String(path) : nil
    }

    /// The token and the key, for messages.
    public var description: String { key.description }

    /// Opens the key, and shows that its two halves belong together.
    ///
    /// - Throws: a problem `key-token-…`; ``Problem/tokenKeyUnsuitable`` for a key that is not Ed25519.
    public func open() throws(Failure) -> TokenKey {
        let opened = try TokenKey(module: module, address: key, pin: try pin())
        guard opened.kind == .ed25519 else {
            throw Problem.tokenKeyUnsuitable(["key": key.keyText, "reason": "it is no Ed25519 key"])
        }
        return opened
    }

    /// Makes the key in the token, never to leave it.
    public func generate() throws(Failure) -> TokenKey {
        try TokenKey.generateEd25519(module: module, address: key, pin: try pin())
    }

    /// Puts a key from elsewhere into the token, from which it cannot be read again.
    ///
    /// - Parameters:
    ///   - seed: 32 bytes (RFC 8032), wiped on return.
    ///   - publicKey: the 32 bytes that belong to it.
    public func take(emptying seed: inout [UInt8], publicKey: [UInt8]) throws(Failure) -> TokenKey {
        let secret = SignerSecret(emptying: &seed)
        return try TokenKey.importEd25519(
            secret, publicKey: publicKey, module: module, address: key, pin: try pin())
    }

    private func pin() throws(Failure) -> SignerSecret? {
        guard let file = pinFile ?? getenv(Self.pinVariable).map({ String(cString: $0) }), !file.isEmpty else {
            return nil
        }
        let (bytes, isOpen) = try SignerSecret.reading(file, limit: Self.pinLimit)
        guard !isOpen else { throw Problem.tokenPINFileOpen(["file": file]) }
        return bytes.withoutLineEnd()
    }
}
