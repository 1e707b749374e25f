// SPDX-License-Identifier: BSD-3-Clause
// Distinct elements (unique, unique_consecutive) and distinct slices along a dimension (unique_dim).
// Slices are sorted by a merge sort over their numbers; elements through sort keys.
#include "backends/cpu/sort.h"

#include <inttypes.h>
#include <stdlib.h>

static Status empty_i64(Exec *x, Tensor **out)
{
	int64_t zero = 0;
	return tensor_empty(DT_I64, &zero, 1, out, x->err);
}

// The three results from group[i], the number of the group of the i-th item; first[g] is an item of group g.
typedef struct Groups {
	int64_t n, count;
	int64_t *group, *first;
} Groups;

static Status groups_results(Exec *x, const Groups *g, bool inverse, bool counts, const int64_t *sizes, int ndim,
	Tensor **inv, Tensor **cnt)
{
	*inv = *cnt = NULL;
	Status status = inverse ? tensor_empty(DT_I64, sizes, ndim, inv, x->err) : empty_i64(x, inv);
	if (!status && inverse && g->n)
		memcpy(tensor_data(*inv), g->group, sizeof(int64_t) * (size_t)g->n);
	if (!status)
		status = counts ? tensor_zeros(DT_I64, &g->count, 1, cnt, x->err) : empty_i64(x, cnt);
	for (int64_t i = 0; i < g->n && counts && !status; i++)
		((int64_t *)tensor_data(*cnt))[g->group[i]]++;
	if (status) {
		tensor_unref(inv);
		tensor_unref(cnt);
	}
	return status;
}

static Status groups_new(Exec *x, Groups *g, int64_t n)
{
	*g = (Groups){.n = n};
	g->group = malloc(sizeof(int64_t) * (size_t)(n ? n : 1));
	g->first = malloc(sizeof(int64_t) * (size_t)(n ? n : 1));
	if (g->group && g->first)
		return STATUS_OK;
	free(g->group);
	free(g->first);
	return fail_memory(x->err, (size_t)n * 16);
}

static Status unique_flat(Exec *x, const Tensor *t, bool sorted, bool inverse, bool counts, Tensor **out)
{
	DType d = tensor_dtype(t);
	if (dtype_kind(d) >= KIND_COMPLEX)
		return fail(x->err, STATUS_UNSUPPORTED, "unique: not for %s", dtype_name(d));
	Tensor *in;
	Keyed *keys;
	Groups g;
	TRY(cpu_prepare(x, t, d, &in));
	int64_t n = in->numel, item = (int64_t)dtype_size(d);
	Status status = keys_new(x, n, &keys);
	if (!status) {
		status = groups_new(x, &g, n);
		if (status)
			free(keys);
	}
	if (status) {
		tensor_unref(&in);
		return status;
	}
	KeyKind kind = key_kind(d);
	keys_load(keys, tensor_data(in), item, d, n);
	if (sorted)
		keys_sort(keys, keys + n, n, kind, false);
	for (int64_t i = 0; i < n; i++) {
		if (i == 0 || !key_equal(kind, keys[i - 1].key, keys[i].key))
			g.first[g.count++] = keys[i].at;
		g.group[keys[i].at] = g.count - 1;
	}
	free(keys);
	status = tensor_empty(d, &g.count, 1, &out[0], x->err);
	if (!status) {
		for (int64_t i = 0; i < g.count; i++)
			memcpy((char *)tensor_data(out[0]) + i * item,
				(const char *)tensor_data(in) + g.first[i] * item, (size_t)item);
		status = groups_results(x, &g, inverse, counts, t->sizes, t->ndim, &out[1], &out[2]);
		if (status)
			tensor_unref(&out[0]);
	}
	free(g.group);
	free(g.first);
	tensor_unref(&in);
	return status;
}

static int slice_compare(const char *base, int64_t bytes, DType d, int64_t a, int64_t b)
{
	const char *p = base + a * bytes, *q = base + b * bytes;
	int64_t item = (int64_t)dtype_size(d);
	KeyKind kind = key_kind(d);
	for (int64_t i = 0; i < bytes; i += item) {
		Key u = key_of(p + i, d), v = key_of(q + i, d);
		if (key_less(kind, u, v))
			return -1;
		if (key_less(kind, v, u))
			return 1;
		if (!key_equal(kind, u, v)) // two NaN: never the same slice
			return 2;
	}
	return 0;
}

static Status unique_slices(Exec *x, const Tensor *t, int64_t dim_, bool sorted, bool inverse, bool counts, Tensor **out)
{
	int dim;
	DType d = tensor_dtype(t);
	if (dtype_kind(d) >= KIND_COMPLEX)
		return fail(x->err, STATUS_UNSUPPORTED, "unique_dim: not for %s", dtype_name(d));
	TRY(wrap_dim(dim_, t->ndim, &dim, x->err));
	if (t->ndim == 0)
		return unique_flat(x, t, sorted, inverse, counts, out);
	int64_t n = t->sizes[dim], order_dims[MAX_DIMS], zero_dims = 0;
	for (int i = 0; i < t->ndim; i++)
		zero_dims += t->sizes[i] == 0;
	if (zero_dims && !(n == 0 && zero_dims == 1))
		return xfail(x, n == 0 ? "Number of zero sized dimensions is more than one, so unique cannot be applied "
				       : "There are 0 sized dimensions, and they aren't selected, so unique cannot be applied");
	order_dims[0] = dim;
	for (int i = 0, m = 1; i < t->ndim; i++)
		if (i != dim)
			order_dims[m++] = i;
	Tensor *moved, *in = NULL, *picked = NULL, *index = NULL;
	Groups g;
	TRY(view_permute(x, t, order_dims, t->ndim, &moved));
	Status status = cpu_prepare(x, moved, d, &in);
	tensor_unref(&moved);
	TRY(status);
	status = groups_new(x, &g, n);
	if (status) {
		tensor_unref(&in);
		return status;
	}
	int64_t bytes = n ? in->numel / n * (int64_t)dtype_size(d) : 0;
	const char *base = tensor_data(in);
	int64_t *order = xmalloc(sizeof *order * (size_t)(2 * n + 1)), *from = order, *to = order + n;
	for (int64_t i = 0; i < n; i++)
		order[i] = i;
	for (int64_t width = 1; width < n && sorted; width *= 2) {
		for (int64_t lo = 0; lo < n; lo += 2 * width) {
			int64_t mid = lo + width < n ? lo + width : n, hi = mid + width < n ? mid + width : n;
			int64_t a = lo, b = mid, o = lo;
			while (a < mid && b < hi)
				to[o++] = slice_compare(base, bytes, d, from[b], from[a]) == -1 ? from[b++] : from[a++];
			while (a < mid)
				to[o++] = from[a++];
			while (b < hi)
				to[o++] = from[b++];
		}
		int64_t *swap = from;
		from = to;
		to = swap;
	}
	for (int64_t i = 0; i < n; i++) {
		if (i == 0 || slice_compare(base, bytes, d, from[i - 1], from[i]) != 0)
			g.first[g.count++] = from[i];
		g.group[from[i]] = g.count - 1;
	}
	free(order);
	// the distinct slices, put back along dim
	status = tensor_empty(DT_I64, &g.count, 1, &index, x->err);
	if (!status) {
		memcpy(tensor_data(index), g.first, sizeof(int64_t) * (size_t)g.count);
		Status op_index_select(Exec *, const IValue *, int, IValue *);
		IValue args[3] = {{.tensor = (Tensor *)t, .tag = TAG_TENSOR}, iv_int(dim), {.tensor = index, .tag = TAG_TENSOR}};
		IValue got;
		status = op_index_select(x, args, 3, &got);
		if (!status)
			picked = got.tensor;
	}
	tensor_unref(&index);
	if (!status)
		status = groups_results(x, &g, inverse, counts, &n, 1, &out[1], &out[2]);
	if (status)
		tensor_unref(&picked);
	else
		out[0] = picked;
	free(g.group);
	free(g.first);
	tensor_unref(&in);
	return status;
}

static Status ret_three(Status status, Tensor **out, IValue *rets)
{
	for (int i = 0; i < 3 && !status; i++)
		rets[i] = iv_take_tensor(out[i]);
	return status;
}

KERNEL(_unique2)
{
	Tensor *out[3];
	return ret_three(unique_flat(x, arg_tensor(args[0]), true, arg_bool(args[2]), arg_bool(args[3]), out), out, rets);
}

KERNEL(_unique)
{
	Tensor *out[3];
	TRY(unique_flat(x, arg_tensor(args[0]), true, arg_bool(args[2]), false, out));
	tensor_unref(&out[2]);
	rets[0] = iv_take_tensor(out[0]);
	rets[1] = iv_take_tensor(out[1]);
	return STATUS_OK;
}

KERNEL(unique_dim)
{
	Tensor *out[3];
	return ret_three(unique_slices(x, arg_tensor(args[0]), arg_int(args[1]), true, arg_bool(args[3]), arg_bool(args[4]),
				 out),
		out, rets);
}

KERNEL(unique_dim_consecutive)
{
	Tensor *out[3];
	return ret_three(unique_slices(x, arg_tensor(args[0]), arg_int(args[1]), false, arg_bool(args[2]), arg_bool(args[3]),
				 out),
		out, rets);
}

KERNEL(unique_consecutive)
{
	Tensor *out[3];
	const Tensor *t = arg_tensor(args[0]);
	bool inverse = arg_bool(args[1]), counts = arg_bool(args[2]);
	Status status = iv_is_none(args[3]) ? unique_flat(x, t, false, inverse, counts, out)
					    : unique_slices(x, t, arg_int(args[3]), false, inverse, counts, out);
	return ret_three(status, out, rets);
}
