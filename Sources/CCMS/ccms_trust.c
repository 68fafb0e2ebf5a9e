#include "ccms_internal.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

void ccms_name_text(const X509_NAME *name, char *out, size_t size) {
    if (size == 0) return;
    out[0] = 0;
    BIO *bio = BIO_new(BIO_s_mem());
    if (!bio) return;
    unsigned long flags = (XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) | ASN1_STRFLGS_UTF8_CONVERT;
    if (X509_NAME_print_ex(bio, name, 0, flags) >= 0) {
        char *text = NULL;
        long count = BIO_get_mem_data(bio, &text);
        if (count > 0) {
            size_t kept = (size_t)count < size - 1 ? (size_t)count : size - 1;
            // A cut never leaves half a UTF-8 sequence.
            if (kept < (size_t)count) while (kept > 0 && ((uint8_t)text[kept] & 0xc0) == 0x80) kept--;
            memcpy(out, text, kept);
            out[kept] = 0;
        }
    }
    BIO_free(bio);
}

int64_t ccms_unix_time(const ASN1_TIME *time, int *ok) {
    struct tm parts;
    memset(&parts, 0, sizeof parts);
    *ok = time && ASN1_TIME_to_tm(time, &parts) == 1;
    return *ok ? (int64_t)timegm(&parts) : 0;
}

ccms_trust *ccms_trust_new(void) {
    ccms_trust *trust = calloc(1, sizeof *trust);
    if (!trust) return NULL;
    trust->roots = sk_X509_new_null();
    trust->intermediates = sk_X509_new_null();
    trust->crls = sk_X509_CRL_new_null();
    if (trust->roots && trust->intermediates && trust->crls) return trust;
    ccms_trust_free(trust);
    return NULL;
}

void ccms_trust_free(ccms_trust *trust) {
    if (!trust) return;
    sk_X509_pop_free(trust->roots, X509_free);
    sk_X509_pop_free(trust->intermediates, X509_free);
    sk_X509_CRL_pop_free(trust->crls, X509_CRL_free);
    free(trust);
}

size_t ccms_trust_roots(const ccms_trust *trust) { return (size_t)sk_X509_num(trust->roots); }
size_t ccms_trust_intermediates(const ccms_trust *trust) { return (size_t)sk_X509_num(trust->intermediates); }
size_t ccms_trust_crls(const ccms_trust *trust) { return (size_t)sk_X509_CRL_num(trust->crls); }

// Takes the certificate over, whatever the outcome.
static ccms_outcome add_certificate(ccms_trust *trust, X509 *certificate, ccms_kind kind, char *name, size_t size) {
    ccms_name_text(X509_get_subject_name(certificate), name, size);
    // Also fills the cached extensions while only one thread sees the certificate.
    int self_signed = X509_self_signed(certificate, 1) == 1;
    int authority = X509_check_ca(certificate) > 0;
    ccms_outcome outcome = CCMS_OK;
    if (kind == CCMS_CRL) outcome = CCMS_NOT_A_CRL;
    else if (!authority) outcome = CCMS_NOT_A_CA;
    else if (kind == CCMS_ROOT && !self_signed) outcome = CCMS_NOT_A_ROOT;
    int root = kind == CCMS_ROOT || (kind == CCMS_ANY && self_signed);
    if (outcome == CCMS_OK && sk_X509_push(root ? trust->roots : trust->intermediates, certificate) > 0)
        return CCMS_OK;
    X509_free(certificate);
    return outcome == CCMS_OK ? CCMS_OUT_OF_MEMORY : outcome;
}

static ccms_outcome add_object(ccms_trust *trust, const uint8_t *der, size_t count, int crl, ccms_kind kind,
                               char *name, size_t size) {
    const uint8_t *end = der;
    if (!crl) {
        X509 *certificate = d2i_X509(NULL, &end, (long)count);
        if (!certificate || end != der + count) {
            X509_free(certificate);
            return CCMS_MALFORMED;
        }
        return add_certificate(trust, certificate, kind, name, size);
    }
    X509_CRL *list = d2i_X509_CRL(NULL, &end, (long)count);
    if (!list || end != der + count) {
        X509_CRL_free(list);
        return CCMS_MALFORMED;
    }
    ccms_name_text(X509_CRL_get_issuer(list), name, size);
    if (kind == CCMS_ROOT || kind == CCMS_INTERMEDIATE) {
        X509_CRL_free(list);
        return CCMS_NOT_A_CA;
    }
    if (sk_X509_CRL_push(trust->crls, list) > 0) return CCMS_OK;
    X509_CRL_free(list);
    return CCMS_OUT_OF_MEMORY;
}

// Whether a PEM label occurs anywhere in the bytes.
static int looks_like_pem(const uint8_t *data, size_t count) {
    static const char mark[] = "-----BEGIN ";
    for (size_t i = 0; i + sizeof mark - 1 <= count; i++)
        if (data[i] == '-' && memcmp(data + i, mark, sizeof mark - 1) == 0) return 1;
    return 0;
}

ccms_outcome ccms_trust_add(ccms_trust *trust, const uint8_t *data, size_t count, ccms_kind kind, char *name,
                            size_t name_size) {
    if (name_size) name[0] = 0;
    if (count == 0 || count > INT32_MAX) return CCMS_MALFORMED;
    ERR_clear_error();
    ccms_outcome outcome = CCMS_MALFORMED;
    if (data[0] == 0x30) {
        outcome = add_object(trust, data, count, 0, kind, name, name_size);
        if (outcome == CCMS_MALFORMED) outcome = add_object(trust, data, count, 1, kind, name, name_size);
    } else if (looks_like_pem(data, count)) {
        BIO *bio = BIO_new_mem_buf(data, (int)count);
        char *label = NULL, *header = NULL;
        unsigned char *der = NULL;
        long size = 0;
        while (bio && PEM_read_bio(bio, &label, &header, &der, &size) == 1) {
            if (strstr(label, "PRIVATE KEY")) outcome = CCMS_PRIVATE_KEY;
            else if (!strcmp(label, "CERTIFICATE") || !strcmp(label, "X509 CERTIFICATE"))
                outcome = add_object(trust, der, (size_t)size, 0, kind, name, name_size);
            else if (!strcmp(label, "X509 CRL"))
                outcome = add_object(trust, der, (size_t)size, 1, kind, name, name_size);
            else outcome = CCMS_MALFORMED;
            OPENSSL_free(label);
            OPENSSL_free(header);
            OPENSSL_clear_free(der, (size_t)size);
            if (outcome != CCMS_OK) break;
        }
        // A block that breaks off after good ones is not skipped.
        if (outcome == CCMS_OK && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
            outcome = CCMS_MALFORMED;
        BIO_free(bio);
    }
    ERR_clear_error();
    return outcome;
}
