// SPDX-License-Identifier: BSD-3-Clause
// Liveness and registers.  The first walk over a graph numbers every node and block end in program order and
// collects for each value the numbers of its uses; the second (codegen.c) takes and releases registers as values
// come and go.  A reserved register belongs to an enclosing If or Loop and never goes to the free list; while it
// is vacant, the value that is to end in it may be computed there.
#include "interp/codegen.h"

#include <assert.h>

void gen_push(Gen *g, Ints *v, int x)
{
	ARENA_PUSH(&g->scratch, v->items, v->n, v->cap, x);
}

bool type_immediate(const Type *t)
{
	return t->kind == TYPE_INT || t->kind == TYPE_FLOAT || t->kind == TYPE_BOOL || t->kind == TYPE_NONE
		|| t->kind == TYPE_DEVICE;
}

Live *gen_live(Gen *g, const Value *v)
{
	assert(v->id >= 0 && v->id < g->nlive);
	return &g->live[v->id];
}

// ---- first walk

static void use_at(Gen *g, const Value *v, int pos)
{
	Live *l = gen_live(g, v);
	if (!l->is_const)
		gen_push(g, &l->uses, pos);
}

static int add_const(Gen *g, IValue v)
{
	Code *c = g->code;
	ARENA_PUSH(&c->arena, c->consts, c->nconsts, c->cap_consts, v);
	return c->nconsts - 1;
}

void gen_number(Gen *g, const Block *b)
{
	int si = g->nspans;
	ARENA_PUSH(&g->scratch, g->spans, g->nspans, g->cap_spans, (Span){.begin = g->pos++});
	block_foreach(n, b) {
		int pos = g->pos++;
		gen_push(g, &g->spans[si].starts, pos);
		for (int i = 0; i < n->noutputs; i++) {
			Live *l = gen_live(g, n->outputs[i]);
			*l = (Live){.reg = -1, .prefer = -1};
			if (n->kind == NODE_CONSTANT || n->kind == NODE_UNINITIALIZED) {
				l->is_const = true;
				l->reg = add_const(g, n->kind == NODE_CONSTANT ? n->attr.value : iv_uninit());
			}
		}
		for (int i = 0; i < n->ninputs; i++)
			use_at(g, n->inputs[i], pos);
		for (int i = 0; i < n->nblocks; i++) {
			for (int k = 0; k < n->blocks[i]->ninputs; k++)
				*gen_live(g, n->blocks[i]->inputs[k]) = (Live){.reg = -1, .prefer = -1};
			gen_number(g, n->blocks[i]);
		}
	}
	g->spans[si].end = g->pos++;
	for (int i = 0; i < b->noutputs; i++)
		use_at(g, b->outputs[i], g->spans[si].end);
}

// Last use at or before pos, -1 if there is none from begin on.
int live_last_use(const Live *l, int begin, int end)
{
	int lo = 0, hi = l->uses.n;
	while (lo < hi) {
		int mid = (lo + hi) / 2;
		if (l->uses.items[mid] <= end)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo && l->uses.items[lo - 1] >= begin ? l->uses.items[lo - 1] : -1;
}

// ---- registers

static int new_reg(Gen *g)
{
	int r = g->code->nframe++;
	if (r >= g->cap_regs) {
		int cap = r + 64 + r / 2;
		uint8_t *reserved = arena_array(&g->scratch, uint8_t, cap);
		bool *vacant = arena_array(&g->scratch, bool, cap);
		if (g->cap_regs) {
			memcpy(reserved, g->reserved, (size_t)g->cap_regs);
			memcpy(vacant, g->vacant, (size_t)g->cap_regs * sizeof *vacant);
		}
		g->reserved = reserved;
		g->vacant = vacant;
		g->cap_regs = cap;
	}
	return r;
}

int gen_take(Gen *g)
{
	return g->free.n ? g->free.items[--g->free.n] : new_reg(g);
}

void gen_release(Gen *g, int r)
{
	if (r < g->code->nconsts)
		return;
	if (g->reserved[r])
		g->vacant[r] = true;
	else
		gen_push(g, &g->free, r);
}

int gen_reg(Gen *g, const Value *v)
{
	int r = gen_live(g, v)->reg;
	assert(r >= 0);
	return r;
}

// A register for a new value.
int gen_define(Gen *g, const Value *v)
{
	Live *l = gen_live(g, v);
	if (l->prefer >= 0 && g->reserved[l->prefer] && g->vacant[l->prefer]) {
		l->reg = l->prefer;
		g->vacant[l->reg] = false;
	} else {
		l->reg = gen_take(g);
	}
	return l->reg;
}


Saved gen_save(Gen *g)
{
	Saved s = {.nframe = g->code->nframe};
	s.free.n = s.free.cap = g->free.n;
	s.free.items = arena_dup(&g->scratch, g->free.items, (size_t)g->free.n * sizeof(int));
	s.vacant = arena_dup(&g->scratch, g->vacant, (size_t)s.nframe * sizeof(bool));
	return s;
}

// Registers made since then are free again.
void gen_restore(Gen *g, const Saved *s)
{
	g->free.n = 0;
	for (int i = 0; i < s->free.n; i++)
		gen_push(g, &g->free, s->free.items[i]);
	if (s->nframe)
		memcpy(g->vacant, s->vacant, (size_t)s->nframe * sizeof(bool));
	for (int r = s->nframe; r < g->code->nframe; r++) {
		g->reserved[r] = 0;
		g->vacant[r] = false;
		gen_push(g, &g->free, r);
	}
}
