#ifndef TAMGA_CCMS_INTERNAL_H
#define TAMGA_CCMS_INTERNAL_H

#include "ccms.h"

#include <pthread.h>

#include <openssl/cms.h>
#include <openssl/ocsp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

// How far the clocks of a CA, responder or timestamp authority may be ahead of ours, in seconds.
#define CCMS_CLOCK_SKEW 300
// How long an OCSP response without nextUpdate serves, in seconds.
#define CCMS_OCSP_AGE 86400

// MARK: Shared bytes and found chains (ccms_cache.c)

// Immutable bytes, shared by count of references.
typedef struct {
    int references;
    // Held by a trust for its whole life: a found chain that holds it too takes no more memory.
    int of_trust;
    size_t size;
    uint8_t sha256[32];
    uint8_t data[];
} ccms_blob;

ccms_blob *ccms_blob_new(const uint8_t *data, size_t size);
ccms_blob *ccms_blob_hold(ccms_blob *blob);
void ccms_blob_release(ccms_blob *blob);

// The times [from, until) around the one judged in which the judgement stays the same.
typedef struct {
    int64_t from;
    int64_t until;
} ccms_window;

// Narrows the window that holds `time` at a moment when the judgement would change.
void ccms_window_cut(ccms_window *window, int64_t boundary, int64_t time);

typedef struct {
    size_t certificate;
    ccms_datum_kind kind;
    ccms_blob *der;
    int64_t this_update;
    int has_next_update;
    int64_t next_update;
} ccms_stored_datum;

struct ccms_evidence {
    int references;
    STACK_OF(X509) *chain;
    size_t count;
    ccms_blob **certificates;
    size_t data_count;
    ccms_stored_datum *data;
    int complete;
    // Of the trusted time, and of the time of registration.
    ccms_window trusted;
    ccms_window current;
};

// Takes the chain over, whatever comes of it.
ccms_evidence *ccms_evidence_new(STACK_OF(X509) *chain);
ccms_evidence *ccms_evidence_hold(ccms_evidence *evidence);

#define CCMS_CACHE_SLOTS 2048
#define CCMS_CACHE_ENTRIES 1024
// Of certificates and revocation data that are kept for found chains alone, in bytes.
#define CCMS_CACHE_WEIGHT (32u << 20)

typedef struct {
    uint8_t key[32];
    ccms_evidence *evidence;
} ccms_cache_slot;

typedef struct {
    pthread_mutex_t lock;
    size_t count;
    size_t weight;
    ccms_cache_slot slots[CCMS_CACHE_SLOTS];
} ccms_cache;

// The evidence held for the caller, or NULL when none was kept that is good at both times.
ccms_evidence *ccms_cache_find(ccms_cache *cache, const uint8_t key[32], int64_t trusted, int64_t at);
void ccms_cache_keep(ccms_cache *cache, const uint8_t key[32], ccms_evidence *evidence);
void ccms_cache_clear(ccms_cache *cache);

// MARK: Trust and material (ccms_trust.c, ccms_material.c)

// A CRL with what its form says, read once.
typedef struct {
    X509_CRL *crl;
    ccms_blob *der;
    // Why it cannot tell that a certificate is good, or NULL.
    const char *fault;
    int weak;
    ISSUING_DIST_POINT *scope;
    int64_t this_update;
    int has_next_update;
    int64_t next_update;
    // expiredCertsOnCRL: certificates that ended since then are still listed.
    int lists_expired;
    int64_t expired_since;
    // SHA-256 of the key by which its signature was found good; guarded by the lock of the trust's cache.
    int verified;
    uint8_t verified_key[32];
} ccms_crl;

// NULL when the bytes are no whole CRL.
ccms_crl *ccms_crl_read(const uint8_t *der, size_t size);
void ccms_crl_free(ccms_crl *crl);
// Whether the key signed the CRL. `lock` guards what the CRL remembers of it; NULL for one that a single thread holds.
int ccms_crl_signed_by(ccms_crl *crl, X509 *issuer, pthread_mutex_t *lock);
// Whether an entry lists the certificate as revoked; since when (`*readable` is 0 when that cannot be told), and its
// reason code, -1 without one.
int ccms_crl_lists(ccms_crl *crl, X509 *certificate, int *readable, int64_t *since, int *reason);
// RFC 3161 section 4: what was signed before a revocation for such a reason stays good.
int ccms_is_orderly(int reason);
// Why the CRL cannot tell of this certificate, or NULL.
const char *ccms_crl_fault(const ccms_crl *crl, X509 *certificate, X509 *issuer);

typedef struct {
    OCSP_BASICRESP *basic;
    ccms_blob *der;
} ccms_ocsp;

#define CCMS_KNOWN_SLOTS 1024

// A certificate that some signature carried, by SHA-256 of its DER. Nothing is said of its worth.
typedef struct {
    uint8_t key[32];
    X509 *certificate;
} ccms_known;

struct ccms_trust {
    X509_STORE *store;
    STACK_OF(X509) *roots;
    STACK_OF(X509) *intermediates;
    ccms_crl **crls;
    size_t crl_count;
    ccms_cache cache;
    // Guarded by the cache's lock.
    size_t known_count;
    ccms_known known[CCMS_KNOWN_SLOTS];
};

// One check: the rules with its material, read when first needed.
typedef struct {
    ccms_trust *trust;
    int64_t at;
    int required;
    const ccms_bytes *material;
    size_t material_count;
    int opened;
    // The material's certificates, then the trust's intermediates.
    STACK_OF(X509) *helping;
    ccms_crl **crls;
    size_t crl_count;
    ccms_ocsp *ocsps;
    size_t ocsp_count;
} ccms_case;

void ccms_case_init(ccms_case *judged, const ccms_trust *trust, const ccms_rules *rules);
// 0 when memory runs out.
int ccms_case_open(ccms_case *judged);
void ccms_case_free(ccms_case *judged);

// MARK: Chains and revocation (ccms_chain.c, ccms_revocation.c, ccms_crl.c, ccms_ocsp.c)

typedef enum { CCMS_ROLE_SIGNER, CCMS_ROLE_TIMESTAMP } ccms_role;

// Builds and checks the chain of `certificate` at the time `trusted`, with revocation as the case asks for it (for a
// timestamp authority nothing needs to be there), or takes it from the cache. `look_only` asks for data but judges none.
ccms_outcome ccms_judge_chain(ccms_case *judged, X509 *certificate, STACK_OF(X509) *carried, ccms_role role,
                              int64_t trusted, int look_only, ccms_evidence **evidence, ccms_result *result);

// What is known of one certificate's revocation while its CRLs and OCSP responses are gone through.
typedef struct {
    const ccms_case *judged;
    X509 *certificate;
    X509 *issuer;
    ccms_role role;
    int64_t trusted;
    int64_t not_after;
    ccms_evidence *evidence;
    int revoked;
    int unknown;
    // The best datum so far; `der` is NULL without one.
    ccms_stored_datum best;
    // What to say when there is none.
    ccms_outcome fault;
    const char *detail;
} ccms_finding;

ccms_outcome ccms_check_revocation(ccms_case *judged, ccms_evidence *evidence, ccms_role role, int64_t trusted,
                                   int look_only, ccms_result *result);
// An entry that says revoked since `since` for `reason` (CRL reason code, -1 without).
void ccms_finding_revoked(ccms_finding *finding, int readable, int64_t since, int reason);
void ccms_finding_fault(ccms_finding *finding, ccms_outcome outcome, const char *detail);
void ccms_finding_good(ccms_finding *finding, const ccms_stored_datum *datum);
void ccms_weigh_crl(ccms_finding *finding, ccms_crl *crl, pthread_mutex_t *lock);
void ccms_weigh_ocsp(ccms_finding *finding, const ccms_ocsp *ocsp);

// MARK: One signer (ccms_signer.c)

// The CMS of these very bytes, or NULL.
CMS_ContentInfo *ccms_read_cms(const uint8_t *der, size_t size);
// The same with its certificates apart, which `cms` may lack then (ccms_certificates.c). `*carried` may be NULL; the
// caller frees both.
CMS_ContentInfo *ccms_read_signed(ccms_trust *trust, const uint8_t *der, size_t size, STACK_OF(X509) **carried);
void ccms_known_clear(ccms_trust *trust);
// The digest must be SHA-2 of 256 bits or more, and the signature algorithm must name no other; else NULL.
const EVP_MD *ccms_signer_digest(CMS_SignerInfo *signer, int *bits);
// SHA-2 of 256 bits or more, or one of the Edwards curves: for CRLs and OCSP responses.
int ccms_strong_signature(const X509_ALGOR *algorithm);
int ccms_strong_key(X509 *certificate);
// The signed attributes contentType and messageDigest against the content.
ccms_outcome ccms_check_content(CMS_ContentInfo *cms, CMS_SignerInfo *signer, const EVP_MD *md,
                                const ccms_content *content);
// RFC 5035: 1 when an attribute names the chain's certificates, 0 without an attribute, -1 when it names others.
// The older form with SHA-1 counts only when `older` is set.
int ccms_names_certificate(CMS_SignerInfo *signer, STACK_OF(X509) *chain, int older);

// Verifies the timestamps over the signature; none is fine. Fills the result's fields of timestamps.
ccms_outcome ccms_check_timestamps(ccms_case *judged, CMS_SignerInfo *signer, ccms_result *result);

// MARK: Texts and times (ccms_text.c)

// The name in RFC 2253 order as UTF-8 that ends in a zero byte; cut to `size`.
void ccms_name_text(const X509_NAME *name, char *out, size_t size);
void ccms_blame(ccms_result *result, const X509_NAME *name);
void ccms_say(ccms_result *result, const char *detail);
// Unix seconds; `*ok` is 0 when the time is absent or unreadable.
int64_t ccms_unix_time(const ASN1_TIME *time, int *ok);

#endif
