// SPDX-License-Identifier: BSD-3-Clause
// Matrix products: which way to go, blocking, packing, threads.
//
// A product with one row or few rows is bound by reading B once, so B is used where it lies: as dot products
// when it is contiguous along k (the weight of a linear layer), else row by row.  Everything larger is cut into
// blocks that fit the caches; both operands are packed into the panels that the inner kernel walks, all panels
// of a block in one parallel loop, then the tiles of C in a second one.  No path depends on the thread count.
#include "backends/cpu/gemm.h"

#include <assert.h>
#include <stdatomic.h>

#include "backends/cpu/cpu.h"
#include "backends/cpu/scratch.h"

#define KC_BYTES 1536       // of one row of a packed panel: 384 floats; a 32-wide panel is 48 KiB
#define MB_ROWS 1008        // rows of A packed at once
#define NB_COLUMNS 2048     // columns of B packed at once
#define SERIAL_WORK 150000  // multiply-adds that are not worth waking a thread for
#define FEW_ROWS 32         // up to here dot products beat packing, and
#define SOME_ROWS 128       // up to here where A stays in the second-level cache,
#define SOME_BYTES 524288   // which holds this much of it besides B

const GemmKernels *gemm_kernels(DType d)
{
	bool f32 = d == DT_F32;
	switch (cpu_isa()) {
#if defined(__x86_64__) || defined(__i386__)
	case ISA_AVX512:
		return f32 ? &gemm_f32_avx512 : &gemm_f64_avx512;
	case ISA_AVX2:
		return f32 ? &gemm_f32_avx2 : &gemm_f64_avx2;
#endif
	default:
		return f32 ? &gemm_f32_base : &gemm_f64_base;
	}
}

static int64_t min64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t div_up(int64_t a, int64_t b)
{
	return (a + b - 1) / b;
}

// Items per piece such that a piece has about SERIAL_WORK multiply-adds.
static int64_t grain_for(int64_t work_per_item)
{
	int64_t g = work_per_item > 0 ? SERIAL_WORK / work_per_item : SERIAL_WORK;
	return g < 1 ? 1 : g;
}

static bool work_at_least(int64_t m, int64_t n, int64_t k, double limit)
{
	return (double)m * (double)n * (double)k >= limit;
}

// ---- packing

#define PACK_STRIDED(NAME, T)                                                                                   \
	static void NAME(const T *src, int64_t os, int64_t ks, int n, int width, int64_t kc, T *dst)            \
	{                                                                                                       \
		for (int64_t p = 0; p < kc; p++, src += ks, dst += width) {                                     \
			if (os == 1)                                                                            \
				memcpy(dst, src, (size_t)n * sizeof(T));                                        \
			else                                                                                    \
				for (int i = 0; i < n; i++)                                                     \
					dst[i] = src[i * os];                                                   \
			for (int i = n; i < width; i++)                                                         \
				dst[i] = 0;                                                                     \
		}                                                                                               \
	}
PACK_STRIDED(pack_strided_f32, float)
PACK_STRIDED(pack_strided_f64, double)

// os: stride from one row of A (column of B) to the next; ks: along k.
static void pack_panel(const GemmKernels *ks_, DType d, const GemmOperand *o, int64_t os, int64_t ks, int64_t first, int n,
	int width, int64_t k0, int64_t kc, void *dst)
{
	if (o->pack) {
		o->pack(o->source, first, n, width, k0, kc, dst);
		return;
	}
	size_t es = dtype_size(d);
	const char *src = (const char *)o->data + (first * os + k0 * ks) * (int64_t)es;
	if (ks == 1 && os != 1)
		ks_->transpose(src, os, n, width, kc, dst);
	else if (d == DT_F32)
		pack_strided_f32((const float *)src, os, ks, n, width, kc, dst);
	else
		pack_strided_f64((const double *)src, os, ks, n, width, kc, dst);
}

// ---- the blocked product

typedef struct Blocked {
	const GemmKernels *kernels;
	DType d;
	size_t es;
	const Gemm *g;
	char *a_pack, *b_pack;
	int mr, nr;
	int64_t ic, mb, jc, nb, pc, kc;
	int64_t a_panels, b_panels, b_first; // panels of this round; b_first: where B's start among the tasks
	int64_t mt, nt, m_tiles;             // panels per tile, tiles per column of tiles
	bool add;
} Blocked;

static void pack_body(void *arg, int64_t begin, int64_t end)
{
	const Blocked *w = arg;
	const Gemm *g = w->g;
	for (int64_t t = begin; t < end; t++) {
		if (t < w->b_first) {
			int64_t r = t * w->mr;
			int n = (int)min64(w->mr, w->mb - r);
			pack_panel(w->kernels, w->d, &g->a, g->a.rs, g->a.cs, w->ic + r, n, n, w->pc, w->kc,
				w->a_pack + (size_t)(r * w->kc) * w->es);
		} else {
			int64_t c = (t - w->b_first) * w->nr;
			int n = (int)min64(w->nr, w->nb - c);
			pack_panel(w->kernels, w->d, &g->b, g->b.cs, g->b.rs, w->jc + c, n, w->nr, w->pc, w->kc,
				w->b_pack + (size_t)(c * w->kc) * w->es);
		}
	}
}

static void tile_run(void *arg, int64_t begin, int64_t end)
{
	const Blocked *w = arg;
	const Gemm *g = w->g;
	for (int64_t t = begin; t < end; t++) {
		int64_t ip0 = t % w->m_tiles * w->mt, jp0 = t / w->m_tiles * w->nt;
		int64_t ip1 = min64(ip0 + w->mt, w->a_panels), jp1 = min64(jp0 + w->nt, w->b_panels);
		for (int64_t jp = jp0; jp < jp1; jp++) {
			int n = (int)min64(w->nr, w->nb - jp * w->nr);
			const char *b = w->b_pack + (size_t)(jp * w->nr * w->kc) * w->es;
			for (int64_t ip = ip0; ip < ip1; ip++) {
				int m = (int)min64(w->mr, w->mb - ip * w->mr);
				const char *a = w->a_pack + (size_t)(ip * w->mr * w->kc) * w->es;
				int64_t at = (w->ic + ip * w->mr) * g->ldc + w->jc + jp * w->nr;
				w->kernels->tile(w->kc, a, b, w->nr, (char *)g->c + at * (int64_t)w->es, g->ldc, m, n,
					g->alpha, w->add, false);
			}
		}
	}
}

static Status gemm_blocked(DType d, const GemmKernels *kernels, const Gemm *g, bool add, Error *err)
{
	Blocked w = {.kernels = kernels, .d = d, .es = dtype_size(d), .g = g};
	bool parallel = work_at_least(g->m, g->n, g->k, SERIAL_WORK);
	int threads = parallel ? threads_get() : 1;
	int64_t kmax = KC_BYTES / (int64_t)w.es;
	int64_t kstep = div_up(g->k, div_up(g->k, kmax));
	int64_t mb_max = div_up(g->m, div_up(g->m, MB_ROWS));
	int64_t nb_max = min64(g->n, NB_COLUMNS);
	// rows are shared out evenly: 16 rows are 8 + 8, not 14 + 2
	w.mr = (int)div_up(mb_max, div_up(mb_max, kernels->mr));
	w.nr = kernels->nr;
	size_t a_bytes = (size_t)(mb_max * kstep) * w.es;
	size_t b_bytes = (size_t)(div_up(nb_max, w.nr) * w.nr * kstep) * w.es;
	w.a_pack = scratch_get(SCRATCH_GEMM_A, a_bytes);
	w.b_pack = scratch_get(SCRATCH_GEMM_B, b_bytes);
	if (!w.a_pack || !w.b_pack)
		return fail_memory(err, a_bytes + b_bytes);
	for (w.jc = 0; w.jc < g->n; w.jc += NB_COLUMNS) {
		w.nb = min64(NB_COLUMNS, g->n - w.jc);
		w.b_panels = div_up(w.nb, w.nr);
		for (w.pc = 0; w.pc < g->k; w.pc += kstep) {
			w.kc = min64(kstep, g->k - w.pc);
			w.add = add || w.pc > 0;
			for (w.ic = 0; w.ic < g->m; w.ic += mb_max) {
				w.mb = min64(mb_max, g->m - w.ic);
				w.a_panels = w.b_first = div_up(w.mb, w.mr);
				int64_t panels = w.a_panels + (w.ic == 0 ? w.b_panels : 0);
				parallel_for(panels, parallel ? 2 : panels, pack_body, &w);
				w.mt = min64(w.a_panels, 8);
				w.nt = w.b_panels * w.a_panels / (8 * threads * w.mt);
				w.nt = w.nt < 1 ? 1 : w.nt > 8 ? 8 : w.nt;
				w.m_tiles = div_up(w.a_panels, w.mt);
				int64_t tiles = w.m_tiles * div_up(w.b_panels, w.nt);
				parallel_for(tiles, parallel ? 1 : tiles, tile_run, &w);
			}
		}
	}
	return STATUS_OK;
}

// ---- few rows: B stays where it is

typedef struct Direct {
	const GemmKernels *kernels;
	const Gemm *g;
	size_t es;
	const char *a;   // rows contiguous along k (dots, row), or panels (tiles)
	int64_t lda;
	int mr;
	bool add, over_rows;
} Direct;

static void dots_body(void *arg, int64_t begin, int64_t end)
{
	const Direct *w = arg;
	const Gemm *g = w->g;
	int64_t es = (int64_t)w->es;
	if (w->over_rows)
		w->kernels->dots(g->k, w->a + begin * w->lda * es, w->lda, end - begin, g->b.data, g->b.cs, g->n,
			(char *)g->c + begin * g->ldc * es, g->ldc, g->alpha, w->add);
	else
		w->kernels->dots(g->k, w->a, w->lda, g->m, (const char *)g->b.data + begin * g->b.cs * es, g->b.cs,
			end - begin, (char *)g->c + begin * es, g->ldc, g->alpha, w->add);
}

static void row_body(void *arg, int64_t begin, int64_t end)
{
	const Direct *w = arg;
	const Gemm *g = w->g;
	int64_t es = (int64_t)w->es;
	w->kernels->row(g->k, g->a.data, g->a.cs, (const char *)g->b.data + begin * es, g->b.rs, end - begin,
		(char *)g->c + begin * es, g->alpha, w->add);
}

static void columns_body(void *arg, int64_t begin, int64_t end)
{
	const Direct *w = arg;
	const Gemm *g = w->g;
	int64_t es = (int64_t)w->es;
	int nr = w->kernels->nr;
	for (int64_t jp = begin; jp < end; jp++) {
		int64_t j = jp * nr;
		int n = (int)min64(nr, g->n - j);
		for (int64_t i = 0; i < g->m; i += w->mr)
			w->kernels->tile(g->k, w->a + i * g->k * es, (const char *)g->b.data + j * es, g->b.rs,
				(char *)g->c + (i * g->ldc + j) * es, g->ldc, (int)min64(w->mr, g->m - i), n, g->alpha,
				w->add, n < nr);
	}
}

// A's rows made contiguous along k.
static Status direct_rows(DType d, Direct *w, Error *err)
{
	const Gemm *g = w->g;
	w->a = g->a.data;
	w->lda = g->a.rs;
	if (g->a.cs == 1 || g->k == 1)
		return STATUS_OK;
	size_t bytes = (size_t)(g->m * g->k) * w->es;
	char *copy = scratch_get(SCRATCH_GEMM_SMALL, bytes);
	if (!copy)
		return fail_memory(err, bytes);
	for (int64_t i = 0; i < g->m; i++) // a panel of one row is the row
		pack_panel(w->kernels, d, &g->a, g->a.rs, g->a.cs, i, 1, 1, 0, g->k, copy + (size_t)(i * g->k) * w->es);
	w->a = copy;
	w->lda = g->k;
	return STATUS_OK;
}

static void scale_c(DType d, const Gemm *g)
{
	for (int64_t i = 0; i < g->m; i++)
		for (int64_t j = 0; j < g->n; j++)
			if (d == DT_F32) {
				float *c = (float *)g->c + i * g->ldc + j;
				*c = g->beta == 0 ? 0 : *c * (float)g->beta;
			} else {
				double *c = (double *)g->c + i * g->ldc + j;
				*c = g->beta == 0 ? 0 : *c * g->beta;
			}
}

Status gemm_float(DType d, const Gemm *g, Error *err)
{
	if (g->m <= 0 || g->n <= 0)
		return STATUS_OK;
	if (g->k <= 0 || (g->beta != 0 && g->beta != 1))
		scale_c(d, g);
	if (g->k <= 0)
		return STATUS_OK;
	const GemmKernels *kernels = gemm_kernels(d);
	bool add = g->beta != 0;
	if (g->a.pack || g->b.pack)
		return gemm_blocked(d, kernels, g, add, err);
	Gemm swapped;
	if (g->n == 1 && g->m > 1 && g->ldc == 1) { // a column is the row of the transposed product
		swapped = *g;
		swapped.m = 1;
		swapped.n = g->m;
		swapped.a = (GemmOperand){.data = g->b.data, .rs = g->b.cs, .cs = g->b.rs};
		swapped.b = (GemmOperand){.data = g->a.data, .rs = g->a.cs, .cs = g->a.rs};
		swapped.ldc = g->m;
		g = &swapped;
	}
	Direct w = {.kernels = kernels, .g = g, .es = dtype_size(d), .add = add};
	bool b_along_k = g->b.rs == 1 || g->k == 1;
	bool few = g->m <= FEW_ROWS || g->n == 1 ||
		(g->m <= SOME_ROWS && (size_t)(g->m * g->k) * dtype_size(d) <= SOME_BYTES);
	if (b_along_k && few && (g->k >= 8 || g->m == 1)) {
		TRY(direct_rows(d, &w, err));
		parallel_for(g->n, (grain_for(g->m * g->k) + 3) & ~(int64_t)3, dots_body, &w);
		return STATUS_OK;
	}
	if (b_along_k && g->a.cs == 1 && g->n <= 16 && g->k >= 32) {
		w.a = g->a.data;
		w.lda = g->a.rs;
		w.over_rows = true;
		parallel_for(g->m, (grain_for(g->n * g->k) + 3) & ~(int64_t)3, dots_body, &w);
		return STATUS_OK;
	}
	if (g->m == 1 && g->b.cs == 1) {
		int64_t wide = 4 * kernels->nr;
		parallel_for(g->n, div_up(grain_for(g->k), wide) * wide, row_body, &w);
		return STATUS_OK;
	}
	if (g->b.cs == 1 && g->m <= 2 * kernels->mr) {
		size_t bytes = (size_t)(g->m * g->k) * w.es;
		char *pack = scratch_get(SCRATCH_GEMM_SMALL, bytes);
		if (!pack)
			return fail_memory(err, bytes);
		w.mr = (int)div_up(g->m, div_up(g->m, kernels->mr));
		for (int64_t i = 0; i < g->m; i += w.mr) {
			int n = (int)min64(w.mr, g->m - i);
			pack_panel(kernels, d, &g->a, g->a.rs, g->a.cs, i, n, n, 0, g->k, pack + (size_t)(i * g->k) * w.es);
		}
		w.a = pack;
		parallel_for(div_up(g->n, kernels->nr), grain_for(g->m * g->k * kernels->nr), columns_body, &w);
		return STATUS_OK;
	}
	return gemm_blocked(d, kernels, g, add, err);
}

// ---- other dtypes

typedef struct RefRun { DType d; const Gemm *g; } RefRun;

static void ref_body(void *arg, int64_t begin, int64_t end)
{
	const RefRun *r = arg;
	gemm_ref(r->d, r->g, begin, end);
}

static void gemm_plain(DType d, const Gemm *g)
{
	RefRun r = {d, g};
	parallel_for(g->m, grain_for(g->n * (g->k > 0 ? g->k : 1)), ref_body, &r);
}

typedef struct Widen { DType d; const char *src; float *dst; int64_t rows, columns, rs, cs; bool narrow; } Widen;

static void widen_body(void *arg, int64_t begin, int64_t end)
{
	const Widen *w = arg;
	for (int64_t i = begin; i < end; i++)
		for (int64_t j = 0; j < w->columns; j++) {
			uint16_t *h = (uint16_t *)(uintptr_t)w->src + i * w->rs + j * w->cs;
			float *f = w->dst + i * w->columns + j;
			if (w->narrow)
				*h = w->d == DT_BF16 ? bf16_from_f32(*f).bits : f16_from_f32(*f).bits;
			else
				*f = w->d == DT_BF16 ? bf16_to_f32((bf16_t){*h}) : f16_to_f32((f16_t){*h});
		}
}

static Status gemm_half(DType d, const Gemm *g, Error *err)
{
	size_t na = (size_t)(g->m * g->k), nb = (size_t)(g->k * g->n), nc = (size_t)(g->m * g->n);
	size_t bytes = (na + nb + nc) * sizeof(float);
	float *a = scratch_get(SCRATCH_GEMM_CONVERT, bytes);
	if (!a)
		return fail_memory(err, bytes);
	float *b = a + na, *c = b + nb;
	Widen w = {.d = d, .src = g->a.data, .dst = a, .rows = g->m, .columns = g->k, .rs = g->a.rs, .cs = g->a.cs};
	parallel_for(w.rows, grain_for(w.columns), widen_body, &w);
	// B keeps the order it has in memory
	bool along_k = g->b.rs == 1;
	w = (Widen){.d = d, .src = g->b.data, .dst = b, .rows = along_k ? g->n : g->k, .columns = along_k ? g->k : g->n,
		.rs = along_k ? g->b.cs : g->b.rs, .cs = along_k ? g->b.rs : g->b.cs};
	parallel_for(w.rows, grain_for(w.columns), widen_body, &w);
	w = (Widen){.d = d, .src = g->c, .dst = c, .rows = g->m, .columns = g->n, .rs = g->ldc, .cs = 1};
	if (g->beta != 0)
		parallel_for(w.rows, grain_for(w.columns), widen_body, &w);
	Gemm f = *g;
	f.a = (GemmOperand){.data = a, .rs = g->k, .cs = 1};
	f.b = (GemmOperand){.data = b, .rs = along_k ? 1 : g->n, .cs = along_k ? g->k : 1};
	f.c = c;
	f.ldc = g->n;
	TRY(gemm_float(DT_F32, &f, err));
	w.narrow = true;
	parallel_for(w.rows, grain_for(w.columns), widen_body, &w);
	return STATUS_OK;
}

Status gemm_any(DType d, const Gemm *g, Error *err)
{
	assert(!g->a.pack && !g->b.pack);
	if (g->m <= 0 || g->n <= 0)
		return STATUS_OK;
	if ((d == DT_F32 || d == DT_F64) && cpu_isa() != ISA_REF)
		return gemm_float(d, g, err);
	if (d == DT_F16 || d == DT_BF16)
		return gemm_half(d, g, err);
	gemm_plain(d, g);
	return STATUS_OK;
}

// ---- batches

typedef struct BatchRun { DType d; const GemmBatch *b; _Atomic int status; } BatchRun;

static void batch_body(void *arg, int64_t begin, int64_t end)
{
	BatchRun *r = arg;
	int64_t es = (int64_t)dtype_size(r->d);
	for (int64_t i = begin; i < end; i++) {
		Gemm g = r->b->one;
		g.a.data = (const char *)g.a.data + i * r->b->step_a * es;
		g.b.data = (const char *)g.b.data + i * r->b->step_b * es;
		g.c = (char *)g.c + i * r->b->step_c * es;
		Status s = gemm_any(r->d, &g, NULL);
		if (s != STATUS_OK)
			atomic_store(&r->status, (int)s);
	}
}

Status gemm_batch(DType d, const GemmBatch *b, Error *err)
{
	if (b->count == 1)
		return gemm_any(d, &b->one, err);
	BatchRun r = {.d = d, .b = b};
	const Gemm *g = &b->one;
	// Few large products are cut inside, many small ones are shared out whole.
	bool large = b->count < 4 * threads_get() && work_at_least(g->m, g->n, g->k, 4e6);
	if (large)
		for (int64_t i = 0; i < b->count; i++)
			batch_body(&r, i, i + 1);
	else
		parallel_for(b->count, grain_for(min64(g->m * g->n, SERIAL_WORK) * min64(g->k, SERIAL_WORK)), batch_body, &r);
	int s = atomic_load(&r.status);
	return s == STATUS_OK ? STATUS_OK : fail(err, (Status)s, "not enough memory for a matrix product");
}
