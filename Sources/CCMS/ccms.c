#include "ccms_internal.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>

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
               EVP_Digest(der, (size_t)size, result->fingerprint, &count, EVP_sha256(), NULL) == 1;
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
    const ASN1_OBJECT *object = OBJ_nid2obj(NID_pkcs9_signingTime);
    const ASN1_TIME *time = CMS_signed_get0_data_by_OBJ(signer, object, -3, V_ASN1_UTCTIME);
    if (!time) time = CMS_signed_get0_data_by_OBJ(signer, object, -3, V_ASN1_GENERALIZEDTIME);
    result->signing_time = ccms_unix_time(time, &result->has_signing_time);
    return result->has_signing_time ? CCMS_OK : CCMS_MALFORMED;
}

// Purposes of an extended key usage that have nothing to do with signing documents.
static int is_other_purpose(const ASN1_OBJECT *purpose) {
    switch (OBJ_obj2nid(purpose)) {
    case NID_server_auth:
    case NID_client_auth:
    case NID_code_sign:
    case NID_time_stamp:
    case NID_OCSP_sign: return 1;
    default: return 0;
    }
}

static int may_sign(X509 *certificate) {
    // All bits are set when the extension is absent.
    if (!(X509_get_key_usage(certificate) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION))) return 0;
    if (X509_check_ca(certificate) > 0) return 0;
    if (X509_get_ext_by_NID(certificate, NID_ext_key_usage, -1) < 0) return 1;
    EXTENDED_KEY_USAGE *purposes = X509_get_ext_d2i(certificate, NID_ext_key_usage, NULL, NULL);
    int fit = 0;
    for (int i = 0; i < sk_ASN1_OBJECT_num(purposes); i++) fit |= !is_other_purpose(sk_ASN1_OBJECT_value(purposes, i));
    EXTENDED_KEY_USAGE_free(purposes);
    return fit;
}

// The one signer with its certificate, when the form is right.
static ccms_outcome find_signer(CMS_ContentInfo *cms, STACK_OF(X509) *carried, CMS_SignerInfo **signer,
                                X509 **certificate) {
    STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);
    int count = signers ? sk_CMS_SignerInfo_num(signers) : 0;
    if (count == 0) return CCMS_NO_SIGNER;
    if (count > 1) return CCMS_SEVERAL_SIGNERS;
    if (OBJ_obj2nid(CMS_get0_eContentType(cms)) != NID_pkcs7_data) return CCMS_MALFORMED;
    if (CMS_is_detached(cms) != 1) return CCMS_EMBEDDED_CONTENT;
    *signer = sk_CMS_SignerInfo_value(signers, 0);
    if (CMS_signed_get_attr_count(*signer) <= 0) return CCMS_NO_SIGNED_ATTRIBUTES;
    if (!carried || CMS_set1_signers_certs(cms, carried, CMS_NOINTERN) != 1) return CCMS_NO_CERTIFICATE;
    CMS_SignerInfo_get0_algs(*signer, NULL, certificate, NULL, NULL);
    return *certificate ? CCMS_OK : CCMS_NO_CERTIFICATE;
}

// Without `content` only the chain is wanted.
static ccms_outcome check(ccms_case *judged, CMS_ContentInfo *cms, STACK_OF(X509) *carried,
                          const ccms_content *content, ccms_result *result) {
    CMS_SignerInfo *signer = NULL;
    X509 *certificate = NULL;
    ccms_outcome outcome = find_signer(cms, carried, &signer, &certificate);
    if (outcome != CCMS_OK) return outcome;
    if (!describe(certificate, result)) return CCMS_MALFORMED;
    memcpy(result->certificate, result->subject, sizeof result->certificate);

    const EVP_MD *md = ccms_signer_digest(signer, &result->digest_bits);
    if (!md) return CCMS_WEAK_DIGEST;
    if (!ccms_strong_key(certificate)) return CCMS_WEAK_KEY;
    outcome = ccms_check_content(cms, signer, md, content);
    if (outcome != CCMS_OK) return outcome;
    if (CMS_SignerInfo_verify(signer) != 1) return CCMS_BAD_SIGNATURE;
    outcome = read_signing_time(signer, result);
    if (outcome != CCMS_OK) return outcome;
    if (!may_sign(certificate)) return CCMS_WRONG_KEY_USAGE;

    outcome = ccms_check_timestamps(judged, signer, result);
    if (outcome != CCMS_OK) return outcome;
    memcpy(result->certificate, result->subject, sizeof result->certificate);
    outcome = ccms_judge_chain(judged, certificate, carried, CCMS_ROLE_SIGNER, result->trusted_time, !content,
                               &result->chain, result);
    if (outcome != CCMS_OK) return outcome;
    // RFC 5035 section 5: an attribute that names another certificate makes the signature invalid.
    int named = ccms_names_certificate(signer, result->chain->chain, 0);
    result->names_certificate = named == 1;
    return named < 0 ? CCMS_WRONG_SIGNING_CERTIFICATE : CCMS_OK;
}

static void run(const ccms_trust *trust, const uint8_t *data, size_t count, const ccms_content *content,
                const ccms_rules *rules, ccms_result *result) {
    memset(result, 0, sizeof *result);
    ERR_clear_error();
    if (count <= INT32_MAX) result->cms_der = cms_bytes(data, count, &result->cms_size);
    ccms_case judged;
    ccms_case_init(&judged, trust, rules);
    STACK_OF(X509) *carried = NULL;
    CMS_ContentInfo *cms = ccms_read_signed(judged.trust, result->cms_der, result->cms_size, &carried);
    result->outcome = cms ? check(&judged, cms, carried, content, result) : CCMS_MALFORMED;
    ccms_case_free(&judged);
    if (result->outcome != CCMS_OK) {
        ccms_evidence_release(result->chain);
        ccms_evidence_release(result->timestamp_chain);
        result->chain = result->timestamp_chain = NULL;
    }
    sk_X509_pop_free(carried, X509_free);
    CMS_ContentInfo_free(cms);
    ERR_clear_error();
}

void ccms_verify(const ccms_trust *trust, const uint8_t *data, size_t count, const ccms_content *content,
                 const ccms_rules *rules, ccms_result *result) {
    run(trust, data, count, content, rules, result);
}

void ccms_chain_of(const ccms_trust *trust, const uint8_t *data, size_t count, const ccms_rules *rules,
                   ccms_result *result) {
    run(trust, data, count, NULL, rules, result);
}

void ccms_result_free(ccms_result *result) {
    free(result->certificate_der);
    result->certificate_der = NULL;
    result->certificate_size = 0;
    free(result->cms_der);
    result->cms_der = NULL;
    result->cms_size = 0;
    ccms_evidence_release(result->chain);
    ccms_evidence_release(result->timestamp_chain);
    result->chain = result->timestamp_chain = NULL;
}
