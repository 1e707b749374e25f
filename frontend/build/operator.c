// SPDX-License-Identifier: BSD-3-Clause
// Operators on any two values: builtin types in C, tensors through their ops, everything else by Python's protocol of
// special methods and their reflections.
#include "frontend/build/types.h"

#include <string.h>

static const struct { int plain, reflected, inplace; } dunders[] = {
	[OP_ADD] = {D_add, D_radd, D_iadd}, [OP_SUB] = {D_sub, D_rsub, D_isub}, [OP_MUL] = {D_mul, D_rmul, D_imul},
	[OP_DIV] = {D_truediv, D_rtruediv, D_itruediv}, [OP_FLOORDIV] = {D_floordiv, D_rfloordiv, D_ifloordiv},
	[OP_MOD] = {D_mod, D_rmod, D_imod}, [OP_POW] = {D_pow, D_rpow, D_ipow},
	[OP_MATMUL] = {D_matmul, D_rmatmul, D_imatmul}, [OP_LSHIFT] = {D_lshift, D_rlshift, D_ilshift},
	[OP_RSHIFT] = {D_rshift, D_rrshift, D_irshift}, [OP_BITAND] = {D_and, D_rand, D_iand},
	[OP_BITOR] = {D_or, D_ror, D_ior}, [OP_BITXOR] = {D_xor, D_rxor, D_ixor},
	[OP_LT] = {D_lt, D_gt, 0}, [OP_GT] = {D_gt, D_lt, 0}, [OP_LE] = {D_le, D_ge, 0}, [OP_GE] = {D_ge, D_le, 0},
	[OP_EQ] = {D_eq, D_eq, 0}, [OP_NE] = {D_ne, D_ne, 0},
};

static Status unsupported(Build *b, Operator op, IValue l, IValue r, bool inplace)
{
	if (op >= OP_LT && op <= OP_NE)
		return py_raise(b, "TypeError", "'%s' not supported between instances of '%s' and '%s'", operator_text(op),
			py_type_name(b, l), py_type_name(b, r));
	return py_raise(b, "TypeError", "unsupported operand type(s) for %s%s%s: '%s' and '%s'", operator_text(op),
		inplace ? "=" : "", op == OP_POW && !inplace ? " or pow()" : "", py_type_name(b, l), py_type_name(b, r));
}

// Calls v's special method with one argument.  *out is TAG_UNINIT when there is none or it gave NotImplemented.
static Status try_special(Build *b, IValue v, int dunder, IValue arg, IValue *out)
{
	*out = iv_uninit();
	IValue *fn = types_override(b, v, dunder);
	if (!fn || (fn->tag == TAG_NONE && dunder != D_eq))
		return STATUS_OK;
	Status st = types_call_special(b, *fn, v, &arg, 1, out);
	if (st == STATUS_OK && py_is(*out, PY_NOTIMPLEMENTED)) {
		ivalue_unref(out);
		*out = iv_uninit();
	}
	return st;
}

// The builtin value that C operators may use; an instance whose class overrides op is left to try_special.
static Status by_specials(Build *b, Operator op, IValue l, IValue r, IValue *out)
{
	*out = iv_uninit();
	bool instance_l = py_is(l, PY_INSTANCE), instance_r = py_is(r, PY_INSTANCE);
	if (!instance_l && !instance_r)
		return STATUS_OK;
	bool right_first = instance_r && py_type(b, l) != py_type(b, r) && py_subclass(py_type(b, r), py_type(b, l)) &&
		types_override(b, r, dunders[op].reflected);
	if (right_first) {
		TRY(try_special(b, r, dunders[op].reflected, l, out));
		if (out->tag != TAG_UNINIT)
			return STATUS_OK;
	}
	if (instance_l)
		TRY(try_special(b, l, dunders[op].plain, r, out));
	if (out->tag == TAG_UNINIT && instance_r && !right_first)
		TRY(try_special(b, r, dunders[op].reflected, l, out));
	return STATUS_OK;
}

// ---- arithmetic

static bool is_type_like(IValue v)
{
	return py_is(v, PY_CLASS) || py_is(v, PY_TYPEFORM);
}

static Status concat(Build *b, IValue l, IValue r, IValue *out)
{
	if (l.tag == TAG_STR && r.tag == TAG_STR) {
		size_t n = (size_t)l.str->n, m = (size_t)r.str->n;
		TRY(build_memory_check(b, n + m));
		StrObj *s = xmalloc(sizeof *s + n + m + 1);
		s->h.refs = 1;
		s->n = (int64_t)(n + m);
		s->hash = 0;
		memcpy(s->s, l.str->s, n);
		memcpy(s->s + n, r.str->s, m + 1);
		*out = (IValue){.str = s, .tag = TAG_STR};
		return STATUS_OK;
	}
	if (l.tag == TAG_LIST && r.tag == TAG_LIST) {
		*out = py_list(b, 0);
		Status st = list_room(b, out->list, l.list->n + r.list->n);
		if (st != STATUS_OK) {
			ivalue_unref(out);
			return st;
		}
		ListObj *o = out->list;
		for (int64_t i = 0; i < l.list->n; i++)
			o->items[o->n++] = ivalue_ref(l.list->items[i]);
		for (int64_t i = 0; i < r.list->n; i++)
			o->items[o->n++] = ivalue_ref(r.list->items[i]);
		return STATUS_OK;
	}
	if (l.tag == TAG_TUPLE && r.tag == TAG_TUPLE) {
		TRY(build_memory_check(b, (size_t)(l.tuple->n + r.tuple->n) * sizeof(IValue)));
		TupleObj *t = tuple_new(l.tuple->n + r.tuple->n, NULL);
		for (int64_t i = 0; i < t->n; i++)
			t->items[i] = ivalue_ref(i < l.tuple->n ? l.tuple->items[i] : r.tuple->items[i - l.tuple->n]);
		*out = iv_take_tuple(t);
		return STATUS_OK;
	}
	if (py_is(l, PY_BYTES) && py_is(r, PY_BYTES)) {
		Text t = {0};
		TRY(build_memory_check(b, (size_t)(PY_AS(PyBytes, l)->n + PY_AS(PyBytes, r)->n)));
		text_addn(&t, PY_AS(PyBytes, l)->s, (size_t)PY_AS(PyBytes, l)->n);
		text_addn(&t, PY_AS(PyBytes, r)->s, (size_t)PY_AS(PyBytes, r)->n);
		*out = bytes_new(b, text_str(&t), (int64_t)t.size);
		text_free(&t);
	}
	return STATUS_OK;
}

static bool is_sequence(IValue v)
{
	return v.tag == TAG_STR || v.tag == TAG_LIST || v.tag == TAG_TUPLE || py_is(v, PY_BYTES);
}

// Both operands are builtin values.  *out TAG_UNINIT: no such operation.
static Status builtin_binary(Build *b, Operator op, IValue l, IValue r, IValue *out)
{
	*out = iv_uninit();
	if (iv_is_number(l) && iv_is_number(r))
		return number_arith(b, op, l, r, out);
	switch (op) {
	case OP_ADD:
		return concat(b, l, r, out);
	case OP_MUL:
		if (is_sequence(l) && (r.tag == TAG_INT || r.tag == TAG_BOOL))
			return sequence_repeat(b, l, r.i, out);
		if (is_sequence(r) && (l.tag == TAG_INT || l.tag == TAG_BOOL))
			return sequence_repeat(b, r, l.i, out);
		return STATUS_OK;
	case OP_MOD:
		return l.tag == TAG_STR ? str_percent(b, l, r, out) : STATUS_OK;
	case OP_BITOR:
		if (l.tag == TAG_DICT && r.tag == TAG_DICT) {
			*out = py_dict(b);
			Status st = dict_update(b, out->dict, l);
			if (st == STATUS_OK)
				st = dict_update(b, out->dict, r);
			if (st != STATUS_OK)
				ivalue_unref(out);
			return st;
		}
		if ((is_type_like(l) && (is_type_like(r) || r.tag == TAG_NONE)) || (l.tag == TAG_NONE && is_type_like(r))) {
			IValue items[2] = {l, r};
			PyTypeForm *f = py_new(b, PY_TYPEFORM, sizeof *f);
			f->ctor = "Union";
			f->args = py_tuple_of(b, items, 2);
			*out = py_value(f);
			return STATUS_OK;
		}
		return set_binary(b, op, l, r, out);
	case OP_BITAND: case OP_BITXOR: case OP_SUB:
		return set_binary(b, op, l, r, out);
	default:
		return STATUS_OK;
	}
}

static Status binary(Build *b, Operator op, IValue l, IValue r, IValue *out)
{
	TRY(by_specials(b, op, l, r, out));
	if (out->tag != TAG_UNINIT)
		return STATUS_OK;
	IValue x = py_unwrap(l), y = py_unwrap(r);
	bool formats = x.tag == TAG_STR && op == OP_MOD;
	if ((x.tag == TAG_TENSOR || y.tag == TAG_TENSOR) && !formats) {
		bool handled = false;
		TRY(torch_operator(b, op, x, y, false, out, &handled));
		if (handled)
			return STATUS_OK;
		if (x.tag == TAG_TENSOR) {
			*out = iv_uninit();
			return STATUS_OK;
		}
	}
	return builtin_binary(b, op, x, y, out);
}

Status py_binary(Build *b, Operator op, IValue l, IValue r, IValue *out)
{
	IValue v;
	TRY(binary(b, op, l, r, &v));
	if (v.tag != TAG_UNINIT) {
		*out = v;
		return STATUS_OK;
	}
	IValue x = py_unwrap(l), y = py_unwrap(r);
	if (op == OP_ADD && is_sequence(x))
		return py_raise(b, "TypeError", x.tag == TAG_STR ? "can only concatenate str (not \"%s\") to str" :
			x.tag == TAG_LIST ? "can only concatenate list (not \"%s\") to list" :
			x.tag == TAG_TUPLE ? "can only concatenate tuple (not \"%s\") to tuple" : "can't concat %s to bytes",
			py_type_name(b, r));
	if (op == OP_MUL && (is_sequence(x) || is_sequence(y)))
		return py_raise(b, "TypeError", "can't multiply sequence by non-int of type '%s'",
			py_type_name(b, is_sequence(x) ? r : l));
	return unsupported(b, op, l, r, false);
}

Status py_inplace(Build *b, Operator op, IValue l, IValue r, IValue *out)
{
	if (py_is(l, PY_INSTANCE)) {
		IValue v;
		TRY(try_special(b, l, dunders[op].inplace, r, &v));
		if (v.tag != TAG_UNINIT) {
			*out = v;
			return STATUS_OK;
		}
		if (types_override(b, l, dunders[op].plain)) {
			*out = iv_uninit();
			return py_binary(b, op, l, r, out);
		}
	}
	IValue x = py_unwrap(l), y = py_unwrap(r);
	if (x.tag == TAG_TENSOR) {
		bool handled = false;
		TRY(torch_operator(b, op, x, y, true, out, &handled));
		if (handled)
			return STATUS_OK;
	} else if (op == OP_ADD && x.tag == TAG_LIST) {
		TRY(list_extend(b, x.list, r));
		*out = ivalue_ref(l);
		return STATUS_OK;
	} else if (op == OP_MUL && x.tag == TAG_LIST && (y.tag == TAG_INT || y.tag == TAG_BOOL)) {
		IValue v;
		TRY(sequence_repeat(b, x, y.i, &v));
		ListObj t = *x.list, *n = v.list;
		x.list->items = n->items, x.list->n = n->n, x.list->cap = n->cap;
		n->items = t.items, n->n = t.n, n->cap = t.cap;
		ivalue_unref(&v);
		*out = ivalue_ref(l);
		return STATUS_OK;
	} else if (op == OP_BITOR && x.tag == TAG_DICT) {
		TRY(dict_update(b, x.dict, r));
		*out = ivalue_ref(l);
		return STATUS_OK;
	} else if (py_is(x, PY_SET) && (py_is(y, PY_SET) || py_is(y, PY_FROZENSET) || py_is(y, PY_VIEW))) {
		IValue v;
		TRY(set_binary(b, op, x, y, &v));
		if (v.tag != TAG_UNINIT) {
			DictObj *items = PY_AS(PySet, x)->items;
			PY_AS(PySet, x)->items = PY_AS(PySet, v)->items;
			PY_AS(PySet, v)->items = items;
			ivalue_unref(&v);
			*out = ivalue_ref(l);
			return STATUS_OK;
		}
	}
	IValue v;
	TRY(binary(b, op, l, r, &v));
	if (v.tag == TAG_UNINIT)
		return op == OP_ADD && is_sequence(x) ? py_binary(b, op, l, r, out) : unsupported(b, op, l, r, true);
	*out = v;
	return STATUS_OK;
}

Status py_unary(Build *b, Operator op, IValue v, IValue *out)
{
	if (op == OP_NOT) {
		bool t;
		TRY(py_truth(b, v, &t));
		*out = iv_bool(!t);
		return STATUS_OK;
	}
	IValue *fn = types_override(b, v, op == OP_NEG ? D_neg : op == OP_POS ? D_pos : D_invert);
	if (fn)
		return types_call_special(b, *fn, v, NULL, 0, out);
	IValue u = py_unwrap(v);
	if (u.tag == TAG_TENSOR)
		return torch_unary(b, op, u, out);
	if (iv_is_number(u))
		return number_unary(b, op, u, out);
	return py_raise(b, "TypeError", "bad operand type for unary %s: '%s'", operator_text(op), py_type_name(b, v));
}

// ---- comparison

static int bytes_order(const char *l, int64_t n, const char *r, int64_t m)
{
	int c = memcmp(l, r, (size_t)(n < m ? n : m));
	return c ? c : n < m ? -1 : n > m;
}

static void items_of(IValue v, const IValue **items, int64_t *n)
{
	*items = v.tag == TAG_LIST ? v.list->items : v.tuple->items;
	*n = v.tag == TAG_LIST ? v.list->n : v.tuple->n;
}

// Comparing items runs code that may change a list: lengths are asked anew, and items held.
static Status sequence_equal(Build *b, IValue l, IValue r, bool *out)
{
	*out = false;
	const IValue *x, *y;
	int64_t n, m;
	for (int64_t i = 0;; i++) {
		items_of(l, &x, &n);
		items_of(r, &y, &m);
		if (n != m)
			return STATUS_OK;
		if (i >= n)
			break;
		IValue p = ivalue_ref(x[i]), q = ivalue_ref(y[i]);
		bool same = p.tag == q.tag && p.i == q.i && p.tag != TAG_FLOAT;
		Status st = STATUS_OK;
		if (!same)
			st = py_equal(b, p, q, &same);
		ivalue_unref(&p);
		ivalue_unref(&q);
		TRY(st);
		if (!same)
			return STATUS_OK;
	}
	*out = true;
	return STATUS_OK;
}

static Status sequence_order(Build *b, Operator op, IValue l, IValue r, IValue *out)
{
	const IValue *x, *y;
	int64_t n, m;
	for (int64_t i = 0;; i++) {
		items_of(l, &x, &n);
		items_of(r, &y, &m);
		if (i >= n || i >= m)
			break;
		IValue p = ivalue_ref(x[i]), q = ivalue_ref(y[i]);
		bool same = false;
		Status st = py_equal(b, p, q, &same);
		if (st == STATUS_OK && !same)
			st = py_compare(b, op, p, q, out);
		ivalue_unref(&p);
		ivalue_unref(&q);
		TRY(st);
		if (!same)
			return STATUS_OK;
	}
	*out = iv_bool(op == OP_LT ? n < m : op == OP_LE ? n <= m : op == OP_GT ? n > m : n >= m);
	return STATUS_OK;
}

static bool decide(Operator op, int c)
{
	return op == OP_LT ? c < 0 : op == OP_LE ? c <= 0 : op == OP_GT ? c > 0 : op == OP_GE ? c >= 0 :
		op == OP_EQ ? c == 0 : c != 0;
}

static bool is_setlike(IValue v)
{
	return py_is(v, PY_SET) || py_is(v, PY_FROZENSET) ||
		(py_is(v, PY_VIEW) && PY_AS(PyView, v)->what != VIEW_VALUES);
}

static bool form_same(const PyTypeForm *l, const PyTypeForm *r)
{
	return !strcmp(l->ctor, r->ctor) || (!strcmp(l->ctor, "Optional") && !strcmp(r->ctor, "Union"));
}

// Equality of builtin values; identity is settled.
static Status builtin_equal(Build *b, IValue l, IValue r, bool *out)
{
	*out = false;
	if (iv_is_number(l) && iv_is_number(r)) {
		*out = number_compare(l, r) == 0;
		return STATUS_OK;
	}
	if (l.tag != r.tag)
		return STATUS_OK;
	if (l.tag == TAG_STR || l.tag == TAG_DEVICE || l.tag == TAG_ENUM) {
		*out = ivalue_key_equal(l, r);
		return STATUS_OK;
	}
	if (l.tag == TAG_NONE) {
		*out = true;
		return STATUS_OK;
	}
	if (l.tag != TAG_LIST && l.tag != TAG_TUPLE && l.tag != TAG_DICT && l.tag != TAG_HOST)
		return STATUS_OK;
	TRY(types_enter(b, "in comparison"));
	Status st = STATUS_OK;
	if (l.tag == TAG_LIST || l.tag == TAG_TUPLE) {
		st = sequence_equal(b, l, r, out);
	} else if (l.tag == TAG_DICT) {
		st = dict_equal(b, l.dict, r.dict, out);
	} else if (is_setlike(l) && is_setlike(r)) {
		st = set_compare(b, OP_EQ, l, r, out);
	} else if (py_obj(l)->kind == py_obj(r)->kind) {
		switch (py_obj(l)->kind) {
		case PY_BYTES: {
			PyBytes *x = PY_AS(PyBytes, l), *y = PY_AS(PyBytes, r);
			*out = bytes_order(x->s, x->n, y->s, y->n) == 0;
			break;
		}
		case PY_RANGE: {
			PyRange *x = PY_AS(PyRange, l), *y = PY_AS(PyRange, r);
			int64_t n = range_length(x);
			*out = n == range_length(y) && (n == 0 || (x->start == y->start && (n == 1 || x->step == y->step)));
			break;
		}
		case PY_SLICE: {
			PySlice *x = PY_AS(PySlice, l), *y = PY_AS(PySlice, r);
			st = py_equal(b, x->start, y->start, out);
			if (st == STATUS_OK && *out)
				st = py_equal(b, x->stop, y->stop, out);
			if (st == STATUS_OK && *out)
				st = py_equal(b, x->step, y->step, out);
			break;
		}
		case PY_METHOD: {
			PyMethod *x = PY_AS(PyMethod, l), *y = PY_AS(PyMethod, r);
			*out = x->self.tag == y->self.tag && x->self.i == y->self.i && x->fn.i == y->fn.i;
			break;
		}
		case PY_NATIVE: {
			PyNative *x = PY_AS(PyNative, l), *y = PY_AS(PyNative, r);
			*out = x->fn == y->fn && x->data == y->data && x->self.tag == y->self.tag && x->self.i == y->self.i;
			break;
		}
		case PY_TYPEFORM:
			*out = form_same(PY_AS(PyTypeForm, l), PY_AS(PyTypeForm, r));
			if (*out)
				st = py_equal(b, PY_AS(PyTypeForm, l)->args, PY_AS(PyTypeForm, r)->args, out);
			break;
		default:
			break;
		}
	}
	types_leave(b);
	return st;
}

static bool identical(IValue l, IValue r)
{
	return l.tag == r.tag && l.i == r.i && l.tag != TAG_FLOAT;
}

static Status compare_equality(Build *b, Operator op, IValue l, IValue r, IValue *out)
{
	TRY(by_specials(b, op, l, r, out));
	if (out->tag != TAG_UNINIT)
		return STATUS_OK;
	if (op == OP_NE && (py_is(l, PY_INSTANCE) || py_is(r, PY_INSTANCE))) { // != is the opposite of a written ==
		IValue v;
		TRY(by_specials(b, OP_EQ, l, r, &v));
		if (v.tag != TAG_UNINIT) {
			bool t;
			Status st = py_truth(b, v, &t);
			ivalue_unref(&v);
			*out = iv_bool(!t);
			return st;
		}
	}
	IValue x = py_unwrap(l), y = py_unwrap(r);
	if (x.tag == TAG_TENSOR || y.tag == TAG_TENSOR) {
		bool handled = false;
		TRY(torch_operator(b, op, x, y, false, out, &handled));
		if (handled)
			return STATUS_OK;
	}
	bool equal = identical(l, r);
	// Instances of different named tuples and enums compare by value with what they stand for; nothing else does.
	if (!equal)
		TRY(builtin_equal(b, x, y, &equal));
	*out = iv_bool(equal == (op == OP_EQ));
	return STATUS_OK;
}

Status py_compare(Build *b, Operator op, IValue l, IValue r, IValue *out)
{
	switch (op) {
	case OP_IS: case OP_ISNOT: {
		bool same = l.tag == r.tag && (l.tag == TAG_NONE || l.i == r.i);
		if (!same && py_is(l, PY_NATIVE) && py_is(r, PY_NATIVE))
			same = PY_AS(PyNative, l)->fn == PY_AS(PyNative, r)->fn && PY_AS(PyNative, l)->path == PY_AS(PyNative, r)->path &&
				PY_AS(PyNative, l)->self.tag == TAG_UNINIT && PY_AS(PyNative, r)->self.tag == TAG_UNINIT;
		*out = iv_bool(same == (op == OP_IS));
		return STATUS_OK;
	}
	case OP_IN: case OP_NOTIN: {
		bool t;
		TRY(py_contains(b, r, l, &t));
		*out = iv_bool(t == (op == OP_IN));
		return STATUS_OK;
	}
	case OP_EQ: case OP_NE:
		return compare_equality(b, op, l, r, out);
	default:
		break;
	}
	IValue v;
	TRY(by_specials(b, op, l, r, &v));
	if (v.tag != TAG_UNINIT) {
		*out = v;
		return STATUS_OK;
	}
	IValue x = py_unwrap(l), y = py_unwrap(r);
	if (x.tag == TAG_TENSOR || y.tag == TAG_TENSOR) {
		bool handled = false;
		TRY(torch_operator(b, op, x, y, false, out, &handled));
		return handled ? STATUS_OK : unsupported(b, op, l, r, false);
	}
	if (iv_is_number(x) && iv_is_number(y) && x.tag != TAG_COMPLEX && y.tag != TAG_COMPLEX) {
		int c = number_compare(x, y);
		*out = iv_bool(c != 2 && decide(op, c));
		return STATUS_OK;
	}
	if (x.tag == TAG_STR && y.tag == TAG_STR) {
		*out = iv_bool(decide(op, bytes_order(x.str->s, x.str->n, y.str->s, y.str->n)));
		return STATUS_OK;
	}
	if (x.tag == y.tag && (x.tag == TAG_LIST || x.tag == TAG_TUPLE)) {
		TRY(types_enter(b, "in comparison"));
		Status st = sequence_order(b, op, x, y, out);
		types_leave(b);
		return st;
	}
	if (is_setlike(x) && is_setlike(y)) {
		bool t;
		TRY(set_compare(b, op, x, y, &t));
		*out = iv_bool(t);
		return STATUS_OK;
	}
	if (py_is(x, PY_BYTES) && py_is(y, PY_BYTES)) {
		*out = iv_bool(decide(op, bytes_order(PY_AS(PyBytes, x)->s, PY_AS(PyBytes, x)->n, PY_AS(PyBytes, y)->s,
			PY_AS(PyBytes, y)->n)));
		return STATUS_OK;
	}
	return unsupported(b, op, l, r, false);
}

Status py_equal(Build *b, IValue l, IValue r, bool *out)
{
	if (l.tag == TAG_STR && r.tag == TAG_STR) {
		*out = ivalue_key_equal(l, r);
		return STATUS_OK;
	}
	if (l.tag == TAG_INT && r.tag == TAG_INT) {
		*out = l.i == r.i;
		return STATUS_OK;
	}
	IValue v;
	TRY(compare_equality(b, OP_EQ, l, r, &v));
	Status st = STATUS_OK;
	if (v.tag == TAG_BOOL)
		*out = v.i != 0;
	else
		st = py_truth(b, v, out);
	ivalue_unref(&v);
	return st;
}

// ---- truth, length, hash

Status py_truth(Build *b, IValue v, bool *out)
{
	switch ((Tag)v.tag) {
	case TAG_NONE: *out = false; return STATUS_OK;
	case TAG_BOOL: case TAG_INT: *out = v.i != 0; return STATUS_OK;
	case TAG_FLOAT: *out = v.f != 0; return STATUS_OK;
	case TAG_COMPLEX: *out = v.complex_->re != 0 || v.complex_->im != 0; return STATUS_OK;
	case TAG_STR: *out = v.str->n != 0; return STATUS_OK;
	case TAG_LIST: *out = v.list->n != 0; return STATUS_OK;
	case TAG_DICT: *out = v.dict->n != 0; return STATUS_OK;
	case TAG_TUPLE: *out = v.tuple->n != 0; return STATUS_OK;
	case TAG_TENSOR: return torch_truth(b, v, out);
	case TAG_HOST: break;
	default: *out = true; return STATUS_OK;
	}
	switch (py_obj(v)->kind) {
	case PY_SET: case PY_FROZENSET: *out = PY_AS(PySet, v)->items->n != 0; return STATUS_OK;
	case PY_BYTES: *out = PY_AS(PyBytes, v)->n != 0; return STATUS_OK;
	case PY_RANGE: *out = range_length(PY_AS(PyRange, v)) != 0; return STATUS_OK;
	case PY_VIEW: *out = PY_AS(PyView, v)->dict.dict->n != 0; return STATUS_OK;
	case PY_INSTANCE: break;
	default: *out = true; return STATUS_OK;
	}
	IValue *fn = types_override(b, v, D_bool), r;
	if (fn) {
		TRY(types_call_special(b, *fn, v, NULL, 0, &r));
		Status st = r.tag == TAG_BOOL ? STATUS_OK :
			py_raise(b, "TypeError", "__bool__ should return bool, returned %s", py_type_name(b, r));
		*out = r.i != 0;
		ivalue_unref(&r);
		return st;
	}
	if (types_override(b, v, D_len)) {
		int64_t n;
		TRY(py_len(b, v, &n));
		*out = n != 0;
		return STATUS_OK;
	}
	IValue u = py_unwrap(v);
	if (u.tag != v.tag || u.i != v.i)
		return py_truth(b, u, out);
	*out = true;
	return STATUS_OK;
}

Status py_len(Build *b, IValue v, int64_t *out)
{
	IValue *fn = types_override(b, v, D_len), r;
	if (fn) {
		TRY(types_call_special(b, *fn, v, NULL, 0, &r));
		Status st = number_index(b, r, out);
		ivalue_unref(&r);
		TRY(st);
		return *out < 0 ? py_raise(b, "ValueError", "__len__() should return >= 0") : STATUS_OK;
	}
	IValue u = py_unwrap(v);
	switch ((Tag)u.tag) {
	case TAG_STR: *out = utf8_count(u.str->s, u.str->n); return STATUS_OK;
	case TAG_LIST: *out = u.list->n; return STATUS_OK;
	case TAG_DICT: *out = u.dict->n; return STATUS_OK;
	case TAG_TUPLE: *out = u.tuple->n; return STATUS_OK;
	case TAG_TENSOR: return torch_len(b, u, out);
	case TAG_HOST:
		switch (py_obj(u)->kind) {
		case PY_SET: case PY_FROZENSET: *out = PY_AS(PySet, u)->items->n; return STATUS_OK;
		case PY_BYTES: *out = PY_AS(PyBytes, u)->n; return STATUS_OK;
		case PY_RANGE: *out = range_length(PY_AS(PyRange, u)); return STATUS_OK;
		case PY_VIEW: *out = PY_AS(PyView, u)->dict.dict->n; return STATUS_OK;
		case PY_CLASS:
			if (PY_AS(PyClass, u)->is_enum) {
				IValue members; // each once, whatever its names
				TRY(py_to_list(b, u, &members));
				*out = members.list->n;
				ivalue_unref(&members);
				return STATUS_OK;
			}
			break;
		default: break;
		}
		break;
	case TAG_OBJECT: {
		bool found;
		IValue length;
		TRY(script_getattr(b, u, TYPES_NAME(b, len), &length, &found));
		if (!found)
			break;
		Status st = py_call(b, length, NULL, 0, &r);
		ivalue_unref(&length);
		TRY(st);
		st = number_index(b, r, out);
		ivalue_unref(&r);
		return st;
	}
	default: break;
	}
	return py_raise(b, "TypeError", "object of type '%s' has no len()", py_type_name(b, v));
}

static Status unhashable(Build *b, IValue v)
{
	return py_raise(b, "TypeError", "unhashable type: '%s'", py_type_name(b, v));
}

static Status instance_hash(Build *b, IValue v, uint64_t *out)
{
	IValue *fn = types_override(b, v, D_hash), r;
	PyClass *c = PY_AS(PyInstance, v)->cls, *eq_in = NULL, *hash_in = NULL;
	if (fn && fn->tag == TAG_NONE)
		return unhashable(b, v);
	if (c && py_class_lookup(c, TYPES_NAME(b, eq), &eq_in) && !eq_in->is_native) {
		// A class that writes __eq__ without __hash__ has none.
		py_class_lookup(c, TYPES_NAME(b, hash), &hash_in);
		bool above = false;
		for (int i = 0; hash_in && i < c->nmro && c->mro[i] != hash_in; i++)
			above = above || c->mro[i] == eq_in;
		if (!fn || above)
			return unhashable(b, v);
	}
	if (fn) {
		TRY(types_call_special(b, *fn, v, NULL, 0, &r));
		IValue u = py_unwrap(r);
		Status st = u.tag == TAG_INT || u.tag == TAG_BOOL ? STATUS_OK :
			py_raise(b, "TypeError", "__hash__ method should return an integer");
		*out = (uint64_t)u.i;
		ivalue_unref(&r);
		return st;
	}
	IValue u = py_unwrap(v);
	if (u.tag == v.tag && u.i == v.i) {
		*out = hash_bytes(&v.host, sizeof v.host);
		return STATUS_OK;
	}
	if (u.tag == TAG_LIST || u.tag == TAG_DICT)
		return unhashable(b, v);
	return py_hash(b, u, out);
}

Status py_hash(Build *b, IValue v, uint64_t *out)
{
	switch ((Tag)v.tag) {
	case TAG_LIST: case TAG_DICT:
		return unhashable(b, v);
	case TAG_TUPLE: { // the same mixture as core's, so that both agree on every key
		TRY(types_enter(b, "while hashing"));
		uint64_t h = 0x345678 + (uint64_t)v.tuple->n, one = 0;
		Status st = STATUS_OK;
		for (int64_t i = 0; i < v.tuple->n && st == STATUS_OK; i++) {
			st = py_hash(b, v.tuple->items[i], &one);
			h = (h ^ one) * 1000003;
		}
		types_leave(b);
		*out = h;
		return st;
	}
	case TAG_HOST: break;
	default:
		*out = ivalue_hash(v);
		return STATUS_OK;
	}
	switch (py_obj(v)->kind) {
	case PY_INSTANCE:
		TRY(types_enter(b, "while hashing"));
		Status st = instance_hash(b, v, out);
		types_leave(b);
		return st;
	case PY_SET: case PY_SLICE: case PY_VIEW:
		if (py_is(v, PY_VIEW) && PY_AS(PyView, v)->what == VIEW_VALUES)
			break;
		return unhashable(b, v);
	case PY_FROZENSET: {
		uint64_t h = 1927868237u;
		int64_t pos = 0;
		for (DictEntry *e; (e = dict_next(PY_AS(PySet, v)->items, &pos));)
			h ^= (e->hash ^ (e->hash << 16) ^ 89869747u) * 3644798167u;
		*out = h;
		return STATUS_OK;
	}
	case PY_BYTES:
		*out = hash_bytes(PY_AS(PyBytes, v)->s, (size_t)PY_AS(PyBytes, v)->n);
		return STATUS_OK;
	case PY_RANGE: {
		PyRange *r = PY_AS(PyRange, v);
		int64_t n = range_length(r), parts[3] = {n, n ? r->start : 0, n > 1 ? r->step : 0};
		*out = hash_bytes(parts, sizeof parts);
		return STATUS_OK;
	}
	case PY_METHOD: {
		PyMethod *m = PY_AS(PyMethod, v);
		int64_t parts[2] = {m->fn.i, m->self.i};
		*out = hash_bytes(parts, sizeof parts);
		return STATUS_OK;
	}
	case PY_NATIVE: {
		PyNative *n = PY_AS(PyNative, v);
		void *parts[2] = {(void *)(uintptr_t)n->fn, n->self.tag == TAG_UNINIT ? NULL : (void *)n->self.obj};
		*out = hash_bytes(parts, sizeof parts);
		return STATUS_OK;
	}
	case PY_TYPEFORM: {
		uint64_t h;
		TRY(py_hash(b, PY_AS(PyTypeForm, v)->args, &h));
		*out = h * 31 + 7;
		return STATUS_OK;
	}
	default: break;
	}
	*out = hash_bytes(&v.host, sizeof v.host);
	return STATUS_OK;
}
