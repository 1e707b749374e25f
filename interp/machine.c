// SPDX-License-Identifier: BSD-3-Clause
// The register machine.  One C call per frame; blocks of a function are jumps, so only calls nest.
//
// Frames lie on a stack of chunks that belongs to the run (Exec.interp).  When an instruction fails, the
// handlers that cover it are looked up innermost first: a With runs its __exit__ and passes the failure on, a
// fork turns it into a failed future.  Then the frame is dropped with everything its registers hold.
#include "interp/code.h"
#include "interp/number.h"

#include <stdlib.h>

enum { MAX_CALL_DEPTH = 1000, CHUNK_SLOTS = 4096, CLOCK_TICKS = 4096, TICKS_PER_OP = 64 };

typedef struct Chunk {
	struct Chunk *below;
	size_t top, cap;
	IValue slots[];
} Chunk;

typedef struct Machine {
	Chunk *chunk;
	int depth;
	int ticks;      // until the clock is looked at
	int op_ticks;   // what an op counts: all of them where a time limit is set, for one op can take long
} Machine;

static IValue *frame_push(Machine *m, size_t n)
{
	if (!m->chunk || m->chunk->cap - m->chunk->top < n) {
		size_t cap = n > CHUNK_SLOTS ? n : CHUNK_SLOTS;
		Chunk *c = xmalloc(sizeof *c + cap * sizeof(IValue));
		*c = (Chunk){.below = m->chunk, .cap = cap};
		m->chunk = c;
	}
	IValue *f = m->chunk->slots + m->chunk->top;
	m->chunk->top += n;
	return f;
}

static void frame_pop(Machine *m, size_t n)
{
	Chunk *c = m->chunk;
	c->top -= n;
	if (c->top == 0 && c->below) {
		m->chunk = c->below;
		free(c);
	}
}

static Status check_clock(Exec *x, Machine *m)
{
	m->ticks = CLOCK_TICKS;
	return x->budget ? budget_check_time(x->budget, x->err) : STATUS_OK;
}

static inline void take_or_ref(IValue *dst, IValue *regs, int32_t operand)
{
	IValue *r = &regs[OPERAND_INDEX(operand)];
	if (operand & OPERAND_LAST) {
		*dst = *r;
		r->tag = TAG_NONE;
	} else {
		*dst = ivalue_ref(*r);
	}
}

static Status wrong_value(Exec *x, IValue v, const char *wanted)
{
	if (v.tag == TAG_UNINIT)
		return xfail(x, "a value was read before it was set (expected %s)", wanted);
	Text t = {0};
	ivalue_repr(&t, v);
	if (t.size > 60)
		t.data[60] = 0;
	Status s = xfail(x, "expected %s but found %s", wanted, text_str(&t));
	text_free(&t);
	return s;
}

// Everything an instruction needs of its frame, for those that are too large for the switch.
typedef struct Frame {
	Exec *x;
	const Code *code;
	IValue *regs;
} Frame;

static Status insn_call(Frame *f, const Insn *in)
{
	const Callee *c = &f->code->callees[in->b];
	const int32_t *operands = f->code->operands + in->a;
	IValue *args = f->regs + f->code->nframe;
	Function *fn = c->fn;
	if (in->code == INSN_CALL_METHOD) {
		IValue obj = f->regs[OPERAND_INDEX(operands[0])];
		if (obj.tag != TAG_OBJECT)
			return wrong_value(f->x, obj, "an object");
		if (obj.object->type->cls != c->cls || !fn)
			fn = class_find_method(obj.object->type->cls, c->name);
		if (!fn)
			return xfail(f->x, "Method '%s' is not defined on '%s'.", c->name, obj.object->type->cls->name);
	}
	if (!fn)
		return xfail(f->x, "call of an unknown function");
	for (int i = 0; i < in->n; i++)
		take_or_ref(&args[i], f->regs, operands[i]);
	IValue ret;
	TRY(machine_call(f->x, fn, args, in->n, true, &ret));
	if (in->c >= 0)
		f->regs[in->c] = ret;
	else
		ivalue_unref(&ret);
	return STATUS_OK;
}

static Status insn_op(Frame *f, const Insn *in)
{
	const OpCall *call = f->code->calls[in->b];
	const int32_t *operands = f->code->operands + in->a;
	IValue *regs = f->regs, *args = regs + f->code->nframe, *rets = args + f->code->nargs;
	int n = in->n, nrets = in->c;
	int32_t last = 0;
	for (int i = 0; i < n; i++) {
		args[i] = regs[OPERAND_INDEX(operands[i])];
		last |= operands[i];
	}
	TRY(dispatch(f->x, call, args, n, rets));
	if (last & OPERAND_LAST)
		for (int i = 0; i < n; i++)
			if (operands[i] & OPERAND_LAST)
				ivalue_unref(&regs[OPERAND_INDEX(operands[i])]);
	for (int i = 0; i < nrets; i++) {
		int out = operands[n + i];
		if (out >= 0)
			regs[out] = rets[i];
		else
			ivalue_unref(&rets[i]);
	}
	return STATUS_OK;
}

static Status insn_attr(Frame *f, const Insn *in)
{
	const AttrRef *r = &f->code->attrs[in->c];
	IValue *obj = &f->regs[in->code == INSN_GET_ATTR ? in->b : in->a];
	if (obj->tag != TAG_OBJECT)
		return wrong_value(f->x, *obj, "an object");
	Object *o = obj->object;
	int slot = o->type->cls == r->cls ? r->slot : class_find_attr(o->type->cls, r->name);
	if (slot < 0 || slot >= o->nslots)
		return xfail(f->x, "'%s' object has no attribute '%s'", o->type->cls->name, r->name);
	if (in->code == INSN_GET_ATTR) {
		IValue v = ivalue_ref(o->slots[slot]);
		if (in->n & 1)
			ivalue_unref(obj);
		f->regs[in->a] = v;
		return STATUS_OK;
	}
	IValue v;
	take_or_ref(&v, f->regs, in->b | (in->n & 2 ? OPERAND_LAST : 0));
	ivalue_set(&o->slots[slot], v);
	if (in->n & 1)
		ivalue_unref(obj);
	return STATUS_OK;
}

static Status insn_build(Frame *f, const Insn *in)
{
	const Type *t = f->code->types[in->b].types[0];
	const int32_t *operands = f->code->operands + in->a;
	for (int i = 0; i < in->n; i++)
		if (f->regs[OPERAND_INDEX(operands[i])].tag == TAG_UNINIT)
			return wrong_value(f->x, iv_uninit(), "an element");
	IValue v;
	if (in->code == INSN_TUPLE) {
		TupleObj *o = tuple_new(in->n, t->kind == TYPE_TUPLE && t->name ? t : NULL);
		for (int i = 0; i < in->n; i++)
			take_or_ref(&o->items[i], f->regs, operands[i]);
		v = iv_take_tuple(o);
	} else if (in->code == INSN_LIST) {
		ListObj *l = list_new(t->n ? t->elem[0] : &type_any, in->n);
		v = iv_take_list(l);
		Status s = list_reserve(l, in->n, f->x->err);
		if (s != STATUS_OK) {
			ivalue_unref(&v);
			return s;
		}
		for (int i = 0; i < in->n; i++)
			take_or_ref(&l->items[i], f->regs, operands[i]);
		l->n = in->n;
	} else {
		DictObj *d = dict_new(t->n ? t->elem[0] : &type_any, t->n > 1 ? t->elem[1] : &type_any);
		v = iv_take_dict(d);
		for (int i = 0; i + 1 < in->n; i += 2) {
			IValue key, value;
			take_or_ref(&key, f->regs, operands[i]);
			take_or_ref(&value, f->regs, operands[i + 1]);
			Status s = dict_set_take(d, key, value, f->x->err);
			if (s != STATUS_OK) {
				ivalue_unref(&v);
				return s;
			}
		}
	}
	f->regs[in->c] = v;
	return STATUS_OK;
}

static Status insn_unpack(Frame *f, const Insn *in)
{
	IValue *src = &f->regs[in->b], *rets = f->regs + f->code->nframe + f->code->nargs;
	const IValue *items;
	int64_t n;
	if (in->code == INSN_TUPLE_UNPACK) {
		if (src->tag != TAG_TUPLE)
			return wrong_value(f->x, *src, "a tuple");
		items = src->tuple->items;
		n = src->tuple->n;
		if (n != in->n)
			return xfail(f->x, "Expected %d elements in a tuple but found %lld", (int)in->n, (long long)n);
	} else {
		if (src->tag != TAG_LIST)
			return wrong_value(f->x, *src, "a list");
		items = src->list->items;
		n = src->list->n;
		if (n != in->n)
			return xfail(f->x, "Expected %d elements in a list but found %lld", (int)in->n, (long long)n);
	}
	for (int i = 0; i < in->n; i++)
		rets[i] = ivalue_ref(items[i]);
	if (in->c & 1)
		ivalue_unref(src);
	for (int i = 0; i < in->n; i++) {
		int out = f->code->operands[in->a + i];
		if (out >= 0)
			f->regs[out] = rets[i];
		else
			ivalue_unref(&rets[i]);
	}
	return STATUS_OK;
}

static Status insn_tuple(Frame *f, const Insn *in)
{
	IValue *src = &f->regs[in->b], v;
	if (src->tag != TAG_TUPLE)
		return wrong_value(f->x, *src, "a tuple");
	int64_t n = src->tuple->n;
	if (in->code == INSN_TUPLE_GET) {
		int64_t i = in->c < 0 ? in->c + n : in->c;
		if (i < 0 || i >= n)
			return fail(f->x->err, STATUS_INDEX, "tuple index out of range");
		v = ivalue_ref(src->tuple->items[i]);
	} else {
		int64_t begin = f->code->operands[in->a], end = f->code->operands[in->a + 1];
		if (begin < 0 || end > n || begin > end)
			return fail(f->x->err, STATUS_INDEX, "tuple slice out of range");
		TupleObj *o = tuple_new(end - begin, NULL);
		for (int64_t i = begin; i < end; i++)
			o->items[i - begin] = ivalue_ref(src->tuple->items[i]);
		v = iv_take_tuple(o);
	}
	if (in->n & 1)
		ivalue_unref(src);
	f->regs[in->code == INSN_TUPLE_GET ? in->a : in->c] = v;
	return STATUS_OK;
}

static Status insn_list(Frame *f, const Insn *in)
{
	const int32_t *operands = f->code->operands + in->a;
	bool set = in->code == INSN_LIST_SET;
	IValue *list = &f->regs[set ? OPERAND_INDEX(operands[0]) : in->b];
	if (list->tag != TAG_LIST)
		return wrong_value(f->x, *list, "a list");
	ListObj *l = list->list;
	IValue v;
	int out;
	bool drop;
	if (set) {
		int64_t i;
		TRY(value_list_index(f->x, f->regs[OPERAND_INDEX(operands[1])].i, l->n, &i));
		take_or_ref(&v, f->regs, operands[2]);
		ivalue_set(&l->items[i], v);
		out = in->c;
		drop = operands[0] & OPERAND_LAST;
	} else {
		if (f->regs[in->c].tag == TAG_UNINIT)
			return wrong_value(f->x, iv_uninit(), "an element");
		take_or_ref(&v, f->regs, in->c | (in->n & 2 ? OPERAND_LAST : 0));
		TRY(list_append_take(l, v, f->x->err));
		out = in->a;
		drop = in->n & 1;
	}
	v = *list;
	if (drop)
		list->tag = TAG_NONE;
	else if (out >= 0)
		ivalue_ref(v);
	if (out >= 0)
		f->regs[out] = v;
	else if (drop)
		ivalue_unref(&v);
	return STATUS_OK;
}

static Status insn_object(Frame *f, const Insn *in)
{
	IValue *regs = f->regs, *src = &regs[in->b], v;
	switch (in->code) {
	case INSN_CAST: {
		const Type *t = f->code->types[in->c].types[0];
		if (src->tag != TAG_UNINIT && !value_fits(*src, t)) {
			char *name = type_str_repr(t);
			Status s = wrong_value(f->x, *src, name);
			free(name);
			return s;
		}
		take_or_ref(&v, regs, in->b | (in->n & 1 ? OPERAND_LAST : 0));
		regs[in->a] = v;
		return STATUS_OK;
	}
	case INSN_ISINSTANCE: {
		const TypeSet *set = &f->code->types[in->c];
		bool is = false;
		for (int i = 0; i < set->n && !is; i++)
			is = value_fits(*src, set->types[i]);
		v = iv_bool(is);
		break;
	}
	case INSN_TOLIST:
		if (src->tag != TAG_TENSOR)
			return wrong_value(f->x, *src, "a tensor");
		TRY(value_tolist(f->x, src->tensor, f->code->types[in->c].types[0], &v));
		break;
	case INSN_ENUM_NAME:
	case INSN_ENUM_VALUE: {
		if (src->tag != TAG_ENUM)
			return wrong_value(f->x, *src, "an enum");
		const EnumMember *m = &src->enm->type->enm->members[src->enm->member];
		v = in->code == INSN_ENUM_NAME ? iv_cstr(m->name) : ivalue_ref(*m->value);
		break;
	}
	case INSN_CONTAINER_GET:
		TRY(value_container_get(f->x, *src, regs[in->c], &v));
		if (in->n & 2)
			ivalue_unref(&regs[in->c]);
		break;
	default:
		return xfail(f->x, "unknown instruction");
	}
	if (in->n & 1)
		ivalue_unref(src);
	regs[in->a] = v;
	return STATUS_OK;
}

// torch.autocast is known by the name of its class: its methods do nothing.
static void begin_with(Exec *x, IValue obj)
{
	if (obj.tag != TAG_OBJECT)
		return;
	const ClassType *c = obj.object->type->cls;
	size_t n = strlen(c->name);
	static const char tail[] = "amp.autocast_mode.autocast";
	if (n < sizeof tail - 1 || strcmp(c->name + n - (sizeof tail - 1), tail))
		return;
	int enabled = class_find_attr(c, "_enabled"), device = class_find_attr(c, "device");
	IValue e = enabled >= 0 && enabled < obj.object->nslots ? obj.object->slots[enabled] : iv_bool(true);
	IValue d = device >= 0 && device < obj.object->nslots ? obj.object->slots[device] : iv_none();
	if (d.tag == TAG_STR && !strcmp(d.str->s, "cpu"))
		x->autocast_cpu = e.tag == TAG_BOOL && e.b;
}

static Status end_with(Exec *x, IValue obj, IValue saved)
{
	x->autocast_cpu = saved.b;
	if (obj.tag != TAG_OBJECT)
		return wrong_value(x, obj, "a context manager");
	Function *fn = class_find_method(obj.object->type->cls, "__exit__");
	if (!fn)
		return xfail(x, "'%s' object has no attribute '__exit__'", obj.object->type->cls->name);
	IValue args[4] = {obj, iv_none(), iv_none(), iv_none()}, ret;
	TRY(machine_call(x, fn, args, 4, false, &ret));
	ivalue_unref(&ret);
	return STATUS_OK;
}

static const char *short_name(const char *qualified)
{
	const char *dot = qualified ? strrchr(qualified, '.') : NULL;
	return dot ? dot + 1 : qualified;
}

static void push_frames(Exec *x, const Where *w)
{
	if (w->at.src)
		error_push_frame(x->err, w->at, short_name(w->function));
	for (const InlinedAt *i = w->inlined; i; i = i->outer)
		if (i->at.src)
			error_push_frame(x->err, i->at, short_name(i->caller));
}

// Finds who handles a failure at pc.  Returns the instruction to go on with, or -1.
static int handle(Frame *f, int pc, Status status)
{
	const Code *c = f->code;
	push_frames(f->x, &c->where[pc]);
	for (int i = 0; i < c->nhandlers; i++) {
		const Handler *h = &c->handlers[i];
		if (pc < h->begin || pc >= h->end)
			continue;
		if (h->kind == HANDLER_WITH) {
			Error first = ERROR_INIT;
			error_move(&first, f->x->err);
			end_with(f->x, f->regs[h->object], f->regs[h->saved]);
			error_clear(f->x->err);
			error_move(f->x->err, &first);
		} else if (status != STATUS_TIME && status != STATUS_CANCELLED) {
			int k = 0;
			for (int r = c->nconsts; r < c->nframe; r++) {
				while (k < h->nkeep && h->keep[k] < r)
					k++;
				if (k == h->nkeep || h->keep[k] != r)
					ivalue_unref(&f->regs[r]);
			}
			f->regs[h->dst] = future_failed(f->x->err);
			return h->target;
		}
	}
	return -1;
}

#define A regs[in->a]
#define B regs[in->b]
#define C regs[in->c]
#define DO(expr)                                \
	do {                                    \
		status = (expr);                \
		if (status != STATUS_OK)        \
			goto failed;            \
	} while (0)
#define INT_OP(name, expr) case INSN_##name: A = iv_int(expr); break;
#define FLOAT_OP(name, expr) case INSN_##name: A = iv_float(expr); break;
#define BOOL_OP(name, expr) case INSN_##name: A = iv_bool(expr); break;

static Status run(Frame *f, Machine *m, IValue *ret)
{
	Exec *x = f->x;
	const Code *code = f->code;
	IValue *regs = f->regs;
	const Insn *in = code->insns;
	Status status;
	for (;; in++) {
		switch ((InsnCode)in->code) {
		case INSN_MOVE:
			A = B;
			B.tag = TAG_NONE;
			break;
		case INSN_COPY:
			A = ivalue_ref(B);
			break;
		case INSN_DROP:
			ivalue_unref(&A);
			break;
		case INSN_JUMP:
			in = code->insns + in->c - 1;
			break;
		case INSN_JUMP_FALSE:
			if (!A.b)
				in = code->insns + in->c - 1;
			break;
		case INSN_LOOP_BEGIN: {
			const int32_t *o = code->operands + in->a;
			regs[o[0]] = iv_int(0);
			if (!(regs[o[1]].i > 0 && regs[o[2]].b))
				in = code->insns + in->c - 1;
			break;
		}
		case INSN_LOOP_NEXT: {
			const int32_t *o = code->operands + in->a;
			if (--m->ticks < 0)
				DO(check_clock(x, m));
			if (++regs[o[0]].i < regs[o[1]].i && regs[o[2]].b)
				in = code->insns + in->c - 1;
			break;
		}
		case INSN_OP:
			if ((m->ticks -= m->op_ticks) < 0)
				DO(check_clock(x, m));
			DO(insn_op(f, in));
			break;
		case INSN_RETURN: {
			const int32_t *o = code->operands + in->a;
			if (in->n == 1) {
				take_or_ref(ret, regs, o[0]);
			} else if (in->n == 0) {
				*ret = iv_none();
			} else {
				TupleObj *t = tuple_new(in->n, NULL);
				for (int i = 0; i < in->n; i++)
					take_or_ref(&t->items[i], regs, o[i]);
				*ret = iv_take_tuple(t);
			}
			return STATUS_OK;
		}
		case INSN_CALL:
		case INSN_CALL_METHOD:
			DO(insn_call(f, in));
			break;
		case INSN_CREATE:
			A = iv_take_object(object_new(code->types[in->b].types[0]));
			break;
		case INSN_GET_ATTR:
		case INSN_SET_ATTR:
			DO(insn_attr(f, in));
			break;
		case INSN_TUPLE:
		case INSN_LIST:
		case INSN_DICT:
			DO(insn_build(f, in));
			break;
		case INSN_TUPLE_GET:
		case INSN_TUPLE_SLICE:
			DO(insn_tuple(f, in));
			break;
		case INSN_TUPLE_UNPACK:
		case INSN_LIST_UNPACK:
			DO(insn_unpack(f, in));
			break;
		case INSN_CAST:
		case INSN_ISINSTANCE:
		case INSN_TOLIST:
		case INSN_ENUM_NAME:
		case INSN_ENUM_VALUE:
		case INSN_CONTAINER_GET:
			DO(insn_object(f, in));
			break;
		case INSN_WITH_BEGIN:
			A = iv_bool(x->autocast_cpu);
			begin_with(x, B);
			break;
		case INSN_WITH_END:
			DO(end_with(x, B, A));
			if (in->n & 1)
				ivalue_unref(&B);
			break;
		case INSN_FORK_END: {
			IValue v;
			take_or_ref(&v, regs, in->b | OPERAND_LAST);
			A = iv_take_future(v);
			break;
		}
		INT_OP(ADD_I, int_add(B.i, C.i))
		INT_OP(SUB_I, int_sub(B.i, C.i))
		INT_OP(MUL_I, int_mul(B.i, C.i))
		case INSN_FLOORDIV_I:
			if (C.i == 0)
				DO(xfail(x, TEXT_DIVISION_BY_ZERO));
			A = iv_int(int_floordiv(B.i, C.i));
			break;
		case INSN_MOD_I:
			if (C.i == 0)
				DO(xfail(x, TEXT_MODULO_BY_ZERO));
			A = iv_int(int_mod(B.i, C.i));
			break;
		FLOAT_OP(DIV_I, (double)B.i / (double)C.i)
		BOOL_OP(LT_I, B.i < C.i)
		BOOL_OP(LE_I, B.i <= C.i)
		BOOL_OP(GT_I, B.i > C.i)
		BOOL_OP(GE_I, B.i >= C.i)
		BOOL_OP(EQ_I, B.i == C.i)
		BOOL_OP(NE_I, B.i != C.i)
		FLOAT_OP(ADD_F, B.f + C.f)
		FLOAT_OP(SUB_F, B.f - C.f)
		FLOAT_OP(MUL_F, B.f * C.f)
		FLOAT_OP(DIV_F, B.f / C.f)
		BOOL_OP(LT_F, B.f < C.f)
		BOOL_OP(LE_F, B.f <= C.f)
		BOOL_OP(GT_F, B.f > C.f)
		BOOL_OP(GE_F, B.f >= C.f)
		BOOL_OP(EQ_F, B.f == C.f)
		BOOL_OP(NE_F, B.f != C.f)
		BOOL_OP(AND_B, B.b && C.b)
		BOOL_OP(OR_B, B.b || C.b)
		BOOL_OP(NOT_B, !B.b)
		INT_OP(NEG_I, int_neg(B.i))
		FLOAT_OP(NEG_F, -B.f)
		FLOAT_OP(I_TO_F, (double)B.i)
		case INSN_IS:
		case INSN_ISNOT: {
			bool same = B.tag == C.tag && (B.tag == TAG_NONE || B.i == C.i);
			if (in->n & 1)
				ivalue_unref(&B);
			if (in->n & 2)
				ivalue_unref(&C);
			A = iv_bool(same == (in->code == INSN_IS));
			break;
		}
		case INSN_LIST_GET: {
			IValue l = B;
			int64_t i = C.i;
			if (l.tag != TAG_LIST)
				DO(wrong_value(x, l, "a list"));
			if (i < 0)
				i += l.list->n;
			if ((uint64_t)i >= (uint64_t)l.list->n)
				DO(fail(x->err, STATUS_INDEX, "list index out of range"));
			IValue v = ivalue_ref(l.list->items[i]);
			if (in->n & 1)
				ivalue_unref(&B);
			A = v;
			break;
		}
		case INSN_LIST_LEN: {
			if (B.tag != TAG_LIST)
				DO(wrong_value(x, B, "a list"));
			int64_t n = B.list->n;
			if (in->n & 1)
				ivalue_unref(&B);
			A = iv_int(n);
			break;
		}
		case INSN_LIST_SET:
		case INSN_LIST_APPEND:
			DO(insn_list(f, in));
			break;
		case INSN_DERIVE_INDEX: {
			const int32_t *o = code->operands + in->a;
			C = iv_int(int_add(regs[o[1]].i, int_mul(regs[o[0]].i, regs[o[2]].i)));
			break;
		}
		case INSN_TENSOR_DIM: {
			if (B.tag != TAG_TENSOR)
				DO(wrong_value(x, B, "a tensor"));
			int n = B.tensor->ndim;
			if (in->n & 1)
				ivalue_unref(&B);
			A = iv_int(n);
			break;
		}
		case INSN_TENSOR_SIZE: {
			if (B.tag != TAG_TENSOR)
				DO(wrong_value(x, B, "a tensor"));
			int64_t d = C.i, nd = B.tensor->ndim;
			if (d < 0)
				d += nd;
			if ((uint64_t)d >= (uint64_t)nd) {
				int wrapped;
				if (nd == 0)
					DO(fail(x->err, STATUS_INDEX, "Dimension specified as %lld but tensor has no dimensions",
						(long long)C.i));
				DO(wrap_dim(C.i, (int)nd, &wrapped, x->err));
			}
			int64_t n = B.tensor->sizes[d];
			if (in->n & 1)
				ivalue_unref(&B);
			A = iv_int(n);
			break;
		}
		case INSN_COUNT:
			DO(fail(x->err, STATUS_INTERNAL, "unknown instruction"));
		}
		continue;
	failed: {
		int target = handle(f, (int)(in - code->insns), status);
		if (target < 0)
			return x->err->code ? x->err->code : status;
		in = code->insns + target - 1;
	}
	}
}

static Status call_in(Exec *x, Machine *m, Function *f, IValue *args, int nargs, bool take, IValue *ret)
{
	const Code *code = NULL;
	Status s = function_code(f, &code, x->err);
	if (s == STATUS_OK && nargs != code->nparams)
		s = fail(x->err, STATUS_ARGUMENT, "%s takes %d arguments but %d were given", code->name, code->nparams, nargs);
	if (s == STATUS_OK && m->depth >= MAX_CALL_DEPTH)
		s = fail(x->err, STATUS_LIMIT, "maximum recursion depth exceeded");
	if (s != STATUS_OK) {
		for (int i = 0; take && i < nargs; i++)
			ivalue_unref(&args[i]);
		return s;
	}
	size_t size = (size_t)(code->nframe + code->nargs + code->nrets);
	Frame frame = {x, code, frame_push(m, size)};
	if (code->nconsts)
		memcpy(frame.regs, code->consts, (size_t)code->nconsts * sizeof(IValue));
	for (int i = code->nconsts; i < code->nframe; i++)
		frame.regs[i] = iv_none();
	for (int i = 0; i < nargs; i++) {
		int r = code->params[i];
		if (r >= 0)
			frame.regs[r] = take ? args[i] : ivalue_ref(args[i]);
		else if (take)
			ivalue_unref(&args[i]);
	}
	m->depth++;
	s = run(&frame, m, ret);
	m->depth--;
	for (int i = code->nconsts; i < code->nframe; i++)
		ivalue_unref(&frame.regs[i]);
	frame_pop(m, size);
	return s;
}

Status machine_call(Exec *x, Function *f, IValue *args, int nargs, bool take, IValue *ret)
{
	if (x->interp)
		return call_in(x, x->interp, f, args, nargs, take, ret);
	bool timed = x->budget && x->budget->deadline > 0;
	Machine m = {.ticks = CLOCK_TICKS, .op_ticks = timed ? CLOCK_TICKS : TICKS_PER_OP};
	x->interp = &m;
	Budget *outer = x->budget ? budget_enter(x->budget) : NULL;
	Status s = call_in(x, &m, f, args, nargs, take, ret);
	if (x->budget)
		budget_leave(outer);
	x->interp = NULL;
	while (m.chunk) {
		Chunk *below = m.chunk->below;
		free(m.chunk);
		m.chunk = below;
	}
	return s;
}
