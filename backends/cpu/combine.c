// SPDX-License-Identifier: BSD-3-Clause
// Combining elements in place, for index_add, scatter and their relatives: one small function per dtype and
// operation, chosen once per call.
#include "backends/cpu/index.h"

#include <math.h>
#include <stdlib.h>

Status walk_offsets(Exec *x, const int64_t *sizes, const int64_t *strides, int n, int64_t item, int64_t **out,
	int64_t *count)
{
	int64_t total;
	if (!sizes_product(sizes, n, &total) || total > INT64_MAX / 8)
		return fail_memory(x->err, SIZE_MAX);
	TRY(budget_charge(x->budget, (size_t)total * 8, x->err));
	budget_credit(x->budget, (size_t)total * 8); // short-lived: only the limit matters
	int64_t *offsets = malloc((size_t)(total ? total : 1) * sizeof *offsets);
	if (!offsets)
		return fail_memory(x->err, (size_t)total * 8);
	int64_t index[MAX_DIMS] = {0}, at = 0;
	for (int64_t i = 0; i < total; i++) {
		offsets[i] = at;
		for (int d = n - 1; d >= 0; d--) {
			at += strides[d] * item;
			if (++index[d] < sizes[d])
				break;
			at -= sizes[d] * strides[d] * item;
			index[d] = 0;
		}
	}
	*out = offsets;
	*count = total;
	return STATUS_OK;
}

#define COMBINE(NAME, T, EXPR)                                    \
	static void NAME(void *dst, const void *src)              \
	{                                                         \
		T a, b;                                           \
		memcpy(&a, dst, sizeof a);                        \
		memcpy(&b, src, sizeof b);                        \
		a = (T)(EXPR);                                    \
		memcpy(dst, &a, sizeof a);                        \
	}
#define SET(NAME, SIZE) \
	static void NAME(void *dst, const void *src) { memmove(dst, src, SIZE); }
SET(set_1, 1)
SET(set_2, 2)
SET(set_4, 4)
SET(set_8, 8)
SET(set_16, 16)

#define INTEGER(S, T, U)                                          \
	COMBINE(add_##S, T, (U)a + (U)b)                          \
	COMBINE(mul_##S, T, (uint64_t)a *(uint64_t)b)             \
	COMBINE(min_##S, T, b < a ? b : a)                        \
	COMBINE(max_##S, T, b > a ? b : a)
INTEGER(u8, uint8_t, uint64_t)
INTEGER(i8, int8_t, uint64_t)
INTEGER(i16, int16_t, uint64_t)
INTEGER(i32, int32_t, uint64_t)
INTEGER(i64, int64_t, uint64_t)
INTEGER(u16, uint16_t, uint64_t)
INTEGER(u32, uint32_t, uint64_t)
INTEGER(u64, uint64_t, uint64_t)

#define REAL(S, T)                                                \
	COMBINE(add_##S, T, a + b)                                \
	COMBINE(mul_##S, T, a *b)                                 \
	COMBINE(min_##S, T, isnan(a) || a < b ? a : b)            \
	COMBINE(max_##S, T, isnan(a) || a > b ? a : b)
REAL(f32, float)
REAL(f64, double)

#define HALF(S, T, LOAD, STORE)                                   \
	COMBINE(add_##S, T, STORE(LOAD(a) + LOAD(b)))             \
	COMBINE(mul_##S, T, STORE(LOAD(a) * LOAD(b)))             \
	COMBINE(min_##S, T, (isnan(LOAD(a)) || LOAD(a) < LOAD(b) ? a : b)) \
	COMBINE(max_##S, T, (isnan(LOAD(a)) || LOAD(a) > LOAD(b) ? a : b))
#undef COMBINE
#define COMBINE(NAME, T, EXPR)                                    \
	static void NAME(void *dst, const void *src)              \
	{                                                         \
		T a, b;                                           \
		memcpy(&a, dst, sizeof a);                        \
		memcpy(&b, src, sizeof b);                        \
		a = (EXPR);                                       \
		memcpy(dst, &a, sizeof a);                        \
	}
HALF(f16, f16_t, f16_to_f32, f16_from_f32)
HALF(bf16, bf16_t, bf16_to_f32, bf16_from_f32)
COMBINE(add_c64, c64_t, a + b)
COMBINE(mul_c64, c64_t, a * b)
COMBINE(add_c128, c128_t, a + b)
COMBINE(mul_c128, c128_t, a * b)
COMBINE(or_bool, uint8_t, (a || b) ? 1 : 0)
COMBINE(and_bool, uint8_t, (a && b) ? 1 : 0)

CombineFn combine_for(DType d, Combine op)
{
#define ROW(S) {add_##S, mul_##S, min_##S, max_##S}
	static const CombineFn table[][4] = {
		[DT_U8] = ROW(u8), [DT_I8] = ROW(i8), [DT_I16] = ROW(i16), [DT_I32] = ROW(i32), [DT_I64] = ROW(i64),
		[DT_F16] = ROW(f16), [DT_F32] = ROW(f32), [DT_F64] = ROW(f64), [DT_C64] = {add_c64, mul_c64},
		[DT_C128] = {add_c128, mul_c128}, [DT_BOOL] = {or_bool, and_bool, and_bool, or_bool},
		[DT_BF16] = ROW(bf16), [DT_U16] = ROW(u16), [DT_U32] = ROW(u32), [DT_U64] = ROW(u64),
	};
#undef ROW
	if (op == COMBINE_SET) {
		switch (dtype_size(d)) {
		case 1: return set_1;
		case 2: return set_2;
		case 4: return set_4;
		case 8: return set_8;
		default: return set_16;
		}
	}
	return (size_t)d < sizeof table / sizeof *table ? table[d][op - COMBINE_ADD] : NULL;
}

void combine_identity(DType d, Combine op, void *element)
{
	if (op == COMBINE_ADD || op == COMBINE_SET || op == COMBINE_MUL) {
		if (dtype_is_complex(d))
			element_set_c128(element, d, op == COMBINE_MUL, 0);
		else
			element_set_i64(element, d, op == COMBINE_MUL);
	} else if (dtype_is_float(d)) {
		element_set_f64(element, d, op == COMBINE_MIN ? INFINITY : -INFINITY);
	} else if (d == DT_BOOL) {
		element_set_i64(element, d, op == COMBINE_MIN);
	} else {
		bool is_signed = d >= DT_I8 && d <= DT_I64;
		int bits = 8 * (int)dtype_size(d);
		uint64_t all = bits == 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;
		uint64_t most = is_signed ? all >> 1 : all, least = is_signed ? ~(all >> 1) : 0;
		element_set_i64(element, d, (int64_t)(op == COMBINE_MIN ? most : least));
	}
}

void divide_by_counts(Tensor *t, const int64_t *counts)
{
	DType d = tensor_dtype(t);
	size_t item = dtype_size(d);
	char *p = tensor_data(t);
	for (int64_t i = 0; i < t->numel; i++, p += item) {
		int64_t n = counts[i] > 0 ? counts[i] : 1;
		if (dtype_is_float(d)) {
			if (d == DT_F64)
				element_set_f64(p, d, element_f64(p, d) / (double)n);
			else
				element_set_f64(p, d, (float)element_f64(p, d) / (float)n);
		} else if (dtype_is_complex(d)) {
			double re, im;
			element_c128(p, d, &re, &im);
			element_set_c128(p, d, re / (double)n, im / (double)n);
		} else {
			int64_t v = element_i64(p, d), q = v / n;
			if (v % n != 0 && v < 0)
				q--;
			element_set_i64(p, d, q);
		}
	}
}
