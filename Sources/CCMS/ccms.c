#include "ccms_internal.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/ess.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

// The DER bytes of the CMS, copied; NULL when there are none.
static uint8_t *cms_bytes(const uint8_t *data, size_t count, size_t *size) {
    uint8_t *copy = NULL;
    *size = 0;
    if (count > 0 && data[0] == 0x30) {
        copy = malloc(count);
        if (copy) memcpy(copy, data, *size = count);
        return copy;
    }
    BIO *bio = count > 0 ? BIO_new_mem_buf(data, (int)count) : NULL;
    char *label = NULL, *header = NULL;
    unsigned char *der = NULL;
    long length = 0;
    if (bio && PEM_read_bio(bio, &label, &header, &der, &length) == 1) {
        int known = !strcmp(label, "CMS") || !strcmp(label, "PKCS7") || !strcmp(label, "PKCS #7 SIGNED DATA");
        if (known && length > 0) copy = malloc((size_t)length);
        if (copy) memcpy(copy, der, *size = (size_t)length);
        OPENSSL_free(label);
        OPENSSL_free(header);
        OPENSSL_free(der);
    }
    BIO_free(bio);
    return copy;
}

static CMS_ContentInfo *read_cms(const uint8_t *der, size_t size) {
    const uint8_t *end = der;
    CMS_ContentInfo *cms = der ? d2i_CMS_ContentInfo(NULL, &end, (long)size) : NULL;
    if (cms && end == der + size) return cms;
    CMS_ContentInfo_free(cms);
    return NULL;
}

// The digest must be SHA-2 of 256 bits or more, and the signature algorithm must name no other.
static const EVP_MD *signer_digest(CMS_SignerInfo *signer, int *bits) {
    X509_ALGOR *digest = NULL, *signature = NULL;
    CMS_SignerInfo_get0_algs(signer, NULL, NULL, &digest, &signature);
    const ASN1_OBJECT *object = NULL;
    X509_ALGOR_get0(&object, NULL, NULL, digest);
    int nid = OBJ_obj2nid(object);
    switch (nid) {
    case NID_sha256: *bits = 256; break;
    case NID_sha384: *bits = 384; break;
    case NID_sha512: *bits = 512; break;
    default: return NULL;
    }
    X509_ALGOR_get0(&object, NULL, NULL, signature);
    int of_signature = NID_undef;
    if (OBJ_find_sigid_algs(OBJ_obj2nid(object), &of_signature, NULL) == 1 && of_signature != NID_undef &&
        of_signature != nid)
        return NULL;
    return EVP_get_digestbynid(nid);
}

static int strong_key(X509 *certificate) {
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    if (!key) return 0;
    int bits = EVP_PKEY_get_bits(key);
    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_RSA_PSS: return bits >= 2048 && bits <= 8192;
    case EVP_PKEY_EC: {
        char group[64] = "";
        size_t count = 0;
        // Named curves only: parameters written out in a key have been used to forge.
        return EVP_PKEY_get_group_name(key, group, sizeof group, &count) == 1 && bits >= 256;
    }
    default: return 0;
    }
}

// The value of a signed attribute that occurs once with one value of this type, or NULL.
static void *attribute(CMS_SignerInfo *signer, int nid, int type) {
    return CMS_signed_get0_data_by_OBJ(signer, OBJ_nid2obj(nid), -3, type);
}

static ccms_outcome check_content(CMS_ContentInfo *cms, CMS_SignerInfo *signer, const EVP_MD *md,
                                  const uint8_t *content, size_t content_size, const uint8_t *sha256) {
    const ASN1_OBJECT *type = attribute(signer, NID_pkcs9_contentType, V_ASN1_OBJECT);
    const ASN1_OCTET_STRING *stated = attribute(signer, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING);
    if (!type || !stated || OBJ_cmp(type, CMS_get0_eContentType(cms)) != 0) return CCMS_NO_SIGNED_ATTRIBUTES;
    uint8_t computed[EVP_MAX_MD_SIZE];
    unsigned count = 32;
    if (sha256) {
        // A digest at hand says nothing about another algorithm's digest of the same content.
        if (EVP_MD_get_type(md) != NID_sha256) return CCMS_WEAK_DIGEST;
        memcpy(computed, sha256, 32);
    } else if (EVP_Digest(content, content_size, computed, &count, md, NULL) != 1) {
        return CCMS_OUT_OF_MEMORY;
    }
    int same = ASN1_STRING_length(stated) == (int)count &&
               CRYPTO_memcmp(ASN1_STRING_get0_data(stated), computed, count) == 0;
    return same ? CCMS_OK : CCMS_WRONG_CONTENT;
}

// RFC 5035 section 5: an attribute that names another certificate makes the signature invalid.
static ccms_outcome check_signing_certificate(CMS_SignerInfo *signer, STACK_OF(X509) *chain, int *named) {
    *named = 0;
    if (CMS_signed_get_attr_by_NID(signer, NID_id_smime_aa_signingCertificateV2, -1) < 0) return CCMS_OK;
    const ASN1_STRING *value = attribute(signer, NID_id_smime_aa_signingCertificateV2, V_ASN1_SEQUENCE);
    if (!value) return CCMS_WRONG_SIGNING_CERTIFICATE;
    const uint8_t *start = ASN1_STRING_get0_data(value);
    const uint8_t *end = start;
    ESS_SIGNING_CERT_V2 *certificates = d2i_ESS_SIGNING_CERT_V2(NULL, &end, ASN1_STRING_length(value));
    *named = certificates && end == start + ASN1_STRING_length(value) &&
             OSSL_ESS_check_signing_certs(NULL, certificates, chain, 1) == 1;
    ESS_SIGNING_CERT_V2_free(certificates);
    return *named ? CCMS_OK : CCMS_WRONG_SIGNING_CERTIFICATE;
}

static int describe(X509 *certificate, ccms_result *result) {
    unsigned count = sizeof result->fingerprint;
    int good_before = 0, good_after = 0;
    uint8_t *der = NULL;
    int size = i2d_X509(certificate, &der);
    BIGNUM *serial = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
    char *digits = serial ? BN_bn2hex(serial) : NULL;
    result->not_before = ccms_unix_time(X509_get0_notBefore(certificate), &good_before);
    result->not_after = ccms_unix_time(X509_get0_notAfter(certificate), &good_after);
    int good = size > 0 && digits && good_before && good_after &&
               X509_digest(certificate, EVP_sha256(), result->fingerprint, &count) == 1;
    if (good) {
        ccms_name_text(X509_get_subject_name(certificate), result->subject, sizeof result->subject);
        strncpy(result->serial, digits, sizeof result->serial - 1);
        result->certificate_der = malloc((size_t)size);
        good = result->certificate_der != NULL;
    }
    if (good) {
        memcpy(result->certificate_der, der, (size_t)size);
        result->certificate_size = (size_t)size;
    }
    OPENSSL_free(digits);
    BN_free(serial);
    OPENSSL_free(der);
    return good;
}

static ccms_outcome read_signing_time(CMS_SignerInfo *signer, ccms_result *result) {
    if (CMS_signed_get_attr_by_NID(signer, NID_pkcs9_signingTime, -1) < 0) return CCMS_OK;
    const ASN1_TIME *time = attribute(signer, NID_pkcs9_signingTime, V_ASN1_UTCTIME);
    if (!time) time = attribute(signer, NID_pkcs9_signingTime, V_ASN1_GENERALIZEDTIME);
    result->signing_time = ccms_unix_time(time, &result->has_signing_time);
    return result->has_signing_time ? CCMS_OK : CCMS_MALFORMED;
}

static ccms_outcome check(const ccms_trust *trust, CMS_ContentInfo *cms, const uint8_t *content,
                          size_t content_size, const uint8_t *sha256, int64_t at, int require_crl,
                          STACK_OF(X509) *carried, STACK_OF(X509) **chain, ccms_result *result) {
    STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);
    int count = signers ? sk_CMS_SignerInfo_num(signers) : 0;
    if (count == 0) return CCMS_NO_SIGNER;
    if (count > 1) return CCMS_SEVERAL_SIGNERS;
    if (OBJ_obj2nid(CMS_get0_eContentType(cms)) != NID_pkcs7_data) return CCMS_MALFORMED;
    if (CMS_is_detached(cms) != 1) return CCMS_EMBEDDED_CONTENT;

    CMS_SignerInfo *signer = sk_CMS_SignerInfo_value(signers, 0);
    if (CMS_signed_get_attr_count(signer) <= 0) return CCMS_NO_SIGNED_ATTRIBUTES;
    if (CMS_set1_signers_certs(cms, NULL, 0) != 1) return CCMS_NO_CERTIFICATE;
    X509 *certificate = NULL;
    CMS_SignerInfo_get0_algs(signer, NULL, &certificate, NULL, NULL);
    if (!certificate) return CCMS_NO_CERTIFICATE;
    if (!describe(certificate, result)) return CCMS_MALFORMED;
    memcpy(result->certificate, result->subject, sizeof result->certificate);

    const EVP_MD *md = signer_digest(signer, &result->digest_bits);
    if (!md) return CCMS_WEAK_DIGEST;
    if (!strong_key(certificate)) return CCMS_WEAK_KEY;
    ccms_outcome outcome = check_content(cms, signer, md, content, content_size, sha256);
    if (outcome != CCMS_OK) return outcome;
    if (CMS_SignerInfo_verify(signer) != 1) return CCMS_BAD_SIGNATURE;
    outcome = read_signing_time(signer, result);
    if (outcome != CCMS_OK) return outcome;
    // All bits are set when the extension is absent.
    if (!(X509_get_key_usage(certificate) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION))) return CCMS_WRONG_KEY_USAGE;
    if (X509_check_ca(certificate) > 0) return CCMS_WRONG_KEY_USAGE;

    outcome = ccms_build_chain(trust, certificate, carried, at, require_crl, chain, result);
    if (outcome != CCMS_OK) return outcome;
    return check_signing_certificate(signer, *chain, &result->names_certificate);
}

void ccms_verify(const ccms_trust *trust, const uint8_t *data, size_t count, const uint8_t *content,
                 size_t content_size, const uint8_t *sha256, int64_t at, int require_crl, ccms_result *result) {
    memset(result, 0, sizeof *result);
    ERR_clear_error();
    if (count <= INT32_MAX) result->cms_der = cms_bytes(data, count, &result->cms_size);
    CMS_ContentInfo *cms = read_cms(result->cms_der, result->cms_size);
    if (!cms || OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed) {
        result->outcome = CCMS_MALFORMED;
    } else {
        STACK_OF(X509) *carried = CMS_get1_certs(cms);
        STACK_OF(X509) *chain = NULL;
        result->outcome =
            check(trust, cms, content, content_size, sha256, at, require_crl, carried, &chain, result);
        sk_X509_pop_free(chain, X509_free);
        sk_X509_pop_free(carried, X509_free);
    }
    CMS_ContentInfo_free(cms);
    ERR_clear_error();
}

void ccms_result_free(ccms_result *result) {
    free(result->certificate_der);
    result->certificate_der = NULL;
    result->certificate_size = 0;
    free(result->cms_der);
    result->cms_der = NULL;
    result->cms_size = 0;
}
