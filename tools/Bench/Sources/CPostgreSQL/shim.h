#ifndef TAMGA_BENCH_CPOSTGRESQL_SHIM_H
#define TAMGA_BENCH_CPOSTGRESQL_SHIM_H

#include <libpq-fe.h>

#endif
