import Catalogue
import LedgerMerkle
import LedgerTransparency

/// A certificate as a file: PEM or DER.
enum CertificateFile {
    /// The SHA-256 of the certificate's DER, 64 hexadecimal digits.
    ///
    /// - Throws: `file-unreadable` when the file holds no single certificate.
    static func fingerprint(_ bytes: [UInt8], path: String) throws -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        let begin = "-----BEGIN CERTIFICATE-----"
        let end = "-----END CERTIFICATE-----"
        if let start = text.firstRange(of: begin)?.upperBound {
            guard let stop = text.firstRange(of: end)?.lowerBound, start < stop,
                let der = Base64.decode(text[start..<stop].filter { !$0.isWhitespace })
            else { throw Problem.fileUnreadable(["path": path, "reason": "the PEM is not whole"]) }
            return SHA256.hash(der).description
        }
        // DER: a SEQUENCE that fills the file.
        guard bytes.count > 100, bytes[0] == 0x30, bytes[1] == 0x82,
            Int(bytes[2]) << 8 | Int(bytes[3]) == bytes.count - 4
        else {
            throw Problem.fileUnreadable(["path": path, "reason": "it is not a certificate in PEM or DER"])
        }
        return SHA256.hash(bytes).description
    }
}
