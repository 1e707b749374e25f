// SPDX-License-Identifier: BSD-3-Clause
// Expressions.
//
// A value comes out owned.  What stands in a local slot can be looked at without a reference as long as nothing else
// is evaluated in between (peek); numbers meet their operators here, all other operands go to operator.c.
#include "frontend/build/frame.h"
#include "frontend/build/types.h"

#include <math.h>
#include <string.h>

// ---- names

static Status name_missing(Frame *f, const StrObj *name, bool local)
{
	if (!local)
		return py_raise(f->b, "NameError", "name '%s' is not defined", name->s);
	return py_raise(f->b, "UnboundLocalError", "cannot access local variable '%s' where it is not associated with a value",
		name->s);
}

static Status global_load(Frame *f, const Expr *e, IValue *out)
{
	StrObj *name = e->place.sym;
	IValue *v = globals_find(f->globals, name, (int32_t *)&e->place.slot);
	if (!v)
		v = f->b->builtins ? dict_find(f->b->builtins, str_value(name)) : NULL;
	if (!v)
		return name_missing(f, name, false);
	*out = ivalue_ref(*v);
	return STATUS_OK;
}

Status name_load(Frame *f, const Expr *e, IValue *out)
{
	const NamePlace *p = &e->place;
	switch (p->where) {
	case PLACE_SLOT:
		if (f->slots[p->slot].tag == TAG_UNINIT)
			return name_missing(f, p->sym, true);
		*out = ivalue_ref(f->slots[p->slot]);
		return STATUS_OK;
	case PLACE_CELL: {
		IValue v = f->cells[p->slot]->value;
		if (v.tag == TAG_UNINIT) {
			if (p->slot < f->scope->ncells)
				return name_missing(f, p->sym, true);
			return py_raise(f->b, "NameError",
				"cannot access free variable '%s' where it is not associated with a value in enclosing scope",
				p->sym->s);
		}
		*out = ivalue_ref(v);
		return STATUS_OK;
	}
	case PLACE_CLASS: {
		IValue *v = dict_find(f->ns, str_value(p->sym));
		if (v || (p->slot >= 0 && f->cells[p->slot]->value.tag != TAG_UNINIT)) {
			*out = ivalue_ref(v ? *v : f->cells[p->slot]->value);
			return STATUS_OK;
		}
		v = dict_find(f->globals, str_value(p->sym));
		if (!v)
			v = dict_find(f->b->builtins, str_value(p->sym));
		if (!v)
			return name_missing(f, p->sym, false);
		*out = ivalue_ref(*v);
		return STATUS_OK;
	}
	default:
		return global_load(f, e, out);
	}
}

Status place_store_take(Frame *f, NamePlace *p, IValue v)
{
	switch (p->where) {
	case PLACE_SLOT:
		ivalue_set(&f->slots[p->slot], v);
		return STATUS_OK;
	case PLACE_CELL:
		ivalue_set(&f->cells[p->slot]->value, v);
		return STATUS_OK;
	case PLACE_CLASS:
		return dict_set_take(f->ns, ivalue_ref(str_value(p->sym)), v, f->b->x.err);
	default: {
		IValue *at = globals_find(f->globals, p->sym, &p->slot);
		if (at) {
			ivalue_set(at, v);
			return STATUS_OK;
		}
		return dict_set_take(f->globals, ivalue_ref(str_value(p->sym)), v, f->b->x.err);
	}
	}
}

Status place_delete(Frame *f, NamePlace *p)
{
	switch (p->where) {
	case PLACE_SLOT: case PLACE_CELL: {
		IValue *v = p->where == PLACE_SLOT ? &f->slots[p->slot] : &f->cells[p->slot]->value;
		if (v->tag == TAG_UNINIT)
			return name_missing(f, p->sym, true);
		ivalue_set(v, iv_uninit());
		return STATUS_OK;
	}
	default:
		if (!dict_delete(p->where == PLACE_CLASS ? f->ns : f->globals, str_value(p->sym)))
			return name_missing(f, p->sym, false);
		return STATUS_OK;
	}
}

// ---- arithmetic

static inline bool int_floor(int64_t l, int64_t r, bool mod, int64_t *out)
{
	if (r == 0 || (r == -1 && l == INT64_MIN))
		return false;
	int64_t q = l / r, m = l % r;
	if (m != 0 && (m < 0) != (r < 0)) {
		q--;
		m += r;
	}
	*out = mod ? m : q;
	return true;
}

static inline bool numbers(Operator op, IValue l, IValue r, IValue *out)
{
	if (l.tag == TAG_INT && r.tag == TAG_INT) {
		int64_t v;
		switch (op) {
		case OP_ADD:
			if (__builtin_add_overflow(l.i, r.i, &v))
				return false;
			break;
		case OP_SUB:
			if (__builtin_sub_overflow(l.i, r.i, &v))
				return false;
			break;
		case OP_MUL:
			if (__builtin_mul_overflow(l.i, r.i, &v))
				return false;
			break;
		case OP_FLOORDIV:
			if (!int_floor(l.i, r.i, false, &v))
				return false;
			break;
		case OP_MOD:
			if (!int_floor(l.i, r.i, true, &v))
				return false;
			break;
		case OP_BITAND: v = l.i & r.i; break;
		case OP_BITOR: v = l.i | r.i; break;
		case OP_BITXOR: v = l.i ^ r.i; break;
		default:
			return false;
		}
		*out = iv_int(v);
		return true;
	}
	bool lf = l.tag == TAG_FLOAT, rf = r.tag == TAG_FLOAT;
	if ((lf && (rf || r.tag == TAG_INT)) || (rf && l.tag == TAG_INT)) {
		double a = lf ? l.f : (double)l.i, c = rf ? r.f : (double)r.i;
		switch (op) {
		case OP_ADD: *out = iv_float(a + c); return true;
		case OP_SUB: *out = iv_float(a - c); return true;
		case OP_MUL: *out = iv_float(a * c); return true;
		case OP_DIV:
			if (c == 0)
				return false;
			*out = iv_float(a / c);
			return true;
		default:
			return false;
		}
	}
	return false;
}

Status fast_binary(Build *b, Operator op, IValue l, IValue r, IValue *out)
{
	if (numbers(op, l, r, out))
		return STATUS_OK;
	return py_binary(b, op, l, r, out);
}

// Looks at a value without a reference, where that is safe: e is a constant or a local that nothing between now and
// the use can change.
static inline bool peek(const Frame *f, const Expr *e, IValue *out)
{
	if (e->kind == EX_NAME && e->place.where == PLACE_SLOT) {
		*out = f->slots[e->place.slot];
		return out->tag != TAG_UNINIT;
	}
	if (e->kind == EX_INT) {
		*out = iv_int(e->ival);
		return true;
	}
	return false;
}

static inline bool simple_operand(const Expr *e)
{
	return e->kind <= EX_STR || e->kind == EX_NAME;
}

typedef struct Operands { IValue l, r; bool own_l, own_r; } Operands;

static inline Status operands_eval(Frame *f, const Expr *l, const Expr *r, Operands *o)
{
	o->own_l = !peek(f, l, &o->l);
	if (o->own_l) {
		TRY(eval(f, l, &o->l));
	} else if (!simple_operand(r)) {
		ivalue_ref(o->l);
		o->own_l = true;
	}
	o->own_r = !peek(f, r, &o->r);
	if (o->own_r) {
		Status st = eval(f, r, &o->r);
		if (st != STATUS_OK) {
			if (o->own_l)
				ivalue_unref(&o->l);
			return st;
		}
	}
	return STATUS_OK;
}

static inline void operands_drop(Operands *o)
{
	if (o->own_l)
		ivalue_unref(&o->l);
	if (o->own_r)
		ivalue_unref(&o->r);
}

static Status eval_binary(Frame *f, const Expr *e, IValue *out)
{
	Operands o;
	TRY(operands_eval(f, e->a, e->b, &o));
	Status st = fast_binary(f->b, e->op, o.l, o.r, out);
	operands_drop(&o);
	return st;
}

// ---- comparison

static bool same(IValue l, IValue r)
{
	if (l.tag != r.tag)
		return false;
	switch (l.tag) {
	case TAG_NONE: case TAG_UNINIT:
		return true;
	case TAG_ENUM:
		return ivalue_key_equal(l, r);
	case TAG_TUPLE:
		return l.tuple == r.tuple || (l.tuple->n == 0 && r.tuple->n == 0 && !l.tuple->type && !r.tuple->type);
	default:
		return l.i == r.i;
	}
}

static inline bool compare_numbers(Operator op, IValue l, IValue r, bool *out)
{
	if (l.tag == TAG_INT && r.tag == TAG_INT) {
		switch (op) {
		case OP_LT: *out = l.i < r.i; return true;
		case OP_GT: *out = l.i > r.i; return true;
		case OP_LE: *out = l.i <= r.i; return true;
		case OP_GE: *out = l.i >= r.i; return true;
		case OP_EQ: *out = l.i == r.i; return true;
		case OP_NE: *out = l.i != r.i; return true;
		default: return false;
		}
	}
	if (l.tag == TAG_FLOAT && r.tag == TAG_FLOAT) {
		switch (op) {
		case OP_LT: *out = l.f < r.f; return true;
		case OP_GT: *out = l.f > r.f; return true;
		case OP_LE: *out = l.f <= r.f; return true;
		case OP_GE: *out = l.f >= r.f; return true;
		case OP_EQ: *out = l.f == r.f; return true;
		case OP_NE: *out = l.f != r.f; return true;
		default: return false;
		}
	}
	if (l.tag == TAG_STR && r.tag == TAG_STR && (op == OP_EQ || op == OP_NE)) {
		bool equal = ivalue_key_equal(l, r);
		*out = (op == OP_EQ) == equal;
		return true;
	}
	return false;
}

static Status compare(Build *b, Operator op, IValue l, IValue r, IValue *out)
{
	bool is;
	switch (op) {
	case OP_IS: case OP_ISNOT:
		*out = iv_bool(same(l, r) == (op == OP_IS));
		return STATUS_OK;
	case OP_IN: case OP_NOTIN:
		TRY(py_contains(b, r, l, &is));
		*out = iv_bool(is == (op == OP_IN));
		return STATUS_OK;
	default:
		if (compare_numbers(op, l, r, &is)) {
			*out = iv_bool(is);
			return STATUS_OK;
		}
		return py_compare(b, op, l, r, out);
	}
}

static Status eval_compare(Frame *f, const Expr *e, IValue *out)
{
	if (e->list.n == 2) {
		Operands o;
		TRY(operands_eval(f, e->list.items[0], e->list.items[1], &o));
		Status st = compare(f->b, e->ops[0], o.l, o.r, out);
		operands_drop(&o);
		return st;
	}
	IValue l, r;
	TRY(eval(f, e->list.items[0], &l));
	for (int i = 1; i < e->list.n; i++) {
		Status st = eval(f, e->list.items[i], &r);
		if (st == STATUS_OK)
			st = compare(f->b, e->ops[i - 1], l, r, out);
		else
			r = iv_none();
		ivalue_set(&l, r);
		bool go_on = false;
		if (st == STATUS_OK && i + 1 < e->list.n) {
			st = py_truth(f->b, *out, &go_on);
			if (go_on || st != STATUS_OK)
				ivalue_unref(out);
		}
		if (!go_on) {
			ivalue_unref(&l);
			return st;
		}
	}
	return STATUS_OK;
}

static inline Status truth(Build *b, IValue v, bool *out)
{
	switch (v.tag) {
	case TAG_NONE: *out = false; return STATUS_OK;
	case TAG_BOOL: case TAG_INT: *out = v.i != 0; return STATUS_OK;
	case TAG_FLOAT: *out = v.f != 0; return STATUS_OK;
	default: return py_truth(b, v, out);
	}
}

Status eval_truth(Frame *f, const Expr *e, bool *out)
{
	Operands o;
	if (e->kind == EX_COMPARE && e->list.n == 2 && e->ops[0] < OP_IS) {
		TRY(operands_eval(f, e->list.items[0], e->list.items[1], &o));
		if (compare_numbers(e->ops[0], o.l, o.r, out)) {
			operands_drop(&o);
			return STATUS_OK;
		}
		IValue v;
		Status st = compare(f->b, e->ops[0], o.l, o.r, &v);
		operands_drop(&o);
		if (st == STATUS_OK) {
			st = truth(f->b, v, out);
			ivalue_unref(&v);
		}
		if (st != STATUS_OK && !f->failing) {
			f->failing = true;
			f->at = e->at;
		}
		return st;
	}
	if (e->kind == EX_UNARY && e->op == OP_NOT) {
		TRY(eval_truth(f, e->a, out));
		*out = !*out;
		return STATUS_OK;
	}
	if (e->kind == EX_AND || e->kind == EX_OR) {
		for (int i = 0; i < e->list.n; i++) {
			TRY(eval_truth(f, e->list.items[i], out));
			if (*out == (e->kind == EX_OR))
				break;
		}
		return STATUS_OK;
	}
	IValue v;
	if (peek(f, e, &v))
		return truth(f->b, v, out);
	TRY(eval(f, e, &v));
	Status st = truth(f->b, v, out);
	ivalue_unref(&v);
	if (st != STATUS_OK && !f->failing) {
		f->failing = true;
		f->at = e->at;
	}
	return st;
}

static Status eval_logic(Frame *f, const Expr *e, IValue *out)
{
	for (int i = 0;; i++) {
		TRY(eval(f, e->list.items[i], out));
		if (i + 1 == e->list.n)
			return STATUS_OK;
		bool is;
		Status st = truth(f->b, *out, &is);
		if (st == STATUS_OK && is == (e->kind == EX_OR))
			return STATUS_OK;
		ivalue_unref(out);
		TRY(st);
	}
}

// ---- displays

static Status append_each(Build *b, IValue item, void *list)
{
	return list_append_take(list, ivalue_ref(item), b->x.err);
}

static Status items_eval(Frame *f, const ExprList *items, ListObj *into)
{
	for (int i = 0; i < items->n; i++) {
		const Expr *e = items->items[i];
		IValue v;
		if (e->kind == EX_STAR) {
			TRY(eval(f, e->a, &v));
			Status st = py_each(f->b, v, append_each, into);
			ivalue_unref(&v);
			TRY(st);
		} else if (e->kind == EX_SLICE) {
			return py_raise(f->b, "SyntaxError", "invalid syntax");
		} else {
			TRY(eval(f, e, &v));
			TRY(list_append_take(into, v, f->b->x.err));
		}
	}
	return STATUS_OK;
}

static Status eval_list(Frame *f, const Expr *e, IValue *out)
{
	*out = py_list(f->b, e->list.n);
	Status st = items_eval(f, &e->list, out->list);
	if (st != STATUS_OK)
		ivalue_unref(out);
	return st;
}

static bool has_star(const ExprList *l)
{
	for (int i = 0; i < l->n; i++)
		if (l->items[i]->kind == EX_STAR)
			return true;
	return false;
}

static Status eval_tuple(Frame *f, const ExprList *items, IValue *out)
{
	if (has_star(items)) {
		IValue list = py_list(f->b, items->n);
		Status st = items_eval(f, items, list.list);
		if (st == STATUS_OK)
			*out = py_tuple_of(f->b, list.list->items, (int)list.list->n);
		ivalue_unref(&list);
		return st;
	}
	TupleObj *t = tuple_new(items->n, NULL);
	*out = iv_take_tuple(t);
	for (int i = 0; i < items->n; i++) {
		const Expr *e = items->items[i];
		IValue v;
		Status st = e->kind == EX_SLICE ? eval_slice(f, e, &v) : eval(f, e, &v);
		if (st != STATUS_OK) {
			ivalue_unref(out);
			return st;
		}
		t->items[i] = v;
	}
	return STATUS_OK;
}

static Status set_each(Build *b, IValue item, void *set)
{
	return set_add(b, py_value(set), item);
}

static Status eval_set(Frame *f, const Expr *e, IValue *out)
{
	*out = py_set(f->b);
	Status st = STATUS_OK;
	for (int i = 0; i < e->list.n && st == STATUS_OK; i++) {
		const Expr *item = e->list.items[i];
		IValue v;
		st = eval(f, item->kind == EX_STAR ? item->a : item, &v);
		if (st != STATUS_OK)
			break;
		st = item->kind == EX_STAR ? py_each(f->b, v, set_each, out->host) : set_add(f->b, *out, v);
		ivalue_unref(&v);
	}
	if (st != STATUS_OK)
		ivalue_unref(out);
	return st;
}

static Status eval_dict(Frame *f, const Expr *e, IValue *out)
{
	Build *b = f->b;
	*out = py_dict(b);
	Status st = STATUS_OK;
	for (int i = 0; i < e->list2.n && st == STATUS_OK; i++) {
		const Expr *key = e->list.items[i];
		IValue k = iv_none(), v;
		if (key && (st = eval(f, key, &k)) != STATUS_OK)
			break;
		st = eval(f, e->list2.items[i], &v);
		if (st == STATUS_OK) {
			st = key ? py_dict_set(b, out->dict, k, v) : dict_update(b, out->dict, v);
			ivalue_unref(&v);
		}
		ivalue_unref(&k);
	}
	if (st != STATUS_OK)
		ivalue_unref(out);
	return st;
}

// ---- f-strings

static Status field_text(Frame *f, const Expr *e, Text *out);

static Status fstring_text(Frame *f, const Expr *e, Text *out)
{
	if (e->kind == EX_STR) {
		text_addn(out, e->str, e->len);
		return STATUS_OK;
	}
	for (int i = 0; i < e->list.n; i++) {
		const Expr *part = e->list.items[i];
		if (part->kind == EX_STR)
			text_addn(out, part->str, part->len);
		else
			TRY(field_text(f, part, out));
	}
	return STATUS_OK;
}

static Status converted(Frame *f, const Expr *e, IValue v, Text *out)
{
	Build *b = f->b;
	char how = e->name ? e->name[0] : e->flag && !e->b ? 'r' : 0;
	Text spec = {0};
	Status st = e->b ? fstring_text(f, e->b, &spec) : STATUS_OK;
	if (st == STATUS_OK && how) {
		Text text = {0};
		st = how == 's' ? py_str(b, v, &text) : py_repr(b, v, &text);
		if (st == STATUS_OK && how == 'a') {
			Text plain = {0};
			for (size_t i = 0; i < text.size;) {
				int len;
				uint32_t c = utf8_get(text.data + i, (int64_t)(text.size - i), &len);
				if (c < 128)
					text_addc(&plain, (char)c);
				else
					text_addf(&plain, c < 256 ? "\\x%02x" : c < 65536 ? "\\u%04x" : "\\U%08x", c);
				i += (size_t)(len > 0 ? len : 1);
			}
			text_free(&text);
			text = plain;
		}
		if (st == STATUS_OK && spec.size) {
			IValue s = iv_str(text_str(&text), text.size);
			st = py_format(b, s, text_str(&spec), spec.size, out);
			ivalue_unref(&s);
		} else if (st == STATUS_OK) {
			text_addn(out, text_str(&text), text.size);
		}
		text_free(&text);
	} else if (st == STATUS_OK && v.tag == TAG_STR && !spec.size) {
		text_addn(out, v.str->s, (size_t)v.str->n);
	} else if (st == STATUS_OK) {
		st = py_format(b, v, text_str(&spec), spec.size, out);
	}
	text_free(&spec);
	return st;
}

static Status field_text(Frame *f, const Expr *e, Text *out)
{
	IValue v;
	if (e->flag)
		text_addn(out, e->str, e->len);
	TRY(eval(f, e->a, &v));
	Status st = converted(f, e, v, out);
	ivalue_unref(&v);
	if (st != STATUS_OK && !f->failing) {
		f->failing = true;
		f->at = e->at;
	}
	return st;
}

static Status eval_fstring(Frame *f, const Expr *e, IValue *out)
{
	Text t = {0};
	Status st = fstring_text(f, e, &t);
	if (st == STATUS_OK)
		*out = iv_str(text_str(&t), t.size);
	text_free(&t);
	return st;
}

// ---- subscripts

Status eval_slice(Frame *f, const Expr *e, IValue *out)
{
	IValue part[3] = {iv_none(), iv_none(), iv_none()};
	const Expr *const from[3] = {e->a, e->b, e->c};
	Status st = STATUS_OK;
	for (int i = 0; i < 3 && st == STATUS_OK; i++)
		if (from[i])
			st = eval(f, from[i], &part[i]);
	if (st == STATUS_OK)
		*out = py_slice(f->b, part[0], part[1], part[2]);
	for (int i = 0; i < 3; i++)
		ivalue_unref(&part[i]);
	return st;
}

Status eval_key(Frame *f, const Expr *index, IValue *out)
{
	const Expr *only = index->list.items[0];
	if (index->flag || only->kind == EX_STAR)
		return eval_tuple(f, &index->list, out);
	return only->kind == EX_SLICE ? eval_slice(f, only, out) : eval(f, only, out);
}

static Status eval_index(Frame *f, const Expr *e, IValue *out)
{
	IValue v, key;
	TRY(eval(f, e->a, &v));
	Status st = eval_key(f, e, &key);
	if (st == STATUS_OK) {
		if (key.tag == TAG_INT && (v.tag == TAG_LIST || v.tag == TAG_TUPLE)) {
			int64_t n = v.tag == TAG_LIST ? v.list->n : v.tuple->n, i = key.i < 0 ? key.i + n : key.i;
			if (i >= 0 && i < n) {
				*out = ivalue_ref(v.tag == TAG_LIST ? v.list->items[i] : v.tuple->items[i]);
				ivalue_unref(&v);
				return STATUS_OK;
			}
		}
		if (py_is(v, PY_MODULE) && PY_AS(PyModule, v)->is_absent)
			st = absent_used(f->b, PY_AS(PyModule, v));
		else
			st = py_getitem(f->b, v, key, out);
		ivalue_unref(&key);
	}
	ivalue_unref(&v);
	return st;
}

// ---- attributes

static Status eval_attr(Frame *f, const Expr *e, IValue *out)
{
	IValue v;
	bool own = !peek(f, e->a, &v);
	if (own)
		TRY(eval(f, e->a, &v));
	Status st;
	if (py_is(v, PY_INSTANCE)) {
		PyInstance *i = PY_AS(PyInstance, v);
		if (i->attrs && !i->cls->slow_getattr) { // the usual case: an attribute of the instance that no class property hides
			IValue *slot = globals_find(i->attrs, e->place.sym, (int32_t *)&e->place.slot);
			if (slot) {
				IValue *in_class = class_find(f->b, i->cls, e->place.sym);
				if (!in_class || !py_is(*in_class, PY_PROPERTY)) {
					*out = ivalue_ref(*slot);
					if (own)
						ivalue_unref(&v);
					return STATUS_OK;
				}
			}
		}
	} else if (py_is(v, PY_MODULE) && PY_AS(PyModule, v)->ns) {
		IValue *slot = globals_find(PY_AS(PyModule, v)->ns, e->place.sym, (int32_t *)&e->place.slot);
		if (slot) {
			*out = ivalue_ref(*slot);
			if (own)
				ivalue_unref(&v);
			return STATUS_OK;
		}
	}
	if (!own) // what runs now may change the local
		ivalue_ref(v);
	st = py_getattr(f->b, v, e->place.sym, out);
	ivalue_unref(&v);
	return st;
}

// ---- all of them

static Status eval_kind(Frame *f, const Expr *e, IValue *out)
{
	switch (e->kind) {
	case EX_NAME:
		return name_load(f, e, out);
	case EX_INT:
		*out = iv_int(e->ival);
		return STATUS_OK;
	case EX_BINARY:
		return eval_binary(f, e, out);
	case EX_ATTR:
		return eval_attr(f, e, out);
	case EX_CALL:
		return eval_call(f, e, out);
	case EX_NONE:
		*out = iv_none();
		return STATUS_OK;
	case EX_TRUE: case EX_FALSE:
		*out = iv_bool(e->kind == EX_TRUE);
		return STATUS_OK;
	case EX_ELLIPSIS:
		*out = ivalue_ref(py_ellipsis(f->b));
		return STATUS_OK;
	case EX_FLOAT:
		*out = iv_float(e->fval);
		return STATUS_OK;
	case EX_IMAG:
		*out = iv_complex(0, e->fval);
		return STATUS_OK;
	case EX_STR:
		*out = ivalue_ref(str_value(e->place.sym));
		return STATUS_OK;
	case EX_BYTES:
		*out = bytes_new(f->b, e->str, (int64_t)e->len);
		return STATUS_OK;
	case EX_FSTRING:
		return eval_fstring(f, e, out);
	case EX_INDEX:
		return eval_index(f, e, out);
	case EX_TUPLE:
		return eval_tuple(f, &e->list, out);
	case EX_LIST:
		return eval_list(f, e, out);
	case EX_SET:
		return eval_set(f, e, out);
	case EX_DICT:
		return eval_dict(f, e, out);
	case EX_LISTCOMP: case EX_SETCOMP: case EX_DICTCOMP:
		return comprehension_eval(f, e, out);
	case EX_GENERATOR:
		return generator_expr_make(f, e, out);
	case EX_UNARY: {
		if (e->op == OP_NOT) {
			bool is;
			TRY(eval_truth(f, e->a, &is));
			*out = iv_bool(!is);
			return STATUS_OK;
		}
		IValue v;
		TRY(eval(f, e->a, &v));
		if (e->op == OP_NEG && v.tag == TAG_INT && v.i != INT64_MIN) {
			*out = iv_int(-v.i);
			return STATUS_OK;
		}
		if (e->op == OP_NEG && v.tag == TAG_FLOAT) {
			*out = iv_float(-v.f);
			return STATUS_OK;
		}
		Status st = py_unary(f->b, e->op, v, out);
		ivalue_unref(&v);
		return st;
	}
	case EX_COMPARE:
		return eval_compare(f, e, out);
	case EX_AND: case EX_OR:
		return eval_logic(f, e, out);
	case EX_TERNARY: {
		bool is;
		TRY(eval_truth(f, e->c, &is));
		return eval(f, is ? e->a : e->b, out);
	}
	case EX_LAMBDA:
		return function_make(f, e->scope, NULL, e, out);
	case EX_WALRUS:
		TRY(eval(f, e->a, out));
		return place_store_take(f, (NamePlace *)&e->place, ivalue_ref(*out));
	case EX_YIELD:
		return eval_yield(f, e, out);
	case EX_STAR:
		return py_raise(f->b, "SyntaxError", "can't use starred expression here");
	case EX_AWAIT:
		return py_raise(f->b, "NotImplementedError", "await is not supported");
	default:
		return py_raise(f->b, "SyntaxError", "invalid syntax");
	}
}

Status eval(Frame *f, const Expr *e, IValue *out)
{
	Status st = (char *)__builtin_frame_address(0) < f->b->stack_limit ? build_stack_check(f->b) : eval_kind(f, e, out);
	if (__builtin_expect(st != STATUS_OK, 0) && !f->failing) {
		f->failing = true;
		f->at = e->at;
	}
	return st;
}
