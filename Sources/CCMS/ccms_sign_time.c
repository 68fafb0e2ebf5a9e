// RFC 3161 timestamps on a signature (CAdES-T), and the digests and small checks that signing needs besides.

#include "ccms_sign_internal.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ts.h>

static CMS_SignerInfo *only_signer(CMS_ContentInfo *cms) {
    STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);
    return signers && sk_CMS_SignerInfo_num(signers) == 1 ? sk_CMS_SignerInfo_value(signers, 0) : NULL;
}

// A CMS with one signer, whose signature over its attributes holds.
static CMS_ContentInfo *read_signed(const uint8_t *der, size_t count) {
    const uint8_t *end = der;
    CMS_ContentInfo *cms = count > 0 && count <= INT32_MAX ? d2i_CMS_ContentInfo(NULL, &end, (long)count) : NULL;
    int good = cms && end == der + count && OBJ_obj2nid(CMS_get0_type(cms)) == NID_pkcs7_signed &&
               only_signer(cms) && CMS_signed_get_attr_count(only_signer(cms)) > 0 &&
               CMS_set1_signers_certs(cms, NULL, 0) == 1 && CMS_SignerInfo_verify(only_signer(cms)) == 1;
    if (good) return cms;
    CMS_ContentInfo_free(cms);
    return NULL;
}

static int signature_digest(CMS_ContentInfo *cms, const EVP_MD *md, uint8_t *digest, unsigned *size) {
    const ASN1_OCTET_STRING *value = CMS_SignerInfo_get0_signature(only_signer(cms));
    return EVP_Digest(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value), digest, size, md, NULL) == 1;
}

ccms_sign_outcome ccms_timestamp_request(const uint8_t *data, size_t count, uint8_t **result, size_t *size,
                                         ccms_sign_report *report) {
    memset(report, 0, sizeof *report);
    ERR_clear_error();
    *result = NULL;
    CMS_ContentInfo *cms = read_signed(data, count);
    if (!cms) return ccms_sign_broken(CCMS_SIGN_CMS_UNUSABLE, report);
    uint8_t digest[EVP_MAX_MD_SIZE], nonce[8], *der = NULL;
    unsigned digest_size = 0;
    TS_REQ *request = TS_REQ_new();
    TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
    X509_ALGOR *algorithm = X509_ALGOR_new();
    BIGNUM *number = NULL;
    ASN1_INTEGER *integer = NULL;
    int length = -1;
    if (RAND_bytes(nonce, sizeof nonce) == 1) {
        nonce[0] |= 0x40;
        number = BN_bin2bn(nonce, sizeof nonce, NULL);
        integer = number ? BN_to_ASN1_INTEGER(number, NULL) : NULL;
    }
    if (request && imprint && algorithm && integer && signature_digest(cms, EVP_sha256(), digest, &digest_size) &&
        X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) == 1 &&
        TS_MSG_IMPRINT_set_algo(imprint, algorithm) == 1 &&
        TS_MSG_IMPRINT_set_msg(imprint, digest, (int)digest_size) == 1 && TS_REQ_set_version(request, 1) == 1 &&
        TS_REQ_set_msg_imprint(request, imprint) == 1 && TS_REQ_set_nonce(request, integer) == 1 &&
        TS_REQ_set_cert_req(request, 1) == 1)
        length = i2d_TS_REQ(request, &der);
    ASN1_INTEGER_free(integer);
    BN_free(number);
    X509_ALGOR_free(algorithm);
    TS_MSG_IMPRINT_free(imprint);
    TS_REQ_free(request);
    CMS_ContentInfo_free(cms);
    if (length <= 0) return ccms_sign_broken(CCMS_SIGN_FAILED, report);
    return ccms_sign_give(der, length, result, size);
}

// Whether the token's own signature holds, by the certificate it carries.
static int token_holds(const uint8_t *der, int length) {
    CMS_ContentInfo *token = d2i_CMS_ContentInfo(NULL, &der, length);
    int good = token && CMS_get0_SignerInfos(token) && only_signer(token) &&
               CMS_verify(token, NULL, NULL, NULL, NULL, CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY) == 1;
    CMS_ContentInfo_free(token);
    return good;
}

static int answers(TS_TST_INFO *info, TS_REQ *request, CMS_ContentInfo *cms) {
    TS_MSG_IMPRINT *stated = TS_TST_INFO_get_msg_imprint(info), *asked = TS_REQ_get_msg_imprint(request);
    const ASN1_INTEGER *nonce = TS_TST_INFO_get_nonce(info), *wanted = TS_REQ_get_nonce(request);
    if (!stated || !asked || (wanted && (!nonce || ASN1_INTEGER_cmp(nonce, wanted) != 0))) return 0;
    ASN1_OCTET_STRING *digest = TS_MSG_IMPRINT_get_msg(stated);
    uint8_t computed[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    return X509_ALGOR_cmp(TS_MSG_IMPRINT_get_algo(stated), TS_MSG_IMPRINT_get_algo(asked)) == 0 &&
           OBJ_obj2nid(TS_MSG_IMPRINT_get_algo(stated)->algorithm) == NID_sha256 &&
           signature_digest(cms, EVP_sha256(), computed, &size) && ASN1_STRING_length(digest) == (int)size &&
           CRYPTO_memcmp(ASN1_STRING_get0_data(digest), computed, size) == 0;
}

static void describe_refusal(TS_STATUS_INFO *status, ccms_sign_report *report) {
    const STACK_OF(ASN1_UTF8STRING) *texts = TS_STATUS_INFO_get0_text(status);
    int count = texts ? sk_ASN1_UTF8STRING_num(texts) : 0;
    const ASN1_UTF8STRING *text = count > 0 ? sk_ASN1_UTF8STRING_value(texts, 0) : NULL;
    BIO *out = BIO_new(BIO_s_mem());
    if (!out) return;
    BIO_printf(out, "status %ld", ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(status)));
    if (text) {
        BIO_printf(out, ": ");
        ASN1_STRING_print_ex(out, text, ASN1_STRFLGS_ESC_CTRL | ASN1_STRFLGS_UTF8_CONVERT);
    }
    count = BIO_read(out, report->detail, (int)sizeof report->detail - 1);
    report->detail[count > 0 ? count : 0] = 0;
    BIO_free(out);
}

static ccms_sign_outcome check_token(TS_RESP *response, TS_REQ *request, CMS_ContentInfo *cms, uint8_t **token,
                                     int *length, ccms_sign_report *report) {
    TS_STATUS_INFO *status = TS_RESP_get_status_info(response);
    long granted = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(status));
    if (granted != TS_STATUS_GRANTED && granted != TS_STATUS_GRANTED_WITH_MODS) {
        describe_refusal(status, report);
        return CCMS_SIGN_TIMESTAMP_REFUSED;
    }
    PKCS7 *signed_data = TS_RESP_get_token(response);
    TS_TST_INFO *info = TS_RESP_get_tst_info(response);
    if (!signed_data || !info) return CCMS_SIGN_TIMESTAMP_MALFORMED;
    if (!answers(info, request, cms)) return CCMS_SIGN_TIMESTAMP_OTHER;
    *length = i2d_PKCS7(signed_data, token);
    return *length > 0 && token_holds(*token, *length) ? CCMS_SIGN_OK : CCMS_SIGN_TIMESTAMP_MALFORMED;
}

ccms_sign_outcome ccms_timestamp_add(const uint8_t *data, size_t count, const uint8_t *request_der,
                                     size_t request_size, const uint8_t *response_der, size_t response_size,
                                     uint8_t **result, size_t *size, ccms_sign_report *report) {
    memset(report, 0, sizeof *report);
    ERR_clear_error();
    *result = NULL;
    if (request_size == 0 || request_size > INT32_MAX) return CCMS_SIGN_TIMESTAMP_OTHER;
    if (response_size == 0 || response_size > INT32_MAX) return CCMS_SIGN_TIMESTAMP_MALFORMED;
    const uint8_t *request_end = request_der, *response_end = response_der;
    CMS_ContentInfo *cms = read_signed(data, count);
    TS_REQ *request = d2i_TS_REQ(NULL, &request_end, (long)request_size);
    TS_RESP *response = d2i_TS_RESP(NULL, &response_end, (long)response_size);
    uint8_t *token = NULL, *der = NULL;
    int token_size = 0;
    ccms_sign_outcome outcome = CCMS_SIGN_OK;
    if (!cms) outcome = CCMS_SIGN_CMS_UNUSABLE;
    else if (!request || request_end != request_der + request_size) outcome = CCMS_SIGN_TIMESTAMP_OTHER;
    else if (!response || response_end != response_der + response_size) outcome = CCMS_SIGN_TIMESTAMP_MALFORMED;
    else outcome = check_token(response, request, cms, &token, &token_size, report);
    if (outcome == CCMS_SIGN_OK) {
        int length = -1;
        if (CMS_unsigned_add1_attr_by_NID(only_signer(cms), NID_id_smime_aa_timeStampToken, V_ASN1_SEQUENCE, token,
                                          token_size) == 1)
            length = i2d_CMS_ContentInfo(cms, &der);
        outcome = ccms_sign_give(der, length, result, size);
    }
    if (outcome == CCMS_SIGN_OK) {
        // A signature whose attributes were not in DER order would not survive being written again.
        CMS_ContentInfo *again = read_signed(*result, *size);
        if (!again) {
            free(*result);
            *result = NULL;
            outcome = CCMS_SIGN_CMS_UNUSABLE;
        }
        CMS_ContentInfo_free(again);
    }
    OPENSSL_free(token);
    TS_RESP_free(response);
    TS_REQ_free(request);
    CMS_ContentInfo_free(cms);
    return outcome == CCMS_SIGN_OK ? outcome : ccms_sign_broken(outcome, report);
}

size_t ccms_digest(int digest_bits, const uint8_t *first, size_t first_size, const uint8_t *second, size_t second_size,
                   uint8_t *out) {
    const EVP_MD *md = ccms_sign_digest(digest_bits);
    unsigned count = 0;
    EVP_MD_CTX *context = md ? EVP_MD_CTX_new() : NULL;
    int good = context && EVP_DigestInit_ex(context, md, NULL) == 1 &&
               EVP_DigestUpdate(context, first, first_size) == 1 &&
               EVP_DigestUpdate(context, second, second_size) == 1 && EVP_DigestFinal_ex(context, out, &count) == 1;
    EVP_MD_CTX_free(context);
    return good ? count : 0;
}

int ccms_ed25519_holds(const uint8_t *public_key, const uint8_t *message, size_t count, const uint8_t *signature) {
    EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, 32);
    int good = key && ccms_sign_holds(key, NULL, message, count, signature, 64);
    EVP_PKEY_free(key);
    return good;
}

void ccms_cleanse(void *bytes, size_t count) { OPENSSL_cleanse(bytes, count); }
