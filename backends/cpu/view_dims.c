// SPDX-License-Identifier: BSD-3-Clause
// Views that reorder or restrict dimensions: permute, transpose, select, slice, diagonal, unfold, as_strided,
// and the views between complex numbers and pairs of reals.
#include "backends/cpu/view.h"

#include <inttypes.h>

Status view_permute(Exec *x, const Tensor *t, const int64_t *dims, int n, Tensor **out)
{
	int64_t sizes[MAX_DIMS], strides[MAX_DIMS];
	bool seen[MAX_DIMS] = {0};
	if (n != t->ndim)
		return xfail(x,
			"permute(sparse_coo): number of dimensions in the tensor input does not match the length of the "
			"desired ordering of dimensions i.e. input.dim() = %d is not equal to len(dims) = %d",
			t->ndim, n);
	for (int i = 0; i < n; i++) {
		int dim;
		TRY(wrap_dim(dims[i], t->ndim, &dim, x->err));
		if (seen[dim])
			return xfail(x, "permute(): duplicate dims are not allowed.");
		seen[dim] = true;
		sizes[i] = t->sizes[dim];
		strides[i] = t->strides[dim];
	}
	*out = tensor_view(t, sizes, strides, n, t->offset);
	return STATUS_OK;
}

Tensor *view_transpose(const Tensor *t, int d0, int d1)
{
	int64_t sizes[MAX_DIMS], strides[MAX_DIMS];
	for (int i = 0; i < t->ndim; i++) {
		int from = i == d0 ? d1 : i == d1 ? d0 : i;
		sizes[i] = t->sizes[from];
		strides[i] = t->strides[from];
	}
	return tensor_view(t, sizes, strides, t->ndim, t->offset);
}

Tensor *view_select(const Tensor *t, int dim, int64_t index)
{
	int64_t sizes[MAX_DIMS], strides[MAX_DIMS];
	int n = 0;
	for (int i = 0; i < t->ndim; i++) {
		if (i == dim)
			continue;
		sizes[n] = t->sizes[i];
		strides[n++] = t->strides[i];
	}
	return tensor_view(t, sizes, strides, n, t->offset + index * t->strides[dim]);
}

Tensor *view_range(const Tensor *t, int dim, int64_t start, int64_t length, int64_t step)
{
	int64_t sizes[MAX_DIMS], strides[MAX_DIMS];
	memcpy(sizes, t->sizes, sizeof(int64_t) * t->ndim);
	memcpy(strides, t->strides, sizeof(int64_t) * t->ndim);
	sizes[dim] = length;
	int64_t stride;
	// a step that overflows can only belong to a dimension of at most one element
	strides[dim] = __builtin_mul_overflow(strides[dim], step, &stride) ? strides[dim] : stride;
	return tensor_view(t, sizes, strides, t->ndim, t->offset + start * t->strides[dim]);
}

Tensor *view_move_last(const Tensor *t, int dim)
{
	int64_t sizes[MAX_DIMS], strides[MAX_DIMS];
	int n = 0;
	if (t->ndim == 0)
		return tensor_alias(t);
	for (int i = 0; i < t->ndim; i++) {
		if (i == dim)
			continue;
		sizes[n] = t->sizes[i];
		strides[n++] = t->strides[i];
	}
	sizes[n] = t->sizes[dim];
	strides[n++] = t->strides[dim];
	return tensor_view(t, sizes, strides, n, t->offset);
}

Status view_diagonal(Exec *x, const Tensor *t, int64_t offset, int64_t d1, int64_t d2, Tensor **out)
{
	int a, b;
	TRY(wrap_dim(d1, t->ndim, &a, x->err));
	TRY(wrap_dim(d2, t->ndim, &b, x->err));
	if (a == b)
		return xfail(x, "diagonal dimensions cannot be identical %" PRId64 ", %" PRId64, d1, d2);
	int64_t rows = t->sizes[a], cols = t->sizes[b];
	int64_t length = offset >= 0 ? (offset >= cols ? 0 : cols - offset) : (offset <= -rows ? 0 : rows + offset);
	if (length > (offset >= 0 ? rows : cols))
		length = offset >= 0 ? rows : cols;
	int64_t start = t->offset;
	if (length > 0)
		start += offset >= 0 ? offset * t->strides[b] : -offset * t->strides[a];
	int64_t sizes[MAX_DIMS], strides[MAX_DIMS];
	int n = 0;
	for (int i = 0; i < t->ndim; i++) {
		if (i == a || i == b)
			continue;
		sizes[n] = t->sizes[i];
		strides[n++] = t->strides[i];
	}
	sizes[n] = length;
	strides[n++] = t->strides[a] + t->strides[b];
	*out = tensor_view(t, sizes, strides, n, start);
	return STATUS_OK;
}

Tensor *view_as_pairs(const Tensor *t)
{
	int64_t sizes[MAX_DIMS + 1], strides[MAX_DIMS + 1];
	for (int i = 0; i < t->ndim; i++) {
		sizes[i] = t->sizes[i];
		strides[i] = 2 * t->strides[i];
	}
	sizes[t->ndim] = 2;
	strides[t->ndim] = 1;
	return tensor_over(t->storage, dtype_to_real(tensor_dtype(t)), sizes, strides, t->ndim + 1, 2 * t->offset);
}

// ---- ops: order of dimensions

KERNEL(permute)
{
	int64_t dims[MAX_DIMS];
	int n;
	Tensor *out;
	TRY(arg_ints(x, args[1], dims, MAX_DIMS, &n));
	TRY(view_permute(x, arg_tensor(args[0]), dims, n, &out));
	return ret_tensor(rets, out);
}

KERNEL(transpose_int)
{
	const Tensor *t = arg_tensor(args[0]);
	int a, b;
	TRY(wrap_dim(arg_int(args[1]), t->ndim, &a, x->err));
	TRY(wrap_dim(arg_int(args[2]), t->ndim, &b, x->err));
	return ret_tensor(rets, view_transpose(t, a, b));
}

KERNEL(swapaxes) { return op_transpose_int(x, args, nargs, rets); }
KERNEL(swapdims) { return op_transpose_int(x, args, nargs, rets); }

KERNEL(t)
{
	const Tensor *t = arg_tensor(args[0]);
	if (t->ndim > 2)
		return xfail(x, "t() expects a tensor with <= 2 dimensions, but self is %dD", t->ndim);
	return ret_tensor(rets, t->ndim == 2 ? view_transpose(t, 0, 1) : tensor_alias(t));
}

KERNEL(numpy_T)
{
	const Tensor *t = arg_tensor(args[0]);
	int64_t sizes[MAX_DIMS], strides[MAX_DIMS];
	for (int i = 0; i < t->ndim; i++) {
		sizes[i] = t->sizes[t->ndim - 1 - i];
		strides[i] = t->strides[t->ndim - 1 - i];
	}
	return ret_tensor(rets, tensor_view(t, sizes, strides, t->ndim, t->offset));
}

KERNEL(numpy_T_a) { return op_numpy_T(x, args, nargs, rets); }

static Tensor *conj_view(const Tensor *t)
{
	Tensor *out = tensor_alias(t);
	if (dtype_is_complex(tensor_dtype(t)))
		out->conj = !out->conj;
	return out;
}

// The matrix transpose of the last two dimensions; `name` is the attribute in messages.
static Status matrix_transpose(Exec *x, const Tensor *t, const char *name, bool conjugate, IValue *rets)
{
	if (t->ndim == 1)
		return xfail(x, "tensor.%s is only supported on matrices or batches of matrices. Got %d-D tensor.", name,
			t->ndim);
	Tensor *out = t->ndim ? view_transpose(t, t->ndim - 2, t->ndim - 1) : tensor_alias(t);
	if (conjugate && dtype_is_complex(tensor_dtype(t)))
		out->conj = !out->conj;
	return ret_tensor(rets, out);
}

KERNEL(mT) { return matrix_transpose(x, arg_tensor(args[0]), "mT", false, rets); }
KERNEL(mT_a) { return matrix_transpose(x, arg_tensor(args[0]), "mT", false, rets); }
KERNEL(mH) { return matrix_transpose(x, arg_tensor(args[0]), "mH", true, rets); }
KERNEL(mH_a) { return matrix_transpose(x, arg_tensor(args[0]), "mH", true, rets); }
KERNEL(adjoint) { return matrix_transpose(x, arg_tensor(args[0]), "adjoint()", true, rets); }

KERNEL(matrix_H)
{
	const Tensor *t = arg_tensor(args[0]);
	if (t->ndim != 0 && t->ndim != 2)
		return xfail(x,
			"tensor.H is only supported on matrices (2-D tensors). Got %d-D tensor.%s", t->ndim,
			t->ndim > 2 ? " For batches of matrices, consider using tensor.mH" : "");
	return matrix_transpose(x, t, "H", true, rets);
}

KERNEL(matrix_H_a) { return op_matrix_H(x, args, nargs, rets); }

static Status move_dims(Exec *x, const Tensor *t, const int64_t *src, int ns, const int64_t *dst, int nd, IValue *rets)
{
	char a[SHAPE_TEXT], b[SHAPE_TEXT];
	if (ns != nd)
		return xfail(x,
			"movedim: Invalid source or destination dims: source (%s dims) should contain the same number of "
			"dims as destination (%s dims)",
			shape_text(src, ns, a), shape_text(dst, nd, b));
	int64_t order[MAX_DIMS];
	bool taken[MAX_DIMS] = {0}, filled[MAX_DIMS] = {0};
	int64_t wrapped_src[MAX_DIMS], wrapped_dst[MAX_DIMS];
	for (int i = 0; i < ns; i++) {
		int from, to;
		TRY(wrap_dim(src[i], t->ndim, &from, x->err));
		TRY(wrap_dim(dst[i], t->ndim, &to, x->err));
		wrapped_src[i] = from;
		wrapped_dst[i] = to;
	}
	for (int i = 0; i < ns; i++) {
		if (taken[wrapped_src[i]])
			return xfail(x, "movedim: repeated dim in `source` (%s)", shape_text(src, ns, a));
		taken[wrapped_src[i]] = true;
	}
	for (int i = 0; i < ns; i++) {
		if (filled[wrapped_dst[i]])
			return xfail(x, "movedim: repeated dim in `destination` (%s)", shape_text(dst, nd, a));
		filled[wrapped_dst[i]] = true;
		order[wrapped_dst[i]] = wrapped_src[i];
	}
	if (t->ndim == 0)
		return ret_tensor(rets, tensor_alias(t));
	int next = 0;
	for (int i = 0; i < t->ndim; i++) {
		if (filled[i])
			continue;
		while (taken[next])
			next++;
		order[i] = next++;
	}
	Tensor *out;
	TRY(view_permute(x, t, order, t->ndim, &out));
	return ret_tensor(rets, out);
}

KERNEL(movedim_intlist)
{
	int64_t src[MAX_DIMS], dst[MAX_DIMS];
	int ns, nd;
	TRY(arg_ints(x, args[1], src, MAX_DIMS, &ns));
	TRY(arg_ints(x, args[2], dst, MAX_DIMS, &nd));
	return move_dims(x, arg_tensor(args[0]), src, ns, dst, nd, rets);
}

KERNEL(movedim_int)
{
	int64_t src = arg_int(args[1]), dst = arg_int(args[2]);
	return move_dims(x, arg_tensor(args[0]), &src, 1, &dst, 1, rets);
}

KERNEL(moveaxis_intlist) { return op_movedim_intlist(x, args, nargs, rets); }
KERNEL(moveaxis_int) { return op_movedim_int(x, args, nargs, rets); }

// ---- ops: parts

KERNEL(select_int)
{
	const Tensor *t = arg_tensor(args[0]);
	char text[SHAPE_TEXT];
	if (t->ndim == 0)
		return fail(x->err, STATUS_INDEX, "select() cannot be applied to a 0-dim tensor.");
	int dim;
	TRY(wrap_dim(arg_int(args[1]), t->ndim, &dim, x->err));
	int64_t index = arg_int(args[2]), size = t->sizes[dim];
	if (index < -size || index >= size)
		return fail(x->err, STATUS_INDEX,
			"select(): index %" PRId64 " out of range for tensor of size %s at dimension %d", index,
			shape_text(t->sizes, t->ndim, text), dim);
	return ret_tensor(rets, view_select(t, dim, index < 0 ? index + size : index));
}

KERNEL(slice_Tensor)
{
	const Tensor *t = arg_tensor(args[0]);
	if (t->ndim == 0)
		return fail(x->err, STATUS_INDEX, "slice() cannot be applied to a 0-dim tensor.");
	int dim;
	TRY(wrap_dim(arg_int(args[1]), t->ndim, &dim, x->err));
	int64_t size = t->sizes[dim], step = arg_int(args[4]);
	int64_t start = arg_int_or(args[2], 0), end = arg_int_or(args[3], INT64_MAX);
	if (step <= 0)
		return xfail(x, "slice step must be positive");
	if (start < 0)
		start += size;
	if (end < 0)
		end += size;
	start = start < 0 ? 0 : start > size ? size : start;
	end = end < start ? start : end > size ? size : end;
	int64_t length = end - start;
	return ret_tensor(rets, view_range(t, dim, start, length / step + (length % step != 0), step));
}

static Status narrow_to(Exec *x, const Tensor *t, int64_t dim, int64_t start, int64_t length, IValue *rets)
{
	int d;
	if (t->ndim == 0)
		return xfail(x, "narrow() cannot be applied to a 0-dim tensor.");
	if (length < 0)
		return xfail(x, "narrow(): length must be non-negative.");
	TRY(wrap_dim(dim, t->ndim, &d, x->err));
	int64_t size = t->sizes[d];
	if (start < -size || start > size)
		return fail(x->err, STATUS_INDEX,
			"start out of range (expected to be in range of [%" PRId64 ", %" PRId64 "], but got %" PRId64 ")",
			-size, size, start);
	if (start < 0)
		start += size;
	if (start > size - length)
		return xfail(x, "start (%" PRId64 ") + length (%" PRId64 ") exceeds dimension size (%" PRId64 ").",
			start, length, size);
	return ret_tensor(rets, view_range(t, d, start, length, 1));
}

KERNEL(narrow) { return narrow_to(x, arg_tensor(args[0]), arg_int(args[1]), arg_int(args[2]), arg_int(args[3]), rets); }

KERNEL(narrow_Tensor)
{
	const Tensor *start = arg_tensor(args[2]);
	if (start->ndim != 0 || !dtype_is_int(tensor_dtype(start)))
		return xfail(x, "start must be an 0-dim integral Tensor.");
	return narrow_to(x, arg_tensor(args[0]), arg_int(args[1]), element_i64(tensor_data(start), tensor_dtype(start)),
		arg_int(args[3]), rets);
}

KERNEL(diagonal)
{
	Tensor *out;
	TRY(view_diagonal(x, arg_tensor(args[0]), arg_int(args[1]), arg_int(args[2]), arg_int(args[3]), &out));
	return ret_tensor(rets, out);
}

KERNEL(linalg_diagonal) { return op_diagonal(x, args, nargs, rets); }

KERNEL(unfold)
{
	const Tensor *t = arg_tensor(args[0]);
	int dim;
	int64_t size = arg_int(args[2]), step = arg_int(args[3]);
	TRY(wrap_dim(arg_int(args[1]), t->ndim, &dim, x->err));
	int64_t have = t->ndim ? t->sizes[dim] : 1;
	if (size < 0)
		return xfail(x, "size is %" PRId64 " but must be >= 0", size);
	if (size > have)
		return xfail(x, "maximum size for tensor at dimension %d is %" PRId64 " but size is %" PRId64, dim, have,
			size);
	if (step <= 0)
		return xfail(x, "step is %" PRId64 " but must be > 0", step);
	int64_t sizes[MAX_DIMS + 1], strides[MAX_DIMS + 1];
	memcpy(sizes, t->sizes, sizeof(int64_t) * t->ndim);
	memcpy(strides, t->strides, sizeof(int64_t) * t->ndim);
	sizes[t->ndim] = size;
	strides[t->ndim] = t->ndim ? strides[dim] : 1;
	if (t->ndim == MAX_DIMS)
		return xfail(x, "unfold: a tensor has at most %d dimensions", MAX_DIMS);
	if (t->ndim) {
		int64_t stride;
		sizes[dim] = (have - size) / step + 1;
		if (!__builtin_mul_overflow(strides[dim], step, &stride))
			strides[dim] = stride;
	}
	return ret_tensor(rets, tensor_view(t, sizes, strides, t->ndim + 1, t->offset));
}

// Reads size, stride and offset arguments and checks that they stay inside t's storage.
static Status strided_geometry(Exec *x, const Tensor *t, const IValue *args, int64_t *sizes, int64_t *strides, int *n,
	int64_t *offset)
{
	char a[SHAPE_TEXT], b[SHAPE_TEXT];
	int m;
	TRY(arg_ints(x, args[0], sizes, MAX_DIMS, n));
	TRY(arg_ints(x, args[1], strides, MAX_DIMS, &m));
	*offset = arg_int_or(args[2], t->offset);
	if (*n != m)
		return xfail(x, "mismatch in length of strides and shape");
	for (int i = 0; i < m; i++)
		if (strides[i] < 0)
			return xfail(x, "as_strided: Negative strides are not supported at the moment, got strides: %s",
				shape_text(strides, m, b));
	if (*offset < 0)
		return xfail(x, "Tensor: invalid storage offset %" PRId64, *offset);
	bool overflow = *offset > INT64_MAX / 16;
	int64_t numel, need = overflow ? 1 : *offset + 1;
	for (int i = 0; i < m; i++) {
		overflow |= sizes[i] < 0;
		int64_t span;
		if (sizes[i] > 0)
			overflow |= __builtin_mul_overflow(sizes[i] - 1, strides[i], &span) ||
				    __builtin_add_overflow(need, span, &need);
	}
	size_t item = dtype_size(tensor_dtype(t));
	if (overflow || !sizes_product(sizes, m, &numel) || need > INT64_MAX / 16)
		return xfail(x, "Storage size calculation overflowed with sizes=%s and strides=%s",
			shape_text(sizes, m, a), shape_text(strides, m, b));
	if (numel && tensor_device(t) != DEVICE_META && (size_t)need * item > t->storage->nbytes)
		return xfail(x,
			"setStorage: sizes %s, strides %s, storage offset %" PRId64 ", and itemsize %zu requiring a storage "
			"size of %zu are out of bounds for storage of size %zu",
			shape_text(sizes, m, a), shape_text(strides, m, b), *offset, item, (size_t)need * item,
			t->storage->nbytes);
	return STATUS_OK;
}

KERNEL(as_strided)
{
	const Tensor *t = arg_tensor(args[0]);
	int64_t sizes[MAX_DIMS], strides[MAX_DIMS], offset;
	int n;
	TRY(strided_geometry(x, t, args + 1, sizes, strides, &n, &offset));
	return ret_tensor(rets, tensor_view(t, sizes, strides, n, offset));
}

KERNEL(as_strided_)
{
	Tensor *t = arg_tensor(args[0]);
	int64_t sizes[MAX_DIMS], strides[MAX_DIMS], offset;
	int n;
	TRY(strided_geometry(x, t, args + 1, sizes, strides, &n, &offset));
	tensor_set_geometry(t, sizes, strides, n, offset);
	return ret_tensor(rets, tensor_ref(t));
}

KERNEL(_reshape_alias)
{
	IValue strided[4] = {args[0], args[1], args[2], iv_none()};
	return op_as_strided(x, strided, 4, rets);
}

// ---- ops: complex numbers as pairs

KERNEL(view_as_real)
{
	const Tensor *t = arg_tensor(args[0]);
	if (!dtype_is_complex(tensor_dtype(t)))
		return xfail(x, "view_as_real is only supported for complex tensors");
	if (t->conj)
		return xfail(x, "view_as_real doesn't work on unresolved conjugated tensors.  To resolve the conjugate "
				"tensor so you can view it as real, use self.resolve_conj(); however, be warned that the "
				"resulting tensor will NOT alias the original.");
	if (t->ndim == MAX_DIMS)
		return xfail(x, "view_as_real: a tensor has at most %d dimensions", MAX_DIMS);
	return ret_tensor(rets, view_as_pairs(t));
}

KERNEL(view_as_complex)
{
	const Tensor *t = arg_tensor(args[0]);
	DType d = tensor_dtype(t), to = d == DT_F16 ? DT_C32 : d == DT_F32 ? DT_C64 : DT_C128;
	if (d != DT_F16 && d != DT_F32 && d != DT_F64)
		return xfail(x,
			"view_as_complex is only supported for half, float and double tensors, but got a tensor of scalar "
			"type: %s",
			dtype_class_name(d));
	int n = t->ndim - 1;
	if (n < 0)
		return xfail(x, "Input tensor must have one or more dimensions");
	if (t->sizes[n] != 2)
		return xfail(x, "Tensor must have a last dimension of size 2");
	if (t->strides[n] != 1)
		return xfail(x, "Tensor must have a last dimension with stride 1");
	int64_t strides[MAX_DIMS];
	for (int i = 0; i < n; i++) {
		if (t->strides[i] % 2)
			return xfail(x, "Tensor must have a stride divisible by 2 for all but last dimension");
		strides[i] = t->strides[i] / 2;
	}
	if (t->offset % 2)
		return xfail(x, "Tensor must have a storage_offset divisible by 2");
	return ret_tensor(rets, tensor_over(t->storage, to, t->sizes, strides, n, t->offset / 2));
}

static Tensor *pair_part(const Tensor *t, int64_t which)
{
	Tensor *pairs = view_as_pairs(t);
	Tensor *part = view_select(pairs, t->ndim, which);
	tensor_unref(&pairs);
	return part;
}

KERNEL(real)
{
	Tensor *t = arg_tensor(args[0]);
	if (!dtype_is_complex(tensor_dtype(t)))
		return ret_tensor(rets, tensor_ref(t));
	Tensor *part = pair_part(t, 0);
	part->neg = t->neg;
	return ret_tensor(rets, part);
}

KERNEL(imag)
{
	const Tensor *t = arg_tensor(args[0]);
	if (!dtype_is_complex(tensor_dtype(t)))
		return xfail(x, "imag is not implemented for tensors with non-complex dtypes.");
	Tensor *part = pair_part(t, 1);
	part->neg = t->neg != t->conj;
	return ret_tensor(rets, part);
}

KERNEL(conj)
{
	Tensor *t = arg_tensor(args[0]);
	return ret_tensor(rets, dtype_is_complex(tensor_dtype(t)) ? conj_view(t) : tensor_ref(t));
}

KERNEL(_conj) { return ret_tensor(rets, conj_view(arg_tensor(args[0]))); }

KERNEL(_neg_view)
{
	Tensor *out = tensor_alias(arg_tensor(args[0]));
	out->neg = !out->neg;
	return ret_tensor(rets, out);
}

static Status resolve(Exec *x, Tensor *t, bool wanted, IValue *rets)
{
	if (!wanted)
		return ret_tensor(rets, tensor_ref(t));
	Tensor *out;
	TRY(cpu_prepare(x, t, tensor_dtype(t), &out));
	return ret_tensor(rets, out);
}

KERNEL(resolve_conj) { return resolve(x, arg_tensor(args[0]), arg_tensor(args[0])->conj, rets); }
KERNEL(resolve_neg) { return resolve(x, arg_tensor(args[0]), arg_tensor(args[0])->neg, rets); }

// ---- ops: the same geometry

KERNEL(alias) { return ret_tensor(rets, tensor_alias(arg_tensor(args[0]))); }

KERNEL(detach)
{
	Tensor *out = tensor_alias(arg_tensor(args[0]));
	out->requires_grad = false;
	return ret_tensor(rets, out);
}

KERNEL(data) { return op_detach(x, args, nargs, rets); }

KERNEL(detach_)
{
	Tensor *t = arg_tensor(args[0]);
	t->requires_grad = false;
	return ret_tensor(rets, tensor_ref(t));
}

// ---- ops: the copying forms

KERNEL(alias_copy) { return ret_copies(x, op_alias, args, nargs, rets); }
KERNEL(detach_copy) { return ret_copies(x, op_detach, args, nargs, rets); }
KERNEL(as_strided_copy) { return ret_copies(x, op_as_strided, args, nargs, rets); }
KERNEL(_reshape_alias_copy) { return ret_copies(x, op__reshape_alias, args, nargs, rets); }
KERNEL(permute_copy) { return ret_copies(x, op_permute, args, nargs, rets); }
KERNEL(transpose_copy_int) { return ret_copies(x, op_transpose_int, args, nargs, rets); }
KERNEL(t_copy) { return ret_copies(x, op_t, args, nargs, rets); }
KERNEL(select_copy_int) { return ret_copies(x, op_select_int, args, nargs, rets); }
KERNEL(slice_copy_Tensor) { return ret_copies(x, op_slice_Tensor, args, nargs, rets); }
KERNEL(narrow_copy) { return ret_copies(x, op_narrow, args, nargs, rets); }
KERNEL(diagonal_copy) { return ret_copies(x, op_diagonal, args, nargs, rets); }
KERNEL(unfold_copy) { return ret_copies(x, op_unfold, args, nargs, rets); }
KERNEL(view_as_real_copy) { return ret_copies(x, op_view_as_real, args, nargs, rets); }
KERNEL(view_as_complex_copy) { return ret_copies(x, op_view_as_complex, args, nargs, rets); }
KERNEL(_conj_copy) { return ret_copies(x, op__conj, args, nargs, rets); }
KERNEL(_neg_view_copy) { return ret_copies(x, op__neg_view, args, nargs, rets); }

// ---- ops that only matter to devices or tracers elsewhere

KERNEL(lift) { return ret_tensor(rets, tensor_ref(arg_tensor(args[0]))); }
KERNEL(lift_fresh) { return ret_tensor(rets, tensor_ref(arg_tensor(args[0]))); }
KERNEL(lift_fresh_copy) { return ret_copies(x, op_alias, args, nargs, rets); }
KERNEL(_lazy_clone) { return ret_copies(x, op_alias, args, nargs, rets); }
KERNEL(pin_memory) { return ret_tensor(rets, tensor_ref(arg_tensor(args[0]))); }
KERNEL(_pin_memory) { return ret_tensor(rets, tensor_ref(arg_tensor(args[0]))); }
