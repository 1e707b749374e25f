// SPDX-License-Identifier: BSD-3-Clause
// Subscripts, read, stored through and updated.
//
// A tensor's subscripts become a chain of select, slice and unsqueeze, then one index if some are tensors.  The
// chain is a view, so stores write through it.
#include "frontend/lower.h"

#include <stdlib.h>
#include <string.h>

typedef struct View {
	Value *x;              // after the chain
	Value **tensors;       // index tensors by dimension, NULL where all is taken
	int n;                 // how many dimensions up to the last tensor; 0 = none
} View;

static Value *slice_part(Lower *l, const Expr *e, Range at)
{
	return e ? lower_value(l, e, NULL) : emit_none(l, at);
}

static Status slice_values(Lower *l, const Expr *s, Value *out[3])
{
	out[0] = slice_part(l, s->a, s->at);
	out[1] = out[0] ? slice_part(l, s->b, s->at) : NULL;
	out[2] = out[1] ? (s->c ? lower_value(l, s->c, NULL) : emit_int(l, 1, s->at)) : NULL;
	if (out[2] && out[2]->type->kind == TYPE_NONE)
		out[2] = emit_int(l, 1, s->at);
	return out[2] ? STATUS_OK : lower_failed(l);
}

// One subscript at dimension dim; *next is where the following one stands.
static Status subscript_dim(Lower *l, const Expr *e, bool reverse, int64_t dim, Value **value, int64_t *next)
{
	if (e->kind == EX_SLICE) {
		*next = reverse ? dim - 1 : dim + 1;
		return STATUS_OK;
	}
	Value *v = lower_value(l, e, NULL);
	if (!v)
		return lower_failed(l);
	if (v->type->kind == TYPE_LIST) {
		NamedValue data = {NULL, v, e->at}, dtype = {"dtype", NULL, e->at};
		bool boolean = v->type->elem[0]->kind == TYPE_BOOL;
		dtype.value = emit_int(l, boolean ? DT_BOOL : DT_I64, e->at);
		Sugar s;
		TRY(emit_op_full(l, "aten::tensor", NULL, &data, 1, &dtype, 1, e->at, &s));
		v = s.value;
	}
	*value = v;
	const Type *t = v->type->kind == TYPE_OPTIONAL ? v->type->elem[0] : v->type;
	switch (t->kind) {
	case TYPE_NONE:
		*next = reverse ? dim : dim + 1;
		return STATUS_OK;
	case TYPE_TENSOR:
		if (reverse)
			return fail_at(l->err, STATUS_COMPILE, e->at, "Ellipses followed by tensor indexing is "
				"currently not supported");
		*next = dim + 1;
		return STATUS_OK;
	case TYPE_INT:
		if (v->type->kind == TYPE_INT) {
			*next = reverse ? dim - 1 : dim;
			return STATUS_OK;
		}
		// fall through
	default: {
		char *s = type_str_repr(v->type);
		Status st = fail_at(l->err, STATUS_COMPILE, e->at, "Unsupported operation: indexing tensor with "
			"unsupported index type "
			"'%s'. Only ints, slices, lists and tensors are supported", s);
		free(s);
		return st;
	}
	}
}

static Status subscript_view(Lower *l, Value *x, const ExprList *subs, Range at, View *out)
{
	int n = subs->n, i = 0;
	Value **values = arena_array(&l->arena, Value *, n + 1);
	int64_t *dims = arena_array(&l->arena, int64_t, n + 1), dim = 0;
	for (; i < n && subs->items[i]->kind != EX_ELLIPSIS; i++) {
		dims[i] = dim;
		TRY(subscript_dim(l, subs->items[i], false, dim, &values[i], &dim));
	}
	dim = -1;
	for (int k = n - 1; k > i; k--) {
		if (subs->items[k]->kind == EX_ELLIPSIS)
			return fail_at(l->err, STATUS_COMPILE, at, "An index can only have a single ellipsis ('...')");
		dims[k] = dim;
		TRY(subscript_dim(l, subs->items[k], true, dim, &values[k], &dim));
	}
	out->tensors = arena_array(&l->arena, Value *, n + 1);
	out->n = 0;
	for (int k = 0; k < n; k++) {
		const Expr *e = subs->items[k];
		if (e->kind == EX_ELLIPSIS)
			continue;
		if (e->kind == EX_SLICE) {
			Value *in[5] = {x, emit_int(l, dims[k], e->at)};
			TRY(slice_values(l, e, in + 2));
			x = emit_op(l, "aten::slice", in, 5, at);
		} else if (values[k]->type->kind == TYPE_NONE) {
			Value *in[2] = {x, emit_int(l, dims[k], e->at)};
			x = emit_op(l, "aten::unsqueeze", in, 2, at);
		} else if (values[k]->type->kind == TYPE_INT) {
			Value *in[3] = {x, emit_int(l, dims[k], e->at), values[k]};
			x = emit_op(l, "aten::select", in, 3, at);
		} else {
			out->tensors[dims[k]] = values[k];
			out->n = (int)dims[k] + 1;
		}
		if (!x)
			return lower_failed(l);
	}
	out->x = x;
	return STATUS_OK;
}

static Value *index_list(Lower *l, const View *v, Range at)
{
	const Type *opt = type_optional(l->pool, &type_tensor);
	Value **items = arena_array(&l->arena, Value *, v->n + 1);
	for (int i = 0; i < v->n; i++)
		items[i] = v->tensors[i] ? v->tensors[i] : emit_constant(l, iv_none(), opt, at);
	return emit_node(l, NODE_LIST_CONSTRUCT, items, v->n, type_list(l->pool, opt), at)->outputs[0];
}

// x[(a, b)] is x[a, b].
static const ExprList *subscripts(const Expr *e)
{
	if (e->list.n == 1 && e->list.items[0]->kind == EX_TUPLE)
		return &e->list.items[0]->list;
	return &e->list;
}

static Value *tensor_read(Lower *l, Value *x, const Expr *e)
{
	View v;
	const ExprList *subs = subscripts(e);
	if (subscript_view(l, x, subs, e->at, &v) != STATUS_OK)
		return NULL;
	if (!v.n) {
		if (v.x == x) { // x[...]: an alias
			Value *a = emit_op(l, "aten::alias", &x, 1, e->at);
			return a;
		}
		return v.x;
	}
	Value *in[2] = {v.x, index_list(l, &v, e->at)};
	return emit_op(l, "aten::index", in, 2, e->at);
}

static bool slice_bounds(Lower *l, const Expr *s, int64_t n, int64_t *first, int64_t *step, int64_t *count)
{
	int64_t v[3] = {0, 0, 1};
	const Expr *parts[3] = {s->a, s->b, s->c};
	bool given[3] = {false, false, false};
	for (int i = 0; i < 3; i++) {
		if (!parts[i])
			continue;
		Value *x = lower_value(l, parts[i], NULL);
		if (!x)
			return false;
		if (x->type->kind == TYPE_NONE)
			continue;
		if (!value_constant_int(x, &v[i])) {
			fail_at(l->err, STATUS_COMPILE, s->at, "tuple slice indices must be integer constants");
			return false;
		}
		given[i] = true;
	}
	if (v[2] == 0) {
		fail_at(l->err, STATUS_COMPILE, s->at, "slice step cannot be zero");
		return false;
	}
	int64_t st = v[2] > n + 1 ? n + 1 : v[2] < -n - 1 ? -n - 1 : v[2];
	int64_t lo = st > 0 ? 0 : -1, hi = st > 0 ? n : n - 1;
	int64_t b[2];
	for (int i = 0; i < 2; i++) {
		if (!given[i]) {
			b[i] = (i == 0) == (st > 0) ? lo : hi;
			continue;
		}
		int64_t x = v[i] < 0 ? v[i] + n : v[i];
		b[i] = x < lo ? lo : x > hi ? hi : x;
	}
	*first = b[0];
	*step = st;
	*count = 0;
	for (int64_t i = b[0]; st > 0 ? i < b[1] : i > b[1]; i += st)
		++*count;
	return true;
}

static Value *static_read(Lower *l, Sugar s, const Expr *e, Sugar *out)
{
	Sugar *items;
	int n;
	bool is_static;
	const Expr *sub = e->list.items[0];
	if (sub->kind == EX_SLICE) {
		int64_t first, step, count;
		if (sugar_static_items(l, s, &is_static, &items, &n, e->at) != STATUS_OK ||
			!slice_bounds(l, sub, n, &first, &step, &count))
			return NULL;
		Sugar *part = arena_array(&l->arena, Sugar, count + 1);
		bool plain = true;
		for (int64_t i = 0; i < count; i++) {
			part[i] = items[first + i * step];
			plain &= part[i].kind == SUGAR_VALUE;
		}
		Sugar r = {.kind = SUGAR_TUPLE, .items = part, .n = (int)count};
		if (plain && s.kind == SUGAR_VALUE && s.value->type->kind == TYPE_TUPLE)
			return sugar_value(l, r, e->at);
		*out = r;
		return NULL;
	}
	Value *idx = lower_value(l, sub, NULL);
	int64_t i;
	if (!idx)
		return NULL;
	if (idx->type->kind != TYPE_INT) {
		fail_at(l->err, STATUS_COMPILE, sub->at, "tuple index must be an integer");
		return NULL;
	}
	if (!value_constant_int(idx, &i)) {
		const Type *t = s.kind == SUGAR_VALUE ? s.value->type : NULL;
		Value *list = t && t->kind == TYPE_TUPLE && t->n
			? match_convert(l->block, s.value, type_list(l->pool, t->elem[0]),
			e->at, false, NULL) : NULL;
		if (!list) {
			char *name = t ? type_str_repr(t) : NULL;
			fail_at(l->err, STATUS_COMPILE, e->at, "Cannot index into a %s with a non-integer literal "
				"because we cannot "
				"resolve the output type", name ? name : "tuple");
			free(name);
			return NULL;
		}
		Value *in[2] = {list, idx};
		return emit_op(l, "aten::__getitem__", in, 2, e->at);
	}
	if (s.kind == SUGAR_VALUE && s.value->type->kind == TYPE_TUPLE) {
		const Type *t = s.value->type;
		int64_t k = i < 0 ? i + t->n : i;
		if (k < 0 || k >= t->n) {
			fail_at(l->err, STATUS_COMPILE, e->at, "Tuple index out of range. Tuple is length %d and "
				"index is %lld", t->n,
				(long long)i);
			return NULL;
		}
		const Node *def = s.value->def;
		if (def && def->kind == NODE_TUPLE_CONSTRUCT && def->ninputs == t->n)
			return def->inputs[k];
		Node *node = emit_node(l, NODE_TUPLE_INDEX, &s.value, 1, t->elem[k], e->at);
		node->attr.index = k;
		return node->outputs[0];
	}
	if (sugar_static_items(l, s, &is_static, &items, &n, e->at) != STATUS_OK)
		return NULL;
	int64_t k = i < 0 ? i + n : i;
	if (k < 0 || k >= n) {
		fail_at(l->err, STATUS_COMPILE, e->at, "index %lld is out of range", (long long)i);
		return NULL;
	}
	*out = items[k];
	return NULL;
}

Value *lower_index(Lower *l, const Expr *e, const Type *hint, Sugar *out)
{
	Sugar s;
	if (lower_expr(l, e->a, NULL, &s) != STATUS_OK)
		return NULL;
	const Type *t = s.kind == SUGAR_VALUE ? s.value->type : NULL;
	if (e->list.n == 0) {
		fail_at(l->err, STATUS_COMPILE, e->at, "a subscript is missing");
		return NULL;
	}
	if (t && t->kind == TYPE_TENSOR)
		return tensor_read(l, s.value, e);
	if (e->list.n != 1) {
		fail_at(l->err, STATUS_COMPILE, e->at, "Only tensors can be indexed with more than one subscript");
		return NULL;
	}
	const Expr *sub = e->list.items[0];
	if (s.kind == SUGAR_TUPLE || (t && t->kind == TYPE_TUPLE))
		return static_read(l, s, e, out);
	if (s.kind == SUGAR_TYPE && s.type->kind == TYPE_ENUM && sub->kind == EX_STR) {
		Sugar r;
		if (lower_attribute(l, s, sub->str, NULL, e->at, &r) != STATUS_OK)
			return NULL;
		*out = r;
		return NULL;
	}
	Value *x = sugar_value(l, s, e->at);
	if (!x)
		return NULL;
	t = x->type;
	if (l->fe->script && t->kind == TYPE_CLASS && t->cls->is_module) {
		bool found = false;
		if (script_index(l, x, e, hint, &found, out) != STATUS_OK)
			return NULL;
		if (found)
			return out->kind == SUGAR_VALUE ? out->value : NULL;
	}
	if (t->kind == TYPE_CLASS && class_find_method(t->cls, "__getitem__")) {
		Value *i = lower_value(l, sub, NULL), *r;
		return i && call_method(l, x, "__getitem__", &i, 1, e->at, &r) == STATUS_OK ? r : NULL;
	}
	if (t->kind == TYPE_CLASS && t->cls->is_module) {
		Value *in[2] = {x, sub->kind == EX_SLICE ? NULL : lower_value(l, sub, NULL)};
		if (sub->kind == EX_SLICE || (in[1] && in[1]->def && in[1]->def->kind == NODE_CONSTANT && !hint))
			return static_read(l, s, e, out);
		if (!in[1])
			return NULL;
		if (!hint || (hint->kind != TYPE_INTERFACE && hint->kind != TYPE_CLASS)) {
			fail_at(l->err, STATUS_COMPILE, e->at, "Unable to extract string literal index. ModuleDict "
				"and ModuleList indexing "
				"by a variable needs an annotation with an interface type");
			return NULL;
		}
		return emit_node(l, NODE_CONTAINER_INDEX, in, 2, hint, e->at)->outputs[0];
	}
	if (t->kind != TYPE_LIST && t->kind != TYPE_STR && t->kind != TYPE_DICT) {
		char *n = type_str_repr(t);
		fail_at(l->err, STATUS_COMPILE, e->at, "'%s' object is not subscriptable", n);
		free(n);
		return NULL;
	}
	if (sub->kind == EX_SLICE && t->kind != TYPE_DICT) {
		Value *in[4] = {x};
		if (slice_values(l, sub, in + 1) != STATUS_OK)
			return NULL;
		return emit_op(l, "aten::slice", in, 4, e->at);
	}
	Value *in[2] = {x, lower_value(l, sub, NULL)};
	return in[1] ? emit_op(l, "aten::__getitem__", in, 2, e->at) : NULL;
}

// A number becomes a tensor of the dtype and device of what it is stored into.
static Value *as_tensor_like(Lower *l, Value *v, Value *x, Range at)
{
	if (v->type->kind == TYPE_TENSOR)
		return v;
	NamedValue kw[2] = {{"dtype", emit_op(l, "prim::dtype", &x, 1, at), at},
		{"device", emit_op(l, "prim::device", &x, 1, at), at}};
	NamedValue data = {NULL, v, at};
	Sugar s;
	if (!kw[0].value || !kw[1].value || emit_op_full(l, "aten::tensor", NULL, &data, 1, kw, 2, at, &s) != STATUS_OK)
		return NULL;
	return s.value;
}

static Status tensor_store(Lower *l, const View *view, Value *v, Range at)
{
	v = as_tensor_like(l, v, view->x, at);
	if (!v)
		return lower_failed(l);
	Value *r;
	if (view->n) {
		Value *in[4] = {view->x, index_list(l, view, at), v, emit_bool(l, false, at)};
		r = emit_op(l, "aten::index_put_", in, 4, at);
	} else {
		Value *in[3] = {view->x, v, emit_bool(l, false, at)};
		r = emit_op(l, "aten::copy_", in, 3, at);
	}
	return r ? STATUS_OK : lower_failed(l);
}

static Status set_item(Lower *l, Value *x, Value *key, Value *v, Range at)
{
	if (x->type->kind == TYPE_CLASS) {
		Value *in[2] = {key, v}, *unused;
		return call_method(l, x, "__setitem__", in, 2, at, &unused);
	}
	if (x->type->kind != TYPE_LIST && x->type->kind != TYPE_DICT) {
		char *n = type_str_repr(x->type);
		Status st = fail_at(l->err, STATUS_COMPILE, at, "'%s' object does not support item assignment", n);
		free(n);
		return st;
	}
	NamedValue in[3] = {{NULL, x, at}, {NULL, key, at}, {NULL, v, at}};
	Sugar unused;
	return emit_op_full(l, "aten::_set_item", NULL, in, 3, NULL, 0, at, &unused);
}

Status lower_index_store(Lower *l, const Expr *target, Value *v, Range at)
{
	Value *x = lower_value(l, target->a, NULL);
	if (!x)
		return lower_failed(l);
	if (x->type->kind == TYPE_TENSOR) {
		View view;
		TRY(subscript_view(l, x, subscripts(target), target->at, &view));
		return tensor_store(l, &view, v, at);
	}
	if (target->list.n != 1 || target->list.items[0]->kind == EX_SLICE)
		return fail_at(l->err, STATUS_COMPILE, target->at, "Sliced expression not yet supported for "
			"subscripted assignment");
	Value *key = lower_value(l, target->list.items[0], NULL);
	return key ? set_item(l, x, key, v, at) : lower_failed(l);
}

static const char *in_place_op(Operator op)
{
	switch (op) {
	case OP_ADD: return "aten::add_";
	case OP_SUB: return "aten::sub_";
	case OP_MUL: return "aten::mul_";
	case OP_DIV: return "aten::div_";
	case OP_MOD: return "aten::fmod_";
	default: return NULL;
	}
}

Status lower_index_update(Lower *l, const Expr *target, Operator op, const Expr *value, Range at)
{
	Value *x = lower_value(l, target->a, NULL);
	if (!x)
		return lower_failed(l);
	if (x->type->kind == TYPE_TENSOR) {
		View view;
		TRY(subscript_view(l, x, subscripts(target), target->at, &view));
		Value *in[2] = {view.x, NULL};
		if (view.n) {
			Value *get[2] = {view.x, index_list(l, &view, at)};
			in[0] = emit_op(l, "aten::index", get, 2, at);
		}
		in[1] = in[0] ? lower_value(l, value, NULL) : NULL;
		if (!in[1])
			return lower_failed(l);
		const char *name = in_place_op(op);
		Value *r = name ? emit_op(l, name, in, 2, at) : lower_binary(l, op, in[0], in[1], at);
		if (!r)
			return lower_failed(l);
		return view.n || !name ? tensor_store(l, &view, r, at) : STATUS_OK;
	}
	if (target->list.n != 1 || target->list.items[0]->kind == EX_SLICE)
		return fail_at(l->err, STATUS_COMPILE, target->at, "Sliced expression not yet supported for "
			"augmented assignment");
	Value *key = lower_value(l, target->list.items[0], NULL), *old = NULL;
	if (!key)
		return lower_failed(l);
	if (x->type->kind == TYPE_CLASS) {
		TRY(call_method(l, x, "__getitem__", &key, 1, at, &old));
	} else {
		Value *in[2] = {x, key};
		old = emit_op(l, "aten::__getitem__", in, 2, at);
	}
	Value *v = old ? lower_value(l, value, NULL) : NULL;
	if (!v)
		return lower_failed(l);
	const char *name = old->type->kind == TYPE_TENSOR ? in_place_op(op) : NULL;
	Value *both[2] = {old, v};
	Value *r = name ? emit_op(l, name, both, 2, at) : op == OP_MOD && old->type->kind != TYPE_STR
		? emit_op(l, "aten::fmod", both, 2, at) : lower_binary(l, op, old, v, at);
	return r ? set_item(l, x, key, r, at) : lower_failed(l);
}
