// SPDX-License-Identifier: BSD-3-Clause
// The reduction engine: which dimensions go, the walk over outputs and runs, and chunks of long reductions.
//
// Where the kept dimension is the dense one, elements are fetched in tiles (many outputs × many reduced steps) and
// turned on the stack, so that memory is read in whole lines while each output still sees contiguous runs.
#include "backends/cpu/reduce.h"

#include "backends/cpu/convert.h"
#include "backends/cpu/nest.h"
#include "backends/cpu/table.h"

#include <inttypes.h>
#include <stdlib.h>

#define CHUNK 65536          // elements folded into one state when a reduction is cut
#define WORK 32768           // elements a piece of parallel work should have
#define TILE_OUT 32
#define TILE_RUN 64
#define ACROSS_OUT 256

Status reduce_shape(Exec *x, const Tensor *self, IValue dims, bool empty_is_all, bool keepdim, ReduceShape *r)
{
	int64_t list[MAX_DIMS];
	int n = 0;
	memset(r->reduced, 0, sizeof r->reduced);
	bool all = iv_is_none(dims);
	if (dims.tag == TAG_INT) {
		list[n++] = dims.i;
	} else if (!all) {
		TRY(arg_ints(x, dims, list, MAX_DIMS, &n));
		all = n == 0 && empty_is_all;
	}
	for (int i = 0; i < n; i++) {
		int d;
		TRY(wrap_dim(list[i], self->ndim, &d, x->err));
		if (r->reduced[d])
			return xfail(x, "dim %d appears multiple times in the list of dims", d);
		r->reduced[d] = true;
	}
	for (int i = 0; all && i < self->ndim; i++)
		r->reduced[i] = true;
	r->ndim = 0;
	r->count = 1;
	for (int i = 0; i < self->ndim; i++) {
		if (r->reduced[i])
			r->count = (int64_t)((uint64_t)r->count * (uint64_t)self->sizes[i]);
		if (!r->reduced[i] || keepdim)
			r->sizes[r->ndim++] = r->reduced[i] ? 1 : self->sizes[i];
	}
	return STATUS_OK;
}

Status reduce_refuse_empty(Exec *x, const char *name, const Tensor *self, IValue dims)
{
	if (self->numel > 0)
		return STATUS_OK;
	int64_t list[MAX_DIMS];
	int n = 0;
	if (dims.tag == TAG_INT)
		list[n++] = dims.i;
	else if (dims.tag == TAG_LIST)
		TRY(arg_ints(x, dims, list, MAX_DIMS, &n));
	if (n == 0)
		return fail(x->err, STATUS_INDEX, "%s(): Expected reduction dim to be specified for input.numel() == 0. Specify the "
			"reduction dim with the 'dim' argument.", name);
	for (int i = 0; i < n; i++) {
		int d;
		TRY(wrap_dim(list[i], self->ndim, &d, x->err));
		if (self->ndim && self->sizes[d] == 0)
			return fail(x->err, STATUS_INDEX, "%s(): Expected reduction dim %" PRId64 " to have non-zero size.", name, list[i]);
	}
	return STATUS_OK;
}

typedef struct ReduceWork {
	const Folder *folder;
	Fold fold;
	Carrier carrier;
	const FoldParams *params;
	DType src, via, want;
	size_t src_size, want_size;
	Nest outer;              // operands: out, out2, in
	Nest inner;              // operand: in (relative to an outer position)
	int tile;                // outputs a tile
	FoldState *states;       // chunked: one a chunk
} ReduceWork;

static void fold_run(const ReduceWork *w, FoldState *s, const char *p, int64_t stride, int64_t n, int64_t at)
{
	if (w->src == w->want && w->via == DT_NONE && (stride == (int64_t)w->src_size || n == 1)) {
		w->fold(s, p, n, at, w->params);
		return;
	}
	_Alignas(64) char block[RUN_MOST * 16];
	for (int64_t done = 0; done < n; done += RUN_MOST) {
		int64_t m = n - done < RUN_MOST ? n - done : RUN_MOST;
		load_run(block, w->want, w->via, p + done * stride, w->src, stride, m);
		w->fold(s, block, m, at + done, w->params);
	}
}

// Folds all reduced elements of the output whose first element is at p.
static void fold_all(const ReduceWork *w, FoldState *s, const char *p)
{
	const Nest *n = &w->inner;
	if (n->ndim <= 1) {
		fold_run(w, s, p, n->ndim ? n->strides[0][0] : 0, n->numel, 0);
		return;
	}
	int64_t index[MAX_DIMS] = {0}, at = 0;
	for (;;) {
		fold_run(w, s, p, n->strides[0][0], n->sizes[0], at);
		at += n->sizes[0];
		int k = 1;
		for (; k < n->ndim; k++) {
			p += n->strides[0][k];
			if (++index[k] < n->sizes[k])
				break;
			p -= n->sizes[k] * n->strides[0][k];
			index[k] = 0;
		}
		if (k == n->ndim)
			return;
	}
}

static void outer_at(const ReduceWork *w, int64_t item, char *p[3])
{
	for (int k = 0; k < 3; k++)
		p[k] = w->outer.base[k];
	for (int i = 0; i < w->outer.ndim; i++) {
		int64_t index = item % w->outer.sizes[i];
		item /= w->outer.sizes[i];
		for (int k = 0; k < 3; k++)
			p[k] += index * w->outer.strides[k][i];
	}
}

static void reduce_range(void *arg, int64_t begin, int64_t end)
{
	const ReduceWork *w = arg;
	for (int64_t item = begin; item < end; item++) {
		char *p[3];
		outer_at(w, item, p);
		FoldState s = w->folder->start;
		if (w->inner.numel)
			fold_all(w, &s, p[2]);
		w->folder->finish(&s, w->carrier, p[0], p[1], w->params);
	}
}

static void reduce_tile(const ReduceWork *w, int64_t item, int outs)
{
	FoldState s[TILE_OUT];
	_Alignas(64) char row[TILE_OUT * 16];
	_Alignas(64) char tile[TILE_OUT * TILE_RUN * 16];
	char *p[3];
	outer_at(w, item, p);
	size_t size = w->want_size;
	int64_t n = w->inner.numel, stride = w->inner.strides[0][0];
	for (int k = 0; k < outs; k++)
		s[k] = w->folder->start;
	for (int64_t at = 0; at < n; at += TILE_RUN) {
		int64_t m = n - at < TILE_RUN ? n - at : TILE_RUN;
		for (int64_t r = 0; r < m; r++) {
			const char *from = p[2] + (at + r) * stride;
			if (w->src != w->want || w->via != DT_NONE) {
				load_run(row, w->want, w->via, from, w->src, (int64_t)w->src_size, outs);
				from = row;
			}
			scatter_run(tile + (size_t)r * size, (int64_t)(TILE_RUN * size), from, size, outs);
		}
		for (int k = 0; k < outs; k++)
			w->fold(&s[k], tile + (size_t)k * TILE_RUN * size, m, at, w->params);
	}
	for (int k = 0; k < outs; k++)
		w->folder->finish(&s[k], w->carrier, p[0] + k * w->outer.strides[0][0], p[1] + k * w->outer.strides[1][0], w->params);
}

// As reduce_tile for sums and extremes of floats: whole rows fold into a row of accumulators.
static void reduce_across(const ReduceWork *w, int64_t item, int outs)
{
	double sum[ACROSS_OUT] = {0};
	float best[ACROSS_OUT], row[ACROSS_OUT];
	char *p[3];
	outer_at(w, item, p);
	int64_t n = w->inner.numel, stride = w->inner.strides[0][0];
	Across kind = w->folder->across;
	for (int64_t r = 0; r < n; r++) {
		const char *from = p[2] + r * stride;
		if (w->src != DT_F32 || w->via != DT_NONE) {
			load_run((char *)row, DT_F32, w->via, from, w->src, (int64_t)w->src_size, outs);
			from = (const char *)row;
		}
		if (kind == ACROSS_SUM)
			cpu_table()->add_rows_f32(sum, (const float *)from, outs);
		else if (r == 0)
			memcpy(best, from, (size_t)outs * sizeof *best);
		else if (kind == ACROSS_MAX)
			cpu_table()->max_rows_f32(best, (const float *)from, outs);
		else
			cpu_table()->min_rows_f32(best, (const float *)from, outs);
	}
	for (int k = 0; k < outs; k++) {
		FoldState s = w->folder->start;
		s.a = kind == ACROSS_SUM ? sum[k] : (double)best[k];
		s.j = 0;
		w->folder->finish(&s, w->carrier, p[0] + k * w->outer.strides[0][0], p[1] + k * w->outer.strides[1][0], w->params);
	}
}

// Items are tiles: outer dimension 0 is cut into pieces.
static void tile_range(void *arg, int64_t begin, int64_t end)
{
	const ReduceWork *w = arg;
	int64_t across = w->outer.sizes[0], tiles = (across + w->tile - 1) / w->tile;
	for (int64_t t = begin; t < end; t++) {
		int64_t first = t % tiles * w->tile;
		int64_t outs = across - first < w->tile ? across - first : w->tile;
		if (w->tile == ACROSS_OUT)
			reduce_across(w, t / tiles * across + first, (int)outs);
		else
			reduce_tile(w, t / tiles * across + first, (int)outs);
	}
}

static void chunk_range(void *arg, int64_t begin, int64_t end)
{
	const ReduceWork *w = arg;
	int64_t chunks = (w->inner.numel + CHUNK - 1) / CHUNK;
	for (int64_t item = begin; item < end; item++) {
		int64_t first = item % chunks * CHUNK;
		int64_t n = w->inner.numel - first < CHUNK ? w->inner.numel - first : CHUNK;
		char *p[3];
		outer_at(w, item / chunks, p);
		w->states[item] = w->folder->start;
		fold_run(w, &w->states[item], p[2] + first * w->inner.strides[0][0], w->inner.strides[0][0], n, first);
	}
}

// Fills a nest with the dimensions for which reduced[i] == which.
static void part_nest(Nest *n, const Tensor *self, const bool *reduced, bool which, Tensor *const *outs, bool keepdim)
{
	n->ndim = 0;
	n->numel = 1;
	int out_dim = outs ? outs[0]->ndim : 0;
	for (int i = self->ndim - 1; i >= 0; i--) {
		bool has_out = outs && (!reduced[i] || keepdim);
		if (has_out)
			out_dim--;
		if (reduced[i] != which)
			continue;
		int d = n->ndim++;
		n->sizes[d] = self->sizes[i];
		n->numel = (int64_t)((uint64_t)n->numel * (uint64_t)self->sizes[i]);
		int64_t step = self->strides[i] * (int64_t)dtype_size(tensor_dtype(self));
		if (!outs) {
			n->strides[0][d] = step;
			continue;
		}
		for (int k = 0; k < 2; k++)
			n->strides[k][d] = outs[k] ? outs[k]->strides[out_dim] * (int64_t)dtype_size(tensor_dtype(outs[k])) : 0;
		n->strides[2][d] = step;
	}
}

Status reduce_run(Exec *x, const Folder *f, const Tensor *self, DType as, const ReduceShape *r, FoldParams *p,
	Tensor *out, Tensor *out2)
{
	ReduceWork w = {.folder = f, .params = p, .carrier = carrier_of(as)};
	static const DType native[CARRIERS] = {DT_I64, DT_U64, DT_F32, DT_F64, DT_C64, DT_C128};
	w.fold = f->fold[w.carrier];
	if (!w.fold || !(f->takes & kind_bit(as)))
		return fail_not_implemented(x, f->name, as);
	w.src = tensor_dtype(self);
	w.want = native[w.carrier];
	w.via = w.src != as && as != w.want ? as : DT_NONE;
	w.src_size = dtype_size(w.src);
	w.want_size = dtype_size(w.want);
	p->count = (double)r->count;
	p->out = tensor_dtype(out);
	p->out2 = out2 ? tensor_dtype(out2) : DT_NONE;
	if (out->numel == 0 || tensor_device(out) == DEVICE_META || tensor_device(self) == DEVICE_META)
		return STATUS_OK;

	bool keepdim = r->ndim == self->ndim;
	Tensor *outs[2] = {out, out2};
	part_nest(&w.outer, self, r->reduced, false, outs, keepdim);
	w.outer.nops = 3;
	w.outer.base[0] = tensor_data(out);
	w.outer.base[1] = out2 ? tensor_data(out2) : w.outer.base[0];
	w.outer.base[2] = self->storage->data ? tensor_data(self) : NULL;
	nest_merge(&w.outer);
	part_nest(&w.inner, self, r->reduced, true, NULL, false);
	w.inner.nops = 1;
	w.inner.base[0] = NULL;
	if (!f->ordered)
		nest_sort(&w.inner, NULL);
	nest_merge(&w.inner);
	w.outer.numel = out->numel;

	int64_t outputs = out->numel, each = w.inner.numel;
	if (w.inner.ndim == 1 && each >= 2 * CHUNK && outputs < 64 && f->join) {
		int64_t chunks = (each + CHUNK - 1) / CHUNK;
		w.states = malloc((size_t)(outputs * chunks) * sizeof *w.states);
		if (!w.states)
			return fail_memory(x->err, (size_t)(outputs * chunks) * sizeof *w.states);
		parallel_for(outputs * chunks, 1, chunk_range, &w);
		for (int64_t o = 0; o < outputs; o++) {
			FoldState *s = &w.states[o * chunks];
			for (int64_t c = 1; c < chunks; c++)
				f->join(&s[0], &s[c], p);
			char *at[3];
			outer_at(&w, o, at);
			f->finish(&s[0], w.carrier, at[0], at[1], p);
		}
		free(w.states);
		return STATUS_OK;
	}
	bool dense_out = w.outer.ndim > 0 && w.outer.strides[2][0] == (int64_t)w.src_size && w.outer.sizes[0] >= 8;
	if (w.inner.ndim == 1 && dense_out && w.inner.strides[0][0] != (int64_t)w.src_size) {
		w.tile = w.want == DT_F32 && f->across && cpu_table()->add_rows_f32 && each > 0 ? ACROSS_OUT : TILE_OUT;
		int64_t tiles = (w.outer.sizes[0] + w.tile - 1) / w.tile * (outputs / w.outer.sizes[0]);
		parallel_for(tiles, WORK / (each * w.tile + 1) + 1, tile_range, &w);
		return STATUS_OK;
	}
	parallel_for(outputs, WORK / (each + 16) + 1, reduce_range, &w);
	return STATUS_OK;
}

Status reduce_new(Exec *x, const Folder *f, const Tensor *self, DType as, const ReduceShape *r, FoldParams *p, DType out,
	Tensor **result)
{
	Tensor *t;
	TRY(tensor_empty(out, r->sizes, r->ndim, &t, x->err));
	if (tensor_device(self) == DEVICE_META)
		t->storage->device = DEVICE_META;
	Status s = reduce_run(x, f, self, as, r, p, t, NULL);
	if (s != STATUS_OK)
		tensor_unref(&t);
	else
		*result = t;
	return s;
}

void rows_init(Rows *r, int dim, const Tensor *a, const Tensor *b, const Tensor *c)
{
	const Tensor *t[3] = {a, b, c};
	r->n = a->ndim ? a->sizes[dim] : 1;
	r->count = 1;
	r->ndim = 0;
	for (int k = 0; k < 3; k++) {
		r->base[k] = t[k] && t[k]->storage->data ? tensor_data(t[k]) : NULL;
		r->step[k] = t[k] && t[k]->ndim ? t[k]->strides[dim] * (int64_t)dtype_size(tensor_dtype(t[k])) : 0;
	}
	for (int i = a->ndim - 1; i >= 0; i--) {
		if (i == dim)
			continue;
		r->sizes[r->ndim] = a->sizes[i];
		r->count *= a->sizes[i];
		for (int k = 0; k < 3; k++)
			r->strides[k][r->ndim] = t[k] ? t[k]->strides[i] * (int64_t)dtype_size(tensor_dtype(t[k])) : 0;
		r->ndim++;
	}
}

void rows_at(const Rows *r, int64_t row, char *p[3])
{
	for (int k = 0; k < 3; k++)
		p[k] = r->base[k];
	for (int i = 0; i < r->ndim; i++) {
		int64_t index = row % r->sizes[i];
		row /= r->sizes[i];
		for (int k = 0; k < 3; k++)
			if (p[k])
				p[k] += index * r->strides[k][i];
	}
}
