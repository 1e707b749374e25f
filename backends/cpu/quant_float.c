// SPDX-License-Identifier: BSD-3-Clause
// Quantised operators that are the float operator between dequantising and quantising, and joining tensors.
#include <math.h>
#include <stdlib.h>

#include "backends/cpu/quant.h"
#include "backends/cpu/view.h"

#define USES(NAME) __attribute__((weak)) Status op_##NAME(Exec *x, const IValue *args, int nargs, IValue *rets)
USES(layer_norm);
USES(group_norm);
USES(instance_norm);
USES(softmax_int);
USES(prelu);
USES(matmul);
USES(cat);
USES(max_pool1d);
USES(max_pool2d);
USES(max_pool3d);

// Runs `run` with args, of which the first `n` may be quantised tensors, and quantises its result to what `dtype`'s
// tensor, `scale` and `zero_point` say.
static Status through_float(Exec *x, Kernel run, const IValue *args, int nargs, int n, IValue scale, IValue zero_point, bool relu,
	IValue *rets)
{
	DType d = tensor_dtype(arg_tensor(args[0]));
	IValue own[16], r = iv_none();
	if (!run || nargs > 16)
		return fail(x->err, STATUS_UNSUPPORTED, "the float form of this quantized operator");
	TRY(quant_check(x, d, arg_int(zero_point), "quantized output"));
	Status s = STATUS_OK;
	for (int i = 0; i < nargs; i++)
		own[i] = ivalue_ref(args[i]);
	for (int i = 0; i < n && s == STATUS_OK; i++) {
		Tensor *t = arg_tensor(args[i]), *f;
		if (!t || !t->quant)
			continue;
		s = quant_to_float(x, t, &f);
		if (s == STATUS_OK)
			ivalue_set(&own[i], iv_take_tensor(f));
	}
	if (s == STATUS_OK)
		s = run(x, own, nargs, &r);
	if (s == STATUS_OK) {
		Quantizer *q = quantizer_per_tensor(arg_float(scale), arg_int(zero_point));
		Tensor *t;
		s = quant_from_float(x, r.tensor, d, q, &t);
		if (s == STATUS_OK && relu) {
			uint8_t *p = tensor_data(t);
			for (int64_t i = 0; i < t->numel && d != DT_QI32; i++)
				if ((d == DT_QU8 ? (int)p[i] : (int)(int8_t)p[i]) < (int)q->zero_point)
					p[i] = (uint8_t)q->zero_point;
		}
		quantizer_unref(&q);
		if (s == STATUS_OK)
			rets[0] = iv_take_tensor(t);
	}
	ivalue_unref(&r);
	for (int i = 0; i < nargs; i++)
		ivalue_unref(&own[i]);
	return s;
}

KERNEL(quantized_layer_norm)
{
	IValue a[] = {args[0], args[1], args[2], args[3], args[4], iv_bool(false)};
	return through_float(x, op_layer_norm, a, 6, 1, args[5], args[6], false, rets);
}

KERNEL(quantized_group_norm)
{
	IValue a[] = {args[0], args[1], args[2], args[3], args[4], iv_bool(false)};
	return through_float(x, op_group_norm, a, 6, 1, args[5], args[6], false, rets);
}

KERNEL(quantized_instance_norm)
{
	IValue a[] = {args[0], args[1], args[2], iv_none(), iv_none(), iv_bool(true), iv_float(0), args[3], iv_bool(false)};
	return through_float(x, op_instance_norm, a, 9, 1, args[4], args[5], false, rets);
}

KERNEL(quantized_softmax)
{
	IValue a[] = {args[0], args[1], iv_none()};
	return through_float(x, op_softmax_int, a, 3, 1, args[2], args[3], false, rets);
}

KERNEL(quantized_prelu)
{
	return through_float(x, op_prelu, args, 2, 2, args[2], args[3], false, rets);
}

KERNEL(quantized_matmul)
{
	return through_float(x, op_matmul, args, 2, 2, args[2], args[3], false, rets);
}

// ---- pooling: the float ops' kernels know quantised tensors

#define POOL(ND)                                                                \
	KERNEL(quantized_max_pool##ND##d)                                       \
	{                                                                       \
		if (!op_max_pool##ND##d)                                        \
			return fail(x->err, STATUS_UNSUPPORTED, "max_pool" #ND "d"); \
		return op_max_pool##ND##d(x, args, nargs, rets);                \
	}
POOL(1)
POOL(2)
POOL(3)

// ---- joining: everything is brought to the parameters of the result

static Status cat(Exec *x, const IValue *args, IValue scale, IValue zero_point, bool relu, IValue *rets)
{
	const ListObj *l = args[0].list;
	if (!l->n)
		return xfail(x, "Can't concatenate 0 tensors");
	const Tensor *first = l->items[0].tensor;
	TRY(quant_want_bytes(x, first, "quantized::cat"));
	ListObj *floats = list_new(l->elem, l->n);
	IValue a[] = {iv_take_list(floats), args[1]};
	Status s = STATUS_OK;
	for (int64_t i = 0; i < l->n && s == STATUS_OK; i++) {
		Tensor *f;
		s = quant_want_bytes(x, l->items[i].tensor, "quantized::cat");
		if (s == STATUS_OK && tensor_dtype(l->items[i].tensor) != tensor_dtype(first))
			s = xfail(x, "All dtypes must be the same.");
		if (s == STATUS_OK)
			s = quant_to_float(x, l->items[i].tensor, &f);
		if (s == STATUS_OK)
			s = list_append_take(floats, iv_take_tensor(f), x->err);
	}
	IValue joined = iv_none();
	if (s == STATUS_OK)
		s = op_cat ? op_cat(x, a, 2, &joined) : fail(x->err, STATUS_UNSUPPORTED, "aten::cat");
	if (s == STATUS_OK) {
		// The joined tensor stands in for an argument that is already float; its dtype is the first one's.
		double sc = arg_float_or(scale, first->quant->scale);
		int64_t z = arg_int_or(zero_point, first->quant->zero_point);
		DType d = tensor_dtype(first);
		s = quant_check(x, d, z, "quantized output");
		if (s == STATUS_OK) {
			Quantizer *q = quantizer_per_tensor(sc, z);
			Tensor *t;
			if (relu) {
				float *p = tensor_data(joined.tensor); // fresh and dense
				for (int64_t i = 0; i < joined.tensor->numel; i++)
					p[i] = p[i] < 0 ? 0 : p[i];
			}
			s = quant_from_float(x, joined.tensor, d, q, &t);
			quantizer_unref(&q);
			if (s == STATUS_OK)
				rets[0] = iv_take_tensor(t);
		}
	}
	ivalue_unref(&joined);
	ivalue_unref(&a[0]);
	return s;
}

static Status cat_out(Exec *x, const IValue *args, bool relu, IValue *rets)
{
	Tensor *out = arg_tensor(args[2]);
	TRY(quant_want_bytes(x, out, "the out= argument"));
	IValue r;
	TRY(cat(x, args, iv_float(out->quant->scale), iv_int(out->quant->zero_point), relu, &r));
	Status s = sizes_equal(out, r.tensor) ? STATUS_OK : cpu_resize(x, out, r.tensor->sizes, r.tensor->ndim);
	if (s == STATUS_OK)
		s = cpu_copy(x, out, r.tensor);
	ivalue_unref(&r);
	if (s == STATUS_OK)
		rets[0] = ivalue_ref(args[2]);
	return s;
}

KERNEL(quantized_cat) { return cat(x, args, args[2], args[3], false, rets); }
KERNEL(quantized_cat_relu) { return cat(x, args, args[2], args[3], true, rets); }
KERNEL(quantized_cat_out) { return cat_out(x, args, false, rets); }
KERNEL(quantized_cat_relu_out) { return cat_out(x, args, true, rets); }
