// SPDX-License-Identifier: BSD-3-Clause
// Joining tensors: cat, stack and the numpy-style forms built on them.
// Everything becomes one concatenation: each input is copied into its own slice of the result.
#include "backends/cpu/view.h"

#include <inttypes.h>
#include <stdlib.h>

// Inputs after reshaping: owned references.
typedef struct Parts { Tensor **t; int64_t n; } Parts;

static Parts parts_of(const ListObj *l)
{
	Parts p = {xcalloc((size_t)l->n + 1, sizeof *p.t), l->n};
	for (int64_t i = 0; i < l->n; i++)
		p.t[i] = tensor_ref(l->items[i].tensor);
	return p;
}

static void parts_free(Parts *p)
{
	for (int64_t i = 0; i < p->n; i++)
		tensor_unref(&p->t[i]);
	free(p->t);
}

// Old programs concatenate with torch.tensor([]) as a neutral element, whatever the other shapes are.
static bool is_legacy_empty(const Tensor *t) { return t->ndim == 1 && t->sizes[0] == 0; }

static Status parts_dtype(Exec *x, const Parts *p, DType *out)
{
	Promotion promotion = PROMOTION_INIT;
	for (int64_t i = 0; i < p->n; i++)
		promote_add_tensor(&promotion, p->t[i]);
	*out = promote_result(&promotion);
	if (*out == DT_NONE)
		return xfail(x, "torch.cat(): the tensors' dtypes have no common type");
	return STATUS_OK;
}

static Status cat_parts(Exec *x, const Parts *p, int64_t dim, IValue *rets)
{
	char a[SHAPE_TEXT];
	if (p->n == 0)
		return fail(x->err, STATUS_VALUE, "torch.cat(): expected a non-empty list of Tensors");
	const Tensor *first = NULL;
	for (int64_t i = 0; i < p->n; i++) {
		if (p->t[i]->ndim == 0)
			return xfail(x, "zero-dimensional tensor (at position %" PRId64 ") cannot be concatenated", i);
		if (!first && !is_legacy_empty(p->t[i]))
			first = p->t[i];
	}
	DType dtype;
	TRY(parts_dtype(x, p, &dtype));
	Tensor *out;
	if (!first) {
		int d;
		TRY(wrap_dim(dim, 1, &d, x->err));
		TRY(tensor_empty(dtype, p->t[0]->sizes, 1, &out, x->err));
		return ret_tensor(rets, out);
	}
	int d;
	TRY(wrap_dim(dim, first->ndim, &d, x->err));
	int64_t sizes[MAX_DIMS];
	memcpy(sizes, first->sizes, sizeof(int64_t) * first->ndim);
	sizes[d] = 0;
	bool channels_last = true;
	for (int64_t i = 0; i < p->n; i++) {
		const Tensor *t = p->t[i];
		if (is_legacy_empty(t))
			continue;
		if (t->ndim != first->ndim)
			return xfail(x, "Tensors must have same number of dimensions: got %d and %d", first->ndim, t->ndim);
		for (int k = 0; k < t->ndim; k++)
			if (k != d && t->sizes[k] != first->sizes[k])
				return xfail(x,
					"Sizes of tensors must match except in dimension %d. Expected size %" PRId64
					" but got size %" PRId64 " for tensor number %" PRId64 " in the list.",
					d, first->sizes[k], t->sizes[k], i);
		if (__builtin_add_overflow(sizes[d], t->sizes[d], &sizes[d]))
			return xfail(x, "cat: the result of shape %s is too large", shape_text(sizes, first->ndim, a));
		channels_last = channels_last && tensor_is_channels_last(t) && !tensor_is_contiguous(t);
	}
	if (channels_last) {
		int64_t strides[MAX_DIMS];
		channels_last_strides(sizes, first->ndim, strides);
		TRY(tensor_empty_strided(dtype, sizes, strides, first->ndim, &out, x->err));
	} else {
		TRY(tensor_empty(dtype, sizes, first->ndim, &out, x->err));
	}
	int64_t start = 0;
	Status status = STATUS_OK;
	for (int64_t i = 0; i < p->n && !status; i++) {
		if (is_legacy_empty(p->t[i]) || p->t[i]->numel == 0)
			continue;
		Tensor *slice = view_range(out, d, start, p->t[i]->sizes[d], 1);
		status = cpu_copy(x, slice, p->t[i]);
		tensor_unref(&slice);
		start += p->t[i]->sizes[d];
	}
	if (status) {
		tensor_unref(&out);
		return status;
	}
	return ret_tensor(rets, out);
}

static Status cat_and_free(Exec *x, Parts *p, int64_t dim, IValue *rets)
{
	Status status = cat_parts(x, p, dim, rets);
	parts_free(p);
	return status;
}

KERNEL(cat)
{
	Parts p = parts_of(args[0].list);
	return cat_and_free(x, &p, arg_int(args[1]), rets);
}

KERNEL(concat) { return op_cat(x, args, nargs, rets); }
KERNEL(concatenate) { return op_cat(x, args, nargs, rets); }

KERNEL(stack)
{
	const ListObj *l = args[0].list;
	char a[SHAPE_TEXT], b[SHAPE_TEXT];
	int d;
	if (l->n == 0)
		return xfail(x, "stack expects a non-empty TensorList");
	const Tensor *first = l->items[0].tensor;
	TRY(wrap_dim(arg_int(args[1]), first->ndim + 1, &d, x->err));
	if (first->ndim == MAX_DIMS)
		return xfail(x, "stack: a tensor has at most %d dimensions", MAX_DIMS);
	for (int64_t i = 1; i < l->n; i++) {
		const Tensor *t = l->items[i].tensor;
		if (!sizes_equal(first, t))
			return xfail(x, "stack expects each tensor to be equal size, but got %s at entry 0 and %s at entry %" PRId64,
				shape_text(first->sizes, first->ndim, a), shape_text(t->sizes, t->ndim, b), i);
	}
	Parts p = parts_of(l);
	DType dtype;
	Status status = parts_dtype(x, &p, &dtype);
	int64_t sizes[MAX_DIMS];
	for (int i = 0; i <= first->ndim; i++)
		sizes[i] = i < d ? first->sizes[i] : i == d ? l->n : first->sizes[i - 1];
	Tensor *out = NULL;
	if (!status)
		status = tensor_empty(dtype, sizes, first->ndim + 1, &out, x->err);
	for (int64_t i = 0; i < l->n && !status; i++) {
		Tensor *slice = view_select(out, d, i);
		status = cpu_copy(x, slice, p.t[i]);
		tensor_unref(&slice);
	}
	parts_free(&p);
	if (status) {
		tensor_unref(&out);
		return status;
	}
	return ret_tensor(rets, out);
}

KERNEL(_stack) { return op_stack(x, args, nargs, rets); }

// ---- at least n dimensions

// A new reference to t with the dimensions that numpy's atleast_1d … atleast_3d put around it.
static Tensor *at_least(const Tensor *t, int n)
{
	Tensor *out = tensor_alias(t);
	while (out->ndim < n) {
		// 0-d: [1, …]; 1-d: [1, n] and then [1, n, 1]; 2-d: [m, n, 1]
		int at = out->ndim == 0 ? 0 : out->ndim == 1 ? 0 : out->ndim;
		Tensor *next = view_unsqueeze(out, at);
		tensor_unref(&out);
		out = next;
	}
	return out;
}

static Status at_least_list(Exec *x, const ListObj *in, int n, IValue *rets)
{
	ListObj *out = list_new(&type_tensor, in->n);
	for (int64_t i = 0; i < in->n; i++) {
		const Tensor *t = in->items[i].tensor;
		Status status = list_append_take(out,
			iv_take_tensor(t->ndim >= n ? tensor_ref(in->items[i].tensor) : at_least(t, n)), x->err);
		if (status) {
			IValue drop = iv_take_list(out);
			ivalue_unref(&drop);
			return status;
		}
	}
	rets[0] = iv_take_list(out);
	return STATUS_OK;
}

static Status at_least_one(const IValue *args, int n, IValue *rets)
{
	Tensor *t = arg_tensor(args[0]);
	return ret_tensor(rets, t->ndim >= n ? tensor_ref(t) : at_least(t, n));
}

KERNEL(atleast_1d) { return at_least_one(args, 1, rets); }
KERNEL(atleast_2d) { return at_least_one(args, 2, rets); }
KERNEL(atleast_3d) { return at_least_one(args, 3, rets); }
KERNEL(atleast_1d_Sequence) { return at_least_list(x, args[0].list, 1, rets); }
KERNEL(atleast_2d_Sequence) { return at_least_list(x, args[0].list, 2, rets); }
KERNEL(atleast_3d_Sequence) { return at_least_list(x, args[0].list, 3, rets); }

static Parts parts_at_least(const ListObj *l, int n)
{
	Parts p = {xcalloc((size_t)l->n + 1, sizeof *p.t), l->n};
	for (int64_t i = 0; i < l->n; i++)
		p.t[i] = at_least(l->items[i].tensor, n);
	return p;
}

KERNEL(hstack)
{
	if (args[0].list->n == 0)
		return xfail(x, "hstack expects a non-empty TensorList");
	Parts p = parts_at_least(args[0].list, 1);
	return cat_and_free(x, &p, p.t[0]->ndim == 1 ? 0 : 1, rets);
}

KERNEL(vstack)
{
	if (args[0].list->n == 0)
		return xfail(x, "vstack expects a non-empty TensorList");
	Parts p = parts_at_least(args[0].list, 2);
	return cat_and_free(x, &p, 0, rets);
}

KERNEL(row_stack) { return op_vstack(x, args, nargs, rets); }

KERNEL(dstack)
{
	if (args[0].list->n == 0)
		return xfail(x, "dstack expects a non-empty TensorList");
	Parts p = parts_at_least(args[0].list, 3);
	return cat_and_free(x, &p, 2, rets);
}

KERNEL(column_stack)
{
	if (args[0].list->n == 0)
		return xfail(x, "column_stack expects a non-empty TensorList");
	Parts p = parts_of(args[0].list);
	for (int64_t i = 0; i < p.n; i++) {
		Tensor *t = p.t[i];
		if (t->ndim > 1)
			continue;
		int64_t sizes[2] = {t->numel, 1}, strides[2] = {t->ndim ? t->strides[0] : 1, 1};
		p.t[i] = tensor_view(t, sizes, strides, 2, t->offset);
		tensor_unref(&t);
	}
	return cat_and_free(x, &p, p.t[0]->ndim == 1 ? 0 : 1, rets);
}

KERNEL(flatten_dense_tensors)
{
	Parts p = parts_of(args[0].list);
	for (int64_t i = 0; i < p.n; i++) {
		Tensor *flat = NULL;
		int64_t want = p.t[i]->numel;
		Status status = view_reshape(x, p.t[i], &want, 1, &flat);
		if (status) {
			parts_free(&p);
			return status;
		}
		tensor_unref(&p.t[i]);
		p.t[i] = flat;
	}
	return cat_and_free(x, &p, 0, rets);
}

KERNEL(block_diag)
{
	Parts p = parts_at_least(args[0].list, 2);
	DType dtype = default_float_dtype();
	int64_t sizes[2] = {p.n ? 0 : 1, 0};
	Status status = p.n ? parts_dtype(x, &p, &dtype) : STATUS_OK;
	for (int64_t i = 0; i < p.n && !status; i++) {
		if (p.t[i]->ndim != 2)
			status = xfail(x, "torch.block_diag: Input tensors must have 2 or fewer dimensions. Input %" PRId64
					  " has %d dimensions",
				i, p.t[i]->ndim);
		else if (__builtin_add_overflow(sizes[0], p.t[i]->sizes[0], &sizes[0]) ||
			 __builtin_add_overflow(sizes[1], p.t[i]->sizes[1], &sizes[1]))
			status = xfail(x, "block_diag: the result is too large");
	}
	Tensor *out = NULL;
	if (!status)
		status = tensor_zeros(dtype, sizes, 2, &out, x->err);
	int64_t row = 0, col = 0;
	for (int64_t i = 0; i < p.n && !status; i++) {
		const Tensor *t = p.t[i];
		Tensor *rows = view_range(out, 0, row, t->sizes[0], 1);
		Tensor *block = view_range(rows, 1, col, t->sizes[1], 1);
		status = cpu_copy(x, block, t);
		tensor_unref(&rows);
		tensor_unref(&block);
		row += t->sizes[0];
		col += t->sizes[1];
	}
	parts_free(&p);
	if (status) {
		tensor_unref(&out);
		return status;
	}
	return ret_tensor(rets, out);
}
