#include "ccms_internal.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/x509_vfy.h>

static ccms_outcome outcome_of(int error, int depth) {
    switch (error) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        return depth == 0 ? CCMS_INTERMEDIATE_MISSING : CCMS_UNTRUSTED_ROOT;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED: return CCMS_UNTRUSTED_ROOT;
    case X509_V_ERR_CERT_HAS_EXPIRED: return CCMS_EXPIRED;
    case X509_V_ERR_CERT_NOT_YET_VALID: return CCMS_NOT_YET_VALID;
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL: return CCMS_WEAK_KEY;
    case X509_V_ERR_CA_MD_TOO_WEAK: return CCMS_WEAK_DIGEST;
    case X509_V_ERR_INVALID_PURPOSE:
    case X509_V_ERR_KEYUSAGE_NO_CERTSIGN: return CCMS_WRONG_KEY_USAGE;
    case X509_V_ERR_OUT_OF_MEM: return CCMS_OUT_OF_MEMORY;
    default: return CCMS_CHAIN_INVALID;
    }
}

// Builds the chain at the time `trusted`, without a look at revocation. `*chain` is the caller's to free.
static ccms_outcome build(ccms_case *judged, X509 *certificate, STACK_OF(X509) *carried, int64_t trusted,
                          STACK_OF(X509) **chain, ccms_result *result) {
    ccms_outcome outcome = CCMS_OUT_OF_MEMORY;
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    STACK_OF(X509) *helping = carried ? X509_chain_up_ref(carried) : sk_X509_new_null();
    if (!context || !helping) goto done;
    if (X509_add_certs(helping, judged->helping, X509_ADD_FLAG_UP_REF) != 1) goto done;
    if (X509_STORE_CTX_init(context, judged->trust->store, certificate, helping) != 1) goto done;
    X509_VERIFY_PARAM *rules = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_X509_STRICT);
    X509_VERIFY_PARAM_set_purpose(rules, X509_PURPOSE_ANY);
    X509_VERIFY_PARAM_set_time(rules, (time_t)trusted);
    X509_VERIFY_PARAM_set_auth_level(rules, 2);
    X509_VERIFY_PARAM_set_depth(rules, 8);
    if (X509_verify_cert(context) == 1) {
        *chain = X509_STORE_CTX_get1_chain(context);
        outcome = *chain ? CCMS_OK : CCMS_OUT_OF_MEMORY;
    } else {
        int error = X509_STORE_CTX_get_error(context);
        X509 *at_fault = X509_STORE_CTX_get_current_cert(context);
        outcome = outcome_of(error, X509_STORE_CTX_get_error_depth(context));
        ccms_say(result, X509_verify_cert_error_string(error));
        // Of a missing issuer the reader needs the name of what is missing.
        if (at_fault)
            ccms_blame(result, outcome == CCMS_INTERMEDIATE_MISSING ? X509_get_issuer_name(at_fault)
                                                                    : X509_get_subject_name(at_fault));
    }
done:
    sk_X509_pop_free(helping, X509_free);
    X509_STORE_CTX_free(context);
    return outcome;
}

static int add_certificate(EVP_MD_CTX *digest, X509 *certificate) {
    uint8_t one[32];
    unsigned count = sizeof one;
    return X509_digest(certificate, EVP_sha256(), one, &count) == 1 && EVP_DigestUpdate(digest, one, sizeof one) == 1;
}

static int add_number(EVP_MD_CTX *digest, uint64_t number) {
    return EVP_DigestUpdate(digest, &number, sizeof number) == 1;
}

// All that a found chain depends on beside the trust and the two times.
static int key_of(const ccms_case *judged, X509 *certificate, STACK_OF(X509) *carried, ccms_role role, uint8_t key[32]) {
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    int count = carried ? sk_X509_num(carried) : 0;
    int good = digest && EVP_DigestInit_ex(digest, EVP_sha256(), NULL) == 1 && add_number(digest, role) &&
               add_number(digest, (uint64_t)judged->required) && add_certificate(digest, certificate) &&
               add_number(digest, (uint64_t)count);
    for (int i = 0; good && i < count; i++) good = add_certificate(digest, sk_X509_value(carried, i));
    good = good && add_number(digest, judged->material_count);
    for (size_t i = 0; good && i < judged->material_count; i++)
        good = add_number(digest, judged->material[i].size) &&
               EVP_DigestUpdate(digest, judged->material[i].data, judged->material[i].size) == 1;
    good = good && EVP_DigestFinal_ex(digest, key, NULL) == 1;
    EVP_MD_CTX_free(digest);
    return good;
}

static void cut_to_validity(ccms_evidence *evidence, int64_t trusted) {
    for (int i = 0; i < sk_X509_num(evidence->chain); i++) {
        X509 *certificate = sk_X509_value(evidence->chain, i);
        int readable = 0;
        int64_t before = ccms_unix_time(X509_get0_notBefore(certificate), &readable);
        if (readable) ccms_window_cut(&evidence->trusted, before, trusted);
        int64_t after = ccms_unix_time(X509_get0_notAfter(certificate), &readable);
        if (readable) ccms_window_cut(&evidence->trusted, after + 1, trusted);
    }
}

ccms_outcome ccms_judge_chain(ccms_case *judged, X509 *certificate, STACK_OF(X509) *carried, ccms_role role,
                              int64_t trusted, int look_only, ccms_evidence **evidence, ccms_result *result) {
    uint8_t key[32];
    *evidence = NULL;
    if (!key_of(judged, certificate, carried, role, key)) return CCMS_OUT_OF_MEMORY;
    ccms_cache *cache = &judged->trust->cache;
    if (!look_only && (*evidence = ccms_cache_find(cache, key, trusted, judged->at))) return CCMS_OK;

    if (!ccms_case_open(judged)) return CCMS_OUT_OF_MEMORY;
    STACK_OF(X509) *chain = NULL;
    ccms_outcome outcome = build(judged, certificate, carried, trusted, &chain, result);
    if (outcome != CCMS_OK) return outcome;
    ccms_evidence *found = ccms_evidence_new(chain);
    if (!found) return CCMS_OUT_OF_MEMORY;
    cut_to_validity(found, trusted);
    outcome = ccms_check_revocation(judged, found, role, trusted, look_only, result);
    if (outcome != CCMS_OK) {
        ccms_evidence_release(found);
        return outcome;
    }
    if (!look_only) ccms_cache_keep(cache, key, found);
    *evidence = found;
    return CCMS_OK;
}
