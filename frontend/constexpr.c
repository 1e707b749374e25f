// SPDX-License-Identifier: BSD-3-Clause
// Constant expressions: parameter defaults, Final attributes, enum members.
#include "frontend/lower.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Eval {
	Frontend *fe;
	CodeFile *file;
	Error *err;
	TypePool *pool;
} Eval;

static Status eval(Eval *x, const Expr *e, const Type *want, IValue *out, const Type **type);

static Status refuse(Eval *x, const Expr *e)
{
	return fail_at(x->err, STATUS_COMPILE, e->at, "expected a constant expression");
}

static Status eval_sequence(Eval *x, const Expr *e, const Type *want, bool tuple, IValue *out, const Type **type)
{
	int n = e->list.n;
	const Type *elem = want && want->kind == TYPE_LIST ? want->elem[0] : NULL;
	const Type **types = xcalloc((size_t)n + 1, sizeof *types);
	TupleObj *items = tuple_new(n, NULL);
	IValue held = iv_take_tuple(items);
	Status st = STATUS_OK;
	const Type *joined = elem;
	for (int i = 0; i < n && st == STATUS_OK; i++) {
		const Type *w = elem ? elem : want && want->kind == TYPE_TUPLE && i < want->n ? want->elem[i] : NULL;
		st = eval(x, e->list.items[i], w, &items->items[i], &types[i]);
		if (st == STATUS_OK && !elem)
			joined = joined ? type_unify(x->pool, joined, types[i], true) : types[i];
	}
	if (st == STATUS_OK && tuple) {
		*type = type_tuple(x->pool, types, n);
		*out = held;
		free(types);
		return STATUS_OK;
	}
	if (st == STATUS_OK) {
		*type = type_list(x->pool, joined ? joined : &type_tensor);
		ListObj *list = list_new((*type)->elem[0], n);
		*out = iv_take_list(list);
		for (int i = 0; i < n && st == STATUS_OK; i++)
			st = list_append_take(list, ivalue_ref(items->items[i]), x->err);
		if (st != STATUS_OK)
			ivalue_unref(out);
	}
	free(types);
	ivalue_unref(&held);
	return st;
}

static Status eval_dict(Eval *x, const Expr *e, const Type *want, IValue *out, const Type **type)
{
	bool typed = want && want->kind == TYPE_DICT;
	const Type *kt = typed ? want->elem[0] : &type_str, *vt = typed ? want->elem[1] : NULL;
	DictObj *d = dict_new(kt, vt ? vt : &type_tensor);
	*out = iv_take_dict(d);
	Status st = STATUS_OK;
	for (int i = 0; i < e->list.n && st == STATUS_OK; i++) {
		IValue k = iv_none(), v = iv_none();
		const Type *t;
		if (!e->list.items[i])
			st = refuse(x, e);
		if (st == STATUS_OK)
			st = eval(x, e->list.items[i], typed ? kt : NULL, &k, &t);
		if (st == STATUS_OK && !typed && i == 0)
			kt = t;
		if (st == STATUS_OK && !ivalue_is_hashable(k))
			st = refuse(x, e->list.items[i]);
		if (st == STATUS_OK)
			st = eval(x, e->list2.items[i], typed ? vt : NULL, &v, &t);
		if (st != STATUS_OK) {
			ivalue_unref(&k);
			break;
		}
		if (!typed)
			vt = vt ? type_unify(x->pool, vt, t, true) : t;
		st = dict_set_take(d, k, v, x->err);
	}
	if (st != STATUS_OK) {
		ivalue_unref(out);
		return st;
	}
	*type = type_dict(x->pool, kt, vt ? vt : &type_tensor);
	d->key = (*type)->elem[0];
	d->value = (*type)->elem[1];
	return STATUS_OK;
}

// E.MEMBER of an enum class, as the default of a parameter: *found false if e is something else.
static Status eval_enum_member(Eval *x, const Expr *e, IValue *out, const Type **type, bool *found)
{
	*found = false;
	const Type *want = *type;
	if (e->kind != EX_ATTR || !want)
		return STATUS_OK;
	want = want->kind == TYPE_OPTIONAL ? want->elem[0] : want;
	const Type *t;
	if (want->kind != TYPE_ENUM)
		return STATUS_OK;
	TRY(type_from_expr(x->fe, x->file, e->a, &t, x->err));
	for (int i = 0; t->kind == TYPE_ENUM && i < t->enm->nmembers; i++)
		if (!strcmp(t->enm->members[i].name, e->name)) {
			*out = iv_enum(t, i);
			*type = t;
			*found = true;
		}
	return STATUS_OK;
}

static Status eval_name(Eval *x, const Expr *e, const Type *want, IValue *out, const Type **type)
{
	bool found;
	*type = want;
	TRY(eval_enum_member(x, e, out, type, &found));
	if (found)
		return STATUS_OK;
	static const struct { const char *name; double value; bool imag; } table[] = {
		{"inf", INFINITY, false}, {"nan", NAN, false}, {"infj", INFINITY, true}, {"nanj", NAN, true},
	};
	for (size_t i = 0; e->kind == EX_NAME && i < sizeof table / sizeof *table; i++)
		if (!strcmp(table[i].name, e->name)) {
			*out = table[i].imag ? iv_complex(0, table[i].value) : iv_float(table[i].value);
			*type = table[i].imag ? &type_complex : &type_float;
			return STATUS_OK;
		}
	if (e->kind == EX_ATTR && e->a->kind == EX_NAME && !strcmp(e->a->name, "CONSTANTS") && e->name[0] == 'c') {
		char *end;
		long i = strtol(e->name + 1, &end, 10);
		Unit *u = x->fe->unit;
		if (*end || end == e->name + 1 || i < 0 || i >= u->nconstants)
			return fail_at(x->err, STATUS_COMPILE, e->at, "invalid constant specifier: %s", e->name);
		*out = ivalue_ref(u->constants[i]);
		*type = ivalue_type(x->pool, *out);
		return STATUS_OK;
	}
	Arena scratch = {0};
	const char *path = dotted_name(&scratch, e);
	Status st = path ? STATUS_OK : refuse(x, e);
	if (path) {
		size_t n = strcspn(path, ".");
		const char *real = x->file ? map_getn(&x->file->imports, path, n) : NULL;
		if (real)
			path = arena_printf(&scratch, "%s%s", real, path + n);
		if (python_constant(path, out, type) != STATUS_OK)
			st = refuse(x, e);
	}
	arena_free(&scratch);
	return st;
}

static Status eval_call(Eval *x, const Expr *e, IValue *out, const Type **type)
{
	Arena scratch = {0};
	const char *path = dotted_name(&scratch, e->a);
	Status st = STATUS_OK;
	if (path && !strcmp(path, "annotate") && e->list.n == 2 && !e->nkw) {
		const Type *t;
		st = type_from_expr(x->fe, x->file, e->list.items[0], &t, x->err);
		if (st == STATUS_OK)
			st = eval(x, e->list.items[1], t, out, type);
		*type = t;
	} else if (path && (!strcmp(path, "torch.device") || !strcmp(path, "device")) && e->list.n >= 1 &&
		e->list.items[0]->kind == EX_STR && !e->nkw) {
		Device d;
		char text[40];
		if (e->list.n == 2 && e->list.items[1]->kind == EX_INT)
			snprintf(text, sizeof text, "%.16s:%lld", e->list.items[0]->str,
				(long long)e->list.items[1]->ival);
		else
			snprintf(text, sizeof text, "%.30s", e->list.items[0]->str);
		st = device_parse(text, strlen(text), &d, x->err);
		*out = iv_device(d);
		*type = &type_device;
	} else {
		st = refuse(x, e);
	}
	arena_free(&scratch);
	return st;
}

static Status eval_complex(Eval *x, const Expr *e, IValue *out, const Type **type)
{
	IValue a, b;
	const Type *ta, *tb;
	TRY(eval(x, e->a, NULL, &a, &ta));
	Status st = eval(x, e->b, NULL, &b, &tb);
	if (st == STATUS_OK && (!iv_is_number(a) || b.tag != TAG_COMPLEX)) {
		ivalue_unref(&b);
		st = refuse(x, e);
	}
	if (st == STATUS_OK) {
		double sign = e->op == OP_SUB ? -1 : 1;
		*out = iv_complex(iv_as_f64(a) + sign * b.complex_->re, (a.tag == TAG_COMPLEX ? a.complex_->im : 0) +
			sign * b.complex_->im);
		*type = &type_complex;
		ivalue_unref(&b);
	}
	ivalue_unref(&a);
	return st;
}

static Status eval_expr(Eval *x, const Expr *e, const Type *want, IValue *out, const Type **type)
{
	switch (e->kind) {
	case EX_NONE:
		*out = iv_none();
		*type = &type_none;
		return STATUS_OK;
	case EX_TRUE:
	case EX_FALSE:
		*out = iv_bool(e->kind == EX_TRUE);
		*type = &type_bool;
		return STATUS_OK;
	case EX_INT:
		*out = iv_int(e->ival);
		*type = &type_int;
		return STATUS_OK;
	case EX_FLOAT:
		*out = iv_float(e->fval);
		*type = &type_float;
		return STATUS_OK;
	case EX_IMAG:
		*out = iv_complex(0, e->fval);
		*type = &type_complex;
		return STATUS_OK;
	case EX_STR:
		*out = iv_str(e->str, e->len);
		*type = &type_str;
		return STATUS_OK;
	case EX_LIST:
		return eval_sequence(x, e, want, false, out, type);
	case EX_TUPLE:
		return eval_sequence(x, e, want, want && want->kind == TYPE_LIST ? false : true, out, type);
	case EX_DICT:
		return eval_dict(x, e, want, out, type);
	case EX_NAME:
	case EX_ATTR:
		return eval_name(x, e, want, out, type);
	case EX_CALL:
		return eval_call(x, e, out, type);
	case EX_BINARY:
		if (e->op == OP_ADD || e->op == OP_SUB)
			return eval_complex(x, e, out, type);
		return refuse(x, e);
	case EX_UNARY:
		if (e->op != OP_NEG)
			return refuse(x, e);
		TRY(eval(x, e->a, NULL, out, type));
		if (out->tag == TAG_INT) {
			*out = iv_int((int64_t)(0 - (uint64_t)out->i));
		} else if (out->tag == TAG_FLOAT) {
			*out = iv_float(-out->f);
		} else if (out->tag == TAG_COMPLEX) {
			IValue v = iv_complex(-out->complex_->re, -out->complex_->im);
			ivalue_set(out, v);
		} else {
			ivalue_unref(out);
			return refuse(x, e);
		}
		return STATUS_OK;
	default:
		return refuse(x, e);
	}
}

static Status eval(Eval *x, const Expr *e, const Type *want, IValue *out, const Type **type)
{
	if (want && want->kind == TYPE_OPTIONAL)
		want = want->elem[0];
	*out = iv_none();
	TRY(lower_enter(x->fe, x->err, e->at));
	Status st = eval_expr(x, e, want, out, type);
	lower_leave(x->fe);
	return st;
}

Status constant_eval(Frontend *fe, CodeFile *file, const Expr *e, const Type *want, IValue *out, const Type **type,
	Error *err)
{
	Eval x = {fe, file, err, fe->unit->pool};
	TRY(eval(&x, e, want, out, type));
	if (!want || type_subtype(*type, want, NULL))
		return STATUS_OK;
	// What a Python default may mean: an int for a float or bool parameter, a tuple for a list.
	const Type *w = want->kind == TYPE_OPTIONAL ? want->elem[0] : want;
	if (w->kind == TYPE_FLOAT && out->tag == TAG_INT) {
		*out = iv_float((double)out->i);
		*type = &type_float;
		return STATUS_OK;
	}
	if (w->kind == TYPE_UNION || w->kind == TYPE_CLASS || w->kind == TYPE_ENUM || w->kind == TYPE_LIST ||
		w->kind == TYPE_DICT) {
		if (ivalue_has_type(*out, w, NULL))
			return STATUS_OK;
	}
	char *ws = type_str_repr(want), *fs = type_str_repr(*type);
	Status st = fail_at(err, STATUS_COMPILE, e->at, "Expected a default value of type %s but found one of type "
		"%s", ws, fs);
	free(ws);
	free(fs);
	ivalue_unref(out);
	return st;
}
