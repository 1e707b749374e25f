// SPDX-License-Identifier: BSD-3-Clause
// Binary search in sorted sequences (searchsorted, bucketize) and membership (isin).
#include "backends/cpu/sort.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

// The dtype in which the two are compared.
static DType common_dtype(const Tensor *a, const Tensor *b, IValue number)
{
	Promotion p = PROMOTION_INIT;
	promote_add_tensor(&p, a);
	if (b)
		promote_add_tensor(&p, b);
	else
		promote_add_number(&p, number);
	return promote_result(&p);
}

typedef struct SearchArg {
	const char *sequence, *values;
	const int64_t *sorter;
	void *out;
	DType dtype;
	KeyKind kind;
	int64_t length, per_line; // of the sequence; values a line
	bool one_line, right, narrow;
} SearchArg;

// a >= b and a > b as C compares: false when either is NaN.
static bool key_ge(KeyKind kind, Key a, Key b)
{
	return kind == KEY_F64 ? a.f >= b.f : kind == KEY_I64 ? a.i >= b.i : a.u >= b.u;
}
static bool key_gt(KeyKind kind, Key a, Key b)
{
	return kind == KEY_F64 ? a.f > b.f : kind == KEY_I64 ? a.i > b.i : a.u > b.u;
}

static void search_range(void *arg, int64_t begin, int64_t end)
{
	const SearchArg *s = arg;
	size_t item = dtype_size(s->dtype);
	for (int64_t i = begin; i < end; i++) {
		int64_t line = s->one_line ? 0 : i / s->per_line, lo = 0, hi = s->length;
		const char *seq = s->sequence + (size_t)(line * s->length) * item;
		const int64_t *order = s->sorter ? s->sorter + line * s->length : NULL;
		Key v = key_of(s->values + (size_t)i * item, s->dtype);
		while (lo < hi) {
			int64_t mid = lo + (hi - lo) / 2;
			Key m = key_of(seq + (size_t)(order ? order[mid] : mid) * item, s->dtype);
			if (s->right ? !key_gt(s->kind, m, v) : !key_ge(s->kind, m, v))
				lo = mid + 1;
			else
				hi = mid;
		}
		if (s->narrow)
			((int32_t *)s->out)[i] = (int32_t)lo;
		else
			((int64_t *)s->out)[i] = lo;
	}
}

static Status search(Exec *x, const Tensor *sequence, const Tensor *values, bool narrow, bool right,
	const Tensor *sorter, IValue *rets)
{
	DType d = common_dtype(sequence, values, iv_none());
	if (dtype_is_complex(d) || d == DT_NONE)
		return fail(x->err, STATUS_UNSUPPORTED, "searchsorted: not for complex numbers");
	Tensor *seq = NULL, *val = NULL, *order = NULL, *out = NULL;
	Status status = cpu_prepare(x, sequence, d, &seq);
	if (!status)
		status = cpu_prepare(x, values, d, &val);
	if (!status && sorter)
		status = cpu_prepare(x, sorter, DT_I64, &order);
	int64_t length = sequence->ndim ? sequence->sizes[sequence->ndim - 1] : 1;
	for (int64_t i = 0; !status && order && i < order->numel; i++) {
		int64_t at = ((const int64_t *)tensor_data(order))[i];
		if (at < 0 || at >= length)
			status = xfail(x, "torch.searchsorted(): sorter index out of range");
	}
	if (!status && narrow && length > INT32_MAX)
		status = xfail(x, "torch.searchsorted(): the size of boundaries' last dimension should be less than 2147483647, "
				  "but we got %" PRId64,
			length);
	if (!status)
		status = tensor_empty(narrow ? DT_I32 : DT_I64, values->sizes, values->ndim, &out, x->err);
	if (!status && out->numel) {
		SearchArg s = {tensor_data(seq), tensor_data(val), order ? tensor_data(order) : NULL, tensor_data(out), d,
			key_kind(d), length, values->ndim ? values->sizes[values->ndim - 1] : 1, sequence->ndim <= 1, right,
			narrow};
		parallel_for(out->numel, 2048, search_range, &s);
	}
	tensor_unref(&seq);
	tensor_unref(&val);
	tensor_unref(&order);
	return status ? status : ret_tensor(rets, out);
}

static Status check_search(Exec *x, const Tensor *sequence, const Tensor *values, bool scalar, bool *right, const char *side,
	const Tensor *sorter)
{
	char a[SHAPE_TEXT], b[SHAPE_TEXT];
	if (side && strcmp(side, "left") && strcmp(side, "right"))
		return xfail(x, "torch.searchsorted(): side can only be 'left' or 'right' but got %s", side);
	if (side && *right && !strcmp(side, "left"))
		return xfail(x, "torch.searchsorted(): side and right can't be set to opposites, got side of left while right was "
				"True");
	if (side)
		*right = !strcmp(side, "right");
	if (scalar && sequence->ndim != 1)
		return xfail(x,
			"torch.searchsorted(): input value can be a scalar only when boundaries tensor dimension is 1, but we got "
			"boundaries tensor dim(%d) and input value's dim(%d) numel(%" PRId64 ")",
			sequence->ndim, values->ndim, values->numel);
	if (sequence->ndim == 0)
		return xfail(x, "torch.searchsorted(): input value can be a scalar only when boundaries tensor dimension is 1");
	bool match = sequence->ndim == 1;
	if (!match && sequence->ndim == values->ndim) {
		match = true;
		for (int d = 0; d + 1 < sequence->ndim; d++)
			match &= sequence->sizes[d] == values->sizes[d];
	}
	if (!match)
		return xfail(x,
			"torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries "
			"tensor and input value tensor must match, but we got boundaries tensor %s and input value tensor %s",
			shape_text(sequence->sizes, sequence->ndim, a), shape_text(values->sizes, values->ndim, b));
	if (sorter && !sizes_equal(sorter, sequence))
		return xfail(x,
			"torch.searchsorted(): boundary and sorter must have the same size, but got boundary tensor %s and got "
			"sorter tensor %s",
			shape_text(sequence->sizes, sequence->ndim, a), shape_text(sorter->sizes, sorter->ndim, b));
	if (sorter && tensor_dtype(sorter) != DT_I64)
		return xfail(x, "torch.searchsorted(): sorter must be a tensor of long dtype but got dtype %s",
			dtype_class_name(tensor_dtype(sorter)));
	return STATUS_OK;
}

KERNEL(searchsorted_Tensor)
{
	const Tensor *sequence = arg_tensor(args[0]), *values = arg_tensor(args[1]), *sorter = arg_tensor(args[5]);
	bool right = arg_bool(args[3]);
	TRY(check_search(x, sequence, values, values->ndim == 0 && values->numel == 1, &right, arg_str(args[4]), sorter));
	return search(x, sequence, values, arg_bool(args[2]), right, sorter, rets);
}

// A 0-d tensor of the number, of the dtype in which it is compared with t.
static Status number_beside(Exec *x, IValue v, const Tensor *t, Tensor **out)
{
	TRY(tensor_empty(common_dtype(t, NULL, v), NULL, 0, out, x->err));
	Status status = cpu_fill(x, *out, v);
	if (status)
		tensor_unref(out);
	return status;
}

KERNEL(searchsorted_Scalar)
{
	const Tensor *sequence = arg_tensor(args[0]), *sorter = arg_tensor(args[5]);
	bool right = arg_bool(args[3]);
	Tensor *value;
	TRY(number_beside(x, args[1], sequence, &value));
	Status status = check_search(x, sequence, value, true, &right, arg_str(args[4]), sorter);
	if (!status)
		status = search(x, sequence, value, arg_bool(args[2]), right, sorter, rets);
	tensor_unref(&value);
	return status;
}

KERNEL(bucketize_Tensor)
{
	const Tensor *boundaries = arg_tensor(args[1]);
	if (boundaries->ndim != 1)
		return xfail(x, "boundaries tensor must be 1 dimension, but got dim(%d)", boundaries->ndim);
	return search(x, boundaries, arg_tensor(args[0]), arg_bool(args[2]), arg_bool(args[3]), NULL, rets);
}

KERNEL(bucketize_Scalar)
{
	const Tensor *boundaries = arg_tensor(args[1]);
	if (boundaries->ndim != 1)
		return xfail(x, "boundaries tensor must be 1 dimension, but got dim(%d)", boundaries->ndim);
	Tensor *value;
	TRY(number_beside(x, args[0], boundaries, &value));
	Status status = search(x, boundaries, value, arg_bool(args[2]), arg_bool(args[3]), NULL, rets);
	tensor_unref(&value);
	return status;
}

// ---- isin

static Status isin(Exec *x, const Tensor *elements, const Tensor *tests, bool invert, IValue *rets)
{
	const Tensor *bad = dtype_is_complex(tensor_dtype(elements)) ? elements
			    : dtype_is_complex(tensor_dtype(tests))  ? tests
								     : NULL;
	if (bad)
		return xfail(x, "Unsupported input type encountered for isin(): %s", dtype_class_name(tensor_dtype(bad)));
	DType d = common_dtype(elements, tests, iv_none());
	Tensor *a = NULL, *b = NULL, *out = NULL;
	Keyed *keys = NULL;
	Status status = cpu_prepare(x, elements, d, &a);
	if (!status)
		status = cpu_prepare(x, tests, d, &b);
	if (!status)
		status = tensor_empty(DT_BOOL, elements->sizes, elements->ndim, &out, x->err);
	if (!status)
		status = keys_new(x, b->numel, &keys);
	if (!status) {
		KeyKind kind = key_kind(d);
		int64_t n = b->numel, item = (int64_t)dtype_size(d);
		uint8_t *o = tensor_data(out);
		keys_load(keys, tensor_data(b), item, d, n);
		keys_sort(keys, keys + n, n, kind, false);
		for (int64_t i = 0; i < a->numel; i++) {
			Key v = key_of((const char *)tensor_data(a) + i * item, d);
			int64_t lo = 0, hi = n;
			while (lo < hi) {
				int64_t mid = lo + (hi - lo) / 2;
				if (key_less(kind, keys[mid].key, v))
					lo = mid + 1;
				else
					hi = mid;
			}
			o[i] = (lo < n && key_equal(kind, keys[lo].key, v)) != invert;
		}
	}
	free(keys);
	tensor_unref(&a);
	tensor_unref(&b);
	if (status)
		tensor_unref(&out);
	return status ? status : ret_tensor(rets, out);
}

KERNEL(isin_Tensor_Tensor) { return isin(x, arg_tensor(args[0]), arg_tensor(args[1]), arg_bool(args[3]), rets); }

KERNEL(isin_Tensor_Scalar)
{
	Tensor *value;
	TRY(number_beside(x, args[1], arg_tensor(args[0]), &value));
	Status status = isin(x, arg_tensor(args[0]), value, arg_bool(args[3]), rets);
	tensor_unref(&value);
	return status;
}

KERNEL(isin_Scalar_Tensor)
{
	Tensor *value;
	TRY(number_beside(x, args[0], arg_tensor(args[1]), &value));
	Status status = isin(x, value, arg_tensor(args[1]), arg_bool(args[3]), rets);
	tensor_unref(&value);
	return status;
}
