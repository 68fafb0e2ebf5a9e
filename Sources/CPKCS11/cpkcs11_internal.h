#ifndef TAMGA_CPKCS11_INTERNAL_H
#define TAMGA_CPKCS11_INTERNAL_H

#include "cpkcs11.h"
#include "cpkcs11_abi.h"

#include <pthread.h>

struct cpkcs11_key {
    pthread_mutex_t lock;
    const CK_FUNCTION_LIST *functions;
    char *token_label, *token_serial, *key_label;
    uint8_t *pin;
    size_t pin_size;
    // The token refused the PIN: it is not offered again, or a lost session would lock the token.
    int pin_refused;
    int writable;
    // 0 while there is none: a handle is never 0 (CK_INVALID_HANDLE).
    CK_ULONG session, handle;
    int always_authenticate;
    cpkcs11_kind kind;
    uint8_t id[256];
    size_t id_size;
    uint8_t public_key[32];
    int has_public_key;
};

// Writes what failed to the report and says which outcome it is.
cpkcs11_outcome cpkcs11_failed(const char *function, CK_RV value, cpkcs11_report *report);
void cpkcs11_say(cpkcs11_report *report, const char *format, ...) __attribute__((format(printf, 2, 3)));

// The key without a session: the module loaded and started, texts and PIN copied.
cpkcs11_outcome cpkcs11_prepare(const cpkcs11_address *address, const uint8_t *pin, size_t pin_size,
                                cpkcs11_key **key, cpkcs11_report *report);
// Finds the token, opens a session and logs in.
cpkcs11_outcome cpkcs11_connect(cpkcs11_key *key, cpkcs11_report *report);
// Logs in, as CKU_USER or for the one operation that was begun.
cpkcs11_outcome cpkcs11_login(cpkcs11_key *key, CK_ULONG user, CK_ULONG slot, cpkcs11_report *report);
void cpkcs11_disconnect(cpkcs11_key *key);
// Finds the key in the session and reads what must be known of it.
cpkcs11_outcome cpkcs11_locate(cpkcs11_key *key, cpkcs11_report *report);

#endif
