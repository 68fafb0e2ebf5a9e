import COpenSSL
import Catalogue
import Foundation

/// What is kept of a password: scrypt (RFC 7914), with a salt of its own and its costs beside it.
///
/// Encoded: `version u8 = 1 ‖ log2 N u8 ‖ r u8 ‖ p u8 ‖ salt 16 bytes ‖ hash 32 bytes`.
public enum PasswordHash {
    /// The fewest characters of a password (NIST SP 800-63B-4, 3.1.1.2, for one that stands alone).
    public static let shortest = 15
    /// The most bytes of a password.
    public static let longest = 1024

    private static let version: UInt8 = 1
    /// N = 2^15, r = 8, p = 1: 32 MiB and about a tenth of a second.
    private static let (costLog2, blockSize, lanes): (UInt8, UInt8, UInt8) = (15, 8, 1)
    private static let memoryLimit: UInt64 = 64 << 20
    private static let (saltLength, hashLength) = (16, 32)

    /// What to keep of a password. About 0.1 s of a processor and 32 MiB: for a thread of its own.
    ///
    /// - Throws: `ledger-busy` when there is no memory for it.
    public static func encode(_ password: String) throws -> [UInt8] {
        let salt = randomBytes(saltLength)
        let hash = try derive(password, salt, costLog2, blockSize, lanes)
        return [version, costLog2, blockSize, lanes] + salt + hash
    }

    /// Whether it is the password that was encoded. Without anything encoded it takes as long, and is false.
    public static func matches(_ password: String, _ encoded: [UInt8]?) throws -> Bool {
        guard let encoded, encoded.count == 4 + saltLength + hashLength, encoded[0] == version else {
            _ = try derive(password, randomBytes(saltLength), costLog2, blockSize, lanes)
            return false
        }
        let salt = Array(encoded[4..<4 + saltLength])
        let hash = try derive(password, salt, encoded[1], encoded[2], encoded[3])
        return CRYPTO_memcmp(hash, Array(encoded.suffix(hashLength)), hashLength) == 0
    }

    private static func derive(
        _ password: String, _ salt: [UInt8], _ costLog2: UInt8, _ blockSize: UInt8, _ lanes: UInt8
    ) throws -> [UInt8] {
        // The same letters typed on another system may come as other code points.
        let bytes = Array(password.precomposedStringWithCanonicalMapping.utf8)
        var hash = [UInt8](repeating: 0, count: hashLength)
        let isDerived = bytes.withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { bytes in
                EVP_PBE_scrypt(
                    bytes.baseAddress, bytes.count, salt, salt.count, 1 << UInt64(costLog2), UInt64(blockSize),
                    UInt64(lanes), memoryLimit, &hash, hashLength) == 1
            }
        }
        // It refuses only for want of memory.
        guard isDerived else { throw Problem.ledgerBusy() }
        return hash
    }
}
