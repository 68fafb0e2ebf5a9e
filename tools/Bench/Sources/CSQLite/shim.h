#ifndef TAMGA_BENCH_CSQLITE_SHIM_H
#define TAMGA_BENCH_CSQLITE_SHIM_H

#include <sqlite3.h>

#endif
