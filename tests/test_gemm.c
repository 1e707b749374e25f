// SPDX-License-Identifier: BSD-3-Clause
// Matrix products: every path and layout against sums in double, packers, thread counts, other dtypes.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "backends/cpu/gemm.h"
#include "core/thread.h"

#include <cmocka.h>

static uint32_t rng = 1;
static double uniform(void)
{
	rng = rng * 1664525u + 1013904223u;
	return (double)(rng >> 8) / (1 << 23) - 1;
}

typedef struct Case { int m, n, k, a_order, b_order; double alpha, beta; } Case;

static double at(DType d, const void *p, int64_t i)
{
	return d == DT_F32 ? ((const float *)p)[i] : ((const double *)p)[i];
}

static void pack_a(const void *source, int64_t first, int n, int width, int64_t k0, int64_t kc, void *dst)
{
	const Gemm *g = source;
	for (int64_t p = 0; p < kc; p++)
		for (int i = 0; i < width; i++)
			((float *)dst)[p * width + i] =
				i < n ? ((const float *)g->a.data)[(first + i) * g->a.rs + (k0 + p) * g->a.cs] : 0;
}

static void check(DType d, Case t)
{
	size_t es = dtype_size(d);
	// order 0: row-major, 1: column-major, 2: every second element of a row-major matrix
	int64_t ars = t.a_order == 1 ? 1 : t.a_order == 2 ? 2 * t.k : t.k, acs = t.a_order == 1 ? t.m : t.a_order == 2 ? 2 : 1;
	int64_t brs = t.b_order == 1 ? 1 : t.b_order == 2 ? 2 * t.n : t.n, bcs = t.b_order == 1 ? t.k : t.b_order == 2 ? 2 : 1;
	int64_t ldc = t.n + (t.m % 3);
	// sizes are exact, so that a sanitizer sees any read beyond
	size_t na = (size_t)(t.m * t.k) * (t.a_order == 2 ? 2 : 1), nb = (size_t)(t.k * t.n) * (t.b_order == 2 ? 2 : 1);
	size_t nc = (size_t)(t.m * ldc);
	void *a = malloc(na * es + 1), *b = malloc(nb * es + 1), *c = malloc(nc * es + 1), *c2 = malloc(nc * es + 1);
	double *want = malloc((nc + 1) * sizeof *want);
	for (size_t i = 0; i < na; i++)
		d == DT_F32 ? (((float *)a)[i] = (float)uniform()) : (((double *)a)[i] = uniform());
	for (size_t i = 0; i < nb; i++)
		d == DT_F32 ? (((float *)b)[i] = (float)uniform()) : (((double *)b)[i] = uniform());
	for (size_t i = 0; i < nc; i++)
		d == DT_F32 ? (((float *)c)[i] = t.beta == 0 ? NAN : (float)uniform()) :
			(((double *)c)[i] = t.beta == 0 ? NAN : uniform());
	memcpy(c2, c, nc * es);
	for (int i = 0; i < t.m; i++)
		for (int j = 0; j < t.n; j++) {
			double s = 0;
			for (int p = 0; p < t.k; p++)
				s += at(d, a, i * ars + p * acs) * at(d, b, p * brs + j * bcs);
			want[i * ldc + j] = t.alpha * s + (t.beta == 0 ? 0 : t.beta * at(d, c, i * ldc + j));
		}
	Gemm g = {.m = t.m, .n = t.n, .k = t.k, .a = {.data = a, .rs = ars, .cs = acs}, .b = {.data = b, .rs = brs, .cs = bcs},
		.c = c, .ldc = ldc, .alpha = t.alpha, .beta = t.beta};
	threads_set(1);
	assert_int_equal(gemm_float(d, &g, NULL), STATUS_OK);
	double tol = (d == DT_F32 ? 2e-7 : 4e-16) * (4 + t.k);
	for (int i = 0; i < t.m; i++)
		for (int j = 0; j < t.n; j++)
			if (!(fabs(at(d, c, i * ldc + j) - want[i * ldc + j]) <= tol))
				fail_msg("%dx%dx%d orders %d %d at %d,%d: %g, want %g", t.m, t.n, t.k, t.a_order, t.b_order, i, j,
					at(d, c, i * ldc + j), want[i * ldc + j]);
	threads_set(3);
	g.c = c2;
	assert_int_equal(gemm_float(d, &g, NULL), STATUS_OK);
	assert_memory_equal(c, c2, nc * es);
	if (d == DT_F32 && t.beta == 0) {
		Gemm packed = g;
		packed.a.pack = pack_a;
		packed.a.source = &g;
		assert_int_equal(gemm_float(d, &packed, NULL), STATUS_OK);
		for (int i = 0; i < t.m; i++)
			for (int j = 0; j < t.n; j++)
				assert_true(fabs(at(d, c2, i * ldc + j) - want[i * ldc + j]) <= tol);
	}
	free(a);
	free(b);
	free(c);
	free(c2);
	free(want);
}

static void shapes_and_layouts(void **state)
{
	(void)state;
	static const int sizes[][3] = {{1, 1, 1}, {1, 7, 13}, {7, 1, 13}, {1, 130, 64}, {130, 1, 64}, {3, 5, 2}, {13, 33, 7},
		{14, 32, 16}, {15, 17, 127}, {29, 65, 40}, {33, 3, 70}, {64, 64, 64}, {70, 257, 31}, {127, 129, 390},
		{1, 4, 800}, {5, 1, 801}, {2, 70, 1}, {40, 40, 0}};
	for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
		for (int ao = 0; ao < 3; ao++)
			for (int bo = 0; bo < 3; bo++)
				for (int v = 0; v < 3; v++) {
					Case t = {sizes[s][0], sizes[s][1], sizes[s][2], ao, bo, v == 1 ? -0.5 : 1, v == 0 ? 0 : v};
					check(DT_F32, t);
					check(DT_F64, t);
				}
	check(DT_F32, (Case){1100, 40, 20, 0, 0, 1, 0});
	check(DT_F32, (Case){20, 2100, 40, 1, 0, 1, 1});
	check(DT_F32, (Case){60, 70, 1000, 0, 1, 2, 1});
}

static void kernels_of_every_isa(void **state)
{
	(void)state;
	const GemmKernels *all[4] = {&gemm_f32_base};
	int count = 1;
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
		all[count++] = &gemm_f32_avx2;
	if (__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
		all[count++] = &gemm_f32_avx512;
#endif
	enum { K = 37 };
	float a[K * GEMM_MR_MAX], b[K * GEMM_NR_MAX], c[GEMM_MR_MAX * GEMM_NR_MAX];
	for (int which = 0; which < count; which++)
		for (int m = 1; m <= all[which]->mr; m++)
			for (int n = 1; n <= all[which]->nr; n++) {
				for (int i = 0; i < K * GEMM_MR_MAX; i++)
					a[i] = (float)uniform();
				for (int i = 0; i < K * GEMM_NR_MAX; i++)
					b[i] = (float)uniform();
				all[which]->tile(K, a, b, n, c, n, m, n, 1, false, true);
				for (int i = 0; i < m; i++)
					for (int j = 0; j < n; j++) {
						double s = 0;
						for (int p = 0; p < K; p++)
							s += (double)a[p * m + i] * b[p * n + j];
						assert_true(fabs(s - c[i * n + j]) < 1e-5);
					}
			}
}

static void integers_wrap(void **state)
{
	(void)state;
	int8_t a[4] = {100, 100, 3, -4}, b[4] = {2, 1, 2, 5}, c[4];
	Gemm g = {.m = 2, .n = 2, .k = 2, .a = {.data = a, .rs = 2, .cs = 1}, .b = {.data = b, .rs = 2, .cs = 1}, .c = c,
		.ldc = 2, .alpha = 1};
	assert_int_equal(gemm_any(DT_I8, &g, NULL), STATUS_OK);
	assert_int_equal(c[0], (int8_t)400);
	assert_int_equal(c[1], (int8_t)600);
	assert_int_equal(c[2], -2);
	assert_int_equal(c[3], -17);
	c64_t ca[1] = {1 + 2 * I}, cb[1] = {3 - I}, cc[1] = {1};
	g = (Gemm){.m = 1, .n = 1, .k = 1, .a = {.data = ca, .rs = 1, .cs = 1}, .b = {.data = cb, .rs = 1, .cs = 1}, .c = cc,
		.ldc = 1, .alpha = 2, .beta = 1};
	assert_int_equal(gemm_any(DT_C64, &g, NULL), STATUS_OK);
	assert_true(crealf(cc[0]) == 11 && cimagf(cc[0]) == 10);
	bf16_t ha[2] = {bf16_from_f32(1.5f), bf16_from_f32(2)}, hb[2] = {bf16_from_f32(4), bf16_from_f32(0.25f)}, hc[1];
	g = (Gemm){.m = 1, .n = 1, .k = 2, .a = {.data = ha, .rs = 2, .cs = 1}, .b = {.data = hb, .rs = 1, .cs = 1}, .c = hc,
		.ldc = 1, .alpha = 1};
	assert_int_equal(gemm_any(DT_BF16, &g, NULL), STATUS_OK);
	assert_true(bf16_to_f32(hc[0]) == 6.5f);
}

static void batches(void **state)
{
	(void)state;
	float a[5 * 6], b[12], c[5 * 8];
	for (int i = 0; i < 30; i++)
		a[i] = (float)uniform();
	for (int i = 0; i < 12; i++)
		b[i] = (float)uniform();
	GemmBatch g = {.one = {.m = 2, .n = 4, .k = 3, .a = {.data = a, .rs = 3, .cs = 1}, .b = {.data = b, .rs = 4, .cs = 1},
		.c = c, .ldc = 4, .alpha = 1}, .count = 5, .step_a = 6, .step_b = 0, .step_c = 8};
	assert_int_equal(gemm_batch(DT_F32, &g, NULL), STATUS_OK);
	for (int s = 0; s < 5; s++)
		for (int i = 0; i < 2; i++)
			for (int j = 0; j < 4; j++) {
				double sum = 0;
				for (int p = 0; p < 3; p++)
					sum += (double)a[s * 6 + i * 3 + p] * b[p * 4 + j];
				assert_true(fabs(sum - c[s * 8 + i * 4 + j]) < 1e-6);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shapes_and_layouts),
		cmocka_unit_test(kernels_of_every_isa),
		cmocka_unit_test(integers_wrap),
		cmocka_unit_test(batches),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
