#ifndef TAMGA_CCMS_INTERNAL_H
#define TAMGA_CCMS_INTERNAL_H

#include "ccms.h"

#include <openssl/x509.h>

struct ccms_trust {
    STACK_OF(X509) *roots;
    STACK_OF(X509) *intermediates;
    STACK_OF(X509_CRL) *crls;
};

// The name in RFC 2253 order as UTF-8 that ends in a zero byte; cut to `size`.
void ccms_name_text(const X509_NAME *name, char *out, size_t size);

// Unix seconds; `*ok` is 0 when the time is absent or unreadable.
int64_t ccms_unix_time(const ASN1_TIME *time, int *ok);

// Builds and checks the chain of `certificate` at the time `at`. On success `*chain` is the caller's to free.
ccms_outcome ccms_build_chain(const ccms_trust *trust, X509 *certificate, STACK_OF(X509) *carried, int64_t at,
                              int require_crl, STACK_OF(X509) **chain, ccms_result *result);

#endif
