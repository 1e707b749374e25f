// SPDX-License-Identifier: BSD-3-Clause
// Sort keys: every real dtype becomes one of three orderings (double, int64, uint64), so that sorting, searching
// and finding duplicates are written once.
#ifndef WICK_BACKENDS_CPU_SORT_H
#define WICK_BACKENDS_CPU_SORT_H

#include "backends/cpu/index.h"

typedef enum KeyKind { KEY_F64, KEY_I64, KEY_U64 } KeyKind;
typedef union Key { double f; int64_t i; uint64_t u; } Key;
typedef struct Keyed { Key key; int64_t at; } Keyed; // at: where the element stood

KeyKind key_kind(DType d);
// n elements, `step` bytes apart, as keys.
void keys_load(Keyed *out, const char *p, int64_t step, DType d, int64_t n);
Key key_of(const void *p, DType d);
// Strict order; NaN stands after every number.
bool key_less(KeyKind kind, Key a, Key b);
static inline bool key_equal(KeyKind kind, Key a, Key b) // NaN equals nothing
{
	return kind == KEY_F64 ? a.f == b.f : a.i == b.i;
}
// Stable.  scratch: n entries.
void keys_sort(Keyed *k, Keyed *scratch, int64_t n, KeyKind kind, bool descending);
// 2n entries of scratch memory, checked against the budget; free() it.
Status keys_new(Exec *x, int64_t n, Keyed **out);

#endif
