import LedgerMerkle
import LedgerTransparency
import Testing

/// Where RFC 8032 leaves room, this project's rule is: OpenSSL's verdict, and a key of small order is refused when a
/// verifier key is parsed. In terms of the flags that each case carries, a case is accepted if and only if
///
/// - the key is not of small order (`low_order_A`), however it is written;
/// - R is written canonically (`non_canonical_R`), since R is compared by its bytes;
/// - the equation holds without the cofactor (`low_order_residue`);
/// - the hash covers R and the key as they are written (`reencoded_k`).
///
/// Low-order components alone are no reason to refuse. The set of cases has no key that is written in a non-canonical
/// way without being of small order.
@Suite struct Ed25519Vectors {
    static let refusedFlags: Set = ["low_order_A", "non_canonical_R", "low_order_residue", "reencoded_k"]

    private struct Case {
        let number: UInt64
        let key: [UInt8]
        let signature: [UInt8]
        let message: [UInt8]
        let flags: Set<String>
    }

    private func cases() throws -> [Case] {
        let list = try #require(
            try Vectors.json("ed25519-edge", "ed25519vectors.json") as? [[String: Any]])
        return try list.map(Fields.init).map { given in
            Case(
                number: try given.integer("number"),
                key: try #require(parseHexadecimal(try given.string("key"))),
                signature: try #require(parseHexadecimal(try given.string("sig"))),
                message: utf8(try given.string("msg")),
                flags: Set(given.optional("flags", as: [String].self) ?? []))
        }
    }

    @Test(.vectors("ed25519-edge")) func everyCaseFollowsTheRule() throws {
        let cases = try cases()
        var verdicts: Set<Bool> = []
        for given in cases {
            let key = try? VerifierKey(name: "edge", algorithm: .ed25519, publicKey: given.key)
            let accepted = key?.verify(signature: given.signature, message: given.message) ?? false
            #expect(accepted == given.flags.isDisjoint(with: Self.refusedFlags), "case \(given.number)")
            verdicts.insert(accepted)
        }
        #expect(verdicts == [true, false], "the cases show both verdicts")
    }

    @Test(.vectors("ed25519-edge")) func keysOfSmallOrderAreRefusedWhenRead() throws {
        for given in try cases() {
            let text = keyText(given.key)
            let isWeak = given.flags.contains("low_order_A")
            #expect(succeeds { _ = try VerifierKey(parsing: text) } == !isWeak, "case \(given.number)")
            guard isWeak else { continue }
            let error = #expect(throws: TransparencyError.self) { try VerifierKey(parsing: text) }
            #expect(error?.code == .weakKey, "case \(given.number)")
        }
    }

    /// The text of any 32 bytes, built without the type under test.
    private func keyText(_ key: [UInt8]) -> String {
        let id = SHA256.hash(utf8("edge\n") + [1] + key).bytes.prefix(4)
        return "edge+\(hexadecimal(id))+\(Base64.encode([1] + key))"
    }
}
