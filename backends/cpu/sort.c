// SPDX-License-Identifier: BSD-3-Clause
// sort, argsort, topk, kthvalue: a stable merge sort of (key, place) pairs, line by line.
// NaN counts as greater than every number: last when ascending, first when descending.
#include "backends/cpu/sort.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

KeyKind key_kind(DType d) { return dtype_is_float(d) ? KEY_F64 : d == DT_U64 ? KEY_U64 : KEY_I64; }

Key key_of(const void *p, DType d)
{
	return dtype_is_float(d) ? (Key){.f = element_f64(p, d)} : (Key){.i = element_i64(p, d)};
}

void keys_load(Keyed *out, const char *p, int64_t step, DType d, int64_t n)
{
	if (d == DT_F32)
		for (int64_t i = 0; i < n; i++) {
			float v;
			memcpy(&v, p + i * step, 4);
			out[i] = (Keyed){{.f = v}, i};
		}
	else
		for (int64_t i = 0; i < n; i++)
			out[i] = (Keyed){key_of(p + i * step, d), i};
}

bool key_less(KeyKind kind, Key a, Key b)
{
	switch (kind) {
	case KEY_F64: return a.f < b.f || (isnan(b.f) && !isnan(a.f));
	case KEY_I64: return a.i < b.i;
	default: return a.u < b.u;
	}
}

// One merge sort an ordering: runs of 16 by insertion, then merges back and forth between the two arrays.
#define MERGE_SORT(NAME, BEFORE)                                                                       \
	static void NAME(Keyed *k, Keyed *scratch, int64_t n)                                          \
	{                                                                                              \
		for (int64_t lo = 0; lo < n; lo += 16) {                                               \
			int64_t hi = lo + 16 < n ? lo + 16 : n;                                        \
			for (int64_t i = lo + 1; i < hi; i++) {                                        \
				Keyed v = k[i];                                                        \
				int64_t j = i;                                                         \
				for (; j > lo && BEFORE(v.key, k[j - 1].key); j--)                     \
					k[j] = k[j - 1];                                               \
				k[j] = v;                                                              \
			}                                                                              \
		}                                                                                      \
		Keyed *from = k, *to = scratch;                                                        \
		for (int64_t width = 16; width < n; width *= 2) {                                      \
			for (int64_t lo = 0; lo < n; lo += 2 * width) {                                \
				int64_t mid = lo + width < n ? lo + width : n;                         \
				int64_t hi = mid + width < n ? mid + width : n;                        \
				int64_t a = lo, b = mid, o = lo;                                       \
				while (a < mid && b < hi)                                              \
					to[o++] = BEFORE(from[b].key, from[a].key) ? from[b++] : from[a++]; \
				while (a < mid)                                                        \
					to[o++] = from[a++];                                           \
				while (b < hi)                                                         \
					to[o++] = from[b++];                                           \
			}                                                                              \
			Keyed *swap = from;                                                            \
			from = to;                                                                     \
			to = swap;                                                                     \
		}                                                                                      \
		if (from != k)                                                                         \
			memcpy(k, from, sizeof *k * (size_t)n);                                        \
	}
#define F_UP(a, b) ((a).f < (b).f || (isnan((b).f) && !isnan((a).f)))
#define F_DOWN(a, b) ((a).f > (b).f || (isnan((a).f) && !isnan((b).f)))
#define I_UP(a, b) ((a).i < (b).i)
#define I_DOWN(a, b) ((a).i > (b).i)
#define U_UP(a, b) ((a).u < (b).u)
#define U_DOWN(a, b) ((a).u > (b).u)
MERGE_SORT(sort_f_up, F_UP)
MERGE_SORT(sort_f_down, F_DOWN)
MERGE_SORT(sort_i_up, I_UP)
MERGE_SORT(sort_i_down, I_DOWN)
MERGE_SORT(sort_u_up, U_UP)
MERGE_SORT(sort_u_down, U_DOWN)

void keys_sort(Keyed *k, Keyed *scratch, int64_t n, KeyKind kind, bool descending)
{
	static void (*const table[3][2])(Keyed *, Keyed *, int64_t) = {
		{sort_f_up, sort_f_down}, {sort_i_up, sort_i_down}, {sort_u_up, sort_u_down}};
	table[kind][descending](k, scratch, n);
}

Status keys_new(Exec *x, int64_t n, Keyed **out)
{
	if (n > INT64_MAX / (int64_t)(4 * sizeof **out))
		return fail_memory(x->err, SIZE_MAX);
	size_t bytes = 2 * sizeof **out * (size_t)(n ? n : 1);
	TRY(budget_charge(x->budget, bytes, x->err));
	budget_credit(x->budget, bytes); // short-lived: only the limit matters
	*out = malloc(bytes);
	return *out ? STATUS_OK : fail_memory(x->err, bytes);
}

// ---- lines

// What is done with one line's sorted keys.
typedef struct LineSort {
	Tensor *in;               // dim last, contiguous
	Tensor *values, *indices; // contiguous, dim last, k entries a line
	int64_t n, k;
	bool descending;
	bool select;              // only place k - 1 of the order is wanted
} LineSort;

// Moves the k first of n keys to the front, in order, with a heap whose root is the worst of those kept.
static void keys_top(Keyed *keys, int64_t n, int64_t k, KeyKind kind, bool descending)
{
#define WORSE(a, b)                                                                                    \
	(key_less(kind, descending ? (a).key : (b).key, descending ? (b).key : (a).key) ||             \
		(!key_less(kind, descending ? (b).key : (a).key, descending ? (a).key : (b).key) && (a).at > (b).at))
	for (int64_t i = 0; i < n; i++) {
		int64_t j;
		if (i < k) { // sift up
			Keyed v = keys[i];
			for (j = i; j > 0 && WORSE(v, keys[(j - 1) / 2]); j = (j - 1) / 2)
				keys[j] = keys[(j - 1) / 2];
			keys[j] = v;
		} else if (WORSE(keys[0], keys[i])) { // replace the root and sift down
			Keyed v = keys[i];
			for (j = 0; 2 * j + 1 < k;) {
				int64_t c = 2 * j + 1;
				if (c + 1 < k && WORSE(keys[c + 1], keys[c]))
					c++;
				if (!WORSE(keys[c], v))
					break;
				keys[j] = keys[c];
				j = c;
			}
			keys[j] = v;
		}
	}
	// order by place first, so that the stable sort puts equal keys in order
	for (int64_t i = 1; i < k; i++) {
		Keyed v = keys[i];
		int64_t j = i;
		for (; j > 0 && WORSE(keys[j - 1], v); j--)
			keys[j] = keys[j - 1];
		keys[j] = v;
	}
#undef WORSE
}

static void sort_lines(void *arg, int64_t begin, int64_t end)
{
	const LineSort *s = arg;
	DType d = tensor_dtype(s->in);
	size_t item = dtype_size(d);
	KeyKind kind = key_kind(d);
	int64_t kept = s->select ? 1 : s->k;
	Keyed *keys = xmalloc(2 * sizeof *keys * (size_t)(s->n ? s->n : 1));
	for (int64_t line = begin; line < end; line++) {
		const char *in = (const char *)tensor_data(s->in) + (size_t)(line * s->n) * item;
		keys_load(keys, in, (int64_t)item, d, s->n);
		if (s->k < 128 && s->k * 8 < s->n)
			keys_top(keys, s->n, s->k, kind, s->descending);
		else
			keys_sort(keys, keys + s->n, s->n, kind, s->descending);
		const Keyed *first = s->select ? keys + s->k - 1 : keys;
		char *values = (char *)tensor_data(s->values) + (size_t)(line * kept) * item;
		int64_t *indices = (int64_t *)tensor_data(s->indices) + line * kept;
		for (int64_t i = 0; i < kept; i++) {
			memcpy(values + (size_t)i * item, in + (size_t)first[i].at * item, item);
			indices[i] = first[i].at;
		}
	}
	free(keys);
}

// Sorts t along dim and keeps the first k (or only the k-th) of each line.
static Status sort_along(Exec *x, const Tensor *t, int dim, int64_t k, bool descending, bool select, bool keepdim,
	Tensor **values, Tensor **indices)
{
	Tensor *moved = view_move_last(t, dim), *in = NULL, *v = NULL, *at = NULL;
	int64_t n = t->ndim ? t->sizes[dim] : 1, sizes[MAX_DIMS];
	*values = *indices = NULL;
	Status status = cpu_prepare(x, moved, tensor_dtype(t), &in);
	memcpy(sizes, moved->sizes, sizeof(int64_t) * moved->ndim);
	if (t->ndim)
		sizes[t->ndim - 1] = select ? 1 : k;
	tensor_unref(&moved);
	if (!status)
		status = tensor_empty(tensor_dtype(t), sizes, t->ndim, &v, x->err);
	if (!status)
		status = tensor_empty(DT_I64, sizes, t->ndim, &at, x->err);
	Keyed *probe = NULL; // whether the scratch of one line is within the limits
	if (!status)
		status = keys_new(x, n, &probe);
	free(probe);
	if (!status) {
		LineSort s = {in, v, at, n, k, descending, select};
		int64_t lines = in->numel && n ? in->numel / n : 0;
		if (v->numel)
			parallel_for(lines, 4096 / (n + 1) + 1, sort_lines, &s);
		// back to t's order of dimensions
		int64_t order[MAX_DIMS];
		for (int d = 0, m = 0; d < t->ndim; d++)
			order[d] = d == dim ? t->ndim - 1 : m++;
		Tensor **from[2] = {&v, &at}, **to[2] = {values, indices};
		for (int i = 0; i < 2 && !status; i++) {
			Tensor *back, *dense;
			status = view_permute(x, *from[i], order, t->ndim, &back);
			if (!status && select && !keepdim && t->ndim) {
				Tensor *one = view_select(back, dim, 0);
				tensor_unref(&back);
				back = one;
			}
			if (!status) {
				status = cpu_contiguous(x, back, &dense);
				tensor_unref(&back);
			}
			if (!status)
				*to[i] = dense;
		}
		if (status)
			tensor_unref(values);
	}
	tensor_unref(&in);
	tensor_unref(&v);
	tensor_unref(&at);
	return status;
}

static Status check_sortable(Exec *x, const Tensor *t)
{
	if (dtype_is_complex(tensor_dtype(t)))
		return xfail(x, " Sort does not support complex dtypes on CPU");
	if (dtype_kind(tensor_dtype(t)) >= KIND_COMPLEX)
		return fail(x->err, STATUS_UNSUPPORTED, "sort: not for %s", dtype_name(tensor_dtype(t)));
	return STATUS_OK;
}

static Status sort_op(Exec *x, const Tensor *t, int64_t dim_, bool descending, IValue *rets, bool both)
{
	int dim;
	Tensor *values, *indices;
	TRY(wrap_dim(dim_, t->ndim, &dim, x->err));
	TRY(check_sortable(x, t));
	TRY(sort_along(x, t, dim, t->ndim ? t->sizes[dim] : 1, descending, false, false, &values, &indices));
	if (both) {
		rets[0] = iv_take_tensor(values);
		rets[1] = iv_take_tensor(indices);
		return STATUS_OK;
	}
	tensor_unref(&values);
	return ret_tensor(rets, indices);
}

KERNEL(sort) { return sort_op(x, arg_tensor(args[0]), arg_int(args[1]), arg_bool(args[2]), rets, true); }
KERNEL(sort_stable) { return sort_op(x, arg_tensor(args[0]), arg_int(args[2]), arg_bool(args[3]), rets, true); }
KERNEL(argsort) { return sort_op(x, arg_tensor(args[0]), arg_int(args[1]), arg_bool(args[2]), rets, false); }
KERNEL(argsort_stable) { return sort_op(x, arg_tensor(args[0]), arg_int(args[2]), arg_bool(args[3]), rets, false); }

KERNEL(msort)
{
	IValue both[2];
	if (arg_tensor(args[0])->ndim == 0)
		return ret_tensor(rets, tensor_ref(arg_tensor(args[0])));
	TRY(sort_op(x, arg_tensor(args[0]), 0, false, both, true));
	ivalue_unref(&both[1]);
	rets[0] = both[0];
	return STATUS_OK;
}

KERNEL(topk)
{
	const Tensor *t = arg_tensor(args[0]);
	int64_t k = arg_int(args[1]);
	int dim;
	Tensor *values, *indices;
	TRY(wrap_dim(arg_int(args[2]), t->ndim, &dim, x->err));
	if (k < 0 || k > (t->ndim ? t->sizes[dim] : 1))
		return xfail(x, "selected index k out of range");
	TRY(check_sortable(x, t));
	if (tensor_dtype(t) == DT_BOOL)
		return fail(x->err, STATUS_UNSUPPORTED, "\"topk_cpu\" not implemented for 'Bool'");
	TRY(sort_along(x, t, dim, k, arg_bool(args[3]), false, false, &values, &indices));
	rets[0] = iv_take_tensor(values);
	rets[1] = iv_take_tensor(indices);
	return STATUS_OK;
}

KERNEL(kthvalue)
{
	const Tensor *t = arg_tensor(args[0]);
	int64_t k = arg_int(args[1]);
	int dim;
	Tensor *values, *indices;
	TRY(wrap_dim(arg_int(args[2]), t->ndim, &dim, x->err));
	if (t->ndim && t->sizes[dim] == 0)
		return fail(x->err, STATUS_INDEX, "kthvalue(): Expected reduction dim %d to have non-zero size.", dim);
	if (k < 1 || k > (t->ndim ? t->sizes[dim] : 1))
		return xfail(x, "kthvalue(): selected number k out of range for dimension %d", dim);
	TRY(check_sortable(x, t));
	TRY(sort_along(x, t, dim, k, false, true, arg_bool(args[3]), &values, &indices));
	rets[0] = iv_take_tensor(values);
	rets[1] = iv_take_tensor(indices);
	return STATUS_OK;
}
