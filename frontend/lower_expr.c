// SPDX-License-Identifier: BSD-3-Clause
// Expressions: literals, operators, and the small emitters that everything else uses.
#include "frontend/lower.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

Status lower_failed(const Lower *l)
{
	return l->err->code ? l->err->code : STATUS_COMPILE;
}

Node *emit_node(Lower *l, NodeKind k, Value *const *in, int n, const Type *out, Range at)
{
	Node *node = node_new(l->g, k, at);
	for (int i = 0; i < n; i++)
		node_add_input(node, in[i]);
	if (out)
		node_add_output(node, out, NULL);
	block_append(l->block, node);
	return node;
}

Value *emit_constant(Lower *l, IValue v, const Type *t, Range at)
{
	Node *n;
	Value *r = graph_constant(l->g, v, t, at, &n);
	block_append(l->block, n);
	return r;
}

Value *emit_int(Lower *l, int64_t i, Range at)
{
	return emit_constant(l, iv_int(i), &type_int, at);
}

Value *emit_bool(Lower *l, bool b, Range at)
{
	return emit_constant(l, iv_bool(b), &type_bool, at);
}

Value *emit_none(Lower *l, Range at)
{
	return emit_constant(l, iv_none(), &type_none, at);
}

Value *emit_str(Lower *l, const char *s, Range at)
{
	return emit_constant(l, iv_cstr(s), &type_str, at);
}

Value *emit_cast(Lower *l, Value *v, const Type *t, Range at)
{
	if (t->kind == TYPE_NONE || (v->def && v->def->kind == NODE_CONSTANT && v->def->attr.value.tag == TAG_NONE))
		return emit_constant(l, iv_none(), t, at);
	return emit_node(l, NODE_UNCHECKED_CAST, &v, 1, t, at)->outputs[0];
}

// Types are shared, so a tuple of tuples of … may be exponentially larger than the program that makes it.
static int type_size(const Type *t, int cap)
{
	int n = 1;
	if (!t->name)
		for (int i = 0; i < t->n && n < cap; i++)
			n += type_size(t->elem[i], cap - n);
	return n;
}

Value *emit_tuple(Lower *l, Value *const *items, int n, Range at)
{
	const Type *inline_t[16], **t = n > 16 ? arena_array(&l->arena, const Type *, n) : inline_t;
	for (int i = 0; i < n; i++)
		t[i] = items[i]->type;
	const Type *type = type_tuple(l->pool, t, n);
	if (type_size(type, LOWER_MAX_TYPE) >= LOWER_MAX_TYPE) {
		fail_at(l->err, STATUS_LIMIT, at, "the type of this tuple has more than %d parts", LOWER_MAX_TYPE);
		return NULL;
	}
	return emit_node(l, NODE_TUPLE_CONSTRUCT, items, n, type, at)->outputs[0];
}

Value *emit_uninitialized(Lower *l, Block *b, const Type *t, Range at)
{
	Node *n = node_new(l->g, NODE_UNINITIALIZED, at);
	node_add_output(n, t, NULL);
	block_append(b, n);
	return n->outputs[0];
}

bool value_is_none_literal(const Value *v)
{
	return v->type->kind == TYPE_NONE;
}

bool value_constant_int(const Value *v, int64_t *out)
{
	if (!v->def || v->def->kind != NODE_CONSTANT || v->def->attr.value.tag != TAG_INT)
		return false;
	*out = v->def->attr.value.i;
	return true;
}

// Operations on a number and a tensor, which the registry has only the other way round.
static Status number_with_tensor(Lower *l, const char *name, Value *s, Value *t, bool *done, Sugar *out, Range at)
{
	static const struct { const char *name, *swapped; } table[] = {
		{"aten::add", "aten::add"}, {"aten::mul", "aten::mul"}, {"aten::sub", "aten::neg"},
		{"aten::div", "aten::reciprocal"},
		{"aten::lt", "aten::gt"}, {"aten::gt", "aten::lt"}, {"aten::le", "aten::ge"}, {"aten::ge", "aten::le"},
		{"aten::eq", "aten::eq"}, {"aten::ne", "aten::ne"},
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		if (strcmp(table[i].name, name))
			continue;
		*done = true;
		Value *in[2] = {t, s};
		if (i == 2 || i == 3) {
			in[0] = emit_op(l, table[i].swapped, &t, 1, at);
			Value *v = in[0] ? emit_op(l, i == 2 ? "aten::add" : "aten::mul", in, 2, at) : NULL;
			*out = sugar_of(v);
			return v ? STATUS_OK : lower_failed(l);
		}
		*out = sugar_of(emit_op(l, table[i].swapped, in, 2, at));
		return out->value ? STATUS_OK : lower_failed(l);
	}
	return STATUS_OK;
}

static bool is_number(const Type *t)
{
	return t->kind == TYPE_INT || t->kind == TYPE_FLOAT || t->kind == TYPE_COMPLEX;
}

Status emit_op_full(Lower *l, const char *name, Value *self, const NamedValue *args, int nargs, const NamedValue *kw,
	int nkw,
	Range at, Sugar *out)
{
	NamedValue inline_args[12];
	if (!self && nargs == 2 && !nkw) {
		const Type *a = args[0].value->type, *b = args[1].value->type;
		bool done = false;
		if (is_number(a) && b->kind == TYPE_TENSOR)
			TRY(number_with_tensor(l, name, args[0].value, args[1].value, &done, out, at));
		if (done)
			return STATUS_OK;
		if (a->kind == TYPE_TENSOR && !strcmp(name, "aten::floordiv"))
			name = "aten::floor_divide";
	}
	if (!strcmp(name, "aten::tensor") && nargs == 1) { // torch.tensor([]) is of floats
		Value *v = match_convert(l->block, args[0].value, type_list(l->pool, &type_float), at, false, NULL);
		if (v && v != args[0].value && v->def->ninputs == 0) {
			inline_args[0] = (NamedValue){NULL, v, at};
			args = inline_args;
		}
	}
	if (l->unit->version < 10 && nargs < 11) {
		int n = upgrade_args(l, name, args, nargs, kw, nkw, inline_args, at);
		if (n >= 0) {
			args = inline_args;
			nargs = n;
		}
	}
	Match m;
	TRY(match_op(l->block, op_canonical_name(name), at, self, args, nargs, kw, nkw, &m, l->err));
	if (l->unit->version < 10) {
		Value *v = upgrade_match(l, &m, at);
		if (v) {
			*out = sugar_of(v);
			return STATUS_OK;
		}
	}
	Node *n = match_emit_op(l->block, &m, at);
	if (n->noutputs == 1)
		*out = sugar_of(n->outputs[0]);
	else if (n->noutputs == 0)
		*out = sugar_of(emit_none(l, at));
	else
		*out = sugar_of(emit_tuple(l, n->outputs, n->noutputs, at));
	return out->value ? STATUS_OK : lower_failed(l);
}

Value *emit_op(Lower *l, const char *name, Value *const *args, int n, Range at)
{
	NamedValue in[8];
	for (int i = 0; i < n; i++)
		in[i] = (NamedValue){NULL, args[i], at};
	Sugar out;
	return emit_op_full(l, name, NULL, in, n, NULL, 0, at, &out) == STATUS_OK ? sugar_value(l, out, at) : NULL;
}

Value *sugar_value(Lower *l, Sugar s, Range at)
{
	switch (s.kind) {
	case SUGAR_VALUE:
		return s.value;
	case SUGAR_TUPLE: {
		Value **v = arena_array(&l->arena, Value *, s.n + 1);
		for (int i = 0; i < s.n; i++)
			if (!(v[i] = sugar_value(l, s.items[i], at)))
				return NULL;
		return emit_tuple(l, v, s.n, at);
	}
	case SUGAR_UNDEFINED:
		fail_at(l->err, STATUS_COMPILE, at, "%s", s.name);
		return NULL;
	case SUGAR_FUNCTION:
	case SUGAR_METHOD:
		fail_at(l->err, STATUS_COMPILE, at, "function '%s' cannot be used as a value. Perhaps it is a call "
			"that lacks its "
			"parentheses", s.fn->short_name);
		return NULL;
	case SUGAR_OP:
		fail_at(l->err, STATUS_COMPILE, at, "builtin '%s' cannot be used as a value", s.name);
		return NULL;
	case SUGAR_TYPE:
		fail_at(l->err, STATUS_COMPILE, at, "class cannot be used as a value");
		return NULL;
	case SUGAR_NAMESPACE:
		fail_at(l->err, STATUS_COMPILE, at, "module '%s' cannot be used as a value", s.name);
		return NULL;
	case SUGAR_ITER:
		fail_at(l->err, STATUS_COMPILE, at, "%s cannot be used as a value", s.form == FORM_RANGE ? "range" :
			s.form == FORM_ZIP ? "zip" : "enumerate");
		return NULL;
	case SUGAR_OBJECT:
	case SUGAR_SUPER:
	case SUGAR_UNBOUND:
	case SUGAR_CHOICE:
	case SUGAR_DISPATCH:
	case SUGAR_MEMBERS:
		script_not_value(l, s, at);
		return NULL;
	default:
		fail_at(l->err, STATUS_COMPILE, at, "this cannot be used as a value");
		return NULL;
	}
}

Value *lower_value(Lower *l, const Expr *e, const Type *hint)
{
	Sugar s;
	return lower_expr(l, e, hint, &s) == STATUS_OK ? sugar_value(l, s, e->at) : NULL;
}

static const struct OpInfo { const char *name, *method; } operators[] = {
	[OP_ADD] = {"aten::add", "__add__"}, [OP_SUB] = {"aten::sub", "__sub__"}, [OP_MUL] = {"aten::mul", "__mul__"},
	[OP_DIV] = {"aten::div", "__truediv__"}, [OP_FLOORDIV] = {"aten::floordiv", "__floordiv__"},
	[OP_MOD] = {"aten::remainder", "__mod__"}, [OP_POW] = {"aten::pow", "__pow__"},
	[OP_MATMUL] = {"aten::matmul", "__matmul__"}, [OP_LSHIFT] = {"aten::__lshift__", "__lshift__"},
	[OP_RSHIFT] = {"aten::__rshift__", "__rshift__"}, [OP_BITAND] = {"aten::__and__", "__and__"},
	[OP_BITOR] = {"aten::__or__", "__or__"}, [OP_BITXOR] = {"aten::__xor__", "__xor__"},
	[OP_LT] = {"aten::lt", "__lt__"},
	[OP_GT] = {"aten::gt", "__gt__"}, [OP_LE] = {"aten::le", "__le__"}, [OP_GE] = {"aten::ge", "__ge__"},
	[OP_EQ] = {"aten::eq", "__eq__"}, [OP_NE] = {"aten::ne", "__ne__"},
	[OP_IN] = {"aten::__contains__", "__contains__"},
	[OP_NEG] = {"aten::neg", "__neg__"}, [OP_INVERT] = {"aten::bitwise_not", "__invert__"},
	[OP_IS] = {"aten::__is__", NULL}, [OP_ISNOT] = {"aten::__isnot__", NULL},
};

static Value *concat_tuples(Lower *l, Value *a, Value *b, Range at)
{
	Sugar *x, *y;
	int n, m;
	bool s;
	if (sugar_static_items(l, sugar_of(a), &s, &x, &n, at) != STATUS_OK ||
		sugar_static_items(l, sugar_of(b), &s, &y, &m, at) != STATUS_OK)
		return NULL;
	Value **v = arena_array(&l->arena, Value *, n + m + 1);
	for (int i = 0; i < n + m; i++)
		v[i] = i < n ? x[i].value : y[i - n].value;
	return emit_tuple(l, v, n + m, at);
}

Value *lower_binary(Lower *l, Operator op, Value *a, Value *b, Range at)
{
	const struct OpInfo *info = &operators[op];
	if (op == OP_IN || op == OP_NOTIN) {
		Value *in[2] = {b, a}, *r;
		bool found = false;
		if (l->fe->script && b->type->kind == TYPE_CLASS &&
			script_contains(l, b, a, at, &found, &r) != STATUS_OK)
			return NULL;
		if (found) {
		} else if (b->type->kind == TYPE_CLASS) {
			if (call_method(l, b, "__contains__", &a, 1, at, &r) != STATUS_OK)
				return NULL;
		} else if (b->type->kind == TYPE_STR && a->type->kind == TYPE_STR) { // found anywhere?
			Value *find[4] = {b, a, emit_int(l, 0, at), emit_op(l, "aten::len", &b, 1, at)};
			Value *ne[2] = {find[3] ? emit_op(l, "aten::find", find, 4, at) : NULL, emit_int(l, -1, at)};
			r = ne[0] ? emit_op(l, "aten::ne", ne, 2, at) : NULL;
		} else if (b->type->kind == TYPE_TUPLE) {
			in[0] = b->type->n ? match_convert(l->block, b, type_list(l->pool, b->type->elem[0]), at,
				false, NULL) : NULL;
			r = in[0] ? emit_op(l, "aten::__contains__", in, 2, at) : NULL;
			if (!in[0])
				fail_at(l->err, STATUS_COMPILE, at, "'in' needs a tuple whose elements have one type");
		} else {
			r = emit_op(l, "aten::__contains__", in, 2, at);
		}
		return r && op == OP_NOTIN ? emit_op(l, "aten::__not__", &r, 1, at) : r;
	}
	if (a->type->kind == TYPE_CLASS && info->method) {
		Value *r;
		return call_method(l, a, info->method, &b, 1, at, &r) == STATUS_OK ? r : NULL;
	}
	if (op == OP_ADD && a->type->kind == TYPE_TUPLE && b->type->kind == TYPE_TUPLE)
		return concat_tuples(l, a, b, at);
	if (op == OP_MOD && a->type->kind == TYPE_STR) {
		Value *in[8] = {a, b};
		int n = 2;
		if (b->def && b->def->kind == NODE_TUPLE_CONSTRUCT && b->def->ninputs <= 7) {
			for (int i = 0; i < b->def->ninputs; i++)
				in[1 + i] = b->def->inputs[i];
			n = 1 + b->def->ninputs;
		}
		return emit_op(l, "aten::percentFormat", in, n, at);
	}
	Value *in[2] = {a, b};
	return emit_op(l, info->name, in, 2, at);
}

static Value *lower_unary(Lower *l, const Expr *e)
{
	Value *v = lower_value(l, e->a, NULL);
	if (!v || e->op == OP_POS)
		return v;
	if (v->type->kind == TYPE_CLASS) {
		Value *r;
		return call_method(l, v, operators[e->op].method, NULL, 0, e->at, &r) == STATUS_OK ? r : NULL;
	}
	if (e->op == OP_NEG && v->def && v->def->kind == NODE_CONSTANT) {
		IValue c = v->def->attr.value;
		if (c.tag == TAG_INT)
			return emit_int(l, (int64_t)(0 - (uint64_t)c.i), e->at);
		if (c.tag == TAG_FLOAT)
			return emit_constant(l, iv_float(-c.f), &type_float, e->at);
		if (c.tag == TAG_COMPLEX)
			return emit_constant(l, iv_complex(-c.complex_->re, -c.complex_->im), &type_complex, e->at);
	}
	return emit_op(l, operators[e->op].name, &v, 1, e->at);
}

static const Type *hint_of_kind(const Type *hint, TypeKind k)
{
	if (!hint || hint->kind == k)
		return hint;
	if (hint->kind == TYPE_OPTIONAL || hint->kind == TYPE_UNION)
		for (int i = 0; i < hint->n; i++)
			if (hint->elem[i]->kind == k)
				return hint->elem[i];
	return NULL;
}

Value *lower_list(Lower *l, Value *const *items, int n, const Type *hint, Range at)
{
	hint = hint_of_kind(hint, TYPE_LIST);
	const Type *elem = hint ? hint->elem[0] : n ? items[0]->type : &type_tensor;
	for (int i = 0; i < n; i++) {
		if (!hint) {
			elem = type_unify(l->pool, elem, items[i]->type, true);
		} else if (!type_subtype(items[i]->type, elem, NULL)) {
			char *w = type_str_repr(hint), *f = type_str_repr(items[i]->type);
			fail_at(l->err, STATUS_COMPILE, at, "List type annotation `%s` did not match the types of "
				"the given list elements, "
				"which were unified to %s", w, f);
			free(w);
			free(f);
			return NULL;
		}
	}
	Node *node = emit_node(l, NODE_LIST_CONSTRUCT, items, n, type_list(l->pool, elem), at);
	node->attr.index = !n && !hint; // an empty literal whose type the first use may decide
	return node->outputs[0];
}

// [a, *b, c]: the runs between the starred lists, all added up.  A starred tuple is a part of its run.
static Value *list_sum(Lower *l, Value *sum, Value **run, int *n, const Type *list, Range at)
{
	if (!*n && sum)
		return sum;
	Value *part = lower_list(l, run, *n, sum && !list ? sum->type : list, at);
	*n = 0;
	if (!part || !sum)
		return part;
	Value *both[2] = {sum, part};
	return emit_op(l, "aten::add", both, 2, at);
}

static Value *lower_list_literal(Lower *l, const Expr *e, const Type *hint)
{
	const Type *list = hint_of_kind(hint, TYPE_LIST);
	int n = e->list.n, k = 0, cap = n + 1;
	Value **v = arena_array(&l->arena, Value *, cap), *sum = NULL;
	for (int i = 0; i < n; i++) {
		const Expr *item = e->list.items[i];
		if (item->kind == EX_STAR) {
			Sugar s, *items;
			int more;
			bool is_static;
			if (lower_expr(l, item->a, list, &s) != STATUS_OK ||
				sugar_static_items(l, s, &is_static, &items, &more, item->at) != STATUS_OK)
				return NULL;
			for (int j = 0; is_static && j < more; j++) {
				Value *x = sugar_value(l, items[j], item->at);
				if (!x)
					return NULL;
				ARENA_PUSH(&l->arena, v, k, cap, x);
			}
			if (is_static)
				continue;
			Value *x = lower_list_of(l, s, list, item->at);
			if (!x)
				return NULL;
			const Type *type = list ? list : x->type;
			if ((k || sum) && !(sum = list_sum(l, sum, v, &k, type, e->at)))
				return NULL;
			Value *both[2] = {sum, x};
			sum = sum ? emit_op(l, "aten::add", both, 2, item->at) : x;
			if (!sum)
				return NULL;
			continue;
		}
		Value *x = lower_value(l, item, list ? list->elem[0] : NULL);
		if (x && list) { // tuples within lists may need their elements adapted
			Value *c = match_convert(l->block, x, list->elem[0], item->at, false, NULL);
			x = c ? c : x;
		}
		if (!x)
			return NULL;
		ARENA_PUSH(&l->arena, v, k, cap, x);
	}
	return sum ? list_sum(l, sum, v, &k, list, e->at) : lower_list(l, v, k, list, e->at);
}

static Value *lower_dict_literal(Lower *l, const Expr *e, const Type *hint)
{
	const Type *d = hint_of_kind(hint, TYPE_DICT);
	const Type *kt = d ? d->elem[0] : NULL, *vt = d ? d->elem[1] : NULL;
	int n = e->list.n;
	Value **v = arena_array(&l->arena, Value *, 2 * n + 1);
	for (int i = 0; i < n; i++) {
		const Expr *key = e->list.items[i];
		if (!key) {
			fail_at(l->err, STATUS_COMPILE, e->at, "** in a dict literal is not supported");
			return NULL;
		}
		Value *k = lower_value(l, key, d ? d->elem[0] : NULL);
		Value *x = k ? lower_value(l, e->list2.items[i], d ? d->elem[1] : NULL) : NULL;
		if (!x)
			return NULL;
		if (d) {
			Value *c = match_convert(l->block, x, d->elem[1], e->list2.items[i]->at, false, NULL);
			x = c ? c : x;
		}
		if (d ? !type_subtype(k->type, kt, NULL) || !type_subtype(x->type, vt, NULL) : kt &&
			!type_equal(k->type, kt)) {
			char *w = type_str_repr(kt), *f = type_str_repr(k->type);
			fail_at(l->err, STATUS_COMPILE, key->at, d ? "an entry of the dict does not have the "
				"annotated type: its key should "
				"be %s and is %s" : "Dict keys must contain only a single type. Expected: %s but "
				"found %s instead", w, f);
			free(w);
			free(f);
			return NULL;
		}
		if (!d) {
			kt = k->type;
			vt = vt ? type_unify(l->pool, vt, x->type, true) : x->type;
		}
		v[2 * i] = k;
		v[2 * i + 1] = x;
	}
	switch (kt ? kt->kind : TYPE_STR) {
	case TYPE_INT: case TYPE_FLOAT: case TYPE_COMPLEX: case TYPE_BOOL: case TYPE_STR: case TYPE_TENSOR: case TYPE_DEVICE:
	case TYPE_ANY: case TYPE_NUMBER:
		break;
	default: {
		char *t = type_str_repr(kt);
		fail_at(l->err, STATUS_COMPILE, e->at, "Cannot create dict for key type '%s', only int, float, "
			"complex, Tensor, "
			"device and string keys are supported", t);
		free(t);
		return NULL;
	}
	}
	const Type *t = type_dict(l->pool, kt ? kt : &type_str, vt ? vt : &type_tensor);
	return emit_node(l, NODE_DICT_CONSTRUCT, v, 2 * n, t, e->at)->outputs[0];
}

static Status lower_tuple(Lower *l, const Expr *e, const Type *hint, Sugar *out)
{
	const Type *t = hint_of_kind(hint, TYPE_TUPLE);
	int n = 0, cap = e->list.n;
	Sugar *items = arena_array(&l->arena, Sugar, cap + 1);
	bool plain = true;
	for (int i = 0; i < e->list.n; i++) {
		const Expr *x = e->list.items[i];
		if (x->kind == EX_STAR) {
			Sugar s, *more;
			int k;
			bool is_static;
			TRY(lower_expr(l, x->a, NULL, &s));
			TRY(sugar_static_items(l, s, &is_static, &more, &k, x->at));
			if (!is_static)
				return fail_at(l->err, STATUS_COMPILE, x->at, "only a tuple can be spliced with *");
			for (int j = 0; j < k; j++) {
				plain &= more[j].kind == SUGAR_VALUE;
				ARENA_PUSH(&l->arena, items, n, cap, more[j]);
			}
			continue;
		}
		Sugar s;
		const Type *h = t && i < t->n ? t->elem[i] : NULL;
		TRY(lower_expr(l, x, h, &s));
		plain &= s.kind == SUGAR_VALUE;
		ARENA_PUSH(&l->arena, items, n, cap, s);
	}
	if (!plain) {
		*out = (Sugar){.kind = SUGAR_TUPLE, .items = items, .n = n};
		return STATUS_OK;
	}
	Value **v = arena_array(&l->arena, Value *, n + 1);
	for (int i = 0; i < n; i++)
		v[i] = items[i].value;
	*out = sugar_of(emit_tuple(l, v, n, e->at));
	return out->value ? STATUS_OK : lower_failed(l);
}

static Status expr_kind(Lower *l, const Expr *e, const Type *hint, Sugar *out)
{
	Value *v = NULL;
	switch (e->kind) {
	case EX_NONE:
		v = emit_none(l, e->at);
		break;
	case EX_TRUE:
	case EX_FALSE:
		v = emit_bool(l, e->kind == EX_TRUE, e->at);
		break;
	case EX_INT:
		v = emit_int(l, e->ival, e->at);
		break;
	case EX_FLOAT:
		v = emit_constant(l, iv_float(e->fval), &type_float, e->at);
		break;
	case EX_IMAG:
		v = emit_constant(l, iv_complex(0, e->fval), &type_complex, e->at);
		break;
	case EX_STR:
		v = emit_constant(l, iv_str(e->str, e->len), &type_str, e->at);
		break;
	case EX_FSTRING:
		v = lower_fstring(l, e);
		break;
	case EX_NAME:
		return lower_name(l, e, out);
	case EX_ATTR: {
		Sugar s;
		TRY(lower_expr(l, e->a, NULL, &s));
		return lower_attribute(l, s, e->name, hint, e->at, out);
	}
	case EX_CALL:
		return lower_call(l, e, hint, out);
	case EX_INDEX: {
		Sugar s = {0};
		v = lower_index(l, e, hint, &s);
		if (!v && s.kind != SUGAR_UNDEFINED) {
			*out = s;
			return STATUS_OK;
		}
		break;
	}
	case EX_TUPLE:
		return lower_tuple(l, e, hint, out);
	case EX_LIST:
		v = lower_list_literal(l, e, hint);
		break;
	case EX_SET:
	case EX_SETCOMP:
		return fail_at(l->err, STATUS_COMPILE, e->at, "there are no sets in compiled functions (but `x in {1, 2}` is "
			"fine): use a list, or a dict whose keys are the members");
	case EX_DICT:
		v = lower_dict_literal(l, e, hint);
		break;
	case EX_LISTCOMP:
	case EX_GENERATOR:
	case EX_DICTCOMP:
		v = lower_comprehension(l, e, hint);
		break;
	case EX_UNARY:
		v = e->op == OP_NOT ? lower_bool_expr(l, e) : lower_unary(l, e);
		break;
	case EX_BINARY: {
		Value *a = lower_value(l, e->a, NULL), *b = a
			? lower_value(l, e->b, a->type->kind == TYPE_LIST ? a->type : NULL) : NULL;
		v = b ? lower_binary(l, e->op, a, b, e->at) : NULL;
		break;
	}
	case EX_COMPARE:
	case EX_AND:
	case EX_OR:
		v = lower_bool_expr(l, e);
		break;
	case EX_TERNARY:
		v = lower_ternary(l, e, hint);
		break;
	case EX_LAMBDA:
		return lower_local_function(l, NULL, e, out);
	case EX_WALRUS:
		if (l->scope != l->stmt_scope)
			return fail_at(l->err, STATUS_COMPILE, e->at, "'%s :=' stands where it is not always evaluated, and "
				"compiled functions cannot bind a name there: assign it in a statement before", e->name);
		TRY(lower_expr(l, e->a, hint, out));
		TRY(scope_assign(l, e->name, *out, NULL, e->at));
		return STATUS_OK;
	default:
		return fail_at(l->err, STATUS_COMPILE, e->at, "this expression is not supported in compiled functions");
	}
	*out = sugar_of(v);
	return v ? STATUS_OK : lower_failed(l);
}

Status lower_expr(Lower *l, const Expr *e, const Type *hint, Sugar *out)
{
	memset(out, 0, sizeof *out);
	TRY(lower_enter(l->fe, l->err, e->at));
	if (++l->work > LOWER_MAX_WORK)
		return fail_at(l->err, STATUS_LIMIT, e->at, "the function is too large after its loops are unrolled");
	Status st = expr_kind(l, e, hint, out);
	lower_leave(l->fe);
	return st;
}
