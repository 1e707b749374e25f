// SPDX-License-Identifier: BSD-3-Clause
// Geometry that is asked for (size, stride, …) and geometry changed in place (squeeze_, t_, resize_, set_).
// An in-place form computes the view and gives its geometry to self, so that both share one set of rules.
#include "backends/cpu/view.h"

#include <inttypes.h>

KERNEL(dim)
{
	rets[0] = iv_int(arg_tensor(args[0])->ndim);
	return STATUS_OK;
}

KERNEL(numel)
{
	rets[0] = iv_int(arg_tensor(args[0])->numel);
	return STATUS_OK;
}

KERNEL(storage_offset)
{
	rets[0] = iv_int(arg_tensor(args[0])->offset);
	return STATUS_OK;
}

KERNEL(size)
{
	const Tensor *t = arg_tensor(args[0]);
	rets[0] = iv_take_list(list_of_ints(t->sizes, t->ndim));
	return STATUS_OK;
}

KERNEL(stride)
{
	const Tensor *t = arg_tensor(args[0]);
	rets[0] = iv_take_list(list_of_ints(t->strides, t->ndim));
	return STATUS_OK;
}

static Status one_of(Exec *x, const Tensor *t, const int64_t *numbers, int64_t dim, IValue *rets)
{
	int d;
	if (t->ndim == 0)
		return fail(x->err, STATUS_INDEX, "Dimension specified as %" PRId64 " but tensor has no dimensions", dim);
	TRY(wrap_dim(dim, t->ndim, &d, x->err));
	rets[0] = iv_int(numbers[d]);
	return STATUS_OK;
}

KERNEL(size_int) { return one_of(x, arg_tensor(args[0]), arg_tensor(args[0])->sizes, arg_int(args[1]), rets); }
KERNEL(stride_int) { return one_of(x, arg_tensor(args[0]), arg_tensor(args[0])->strides, arg_int(args[1]), rets); }
KERNEL(sym_size) { return op_size(x, args, nargs, rets); }
KERNEL(sym_size_int) { return op_size_int(x, args, nargs, rets); }
KERNEL(sym_stride) { return op_stride(x, args, nargs, rets); }
KERNEL(sym_stride_int) { return op_stride_int(x, args, nargs, rets); }
KERNEL(sym_numel) { return op_numel(x, args, nargs, rets); }
KERNEL(sym_storage_offset) { return op_storage_offset(x, args, nargs, rets); }

KERNEL(is_contiguous)
{
	rets[0] = iv_bool(tensor_is_contiguous(arg_tensor(args[0])));
	return STATUS_OK;
}

KERNEL(is_contiguous_memory_format)
{
	const Tensor *t = arg_tensor(args[0]);
	int64_t format = arg_int(args[1]); // 0 contiguous, 1 preserve, 2 channels last, 3 channels last 3d
	if (format == 1)
		return xfail(x, "preserve memory format is unsupported by the contiguous operator");
	bool yes = format == 0 ? tensor_is_contiguous(t)
			       : tensor_is_channels_last(t) && t->ndim == (format == 2 ? 4 : 5);
	rets[0] = iv_bool(yes);
	return STATUS_OK;
}

KERNEL(sym_is_contiguous) { return op_is_contiguous_memory_format(x, args, nargs, rets); }

// Runs a view op on self and moves the result's geometry into self.
static Status reshape_self(Exec *x, Kernel view, const IValue *args, int nargs, IValue *rets)
{
	Tensor *self = arg_tensor(args[0]);
	IValue got;
	TRY(view(x, args, nargs, &got));
	const Tensor *v = got.tensor;
	int64_t sizes[MAX_DIMS], strides[MAX_DIMS];
	memcpy(sizes, v->sizes, sizeof(int64_t) * v->ndim);
	memcpy(strides, v->strides, sizeof(int64_t) * v->ndim);
	tensor_set_geometry(self, sizes, strides, v->ndim, v->offset);
	ivalue_unref(&got);
	return ret_tensor(rets, tensor_ref(self));
}

#define VIEW_OF(name, view)                                                                          \
	Status op_##view(Exec *x, const IValue *args, int nargs, IValue *rets);                      \
	KERNEL(name) { return reshape_self(x, op_##view, args, nargs, rets); }

VIEW_OF(squeeze_, squeeze)
VIEW_OF(squeeze__dim, squeeze_dim)
VIEW_OF(squeeze__dims, squeeze_dims)
VIEW_OF(unsqueeze_, unsqueeze)
VIEW_OF(transpose_, transpose_int)
VIEW_OF(swapaxes_, swapaxes)
VIEW_OF(swapdims_, swapdims)
VIEW_OF(t_, t)

// Gives t a fresh dense geometry, growing its storage when that is too small; what was there stays.
static Status resize_tensor(Exec *x, Tensor *t, const int64_t *sizes, int n, int64_t format)
{
	int64_t strides[MAX_DIMS], numel;
	for (int i = 0; i < n; i++)
		if (sizes[i] < 0)
			return xfail(x, "numel: integer multiplication overflow");
	if (!sizes_product(sizes, n, &numel))
		return xfail(x, "numel: integer multiplication overflow");
	bool same = n == t->ndim && (n == 0 || !memcmp(sizes, t->sizes, sizeof(int64_t) * (size_t)n));
	if (format == 2 || format == 3) {
		if (n != (format == 2 ? 4 : 5))
			return xfail(x, "required rank %d tensor to use channels_last%s format", format == 2 ? 4 : 5,
				format == 2 ? "" : "_3d");
		channels_last_strides(sizes, n, strides);
	} else if (same) {
		return STATUS_OK;
	} else {
		contiguous_strides(sizes, n, strides);
	}
	size_t item = dtype_size(tensor_dtype(t));
	int64_t need;
	if (__builtin_add_overflow(numel, t->offset, &need) || need > INT64_MAX / 16)
		return fail_memory(x->err, SIZE_MAX);
	if (numel && tensor_device(t) != DEVICE_META && (size_t)need * item > t->storage->nbytes)
		TRY(storage_resize(t->storage, (size_t)need * item, x->err));
	tensor_set_geometry(t, sizes, strides, n, t->offset);
	return STATUS_OK;
}

KERNEL(resize_)
{
	Tensor *t = arg_tensor(args[0]);
	int64_t sizes[MAX_DIMS];
	int n;
	TRY(arg_ints(x, args[1], sizes, MAX_DIMS, &n));
	TRY(resize_tensor(x, t, sizes, n, arg_int_or(args[2], 0)));
	return ret_tensor(rets, tensor_ref(t));
}

KERNEL(resize_as_)
{
	Tensor *t = arg_tensor(args[0]);
	const Tensor *like = arg_tensor(args[1]);
	TRY(resize_tensor(x, t, like->sizes, like->ndim, arg_int_or(args[2], 0)));
	return ret_tensor(rets, tensor_ref(t));
}

KERNEL(_resize_output_)
{
	Tensor *t = arg_tensor(args[0]);
	int64_t sizes[MAX_DIMS];
	int n;
	TRY(arg_ints(x, args[1], sizes, MAX_DIMS, &n));
	TRY(resize_tensor(x, t, sizes, n, 0));
	return ret_tensor(rets, tensor_ref(t));
}

// ---- set_: self takes over another tensor's storage

static Status set_tensor(Exec *x, Tensor *t, const Tensor *source, const int64_t *sizes, const int64_t *strides, int n,
	int64_t offset, IValue *rets)
{
	if (source->dtype != t->dtype)
		return xfail(x, "Could not set tensor of type %s to a tensor of type %s",
			dtype_name(tensor_dtype(source)), dtype_name(tensor_dtype(t)));
	tensor_set_storage(t, source->storage, tensor_dtype(source));
	tensor_set_geometry(t, sizes, strides, n, offset);
	return ret_tensor(rets, tensor_ref(t));
}

KERNEL(set__source_Tensor)
{
	const Tensor *source = arg_tensor(args[1]);
	int64_t sizes[MAX_DIMS], strides[MAX_DIMS];
	memcpy(sizes, source->sizes, sizeof(int64_t) * source->ndim);
	memcpy(strides, source->strides, sizeof(int64_t) * source->ndim);
	return set_tensor(x, arg_tensor(args[0]), source, sizes, strides, source->ndim, source->offset, rets);
}

KERNEL(set__source_Tensor_storage_offset)
{
	const Tensor *source = arg_tensor(args[1]);
	int64_t sizes[MAX_DIMS], strides[MAX_DIMS];
	int n, m;
	TRY(arg_ints(x, args[3], sizes, MAX_DIMS, &n));
	TRY(arg_ints(x, args[4], strides, MAX_DIMS, &m));
	if (m == 0)
		contiguous_strides(sizes, n, strides);
	else if (m != n)
		return xfail(x, "unequal size length (%d) and stride length (%d)", n, m);
	int64_t offset = arg_int(args[2]), item = (int64_t)dtype_size(tensor_dtype(source));
	if (offset < 0)
		return xfail(x, "Tensor: invalid storage offset %" PRId64, offset);
	if (!tensor_bounds_ok(sizes, strides, n, offset, (int64_t)source->storage->nbytes / item))
		return xfail(x, "setStorage: the sizes, strides and offset given are out of bounds for storage of size %zu",
			source->storage->nbytes);
	return set_tensor(x, arg_tensor(args[0]), source, sizes, strides, n, offset, rets);
}

KERNEL(set_)
{
	Tensor *self = arg_tensor(args[0]), *empty;
	int64_t zero = 0;
	TRY(tensor_empty(tensor_dtype(self), &zero, 1, &empty, x->err));
	int64_t one = 1;
	Status status = set_tensor(x, self, empty, &zero, &one, 1, 0, rets);
	tensor_unref(&empty);
	return status;
}

// ---- assertions on values

static Status assert_truth(Exec *x, const Tensor *t, const char *message)
{
	if (t->numel != 1)
		return xfail(x, "Boolean value of Tensor with %s is ambiguous", t->numel ? "more than one value" : "no values");
	double re, im;
	element_c128(tensor_data(t), tensor_dtype(t), &re, &im);
	if (re == 0 && im == 0)
		return xfail(x, "%s", message);
	return STATUS_OK;
}

KERNEL(_assert_async)
{
	(void)rets;
	return assert_truth(x, arg_tensor(args[0]), "Expected Tensor with single nonzero value, but got zero");
}

KERNEL(_assert_async_msg)
{
	(void)rets;
	return assert_truth(x, arg_tensor(args[0]), arg_str(args[1]));
}
