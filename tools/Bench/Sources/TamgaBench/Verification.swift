import COpenSSL

/// One signature checked again and again by OpenSSL: the least that a service does for a signed act, with the key at hand.
struct Verification {
    enum Kind: String, CaseIterable, Sendable {
        case rsa = "RSA 2048 verifications, one core"
        case ec = "P-256 verifications, one core"
    }

    private static let content = [UInt8](repeating: 7, count: 600)

    /// Signatures over 600 bytes that one core checks a second, SHA-256 of them included.
    static func rate(_ kind: Kind, seconds duration: Double) throws -> Double {
        let key = try key(kind)
        defer { EVP_PKEY_free(key) }
        let signature = try signature(key)
        var failures = 0
        let rate = try measuredRate(for: duration) {
            guard let context = EVP_MD_CTX_new() else { throw BenchError("OpenSSL has no memory") }
            defer { EVP_MD_CTX_free(context) }
            let isValid =
                EVP_DigestVerifyInit(context, nil, EVP_sha256(), nil, key) == 1
                && EVP_DigestVerify(context, signature, signature.count, content, content.count) == 1
            if !isValid { failures += 1 }
        }
        guard failures == 0 else { throw BenchError("OpenSSL refuses its own signature") }
        return rate
    }

    private static func key(_ kind: Kind) throws -> OpaquePointer {
        // RSA keys have 2048 bits unless something else is asked for.
        guard let context = EVP_PKEY_CTX_new_from_name(nil, kind == .rsa ? "RSA" : "EC", nil) else {
            throw BenchError("OpenSSL has no such keys")
        }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1,
            kind == .rsa || EVP_PKEY_CTX_set_group_name(context, "P-256") == 1,
            EVP_PKEY_generate(context, &key) == 1, let key
        else { throw BenchError("OpenSSL makes no key") }
        return key
    }

    private static func signature(_ key: OpaquePointer) throws -> [UInt8] {
        guard let context = EVP_MD_CTX_new() else { throw BenchError("OpenSSL has no memory") }
        defer { EVP_MD_CTX_free(context) }
        var bytes = [UInt8](repeating: 0, count: 512)
        var count = bytes.count
        guard EVP_DigestSignInit(context, nil, EVP_sha256(), nil, key) == 1,
            EVP_DigestSign(context, &bytes, &count, content, content.count) == 1
        else { throw BenchError("OpenSSL does not sign") }
        return Array(bytes.prefix(count))
    }
}
