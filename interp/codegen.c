// SPDX-License-Identifier: BSD-3-Clause
// From graph to code: liveness, registers and layout in two walks over the graph.
//
// The first walk numbers every node and block end in program order and collects for each value the numbers of
// its uses.  A value dies in the block where it is defined, at the node of that block that holds its last use;
// if that node is an If or a With, the value dies inside each of its blocks; if it is a Loop, after it.
// The second walk emits instructions in the same order, handing registers of dead values on at once.
// Loop-carried values share one register with the block's input and the node's output, and a value that ends
// as a carried value or as an If's output is computed straight into that register when it is vacant.
#include "interp/code.h"

#include <assert.h>
#include <stdlib.h>

typedef struct Ints { int *items; int n, cap; } Ints;

typedef struct Live {
	int reg;            // frame index; -1 = none
	int prefer;         // register to take if vacant, or -1
	bool is_const, dying;
	Ints uses;          // positions, ascending
} Live;

typedef struct Span {   // of a block
	int begin, end;     // end is the position of the block's outputs
	Ints starts;        // of its nodes
} Span;

typedef struct Gen {
	Code *code;
	Graph *graph;
	Arena scratch;
	Live *live;
	int nlive;
	Span *spans;
	int nspans, cap_spans, next_span;
	int pos;
	Ints free;          // registers nobody uses
	uint8_t *reserved;  // by register: kept for an enclosing If or Loop
	bool *vacant;       // reserved ones: holds nothing now
	int cap_regs;
	Where where;
	Error *err;
} Gen;

static void ints_push(Gen *g, Ints *v, int x)
{
	ARENA_PUSH(&g->scratch, v->items, v->n, v->cap, x);
}

static bool type_immediate(const Type *t)
{
	return t->kind == TYPE_INT || t->kind == TYPE_FLOAT || t->kind == TYPE_BOOL || t->kind == TYPE_NONE
		|| t->kind == TYPE_DEVICE;
}

static Live *live_of(Gen *g, const Value *v)
{
	assert(v->id >= 0 && v->id < g->nlive);
	return &g->live[v->id];
}

// ---- first walk

static void use_at(Gen *g, const Value *v, int pos)
{
	Live *l = live_of(g, v);
	if (!l->is_const)
		ints_push(g, &l->uses, pos);
}

static int add_const(Gen *g, IValue v)
{
	Code *c = g->code;
	ARENA_PUSH(&c->arena, c->consts, c->nconsts, c->cap_consts, v);
	return c->nconsts - 1;
}

static void number_block(Gen *g, const Block *b)
{
	int si = g->nspans;
	ARENA_PUSH(&g->scratch, g->spans, g->nspans, g->cap_spans, (Span){.begin = g->pos++});
	block_foreach(n, b) {
		int pos = g->pos++;
		ints_push(g, &g->spans[si].starts, pos);
		for (int i = 0; i < n->noutputs; i++) {
			Live *l = live_of(g, n->outputs[i]);
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
				*live_of(g, n->blocks[i]->inputs[k]) = (Live){.reg = -1, .prefer = -1};
			number_block(g, n->blocks[i]);
		}
	}
	g->spans[si].end = g->pos++;
	for (int i = 0; i < b->noutputs; i++)
		use_at(g, b->outputs[i], g->spans[si].end);
}

// Last use at or before pos, -1 if there is none from begin on.
static int last_use(const Live *l, int begin, int end)
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

static int take_reg(Gen *g)
{
	return g->free.n ? g->free.items[--g->free.n] : new_reg(g);
}

static void release_reg(Gen *g, int r)
{
	if (r < g->code->nconsts)
		return;
	if (g->reserved[r])
		g->vacant[r] = true;
	else
		ints_push(g, &g->free, r);
}

static int value_reg(Gen *g, const Value *v)
{
	int r = live_of(g, v)->reg;
	assert(r >= 0);
	return r;
}

// A register for a new value.
static int define(Gen *g, const Value *v)
{
	Live *l = live_of(g, v);
	if (l->prefer >= 0 && g->reserved[l->prefer] && g->vacant[l->prefer]) {
		l->reg = l->prefer;
		g->vacant[l->reg] = false;
	} else {
		l->reg = take_reg(g);
	}
	return l->reg;
}

typedef struct Saved { Ints free; bool *vacant; int nframe; } Saved;

static Saved save_regs(Gen *g)
{
	Saved s = {.nframe = g->code->nframe};
	s.free.n = s.free.cap = g->free.n;
	s.free.items = arena_dup(&g->scratch, g->free.items, (size_t)g->free.n * sizeof(int));
	s.vacant = arena_dup(&g->scratch, g->vacant, (size_t)s.nframe * sizeof(bool));
	return s;
}

// Registers made since then are free again.
static void restore_regs(Gen *g, const Saved *s)
{
	g->free.n = 0;
	for (int i = 0; i < s->free.n; i++)
		ints_push(g, &g->free, s->free.items[i]);
	if (s->nframe)
		memcpy(g->vacant, s->vacant, (size_t)s->nframe * sizeof(bool));
	for (int r = s->nframe; r < g->code->nframe; r++) {
		g->reserved[r] = 0;
		g->vacant[r] = false;
		ints_push(g, &g->free, r);
	}
}

// ---- emitting

static int emit(Gen *g, InsnCode code, int n, int a, int b, int c)
{
	Code *k = g->code;
	ARENA_PUSH(&k->arena, k->insns, k->ninsns, k->cap_insns, (Insn){(uint16_t)code, (uint16_t)n, a, b, c});
	int at = k->ninsns - 1;
	int nwhere = at;
	ARENA_PUSH(&k->arena, k->where, nwhere, k->cap_where, g->where);
	return at;
}

static int operand_start(Gen *g) { return g->code->noperands; }
static void push_operand(Gen *g, int o)
{
	Code *k = g->code;
	ARENA_PUSH(&k->arena, k->operands, k->noperands, k->cap_operands, o);
}

static void drop_value(Gen *g, const Value *v)
{
	if (!type_immediate(v->type))
		emit(g, INSN_DROP, 0, value_reg(g, v), 0, 0);
}

// Pushes n->inputs[from…] as operands; the last occurrence of a dying value is marked.
static int push_inputs(Gen *g, const Node *n, int from)
{
	int start = operand_start(g);
	for (int i = from; i < n->ninputs; i++) {
		const Value *v = n->inputs[i];
		int o = value_reg(g, v);
		if (live_of(g, v)->dying && !type_immediate(v->type)) {
			bool again = false;
			for (int j = i + 1; j < n->ninputs && !again; j++)
				again = n->inputs[j] == v;
			if (!again)
				o |= OPERAND_LAST;
		}
		push_operand(g, o);
	}
	return start;
}

static int bind_type(Gen *g, const Type *t)
{
	Code *k = g->code;
	const Type **one = arena_new(&k->arena, const Type *);
	*one = t;
	ARENA_PUSH(&k->arena, k->types, k->ntypes, k->cap_types, (TypeSet){one, 1});
	return k->ntypes - 1;
}

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
			int t = take_reg(g);
			ints_push(g, &temps, t);
			int src = m[0].src;
			bool last = false;
			for (int j = 0; j < n; j++)
				if (m[j].src == src)
					last |= m[j].last;
			emit(g, last ? INSN_MOVE : INSN_COPY, 0, t, src, 0);
			bool first = true;
			for (int j = n; j-- > 0;)
				if (m[j].src == src) {
					m[j].src = t;
					m[j].last = first;
					first = false;
				}
			continue;
		}
		emit(g, m[pick].last ? INSN_MOVE : INSN_COPY, 0, m[pick].dst, m[pick].src, 0);
		m[pick] = m[--n];
	}
	for (int i = 0; i < temps.n; i++)
		release_reg(g, temps.items[i]);
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
		if (out_regs[i] >= 0 && value_reg(g, v) == out_regs[i])
			live_of(g, v)->dying = false;
	}
	for (int i = n; i-- > 0;) {
		const Value *v = b->outputs[from + i];
		Live *l = live_of(g, v);
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
			drop_value(g, by_id[dying->items[i]]);
		l->dying = false;
	}
	emit_moves(g, moves, nmoves);
}

// ---- nodes

static const struct { const char *kernel; InsnCode code; } binary_insns[] = {
	{"add_int", INSN_ADD_I}, {"sub_int", INSN_SUB_I}, {"mul_int", INSN_MUL_I}, {"div_int", INSN_DIV_I},
	{"floordiv_int", INSN_FLOORDIV_I}, {"remainder_int", INSN_MOD_I}, {"lt_int", INSN_LT_I}, {"le_int", INSN_LE_I},
	{"gt_int", INSN_GT_I}, {"ge_int", INSN_GE_I}, {"eq_int", INSN_EQ_I}, {"ne_int", INSN_NE_I},
	{"eq_bool", INSN_EQ_I}, {"ne_bool", INSN_NE_I}, {"add_float", INSN_ADD_F}, {"sub_float", INSN_SUB_F},
	{"mul_float", INSN_MUL_F}, {"div_float", INSN_DIV_F}, {"lt_float", INSN_LT_F}, {"le_float", INSN_LE_F},
	{"gt_float", INSN_GT_F}, {"ge_float", INSN_GE_F}, {"eq_float", INSN_EQ_F}, {"ne_float", INSN_NE_F},
	{"__and___bool", INSN_AND_B}, {"__or___bool", INSN_OR_B}, {"__is__", INSN_IS}, {"__isnot__", INSN_ISNOT},
	{"__getitem___t", INSN_LIST_GET}, {"select_t", INSN_LIST_GET}, {"append_t", INSN_LIST_APPEND},
	{"size_int", INSN_TENSOR_SIZE},
};
static const struct { const char *kernel; InsnCode code; } unary_insns[] = {
	{"__not__", INSN_NOT_B}, {"neg_int", INSN_NEG_I}, {"neg_float", INSN_NEG_F}, {"Float_int", INSN_I_TO_F},
	{"len_t", INSN_LIST_LEN}, {"dim", INSN_TENSOR_DIM},
};

static int flags_of(Gen *g, const Node *n, int count)
{
	int flags = 0;
	for (int i = 0; i < count; i++) {
		const Value *v = n->inputs[i];
		bool again = false;
		for (int j = i + 1; j < count; j++)
			again |= n->inputs[j] == v;
		if (live_of(g, v)->dying && !again && !type_immediate(v->type))
			flags |= 1 << i;
	}
	return flags;
}

// Dying operands lose their registers: what the instruction writes may go there.
static void release_dying(Gen *g, const Ints *dying)
{
	for (int i = 0; i < dying->n; i++) {
		Live *l = &g->live[dying->items[i]];
		l->dying = false;
		release_reg(g, l->reg);
	}
}

static int output_reg(Gen *g, const Value *v) // -1 if nobody wants it
{
	return live_of(g, v)->uses.n ? define(g, v) : -1;
}

// For instructions that always write: a register even if nobody reads it; finish_output drops such a value.
static int output_reg_any(Gen *g, const Value *v) { return define(g, v); }
static void finish_output(Gen *g, const Value *v)
{
	if (live_of(g, v)->uses.n)
		return;
	drop_value(g, v);
	release_reg(g, live_of(g, v)->reg);
}

static bool emit_special(Gen *g, const Node *n, const Ints *dying)
{
	const char *k = n->op->kernel_name;
	InsnCode code = INSN_COUNT;
	if (n->noutputs != 1)
		return false;
	if (n->ninputs == 2)
		for (size_t i = 0; i < sizeof binary_insns / sizeof *binary_insns && code == INSN_COUNT; i++)
			if (!strcmp(k, binary_insns[i].kernel))
				code = binary_insns[i].code;
	if (n->ninputs == 1)
		for (size_t i = 0; i < sizeof unary_insns / sizeof *unary_insns && code == INSN_COUNT; i++)
			if (!strcmp(k, unary_insns[i].kernel))
				code = unary_insns[i].code;
	if (n->ninputs == 3 && (!strcmp(k, "__derive_index") || !strcmp(k, "_set_item_t"))) {
		bool derive = k[2] == 'd';
		int start = push_inputs(g, n, 0);
		release_dying(g, dying);
		int out = derive ? output_reg_any(g, n->outputs[0]) : output_reg(g, n->outputs[0]);
		emit(g, derive ? INSN_DERIVE_INDEX : INSN_LIST_SET, 3, start, 0, out);
		if (derive)
			finish_output(g, n->outputs[0]);
		return true;
	}
	if (code == INSN_COUNT)
		return false;
	int flags = flags_of(g, n, n->ninputs);
	int b = value_reg(g, n->inputs[0]), c = n->ninputs == 2 ? value_reg(g, n->inputs[1]) : 0;
	release_dying(g, dying);
	if (code == INSN_LIST_APPEND) {
		emit(g, code, flags, output_reg(g, n->outputs[0]), b, c);
		return true;
	}
	emit(g, code, flags, output_reg_any(g, n->outputs[0]), b, c);
	finish_output(g, n->outputs[0]);
	return true;
}

static Status emit_op(Gen *g, const Node *n, const Ints *dying)
{
	Code *k = g->code;
	if (!n->op)
		return fail(g->err, STATUS_INTERNAL, "a node without an operator reached code generation");
	if (emit_special(g, n, dying))
		return STATUS_OK;
	int start = push_inputs(g, n, 0);
	release_dying(g, dying);
	for (int i = 0; i < n->noutputs; i++)
		push_operand(g, output_reg(g, n->outputs[i]));
	if (n->ninputs > k->nargs)
		k->nargs = n->ninputs;
	if (n->noutputs > k->nrets)
		k->nrets = n->noutputs;
	if (n->ninputs > UINT16_MAX)
		return fail(g->err, STATUS_LIMIT, "a call of %s has %d arguments", n->op->schema->name, n->ninputs);
	const OpCall *call = op_call_entry(n->op);
	ARENA_PUSH(&k->arena, k->calls, k->ncalls, k->cap_calls, call);
	emit(g, INSN_OP, n->ninputs, start, k->ncalls - 1, n->noutputs);
	return STATUS_OK;
}

static int bind_attr(Gen *g, const Node *n)
{
	Code *k = g->code;
	const Type *t = n->inputs[0]->type;
	AttrRef r = {NULL, -1, n->attr.name};
	if (t->kind == TYPE_CLASS && t->cls) {
		r.cls = t->cls;
		r.slot = class_find_attr(t->cls, n->attr.name);
	}
	ARENA_PUSH(&k->arena, k->attrs, k->nattrs, k->cap_attrs, r);
	return k->nattrs - 1;
}

static int bind_callee(Gen *g, const Node *n)
{
	Code *k = g->code;
	Callee c = {.fn = n->attr.fn, .name = n->attr.name};
	if (n->kind == NODE_CALL_METHOD) {
		const Type *t = n->inputs[0]->type;
		c.fn = NULL;
		if (t->kind == TYPE_CLASS && t->cls) {
			c.cls = t->cls;
			c.fn = class_find_method(t->cls, n->attr.name);
		}
	}
	ARENA_PUSH(&k->arena, k->callees, k->ncallees, k->cap_callees, c);
	return k->ncallees - 1;
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
		out[i] = n->noutputs > i ? output_reg(g, n->outputs[i]) : -1;
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
		release_reg(g, g->live[dying->items[i]].reg);
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

static void emit_if(Gen *g, const Node *n, const Ints *dying, const Value *const *names)
{
	const int *regs = dying_regs(g, dying);
	for (int i = 0; i < dying->n; i++)
		g->live[dying->items[i]].dying = false;
	int *out = reserve_outputs(g, n, n->noutputs);
	int jump = emit(g, INSN_JUMP_FALSE, 0, value_reg(g, n->inputs[0]), 0, 0);
	Saved s = save_regs(g);
	emit_block(g, n->blocks[0], dying, names, out, false);
	restore_regs(g, &s);
	restore_dying(g, dying, regs);
	int leave = emit(g, INSN_JUMP, 0, 0, 0, 0);
	g->code->insns[jump].c = g->code->ninsns;
	emit_block(g, n->blocks[1], dying, names, out, false);
	restore_regs(g, &s);
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

static void emit_with(Gen *g, const Node *n, const Ints *dying, const Value *const *names)
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
			ints_push(g, &inner, dying->items[i]);
	}
	int *out = reserve_outputs(g, n, n->noutputs);
	int saved = take_reg(g);
	reserve(g, saved, false);
	emit(g, INSN_WITH_BEGIN, 0, saved, value_reg(g, obj), 0);
	int begin = g->code->ninsns;
	Saved s = save_regs(g);
	const int *regs = dying_regs(g, &inner);
	emit_block(g, b, &inner, names, out, false);
	restore_regs(g, &s);
	restore_dying(g, &inner, regs);
	add_handler(g, (Handler){.kind = HANDLER_WITH, .begin = begin, .end = g->code->ninsns,
		.object = value_reg(g, obj), .saved = saved});
	emit(g, INSN_WITH_END, obj_dies ? 1 : 0, saved, value_reg(g, obj), 0);
	g->reserved[saved]--;
	release_reg(g, saved);
	settle_outputs(g, out, n->noutputs);
	release_list(g, dying);
}

static void emit_fork(Gen *g, const Node *n, const Ints *dying, const Value *const *names)
{
	for (int i = 0; i < dying->n; i++)
		g->live[dying->items[i]].dying = false;
	const Block *b = n->blocks[0];
	int dst = output_reg_any(g, n->outputs[0]);
	int result = take_reg(g);
	reserve(g, result, true);
	reserve(g, dst, false);
	Saved s = save_regs(g);
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
	restore_regs(g, &s);
	restore_dying(g, dying, regs);
	h.end = g->code->ninsns;
	if (!b->noutputs)
		emit(g, INSN_DROP, 0, result, 0, 0);
	emit(g, INSN_FORK_END, 1, dst, result, 0);
	h.target = g->code->ninsns;
	add_handler(g, h);
	g->reserved[result]--;
	g->reserved[dst]--;
	g->vacant[result] = g->vacant[dst] = false;
	release_reg(g, result);
	release_list(g, dying);
	finish_output(g, n->outputs[0]);
}

static bool used_within(Gen *g, const Value *v, int begin, int end)
{
	return last_use(live_of(g, v), begin, end) >= 0;
}

static void emit_loop(Gen *g, const Node *n, const Ints *dying, const Value *const *names)
{
	const Block *b = n->blocks[0];
	int ncarried = n->ninputs - 2;
	const Span *body = &g->spans[g->next_span];
	int *carried = arena_array(&g->scratch, int, ncarried + 1);
	// initial values: a dying one that the body does not need becomes the carried register itself, or moves there
	for (int i = ncarried; i-- > 0;) {
		const Value *v = n->inputs[2 + i];
		Live *l = live_of(g, v);
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
			int src = live_of(g, v)->reg;
			for (int k = 0; src < 0 && k < ncarried; k++) // the same value, renamed just above
				if (n->inputs[2 + k] == v && carried[k] >= 0)
					src = carried[k];
			carried[i] = take_reg(g);
			emit(g, INSN_COPY, 0, carried[i], src, 0);
		}
	for (int i = 0; i < dying->n; i++)
		g->live[dying->items[i]].dying = false; // what is left dies after the loop
	int counter = take_reg(g);
	int trip = value_reg(g, n->inputs[0]);
	reserve(g, counter, false);
	for (int i = 0; i < ncarried; i++) {
		reserve(g, carried[i], false);
		live_of(g, b->inputs[1 + i])->reg = carried[i];
	}
	live_of(g, b->inputs[0])->reg = counter;
	int start = operand_start(g);
	push_operand(g, counter);
	push_operand(g, trip);
	push_operand(g, value_reg(g, n->inputs[1]));
	int enter = emit(g, INSN_LOOP_BEGIN, 0, start, 0, 0);
	int top = g->code->ninsns;
	Saved s = save_regs(g);
	Ints none = {0};
	emit_block(g, b, &none, names, carried, true);
	// the next condition: emit_block left it readable
	start = operand_start(g);
	push_operand(g, counter);
	push_operand(g, trip);
	push_operand(g, live_of(g, b->outputs[0])->reg);
	emit(g, INSN_LOOP_NEXT, 0, start, 0, top);
	restore_regs(g, &s);
	g->code->insns[enter].c = g->code->ninsns;
	g->reserved[counter]--;
	release_reg(g, counter);
	for (int i = 0; i < ncarried; i++) {
		g->reserved[carried[i]]--;
		g->vacant[carried[i]] = false;
		live_of(g, n->outputs[i])->reg = carried[i];
	}
	for (int i = 0; i < dying->n; i++) {
		Live *l = &g->live[dying->items[i]];
		if (l->reg < 0)
			continue;
		drop_value(g, names[dying->items[i]]);
		release_reg(g, l->reg);
	}
	for (int i = 0; i < ncarried; i++)
		finish_output(g, n->outputs[i]);
}

static Status emit_node(Gen *g, const Node *n, const Ints *dying, const Value *const *names)
{
	Code *k = g->code;
	const Value *out = n->noutputs ? n->outputs[0] : NULL;
	if (n->ninputs > UINT16_MAX || n->noutputs > UINT16_MAX)
		return fail(g->err, STATUS_LIMIT, "a node has %d inputs", n->ninputs);
	g->where = (Where){n->at, n->callstack ? n->callstack : g->graph->name, n->inlined};
	for (int i = 0; i < dying->n; i++)
		g->live[dying->items[i]].dying = true;
	int in0 = n->ninputs ? value_reg(g, n->inputs[0]) : 0;
	switch (n->kind) {
	case NODE_CONSTANT:
	case NODE_UNINITIALIZED:
		return STATUS_OK;
	case NODE_OP:
		return emit_op(g, n, dying);
	case NODE_IF:
		emit_if(g, n, dying, names);
		return STATUS_OK;
	case NODE_LOOP:
		emit_loop(g, n, dying, names);
		return STATUS_OK;
	case NODE_WITH:
		emit_with(g, n, dying, names);
		return STATUS_OK;
	case NODE_FORK:
		emit_fork(g, n, dying, names);
		return STATUS_OK;
	case NODE_GETATTR: {
		int flags = flags_of(g, n, 1), ref = bind_attr(g, n);
		release_dying(g, dying);
		emit(g, INSN_GET_ATTR, flags, output_reg_any(g, out), in0, ref);
		break;
	}
	case NODE_SETATTR: {
		int flags = flags_of(g, n, 2);
		emit(g, INSN_SET_ATTR, flags, in0, value_reg(g, n->inputs[1]), bind_attr(g, n));
		release_dying(g, dying);
		return STATUS_OK;
	}
	case NODE_CALL_METHOD:
	case NODE_CALL_FUNCTION: {
		int callee = bind_callee(g, n), start = push_inputs(g, n, 0);
		if (n->ninputs > k->nargs)
			k->nargs = n->ninputs;
		release_dying(g, dying);
		emit(g, n->kind == NODE_CALL_METHOD ? INSN_CALL_METHOD : INSN_CALL, n->ninputs, start, callee,
			out ? output_reg(g, out) : -1);
		return STATUS_OK;
	}
	case NODE_CREATE_OBJECT:
		emit(g, INSN_CREATE, 0, output_reg_any(g, out), bind_type(g, out->type), 0);
		break;
	case NODE_TUPLE_CONSTRUCT:
	case NODE_LIST_CONSTRUCT:
	case NODE_DICT_CONSTRUCT: {
		int start = push_inputs(g, n, 0), type = bind_type(g, out->type);
		release_dying(g, dying);
		emit(g, n->kind == NODE_TUPLE_CONSTRUCT ? INSN_TUPLE : n->kind == NODE_LIST_CONSTRUCT ? INSN_LIST : INSN_DICT,
			n->ninputs, start, type, output_reg_any(g, out));
		break;
	}
	case NODE_TUPLE_UNPACK:
	case NODE_LIST_UNPACK: {
		int flags = flags_of(g, n, 1), start = operand_start(g);
		release_dying(g, dying);
		for (int i = 0; i < n->noutputs; i++)
			push_operand(g, output_reg(g, n->outputs[i]));
		if (n->noutputs > k->nrets)
			k->nrets = n->noutputs;
		emit(g, n->kind == NODE_TUPLE_UNPACK ? INSN_TUPLE_UNPACK : INSN_LIST_UNPACK, n->noutputs, start, in0, flags);
		return STATUS_OK;
	}
	case NODE_TUPLE_INDEX: {
		int flags = flags_of(g, n, 1);
		release_dying(g, dying);
		emit(g, INSN_TUPLE_GET, flags, output_reg_any(g, out), in0, (int)n->attr.index);
		break;
	}
	case NODE_TUPLE_SLICE: {
		int flags = flags_of(g, n, 1), start = operand_start(g);
		push_operand(g, (int)n->attr.begin);
		push_operand(g, (int)n->attr.end);
		release_dying(g, dying);
		emit(g, INSN_TUPLE_SLICE, flags, start, in0, output_reg_any(g, out));
		break;
	}
	case NODE_UNCHECKED_CAST:
	case NODE_TOLIST: {
		int flags = flags_of(g, n, 1), type = bind_type(g, out->type);
		release_dying(g, dying);
		emit(g, n->kind == NODE_TOLIST ? INSN_TOLIST : INSN_CAST, flags, output_reg_any(g, out), in0, type);
		break;
	}
	case NODE_ISINSTANCE: {
		int flags = flags_of(g, n, 1);
		ARENA_PUSH(&k->arena, k->types, k->ntypes, k->cap_types, (TypeSet){n->attr.types, n->attr.ntypes});
		release_dying(g, dying);
		emit(g, INSN_ISINSTANCE, flags, output_reg_any(g, out), in0, k->ntypes - 1);
		break;
	}
	case NODE_ENUM_NAME:
	case NODE_ENUM_VALUE: {
		int flags = flags_of(g, n, 1);
		release_dying(g, dying);
		emit(g, n->kind == NODE_ENUM_NAME ? INSN_ENUM_NAME : INSN_ENUM_VALUE, flags, output_reg_any(g, out), in0, 0);
		break;
	}
	case NODE_CONTAINER_INDEX: {
		int flags = flags_of(g, n, 2), in1 = value_reg(g, n->inputs[1]);
		release_dying(g, dying);
		emit(g, INSN_CONTAINER_GET, flags, output_reg_any(g, out), in0, in1);
		break;
	}
	case NODE_KINDS:
		return fail(g->err, STATUS_INTERNAL, "unknown kind of node");
	}
	finish_output(g, out);
	return STATUS_OK;
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
	int p = last_use(&g->live[id], s->begin, s->end);
	if (p < 0) {
		drop_value(g, names[id]);
		release_reg(g, g->live[id].reg);
		return;
	}
	ints_push(g, &deaths[node_holding(s, p)], id);
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
		if (live_of(g, b->inputs[i])->reg >= 0)
			die_in(g, &s, deaths, b->inputs[i]->id, names);
	for (int i = from; i < b->noutputs; i++) {
		const Value *v = b->outputs[i];
		int seen = 0;
		for (int k = 0; k < b->noutputs; k++)
			seen += b->outputs[k] == v;
		if (v->def && v->def->block == b && seen == 1 && out_regs && out_regs[i - from] >= 0)
			live_of(g, v)->prefer = out_regs[i - from];
	}
	int k = 0;
	block_foreach(n, b) {
		if (g->err->code)
			return;
		if (emit_node(g, n, &deaths[k], names) != STATUS_OK)
			return;
		k++;
		for (int i = 0; i < n->noutputs; i++) {
			const Live *l = live_of(g, n->outputs[i]);
			if (!l->is_const && l->uses.n)
				ints_push(g, &deaths[node_holding(&s, l->uses.items[l->uses.n - 1])], n->outputs[i]->id);
		}
	}
	g->where = (Where){0};
	Ints *dying = &deaths[nnodes];
	if (is_loop) {
		// the condition is read after the moves: keep it out of their way
		const Value *cond = b->outputs[0];
		Live *l = live_of(g, cond);
		bool clash = false;
		for (int i = 1; i < b->noutputs; i++)
			clash |= !l->is_const && l->reg == out_regs[i - 1] && b->outputs[i] != cond;
		int reg = l->reg;
		if (clash) {
			reg = take_reg(g);
			emit(g, INSN_COPY, 0, reg, l->reg, 0);
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
	int start = operand_start(g);
	for (int i = 0; i < b->noutputs; i++) {
		const Value *v = b->outputs[i];
		bool again = false;
		for (int j = i + 1; j < b->noutputs; j++)
			again |= b->outputs[j] == v;
		push_operand(g, value_reg(g, v) | (live_of(g, v)->dying && !again ? OPERAND_LAST : 0));
	}
	emit(g, INSN_RETURN, b->noutputs, start, 0, 0);
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
		*live_of(&g, b->inputs[i]) = (Live){.reg = -1, .prefer = -1};
	number_block(&g, b);
	c->lacks_ops = graph_lacks_ops(c->graph);
	c->nframe = c->nconsts;
	c->nparams = b->ninputs;
	c->params = arena_array(&c->arena, int32_t, b->ninputs + 1);
	for (int i = 0; i < b->ninputs; i++)
		c->params[i] = output_reg(&g, b->inputs[i]);
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
