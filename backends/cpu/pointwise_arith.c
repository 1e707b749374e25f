// SPDX-License-Identifier: BSD-3-Clause
// Arithmetic of two and three operands: sums, products, quotients and their rounding modes, remainders, powers,
// interpolation.  Integers wrap; dividing one by zero is an error that a body reports through p->fault.
#include "backends/cpu/cmath.h"
#include "backends/cpu/number.h"
#include "backends/cpu/pointwise.h"
#include "backends/cpu/table.h"

#include <tgmath.h>

#define TAKES_USUAL (TAKES_NUMBER | TAKES_COMPLEX | TAKES_CHALF)

// ---- add, sub
REAL2(add, a + b)
CPLX2(add, a + b)
BODY2(add_i64, int64_t, int64_t, (uint64_t)a + (uint64_t)b)
static const PointOp add_op = {.name = "add_stub", .nin = 2, .takes = TAKES_BOOL | TAKES_USUAL, .exact_number = true,
	.fast = FAST_add, .body = {HAS_REAL(add), HAS_CPLX(add), [CARRY_I64] = add_i64}};

#define ALPHA_C cx_mul(_Generic(a, c64_t: c64_make((float)p->c[0][0], (float)p->c[0][1]), default: c128_make(p->c[0][0], p->c[0][1])), b)
BODY2(add_alpha_f32, float, float, a + (float)p->f[0] * b)
BODY2(add_alpha_f64, double, double, a + p->f[0] * b)
BODY2(add_alpha_i64, int64_t, int64_t, (uint64_t)a + (uint64_t)p->i[0] * (uint64_t)b)
CPLX2(add_alpha, a + ALPHA_C)
static const PointOp add_alpha_op = {.name = "add_stub", .nin = 2, .takes = TAKES_BOOL | TAKES_USUAL, .exact_number = true,
	.fast = FAST_add_alpha, .body = {HAS_REAL(add_alpha), HAS_CPLX(add_alpha), [CARRY_I64] = add_alpha_i64}};

REAL2(sub, a - b)
CPLX2(sub, a - b)
BODY2(sub_i64, int64_t, int64_t, (uint64_t)a - (uint64_t)b)
static const PointOp sub_op = {.name = "add_stub", .nin = 2, .takes = TAKES_USUAL, .exact_number = true,
	.fast = FAST_sub, .body = {HAS_REAL(sub), HAS_CPLX(sub), [CARRY_I64] = sub_i64}};

static bool is_one(IValue v)
{
	return v.tag == TAG_FLOAT ? v.f == 1 : v.tag == TAG_INT ? v.i == 1 : v.tag == TAG_BOOL && v.b;
}

static Status check_alpha(Exec *x, DType d, IValue alpha)
{
	if (alpha.tag == TAG_BOOL && d != DT_BOOL)
		return xfail(x, "Boolean alpha only supported for Boolean results.");
	if (alpha.tag != TAG_INT && alpha.tag != TAG_BOOL && !dtype_is_float(d) && !dtype_is_complex(d))
		return xfail(x, "For integral input tensors, argument alpha must not be a floating point number.");
	if (alpha.tag == TAG_COMPLEX && !dtype_is_complex(d))
		return xfail(x, "For non-complex input tensors, argument alpha must not be a complex number.");
	return STATUS_OK;
}

static Status check_sub(Exec *x, IValue a, IValue b)
{
	bool ba = a.tag == TAG_BOOL || (a.tag == TAG_TENSOR && tensor_dtype(a.tensor) == DT_BOOL);
	bool bb = b.tag == TAG_BOOL || (b.tag == TAG_TENSOR && tensor_dtype(b.tensor) == DT_BOOL);
	if (ba && bb)
		return xfail(x, "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or "
			"`logical_xor()` operator instead.");
	if (ba || bb)
		return xfail(x, "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to "
			"invert a mask, use the `~` or `logical_not()` operator instead.");
	return STATUS_OK;
}

static Status run_add(Exec *x, const IValue *ab, IValue alpha, PointForm form, IValue out, IValue *rets)
{
	if (is_one(alpha) && alpha.tag != TAG_FLOAT && alpha.tag != TAG_BOOL)
		return pointwise(x, &add_op, ab, NULL, form, out, rets);
	DType d = point_common_dtype(x, ab, 2);
	if (d == DT_NONE)
		return x->err->code;
	TRY(check_alpha(x, d, alpha));
	PointParams p = {.number = {alpha}, .numbers = 1, .check_numbers = true};
	return pointwise(x, is_one(alpha) ? &add_op : &add_alpha_op, ab, &p, form, out, rets);
}

static Status run_sub(Exec *x, const IValue *ab, IValue alpha, PointForm form, IValue out, IValue *rets)
{
	TRY(check_sub(x, ab[0], ab[1]));
	if (is_one(alpha) && alpha.tag == TAG_INT)
		return pointwise(x, &sub_op, ab, NULL, form, out, rets);
	DType d = point_common_dtype(x, ab, 2);
	if (d == DT_NONE)
		return x->err->code;
	TRY(check_alpha(x, d, alpha));
	IValue minus = alpha.tag == TAG_FLOAT ? iv_float(-alpha.f)
		: alpha.tag == TAG_COMPLEX    ? iv_complex(-alpha.complex_->re, -alpha.complex_->im)
					      : iv_int((int64_t)-(uint64_t)(alpha.tag == TAG_BOOL ? alpha.b : alpha.i));
	PointParams p = {.number = {minus}, .numbers = 1};
	Status s = pointwise(x, &add_alpha_op, ab, &p, form, out, rets);
	ivalue_unref(&minus);
	return s;
}

FORM_HEAD(add_Tensor) { (void)nargs; return run_add(x, args, args[2], form, out, rets); }
THREE_FORMS(add_Tensor)
FORM_HEAD(sub_Tensor) { (void)nargs; return run_sub(x, args, args[2], form, out, rets); }
THREE_FORMS(sub_Tensor)
FORM_HEAD(rsub_Tensor)
{
	(void)nargs;
	IValue ba[2] = {args[1], args[0]};
	return run_sub(x, ba, args[2], form, out, rets);
}
THREE_FORMS(rsub_Tensor)

static inline float relu_sum_f32(float s) { return s < 0 ? 0 : s; }
static inline double relu_sum_f64(double s) { return s < 0 ? 0 : s; }
BODY2(add_relu_f32, float, float, relu_sum_f32(a + (float)p->f[0] * b))
BODY2(add_relu_f64, double, double, relu_sum_f64(a + p->f[0] * b))
static inline int64_t relu_sum_i64(uint64_t s) { return (int64_t)s < 0 ? 0 : (int64_t)s; }
BODY2(add_relu_i64, int64_t, int64_t, relu_sum_i64((uint64_t)a + (uint64_t)p->i[0] * (uint64_t)b))
static const PointOp add_relu_op = {.name = "add_clamp_cpu", .nin = 2, .takes = TAKES_NUMBER,
	.body = {HAS_REAL(add_relu), [CARRY_I64] = add_relu_i64}};
NUMBER_KERNEL(_add_relu_Tensor, &add_relu_op, 1)

// ---- mul, div
REAL2(mul, a * b)
CPLX2(mul, cx_mul(a, b))
BODY2(mul_i64, int64_t, int64_t, (uint64_t)a * (uint64_t)b)
BODY2(mul_u64, uint64_t, uint64_t, a * b)
static const PointOp mul_op = {.name = "mul_cpu", .nin = 2, .takes = TAKES_ALL, .exact_number = true, .fast = FAST_mul,
	.body = {HAS_REAL(mul), HAS_CPLX(mul), HAS_INT(mul)}};
PLAIN_KERNEL(mul_Tensor, &mul_op)

REAL2(div, a / b)
CPLX2(div, cx_div(a, b))
static const PointOp div_op = {.name = "div_cpu", .nin = 2, .takes = TAKES_FLOAT | TAKES_COMPLEX, .to_float = true,
	.exact_number = true, .fast = FAST_div, .body = {HAS_REAL(div), HAS_CPLX(div)}};
PLAIN_KERNEL(div_Tensor, &div_op)

enum { FAULT_DIVISION = 1, FAULT_POWER };
static inline int64_t idiv(int64_t a, int64_t b, PointParams *p)
{
	if (b == 0) {
		p->fault = FAULT_DIVISION;
		return 0;
	}
	return b == -1 ? (int64_t)-(uint64_t)a : a / b;
}
static inline int64_t ifloordiv(int64_t a, int64_t b, PointParams *p)
{
	int64_t q = idiv(a, b, p);
	return b != 0 && b != -1 && a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q;
}
static inline int64_t ifmod(int64_t a, int64_t b, PointParams *p)
{
	if (b == 0)
		p->fault = FAULT_DIVISION;
	return b == 0 || b == -1 ? 0 : a % b;
}
static inline int64_t iremainder(int64_t a, int64_t b, PointParams *p)
{
	int64_t r = ifmod(a, b, p);
	return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}
#define FLOATING_DIVISION(T, S)                                                                         \
	static inline T floordiv_##S(T a, T b)                                                          \
	{                                                                                               \
		if (b == 0)                                                                             \
			return a / b;                                                                   \
		T mod = fmod(a, b), div = (a - mod) / b;                                                \
		if (mod != 0 && (b < 0) != (mod < 0))                                                   \
			div -= 1;                                                                       \
		if (div == 0)                                                                           \
			return copysign((T)0, a / b);                                                   \
		T whole = floor(div);                                                                   \
		return div - whole > (T)0.5 ? whole + 1 : whole;                                        \
	}                                                                                               \
	static inline T modulo_##S(T a, T b)                                                         \
	{                                                                                               \
		T mod = fmod(a, b);                                                                     \
		return mod != 0 && (b < 0) != (mod < 0) ? mod + b : mod;                                \
	}
FLOATING_DIVISION(float, f32)
FLOATING_DIVISION(double, f64)

#define DIVISION(NAME, QUOTE, EF, ED, EI)                                                               \
	BODY2(NAME##_f32, float, float, EF)                                                             \
	BODY2(NAME##_f64, double, double, ED)                                                           \
	BODY2(NAME##_i64, int64_t, int64_t, EI)                                                         \
	static const PointOp NAME##_op = {.name = QUOTE, .nin = 2, .takes = TAKES_NUMBER,               \
		.body = {HAS_REAL(NAME), [CARRY_I64] = NAME##_i64}};
DIVISION(div_floor, "div_floor_cpu", floordiv_f32(a, b), floordiv_f64(a, b), ifloordiv(a, b, p))
// Half precision rounds the quotient before it truncates.
static inline float quotient_f32(float q, DType d)
{
	return d == DT_F32 ? q : d == DT_F16 ? f16_to_f32(f16_from_f32(q)) : bf16_to_f32(bf16_from_f32(q));
}
DIVISION(div_trunc, "div_trunc_cpu", trunc(quotient_f32(a / b, p->common)), trunc(a / b), idiv(a, b, p))
DIVISION(fmod, "fmod_cpu", fmod(a, b), fmod(a, b), ifmod(a, b, p))
DIVISION(remainder, "remainder_cpu", modulo_f32(a, b), modulo_f64(a, b), iremainder(a, b, p))

static Status run_faulting(Exec *x, const PointOp *op, const IValue *ab, PointForm form, IValue out, IValue *rets)
{
	PointParams p = {.numbers = 0};
	TRY(pointwise(x, op, ab, &p, form, out, rets));
	if (!p.fault)
		return STATUS_OK;
	ivalue_unref(&rets[0]);
	return xfail(x, "%s", p.fault == FAULT_DIVISION ? "ZeroDivisionError"
		: "Integers to negative integer powers are not allowed.");
}
#define FAULTING_KERNEL(NAME, OP)                                                                       \
	FORM_HEAD(NAME) { (void)nargs; return run_faulting(x, OP, args, form, out, rets); }             \
	THREE_FORMS(NAME)
FAULTING_KERNEL(fmod_Tensor, &fmod_op)
FAULTING_KERNEL(remainder_Tensor, &remainder_op)
FAULTING_KERNEL(floor_divide, &div_floor_op)

FORM_HEAD(div_Tensor_mode)
{
	(void)nargs;
	const char *mode = arg_str(args[2]);
	if (!mode)
		return pointwise(x, &div_op, args, NULL, form, out, rets);
	if (!strcmp(mode, "floor"))
		return run_faulting(x, &div_floor_op, args, form, out, rets);
	if (!strcmp(mode, "trunc"))
		return run_faulting(x, &div_trunc_op, args, form, out, rets);
	return xfail(x, "div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '%s'", mode);
}
THREE_FORMS(div_Tensor_mode)

// ---- powers
static inline int64_t ipow(int64_t a, int64_t b)
{
	if (b < 0)
		return a == 1 ? 1 : a == -1 ? (b % 2 ? -1 : 1) : 0;
	uint64_t r = 1, base = (uint64_t)a;
	for (; b; b >>= 1, base *= base)
		if (b & 1)
			r *= base;
	return (int64_t)r;
}
REAL2(pow, pow(a, b))
BODY2(pow_i64, int64_t, int64_t, ipow(a, b))
static c128_t pow_z(c128_t a, c128_t b)
{
	if (b == 0)
		return 1;
	if (a == 0)
		return c128_re(b) > 0 ? 0 : cpow(a, b);
	return cpow(a, b);
}
CPLX2(pow, pow_z(a, b))
static const PointOp pow_op = {.name = "pow", .nin = 2, .takes = TAKES_NUMBER | TAKES_COMPLEX, .fast = FAST_pow,
	.body = {HAS_REAL(pow), HAS_CPLX(pow), [CARRY_I64] = pow_i64}};

// Exponents with a cheaper and more exact form.
REAL1(square, a * a)
CPLX1(square, cx_mul(a, a))
BODY1(square_i64, int64_t, int64_t, (uint64_t)a * (uint64_t)a)
static const PointOp square_op = {.name = "pow", .nin = 1, .takes = TAKES_NUMBER | TAKES_COMPLEX, .fast = FAST_square,
	.body = {HAS_REAL(square), HAS_CPLX(square), [CARRY_I64] = square_i64}};
REAL1(cube, a * a * a)
CPLX1(cube, cx_mul(cx_mul(a, a), a))
BODY1(cube_i64, int64_t, int64_t, (uint64_t)a * (uint64_t)a * (uint64_t)a)
static const PointOp cube_op = {.name = "pow", .nin = 1, .takes = TAKES_NUMBER | TAKES_COMPLEX,
	.body = {HAS_REAL(cube), HAS_CPLX(cube), [CARRY_I64] = cube_i64}};
REAL1(power_half, sqrt(a))
CPLX1(power_half, sqrt(a))
static const PointOp power_half_op = {.name = "pow", .nin = 1, .takes = TAKES_FLOAT | TAKES_COMPLEX, .fast = FAST_sqrt,
	.body = {HAS_REAL(power_half), HAS_CPLX(power_half)}};
#define ONE_OVER(z) cx_div(_Generic(z, c64_t: c64_make(1, 0), default: c128_make(1, 0)), z)
REAL1(power_minus_half, 1 / sqrt(a))
CPLX1(power_minus_half, ONE_OVER(sqrt(a)))
static const PointOp power_minus_half_op = {.name = "pow", .nin = 1, .takes = TAKES_FLOAT | TAKES_COMPLEX,
	.fast = FAST_rsqrt, .body = {HAS_REAL(power_minus_half), HAS_CPLX(power_minus_half)}};
REAL1(power_minus_one, 1 / a)
CPLX1(power_minus_one, ONE_OVER(a))
static const PointOp power_minus_one_op = {.name = "pow", .nin = 1, .takes = TAKES_FLOAT | TAKES_COMPLEX,
	.fast = FAST_reciprocal, .body = {HAS_REAL(power_minus_one), HAS_CPLX(power_minus_one)}};
REAL1(power_minus_two, 1 / (a * a))
CPLX1(power_minus_two, ONE_OVER(cx_mul(a, a)))
static const PointOp power_minus_two_op = {.name = "pow", .nin = 1, .takes = TAKES_FLOAT | TAKES_COMPLEX,
	.body = {HAS_REAL(power_minus_two), HAS_CPLX(power_minus_two)}};
REAL1(identity, a)
CPLX1(identity, a)
INT1(identity, a)
static const PointOp identity_op = {.name = "copy", .nin = 1, .takes = TAKES_ALL,
	.body = {HAS_REAL(identity), HAS_CPLX(identity), HAS_INT(identity)}};
REAL1(one, 1)
CPLX1(one, 1)
INT1(one, 1)
static const PointOp one_op = {.name = "fill", .nin = 1, .takes = TAKES_ALL,
	.body = {HAS_REAL(one), HAS_CPLX(one), HAS_INT(one)}};

// A real exponent as a number; false when v is a tensor or truly complex.
static bool real_exponent(IValue v, double *e)
{
	if (!iv_is_number(v) || (v.tag == TAG_COMPLEX && v.complex_->im != 0))
		return false;
	*e = iv_as_f64(v);
	return true;
}

static Status run_pow(Exec *x, const IValue *ab, DType common, PointForm form, IValue out, IValue *rets)
{
	double e;
	if (ab[0].tag == TAG_TENSOR && real_exponent(ab[1], &e)) {
		if (!dtype_is_float(common) && !dtype_is_complex(common) && e < 0)
			return xfail(x, "Integers to negative integer powers are not allowed.");
		const PointOp *op = e == 0 ? &one_op
			: e == 1           ? &identity_op
			: e == 2           ? &square_op
			: e == 3           ? &cube_op
			: e == 0.5         ? &power_half_op
			: e == -0.5        ? &power_minus_half_op
			: e == -1          ? &power_minus_one_op
			: e == -2          ? &power_minus_two_op
					   : NULL;
		if (op)
			return pointwise_as(x, op, ab, NULL, common, form, out, rets);
	}
	double base;
	if (real_exponent(ab[0], &base) && base == 1)
		return pointwise_as(x, &one_op, ab + 1, NULL, common, form, out, rets);
	PointParams p = {.numbers = 0};
	return pointwise_as(x, &pow_op, ab, &p, common, form, out, rets);
}

FORM_HEAD(pow_Tensor_Tensor)
{
	(void)nargs;
	DType d = point_common_dtype(x, args, 2);
	if (d == DT_NONE)
		return x->err->code;
	return run_pow(x, args, d, form, out, rets);
}
THREE_FORMS(pow_Tensor_Tensor)

FORM_HEAD(float_power_Tensor_Tensor)
{
	(void)nargs;
	DType d = point_common_dtype(x, args, 2);
	if (d == DT_NONE)
		return x->err->code;
	d = dtype_is_complex(d) ? DT_C128 : DT_F64;
	if (form != FORM_NEW && tensor_dtype(out.tensor) != d)
		return xfail(x, "the base given to float_power_ has dtype %s but the operation's result requires dtype %s",
			dtype_class_name(tensor_dtype(out.tensor)), dtype_class_name(d));
	return run_pow(x, args, d, form, out, rets);
}
THREE_FORMS(float_power_Tensor_Tensor)

FORM_HEAD(square)
{
	(void)nargs;
	DType d = tensor_dtype(args[0].tensor);
	return pointwise_as(x, &square_op, args, NULL, d == DT_BOOL ? DT_I64 : d, form, out, rets);
}
THREE_FORMS(square)

// x · 2^other, whatever other's kind
FORM_HEAD(ldexp_Tensor)
{
	(void)nargs;
	IValue base[2] = {iv_float(2), args[1]}, power[1];
	TRY(op_pow_Tensor_Tensor(x, base, 2, power));
	IValue product[2] = {args[0], power[0]};
	Status s = pointwise(x, &mul_op, product, NULL, form, out, rets);
	ivalue_unref(&power[0]);
	return s;
}
THREE_FORMS(ldexp_Tensor)

// ---- three operands
BODY3(addcmul_f32, float, float, a + (float)p->f[0] * b * c)
BODY3(addcmul_f64, double, double, a + p->f[0] * b * c)
BODY3(addcmul_i64, int64_t, int64_t, (uint64_t)a + (uint64_t)p->i[0] * (uint64_t)b * (uint64_t)c)
#define VALUE_C _Generic(a, c64_t: c64_make((float)p->c[0][0], (float)p->c[0][1]), default: c128_make(p->c[0][0], p->c[0][1]))
CPLX3(addcmul, a + cx_mul(cx_mul(VALUE_C, b), c))
static const PointOp addcmul_op = {.name = "addcmul_cpu_out", .nin = 3, .takes = TAKES_USUAL, .fast = FAST_addcmul,
	.body = {HAS_REAL(addcmul), HAS_CPLX(addcmul), [CARRY_I64] = addcmul_i64}};
NUMBER_KERNEL(addcmul, &addcmul_op, 1)

BODY3(addcdiv_f32, float, float, a + (float)p->f[0] * b / c)
BODY3(addcdiv_f64, double, double, a + p->f[0] * b / c)
CPLX3(addcdiv, a + cx_div(cx_mul(VALUE_C, b), c))
static const PointOp addcdiv_op = {.name = "addcdiv_cpu_out", .nin = 3, .takes = TAKES_FLOAT | TAKES_COMPLEX,
	.body = {HAS_REAL(addcdiv), HAS_CPLX(addcdiv)}};
FORM_HEAD(addcdiv)
{
	(void)nargs;
	DType b = tensor_dtype(args[1].tensor), c = tensor_dtype(args[2].tensor);
	if ((dtype_is_int(b) || b == DT_BOOL) && (dtype_is_int(c) || c == DT_BOOL))
		return xfail(x, "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will "
			"perform a true division of tensor1 and tensor2. The historic addcdiv behavior can be implemented as (input + "
			"value * torch.trunc(tensor1 / tensor2)).to(input.dtype) for integer inputs and as (input + value * tensor1 / "
			"tensor2) for float inputs. The future addcdiv behavior is just the latter implementation: (input + value * "
			"tensor1 / tensor2), for all dtypes.");
	PointParams p = {.number = {args[3]}, .numbers = 1, .check_numbers = true};
	return pointwise(x, &addcdiv_op, args, &p, form, out, rets);
}
THREE_FORMS(addcdiv)

// Measured from the nearer end, so that weight 1 gives b exactly.
#define LERP(T, S)                                                                                      \
	static inline T lerp_of_##S(T a, T b, T w)                                                      \
	{                                                                                               \
		return fabs(w) < (T)0.5 ? a + w * (b - a) : b - (b - a) * (1 - w);                      \
	}
LERP(float, f32)
LERP(double, f64)
#define LERP_C(Z, S, ABS)                                                                               \
	static inline Z lerp_of_##S(Z a, Z b, Z w)                                                      \
	{                                                                                               \
		return ABS(w) < 0.5 ? a + S##_mul(w, b - a) : b - S##_mul(b - a, S##_make(1, 0) - w);   \
	}
LERP_C(c64_t, c64, cabsf)
LERP_C(c128_t, c128, cabs)
BODY3(lerp_f32, float, float, lerp_of_f32(a, b, c))
BODY3(lerp_f64, double, double, lerp_of_f64(a, b, c))
BODY3(lerp_c64, c64_t, c64_t, lerp_of_c64(a, b, c))
BODY3(lerp_c128, c128_t, c128_t, lerp_of_c128(a, b, c))
static const PointOp lerp_scalar_op = {.name = "lerp_kernel_scalar", .nin = 3, .takes = TAKES_FLOAT | TAKES_COMPLEX,
	.exact_number = true, .fast = FAST_lerp, .body = {HAS_REAL(lerp), HAS_CPLX(lerp)}};
static const PointOp lerp_tensor_op = {.name = "lerp_kernel_tensor", .nin = 3, .takes = TAKES_FLOAT | TAKES_COMPLEX,
	.fast = FAST_lerp, .body = {HAS_REAL(lerp), HAS_CPLX(lerp)}};
FORM_HEAD(lerp_Tensor)
{
	(void)nargs;
	DType d = tensor_dtype(args[0].tensor);
	static const char *const what[] = {"self", "end", "weight"};
	for (int k = 1; k < 3; k++)
		if (args[k].tag == TAG_TENSOR && tensor_dtype(args[k].tensor) != d)
			return xfail(x, "expected dtype %s for `%s` but got dtype %s", dtype_c_label(d), what[k],
				dtype_c_label(tensor_dtype(args[k].tensor)));
	return pointwise_as(x, args[2].tag == TAG_TENSOR ? &lerp_tensor_op : &lerp_scalar_op, args, NULL, d, form, out, rets);
}
THREE_FORMS(lerp_Tensor)
