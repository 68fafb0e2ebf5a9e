public import LedgerMerkle
import Signatures

/// The CRLs and OCSP responses that a record names: what told, at registration, that no certificate was revoked.
public enum NamedRevocation {
    /// The digests in a record's field `revocation`, each once; nothing where it has none.
    public static func digests(in field: String?) -> [Digest] {
        var known: Set<Digest> = []
        return (field ?? "").split(separator: "\n").compactMap { line in
            line.split(separator: " ").last.flatMap { Digest(hexadecimal: $0) }
        }.filter { known.insert($0).inserted }
    }

    /// How what was used in a check relates to what the record names.
    enum Standing {
        /// All that the record names told of the certificates again.
        case used
        /// Other data of that day told of all certificates.
        case others
        /// Some certificate is not told of; `missing` are named and not at hand.
        case open(missing: [Digest])

        var missing: [Digest] { if case .open(let missing) = self { missing } else { [] } }
    }

    /// - Parameters:
    ///   - field: the record's `revocation` as shown.
    ///   - material: what the reader has at hand.
    static func standing(_ field: String?, _ verified: VerifiedSignature, material: [[UInt8]]) -> Standing {
        let named = digests(in: field)
        let used = Set(verified.revocation.map(\.sha256))
        if verified.revocationChecked {
            return !named.isEmpty && named.allSatisfy({ used.contains($0.bytes) }) ? .used : .others
        }
        let atHand = used.union(material.map { SHA256.hash($0).bytes })
        return .open(missing: named.filter { !atHand.contains($0.bytes) })
    }
}

/// What a reader has beside the evidence to check revocation with: files by their digest.
public struct ValidationFiles: Sendable {
    private let content: @Sendable (Digest) -> [UInt8]?

    /// Nothing.
    public init() { content = { _ in nil } }

    /// - Parameter content: the bytes of a digest, which are compared with it; `nil` where they are not at hand.
    public init(_ content: @escaping @Sendable (Digest) -> [UInt8]?) { self.content = content }

    /// Those that a record names.
    func material(for field: String?) -> [[UInt8]] {
        NamedRevocation.digests(in: field).compactMap { digest in
            content(digest).flatMap { SHA256.hash($0) == digest ? $0 : nil }
        }
    }
}
