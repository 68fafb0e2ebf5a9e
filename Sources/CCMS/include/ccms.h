#ifndef TAMGA_CCMS_H
#define TAMGA_CCMS_H

#include <stddef.h>
#include <stdint.h>

// Detached CMS signatures (RFC 5652, EN 319 122-1) checked with OpenSSL 3.0 against certificates and CRLs
// that are given as bytes. A shim in C because OpenSSL's stacks are macros. Nothing is fetched from anywhere.

/// Why a signature, or a file of a trust folder, is refused. `CCMS_OK` is the only success.
typedef enum {
    CCMS_OK = 0,
    CCMS_MALFORMED,
    CCMS_NO_SIGNER,
    CCMS_SEVERAL_SIGNERS,
    CCMS_EMBEDDED_CONTENT,
    CCMS_NO_SIGNED_ATTRIBUTES,
    CCMS_NO_CERTIFICATE,
    CCMS_WEAK_DIGEST,
    CCMS_WEAK_KEY,
    CCMS_WRONG_CONTENT,
    CCMS_BAD_SIGNATURE,
    CCMS_WRONG_SIGNING_CERTIFICATE,
    CCMS_WRONG_KEY_USAGE,
    CCMS_UNTRUSTED_ROOT,
    CCMS_INTERMEDIATE_MISSING,
    CCMS_EXPIRED,
    CCMS_NOT_YET_VALID,
    CCMS_REVOKED,
    CCMS_CRL_MISSING,
    CCMS_CRL_OUT_OF_DATE,
    CCMS_CHAIN_INVALID,
    CCMS_OUT_OF_MEMORY,
    // Only of a trust folder:
    CCMS_PRIVATE_KEY,
    CCMS_NOT_A_ROOT,
    CCMS_NOT_A_CA,
    CCMS_NOT_A_CRL,
} ccms_outcome;

/// Certificates and CRLs to trust. Filled once, then only read: `ccms_verify` may run on several threads.
typedef struct ccms_trust ccms_trust;

/// What the bytes given to `ccms_trust_add` are to be.
typedef enum { CCMS_ANY, CCMS_ROOT, CCMS_INTERMEDIATE, CCMS_CRL } ccms_kind;

ccms_trust *ccms_trust_new(void);
void ccms_trust_free(ccms_trust *trust);

/// Adds everything in a PEM text (any number of blocks) or one DER object. Under `CCMS_ANY` a self-signed CA
/// is a root and any other CA an intermediate. `name`, of `name_size` bytes, gets the subject at fault.
ccms_outcome ccms_trust_add(ccms_trust *trust, const uint8_t *data, size_t count, ccms_kind kind, char *name,
                            size_t name_size);

size_t ccms_trust_roots(const ccms_trust *trust);
size_t ccms_trust_intermediates(const ccms_trust *trust);
size_t ccms_trust_crls(const ccms_trust *trust);

/// What a verification found. Texts are UTF-8 and end in a zero byte; a long one is cut.
typedef struct {
    ccms_outcome outcome;
    /// The subject at fault, or empty.
    char certificate[512];
    /// A technical detail in English (OpenSSL's words for a chain error), or empty.
    char detail[512];
    /// 1 when the signingCertificateV2 attribute is there and names the signer's certificate.
    int names_certificate;
    int has_signing_time;
    int64_t signing_time;
    int64_t not_before;
    int64_t not_after;
    /// 256, 384 or 512.
    int digest_bits;
    uint8_t fingerprint[32];
    char subject[512];
    char serial[128];
    /// The signer's certificate in DER, from malloc: the caller frees it with `ccms_result_free`.
    uint8_t *certificate_der;
    size_t certificate_size;
    /// The CMS in DER as it was received, from malloc likewise; NULL when it is malformed.
    uint8_t *cms_der;
    size_t cms_size;
} ccms_result;

/// Checks one detached signature, DER or PEM, at the time `at` (Unix seconds).
/// Exactly one of `content` (with its size) and `sha256` (32 bytes) is given; the other is NULL.
/// With `require_crl` every certificate of the chain needs a CRL that is current at `at`. Without, a CRL that
/// is there and lists a certificate of the chain as revoked at or before `at` still refuses it.
void ccms_verify(const ccms_trust *trust, const uint8_t *cms, size_t cms_size, const uint8_t *content,
                 size_t content_size, const uint8_t *sha256, int64_t at, int require_crl, ccms_result *result);

void ccms_result_free(ccms_result *result);

#endif
