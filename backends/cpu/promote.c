// SPDX-License-Identifier: BSD-3-Clause
// Type promotion: the dtype in which operands of different dtypes meet.
//
// Operands fall into three categories, strongest first: tensors with dimensions, 0-d tensors, Python numbers.
// A weaker category decides only when its kind (bool < int < float < complex) is above the stronger one's.
#include "backends/cpu/cpu.h"

DType default_float_dtype(void)
{
	return DT_F32;
}

DType promote_int_to_float(DType d)
{
	return dtype_is_int(d) || d == DT_BOOL ? default_float_dtype() : d;
}

static DType join(DType a, DType b)
{
	if (a == DT_NONE)
		return b;
	if (b == DT_NONE || a == b)
		return a;
	return dtype_promote(a, b);
}

void promote_add_tensor(Promotion *p, const Tensor *t)
{
	DType d = tensor_dtype(t);
	if (t->wrapped_number) {
		if (dtype_is_complex(d))
			d = dtype_to_complex(default_float_dtype());
		else if (dtype_is_float(d))
			d = default_float_dtype();
	}
	if (t->ndim > 0)
		p->dim = join(p->dim, d);
	else if (t->wrapped_number)
		p->number = join(p->number, d);
	else
		p->zero_dim = join(p->zero_dim, d);
}

void promote_add_number(Promotion *p, IValue v)
{
	DType d = v.tag == TAG_BOOL ? DT_BOOL
		: v.tag == TAG_INT      ? DT_I64
		: v.tag == TAG_COMPLEX  ? dtype_to_complex(default_float_dtype())
					: default_float_dtype();
	p->number = join(p->number, d);
}

static DType combine(DType higher, DType lower)
{
	if (higher != DT_NONE && dtype_is_complex(higher))
		return higher;
	if (higher != DT_NONE && dtype_is_float(higher))
		return lower != DT_NONE && dtype_is_complex(lower) ? dtype_to_complex(higher) : higher;
	if (higher == DT_NONE || higher == DT_BOOL || (lower != DT_NONE && (dtype_is_float(lower) || dtype_is_complex(lower))))
		return join(higher, lower);
	return higher;
}

DType promote_result(const Promotion *p)
{
	return combine(p->dim, combine(p->zero_dim, p->number));
}
