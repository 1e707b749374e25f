// SPDX-License-Identifier: BSD-3-Clause
// Copies that rearrange or repeat: flip, roll, rot90, repeat, repeat_interleave, meshgrid, combinations.
#include "backends/cpu/index.h"

#include <inttypes.h>
#include <stdlib.h>

// ---- flip and roll: out[i] = in[map(i)] along some dimensions

// Reads t along dim through a list of places; the result is contiguous.
static Status take_places(Exec *x, const Tensor *t, int dim, const int64_t *places, int64_t n, Tensor **out)
{
	Tensor *dense;
	TRY(cpu_prepare(x, t, tensor_dtype(t), &dense));
	int64_t sizes[MAX_DIMS], outer = 1, inner = (int64_t)dtype_size(tensor_dtype(t));
	for (int d = 0; d < t->ndim; d++) {
		sizes[d] = d == dim ? n : t->sizes[d];
		if (d < dim)
			outer *= sizes[d];
		else if (d > dim)
			inner *= sizes[d];
	}
	Status status = tensor_empty(tensor_dtype(t), sizes, t->ndim, out, x->err);
	if (!status && (*out)->numel) {
		const char *s = tensor_data(dense);
		char *d = tensor_data(*out);
		for (int64_t o = 0; o < outer; o++, s += inner * t->sizes[dim])
			if (inner == 4)
				for (int64_t i = 0; i < n; i++, d += 4)
					memcpy(d, s + places[i] * 4, 4);
			else if (inner == 8)
				for (int64_t i = 0; i < n; i++, d += 8)
					memcpy(d, s + places[i] * 8, 8);
			else
				for (int64_t i = 0; i < n; i++, d += inner)
					memcpy(d, s + places[i] * inner, (size_t)inner);
	}
	tensor_unref(&dense);
	return status;
}

static Status places_new(Exec *x, int64_t n, int64_t **out)
{
	*out = malloc((size_t)(n ? n : 1) * sizeof **out);
	return *out ? STATUS_OK : fail_memory(x->err, (size_t)n * 8);
}

static Status flip_dims(Exec *x, const Tensor *t, const int64_t *dims, int n, Tensor **out)
{
	bool seen[MAX_DIMS] = {0};
	for (int i = 0; i < n; i++) {
		int d;
		TRY(wrap_dim(dims[i], t->ndim, &d, x->err));
		if (seen[d])
			return xfail(x, "dim %d appears multiple times in the list of dims", d);
		seen[d] = true;
	}
	Tensor *now;
	TRY(clone_contiguous(x, t, &now));
	for (int d = 0; d < t->ndim; d++) {
		if (!seen[d] || t->sizes[d] < 2)
			continue;
		int64_t *places, size = t->sizes[d];
		Tensor *next = NULL;
		Status status = places_new(x, size, &places);
		if (!status) {
			for (int64_t i = 0; i < size; i++)
				places[i] = size - 1 - i;
			status = take_places(x, now, d, places, size, &next);
			free(places);
		}
		tensor_unref(&now);
		TRY(status);
		now = next;
	}
	*out = now;
	return STATUS_OK;
}

KERNEL(flip)
{
	int64_t dims[MAX_DIMS];
	int n;
	Tensor *out;
	TRY(arg_ints(x, args[1], dims, MAX_DIMS, &n));
	TRY(flip_dims(x, arg_tensor(args[0]), dims, n, &out));
	return ret_tensor(rets, out);
}

KERNEL(fliplr)
{
	int64_t dim = 1;
	Tensor *out;
	if (arg_tensor(args[0])->ndim < 2)
		return xfail(x, "Input must be >= 2-d.");
	TRY(flip_dims(x, arg_tensor(args[0]), &dim, 1, &out));
	return ret_tensor(rets, out);
}

KERNEL(flipud)
{
	int64_t dim = 0;
	Tensor *out;
	if (arg_tensor(args[0])->ndim < 1)
		return xfail(x, "Input must be >= 1-d.");
	TRY(flip_dims(x, arg_tensor(args[0]), &dim, 1, &out));
	return ret_tensor(rets, out);
}

static Status roll_dim(Exec *x, const Tensor *t, int64_t shift, int64_t dim, Tensor **out)
{
	int d;
	TRY(wrap_dim(dim, t->ndim, &d, x->err));
	int64_t size = t->sizes[d], *places;
	TRY(places_new(x, size, &places));
	for (int64_t i = 0; i < size; i++) {
		int64_t from = (i - shift % size) % size;
		places[i] = from < 0 ? from + size : from;
	}
	Status status = take_places(x, t, d, places, size, out);
	free(places);
	return status;
}

KERNEL(roll)
{
	const Tensor *t = arg_tensor(args[0]);
	int64_t shifts[MAX_DIMS], dims[MAX_DIMS];
	int ns, nd;
	TRY(arg_ints(x, args[1], shifts, MAX_DIMS, &ns));
	TRY(arg_ints(x, args[2], dims, MAX_DIMS, &nd));
	Tensor *now, *next;
	if (ns == 0)
		return xfail(x, "`shifts` required");
	if (nd == 0 && ns == 1) {
		Tensor *flat;
		int64_t numel = t->numel;
		TRY(view_reshape(x, t, &numel, 1, &flat));
		Status status = roll_dim(x, flat, shifts[0], 0, &now);
		tensor_unref(&flat);
		TRY(status);
		status = view_sizes(x, now, t->sizes, t->ndim, &next);
		tensor_unref(&now);
		return status ? status : ret_tensor(rets, next);
	}
	if (ns != nd)
		return xfail(x, "shifts and dimensions must align. shifts: %d, dims:%d", ns, nd);
	TRY(clone_contiguous(x, t, &now));
	for (int i = 0; i < nd; i++) {
		int d;
		Status status = wrap_dim(dims[i], t->ndim, &d, x->err);
		if (!status && t->numel == 0)
			continue;
		if (!status && t->ndim)
			status = roll_dim(x, now, shifts[i], d, &next);
		else if (!status)
			next = tensor_ref(now);
		tensor_unref(&now);
		TRY(status);
		now = next;
	}
	return ret_tensor(rets, now);
}

KERNEL(rot90)
{
	const Tensor *t = arg_tensor(args[0]);
	int64_t dims[MAX_DIMS], k = arg_int(args[1]) % 4;
	int n, a, b;
	TRY(arg_ints(x, args[2], dims, MAX_DIMS, &n));
	if (n != 2)
		return xfail(x, "expected total rotation dims == 2, but got dims = %d", n);
	if (t->ndim < 2)
		return xfail(x, "expected total dims >= 2, but got total dims = %d", t->ndim);
	if (dims[0] == dims[1] || (dims[0] - dims[1] == t->ndim || dims[1] - dims[0] == t->ndim))
		return xfail(x, "expected rotation dims to be different, but got dim0 = %" PRId64 " and dim1 = %" PRId64,
			dims[0], dims[1]);
	for (int i = 0; i < 2; i++)
		if (dims[i] >= t->ndim || dims[i] < -t->ndim)
			return xfail(x, "Rotation dim%d out of range, dim%d = %" PRId64, i, i, dims[i]);
	TRY(wrap_dim(dims[0], t->ndim, &a, x->err));
	TRY(wrap_dim(dims[1], t->ndim, &b, x->err));
	k = k < 0 ? k + 4 : k;
	Tensor *out, *turned;
	int64_t flips[2] = {k == 3 ? a : k == 1 ? b : a, b};
	TRY(flip_dims(x, t, flips, k == 0 ? 0 : k == 2 ? 2 : 1, &out));
	if (k == 0 || k == 2)
		return ret_tensor(rets, out);
	turned = view_transpose(out, a, b);
	tensor_unref(&out);
	Status status = clone_contiguous(x, turned, &out);
	tensor_unref(&turned);
	return status ? status : ret_tensor(rets, out);
}

// ---- repeat

static Status repeat_times(Exec *x, const Tensor *t, const int64_t *times, int n, Tensor **out)
{
	char text[SHAPE_TEXT];
	int64_t sizes[MAX_DIMS];
	if (n < t->ndim)
		return xfail(x, "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor");
	bool negative = false, overflow = false;
	for (int i = 0; i < n; i++) {
		int64_t size = i < n - t->ndim ? 1 : t->sizes[i - (n - t->ndim)];
		overflow |= __builtin_mul_overflow(size, times[i], &sizes[i]);
		negative |= sizes[i] < 0;
	}
	if (overflow)
		return xfail(x, "numel: integer multiplication overflow");
	if (negative)
		for (int i = 0; i < n; i++)
			if (sizes[i] < 0)
				return xfail(x, "Trying to create tensor with negative dimension %" PRId64 ": %s", sizes[i],
					shape_text(sizes, n, text));
	TRY(tensor_empty(tensor_dtype(t), sizes, n, out, x->err));
	if ((*out)->numel == 0)
		return STATUS_OK;
	// out seen as [r0, s0, r1, s1, …]: the source is broadcast over every r.  Dimensions of one repeat are
	// left whole to stay within MAX_DIMS.
	int64_t wide[2 * MAX_DIMS], stride[2 * MAX_DIMS], from[2 * MAX_DIMS];
	int m = 0;
	for (int i = 0; i < n; i++) {
		int k = i - (n - t->ndim);
		int64_t size = k < 0 ? 1 : t->sizes[k], step = k < 0 ? 0 : t->strides[k];
		if (times[i] != 1) {
			wide[m] = times[i];
			stride[m] = (*out)->strides[i] * size;
			from[m++] = 0;
		}
		if (size != 1) {
			wide[m] = size;
			stride[m] = (*out)->strides[i];
			from[m++] = step;
		}
	}
	if (m > MAX_DIMS) {
		tensor_unref(out);
		return fail(x->err, STATUS_UNSUPPORTED, "repeat: too many dimensions");
	}
	Tensor *to = tensor_view(*out, wide, stride, m, (*out)->offset);
	Tensor *source = tensor_view(t, wide, from, m, t->offset);
	Status status = cpu_copy(x, to, source);
	tensor_unref(&to);
	tensor_unref(&source);
	if (status)
		tensor_unref(out);
	return status;
}

KERNEL(repeat)
{
	int64_t times[MAX_DIMS];
	int n;
	Tensor *out;
	TRY(arg_ints(x, args[1], times, MAX_DIMS, &n));
	TRY(repeat_times(x, arg_tensor(args[0]), times, n, &out));
	return ret_tensor(rets, out);
}

KERNEL(tile)
{
	const Tensor *t = arg_tensor(args[0]);
	int64_t given[MAX_DIMS], times[MAX_DIMS];
	int n;
	Tensor *out;
	TRY(arg_ints(x, args[1], given, MAX_DIMS, &n));
	int missing = t->ndim > n ? t->ndim - n : 0;
	for (int i = 0; i < missing; i++)
		times[i] = 1;
	memcpy(times + missing, given, sizeof(int64_t) * (size_t)n);
	TRY(repeat_times(x, t, times, n + missing, &out));
	return ret_tensor(rets, out);
}

// ---- repeat_interleave

// The places that `repeats` (contiguous int64) names: i repeated repeats[i] times.
static Status interleaved_places(Exec *x, const Tensor *repeats, int64_t output_size, Tensor **out)
{
	const int64_t *r = tensor_data(repeats);
	int64_t total = 0;
	for (int64_t i = 0; i < repeats->numel; i++) {
		if (r[i] < 0)
			return xfail(x, "repeats can not be negative");
		if (__builtin_add_overflow(total, r[i], &total))
			return xfail(x, "repeat_interleave: the result is too large");
	}
	if (output_size >= 0 && output_size != total)
		return xfail(x, "allocated size does not match required size");
	TRY(tensor_empty(DT_I64, &total, 1, out, x->err));
	int64_t *p = tensor_data(*out);
	for (int64_t i = 0; i < repeats->numel; i++)
		for (int64_t k = 0; k < r[i]; k++)
			*p++ = i;
	return STATUS_OK;
}

static Status prepare_repeats(Exec *x, const Tensor *repeats, Tensor **out)
{
	if (repeats->ndim > 1)
		return xfail(x, "repeat_interleave only accept 1D vector as repeat");
	if (tensor_dtype(repeats) != DT_I64 && tensor_dtype(repeats) != DT_I32)
		return fail(x->err, STATUS_RUNTIME, "\"repeat_interleave_cpu\" not implemented for '%s'",
			dtype_class_name(tensor_dtype(repeats)));
	return cpu_prepare(x, repeats, DT_I64, out);
}

KERNEL(repeat_interleave_Tensor)
{
	Tensor *repeats, *out = NULL;
	TRY(prepare_repeats(x, arg_tensor(args[0]), &repeats));
	Status status = interleaved_places(x, repeats, arg_int_or(args[1], -1), &out);
	if (!status && tensor_dtype(arg_tensor(args[0])) == DT_I32) {
		Tensor *narrow = NULL;
		status = cpu_to_dtype(x, out, DT_I32, &narrow);
		tensor_unref(&out);
		out = narrow;
	}
	tensor_unref(&repeats);
	return status ? status : ret_tensor(rets, out);
}

// t along dim (NULL: flattened), each place repeated as `repeats` (contiguous int64, 1 or n entries) says.
static Status repeat_interleave(Exec *x, const Tensor *self, const Tensor *repeats, bool scalar, IValue dim_,
	int64_t output_size, IValue *rets)
{
	Tensor *t = NULL, *wide = NULL, *even = NULL, *places = NULL, *out = NULL;
	int dim = 0;
	if (iv_is_none(dim_) || self->ndim == 0) {
		if (!iv_is_none(dim_))
			TRY(wrap_dim(arg_int(dim_), self->ndim, &dim, x->err));
		int64_t numel = self->numel;
		TRY(view_reshape(x, self, &numel, 1, &t));
		dim = 0;
	} else {
		TRY(wrap_dim(arg_int(dim_), self->ndim, &dim, x->err));
		t = tensor_alias(self);
	}
	int64_t size = t->sizes[dim];
	Status status = STATUS_OK;
	if (scalar || repeats->numel == 1) {
		int64_t flat = 1, zero = 0;
		Tensor *one = tensor_view(repeats, &flat, &zero, 1, repeats->offset);
		status = view_expand(x, one, &size, 1, &wide);
		if (!status)
			status = cpu_prepare(x, wide, DT_I64, &even);
		tensor_unref(&one);
	} else if (repeats->numel != size) {
		status = xfail(x,
			"repeats must have the same size as input along dim, but got repeats.size(0) = %" PRId64
			" and input.size(%d) = %" PRId64,
			repeats->numel, dim, size);
	} else {
		even = tensor_alias(repeats);
	}
	if (!status)
		status = interleaved_places(x, even, output_size, &places);
	if (!status)
		status = take_places(x, t, dim, tensor_data(places), places->numel, &out);
	tensor_unref(&t);
	tensor_unref(&wide);
	tensor_unref(&even);
	tensor_unref(&places);
	return status ? status : ret_tensor(rets, out);
}

KERNEL(repeat_interleave_self_Tensor)
{
	Tensor *repeats;
	TRY(prepare_repeats(x, arg_tensor(args[1]), &repeats));
	Status status = repeat_interleave(x, arg_tensor(args[0]), repeats, repeats->ndim == 0, args[2],
		arg_int_or(args[3], -1), rets);
	tensor_unref(&repeats);
	return status;
}

KERNEL(repeat_interleave_self_int)
{
	Tensor *repeats;
	if (arg_int(args[1]) < 0)
		return xfail(x, "Repeats must be non-negative");
	TRY(tensor_scalar_i64(DT_I64, arg_int(args[1]), &repeats, x->err));
	Status status = repeat_interleave(x, arg_tensor(args[0]), repeats, true, args[2], arg_int_or(args[3], -1), rets);
	tensor_unref(&repeats);
	return status;
}

// ---- grids

static Status meshgrid(Exec *x, const ListObj *in, bool xy, IValue *rets)
{
	int64_t sizes[MAX_DIMS];
	if (in->n == 0)
		return xfail(x, "meshgrid expects a non-empty TensorList");
	if (in->n > MAX_DIMS)
		return xfail(x, "meshgrid: a tensor has at most %d dimensions", MAX_DIMS);
	int n = (int)in->n;
	for (int i = 0; i < n; i++) {
		const Tensor *t = in->items[i].tensor;
		if (t->ndim > 1)
			return xfail(x, "torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got a tensor of %d dimensions",
				t->ndim);
		if (t->dtype != in->items[0].tensor->dtype)
			return xfail(x, "meshgrid expects all tensors to have the same dtype");
		sizes[i] = t->numel;
	}
	xy = xy && n >= 2;
	if (xy) {
		int64_t first = sizes[0];
		sizes[0] = sizes[1];
		sizes[1] = first;
	}
	ListObj *out = list_new(&type_tensor, n);
	Status status = STATUS_OK;
	for (int i = 0; i < n && !status; i++) {
		const Tensor *t = in->items[i].tensor;
		int64_t strides[MAX_DIMS] = {0};
		int place = xy && i < 2 ? 1 - i : i;
		strides[place] = t->ndim ? t->strides[0] : 1;
		status = list_append_take(out, iv_take_tensor(tensor_view(t, sizes, strides, n, t->offset)), x->err);
	}
	rets[0] = iv_take_list(out);
	if (status)
		ivalue_unref(&rets[0]);
	return status;
}

KERNEL(meshgrid) { return meshgrid(x, args[0].list, false, rets); }

KERNEL(meshgrid_indexing)
{
	const char *how = arg_str(args[1]);
	if (strcmp(how, "xy") && strcmp(how, "ij"))
		return xfail(x, "torch.meshgrid: indexing must be one of \"xy\" or \"ij\", but received: %s", how);
	return meshgrid(x, args[0].list, !strcmp(how, "xy"), rets);
}

KERNEL(cartesian_prod)
{
	char text[SHAPE_TEXT];
	const ListObj *in = args[0].list;
	for (int64_t i = 0; i < in->n; i++)
		if (in->items[i].tensor->ndim != 1)
			return xfail(x, "Expect a 1D vector, but got shape %s",
				shape_text(in->items[i].tensor->sizes, in->items[i].tensor->ndim, text));
	if (in->n == 1)
		return ret_tensor(rets, tensor_ref(in->items[0].tensor));
	IValue grids;
	TRY(meshgrid(x, in, false, &grids));
	const Tensor *first = grids.list->items[0].tensor;
	int64_t sizes[2] = {first->numel, in->n};
	Tensor *out;
	Status status = tensor_empty(tensor_dtype(first), sizes, 2, &out, x->err);
	for (int64_t i = 0; i < in->n && !status; i++) {
		Tensor *flat = NULL, *column = view_select(out, 1, i);
		status = view_reshape(x, grids.list->items[i].tensor, sizes, 1, &flat);
		if (!status)
			status = cpu_copy(x, column, flat);
		tensor_unref(&flat);
		tensor_unref(&column);
		if (status)
			tensor_unref(&out);
	}
	ivalue_unref(&grids);
	return status ? status : ret_tensor(rets, out);
}

KERNEL(combinations)
{
	char text[SHAPE_TEXT];
	const Tensor *t = arg_tensor(args[0]);
	int64_t r = arg_int(args[1]), n = t->numel;
	bool again = arg_bool(args[2]);
	if (t->ndim != 1)
		return xfail(x, "Expect a 1D vector, but got shape %s", shape_text(t->sizes, t->ndim, text));
	if (r < 0)
		return xfail(x, "Expect a non-negative number, but got %" PRId64, r);
	Tensor *out, *dense;
	if (r == 0) {
		int64_t zero = 0;
		TRY(tensor_empty(tensor_dtype(t), &zero, 1, &out, x->err));
		return ret_tensor(rets, out);
	}
	// how many: C(n, r) or C(n + r - 1, r)
	int64_t top = again ? n + r - 1 : n;
	double count = n == 0 ? 0 : 1;
	for (int64_t i = 0; i < r && count > 0 && count < 1e15; i++)
		count = top - i <= 0 ? 0 : count * (double)(top - i) / (double)(i + 1);
	if (count > 1e12 || r > (1 << 20))
		return fail_memory(x->err, SIZE_MAX);
	int64_t sizes[2] = {(int64_t)(count + 0.5), r};
	TRY(cpu_prepare(x, t, tensor_dtype(t), &dense));
	Status status = tensor_empty(tensor_dtype(t), sizes, 2, &out, x->err);
	if (!status && out->numel) {
		size_t item = dtype_size(tensor_dtype(t));
		int64_t *pick = xmalloc(sizeof *pick * (size_t)r);
		for (int64_t i = 0; i < r; i++)
			pick[i] = again ? 0 : i;
		char *d = tensor_data(out);
		const char *s = tensor_data(dense);
		for (int64_t row = 0; row < sizes[0]; row++) {
			for (int64_t i = 0; i < r; i++, d += item)
				memcpy(d, s + (size_t)pick[i] * item, item);
			int64_t i = r - 1; // the next choice in order
			while (i >= 0 && pick[i] == (again ? n - 1 : n - r + i))
				i--;
			if (i < 0)
				break;
			pick[i]++;
			for (int64_t k = i + 1; k < r; k++)
				pick[k] = again ? pick[i] : pick[k - 1] + 1;
		}
		free(pick);
	}
	tensor_unref(&dense);
	return status ? status : ret_tensor(rets, out);
}
