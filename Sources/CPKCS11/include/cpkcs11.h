#ifndef TAMGA_CPKCS11_H
#define TAMGA_CPKCS11_H

#include <stddef.h>
#include <stdint.h>

// Private keys in a PKCS #11 token (OASIS PKCS #11 3.0): opened by label, signed with, never read. The module is
// loaded with dlopen and stays loaded and initialised until the process ends: C_Finalize would cut off every other
// user of it. A child of fork must open its keys anew.

/// Why a token or its key can't be used. `CPKCS11_OK` is the only success.
typedef enum {
    CPKCS11_OK = 0,
    /// dlopen failed; the report's detail says how.
    CPKCS11_MODULE_UNLOADABLE,
    /// A library, but no PKCS #11 module, or one that doesn't start.
    CPKCS11_MODULE_UNUSABLE,
    CPKCS11_TOKEN_NOT_FOUND,
    CPKCS11_SEVERAL_TOKENS,
    CPKCS11_PIN_NEEDED,
    CPKCS11_PIN_WRONG,
    /// Wrong, and one more wrong PIN locks the token.
    CPKCS11_PIN_LAST_TRY,
    CPKCS11_PIN_LOCKED,
    /// The token asks for a new PIN first, or has none yet.
    CPKCS11_PIN_UNSET,
    CPKCS11_KEY_NOT_FOUND,
    CPKCS11_SEVERAL_KEYS,
    /// Neither RSA nor EC nor Ed25519, or a key that may not sign.
    CPKCS11_KEY_UNSUITABLE,
    /// An Ed25519 key without its public half beside it.
    CPKCS11_PUBLIC_KEY_MISSING,
    CPKCS11_CERTIFICATE_NOT_FOUND,
    /// A key of this label is there already.
    CPKCS11_KEY_EXISTS,
    /// The token doesn't know the mechanism.
    CPKCS11_MECHANISM_MISSING,
    CPKCS11_TOKEN_READ_ONLY,
    /// The token was taken out, or its reader or network is gone.
    CPKCS11_TOKEN_GONE,
    CPKCS11_BUFFER_TOO_SMALL,
    CPKCS11_FAILED,
    CPKCS11_OUT_OF_MEMORY,
} cpkcs11_outcome;

typedef enum { CPKCS11_RSA, CPKCS11_EC, CPKCS11_ED25519 } cpkcs11_kind;

/// Where a key is. Texts end in a zero byte. A NULL or a count of 0 leaves that part open; what remains must
/// fit one token and one key.
typedef struct {
    const char *module;
    const char *token_label;
    const char *token_serial;
    const char *key_label;
    const uint8_t *key_id;
    size_t key_id_size;
} cpkcs11_address;

/// What the module said: the function that failed with its CKR value, or dlopen's words. UTF-8, ends in a zero byte.
typedef struct {
    char detail[256];
} cpkcs11_report;

/// One private key, in a session of its own. Every function on it takes its lock: any thread may call.
typedef struct cpkcs11_key cpkcs11_key;

/// Opens the key at `address`. The PIN is copied to locked memory, for tokens that ask for it at every signature
/// and for a session that was lost; it is wiped by `cpkcs11_close`. A NULL PIN is for a token with a PIN pad.
/// A wrong PIN is tried once.
cpkcs11_outcome cpkcs11_open(const cpkcs11_address *address, const uint8_t *pin, size_t pin_size, cpkcs11_key **key,
                             cpkcs11_report *report);
void cpkcs11_close(cpkcs11_key *key);

/// Makes an Ed25519 key pair under `address->key_label` (never extractable, kept in the token) and opens it.
/// Without `key_id` its CKA_ID is the label.
cpkcs11_outcome cpkcs11_generate_ed25519(const cpkcs11_address *address, const uint8_t *pin, size_t pin_size,
                                         cpkcs11_key **key, cpkcs11_report *report);

/// Puts an Ed25519 key into the token as `cpkcs11_generate_ed25519` makes one, and opens it. `seed` and `public_key`
/// have 32 bytes each and belong together.
cpkcs11_outcome cpkcs11_import_ed25519(const cpkcs11_address *address, const uint8_t *seed, const uint8_t *public_key,
                                       const uint8_t *pin, size_t pin_size, cpkcs11_key **key,
                                       cpkcs11_report *report);

cpkcs11_kind cpkcs11_key_kind(const cpkcs11_key *key);

/// The public half of an Ed25519 key, 32 bytes; NULL for another kind.
const uint8_t *cpkcs11_ed25519_public(const cpkcs11_key *key);

/// The most bytes of one signature: RSA of 8192 bits.
#define CPKCS11_SIGNATURE_MAX 1024

/// Signs. `data` is, for RSA, the DigestInfo to be padded as PKCS #1 v1.5; for EC, the digest; for Ed25519, the
/// message. `*size` is the room in `signature` and becomes the count written: for EC r ‖ s, for Ed25519 64 bytes.
/// A session that was lost is opened again once.
cpkcs11_outcome cpkcs11_sign(cpkcs11_key *key, const uint8_t *data, size_t count, uint8_t *signature, size_t *size,
                             cpkcs11_report *report);

/// The X.509 certificate number `position` that belongs to the key: same CKA_ID, or same label when the key has no id.
/// `*der` is from malloc, the caller's to free. `CPKCS11_CERTIFICATE_NOT_FOUND` ends the row.
cpkcs11_outcome cpkcs11_certificate(cpkcs11_key *key, size_t position, uint8_t **der, size_t *size,
                                    cpkcs11_report *report);

#endif
