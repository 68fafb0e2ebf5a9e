#pragma once
#include <stddef.h>

// The tables of seeds/tables, as they were when the program was built.
//
// Gives the bytes of a file by its name, and their number; NULL for another name. The bytes live as long as the program.
const unsigned char *ctables_bytes(const char *name, size_t *count);
