#include "ccms_internal.h"

#include <string.h>

#include <openssl/x509v3.h>

// The later, the nearer to being good evidence: that is told.
static int rank(ccms_outcome fault) {
    switch (fault) {
    case CCMS_OCSP_UNUSABLE: return 1;
    case CCMS_CRL_UNUSABLE: return 2;
    case CCMS_REVOCATION_WEAK: return 3;
    case CCMS_OCSP_OUT_OF_DATE: return 4;
    case CCMS_CRL_OUT_OF_DATE: return 5;
    case CCMS_REVOCATION_TOO_LATE: return 6;
    default: return 0;
    }
}

void ccms_finding_fault(ccms_finding *finding, ccms_outcome outcome, const char *detail) {
    if (rank(outcome) <= rank(finding->fault)) return;
    finding->fault = outcome;
    finding->detail = detail;
}

int ccms_is_orderly(int reason) {
    return reason == CRL_REASON_UNSPECIFIED || reason == CRL_REASON_AFFILIATION_CHANGED ||
           reason == CRL_REASON_SUPERSEDED || reason == CRL_REASON_CESSATION_OF_OPERATION;
}

void ccms_finding_revoked(ccms_finding *finding, int readable, int64_t since, int reason) {
    if (reason == CRL_REASON_REMOVE_FROM_CRL) return;
    if (!readable || since <= finding->trusted) finding->revoked = 1;
    if (readable) ccms_window_cut(&finding->evidence->trusted, since, finding->trusted);
    // A stolen key makes tokens of any day: none counts that is first seen after it was known.
    if (readable && finding->role == CCMS_ROLE_TIMESTAMP && !ccms_is_orderly(reason)) {
        if (since <= finding->judged->at) finding->revoked = 1;
        ccms_window_cut(&finding->evidence->current, since, finding->judged->at);
    }
}

void ccms_finding_good(ccms_finding *finding, const ccms_stored_datum *datum) {
    const ccms_stored_datum *best = &finding->best;
    // An OCSP response before a CRL, which is larger to keep; then the newest.
    int newer = datum->kind == best->kind && datum->this_update > best->this_update;
    if (!best->der || datum->kind > best->kind || newer) finding->best = *datum;
}

static ccms_outcome refusal(ccms_outcome outcome, const X509_NAME *name, const char *detail, ccms_result *result) {
    ccms_blame(result, name);
    ccms_say(result, detail);
    return outcome;
}

ccms_outcome ccms_check_revocation(ccms_case *judged, ccms_evidence *evidence, ccms_role role, int64_t trusted,
                                   int look_only, ccms_result *result) {
    if (!ccms_case_open(judged)) return CCMS_OUT_OF_MEMORY;
    ccms_trust *trust = judged->trust;
    evidence->complete = 1;
    for (int i = 0; i + 1 < sk_X509_num(evidence->chain); i++) {
        X509 *certificate = sk_X509_value(evidence->chain, i);
        int readable = 0;
        ccms_finding finding = {.judged = judged, .certificate = certificate, .role = role, .trusted = trusted,
                                .issuer = sk_X509_value(evidence->chain, i + 1), .evidence = evidence,
                                .fault = CCMS_CRL_MISSING};
        finding.not_after = ccms_unix_time(X509_get0_notAfter(certificate), &readable);
        for (size_t j = 0; j < trust->crl_count; j++) ccms_weigh_crl(&finding, trust->crls[j], &trust->cache.lock);
        for (size_t j = 0; j < judged->crl_count; j++) ccms_weigh_crl(&finding, judged->crls[j], NULL);
        for (size_t j = 0; j < judged->ocsp_count; j++) ccms_weigh_ocsp(&finding, &judged->ocsps[j]);

        const X509_NAME *subject = X509_get_subject_name(certificate);
        if (finding.revoked && !look_only) return refusal(CCMS_REVOKED, subject, NULL, result);
        if (finding.unknown && !look_only && role == CCMS_ROLE_SIGNER)
            return refusal(CCMS_OCSP_UNKNOWN, subject, NULL, result);
        if (finding.best.der) {
            ccms_stored_datum *kept = &evidence->data[evidence->data_count++];
            *kept = finding.best;
            kept->certificate = (size_t)i;
            ccms_blob_hold(kept->der);
            continue;
        }
        evidence->complete = 0;
        if (!judged->required || look_only || role != CCMS_ROLE_SIGNER) continue;
        // Of what is missing or unfit the reader needs the name of who issues it.
        int by_issuer = finding.fault == CCMS_CRL_MISSING || finding.fault == CCMS_CRL_OUT_OF_DATE ||
                        finding.fault == CCMS_CRL_UNUSABLE;
        const X509_NAME *name = by_issuer ? X509_get_subject_name(finding.issuer) : subject;
        return refusal(finding.fault, name, finding.detail, result);
    }
    return CCMS_OK;
}
