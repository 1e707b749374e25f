// SPDX-License-Identifier: BSD-3-Clause
// What the ordinary operators do with quantised tensors: a table of the ones that PyTorch has for them.
// Most of those are defined as the float operator between dequantising and quantising, which is how they run.
#include "interp/quantized.h"

#include <string.h>

#include "backends/cpu/quant.h"

typedef struct Row { const char *name; QuantizedUse use; } Row;

static const Row rows[] = {
	{"adaptive_avg_pool1d", QUANTIZED_AS_IS}, {"adaptive_avg_pool2d", QUANTIZED_AS_IS},
	{"adaptive_avg_pool3d", QUANTIZED_AS_IS}, {"avg_pool1d", QUANTIZED_CENTRED}, {"avg_pool2d", QUANTIZED_CENTRED},
	{"avg_pool3d", QUANTIZED_CENTRED}, {"cat", QUANTIZED_SAME}, {"channel_shuffle", QUANTIZED_SAME},
	{"clamp", QUANTIZED_SAME}, {"clamp_max", QUANTIZED_SAME}, {"clamp_min", QUANTIZED_SAME}, {"clone", QUANTIZED_AS_IS},
	{"concat", QUANTIZED_SAME}, {"concatenate", QUANTIZED_SAME}, {"constant_pad_nd", QUANTIZED_AS_IS},
	{"copy_", QUANTIZED_AS_IS}, {"dequantize", QUANTIZED_AS_IS}, {"empty_quantized", QUANTIZED_AS_IS},
	{"eq", QUANTIZED_SAME}, {"equal", QUANTIZED_SAME}, {"flip", QUANTIZED_SAME}, {"ge", QUANTIZED_SAME},
	{"gelu", QUANTIZED_SAME}, {"gt", QUANTIZED_SAME}, {"hardsigmoid", QUANTIZED_SIGMOID}, {"hardtanh", QUANTIZED_SAME},
	{"index", QUANTIZED_SAME}, {"index_select", QUANTIZED_SAME}, {"int_repr", QUANTIZED_AS_IS}, {"le", QUANTIZED_SAME},
	{"leaky_relu", QUANTIZED_SAME}, {"lt", QUANTIZED_SAME}, {"masked_fill", QUANTIZED_SAME}, {"max", QUANTIZED_SAME},
	{"max_pool1d", QUANTIZED_AS_IS}, {"max_pool2d", QUANTIZED_AS_IS}, {"max_pool3d", QUANTIZED_AS_IS},
	{"mean", QUANTIZED_SAME}, {"min", QUANTIZED_SAME}, {"native_channel_shuffle", QUANTIZED_SAME}, {"ne", QUANTIZED_SAME},
	{"pad", QUANTIZED_AS_IS}, {"pixel_shuffle", QUANTIZED_SAME}, {"pixel_unshuffle", QUANTIZED_SAME},
	{"q_per_channel_axis", QUANTIZED_AS_IS}, {"q_per_channel_scales", QUANTIZED_AS_IS},
	{"q_per_channel_zero_points", QUANTIZED_AS_IS}, {"q_scale", QUANTIZED_AS_IS}, {"q_zero_point", QUANTIZED_AS_IS},
	{"qscheme", QUANTIZED_AS_IS}, {"quantized_batch_norm", QUANTIZED_AS_IS}, {"quantized_max_pool1d", QUANTIZED_AS_IS},
	{"quantized_max_pool2d", QUANTIZED_AS_IS}, {"quantized_max_pool3d", QUANTIZED_AS_IS},
	{"reflection_pad1d", QUANTIZED_AS_IS}, {"reflection_pad2d", QUANTIZED_AS_IS}, {"relu", QUANTIZED_SAME},
	{"relu6", QUANTIZED_SAME}, {"repeat", QUANTIZED_SAME}, {"resize_", QUANTIZED_AS_IS}, {"roll", QUANTIZED_SAME},
	{"set_", QUANTIZED_AS_IS}, {"sigmoid", QUANTIZED_SIGMOID}, {"sort", QUANTIZED_SAME}, {"stack", QUANTIZED_SAME},
	{"std", QUANTIZED_SAME}, {"tanh", QUANTIZED_TANH}, {"threshold", QUANTIZED_SAME}, {"tile", QUANTIZED_SAME},
	{"topk", QUANTIZED_SAME}, {"upsample_bilinear2d", QUANTIZED_CENTRED}, {"upsample_nearest1d", QUANTIZED_CENTRED},
	{"upsample_nearest2d", QUANTIZED_CENTRED}, {"upsample_nearest3d", QUANTIZED_CENTRED},
	{"_upsample_nearest_exact1d", QUANTIZED_CENTRED}, {"_upsample_nearest_exact2d", QUANTIZED_CENTRED},
	{"_upsample_nearest_exact3d", QUANTIZED_CENTRED},
};

static bool holds_tensors(const Type *t)
{
	switch (t->kind) {
	case TYPE_TENSOR: case TYPE_ANY: case TYPE_VAR: case TYPE_ANYLIST:
		return true;
	case TYPE_LIST: case TYPE_DICT: case TYPE_TUPLE: case TYPE_OPTIONAL: case TYPE_UNION:
		for (int i = 0; i < t->n; i++)
			if (holds_tensors(t->elem[i]))
				return true;
		return false;
	default:
		return false;
	}
}

QuantizedUse quantized_use(const Op *op)
{
	const Schema *s = op->schema;
	if (strncmp(s->name, "aten::", 6)) // torchvision's kernels read plain numbers; all others of ours know their arguments
		return strncmp(s->name, "torchvision::", 13) ? QUANTIZED_AS_IS : QUANTIZED_REFUSED;
	if (op->form != OP_NATIVE) // what it is made of is looked at in its turn
		return QUANTIZED_AS_IS;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (!strcmp(rows[i].name, s->name + 6))
			return rows[i].use;
	bool asks = true; // about tensors, or moves them about in containers
	for (int i = 0; i < s->nrets; i++) {
		if (s->rets[i].alias.before || s->rets[i].elem_alias.before)
			return s->nargs && s->args[0].alias.written ? QUANTIZED_REFUSED : QUANTIZED_AS_IS; // a view
		asks &= !holds_tensors(s->rets[i].type);
	}
	bool tensor_first = s->nargs && (s->args[0].type->kind == TYPE_TENSOR ||
		(s->args[0].type->kind == TYPE_LIST && s->args[0].type->elem[0]->kind == TYPE_TENSOR));
	static const char *const reads[] = {"item", "allclose", "is_nonzero", "Bool", "Int", "Float", "Complex", "FloatImplicit",
		"IntImplicit", "ScalarImplicit", "ComplexImplicit"};
	for (size_t i = 0; i < sizeof reads / sizeof *reads; i++)
		if (!strcmp(reads[i], s->name + 6))
			return QUANTIZED_REFUSED;
	return asks || !tensor_first ? QUANTIZED_AS_IS : QUANTIZED_REFUSED;
}

bool quantized_by_channel(const Op *op)
{
	static const char *const fine[] = {"aten::clone", "aten::contiguous", "aten::detach", "aten::alias", "aten::to", "aten::data",
		"aten::dequantize", "aten::int_repr", "aten::q_per_channel_scales", "aten::q_per_channel_zero_points",
		"aten::requires_grad_", "aten::cpu"};
	const Schema *s = op->schema;
	bool makes_tensor = false;
	for (int i = 0; i < s->nrets; i++)
		makes_tensor |= s->rets[i].type->kind == TYPE_TENSOR || s->rets[i].elem_alias.before;
	if (!makes_tensor || strncmp(s->name, "aten::", 6))
		return true;
	for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
		if (!strcmp(fine[i], s->name))
			return true;
	return false;
}

static Status remember(Exec *x, QuantizedUse use, const Tensor *t, QuantizedResult *r)
{
	if (r->final)
		return STATUS_OK;
	const Quantizer *q = t->quant;
	r->dtype = tensor_dtype(t);
	QRange range = quant_range(r->dtype);
	double span = (double)(range.hi - range.lo) + 1;
	if (!q || q->scales)
		return xfail(x, "expected a tensor that is quantized per tensor");
	if (use == QUANTIZED_SIGMOID)
		r->final = quantizer_per_tensor(1 / span, range.lo);
	else if (use == QUANTIZED_TANH)
		r->final = quantizer_per_tensor(2 / span, range.lo + (int64_t)(span / 2));
	else
		r->final = quantizer_ref((Quantizer *)(uintptr_t)q);
	r->compute = use == QUANTIZED_CENTRED ? quantizer_per_tensor(1, q->zero_point) : quantizer_ref(r->final);
	return STATUS_OK;
}

static Status to_float(Exec *x, QuantizedUse use, Tensor *t, Tensor **out, QuantizedResult *r)
{
	if (!dtype_is_quantized(tensor_dtype(t))) {
		*out = tensor_ref(t);
		return STATUS_OK;
	}
	if (quant_stored_dtype(tensor_dtype(t)) == DT_NONE)
		return fail(x->err, STATUS_UNSUPPORTED, "an operator on tensors of dtype %s", dtype_name(tensor_dtype(t)));
	TRY(remember(x, use, t, r));
	if (use != QUANTIZED_CENTRED)
		return quant_to_float(x, t, out);
	Tensor *stored = quant_stored(t), *centred = quant_over(stored, tensor_dtype(t), r->compute);
	Status s = quant_to_float(x, centred, out);
	tensor_unref(&stored);
	tensor_unref(&centred);
	return s;
}

Status quantized_unwrap(Exec *x, QuantizedUse use, const IValue *args, int nargs, IValue *own, QuantizedResult *r)
{
	Status s = STATUS_OK;
	for (int i = 0; i < nargs; i++)
		own[i] = iv_none();
	for (int i = 0; i < nargs && s == STATUS_OK; i++) {
		IValue v = args[i];
		Tensor *t;
		if (v.tag == TAG_TENSOR) {
			s = to_float(x, use, v.tensor, &t, r);
			if (s == STATUS_OK)
				own[i] = iv_take_tensor(t);
		} else if (v.tag == TAG_LIST && v.list->n && v.list->items[0].tag == TAG_TENSOR) {
			ListObj *l = list_new(v.list->elem, v.list->n);
			own[i] = iv_take_list(l);
			for (int64_t k = 0; k < v.list->n && s == STATUS_OK; k++) {
				IValue e = v.list->items[k];
				if (e.tag == TAG_TENSOR) {
					s = to_float(x, use, e.tensor, &t, r);
					e = iv_take_tensor(s == STATUS_OK ? t : NULL);
				} else {
					ivalue_ref(e);
				}
				if (s == STATUS_OK)
					s = list_append_take(l, e, x->err);
			}
		} else {
			own[i] = ivalue_ref(v);
		}
	}
	return s;
}

Status quantized_wrap(Exec *x, const QuantizedResult *r, IValue *ret)
{
	if (ret->tag != TAG_TENSOR || tensor_dtype(ret->tensor) != DT_F32 || !r->final)
		return STATUS_OK;
	Tensor *t;
	TRY(quant_from_float(x, ret->tensor, r->dtype, r->compute, &t));
	quantizer_unref(&t->quant);
	t->quant = quantizer_ref(r->final);
	ivalue_set(ret, iv_take_tensor(t));
	return STATUS_OK;
}

void quantized_result_free(QuantizedResult *r)
{
	quantizer_unref(&r->compute);
	quantizer_unref(&r->final);
}
