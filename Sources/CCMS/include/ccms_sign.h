#ifndef TAMGA_CCMS_SIGN_H
#define TAMGA_CCMS_SIGN_H

#include <stddef.h>
#include <stdint.h>

// Detached CAdES-B signatures (RFC 5652, RFC 5035, EN 319 122-1) made with OpenSSL 3.0, by a key that is given as PEM
// or that lives elsewhere; and RFC 3161 timestamps put on them. Nothing is ever asked of a terminal or fetched.

/// Why nothing was signed. `CCMS_SIGN_OK` is the only success.
typedef enum {
    CCMS_SIGN_OK = 0,
    CCMS_SIGN_KEY_UNREADABLE,
    CCMS_SIGN_PASSPHRASE_NEEDED,
    CCMS_SIGN_PASSPHRASE_WRONG,
    CCMS_SIGN_KEY_WEAK,
    /// Neither RSA (PKCS #1) nor EC.
    CCMS_SIGN_KEY_UNSUITABLE,
    CCMS_SIGN_CERTIFICATE_UNREADABLE,
    /// No certificate among those given belongs to the key.
    CCMS_SIGN_CERTIFICATE_MISMATCH,
    CCMS_SIGN_CERTIFICATE_EXPIRED,
    CCMS_SIGN_CERTIFICATE_NOT_YET_VALID,
    CCMS_SIGN_CERTIFICATE_USAGE,
    /// The key elsewhere failed: `elsewhere` of the report says how.
    CCMS_SIGN_ELSEWHERE_FAILED,
    /// Bytes for `ccms_sign_raw` that look like DER: a signature over them could be passed off as another.
    CCMS_SIGN_CONTENT_REFUSED,
    /// Not one CMS with one signer whose signature holds.
    CCMS_SIGN_CMS_UNUSABLE,
    CCMS_SIGN_TIMESTAMP_MALFORMED,
    /// The authority answered with a refusal; the detail has its words.
    CCMS_SIGN_TIMESTAMP_REFUSED,
    /// A sound answer to another request or over another signature.
    CCMS_SIGN_TIMESTAMP_OTHER,
    CCMS_SIGN_FAILED,
} ccms_sign_outcome;

/// What went wrong. Texts are UTF-8 and end in a zero byte.
typedef struct {
    /// The subject at fault, or empty.
    char certificate[512];
    /// A technical detail in English, or empty.
    char detail[256];
    /// What the key elsewhere answered; 0 when it was not that.
    int elsewhere;
} ccms_sign_report;

/// Signs with a key that lives elsewhere. `data` is, for RSA, a DigestInfo to be padded as PKCS #1 v1.5, and for EC a
/// digest; the answer, at most `*size` bytes, is the RSA block or r ‖ s. Returns 0, or a code of its own with what
/// went wrong in `detail`.
typedef int (*ccms_sign_elsewhere)(void *context, const uint8_t *data, size_t count, uint8_t *signature, size_t *size,
                                   char *detail, size_t detail_size);

/// A key with its certificate. After it was opened it is only read: any thread may sign.
typedef struct ccms_signer ccms_signer;

/// Opens a PEM private key (PKCS #8, EC or RSA) with the one of `certificates` (PEM, or DER one after another) that
/// belongs to it; the others go into signatures as its chain. A NULL passphrase is none. `*encrypted` says whether the
/// key was.
ccms_sign_outcome ccms_signer_open(const uint8_t *key, size_t key_size, const uint8_t *certificates,
                                   size_t certificates_size, const uint8_t *passphrase, size_t passphrase_size,
                                   int *encrypted, ccms_signer **signer, ccms_sign_report *report);

/// Opens a key elsewhere. Which certificate belongs to it is found by one signature over random bytes.
/// `context` must stay until `ccms_signer_free`.
ccms_sign_outcome ccms_signer_open_elsewhere(int is_rsa, ccms_sign_elsewhere sign, void *context,
                                             const uint8_t *certificates, size_t certificates_size,
                                             ccms_signer **signer, ccms_sign_report *report);
void ccms_signer_free(ccms_signer *signer);

/// The signer's certificate in DER, from malloc.
ccms_sign_outcome ccms_signer_certificate(const ccms_signer *signer, uint8_t **der, size_t *size);

/// What people are shown of the certificate: `name` is its subject in RFC 2253 order; times are Unix seconds.
void ccms_signer_describe(const ccms_signer *signer, char *name, size_t name_size, int64_t *not_before,
                          int64_t *not_after);

/// Makes a detached CAdES-B signature over `content`, in DER, from malloc. `digest_bits`: 256, 384 or 512.
ccms_sign_outcome ccms_sign(const ccms_signer *signer, const uint8_t *content, size_t count, int digest_bits,
                            uint8_t **cms, size_t *size, ccms_sign_report *report);

/// Signs `content` with the key alone, for the challenge of a login: RSA PKCS #1 v1.5, or ECDSA in DER; from malloc.
ccms_sign_outcome ccms_sign_raw(const ccms_signer *signer, const uint8_t *content, size_t count, int digest_bits,
                                uint8_t **signature, size_t *size, ccms_sign_report *report);

/// A TimeStampReq for the signature value of a CMS with one signer: SHA-256, random nonce of 64 bits, certificates
/// asked for; DER, from malloc.
ccms_sign_outcome ccms_timestamp_request(const uint8_t *cms, size_t count, uint8_t **request, size_t *size,
                                         ccms_sign_report *report);

/// Puts the token of a TimeStampResp on the CMS as signatureTimeStampToken (CAdES-T); DER, from malloc. The token must
/// answer `request` and bear a sound signature of its own; whether its authority is trusted is not judged.
ccms_sign_outcome ccms_timestamp_add(const uint8_t *cms, size_t count, const uint8_t *request, size_t request_size,
                                     const uint8_t *response, size_t response_size, uint8_t **result, size_t *size,
                                     ccms_sign_report *report);

/// SHA-2 of `first` followed by `second`; `out` has room for 64 bytes. Returns the count written, or 0.
size_t ccms_digest(int digest_bits, const uint8_t *first, size_t first_size, const uint8_t *second, size_t second_size,
                   uint8_t *out);

/// Whether an Ed25519 signature (64 bytes, key of 32) holds over `message`: 1 or 0.
int ccms_ed25519_holds(const uint8_t *public_key, const uint8_t *message, size_t count, const uint8_t *signature);

/// Overwrites a secret, in a way that no compiler leaves out.
void ccms_cleanse(void *bytes, size_t count);

#endif
