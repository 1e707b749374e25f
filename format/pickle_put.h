// SPDX-License-Identifier: BSD-3-Clause
// The words of the pickle writer: opcodes with their operands, and the memo.  Inner header of format/pickle_*.c.
#ifndef WICK_FORMAT_PICKLE_PUT_H
#define WICK_FORMAT_PICKLE_PUT_H

#include "format/pickle_write.h"

// Only opcodes that every reader knows.
enum {
	PK_PROTO = 0x80, PK_STOP = '.', PK_NONE = 'N', PK_TRUE = 0x88, PK_FALSE = 0x89, PK_BININT1 = 'K', PK_BININT2 = 'M',
	PK_BININT = 'J', PK_LONG1 = 0x8a, PK_BINFLOAT = 'G', PK_BINUNICODE = 'X', PK_EMPTY_TUPLE = ')', PK_TUPLE1 = 0x85,
	PK_TUPLE2 = 0x86, PK_TUPLE3 = 0x87, PK_MARK = '(', PK_TUPLE = 't', PK_EMPTY_LIST = ']', PK_APPENDS = 'e',
	PK_EMPTY_DICT = '}', PK_SETITEMS = 'u', PK_GLOBAL = 'c', PK_REDUCE = 'R', PK_NEWOBJ = 0x81, PK_BUILD = 'b',
	PK_BINPERSID = 'Q', PK_BINPUT = 'q', PK_LONG_BINPUT = 'r', PK_BINGET = 'h', PK_LONG_BINGET = 'j',
};

#define PICKLE_MAX_SIZE ((size_t)UINT32_MAX / 2) // what the reader takes

// ---- pickle_put.c
void put_op(PickleWriter *w, int op);                                // or any byte
void put_bool(PickleWriter *w, bool b);
void put_int(PickleWriter *w, int64_t i);
void put_float(PickleWriter *w, double f);
uint32_t put_memo(PickleWriter *w);                                  // the top of the stack; returns its number
void put_get(PickleWriter *w, uint32_t i);
bool recall(PickleWriter *w, const Map *m, const void *key, size_t n); // true: the map has the key, and it was read
void remember(PickleWriter *w, Map *m, const void *key, size_t n);
Status put_string(PickleWriter *w, const char *s, size_t n);         // memoised by content
Status put_cstr(PickleWriter *w, const char *s);
void put_global(PickleWriter *w, const char *module, const char *name); // memoised
void put_dtype(PickleWriter *w, DType d);
void put_no_hooks(PickleWriter *w);                                  // OrderedDict()
void put_dims(PickleWriter *w, const int64_t *dims, int n);          // a tuple, in the dialect's spelling
void close_tuple(PickleWriter *w, int64_t n);                        // MARK stands before the items where n is above 3

// ---- pickle_write_tensor.c
Status put_tensor(PickleWriter *w, Tensor *t);

// ---- pickle_write.c
Status put_value(PickleWriter *w, IValue v);

#endif
