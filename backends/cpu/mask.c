// SPDX-License-Identifier: BSD-3-Clause
// Selecting by truth: nonzero, masked_select, masked_fill, masked_scatter.
#include "backends/cpu/index.h"
#include "backends/cpu/nest.h"
#include "backends/cpu/number.h"

#include <inttypes.h>
#include <stdlib.h>

// The truth of every element of t, in order, one byte each; free() it.
static Status truth_bytes(Exec *x, const Tensor *t, uint8_t **out)
{
	Tensor *dense;
	TRY(cpu_prepare(x, t, tensor_dtype(t), &dense));
	uint8_t *bytes = malloc((size_t)dense->numel + 1);
	if (!bytes) {
		tensor_unref(&dense);
		return fail_memory(x->err, (size_t)t->numel);
	}
	const char *p = tensor_data(dense);
	DType d = tensor_dtype(t);
	int64_t n = dense->numel;
	switch (d) {
	case DT_BOOL:
	case DT_U8:
	case DT_I8:
		for (int64_t i = 0; i < n; i++)
			bytes[i] = p[i] != 0;
		break;
	case DT_F32:
		for (int64_t i = 0; i < n; i++)
			bytes[i] = ((const float *)p)[i] != 0;
		break;
	case DT_I64:
		for (int64_t i = 0; i < n; i++)
			bytes[i] = ((const int64_t *)p)[i] != 0;
		break;
	default:
		for (int64_t i = 0; i < n; i++, p += dtype_size(d)) {
			double re, im;
			if (dtype_is_complex(d)) {
				element_c128(p, d, &re, &im);
				bytes[i] = re != 0 || im != 0;
			} else if (dtype_is_float(d)) {
				bytes[i] = element_f64(p, d) != 0;
			} else {
				bytes[i] = element_i64(p, d) != 0;
			}
		}
	}
	tensor_unref(&dense);
	*out = bytes;
	return STATUS_OK;
}

Status nonzero_rows(Exec *x, const Tensor *t, Tensor **out)
{
	uint8_t *truth = NULL;
	TRY(truth_bytes(x, t, &truth));
	int64_t count = 0;
	for (int64_t i = 0; i < t->numel; i++)
		count += truth[i];
	int64_t sizes[2] = {count, t->ndim};
	Status status = tensor_empty(DT_I64, sizes, 2, out, x->err);
	if (!status) {
		int64_t *rows = tensor_data(*out), index[MAX_DIMS] = {0};
		if (t->ndim == 1) {
			for (int64_t i = 0; i < t->numel; i++)
				if (truth[i])
					*rows++ = i;
		} else {
			for (int64_t i = 0; i < t->numel; i++) {
				if (truth[i])
					for (int d = 0; d < t->ndim; d++)
						*rows++ = index[d];
				for (int d = t->ndim - 1; d >= 0; d--) {
					if (++index[d] < t->sizes[d])
						break;
					index[d] = 0;
				}
			}
		}
	}
	free(truth);
	return status;
}

KERNEL(nonzero)
{
	Tensor *out;
	TRY(nonzero_rows(x, arg_tensor(args[0]), &out));
	return ret_tensor(rets, out);
}

KERNEL(argwhere) { return op_nonzero(x, args, nargs, rets); }

KERNEL(nonzero_numpy)
{
	const Tensor *t = arg_tensor(args[0]);
	Tensor *line = t->ndim ? NULL : view_unsqueeze(t, 0), *rows;
	Status status = nonzero_rows(x, line ? line : t, &rows);
	tensor_unref(&line);
	TRY(status);
	ListObj *out = list_new(&type_tensor, rows->sizes[1]);
	for (int64_t d = 0; d < rows->sizes[1] && !status; d++)
		status = list_append_take(out, iv_take_tensor(view_select(rows, 1, d)), x->err);
	tensor_unref(&rows);
	rets[0] = iv_take_list(out);
	if (status)
		ivalue_unref(&rets[0]);
	return status;
}

KERNEL(where) { return op_nonzero_numpy(x, args, nargs, rets); }

KERNEL(nonzero_static)
{
	const Tensor *t = arg_tensor(args[0]);
	int64_t size = arg_int(args[1]), fill = arg_int(args[2]);
	if (size < 0)
		return xfail(x, "nonzero_static: 'size' must be an non-negative integer");
	Tensor *rows, *out;
	TRY(nonzero_rows(x, t, &rows));
	int64_t sizes[2] = {size, t->ndim};
	Status status = tensor_empty(DT_I64, sizes, 2, &out, x->err);
	if (!status) {
		const int64_t *s = tensor_data(rows);
		int64_t *d = tensor_data(out);
		for (int64_t i = 0; i < out->numel; i++)
			d[i] = i < rows->numel ? s[i] : fill;
	}
	tensor_unref(&rows);
	return status ? status : ret_tensor(rets, out);
}

KERNEL(masked_select)
{
	const Tensor *self = arg_tensor(args[0]), *mask = arg_tensor(args[1]);
	if (tensor_dtype(mask) != DT_BOOL)
		return xfail(x, "masked_select: expected BoolTensor for mask");
	int64_t sizes[MAX_DIMS], count = 0;
	int n;
	TRY(broadcast_sizes(mask->sizes, mask->ndim, self->sizes, self->ndim, sizes, &n, x->err));
	Tensor *a = NULL, *b = NULL, *da = NULL, *db = NULL, *out = NULL;
	Status status = view_expand(x, self, sizes, n, &a);
	if (!status)
		status = view_expand(x, mask, sizes, n, &b);
	if (!status)
		status = cpu_prepare(x, a, tensor_dtype(a), &da);
	if (!status)
		status = cpu_prepare(x, b, DT_BOOL, &db);
	if (!status) {
		const uint8_t *m = tensor_data(db);
		for (int64_t i = 0; i < db->numel; i++)
			count += m[i] != 0;
		status = tensor_empty(tensor_dtype(self), &count, 1, &out, x->err);
		if (!status) {
			size_t item = dtype_size(tensor_dtype(self));
			const char *s = tensor_data(da);
			char *d = tensor_data(out);
			for (int64_t i = 0; i < db->numel; i++, s += item)
				if (m[i]) {
					memcpy(d, s, item);
					d += item;
				}
		}
	}
	tensor_unref(&a);
	tensor_unref(&b);
	tensor_unref(&da);
	tensor_unref(&db);
	return status ? status : ret_tensor(rets, out);
}

// ---- masked_fill

typedef struct FillArg { char element[16]; size_t item; } FillArg;

static void fill_run(void *arg, char *const *p, const int64_t *strides, int64_t n)
{
	const FillArg *f = arg;
	char *d = p[0];
	const char *m = p[1];
	if (f->item == 4 && strides[0] == 4 && strides[1] == 1) {
		uint32_t v, *w = (uint32_t *)d;
		memcpy(&v, f->element, 4);
		for (int64_t i = 0; i < n; i++)
			w[i] = m[i] ? v : w[i];
		return;
	}
	for (int64_t i = 0; i < n; i++, d += strides[0], m += strides[1])
		if (*m)
			memcpy(d, f->element, f->item);
}

static Status masked_fill_into(Exec *x, Tensor *self, const Tensor *mask, IValue value)
{
	FillArg f = {.item = dtype_size(tensor_dtype(self))};
	if (tensor_dtype(mask) != DT_BOOL)
		return xfail(x, "masked_fill_ only supports boolean masks, but got mask with dtype %s",
			dtype_c_name(tensor_dtype(mask)));
	const Tensor *tensor = arg_tensor(value);
	if (tensor) {
		if (tensor->ndim)
			return xfail(x,
				"masked_fill_ only supports a 0-dimensional value tensor, but got tensor with %d dimension(s).",
				tensor->ndim);
		Tensor *number;
		TRY(cpu_prepare(x, tensor, tensor_dtype(tensor), &number));
		value = number_from_element(tensor_data(number), tensor_dtype(tensor));
		tensor_unref(&number);
		Status status = number_to_element(x, value, tensor_dtype(self), f.element);
		ivalue_unref(&value);
		TRY(status);
	} else {
		TRY(number_to_element(x, value, tensor_dtype(self), f.element));
	}
	Tensor *wide;
	TRY(view_expand(x, mask, self->sizes, self->ndim, &wide));
	Nest nest;
	nest_init(&nest, self->sizes, self->ndim);
	nest_add(&nest, self);
	nest_add(&nest, wide);
	nest_sort(&nest, NULL);
	nest_merge(&nest);
	nest_run(&nest, 32768, fill_run, &f);
	tensor_unref(&wide);
	return STATUS_OK;
}

// A clone of self, broadcast together with mask.
static Status clone_broadcast(Exec *x, const Tensor *self, const Tensor *mask, Tensor **out)
{
	int64_t sizes[MAX_DIMS];
	int n;
	TRY(broadcast_sizes(mask->sizes, mask->ndim, self->sizes, self->ndim, sizes, &n, x->err));
	if (n == self->ndim && !memcmp(sizes, self->sizes, sizeof(int64_t) * (size_t)n))
		return cpu_clone(x, self, out);
	Tensor *wide;
	TRY(view_expand(x, self, sizes, n, &wide));
	Status status = clone_contiguous(x, wide, out);
	tensor_unref(&wide);
	return status;
}

KERNEL(masked_fill_Scalar)
{
	Tensor *out;
	TRY(clone_broadcast(x, arg_tensor(args[0]), arg_tensor(args[1]), &out));
	Status status = masked_fill_into(x, out, arg_tensor(args[1]), args[2]);
	if (status) {
		tensor_unref(&out);
		return status;
	}
	return ret_tensor(rets, out);
}

KERNEL(masked_fill__Scalar)
{
	const Tensor *self = arg_tensor(args[0]), *mask = arg_tensor(args[1]);
	int64_t sizes[MAX_DIMS];
	int n;
	TRY(broadcast_sizes(mask->sizes, mask->ndim, self->sizes, self->ndim, sizes, &n, x->err));
	TRY(masked_fill_into(x, arg_tensor(args[0]), mask, args[2]));
	return ret_tensor(rets, tensor_ref(arg_tensor(args[0])));
}

KERNEL(masked_fill_Tensor) { return op_masked_fill_Scalar(x, args, nargs, rets); }
KERNEL(masked_fill__Tensor) { return op_masked_fill__Scalar(x, args, nargs, rets); }

// ---- masked_scatter

static Status masked_scatter_into(Exec *x, Tensor *self, const Tensor *mask, const Tensor *source)
{
	if (self->dtype != source->dtype)
		return xfail(x, "masked_scatter: expected self and source to have same dtypes but got%s and %s",
			dtype_class_name(tensor_dtype(self)), dtype_class_name(tensor_dtype(source)));
	if (tensor_dtype(mask) != DT_BOOL)
		return xfail(x, "masked_scatter_ only supports boolean masks, but got mask with dtype %s",
			dtype_class_name(tensor_dtype(mask)));
	Tensor *wide, *dense = NULL, *values = NULL;
	TRY(view_expand(x, mask, self->sizes, self->ndim, &wide));
	Status status = cpu_prepare(x, wide, DT_BOOL, &dense);
	if (!status)
		status = source->storage == self->storage ? clone_contiguous(x, source, &values)
							  : cpu_prepare(x, source, tensor_dtype(source), &values);
	if (!status) {
		const uint8_t *m = tensor_data(dense);
		size_t item = dtype_size(tensor_dtype(self));
		const char *s = tensor_data(values);
		int64_t used = 0;
		for (int64_t i = 0; i < dense->numel; i++)
			used += m[i] != 0;
		if (used > values->numel)
			status = xfail(x, "Number of elements of source < number of ones in mask");
		ElemIter it;
		elem_iter_init(&it, self);
		for (int64_t i = 0; i < self->numel && !status; i++, elem_iter_next(&it, self))
			if (m[i]) {
				memcpy((char *)tensor_data(self) + it.offset * (int64_t)item, s, item);
				s += item;
			}
	}
	tensor_unref(&wide);
	tensor_unref(&dense);
	tensor_unref(&values);
	return status;
}

KERNEL(masked_scatter)
{
	Tensor *out;
	TRY(clone_broadcast(x, arg_tensor(args[0]), arg_tensor(args[1]), &out));
	Status status = masked_scatter_into(x, out, arg_tensor(args[1]), arg_tensor(args[2]));
	if (status) {
		tensor_unref(&out);
		return status;
	}
	return ret_tensor(rets, out);
}

KERNEL(masked_scatter_)
{
	TRY(masked_scatter_into(x, arg_tensor(args[0]), arg_tensor(args[1]), arg_tensor(args[2])));
	return ret_tensor(rets, tensor_ref(arg_tensor(args[0])));
}
