#include "ccms_internal.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/objects.h>

// Whether the answer is about the certificate: its issuer's name and key under SHA-1 or SHA-256, and its number.
static int is_about(const OCSP_SINGLERESP *answer, const ccms_finding *finding) {
    ASN1_OBJECT *digest = NULL;
    OCSP_CERTID *id = (OCSP_CERTID *)OCSP_SINGLERESP_get0_id(answer);
    if (!id || OCSP_id_get0_info(NULL, &digest, NULL, NULL, id) != 1) return 0;
    int nid = OBJ_obj2nid(digest);
    if (nid != NID_sha1 && nid != NID_sha256) return 0;
    OCSP_CERTID *own = OCSP_cert_to_id(EVP_get_digestbynid(nid), finding->certificate, finding->issuer);
    int same = own && OCSP_id_cmp(own, id) == 0;
    OCSP_CERTID_free(own);
    return same;
}

static int holds_at(X509 *certificate, int64_t time) {
    int good_before = 0, good_after = 0;
    int64_t before = ccms_unix_time(X509_get0_notBefore(certificate), &good_before);
    int64_t after = ccms_unix_time(X509_get0_notAfter(certificate), &good_after);
    return good_before && good_after && before <= time && time <= after;
}

static int is_signed_by(OCSP_BASICRESP *basic, X509 *signer) {
    STACK_OF(X509) *alone = sk_X509_new_null();
    // Only this certificate may be the responder's; its own chain is our matter.
    int good = alone && sk_X509_push(alone, signer) > 0 &&
               OCSP_basic_verify(basic, alone, NULL, OCSP_NOINTERN | OCSP_NOVERIFY) == 1;
    sk_X509_free(alone);
    return good;
}

// Whether a CRL at hand refuses the responder: revoked by the time it answered, or its key known as stolen by now.
static int is_refused(const ccms_finding *finding, X509 *responder, int64_t produced) {
    const ccms_case *judged = finding->judged;
    for (size_t i = 0; i < judged->trust->crl_count + judged->crl_count; i++) {
        int own = i < judged->trust->crl_count;
        ccms_crl *list = own ? judged->trust->crls[i] : judged->crls[i - judged->trust->crl_count];
        int readable = 0, reason = -1;
        int64_t since = 0;
        if (X509_NAME_cmp(X509_CRL_get_issuer(list->crl), X509_get_subject_name(finding->issuer)) != 0 ||
            !ccms_crl_lists(list, responder, &readable, &since, &reason) ||
            !ccms_crl_signed_by(list, finding->issuer, own ? &judged->trust->cache.lock : NULL))
            continue;
        if (!readable || since <= produced) return 1;
        if (ccms_is_orderly(reason)) continue;
        ccms_window_cut(&finding->evidence->current, since, judged->at);
        if (since <= judged->at) return 1;
    }
    return 0;
}

// RFC 6960 section 4.2.2.2: the CA itself, or one to whom the same CA directly gave the right.
static const char *fault_of_responder(const ccms_finding *finding, OCSP_BASICRESP *basic, int64_t produced) {
    if (is_signed_by(basic, finding->issuer)) return NULL;
    X509 *responder = NULL;
    if (OCSP_resp_get0_signer(basic, &responder, finding->judged->helping) != 1 || !responder)
        return "the responder's certificate is missing";
    if (X509_NAME_cmp(X509_get_issuer_name(responder), X509_get_subject_name(finding->issuer)) != 0 ||
        X509_verify(responder, X509_get0_pubkey(finding->issuer)) != 1)
        return "the CA that issued the certificate did not issue the responder's";
    if (!(X509_get_extension_flags(responder) & EXFLAG_XKUSAGE) ||
        !(X509_get_extended_key_usage(responder) & XKU_OCSP_SIGN) ||
        !(X509_get_key_usage(responder) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) ||
        (X509_get_extension_flags(responder) & (EXFLAG_CRITICAL | EXFLAG_INVALID)))
        return "the responder's certificate is not meant for OCSP";
    const X509_ALGOR *algorithm = NULL;
    X509_get0_signature(NULL, &algorithm, responder);
    if (!ccms_strong_key(responder) || !ccms_strong_signature(algorithm)) return "the responder's key is weak";
    if (!holds_at(responder, produced)) return "the responder's certificate was not in force";
    if (is_refused(finding, responder, produced)) return "the responder's certificate was revoked";
    return is_signed_by(basic, responder) ? NULL : "its signature does not hold";
}

// archiveCutoff: of certificates that ended since then the responder still knows.
static int still_knows(OCSP_SINGLERESP *answer, int64_t not_after) {
    int readable = 0;
    ASN1_GENERALIZEDTIME *cutoff = OCSP_SINGLERESP_get1_ext_d2i(answer, NID_id_pkix_OCSP_archiveCutoff, NULL, NULL);
    int64_t since = ccms_unix_time(cutoff, &readable);
    ASN1_GENERALIZEDTIME_free(cutoff);
    return readable && since <= not_after;
}

static void weigh_answer(ccms_finding *finding, const ccms_ocsp *ocsp, OCSP_SINGLERESP *answer, int64_t produced) {
    int64_t at = finding->judged->at;
    ASN1_GENERALIZEDTIME *revoked = NULL, *this_update = NULL, *next_update = NULL;
    int reason = -1, readable = 0, revoked_readable = 0;
    int status = OCSP_single_get0_status(answer, &reason, &revoked, &this_update, &next_update);
    ccms_stored_datum datum = {.kind = CCMS_DATUM_OCSP, .der = ocsp->der};
    datum.this_update = ccms_unix_time(this_update, &readable);
    datum.next_update = ccms_unix_time(next_update, &datum.has_next_update);
    if (!readable || (next_update && !datum.has_next_update)) {
        ccms_finding_fault(finding, CCMS_OCSP_UNUSABLE, "its times cannot be read");
        return;
    }
    if (OCSP_SINGLERESP_get_ext_by_critical(answer, 1, -1) >= 0) {
        ccms_finding_fault(finding, CCMS_OCSP_UNUSABLE, "it has a critical extension that is not understood");
        return;
    }
    if (status == V_OCSP_CERTSTATUS_REVOKED) {
        int64_t since = ccms_unix_time(revoked, &revoked_readable);
        ccms_finding_revoked(finding, revoked_readable, since, reason);
    }
    if (!ccms_strong_signature(OCSP_resp_get0_tbs_sigalg(ocsp->basic))) {
        ccms_finding_fault(finding, CCMS_REVOCATION_WEAK, "OCSP");
        return;
    }
    int64_t last = datum.has_next_update ? datum.next_update : datum.this_update + CCMS_OCSP_AGE;
    ccms_window_cut(&finding->evidence->current, datum.this_update - CCMS_CLOCK_SKEW, at);
    ccms_window_cut(&finding->evidence->current, produced - CCMS_CLOCK_SKEW, at);
    ccms_window_cut(&finding->evidence->current, last + 1, at);
    if (datum.this_update - CCMS_CLOCK_SKEW > at || produced - CCMS_CLOCK_SKEW > at || last < at) {
        ccms_finding_fault(finding, CCMS_OCSP_OUT_OF_DATE, NULL);
    } else if (status == V_OCSP_CERTSTATUS_UNKNOWN) {
        finding->unknown = 1;
    } else if (datum.this_update > finding->not_after && !still_knows(answer, finding->not_after)) {
        ccms_finding_fault(finding, CCMS_REVOCATION_TOO_LATE, "OCSP");
    } else if (status == V_OCSP_CERTSTATUS_GOOD || status == V_OCSP_CERTSTATUS_REVOKED) {
        ccms_finding_good(finding, &datum);
    }
}

void ccms_weigh_ocsp(ccms_finding *finding, const ccms_ocsp *ocsp) {
    int checked = 0, readable = 0;
    int64_t produced = ccms_unix_time(OCSP_resp_get0_produced_at(ocsp->basic), &readable);
    for (int i = 0; i < OCSP_resp_count(ocsp->basic); i++) {
        OCSP_SINGLERESP *answer = OCSP_resp_get0(ocsp->basic, i);
        if (!is_about(answer, finding)) continue;
        // The signature is over all answers: once is enough.
        if (!checked) {
            const char *fault = readable ? fault_of_responder(finding, ocsp->basic, produced)
                                         : "its times cannot be read";
            if (!fault && OCSP_BASICRESP_get_ext_by_critical(ocsp->basic, 1, -1) >= 0)
                fault = "it has a critical extension that is not understood";
            if (fault) {
                ccms_finding_fault(finding, CCMS_OCSP_UNUSABLE, fault);
                return;
            }
            checked = 1;
        }
        weigh_answer(finding, ocsp, answer, produced);
    }
}

static X509 *read_certificate(const uint8_t *der, size_t size) {
    const uint8_t *end = der;
    X509 *certificate = der && size <= INT32_MAX ? d2i_X509(NULL, &end, (long)size) : NULL;
    if (certificate && end == der + size) return certificate;
    X509_free(certificate);
    return NULL;
}

ccms_outcome ccms_ocsp_request(const uint8_t *certificate_der, size_t certificate_size, const uint8_t *issuer_der,
                               size_t issuer_size, uint8_t **der, size_t *size) {
    *der = NULL;
    *size = 0;
    ccms_outcome outcome = CCMS_MALFORMED;
    X509 *certificate = read_certificate(certificate_der, certificate_size);
    X509 *issuer = read_certificate(issuer_der, issuer_size);
    OCSP_REQUEST *request = OCSP_REQUEST_new();
    uint8_t *encoded = NULL;
    if (certificate && issuer && request && X509_check_issued(issuer, certificate) == X509_V_OK &&
        X509_verify(certificate, X509_get0_pubkey(issuer)) == 1) {
        outcome = CCMS_OUT_OF_MEMORY;
        OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), certificate, issuer);
        if (id && !OCSP_request_add0_id(request, id)) OCSP_CERTID_free(id);
        int count = OCSP_request_onereq_count(request) == 1 ? i2d_OCSP_REQUEST(request, &encoded) : -1;
        if (count > 0) *der = malloc((size_t)count);
        if (*der) {
            memcpy(*der, encoded, *size = (size_t)count);
            outcome = CCMS_OK;
        }
    }
    OPENSSL_free(encoded);
    OCSP_REQUEST_free(request);
    X509_free(issuer);
    X509_free(certificate);
    return outcome;
}
