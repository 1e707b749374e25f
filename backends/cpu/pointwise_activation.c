// SPDX-License-Identifier: BSD-3-Clause
// Activations.  They take floats only; extra arguments are numbers in the operand's dtype.
#include "backends/cpu/cmath.h"
#include "backends/cpu/pointwise.h"
#include "backends/cpu/table.h"

#include <tgmath.h>

// P(k): argument k as the operand's own type
#define P(k) ((_Generic(a, float: (float)p->f[k], default: p->f[k])))
#define K(v) ((_Generic(a, float: (float)(v), default: (v))))
#define ACTIVATION(NAME, QUOTE, FAST, E)                                                                \
	REAL1(NAME, E)                                                                                  \
	static const PointOp NAME##_op = {.name = QUOTE, .nin = 1, .takes = TAKES_FLOAT, .fast = FAST,  \
		.body = {HAS_REAL(NAME)}};

ACTIVATION(elu, "elu_cpu", FAST_elu, a < 0 ? expm1(a * P(2)) * P(0) : a * P(1))
ACTIVATION(hardshrink, "hardshrink_cpu", 0, a >= -P(0) && a <= P(0) ? 0 : a)
ACTIVATION(hardsigmoid, "hardsigmoid_cpu", FAST_hardsigmoid, (a + 3 < 0 ? 0 : a + 3 > 6 ? 6 : a + 3) / 6)
ACTIVATION(hardswish, "hardswish_cpu", FAST_hardswish, a *(a + 3 < 0 ? 0 : a + 3 > 6 ? 6 : a + 3) / 6)
ACTIVATION(leaky_relu, "leaky_relu_cpu", FAST_leaky_relu, a > 0 ? a : a * P(0))
ACTIVATION(mish, "mish_cpu", FAST_mish, a *tanh(log1p(exp(a))))
ACTIVATION(softplus, "softplus_cpu", FAST_softplus, a *P(0) > P(1) ? a : log1p(exp(a * P(0))) / P(0))
ACTIVATION(softshrink, "softshrink_cpu", 0, a > P(0) ? a - P(0) : a < -P(0) ? a + P(0) : a * 0)
ACTIVATION(gelu_erf, "GeluKernelImpl", FAST_gelu, a *K(0.5) * (1 + erf(a * K(0.70710678118654752440))))
ACTIVATION(gelu_tanh, "GeluKernelImpl", FAST_gelu_tanh,
	K(0.5) * a * (1 + tanh(K(0.79788456080286535588) * (a + K(0.044715) * a * a * a))))
ACTIVATION(log_sigmoid, "log_sigmoid_cpu", 0, (a < 0 ? a : 0) - log1p(exp(-fabs(a))))
ACTIVATION(log_sigmoid_buffer, "log_sigmoid_cpu", 0, exp(-fabs(a)))

NUMBER_KERNEL(hardshrink, &hardshrink_op, 1)
PLAIN_KERNEL(hardsigmoid, &hardsigmoid_op)
PLAIN_KERNEL(hardswish, &hardswish_op)
NUMBER_KERNEL(leaky_relu, &leaky_relu_op, 1)
PLAIN_KERNEL(mish, &mish_op)
NUMBER_KERNEL(softplus, &softplus_op, 2)
FORM_HEAD(log_sigmoid) // a fresh result is contiguous whatever the operand's strides
{
	(void)nargs;
	const Tensor *self = args[0].tensor;
	if (form != FORM_NEW)
		return pointwise(x, &log_sigmoid_op, args, NULL, form, out, rets);
	Tensor *t;
	TRY(tensor_empty(tensor_dtype(self), self->sizes, self->ndim, &t, x->err));
	Status s = pointwise(x, &log_sigmoid_op, args, NULL, FORM_OUT, (IValue){.tensor = t, .tag = TAG_TENSOR}, rets);
	tensor_unref(&t);
	return s;
}
THREE_FORMS(log_sigmoid)

REAL1(silu, a / (1 + exp(-a)))
#define SILU_C cx_div(a, _Generic(a, c64_t: c64_make(1, 0), default: c128_make(1, 0)) + exp(-a))
CPLX1(silu, SILU_C)
static const PointOp silu_op = {.name = "silu_cpu", .nin = 1, .takes = TAKES_FLOAT | TAKES_COMPLEX, .fast = FAST_silu,
	.body = {HAS_REAL(silu), HAS_CPLX(silu)}};
PLAIN_KERNEL(silu, &silu_op)

FORM_HEAD(softshrink)
{
	(void)nargs;
	double lambda = iv_as_f64(args[1]);
	DType d = tensor_dtype(args[0].tensor);
	if (!dtype_is_float(d))
		return fail_not_implemented(x, "softshrink_check", d);
	if (!(lambda >= 0))
		return xfail(x, "lambda must be greater or equal to 0, but found to be %g.", lambda);
	PointParams p = {.number = {args[1]}, .numbers = 1};
	return pointwise(x, &softshrink_op, args, &p, form, out, rets);
}
THREE_FORMS(softshrink)

static Status run_elu(Exec *x, IValue self, double alpha, double scale, double input_scale, PointForm form, IValue out, IValue *rets)
{
	PointParams p = {.number = {iv_float(alpha * scale), iv_float(scale), iv_float(input_scale)}, .numbers = 3};
	return pointwise(x, &elu_op, &self, &p, form, out, rets);
}
FORM_HEAD(elu)
{
	(void)nargs;
	return run_elu(x, args[0], iv_as_f64(args[1]), iv_as_f64(args[2]), iv_as_f64(args[3]), form, out, rets);
}
THREE_FORMS(elu)
FORM_HEAD(celu)
{
	(void)nargs;
	double alpha = iv_as_f64(args[1]);
	if (alpha == 0)
		return xfail(x, "ZeroDivisionError: alpha cannot be 0 for CELU");
	return run_elu(x, args[0], alpha, 1, 1 / alpha, form, out, rets);
}
THREE_FORMS(celu)
FORM_HEAD(selu)
{
	(void)nargs;
	return run_elu(x, args[0], 1.6732632423543772848170429916717, 1.0507009873554804934193349852946, 1, form, out, rets);
}
THREE_FORMS(selu)

FORM_HEAD(gelu)
{
	(void)nargs;
	const char *kind = arg_str(args[1]);
	if (!strcmp(kind, "none"))
		return pointwise(x, &gelu_erf_op, args, NULL, form, out, rets);
	if (!strcmp(kind, "tanh"))
		return pointwise(x, &gelu_tanh_op, args, NULL, form, out, rets);
	return xfail(x, "approximate argument must be either none or tanh.");
}
THREE_FORMS(gelu)

Status op_log_sigmoid_forward(Exec *x, const IValue *args, int nargs, IValue *rets);
Status op_log_sigmoid_forward(Exec *x, const IValue *args, int nargs, IValue *rets)
{
	(void)nargs;
	TRY(pointwise(x, &log_sigmoid_op, args, NULL, FORM_NEW, iv_none(), &rets[0]));
	Status s = pointwise(x, &log_sigmoid_buffer_op, args, NULL, FORM_NEW, iv_none(), &rets[1]);
	if (s != STATUS_OK)
		ivalue_unref(&rets[0]);
	return s;
}

REAL1(threshold, a <= P(0) ? P(1) : a)
BODY1(threshold_i64, int64_t, int64_t, a <= p->i[0] ? p->i[1] : a)
static const PointOp threshold_op = {.name = "threshold_cpu", .nin = 1, .takes = TAKES_NUMBER,
	.body = {HAS_REAL(threshold), [CARRY_I64] = threshold_i64}};
NUMBER_KERNEL(threshold, &threshold_op, 2)

// nan_to_num: a missing limit is the largest finite value of self's dtype.
static inline float replaced_f32(float a, const double *f)
{
	return a != a ? (float)f[0] : isinf(a) ? (float)(a > 0 ? f[1] : f[2]) : a;
}
static inline double replaced_f64(double a, const double *f)
{
	return a != a ? f[0] : isinf(a) ? (a > 0 ? f[1] : f[2]) : a;
}
BODY1(nan_to_num_f32, float, float, replaced_f32(a, p->f))
BODY1(nan_to_num_f64, double, double, replaced_f64(a, p->f))
INT1(nan_to_num, a)
BODY1(nan_to_num_c64, c64_t, c64_t, c64_make(replaced_f32(c64_re(a), p->f), replaced_f32(c64_im(a), p->f)))
BODY1(nan_to_num_c128, c128_t, c128_t, c128_make(replaced_f64(c128_re(a), p->f), replaced_f64(c128_im(a), p->f)))
static const PointOp nan_to_num_op = {.name = "nan_to_num", .nin = 1,
	.takes = TAKES_BOOL | TAKES_NUMBER | TAKES_UINT | TAKES_COMPLEX,
	.body = {HAS_REAL(nan_to_num), HAS_INT(nan_to_num), HAS_CPLX(nan_to_num)}};
FORM_HEAD(nan_to_num)
{
	(void)nargs;
	DType d = dtype_to_real(tensor_dtype(args[0].tensor));
	double most = d == DT_F16 ? 65504.0 : d == DT_BF16 ? 3.3895313892515355e38 : d == DT_F32 ? 3.4028234663852886e38
		: 1.7976931348623157e308;
	PointParams p = {.numbers = 0};
	p.f[0] = arg_float_or(args[1], 0);
	p.f[1] = arg_float_or(args[2], most);
	p.f[2] = arg_float_or(args[3], -most);
	return pointwise(x, &nan_to_num_op, args, &p, form, out, rets);
}
THREE_FORMS(nan_to_num)
