#ifndef TAMGA_CXXHASH_SHIM_H
#define TAMGA_CXXHASH_SHIM_H

#include <xxhash.h>

#endif
