// SPDX-License-Identifier: BSD-3-Clause
// Ops on lists of tensors: element k of the result comes from an ordinary op on element k of each list; what is no
// list is the same for all.
#include "interp/ops.h"

#include "interp/interp.h"

#include <stdlib.h>

enum { MAX_ARGS = 8 };

// One value of an argument for element k.
static IValue element(IValue v, int64_t k)
{
	return v.tag == TAG_LIST ? v.list->items[k] : v;
}

static Status each(Exec *x, const char *key, const IValue *args, int nargs, IValue *rets)
{
	const Op *op = op_find_key(key);
	if (!op || !op->schema || op->schema->nargs > MAX_ARGS)
		return fail(x->err, STATUS_UNSUPPORTED, "the operator %s is not supported", key);
	int64_t n = -1;
	for (int i = 0; i < nargs; i++) {
		if (args[i].tag != TAG_LIST)
			continue;
		if (n >= 0 && args[i].list->n != n)
			return xfail(x, "Tensor lists must have the same number of tensors, got %lld and %lld", (long long)n,
				(long long)args[i].list->n);
		n = args[i].list->n;
	}
	if (n <= 0)
		return xfail(x, "Tensor list must have at least one tensor.");
	ListObj *l = list_new(&type_tensor, n);
	IValue own = iv_take_list(l);
	Status s = STATUS_OK;
	for (int64_t k = 0; k < n && s == STATUS_OK; k++) {
		IValue in[MAX_ARGS], r;
		for (int i = 0; i < op->schema->nargs; i++)
			in[i] = i < nargs ? element(args[i], k) : op->schema->args[i].def;
		s = op_call(x, op, in, op->schema->nargs, &r);
		if (s == STATUS_OK)
			s = list_append_take(l, r, x->err);
	}
	if (s != STATUS_OK)
		ivalue_unref(&own);
	else
		rets[0] = own;
	return s;
}

#define EACH(name, key) \
	KERNEL(name) { return each(x, key, args, nargs, rets); }
EACH(_foreach_abs, "aten::abs")
EACH(_foreach_acos, "aten::acos")
EACH(_foreach_add_Scalar, "aten::add.Scalar")
EACH(_foreach_add_List, "aten::add.Tensor")
EACH(_foreach_add_ScalarList, "aten::add.Scalar")
EACH(_foreach_add_Tensor, "aten::add.Tensor")
EACH(_foreach_addcdiv_Scalar, "aten::addcdiv")
EACH(_foreach_addcdiv_ScalarList, "aten::addcdiv")
EACH(_foreach_addcmul_Scalar, "aten::addcmul")
EACH(_foreach_addcmul_ScalarList, "aten::addcmul")
EACH(_foreach_asin, "aten::asin")
EACH(_foreach_atan, "aten::atan")
EACH(_foreach_ceil, "aten::ceil")
EACH(_foreach_clamp_max_Scalar, "aten::clamp_max")
EACH(_foreach_clamp_max_List, "aten::clamp_max.Tensor")
EACH(_foreach_clamp_max_ScalarList, "aten::clamp_max")
EACH(_foreach_clamp_min_Scalar, "aten::clamp_min")
EACH(_foreach_clamp_min_List, "aten::clamp_min.Tensor")
EACH(_foreach_clamp_min_ScalarList, "aten::clamp_min")
EACH(_foreach_clone, "aten::clone")
EACH(_foreach_copy, "aten::copy")
EACH(_foreach_cos, "aten::cos")
EACH(_foreach_cosh, "aten::cosh")
EACH(_foreach_div_Scalar, "aten::div.Scalar")
EACH(_foreach_div_List, "aten::div.Tensor")
EACH(_foreach_div_ScalarList, "aten::div.Scalar")
EACH(_foreach_div_Tensor, "aten::div.Tensor")
EACH(_foreach_erf, "aten::erf")
EACH(_foreach_erfc, "aten::erfc")
EACH(_foreach_exp, "aten::exp")
EACH(_foreach_expm1, "aten::expm1")
EACH(_foreach_floor, "aten::floor")
EACH(_foreach_frac, "aten::frac")
EACH(_foreach_lerp_List, "aten::lerp.Tensor")
EACH(_foreach_lerp_Scalar, "aten::lerp.Scalar")
EACH(_foreach_lerp_ScalarList, "aten::lerp.Scalar")
EACH(_foreach_lgamma, "aten::lgamma")
EACH(_foreach_log, "aten::log")
EACH(_foreach_log10, "aten::log10")
EACH(_foreach_log1p, "aten::log1p")
EACH(_foreach_log2, "aten::log2")
EACH(_foreach_max, "aten::max")
EACH(_foreach_maximum_Scalar, "aten::clamp_min")
EACH(_foreach_maximum_List, "aten::maximum")
EACH(_foreach_maximum_ScalarList, "aten::clamp_min")
EACH(_foreach_minimum_Scalar, "aten::clamp_max")
EACH(_foreach_minimum_List, "aten::minimum")
EACH(_foreach_minimum_ScalarList, "aten::clamp_max")
EACH(_foreach_mm, "aten::mm")
EACH(_foreach_mul_Scalar, "aten::mul.Scalar")
EACH(_foreach_mul_List, "aten::mul.Tensor")
EACH(_foreach_mul_ScalarList, "aten::mul.Scalar")
EACH(_foreach_mul_Tensor, "aten::mul.Tensor")
EACH(_foreach_neg, "aten::neg")
EACH(_foreach_pow_List, "aten::pow.Tensor_Tensor")
EACH(_foreach_pow_Scalar, "aten::pow.Tensor_Scalar")
EACH(_foreach_pow_ScalarList, "aten::pow.Tensor_Scalar")
EACH(_foreach_pow_ScalarAndTensor, "aten::pow.Scalar")
EACH(_foreach_reciprocal, "aten::reciprocal")
EACH(_foreach_round, "aten::round")
EACH(_foreach_rsqrt, "aten::rsqrt")
EACH(_foreach_sigmoid, "aten::sigmoid")
EACH(_foreach_sign, "aten::sign")
EACH(_foreach_sin, "aten::sin")
EACH(_foreach_sinh, "aten::sinh")
EACH(_foreach_sqrt, "aten::sqrt")
EACH(_foreach_sub_Scalar, "aten::sub.Scalar")
EACH(_foreach_sub_List, "aten::sub.Tensor")
EACH(_foreach_sub_ScalarList, "aten::sub.Scalar")
EACH(_foreach_tan, "aten::tan")
EACH(_foreach_tanh, "aten::tanh")
EACH(_foreach_trunc, "aten::trunc")
EACH(_foreach_zero, "aten::zeros_like")

// addcdiv and addcmul take their factors as a tensor, too
static Status each_factor(Exec *x, const char *key, const IValue *args, IValue *rets)
{
	const Tensor *t = args[3].tensor;
	if (t->ndim != 1)
		return xfail(x, "Expected packed scalar Tensor to be of dimension 1. Got %d instead.", (int)t->ndim);
	ListObj *l = list_new(&type_number, t->numel);
	IValue in[4] = {args[0], args[1], args[2], iv_take_list(l)};
	Status s = list_reserve(l, t->numel, x->err);
	for (int64_t k = 0; k < t->numel && s == STATUS_OK; k++) {
		Tensor *e = tensor_view(t, NULL, NULL, 0, t->offset + k * t->strides[0]);
		l->items[l->n++] = tensor_number(e);
		tensor_unref(&e);
	}
	if (s == STATUS_OK)
		s = each(x, key, in, 4, rets);
	ivalue_unref(&in[3]);
	return s;
}
KERNEL(_foreach_addcdiv_Tensor) { return each_factor(x, "aten::addcdiv", args, rets); }
KERNEL(_foreach_addcmul_Tensor) { return each_factor(x, "aten::addcmul", args, rets); }

KERNEL(_foreach_norm_Scalar)
{
	IValue in[5] = {args[0], args[1], iv_none(), iv_bool(false), args[2]};
	return each(x, "aten::linalg_vector_norm", in, 5, rets);
}
