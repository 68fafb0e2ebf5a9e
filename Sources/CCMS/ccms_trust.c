#include "ccms_internal.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

ccms_trust *ccms_trust_new(void) {
    ccms_trust *trust = calloc(1, sizeof *trust);
    if (!trust) return NULL;
    pthread_mutex_init(&trust->cache.lock, NULL);
    trust->store = X509_STORE_new();
    trust->roots = sk_X509_new_null();
    trust->intermediates = sk_X509_new_null();
    if (trust->store && trust->roots && trust->intermediates) return trust;
    ccms_trust_free(trust);
    return NULL;
}

void ccms_trust_free(ccms_trust *trust) {
    if (!trust) return;
    ccms_cache_clear(&trust->cache);
    ccms_known_clear(trust);
    pthread_mutex_destroy(&trust->cache.lock);
    X509_STORE_free(trust->store);
    sk_X509_pop_free(trust->roots, X509_free);
    sk_X509_pop_free(trust->intermediates, X509_free);
    for (size_t i = 0; i < trust->crl_count; i++) ccms_crl_free(trust->crls[i]);
    free(trust->crls);
    free(trust);
}

size_t ccms_trust_roots(const ccms_trust *trust) { return (size_t)sk_X509_num(trust->roots); }
size_t ccms_trust_intermediates(const ccms_trust *trust) { return (size_t)sk_X509_num(trust->intermediates); }
size_t ccms_trust_crls(const ccms_trust *trust) { return trust->crl_count; }

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
    if (outcome == CCMS_OK && (!root || X509_STORE_add_cert(trust->store, certificate) == 1) &&
        sk_X509_push(root ? trust->roots : trust->intermediates, certificate) > 0)
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
    ccms_crl *list = ccms_crl_read(der, count);
    if (!list) return CCMS_MALFORMED;
    ccms_name_text(X509_CRL_get_issuer(list->crl), name, size);
    if (kind == CCMS_ROOT || kind == CCMS_INTERMEDIATE) {
        ccms_crl_free(list);
        return CCMS_NOT_A_CA;
    }
    ccms_crl **more = realloc(trust->crls, (trust->crl_count + 1) * sizeof *more);
    if (!more) {
        ccms_crl_free(list);
        return CCMS_OUT_OF_MEMORY;
    }
    trust->crls = more;
    list->der->of_trust = 1;
    trust->crls[trust->crl_count++] = list;
    return CCMS_OK;
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
