import CCMS
import Synchronization

/// Owns the C side of a trust store.
///
/// `@unchecked Sendable`: the pointer is written only by `TrustStore`'s initialisers, before anyone else can hold the
/// object; afterwards the C side guards what it keeps with a lock of its own.
final class TrustHandle: @unchecked Sendable {
    let trust: OpaquePointer
    /// Certificates and CRLs already handed out, by SHA-256: results share them, a national CRL has megabytes.
    private let known = Mutex<[[UInt8]: [UInt8]]>([:])
    private static let knownLimit = 256

    init(_ trust: OpaquePointer) {
        self.trust = trust
    }

    deinit {
        ccms_trust_free(trust)
    }

    /// The certificates of a chain.
    func chain(of evidence: OpaquePointer) -> [[UInt8]] {
        (0..<ccms_evidence_certificates(evidence)).map { position in
            shared(ccms_evidence_certificate(evidence, position), ccms_evidence_fingerprint(evidence, position)).bytes
        }
    }

    /// The revocation data of a chain.
    func revocation(of evidence: OpaquePointer) -> [RevocationDatum] {
        (0..<ccms_evidence_data(evidence)).map { number in
            let datum = ccms_evidence_datum(evidence, number)
            let (bytes, digest) = shared(datum.der, datum.sha256)
            return RevocationDatum(
                certificate: datum.certificate, kind: datum.kind == CCMS_DATUM_OCSP ? .ocsp : .crl, der: bytes,
                sha256: digest, thisUpdate: datum.this_update,
                nextUpdate: datum.has_next_update == 1 ? datum.next_update : nil)
        }
    }

    private func shared(_ bytes: ccms_bytes, _ sha256: UnsafePointer<UInt8>?) -> (bytes: [UInt8], digest: [UInt8]) {
        let digest = Array(UnsafeBufferPointer(start: sha256, count: 32))
        return known.withLock { known in
            if let found = known[digest] { return (found, digest) }
            let copy = Array(UnsafeBufferPointer(start: bytes.data, count: bytes.size))
            if known.count >= Self.knownLimit { known.removeAll() }
            known[digest] = copy
            return (copy, digest)
        }
    }
}
