// SPDX-License-Identifier: BSD-3-Clause
// Views that keep the order of elements: view, reshape, flatten, unflatten, expand, squeeze, unsqueeze.
// A view exists when every new dimension lies inside one run of old dimensions that are laid out without gaps.
#include "backends/cpu/view.h"

#include <inttypes.h>
#include <stdio.h>

const char *shape_text(const int64_t *sizes, int n, char buf[SHAPE_TEXT])
{
	int at = snprintf(buf, SHAPE_TEXT, "[");
	for (int i = 0; i < n && at < SHAPE_TEXT - 32; i++)
		at += snprintf(buf + at, (size_t)(SHAPE_TEXT - at), i ? ", %" PRId64 : "%" PRId64, sizes[i]);
	snprintf(buf + at, (size_t)(SHAPE_TEXT - at), "]");
	return buf;
}

Status view_infer_sizes(Exec *x, const int64_t *want, int n, int64_t numel, int64_t *out)
{
	char text[SHAPE_TEXT];
	int64_t product = 1;
	int inferred = -1;
	bool overflow = false;
	for (int i = 0; i < n; i++) {
		out[i] = want[i];
		if (want[i] == -1) {
			if (inferred >= 0)
				return xfail(x, "only one dimension can be inferred");
			inferred = i;
		} else if (want[i] < 0) {
			return xfail(x, "invalid shape dimension %" PRId64 " at index %d of shape %s", want[i], i,
				shape_text(want, n, text));
		} else {
			overflow |= __builtin_mul_overflow(product, want[i], &product);
		}
	}
	if (!overflow && (numel == product || (inferred >= 0 && product > 0 && numel % product == 0))) {
		if (inferred >= 0) {
			if (product == 0)
				return xfail(x,
					"cannot reshape tensor of 0 elements into shape %s because the unspecified "
					"dimension size -1 can be any value and is ambiguous",
					shape_text(want, n, text));
			out[inferred] = numel / product;
		}
		return STATUS_OK;
	}
	return xfail(x, "shape '%s' is invalid for input of size %" PRId64, shape_text(want, n, text), numel);
}

bool view_strides(const Tensor *t, const int64_t *sizes, int n, int64_t *strides)
{
	if (t->numel == 0) {
		bool same = t->ndim == n && (n == 0 || !memcmp(t->sizes, sizes, sizeof(int64_t) * (size_t)n));
		if (same && n)
			memcpy(strides, t->strides, sizeof(int64_t) * (size_t)n);
		else
			contiguous_strides(sizes, n, strides);
		return true;
	}
	if (t->ndim == 0) {
		for (int i = 0; i < n; i++)
			strides[i] = 1;
		return true;
	}
	int v = n - 1;
	int64_t base = t->strides[t->ndim - 1]; // stride of the current run's innermost element
	int64_t old_run = 1, new_run = 1;
	for (int d = t->ndim - 1; d >= 0; d--) {
		old_run *= t->sizes[d];
		bool ends = d == 0 || (t->sizes[d - 1] != 1 && t->strides[d - 1] != old_run * base);
		if (!ends)
			continue;
		while (v >= 0 && (new_run < old_run || sizes[v] == 1)) {
			strides[v] = new_run * base;
			new_run *= sizes[v];
			v--;
		}
		if (new_run != old_run)
			return false;
		if (d > 0) {
			base = t->strides[d - 1];
			old_run = new_run = 1;
		}
	}
	return v == -1;
}

Status view_sizes(Exec *x, const Tensor *t, const int64_t *want, int n, Tensor **out)
{
	int64_t sizes[MAX_DIMS], strides[MAX_DIMS];
	TRY(view_infer_sizes(x, want, n, t->numel, sizes));
	if (!view_strides(t, sizes, n, strides))
		return xfail(x, "view size is not compatible with input tensor's size and stride (at least one "
				"dimension spans across two contiguous subspaces). Use .reshape(...) instead.");
	*out = tensor_view(t, sizes, strides, n, t->offset);
	return STATUS_OK;
}

Status view_reshape(Exec *x, const Tensor *t, const int64_t *want, int n, Tensor **out)
{
	int64_t sizes[MAX_DIMS], strides[MAX_DIMS];
	TRY(view_infer_sizes(x, want, n, t->numel, sizes));
	if (view_strides(t, sizes, n, strides)) {
		*out = tensor_view(t, sizes, strides, n, t->offset);
		return STATUS_OK;
	}
	Tensor *dense;
	TRY(cpu_contiguous(x, t, &dense));
	contiguous_strides(sizes, n, strides);
	*out = tensor_view(dense, sizes, strides, n, dense->offset);
	tensor_unref(&dense);
	return STATUS_OK;
}

Status view_expand(Exec *x, const Tensor *t, const int64_t *want, int n, Tensor **out)
{
	char a[SHAPE_TEXT], b[SHAPE_TEXT];
	if (n < t->ndim)
		return xfail(x,
			"expand(torch.%sTensor{%s}, size=%s): the number of sizes provided (%d) must be greater or equal "
			"to the number of dimensions in the tensor (%d)",
			dtype_class_name(tensor_dtype(t)), shape_text(t->sizes, t->ndim, a), shape_text(want, n, b), n,
			t->ndim);
	int64_t sizes[MAX_DIMS], strides[MAX_DIMS];
	for (int i = n - 1; i >= 0; i--) {
		int d = i - (n - t->ndim);
		int64_t size = d >= 0 ? t->sizes[d] : 1;
		int64_t stride = d >= 0 ? t->strides[d] : i + 1 < n ? sizes[i + 1] * strides[i + 1] : 1;
		int64_t target = want[i];
		if (target == -1) {
			if (d < 0)
				return xfail(x,
					"The expanded size of the tensor (-1) isn't allowed in a leading, non-existing "
					"dimension %d",
					i);
			target = size;
		}
		if (size != target) {
			if (size != 1)
				return xfail(x,
					"The expanded size of the tensor (%" PRId64 ") must match the existing size (%" PRId64
					") at non-singleton dimension %d.  Target sizes: %s.  Tensor sizes: %s",
					target, size, i, shape_text(want, n, a), shape_text(t->sizes, t->ndim, b));
			if (target < 0)
				return xfail(x, "numel: integer multiplication overflow");
			stride = 0;
		}
		sizes[i] = target;
		strides[i] = stride;
	}
	int64_t product;
	if (!sizes_product(sizes, n, &product))
		return xfail(x, "numel: integer multiplication overflow");
	*out = tensor_view(t, sizes, strides, n, t->offset);
	return STATUS_OK;
}

Tensor *view_unsqueeze(const Tensor *t, int dim)
{
	int64_t sizes[MAX_DIMS + 1], strides[MAX_DIMS + 1];
	int n = 0;
	for (int i = 0; i <= t->ndim; i++) {
		if (i == dim) {
			sizes[n] = 1;
			strides[n++] = i < t->ndim ? t->sizes[i] * t->strides[i] : 1;
		}
		if (i < t->ndim) {
			sizes[n] = t->sizes[i];
			strides[n++] = t->strides[i];
		}
	}
	return tensor_view(t, sizes, strides, n, t->offset);
}

// Drops the dimensions of size 1 that `drop` names.
static Tensor *view_squeeze(const Tensor *t, const bool *drop)
{
	int64_t sizes[MAX_DIMS], strides[MAX_DIMS];
	int n = 0;
	for (int i = 0; i < t->ndim; i++) {
		if (drop[i] && t->sizes[i] == 1)
			continue;
		sizes[n] = t->sizes[i];
		strides[n++] = t->strides[i];
	}
	return tensor_view(t, sizes, strides, n, t->offset);
}

Tensor *view_squeeze_dim(const Tensor *t, int dim)
{
	bool drop[MAX_DIMS] = {0};
	drop[dim] = true;
	return view_squeeze(t, drop);
}

Status ret_copies(Exec *x, Kernel view, const IValue *args, int nargs, IValue *rets)
{
	IValue got;
	TRY(view(x, args, nargs, &got));
	Status status = STATUS_OK;
	if (got.tag == TAG_TENSOR) {
		Tensor *copy = NULL;
		status = cpu_prepare(x, got.tensor, tensor_dtype(got.tensor), &copy);
		if (!status && copy->storage == got.tensor->storage) {
			tensor_unref(&copy);
			status = cpu_clone(x, got.tensor, &copy);
		}
		if (!status)
			rets[0] = iv_take_tensor(copy);
		ivalue_unref(&got);
		return status;
	}
	for (int64_t i = 0; i < got.list->n && !status; i++) {
		Tensor *copy = NULL;
		status = cpu_clone(x, got.list->items[i].tensor, &copy);
		if (!status)
			ivalue_set(&got.list->items[i], iv_take_tensor(copy));
	}
	if (status)
		ivalue_unref(&got);
	else
		rets[0] = got;
	return status;
}

// ---- ops

KERNEL(view)
{
	int64_t want[MAX_DIMS];
	int n;
	Tensor *out;
	TRY(arg_ints(x, args[1], want, MAX_DIMS, &n));
	TRY(view_sizes(x, arg_tensor(args[0]), want, n, &out));
	return ret_tensor(rets, out);
}

// The same bytes as elements of another dtype; the last dimension takes up a difference in size.
KERNEL(view_dtype)
{
	const Tensor *t = arg_tensor(args[0]);
	DType d;
	TRY(arg_dtype(x, args[1], DT_NONE, &d));
	int64_t from = (int64_t)dtype_size(tensor_dtype(t)), to = (int64_t)dtype_size(d), sizes[MAX_DIMS], strides[MAX_DIMS];
	if (t->conj || t->neg)
		return xfail(x, "torch.Tensor.view is not supported for %s view tensors when converting to a different dtype.",
			t->conj ? "conjugate" : "negative");
	int n = t->ndim;
	for (int i = 0; i < n; i++) {
		sizes[i] = t->sizes[i];
		strides[i] = t->strides[i];
	}
	int64_t offset = t->offset;
	if (from != to) {
		if (n == 0)
			return xfail(x, "self.dim() cannot be 0 to view %s as %s (different element sizes)",
				dtype_class_name(tensor_dtype(t)), dtype_class_name(d));
		if (strides[n - 1] != 1)
			return xfail(x, "self.stride(-1) must be 1 to view %s as %s (different element sizes), but got %" PRId64,
				dtype_class_name(tensor_dtype(t)), dtype_class_name(d), strides[n - 1]);
		if (from > to) {
			int64_t k = from / to;
			sizes[n - 1] *= k;
			for (int i = 0; i < n - 1; i++)
				strides[i] *= k;
			offset *= k;
		} else {
			int64_t k = to / from;
			if (sizes[n - 1] % k)
				return xfail(x, "self.size(-1) must be divisible by %" PRId64 " to view %s as %s (different element sizes), "
					"but got %" PRId64, k, dtype_class_name(tensor_dtype(t)), dtype_class_name(d), sizes[n - 1]);
			if (offset % k)
				return xfail(x, "self.storage_offset() must be divisible by %" PRId64 " to view %s as %s (different element "
					"sizes), but got %" PRId64, k, dtype_class_name(tensor_dtype(t)), dtype_class_name(d), offset);
			for (int i = 0; i < n - 1; i++) {
				if (strides[i] % k)
					return xfail(x, "self.stride(%d) must be divisible by %" PRId64 " to view %s as %s (different element "
						"sizes), but got %" PRId64, i, k, dtype_class_name(tensor_dtype(t)), dtype_class_name(d),
						strides[i]);
				strides[i] /= k;
			}
			sizes[n - 1] /= k;
			offset /= k;
		}
	}
	return ret_tensor(rets, tensor_over(t->storage, d, sizes, strides, n, offset));
}

KERNEL(_unsafe_view) { return op_view(x, args, nargs, rets); }
KERNEL(view_copy) { return ret_copies(x, op_view, args, nargs, rets); }

KERNEL(view_as)
{
	const Tensor *other = arg_tensor(args[1]);
	Tensor *out;
	TRY(view_sizes(x, arg_tensor(args[0]), other->sizes, other->ndim, &out));
	return ret_tensor(rets, out);
}

KERNEL(reshape)
{
	int64_t want[MAX_DIMS];
	int n;
	Tensor *out;
	TRY(arg_ints(x, args[1], want, MAX_DIMS, &n));
	TRY(view_reshape(x, arg_tensor(args[0]), want, n, &out));
	return ret_tensor(rets, out);
}

KERNEL(_reshape_copy) { return ret_copies(x, op_reshape, args, nargs, rets); }

KERNEL(reshape_as)
{
	const Tensor *other = arg_tensor(args[1]);
	Tensor *out;
	TRY(view_reshape(x, arg_tensor(args[0]), other->sizes, other->ndim, &out));
	return ret_tensor(rets, out);
}

KERNEL(_reshape_from_tensor)
{
	const Tensor *shape = arg_tensor(args[1]);
	int64_t want[MAX_DIMS];
	if (shape->ndim != 1)
		return xfail(x, "Expected shape_tensor.dim() == 1 to be true, but got false.");
	if (shape->numel > MAX_DIMS)
		return xfail(x, "a tensor has at most %d dimensions, shape names %" PRId64, MAX_DIMS, shape->numel);
	const char *p = tensor_data(shape);
	for (int64_t i = 0; i < shape->numel; i++)
		want[i] = element_i64(p + (size_t)(i * shape->strides[0]) * dtype_size(tensor_dtype(shape)),
			tensor_dtype(shape));
	Tensor *out;
	TRY(view_reshape(x, arg_tensor(args[0]), want, (int)shape->numel, &out));
	return ret_tensor(rets, out);
}

KERNEL(ravel)
{
	Tensor *dense, *self = arg_tensor(args[0]);
	int64_t want = -1;
	TRY(cpu_contiguous(x, self, &dense));
	Tensor *out;
	Status status = view_sizes(x, dense, &want, dense->numel ? 1 : 0, &out);
	if (!dense->numel) {
		int64_t zero = 0, one = 1;
		error_clear(x->err);
		out = tensor_view(dense, &zero, &one, 1, dense->offset);
		status = STATUS_OK;
	}
	tensor_unref(&dense);
	return status ? status : ret_tensor(rets, out);
}

KERNEL(flatten_using_ints)
{
	const Tensor *t = arg_tensor(args[0]);
	int start, end;
	TRY(wrap_dim(arg_int(args[1]), t->ndim, &start, x->err));
	TRY(wrap_dim(arg_int(args[2]), t->ndim, &end, x->err));
	if (start > end)
		return xfail(x, "flatten() has invalid args: start_dim cannot come after end_dim");
	int64_t sizes[MAX_DIMS], strides[MAX_DIMS];
	int n = 0;
	if (t->ndim == 0) {
		sizes[n++] = 1;
	} else if (start == end) {
		return ret_tensor(rets, tensor_ref(arg_tensor(args[0])));
	} else {
		for (int i = 0; i < start; i++)
			sizes[n++] = t->sizes[i];
		int64_t run = 1;
		for (int i = start; i <= end; i++)
			run *= t->sizes[i];
		sizes[n++] = run;
		for (int i = end + 1; i < t->ndim; i++)
			sizes[n++] = t->sizes[i];
	}
	if (view_strides(t, sizes, n, strides))
		return ret_tensor(rets, tensor_view(t, sizes, strides, n, t->offset));
	Tensor *out;
	TRY(view_reshape(x, t, sizes, n, &out));
	return ret_tensor(rets, out);
}

KERNEL(unflatten_int)
{
	const Tensor *t = arg_tensor(args[0]);
	int64_t want[MAX_DIMS], filled[MAX_DIMS], sizes[MAX_DIMS];
	char text[SHAPE_TEXT];
	int dim, n;
	TRY(wrap_dim(arg_int(args[1]), t->ndim, &dim, x->err));
	TRY(arg_ints(x, args[2], want, MAX_DIMS, &n));
	if (n == 0)
		return xfail(x, "unflatten: sizes must be non-empty");
	if (t->ndim == 0)
		return xfail(x, "unflatten: the tensor has no dimension to unflatten");
	if (n + t->ndim - 1 > MAX_DIMS)
		return xfail(x, "unflatten: a tensor has at most %d dimensions", MAX_DIMS);
	if (view_infer_sizes(x, want, n, t->sizes[dim], filled)) {
		bool infers = false;
		for (int i = 0; i < n; i++)
			infers |= want[i] == -1;
		if (infers)
			return x->err->code;
		error_clear(x->err);
		return xfail(x, "unflatten: Provided sizes %s don't multiply up to the size of dim %d (%" PRId64
				") in the input tensor",
			shape_text(want, n, text), dim, t->sizes[dim]);
	}
	int m = 0;
	for (int i = 0; i < dim; i++)
		sizes[m++] = t->sizes[i];
	for (int i = 0; i < n; i++)
		sizes[m++] = filled[i];
	for (int i = dim + 1; i < t->ndim; i++)
		sizes[m++] = t->sizes[i];
	Tensor *out;
	TRY(view_sizes(x, t, sizes, m, &out));
	return ret_tensor(rets, out);
}

KERNEL(expand)
{
	int64_t want[MAX_DIMS];
	int n;
	Tensor *out;
	TRY(arg_ints(x, args[1], want, MAX_DIMS, &n));
	TRY(view_expand(x, arg_tensor(args[0]), want, n, &out));
	return ret_tensor(rets, out);
}

KERNEL(broadcast_to) { return op_expand(x, args, nargs, rets); }
KERNEL(expand_copy) { return ret_copies(x, op_expand, args, nargs, rets); }

KERNEL(expand_as)
{
	const Tensor *other = arg_tensor(args[1]);
	Tensor *out;
	TRY(view_expand(x, arg_tensor(args[0]), other->sizes, other->ndim, &out));
	return ret_tensor(rets, out);
}

KERNEL(broadcast_tensors)
{
	const ListObj *in = args[0].list;
	int64_t sizes[MAX_DIMS];
	int n = 0;
	for (int64_t i = 0; i < in->n; i++) {
		const Tensor *t = in->items[i].tensor;
		int64_t both[MAX_DIMS];
		int m;
		TRY(broadcast_sizes(sizes, n, t->sizes, t->ndim, both, &m, x->err));
		memcpy(sizes, both, sizeof(int64_t) * (size_t)m);
		n = m;
	}
	ListObj *out = list_new(&type_tensor, in->n);
	for (int64_t i = 0; i < in->n; i++) {
		Tensor *t = NULL;
		Status status = view_expand(x, in->items[i].tensor, sizes, n, &t);
		if (!status)
			status = list_append_take(out, iv_take_tensor(t), x->err);
		if (status) {
			IValue drop = iv_take_list(out);
			ivalue_unref(&drop);
			return status;
		}
	}
	rets[0] = iv_take_list(out);
	return STATUS_OK;
}

KERNEL(unsqueeze)
{
	const Tensor *t = arg_tensor(args[0]);
	int dim;
	TRY(wrap_dim(arg_int(args[1]), t->ndim + 1, &dim, x->err));
	if (t->ndim == MAX_DIMS)
		return xfail(x, "unsqueeze: a tensor has at most %d dimensions", MAX_DIMS);
	return ret_tensor(rets, view_unsqueeze(t, dim));
}

KERNEL(squeeze)
{
	bool drop[MAX_DIMS];
	memset(drop, 1, sizeof drop);
	return ret_tensor(rets, view_squeeze(arg_tensor(args[0]), drop));
}

KERNEL(squeeze_dim)
{
	const Tensor *t = arg_tensor(args[0]);
	bool drop[MAX_DIMS] = {0};
	int dim;
	TRY(wrap_dim(arg_int(args[1]), t->ndim, &dim, x->err));
	drop[dim] = true;
	return ret_tensor(rets, view_squeeze(t, drop));
}

KERNEL(squeeze_dims)
{
	const Tensor *t = arg_tensor(args[0]);
	bool drop[MAX_DIMS] = {0};
	int64_t dims[MAX_DIMS];
	int n, dim;
	TRY(arg_ints(x, args[1], dims, MAX_DIMS, &n));
	for (int i = 0; i < n; i++) {
		TRY(wrap_dim(dims[i], t->ndim, &dim, x->err));
		if (drop[dim])
			return xfail(x, "dim %d appears multiple times in the list of dims", dim);
		drop[dim] = true;
	}
	return ret_tensor(rets, view_squeeze(t, drop));
}

KERNEL(unsqueeze_copy) { return ret_copies(x, op_unsqueeze, args, nargs, rets); }
KERNEL(squeeze_copy) { return ret_copies(x, op_squeeze, args, nargs, rets); }
KERNEL(squeeze_copy_dim) { return ret_copies(x, op_squeeze_dim, args, nargs, rets); }
KERNEL(squeeze_copy_dims) { return ret_copies(x, op_squeeze_dims, args, nargs, rets); }

// ---- the shape as data

KERNEL(_shape_as_tensor)
{
	const Tensor *t = arg_tensor(args[0]);
	int64_t n = t->ndim;
	Tensor *out;
	TRY(tensor_empty(DT_I64, &n, 1, &out, x->err));
	if (n)
		memcpy(tensor_data(out), t->sizes, sizeof(int64_t) * (size_t)n);
	return ret_tensor(rets, out);
}
