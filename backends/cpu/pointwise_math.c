// SPDX-License-Identifier: BSD-3-Clause
// Elementwise functions of one operand: roots, exponentials, logarithms, circular and hyperbolic functions,
// rounding, signs, and the predicates on floats.  One row a function: its expression serves float and double
// (and both complex types) through tgmath.
#include "backends/cpu/cmath.h"
#include "backends/cpu/pointwise.h"
#include "backends/cpu/special.h"
#include "backends/cpu/table.h"

#include <tgmath.h>

#define PI 3.14159265358979323846

// Reals only; integers become floats.
#define ROW_R(NAME, QUOTE, FAST, E)                                                                     \
	REAL1(NAME, E)                                                                                  \
	static const PointOp NAME##_op = {.name = QUOTE, .nin = 1, .takes = TAKES_FLOAT, .to_float = true, \
		.fast = FAST, .body = {HAS_REAL(NAME)}};                                                \
	PLAIN_KERNEL(NAME, &NAME##_op)
// The same without half precision.
#define ROW_WIDE(NAME, QUOTE, E)                                                                        \
	REAL1(NAME, E)                                                                                  \
	static const PointOp NAME##_op = {.name = QUOTE, .nin = 1, .takes = TAKES_REAL, .to_float = true, \
		.body = {HAS_REAL(NAME)}};                                                              \
	PLAIN_KERNEL(NAME, &NAME##_op)
// Reals and complex numbers.
#define ROW_RC(NAME, QUOTE, FAST, E, EC)                                                                \
	REAL1(NAME, E)                                                                                  \
	CPLX1(NAME, EC)                                                                                 \
	static const PointOp NAME##_op = {.name = QUOTE, .nin = 1, .takes = TAKES_FLOAT | TAKES_COMPLEX, \
		.to_float = true, .fast = FAST, .body = {HAS_REAL(NAME), HAS_CPLX(NAME)}};              \
	PLAIN_KERNEL(NAME, &NAME##_op)

static inline c64_t scale_c64(c64_t z, double s) { return c64_make(c64_re(z) * (float)s, c64_im(z) * (float)s); }
static inline c128_t scale_c128(c128_t z, double s) { return c128_make(c128_re(z) * s, c128_im(z) * s); }
#define cx_scale(z, s) _Generic((z), c64_t: scale_c64, default: scale_c128)(z, s)
#define cx_one(z) _Generic((z), c64_t: c64_make(1, 0), default: c128_make(1, 0))
#define cx_make(z, re, im) _Generic((z), c64_t: c64_make((float)(re), (float)(im)), default: c128_make(re, im))

static inline c128_t expm1_z(c128_t z)
{
	double re = c128_re(z), im = c128_im(z), s = sin(im / 2);
	double e = expm1(re), c = -2 * s * s;
	return c128_make(e * (1 + c) + c, exp(re) * sin(im));
}
static inline c128_t log1p_z(c128_t z)
{
	double re = c128_re(z), im = c128_im(z);
	double x = re + 1;
	return c128_make(fabs(re) + fabs(im) < 0.5 ? 0.5 * log1p(re * (re + 2) + im * im) : log(hypot(x, im)),
		atan2(im, x));
}

ROW_RC(acos, "acos_vml_cpu", 0, acos(a), acos(a))
ROW_RC(acosh, "acosh_cpu", 0, acosh(a), acosh(a))
ROW_RC(asin, "asin_vml_cpu", 0, asin(a), asin(a))
ROW_RC(asinh, "asinh_cpu", 0, asinh(a), asinh(a))
ROW_RC(atan, "atan_vml_cpu", 0, atan(a), atan(a))
ROW_RC(atanh, "atanh_cpu", 0, atanh(a), atanh(a))
ROW_RC(cos, "cos_vml_cpu", FAST_cos, cos(a), cos(a))
ROW_RC(cosh, "cosh_cpu", 0, cosh(a), cosh(a))
ROW_RC(exp, "exp_vml_cpu", FAST_exp, exp(a), exp(a))
ROW_RC(exp2, "exp2", FAST_exp2, exp2(a), exp(cx_scale(a, 0.69314718055994530942)))
ROW_RC(expm1, "expm1_vml_cpu", FAST_expm1, expm1(a), expm1_z(a))
ROW_RC(log, "log_vml_cpu", FAST_log, log(a), log(a))
ROW_RC(log10, "log10_vml_cpu", 0, log10(a), cx_scale(log(a), 0.43429448190325182765))
ROW_RC(log1p, "log1p_vml_cpu", FAST_log1p, log1p(a), log1p_z(a))
ROW_RC(log2, "log2_vml_cpu", 0, log2(a), cx_scale(log(a), 1.44269504088896340736))
ROW_RC(reciprocal, "reciprocal_cpu", FAST_reciprocal, 1 / a, cx_div(cx_one(a), a))
ROW_RC(rsqrt, "rsqrt_cpu", FAST_rsqrt, 1 / sqrt(a), cx_div(cx_one(a), sqrt(a)))
ROW_RC(sigmoid, "sigmoid_cpu", FAST_sigmoid, 1 / (1 + exp(-a)), cx_div(cx_one(a), cx_one(a) + exp(-a)))
ROW_RC(sin, "sin_vml_cpu", FAST_sin, sin(a), sin(a))
ROW_RC(sinh, "sinh_cpu", 0, sinh(a), sinh(a))
ROW_RC(sqrt, "sqrt_vml_cpu", FAST_sqrt, sqrt(a), sqrt(a))
ROW_RC(tan, "tan_vml_cpu", 0, tan(a), tan(a))
ROW_RC(tanh, "tanh_vml_cpu", FAST_tanh, tanh(a), tanh(a))

static inline float sinc_f32(float a) { float t = (float)PI * a; return a == 0 ? 1 : sinf(t) / t; }
static inline double sinc_f64(double a) { double t = PI * a; return a == 0 ? 1 : sin(t) / t; }
static inline c64_t sinc_c64(c64_t a) { c64_t t = scale_c64(a, PI); return a == 0 ? c64_make(1, 0) : c64_div(csinf(t), t); }
static inline c128_t sinc_c128(c128_t a) { c128_t t = scale_c128(a, PI); return a == 0 ? c128_make(1, 0) : c128_div(csin(t), t); }
BODY1(sinc_body_f32, float, float, sinc_f32(a))
BODY1(sinc_body_f64, double, double, sinc_f64(a))
BODY1(sinc_body_c64, c64_t, c64_t, sinc_c64(a))
BODY1(sinc_body_c128, c128_t, c128_t, sinc_c128(a))
static const PointOp sinc_op = {.name = "sinc_cpu", .nin = 1, .takes = TAKES_FLOAT | TAKES_COMPLEX, .to_float = true,
	.body = {HAS_REAL(sinc_body), HAS_CPLX(sinc_body)}};
PLAIN_KERNEL(sinc, &sinc_op)

static Status refuse_complex(Exec *x, const PointParams *p, const char *text)
{
	return dtype_is_complex(p->common) ? xfail(x, "%s", text) : STATUS_OK;
}
#define REFUSES_COMPLEX(NAME, TEXT)                                                                     \
	static Status NAME##_check(Exec *x, const PointParams *p) { return refuse_complex(x, p, TEXT); }

REFUSES_COMPLEX(deg2rad, "deg2rad is not supported for complex tensors.")
REFUSES_COMPLEX(rad2deg, "rad2deg is not supported for complex tensors.")
REAL1(deg2rad, a * _Generic(a, float: (float)(PI / 180), default: PI / 180))
REAL1(rad2deg, a * _Generic(a, float: (float)(180 / PI), default: 180 / PI))
static const PointOp deg2rad_op = {.name = "mul", .nin = 1, .takes = TAKES_FLOAT, .to_float = true,
	.body = {HAS_REAL(deg2rad)}, .check = deg2rad_check};
static const PointOp rad2deg_op = {.name = "mul", .nin = 1, .takes = TAKES_FLOAT, .to_float = true,
	.body = {HAS_REAL(rad2deg)}, .check = rad2deg_check};
PLAIN_KERNEL(deg2rad, &deg2rad_op)
PLAIN_KERNEL(rad2deg, &rad2deg_op)

// ---- special functions, computed in double
ROW_R(erf, "erf_vml_cpu", FAST_erf, erf(a))
ROW_R(erfc, "erfc_vml_cpu", 0, erfc(a))
ROW_R(erfinv, "erfinv_vml_cpu", 0, special_erfinv(a))
ROW_R(digamma, "digamma", 0, special_digamma(a))
ROW_R(lgamma, "lgamma_vml_cpu", 0, special_lgamma(a))
ROW_R(i0, "i0_vml_cpu", 0, special_i0(a))
ROW_R(special_i0e, "i0e_cpu", 0, special_i0e(a))
ROW_R(special_i1, "i1_cpu", 0, special_i1(a))
ROW_R(special_i1e, "i1e_cpu", 0, special_i1e(a))
ROW_R(special_entr, "entr_cpu", 0, a != a ? a : a > 0 ? -a * log(a) : a == 0 ? 0 : -INFINITY)
ROW_R(special_ndtr, "erf_vml_cpu", 0, special_ndtr(a))
ROW_WIDE(special_erfcx, "erfcx_cpu", special_erfcx(a))
ROW_WIDE(special_log_ndtr, "log_ndtr_cpu", special_log_ndtr(a))
ROW_WIDE(special_ndtri, "ndtri_cpu", special_ndtri(a))
ROW_WIDE(special_airy_ai, "airy_ai_cpu", special_airy_ai(a))
ROW_WIDE(special_bessel_j0, "bessel_j0_cpu", special_j0(a))
ROW_WIDE(special_bessel_j1, "bessel_j1_cpu", special_j1(a))
ROW_WIDE(special_bessel_y0, "bessel_y0_cpu", special_y0(a))
ROW_WIDE(special_bessel_y1, "bessel_y1_cpu", special_y1(a))
ROW_WIDE(special_modified_bessel_i0, "modified_bessel_i0_cpu", special_i0(a))
ROW_WIDE(special_modified_bessel_i1, "modified_bessel_i1_cpu", special_i1(a))
ROW_WIDE(special_modified_bessel_k0, "modified_bessel_k0_cpu", special_k0(a))
ROW_WIDE(special_modified_bessel_k1, "modified_bessel_k1_cpu", special_k1(a))
ROW_WIDE(special_scaled_modified_bessel_k0, "scaled_modified_bessel_k0_cpu", special_k0e(a))
ROW_WIDE(special_scaled_modified_bessel_k1, "scaled_modified_bessel_k1_cpu", special_k1e(a))
ROW_WIDE(special_spherical_bessel_j0, "spherical_bessel_j0_cpu", special_spherical_j0(a))

// polygamma(n, self): the order comes first in the schema.
REAL1(polygamma, special_polygamma(p->i[3], a))
static const PointOp polygamma_op = {.name = "polygamma", .nin = 1, .takes = TAKES_FLOAT, .to_float = true,
	.body = {HAS_REAL(polygamma)}};
static Status polygamma_run(Exec *x, int64_t n, const IValue *self, PointForm form, IValue out, IValue *rets)
{
	if (n < 0)
		return xfail(x, "polygamma(n, x) does not support negative n.");
	PointParams p = {.numbers = 0};
	p.i[3] = n;
	return pointwise(x, &polygamma_op, self, &p, form, out, rets);
}
FORM_HEAD(polygamma)
{
	(void)nargs;
	if (form == FORM_INPLACE) // polygamma_(self, n)
		return polygamma_run(x, arg_int(args[1]), args, form, out, rets);
	return polygamma_run(x, arg_int(args[0]), args + 1, form, out, rets);
}
THREE_FORMS(polygamma)

// logit(self, eps): eps clamps the operand to [eps, 1 - eps]; a missing eps arrives as a negative one.
static inline float logit_f32_of(float a, float eps)
{
	float hi = 1 - eps;
	a = eps < 0 ? a : a < eps ? eps : a > hi ? hi : a;
	return logf(a / (1 - a));
}
static inline double logit_f64_of(double a, double eps)
{
	double hi = 1 - eps;
	a = eps < 0 ? a : a < eps ? eps : a > hi ? hi : a;
	return log(a / (1 - a));
}
BODY1(logit_f32, float, float, logit_f32_of(a, (float)p->f[3]))
BODY1(logit_f64, double, double, logit_f64_of(a, p->f[3]))
static const PointOp logit_op = {.name = "logit_cpu", .nin = 1, .takes = TAKES_FLOAT, .to_float = true,
	.body = {HAS_REAL(logit)}};
FORM_HEAD(logit)
{
	(void)nargs;
	PointParams p = {.numbers = 0};
	p.f[3] = arg_float_or(args[1], -1);
	return pointwise(x, &logit_op, args, &p, form, out, rets);
}
THREE_FORMS(logit)

// ---- rounding
#define ROUNDING(NAME, QUOTE, E, CHECK)                                                                 \
	REAL1(NAME, E)                                                                                  \
	INT1(NAME, a)                                                                                   \
	static const PointOp NAME##_op = {.name = QUOTE, .nin = 1, .takes = TAKES_INT | TAKES_UINT | TAKES_FLOAT, \
		.fast = FAST_##NAME, .body = {HAS_REAL(NAME), HAS_INT(NAME)}, .check = CHECK};          \
	PLAIN_KERNEL(NAME, &NAME##_op)
REFUSES_COMPLEX(ceil, "ceil is not supported for complex inputs")
REFUSES_COMPLEX(floor, "floor is not supported for complex inputs")
REFUSES_COMPLEX(trunc, "trunc is not supported for complex inputs")
ROUNDING(ceil, "ceil_vml_cpu", ceil(a), ceil_check)
ROUNDING(floor, "floor_vml_cpu", floor(a), floor_check)
ROUNDING(trunc, "trunc_vml_cpu", trunc(a), trunc_check)
ROUNDING(round, "round_vml_cpu", rint(a), NULL)

REAL1(frac, a - trunc(a))
static const PointOp frac_op = {.name = "frac_cpu", .nin = 1, .takes = TAKES_FLOAT, .body = {HAS_REAL(frac)}};
PLAIN_KERNEL(frac, &frac_op)

// round(self, decimals): scale, round to even, scale back; a negative count divides first.
#define ROUND_DECIMALS(T, NAME)                                                                         \
	static inline T NAME(T a, int64_t decimals)                                                     \
	{                                                                                               \
		T ten = (T)pow((T)10, (T)(decimals < 0 ? -decimals : decimals));                        \
		return decimals < 0 ? rint(a / ten) * ten : rint(a * ten) / ten;                        \
	}
ROUND_DECIMALS(float, round_decimals_of_f32)
ROUND_DECIMALS(double, round_decimals_of_f64)
BODY1(round_decimals_f32, float, float, round_decimals_of_f32(a, p->i[3]))
BODY1(round_decimals_f64, double, double, round_decimals_of_f64(a, p->i[3]))
static const PointOp round_decimals_op = {.name = "round_cpu", .nin = 1, .takes = TAKES_FLOAT,
	.body = {HAS_REAL(round_decimals)}};
FORM_HEAD(round_decimals)
{
	(void)nargs;
	int64_t decimals = arg_int(args[1]);
	if (decimals == 0)
		return pointwise(x, &round_op, args, NULL, form, out, rets);
	PointParams p = {.numbers = 0};
	p.i[3] = decimals;
	return pointwise(x, &round_decimals_op, args, &p, form, out, rets);
}
THREE_FORMS(round_decimals)

// ---- signs and magnitudes
REAL1(abs, fabs(a))
BODY1(abs_i64, int64_t, int64_t, a < 0 ? (int64_t)-(uint64_t)a : a)
BODY1(abs_c64, float, c64_t, hypotf(c64_re(a), c64_im(a)))
BODY1(abs_c128, double, c128_t, hypot(c128_re(a), c128_im(a)))
static const PointOp abs_op = {.name = "abs_cpu", .nin = 1, .takes = TAKES_NUMBER | TAKES_COMPLEX | TAKES_CHALF,
	.result = RESULT_REAL, .fast = FAST_abs, .body = {HAS_REAL(abs), HAS_CPLX(abs), [CARRY_I64] = abs_i64}};
FORM_HEAD(abs)
{
	(void)nargs;
	if (form == FORM_INPLACE && dtype_is_complex(tensor_dtype(args[0].tensor)))
		return xfail(x, "In-place abs is not supported for complex tensors.");
	return pointwise(x, &abs_op, args, NULL, form, out, rets);
}
THREE_FORMS(abs)

REAL1(angle, a != a ? a : a < 0 ? _Generic(a, float: (float)PI, default: PI) : 0)
BODY1(angle_c64, float, c64_t, atan2f(c64_im(a), c64_re(a)))
BODY1(angle_c128, double, c128_t, atan2(c128_im(a), c128_re(a)))
static const PointOp angle_op = {.name = "angle_cpu", .nin = 1, .takes = TAKES_FLOAT | TAKES_COMPLEX, .to_float = true,
	.result = RESULT_REAL, .body = {HAS_REAL(angle), HAS_CPLX(angle)}};
PLAIN_KERNEL(angle, &angle_op)

REAL1(neg, -a)
CPLX1(neg, -a)
BODY1(neg_i64, int64_t, int64_t, -(uint64_t)a)
static Status neg_check(Exec *x, const PointParams *p)
{
	if (p->common == DT_BOOL)
		return xfail(x, "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a "
			"mask, use the `~` or `logical_not()` operator instead.");
	return STATUS_OK;
}
static const PointOp neg_op = {.name = "neg_cpu", .nin = 1, .takes = TAKES_NUMBER | TAKES_COMPLEX | TAKES_CHALF,
	.fast = FAST_neg, .body = {HAS_REAL(neg), HAS_CPLX(neg), [CARRY_I64] = neg_i64}, .check = neg_check};
PLAIN_KERNEL(neg, &neg_op)

Status op_positive(Exec *x, const IValue *args, int nargs, IValue *rets);
Status op_positive(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	if (tensor_dtype(args[0].tensor) == DT_BOOL)
		return xfail(x, "The `+` operator, on a bool tensor is not supported.");
	rets[0] = ivalue_ref(args[0]);
	return STATUS_OK;
}

REAL1(sign, (a > 0) - (a < 0))
BODY1(sign_i64, int64_t, int64_t, (a > 0) - (a < 0))
REFUSES_COMPLEX(sign, "Unlike NumPy, torch.sign is not intended to support complex numbers. Please use torch.sgn instead.")
static const PointOp sign_op = {.name = "sign_cpu", .nin = 1, .takes = TAKES_BOOL | TAKES_NUMBER, .fast = FAST_sign,
	.body = {HAS_REAL(sign), [CARRY_I64] = sign_i64}, .check = sign_check};
PLAIN_KERNEL(sign, &sign_op)

static inline c64_t sgn_z64(c64_t a) { float m = hypotf(c64_re(a), c64_im(a)); return m == 0 ? 0 : c64_make(c64_re(a) / m, c64_im(a) / m); }
static inline c128_t sgn_z128(c128_t a) { double m = hypot(c128_re(a), c128_im(a)); return m == 0 ? 0 : c128_make(c128_re(a) / m, c128_im(a) / m); }
BODY1(sgn_c64, c64_t, c64_t, sgn_z64(a))
BODY1(sgn_c128, c128_t, c128_t, sgn_z128(a))
static const PointOp sgn_op = {.name = "sgn_cpu", .nin = 1, .takes = TAKES_BOOL | TAKES_NUMBER | TAKES_COMPLEX | TAKES_CHALF,
	.body = {HAS_REAL(sign), HAS_CPLX(sgn), [CARRY_I64] = sign_i64}};
PLAIN_KERNEL(sgn, &sgn_op)

#define PREDICATE(NAME, QUOTE, TAKES, ER, EI, EC, CHECK)                                                \
	BODY1(NAME##_f32, uint8_t, float, ER)                                                           \
	BODY1(NAME##_f64, uint8_t, double, ER)                                                          \
	BODY1(NAME##_i64, uint8_t, int64_t, EI)                                                         \
	BODY1(NAME##_u64, uint8_t, uint64_t, EI)                                                        \
	BODY1(NAME##_c64, uint8_t, c64_t, EC)                                                           \
	BODY1(NAME##_c128, uint8_t, c128_t, EC)                                                         \
	static const PointOp NAME##_op = {.name = QUOTE, .nin = 1, .takes = TAKES, .result = RESULT_BOOL, \
		.body = {HAS_REAL(NAME), HAS_INT(NAME), HAS_CPLX(NAME)}, .check = CHECK};               \
	PLAIN_KERNEL(NAME, &NAME##_op)
REFUSES_COMPLEX(isneginf, "isneginf does not support complex inputs.")
REFUSES_COMPLEX(isposinf, "isposinf does not support complex inputs.")
REFUSES_COMPLEX(signbit, "signbit is not implemented for complex tensors.")
PREDICATE(isfinite, "isfinite", TAKES_ALL, isfinite(a) != 0, 1, isfinite(cx_re(a)) && isfinite(cx_im(a)), NULL)
PREDICATE(isinf, "isinf", TAKES_ALL, isinf(a) != 0, 0, isinf(cx_re(a)) || isinf(cx_im(a)), NULL)
PREDICATE(isnan, "isnan", TAKES_ALL, a != a, 0, cx_re(a) != cx_re(a) || cx_im(a) != cx_im(a), NULL)
PREDICATE(isneginf, "isneginf", TAKES_ALL, isinf(a) && a < 0, 0, 0, isneginf_check)
PREDICATE(isposinf, "isposinf", TAKES_ALL, isinf(a) && a > 0, 0, 0, isposinf_check)
PREDICATE(isreal, "isreal", TAKES_ALL, 1, 1, cx_im(a) == 0, NULL)
PREDICATE(signbit, "signbit_cpu", TAKES_BOOL | TAKES_NUMBER | TAKES_UINT, signbit(a) != 0, _Generic(a, int64_t: (int64_t)a < 0, default: 0), 0, signbit_check)
PREDICATE(logical_not, "logical_not_cpu", TAKES_BOOL | TAKES_NUMBER | TAKES_COMPLEX, a == 0, a == 0, a == 0, NULL)

BODY1(bitwise_not_i64, int64_t, int64_t, p->common == DT_BOOL ? !a : ~a)
static const PointOp bitwise_not_op = {.name = "bitwise_not_cpu", .nin = 1, .takes = TAKES_BOOL | TAKES_INT,
	.body = {[CARRY_I64] = bitwise_not_i64}};
PLAIN_KERNEL(bitwise_not, &bitwise_not_op)
