#include "ccms_internal.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/objects.h>

static int is_known_of_list(int nid) {
    return nid == NID_issuing_distribution_point || nid == NID_authority_key_identifier || nid == NID_crl_number;
}

// RFC 5280 section 5.3: a critical extension of an entry that is not understood makes the whole list unusable.
static int entries_are_plain(X509_CRL *crl) {
    STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(crl);
    for (int i = 0; i < sk_X509_REVOKED_num(entries); i++) {
        const STACK_OF(X509_EXTENSION) *extensions = X509_REVOKED_get0_extensions(sk_X509_REVOKED_value(entries, i));
        for (int j = 0; j < sk_X509_EXTENSION_num(extensions); j++) {
            X509_EXTENSION *extension = sk_X509_EXTENSION_value(extensions, j);
            int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));
            if (X509_EXTENSION_get_critical(extension) && nid != NID_crl_reason && nid != NID_invalidity_date) return 0;
        }
    }
    return 1;
}

static const char *fault_of(ccms_crl *list) {
    X509_CRL *crl = list->crl;
    if (X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) >= 0) return "it is a delta CRL";
    int scoped = X509_CRL_get_ext_by_NID(crl, NID_issuing_distribution_point, -1) >= 0;
    list->scope = X509_CRL_get_ext_d2i(crl, NID_issuing_distribution_point, NULL, NULL);
    if (scoped && !list->scope) return "its scope cannot be read";
    if (list->scope && list->scope->indirectCRL > 0) return "it is an indirect CRL";
    if (list->scope && (list->scope->onlyuser > 0 || list->scope->onlyCA > 0 || list->scope->onlyattr > 0 ||
                        list->scope->onlysomereasons))
        return "its scope is limited";
    for (int i = 0; i < X509_CRL_get_ext_count(crl); i++) {
        X509_EXTENSION *extension = X509_CRL_get_ext(crl, i);
        int known = is_known_of_list(OBJ_obj2nid(X509_EXTENSION_get_object(extension)));
        if (X509_EXTENSION_get_critical(extension) && !known)
            return "it has a critical extension that is not understood";
    }
    if (!entries_are_plain(crl)) return "an entry has a critical extension that is not understood";
    return list->has_next_update ? NULL : "it does not say until when it holds";
}

static void read_expired_since(ccms_crl *list) {
    ASN1_OBJECT *object = OBJ_txt2obj("2.5.29.60", 1);
    int position = object ? X509_CRL_get_ext_by_OBJ(list->crl, object, -1) : -1;
    ASN1_OBJECT_free(object);
    if (position < 0) return;
    const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(X509_CRL_get_ext(list->crl, position));
    const uint8_t *end = ASN1_STRING_get0_data(value);
    ASN1_GENERALIZEDTIME *time = d2i_ASN1_GENERALIZEDTIME(NULL, &end, ASN1_STRING_length(value));
    list->expired_since = ccms_unix_time(time, &list->lists_expired);
    ASN1_GENERALIZEDTIME_free(time);
}

ccms_crl *ccms_crl_read(const uint8_t *der, size_t size) {
    ccms_crl *list = calloc(1, sizeof *list);
    const uint8_t *end = der;
    if (!list) return NULL;
    list->crl = d2i_X509_CRL(NULL, &end, (long)size);
    int readable = 0;
    if (list->crl && end == der + size)
        list->this_update = ccms_unix_time(X509_CRL_get0_lastUpdate(list->crl), &readable);
    if (readable) list->der = ccms_blob_new(der, size);
    if (!list->der) {
        ccms_crl_free(list);
        return NULL;
    }
    list->next_update = ccms_unix_time(X509_CRL_get0_nextUpdate(list->crl), &list->has_next_update);
    const X509_ALGOR *algorithm = NULL;
    X509_CRL_get0_signature(list->crl, NULL, &algorithm);
    list->weak = !ccms_strong_signature(algorithm);
    list->fault = fault_of(list);
    read_expired_since(list);
    // The first search sorts the entries: now, while only one thread sees them.
    ASN1_INTEGER *zero = ASN1_INTEGER_new();
    X509_REVOKED *entry = NULL;
    if (zero) X509_CRL_get0_by_serial(list->crl, &entry, zero);
    ASN1_INTEGER_free(zero);
    return list;
}

void ccms_crl_free(ccms_crl *list) {
    if (!list) return;
    X509_CRL_free(list->crl);
    ISSUING_DIST_POINT_free(list->scope);
    ccms_blob_release(list->der);
    free(list);
}

int ccms_crl_signed_by(ccms_crl *list, X509 *issuer, pthread_mutex_t *lock) {
    uint8_t key[32];
    unsigned count = sizeof key;
    const ASN1_BIT_STRING *bits = X509_get0_pubkey_bitstr(issuer);
    EVP_PKEY *public_key = X509_get0_pubkey(issuer);
    if (!bits || !public_key ||
        EVP_Digest(bits->data, (size_t)bits->length, key, &count, EVP_sha256(), NULL) != 1)
        return 0;
    if (lock) pthread_mutex_lock(lock);
    int known = list->verified && memcmp(list->verified_key, key, sizeof key) == 0;
    if (lock) pthread_mutex_unlock(lock);
    if (known) return 1;
    if (X509_CRL_verify(list->crl, public_key) != 1) return 0;
    if (lock) pthread_mutex_lock(lock);
    memcpy(list->verified_key, key, sizeof key);
    list->verified = 1;
    if (lock) pthread_mutex_unlock(lock);
    return 1;
}

// Whether both name the same place in full.
static int same_point(const DIST_POINT_NAME *one, const DIST_POINT_NAME *other) {
    if (!one || !other || one->type != 0 || other->type != 0) return 0;
    for (int i = 0; i < sk_GENERAL_NAME_num(one->name.fullname); i++)
        for (int j = 0; j < sk_GENERAL_NAME_num(other->name.fullname); j++)
            if (GENERAL_NAME_cmp(sk_GENERAL_NAME_value(one->name.fullname, i),
                                 sk_GENERAL_NAME_value(other->name.fullname, j)) == 0)
                return 1;
    return 0;
}

// A CA that spreads its list over several names each with its point: the certificate says which is its own.
static int covers(const ccms_crl *list, X509 *certificate) {
    if (!list->scope || !list->scope->distpoint) return 1;
    CRL_DIST_POINTS *points = X509_get_ext_d2i(certificate, NID_crl_distribution_points, NULL, NULL);
    int found = 0;
    for (int i = 0; !found && i < sk_DIST_POINT_num(points); i++)
        found = same_point(list->scope->distpoint, sk_DIST_POINT_value(points, i)->distpoint);
    CRL_DIST_POINTS_free(points);
    return found;
}

const char *ccms_crl_fault(const ccms_crl *list, X509 *certificate, X509 *issuer) {
    if (list->fault) return list->fault;
    if (!(X509_get_key_usage(issuer) & KU_CRL_SIGN)) return "its issuer may not sign CRLs";
    return covers(list, certificate) ? NULL : "its scope leaves the certificate out";
}

static int reason_of(const X509_REVOKED *entry) {
    ASN1_ENUMERATED *value = X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, NULL, NULL);
    int reason = value ? (int)ASN1_ENUMERATED_get(value) : -1;
    ASN1_ENUMERATED_free(value);
    return reason;
}

int ccms_crl_lists(ccms_crl *list, X509 *certificate, int *readable, int64_t *since, int *reason) {
    X509_REVOKED *entry = NULL;
    // 2 is an entry that lifts another.
    if (X509_CRL_get0_by_cert(list->crl, &entry, certificate) != 1) return 0;
    *since = ccms_unix_time(X509_REVOKED_get0_revocationDate(entry), readable);
    *reason = reason_of(entry);
    return 1;
}

void ccms_weigh_crl(ccms_finding *finding, ccms_crl *list, pthread_mutex_t *lock) {
    if (X509_NAME_cmp(X509_CRL_get_issuer(list->crl), X509_get_subject_name(finding->issuer)) != 0) return;
    if (!ccms_crl_signed_by(list, finding->issuer, lock)) {
        ccms_finding_fault(finding, CCMS_CRL_UNUSABLE, "its signature does not hold");
        return;
    }
    // A list that cannot tell that a certificate is good still tells that one is revoked.
    int readable = 0, reason = -1;
    int64_t since = 0;
    if (ccms_crl_lists(list, finding->certificate, &readable, &since, &reason))
        ccms_finding_revoked(finding, readable, since, reason);
    const char *fault = ccms_crl_fault(list, finding->certificate, finding->issuer);
    int64_t at = finding->judged->at;
    if (fault) {
        ccms_finding_fault(finding, CCMS_CRL_UNUSABLE, fault);
        return;
    }
    if (list->weak) {
        ccms_finding_fault(finding, CCMS_REVOCATION_WEAK, "CRL");
        return;
    }
    ccms_window_cut(&finding->evidence->current, list->this_update - CCMS_CLOCK_SKEW, at);
    ccms_window_cut(&finding->evidence->current, list->next_update + 1, at);
    if (list->this_update - CCMS_CLOCK_SKEW > at || list->next_update < at) {
        ccms_finding_fault(finding, CCMS_CRL_OUT_OF_DATE, NULL);
    } else if (list->this_update > finding->not_after &&
               !(list->lists_expired && list->expired_since <= finding->not_after)) {
        ccms_finding_fault(finding, CCMS_REVOCATION_TOO_LATE, "CRL");
    } else {
        ccms_stored_datum datum = {.kind = CCMS_DATUM_CRL, .der = list->der, .this_update = list->this_update,
                                   .has_next_update = 1, .next_update = list->next_update};
        ccms_finding_good(finding, &datum);
    }
}
