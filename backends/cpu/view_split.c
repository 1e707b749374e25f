// SPDX-License-Identifier: BSD-3-Clause
// One tensor as a list of slices: split, chunk, unbind, tensor_split and their relatives.
#include "backends/cpu/view.h"

#include <inttypes.h>
#include <stdlib.h>

// Puts t[dim][start : start + length] at the end of out.
static Status append_range(Exec *x, ListObj *out, const Tensor *t, int dim, int64_t start, int64_t length)
{
	return list_append_take(out, iv_take_tensor(view_range(t, dim, start, length, 1)), x->err);
}

static Status finish(ListObj *out, Status status, IValue *rets)
{
	IValue list = iv_take_list(out);
	if (status)
		ivalue_unref(&list);
	else
		rets[0] = list;
	return status;
}

// Charged before anything is made: a list may name any number of parts of an empty dimension.
static Status parts_new(Exec *x, int64_t n, ListObj **out)
{
	*out = list_new(&type_tensor, 0);
	Status status = list_reserve(*out, n, x->err);
	if (status) {
		IValue drop = iv_take_list(*out);
		ivalue_unref(&drop);
	}
	return status;
}

static Status split_even(Exec *x, const Tensor *t, int64_t split, int64_t dim, IValue *rets)
{
	int d;
	if (t->ndim == 0)
		return xfail(x, "split expects at least a 1-dimensional tensor");
	TRY(wrap_dim(dim, t->ndim, &d, x->err));
	if (split < 0)
		return xfail(x, "split expects split_size be non-negative, but got split_size=%" PRId64, split);
	int64_t size = t->sizes[d];
	if (split == 0 && size != 0)
		return xfail(x, "split_size can only be 0 if dimension size is 0, but got dimension size of %" PRId64,
			size);
	int64_t n = split == 0 || size == 0 ? 1 : (size - 1) / split + 1;
	ListObj *out;
	TRY(parts_new(x, n, &out));
	Status status = STATUS_OK;
	for (int64_t i = 0; i < n && !status; i++)
		status = append_range(x, out, t, d, i * split, i + 1 < n ? split : size - i * split);
	return finish(out, status, rets);
}

static Status split_sizes(Exec *x, const Tensor *t, const ListObj *sizes, int64_t dim, IValue *rets)
{
	int d;
	if (t->ndim == 0)
		return xfail(x, "split expects at least a 1-dimensional tensor");
	TRY(wrap_dim(dim, t->ndim, &d, x->err));
	int64_t sum = 0;
	char text[SHAPE_TEXT];
	int64_t shown[16];
	int nshown = sizes->n < 16 ? (int)sizes->n : 16;
	for (int i = 0; i < nshown; i++)
		shown[i] = arg_int(sizes->items[i]);
	for (int64_t i = 0; i < sizes->n; i++) {
		int64_t s = arg_int(sizes->items[i]);
		if (s < 0)
			return xfail(x,
				"split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes=%s",
				shape_text(shown, nshown, text));
		if (__builtin_add_overflow(sum, s, &sum))
			sum = -1;
		if (sum < 0)
			break;
	}
	if (sum != t->sizes[d])
		return xfail(x,
			"split_with_sizes expects split_sizes to sum exactly to %" PRId64
			" (input tensor's size at dimension %d), but got split_sizes=%s",
			t->sizes[d], d, shape_text(shown, nshown, text));
	ListObj *out;
	TRY(parts_new(x, sizes->n, &out));
	Status status = STATUS_OK;
	int64_t start = 0;
	for (int64_t i = 0; i < sizes->n && !status; i++) {
		int64_t length = arg_int(sizes->items[i]);
		status = append_range(x, out, t, d, start, length);
		start += length;
	}
	return finish(out, status, rets);
}

KERNEL(split_Tensor) { return split_even(x, arg_tensor(args[0]), arg_int(args[1]), arg_int(args[2]), rets); }
KERNEL(split_sizes) { return split_sizes(x, arg_tensor(args[0]), args[1].list, arg_int(args[2]), rets); }
KERNEL(split) { return op_split_sizes(x, args, nargs, rets); }
KERNEL(split_with_sizes) { return op_split_sizes(x, args, nargs, rets); }
KERNEL(unsafe_split_Tensor) { return op_split_Tensor(x, args, nargs, rets); }
KERNEL(unsafe_split_with_sizes) { return op_split_sizes(x, args, nargs, rets); }
KERNEL(split_copy_Tensor) { return ret_copies(x, op_split_Tensor, args, nargs, rets); }
KERNEL(split_with_sizes_copy) { return ret_copies(x, op_split_sizes, args, nargs, rets); }

KERNEL(chunk)
{
	const Tensor *t = arg_tensor(args[0]);
	int64_t chunks = arg_int(args[1]);
	int d;
	if (t->ndim == 0)
		return xfail(x, "chunk expects at least a 1-dimensional tensor");
	if (chunks <= 0)
		return xfail(x, "chunk expects `chunks` to be greater than 0, got: %" PRId64, chunks);
	TRY(wrap_dim(arg_int(args[2]), t->ndim, &d, x->err));
	int64_t size = t->sizes[d], split = size / chunks + (size % chunks != 0);
	if (split || size)
		return split_even(x, t, split, d, rets);
	// an empty dimension still gives the number of chunks that was asked for
	ListObj *out;
	TRY(parts_new(x, chunks, &out));
	Status status = STATUS_OK;
	for (int64_t i = 0; i < chunks && !status; i++)
		status = append_range(x, out, t, d, 0, 0);
	return finish(out, status, rets);
}

KERNEL(unsafe_chunk) { return op_chunk(x, args, nargs, rets); }

KERNEL(unbind_int)
{
	const Tensor *t = arg_tensor(args[0]);
	int d;
	if (t->ndim == 0)
		return fail(x->err, STATUS_INDEX, "Dimension specified as %" PRId64 " but tensor has no dimensions",
			arg_int(args[1]));
	TRY(wrap_dim(arg_int(args[1]), t->ndim, &d, x->err));
	ListObj *out;
	TRY(parts_new(x, t->sizes[d], &out));
	Status status = STATUS_OK;
	for (int64_t i = 0; i < t->sizes[d] && !status; i++)
		status = list_append_take(out, iv_take_tensor(view_select(t, d, i)), x->err);
	return finish(out, status, rets);
}

KERNEL(unbind_copy_int) { return ret_copies(x, op_unbind_int, args, nargs, rets); }

static Status split_sections(Exec *x, const Tensor *t, int64_t sections, int64_t dim, IValue *rets)
{
	int d;
	if (t->ndim == 0)
		return xfail(x, "tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims");
	TRY(wrap_dim(dim, t->ndim, &d, x->err));
	if (sections <= 0)
		return xfail(x, "number of sections must be larger than 0, got %" PRId64, sections);
	int64_t size = t->sizes[d], start = 0;
	ListObj *out;
	TRY(parts_new(x, sections, &out));
	Status status = STATUS_OK;
	for (int64_t i = 0; i < sections && !status; i++) {
		int64_t length = size / sections + (i < size % sections);
		status = append_range(x, out, t, d, start, length);
		start += length;
	}
	return finish(out, status, rets);
}

static int64_t clamp_index(int64_t i, int64_t size)
{
	if (i < 0)
		i += size;
	return i < 0 ? 0 : i > size ? size : i;
}

// Cuts at the n indices at(arg, i); each slice has Python's semantics.
static Status split_at(Exec *x, const Tensor *t, const int64_t *at, int64_t n, int64_t dim, IValue *rets)
{
	int d;
	if (t->ndim == 0)
		return xfail(x, "tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims");
	TRY(wrap_dim(dim, t->ndim, &d, x->err));
	int64_t size = t->sizes[d], start = 0;
	ListObj *out;
	TRY(parts_new(x, n + 1, &out));
	Status status = STATUS_OK;
	for (int64_t i = 0; i <= n && !status; i++) {
		int64_t end = i < n ? clamp_index(at[i], size) : size;
		status = append_range(x, out, t, d, start, end > start ? end - start : 0);
		start = end;
	}
	return finish(out, status, rets);
}

static Status split_at_list(Exec *x, const Tensor *t, const ListObj *list, int64_t dim, IValue *rets)
{
	int64_t *at = xmalloc(sizeof *at * (size_t)(list->n + 1));
	for (int64_t i = 0; i < list->n; i++)
		at[i] = arg_int(list->items[i]);
	Status status = split_at(x, t, at, list->n, dim, rets);
	free(at);
	return status;
}

KERNEL(tensor_split_sections) { return split_sections(x, arg_tensor(args[0]), arg_int(args[1]), arg_int(args[2]), rets); }
KERNEL(tensor_split_indices) { return split_at_list(x, arg_tensor(args[0]), args[1].list, arg_int(args[2]), rets); }

KERNEL(tensor_split_tensor_indices_or_sections)
{
	const Tensor *t = arg_tensor(args[0]), *which = arg_tensor(args[1]);
	if (t->ndim == 0)
		return xfail(x, "tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims");
	if (tensor_dtype(which) != DT_I64)
		return xfail(x, "tensor_split expected tensor_indices_or_sections to have dtype of long, but got %s",
			dtype_class_name(tensor_dtype(which)));
	if (which->ndim > 1)
		return xfail(x,
			"tensor_split expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional tensor, "
			"but got a tensor with %d dims",
			which->ndim);
	const int64_t *p = tensor_data(which);
	if (which->ndim == 0)
		return split_sections(x, t, p[0], arg_int(args[2]), rets);
	int64_t *at = xmalloc(sizeof *at * (size_t)(which->numel + 1));
	for (int64_t i = 0; i < which->numel; i++)
		at[i] = p[i * which->strides[0]];
	Status status = split_at(x, t, at, which->numel, arg_int(args[2]), rets);
	free(at);
	return status;
}

// hsplit, vsplit and dsplit: a fixed dimension, and equal sections only.
static Status split_named(Exec *x, const IValue *args, char letter, int least, int dim, bool by_list, IValue *rets)
{
	const Tensor *t = arg_tensor(args[0]);
	if (t->ndim < least)
		return xfail(x, "torch.%csplit requires a tensor with at least %d dimension, but got a tensor with %d dimensions!",
			letter, least, t->ndim);
	if (by_list)
		return split_at_list(x, t, args[1].list, dim, rets);
	int64_t sections = arg_int(args[1]);
	if (sections == 0 || t->sizes[dim] % sections)
		return xfail(x,
			"torch.%csplit attempted to split along dimension %d, but the size of the dimension %" PRId64
			" is not divisible by the split_size %" PRId64 "!",
			letter, dim, t->sizes[dim], sections);
	return split_sections(x, t, sections, dim, rets);
}

static int hsplit_dim(IValue v) { return arg_tensor(v)->ndim == 1 ? 0 : 1; }
KERNEL(hsplit_int) { return split_named(x, args, 'h', 1, hsplit_dim(args[0]), false, rets); }
KERNEL(hsplit_array) { return split_named(x, args, 'h', 1, hsplit_dim(args[0]), true, rets); }
KERNEL(vsplit_int) { return split_named(x, args, 'v', 2, 0, false, rets); }
KERNEL(vsplit_array) { return split_named(x, args, 'v', 2, 0, true, rets); }
KERNEL(dsplit_int) { return split_named(x, args, 'd', 3, 2, false, rets); }
KERNEL(dsplit_array) { return split_named(x, args, 'd', 3, 2, true, rets); }
