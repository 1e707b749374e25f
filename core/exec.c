// SPDX-License-Identifier: BSD-3-Clause
// Reading list arguments of operations.
#include "core/exec.h"

Status arg_ints(Exec *x, IValue v, int64_t *out, int cap, int *n)
{
	*n = 0;
	if (iv_is_none(v))
		return STATUS_OK;
	if (v.tag != TAG_LIST) { // a single int where int[N] is wanted
		if (cap < 1)
			return xfail(x, "too many values in a list of ints");
		out[0] = iv_as_i64(v);
		*n = 1;
		return STATUS_OK;
	}
	const ListObj *l = v.list;
	if (l->n > cap)
		return xfail(x, "a list of %lld ints is too long here, at most %d are possible", (long long)l->n, cap);
	for (int64_t i = 0; i < l->n; i++)
		out[i] = iv_as_i64(l->items[i]);
	*n = (int)l->n;
	return STATUS_OK;
}

Status arg_ints_fixed(Exec *x, IValue v, int64_t *out, int want, const char *what)
{
	int n = 0;
	if (iv_is_none(v))
		return STATUS_OK; // the caller's defaults stay
	if (v.tag == TAG_LIST && v.list->n > want)
		n = v.list->n > 1000 ? 1000 : (int)v.list->n;
	else
		TRY(arg_ints(x, v, out, want, &n));
	if (n == want)
		return STATUS_OK;
	if (n != 1)
		return xfail(x, "expected %s to be a single integer value or a list of %d values, but got a list of %d", what,
			want, n);
	for (int i = 1; i < want; i++)
		out[i] = out[0];
	return STATUS_OK;
}

Status arg_floats(Exec *x, IValue v, double *out, int cap, int *n)
{
	*n = 0;
	if (iv_is_none(v))
		return STATUS_OK;
	if (v.tag != TAG_LIST) {
		if (cap < 1)
			return xfail(x, "too many values in a list of floats");
		out[0] = iv_as_f64(v);
		*n = 1;
		return STATUS_OK;
	}
	const ListObj *l = v.list;
	if (l->n > cap)
		return xfail(x, "a list of %lld floats is too long here, at most %d are possible", (long long)l->n, cap);
	for (int64_t i = 0; i < l->n; i++)
		out[i] = iv_as_f64(l->items[i]);
	*n = (int)l->n;
	return STATUS_OK;
}

Status arg_dtype(Exec *x, IValue v, DType none, DType *out)
{
	*out = none;
	if (iv_is_none(v))
		return STATUS_OK;
	int64_t code = iv_as_i64(v);
	if (code < 0 || code >= DTYPE_CODES)
		return xfail(x, "%lld is not the number of a dtype", (long long)code);
	if (!dtype_valid(code))
		return fail(x->err, STATUS_UNSUPPORTED, "the dtype with number %lld is not supported", (long long)code);
	*out = (DType)code;
	return STATUS_OK;
}
