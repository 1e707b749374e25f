// SPDX-License-Identifier: BSD-3-Clause
// Times sgemm and dgemm against OpenBLAS, which is opened at run time: bench/gemm [threads].
// Sizes are squares, and the thin products of linear layers (B given transposed, as weights are).
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "backends/cpu/gemm.h"
#include "core/budget.h"
#include "core/thread.h"

typedef void (*Sgemm)(int order, int ta, int tb, int m, int n, int k, float alpha, const float *a, int lda, const float *b,
	int ldb, float beta, float *c, int ldc);
typedef void (*Dgemm)(int order, int ta, int tb, int m, int n, int k, double alpha, const double *a, int lda, const double *b,
	int ldb, double beta, double *c, int ldc);

static void *numbers(size_t n, DType d)
{
	void *p = aligned_alloc(64, (n * dtype_size(d) + 63) / 64 * 64);
	for (size_t i = 0; p && i < n; i++) {
		double v = (double)(i * 7919 % 1009) / 1009 - 0.5;
		d == DT_F32 ? (((float *)p)[i] = (float)v) : (((double *)p)[i] = v);
	}
	return p;
}

int main(int argc, char **argv)
{
	int threads = argc > 1 ? atoi(argv[1]) : 1;
	threads_set(threads);
	void *blas = dlopen("libopenblas.so.0", RTLD_NOW);
	Sgemm sgemm = blas ? (Sgemm)dlsym(blas, "cblas_sgemm") : NULL;
	Dgemm dgemm = blas ? (Dgemm)dlsym(blas, "cblas_dgemm") : NULL;
	void (*set)(int) = blas ? (void (*)(int))dlsym(blas, "openblas_set_num_threads") : NULL;
	if (set)
		set(threads);
	static const int sizes[][4] = {{64, 64, 64, 0}, {128, 128, 128, 0}, {256, 256, 256, 0}, {512, 512, 512, 0},
		{1024, 1024, 1024, 0}, {1, 256, 256, 1}, {1, 1024, 1024, 1}, {1, 4096, 4096, 1}, {8, 1024, 1024, 1},
		{32, 1024, 1024, 1}, {64, 256, 1024, 1}, {64, 1024, 1024, 1}, {128, 1024, 1024, 1}, {1, 1024, 1024, 0}, {16, 1024, 1024, 0}, {64, 3136, 576, 0}};
	printf("dtype   m    n    k  Bᵀ  GFlop/s  OpenBLAS  ratio\n");
	for (int type = 0; type < 2; type++)
		for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
			DType d = type ? DT_F64 : DT_F32;
			int m = sizes[s][0], n = sizes[s][1], k = sizes[s][2], t = sizes[s][3];
			void *a = numbers((size_t)m * (size_t)k, d), *b = numbers((size_t)n * (size_t)k, d),
			     *c = numbers((size_t)m * (size_t)n, d);
			if (!a || !b || !c)
				return 1;
			Gemm g = {.m = m, .n = n, .k = k, .a = {.data = a, .rs = k, .cs = 1},
				.b = {.data = b, .rs = t ? 1 : n, .cs = t ? k : 1}, .c = c, .ldc = n, .alpha = 1};
			double flops = 2.0 * m * n * k, best[2] = {1e9, 1e9};
			for (int who = 0; who < (sgemm && dgemm ? 2 : 1); who++) {
				double spent = 0;
				for (int round = 0; round < 400 && (round < 5 || spent < 0.15); round++) {
					int inner = flops < 1e6 ? 20 : 1;
					double start = monotonic_seconds();
					for (int i = 0; i < inner; i++)
						if (who == 0)
							gemm_float(d, &g, NULL);
						else if (type)
							dgemm(101, 111, t ? 112 : 111, m, n, k, 1, a, k, b, t ? k : n, 0, c, n);
						else
							sgemm(101, 111, t ? 112 : 111, m, n, k, 1, a, k, b, t ? k : n, 0, c, n);
					double took = (monotonic_seconds() - start) / inner;
					spent += took * inner;
					if (took < best[who])
						best[who] = took;
				}
			}
			printf("%s %4d %4d %4d  %d  %8.2f  %8.2f  %5.2f\n", type ? "f64" : "f32", m, n, k, t, flops / best[0] / 1e9,
				flops / best[1] / 1e9, best[1] / best[0]);
			free(a);
			free(b);
			free(c);
		}
	return 0;
}
