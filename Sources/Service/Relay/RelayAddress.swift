import Catalogue
import Filing
import Foundation
import Receipts
import Registry

extension Office {
    /// Remembers where a merchant's own PosAPI is.
    ///
    /// - Parameter address: `http://HOST:PORT`, without a path.
    /// - Throws: `relay-address-invalid`.
    func setRelayAddress(_ address: String, of tin: String) throws {
        let trimmed = address.hasSuffix("/") ? String(address.dropLast()) : address
        guard let parts = URLComponents(string: trimmed), ["http", "https"].contains(parts.scheme ?? ""),
            let host = parts.host, !host.isEmpty, parts.path.isEmpty, parts.query == nil, parts.fragment == nil,
            parts.user == nil
        else { throw Problem.relayAddressInvalid(["address": address]) }
        try relays.setAddress(trimmed, ofMerchant: merchantHash(tin))
    }
}
