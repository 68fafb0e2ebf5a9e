public import Catalogue
import Deeds
import Evidence
public import LedgerMerkle
public import Signatures

/// What a notary hands in as signature of an act.
public enum NotarySignature: Sendable {
    /// A detached CMS, DER or PEM.
    case cms([UInt8])
    /// A PDF that has the signature inside, and is the act's document.
    case pdf(SignedPDF, sha256: Digest)

    /// Reads a signed PDF. Its bytes are not kept.
    ///
    /// - Throws: a problem `pdf-…`.
    public init(pdf bytes: [UInt8]) throws(Failure) {
        self = .pdf(try SignedPDF(bytes), sha256: SHA256.hash(bytes))
    }

    var cms: [UInt8] {
        switch self {
        case .cms(let bytes): bytes
        case .pdf(let pdf, _): pdf.cms
        }
    }
}

extension DeedDesk {
    /// Checks a signature over the statement, or else over the document alone, and whose it is.
    func check(
        _ signature: NotarySignature, over statement: [UInt8], or document: Digest?, notary code: String,
        at now: UInt64,
        material: [[UInt8]]
    ) throws -> (VerifiedSignature, ActSignature) {
        guard let trust = trust.current else { throw Problem.trustMissing() }
        let seconds = Int64(now / 1000)
        let verified: VerifiedSignature
        let sign: ActSignature
        switch signature {
        case .cms(let cms):
            let scope: SignedScope
            (verified, scope) = try check(
                cms, trust, over: statement, or: document, at: seconds, material: material)
            sign = ActSignature(scope: scope, verified)
        case .pdf(let pdf, let sha256):
            guard sha256 == document else { throw Problem.pdfNotDocument() }
            do throws(SignatureFailure) {
                verified = try trust.verify(
                    cms: pdf.cms, content: .bytes(pdf.signedContent), at: seconds, material: material)
            } catch {
                throw error.failure
            }
            sign = ActSignature(
                scope: .pdf, verified, pdf: try CoveredPDF(pdf, algorithm: verified.digest))
        }
        guard let enrolled = register.notary(code: code),
            hexadecimal(verified.signerFingerprint) == enrolled.certificate
        else {
            throw Problem.signerNotNotary(["notary": code])
        }
        return (verified, sign)
    }

    private func check(
        _ cms: [UInt8], _ trust: TrustStore, over statement: [UInt8], or document: Digest?, at seconds: Int64,
        material: [[UInt8]]
    ) throws -> (VerifiedSignature, SignedScope) {
        do throws(SignatureFailure) {
            return (try trust.verify(cms: cms, content: .bytes(statement), at: seconds, material: material), .statement)
        } catch {
            guard error.code == .wrongContent, let document else { throw error.failure }
            do throws(SignatureFailure) {
                return (
                    try trust.verify(cms: cms, content: .digest(document.bytes), at: seconds, material: material),
                    .document
                )
            } catch let second {
                // Not over the document either: the statement is what should have been signed.
                throw second.code == .wrongContent ? error.failure : second.failure
            }
        }
    }
}

/// What is kept beside an act's record: the signature, and what checks it again years later.
enum SignatureAttachments {
    /// The most bytes of validation material in one record: the rest of the evidence needs room, too.
    static let materialLimit = 24 << 10

    static func of(_ verified: VerifiedSignature) -> [RecordAttachment] {
        [RecordAttachment(kind: .cmsSignature, bytes: verified.cms)]
            + carried(verified).map { RecordAttachment(kind: .validationMaterial, bytes: $0) }
    }

    /// What told of the certificates and does not fit: the record names it by its digest (``ValidationKeeper``). National CRLs run to megabytes.
    static func left(of verified: VerifiedSignature) -> [RevocationDatum] {
        let carried = Set(carried(verified))
        var known: Set<[UInt8]> = []
        return verified.revocation.filter { !carried.contains($0.der) && known.insert($0.sha256).inserted }
    }

    private static func carried(_ verified: VerifiedSignature) -> [[UInt8]] {
        var room = materialLimit
        return verified.material.filter { material in
            guard material.count <= room else { return false }
            room -= material.count
            return true
        }
    }
}
