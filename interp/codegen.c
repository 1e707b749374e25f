// SPDX-License-Identifier: BSD-3-Clause
// From graph to code: liveness, registers and layout in two walks over the graph.
//
// The first walk numbers every node and block end in program order and collects for each value the numbers of
// its uses.  A value dies in the block where it is defined, at the node of that block that holds its last use;
// if that node is an If or a With, the value dies inside each of its blocks; if it is a Loop, after it.
// The second walk emits instructions in the same order, handing registers of dead values on at once.
// Loop-carried values share one register with the block's input and the node's output, and a value that ends
// as a carried value or as an If's output is computed straight into that register when it is vacant.
#include "interp/codegen.h"

#include <stdlib.h>

static void emit_block(Gen *g, const Block *b, const Ints *inherited, const Value *const *names, const int *out_regs,
	bool is_loop);

typedef struct Move { int dst, src; bool last; } Move;

// All moves happen at once; sources marked last are left empty.
static void emit_moves(Gen *g, Move *m, int n)
{
	Ints temps = {0};
	while (n) {
		int pick = -1;
		for (int i = 0; i < n && pick < 0; i++) {
			bool blocked = false;
			for (int j = 0; j < n && !blocked; j++)
				blocked = j != i && m[j].src == m[i].dst;
			// a copy must precede the move that empties its source
			for (int j = 0; j < n && !blocked && m[i].last; j++)
				blocked = j != i && m[j].src == m[i].src;
			if (!blocked)
				pick = i;
		}
		if (pick < 0) { // a cycle: park one source
			int t = gen_take(g);
			gen_push(g, &temps, t);
			int src = m[0].src;
			bool last = false;
			for (int j = 0; j < n; j++)
				if (m[j].src == src)
					last |= m[j].last;
			gen_emit(g, last ? INSN_MOVE : INSN_COPY, 0, t, src, 0);
			bool first = true;
			for (int j = n; j-- > 0;)
				if (m[j].src == src) {
					m[j].src = t;
					m[j].last = first;
					first = false;
				}
			continue;
		}
		gen_emit(g, m[pick].last ? INSN_MOVE : INSN_COPY, 0, m[pick].dst, m[pick].src, 0);
		m[pick] = m[--n];
	}
	for (int i = 0; i < temps.n; i++)
		gen_release(g, temps.items[i]);
}

// Moves a block's outputs (from index `from` on) into out_regs; what dies there and was not moved is dropped.
static void emit_outputs(Gen *g, const Block *b, int from, const int *out_regs, const Ints *dying,
	const Value *const *by_id)
{
	int n = b->noutputs - from;
	Move *moves = arena_array(&g->scratch, Move, n ? n : 1);
	int nmoves = 0;
	for (int i = 0; i < dying->n; i++)
		g->live[dying->items[i]].dying = true;
	for (int i = 0; i < n; i++) { // staying where it is counts as the last occurrence
		const Value *v = b->outputs[from + i];
		if (out_regs[i] >= 0 && gen_reg(g, v) == out_regs[i])
			gen_live(g, v)->dying = false;
	}
	for (int i = n; i-- > 0;) {
		const Value *v = b->outputs[from + i];
		Live *l = gen_live(g, v);
		if (out_regs[i] < 0 || l->reg == out_regs[i])
			continue;
		moves[nmoves++] = (Move){out_regs[i], l->reg, l->dying};
		l->dying = false;
	}
	for (int i = 0; i < dying->n; i++) { // before the moves: a carried register may be among them
		Live *l = &g->live[dying->items[i]];
		bool stays = false;
		for (int k = 0; k < n && !stays; k++)
			stays = b->outputs[from + k] == by_id[dying->items[i]] && out_regs[k] >= 0;
		if (l->dying && !stays)
			gen_drop(g, by_id[dying->items[i]]);
		l->dying = false;
	}
	emit_moves(g, moves, nmoves);
}

static void reserve(Gen *g, int r, bool vacant)
{
	g->reserved[r]++;
	g->vacant[r] = vacant;
}

// If, With and fork: blocks that run at most once.  Returns registers for the node's outputs.
static int *reserve_outputs(Gen *g, const Node *n, int count)
{
	int *out = arena_array(&g->scratch, int, count + 1);
	for (int i = 0; i < count; i++) {
		out[i] = n->noutputs > i ? gen_output(g, n->outputs[i]) : -1;
		if (out[i] >= 0)
			reserve(g, out[i], true);
	}
	return out;
}

static void settle_outputs(Gen *g, const int *out, int count)
{
	for (int i = 0; i < count; i++)
		if (out[i] >= 0) {
			g->reserved[out[i]]--;
			g->vacant[out[i]] = false;
		}
}

static void release_list(Gen *g, const Ints *dying)
{
	for (int i = 0; i < dying->n; i++)
		gen_release(g, g->live[dying->items[i]].reg);
}

// A block may hand a dying value's register to a loop inside it; the other block, and the release afterwards,
// still need to know which it was.
static int *dying_regs(Gen *g, const Ints *dying)
{
	int *regs = arena_array(&g->scratch, int, dying->n + 1);
	for (int i = 0; i < dying->n; i++)
		regs[i] = g->live[dying->items[i]].reg;
	return regs;
}

static void restore_dying(Gen *g, const Ints *dying, const int *regs)
{
	for (int i = 0; i < dying->n; i++)
		g->live[dying->items[i]].reg = regs[i];
}

void gen_if(Gen *g, const Node *n, const Ints *dying, const Value *const *names)
{
	const int *regs = dying_regs(g, dying);
	for (int i = 0; i < dying->n; i++)
		g->live[dying->items[i]].dying = false;
	int *out = reserve_outputs(g, n, n->noutputs);
	int jump = gen_emit(g, INSN_JUMP_FALSE, 0, gen_reg(g, n->inputs[0]), 0, 0);
	Saved s = gen_save(g);
	emit_block(g, n->blocks[0], dying, names, out, false);
	gen_restore(g, &s);
	restore_dying(g, dying, regs);
	int leave = gen_emit(g, INSN_JUMP, 0, 0, 0, 0);
	g->code->insns[jump].c = g->code->ninsns;
	emit_block(g, n->blocks[1], dying, names, out, false);
	gen_restore(g, &s);
	restore_dying(g, dying, regs);
	if (g->code->ninsns == leave + 1) { // nothing to skip
		g->code->ninsns = leave;
		g->code->insns[jump].c = leave;
	} else {
		g->code->insns[leave].c = g->code->ninsns;
	}
	settle_outputs(g, out, n->noutputs);
	release_list(g, dying);
}

static void add_handler(Gen *g, Handler h)
{
	Code *k = g->code;
	ARENA_PUSH(&k->arena, k->handlers, k->nhandlers, k->cap_handlers, h);
}

void gen_with(Gen *g, const Node *n, const Ints *dying, const Value *const *names)
{
	const Value *obj = n->inputs[0];
	const Block *b = n->blocks[0];
	Ints inner = {0};
	bool obj_dies = false;
	for (int i = 0; i < dying->n; i++) {
		g->live[dying->items[i]].dying = false;
		if (dying->items[i] == obj->id)
			obj_dies = true;
		else
			gen_push(g, &inner, dying->items[i]);
	}
	int *out = reserve_outputs(g, n, n->noutputs);
	int saved = gen_take(g);
	reserve(g, saved, false);
	gen_emit(g, INSN_WITH_BEGIN, 0, saved, gen_reg(g, obj), 0);
	int begin = g->code->ninsns;
	Saved s = gen_save(g);
	const int *regs = dying_regs(g, &inner);
	emit_block(g, b, &inner, names, out, false);
	gen_restore(g, &s);
	restore_dying(g, &inner, regs);
	add_handler(g, (Handler){.kind = HANDLER_WITH, .begin = begin, .end = g->code->ninsns,
		.object = gen_reg(g, obj), .saved = saved});
	gen_emit(g, INSN_WITH_END, obj_dies ? 1 : 0, saved, gen_reg(g, obj), 0);
	g->reserved[saved]--;
	gen_release(g, saved);
	settle_outputs(g, out, n->noutputs);
	release_list(g, dying);
}

void gen_fork(Gen *g, const Node *n, const Ints *dying, const Value *const *names)
{
	for (int i = 0; i < dying->n; i++)
		g->live[dying->items[i]].dying = false;
	const Block *b = n->blocks[0];
	int dst = gen_output_any(g, n->outputs[0]);
	int result = gen_take(g);
	reserve(g, result, true);
	reserve(g, dst, false);
	Saved s = gen_save(g);
	// what stays valid when the block fails: every register in use now, save the ones dying in the block
	bool *used = arena_array(&g->scratch, bool, s.nframe + 1);
	for (int r = g->code->nconsts; r < s.nframe; r++)
		used[r] = !(g->reserved[r] && g->vacant[r]);
	for (int i = 0; i < s.free.n; i++)
		used[s.free.items[i]] = false;
	for (int i = 0; i < dying->n; i++)
		used[g->live[dying->items[i]].reg] = false;
	used[dst] = used[result] = false;
	Handler h = {.kind = HANDLER_FORK, .begin = g->code->ninsns, .dst = dst};
	int cap = 0;
	for (int r = g->code->nconsts; r < s.nframe; r++)
		if (used[r])
			ARENA_PUSH(&g->code->arena, h.keep, h.nkeep, cap, r);
	int outs[1] = {result};
	const int *regs = dying_regs(g, dying);
	emit_block(g, b, dying, names, outs, false);
	gen_restore(g, &s);
	restore_dying(g, dying, regs);
	h.end = g->code->ninsns;
	if (!b->noutputs)
		gen_emit(g, INSN_DROP, 0, result, 0, 0);
	gen_emit(g, INSN_FORK_END, 1, dst, result, 0);
	h.target = g->code->ninsns;
	add_handler(g, h);
	g->reserved[result]--;
	g->reserved[dst]--;
	g->vacant[result] = g->vacant[dst] = false;
	gen_release(g, result);
	release_list(g, dying);
	gen_finish(g, n->outputs[0]);
}

static bool used_within(Gen *g, const Value *v, int begin, int end)
{
	return live_last_use(gen_live(g, v), begin, end) >= 0;
}

void gen_loop(Gen *g, const Node *n, const Ints *dying, const Value *const *names)
{
	const Block *b = n->blocks[0];
	const Where here = g->where;
	int ncarried = n->ninputs - 2;
	const Span *body = &g->spans[g->next_span];
	int *carried = arena_array(&g->scratch, int, ncarried + 1);
	// initial values: a dying one that the body does not need becomes the carried register itself, or moves there
	for (int i = ncarried; i-- > 0;) {
		const Value *v = n->inputs[2 + i];
		Live *l = gen_live(g, v);
		if (l->dying && v != n->inputs[0] && v != n->inputs[1] && !used_within(g, v, body->begin, body->end)) {
			carried[i] = l->reg;
			l->dying = false; // it lives on under the new name
			l->reg = -1;
		} else {
			carried[i] = -1;
		}
	}
	for (int i = 0; i < ncarried; i++)
		if (carried[i] < 0) {
			const Value *v = n->inputs[2 + i];
			int src = gen_live(g, v)->reg;
			for (int k = 0; src < 0 && k < ncarried; k++) // the same value, renamed just above
				if (n->inputs[2 + k] == v && carried[k] >= 0)
					src = carried[k];
			carried[i] = gen_take(g);
			gen_emit(g, INSN_COPY, 0, carried[i], src, 0);
		}
	for (int i = 0; i < dying->n; i++)
		g->live[dying->items[i]].dying = false; // what is left dies after the loop
	int counter = gen_take(g);
	int trip = gen_reg(g, n->inputs[0]);
	reserve(g, counter, false);
	for (int i = 0; i < ncarried; i++) {
		reserve(g, carried[i], false);
		gen_live(g, b->inputs[1 + i])->reg = carried[i];
	}
	gen_live(g, b->inputs[0])->reg = counter;
	int start = gen_operands(g);
	gen_operand(g, counter);
	gen_operand(g, trip);
	gen_operand(g, gen_reg(g, n->inputs[1]));
	int enter = gen_emit(g, INSN_LOOP_BEGIN, 0, start, 0, 0);
	int top = g->code->ninsns;
	Saved s = gen_save(g);
	Ints none = {0};
	emit_block(g, b, &none, names, carried, true);
	// the next condition: emit_block left it readable
	g->where = here;
	start = gen_operands(g);
	gen_operand(g, counter);
	gen_operand(g, trip);
	gen_operand(g, gen_live(g, b->outputs[0])->reg);
	gen_emit(g, INSN_LOOP_NEXT, 0, start, 0, top);
	gen_restore(g, &s);
	g->code->insns[enter].c = g->code->ninsns;
	g->reserved[counter]--;
	gen_release(g, counter);
	for (int i = 0; i < ncarried; i++) {
		g->reserved[carried[i]]--;
		g->vacant[carried[i]] = false;
		gen_live(g, n->outputs[i])->reg = carried[i];
	}
	for (int i = 0; i < dying->n; i++) {
		Live *l = &g->live[dying->items[i]];
		if (l->reg < 0)
			continue;
		gen_drop(g, names[dying->items[i]]);
		gen_release(g, l->reg);
	}
	for (int i = 0; i < ncarried; i++)
		gen_finish(g, n->outputs[i]);
}

static int node_holding(const Span *s, int pos) // index of the node whose extent contains pos; n for the outputs
{
	if (pos >= s->end)
		return s->starts.n;
	int lo = 0, hi = s->starts.n;
	while (lo < hi) {
		int mid = (lo + hi) / 2;
		if (s->starts.items[mid] <= pos)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo - 1;
}

// Drops at block entry what dies here without being used.
static void die_in(Gen *g, const Span *s, Ints *deaths, int id, const Value *const *names)
{
	int p = live_last_use(&g->live[id], s->begin, s->end);
	if (p < 0) {
		gen_drop(g, names[id]);
		gen_release(g, g->live[id].reg);
		return;
	}
	gen_push(g, &deaths[node_holding(s, p)], id);
}

static void emit_block(Gen *g, const Block *b, const Ints *inherited, const Value *const *names, const int *out_regs,
	bool is_loop)
{
	const Span s = g->spans[g->next_span++];
	int nnodes = s.starts.n, from = is_loop ? 1 : 0;
	Ints *deaths = arena_array(&g->scratch, Ints, nnodes + 1);
	for (int i = 0; i < inherited->n; i++)
		die_in(g, &s, deaths, inherited->items[i], names);
	for (int i = from; i < b->ninputs; i++) // the loop counter's register belongs to the loop
		if (gen_live(g, b->inputs[i])->reg >= 0)
			die_in(g, &s, deaths, b->inputs[i]->id, names);
	for (int i = from; i < b->noutputs; i++) {
		const Value *v = b->outputs[i];
		int seen = 0;
		for (int k = 0; k < b->noutputs; k++)
			seen += b->outputs[k] == v;
		if (v->def && v->def->block == b && seen == 1 && out_regs && out_regs[i - from] >= 0)
			gen_live(g, v)->prefer = out_regs[i - from];
	}
	int k = 0;
	block_foreach(n, b) {
		if (g->err->code)
			return;
		if (gen_node(g, n, &deaths[k], names) != STATUS_OK)
			return;
		k++;
		for (int i = 0; i < n->noutputs; i++) {
			const Live *l = gen_live(g, n->outputs[i]);
			if (!l->is_const && l->uses.n)
				gen_push(g, &deaths[node_holding(&s, l->uses.items[l->uses.n - 1])], n->outputs[i]->id);
		}
	}
	g->where = (Where){0};
	Ints *dying = &deaths[nnodes];
	if (is_loop) {
		// the condition is read after the moves: keep it out of their way
		const Value *cond = b->outputs[0];
		Live *l = gen_live(g, cond);
		bool clash = false;
		for (int i = 1; i < b->noutputs; i++)
			clash |= !l->is_const && l->reg == out_regs[i - 1] && b->outputs[i] != cond;
		int reg = l->reg;
		if (clash) {
			reg = gen_take(g);
			gen_emit(g, INSN_COPY, 0, reg, l->reg, 0);
		}
		emit_outputs(g, b, 1, out_regs, dying, names);
		l->reg = reg;
		return;
	}
	if (out_regs) {
		emit_outputs(g, b, 0, out_regs, dying, names);
		return;
	}
	for (int i = 0; i < dying->n; i++)
		g->live[dying->items[i]].dying = true;
	int start = gen_operands(g);
	for (int i = 0; i < b->noutputs; i++) {
		const Value *v = b->outputs[i];
		bool again = false;
		for (int j = i + 1; j < b->noutputs; j++)
			again |= b->outputs[j] == v;
		gen_operand(g, gen_reg(g, v) | (gen_live(g, v)->dying && !again ? OPERAND_LAST : 0));
	}
	gen_emit(g, INSN_RETURN, b->noutputs, start, 0, 0);
}

static void name_values(const Block *b, const Value **names)
{
	for (int i = 0; i < b->ninputs; i++)
		names[b->inputs[i]->id] = b->inputs[i];
	block_foreach(n, b) {
		for (int i = 0; i < n->noutputs; i++)
			names[n->outputs[i]->id] = n->outputs[i];
		for (int i = 0; i < n->nblocks; i++)
			name_values(n->blocks[i], names);
	}
}

// Takes graph over.
static Status generate(Graph *graph, const char *name, Code **out, Error *err)
{
	Code *c = xcalloc(1, sizeof *c);
	c->graph = graph;
	c->name = arena_strdup(&c->arena, name ? name : "");
	Error own = ERROR_INIT;
	Gen g = {.code = c, .graph = graph, .nlive = graph->next_id, .err = &own};
	g.live = arena_array(&g.scratch, Live, g.nlive + 1);
	const Value **names = arena_array(&g.scratch, const Value *, g.nlive + 1);
	name_values(graph->block, names);
	const Block *b = graph->block;
	for (int i = 0; i < b->ninputs; i++)
		*gen_live(&g, b->inputs[i]) = (Live){.reg = -1, .prefer = -1};
	gen_number(&g, b);
	c->lacks_ops = graph_lacks_ops(c->graph);
	c->nframe = c->nconsts;
	c->nparams = b->ninputs;
	c->params = arena_array(&c->arena, int32_t, b->ninputs + 1);
	for (int i = 0; i < b->ninputs; i++)
		c->params[i] = gen_output(&g, b->inputs[i]);
	Ints none = {0};
	emit_block(&g, b, &none, names, NULL, false);
	arena_free(&g.scratch);
	if (own.code) {
		Status s = own.code;
		if (err)
			error_move(err, &own);
		error_clear(&own);
		code_free(c);
		return s;
	}
	*out = c;
	return STATUS_OK;
}

Status code_generate(Function *f, Code **out, Error *err)
{
	Graph *copy = graph_copy(f->graph);
	Status s = interp_optimize(copy, err);
	if (s != STATUS_OK) {
		graph_free(&copy);
		return s;
	}
	return generate(copy, f->short_name ? f->short_name : f->name, out, err);
}

void code_free(void *code)
{
	Code *c = code;
	if (!c)
		return;
	graph_free(&c->graph);
	arena_free(&c->arena);
	free(c);
}
