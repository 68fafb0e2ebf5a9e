import COpenSSL
import LedgerStorage

/// AES-256-GCM by the chunk, after STREAM (Hoang, Reyhanitabar, Rogaway and Vizár: Online Authenticated-Encryption and its Nonce-Reuse
/// Misuse-Resistance, 2015): the nonce is the chunk's number and whether it is the last. A chunk that is moved, left out, doubled or
/// taken from another file does not open, nor does a file that ends early or goes on.
///
/// The key encrypts one file, so no nonce is used twice under it.
struct DocumentCipher: Sendable {
    /// A chunk is not what was written.
    struct Refused: Error {}

    // Fetched once, never changed after: OpenSSL lets threads share it.
    nonisolated(unsafe) private static let cipher = EVP_CIPHER_fetch(nil, "AES-256-GCM", nil)

    private let key: [UInt8]

    init(key: [UInt8]) {
        precondition(key.count == 32, "AES-256")
        self.key = key
    }

    private static func nonce(_ number: Int, isLast: Bool) -> [UInt8] {
        [UInt8](repeating: 0, count: 7) + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) } + [
            isLast ? 1 : 0
        ]
    }

    /// Ciphertext and tag of a chunk, at most 65,536 bytes.
    func seal(_ chunk: ArraySlice<UInt8>, number: Int, isLast: Bool) throws -> [UInt8] {
        let context = try Context()
        let nonce = DocumentCipher.nonce(number, isLast: isLast)
        var output = [UInt8](repeating: 0, count: chunk.count + DocumentFormat.tagByteCount)
        let isSealed = output.withUnsafeMutableBufferPointer { output in
            chunk.withUnsafeBufferPointer { chunk -> Bool in
                guard let base = output.baseAddress else { return false }
                var count: Int32 = 0
                guard EVP_EncryptInit_ex2(context.pointer, DocumentCipher.cipher, key, nonce, nil) == 1 else {
                    return false
                }
                if let input = chunk.baseAddress, !chunk.isEmpty {
                    guard EVP_EncryptUpdate(context.pointer, base, &count, input, Int32(chunk.count)) == 1,
                        Int(count) == chunk.count
                    else { return false }
                }
                return EVP_EncryptFinal_ex(context.pointer, base + chunk.count, &count) == 1
                    && EVP_CIPHER_CTX_ctrl(
                        context.pointer, EVP_CTRL_AEAD_GET_TAG, Int32(DocumentFormat.tagByteCount), base + chunk.count)
                        == 1
            }
        }
        guard isSealed else { throw Refused() }
        return output
    }

    /// The chunk that `seal` encrypted.
    ///
    /// - Throws: `Refused` when it is another one, or not whole.
    func open(_ sealed: [UInt8], number: Int, isLast: Bool) throws -> [UInt8] {
        let count = sealed.count - DocumentFormat.tagByteCount
        guard count >= 0 else { throw Refused() }
        let context = try Context()
        let nonce = DocumentCipher.nonce(number, isLast: isLast)
        var tag = Array(sealed.suffix(DocumentFormat.tagByteCount))
        var output = [UInt8](repeating: 0, count: count + 16)
        let isOpened = sealed.withUnsafeBufferPointer { sealed -> Bool in
            guard let base = sealed.baseAddress else { return false }
            var written: Int32 = 0
            var last: Int32 = 0
            guard EVP_DecryptInit_ex2(context.pointer, DocumentCipher.cipher, key, nonce, nil) == 1 else {
                return false
            }
            if count > 0 {
                guard EVP_DecryptUpdate(context.pointer, &output, &written, base, Int32(count)) == 1, written == count
                else { return false }
            }
            return EVP_CIPHER_CTX_ctrl(
                context.pointer, EVP_CTRL_AEAD_SET_TAG, Int32(DocumentFormat.tagByteCount), &tag) == 1
                && EVP_DecryptFinal_ex(context.pointer, &tag, &last) == 1
        }
        guard isOpened else { throw Refused() }
        output.removeLast(16)
        return output
    }

    private struct Context: ~Copyable {
        let pointer: OpaquePointer

        init() throws {
            guard let pointer = EVP_CIPHER_CTX_new() else { throw Refused() }
            self.pointer = pointer
        }

        deinit {
            EVP_CIPHER_CTX_free(pointer)
        }
    }
}
