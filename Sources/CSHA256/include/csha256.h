#ifndef TAMGA_CSHA256_H
#define TAMGA_CSHA256_H

#include <stddef.h>
#include <stdint.h>

// SHA-256 through libcrypto's block function, without the provider look-ups that make the one-shot
// calls of OpenSSL 3.0 three to five times dearer on 64 bytes. The state is a plain struct: it may be
// copied, which saves the keyed half of an HMAC.

typedef struct {
    uint32_t words[28];
} csha256_state;

void csha256_init(csha256_state *state);
void csha256_update(csha256_state *state, const void *data, size_t count);
void csha256_final(csha256_state *state, uint8_t out[32]);

/// The two keyed states of an HMAC (RFC 2104): each has taken in one block. A key of more than 64 bytes is hashed first.
void csha256_hmac_key(csha256_state *inner, csha256_state *outer, const void *key, size_t count);

/// HMAC-SHA-256 of a message under two keyed states, which stay as they are. Two compressions up to 55 bytes.
void csha256_hmac(const csha256_state *inner, const csha256_state *outer, const void *message, size_t count,
                  uint8_t out[32]);

/// SHA-256(first || salt || rest). `out` may be `salt`.
void csha256_salted(uint8_t first, const uint8_t salt[32], const void *rest, size_t count, uint8_t out[32]);

/// SHA-256(0x00 || HMAC(name) || value): a value under the salt that its name gives. `out` is written last.
void csha256_salted_by_name(const csha256_state *inner, const csha256_state *outer, const void *name, size_t name_count,
                            const void *value, size_t value_count, uint8_t out[32]);

/// RFC 6962 leaf hashes, SHA-256(0x00 || leaf), of `count` leaves that lie in `data` one after another;
/// `lengths[i]` is the length of leaf i. Writes count * 32 bytes.
void csha256_leaves(const uint8_t *data, const uint32_t *lengths, size_t count, uint8_t *out);

/// RFC 6962 node hashes, SHA-256(0x01 || left || right), of `count` pairs of 64 bytes.
/// Writes count * 32 bytes. `out` may be `pairs`: each pair is read before its hash is written.
void csha256_nodes(const uint8_t *pairs, size_t count, uint8_t *out);

/// RFC 6962 node hash of two separate children.
void csha256_node(const uint8_t left[32], const uint8_t right[32], uint8_t out[32]);

#endif
