// SPDX-License-Identifier: BSD-3-Clause
// Conversions between numbers, strings and one-element tensors.
#include "interp/ops.h"

#include <errno.h>
#include <stdlib.h>

#define N(k) arg_int(args[k])
#define F(k) arg_float(args[k])

// ---- int, float, bool, complex of numbers

KERNEL(Bool_int) { return ret_bool(rets, N(0) != 0); }
KERNEL(Bool_float) { return ret_bool(rets, F(0) != 0); }
KERNEL(Int_bool) { return ret_int(rets, N(0)); }
KERNEL(Int_float) { return ret_int(rets, int_of_float(F(0))); }
KERNEL(Int_Scalar)
{
	if (args[0].tag == TAG_COMPLEX && args[0].complex_->im != 0)
		return xfail(x, "value cannot be converted to type int without overflow");
	if (args[0].tag == TAG_FLOAT || args[0].tag == TAG_COMPLEX)
		return ret_int(rets, int_of_float(F(0)));
	return ret_int(rets, N(0));
}
KERNEL(Float_Scalar) { return ret_float(rets, F(0)); }
KERNEL(Float_int) { return ret_float(rets, (double)N(0)); }
KERNEL(Float_bool) { return ret_float(rets, (double)N(0)); }

KERNEL(Int_str)
{
	const char *s = arg_str(args[0]);
	char *end;
	errno = 0;
	int64_t v = strtoll(s, &end, 10);
	if (end == s || errno == ERANGE)
		return xfail(x, "stoll");
	if (end != s + args[0].str->n)
		return xfail(x, "invalid literal for int() with base 10: '%s'", s);
	return ret_int(rets, v);
}
KERNEL(Float_str)
{
	const char *s = arg_str(args[0]);
	char *end;
	errno = 0;
	double v = strtod(s, &end);
	if (end == s || errno == ERANGE)
		return xfail(x, "stod");
	if (end != s + args[0].str->n)
		return xfail(x, "could not convert string to float: '%s'", s);
	return ret_float(rets, v);
}

KERNEL(Complex_Scalar) { return ret_complex(rets, arg_complex(args[0])); }
#define COMPLEX_OF(a, b) \
	KERNEL(Complex_##a##_##b) { return ret_value(rets, iv_complex(F(0), F(1))); }
COMPLEX_OF(int, bool)
COMPLEX_OF(bool, int)
COMPLEX_OF(float, bool)
COMPLEX_OF(bool, float)
COMPLEX_OF(float, int)
COMPLEX_OF(int, float)
COMPLEX_OF(int, int)
COMPLEX_OF(bool, bool)
COMPLEX_OF(float, float)

// ---- of tensors

static Status item_number(Exec *x, IValue v, IValue *out)
{
	if (v.tag != TAG_TENSOR) {
		*out = ivalue_ref(v);
		return STATUS_OK;
	}
	return tensor_item(x, v.tensor, out);
}

KERNEL(Bool_Tensor)
{
	const Tensor *t = args[0].tensor;
	if (t->numel != 1) {
		if (t->numel == 0)
			return xfail(x, "Boolean value of Tensor with no values is ambiguous");
		return xfail(x, "Boolean value of Tensor with more than one value is ambiguous");
	}
	IValue v;
	TRY(tensor_item(x, t, &v));
	bool truth = v.tag == TAG_COMPLEX ? v.complex_->re != 0 || v.complex_->im != 0
		: v.tag == TAG_FLOAT ? v.f != 0 : v.i != 0;
	ivalue_unref(&v);
	return ret_bool(rets, truth);
}

static Status real_item(Exec *x, const Tensor *t, bool integral, IValue *rets)
{
	IValue v;
	TRY(tensor_item(x, t, &v));
	if (v.tag == TAG_COMPLEX && v.complex_->im != 0) {
		ivalue_unref(&v);
		return xfail(x, "value cannot be converted to type %s without overflow", integral ? "int64_t" : "double");
	}
	double f = iv_as_f64(v);
	bool whole = v.tag != TAG_FLOAT && v.tag != TAG_COMPLEX;
	int64_t i = whole ? v.i : int_of_float(f);
	ivalue_unref(&v);
	if (integral && !whole && !(f >= -0x1p63 && f < 0x1p63))
		return xfail(x, "value cannot be converted to type int64_t without overflow");
	return integral ? ret_int(rets, i) : ret_float(rets, f);
}
KERNEL(Int_Tensor) { return real_item(x, args[0].tensor, true, rets); }
KERNEL(Float_Tensor) { return real_item(x, args[0].tensor, false, rets); }

static Status complex_of(Exec *x, const IValue *args, IValue *rets)
{
	IValue a, b;
	TRY(item_number(x, args[0], &a));
	Status s = item_number(x, args[1], &b);
	if (s == STATUS_OK) {
		c128_t z = arg_complex(a) + arg_complex(b) * make_complex(0, 1);
		if (a.tag != TAG_COMPLEX && b.tag != TAG_COMPLEX)
			z = make_complex(iv_as_f64(a), iv_as_f64(b));
		ivalue_unref(&b);
		ret_complex(rets, z);
	}
	ivalue_unref(&a);
	return s;
}
KERNEL(Complex_Tensor_Tensor) { return complex_of(x, args, rets); }
KERNEL(Complex_Tensor_float) { return complex_of(x, args, rets); }
KERNEL(Complex_float_Tensor) { return complex_of(x, args, rets); }
KERNEL(Complex_Tensor_int) { return complex_of(x, args, rets); }
KERNEL(Complex_int_Tensor) { return complex_of(x, args, rets); }
KERNEL(Complex_Tensor_bool) { return complex_of(x, args, rets); }
KERNEL(Complex_bool_Tensor) { return complex_of(x, args, rets); }

// Implicit conversions want a 0-d tensor without gradient.
static Status check_implicit(Exec *x, const Tensor *t, bool integral)
{
	if (t->requires_grad)
		return xfail(x, "Cannot input a tensor that requires grad as a scalar argument");
	if (t->ndim != 0)
		return xfail(x, "Cannot input a tensor of dimension other than 0 as a scalar argument");
	DType d = tensor_dtype(t);
	if (integral && !dtype_is_int(d))
		return xfail(x, "Cannot input a tensor of type %s as an integral argument", dtype_class_name(d));
	return STATUS_OK;
}
KERNEL(IntImplicit)
{
	TRY(check_implicit(x, args[0].tensor, true));
	return real_item(x, args[0].tensor, true, rets);
}
KERNEL(FloatImplicit)
{
	TRY(check_implicit(x, args[0].tensor, false));
	return real_item(x, args[0].tensor, false, rets);
}
KERNEL(ComplexImplicit)
{
	TRY(check_implicit(x, args[0].tensor, false));
	IValue v;
	TRY(tensor_item(x, args[0].tensor, &v));
	c128_t z = arg_complex(v);
	ivalue_unref(&v);
	return ret_complex(rets, z);
}
KERNEL(ScalarImplicit)
{
	TRY(check_implicit(x, args[0].tensor, false));
	return tensor_item(x, args[0].tensor, &rets[0]);
}

// ---- strings

KERNEL(str)
{
	Text t = {0};
	ivalue_print(&t, args[0]);
	return ret_text(rets, &t);
}

static Status digits(int64_t v, int shift, const char *prefix, IValue *rets)
{
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	char buf[80];
	size_t at = sizeof buf;
	do
		buf[--at] = "0123456789abcdef"[u & ((1u << shift) - 1)];
	while (u >>= shift);
	Text t = {0};
	text_addf(&t, "%s%s", v < 0 ? "-" : "", prefix);
	text_addn(&t, buf + at, sizeof buf - at);
	return ret_text(rets, &t);
}
KERNEL(bin) { return digits(N(0), 1, "0b", rets); }
KERNEL(oct) { return digits(N(0), 3, "0o", rets); }
KERNEL(hex) { return digits(N(0), 4, "0x", rets); }

KERNEL(chr) // strings are bytes
{
	if (N(0) < 0 || N(0) >= 1114111)
		return xfail(x, "chr() arg not in range(0x110000), found %lld", (long long)N(0));
	char c = (char)N(0);
	return ret_value(rets, iv_str(&c, 1));
}
KERNEL(ord)
{
	const StrObj *s = args[0].str;
	if (s->n != 1)
		return xfail(x, "String for ord() must be 1 character, found %lld", (long long)s->n);
	return ret_int(rets, (unsigned char)s->s[0]);
}

// ---- hash and id

KERNEL(hash_generic)
{
	IValue v = args[0];
	switch ((Tag)v.tag) {
	case TAG_INT:
	case TAG_BOOL:
		return ret_int(rets, v.i);
	case TAG_FLOAT:
		return ret_int(rets, v.f == 0 ? 0 : (int64_t)hash_bytes(&v.f, sizeof v.f));
	case TAG_STR:
		return ret_int(rets, (int64_t)hash_bytes(v.str->s, (size_t)v.str->n));
	case TAG_DEVICE:
	case TAG_NONE:
		return ret_int(rets, v.i);
	case TAG_TENSOR:
	case TAG_OBJECT:
		return ret_int(rets, (int64_t)(uintptr_t)v.obj);
	case TAG_TUPLE: {
		uint64_t h = (uint64_t)v.tuple->n;
		for (int64_t i = 0; i < v.tuple->n; i++) {
			IValue part = v.tuple->items[i], hashed;
			TRY(op_hash_generic(x, &part, 1, &hashed));
			h = h * 1000003 ^ (uint64_t)hashed.i;
		}
		return ret_int(rets, (int64_t)h);
	}
	case TAG_ENUM:
		return ret_int(rets, v.enm->member);
	default:
		break;
	}
	TypePool *p = type_pool_new();
	char *name = type_str_repr(ivalue_type(p, v));
	Status s = xfail(x, "unhashable type: '%s'", name);
	free(name);
	type_pool_unref(&p);
	return s;
}
KERNEL(prim_id) { return ret_int(rets, args[0].tag == TAG_NONE ? 0 : (int64_t)(uintptr_t)args[0].obj); }

KERNEL(_unwrap_optional)
{
	if (args[0].tag == TAG_NONE)
		return xfail(x, "Unwrapping null optional");
	return ret_value(rets, ivalue_ref(args[0]));
}
KERNEL(prim_unchecked_unwrap_optional) { return ret_value(rets, ivalue_ref(args[0])); }
