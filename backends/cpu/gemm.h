// SPDX-License-Identifier: BSD-3-Clause
// Matrix products.
//
//   C (m×n, unit column stride) = alpha · A (m×k) · B (k×n) + beta · C
//
// A and B are either strided matrices or packers: functions that write a panel of the matrix in the form the
// inner kernel wants.  A convolution is a product whose B is packed straight from the image, so its columns
// never exist in memory.  Sums run over k in an order that depends on the shape alone, never on threads.
#ifndef WICK_BACKENDS_CPU_GEMM_H
#define WICK_BACKENDS_CPU_GEMM_H

#include "core/dtype.h"
#include "core/error.h"

// Writes dst[p * width + i] = element(first + i, k0 + p) for i < n, p < kc, and zeros for n ≤ i < width.
// `first` counts rows of A or columns of B.  Runs on several threads at once.
typedef void (*GemmPack)(const void *source, int64_t first, int n, int width, int64_t k0, int64_t kc, void *dst);

typedef struct GemmOperand {
	const void *data;  // a strided matrix, or
	int64_t rs, cs;    // its row and column strides, in elements
	GemmPack pack;     // a packer
	const void *source;
} GemmOperand;

typedef struct Gemm {
	int64_t m, n, k;
	GemmOperand a, b;
	void *c;
	int64_t ldc;
	double alpha, beta; // beta 0: C is not read (it may hold NaN)
} Gemm;

// f32 or f64 (d).  Fails only for lack of memory.
Status gemm_float(DType d, const Gemm *g, Error *err);
// Any dtype, strided operands only: f16 and bf16 accumulate in f32, integers wrap, complex is plain C.
// alpha and beta as in Gemm, with integer values for integers.
Status gemm_any(DType d, const Gemm *g, Error *err);
// count products of equal shape; operand i starts at data + i * step elements.
typedef struct GemmBatch {
	Gemm one;
	int64_t count, step_a, step_b, step_c;
} GemmBatch;
Status gemm_batch(DType d, const GemmBatch *g, Error *err);

// ---- beneath: one set of kernels for an instruction set and type.  Pointers are to f32 or f64.
#define GEMM_MR_MAX 14
#define GEMM_NR_MAX 32
typedef struct GemmKernels {
	int mr, nr;        // tile of the inner kernel; nr is two vectors
	// C (m×n) = alpha·A·B, or C += when add.  a[p*m + i] packed; row p of B at b + p*ldb, readable to nr columns
	// unless `edge` says that only n may be touched.  m ≤ mr, n ≤ nr.
	void (*tile)(int64_t k, const void *a, const void *b, int64_t ldb, void *c, int64_t ldc, int m, int n,
		double alpha, bool add, bool edge);
	// C[i][j] = alpha · dot(a + i*lda, b + j*ldb, k), or += when add: rows contiguous along k.
	void (*dots)(int64_t k, const void *a, int64_t lda, int64_t m, const void *b, int64_t ldb, int64_t n, void *c,
		int64_t ldc, double alpha, bool add);
	// c[0..n) = alpha · x[0..k) · B, rows of B contiguous, ldb apart.
	void (*row)(int64_t k, const void *x, int64_t xs, const void *b, int64_t ldb, int64_t n, void *c, double alpha,
		bool add);
	// dst[p*width + j] = src[j*ld + p]: packs columns that are contiguous along k.
	void (*transpose)(const void *src, int64_t ld, int n, int width, int64_t kc, void *dst);
} GemmKernels;
extern const GemmKernels gemm_f32_base, gemm_f32_avx2, gemm_f32_avx512;
extern const GemmKernels gemm_f64_base, gemm_f64_avx2, gemm_f64_avx512;
const GemmKernels *gemm_kernels(DType d);

// gemm_ref.c: any strides, no blocking; also what the other dtypes run on.
void gemm_ref(DType d, const Gemm *g, int64_t row_begin, int64_t row_end);

#endif
