// SPDX-License-Identifier: BSD-3-Clause
// Functions of one number.  The Scalar overloads compute in single precision: their results are what the
// reference returns, bit for bit.
#include "interp/ops.h"

#define N(k) arg_int(args[k])
#define F(k) arg_float(args[k])
#define Z(k) arg_complex(args[k])

static Status need_real(Exec *x, const char *op)
{
	return xfail(x, "%s is not defined for complex numbers", op);
}

#define REAL_FUNCTION(op, fn)                                                                                   \
	KERNEL(op##_int) { return ret_float(rets, fn((double)N(0))); }                                          \
	KERNEL(op##_float) { return ret_float(rets, fn(F(0))); }                                                \
	KERNEL(op##_Scalar)                                                                                     \
	{                                                                                                       \
		if (args[0].tag == TAG_COMPLEX)                                                                 \
			return need_real(x, #op);                                                               \
		return ret_float(rets, (float)fn(F(0)));                                                        \
	}
#define COMPLEX_FUNCTION(op, fn, cfn)                                                                           \
	KERNEL(op##_int) { return ret_float(rets, fn((double)N(0))); }                                          \
	KERNEL(op##_float) { return ret_float(rets, fn(F(0))); }                                                \
	KERNEL(op##_complex) { return ret_complex(rets, cfn(Z(0))); }                                           \
	KERNEL(op##_Scalar)                                                                                     \
	{                                                                                                       \
		if (args[0].tag == TAG_COMPLEX)                                                                 \
			return ret_complex(rets, cfn(Z(0)));                                                    \
		return ret_float(rets, (float)fn(F(0)));                                                        \
	}

static c128_t complex_log10(c128_t z) { return clog(z) / log(10.0); }
static double to_degrees(double v) { return v * (180.0 / M_PI); }
static double to_radians(double v) { return v * (M_PI / 180.0); }

COMPLEX_FUNCTION(acos, acos, cacos)
COMPLEX_FUNCTION(acosh, acosh, cacosh)
COMPLEX_FUNCTION(asin, asin, casin)
COMPLEX_FUNCTION(asinh, asinh, casinh)
COMPLEX_FUNCTION(atan, atan, catan)
COMPLEX_FUNCTION(atanh, atanh, catanh)
COMPLEX_FUNCTION(cos, cos, ccos)
COMPLEX_FUNCTION(cosh, cosh, ccosh)
COMPLEX_FUNCTION(exp, exp, cexp)
COMPLEX_FUNCTION(log, log, clog)
COMPLEX_FUNCTION(log10, log10, complex_log10)
COMPLEX_FUNCTION(sin, sin, csin)
COMPLEX_FUNCTION(sinh, sinh, csinh)
COMPLEX_FUNCTION(sqrt, sqrt, csqrt)
COMPLEX_FUNCTION(tan, tan, ctan)
COMPLEX_FUNCTION(tanh, tanh, ctanh)
REAL_FUNCTION(erf, erf)
REAL_FUNCTION(erfc, erfc)
REAL_FUNCTION(expm1, expm1)
REAL_FUNCTION(fabs, fabs)
REAL_FUNCTION(gamma, tgamma)
REAL_FUNCTION(lgamma, lgamma)
REAL_FUNCTION(log1p, log1p)
REAL_FUNCTION(degrees, to_degrees)
REAL_FUNCTION(radians, to_radians)
REAL_FUNCTION(round, rint)

static double real_angle(double v) { return v < 0 ? M_PI : 0; }
KERNEL(angle_int) { return ret_float(rets, real_angle((double)N(0))); }
KERNEL(angle_float) { return ret_float(rets, real_angle(F(0))); }
KERNEL(angle_complex) { return ret_float(rets, carg(Z(0))); }
KERNEL(angle_Scalar)
{
	return ret_float(rets, (float)(args[0].tag == TAG_COMPLEX ? carg(Z(0)) : real_angle(F(0))));
}

// floor and ceil give ints
static Status to_int(Exec *x, double v, IValue *rets)
{
	if (!isfinite(v))
		return xfail(x, "Cannot convert float %s to integer", isnan(v) ? "nan" : v < 0 ? "-inf" : "inf");
	return ret_int(rets, int_of_float(v));
}
#define ROUNDING(op)                                                                                            \
	KERNEL(op##_int) { return ret_int(rets, N(0)); }                                                        \
	KERNEL(op##_float) { return to_int(x, op(F(0)), rets); }                                                \
	KERNEL(op##_Scalar)                                                                                     \
	{                                                                                                       \
		if (args[0].tag == TAG_COMPLEX)                                                                 \
			return need_real(x, #op);                                                               \
		return args[0].tag == TAG_FLOAT ? to_int(x, op(F(0)), rets) : ret_int(rets, N(0));              \
	}
ROUNDING(floor)
ROUNDING(ceil)

KERNEL(factorial_int)
{
	int64_t n = N(0), r = 1;
	if (n < 0)
		return xfail(x, "factorial() not defined for negative values");
	for (int64_t i = 2; i <= n && i < 100; i++) // 66! and above are 0 modulo 2^64
		r = int_mul(r, i);
	return ret_int(rets, r);
}

KERNEL(neg_int) { return ret_int(rets, int_neg(N(0))); }
KERNEL(neg_float) { return ret_float(rets, -F(0)); }
KERNEL(neg_complex) { return ret_complex(rets, -Z(0)); }
KERNEL(neg_Scalar)
{
	if (args[0].tag == TAG_COMPLEX)
		return ret_complex(rets, -Z(0));
	return args[0].tag == TAG_FLOAT ? ret_float(rets, (float)-F(0)) : ret_int(rets, int_neg(N(0)));
}

static int64_t int_abs(int64_t v) { return v < 0 ? int_neg(v) : v; }
KERNEL(prim_abs_int) { return ret_int(rets, int_abs(N(0))); }
KERNEL(prim_abs_float) { return ret_float(rets, fabs(F(0))); }
KERNEL(prim_abs_complex) { return ret_float(rets, cabs(Z(0))); }
KERNEL(prim_abs_Scalar)
{
	if (args[0].tag == TAG_COMPLEX)
		return ret_float(rets, (float)cabs(Z(0)));
	return args[0].tag == TAG_FLOAT ? ret_float(rets, (float)fabs(F(0))) : ret_int(rets, int_abs(N(0)));
}

KERNEL(isnan_float) { return ret_bool(rets, isnan(F(0))); }
KERNEL(isinf_float) { return ret_bool(rets, isinf(F(0))); }
KERNEL(isfinite_float) { return ret_bool(rets, isfinite(F(0))); }
KERNEL(isnan_complex) { return ret_bool(rets, isnan(creal(Z(0))) || isnan(cimag(Z(0)))); }
KERNEL(isinf_complex) { return ret_bool(rets, isinf(creal(Z(0))) || isinf(cimag(Z(0)))); }
KERNEL(isfinite_complex) { return ret_bool(rets, isfinite(creal(Z(0))) && isfinite(cimag(Z(0)))); }
