#pragma once
#include <stddef.h>

// The OpenAPI document of the HTTP interfaces, openapi.json, as it was when the program was built.
//
// Gives its bytes, which live as long as the program, and their number.
const unsigned char *copenapi_bytes(size_t *count);
