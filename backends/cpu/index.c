// SPDX-License-Identifier: BSD-3-Clause
// Advanced indexing: x[i, :, mask] and x[i, :, mask] = v.
//
// Masks become index tensors, index tensors are broadcast together, and the indexed dimensions of x collapse to
// one: x is then [before…, I, after…] where the i-th of the I places is a byte offset.  The result has the
// index shape where the indexed dimensions were, or in front when other dimensions lie between them.
#include "backends/cpu/index.h"

#include <inttypes.h>
#include <stdlib.h>

Status index_prepare(Exec *x, const Tensor *index, const char *what, Tensor **out)
{
	if (tensor_dtype(index) != DT_I64 && tensor_dtype(index) != DT_I32)
		return xfail(x, "%s", what);
	return cpu_prepare(x, index, DT_I64, out);
}

Status clone_contiguous(Exec *x, const Tensor *t, Tensor **out)
{
	TRY(cpu_prepare(x, t, tensor_dtype(t), out));
	if ((*out)->storage != t->storage)
		return STATUS_OK;
	Tensor *copy;
	Status status = tensor_empty(tensor_dtype(t), t->sizes, t->ndim, &copy, x->err);
	if (!status) {
		status = cpu_copy(x, copy, t);
		if (status)
			tensor_unref(&copy);
	}
	tensor_unref(out);
	*out = status ? NULL : copy;
	return status;
}

typedef struct Plan {
	int n;                    // dimensions of self
	Tensor *index[MAX_DIMS];  // owned, contiguous int64, broadcast; NULL for a full dimension
	int64_t sizes[MAX_DIMS];  // of the result
	int ndim;
	int nbefore, nafter;      // full dimensions before and after the index dimensions
	int before[MAX_DIMS], after[MAX_DIMS];
	int64_t shape[MAX_DIMS];  // of the broadcast indices
	int nshape;
	int64_t places;           // I
	int64_t *offset;          // bytes, one a place
	int64_t *outer, nouter;   // byte offsets of the dimensions before
	int64_t *inner, ninner;   // and after; inner is NULL when those are one dense run
} Plan;

static void plan_free(Plan *p)
{
	for (int i = 0; i < MAX_DIMS; i++)
		tensor_unref(&p->index[i]);
	free(p->offset);
	free(p->outer);
	free(p->inner);
}

// Puts index tensors for one mask into p, starting at dimension *at.
static Status plan_mask(Exec *x, Plan *p, const Tensor *self, const Tensor *mask, int *at)
{
	char a[SHAPE_TEXT], b[SHAPE_TEXT];
	if (*at + mask->ndim > self->ndim)
		return fail(x->err, STATUS_INDEX, "too many indices for tensor of dimension %d (got %d)", self->ndim,
			*at + mask->ndim);
	for (int d = 0; d < mask->ndim; d++)
		if (mask->sizes[d] != self->sizes[*at + d])
			return fail(x->err, STATUS_INDEX,
				"The shape of the mask %s at index %d does not match the shape of the indexed tensor %s at index %d",
				shape_text(mask->sizes, mask->ndim, a), d, shape_text(self->sizes, self->ndim, b), *at + d);
	Tensor *rows;
	TRY(nonzero_rows(x, mask, &rows));
	for (int d = 0; d < mask->ndim; d++)
		p->index[(*at)++] = view_select(rows, 1, d);
	tensor_unref(&rows);
	return STATUS_OK;
}

static Status plan_indices(Exec *x, Plan *p, const Tensor *self, const ListObj *list)
{
	char a[SHAPE_TEXT];
	int at = 0;
	int64_t given = 0;
	for (int64_t i = 0; i < list->n; i++) {
		const Tensor *t = arg_tensor(list->items[i]);
		given += t && (tensor_dtype(t) == DT_BOOL || tensor_dtype(t) == DT_U8) ? t->ndim : 1;
	}
	if (list->n == 0)
		return fail(x->err, STATUS_INDEX, "at least one index must be provided");
	if (given > self->ndim)
		return fail(x->err, STATUS_INDEX, "too many indices for tensor of dimension %d (got %" PRId64 ")", self->ndim,
			given);
	for (int64_t i = 0; i < list->n; i++) {
		const Tensor *t = arg_tensor(list->items[i]);
		if (!t) {
			at++;
			continue;
		}
		switch (tensor_dtype(t)) {
		case DT_BOOL:
		case DT_U8:
			TRY(plan_mask(x, p, self, t, &at));
			break;
		case DT_I64:
		case DT_I32:
			TRY(cpu_to_dtype(x, t, DT_I64, &p->index[at]));
			at++;
			break;
		default:
			return fail(x->err, STATUS_INDEX, "tensors used as indices must be long, int, byte or bool tensors");
		}
	}
	// broadcast
	int first = -1, last = -1;
	for (int d = 0; d < self->ndim; d++) {
		if (!p->index[d])
			continue;
		first = first < 0 ? d : first;
		last = d;
		int64_t both[MAX_DIMS];
		int n;
		if (broadcast_sizes(p->shape, p->nshape, p->index[d]->sizes, p->index[d]->ndim, both, &n, x->err)) {
			Text shapes = {0};
			for (int k = 0; k < self->ndim; k++)
				if (p->index[k])
					text_addf(&shapes, "%s%s", shapes.size ? ", " : "",
						shape_text(p->index[k]->sizes, p->index[k]->ndim, a));
			error_clear(x->err);
			Status status = fail(x->err, STATUS_INDEX,
				"shape mismatch: indexing tensors could not be broadcast together with shapes %s",
				text_str(&shapes));
			text_free(&shapes);
			return status;
		}
		memcpy(p->shape, both, sizeof(int64_t) * (size_t)n);
		p->nshape = n;
	}
	if (first < 0)
		return xfail(x, "indexing: every index is None or a mask without dimensions");
	p->places = 1;
	for (int d = 0; d < p->nshape; d++)
		p->places *= p->shape[d];
	bool adjacent = true;
	for (int d = first; d <= last; d++)
		adjacent &= p->index[d] != NULL;
	for (int d = 0; d < self->ndim; d++) {
		if (p->index[d])
			continue;
		if (adjacent && d < first)
			p->before[p->nbefore++] = d;
		else
			p->after[p->nafter++] = d;
	}
	if (p->nbefore + p->nshape + p->nafter > MAX_DIMS)
		return xfail(x, "indexing: the result would have more than %d dimensions", MAX_DIMS);
	for (int i = 0; i < p->nbefore; i++)
		p->sizes[p->ndim++] = self->sizes[p->before[i]];
	for (int i = 0; i < p->nshape; i++)
		p->sizes[p->ndim++] = p->shape[i];
	for (int i = 0; i < p->nafter; i++)
		p->sizes[p->ndim++] = self->sizes[p->after[i]];
	return STATUS_OK;
}

static Status plan_offsets(Exec *x, Plan *p, const Tensor *self)
{
	int64_t item = (int64_t)dtype_size(tensor_dtype(self));
	if (p->places) // an index into an empty dimension is an error even when nothing else is selected
		for (int d = 0; d < self->ndim; d++)
			if (p->index[d] && self->sizes[d] == 0)
				return fail(x->err, STATUS_INDEX, "index is out of bounds for dimension with size 0");
	p->offset = calloc((size_t)(p->places ? p->places : 1), sizeof *p->offset);
	if (!p->offset)
		return fail_memory(x->err, (size_t)p->places * 8);
	int ordinal = -1; // PyTorch counts index tensors, not dimensions
	for (int d = 0; d < self->ndim; d++) {
		if (!p->index[d])
			continue;
		ordinal++;
		Tensor *wide, *index;
		TRY(view_expand(x, p->index[d], p->shape, p->nshape, &wide));
		Status status = cpu_prepare(x, wide, DT_I64, &index);
		tensor_unref(&wide);
		TRY(status);
		const int64_t *v = tensor_data(index);
		int64_t size = self->sizes[d], step = self->strides[d] * item;
		for (int64_t i = 0; i < p->places && !status; i++) {
			if (v[i] < -size || v[i] >= size)
				status = fail(x->err, STATUS_INDEX,
					"index %" PRId64 " is out of bounds for dimension %d with size %" PRId64, v[i], ordinal, size);
			else
				p->offset[i] += (v[i] < 0 ? v[i] + size : v[i]) * step;
		}
		tensor_unref(&index);
		TRY(status);
	}
	int64_t sizes[MAX_DIMS], strides[MAX_DIMS], dense = 1;
	for (int i = 0; i < p->nbefore; i++) {
		sizes[i] = self->sizes[p->before[i]];
		strides[i] = self->strides[p->before[i]];
	}
	TRY(walk_offsets(x, sizes, strides, p->nbefore, item, &p->outer, &p->nouter));
	bool is_dense = true;
	for (int i = p->nafter - 1; i >= 0; i--) {
		sizes[i] = self->sizes[p->after[i]];
		strides[i] = self->strides[p->after[i]];
		is_dense &= sizes[i] == 1 || strides[i] == dense;
		dense *= sizes[i];
	}
	p->ninner = dense;
	if (!is_dense)
		TRY(walk_offsets(x, sizes, strides, p->nafter, item, &p->inner, &p->ninner));
	return STATUS_OK;
}

static Status plan_init(Exec *x, Plan *p, const Tensor *self, const ListObj *list)
{
	*p = (Plan){.n = self->ndim};
	Status status = plan_indices(x, p, self, list);
	if (!status)
		status = plan_offsets(x, p, self);
	if (status)
		plan_free(p);
	return status;
}

// ---- reading

typedef struct ReadArg { const Plan *p; char *out; const char *in; int64_t item; } ReadArg;

static inline void copy_item(char *d, const char *s, int64_t item)
{
	switch (item) {
	case 1: *d = *s; break;
	case 2: memcpy(d, s, 2); break;
	case 4: memcpy(d, s, 4); break;
	case 8: memcpy(d, s, 8); break;
	default: memcpy(d, s, (size_t)item); break;
	}
}

static void read_range(void *arg, int64_t begin, int64_t end)
{
	const ReadArg *r = arg;
	const Plan *p = r->p;
	int64_t item = r->item, n = p->ninner;
	for (int64_t at = begin; at < end; at++) {
		const char *s = r->in + p->outer[at / p->places] + p->offset[at % p->places];
		char *d = r->out + at * n * item;
		if (p->inner)
			for (int64_t k = 0; k < n; k++)
				copy_item(d + k * item, s + p->inner[k], item);
		else if (n == 1)
			copy_item(d, s, item);
		else
			memcpy(d, s, (size_t)(n * item));
	}
}

static Status index_read(Exec *x, const Tensor *self, const ListObj *list, Tensor **out)
{
	Plan p;
	TRY(plan_init(x, &p, self, list));
	Status status = tensor_empty(tensor_dtype(self), p.sizes, p.ndim, out, x->err);
	if (!status && (*out)->numel) {
		ReadArg r = {&p, tensor_data(*out), tensor_data(self), (int64_t)dtype_size(tensor_dtype(self))};
		parallel_for(p.nouter * p.places, 16384 / (p.ninner + 1) + 1, read_range, &r);
	}
	plan_free(&p);
	return status;
}

KERNEL(index_Tensor)
{
	Tensor *out;
	TRY(index_read(x, arg_tensor(args[0]), args[1].list, &out));
	return ret_tensor(rets, out);
}

KERNEL(index_Tensor_hacked_twin) { return op_index_Tensor(x, args, nargs, rets); }
KERNEL(_unsafe_index_Tensor) { return op_index_Tensor(x, args, nargs, rets); }
KERNEL(_unsafe_index_Tensor_hacked_twin) { return op_index_Tensor(x, args, nargs, rets); }

// ---- writing

static Status index_write(Exec *x, Tensor *self, const ListObj *list, const Tensor *values, bool accumulate)
{
	char a[SHAPE_TEXT], b[SHAPE_TEXT];
	if (values->dtype != self->dtype)
		return xfail(x,
			"Index put requires the source and destination dtypes match, got %s for the destination and %s for the "
			"source.",
			dtype_class_name(tensor_dtype(self)), dtype_class_name(tensor_dtype(values)));
	Plan p;
	TRY(plan_init(x, &p, self, list));
	Tensor *wide = NULL, *dense = NULL;
	Status status = STATUS_OK;
	bool single = values->numel == 1 && values->ndim <= p.ndim;
	if (single) {
		status = cpu_prepare(x, values, tensor_dtype(self), &dense);
	} else if (values->ndim > p.ndim || view_expand(x, values, p.sizes, p.ndim, &wide)) {
		error_clear(x->err);
		status = xfail(x, "shape mismatch: value tensor of shape %s cannot be broadcast to indexing result of shape %s",
			shape_text(values->sizes, values->ndim, a), shape_text(p.sizes, p.ndim, b));
	} else if (values->storage == self->storage) {
		status = clone_contiguous(x, wide, &dense);
	} else {
		status = cpu_prepare(x, wide, tensor_dtype(self), &dense);
	}
	tensor_unref(&wide);
	CombineFn combine = combine_for(tensor_dtype(self), accumulate ? COMBINE_ADD : COMBINE_SET);
	if (!status && !combine)
		status = fail(x->err, STATUS_UNSUPPORTED, "index_put with accumulate=True: not for %s",
			dtype_name(tensor_dtype(self)));
	if (!status && p.ninner) {
		int64_t item = (int64_t)dtype_size(tensor_dtype(self)), step = single ? 0 : item;
		const char *s = tensor_data(dense);
		char *base = tensor_data(self);
		for (int64_t o = 0; o < p.nouter; o++)
			for (int64_t i = 0; i < p.places; i++) {
				char *d = base + p.outer[o] + p.offset[i];
				if (!accumulate && !single && !p.inner) {
					memcpy(d, s, (size_t)(p.ninner * item));
					s += p.ninner * item;
					continue;
				}
				for (int64_t k = 0; k < p.ninner; k++, s += step)
					combine(d + (p.inner ? p.inner[k] : k * item), s);
			}
	}
	tensor_unref(&dense);
	plan_free(&p);
	return status;
}

KERNEL(index_put_)
{
	Tensor *self = arg_tensor(args[0]);
	TRY(index_write(x, self, args[1].list, arg_tensor(args[2]), arg_bool(args[3])));
	return ret_tensor(rets, tensor_ref(self));
}

KERNEL(index_put)
{
	Tensor *out;
	TRY(cpu_clone(x, arg_tensor(args[0]), &out));
	Status status = index_write(x, out, args[1].list, arg_tensor(args[2]), arg_bool(args[3]));
	if (status) {
		tensor_unref(&out);
		return status;
	}
	return ret_tensor(rets, out);
}

KERNEL(index_put__hacked_twin) { return op_index_put_(x, args, nargs, rets); }
KERNEL(_index_put_impl_) { return op_index_put_(x, args, nargs, rets); }
KERNEL(_index_put_impl__hacked_twin) { return op_index_put_(x, args, nargs, rets); }
KERNEL(index_put_hacked_twin) { return op_index_put(x, args, nargs, rets); }
KERNEL(_index_put_impl) { return op_index_put(x, args, nargs, rets); }
KERNEL(_unsafe_index_put) { return op_index_put(x, args, nargs, rets); }
KERNEL(_unsafe_index_put_hacked_twin) { return op_index_put(x, args, nargs, rets); }
