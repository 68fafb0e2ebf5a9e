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
