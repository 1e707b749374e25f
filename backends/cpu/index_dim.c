// SPDX-License-Identifier: BSD-3-Clause
// Indexing along one dimension by a vector: index_select, index_add, index_copy, index_fill, index_reduce.
// The dimension's slices are visited as (index[i], i) pairs; a slice is a strided view of n-1 dimensions.
#include "backends/cpu/index.h"

#include <inttypes.h>
#include <stdlib.h>

static Status out_of_bounds(Exec *x, Status code, int64_t i, int dim, int64_t size)
{
	return fail(x->err, code, "index %" PRId64 " is out of bounds for dimension %d with size %" PRId64, i, dim, size);
}

// ---- index_select

typedef struct SelectArg {
	const char *in;
	char *out;
	const int64_t *index;
	int64_t count, inner, in_step, in_outer; // bytes: of one index, of one outer position
} SelectArg;

static void select_range(void *arg, int64_t begin, int64_t end)
{
	const SelectArg *s = arg;
	for (int64_t at = begin; at < end; at++)
		memcpy(s->out + at * s->inner,
			s->in + at / s->count * s->in_outer + s->index[at % s->count] * s->in_step, (size_t)s->inner);
}

KERNEL(index_select)
{
	const Tensor *self = arg_tensor(args[0]), *given = arg_tensor(args[2]);
	int dim;
	TRY(wrap_dim(arg_int(args[1]), self->ndim, &dim, x->err));
	if (given->ndim > 1)
		return fail(x->err, STATUS_INDEX, "index_select(): Index is supposed to be a vector");
	if (self->ndim == 0 && given->numel != 1)
		return xfail(x, "index_select(): Index to scalar can have only 1 value, got %" PRId64 " value(s)", given->numel);
	Tensor *index, *dense, *out = NULL;
	TRY(index_prepare(x, given, "index_select(): Expected dtype int32 or int64 for index", &index));
	const int64_t *v = tensor_data(index);
	int64_t size = self->ndim ? self->sizes[dim] : 1, n = index->numel;
	Status status = STATUS_OK;
	for (int64_t i = 0; i < n && !status; i++)
		if (v[i] < 0 || v[i] >= size)
			status = fail(x->err, STATUS_INDEX, "index out of range in self");
	if (!status)
		status = cpu_prepare(x, self, tensor_dtype(self), &dense);
	if (status) {
		tensor_unref(&index);
		return status;
	}
	int64_t sizes[MAX_DIMS], outer = 1, inner = (int64_t)dtype_size(tensor_dtype(self));
	for (int d = 0; d < self->ndim; d++) {
		sizes[d] = d == dim ? n : self->sizes[d];
		if (d < dim)
			outer *= sizes[d];
		else if (d > dim)
			inner *= sizes[d];
	}
	status = tensor_empty(tensor_dtype(self), sizes, self->ndim, &out, x->err);
	if (!status && out->numel) {
		SelectArg s = {tensor_data(dense), tensor_data(out), v, n, inner, inner, inner * size};
		parallel_for(outer * n, 65536 / inner + 1, select_range, &s);
	}
	tensor_unref(&index);
	tensor_unref(&dense);
	return status ? status : ret_tensor(rets, out);
}

// ---- writing slices


// dst: self with the dimension first; combines source slices into the slices that index names.
static Status combine_slices(Exec *x, Tensor *self, int dim, const Tensor *index, const Tensor *source, Combine op)
{
	CombineFn combine = combine_for(tensor_dtype(self), op);
	if (!combine)
		return fail(x->err, STATUS_UNSUPPORTED, "this reduction is not defined for %s", dtype_name(tensor_dtype(self)));
	int64_t item = (int64_t)dtype_size(tensor_dtype(self)), sizes[MAX_DIMS], strides[MAX_DIMS];
	int n = 0;
	for (int d = 0; d < self->ndim; d++) {
		if (d == dim)
			continue;
		sizes[n] = self->sizes[d];
		strides[n++] = self->strides[d];
	}
	int64_t *offset, count, step = self->ndim ? self->strides[dim] * item : 0;
	TRY(walk_offsets(x, sizes, strides, n, item, &offset, &count));
	// source is read in its own layout through a view with the same order of dimensions
	Tensor *moved = source->ndim ? NULL : tensor_alias(source), *dense = NULL;
	Status status = STATUS_OK;
	if (!moved) {
		int64_t order[MAX_DIMS];
		int m = 0;
		order[m++] = dim;
		for (int d = 0; d < source->ndim; d++)
			if (d != dim)
				order[m++] = d;
		status = view_permute(x, source, order, m, &moved);
	}
	if (!status)
		status = source->storage == self->storage ? clone_contiguous(x, moved, &dense)
							  : cpu_prepare(x, moved, tensor_dtype(moved), &dense);
	tensor_unref(&moved);
	if (!status) {
		const int64_t *v = tensor_data(index);
		const char *s = tensor_data(dense);
		char *base = tensor_data(self);
		for (int64_t i = 0; i < index->numel; i++)
			for (int64_t k = 0; k < count; k++, s += item)
				combine(base + v[i] * step + offset[k], s);
	}
	tensor_unref(&dense);
	free(offset);
	return status;
}

// The checks that index_add_ and index_reduce_ share.
static Status check_slices(Exec *x, const char *name, const Tensor *self, int dim, const Tensor *index,
	const Tensor *source)
{
	char a[SHAPE_TEXT], b[SHAPE_TEXT];
	if (index->ndim > 1)
		return fail(x->err, STATUS_INDEX,
			"%s: Index is supposed to be a vector, but got dim: %d with type: %s and size: %s", name, index->ndim,
			dtype_class_name(tensor_dtype(index)), shape_text(index->sizes, index->ndim, a));
	if (tensor_dtype(index) != DT_I64 && tensor_dtype(index) != DT_I32)
		return xfail(x, "%s: Expected dtype int32/int64 for index but got: %s", name,
			dtype_class_name(tensor_dtype(index)));
	if (self->dtype != source->dtype)
		return xfail(x, "%s: self (%s) and source (%s) must have the same scalar type", name,
			dtype_class_name(tensor_dtype(self)), dtype_class_name(tensor_dtype(source)));
	if (source->ndim && dim >= source->ndim)
		return xfail(x, "%s: Indexing dim %d is out of bounds of the source tensor with dim %d", name, dim,
			source->ndim);
	int64_t along = source->ndim ? source->sizes[dim] : 1;
	if (index->numel != along)
		return xfail(x, "%s: Number of indices (%" PRId64 ") should be equal to source.size(dim): (%" PRId64
				"), for dim: %d",
			name, index->numel, along, dim);
	bool match = self->ndim == source->ndim || (self->ndim == 0 && source->ndim <= 1) ||
		     (source->ndim == 0 && self->ndim <= 1);
	for (int d = 0; match && self->ndim == source->ndim && d < self->ndim; d++)
		match = d == dim || self->sizes[d] == source->sizes[d];
	if (!match)
		return xfail(x,
			"source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = %s "
			"source.shape = %s",
			shape_text(self->sizes, self->ndim, a), shape_text(source->sizes, source->ndim, b));
	return STATUS_OK;
}

static Status check_range(Exec *x, Status code, const Tensor *index, int dim, int64_t size)
{
	const int64_t *v = tensor_data(index);
	for (int64_t i = 0; i < index->numel; i++)
		if (v[i] < 0 || v[i] >= size)
			return out_of_bounds(x, code, v[i], dim, size);
	return STATUS_OK;
}

static int64_t size_along(const Tensor *t, int dim) { return t->ndim ? t->sizes[dim] : 1; }

// self is written.  args as index_add's.
static Status index_add_into(Exec *x, Tensor *self, const IValue *args)
{
	const Tensor *given = arg_tensor(args[2]), *source = arg_tensor(args[3]);
	int dim;
	TRY(wrap_dim(arg_int(args[1]), self->ndim, &dim, x->err));
	TRY(check_slices(x, "index_add_()", self, dim, given, source));
	Tensor *index, *scaled = NULL;
	TRY(cpu_prepare(x, given, DT_I64, &index));
	Status status = check_range(x, STATUS_RUNTIME, index, dim, size_along(self, dim));
	IValue alpha = args[4];
	bool one = iv_as_f64(alpha) == 1 && (alpha.tag != TAG_COMPLEX || alpha.complex_->im == 0);
	if (!status && !one) {
		// source * alpha, in source's dtype
		status = clone_contiguous(x, source, &scaled);
		Tensor *factor = NULL;
		if (!status)
			status = tensor_empty(tensor_dtype(source), NULL, 0, &factor, x->err);
		if (!status)
			status = cpu_fill(x, factor, alpha);
		if (!status) {
			CombineFn mul = combine_for(tensor_dtype(source), COMBINE_MUL);
			char *p = tensor_data(scaled);
			for (int64_t i = 0; mul && i < scaled->numel; i++, p += dtype_size(tensor_dtype(source)))
				mul(p, tensor_data(factor));
		}
		tensor_unref(&factor);
	}
	if (!status)
		status = combine_slices(x, self, dim, index, scaled ? scaled : source, COMBINE_ADD);
	tensor_unref(&scaled);
	tensor_unref(&index);
	return status;
}

static Status index_copy_into(Exec *x, Tensor *self, const IValue *args)
{
	const Tensor *given = arg_tensor(args[2]), *source = arg_tensor(args[3]);
	int dim;
	TRY(wrap_dim(arg_int(args[1]), self->ndim, &dim, x->err));
	if (given->ndim > 1)
		return fail(x->err, STATUS_INDEX, "index_copy_(): Index should have dimension 1 or 0 (got %d)", given->ndim);
	if (self->ndim && source->ndim && self->ndim != source->ndim)
		return fail(x->err, STATUS_INDEX,
			"index_copy_(): When source and destination are not scalars, their dimensionality must match. Source "
			"dimensionality (%d), destination dimensionality (%d)",
			source->ndim, self->ndim);
	if (tensor_dtype(given) != DT_I64)
		return xfail(x, "index_copy_(): Expected a long tensor for index, but got %s",
			dtype_class_name(tensor_dtype(given)));
	if (self->dtype != source->dtype)
		return xfail(x, "index_copy_(): self and source expected to have the same dtype, but got (self) %s and (source) %s",
			dtype_class_name(tensor_dtype(self)), dtype_class_name(tensor_dtype(source)));
	if (self->ndim == source->ndim) {
		bool same = true;
		for (int d = 0; d < self->ndim; d++)
			same &= d == dim || self->sizes[d] == source->sizes[d];
		if (!same) {
			char a[SHAPE_TEXT], b[SHAPE_TEXT];
			int64_t da[MAX_DIMS], db[MAX_DIMS];
			int n = 0;
			for (int d = 0; d < self->ndim; d++)
				if (d != dim) {
					da[n] = self->sizes[d];
					db[n++] = source->sizes[d];
				}
			shape_text(da, n, a);
			shape_text(db, n, b);
			a[strlen(a) - 1] = b[strlen(b) - 1] = 0; // the message has the sizes without brackets
			return xfail(x,
				"index_copy_(): Source/destination tensor must have same slice shapes. Destination slice shape: "
				"%s at dimension %d and source slice shape: %s at dimension 0.",
				a + 1, dim, b + 1);
		}
	} else if (self->ndim > 1 || source->ndim > 1) {
		return fail(x->err, STATUS_INDEX, "index_copy_(): a scalar goes with a vector of one element only");
	}
	if (source->ndim == 0 && given->numel != 1)
		return fail(x->err, STATUS_INDEX,
			"index_copy_(): When source is scalar, index should have one element (got %" PRId64 ")", given->numel);
	if (source->ndim && given->numel != source->sizes[dim])
		return fail(x->err, STATUS_INDEX,
			"index_copy_(): Number of indices (%" PRId64 ") should be equal to source.size(dim) (%" PRId64 ")",
			given->numel, source->sizes[dim]);
	Tensor *index;
	TRY(cpu_prepare(x, given, DT_I64, &index));
	Status status = check_range(x, STATUS_INDEX, index, dim, size_along(self, dim));
	if (status)
		error_prefix(x->err, "index_copy_()");
	else
		status = combine_slices(x, self, dim, index, source, COMBINE_SET);
	tensor_unref(&index);
	return status;
}

static Status index_fill_into(Exec *x, Tensor *self, const IValue *args)
{
	const Tensor *given = arg_tensor(args[2]);
	int dim;
	TRY(wrap_dim(arg_int(args[1]), self->ndim, &dim, x->err));
	if (tensor_dtype(given) != DT_I64)
		return fail(x->err, STATUS_INDEX, "index_fill_(): Expected dtype int64 for index.");
	if (given->ndim > 1)
		return xfail(x, "Index has to be a vector/scalar");
	if (args[3].tag == TAG_COMPLEX && !dtype_is_complex(tensor_dtype(self)))
		return xfail(x, "index_fill_(): Converting complex Scalar to non-complex type is not supported");
	int64_t size = size_along(self, dim);
	Tensor *index, *value;
	TRY(cpu_prepare(x, given, DT_I64, &index));
	Status status = STATUS_OK;
	const int64_t *v = tensor_data(index);
	for (int64_t i = 0; i < index->numel && !status; i++)
		if (v[i] < -size || v[i] >= size)
			status = out_of_bounds(x, STATUS_INDEX, v[i], dim, size);
	if (!status)
		status = tensor_empty(tensor_dtype(self), NULL, 0, &value, x->err);
	if (status) {
		tensor_unref(&index);
		return status;
	}
	if (arg_tensor(args[3]))
		status = cpu_copy(x, value, arg_tensor(args[3]));
	else
		status = cpu_fill(x, value, args[3]);
	for (int64_t i = 0; i < index->numel && !status; i++) {
		Tensor *slice = self->ndim ? view_select(self, dim, v[i] < 0 ? v[i] + size : v[i]) : tensor_alias(self);
		status = cpu_copy(x, slice, value);
		tensor_unref(&slice);
	}
	tensor_unref(&index);
	tensor_unref(&value);
	return status;
}

static Status index_fill_tensor_into(Exec *x, Tensor *self, const IValue *args)
{
	const Tensor *value = arg_tensor(args[3]);
	if (value->ndim)
		return xfail(x, "index_fill_ only supports a 0-dimensional value tensor, but got tensor with %d dimension(s).",
			value->ndim);
	return index_fill_into(x, self, args);
}

static Status index_reduce_into(Exec *x, Tensor *self, const IValue *args)
{
	const Tensor *given = arg_tensor(args[2]), *source = arg_tensor(args[3]);
	const char *reduce = arg_str(args[4]);
	bool include_self = arg_bool(args[5]);
	int dim;
	TRY(wrap_dim(arg_int(args[1]), self->ndim, &dim, x->err));
	bool mean = !strcmp(reduce, "mean");
	Combine op = COMBINE_SET;
	if (!strcmp(reduce, "prod"))
		op = COMBINE_MUL;
	else if (mean)
		op = COMBINE_ADD;
	else if (!strcmp(reduce, "amax"))
		op = COMBINE_MAX;
	else if (!strcmp(reduce, "amin"))
		op = COMBINE_MIN;
	else
		return xfail(x, "index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got %s.", reduce);
	TRY(check_slices(x, "index_reduce_()", self, dim, given, source));
	Tensor *index;
	TRY(cpu_prepare(x, given, DT_I64, &index));
	const int64_t *v = tensor_data(index);
	int64_t size = size_along(self, dim);
	Status status = STATUS_OK;
	for (int64_t i = 0; i < index->numel && !status; i++)
		if (v[i] < 0 || v[i] >= size)
			status = fail(x->err, STATUS_INDEX, "index out of range in self");
	int64_t *hits = xcalloc((size_t)size + 1, sizeof *hits);
	for (int64_t i = 0; i < index->numel && !status; i++)
		hits[v[i]]++;
	char identity[16];
	combine_identity(tensor_dtype(self), op, identity);
	int64_t one = 0;
	for (int64_t k = 0; k < size && !status && !include_self; k++) {
		if (!hits[k])
			continue;
		Tensor *slice = self->ndim ? view_select(self, dim, k) : tensor_alias(self), *fill = NULL;
		status = tensor_empty(tensor_dtype(self), &one, 0, &fill, x->err);
		if (!status) {
			memcpy(tensor_data(fill), identity, dtype_size(tensor_dtype(self)));
			status = cpu_copy(x, slice, fill);
		}
		tensor_unref(&fill);
		tensor_unref(&slice);
	}
	if (!status)
		status = combine_slices(x, self, dim, index, source, op);
	for (int64_t k = 0; k < size && !status && mean; k++) {
		int64_t count = hits[k] + (include_self ? 1 : 0);
		if (!hits[k] || count == 1)
			continue;
		Tensor *slice = self->ndim ? view_select(self, dim, k) : tensor_alias(self), *dense = NULL;
		status = clone_contiguous(x, slice, &dense);
		if (!status) {
			int64_t *counts = xmalloc(sizeof *counts * (size_t)(dense->numel + 1));
			for (int64_t i = 0; i < dense->numel; i++)
				counts[i] = count;
			divide_by_counts(dense, counts);
			free(counts);
			status = cpu_copy(x, slice, dense);
		}
		tensor_unref(&dense);
		tensor_unref(&slice);
	}
	free(hits);
	tensor_unref(&index);
	return status;
}

// Each op twice: on self, and on a clone of it.
static Status on_clone(Exec *x, Status (*into)(Exec *, Tensor *, const IValue *), const IValue *args, IValue *rets)
{
	Tensor *out;
	TRY(cpu_clone(x, arg_tensor(args[0]), &out));
	Status status = into(x, out, args);
	if (status) {
		tensor_unref(&out);
		return status;
	}
	return ret_tensor(rets, out);
}

static Status on_self(Exec *x, Status (*into)(Exec *, Tensor *, const IValue *), const IValue *args, IValue *rets)
{
	TRY(into(x, arg_tensor(args[0]), args));
	return ret_tensor(rets, tensor_ref(arg_tensor(args[0])));
}

KERNEL(index_add) { return on_clone(x, index_add_into, args, rets); }
KERNEL(index_add_) { return on_self(x, index_add_into, args, rets); }
KERNEL(index_copy) { return on_clone(x, index_copy_into, args, rets); }
KERNEL(index_copy_) { return on_self(x, index_copy_into, args, rets); }
KERNEL(index_fill_int_Scalar) { return on_clone(x, index_fill_into, args, rets); }
KERNEL(index_fill__int_Scalar) { return on_self(x, index_fill_into, args, rets); }
KERNEL(index_fill_int_Tensor) { return on_clone(x, index_fill_tensor_into, args, rets); }
KERNEL(index_fill__int_Tensor) { return on_self(x, index_fill_tensor_into, args, rets); }
KERNEL(index_reduce) { return on_clone(x, index_reduce_into, args, rets); }
KERNEL(index_reduce_) { return on_self(x, index_reduce_into, args, rets); }
