#include "copenapi.h"

// #embed is of C23; clang takes it in any mode and says so.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char document[] = {
#embed "openapi.json"
};

const unsigned char *copenapi_bytes(size_t *count) {
    *count = sizeof document;
    return document;
}
