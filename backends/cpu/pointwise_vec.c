// SPDX-License-Identifier: BSD-3-Clause
// SIMD bodies of elementwise ops over float.  Plain loops over the functions of vec.h, compiled once for each
// instruction set; the expressions repeat those of the reference bodies in pointwise_*.c.
#include "backends/cpu/table.h"
#include "backends/cpu/vec.h"

#define VEC1(NAME, TO, E)                                                                               \
	static void NAME(void *const *out, const void *const *in, int64_t n, PointParams *p)            \
	{                                                                                               \
		TO *o = out[0];                                                                         \
		const float *pa = in[0];                                                                \
		const float f0 = (float)p->f[0], f1 = (float)p->f[1], f2 = (float)p->f[2];              \
		(void)f0, (void)f1, (void)f2;                                                           \
		VEC_LOOP for (int64_t k = 0; k < n; k++)                                                \
		{                                                                                       \
			float a = pa[k];                                                                \
			o[k] = (TO)(E);                                                                 \
		}                                                                                       \
	}
#define VEC2(NAME, TO, E)                                                                               \
	static void NAME(void *const *out, const void *const *in, int64_t n, PointParams *p)            \
	{                                                                                               \
		TO *o = out[0];                                                                         \
		const float *pa = in[0], *pb = in[1];                                                   \
		const float f0 = (float)p->f[0];                                                        \
		(void)f0;                                                                               \
		VEC_LOOP for (int64_t k = 0; k < n; k++)                                                \
		{                                                                                       \
			float a = pa[k], b = pb[k];                                                     \
			o[k] = (TO)(E);                                                                 \
		}                                                                                       \
	}
#define VEC3(NAME, TO, E)                                                                               \
	static void NAME(void *const *out, const void *const *in, int64_t n, PointParams *p)            \
	{                                                                                               \
		TO *o = out[0];                                                                         \
		const float *pa = in[0], *pb = in[1], *pc = in[2];                                      \
		const float f0 = (float)p->f[0];                                                        \
		(void)f0;                                                                               \
		VEC_LOOP for (int64_t k = 0; k < n; k++)                                                \
		{                                                                                       \
			float a = pa[k], b = pb[k], c = pc[k];                                          \
			o[k] = (TO)(E);                                                                 \
		}                                                                                       \
	}

static inline float v_six(float t)
{
	t = t < 0 ? 0 : t;
	return t > 6 ? 6 : t;
}
static inline float v_clamp(float a, float lo, float hi)
{
	float t = a < lo ? lo : a;
	t = lo != lo ? lo : t;
	float u = t > hi ? hi : t;
	u = hi != hi ? hi : u;
	return a != a ? a : u;
}
static inline float v_mish(float a)
{
	float e = v_exp(a > 20 ? 20 : a), w = e * (e + 2);
	return a > 20 ? a : a * (w / (w + 2));
}
static inline float v_gelu_tanh(float a)
{
	return 0.5f * a * (1 + v_tanh(0.79788456080286535588f * (a + 0.044715f * a * a * a)));
}
static inline float v_softplus(float a, float beta, float limit)
{
	float t = a * beta, soft = v_log1p(v_exp(t)) / beta;
	return t > limit ? a : soft;
}
static inline float v_elu(float a, float neg, float pos, float in)
{
	float below = v_expm1(a * in) * neg, above = a * pos;
	return a < 0 ? below : above;
}
static inline float v_leaky(float a, float slope)
{
	float low = a * slope;
	return a > 0 ? a : low;
}

VEC2(add_body, float, a + b)
VEC2(add_alpha_body, float, a + f0 * b)
VEC2(sub_body, float, a - b)
VEC2(mul_body, float, a *b)
VEC2(div_body, float, a / b)
VEC2(maximum_body, float, a != a ? a : a >= b ? a : b)
VEC2(minimum_body, float, a != a ? a : a <= b ? a : b)
VEC3(clamp_body, float, v_clamp(a, b, c))
VEC1(relu_body, float, a < 0 ? 0 : a)
VEC1(leaky_relu_body, float, v_leaky(a, f0))
VEC1(elu_body, float, v_elu(a, f0, f1, f2))
VEC1(sigmoid_body, float, v_sigmoid(a))
VEC1(tanh_body, float, v_tanh(a))
VEC1(exp_body, float, v_exp(a))
VEC1(expm1_body, float, v_expm1(a))
VEC1(log_body, float, v_log(a))
VEC1(log1p_body, float, v_log1p(a))
VEC1(sqrt_body, float, sqrtf(a))
VEC1(rsqrt_body, float, 1 / sqrtf(a))
VEC1(reciprocal_body, float, 1 / a)
VEC1(square_body, float, a *a)
VEC1(gelu_body, float, a * 0.5f * (1 + v_erf(a * 0.70710678118654752440f)))
VEC1(gelu_tanh_body, float, v_gelu_tanh(a))
VEC1(silu_body, float, a / (1 + v_exp(-a)))
VEC1(mish_body, float, v_mish(a))
VEC1(softplus_body, float, v_softplus(a, f0, f1))
VEC1(hardswish_body, float, a *v_six(a + 3) / 6)
VEC1(hardsigmoid_body, float, v_six(a + 3) / 6)
VEC1(erf_body, float, v_erf(a))
VEC1(abs_body, float, v_abs(a))
VEC1(neg_body, float, -a)
VEC2(eq_body, uint8_t, a == b)
VEC2(ne_body, uint8_t, a != b)
VEC2(lt_body, uint8_t, a < b)
VEC2(le_body, uint8_t, a <= b)
VEC2(gt_body, uint8_t, a > b)
VEC2(ge_body, uint8_t, a >= b)
VEC3(addcmul_body, float, a + f0 * b * c)

static inline float v_lerp(float a, float b, float w)
{
	float near = a + w * (b - a), far = b - (b - a) * (1 - w);
	return v_abs(w) < 0.5f ? near : far;
}
VEC3(lerp_body, float, v_lerp(a, b, c))
VEC1(sign_body, float, (float)(a > 0) - (float)(a < 0))
VEC1(exp2_body, float, v_exp2(a))

#if WICK_ISA >= 2 // needs SSE4.1's rounding instruction
VEC1(ceil_body, float, ceilf(a))
VEC1(floor_body, float, floorf(a))
VEC1(trunc_body, float, truncf(a))
VEC1(round_body, float, rintf(a))
#endif

// Arguments too large for the reduction are redone one by one.
#define TRIG(NAME, QUARTER, EXACT)                                                                      \
	static void NAME(void *const *out, const void *const *in, int64_t n, PointParams *p)            \
	{                                                                                               \
		(void)p;                                                                                \
		for (int64_t at = 0; at < n; at += 256) {                                               \
			int64_t m = n - at < 256 ? n - at : 256;                                        \
			float *o = (float *)out[0] + at, copy[256];                                     \
			memcpy(copy, (const float *)in[0] + at, (size_t)m * sizeof(float));             \
			int large = 0;                                                                  \
			VEC_LOOP for (int64_t k = 0; k < m; k++)                                        \
			{                                                                               \
				o[k] = v_sin_shifted(copy[k], QUARTER);                                 \
				large |= !(v_abs(copy[k]) <= V_TRIG_MAX);                               \
			}                                                                               \
			for (int64_t k = 0; large && k < m; k++)                                        \
				if (!(v_abs(copy[k]) <= V_TRIG_MAX))                                    \
					o[k] = EXACT(copy[k]);                                          \
		}                                                                                       \
	}
TRIG(sin_body, 0, sinf)
TRIG(cos_body, 1, cosf)

static void where_body(void *const *out, const void *const *in, int64_t n, PointParams *p)
{
	float *o = out[0];
	const uint8_t *m = in[0];
	const float *a = in[1], *b = in[2];
	(void)p;
	VEC_LOOP for (int64_t k = 0; k < n; k++)
	{
		float x = a[k], y = b[k];
		o[k] = m[k] ? x : y;
	}
}

void VEC_NAME(pointwise_fill)(CpuTable *t)
{
	PointBody *f = t->pointwise_f32;
#define SET(NAME) f[FAST_##NAME] = NAME##_body;
	SET(add) SET(add_alpha) SET(sub) SET(mul) SET(div) SET(maximum) SET(minimum) SET(clamp) SET(relu)
	SET(leaky_relu) SET(elu) SET(sigmoid) SET(tanh) SET(exp) SET(expm1) SET(log) SET(log1p) SET(sqrt) SET(rsqrt)
	SET(reciprocal) SET(square) SET(gelu) SET(gelu_tanh) SET(silu) SET(mish) SET(softplus) SET(hardswish)
	SET(hardsigmoid) SET(erf) SET(sin) SET(cos) SET(abs) SET(neg) SET(where) SET(eq) SET(ne) SET(lt) SET(le)
	SET(gt) SET(ge) SET(addcmul) SET(lerp) SET(sign) SET(exp2)
#if WICK_ISA >= 2
	SET(ceil) SET(floor) SET(trunc) SET(round)
#endif
#undef SET
}
