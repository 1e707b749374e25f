// SPDX-License-Identifier: BSD-3-Clause
// gather and the scatter family: an index tensor of n dimensions that names a place along one of them.
//
// All walk the index tensor's elements: at position p of index, the other tensor is touched at p with p[dim]
// replaced by index[p].  The walk goes along `dim` for each line of index.
#include "backends/cpu/index.h"

#include <inttypes.h>
#include <stdlib.h>

// A walk over index (contiguous) that keeps the matching offsets, in bytes, of up to two other tensors with the
// dimension `dim` left out.
typedef struct Lines {
	const Tensor *index;
	int dim;
	int64_t length;             // of index along dim
	int64_t *index_line, *line[2]; // where each line starts: index in elements, the others in bytes
	int64_t nlines;
} Lines;

static void lines_free(Lines *l)
{
	free(l->index_line);
	free(l->line[0]);
	free(l->line[1]);
}

static Status lines_init(Exec *x, Lines *l, const Tensor *index, int dim, const Tensor *a, const Tensor *b)
{
	*l = (Lines){.index = index, .dim = dim, .length = index->ndim ? index->sizes[dim] : 1};
	const Tensor *all[3] = {index, a, b};
	int64_t **out[3] = {&l->index_line, &l->line[0], &l->line[1]};
	for (int k = 0; k < 3; k++) {
		if (!all[k])
			continue;
		int64_t sizes[MAX_DIMS], strides[MAX_DIMS];
		int n = 0;
		for (int d = 0; d < index->ndim; d++) {
			if (d == dim)
				continue;
			sizes[n] = index->sizes[d];
			strides[n++] = d < all[k]->ndim ? all[k]->strides[d] : 0;
		}
		int64_t item = k == 0 ? 1 : (int64_t)dtype_size(tensor_dtype(all[k]));
		Status status = walk_offsets(x, sizes, strides, n, item, out[k], &l->nlines);
		if (status) {
			lines_free(l);
			return status;
		}
	}
	return STATUS_OK;
}

static int64_t step_along(const Tensor *t, int dim)
{
	return t->ndim ? t->strides[dim] * (int64_t)dtype_size(tensor_dtype(t)) : 0;
}

static int ndim_or_one(const Tensor *t) { return t->ndim ? t->ndim : 1; }
static int64_t size_or_one(const Tensor *t, int d) { return t->ndim ? t->sizes[d] : 1; }

static Status check_index_type(Exec *x, const char *name, const Tensor *index)
{
	if (tensor_dtype(index) != DT_I64 && tensor_dtype(index) != DT_I32)
		return xfail(x, "%s(): Expected dtype int32/int64 for index", name);
	return STATUS_OK;
}

static Status check_places(Exec *x, const Tensor *index, int dim, int64_t size)
{
	const int64_t *v = tensor_data(index);
	for (int64_t i = 0; i < index->numel; i++)
		if (v[i] < 0 || v[i] >= size)
			return xfail(x, "index %" PRId64 " is out of bounds for dimension %d with size %" PRId64, v[i], dim, size);
	return STATUS_OK;
}

// ---- gather

typedef struct GatherArg {
	const Lines *l;
	const char *in;
	char *out;          // contiguous, laid out as index
	int64_t in_step, index_step, item;
} GatherArg;

static void gather_lines(void *arg, int64_t begin, int64_t end)
{
	const GatherArg *g = arg;
	const int64_t *index = tensor_data(g->l->index);
	for (int64_t k = begin; k < end; k++) {
		const int64_t *v = index + g->l->index_line[k];
		const char *s = g->in + g->l->line[0][k];
		char *d = g->out + g->l->index_line[k] * g->item;
		for (int64_t i = 0; i < g->l->length; i++) {
			const char *from = s + v[i * g->index_step] * g->in_step;
			char *to = d + i * g->index_step * g->item;
			switch (g->item) {
			case 4: memcpy(to, from, 4); break;
			case 8: memcpy(to, from, 8); break;
			default: memcpy(to, from, (size_t)g->item); break;
			}
		}
	}
}

static Status gather_along(Exec *x, const Tensor *self, int64_t dim_, const Tensor *given, Tensor **out)
{
	char a[SHAPE_TEXT], b[SHAPE_TEXT];
	int dim;
	TRY(wrap_dim(dim_, self->ndim, &dim, x->err));
	if (given->numel == 0) // of any dtype
		return tensor_empty(tensor_dtype(self), given->sizes, given->ndim, out, x->err);
	TRY(check_index_type(x, "gather", given));
	if (ndim_or_one(given) != ndim_or_one(self))
		return xfail(x, "Index tensor must have the same number of dimensions as input tensor");
	for (int d = 0; d < ndim_or_one(self); d++)
		if (d != dim && size_or_one(given, d) > size_or_one(self, d))
			return xfail(x,
				"Size does not match at dimension %d expected index %s to be no larger than self %s apart from "
				"dimension %d",
				d, shape_text(given->sizes, given->ndim, a), shape_text(self->sizes, self->ndim, b), dim);
	Tensor *index;
	TRY(cpu_prepare(x, given, DT_I64, &index));
	Lines l;
	Status status = check_places(x, index, dim, size_or_one(self, dim));
	if (!status)
		status = tensor_empty(tensor_dtype(self), given->sizes, given->ndim, out, x->err);
	if (!status) {
		status = lines_init(x, &l, index, dim, self, NULL);
		if (status)
			tensor_unref(out);
	}
	if (!status) {
		GatherArg g = {&l, tensor_data(self), tensor_data(*out), step_along(self, dim),
			index->ndim ? index->strides[dim] : 0, (int64_t)dtype_size(tensor_dtype(self))};
		parallel_for(l.nlines, 16384 / (l.length + 1) + 1, gather_lines, &g);
		lines_free(&l);
	}
	tensor_unref(&index);
	return status;
}

KERNEL(gather)
{
	Tensor *out;
	TRY(gather_along(x, arg_tensor(args[0]), arg_int(args[1]), arg_tensor(args[2]), &out));
	return ret_tensor(rets, out);
}

KERNEL(take_along_dim)
{
	Tensor *self = arg_tensor(args[0]), *indices = arg_tensor(args[1]), *out = NULL;
	if (iv_is_none(args[2])) {
		Tensor *a = NULL, *b = NULL;
		Status status = STATUS_OK;
		int64_t n = self->numel, m = indices->numel;
		status = view_reshape(x, self, &n, 1, &a);
		if (!status)
			status = view_reshape(x, indices, &m, 1, &b);
		if (!status)
			status = gather_along(x, a, 0, b, &out);
		tensor_unref(&a);
		tensor_unref(&b);
		return status ? status : ret_tensor(rets, out);
	}
	if (self->ndim != indices->ndim)
		return xfail(x,
			"torch.take_along_dim(): input and indices should have the same number of dimensions, but got %d "
			"dimensions for input, and %d dimensions for indices",
			self->ndim, indices->ndim);
	int dim, n;
	TRY(wrap_dim(arg_int(args[2]), self->ndim, &dim, x->err));
	// broadcast every dimension but `dim`
	int64_t a[MAX_DIMS], b[MAX_DIMS], both[MAX_DIMS];
	memcpy(a, self->sizes, sizeof(int64_t) * self->ndim);
	memcpy(b, indices->sizes, sizeof(int64_t) * self->ndim);
	if (self->ndim)
		a[dim] = b[dim] = 1;
	TRY(broadcast_sizes(a, self->ndim, b, self->ndim, both, &n, x->err));
	memcpy(a, both, sizeof(int64_t) * (size_t)n);
	memcpy(b, both, sizeof(int64_t) * (size_t)n);
	if (self->ndim) {
		a[dim] = self->sizes[dim];
		b[dim] = indices->sizes[dim];
	}
	Tensor *wide_self = NULL, *wide_index = NULL;
	Status status = view_expand(x, self, a, n, &wide_self);
	if (!status)
		status = view_expand(x, indices, b, n, &wide_index);
	if (!status)
		status = gather_along(x, wide_self, dim, wide_index, &out);
	tensor_unref(&wide_self);
	tensor_unref(&wide_index);
	return status ? status : ret_tensor(rets, out);
}

// ---- scatter

// self[…, index[p], …] (op)= src[p], in the order of p.  src NULL: the number `value`.
static Status scatter_into(Exec *x, const char *name, Tensor *self, int64_t dim_, const Tensor *given, const Tensor *src,
	IValue value, Combine op, bool include_self, bool mean)
{
	char a[SHAPE_TEXT], b[SHAPE_TEXT], c[SHAPE_TEXT];
	int dim;
	TRY(wrap_dim(dim_, self->ndim, &dim, x->err));
	if (given->numel)
		TRY(check_index_type(x, name, given));
	if (src && src->dtype != self->dtype)
		return xfail(x, "scatter(): Expected self.dtype to be equal to src.dtype");
	if (given->numel == 0)
		return STATUS_OK;
	if (ndim_or_one(given) != ndim_or_one(self))
		return xfail(x, "Index tensor must have the same number of dimensions as self tensor");
	if (src && dim >= ndim_or_one(src))
		return fail(x->err, STATUS_INDEX, "Dimension out of range (expected to be in range of [%d, %d], but got %d)",
			-ndim_or_one(src), ndim_or_one(src) - 1, dim);
	if (src && ndim_or_one(given) != ndim_or_one(src))
		return xfail(x, "Index tensor must have the same number of dimensions as src tensor");
	bool fits = true;
	for (int d = 0; d < ndim_or_one(self); d++) {
		fits &= d == dim || size_or_one(given, d) <= size_or_one(self, d);
		fits &= !src || size_or_one(given, d) <= size_or_one(src, d);
	}
	if (!fits && src)
		return xfail(x,
			"Expected index %s to be no larger than self %s apart from dimension %d and to be no larger size than src %s",
			shape_text(given->sizes, given->ndim, a), shape_text(self->sizes, self->ndim, b), dim,
			shape_text(src->sizes, src->ndim, c));
	if (!fits)
		return xfail(x, "Expected index %s to be no larger than self %s apart from dimension %d",
			shape_text(given->sizes, given->ndim, a), shape_text(self->sizes, self->ndim, b), dim);
	DType dtype = tensor_dtype(self);
	CombineFn combine = combine_for(dtype, op);
	if (!combine)
		return fail(x->err, STATUS_UNSUPPORTED, "%s(): this reduction is not defined for %s", name, dtype_name(dtype));
	Tensor *index, *number = NULL, *kept = NULL, *counts = NULL;
	TRY(cpu_prepare(x, given, DT_I64, &index));
	Status status = check_places(x, index, dim, size_or_one(self, dim));
	if (!status && !src) {
		status = tensor_empty(dtype, NULL, 0, &number, x->err);
		if (!status)
			status = cpu_fill(x, number, value);
	} else if (!status && src->storage == self->storage) {
		status = clone_contiguous(x, src, &kept);
		src = kept;
	}
	if (!status && mean)
		status = tensor_zeros(DT_I64, self->sizes, self->ndim, &counts, x->err);
	Lines l, lc;
	if (!status)
		status = lines_init(x, &l, index, dim, self, src);
	if (!status && mean) {
		status = lines_init(x, &lc, index, dim, counts, NULL);
		if (status)
			lines_free(&l);
	}
	if (!status) {
		const int64_t *v = tensor_data(index);
		int64_t self_step = step_along(self, dim), src_step = src ? step_along(src, dim) : 0;
		int64_t index_step = index->ndim ? index->strides[dim] : 0;
		char identity[16], *base = tensor_data(self);
		const char *from = src ? tensor_data(src) : tensor_data(number);
		size_t item = dtype_size(dtype);
		combine_identity(dtype, op, identity);
		for (int64_t k = 0; k < l.nlines && !include_self; k++)
			for (int64_t i = 0; i < l.length; i++)
				memcpy(base + l.line[0][k] + v[l.index_line[k] + i * index_step] * self_step, identity, item);
		for (int64_t k = 0; k < l.nlines; k++) {
			const int64_t *w = v + l.index_line[k];
			char *d = base + l.line[0][k];
			const char *s = from + (src ? l.line[1][k] : 0);
			for (int64_t i = 0; i < l.length; i++)
				combine(d + w[i * index_step] * self_step, s + i * src_step);
		}
		if (mean) {
			int64_t *n = tensor_data(counts), step = step_along(counts, dim);
			for (int64_t k = 0; k < lc.nlines; k++)
				for (int64_t i = 0; i < lc.length; i++)
					++*(int64_t *)((char *)n + lc.line[0][k] + v[lc.index_line[k] + i * index_step] * step);
			for (int64_t i = 0; i < counts->numel; i++)
				n[i] += include_self;
			Tensor *dense;
			status = clone_contiguous(x, self, &dense);
			if (!status) {
				divide_by_counts(dense, n);
				status = cpu_copy(x, self, dense);
				tensor_unref(&dense);
			}
			lines_free(&lc);
		}
		lines_free(&l);
	}
	tensor_unref(&index);
	tensor_unref(&number);
	tensor_unref(&kept);
	tensor_unref(&counts);
	return status;
}

static Status old_reduction(Exec *x, const char *reduce, Combine *op)
{
	if (!strcmp(reduce, "add"))
		*op = COMBINE_ADD;
	else if (!strcmp(reduce, "multiply"))
		*op = COMBINE_MUL;
	else
		return xfail(x, "reduce argument must be either add or multiply.");
	return STATUS_OK;
}

static Status new_reduction(Exec *x, const char *reduce, Combine *op)
{
	static const struct { const char *name; Combine op; } names[] = {{"sum", COMBINE_ADD}, {"prod", COMBINE_MUL},
		{"mean", COMBINE_ADD}, {"amax", COMBINE_MAX}, {"amin", COMBINE_MIN}};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(reduce, names[i].name)) {
			*op = names[i].op;
			return STATUS_OK;
		}
	return xfail(x, "reduce argument must be either sum, prod, mean, amax or amin, got %s", reduce);
}

typedef Status (*Scatter)(Exec *x, Tensor *self, const IValue *args);

static Status scatter_src_into(Exec *x, Tensor *self, const IValue *args)
{
	return scatter_into(x, "scatter", self, arg_int(args[1]), arg_tensor(args[2]), arg_tensor(args[3]), iv_none(),
		COMBINE_SET, true, false);
}

static Status scatter_value_into(Exec *x, Tensor *self, const IValue *args)
{
	return scatter_into(x, "scatter", self, arg_int(args[1]), arg_tensor(args[2]), NULL, args[3], COMBINE_SET, true,
		false);
}

static Status scatter_add_into(Exec *x, Tensor *self, const IValue *args)
{
	return scatter_into(x, "scatter_add", self, arg_int(args[1]), arg_tensor(args[2]), arg_tensor(args[3]), iv_none(),
		COMBINE_ADD, true, false);
}

static Status scatter_src_reduce_into(Exec *x, Tensor *self, const IValue *args)
{
	Combine op = COMBINE_SET;
	TRY(old_reduction(x, arg_str(args[4]), &op));
	return scatter_into(x, "scatter", self, arg_int(args[1]), arg_tensor(args[2]), arg_tensor(args[3]), iv_none(), op,
		true, false);
}

static Status scatter_value_reduce_into(Exec *x, Tensor *self, const IValue *args)
{
	Combine op = COMBINE_SET;
	TRY(old_reduction(x, arg_str(args[4]), &op));
	return scatter_into(x, "scatter", self, arg_int(args[1]), arg_tensor(args[2]), NULL, args[3], op, true, false);
}

static Status scatter_two_into(Exec *x, Tensor *self, const IValue *args)
{
	Combine op = COMBINE_SET;
	const char *reduce = arg_str(args[4]);
	TRY(new_reduction(x, reduce, &op));
	return scatter_into(x, "scatter", self, arg_int(args[1]), arg_tensor(args[2]), arg_tensor(args[3]), iv_none(), op,
		arg_bool(args[5]), !strcmp(reduce, "mean"));
}

static Status on_clone(Exec *x, Scatter into, const IValue *args, IValue *rets)
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

static Status on_self(Exec *x, Scatter into, const IValue *args, IValue *rets)
{
	TRY(into(x, arg_tensor(args[0]), args));
	return ret_tensor(rets, tensor_ref(arg_tensor(args[0])));
}

KERNEL(scatter_src) { return on_clone(x, scatter_src_into, args, rets); }
KERNEL(scatter__src) { return on_self(x, scatter_src_into, args, rets); }
KERNEL(scatter_value) { return on_clone(x, scatter_value_into, args, rets); }
KERNEL(scatter__value) { return on_self(x, scatter_value_into, args, rets); }
KERNEL(scatter_reduce) { return on_clone(x, scatter_src_reduce_into, args, rets); }
KERNEL(scatter__reduce) { return on_self(x, scatter_src_reduce_into, args, rets); }
KERNEL(scatter_value_reduce) { return on_clone(x, scatter_value_reduce_into, args, rets); }
KERNEL(scatter__value_reduce) { return on_self(x, scatter_value_reduce_into, args, rets); }
KERNEL(scatter_add) { return on_clone(x, scatter_add_into, args, rets); }
KERNEL(scatter_add_) { return on_self(x, scatter_add_into, args, rets); }
KERNEL(scatter_reduce_two) { return on_clone(x, scatter_two_into, args, rets); }
KERNEL(scatter_reduce__two) { return on_self(x, scatter_two_into, args, rets); }
