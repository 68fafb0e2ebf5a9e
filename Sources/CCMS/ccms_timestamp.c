#include "ccms_internal.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/ts.h>

// More timestamps than this over one signature serve nobody.
#define TOKENS_MAX 4

static ccms_outcome invalid(ccms_result *result, const char *detail) {
    ccms_say(result, detail);
    return CCMS_TIMESTAMP_INVALID;
}

static TS_TST_INFO *info_in(CMS_ContentInfo *cms) {
    ASN1_OCTET_STRING **content = CMS_get0_content(cms);
    if (!content || !*content) return NULL;
    const uint8_t *start = ASN1_STRING_get0_data(*content), *end = start;
    TS_TST_INFO *info = d2i_TS_TST_INFO(NULL, &end, ASN1_STRING_length(*content));
    if (info && end == start + ASN1_STRING_length(*content)) return info;
    TS_TST_INFO_free(info);
    return NULL;
}

// What the token says: that it is of these bytes, and when.
static ccms_outcome check_info(const ccms_case *judged, TS_TST_INFO *info, const ASN1_OCTET_STRING *signature,
                               int64_t *time, ccms_result *result) {
    if (TS_TST_INFO_get_version(info) != 1) return invalid(result, "its version is not 1");
    if (TS_TST_INFO_get_ext_by_critical(info, 1, -1) >= 0) return invalid(result, "it has a critical extension");
    TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint(info);
    const ASN1_OBJECT *object = NULL;
    X509_ALGOR_get0(&object, NULL, NULL, TS_MSG_IMPRINT_get_algo(imprint));
    int nid = OBJ_obj2nid(object);
    if (nid != NID_sha256 && nid != NID_sha384 && nid != NID_sha512) {
        ccms_say(result, "the digest of the signature is not SHA-2");
        return CCMS_TIMESTAMP_WEAK;
    }
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned count = 0;
    const ASN1_OCTET_STRING *stated = TS_MSG_IMPRINT_get_msg(imprint);
    if (EVP_Digest(ASN1_STRING_get0_data(signature), (size_t)ASN1_STRING_length(signature), digest, &count,
                   EVP_get_digestbynid(nid), NULL) != 1)
        return CCMS_OUT_OF_MEMORY;
    if (ASN1_STRING_length(stated) != (int)count || CRYPTO_memcmp(ASN1_STRING_get0_data(stated), digest, count) != 0)
        return invalid(result, "it is not over this signature");
    int readable = 0;
    *time = ccms_unix_time(TS_TST_INFO_get_time(info), &readable);
    if (!readable) return invalid(result, "its time cannot be read");
    if (*time <= judged->at + CCMS_CLOCK_SKEW) return CCMS_OK;
    result->timestamp_time = *time;
    return CCMS_TIMESTAMP_FUTURE;
}

// The token's own signature by a certificate that may make timestamps and nothing else.
static ccms_outcome check_signer(CMS_ContentInfo *cms, CMS_SignerInfo *signer, X509 *authority, ccms_result *result) {
    ASN1_OCTET_STRING *content = *CMS_get0_content(cms);
    ccms_bytes bytes = {ASN1_STRING_get0_data(content), (size_t)ASN1_STRING_length(content)};
    ccms_content signed_content = {.parts = &bytes, .part_count = 1};
    int bits = 0;
    const EVP_MD *md = ccms_signer_digest(signer, &bits);
    if (!md || !ccms_strong_key(authority)) {
        ccms_say(result, md ? "the authority's key is weak" : "its digest is not SHA-2");
        return CCMS_TIMESTAMP_WEAK;
    }
    if (CMS_signed_get_attr_count(signer) <= 0 || ccms_check_content(cms, signer, md, &signed_content) != CCMS_OK)
        return invalid(result, "its content was changed");
    if (CMS_SignerInfo_verify(signer) != 1) return invalid(result, "its signature does not hold");
    int usage = X509_get_ext_by_NID(authority, NID_ext_key_usage, -1);
    if (usage < 0 || X509_check_purpose(authority, X509_PURPOSE_TIMESTAMP_SIGN, 0) != 1 ||
        !X509_EXTENSION_get_critical(X509_get_ext(authority, usage)))
        return invalid(result, "the certificate is not meant for timestamps alone");
    return CCMS_OK;
}

static ccms_outcome of_timestamp(ccms_outcome outcome) {
    switch (outcome) {
    case CCMS_OK:
    case CCMS_OUT_OF_MEMORY: return outcome;
    case CCMS_REVOKED: return CCMS_TIMESTAMP_REVOKED;
    case CCMS_WEAK_KEY:
    case CCMS_WEAK_DIGEST: return CCMS_TIMESTAMP_WEAK;
    default: return CCMS_TIMESTAMP_UNTRUSTED;
    }
}

static ccms_outcome check_token(ccms_case *judged, CMS_ContentInfo *cms, STACK_OF(X509) *carried,
                                const ASN1_OCTET_STRING *signature, int64_t *time, X509 **authority,
                                ccms_evidence **chain, ccms_result *result) {
    STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);
    if (OBJ_obj2nid(CMS_get0_eContentType(cms)) != NID_id_smime_ct_TSTInfo || sk_CMS_SignerInfo_num(signers) != 1)
        return invalid(result, "it is no timestamp token of one authority");
    TS_TST_INFO *info = info_in(cms);
    ccms_outcome outcome = info ? check_info(judged, info, signature, time, result)
                                : invalid(result, "it is no timestamp token of one authority");
    TS_TST_INFO_free(info);
    if (outcome != CCMS_OK) return outcome;

    CMS_SignerInfo *signer = sk_CMS_SignerInfo_value(signers, 0);
    if ((!carried || CMS_set1_signers_certs(cms, carried, CMS_NOINTERN) < 1) && ccms_case_open(judged))
        CMS_set1_signers_certs(cms, judged->helping, CMS_NOINTERN);
    CMS_SignerInfo_get0_algs(signer, NULL, authority, NULL, NULL);
    if (!*authority) return invalid(result, "the authority's certificate is missing");
    ccms_blame(result, X509_get_subject_name(*authority));
    outcome = check_signer(cms, signer, *authority, result);
    if (outcome != CCMS_OK) return outcome;

    outcome = of_timestamp(
        ccms_judge_chain(judged, *authority, carried, CCMS_ROLE_TIMESTAMP, *time, 0, chain, result));
    if (outcome != CCMS_OK) return outcome;
    // RFC 3161 section 2.4.2 asks for the attribute, in the form of its time with SHA-1.
    if (ccms_names_certificate(signer, (*chain)->chain, 1) != 1)
        return invalid(result, "it does not name its authority's certificate");
    return CCMS_OK;
}

static ccms_outcome check_value(ccms_case *judged, X509_ATTRIBUTE *attribute, const ASN1_OCTET_STRING *signature,
                                ccms_result *result) {
    ASN1_TYPE *value = X509_ATTRIBUTE_count(attribute) == 1 ? X509_ATTRIBUTE_get0_type(attribute, 0) : NULL;
    CMS_ContentInfo *cms = NULL;
    STACK_OF(X509) *carried = NULL;
    if (value && value->type == V_ASN1_SEQUENCE)
        cms = ccms_read_signed(judged->trust, ASN1_STRING_get0_data(value->value.sequence),
                               (size_t)ASN1_STRING_length(value->value.sequence), &carried);
    if (!cms) return invalid(result, "it is no timestamp token of one authority");
    int64_t time = 0;
    X509 *authority = NULL;
    ccms_evidence *chain = NULL;
    ccms_outcome outcome = check_token(judged, cms, carried, signature, &time, &authority, &chain, result);
    // Of several the earliest counts.
    if (outcome == CCMS_OK && (!result->timestamp_chain || time < result->timestamp_time)) {
        ccms_evidence_release(result->timestamp_chain);
        result->timestamp_chain = chain;
        result->timestamp_time = result->trusted_time = time;
        ccms_name_text(X509_get_subject_name(authority), result->timestamp_authority,
                       sizeof result->timestamp_authority);
        chain = NULL;
    }
    ccms_evidence_release(chain);
    sk_X509_pop_free(carried, X509_free);
    CMS_ContentInfo_free(cms);
    return outcome;
}

ccms_outcome ccms_check_timestamps(ccms_case *judged, CMS_SignerInfo *signer, ccms_result *result) {
    const ASN1_OCTET_STRING *signature = CMS_SignerInfo_get0_signature(signer);
    result->trusted_time = judged->at;
    int found = 0;
    for (int i = 0; i < CMS_unsigned_get_attr_count(signer); i++) {
        X509_ATTRIBUTE *attribute = CMS_unsigned_get_attr(signer, i);
        if (OBJ_obj2nid(X509_ATTRIBUTE_get0_object(attribute)) != NID_id_smime_aa_timeStampToken) continue;
        result->has_timestamp = 1;
        if (++found > TOKENS_MAX) return invalid(result, "there are too many");
        ccms_outcome outcome = check_value(judged, attribute, signature, result);
        if (outcome != CCMS_OK) return outcome;
    }
    return CCMS_OK;
}
