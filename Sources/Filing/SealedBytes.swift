import COpenSSL
import LedgerStorage

/// AES-256-GCM under a key that is used once: `version u8 = 1 ‖ ciphertext ‖ tag 16 bytes` (FORMATS.md, "Sealed record").
enum SealedBytes {
    static let version: UInt8 = 1
    static let tagByteCount = 16

    // Fetched once, never changed after: OpenSSL lets threads share it.
    nonisolated(unsafe) private static let cipher = EVP_CIPHER_fetch(nil, "AES-256-GCM", nil)

    static func seal(_ bytes: [UInt8], key: [UInt8]) throws -> [UInt8] {
        let context = try Context()
        let nonce = [UInt8](repeating: 0, count: 12)
        var output = [UInt8](repeating: 0, count: 1 + bytes.count + tagByteCount)
        output[0] = version
        let sealed = output.withUnsafeMutableBufferPointer { output -> Bool in
            guard let base = output.baseAddress else { return false }
            var count: Int32 = 0
            return EVP_EncryptInit_ex2(context.pointer, cipher, key, nonce, nil) == 1
                && EVP_EncryptUpdate(context.pointer, base + 1, &count, bytes, Int32(bytes.count)) == 1
                && Int(count) == bytes.count
                && EVP_EncryptFinal_ex(context.pointer, base + 1 + Int(count), &count) == 1
                && EVP_CIPHER_CTX_ctrl(
                    context.pointer, EVP_CTRL_AEAD_GET_TAG, Int32(tagByteCount), base + 1 + bytes.count) == 1
        }
        guard sealed else { throw damaged("could not be encrypted") }
        return output
    }

    static func open(_ payload: [UInt8], key: [UInt8]) throws -> [UInt8] {
        guard payload.count >= 1 + tagByteCount else { throw damaged("is too short") }
        guard payload[0] == version else { throw damaged("has the unknown version \(payload[0])") }
        let context = try Context()
        let nonce = [UInt8](repeating: 0, count: 12)
        let count = payload.count - 1 - tagByteCount
        var tag = Array(payload.suffix(tagByteCount))
        var output = [UInt8](repeating: 0, count: count + 16)
        let opened = payload.withUnsafeBufferPointer { payload -> Bool in
            guard let base = payload.baseAddress else { return false }
            var written: Int32 = 0
            var last: Int32 = 0
            return EVP_DecryptInit_ex2(context.pointer, cipher, key, nonce, nil) == 1
                && EVP_DecryptUpdate(context.pointer, &output, &written, base + 1, Int32(count)) == 1
                && EVP_CIPHER_CTX_ctrl(context.pointer, EVP_CTRL_AEAD_SET_TAG, Int32(tagByteCount), &tag) == 1
                && EVP_DecryptFinal_ex(context.pointer, &tag, &last) == 1
        }
        guard opened else { throw damaged("does not belong to its entry, or the store key is another") }
        output.removeLast(16)
        return output
    }

    private static func damaged(_ what: String) -> StorageError {
        StorageError(
            .corrupt, "a stored record \(what)",
            remedy: "run `tamga audit`; restore the journal and keys/store.key from a copy")
    }

    private struct Context: ~Copyable {
        let pointer: OpaquePointer

        init() throws {
            guard let pointer = EVP_CIPHER_CTX_new() else {
                throw SealedBytes.damaged("could not be opened: no memory")
            }
            self.pointer = pointer
        }

        deinit {
            EVP_CIPHER_CTX_free(pointer)
        }
    }
}
