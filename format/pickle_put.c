// SPDX-License-Identifier: BSD-3-Clause
// Opcodes and their operands: numbers, strings, names, the memo.
#include "format/pickle_put.h"

#include <string.h>

#include "format/file.h"

void put_op(PickleWriter *w, int op)
{
	text_addc(w->out, (char)op);
}

static void put_u32(PickleWriter *w, uint32_t v)
{
	uint8_t b[4];
	write_u32(b, v);
	text_addn(w->out, (const char *)b, 4);
}

static void put_u64(PickleWriter *w, uint64_t v)
{
	put_u32(w, (uint32_t)v);
	put_u32(w, (uint32_t)(v >> 32));
}

void put_bool(PickleWriter *w, bool b)
{
	put_op(w, b ? PK_TRUE : PK_FALSE);
}

void put_int(PickleWriter *w, int64_t i)
{
	if (i >= 0 && i <= UINT8_MAX) {
		put_op(w, PK_BININT1);
		put_op(w, (int)i);
	} else if (i >= 0 && i <= UINT16_MAX) {
		put_op(w, PK_BININT2);
		put_op(w, (int)(i & 255));
		put_op(w, (int)(i >> 8));
	} else if (i >= INT32_MIN && i <= INT32_MAX) {
		put_op(w, PK_BININT);
		put_u32(w, (uint32_t)i);
	} else {
		put_op(w, PK_LONG1);
		put_op(w, 8);
		put_u64(w, (uint64_t)i);
	}
}

void put_float(PickleWriter *w, double f)
{
	uint64_t bits;
	memcpy(&bits, &f, 8);
	put_op(w, PK_BINFLOAT);
	for (int shift = 56; shift >= 0; shift -= 8)
		put_op(w, (int)(bits >> shift & 255));
}

// Puts the top of the stack into the memo; returns its number.
uint32_t put_memo(PickleWriter *w)
{
	uint32_t i = w->nmemo++;
	put_op(w, i <= UINT8_MAX ? PK_BINPUT : PK_LONG_BINPUT);
	if (i <= UINT8_MAX)
		put_op(w, (int)i);
	else
		put_u32(w, i);
	return i;
}

void put_get(PickleWriter *w, uint32_t i)
{
	put_op(w, i <= UINT8_MAX ? PK_BINGET : PK_LONG_BINGET);
	if (i <= UINT8_MAX)
		put_op(w, (int)i);
	else
		put_u32(w, i);
}

// True when the map has the key, and its memo entry was read.
bool recall(PickleWriter *w, const Map *m, const void *key, size_t n)
{
	uintptr_t known = (uintptr_t)map_getn(m, key, n);
	if (known)
		put_get(w, (uint32_t)(known - 1));
	return known != 0;
}

void remember(PickleWriter *w, Map *m, const void *key, size_t n)
{
	map_setn(m, key, n, (void *)((uintptr_t)put_memo(w) + 1));
}

Status put_string(PickleWriter *w, const char *s, size_t n)
{
	if (recall(w, &w->strings, s, n))
		return STATUS_OK;
	if (n > PICKLE_MAX_SIZE)
		return fail(w->err, STATUS_LIMIT, "pickle: a string of %zu bytes is too long", n);
	put_op(w, PK_BINUNICODE);
	put_u32(w, (uint32_t)n);
	text_addn(w->out, s, n);
	remember(w, &w->strings, s, n);
	return STATUS_OK;
}

Status put_cstr(PickleWriter *w, const char *s)
{
	return put_string(w, s, strlen(s));
}

void put_global(PickleWriter *w, const char *module, const char *name)
{
	Text t = {0};
	text_addf(&t, "%s\n%s\n", module, name);
	if (!recall(w, &w->globals, t.data, t.size)) {
		put_op(w, PK_GLOBAL);
		text_addn(w->out, t.data, t.size);
		remember(w, &w->globals, t.data, t.size);
	}
	text_free(&t);
}
void put_dtype(PickleWriter *w, DType d)
{
	put_global(w, "torch", dtype_name(d));
}

void put_no_hooks(PickleWriter *w)
{
	put_global(w, "collections", "OrderedDict");
	put_op(w, PK_EMPTY_TUPLE);
	put_op(w, PK_REDUCE);
}

// Closes the n items on top of the stack, before which MARK was written where n is above 3.
void close_tuple(PickleWriter *w, int64_t n)
{
	static const uint8_t ops[] = {PK_EMPTY_TUPLE, PK_TUPLE1, PK_TUPLE2, PK_TUPLE3};
	put_op(w, n <= 3 ? ops[n] : PK_TUPLE);
}

void put_dims(PickleWriter *w, const int64_t *dims, int n)
{
	bool marked = w->dialect == PICKLE_JIT || n > 3;
	if (marked)
		put_op(w, PK_MARK);
	for (int i = 0; i < n; i++)
		put_int(w, dims[i]);
	if (marked)
		put_op(w, PK_TUPLE);
	else
		close_tuple(w, n);
}
