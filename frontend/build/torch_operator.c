// SPDX-License-Identifier: BSD-3-Clause
// Operators with a tensor on at least one side.
//
// Each is the method that Python finds for it: add, or for a tensor on the right of a number the reflected op.  The rows
// that take numbers are called directly; everything else goes through the overloads.
#include "frontend/build/torch.h"

#include "interp/ops.h"

#include <string.h>

typedef struct OperatorOp {
	const char *tensor, *scalar;   // rows: (Tensor, Tensor) and (Tensor, Scalar)
	const char *inplace_tensor, *inplace_scalar;
	bool alpha;                    // a third argument, 1
} OperatorOp;

static const OperatorOp ops[] = {
	[OP_ADD] = {"aten::add.Tensor", "aten::add.Scalar", "aten::add_.Tensor", "aten::add_.Scalar", true},
	[OP_SUB] = {"aten::sub.Tensor", "aten::sub.Scalar", "aten::sub_.Tensor", "aten::sub_.Scalar", true},
	[OP_MUL] = {"aten::mul.Tensor", "aten::mul.Scalar", "aten::mul_.Tensor", "aten::mul_.Scalar", false},
	[OP_DIV] = {"aten::div.Tensor", "aten::div.Scalar", "aten::div_.Tensor", "aten::div_.Scalar", false},
	[OP_FLOORDIV] = {"aten::floor_divide", "aten::floor_divide.Scalar", "aten::floor_divide_.Tensor",
		"aten::floor_divide_.Scalar", false},
	[OP_MOD] = {"aten::remainder.Tensor", "aten::remainder.Scalar", "aten::remainder_.Tensor", "aten::remainder_.Scalar",
		false},
	[OP_POW] = {"aten::pow.Tensor_Tensor", "aten::pow.Tensor_Scalar", "aten::pow_.Tensor", "aten::pow_.Scalar", false},
	[OP_MATMUL] = {"aten::matmul", NULL, NULL, NULL, false},
	[OP_LSHIFT] = {"aten::__lshift__.Tensor", "aten::__lshift__.Scalar", "aten::__ilshift__.Tensor",
		"aten::__ilshift__.Scalar", false},
	[OP_RSHIFT] = {"aten::__rshift__.Tensor", "aten::__rshift__.Scalar", "aten::__irshift__.Tensor",
		"aten::__irshift__.Scalar", false},
	[OP_BITAND] = {"aten::__and__.Tensor", "aten::__and__.Scalar", "aten::__iand__.Tensor", "aten::__iand__.Scalar", false},
	[OP_BITOR] = {"aten::__or__.Tensor", "aten::__or__.Scalar", "aten::__ior__.Tensor", "aten::__ior__.Scalar", false},
	[OP_BITXOR] = {"aten::__xor__.Tensor", "aten::__xor__.Scalar", "aten::__ixor__.Tensor", "aten::__ixor__.Scalar", false},
	[OP_LT] = {"aten::lt.Tensor", "aten::lt.Scalar", NULL, NULL, false},
	[OP_GT] = {"aten::gt.Tensor", "aten::gt.Scalar", NULL, NULL, false},
	[OP_LE] = {"aten::le.Tensor", "aten::le.Scalar", NULL, NULL, false},
	[OP_GE] = {"aten::ge.Tensor", "aten::ge.Scalar", NULL, NULL, false},
	[OP_EQ] = {"aten::eq.Tensor", "aten::eq.Scalar", NULL, NULL, false},
	[OP_NE] = {"aten::ne.Tensor", "aten::ne.Scalar", NULL, NULL, false},
};

static Operator mirrored(Operator op)
{
	switch (op) {
	case OP_LT: return OP_GT;
	case OP_GT: return OP_LT;
	case OP_LE: return OP_GE;
	case OP_GE: return OP_LE;
	default: return op;
	}
}

static Status run2(Build *b, const char *key, IValue l, IValue r, bool alpha, IValue *out)
{
	IValue args[3] = {l, r, iv_int(1)};
	return torch_run_key(b, key, args, alpha ? 3 : 2, out);
}

static Status as_tensor(Build *b, IValue v, IValue *out) // a number as a wrapped tensor
{
	DType d = v.tag == TAG_FLOAT ? DT_F64 : v.tag == TAG_COMPLEX ? DT_C128 : v.tag == TAG_BOOL ? DT_BOOL : DT_I64;
	Tensor *t;
	TRY(number_tensor(&b->x, v, d, &t));
	t->wrapped_number = true;
	*out = iv_take_tensor(t);
	return STATUS_OK;
}

static Status reflected(Build *b, Operator op, IValue number, IValue tensor, IValue *out)
{
	const char *key = NULL;
	switch (op) {
	case OP_ADD:
	case OP_MUL:
	case OP_BITAND:
	case OP_BITOR:
	case OP_BITXOR:
	case OP_EQ:
	case OP_NE:
	case OP_LT:
	case OP_GT:
	case OP_LE:
	case OP_GE:
		return run2(b, ops[mirrored(op)].scalar, tensor, number, ops[op].alpha, out);
	case OP_SUB:
		return run2(b, "aten::rsub.Scalar", tensor, number, true, out);
	case OP_DIV: { // reciprocal() * number, as Python's __rdiv__
		IValue r;
		TRY(torch_run_key(b, "aten::reciprocal", &tensor, 1, &r));
		Status s = run2(b, "aten::mul.Scalar", r, number, false, out);
		ivalue_unref(&r);
		return s;
	}
	case OP_POW:
		return run2(b, "aten::pow.Scalar", number, tensor, false, out);
	case OP_MOD:
		return run2(b, "aten::remainder.Scalar_Tensor", number, tensor, false, out);
	case OP_FLOORDIV:
		key = "aten::floor_divide";
		break;
	case OP_LSHIFT:
		key = "aten::bitwise_left_shift.Scalar_Tensor";
		return run2(b, key, number, tensor, false, out);
	case OP_RSHIFT:
		key = "aten::bitwise_right_shift.Scalar_Tensor";
		return run2(b, key, number, tensor, false, out);
	default:
		break;
	}
	if (!key)
		return py_raise(b, "TypeError", "unsupported operand type(s) for %s: '%s' and '%s'", operator_text(op),
			py_type_name(b, number), py_type_name(b, tensor));
	IValue l;
	TRY(as_tensor(b, number, &l));
	Status s = run2(b, key, l, tensor, false, out);
	ivalue_unref(&l);
	return s;
}

Status torch_operator(Build *b, Operator op, IValue l, IValue r, bool inplace, IValue *out, bool *handled)
{
	l = py_unwrap(l);
	r = py_unwrap(r);
	*handled = false;
	if ((size_t)op >= sizeof ops / sizeof *ops || !ops[op].tensor)
		return STATUS_OK;
	const OperatorOp *o = &ops[op];
	bool lt = l.tag == TAG_TENSOR, rt = r.tag == TAG_TENSOR;
	if ((!lt && !iv_is_number(l)) || (!rt && !iv_is_number(r)) || (!lt && !rt))
		return STATUS_OK;
	if (op == OP_MATMUL && !(lt && rt))
		return STATUS_OK;
	*handled = true;
	if (!lt)
		return reflected(b, op, l, r, out);
	if (inplace && o->inplace_tensor)
		return run2(b, rt ? o->inplace_tensor : o->inplace_scalar, l, r, o->alpha, out);
	return run2(b, rt ? o->tensor : o->scalar, l, r, o->alpha, out);
}

Status torch_unary(Build *b, Operator op, IValue v, IValue *out)
{
	switch (op) {
	case OP_NEG:
		return torch_run_key(b, "aten::neg", &v, 1, out);
	case OP_INVERT:
		return torch_run_key(b, "aten::bitwise_not", &v, 1, out);
	case OP_POS:
		return torch_run_key(b, "aten::positive", &v, 1, out);
	case OP_NOT: {
		bool truth;
		TRY(torch_truth(b, v, &truth));
		*out = iv_bool(!truth);
		return STATUS_OK;
	}
	default:
		return py_raise(b, "TypeError", "bad operand type for unary %s: 'Tensor'", operator_text(op));
	}
}
