import CCMS
public import Catalogue

/// The certificates and revocation lists against which signatures are checked.
///
/// Filled once from bytes or files, then only read: one store serves any number of threads. Nothing is ever fetched from
/// an address that a certificate names.
public struct TrustStore: Sendable {
    /// What bytes given to a store are to be.
    enum Kind {
        /// A self-signed CA is a root, any other CA an intermediate; CRLs are told by their form.
        case any
        case root, intermediate, crl
    }

    let handle: TrustHandle

    /// How many roots there are.
    public var rootCount: Int { ccms_trust_roots(handle.trust) }
    /// How many intermediate CA certificates there are.
    public var intermediateCount: Int { ccms_trust_intermediates(handle.trust) }
    /// How many revocation lists there are.
    public var crlCount: Int { ccms_trust_crls(handle.trust) }

    /// Takes certificates (a self-signed CA is a root, any other CA an intermediate) and CRLs, each PEM or DER.
    /// - Throws: ``Problem/trustUnreadable``, naming the position of what it cannot use.
    public init(certificates: [[UInt8]], crls: [[UInt8]] = []) throws(Failure) {
        try self.init()
        for (position, bytes) in certificates.enumerated() {
            try add(bytes, as: .any, from: "certificate \(position + 1)")
        }
        for (position, bytes) in crls.enumerated() {
            try add(bytes, as: .crl, from: "crl \(position + 1)")
        }
    }

    /// An empty store, for `add` while it has one owner.
    init() throws(Failure) {
        guard let trust = ccms_trust_new() else {
            throw Problem.signatureCheckFailed()
        }
        handle = TrustHandle(trust)
    }

    /// Adds the certificates and CRLs of one file. Only while the store is being built.
    func add(_ bytes: [UInt8], as kind: Kind, from file: String) throws(Failure) {
        var name = [CChar](repeating: 0, count: 512)
        let wanted: ccms_kind =
            switch kind {
            case .any: CCMS_ANY
            case .root: CCMS_ROOT
            case .intermediate: CCMS_INTERMEDIATE
            case .crl: CCMS_CRL
            }
        let outcome = ccms_trust_add(handle.trust, bytes, bytes.count, wanted, &name, name.count)
        guard outcome != CCMS_OK else { return }
        let subject = text(of: name)
        let reason =
            switch outcome {
            case CCMS_PRIVATE_KEY: "it holds a private key, which belongs nowhere near here"
            case CCMS_NOT_A_ROOT: "\(subject) is not self-signed, so it is no root"
            case CCMS_NOT_A_CA: "\(subject) is no CA certificate"
            case CCMS_NOT_A_CRL: "\(subject) is a certificate, not a CRL"
            case CCMS_OUT_OF_MEMORY: "there is not enough memory"
            default: "it is no whole PEM or DER certificate or CRL"
            }
        throw Problem.trustUnreadable(["file": file, "reason": reason])
    }
}

/// The text of a C buffer up to its zero byte.
func text(of buffer: [CChar]) -> String {
    String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
