// The low-level calls are deprecated in favour of EVP, whose set-up costs more than hashing an entry;
// they stay in every OpenSSL 3 build, and this file is the only one that names them.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "csha256.h"

#include <openssl/sha.h>
#include <string.h>

_Static_assert(sizeof(csha256_state) == sizeof(SHA256_CTX), "SHA256_CTX has another size here");

static inline void store_words(const SHA256_CTX *context, uint8_t out[32]) {
    for (int i = 0; i < 8; i++) {
        uint32_t word = __builtin_bswap32(context->h[i]);
        memcpy(out + 4 * i, &word, 4);
    }
}

static inline void store_bit_count(uint8_t *end, uint64_t bytes) {
    uint64_t bits = __builtin_bswap64(bytes * 8);
    memcpy(end - 8, &bits, 8);
}

void csha256_init(csha256_state *state) { SHA256_Init((SHA256_CTX *)state); }

void csha256_update(csha256_state *state, const void *data, size_t count) {
    SHA256_Update((SHA256_CTX *)state, data, count);
}

void csha256_final(csha256_state *state, uint8_t out[32]) { SHA256_Final(out, (SHA256_CTX *)state); }

void csha256_hmac_key(csha256_state *inner, csha256_state *outer, const void *key, size_t count) {
    uint8_t block[64] = {0};
    if (count > 64) {
        csha256_state hashed;
        csha256_init(&hashed);
        csha256_update(&hashed, key, count);
        csha256_final(&hashed, block);
    } else if (count > 0) {
        memcpy(block, key, count);
    }
    for (int i = 0; i < 64; i++) block[i] ^= 0x36;
    csha256_init(inner);
    csha256_update(inner, block, 64);
    for (int i = 0; i < 64; i++) block[i] ^= 0x36 ^ 0x5c;
    csha256_init(outer);
    csha256_update(outer, block, 64);
}

// Pads the last bytes of a message and goes through them: one block, or two where the length does not fit the first.
static void finish(SHA256_CTX *context, uint8_t block[128], size_t used, uint64_t messageBytes) {
    size_t total = used <= 55 ? 64 : 128;
    memset(block + used, 0, total - used);
    block[used] = 0x80;
    store_bit_count(block + total, messageBytes);
    SHA256_Transform(context, block);
    if (total == 128) SHA256_Transform(context, block + 64);
}

void csha256_hmac(const csha256_state *inner, const csha256_state *outer, const void *message, size_t count,
                  uint8_t out[32]) {
    uint8_t block[128];
    SHA256_CTX context;
    memcpy(&context, inner, sizeof context);
    if (count <= 119) {
        if (count > 0) memcpy(block, message, count);
        finish(&context, block, count, 64 + count);
        store_words(&context, block);
    } else {
        SHA256_Update(&context, message, count);
        SHA256_Final(block, &context);
    }
    memcpy(&context, outer, sizeof context);
    finish(&context, block, 32, 96);
    store_words(&context, out);
}

void csha256_salted(uint8_t first, const uint8_t salt[32], const void *rest, size_t count, uint8_t out[32]) {
    const uint8_t *bytes = rest;
    uint8_t block[128];
    size_t used = 33, left = count;
    SHA256_CTX context;
    SHA256_Init(&context);
    block[0] = first;
    memcpy(block + 1, salt, 32);
    if (left >= 31) {
        memcpy(block + 33, bytes, 31);
        SHA256_Transform(&context, block);
        bytes += 31;
        left -= 31;
        used = 0;
        for (; left >= 64; bytes += 64, left -= 64) SHA256_Transform(&context, bytes);
    }
    if (left > 0) memcpy(block + used, bytes, left);
    finish(&context, block, used + left, 33 + (uint64_t)count);
    store_words(&context, out);
}

void csha256_salted_by_name(const csha256_state *inner, const csha256_state *outer, const void *name, size_t name_count,
                            const void *value, size_t value_count, uint8_t out[32]) {
    uint8_t salt[32];
    csha256_hmac(inner, outer, name, name_count, salt);
    csha256_salted(0, salt, value, value_count, out);
}

static void leaf(const uint8_t *data, size_t length, uint8_t *out) {
    SHA256_CTX context;
    SHA256_Init(&context);
    if (length <= 118) {
        // One or two blocks, padded by hand: a ledger entry of 42 bytes is one compression.
        uint8_t block[128] = {0};
        size_t total = length <= 54 ? 64 : 128;
        memcpy(block + 1, data, length);
        block[1 + length] = 0x80;
        store_bit_count(block + total, length + 1);
        SHA256_Transform(&context, block);
        if (total == 128) SHA256_Transform(&context, block + 64);
        store_words(&context, out);
        return;
    }
    SHA256_Update(&context, "\0", 1);
    SHA256_Update(&context, data, length);
    SHA256_Final(out, &context);
}

void csha256_leaves(const uint8_t *data, const uint32_t *lengths, size_t count, uint8_t *out) {
    for (size_t i = 0; i < count; i++) {
        leaf(data, lengths[i], out + 32 * i);
        data += lengths[i];
    }
}

void csha256_node(const uint8_t left[32], const uint8_t right[32], uint8_t out[32]) {
    uint8_t block[128] = {0};
    block[0] = 1;
    memcpy(block + 1, left, 32);
    memcpy(block + 33, right, 32);
    block[65] = 0x80;
    store_bit_count(block + 128, 65);
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Transform(&context, block);
    SHA256_Transform(&context, block + 64);
    store_words(&context, out);
}

void csha256_nodes(const uint8_t *pairs, size_t count, uint8_t *out) {
    for (size_t i = 0; i < count; i++) csha256_node(pairs + 64 * i, pairs + 64 * i + 32, out + 32 * i);
}
