// SPDX-License-Identifier: BSD-3-Clause
// The layers of archives that were optimised for mobile processors: linear and convolution layers whose weights
// stand in a context object, followed by a clamp.  They compute what the plain layers compute.
#include <math.h>

#include "backends/cpu/conv.h"
#include "backends/cpu/gemm.h"
#include "backends/cpu/packed.h"
#include "backends/cpu/view.h"

typedef struct Bounds { float lo, hi; } Bounds;

static Bounds bounds_of(const IValue *v)
{
	return (Bounds){(float)arg_float_or(v[0], -INFINITY), (float)arg_float_or(v[1], INFINITY)};
}

static void clamp_all(Tensor *t, Bounds b) // t is fresh and dense
{
	float *p = tensor_data(t);
	for (int64_t i = 0; i < t->numel; i++) {
		float v = p[i] < b.lo ? b.lo : p[i];
		p[i] = v > b.hi ? b.hi : v;
	}
}

static Status weights_of(Exec *x, const IValue *items, int ndim, Tensor **w, Tensor **b)
{
	*w = arg_tensor(items[0]);
	*b = arg_tensor(items[1]);
	if (!*w || tensor_dtype(*w) != DT_F32 || (*w)->ndim != ndim || (*b && tensor_dtype(*b) != DT_F32))
		return xfail(x, "expected a float weight of %d dimensions in a prepacked layer", ndim);
	return STATUS_OK;
}

static Status want_float(Exec *x, const Tensor *t, const char *op)
{
	return tensor_dtype(t) == DT_F32 ? STATUS_OK
		: xfail(x, "prepacked::%s expects a Float input, got %s", op, dtype_class_name(tensor_dtype(t)));
}

KERNEL(prepacked_linear_clamp_prepack)
{
	IValue *items;
	rets[0] = packed_new(PACKED_XNN_LINEAR, &items);
	for (int i = 0; i < 4; i++)
		items[i] = ivalue_ref(args[i]);
	return STATUS_OK;
}

KERNEL(prepacked_linear_clamp_run)
{
	const IValue *items;
	Tensor *in = arg_tensor(args[0]), *w, *b, *a = NULL, *cw = NULL, *cb = NULL, *r = NULL;
	TRY(packed_items(x, args[1], PACKED_XNN_LINEAR, &items));
	TRY(weights_of(x, items, 2, &w, &b));
	TRY(want_float(x, in, "linear_clamp_run"));
	int64_t n = w->sizes[0], k = w->sizes[1], sizes[MAX_DIMS], rows = 1;
	if (in->ndim < 1 || in->sizes[in->ndim - 1] != k || (b && b->numel != n))
		return xfail(x, "prepacked::linear_clamp_run: the input's last dimension must be of size %lld", (long long)k);
	for (int i = 0; i < in->ndim - 1; i++)
		rows *= sizes[i] = in->sizes[i];
	sizes[in->ndim - 1] = n;
	Status s = cpu_contiguous(x, in, &a);
	if (s == STATUS_OK)
		s = cpu_contiguous(x, w, &cw);
	if (s == STATUS_OK && b)
		s = cpu_contiguous(x, b, &cb);
	if (s == STATUS_OK)
		s = tensor_empty(DT_F32, sizes, in->ndim, &r, x->err);
	if (s == STATUS_OK) {
		float *o = tensor_data(r);
		for (int64_t i = 0; cb && i < rows; i++)
			for (int64_t j = 0; j < n; j++)
				o[i * n + j] = ((const float *)tensor_data(cb))[j];
		Gemm g = {.m = rows, .n = n, .k = k, .a = {.data = tensor_data(a), .rs = k, .cs = 1},
			.b = {.data = tensor_data(cw), .rs = 1, .cs = k}, .c = o, .ldc = n, .alpha = 1, .beta = cb ? 1 : 0};
		s = gemm_float(DT_F32, &g, x->err);
	}
	tensor_unref(&a);
	tensor_unref(&cw);
	tensor_unref(&cb);
	if (s != STATUS_OK) {
		tensor_unref(&r);
		return s;
	}
	clamp_all(r, bounds_of(items + 2));
	return ret_tensor(rets, r);
}

static Status pair_of(Exec *x, IValue v, IValue *out)
{
	int64_t p[2] = {0};
	TRY(arg_ints_fixed(x, v, p, 2, "a convolution parameter"));
	*out = iv_take_list(list_of_ints(p, 2));
	return STATUS_OK;
}

static Status conv_prepack(Exec *x, PackedClass c, const IValue *args, int npairs, IValue *rets)
{
	IValue *items, v = packed_new(c, &items);
	Status s = STATUS_OK;
	items[0] = ivalue_ref(args[0]);
	items[1] = ivalue_ref(args[1]);
	for (int i = 2; i < 2 + npairs && s == STATUS_OK; i++)
		s = pair_of(x, args[i], &items[i]);
	for (int i = 2 + npairs; i < 5 + npairs; i++)
		items[i] = ivalue_ref(args[i]);
	if (s != STATUS_OK)
		ivalue_unref(&v);
	else
		rets[0] = v;
	return s;
}

KERNEL(prepacked_conv2d_clamp_prepack)
{
	return conv_prepack(x, PACKED_XNN_CONV2D, args, 3, rets);
}

KERNEL(prepacked_conv2d_transpose_clamp_prepack)
{
	return conv_prepack(x, PACKED_XNN_TRANSPOSE, args, 4, rets);
}

static Status context_run(Exec *x, const IValue *args, bool transposed, IValue *rets)
{
	const IValue *items;
	Tensor *in = arg_tensor(args[0]), *w, *b, *r;
	TRY(packed_items(x, args[1], transposed ? PACKED_XNN_TRANSPOSE : PACKED_XNN_CONV2D, &items));
	TRY(weights_of(x, items, 4, &w, &b));
	TRY(want_float(x, in, "conv2d_clamp_run"));
	ConvArgs a = {.nd = 2, .transposed = transposed};
	int64_t *pairs[] = {a.stride, a.pad, transposed ? a.output_pad : a.dilation, a.dilation};
	int npairs = transposed ? 4 : 3;
	for (int i = 0; i < npairs; i++)
		TRY(arg_ints_fixed(x, items[2 + i], pairs[i], 2, "a convolution parameter"));
	a.groups = arg_int(items[2 + npairs]);
	TRY(cpu_convolution(x, in, w, b, &a, &r));
	clamp_all(r, bounds_of(items + 3 + npairs));
	return ret_tensor(rets, r);
}

KERNEL(prepacked_conv2d_clamp_run) { return context_run(x, args, false, rets); }
KERNEL(prepacked_conv2d_transpose_clamp_run) { return context_run(x, args, true, rets); }
