// SPDX-License-Identifier: BSD-3-Clause
// Factories: empty, zeros, ones, full and their _like and new_ forms.
#include "backends/cpu/factory.h"

#include "backends/cpu/nest.h"

#include <inttypes.h>

#define KERNEL(NAME)                                                                                    \
	Status op_##NAME(Exec *x, const IValue *args, int nargs, IValue *rets);                         \
	Status op_##NAME(Exec *x, const IValue *args, int nargs, IValue *rets)

Status arg_device(Exec *x, IValue v, Device fallback, Device *out)
{
	*out = iv_is_none(v) ? fallback : v.device;
	int type = *out >> 8;
	if (type == DEVICE_TYPE_CPU || type == DEVICE_TYPE_META) {
		*out = type << 8;
		return STATUS_OK;
	}
	char name[32];
	device_format(*out, name);
	return fail(x->err, STATUS_UNSUPPORTED, "device %s is not available; tensors live on the CPU", name);
}

Status factory_strided(Exec *x, DType d, Device dev, const int64_t *sizes, const int64_t *strides, int ndim, Tensor **out)
{
	if (dev == DEVICE_CPU)
		return strides ? tensor_empty_strided(d, sizes, strides, ndim, out, x->err)
			       : tensor_empty(d, sizes, ndim, out, x->err);
	int64_t own[MAX_DIMS], numel;
	for (int i = 0; i < ndim; i++)
		if (sizes[i] < 0)
			return xfail(x, "Trying to create tensor with negative dimension %" PRId64, sizes[i]);
	if (!sizes_product(sizes, ndim, &numel))
		return xfail(x, "Storage size calculation overflowed");
	if (!strides) {
		contiguous_strides(sizes, ndim, own);
		strides = own;
	}
	Storage *s = storage_wrap(NULL, 0, NULL, NULL);
	s->device = dev;
	*out = tensor_over(s, d, sizes, strides, ndim, 0);
	storage_unref(&s);
	return STATUS_OK;
}

Status factory_format(Exec *x, DType d, Device dev, const int64_t *sizes, int ndim, int64_t format, Tensor **out)
{
	int64_t strides[MAX_DIMS];
	if (format == FORMAT_CHANNELS_LAST || format == FORMAT_CHANNELS_LAST_3D) {
		int want = format == FORMAT_CHANNELS_LAST ? 4 : 5;
		if (ndim != want)
			return xfail(x, "required rank %d tensor to use channels_last%s format", want, want == 5 ? "_3d" : "");
		channels_last_strides(sizes, ndim, strides);
		return factory_strided(x, d, dev, sizes, strides, ndim, out);
	}
	return factory_strided(x, d, dev, sizes, NULL, ndim, out);
}

Status factory_like(Exec *x, const Tensor *like, DType d, Device dev, int64_t format, Tensor **out)
{
	if (format != FORMAT_PRESERVE)
		return factory_format(x, d, dev, like->sizes, like->ndim, format, out);
	if (tensor_is_contiguous(like))
		return factory_strided(x, d, dev, like->sizes, NULL, like->ndim, out);
	if (tensor_is_dense(like))
		return factory_strided(x, d, dev, like->sizes, like->strides, like->ndim, out);
	Nest n;
	int perm[MAX_DIMS];
	int64_t strides[MAX_DIMS], next = 1;
	nest_init(&n, like->sizes, like->ndim);
	nest_add(&n, like);
	nest_sort(&n, perm);
	for (int i = 0; i < like->ndim; i++) {
		strides[like->ndim - 1 - perm[i]] = next;
		next = (int64_t)((uint64_t)next * (uint64_t)(n.sizes[i] > 0 ? n.sizes[i] : 1));
	}
	return factory_strided(x, d, dev, like->sizes, strides, like->ndim, out);
}

static DType number_dtype(IValue v)
{
	return v.tag == TAG_BOOL ? DT_BOOL : v.tag == TAG_INT ? DT_I64 : v.tag == TAG_COMPLEX ? DT_C64 : default_float_dtype();
}

static Status fill_result(Exec *x, Tensor *t, IValue v, IValue *rets)
{
	Status s = cpu_fill(x, t, v);
	if (s != STATUS_OK)
		tensor_unref(&t);
	else
		rets[0] = iv_take_tensor(t);
	return s;
}

// options: dtype, layout, device, pin_memory from args[at]
static Status options(Exec *x, const IValue *args, int at, DType dtype, Device dev, DType *d, Device *where)
{
	TRY(arg_dtype(x, args[at], dtype, d));
	if (!iv_is_none(args[at + 1]) && args[at + 1].i != 0)
		return fail(x->err, STATUS_UNSUPPORTED, "only the strided layout can be made here");
	return arg_device(x, args[at + 2], dev, where);
}

static Status sized(Exec *x, const IValue *args, IValue size, int at, DType dtype, Device dev, Tensor **out)
{
	int64_t sizes[MAX_DIMS];
	int n;
	DType d;
	Device where;
	TRY(arg_ints(x, size, sizes, MAX_DIMS, &n));
	TRY(options(x, args, at, dtype, dev, &d, &where));
	return factory_strided(x, d, where, sizes, NULL, n, out);
}

KERNEL(empty_memory_format)
{
	(void)nargs;
	int64_t sizes[MAX_DIMS];
	int n;
	DType d;
	Device where;
	Tensor *t;
	TRY(arg_ints(x, args[0], sizes, MAX_DIMS, &n));
	TRY(options(x, args, 1, default_float_dtype(), DEVICE_CPU, &d, &where));
	int64_t format = arg_int_or(args[5], FORMAT_CONTIGUOUS);
	if (format == FORMAT_PRESERVE)
		return xfail(x, "unsupported memory format option Preserve");
	TRY(factory_format(x, d, where, sizes, n, format, &t));
	return ret_tensor(rets, t);
}
KERNEL(empty_names) // names at 1
{
	IValue plain[6] = {args[0], args[2], args[3], args[4], args[5], args[6]};
	(void)nargs;
	return op_empty_memory_format(x, plain, 6, rets);
}
KERNEL(empty_strided)
{
	(void)nargs;
	int64_t sizes[MAX_DIMS], strides[MAX_DIMS];
	int n, m;
	DType d;
	Device where;
	Tensor *t;
	TRY(arg_ints(x, args[0], sizes, MAX_DIMS, &n));
	TRY(arg_ints(x, args[1], strides, MAX_DIMS, &m));
	if (n != m)
		return xfail(x, "dimensionality of sizes (%d) must match dimensionality of strides (%d)", n, m);
	TRY(options(x, args, 2, default_float_dtype(), DEVICE_CPU, &d, &where));
	TRY(factory_strided(x, d, where, sizes, strides, n, &t));
	return ret_tensor(rets, t);
}
KERNEL(empty_permuted)
{
	(void)nargs;
	int64_t sizes[MAX_DIMS], order[MAX_DIMS], strides[MAX_DIMS];
	int n, m;
	DType d;
	Device where;
	Tensor *t;
	TRY(arg_ints(x, args[0], sizes, MAX_DIMS, &n));
	TRY(arg_ints(x, args[1], order, MAX_DIMS, &m));
	if (n != m)
		return xfail(x, "Number of dimensions in size does not match the length of the physical_layout; i.e. len(size) = %d "
			"is not equal to len(physical_layout) = %d", n, m);
	bool seen[MAX_DIMS] = {false};
	int64_t next = 1;
	for (int i = n - 1; i >= 0; i--) {
		if (order[i] < 0 || order[i] >= n)
			return xfail(x, "Dimension out of range (expected to be between 0 and %d, but got %" PRId64 " at index %d).  "
				"NB: negative dims not currently supported; file an issue if you want it.", n - 1, order[i], i);
		if (seen[order[i]])
			return xfail(x, "Duplicate dim not allowed");
		seen[order[i]] = true;
		strides[order[i]] = next;
		next = (int64_t)((uint64_t)next * (uint64_t)(sizes[order[i]] > 0 ? sizes[order[i]] : 1));
	}
	TRY(options(x, args, 2, default_float_dtype(), DEVICE_CPU, &d, &where));
	TRY(factory_strided(x, d, where, sizes, strides, n, &t));
	return ret_tensor(rets, t);
}

#define FILLED(NAME, VALUE)                                                                             \
	KERNEL(NAME)                                                                                    \
	{                                                                                               \
		Tensor *t;                                                                              \
		(void)nargs;                                                                            \
		TRY(sized(x, args, args[0], 1, default_float_dtype(), DEVICE_CPU, &t));                 \
		return fill_result(x, t, iv_int(VALUE), rets);                                          \
	}                                                                                               \
	KERNEL(NAME##_names)                                                                            \
	{                                                                                               \
		Tensor *t;                                                                              \
		(void)nargs;                                                                            \
		TRY(sized(x, args, args[0], 2, default_float_dtype(), DEVICE_CPU, &t));                 \
		return fill_result(x, t, iv_int(VALUE), rets);                                          \
	}                                                                                               \
	KERNEL(new_##NAME)                                                                              \
	{                                                                                               \
		Tensor *t, *self = args[0].tensor;                                                      \
		(void)nargs;                                                                            \
		TRY(sized(x, args, args[1], 2, tensor_dtype(self), tensor_device(self), &t));           \
		return fill_result(x, t, iv_int(VALUE), rets);                                          \
	}
FILLED(zeros, 0)
FILLED(ones, 1)

KERNEL(full)
{
	Tensor *t;
	(void)nargs;
	TRY(sized(x, args, args[0], 2, number_dtype(args[1]), DEVICE_CPU, &t));
	return fill_result(x, t, args[1], rets);
}
KERNEL(full_names)
{
	Tensor *t;
	(void)nargs;
	TRY(sized(x, args, args[0], 3, number_dtype(args[1]), DEVICE_CPU, &t));
	return fill_result(x, t, args[1], rets);
}
KERNEL(new_full)
{
	Tensor *t, *self = args[0].tensor;
	(void)nargs;
	TRY(sized(x, args, args[1], 3, tensor_dtype(self), tensor_device(self), &t));
	return fill_result(x, t, args[2], rets);
}
KERNEL(new_empty)
{
	Tensor *t, *self = args[0].tensor;
	(void)nargs;
	TRY(sized(x, args, args[1], 2, tensor_dtype(self), tensor_device(self), &t));
	return ret_tensor(rets, t);
}
KERNEL(new_empty_strided)
{
	(void)nargs;
	const Tensor *self = args[0].tensor;
	int64_t sizes[MAX_DIMS], strides[MAX_DIMS];
	int n, m;
	DType d;
	Device where;
	Tensor *t;
	TRY(arg_ints(x, args[1], sizes, MAX_DIMS, &n));
	TRY(arg_ints(x, args[2], strides, MAX_DIMS, &m));
	if (n != m)
		return xfail(x, "dimensionality of sizes (%d) must match dimensionality of strides (%d)", n, m);
	TRY(options(x, args, 3, tensor_dtype(self), tensor_device(self), &d, &where));
	TRY(factory_strided(x, d, where, sizes, strides, n, &t));
	return ret_tensor(rets, t);
}

static Status like(Exec *x, const IValue *args, int at, Tensor **out)
{
	const Tensor *self = args[0].tensor;
	DType d;
	Device where;
	TRY(options(x, args, at, tensor_dtype(self), tensor_device(self), &d, &where));
	return factory_like(x, self, d, where, arg_int_or(args[at + 4], FORMAT_PRESERVE), out);
}
KERNEL(empty_like)
{
	Tensor *t;
	(void)nargs;
	TRY(like(x, args, 1, &t));
	return ret_tensor(rets, t);
}
KERNEL(zeros_like)
{
	Tensor *t;
	(void)nargs;
	TRY(like(x, args, 1, &t));
	return fill_result(x, t, iv_int(0), rets);
}
KERNEL(ones_like)
{
	Tensor *t;
	(void)nargs;
	TRY(like(x, args, 1, &t));
	return fill_result(x, t, iv_int(1), rets);
}
KERNEL(full_like)
{
	Tensor *t;
	(void)nargs;
	TRY(like(x, args, 2, &t));
	return fill_result(x, t, args[1], rets);
}
KERNEL(scalar_tensor)
{
	(void)nargs;
	DType d;
	Device where;
	Tensor *t;
	TRY(options(x, args, 1, default_float_dtype(), DEVICE_CPU, &d, &where));
	TRY(factory_strided(x, d, where, NULL, NULL, 0, &t));
	return fill_result(x, t, args[0], rets);
}

// ---- fill_, zero_
KERNEL(fill_Scalar_)
{
	(void)nargs;
	TRY(cpu_fill(x, args[0].tensor, args[1]));
	rets[0] = ivalue_ref(args[0]);
	return STATUS_OK;
}
static Status fill_from_tensor(Exec *x, Tensor *t, const Tensor *value)
{
	if (value->ndim != 0)
		return xfail(x, "fill_ only supports 0-dimension value tensor but got tensor with %d dimensions.", value->ndim);
	return cpu_copy(x, t, value);
}
KERNEL(fill_Tensor_)
{
	(void)nargs;
	TRY(fill_from_tensor(x, args[0].tensor, args[1].tensor));
	rets[0] = ivalue_ref(args[0]);
	return STATUS_OK;
}
KERNEL(zero_)
{
	(void)nargs;
	TRY(cpu_fill(x, args[0].tensor, iv_int(0)));
	rets[0] = ivalue_ref(args[0]);
	return STATUS_OK;
}
KERNEL(fill_Scalar)
{
	Tensor *t, *self = args[0].tensor;
	(void)nargs;
	TRY(factory_like(x, self, tensor_dtype(self), tensor_device(self), FORMAT_PRESERVE, &t));
	return fill_result(x, t, args[1], rets);
}
KERNEL(fill_Tensor)
{
	Tensor *t, *self = args[0].tensor;
	(void)nargs;
	TRY(factory_like(x, self, tensor_dtype(self), tensor_device(self), FORMAT_PRESERVE, &t));
	Status s = fill_from_tensor(x, t, args[1].tensor);
	if (s != STATUS_OK)
		tensor_unref(&t);
	else
		rets[0] = iv_take_tensor(t);
	return s;
}
KERNEL(zero)
{
	Tensor *t, *self = args[0].tensor;
	(void)nargs;
	TRY(factory_like(x, self, tensor_dtype(self), tensor_device(self), FORMAT_PRESERVE, &t));
	return fill_result(x, t, iv_int(0), rets);
}

// Writes along the main diagonal; with wrap a tall matrix starts again after each block of columns + 1 rows.
KERNEL(fill_diagonal_)
{
	(void)nargs;
	Tensor *t = args[0].tensor;
	bool wrap = arg_bool(args[2]);
	if (t->ndim < 2)
		return xfail(x, "dimensions must larger than 1");
	for (int i = 1; t->ndim > 2 && i < t->ndim; i++)
		if (t->sizes[i] != t->sizes[0])
			return xfail(x, "all dimensions of input must be of equal length");
	int64_t n = t->sizes[0] < t->sizes[1] ? t->sizes[0] : t->sizes[1], step = 0;
	for (int i = 0; i < t->ndim; i++)
		step += t->strides[i];
	Tensor *line = tensor_view(t, &n, &step, 1, t->offset);
	Status s = cpu_fill(x, line, args[1]);
	tensor_unref(&line);
	int64_t width = t->sizes[1];
	if (s == STATUS_OK && wrap && t->ndim == 2 && t->sizes[0] > width + 1) {
		for (int64_t row = width + 1; s == STATUS_OK && row < t->sizes[0]; row += width + 1) {
			int64_t left = t->sizes[0] - row, m = left < width ? left : width;
			line = tensor_view(t, &m, &step, 1, t->offset + row * t->strides[0]);
			s = cpu_fill(x, line, args[1]);
			tensor_unref(&line);
		}
	}
	if (s == STATUS_OK)
		rets[0] = ivalue_ref(args[0]);
	return s;
}
