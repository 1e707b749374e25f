// SPDX-License-Identifier: BSD-3-Clause
// Comparisons that give a bool: numbers, strings (by bytes), devices, enum members, lists; and identity.
#include "interp/ops.h"

#include "interp/interp.h"

#define N(k) arg_int(args[k])
#define F(k) arg_float(args[k])
#define Z(k) arg_complex(args[k])

static int compare_str(IValue a, IValue b)
{
	const StrObj *s = a.str, *t = b.str;
	int64_t n = s->n < t->n ? s->n : t->n;
	int c = memcmp(s->s, t->s, (size_t)n);
	return c ? c : s->n < t->n ? -1 : s->n > t->n;
}

#define ORDER(op, sign)                                                                                         \
	KERNEL(op##_int) { return ret_bool(rets, N(0) sign N(1)); }                                             \
	KERNEL(op##_float) { return ret_bool(rets, F(0) sign F(1)); }                                           \
	KERNEL(op##_int_float) { return ret_bool(rets, F(0) sign F(1)); }                                       \
	KERNEL(op##_float_int) { return ret_bool(rets, F(0) sign F(1)); }                                       \
	KERNEL(op##_str) { return ret_bool(rets, compare_str(args[0], args[1]) sign 0); }                       \
	KERNEL(op)                                                                                              \
	{                                                                                                       \
		if (args[0].tag == TAG_COMPLEX || args[1].tag == TAG_COMPLEX)                                   \
			return xfail(x, #op " is not defined for complex numbers");                             \
		if (args[0].tag != TAG_FLOAT && args[1].tag != TAG_FLOAT)                                       \
			return ret_bool(rets, N(0) sign N(1));                                                  \
		return ret_bool(rets, F(0) sign F(1));                                                          \
	}
ORDER(lt, <)
ORDER(le, <=)
ORDER(gt, >)
ORDER(ge, >=)

static bool numbers_equal(IValue a, IValue b)
{
	if (a.tag == TAG_COMPLEX || b.tag == TAG_COMPLEX)
		return arg_complex(a) == arg_complex(b);
	if (a.tag == TAG_FLOAT || b.tag == TAG_FLOAT)
		return arg_float(a) == arg_float(b);
	return a.i == b.i;
}

static Status tensors_equal(Exec *x, IValue a, IValue b, bool *equal)
{
	static const char *const keys[] = {"aten::eq.Tensor", "aten::Bool.Tensor"};
	IValue in[2] = {a, b}, mask, truth;
	TRY(op_call(x, op_find_key(keys[0]), in, 2, &mask));
	Status s = op_call(x, op_find_key(keys[1]), &mask, 1, &truth);
	ivalue_unref(&mask);
	if (s == STATUS_OK)
		*equal = truth.b;
	return s;
}

Status value_equal(Exec *x, IValue a, IValue b, bool *equal)
{
	*equal = false;
	if (iv_is_number(a) && iv_is_number(b)) {
		*equal = numbers_equal(a, b);
		return STATUS_OK;
	}
	if (a.tag != b.tag)
		return STATUS_OK;
	switch ((Tag)a.tag) {
	case TAG_NONE:
		*equal = true;
		break;
	case TAG_DEVICE:
		*equal = a.i == b.i;
		break;
	case TAG_STR:
		*equal = compare_str(a, b) == 0;
		break;
	case TAG_ENUM:
		*equal = a.enm->member == b.enm->member && type_equal(a.enm->type, b.enm->type);
		break;
	case TAG_TENSOR:
		return tensors_equal(x, a, b, equal);
	case TAG_LIST:
	case TAG_TUPLE: {
		bool list = a.tag == TAG_LIST;
		if (a.obj == b.obj) { // whatever NaNs it holds
			*equal = true;
			break;
		}
		int64_t n = list ? a.list->n : a.tuple->n;
		const IValue *p = list ? a.list->items : a.tuple->items, *q = list ? b.list->items : b.tuple->items;
		if (n != (list ? b.list->n : b.tuple->n))
			break;
		*equal = true;
		for (int64_t i = 0; i < n && *equal; i++)
			TRY(value_equal(x, p[i], q[i], equal));
		break;
	}
	default:
		*equal = a.obj == b.obj;
	}
	return STATUS_OK;
}

static Status equality(Exec *x, const IValue *args, IValue *rets, bool want)
{
	bool equal;
	TRY(value_equal(x, args[0], args[1], &equal));
	return ret_bool(rets, equal == want);
}

#define EQUALITY(overload)                                                                \
	KERNEL(eq##overload) { return equality(x, args, rets, true); }                    \
	KERNEL(ne##overload) { return equality(x, args, rets, false); }
EQUALITY(_int_list)
EQUALITY(_device)
EQUALITY(_bool)
EQUALITY(_enum)
EQUALITY(_int)
EQUALITY(_complex)
EQUALITY(_float)
EQUALITY(_int_float)
EQUALITY(_float_int)
EQUALITY(_float_complex)
EQUALITY(_complex_float)
EQUALITY()
EQUALITY(_str)
EQUALITY(_float_list)
EQUALITY(_bool_list)
EQUALITY(_str_list)
EQUALITY(_Tensor_list)

static bool same(IValue a, IValue b)
{
	return a.tag == b.tag && (a.tag == TAG_NONE || a.i == b.i);
}
KERNEL(__is__) { return ret_bool(rets, same(args[0], args[1])); }
KERNEL(__isnot__) { return ret_bool(rets, !same(args[0], args[1])); }
