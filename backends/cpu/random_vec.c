// SPDX-License-Identifier: BSD-3-Clause
// Random floats in blocks, built once per instruction set that has fused multiply-add: PyTorch's kernels fuse, and a
// seed's bits depend on it.  (Without the instruction random_fill.c asks libm for every one.)
#include "backends/cpu/table.h"
#include "backends/cpu/vec.h"

#if WICK_ISA > 1
// 24 bits of each word, as a float in [0, 1); in place.
static void unit(void *p, int64_t n)
{
	char *c = p;
	VEC_LOOP
	for (int64_t i = 0; i < n; i++) {
		uint32_t bits;
		memcpy(&bits, c + 4 * i, 4);
		float v = (float)(int32_t)(bits & 0xffffff) * 0x1p-24f;
		memcpy(c + 4 * i, &v, 4);
	}
}

static void uniform(float *restrict p, int64_t n, float from, float to)
{
	float span = to - from;
	VEC_LOOP
	for (int64_t i = 0; i < n; i++) {
		float v = __builtin_fmaf(p[i], span, from);
		p[i] = v == to ? from : v; // rounding may reach the excluded end
	}
}

// As block_log and block_sincos of random_fill.c, without branches.
static inline float block_log(float x)
{
	uint32_t bits = (uint32_t)v_bits(x);
	float e = (float)((int32_t)(bits >> 23) - 127) + 1.0f;
	x = v_float((int32_t)((bits & 0x807fffffu) | 0x3f000000u));
	float small = x < 0.707106781186547524f ? 1.0f : 0.0f;
	float more = x < 0.707106781186547524f ? x : 0.0f;
	e -= small;
	x = x - 1.0f + more;
	float z = x * x, y = 7.0376836292E-2f;
	y = __builtin_fmaf(y, x, -1.1514610310E-1f);
	y = __builtin_fmaf(y, x, 1.1676998740E-1f);
	y = __builtin_fmaf(y, x, -1.2420140846E-1f);
	y = __builtin_fmaf(y, x, 1.4249322787E-1f);
	y = __builtin_fmaf(y, x, -1.6668057665E-1f);
	y = __builtin_fmaf(y, x, 2.0000714765E-1f);
	y = __builtin_fmaf(y, x, -2.4999993993E-1f);
	y = __builtin_fmaf(y, x, 3.3333331174E-1f);
	y = __builtin_fmaf(y * x, z, e * -2.12194440e-4f);
	y = __builtin_fmaf(-z, 0.5f, y);
	return __builtin_fmaf(e, 0.693359375f, x + y);
}

static void normal(float *restrict p, int64_t blocks, float mean, float std)
{
	for (int64_t b = 0; b < blocks; b++, p += 16) {
		float *restrict first = p, *restrict second = p + 8;
		VEC_LOOP
		for (int j = 0; j < 8; j++) {
			float radius = __builtin_sqrtf(-2.0f * block_log(1.0f - first[j]));
			float x = (float)(2.0 * 3.14159265358979323846) * second[j];
			int32_t k = ((int32_t)(x * 1.27323954473516f) + 1) & ~1;
			float y = (float)k;
			x = __builtin_fmaf(y, -0.78515625f, x);
			x = __builtin_fmaf(y, -2.4187564849853515625e-4f, x);
			x = __builtin_fmaf(y, -3.77489497744594108e-8f, x);
			float z = x * x;
			float c = __builtin_fmaf(2.443315711809948E-005f, z, -1.388731625493765E-003f);
			c = __builtin_fmaf(c, z, 4.166664568298827E-002f);
			c = __builtin_fmaf(c * z, z, -(z * 0.5f)) + 1.0f;
			float s = __builtin_fmaf(-1.9515295891E-4f, z, 8.3321608736E-3f);
			s = __builtin_fmaf(s, z, -1.6666654611E-1f);
			s = __builtin_fmaf(s * z, x, x);
			int32_t swap = k & 2 ? -1 : 0;
			int32_t sine = (v_bits(c) & swap) | (v_bits(s) & ~swap), cosine = (v_bits(s) & swap) | (v_bits(c) & ~swap);
			sine ^= (int32_t)((uint32_t)(k & 4) << 29);
			cosine ^= (int32_t)((uint32_t)(~(k - 2) & 4) << 29);
			first[j] = __builtin_fmaf(radius * v_float(cosine), std, mean);
			second[j] = __builtin_fmaf(radius * v_float(sine), std, mean);
		}
	}
}
#endif

void VEC_NAME(random_fill)(CpuTable *t)
{
#if WICK_ISA > 1
	t->unit_f32 = unit;
	t->uniform_f32 = uniform;
	t->normal_f32 = normal;
#else
	(void)t;
#endif
}
