#include "ccms_internal.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

// OpenSSL 3.0 takes far longer to read a certificate's key than to verify with it. So a signature's certificates are
// taken out of the file before it is read, and those met before come from a table of the trust.

// More certificates than this in one signature are read the plain way.
#define CARRIED_MAX 16
// Larger ones are not kept.
#define CERTIFICATE_MAX 8192

// One element with a definite length in the fewest bytes, as DER has it; moves on behind it. 0 when there is none.
static int next_element(ccms_bytes *rest, uint8_t *tag, ccms_bytes *whole, ccms_bytes *inside) {
    if (rest->size < 2 || (rest->data[0] & 0x1f) == 0x1f) return 0;
    size_t header = 2, length = rest->data[1];
    if (length == 0x80 || length > 0x83) return 0;
    if (length > 0x80) {
        size_t count = length & 0x7f;
        if (rest->size < 2 + count || rest->data[2] == 0) return 0;
        for (length = 0; header < 2 + count; header++) length = length << 8 | rest->data[header];
        if (length < 0x80) return 0;
    }
    if (rest->size - header < length) return 0;
    *tag = rest->data[0];
    *whole = (ccms_bytes){rest->data, header + length};
    *inside = (ccms_bytes){rest->data + header, length};
    rest->data += header + length;
    rest->size -= header + length;
    return 1;
}

// The only element of `rest`, which must have this tag.
static int only_element(ccms_bytes rest, uint8_t wanted, ccms_bytes *inside) {
    uint8_t tag = 0;
    ccms_bytes whole;
    return next_element(&rest, &tag, &whole, inside) && tag == wanted && rest.size == 0;
}

static size_t header_size(size_t length) { return length < 0x80 ? 2 : length < 0x100 ? 3 : length < 0x10000 ? 4 : 5; }

static uint8_t *put_header(uint8_t *out, uint8_t tag, size_t length) {
    size_t count = header_size(length) - 2;
    *out++ = tag;
    *out++ = (uint8_t)(count ? 0x80 | count : length);
    for (size_t i = count; i-- > 0;) *out++ = (uint8_t)(length >> (8 * i));
    return out;
}

// The signed-data file without its certificates, from malloc, and where those are. NULL when the form is not this plain.
static uint8_t *without_certificates(ccms_bytes file, size_t *size, ccms_bytes *certificates) {
    ccms_bytes content, type, wrapped, data, before, after, whole, inside;
    uint8_t tag = 0;
    if (!only_element(file, 0x30, &content) || !next_element(&content, &tag, &type, &inside) || tag != 0x06 ||
        !only_element(content, 0xa0, &wrapped) || !only_element(wrapped, 0x30, &data))
        return NULL;
    // Version, digest algorithms and content come first.
    before = data;
    for (int i = 0; i < 3; i++)
        if (!next_element(&data, &tag, &whole, &inside)) return NULL;
    before.size = (size_t)(data.data - before.data);
    if (!next_element(&data, &tag, &whole, certificates) || tag != 0xa0) return NULL;
    after = data;
    // CRLs or the signers come next, never certificates again.
    if (data.size == 0 || (data.data[0] != 0xa1 && data.data[0] != 0x31)) return NULL;

    size_t inner = before.size + after.size, middle = header_size(inner) + inner;
    size_t outer = type.size + header_size(middle) + middle;
    uint8_t *copy = malloc(header_size(outer) + outer);
    if (!copy) return NULL;
    uint8_t *out = put_header(copy, 0x30, outer);
    memcpy(out, type.data, type.size);
    out = put_header(out + type.size, 0xa0, middle);
    out = put_header(out, 0x30, inner);
    memcpy(out, before.data, before.size);
    memcpy(out + before.size, after.data, after.size);
    *size = header_size(outer) + outer;
    return copy;
}

static ccms_known *slot_of(ccms_trust *trust, const uint8_t key[32]) {
    uint64_t start;
    memcpy(&start, key, sizeof start);
    for (size_t i = 0;; i++) {
        // Never full: half the slots at most are taken.
        ccms_known *slot = &trust->known[(start + i) % CCMS_KNOWN_SLOTS];
        if (!slot->certificate || memcmp(slot->key, key, 32) == 0) return slot;
    }
}

void ccms_known_clear(ccms_trust *trust) {
    for (size_t i = 0; i < CCMS_KNOWN_SLOTS; i++) {
        X509_free(trust->known[i].certificate);
        trust->known[i].certificate = NULL;
    }
    trust->known_count = 0;
}

// The certificate of these very bytes, held for the caller; NULL when there is none.
static X509 *certificate_of(ccms_trust *trust, ccms_bytes der) {
    uint8_t key[32];
    if (EVP_Digest(der.data, der.size, key, NULL, EVP_sha256(), NULL) != 1) return NULL;
    pthread_mutex_lock(&trust->cache.lock);
    X509 *certificate = slot_of(trust, key)->certificate;
    if (certificate) X509_up_ref(certificate);
    pthread_mutex_unlock(&trust->cache.lock);
    if (certificate) return certificate;

    const uint8_t *end = der.data;
    certificate = d2i_X509(NULL, &end, (long)der.size);
    if (!certificate || end != der.data + der.size) {
        X509_free(certificate);
        return NULL;
    }
    if (der.size > CERTIFICATE_MAX) return certificate;
    pthread_mutex_lock(&trust->cache.lock);
    if (trust->known_count >= CCMS_KNOWN_SLOTS / 2) ccms_known_clear(trust);
    ccms_known *slot = slot_of(trust, key);
    if (!slot->certificate && X509_up_ref(certificate)) {
        memcpy(slot->key, key, sizeof key);
        slot->certificate = certificate;
        trust->known_count++;
    }
    pthread_mutex_unlock(&trust->cache.lock);
    return certificate;
}

static STACK_OF(X509) *certificates_in(ccms_trust *trust, ccms_bytes rest) {
    STACK_OF(X509) *found = sk_X509_new_null();
    uint8_t tag = 0;
    ccms_bytes whole, inside;
    while (found && rest.size > 0) {
        X509 *certificate = NULL;
        if (sk_X509_num(found) < CARRIED_MAX && next_element(&rest, &tag, &whole, &inside) && tag == 0x30)
            certificate = certificate_of(trust, whole);
        if (certificate && sk_X509_push(found, certificate) > 0) continue;
        X509_free(certificate);
        sk_X509_pop_free(found, X509_free);
        return NULL;
    }
    return found;
}

CMS_ContentInfo *ccms_read_signed(ccms_trust *trust, const uint8_t *der, size_t size, STACK_OF(X509) **carried) {
    size_t rest = 0;
    ccms_bytes certificates = {NULL, 0};
    uint8_t *plain = der ? without_certificates((ccms_bytes){der, size}, &rest, &certificates) : NULL;
    CMS_ContentInfo *cms = NULL;
    *carried = plain ? certificates_in(trust, certificates) : NULL;
    if (*carried) cms = ccms_read_cms(plain, rest);
    free(plain);
    if (cms) return cms;
    // Anything unusual, and what is no CMS at all, is OpenSSL's to judge.
    sk_X509_pop_free(*carried, X509_free);
    *carried = NULL;
    cms = ccms_read_cms(der, size);
    if (cms) *carried = CMS_get1_certs(cms);
    return cms;
}
