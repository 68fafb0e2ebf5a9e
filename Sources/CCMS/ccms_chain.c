#include "ccms_internal.h"

#include <string.h>

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

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
    case X509_V_ERR_CERT_REVOKED: return CCMS_REVOKED;
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
    case X509_V_ERR_DIFFERENT_CRL_SCOPE: return CCMS_CRL_MISSING;
    case X509_V_ERR_CRL_HAS_EXPIRED:
    case X509_V_ERR_CRL_NOT_YET_VALID: return CCMS_CRL_OUT_OF_DATE;
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL: return CCMS_WEAK_KEY;
    case X509_V_ERR_CA_MD_TOO_WEAK: return CCMS_WEAK_DIGEST;
    case X509_V_ERR_INVALID_PURPOSE:
    case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
    case X509_V_ERR_KEYUSAGE_NO_CRL_SIGN: return CCMS_WRONG_KEY_USAGE;
    case X509_V_ERR_OUT_OF_MEM: return CCMS_OUT_OF_MEMORY;
    default: return CCMS_CHAIN_INVALID;
    }
}

static X509_STORE *store_of(const ccms_trust *trust, int with_crls) {
    X509_STORE *store = X509_STORE_new();
    if (!store) return NULL;
    int good = 1;
    for (int i = 0; i < sk_X509_num(trust->roots); i++)
        good &= X509_STORE_add_cert(store, sk_X509_value(trust->roots, i)) == 1;
    for (int i = 0; with_crls && i < sk_X509_CRL_num(trust->crls); i++)
        good &= X509_STORE_add_crl(store, sk_X509_CRL_value(trust->crls, i)) == 1;
    if (good) return store;
    X509_STORE_free(store);
    return NULL;
}

// Without required CRLs: those at hand, of any age, still tell of a revocation at or before `at`.
static ccms_outcome listed_as_revoked(const ccms_trust *trust, STACK_OF(X509) *chain, int64_t at,
                                      ccms_result *result) {
    for (int i = 0; i + 1 < sk_X509_num(chain); i++) {
        X509 *certificate = sk_X509_value(chain, i);
        X509 *issuer = sk_X509_value(chain, i + 1);
        for (int j = 0; j < sk_X509_CRL_num(trust->crls); j++) {
            X509_CRL *crl = sk_X509_CRL_value(trust->crls, j);
            X509_REVOKED *entry = NULL;
            int readable = 0;
            if (X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(issuer)) != 0) continue;
            if (X509_CRL_get0_by_cert(crl, &entry, certificate) != 1) continue;
            if (X509_CRL_verify(crl, X509_get0_pubkey(issuer)) != 1) continue;
            int64_t since = ccms_unix_time(X509_REVOKED_get0_revocationDate(entry), &readable);
            if (readable && since > at) continue;
            ccms_name_text(X509_get_subject_name(certificate), result->certificate, sizeof result->certificate);
            return CCMS_REVOKED;
        }
    }
    return CCMS_OK;
}

ccms_outcome ccms_build_chain(const ccms_trust *trust, X509 *certificate, STACK_OF(X509) *carried, int64_t at,
                              int require_crl, STACK_OF(X509) **chain, ccms_result *result) {
    ccms_outcome outcome = CCMS_OUT_OF_MEMORY;
    X509_STORE *store = store_of(trust, require_crl);
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    STACK_OF(X509) *helping = carried ? X509_chain_up_ref(carried) : sk_X509_new_null();
    if (!store || !context || !helping) goto done;
    for (int i = 0; i < sk_X509_num(trust->intermediates); i++)
        if (X509_add_cert(helping, sk_X509_value(trust->intermediates, i), X509_ADD_FLAG_UP_REF) != 1) goto done;
    if (X509_STORE_CTX_init(context, store, certificate, helping) != 1) goto done;
    X509_VERIFY_PARAM *rules = X509_STORE_CTX_get0_param(context);
    unsigned long flags = X509_V_FLAG_X509_STRICT;
    if (require_crl) flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
    X509_VERIFY_PARAM_set_flags(rules, flags);
    X509_VERIFY_PARAM_set_purpose(rules, X509_PURPOSE_ANY);
    X509_VERIFY_PARAM_set_time(rules, (time_t)at);
    X509_VERIFY_PARAM_set_auth_level(rules, 2);
    X509_VERIFY_PARAM_set_depth(rules, 8);
    if (X509_verify_cert(context) == 1) {
        *chain = X509_STORE_CTX_get1_chain(context);
        outcome = *chain ? CCMS_OK : CCMS_OUT_OF_MEMORY;
        if (*chain && !require_crl) outcome = listed_as_revoked(trust, *chain, at, result);
    } else {
        int error = X509_STORE_CTX_get_error(context);
        X509 *at_fault = X509_STORE_CTX_get_current_cert(context);
        outcome = outcome_of(error, X509_STORE_CTX_get_error_depth(context));
        const char *words = X509_verify_cert_error_string(error);
        strncpy(result->detail, words, sizeof result->detail - 1);
        if (at_fault) ccms_name_text(X509_get_subject_name(at_fault), result->certificate, sizeof result->certificate);
        // Of a missing issuer the reader needs the name of what is missing.
        if (at_fault && (outcome == CCMS_INTERMEDIATE_MISSING || outcome == CCMS_CRL_MISSING))
            ccms_name_text(X509_get_issuer_name(at_fault), result->certificate, sizeof result->certificate);
    }
done:
    sk_X509_pop_free(helping, X509_free);
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    return outcome;
}
