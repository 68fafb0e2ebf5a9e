#include "ccms_internal.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

// Times beyond the years that a certificate can name are all the same.
static int64_t clamped(int64_t time) {
    const int64_t last = 253402300799;
    return time > last ? last : time < -last ? -last : time;
}

void ccms_case_init(ccms_case *judged, const ccms_trust *trust, const ccms_rules *rules) {
    memset(judged, 0, sizeof *judged);
    // What a trust keeps of chains is guarded by its lock; the rest is only read.
    judged->trust = (ccms_trust *)trust;
    judged->at = clamped(rules->at);
    judged->required = rules->require_revocation != 0;
    judged->material = rules->material;
    judged->material_count = rules->material_count;
}

static X509 *certificate_in(ccms_bytes bytes) {
    const uint8_t *end = bytes.data;
    X509 *certificate = d2i_X509(NULL, &end, (long)bytes.size);
    if (certificate && end == bytes.data + bytes.size) return certificate;
    X509_free(certificate);
    return NULL;
}

static OCSP_RESPONSE *response_in(ccms_bytes bytes) {
    const uint8_t *end = bytes.data;
    OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &end, (long)bytes.size);
    if (response && end == bytes.data + bytes.size) return response;
    OCSP_RESPONSE_free(response);
    return NULL;
}

// 0 only when memory runs out: what cannot be read is passed over.
static int open_one(ccms_case *judged, ccms_bytes bytes) {
    if (bytes.size == 0 || bytes.size > INT32_MAX) return 1;
    X509 *certificate = certificate_in(bytes);
    if (certificate) {
        if (sk_X509_push(judged->helping, certificate) > 0) return 1;
        X509_free(certificate);
        return 0;
    }
    ccms_crl *crl = ccms_crl_read(bytes.data, bytes.size);
    if (crl) {
        judged->crls[judged->crl_count++] = crl;
        return 1;
    }
    OCSP_RESPONSE *response = response_in(bytes);
    OCSP_BASICRESP *basic = NULL;
    if (response && OCSP_response_status(response) == OCSP_RESPONSE_STATUS_SUCCESSFUL)
        basic = OCSP_response_get1_basic(response);
    OCSP_RESPONSE_free(response);
    if (!basic) return 1;
    ccms_blob *der = ccms_blob_new(bytes.data, bytes.size);
    if (!der) {
        OCSP_BASICRESP_free(basic);
        return 0;
    }
    judged->ocsps[judged->ocsp_count++] = (ccms_ocsp){basic, der};
    return 1;
}

int ccms_case_open(ccms_case *judged) {
    if (judged->opened) return 1;
    judged->helping = sk_X509_new_null();
    judged->crls = calloc(judged->material_count + 1, sizeof *judged->crls);
    judged->ocsps = calloc(judged->material_count + 1, sizeof *judged->ocsps);
    if (!judged->helping || !judged->crls || !judged->ocsps) return 0;
    for (size_t i = 0; i < judged->material_count; i++)
        if (!open_one(judged, judged->material[i])) return 0;
    if (X509_add_certs(judged->helping, judged->trust->intermediates, X509_ADD_FLAG_UP_REF) != 1) return 0;
    judged->opened = 1;
    ERR_clear_error();
    return 1;
}

void ccms_case_free(ccms_case *judged) {
    for (size_t i = 0; i < judged->crl_count; i++) ccms_crl_free(judged->crls[i]);
    for (size_t i = 0; i < judged->ocsp_count; i++) {
        OCSP_BASICRESP_free(judged->ocsps[i].basic);
        ccms_blob_release(judged->ocsps[i].der);
    }
    free(judged->crls);
    free(judged->ocsps);
    sk_X509_pop_free(judged->helping, X509_free);
}

// MARK: What one object says of itself

static void describe_crl(const ccms_trust *trust, ccms_crl *crl, ccms_object *object) {
    object->kind = CCMS_OBJECT_CRL;
    ccms_name_text(X509_CRL_get_issuer(crl->crl), object->name, sizeof object->name);
    object->from = crl->this_update;
    object->has_until = crl->has_next_update;
    object->until = crl->next_update;
    for (int i = 0; trust && !crl->weak && i < sk_X509_num(trust->roots) + sk_X509_num(trust->intermediates); i++) {
        int roots = sk_X509_num(trust->roots);
        X509 *authority = i < roots ? sk_X509_value(trust->roots, i) : sk_X509_value(trust->intermediates, i - roots);
        if (X509_NAME_cmp(X509_get_subject_name(authority), X509_CRL_get_issuer(crl->crl)) == 0 && !crl->fault &&
            (X509_get_key_usage(authority) & KU_CRL_SIGN) && ccms_crl_signed_by(crl, authority, NULL))
            object->signed_by_trust = 1;
    }
}

static int describe_certificate(X509 *certificate, ccms_object *object) {
    int good_before = 0;
    object->kind = CCMS_OBJECT_CERTIFICATE;
    ccms_name_text(X509_get_subject_name(certificate), object->name, sizeof object->name);
    object->from = ccms_unix_time(X509_get0_notBefore(certificate), &good_before);
    object->until = ccms_unix_time(X509_get0_notAfter(certificate), &object->has_until);
    return good_before && object->has_until;
}

static int describe_response(OCSP_RESPONSE *response, ccms_object *object) {
    object->kind = CCMS_OBJECT_OCSP;
    object->ocsp_status = OCSP_response_status(response);
    if (object->ocsp_status != OCSP_RESPONSE_STATUS_SUCCESSFUL) return 1;
    OCSP_BASICRESP *basic = OCSP_response_get1_basic(response);
    OCSP_SINGLERESP *answer = basic ? OCSP_resp_get0(basic, 0) : NULL;
    ASN1_GENERALIZEDTIME *this_update = NULL, *next_update = NULL;
    int good = 0;
    if (answer) {
        OCSP_single_get0_status(answer, NULL, NULL, &this_update, &next_update);
        object->from = ccms_unix_time(this_update, &good);
        object->until = ccms_unix_time(next_update, &object->has_until);
    }
    OCSP_BASICRESP_free(basic);
    return good;
}

static int describe(const ccms_trust *trust, ccms_bytes bytes, ccms_object *object) {
    X509 *certificate = certificate_in(bytes);
    ccms_crl *crl = certificate ? NULL : ccms_crl_read(bytes.data, bytes.size);
    OCSP_RESPONSE *response = certificate || crl ? NULL : response_in(bytes);
    int good = 0;
    if (certificate) good = describe_certificate(certificate, object);
    else if (response) good = describe_response(response, object);
    else if (crl) {
        describe_crl(trust, crl, object);
        good = 1;
    }
    X509_free(certificate);
    ccms_crl_free(crl);
    OCSP_RESPONSE_free(response);
    return good && EVP_Digest(bytes.data, bytes.size, object->sha256, NULL, EVP_sha256(), NULL) == 1;
}

ccms_outcome ccms_read_object(const ccms_trust *trust, const uint8_t *data, size_t size, ccms_object *object) {
    memset(object, 0, sizeof *object);
    if (size == 0 || size > INT32_MAX) return CCMS_MALFORMED;
    int good = 0;
    if (data[0] == 0x30) {
        good = describe(trust, (ccms_bytes){data, size}, object);
    } else {
        BIO *bio = BIO_new_mem_buf(data, (int)size);
        char *label = NULL, *header = NULL;
        unsigned char *der = NULL;
        long count = 0;
        if (bio && PEM_read_bio(bio, &label, &header, &der, &count) == 1) {
            if (count > 0 && !strstr(label, "PRIVATE KEY"))
                good = describe(trust, (ccms_bytes){der, (size_t)count}, object);
            OPENSSL_free(label);
            OPENSSL_free(header);
            OPENSSL_clear_free(der, (size_t)count);
        }
        BIO_free(bio);
    }
    ERR_clear_error();
    return good ? CCMS_OK : CCMS_MALFORMED;
}
