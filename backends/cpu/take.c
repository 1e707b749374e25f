// SPDX-License-Identifier: BSD-3-Clause
// Flat indexing (take, put), one_hot, triangles and diagonals, and the *_scatter ops that write into a view of a
// clone.
#include "backends/cpu/index.h"
#include "backends/cpu/nest.h"

#include <inttypes.h>
#include <stdlib.h>

static Status wrap_flat(Exec *x, int64_t i, int64_t numel, int64_t *out)
{
	if (i < -numel || i >= numel)
		return fail(x->err, STATUS_INDEX,
			"out of range: tried to access index %" PRId64 " on a tensor of %" PRId64 " elements.", i, numel);
	*out = i < 0 ? i + numel : i;
	return STATUS_OK;
}

KERNEL(take)
{
	const Tensor *self = arg_tensor(args[0]), *given = arg_tensor(args[1]);
	if (tensor_dtype(given) != DT_I64)
		return xfail(x, "take(): Expected a long tensor for index, but got %s", dtype_class_name(tensor_dtype(given)));
	if (self->numel == 0 && given->numel)
		return fail(x->err, STATUS_INDEX, "take(): tried to take from an empty tensor");
	Tensor *dense, *index = NULL, *out = NULL;
	TRY(cpu_prepare(x, self, tensor_dtype(self), &dense));
	Status status = cpu_prepare(x, given, DT_I64, &index);
	if (!status)
		status = tensor_empty(tensor_dtype(self), given->sizes, given->ndim, &out, x->err);
	if (!status) {
		const int64_t *v = tensor_data(index);
		size_t item = dtype_size(tensor_dtype(self));
		char *d = tensor_data(out);
		for (int64_t i = 0, at = 0; i < index->numel && !status; i++, d += item) {
			status = wrap_flat(x, v[i], self->numel, &at);
			if (!status)
				memcpy(d, (const char *)tensor_data(dense) + (size_t)at * item, item);
		}
	}
	tensor_unref(&dense);
	tensor_unref(&index);
	if (status)
		tensor_unref(&out);
	return status ? status : ret_tensor(rets, out);
}

static Status put_into(Exec *x, Tensor *self, const Tensor *given, const Tensor *source, bool accumulate)
{
	if (tensor_dtype(given) != DT_I64)
		return xfail(x, "put_(): Expected a long tensor for index, but got %s", dtype_class_name(tensor_dtype(given)));
	if (self->dtype != source->dtype)
		return xfail(x, "put_(): self and source expected to have the same dtype, but got self.dtype = %s and source.dtype = %s",
			dtype_class_name(tensor_dtype(self)), dtype_class_name(tensor_dtype(source)));
	if (given->numel != source->numel)
		return fail(x->err, STATUS_INDEX,
			"put_(): Expected source and index to have the same number of elements, but got source.numel() = %" PRId64
			", index.numel() = %" PRId64,
			source->numel, given->numel);
	if (self->numel == 0 && given->numel)
		return fail(x->err, STATUS_INDEX, "put_(): Tried to put elements into an empty tensor");
	CombineFn combine = combine_for(tensor_dtype(self), accumulate ? COMBINE_ADD : COMBINE_SET);
	Tensor *index, *values = NULL;
	TRY(cpu_prepare(x, given, DT_I64, &index));
	int64_t *offset = NULL, count;
	int64_t item = (int64_t)dtype_size(tensor_dtype(self));
	Status status = clone_contiguous(x, source, &values);
	if (!status)
		status = walk_offsets(x, self->sizes, self->strides, self->ndim, item, &offset, &count);
	if (!status) {
		const int64_t *v = tensor_data(index);
		const char *s = tensor_data(values);
		for (int64_t i = 0, at = 0; i < index->numel && !status; i++, s += item) {
			status = wrap_flat(x, v[i], self->numel, &at);
			if (!status)
				combine((char *)tensor_data(self) + offset[at], s);
		}
		free(offset);
	}
	tensor_unref(&index);
	tensor_unref(&values);
	return status;
}

KERNEL(put_)
{
	TRY(put_into(x, arg_tensor(args[0]), arg_tensor(args[1]), arg_tensor(args[2]), arg_bool(args[3])));
	return ret_tensor(rets, tensor_ref(arg_tensor(args[0])));
}

KERNEL(put)
{
	Tensor *out;
	TRY(cpu_clone(x, arg_tensor(args[0]), &out));
	Status status = put_into(x, out, arg_tensor(args[1]), arg_tensor(args[2]), arg_bool(args[3]));
	if (status)
		tensor_unref(&out);
	return status ? status : ret_tensor(rets, out);
}

KERNEL(one_hot)
{
	const Tensor *self = arg_tensor(args[0]);
	int64_t classes = arg_int(args[1]), sizes[MAX_DIMS];
	if (tensor_dtype(self) != DT_I64)
		return xfail(x, "one_hot is only applicable to index tensor of type LongTensor.");
	if (self->ndim == MAX_DIMS)
		return xfail(x, "one_hot: a tensor has at most %d dimensions", MAX_DIMS);
	if (self->numel == 0 && classes <= 0)
		return xfail(x, "Can not infer total number of classes from empty tensor.");
	Tensor *index, *out;
	TRY(cpu_prepare(x, self, DT_I64, &index));
	const int64_t *v = tensor_data(index);
	int64_t most = -1;
	Status status = STATUS_OK;
	for (int64_t i = 0; i < index->numel && !status; i++) {
		if (v[i] < 0)
			status = xfail(x, "Class values must be non-negative.");
		most = v[i] > most ? v[i] : most;
	}
	if (!status && classes == -1)
		status = most == INT64_MAX ? xfail(x, "one_hot: too many classes") : (classes = most + 1, STATUS_OK);
	else if (!status && most >= classes)
		status = xfail(x, "Class values must be smaller than num_classes.");
	memcpy(sizes, self->sizes, sizeof(int64_t) * self->ndim);
	sizes[self->ndim] = classes;
	if (!status)
		status = tensor_zeros(DT_I64, sizes, self->ndim + 1, &out, x->err);
	if (!status) {
		int64_t *d = tensor_data(out);
		for (int64_t i = 0; i < index->numel; i++)
			d[i * classes + v[i]] = 1;
	}
	tensor_unref(&index);
	return status ? status : ret_tensor(rets, out);
}

// ---- triangles

static Status triangle(Exec *x, const IValue *args, bool upper, IValue *rets)
{
	const Tensor *self = arg_tensor(args[0]);
	int64_t k = arg_int(args[1]);
	if (self->ndim < 2)
		return xfail(x, "%s: input tensor must have at least 2 dimensions", upper ? "triu" : "tril");
	Tensor *out;
	TRY(clone_contiguous(x, self, &out));
	int64_t rows = self->sizes[self->ndim - 2], cols = self->sizes[self->ndim - 1];
	size_t item = dtype_size(tensor_dtype(self));
	if (out->numel) {
		char *p = tensor_data(out);
		for (int64_t r = 0; r < out->numel / cols; r++, p += (size_t)cols * item) {
			// the first column that is above diagonal k: row + k + 1 for tril, row + k for triu
			int64_t at, row = r % rows;
			if (__builtin_add_overflow(row + (upper ? 0 : 1), k, &at))
				at = k > 0 ? cols : 0;
			at = at < 0 ? 0 : at > cols ? cols : at;
			if (upper)
				memset(p, 0, (size_t)at * item);
			else
				memset(p + (size_t)at * item, 0, (size_t)(cols - at) * item);
		}
	}
	return ret_tensor(rets, out);
}

KERNEL(tril) { return triangle(x, args, false, rets); }
KERNEL(triu) { return triangle(x, args, true, rets); }

// ---- diagonals

// [*, n] → [*, m, m] with the vectors on diagonal `offset` between dims d1 and d2 of the result.
static Status diag_embed(Exec *x, const Tensor *t, int64_t offset, int64_t d1, int64_t d2, Tensor **out)
{
	int a, b, n = t->ndim + 1;
	TRY(wrap_dim(d1, n, &a, x->err));
	TRY(wrap_dim(d2, n, &b, x->err));
	if (a == b)
		return xfail(x, "diagonal dimensions cannot be identical %" PRId64 ", %" PRId64, d1, d2);
	if (n > MAX_DIMS)
		return xfail(x, "diag_embed: a tensor has at most %d dimensions", MAX_DIMS);
	int64_t sizes[MAX_DIMS], size;
	if (offset == INT64_MIN || __builtin_add_overflow(t->ndim ? t->sizes[t->ndim - 1] : 1, llabs(offset), &size))
		return xfail(x, "diag_embed: the result is too large");
	for (int i = 0, k = 0; i < n; i++)
		sizes[i] = i == a || i == b ? size : t->sizes[k++];
	TRY(tensor_zeros(tensor_dtype(t), sizes, n, out, x->err));
	Tensor *diagonal;
	Status status = view_diagonal(x, *out, offset, a, b, &diagonal);
	if (!status) {
		status = cpu_copy(x, diagonal, t);
		tensor_unref(&diagonal);
	}
	if (status)
		tensor_unref(out);
	return status;
}

KERNEL(diag_embed)
{
	Tensor *out;
	if (arg_tensor(args[0])->ndim == 0)
		return fail(x->err, STATUS_INDEX, "diag_embed: expected a tensor of at least one dimension");
	TRY(diag_embed(x, arg_tensor(args[0]), arg_int(args[1]), arg_int(args[2]), arg_int(args[3]), &out));
	return ret_tensor(rets, out);
}

KERNEL(diag)
{
	const Tensor *t = arg_tensor(args[0]);
	Tensor *out, *view;
	if (t->ndim == 1) {
		TRY(diag_embed(x, t, arg_int(args[1]), 0, 1, &out));
		return ret_tensor(rets, out);
	}
	if (t->ndim != 2)
		return xfail(x, "diag(): Supports 1D or 2D tensors. Got %dD", t->ndim);
	TRY(view_diagonal(x, t, arg_int(args[1]), 0, 1, &view));
	Status status = clone_contiguous(x, view, &out);
	tensor_unref(&view);
	return status ? status : ret_tensor(rets, out);
}

KERNEL(diagflat)
{
	const Tensor *t = arg_tensor(args[0]);
	int64_t numel = t->numel;
	Tensor *flat, *out;
	TRY(view_reshape(x, t, &numel, 1, &flat));
	Status status = diag_embed(x, flat, arg_int(args[1]), 0, 1, &out);
	tensor_unref(&flat);
	return status ? status : ret_tensor(rets, out);
}

// ---- writing into a view of a clone

// view is called with a clone of args[0] in front; src is copied into what it returns.
static Status scatter_view(Exec *x, Kernel view, const Tensor *self, const Tensor *src, IValue *vargs, int n, IValue *rets)
{
	char a[SHAPE_TEXT], b[SHAPE_TEXT];
	Tensor *out;
	TRY(cpu_clone(x, self, &out));
	vargs[0] = (IValue){.tensor = out, .tag = TAG_TENSOR};
	IValue slice;
	Status status = view(x, vargs, n, &slice);
	if (!status) {
		if (!sizes_equal(slice.tensor, src))
			status = xfail(x, "expected src to have a size equal to the slice of self. src size = %s, slice size = %s",
				shape_text(src->sizes, src->ndim, a), shape_text(slice.tensor->sizes, slice.tensor->ndim, b));
		else
			status = cpu_copy(x, slice.tensor, src);
		ivalue_unref(&slice);
	}
	if (status)
		tensor_unref(&out);
	return status ? status : ret_tensor(rets, out);
}

Status op_select_int(Exec *x, const IValue *args, int nargs, IValue *rets);
Status op_slice_Tensor(Exec *x, const IValue *args, int nargs, IValue *rets);
Status op_diagonal(Exec *x, const IValue *args, int nargs, IValue *rets);
Status op_as_strided(Exec *x, const IValue *args, int nargs, IValue *rets);

KERNEL(select_scatter)
{
	IValue v[3] = {iv_none(), args[2], args[3]};
	return scatter_view(x, op_select_int, arg_tensor(args[0]), arg_tensor(args[1]), v, 3, rets);
}

KERNEL(slice_scatter)
{
	IValue v[5] = {iv_none(), args[2], args[3], args[4], args[5]};
	return scatter_view(x, op_slice_Tensor, arg_tensor(args[0]), arg_tensor(args[1]), v, 5, rets);
}

KERNEL(diagonal_scatter)
{
	IValue v[4] = {iv_none(), args[2], args[3], args[4]};
	return scatter_view(x, op_diagonal, arg_tensor(args[0]), arg_tensor(args[1]), v, 4, rets);
}

KERNEL(as_strided_scatter)
{
	IValue v[4] = {iv_none(), args[2], args[3], args[4]};
	return scatter_view(x, op_as_strided, arg_tensor(args[0]), arg_tensor(args[1]), v, 4, rets);
}

// ---- places of a triangle: [2, n], row by row

static Status triangle_places(Exec *x, const IValue *args, bool upper, IValue *rets)
{
	int64_t rows = arg_int(args[0]), cols = arg_int(args[1]), offset = arg_int(args[2]), count = 0;
	DType d;
	Tensor *t, *out;
	TRY(arg_dtype(x, args[3], DT_I64, &d));
	if (rows < 0 || cols < 0)
		return xfail(x, "%s must be non-negative, got%" PRId64, rows < 0 ? "row" : "col", rows < 0 ? rows : cols);
	if (offset < -rows)
		offset = -rows;
	if (offset > cols)
		offset = cols;
	if (rows > INT32_MAX || cols > INT32_MAX)
		return fail_memory(x->err, SIZE_MAX);
	for (int pass = 0; pass < 2; pass++) {
		int64_t *p = NULL, sizes[2] = {2, count}, n = 0;
		if (pass) {
			TRY(tensor_empty(DT_I64, sizes, 2, &t, x->err));
			p = tensor_data(t);
		}
		for (int64_t r = 0; r < rows; r++) {
			int64_t from = upper ? r + offset : 0, to = upper ? cols : r + offset + 1;
			from = from < 0 ? 0 : from;
			to = to > cols ? cols : to;
			if (!p) {
				count += to > from ? to - from : 0;
				continue;
			}
			for (int64_t c = from; c < to; c++, n++) {
				p[n] = r;
				p[count + n] = c;
			}
		}
	}
	Status status = cpu_to_dtype(x, t, d, &out);
	tensor_unref(&t);
	return status ? status : ret_tensor(rets, out);
}

KERNEL(tril_indices) { return triangle_places(x, args, false, rets); }
KERNEL(triu_indices) { return triangle_places(x, args, true, rets); }
