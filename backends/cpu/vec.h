// SPDX-License-Identifier: BSD-3-Clause
// Vector mathematics for *_vec.c: functions of one float written without branches or calls, so that a loop over
// them becomes vector code of whatever width the file is compiled for.  No fused operations are used, so every
// instruction set gives the same bits.  Errors are in units in the last place, against the exact value.
#ifndef WICK_BACKENDS_CPU_VEC_H
#define WICK_BACKENDS_CPU_VEC_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#ifdef __clang__ // a body that clang leaves scalar is slower, not wrong
#pragma clang diagnostic ignored "-Wpass-failed"
#define VEC_LOOP _Pragma("clang loop vectorize(assume_safety)")
#else
#define VEC_LOOP _Pragma("GCC ivdep")
#endif

static inline int32_t v_bits(float x)
{
	int32_t i;
	memcpy(&i, &x, 4);
	return i;
}
static inline float v_float(int32_t i)
{
	float x;
	memcpy(&x, &i, 4);
	return x;
}
static inline float v_abs(float x) { return v_float(v_bits(x) & 0x7fffffff); }
static inline float v_copysign(float x, float s) { return v_float((v_bits(x) & 0x7fffffff) | (v_bits(s) & INT32_MIN)); }

// Adding and subtracting 1.5·2^23 rounds |x| < 2^22 to an integer, which the low bits then hold.
#define V_ROUND 12582912.0f
#define V_LN2_HI 0.693145751953125f     // 14 bits of ln 2: products with |n| < 2^9 are exact
#define V_LN2_LO 1.42860682030941723212e-6f

// x = n ln2 + r, |r| ≤ ln2/2; returns r and the integer n.
static inline float v_exp_reduce(float x, int32_t *n)
{
	float t = x * 1.44269504f + V_ROUND;
	*n = (int32_t)((uint32_t)v_bits(t) - (uint32_t)v_bits(V_ROUND));
	float k = t - V_ROUND;
	return (x - k * V_LN2_HI) - k * V_LN2_LO;
}
// (e^r - 1 - r) / r² on [-ln2/2, ln2/2], minimax
static inline float v_exp_tail(float r)
{
	return ((((1.991938334e-04f * r + 1.394722727e-03f) * r + 8.333262987e-03f) * r + 4.166625440e-02f) * r +
		1.666666716e-01f) * r + 0.5f;
}
static inline float v_scale(float y, int32_t n) // y · 2^n for |n| < 252, in two steps so that results may be subnormal
{
	int32_t h = n >> 1;
	uint32_t a = (uint32_t)(h + 127) << 23, b = (uint32_t)(n - h + 127) << 23;
	return y * v_float((int32_t)a) * v_float((int32_t)b);
}
// 1 ulp
static inline float v_exp(float x)
{
	float c = x > 89.0f ? 89.0f : x;
	c = c < -104.0f ? -104.0f : c;
	int32_t n;
	float r = v_exp_reduce(c, &n);
	return v_scale(1 + (r + r * r * v_exp_tail(r)), n);
}
// 1 ulp: 2^x = 2^n e^(f ln2) with |f| ≤ 1/2
static inline float v_exp2(float x)
{
	float c = x > 129.0f ? 129.0f : x;
	c = c < -151.0f ? -151.0f : c;
	float t = c + V_ROUND;
	int32_t n = (int32_t)((uint32_t)v_bits(t) - (uint32_t)v_bits(V_ROUND));
	float f = c - (t - V_ROUND);
	float r = f * 0.693147181f, lo = f * -1.90465430e-9f; // ln2 in two parts
	return v_scale(1 + (r + (lo + r * r * v_exp_tail(r))), n);
}
// e^x for x ≤ 0 (or NaN), flushing results below 2^-126: for softmax and friends
static inline float v_exp_neg(float x)
{
	float c = x < -87.3f ? -87.3f : x;
	int32_t n;
	float r = v_exp_reduce(c, &n);
	float y = (1 + (r + r * r * v_exp_tail(r))) * v_float((int32_t)((uint32_t)(n + 127) << 23));
	return x < -87.3f ? 0 : y;
}
// 2 ulp
static inline float v_expm1(float x)
{
	float c = x > 88.0f ? 88.0f : x;
	c = c < -25.0f ? -25.0f : c;
	int32_t n;
	float r = v_exp_reduce(c, &n);
	float s = v_float((int32_t)((uint32_t)(n + 126) << 23)); // 2^(n-1)
	float p = r + r * r * v_exp_tail(r);
	float y = (s * p + (s - 0.5f)) * 2;
	return x > 88.0f ? v_exp(x) : x == 0 ? x : y;
}
// 1 ulp; x < 0 gives NaN
static inline float v_log(float x)
{
	float scaled = x < 1.17549435e-38f ? x * 8388608.0f : x;
	float bias = x < 1.17549435e-38f ? 23.0f : 0.0f;
	int32_t i = v_bits(scaled);
	int32_t e = (int32_t)((uint32_t)i - 0x3f3504f3u) >> 23; // so that the mantissa lies in [√½, √2)
	float m = v_float((int32_t)((uint32_t)i - ((uint32_t)e << 23)));
	float k = (float)e - bias;
	float f = m - 1, f2 = f * f;
	float p = 6.915413588e-02f;
	p = p * f - 1.178989634e-01f;
	p = p * f + 1.187300310e-01f;
	p = p * f - 1.238433644e-01f;
	p = p * f + 1.421865374e-01f;
	p = p * f - 1.666925102e-01f;
	p = p * f + 2.000222653e-01f;
	p = p * f - 2.499998659e-01f;
	p = p * f + 3.333331048e-01f;
	float y = k * V_LN2_LO + f2 * f * p;
	y = y - 0.5f * f2;
	y = y + f;
	y = y + k * V_LN2_HI;
	y = x == INFINITY ? x : y;
	y = x == 0 ? -INFINITY : y;
	return x >= 0 ? y : NAN;
}
// 2 ulp
static inline float v_log1p(float x)
{
	float u = 1 + x;
	float y = v_log(u) + (x - (u - 1)) / u;
	y = u == 1 ? x : y;
	y = u == INFINITY ? u : y;
	return u > 0 ? y : u == 0 ? -INFINITY : NAN;
}
// 1/(1 + e^-x); 2 ulp
static inline float v_sigmoid(float x) { return 1 / (1 + v_exp(-x)); }
// 2 ulp
static inline float v_tanh(float x)
{
	float t = v_abs(x), z = x * x;
	float p = 2.147523686e-03f;
	p = p * z - 8.182659745e-03f;
	p = p * z + 2.170296200e-02f;
	p = p * z - 5.394720286e-02f;
	p = p * z + 1.333321035e-01f;
	p = p * z - 3.333333135e-01f;
	float near = x + x * z * p;
	float far = v_copysign(1 - 2 / (v_exp(2 * t) + 1), x);
	return t < 0.625f ? near : x != x ? x : far;
}
// 2 ulp: a polynomial near zero, 1 - exp(polynomial) beyond
static inline float v_erf(float x)
{
	float t = v_abs(x), z = x * x;
	float p = 8.296611486e-05f;
	p = p * z - 8.125808672e-04f;
	p = p * z + 5.199600477e-03f;
	p = p * z - 2.685885131e-02f;
	p = p * z + 1.128368601e-01f;
	p = p * z - 3.761263192e-01f;
	p = p * z + 1.283791661e-01f;
	float near = x + x * p;
	float c = t > 4 ? 4 : t;
	float q = 4.806777724e-06f;
	q = q * c - 4.400366743e-05f;
	q = q * c - 5.749407865e-05f;
	q = q * c + 2.951618982e-03f;
	q = q * c - 2.270821296e-02f;
	q = q * c + 1.052943617e-01f;
	q = q * c + 6.356093287e-01f;
	q = q * c + 1.285551190e-01f;
	float far = v_copysign(1 - v_exp(-c - c * q), x);
	return t < 0.93f ? near : x != x ? x : far;
}
// sin and cos for |x| ≤ V_TRIG_MAX, 1 ulp of the larger of |result| and 2^-24; quarter shifts by π/2.
#define V_TRIG_MAX 8192.0f
static inline float v_sin_shifted(float x, int32_t quarter)
{
	float t = x * 0.636619772f + V_ROUND;
	int32_t n = (int32_t)((uint32_t)v_bits(t) - (uint32_t)v_bits(V_ROUND)) + quarter;
	double k = (double)(t - V_ROUND);
	float r = (float)(((double)x - k * 1.57079632679489655800) - k * 6.12323399573676603587e-17);
	float z = r * r;
	float s = ((2.717563802e-06f * z - 1.983925613e-04f) * z + 8.333329111e-03f) * z - 1.666666716e-01f;
	float c = ((-2.720329348e-07f * z + 2.479943578e-05f) * z - 1.388888340e-03f) * z + 4.166666791e-02f;
	s = r + r * z * s;
	c = 1 - 0.5f * z + z * z * c;
	float y = n & 1 ? c : s;
	y = v_float(v_bits(y) ^ (int32_t)((uint32_t)(n & 2) << 30));
	return quarter == 0 && x == 0 ? x : y;
}

#endif
