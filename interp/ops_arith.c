// SPDX-License-Identifier: BSD-3-Clause
// Arithmetic of two numbers.  An overload with "Scalar" takes any mix of int, float and complex; where one is
// complex and the op has no complex result it fails.
#include "interp/ops.h"

static bool has_complex(const IValue *args) { return args[0].tag == TAG_COMPLEX || args[1].tag == TAG_COMPLEX; }
static bool both_ints(const IValue *args) { return args[0].tag != TAG_FLOAT && args[1].tag != TAG_FLOAT; }

static Status need_real(Exec *x, const char *op)
{
	return xfail(x, "%s is not defined for complex numbers", op);
}

#define N(k) arg_int(args[k])
#define F(k) arg_float(args[k])
#define Z(k) arg_complex(args[k])

#define MIXED(op, body) \
	KERNEL(op##_float) body \
	KERNEL(op##_int_float) body \
	KERNEL(op##_float_int) body
#define COMPLEX_MIXED(op, body) \
	KERNEL(op##_complex) body \
	KERNEL(op##_float_complex) body \
	KERNEL(op##_complex_float) body

// + - *
#define RING(op, int_fn, sign)                                                          \
	KERNEL(op##_int) { return ret_int(rets, int_fn(N(0), N(1))); }                  \
	MIXED(op, { return ret_float(rets, F(0) sign F(1)); })                          \
	COMPLEX_MIXED(op, { return ret_complex(rets, Z(0) sign Z(1)); })                \
	KERNEL(op##_int_complex) { return ret_complex(rets, Z(0) sign Z(1)); }          \
	KERNEL(op##_complex_int) { return ret_complex(rets, Z(0) sign Z(1)); }          \
	KERNEL(op)                                                                      \
	{                                                                               \
		if (has_complex(args))                                                  \
			return ret_complex(rets, Z(0) sign Z(1));                       \
		if (both_ints(args))                                                    \
			return ret_int(rets, int_fn(N(0), N(1)));                       \
		return ret_float(rets, F(0) sign F(1));                                 \
	}
RING(add, int_add, +)
RING(sub, int_sub, -)
RING(mul, int_mul, *)

KERNEL(div_int) { return ret_float(rets, (double)N(0) / (double)N(1)); }
KERNEL(div_float) { return ret_float(rets, F(0) / F(1)); }
KERNEL(div_complex) { return ret_complex(rets, Z(0) / Z(1)); }
KERNEL(div)
{
	return has_complex(args) ? need_real(x, "div") : ret_float(rets, F(0) / F(1));
}

// // and %
static Status floordiv_ints(Exec *x, int64_t a, int64_t b, IValue *rets)
{
	return b ? ret_int(rets, int_floordiv(a, b)) : xfail(x, TEXT_DIVISION_BY_ZERO);
}
KERNEL(floordiv_int) { return floordiv_ints(x, N(0), N(1), rets); }
MIXED(floordiv, { return ret_float(rets, floor(F(0) / F(1))); })
KERNEL(floordiv)
{
	if (has_complex(args))
		return need_real(x, "floordiv");
	if (both_ints(args))
		return floordiv_ints(x, N(0), N(1), rets);
	return ret_float(rets, floor(F(0) / F(1)));
}
KERNEL(__round_to_zero_floordiv_int)
{
	if (N(1) == 0)
		return xfail(x, TEXT_MODULO_BY_ZERO);
	return ret_int(rets, N(1) == -1 ? int_neg(N(0)) : N(0) / N(1));
}

static Status mod_ints(Exec *x, int64_t a, int64_t b, IValue *rets)
{
	return b ? ret_int(rets, int_mod(a, b)) : xfail(x, TEXT_MODULO_BY_ZERO);
}
KERNEL(remainder_int) { return mod_ints(x, N(0), N(1), rets); }
MIXED(remainder, { return ret_float(rets, float_mod(F(0), F(1))); })
KERNEL(remainder)
{
	if (has_complex(args))
		return need_real(x, "remainder");
	if (both_ints(args))
		return mod_ints(x, N(0), N(1), rets);
	return ret_float(rets, float_mod(F(0), F(1)));
}

KERNEL(fmod_int) { return ret_float(rets, fmod((double)N(0), (double)N(1))); }
MIXED(fmod, { return ret_float(rets, fmod(F(0), F(1))); })
KERNEL(fmod)
{
	return has_complex(args) ? need_real(x, "fmod") : ret_float(rets, fmod(F(0), F(1)));
}

KERNEL(mathremainder_int) { return ret_float(rets, remainder((double)N(0), (double)N(1))); }
MIXED(mathremainder, { return ret_float(rets, remainder(F(0), F(1))); })
KERNEL(mathremainder)
{
	return has_complex(args) ? need_real(x, "remainder") : ret_float(rets, remainder(F(0), F(1)));
}

KERNEL(divmod_int)
{
	if (N(1) == 0)
		return xfail(x, TEXT_MODULO_BY_ZERO);
	rets[0] = iv_int(int_floordiv(N(0), N(1)));
	rets[1] = iv_int(int_mod(N(0), N(1)));
	return STATUS_OK;
}
static Status divmod_floats(Exec *x, double a, double b, IValue *rets)
{
	if (b == 0)
		return xfail(x, "ZeroDivisionError: float divmod()");
	double r = fmod(a, b);
	if (r != 0 && (r < 0) != (b < 0))
		r += b;
	rets[0] = iv_float((a - r) / b);
	rets[1] = iv_float(r);
	return STATUS_OK;
}
MIXED(divmod, { return divmod_floats(x, F(0), F(1), rets); })

// **
static Status power(Exec *x, double a, double b, IValue *rets)
{
	if (a == 0 && b < 0)
		return xfail(x, "0.0 cannot be raised to a negative power");
	return ret_float(rets, pow(a, b));
}
KERNEL(pow_int) { return power(x, (double)N(0), (double)N(1), rets); }
MIXED(pow, { return power(x, F(0), F(1), rets); })
COMPLEX_MIXED(pow, { return ret_complex(rets, cpow(Z(0), Z(1))); })
KERNEL(pow_Scalar_Scalar)
{
	return has_complex(args) ? need_real(x, "pow") : power(x, F(0), F(1), rets);
}
KERNEL(pow_int_to_int)
{
	int64_t base = N(0), e = N(1), r = 1;
	if (e < 0) { // the double result, truncated
		if (base == 0)
			return xfail(x, "0.0 cannot be raised to a negative power");
		return ret_int(rets, base == 1 ? 1 : base == -1 ? (e & 1 ? -1 : 1) : 0);
	}
	for (; e; e >>= 1, base = int_mul(base, base))
		if (e & 1)
			r = int_mul(r, base);
	return ret_int(rets, r);
}

// bits; shift counts are taken modulo 64, as the processor does
KERNEL(__and___int) { return ret_int(rets, N(0) & N(1)); }
KERNEL(__or___int) { return ret_int(rets, N(0) | N(1)); }
KERNEL(__xor___int) { return ret_int(rets, N(0) ^ N(1)); }
KERNEL(__lshift___int) { return ret_int(rets, (int64_t)((uint64_t)N(0) << (N(1) & 63))); }
KERNEL(__rshift___int) { return ret_int(rets, N(0) >> (N(1) & 63)); }
KERNEL(__and___bool) { return ret_bool(rets, arg_bool(args[0]) && arg_bool(args[1])); }
KERNEL(__or___bool) { return ret_bool(rets, arg_bool(args[0]) || arg_bool(args[1])); }
KERNEL(__xor___bool) { return ret_bool(rets, arg_bool(args[0]) != arg_bool(args[1])); }
KERNEL(__not__) { return ret_bool(rets, !arg_bool(args[0])); }

KERNEL(gcd_int)
{
	uint64_t a = N(0) < 0 ? 0 - (uint64_t)N(0) : (uint64_t)N(0), b = N(1) < 0 ? 0 - (uint64_t)N(1) : (uint64_t)N(1);
	while (b) {
		uint64_t t = a % b;
		a = b;
		b = t;
	}
	return ret_int(rets, (int64_t)a);
}

// min and max: a NaN wins when it comes second
#define EXTREME(op, sign)                                                                                       \
	KERNEL(prim_##op##_int) { return ret_int(rets, N(0) sign N(1) ? N(0) : N(1)); }                         \
	KERNEL(prim_##op##_float) { return ret_float(rets, F(0) sign F(1) ? F(0) : F(1)); }                     \
	KERNEL(prim_##op##_int_float) { return ret_float(rets, F(0) sign F(1) ? F(0) : F(1)); }                 \
	KERNEL(prim_##op##_float_int) { return ret_float(rets, F(0) sign F(1) ? F(0) : F(1)); }                 \
	KERNEL(prim_##op)                                                                                       \
	{                                                                                                       \
		if (has_complex(args))                                                                          \
			return need_real(x, #op);                                                               \
		if (both_ints(args))                                                                            \
			return ret_int(rets, N(0) sign N(1) ? N(0) : N(1));                                     \
		return ret_float(rets, F(0) sign F(1) ? F(0) : F(1));                                           \
	}
EXTREME(max, >)
EXTREME(min, <)

#define REAL_BINARY(op, fn)                                                                            \
	KERNEL(op##_int) { return ret_float(rets, fn((double)N(0), (double)N(1))); }                   \
	MIXED(op, { return ret_float(rets, fn(F(0), F(1))); })
REAL_BINARY(atan2, atan2)
REAL_BINARY(copysign, copysign)
KERNEL(atan2_Scalar_Scalar)
{
	return has_complex(args) ? need_real(x, "atan2") : ret_float(rets, atan2(F(0), F(1)));
}
KERNEL(copysign)
{
	return has_complex(args) ? need_real(x, "copysign") : ret_float(rets, copysign(F(0), F(1)));
}

static c128_t polar(double r, double angle) { return make_complex(r * cos(angle), r * sin(angle)); }
KERNEL(polar_int) { return ret_complex(rets, polar((double)N(0), (double)N(1))); }
MIXED(polar, { return ret_complex(rets, polar(F(0), F(1))); })
KERNEL(polar_Scalar_Scalar)
{
	return has_complex(args) ? need_real(x, "polar") : ret_complex(rets, polar(F(0), F(1)));
}

// log(a, base)
static double log_base(double a, double b) { return log(a) / log(b); }
KERNEL(log_int_int) { return ret_float(rets, log_base((double)N(0), (double)N(1))); }
KERNEL(log_float_float) { return ret_float(rets, log_base(F(0), F(1))); }
KERNEL(log_int_float) { return ret_float(rets, log_base(F(0), F(1))); }
KERNEL(log_float_int) { return ret_float(rets, log_base(F(0), F(1))); }
#define LOG_COMPLEX(a, b) KERNEL(log_##a##_##b) { return ret_complex(rets, clog(Z(0)) / clog(Z(1))); }
LOG_COMPLEX(complex, complex)
LOG_COMPLEX(int, complex)
LOG_COMPLEX(complex, int)
LOG_COMPLEX(float, complex)
LOG_COMPLEX(complex, float)
KERNEL(log_Scalar_Scalar)
{
	return has_complex(args) ? need_real(x, "log") : ret_float(rets, log_base(F(0), F(1)));
}

KERNEL(ldexp) // the exponent passes through a C int
{
	return ret_float(rets, ldexp(F(0), (int)(uint32_t)(uint64_t)N(1)));
}
KERNEL(frexp)
{
	int e = 0;
	double m = frexp(F(0), &e);
	rets[0] = iv_float(m);
	rets[1] = iv_int(isfinite(m) ? e : 0);
	return STATUS_OK;
}
KERNEL(modf)
{
	double whole, part = modf(F(0), &whole);
	rets[0] = iv_float(part);
	rets[1] = iv_float(whole);
	return STATUS_OK;
}

// loops over ranges
KERNEL(__derive_index) { return ret_int(rets, int_add(N(1), int_mul(N(0), N(2)))); }
KERNEL(__range_length)
{
	int64_t lo = N(0), hi = N(1), step = N(2);
	if (step == 0)
		return xfail(x, "range() arg 3 must not be zero");
	if (step > 0)
		return ret_int(rets, lo < hi ? (int64_t)(((uint64_t)hi - (uint64_t)lo - 1) / (uint64_t)step + 1) : 0);
	return ret_int(rets, hi < lo ? (int64_t)(((uint64_t)lo - (uint64_t)hi - 1) / (0 - (uint64_t)step) + 1) : 0);
}
