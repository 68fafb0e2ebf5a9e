// Making signatures.

#include "ccms_sign_internal.h"

#include "ccms_internal.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

const EVP_MD *ccms_sign_digest(int bits) {
    switch (bits) {
    case 256: return EVP_sha256();
    case 384: return EVP_sha384();
    case 512: return EVP_sha512();
    default: return NULL;
    }
}

ccms_sign_outcome ccms_sign_broken(ccms_sign_outcome outcome, ccms_sign_report *report) {
    unsigned long error = ERR_peek_last_error();
    if (error && !report->detail[0]) ERR_error_string_n(error, report->detail, sizeof report->detail);
    ERR_clear_error();
    return outcome;
}

ccms_sign_outcome ccms_sign_give(uint8_t *der, int length, uint8_t **result, size_t *size) {
    uint8_t *copy = length > 0 ? malloc((size_t)length) : NULL;
    if (copy) {
        memcpy(copy, der, (size_t)length);
        *result = copy;
        *size = (size_t)length;
    }
    OPENSSL_free(der);
    return copy ? CCMS_SIGN_OK : CCMS_SIGN_FAILED;
}

ccms_sign_outcome ccms_sign_check(const ccms_signer *signer, ccms_sign_report *report) {
    X509 *certificate = signer->certificate;
    ccms_name_text(X509_get_subject_name(certificate), report->certificate, sizeof report->certificate);
    if (X509_cmp_current_time(X509_get0_notAfter(certificate)) <= 0) return CCMS_SIGN_CERTIFICATE_EXPIRED;
    if (X509_cmp_current_time(X509_get0_notBefore(certificate)) >= 0) return CCMS_SIGN_CERTIFICATE_NOT_YET_VALID;
    // All bits are set when the extension is absent.
    if (!(X509_get_key_usage(certificate) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) ||
        X509_check_ca(certificate) > 0)
        return CCMS_SIGN_CERTIFICATE_USAGE;
    return CCMS_SIGN_OK;
}

static ccms_sign_outcome sign_elsewhere(const ccms_signer *signer, const EVP_MD *md, const uint8_t *digest,
                                        unsigned digest_size, uint8_t **signature, size_t *size,
                                        ccms_sign_report *report) {
    uint8_t block[1024], *encoded = NULL;
    size_t count = sizeof block;
    const uint8_t *data = digest;
    size_t data_size = digest_size;
    if (signer->is_rsa) {
        X509_SIG *info = X509_SIG_new();
        X509_ALGOR *algorithm = NULL;
        ASN1_OCTET_STRING *value = NULL;
        if (info) X509_SIG_getm(info, &algorithm, &value);
        int length = -1;
        if (info && X509_ALGOR_set0(algorithm, OBJ_nid2obj(EVP_MD_get_type(md)), V_ASN1_NULL, NULL) == 1 &&
            ASN1_OCTET_STRING_set(value, digest, (int)digest_size) == 1)
            length = i2d_X509_SIG(info, &encoded);
        X509_SIG_free(info);
        if (length <= 0) return ccms_sign_broken(CCMS_SIGN_FAILED, report);
        data = encoded;
        data_size = (size_t)length;
    }
    report->elsewhere = signer->sign(signer->context, data, data_size, block, &count, report->detail,
                                     sizeof report->detail);
    OPENSSL_free(encoded);
    if (report->elsewhere != 0) return CCMS_SIGN_ELSEWHERE_FAILED;
    if (count == 0 || count > sizeof block || (!signer->is_rsa && count % 2)) return CCMS_SIGN_FAILED;
    if (signer->is_rsa) {
        uint8_t *copy = OPENSSL_memdup(block, count);
        *size = count;
        *signature = copy;
        return copy ? CCMS_SIGN_OK : CCMS_SIGN_FAILED;
    }
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(block, (int)count / 2, NULL), *s = BN_bin2bn(block + count / 2, (int)count / 2, NULL);
    int length = -1;
    if (pair && r && s && ECDSA_SIG_set0(pair, r, s) == 1) {
        r = s = NULL;
        length = i2d_ECDSA_SIG(pair, signature);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(pair);
    if (length <= 0) return ccms_sign_broken(CCMS_SIGN_FAILED, report);
    *size = (size_t)length;
    return CCMS_SIGN_OK;
}

ccms_sign_outcome ccms_sign_bytes(const ccms_signer *signer, const EVP_MD *md, const uint8_t *data, size_t count,
                                    uint8_t **signature, size_t *size, ccms_sign_report *report) {
    *signature = NULL;
    if (!signer->key) {
        uint8_t digest[EVP_MAX_MD_SIZE];
        unsigned digest_size = 0;
        if (EVP_Digest(data, count, digest, &digest_size, md, NULL) != 1)
            return ccms_sign_broken(CCMS_SIGN_FAILED, report);
        return sign_elsewhere(signer, md, digest, digest_size, signature, size, report);
    }
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int good = context && EVP_DigestSignInit(context, NULL, md, NULL, signer->key) == 1 &&
               EVP_DigestSign(context, NULL, size, data, count) == 1;
    if (good) *signature = OPENSSL_malloc(*size);
    good = *signature && EVP_DigestSign(context, *signature, size, data, count) == 1;
    EVP_MD_CTX_free(context);
    if (good) return CCMS_SIGN_OK;
    OPENSSL_free(*signature);
    *signature = NULL;
    return ccms_sign_broken(CCMS_SIGN_FAILED, report);
}

int ccms_sign_holds(EVP_PKEY *key, const EVP_MD *md, const uint8_t *data, size_t count, const uint8_t *signature,
                 size_t size) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int good = context && EVP_DigestVerifyInit(context, NULL, md, NULL, key) == 1 &&
               EVP_DigestVerify(context, signature, size, data, count) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return good;
}

typedef struct {
    uint8_t *der;
    int size;
} encoded_attribute;

static int compare_encoded(const void *a, const void *b) {
    const encoded_attribute *x = a, *y = b;
    int order = memcmp(x->der, y->der, (size_t)(x->size < y->size ? x->size : y->size));
    return order ? order : x->size - y->size;
}

// The signed attributes as they are signed: SET OF in DER (RFC 5652 section 5.4), from malloc.
static uint8_t *encode_attributes(CMS_SignerInfo *signer, size_t *size) {
    encoded_attribute all[8] = {{0}};
    int count = CMS_signed_get_attr_count(signer), total = 0, good = count > 0 && count <= 8;
    for (int i = 0; good && i < count; i++) {
        all[i].size = i2d_X509_ATTRIBUTE(CMS_signed_get_attr(signer, i), &all[i].der);
        good = all[i].size > 0;
        total += all[i].size;
    }
    uint8_t *set = good ? malloc((size_t)ASN1_object_size(1, total, V_ASN1_SET)) : NULL;
    if (set) {
        uint8_t *next = set;
        qsort(all, (size_t)count, sizeof *all, compare_encoded);
        ASN1_put_object(&next, 1, total, V_ASN1_SET, V_ASN1_UNIVERSAL);
        for (int i = 0; i < count; i++) {
            memcpy(next, all[i].der, (size_t)all[i].size);
            next += all[i].size;
        }
        *size = (size_t)(next - set);
    }
    for (int i = 0; i < 8; i++) OPENSSL_free(all[i].der);
    return set;
}

static int add_attributes(CMS_SignerInfo *info, const EVP_MD *md, const uint8_t *content, size_t count) {
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    ASN1_TIME *now = X509_gmtime_adj(NULL, 0);
    int good = now && EVP_Digest(content, count, digest, &size, md, NULL) == 1 &&
               CMS_signed_add1_attr_by_NID(info, NID_pkcs9_contentType, V_ASN1_OBJECT, OBJ_nid2obj(NID_pkcs7_data),
                                           -1) == 1 &&
               CMS_signed_add1_attr_by_NID(info, NID_pkcs9_signingTime, now->type, now, -1) == 1 &&
               CMS_signed_add1_attr_by_NID(info, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING, digest, (int)size) == 1;
    ASN1_TIME_free(now);
    return good;
}

ccms_sign_outcome ccms_sign(const ccms_signer *signer, const uint8_t *content, size_t count, int digest_bits,
                            uint8_t **result, size_t *size, ccms_sign_report *report) {
    memset(report, 0, sizeof *report);
    ERR_clear_error();
    *result = NULL;
    const EVP_MD *md = ccms_sign_digest(digest_bits);
    ccms_sign_outcome outcome = md ? ccms_sign_check(signer, report) : CCMS_SIGN_FAILED;
    if (outcome != CCMS_SIGN_OK) return outcome;
    unsigned flags = CMS_BINARY | CMS_DETACHED | CMS_PARTIAL;
    CMS_ContentInfo *cms = CMS_sign(NULL, NULL, signer->chain, NULL, flags);
    // OpenSSL itself signs only with keys it holds: here it lays out the SignerInfo, from the public half, and the
    // signature over the attributes is put in afterwards. So one way serves both sorts of keys.
    CMS_SignerInfo *info = cms ? CMS_add1_signer(cms, signer->certificate, X509_get0_pubkey(signer->certificate), md,
                                                 flags | CMS_CADES | CMS_NOSMIMECAP)
                               : NULL;
    uint8_t *attributes = NULL, *signature = NULL, *der = NULL;
    size_t attributes_size = 0, signature_size = 0;
    if (info && CMS_set_detached(cms, 1) == 1 && add_attributes(info, md, content, count))
        attributes = encode_attributes(info, &attributes_size);
    outcome = attributes ? ccms_sign_bytes(signer, md, attributes, attributes_size, &signature, &signature_size, report)
                         : ccms_sign_broken(CCMS_SIGN_FAILED, report);
    if (outcome == CCMS_SIGN_OK) {
        // A token that was exchanged, or a fault in it, must not go out as a signature.
        int length = -1;
        if (!ccms_sign_holds(X509_get0_pubkey(signer->certificate), md, attributes, attributes_size, signature,
                             signature_size))
            outcome = CCMS_SIGN_CERTIFICATE_MISMATCH;
        else if (ASN1_OCTET_STRING_set(CMS_SignerInfo_get0_signature(info), signature, (int)signature_size) == 1)
            length = i2d_CMS_ContentInfo(cms, &der);
        if (outcome == CCMS_SIGN_OK) outcome = ccms_sign_give(der, length, result, size);
    }
    free(attributes);
    OPENSSL_free(signature);
    CMS_ContentInfo_free(cms);
    return outcome == CCMS_SIGN_OK ? outcome : ccms_sign_broken(outcome, report);
}

ccms_sign_outcome ccms_sign_raw(const ccms_signer *signer, const uint8_t *content, size_t count, int digest_bits,
                                uint8_t **result, size_t *size, ccms_sign_report *report) {
    memset(report, 0, sizeof *report);
    ERR_clear_error();
    *result = NULL;
    const EVP_MD *md = ccms_sign_digest(digest_bits);
    ccms_sign_outcome outcome = md ? ccms_sign_check(signer, report) : CCMS_SIGN_FAILED;
    if (outcome != CCMS_SIGN_OK) return outcome;
    // A SET is what CMS signs, a SEQUENCE what certificates and requests are.
    if (count == 0 || content[0] == 0x31 || content[0] == 0x30) return CCMS_SIGN_CONTENT_REFUSED;
    uint8_t *signature = NULL;
    size_t length = 0;
    outcome = ccms_sign_bytes(signer, md, content, count, &signature, &length, report);
    if (outcome != CCMS_SIGN_OK) return outcome;
    if (!ccms_sign_holds(X509_get0_pubkey(signer->certificate), md, content, count, signature, length)) {
        OPENSSL_free(signature);
        return CCMS_SIGN_CERTIFICATE_MISMATCH;
    }
    return ccms_sign_give(signature, (int)length, result, size);
}
