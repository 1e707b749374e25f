// SPDX-License-Identifier: BSD-3-Clause
// Instructions for single nodes.  Operands at their last use are marked and lose their registers before the results
// get theirs: a result often lands where an operand was.
#include "interp/codegen.h"

// ---- emitting

int gen_emit(Gen *g, InsnCode code, int n, int a, int b, int c)
{
	Code *k = g->code;
	ARENA_PUSH(&k->arena, k->insns, k->ninsns, k->cap_insns, (Insn){(uint16_t)code, (uint16_t)n, a, b, c});
	int at = k->ninsns - 1;
	int nwhere = at;
	ARENA_PUSH(&k->arena, k->where, nwhere, k->cap_where, g->where);
	return at;
}

int gen_operands(Gen *g) { return g->code->noperands; }
void gen_operand(Gen *g, int o)
{
	Code *k = g->code;
	ARENA_PUSH(&k->arena, k->operands, k->noperands, k->cap_operands, o);
}

void gen_drop(Gen *g, const Value *v)
{
	if (!type_immediate(v->type))
		gen_emit(g, INSN_DROP, 0, gen_reg(g, v), 0, 0);
}

// Pushes n->inputs[from…] as operands; the last occurrence of a dying value is marked.
static int push_inputs(Gen *g, const Node *n, int from)
{
	int start = gen_operands(g);
	for (int i = from; i < n->ninputs; i++) {
		const Value *v = n->inputs[i];
		int o = gen_reg(g, v);
		if (gen_live(g, v)->dying && !type_immediate(v->type)) {
			bool again = false;
			for (int j = i + 1; j < n->ninputs && !again; j++)
				again = n->inputs[j] == v;
			if (!again)
				o |= OPERAND_LAST;
		}
		gen_operand(g, o);
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
		if (gen_live(g, v)->dying && !again && !type_immediate(v->type))
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
		gen_release(g, l->reg);
	}
}

int gen_output(Gen *g, const Value *v) // -1 if nobody wants it
{
	return gen_live(g, v)->uses.n ? gen_define(g, v) : -1;
}

// For instructions that always write: a register even if nobody reads it; finish_output drops such a value.
int gen_output_any(Gen *g, const Value *v) { return gen_define(g, v); }
void gen_finish(Gen *g, const Value *v)
{
	if (gen_live(g, v)->uses.n)
		return;
	gen_drop(g, v);
	gen_release(g, gen_live(g, v)->reg);
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
		int out = derive ? gen_output_any(g, n->outputs[0]) : gen_output(g, n->outputs[0]);
		gen_emit(g, derive ? INSN_DERIVE_INDEX : INSN_LIST_SET, 3, start, 0, out);
		if (derive)
			gen_finish(g, n->outputs[0]);
		return true;
	}
	if (code == INSN_COUNT)
		return false;
	int flags = flags_of(g, n, n->ninputs);
	int b = gen_reg(g, n->inputs[0]), c = n->ninputs == 2 ? gen_reg(g, n->inputs[1]) : 0;
	release_dying(g, dying);
	if (code == INSN_LIST_APPEND) {
		gen_emit(g, code, flags, gen_output(g, n->outputs[0]), b, c);
		return true;
	}
	gen_emit(g, code, flags, gen_output_any(g, n->outputs[0]), b, c);
	gen_finish(g, n->outputs[0]);
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
		gen_operand(g, gen_output(g, n->outputs[i]));
	if (n->ninputs > k->nargs)
		k->nargs = n->ninputs;
	if (n->noutputs > k->nrets)
		k->nrets = n->noutputs;
	if (n->ninputs > UINT16_MAX)
		return fail(g->err, STATUS_LIMIT, "a call of %s has %d arguments", n->op->schema->name, n->ninputs);
	const OpCall *call = op_call_entry(n->op);
	ARENA_PUSH(&k->arena, k->calls, k->ncalls, k->cap_calls, call);
	gen_emit(g, INSN_OP, n->ninputs, start, k->ncalls - 1, n->noutputs);
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

Status gen_node(Gen *g, const Node *n, const Ints *dying, const Value *const *names)
{
	Code *k = g->code;
	const Value *out = n->noutputs ? n->outputs[0] : NULL;
	if (n->ninputs > UINT16_MAX || n->noutputs > UINT16_MAX)
		return fail(g->err, STATUS_LIMIT, "a node has %d inputs", n->ninputs);
	g->where = (Where){n->at, n->callstack ? n->callstack : g->graph->name, n->inlined};
	for (int i = 0; i < dying->n; i++)
		g->live[dying->items[i]].dying = true;
	int in0 = n->ninputs ? gen_reg(g, n->inputs[0]) : 0;
	switch (n->kind) {
	case NODE_CONSTANT:
	case NODE_UNINITIALIZED:
		return STATUS_OK;
	case NODE_OP:
		return emit_op(g, n, dying);
	case NODE_IF:
		gen_if(g, n, dying, names);
		return STATUS_OK;
	case NODE_LOOP:
		gen_loop(g, n, dying, names);
		return STATUS_OK;
	case NODE_WITH:
		gen_with(g, n, dying, names);
		return STATUS_OK;
	case NODE_FORK:
		gen_fork(g, n, dying, names);
		return STATUS_OK;
	case NODE_GETATTR: {
		int flags = flags_of(g, n, 1), ref = bind_attr(g, n);
		release_dying(g, dying);
		gen_emit(g, INSN_GET_ATTR, flags, gen_output_any(g, out), in0, ref);
		break;
	}
	case NODE_SETATTR: {
		int flags = flags_of(g, n, 2);
		gen_emit(g, INSN_SET_ATTR, flags, in0, gen_reg(g, n->inputs[1]), bind_attr(g, n));
		release_dying(g, dying);
		return STATUS_OK;
	}
	case NODE_CALL_METHOD:
	case NODE_CALL_FUNCTION: {
		int callee = bind_callee(g, n), start = push_inputs(g, n, 0);
		if (n->ninputs > k->nargs)
			k->nargs = n->ninputs;
		release_dying(g, dying);
		gen_emit(g, n->kind == NODE_CALL_METHOD ? INSN_CALL_METHOD : INSN_CALL, n->ninputs, start, callee,
			out ? gen_output(g, out) : -1);
		return STATUS_OK;
	}
	case NODE_CREATE_OBJECT:
		gen_emit(g, INSN_CREATE, 0, gen_output_any(g, out), bind_type(g, out->type), 0);
		break;
	case NODE_TUPLE_CONSTRUCT:
	case NODE_LIST_CONSTRUCT:
	case NODE_DICT_CONSTRUCT: {
		int start = push_inputs(g, n, 0), type = bind_type(g, out->type);
		release_dying(g, dying);
		gen_emit(g, n->kind == NODE_TUPLE_CONSTRUCT ? INSN_TUPLE : n->kind == NODE_LIST_CONSTRUCT ? INSN_LIST : INSN_DICT,
			n->ninputs, start, type, gen_output_any(g, out));
		break;
	}
	case NODE_TUPLE_UNPACK:
	case NODE_LIST_UNPACK: {
		int flags = flags_of(g, n, 1), start = gen_operands(g);
		release_dying(g, dying);
		for (int i = 0; i < n->noutputs; i++)
			gen_operand(g, gen_output(g, n->outputs[i]));
		if (n->noutputs > k->nrets)
			k->nrets = n->noutputs;
		gen_emit(g, n->kind == NODE_TUPLE_UNPACK ? INSN_TUPLE_UNPACK : INSN_LIST_UNPACK, n->noutputs, start, in0, flags);
		return STATUS_OK;
	}
	case NODE_TUPLE_INDEX: {
		int flags = flags_of(g, n, 1);
		release_dying(g, dying);
		gen_emit(g, INSN_TUPLE_GET, flags, gen_output_any(g, out), in0, (int)n->attr.index);
		break;
	}
	case NODE_TUPLE_SLICE: {
		int flags = flags_of(g, n, 1), start = gen_operands(g);
		gen_operand(g, (int)n->attr.begin);
		gen_operand(g, (int)n->attr.end);
		release_dying(g, dying);
		gen_emit(g, INSN_TUPLE_SLICE, flags, start, in0, gen_output_any(g, out));
		break;
	}
	case NODE_UNCHECKED_CAST:
	case NODE_TOLIST: {
		int flags = flags_of(g, n, 1), type = bind_type(g, out->type);
		release_dying(g, dying);
		gen_emit(g, n->kind == NODE_TOLIST ? INSN_TOLIST : INSN_CAST, flags, gen_output_any(g, out), in0, type);
		break;
	}
	case NODE_ISINSTANCE: {
		int flags = flags_of(g, n, 1);
		ARENA_PUSH(&k->arena, k->types, k->ntypes, k->cap_types, (TypeSet){n->attr.types, n->attr.ntypes});
		release_dying(g, dying);
		gen_emit(g, INSN_ISINSTANCE, flags, gen_output_any(g, out), in0, k->ntypes - 1);
		break;
	}
	case NODE_ENUM_NAME:
	case NODE_ENUM_VALUE: {
		int flags = flags_of(g, n, 1);
		release_dying(g, dying);
		gen_emit(g, n->kind == NODE_ENUM_NAME ? INSN_ENUM_NAME : INSN_ENUM_VALUE, flags, gen_output_any(g, out), in0, 0);
		break;
	}
	case NODE_CONTAINER_INDEX: {
		int flags = flags_of(g, n, 2), in1 = gen_reg(g, n->inputs[1]);
		release_dying(g, dying);
		gen_emit(g, INSN_CONTAINER_GET, flags, gen_output_any(g, out), in0, in1);
		break;
	}
	case NODE_KINDS:
		return fail(g->err, STATUS_INTERNAL, "unknown kind of node");
	}
	gen_finish(g, out);
	return STATUS_OK;
}
