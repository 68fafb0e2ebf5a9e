public import Catalogue

/// Where a key is in a PKCS #11 token: what a PKCS #11 URI (RFC 7512) says, without a PIN.
public struct TokenAddress: Sendable, Hashable, CustomStringConvertible {
    /// The token's label.
    public var token: String?
    /// The token's serial number, for two tokens of one label.
    public var serial: String?
    /// The key's label.
    public var object: String?
    /// The key's CKA_ID, at most 256 bytes.
    public var id: [UInt8]

    public init(token: String?, serial: String? = nil, object: String? = nil, id: [UInt8] = []) {
        self.token = token
        self.serial = serial
        self.object = object
        self.id = id
    }

    /// Reads `pkcs11:token=…;serial=…;object=…;id=…`. The attributes `type`, `manufacturer` and `model` are passed over.
    ///
    /// - Throws: ``Problem/tokenURIMalformed``: also for a query part, since a PIN (`pin-value`) belongs in no URI and the
    ///   module is given apart. The message never repeats a value.
    public init(uri: String) throws(Failure) {
        func wrong(_ reason: String) -> Failure { Problem.tokenURIMalformed(["reason": reason]) }
        guard uri.utf8.count <= 4096 else { throw wrong("more than 4096 bytes") }
        guard uri.hasPrefix("pkcs11:") else { throw wrong("it does not begin with pkcs11:") }
        guard !uri.contains("?"), !uri.contains("pin-") else { throw wrong("it has a query part, where PINs are") }
        self.init(token: nil)
        var seen: Set<Substring> = []
        for part in uri.dropFirst("pkcs11:".count).split(separator: ";") {
            guard let equals = part.firstIndex(of: "=") else { throw wrong("an attribute without =") }
            let name = part[..<equals]
            guard seen.insert(name).inserted else { throw wrong("an attribute occurs twice") }
            guard let value = percentDecoded(part[part.index(after: equals)...]) else {
                throw wrong("bad percent-encoding")
            }
            if name == "id" {
                guard value.count <= 256 else { throw wrong("an id of more than 256 bytes") }
                id = value
                continue
            }
            guard !value.contains(0), let text = String(validating: value, as: UTF8.self) else {
                throw wrong("a value is not UTF-8")
            }
            switch name {
            case "token": token = text
            case "serial": serial = text
            case "object": object = text
            case "type", "manufacturer", "model": break
            default: throw wrong("an attribute that is not known here")
            }
        }
        guard token != nil || serial != nil else { throw wrong("it names no token") }
        guard object != nil || !id.isEmpty else { throw wrong("it names no key: object=… or id=…") }
    }

    /// The token, for messages.
    public var tokenText: String { [token, serial].compactMap(\.self).joined(separator: " ") }

    /// The key, for messages: its label, or its id in hexadecimal.
    public var keyText: String {
        if let object { return object }
        return "id " + id.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    public var description: String { "\(keyText) in \(tokenText)" }
}

/// The bytes of percent-encoded text; `nil` when it is not.
func percentDecoded(_ text: Substring) -> [UInt8]? {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "%") else {
            bytes.append(byte)
            continue
        }
        guard let high = rest.popFirst().flatMap(hexDigit), let low = rest.popFirst().flatMap(hexDigit) else {
            return nil
        }
        bytes.append(high << 4 | low)
    }
    return bytes
}

/// The value of a hexadecimal digit in ASCII.
func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
}
