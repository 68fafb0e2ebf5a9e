#ifndef TAMGA_CCMS_SIGN_INTERNAL_H
#define TAMGA_CCMS_SIGN_INTERNAL_H

#include "ccms_sign.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

struct ccms_signer {
    X509 *certificate;
    STACK_OF(X509) *chain;
    // NULL when the key is elsewhere.
    EVP_PKEY *key;
    ccms_sign_elsewhere sign;
    void *context;
    int is_rsa;
};

// SHA-2 of so many bits, or NULL.
const EVP_MD *ccms_sign_digest(int bits);

// Names OpenSSL's last error, which a person may quote, and forgets it.
ccms_sign_outcome ccms_sign_broken(ccms_sign_outcome outcome, ccms_sign_report *report);

// Hands `der` over as memory from malloc and frees it.
ccms_sign_outcome ccms_sign_give(uint8_t *der, int length, uint8_t **result, size_t *size);

// Whether the signer's certificate may sign now.
ccms_sign_outcome ccms_sign_check(const ccms_signer *signer, ccms_sign_report *report);

// Signs with the key, wherever it is; the signature is from OPENSSL_malloc.
ccms_sign_outcome ccms_sign_bytes(const ccms_signer *signer, const EVP_MD *md, const uint8_t *data, size_t count,
                                  uint8_t **signature, size_t *size, ccms_sign_report *report);

int ccms_sign_holds(EVP_PKEY *key, const EVP_MD *md, const uint8_t *data, size_t count, const uint8_t *signature,
                    size_t size);

#endif
