#include "ccms_internal.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

ccms_blob *ccms_blob_new(const uint8_t *data, size_t size) {
    ccms_blob *blob = size <= INT32_MAX ? malloc(sizeof *blob + size) : NULL;
    if (!blob) return NULL;
    blob->references = 1;
    blob->of_trust = 0;
    blob->size = size;
    if (size) memcpy(blob->data, data, size);
    if (EVP_Digest(data, size, blob->sha256, NULL, EVP_sha256(), NULL) == 1) return blob;
    free(blob);
    return NULL;
}

ccms_blob *ccms_blob_hold(ccms_blob *blob) {
    __atomic_add_fetch(&blob->references, 1, __ATOMIC_RELAXED);
    return blob;
}

void ccms_blob_release(ccms_blob *blob) {
    if (blob && __atomic_sub_fetch(&blob->references, 1, __ATOMIC_ACQ_REL) == 0) free(blob);
}

void ccms_window_cut(ccms_window *window, int64_t boundary, int64_t time) {
    if (boundary <= time) {
        if (boundary > window->from) window->from = boundary;
    } else if (boundary < window->until) {
        window->until = boundary;
    }
}

static ccms_blob *blob_of(X509 *certificate) {
    uint8_t *der = NULL;
    int size = i2d_X509(certificate, &der);
    ccms_blob *blob = size > 0 ? ccms_blob_new(der, (size_t)size) : NULL;
    OPENSSL_free(der);
    return blob;
}

ccms_evidence *ccms_evidence_new(STACK_OF(X509) *chain) {
    ccms_evidence *evidence = calloc(1, sizeof *evidence);
    if (!evidence) {
        sk_X509_pop_free(chain, X509_free);
        return NULL;
    }
    evidence->references = 1;
    evidence->chain = chain;
    evidence->trusted = evidence->current = (ccms_window){INT64_MIN, INT64_MAX};
    size_t count = (size_t)sk_X509_num(chain);
    evidence->certificates = calloc(count, sizeof *evidence->certificates);
    evidence->data = calloc(count, sizeof *evidence->data);
    int good = evidence->certificates && evidence->data;
    for (size_t i = 0; good && i < count; i++) {
        evidence->certificates[i] = blob_of(sk_X509_value(chain, (int)i));
        good = evidence->certificates[i] != NULL;
        evidence->count += (size_t)good;
    }
    if (good) return evidence;
    ccms_evidence_release(evidence);
    return NULL;
}

ccms_evidence *ccms_evidence_hold(ccms_evidence *evidence) {
    __atomic_add_fetch(&evidence->references, 1, __ATOMIC_RELAXED);
    return evidence;
}

void ccms_evidence_release(ccms_evidence *evidence) {
    if (!evidence || __atomic_sub_fetch(&evidence->references, 1, __ATOMIC_ACQ_REL) > 0) return;
    for (size_t i = 0; i < evidence->count; i++) ccms_blob_release(evidence->certificates[i]);
    for (size_t i = 0; i < evidence->data_count; i++) ccms_blob_release(evidence->data[i].der);
    free(evidence->certificates);
    free(evidence->data);
    sk_X509_pop_free(evidence->chain, X509_free);
    free(evidence);
}

size_t ccms_evidence_certificates(const ccms_evidence *evidence) { return evidence->count; }

ccms_bytes ccms_evidence_certificate(const ccms_evidence *evidence, size_t position) {
    if (position >= evidence->count) return (ccms_bytes){NULL, 0};
    return (ccms_bytes){evidence->certificates[position]->data, evidence->certificates[position]->size};
}

const uint8_t *ccms_evidence_fingerprint(const ccms_evidence *evidence, size_t position) {
    return position < evidence->count ? evidence->certificates[position]->sha256 : NULL;
}

size_t ccms_evidence_data(const ccms_evidence *evidence) { return evidence->data_count; }

ccms_datum ccms_evidence_datum(const ccms_evidence *evidence, size_t number) {
    if (number >= evidence->data_count) return (ccms_datum){0};
    const ccms_stored_datum *datum = &evidence->data[number];
    return (ccms_datum){datum->certificate, datum->kind, {datum->der->data, datum->der->size}, datum->der->sha256,
                        datum->this_update, datum->has_next_update, datum->next_update};
}

int ccms_evidence_complete(const ccms_evidence *evidence) { return evidence->complete; }

// About what the evidence alone keeps in memory: certificates also in OpenSSL's form.
static size_t weight_of(const ccms_evidence *evidence) {
    size_t weight = sizeof *evidence;
    for (size_t i = 0; i < evidence->count; i++) weight += 4 * evidence->certificates[i]->size;
    for (size_t i = 0; i < evidence->data_count; i++)
        if (!evidence->data[i].der->of_trust) weight += evidence->data[i].der->size;
    return weight;
}

static ccms_cache_slot *slot_of(ccms_cache *cache, const uint8_t key[32]) {
    uint64_t start;
    memcpy(&start, key, sizeof start);
    for (size_t i = 0;; i++) {
        // Never full: half the slots at most are taken.
        ccms_cache_slot *slot = &cache->slots[(start + i) % CCMS_CACHE_SLOTS];
        if (!slot->evidence || memcmp(slot->key, key, 32) == 0) return slot;
    }
}

static int holds(const ccms_window *window, int64_t time) { return window->from <= time && time < window->until; }

ccms_evidence *ccms_cache_find(ccms_cache *cache, const uint8_t key[32], int64_t trusted, int64_t at) {
    pthread_mutex_lock(&cache->lock);
    ccms_evidence *found = slot_of(cache, key)->evidence;
    if (found) found = holds(&found->trusted, trusted) && holds(&found->current, at) ? ccms_evidence_hold(found) : NULL;
    pthread_mutex_unlock(&cache->lock);
    return found;
}

static void clear(ccms_cache *cache) {
    for (size_t i = 0; i < CCMS_CACHE_SLOTS; i++) {
        ccms_evidence_release(cache->slots[i].evidence);
        cache->slots[i].evidence = NULL;
    }
    cache->count = cache->weight = 0;
}

void ccms_cache_keep(ccms_cache *cache, const uint8_t key[32], ccms_evidence *evidence) {
    size_t weight = weight_of(evidence);
    if (weight > CCMS_CACHE_WEIGHT) return;
    pthread_mutex_lock(&cache->lock);
    if (cache->count >= CCMS_CACHE_ENTRIES || cache->weight + weight > CCMS_CACHE_WEIGHT) clear(cache);
    ccms_cache_slot *slot = slot_of(cache, key);
    if (slot->evidence) ccms_evidence_release(slot->evidence);
    else cache->count++;
    // The weight of one that is replaced stays counted until all are dropped.
    cache->weight += weight;
    memcpy(slot->key, key, 32);
    slot->evidence = ccms_evidence_hold(evidence);
    pthread_mutex_unlock(&cache->lock);
}

void ccms_cache_clear(ccms_cache *cache) {
    pthread_mutex_lock(&cache->lock);
    clear(cache);
    pthread_mutex_unlock(&cache->lock);
}
