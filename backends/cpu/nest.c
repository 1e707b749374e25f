// SPDX-License-Identifier: BSD-3-Clause
// Loop nests: the order of dimensions and the walk.  The order is the one PyTorch's iterator picks, because it
// also decides the strides of results.
#include "backends/cpu/nest.h"

#include "core/thread.h"

#include <assert.h>

void nest_init(Nest *n, const int64_t *sizes, int ndim)
{
	n->nops = 0;
	n->ndim = ndim;
	n->numel = 1;
	for (int i = 0; i < ndim; i++) {
		n->sizes[i] = sizes[ndim - 1 - i];
		n->numel = (int64_t)((uint64_t)n->numel * (uint64_t)n->sizes[i]);
	}
}

void nest_add(Nest *n, const Tensor *t)
{
	assert(n->nops < NEST_OPS);
	int k = n->nops++;
	int64_t size = (int64_t)dtype_size(tensor_dtype(t));
	n->base[k] = t->storage->data ? tensor_data(t) : NULL;
	for (int i = 0; i < n->ndim; i++) {
		int j = t->ndim - 1 - i;
		bool still = j < 0 || (t->sizes[j] == 1 && n->sizes[i] != 1);
		n->strides[k][i] = still ? 0 : t->strides[j] * size;
	}
}

void nest_add_number(Nest *n, void *p)
{
	assert(n->nops < NEST_OPS);
	int k = n->nops++;
	n->base[k] = p;
	for (int i = 0; i < n->ndim; i++)
		n->strides[k][i] = 0;
}

// > 0 when dimension a must stand outside dimension b, < 0 when inside, 0 when no operand cares.
static int compare_dims(const Nest *n, int a, int b)
{
	for (int k = 0; k < n->nops; k++) {
		int64_t sa = n->strides[k][a], sb = n->strides[k][b];
		if (sa == 0 || sb == 0)
			continue;
		if (sa != sb)
			return sa < sb ? -1 : 1;
		if (n->sizes[a] > n->sizes[b])
			return 1;
	}
	return 0;
}

void nest_sort(Nest *n, int *perm)
{
	int own[MAX_DIMS];
	int *order = perm ? perm : own;
	bool moved = false;
	for (int i = 0; i < n->ndim; i++)
		order[i] = i;
	for (int i = 1; i < n->ndim; i++) {
		int at = i;
		for (int j = i - 1; j >= 0; j--) {
			int c = compare_dims(n, order[j], order[at]);
			if (c > 0) {
				int t = order[j];
				order[j] = order[at];
				order[at] = t;
				at = j;
				moved = true;
			} else if (c < 0) {
				break;
			}
		}
	}
	if (!moved)
		return;
	int64_t old[MAX_DIMS];
	for (int k = -1; k < n->nops; k++) {
		int64_t *row = k < 0 ? n->sizes : n->strides[k];
		for (int i = 0; i < n->ndim; i++)
			old[i] = row[i];
		for (int i = 0; i < n->ndim; i++)
			row[i] = old[order[i]];
	}
}

void nest_merge(Nest *n)
{
	int top = -1; // last kept dimension
	for (int i = 0; i < n->ndim; i++) {
		if (n->sizes[i] == 1)
			continue;
		bool join = top >= 0;
		for (int k = 0; join && k < n->nops; k++)
			join = n->strides[k][i] == n->strides[k][top] * n->sizes[top];
		if (join) {
			n->sizes[top] *= n->sizes[i];
			continue;
		}
		top++;
		n->sizes[top] = n->sizes[i];
		for (int k = 0; k < n->nops; k++)
			n->strides[k][top] = n->strides[k][i];
	}
	n->ndim = top + 1;
}

typedef struct Walk { const Nest *nest; NestLoop loop; void *arg; } Walk;

static void walk_range(void *arg, int64_t begin, int64_t end)
{
	const Walk *w = arg;
	const Nest *n = w->nest;
	int64_t index[MAX_DIMS], stride[NEST_OPS];
	char *p[NEST_OPS];
	for (int k = 0; k < n->nops; k++) {
		p[k] = n->base[k];
		stride[k] = n->ndim ? n->strides[k][0] : 0;
	}
	int64_t left = begin;
	for (int i = 0; i < n->ndim; i++) {
		index[i] = left % n->sizes[i];
		left /= n->sizes[i];
		for (int k = 0; k < n->nops; k++)
			p[k] += index[i] * n->strides[k][i];
	}
	while (begin < end) {
		int64_t run = n->ndim ? n->sizes[0] - index[0] : 1;
		if (run > end - begin)
			run = end - begin;
		w->loop(w->arg, p, stride, run);
		begin += run;
		if (begin >= end)
			break;
		// A further run exists, so this one reached the end of the innermost dimension.
		for (int k = 0; k < n->nops; k++)
			p[k] -= index[0] * stride[k];
		index[0] = 0;
		for (int i = 1; i < n->ndim; i++) {
			index[i]++;
			for (int k = 0; k < n->nops; k++)
				p[k] += n->strides[k][i];
			if (index[i] < n->sizes[i])
				break;
			for (int k = 0; k < n->nops; k++)
				p[k] -= n->sizes[i] * n->strides[k][i];
			index[i] = 0;
		}
	}
}

void nest_run(const Nest *n, int64_t grain, NestLoop loop, void *arg)
{
	if (n->numel == 0)
		return;
	Walk w = {n, loop, arg};
	if (n->numel <= grain)
		walk_range(&w, 0, n->numel);
	else
		parallel_for(n->numel, grain, walk_range, &w);
}
