// SPDX-License-Identifier: BSD-3-Clause
// The inner kernels of matrix products for one element type and instruction set.  gemm_vec.c includes this
// once per type, after defining T, V, VL and the v* operations.
//
// A tile keeps its m×2 vectors of C in registers for the whole of k; m is a compile-time constant in each
// variant, so the compiler unrolls the rows.  No include guard: it is meant to be included twice.

static __attribute__((noinline)) void CAT(store_edge, SUFFIX)(const T *out, T *c, int64_t ldc, int m, int n, bool add)
{
	for (int i = 0; i < m; i++)
		for (int j = 0; j < n; j++)
			c[i * ldc + j] = add ? c[i * ldc + j] + out[i * 2 * VL + j] : out[i * 2 * VL + j];
}

static inline __attribute__((always_inline)) void CAT(tile_body, SUFFIX)(const int m, const int nv, int64_t k,
	const T *restrict a, const T *restrict b, int64_t ldb, T *restrict c, int64_t ldc, int n, T alpha, bool add)
{
	V acc[TILE_M][2];
#pragma GCC unroll 16
	for (int i = 0; i < m; i++)
#pragma GCC unroll 2
		for (int v = 0; v < nv; v++)
			acc[i][v] = vzero();
	for (int64_t p = 0; p < k; p++) {
		V b0 = vload(b), b1 = nv == 2 ? vload(b + VL) : b0;
		vprefetch(b + 8 * ldb);
#pragma GCC unroll 16
		for (int i = 0; i < m; i++) {
			V x = vset1(a[i]);
			acc[i][0] = vfma(x, b0, acc[i][0]);
			if (nv == 2)
				acc[i][1] = vfma(x, b1, acc[i][1]);
		}
		a += m;
		b += ldb;
	}
	V va = vset1(alpha);
	if (n == nv * VL) {
#pragma GCC unroll 16
		for (int i = 0; i < m; i++)
#pragma GCC unroll 2
			for (int v = 0; v < nv; v++) {
				T *p = c + i * ldc + v * VL;
				vstore(p, add ? vfma(va, acc[i][v], vload(p)) : vmul(va, acc[i][v]));
			}
		return;
	}
	T out[TILE_M * 2 * VL];
#pragma GCC unroll 16
	for (int i = 0; i < m; i++)
#pragma GCC unroll 2
		for (int v = 0; v < nv; v++)
			vstore(out + (i * 2 + v) * VL, vmul(va, acc[i][v]));
	CAT(store_edge, SUFFIX)(out, c, ldc, m, n, add);
}

#define TILE_CASE(M)                                                                                            \
	case M:                                                                                                 \
		if (n > VL)                                                                                     \
			CAT(tile_body, SUFFIX)(M, 2, k, a, b, ldb, c, ldc, n, (T)alpha, add);                   \
		else                                                                                            \
			CAT(tile_body, SUFFIX)(M, 1, k, a, b, ldb, c, ldc, n, (T)alpha, add);                   \
		break;

static void CAT(tile, SUFFIX)(int64_t k, const void *pa, const void *pb, int64_t ldb, void *pc, int64_t ldc, int m,
	int n, double alpha, bool add, bool edge)
{
	const T *a = pa, *b = pb;
	T *c = pc;
	if (edge && n % VL != 0) { // B may not be read beyond n columns: copy slices of it
		enum { SLICE = 32 };
		T copy[SLICE * 2 * VL];
		for (int64_t p = 0; p < k || p == 0; p += SLICE) {
			int64_t kc = k - p < SLICE ? k - p : SLICE;
			for (int64_t q = 0; q < kc; q++)
				for (int j = 0; j < 2 * VL; j++)
					copy[q * 2 * VL + j] = j < n ? b[(p + q) * ldb + j] : 0;
			CAT(tile, SUFFIX)(kc, a + p * m, copy, 2 * VL, c, ldc, m, n, alpha, add || p > 0, false);
		}
		return;
	}
	switch (m) {
		TILE_CASE(1)
		TILE_CASE(2)
		TILE_CASE(3)
		TILE_CASE(4)
#if TILE_M > 4
		TILE_CASE(5)
		TILE_CASE(6)
#endif
#if TILE_M > 6
		TILE_CASE(7)
		TILE_CASE(8)
		TILE_CASE(9)
		TILE_CASE(10)
		TILE_CASE(11)
		TILE_CASE(12)
		TILE_CASE(13)
		TILE_CASE(14)
#endif
	}
}
#undef TILE_CASE

// A block of m×n dot products; both constant, so that m·n sums stay in registers.
static inline __attribute__((always_inline)) void CAT(dot_block, SUFFIX)(const int m, const int n, int64_t k,
	const T *a, int64_t lda, const T *b, int64_t ldb, T *c, int64_t ldc, T alpha, bool add)
{
	V acc[DOT_M][DOT_N];
#pragma GCC unroll 8
	for (int i = 0; i < m; i++)
#pragma GCC unroll 8
		for (int j = 0; j < n; j++)
			acc[i][j] = vzero();
	int64_t p = 0;
	for (; p + VL <= k; p += VL) {
		V x[DOT_M];
#pragma GCC unroll 8
		for (int i = 0; i < m; i++)
			x[i] = vload(a + i * lda + p);
#pragma GCC unroll 8
		for (int j = 0; j < n; j++) {
			V y = vload(b + j * ldb + p);
#pragma GCC unroll 8
			for (int i = 0; i < m; i++)
				acc[i][j] = vfma(x[i], y, acc[i][j]);
		}
	}
	if (p < k) {
		int left = (int)(k - p);
		V x[DOT_M];
#pragma GCC unroll 8
		for (int i = 0; i < m; i++)
			x[i] = vload_part(a + i * lda + p, left);
#pragma GCC unroll 8
		for (int j = 0; j < n; j++) {
			V y = vload_part(b + j * ldb + p, left);
#pragma GCC unroll 8
			for (int i = 0; i < m; i++)
				acc[i][j] = vfma(x[i], y, acc[i][j]);
		}
	}
#pragma GCC unroll 8
	for (int i = 0; i < m; i++)
#pragma GCC unroll 8
		for (int j = 0; j < n; j++) {
			T s = alpha * vsum(acc[i][j]);
			c[i * ldc + j] = add ? c[i * ldc + j] + s : s;
		}
}

static void CAT(dots, SUFFIX)(int64_t k, const void *pa, int64_t lda, int64_t m, const void *pb, int64_t ldb, int64_t n,
	void *pc, int64_t ldc, double alpha, bool add)
{
	const T *a = pa, *b = pb;
	T *c = pc;
	T al = (T)alpha;
	for (int64_t j = 0; j < n; j += DOT_N) {
		int64_t i = 0;
		const T *bj = b + j * ldb;
		T *cj = c + j;
		if (n - j >= DOT_N) {
			for (; i + DOT_M <= m; i += DOT_M)
				CAT(dot_block, SUFFIX)(DOT_M, DOT_N, k, a + i * lda, lda, bj, ldb, cj + i * ldc, ldc, al, add);
			for (; i < m; i++)
				CAT(dot_block, SUFFIX)(1, DOT_N, k, a + i * lda, lda, bj, ldb, cj + i * ldc, ldc, al, add);
		} else {
			for (int64_t r = 0; r < n - j; r++)
				for (i = 0; i < m; i++)
					CAT(dot_block, SUFFIX)(1, 1, k, a + i * lda, lda, bj + r * ldb, ldb, cj + i * ldc + r,
						ldc, al, add);
		}
	}
}

static inline __attribute__((always_inline)) void CAT(row_block, SUFFIX)(const int nv, int64_t k, const T *x, int64_t xs,
	const T *b, int64_t ldb, T *c, T alpha, bool add)
{
	V acc[8];
#pragma GCC unroll 8
	for (int v = 0; v < nv; v++)
		acc[v] = vzero();
	for (int64_t p = 0; p < k; p++) {
		V y = vset1(x[p * xs]);
#pragma GCC unroll 8
		for (int v = 0; v < nv; v++)
			acc[v] = vfma(y, vload(b + p * ldb + v * VL), acc[v]);
	}
	V va = vset1(alpha);
#pragma GCC unroll 8
	for (int v = 0; v < nv; v++)
		vstore(c + v * VL, add ? vfma(va, acc[v], vload(c + v * VL)) : vmul(va, acc[v]));
}

static void CAT(row, SUFFIX)(int64_t k, const void *px, int64_t xs, const void *pb, int64_t ldb, int64_t n, void *pc,
	double alpha, bool add)
{
	const T *x = px, *b = pb;
	T *c = pc;
	int64_t j = 0;
	for (; j + 8 * VL <= n; j += 8 * VL)
		CAT(row_block, SUFFIX)(8, k, x, xs, b + j, ldb, c + j, (T)alpha, add);
	for (; j + VL <= n; j += VL)
		CAT(row_block, SUFFIX)(1, k, x, xs, b + j, ldb, c + j, (T)alpha, add);
	if (j < n) {
		int left = (int)(n - j);
		V acc = vzero();
		for (int64_t p = 0; p < k; p++)
			acc = vfma(vset1(x[p * xs]), vload_part(b + p * ldb + j, left), acc);
		T out[VL];
		vstore(out, vmul(vset1((T)alpha), acc));
		for (int i = 0; i < left; i++)
			c[j + i] = add ? c[j + i] + out[i] : out[i];
	}
}

static void CAT(transpose, SUFFIX)(const void *psrc, int64_t ld, int n, int width, int64_t kc, void *pdst)
{
	const T *src = psrc;
	T *dst = pdst;
	int64_t q = 0;
#ifdef TRANSPOSE_SIDE
	// A strip of k at a time, so that lines of dst are filled while they are near.
	for (; q + TRANSPOSE_SIDE <= kc; q += TRANSPOSE_SIDE) {
		int j = 0;
		for (; j + TRANSPOSE_SIDE <= n; j += TRANSPOSE_SIDE)
			TRANSPOSE_BLOCK(src + j * ld + q, ld, dst + q * width + j, width);
		if (j < n && n >= TRANSPOSE_SIDE) { // the last block overlaps the one before it
			j = n - TRANSPOSE_SIDE;
			TRANSPOSE_BLOCK(src + j * ld + q, ld, dst + q * width + j, width);
			j = n;
		}
		for (; j < n; j++)
			for (int i = 0; i < TRANSPOSE_SIDE; i++)
				dst[(q + i) * width + j] = src[j * ld + q + i];
		for (int i = 0; n < width && i < TRANSPOSE_SIDE; i++)
			memset(dst + (q + i) * width + n, 0, (size_t)(width - n) * sizeof(T));
	}
#endif
	for (; q < kc; q++) {
		for (int j = 0; j < n; j++)
			dst[q * width + j] = src[j * ld + q];
		for (int j = n; j < width; j++)
			dst[q * width + j] = 0;
	}
}

const GemmKernels CAT(CAT(gemm, SUFFIX), ISA_SUFFIX) = {
	.mr = TILE_M,
	.nr = 2 * VL,
	.tile = CAT(tile, SUFFIX),
	.dots = CAT(dots, SUFFIX),
	.row = CAT(row, SUFFIX),
	.transpose = CAT(transpose, SUFFIX),
};
