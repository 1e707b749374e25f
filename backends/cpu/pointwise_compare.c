// SPDX-License-Identifier: BSD-3-Clause
// Comparisons, logic, bits, selection, and extremes of two operands.
#include "backends/cpu/cmath.h"
#include "backends/cpu/convert.h"
#include "backends/cpu/number.h"
#include "backends/cpu/pointwise.h"
#include "backends/cpu/table.h"

#include <tgmath.h>

#define COMPARE_BODIES(NAME, E)                                                                         \
	BODY2(NAME##_f32, uint8_t, float, E)                                                            \
	BODY2(NAME##_f64, uint8_t, double, E)                                                           \
	BODY2(NAME##_i64, uint8_t, int64_t, E)                                                          \
	BODY2(NAME##_u64, uint8_t, uint64_t, E)
#define ORDERING(NAME, E)                                                                               \
	COMPARE_BODIES(NAME, E)                                                                         \
	static const PointOp NAME##_op = {.name = #NAME "_cpu", .nin = 2, .takes = TAKES_BOOL | TAKES_NUMBER | TAKES_UINT, \
		.result = RESULT_BOOL, .fast = FAST_##NAME, .body = {HAS_REAL(NAME), HAS_INT(NAME)}};   \
	PLAIN_KERNEL(NAME##_Tensor, &NAME##_op)
ORDERING(lt, a < b)
ORDERING(le, a <= b)
ORDERING(gt, a > b)
ORDERING(ge, a >= b)

#define EQUALITY(NAME, E)                                                                               \
	COMPARE_BODIES(NAME, E)                                                                         \
	BODY2(NAME##_c64, uint8_t, c64_t, E)                                                            \
	BODY2(NAME##_c128, uint8_t, c128_t, E)                                                          \
	static const PointOp NAME##_op = {.name = #NAME "_cpu", .nin = 2, .takes = TAKES_ALL, .result = RESULT_BOOL, \
		.fast = FAST_##NAME, .body = {HAS_REAL(NAME), HAS_INT(NAME), HAS_CPLX(NAME)}};          \
	PLAIN_KERNEL(NAME##_Tensor, &NAME##_op)
EQUALITY(eq, a == b)
EQUALITY(ne, a != b)

#define LOGIC(NAME, E)                                                                                  \
	COMPARE_BODIES(NAME, E)                                                                         \
	BODY2(NAME##_c64, uint8_t, c64_t, E)                                                            \
	BODY2(NAME##_c128, uint8_t, c128_t, E)                                                          \
	static const PointOp NAME##_op = {.name = #NAME "_cpu", .nin = 2,                               \
		.takes = TAKES_BOOL | TAKES_NUMBER | TAKES_COMPLEX, .result = RESULT_BOOL,              \
		.body = {HAS_REAL(NAME), HAS_INT(NAME), HAS_CPLX(NAME)}};                               \
	PLAIN_KERNEL(NAME, &NAME##_op)
LOGIC(logical_and, a != 0 && b != 0)
LOGIC(logical_or, a != 0 || b != 0)
LOGIC(logical_xor, (a != 0) != (b != 0))

// ---- bits
#define BITS(NAME, QUOTE, TAKES, E)                                                                     \
	INT2(NAME, E)                                                                                   \
	static const PointOp NAME##_op = {.name = QUOTE, .nin = 2, .takes = TAKES, .body = {HAS_INT(NAME)}}; \
	PLAIN_KERNEL(NAME##_Tensor, &NAME##_op)
BITS(bitwise_and, "bitwise_and_cpu", TAKES_BOOL | TAKES_INT | TAKES_UINT, a & b)
BITS(bitwise_or, "bitwise_or_cpu", TAKES_BOOL | TAKES_INT | TAKES_UINT, a | b)
BITS(bitwise_xor, "bitwise_xor_cpu", TAKES_BOOL | TAKES_INT | TAKES_UINT, a ^ b)

// Shifting by a negative count or by the width or more gives 0, or the sign for a right shift.
static inline int64_t shift_left(int64_t a, int64_t b, int bits)
{
	return b < 0 || b >= bits ? 0 : (int64_t)((uint64_t)a << b);
}
static inline int64_t shift_right(int64_t a, int64_t b, int bits, bool is_signed)
{
	int most = is_signed ? bits - 1 : bits;
	if (b < 0 || b >= most)
		return is_signed ? a >> 63 : 0;
	return a >> b;
}
BODY2(lshift_i64, int64_t, int64_t, shift_left(a, b, p->bits))
BODY2(rshift_i64, int64_t, int64_t, shift_right(a, b, p->bits, p->common != DT_U8))
static const PointOp lshift_op = {.name = "lshift_cpu", .nin = 2, .takes = TAKES_INT, .body = {[CARRY_I64] = lshift_i64}};
static const PointOp rshift_op = {.name = "rshift_cpu", .nin = 2, .takes = TAKES_INT, .body = {[CARRY_I64] = rshift_i64}};
PLAIN_KERNEL(bitwise_left_shift_Tensor, &lshift_op)
PLAIN_KERNEL(bitwise_right_shift_Tensor, &rshift_op)

static int64_t igcd(int64_t a, int64_t b)
{
	uint64_t u = a < 0 ? -(uint64_t)a : (uint64_t)a, v = b < 0 ? -(uint64_t)b : (uint64_t)b;
	while (v) {
		uint64_t t = u % v;
		u = v;
		v = t;
	}
	return (int64_t)u;
}
static int64_t ilcm(int64_t a, int64_t b)
{
	int64_t g = igcd(a, b);
	if (g == 0)
		return 0;
	uint64_t m = (uint64_t)(g == -1 ? (int64_t)-(uint64_t)a : a / g) * (uint64_t)b;
	return (int64_t)m < 0 ? (int64_t)-m : (int64_t)m;
}
BODY2(gcd_i64, int64_t, int64_t, igcd(a, b))
BODY2(lcm_i64, int64_t, int64_t, ilcm(a, b))
static const PointOp gcd_op = {.name = "gcd_cpu", .nin = 2, .takes = TAKES_INT, .body = {[CARRY_I64] = gcd_i64}};
static const PointOp lcm_op = {.name = "lcm_cpu", .nin = 2, .takes = TAKES_INT, .body = {[CARRY_I64] = lcm_i64}};
PLAIN_KERNEL(gcd, &gcd_op)
PLAIN_KERNEL(lcm, &lcm_op)

// ---- extremes
#define EXTREME(NAME, QUOTE, ER, EI)                                                                    \
	REAL2(NAME, ER)                                                                                 \
	INT2(NAME, EI)                                                                                  \
	static Status NAME##_check(Exec *x, const PointParams *p)                                       \
	{                                                                                               \
		return dtype_is_complex(p->common) ? xfail(x, #NAME " not implemented for complex tensors.") : STATUS_OK; \
	}
// A NaN on either side wins in maximum and minimum, loses in fmax and fmin.
EXTREME(maximum, "maximum_cpu", a != a || a >= b ? a : b, a > b ? a : b)
EXTREME(minimum, "minimum_cpu", a != a || a <= b ? a : b, a < b ? a : b)
EXTREME(fmax, "maximum_cpu", fmax(a, b), a > b ? a : b)
EXTREME(fmin, "minimum_cpu", fmin(a, b), a < b ? a : b)
#define EXTREME_OP(NAME, QUOTE, FAST)                                                                   \
	static const PointOp NAME##_op = {.name = QUOTE, .nin = 2, .takes = TAKES_BOOL | TAKES_NUMBER | TAKES_UINT, \
		.fast = FAST, .body = {HAS_REAL(NAME), HAS_INT(NAME)}, .check = NAME##_check};          \
	PLAIN_KERNEL(NAME, &NAME##_op)
EXTREME_OP(maximum, "maximum_cpu", FAST_maximum)
EXTREME_OP(minimum, "minimum_cpu", FAST_minimum)
EXTREME_OP(fmax, "maximum_cpu", 0)
EXTREME_OP(fmin, "minimum_cpu", 0)

// ---- clamp: min(max(a, lo), hi), NaN in any of them wins
static Status clamp_check(Exec *x, const PointParams *p)
{
	return dtype_is_complex(p->common) ? xfail(x, "clamp is not supported for complex types") : STATUS_OK;
}
#define CLAMPS(NAME, T)                                                                                 \
	static inline T NAME##_lo(T a, T lo) { return a != a ? a : lo != lo || a < lo ? lo : a; }       \
	static inline T NAME##_hi(T a, T hi) { return a != a ? a : hi != hi || a > hi ? hi : a; }
CLAMPS(clamp_f32, float)
CLAMPS(clamp_f64, double)
BODY3(clamp_f32, float, float, clamp_f32_hi(clamp_f32_lo(a, b), c))
BODY3(clamp_f64, double, double, clamp_f64_hi(clamp_f64_lo(a, b), c))
#define ICLAMP(a, lo, hi) ((((a) < (lo)) ? (lo) : (a)) > (hi) ? (hi) : (((a) < (lo)) ? (lo) : (a)))
INT3(clamp, ICLAMP(a, b, c))
BODY2(clamp_min_f32, float, float, clamp_f32_lo(a, b))
BODY2(clamp_min_f64, double, double, clamp_f64_lo(a, b))
INT2(clamp_min, a < b ? b : a)
BODY2(clamp_max_f32, float, float, clamp_f32_hi(a, b))
BODY2(clamp_max_f64, double, double, clamp_f64_hi(a, b))
INT2(clamp_max, a > b ? b : a)
#define CLAMP_OP(VAR, QUOTE, NAME, NIN, TAKES, FAST)                                                    \
	static const PointOp VAR = {.name = QUOTE, .nin = NIN, .takes = TAKES, .fast = FAST,            \
		.body = {HAS_REAL(NAME), HAS_INT(NAME)}, .check = clamp_check};
CLAMP_OP(clamp_op, "clamp_scalar_cpu", clamp, 3, TAKES_NUMBER, FAST_clamp)
CLAMP_OP(clamp_min_op, "clamp_min_scalar_cpu", clamp_min, 2, TAKES_NUMBER, 0)
CLAMP_OP(clamp_max_op, "clamp_max_scalar_cpu", clamp_max, 2, TAKES_NUMBER, 0)
CLAMP_OP(clamp_tensor_op, "clamp_cpu", clamp, 3, TAKES_NUMBER, FAST_clamp)

// Numeric bounds must be representable in the common dtype.
static Status check_bounds(Exec *x, const IValue *in, int n)
{
	DType d = point_common_dtype(x, in, n);
	if (d == DT_NONE)
		return x->err->code;
	for (int k = 1; k < n; k++) {
		char element[16];
		if (iv_is_number(in[k]))
			TRY(number_to_element(x, in[k], d, element));
	}
	return STATUS_OK;
}

FORM_HEAD(clamp)
{
	(void)nargs;
	bool lo = !iv_is_none(args[1]), hi = !iv_is_none(args[2]);
	if (!lo && !hi)
		return xfail(x, "torch.clamp: At least one of 'min' or 'max' must not be None");
	TRY(check_bounds(x, args, 3));
	bool tensors = (lo && args[1].tag == TAG_TENSOR) || (hi && args[2].tag == TAG_TENSOR);
	if (lo && hi)
		return pointwise(x, tensors ? &clamp_tensor_op : &clamp_op, args, NULL, form, out, rets);
	IValue two[2] = {args[0], lo ? args[1] : args[2]};
	if (tensors)
		return pointwise(x, lo ? &maximum_op : &minimum_op, two, NULL, form, out, rets);
	return pointwise(x, lo ? &clamp_min_op : &clamp_max_op, two, NULL, form, out, rets);
}
THREE_FORMS(clamp)
#define CLAMP_ONE(NAME, OTHER)                                                                          \
	FORM_HEAD(NAME)                                                                                 \
	{                                                                                               \
		(void)nargs;                                                                            \
		TRY(check_bounds(x, args, 2));                                                          \
		return pointwise(x, args[1].tag == TAG_TENSOR ? &OTHER##_op : &NAME##_op, args, NULL, form, out, rets); \
	}                                                                                               \
	THREE_FORMS(NAME)
CLAMP_ONE(clamp_min, maximum)
CLAMP_ONE(clamp_max, minimum)

// hardtanh and relu6 clamp to bounds of self's own dtype.
FORM_HEAD(hardtanh)
{
	(void)nargs;
	DType d = tensor_dtype(args[0].tensor);
	if (d == DT_BOOL)
		return xfail(x, "Bool inputs not supported for hardtanh");
	IValue lo = args[1], hi = args[2];
	if (dtype_is_int(d)) {
		lo = iv_int(lo.tag == TAG_FLOAT ? i64_from_f64(lo.f) : iv_as_i64(lo));
		hi = iv_int(hi.tag == TAG_FLOAT ? i64_from_f64(hi.f) : iv_as_i64(hi));
		if (d == DT_U8 && (lo.i < 0 || hi.i < 0))
			return xfail(x, "cannot do hardtanh on an unsigned type with negative limits");
	}
	IValue in[3] = {args[0], lo, hi};
	return pointwise_as(x, &clamp_op, in, NULL, d, form, out, rets);
}
THREE_FORMS(hardtanh)
FORM_HEAD(relu6)
{
	(void)nargs;
	if (tensor_dtype(args[0].tensor) == DT_BOOL)
		return xfail(x, "Bool inputs not supported for hardtanh");
	IValue in[3] = {args[0], iv_int(0), iv_int(6)};
	return pointwise_as(x, &clamp_op, in, NULL, tensor_dtype(args[0].tensor), form, out, rets);
}
THREE_FORMS(relu6)
REAL1(relu, a < 0 ? 0 : a)
BODY1(relu_i64, int64_t, int64_t, a < 0 ? 0 : a)
static const PointOp relu_op = {.name = "clamp_min_scalar_cpu", .nin = 1, .takes = TAKES_NUMBER, .fast = FAST_relu,
	.body = {HAS_REAL(relu), [CARRY_I64] = relu_i64}, .check = clamp_check};
FORM_HEAD(relu)
{
	(void)nargs;
	if (tensor_dtype(args[0].tensor) == DT_BOOL)
		return xfail(x, "Boolean inputs not supported for relu");
	return pointwise(x, &relu_op, args, NULL, form, out, rets);
}
THREE_FORMS(relu)

// ---- selection: operand 0 is the mask
#define SELECT_BODY(S, T)                                                                               \
	static void where_##S(void *const *out, const void *const *in, int64_t n, PointParams *p)       \
	{                                                                                               \
		T *o = out[0];                                                                          \
		const uint8_t *m = in[0];                                                               \
		const T *a = in[1], *b = in[2];                                                         \
		(void)p;                                                                                \
		for (int64_t k = 0; k < n; k++)                                                         \
			o[k] = m[k] ? a[k] : b[k];                                                      \
	}
SELECT_BODY(f32, float)
SELECT_BODY(f64, double)
SELECT_BODY(i64, int64_t)
SELECT_BODY(u64, uint64_t)
SELECT_BODY(c64, c64_t)
SELECT_BODY(c128, c128_t)
static const PointOp where_op = {.name = "where_cpu", .nin = 3, .takes = TAKES_ALL, .masks = 1, .fast = FAST_where,
	.body = {HAS_REAL(where), HAS_INT(where), HAS_CPLX(where)}};

FORM_HEAD(where_self)
{
	(void)nargs;
	DType m = tensor_dtype(args[0].tensor);
	if (m != DT_BOOL && m != DT_U8)
		return xfail(x, "where expected condition to be a boolean tensor, but got a tensor with dtype %s", dtype_class_name(m));
	return pointwise(x, &where_op, args, NULL, form, out, rets);
}
THREE_FORMS(where_self)

REAL2(heaviside, a == 0 ? b : a > 0)
BODY2(heaviside_i64, int64_t, int64_t, a == 0 ? b : a > 0)
static const PointOp heaviside_op = {.name = "heaviside_cpu", .nin = 2, .takes = TAKES_BOOL | TAKES_NUMBER,
	.body = {HAS_REAL(heaviside), [CARRY_I64] = heaviside_i64}};
FORM_HEAD(heaviside)
{
	(void)nargs;
	DType a = tensor_dtype(args[0].tensor), b = tensor_dtype(args[1].tensor);
	if (dtype_is_complex(a) || dtype_is_complex(b))
		return xfail(x, "heaviside is not yet implemented for complex tensors.");
	if (a != b)
		return xfail(x, "heaviside is not yet implemented for tensors with different dtypes.");
	return pointwise(x, &heaviside_op, args, NULL, form, out, rets);
}
THREE_FORMS(heaviside)
