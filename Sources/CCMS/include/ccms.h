#ifndef TAMGA_CCMS_H
#define TAMGA_CCMS_H

#include <stddef.h>
#include <stdint.h>

// Detached CMS signatures (RFC 5652, EN 319 122-1) with their timestamps (RFC 3161) checked with OpenSSL 3.0 against
// certificates, CRLs (RFC 5280) and OCSP responses (RFC 6960) that are given as bytes. A shim in C because OpenSSL's
// stacks are macros. Nothing is fetched from anywhere. All times are Unix seconds.

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
    /// A CRL is there that cannot tell: a bad signature, a scope that limits it, a delta, a critical extension.
    CCMS_CRL_UNUSABLE,
    /// A CRL or OCSP response is signed with a weak digest or key.
    CCMS_REVOCATION_WEAK,
    /// What is there was made after the certificate had ended, when its issuer no longer needs to list it.
    CCMS_REVOCATION_TOO_LATE,
    CCMS_OCSP_UNKNOWN,
    CCMS_OCSP_OUT_OF_DATE,
    CCMS_OCSP_UNUSABLE,
    CCMS_TIMESTAMP_INVALID,
    CCMS_TIMESTAMP_WEAK,
    CCMS_TIMESTAMP_UNTRUSTED,
    CCMS_TIMESTAMP_REVOKED,
    CCMS_TIMESTAMP_FUTURE,
    // Only of a trust folder:
    CCMS_PRIVATE_KEY,
    CCMS_NOT_A_ROOT,
    CCMS_NOT_A_CA,
    CCMS_NOT_A_CRL,
} ccms_outcome;

/// Bytes of somebody else.
typedef struct {
    const uint8_t *data;
    size_t size;
} ccms_bytes;

/// Certificates and CRLs to trust. Filled once, then only used: every function that takes a `const ccms_trust *` may
/// run on several threads. It keeps what it found of certificate chains, guarded by a lock of its own.
typedef struct ccms_trust ccms_trust;

/// What the bytes given to `ccms_trust_add` are to be.
typedef enum { CCMS_ANY, CCMS_ROOT, CCMS_INTERMEDIATE, CCMS_CRL } ccms_kind;

ccms_trust *ccms_trust_new(void);
void ccms_trust_free(ccms_trust *trust);

/// Adds everything in a PEM text (any number of blocks) or one DER object. Under `CCMS_ANY` a self-signed CA
/// is a root and any other CA an intermediate. `name`, of `name_size` bytes, gets the subject at fault.
/// Only while one thread alone holds `trust`, and before its first use.
ccms_outcome ccms_trust_add(ccms_trust *trust, const uint8_t *data, size_t count, ccms_kind kind, char *name,
                            size_t name_size);

size_t ccms_trust_roots(const ccms_trust *trust);
size_t ccms_trust_intermediates(const ccms_trust *trust);
size_t ccms_trust_crls(const ccms_trust *trust);

/// What a signature must be over: the parts one after another, or digests of the whole (NULL when not at hand).
typedef struct {
    const ccms_bytes *parts;
    /// Ignored when there are parts.
    const uint8_t *sha256;
    const uint8_t *sha384;
    const uint8_t *sha512;
    size_t part_count;
} ccms_content;

/// How to judge.
typedef struct {
    /// The time of registration.
    int64_t at;
    /// 1: every certificate of the signer's chain but the root needs a CRL or OCSP response that is current at `at`.
    /// 0: nothing needs to be there. Either way what says revoked at or before the trusted time refuses.
    int require_revocation;
    /// Certificates, CRLs and OCSP responses in DER beside those of the trust: carriers only, each must verify by its
    /// own signature up to a root of the trust. What is none of the three is passed over.
    const ccms_bytes *material;
    size_t material_count;
} ccms_rules;

typedef enum { CCMS_DATUM_CRL = 1, CCMS_DATUM_OCSP = 2 } ccms_datum_kind;

/// What told that a certificate of a chain was not revoked.
typedef struct {
    /// Position in the chain, 0 is the signer.
    size_t certificate;
    ccms_datum_kind kind;
    ccms_bytes der;
    const uint8_t *sha256;
    int64_t this_update;
    int has_next_update;
    int64_t next_update;
} ccms_datum;

/// A chain that was found good, with the data that decided. Immutable, shared by count of references.
typedef struct ccms_evidence ccms_evidence;

/// The certificates: the signer's first, the root last. The bytes live as long as the evidence is held.
size_t ccms_evidence_certificates(const ccms_evidence *evidence);
ccms_bytes ccms_evidence_certificate(const ccms_evidence *evidence, size_t position);
/// SHA-256 of a certificate, 32 bytes.
const uint8_t *ccms_evidence_fingerprint(const ccms_evidence *evidence, size_t position);
size_t ccms_evidence_data(const ccms_evidence *evidence);
ccms_datum ccms_evidence_datum(const ccms_evidence *evidence, size_t number);
/// 1 when a datum current at the time of judging was found for every certificate but the root.
int ccms_evidence_complete(const ccms_evidence *evidence);
void ccms_evidence_release(ccms_evidence *evidence);

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
    /// 1 when the signature carries a signature timestamp (then it was verified, or the outcome is not `CCMS_OK`).
    int has_timestamp;
    /// The genTime of the (earliest) timestamp, whole seconds; also of one that is refused as of the future.
    int64_t timestamp_time;
    /// The subject of the timestamp authority's certificate.
    char timestamp_authority[512];
    /// The time at which the chain was judged: that of the timestamp, else `at`.
    int64_t trusted_time;
    /// The signer's certificate in DER, from malloc: the caller frees all of these with `ccms_result_free`.
    uint8_t *certificate_der;
    size_t certificate_size;
    /// The CMS in DER as it was received, from malloc likewise; NULL when it is malformed.
    uint8_t *cms_der;
    size_t cms_size;
    /// The signer's chain, and that of the timestamp authority or NULL. Only when the outcome is `CCMS_OK`.
    ccms_evidence *chain;
    ccms_evidence *timestamp_chain;
} ccms_result;

/// Checks one detached signature, DER or PEM.
void ccms_verify(const ccms_trust *trust, const uint8_t *cms, size_t cms_size, const ccms_content *content,
                 const ccms_rules *rules, ccms_result *result);

void ccms_result_free(ccms_result *result);

/// The same without content and without looking at revocation: `result->chain` is the signer's chain, and its data
/// are the CRLs and OCSP responses at hand that are current at `rules->at`: what lacks one may be asked for.
void ccms_chain_of(const ccms_trust *trust, const uint8_t *cms, size_t cms_size, const ccms_rules *rules,
                   ccms_result *result);

/// An OCSP request (RFC 6960, without nonce, SHA-1 certificate id as RFC 5019 wants it) for one certificate in DER.
/// `*request` is from malloc, NULL when a certificate cannot be read or `issuer` did not issue it.
ccms_outcome ccms_ocsp_request(const uint8_t *certificate, size_t certificate_size, const uint8_t *issuer,
                               size_t issuer_size, uint8_t **request, size_t *request_size);

/// What one certificate, CRL or OCSP response says of itself; nothing of it is verified but for `signed_by_trust`.
typedef struct {
    enum { CCMS_OBJECT_CERTIFICATE = 1, CCMS_OBJECT_CRL, CCMS_OBJECT_OCSP } kind;
    uint8_t sha256[32];
    /// The certificate's subject, the CRL's issuer; empty for an OCSP response.
    char name[512];
    /// A certificate's notBefore and notAfter; a CRL's, or an OCSP response's first answer's, thisUpdate and nextUpdate.
    int64_t from;
    int has_until;
    int64_t until;
    /// The status of an OCSP response (RFC 6960 section 4.2.1), 0 is successful.
    int ocsp_status;
    /// Of a CRL: 1 when a CA of the trust signed it and it can serve as evidence.
    int signed_by_trust;
} ccms_object;

/// Reads one object, DER or the first block of a PEM text. `trust` may be NULL.
ccms_outcome ccms_read_object(const ccms_trust *trust, const uint8_t *data, size_t size, ccms_object *object);

#endif
