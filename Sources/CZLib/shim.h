#ifndef TAMGA_CZLIB_SHIM_H
#define TAMGA_CZLIB_SHIM_H

#include <zlib.h>

/* inflateInit2 is a macro: 15 bits of window, and 16 for gzip (RFC 1952). */
static inline int tamga_inflate_gzip(z_stream *stream) { return inflateInit2(stream, 15 + 16); }

#endif
