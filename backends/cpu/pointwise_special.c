// SPDX-License-Identifier: BSD-3-Clause
// Elementwise functions of two operands beyond arithmetic: angles, logarithmic sums, incomplete gammas, zeta,
// orthogonal polynomials; and frexp, which has two results.
#include "backends/cpu/cmath.h"
#include "backends/cpu/nest.h"
#include "backends/cpu/pointwise.h"
#include "backends/cpu/special.h"

#include <tgmath.h>

#define PAIR_OP(NAME, QUOTE, TAKES, TOFLOAT, E)                                                         \
	REAL2(NAME, E)                                                                                  \
	static const PointOp NAME##_op = {.name = QUOTE, .nin = 2, .takes = TAKES, .to_float = TOFLOAT, \
		.body = {HAS_REAL(NAME)}};                                                              \
	PLAIN_KERNEL(NAME, &NAME##_op)

PAIR_OP(atan2, "atan2_cpu", TAKES_FLOAT, true, atan2(a, b))
PAIR_OP(copysign_Tensor, "copysign_cpu", TAKES_FLOAT, true, copysign(a, b))
PAIR_OP(hypot, "hypot_cpu", TAKES_FLOAT, false, hypot(a, b))
PAIR_OP(igamma, "igamma_cpu", TAKES_FLOAT, false, special_igamma(a, b))
PAIR_OP(igammac, "igammac_cpu", TAKES_FLOAT, false, special_igammac(a, b))
PAIR_OP(special_zeta, "zeta_cpu", TAKES_REAL, true, special_zeta(a, b))
PAIR_OP(xlogy_Tensor, "xlogy_cpu", TAKES_FLOAT, true, b != b ? b : a == 0 ? 0 : a * log(b))
PAIR_OP(special_xlog1py, "xlog1py_cpu", TAKES_FLOAT, true, b != b ? b : a == 0 ? 0 : a * log1p(b))

#define POLYNOMIAL(NAME, FUNCTION) PAIR_OP(special_##NAME, #NAME "_cpu", TAKES_REAL, true, FUNCTION(a, b))
POLYNOMIAL(chebyshev_polynomial_t, special_chebyshev_t)
POLYNOMIAL(chebyshev_polynomial_u, special_chebyshev_u)
POLYNOMIAL(chebyshev_polynomial_v, special_chebyshev_v)
POLYNOMIAL(chebyshev_polynomial_w, special_chebyshev_w)
POLYNOMIAL(shifted_chebyshev_polynomial_t, special_shifted_chebyshev_t)
POLYNOMIAL(shifted_chebyshev_polynomial_u, special_shifted_chebyshev_u)
POLYNOMIAL(shifted_chebyshev_polynomial_v, special_shifted_chebyshev_v)
POLYNOMIAL(shifted_chebyshev_polynomial_w, special_shifted_chebyshev_w)
POLYNOMIAL(hermite_polynomial_h, special_hermite_h)
POLYNOMIAL(hermite_polynomial_he, special_hermite_he)
POLYNOMIAL(laguerre_polynomial_l, special_laguerre_l)
POLYNOMIAL(legendre_polynomial_p, special_legendre_p)

// log(e^a + e^b) without overflow; equal infinities stay.
#define LOG_SUM(T, S)                                                                                   \
	static inline T logaddexp_of_##S(T a, T b)                                                      \
	{                                                                                               \
		if (isinf(a) && a == b)                                                                 \
			return a;                                                                       \
		T m = a != a || a > b ? a : b;                                                          \
		return m + log1p(exp(-fabs(a - b)));                                                    \
	}                                                                                               \
	static inline T logaddexp2_of_##S(T a, T b)                                                     \
	{                                                                                               \
		if (isinf(a) && a == b)                                                                 \
			return a;                                                                       \
		T m = a != a || a > b ? a : b;                                                          \
		return m + log1p(exp2(-fabs(a - b))) * (T)1.44269504088896340736;                       \
	}
LOG_SUM(float, f32)
LOG_SUM(double, f64)
static c128_t logaddexp_of_c128(c128_t a, c128_t b)
{
	if (c128_re(a) != c128_re(a) || c128_im(a) != c128_im(a))
		return a;
	if (c128_re(b) != c128_re(b) || c128_im(b) != c128_im(b))
		return b;
	bool swap = c128_re(a) < c128_re(b);
	c128_t lo = swap ? a : b, hi = swap ? b : a;
	if (isinf(c128_re(lo)) && c128_re(lo) == c128_re(hi))
		return c128_re(lo) < 0 ? lo : clog(cexp(lo) + cexp(hi));
	c128_t e = cexp(lo - hi);
	return hi + clog(1 + e);
}
BODY2(logaddexp_f32, float, float, logaddexp_of_f32(a, b))
BODY2(logaddexp_f64, double, double, logaddexp_of_f64(a, b))
CPLX2(logaddexp, logaddexp_of_c128(a, b))
static const PointOp logaddexp_op = {.name = "logaddexp_cpu", .nin = 2, .takes = TAKES_FLOAT | TAKES_COMPLEX,
	.body = {HAS_REAL(logaddexp), HAS_CPLX(logaddexp)}};
PLAIN_KERNEL(logaddexp, &logaddexp_op)
BODY2(logaddexp2_f32, float, float, logaddexp2_of_f32(a, b))
BODY2(logaddexp2_f64, double, double, logaddexp2_of_f64(a, b))
static const PointOp logaddexp2_op = {.name = "logaddexp2_cpu", .nin = 2, .takes = TAKES_FLOAT,
	.body = {HAS_REAL(logaddexp2)}};
PLAIN_KERNEL(logaddexp2, &logaddexp2_op)

// The next representable value of the operand's own dtype; half precision steps in its own bits.
static inline uint16_t next_half(float a, float b, uint16_t bits, float (*value)(uint16_t))
{
	if (a != a || b != b)
		return 0x7fff;
	if (a == b)
		return 0xffff; // marker: take b
	if (a == 0)
		return b < 0 ? 0x8001 : 0x0001;
	(void)value;
	return (a > b) == (a > 0) ? (uint16_t)(bits - 1) : (uint16_t)(bits + 1);
}
static float next_f16(float a, float b)
{
	uint16_t r = next_half(a, b, f16_from_f32(a).bits, NULL);
	return r == 0xffff ? b : f16_to_f32((f16_t){r});
}
static float next_bf16(float a, float b)
{
	uint16_t r = next_half(a, b, bf16_from_f32(a).bits, NULL);
	return r == 0xffff ? b : bf16_to_f32((bf16_t){r});
}
BODY2(nextafter_f32, float, float,
	p->common == DT_F16 ? next_f16(a, b) : p->common == DT_BF16 ? next_bf16(a, b) : nextafterf(a, b))
BODY2(nextafter_f64, double, double, nextafter(a, b))
static const PointOp nextafter_op = {.name = "nextafter_cpu", .nin = 2, .takes = TAKES_FLOAT, .body = {HAS_REAL(nextafter)}};
PLAIN_KERNEL(nextafter, &nextafter_op)

// ---- frexp: mantissa in [0.5, 1) and exponent
static void frexp_loop(void *arg, char *const *p, const int64_t *strides, int64_t n)
{
	DType d = *(DType *)arg;
	for (int64_t i = 0; i < n; i++) {
		double v = element_f64(p[2] + i * strides[2], d);
		int e = 0;
		double m = isfinite(v) ? frexp(v, &e) : v;
		element_set_f64(p[0] + i * strides[0], d, m);
		element_set_i64(p[1] + i * strides[1], DT_I32, e);
	}
}

static Status run_frexp(Exec *x, const Tensor *self, Tensor *mantissa, Tensor *exponent)
{
	DType d = tensor_dtype(self);
	if (tensor_device(self) == DEVICE_META)
		return STATUS_OK;
	if (tensor_dtype(mantissa) != d)
		return xfail(x, "torch.frexp() expects mantissa to have dtype %s but got %s", dtype_class_name(d),
			dtype_class_name(tensor_dtype(mantissa)));
	if (tensor_dtype(exponent) != DT_I32)
		return xfail(x, "torch.frexp() expects exponent to have int dtype but got %s", dtype_class_name(tensor_dtype(exponent)));
	Nest n;
	nest_init(&n, self->sizes, self->ndim);
	nest_add(&n, mantissa);
	nest_add(&n, exponent);
	nest_add(&n, self);
	nest_sort(&n, NULL);
	nest_merge(&n);
	nest_run(&n, 16384, frexp_loop, &d);
	return STATUS_OK;
}

Status op_frexp_Tensor(Exec *x, const IValue *args, int nargs, IValue *rets);
Status op_frexp_Tensor(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	const Tensor *self = args[0].tensor;
	if (!dtype_is_float(tensor_dtype(self)))
		return xfail(x, "torch.frexp() only supports floating-point dtypes");
	Tensor *m, *e;
	TRY(tensor_empty_like(self, tensor_dtype(self), &m, x->err));
	Status s = tensor_empty_like(self, DT_I32, &e, x->err);
	if (s != STATUS_OK) {
		tensor_unref(&m);
		return s;
	}
	s = run_frexp(x, self, m, e);
	if (s != STATUS_OK) {
		tensor_unref(&m);
		tensor_unref(&e);
		return s;
	}
	rets[0] = iv_take_tensor(m);
	rets[1] = iv_take_tensor(e);
	return STATUS_OK;
}
