// SPDX-License-Identifier: BSD-3-Clause
// Loops: while and for.
//
// A loop carries the names that its body assigns and that exist before it.  What a for runs over is an Iter: a
// length, and an element for a counter; zip and enumerate combine those.  Tuples and module containers
// have a length known here, so their loops are unrolled.
#include "frontend/lower.h"

#include <stdlib.h>
#include <string.h>

typedef enum IterKind { ITER_COUNT, ITER_RANGE, ITER_LIST, ITER_TENSOR, ITER_ZIP } IterKind;
typedef struct Iter {
	IterKind kind;
	Value *value;             // the list, string or tensor
	Value *start, *stop, *step; // RANGE; COUNT uses stop; stop NULL = without end
	struct Iter *parts;
	int nparts;
} Iter;

static bool is_container(const Type *t)
{
	if (t->kind != TYPE_CLASS || !t->cls->is_module || !t->cls->nattrs)
		return false;
	int members = 0;
	for (int i = 0; i < t->cls->nattrs; i++) {
		const char *n = t->cls->attrs[i].name;
		bool digits = *n && strspn(n, "0123456789") == strlen(n);
		members += digits;
	}
	return members > 0 && !class_find_method(t->cls, "__iter__");
}

// zip and enumerate over operands whose lengths are all known; *is_static false if one is not.
static Status static_zip(Lower *l, Sugar s, bool *is_static, Sugar **items, int *n, Range at)
{
	int known = 0, length = -1;
	Sugar **parts = arena_array(&l->arena, Sugar *, s.n + 1);
	bool *fixed = arena_array(&l->arena, bool, s.n + 1);
	for (int i = 0; i < s.n; i++) {
		int k = 0;
		TRY(sugar_static_items(l, s.items[i], &fixed[i], &parts[i], &k, at));
		if (fixed[i]) {
			known++;
			length = length < 0 || k < length ? k : length;
		}
	}
	*is_static = false;
	if (!known)
		return STATUS_OK;
	if (known != s.n)
		return fail_at(l->err, STATUS_COMPILE, at, "Can not iterate over a module list or tuple with a value "
			"that does not "
			"have a static length");
	*is_static = true;
	*n = length;
	*items = arena_array(&l->arena, Sugar, length + 1);
	int64_t start = 0;
	if (s.form == FORM_ENUMERATE && s.value && !value_constant_int(s.value, &start))
		return fail_at(l->err, STATUS_COMPILE, at, "enumerate over a value of static length needs a constant "
			"start");
	for (int i = 0; i < length; i++) {
		bool count = s.form == FORM_ENUMERATE;
		Sugar *row = arena_array(&l->arena, Sugar, s.n + 1);
		if (count)
			row[0] = sugar_of(emit_int(l, start + i, at));
		for (int j = 0; j < s.n; j++)
			row[j + count] = parts[j][i];
		(*items)[i] = (Sugar){.kind = SUGAR_TUPLE, .items = row, .n = s.n + count};
	}
	return STATUS_OK;
}

Status sugar_static_items(Lower *l, Sugar s, bool *is_static, Sugar **items, int *n, Range at)
{
	*is_static = true;
	if (s.kind == SUGAR_TUPLE) {
		*items = s.items;
		*n = s.n;
		return STATUS_OK;
	}
	if (s.kind == SUGAR_ITER && (s.form == FORM_ZIP || s.form == FORM_ENUMERATE))
		return static_zip(l, s, is_static, items, n, at);
	if (s.kind == SUGAR_VALUE && s.value->type->kind == TYPE_TUPLE) {
		const Type *t = s.value->type;
		*n = t->n;
		*items = arena_array(&l->arena, Sugar, t->n + 1);
		const Node *def = s.value->def;
		if (def && def->kind == NODE_TUPLE_CONSTRUCT && def->ninputs == t->n) {
			for (int i = 0; i < t->n; i++)
				(*items)[i] = sugar_of(def->inputs[i]);
			return STATUS_OK;
		}
		Node *u = node_new(l->g, NODE_TUPLE_UNPACK, at);
		node_add_input(u, s.value);
		for (int i = 0; i < t->n; i++)
			(*items)[i] = sugar_of(node_add_output(u, t->elem[i], NULL));
		block_append(l->block, u);
		return STATUS_OK;
	}
	if (l->fe->script && s.kind == SUGAR_VALUE && s.value->type->kind == TYPE_CLASS) {
		bool found = false;
		TRY(script_static_items(l, s, &found, items, n, at));
		if (found)
			return STATUS_OK;
	}
	if (s.kind == SUGAR_VALUE && is_container(s.value->type)) {
		const ClassType *c = s.value->type->cls;
		*items = arena_array(&l->arena, Sugar, c->nattrs + 1);
		*n = 0;
		for (int i = 0; i < c->nattrs; i++) {
			const char *name = c->attrs[i].name;
			if (strspn(name, "0123456789") == strlen(name))
				TRY(lower_attribute(l, s, name, NULL, at, &(*items)[(*n)++]));
		}
		return STATUS_OK;
	}
	*is_static = false;
	return STATUS_OK;
}

static Status make_iter(Lower *l, Sugar s, Iter *it, Range at)
{
	memset(it, 0, sizeof *it);
	if (s.kind == SUGAR_ITER && s.form == FORM_RANGE) {
		it->kind = s.n == 1 ? ITER_COUNT : ITER_RANGE;
		Value *v[3] = {NULL};
		for (int i = 0; i < s.n; i++) {
			v[i] = sugar_value(l, s.items[i], at);
			if (v[i] && v[i]->type->kind != TYPE_INT) {
				char *t = type_str_repr(v[i]->type);
				fail_at(l->err, STATUS_COMPILE, at, "all inputs of range must be ints, found %s in "
					"argument %d", t, i);
				free(t);
				v[i] = NULL;
			}
			if (!v[i])
				return lower_failed(l);
		}
		it->start = s.n == 1 ? NULL : v[0];
		it->stop = s.n == 1 ? v[0] : v[1];
		it->step = s.n == 3 ? v[2] : s.n == 2 ? emit_int(l, 1, at) : NULL;
		return STATUS_OK;
	}
	if (s.kind == SUGAR_ITER) {
		bool count = s.form == FORM_ENUMERATE;
		it->kind = ITER_ZIP;
		it->nparts = s.n + count;
		it->parts = arena_array(&l->arena, Iter, it->nparts + 1);
		if (count) {
			it->parts[0].kind = ITER_RANGE;
			it->parts[0].start = s.value;
		}
		for (int i = 0; i < s.n; i++)
			TRY(make_iter(l, s.items[i], &it->parts[i + count], at));
		return STATUS_OK;
	}
	if (s.kind == SUGAR_TYPE && s.type->kind == TYPE_ENUM) {
		Value **v = arena_array(&l->arena, Value *, s.type->enm->nmembers + 1);
		for (int i = 0; i < s.type->enm->nmembers; i++)
			v[i] = emit_constant(l, iv_enum(s.type, i), s.type, at);
		it->kind = ITER_LIST;
		it->value = lower_list(l, v, s.type->enm->nmembers, NULL, at);
		return it->value ? STATUS_OK : lower_failed(l);
	}
	Value *v = sugar_value(l, s, at);
	if (!v)
		return lower_failed(l);
	switch (v->type->kind) {
	case TYPE_LIST:
	case TYPE_STR:
		it->kind = ITER_LIST;
		it->value = v;
		return STATUS_OK;
	case TYPE_DICT:
		it->kind = ITER_LIST;
		it->value = emit_op(l, "aten::keys", &v, 1, at);
		return it->value ? STATUS_OK : lower_failed(l);
	case TYPE_TENSOR:
		it->kind = ITER_TENSOR;
		it->value = v;
		return STATUS_OK;
	default: {
		char *t = type_str_repr(v->type);
		Status st = fail_at(l->err, STATUS_COMPILE, at, "'%s' object is not iterable", t);
		free(t);
		return st;
	}
	}
}

static Value *iter_length(Lower *l, Iter *it, Range at)
{
	switch (it->kind) {
	case ITER_COUNT:
		return it->stop;
	case ITER_RANGE: {
		Value *in[3] = {it->start, it->stop, it->step};
		return emit_op(l, "aten::__range_length", in, 3, at);
	}
	case ITER_LIST:
	case ITER_TENSOR:
		return emit_op(l, "aten::len", &it->value, 1, at);
	case ITER_ZIP: {
		Value **v = arena_array(&l->arena, Value *, it->nparts + 1);
		int n = 0;
		for (int i = 0; i < it->nparts; i++) {
			if (it->parts[i].kind == ITER_RANGE && !it->parts[i].stop)
				continue;
			if (!(v[n++] = iter_length(l, &it->parts[i], at)))
				return NULL;
		}
		if (n == 1)
			return v[0];
		Value *list = lower_list(l, v, n, NULL, at);
		return list ? emit_op(l, "prim::min", &list, 1, at) : NULL;
	}
	}
	return NULL;
}

static Status iter_element(Lower *l, Iter *it, Value *counter, Sugar *out, Range at)
{
	Value *v = NULL;
	switch (it->kind) {
	case ITER_COUNT:
		v = counter;
		break;
	case ITER_RANGE: {
		if (!it->stop) { // enumerate's counter
			if (!it->start) {
				v = counter;
				break;
			}
			Value *in[2] = {counter, it->start};
			v = emit_op(l, "aten::add", in, 2, at);
			break;
		}
		Value *in[3] = {counter, it->start, it->step};
		v = emit_op(l, "aten::__derive_index", in, 3, at);
		break;
	}
	case ITER_LIST: {
		Value *in[2] = {it->value, counter};
		v = emit_op(l, "aten::__getitem__", in, 2, at);
		break;
	}
	case ITER_TENSOR: {
		Value *in[3] = {it->value, emit_int(l, 0, at), counter};
		v = emit_op(l, "aten::select", in, 3, at);
		break;
	}
	case ITER_ZIP: {
		Sugar *items = arena_array(&l->arena, Sugar, it->nparts + 1);
		for (int i = 0; i < it->nparts; i++)
			TRY(iter_element(l, &it->parts[i], counter, &items[i], at));
		*out = (Sugar){.kind = SUGAR_TUPLE, .items = items, .n = it->nparts};
		return STATUS_OK;
	}
	}
	*out = sugar_of(v);
	return v ? STATUS_OK : lower_failed(l);
}

// A loop while it is being built: the names it carries and what they were before.
typedef struct Loop {
	Node *node;
	Block *body;
	const char **names;
	const Type **types;
	int n;
	bool returns;
} Loop;

static void loop_carry(Lower *l, const StmtList *body, Loop *lp)
{
	Map assigned = {0};
	stmts_assigned(body, &assigned);
	lp->names = arena_array(&l->arena, const char *, assigned.n + 1);
	lp->types = arena_array(&l->arena, const Type *, assigned.n + 1);
	for (int i = 0; i < assigned.n; i++) {
		const char *name = assigned.entries[i].value;
		Binding *b = scope_find(l, name);
		if (!b || b->s.kind != SUGAR_VALUE)
			continue;
		lp->names[lp->n] = name;
		lp->types[lp->n++] = b->s.value->type;
	}
	map_free(&assigned);
	lp->returns = stmts_return(body);
}

static void loop_begin(Lower *l, Loop *lp, Value *trip, Value *cond, Range at)
{
	Value *in[2] = {trip, cond};
	lp->node = node_new(l->g, NODE_LOOP, at);
	node_add_input(lp->node, in[0]);
	node_add_input(lp->node, in[1]);
	lp->body = node_add_block(lp->node);
	block_add_input(lp->body, &type_int, NULL);
	for (int i = 0; i < lp->n; i++)
		node_add_input(lp->node, scope_find(l, lp->names[i])->s.value);
	block_append(l->block, lp->node);
	scope_push(l, lp->body, false);
	for (int i = 0; i < lp->n; i++) {
		scope_bind(l, lp->names[i], sugar_of(block_add_input(lp->body, lp->types[i], lp->names[i])));
		scope_find(l, lp->names[i])->outer = lp->types[i];
	}
	static const char *const flags[] = {"%skip", "%stop", "%returned"};
	for (int i = 0; i < 3; i++)
		scope_bind(l, flags[i], (Sugar){.kind = SUGAR_FLAG});
	l->loops++;
}

// Ends the body with `cond` as the condition to go on, and gives the names their values after the loop.
static Status loop_end(Lower *l, Loop *lp, Value *cond, Exit *out, Range at)
{
	block_add_output(lp->body, cond);
	for (int i = 0; i < lp->n; i++) {
		Binding *b = scope_find(l, lp->names[i]);
		if (b->s.kind != SUGAR_VALUE)
			return fail_at(l->err, STATUS_COMPILE, at, "%s", b->s.kind == SUGAR_UNDEFINED ? b->s.name
				: "a loop-carried name is not a value");
		Value *v = match_convert(l->block, b->s.value, lp->types[i], at, false, NULL);
		block_add_output(lp->body, v ? v : b->s.value);
	}
	Binding *ret = lp->returns ? scope_find(l, "%ret") : NULL, *flag = scope_find(l, "%returned");
	bool returned = ret && ret->scope == l->scope && ret->s.kind == SUGAR_VALUE;
	Value *ret_value = returned ? ret->s.value : NULL;
	if (returned) {
		block_add_output(lp->body, flag->s.kind == SUGAR_VALUE ? flag->s.value : emit_bool(l, flag->s.n, at));
		block_add_output(lp->body, ret_value);
	}
	scope_pop(l);
	l->loops--;
	if (returned) { // their first values stand before the loop
		Node *n;
		Value *f = graph_constant(l->g, iv_bool(false), &type_bool, at, &n);
		node_insert_before(n, lp->node);
		node_add_input(lp->node, f);
		Node *u = node_new(l->g, NODE_UNINITIALIZED, at);
		Value *none = node_add_output(u, ret_value->type, NULL);
		node_insert_before(u, lp->node);
		node_add_input(lp->node, none);
		block_add_input(lp->body, &type_bool, NULL);
		block_add_input(lp->body, ret_value->type, NULL);
	}
	for (int i = 0; i < lp->n; i++)
		scope_bind(l, lp->names[i], sugar_of(node_add_output(lp->node, lp->types[i], lp->names[i])));
	*out = EXIT_WONT;
	if (returned) {
		Value *f = node_add_output(lp->node, &type_bool, NULL);
		Value *v = node_add_output(lp->node, ret_value->type, NULL);
		scope_bind(l, "%skip", sugar_of(f));
		scope_bind(l, "%returned", sugar_of(f));
		if (l->loops)
			scope_bind(l, "%stop", sugar_of(f));
		scope_bind(l, "%ret", sugar_of(v));
		*out = EXIT_MIGHT;
	}
	return STATUS_OK;
}

static Value *while_condition(Lower *l, const Expr *e)
{
	Condition c;
	return lower_condition(l, e, &c) == STATUS_OK ? condition_value(l, &c, e->at) : NULL;
}

// The condition to go on: `again` evaluated unless the body asked to stop.
static Value *next_condition(Lower *l, const Expr *again, Exit e, Range at)
{
	Binding *stop = scope_find(l, "%stop");
	if (e == EXIT_THROWS)
		return emit_bool(l, false, at);
	if (stop->s.kind == SUGAR_FLAG) {
		if (stop->s.n)
			return emit_bool(l, false, at);
		return again ? while_condition(l, again) : emit_bool(l, true, at);
	}
	Value *cond = stop->s.value;
	if (!again)
		return emit_op(l, "aten::__not__", &cond, 1, at);
	Node *branch = emit_node(l, NODE_IF, &cond, 1, NULL, at);
	scope_push(l, node_add_block(branch), false);
	block_add_output(branch->blocks[0], emit_bool(l, false, at));
	scope_pop(l);
	scope_push(l, node_add_block(branch), false);
	Value *v = while_condition(l, again);
	scope_pop(l);
	if (!v)
		return NULL;
	block_add_output(branch->blocks[1], v);
	return node_add_output(branch, &type_bool, NULL);
}

Status lower_while(Lower *l, const Stmt *s, Exit *out)
{
	if (s->orelse.n)
		return lower_loop_else(l, s, out);
	if (expr_binds(s->cond) && (stmts_break(&s->body, false) || stmts_return(&s->body)))
		return lower_while_binding(l, s, out);
	Loop lp = {0};
	Value *trip = emit_int(l, INT64_MAX, s->at), *first = while_condition(l, s->cond);
	if (!first)
		return lower_failed(l);
	Stmt whole = {.kind = ST_WHILE, .cond = s->cond, .body = s->body}, *only = &whole;
	loop_carry(l, &(StmtList){&only, 1, 1}, &lp);
	loop_begin(l, &lp, trip, first, s->at);
	Exit e;
	TRY(lower_stmts(l, &s->body, 0, NULL, &e));
	Value *cond = next_condition(l, s->cond, e, s->at);
	if (!cond)
		return lower_failed(l);
	bool forever = s->cond->kind == EX_TRUE && !stmts_break(&s->body, false);
	TRY(loop_end(l, &lp, cond, out, s->at));
	if (forever && *out == EXIT_MIGHT) { // only a return leads out
		scope_bind(l, "%skip", (Sugar){.kind = SUGAR_FLAG, .n = 1});
		scope_bind(l, "%returned", (Sugar){.kind = SUGAR_FLAG, .n = 1});
		if (l->loops)
			scope_bind(l, "%stop", (Sugar){.kind = SUGAR_FLAG, .n = 1});
		*out = EXIT_WILL;
	}
	return STATUS_OK;
}

typedef struct Unroll {
	const Stmt *s;
	Sugar *items;
	int n, i;
} Unroll;

static Status unroll_rest(Lower *l, void *arg, Exit *out)
{
	Unroll *u = arg;
	*out = EXIT_WONT;
	while (u->i < u->n) {
		TRY(lower_assign_to(l, u->s->targets.items[0], u->items[u->i++], u->s->at));
		TRY(lower_stmts(l, &u->s->body, 0, NULL, out));
		if (*out == EXIT_WILL || *out == EXIT_THROWS)
			return STATUS_OK;
		if (*out == EXIT_MIGHT && u->i < u->n) {
			TRY(lower_enter(l->fe, l->err, u->s->at));
			Status st = lower_guarded(l, unroll_rest, u, u->s->at, out);
			lower_leave(l->fe);
			return st;
		}
	}
	return STATUS_OK;
}

Status lower_for(Lower *l, const Stmt *s, Exit *out)
{
	if (s->orelse.n)
		return lower_loop_else(l, s, out);
	Sugar over;
	TRY(lower_expr(l, s->value, NULL, &over));
	bool is_static;
	Unroll u = {.s = s};
	TRY(sugar_static_items(l, over, &is_static, &u.items, &u.n, s->value->at));
	if (is_static) {
		if (u.n > LOWER_MAX_UNROLL)
			return fail_at(l->err, STATUS_LIMIT, s->at, "a loop over more than %d elements cannot be "
				"unrolled",
				LOWER_MAX_UNROLL);
		if (stmts_break(&s->body, true))
			return fail_at(l->err, STATUS_COMPILE, s->at, "Because we emit iteration over Modulelists or "
				"Tuples as unrolled "
				"loops, we do not support break or continue inside the body of these loops");
		return unroll_rest(l, &u, out);
	}
	Iter it;
	TRY(make_iter(l, over, &it, s->value->at));
	Value *length = iter_length(l, &it, s->value->at);
	if (!length)
		return lower_failed(l);
	Loop lp = {0};
	StmtList names = s->body;
	Stmt target = {.kind = ST_FOR, .targets = s->targets, .body = s->body}, *only = &target;
	names.items = &only;
	names.n = 1;
	loop_carry(l, &names, &lp);
	loop_begin(l, &lp, length, emit_bool(l, true, s->at), s->at);
	Sugar element;
	TRY(iter_element(l, &it, lp.body->inputs[0], &element, s->value->at));
	TRY(lower_assign_to(l, s->targets.items[0], element, s->at));
	Exit e;
	TRY(lower_stmts(l, &s->body, 0, NULL, &e));
	Value *cond = next_condition(l, NULL, e, s->at);
	if (!cond)
		return lower_failed(l);
	return loop_end(l, &lp, cond, out, s->at);
}

Status lower_each(Lower *l, Sugar over, EachElement each, void *arg, Range at)
{
	bool is_static;
	Sugar *items;
	int n;
	TRY(sugar_static_items(l, over, &is_static, &items, &n, at));
	if (is_static) {
		for (int i = 0; i < n; i++) {
			scope_push(l, l->block, false);
			TRY(each(l, arg, items[i]));
			scope_pop(l);
		}
		return STATUS_OK;
	}
	Iter it;
	TRY(make_iter(l, over, &it, at));
	Value *length = iter_length(l, &it, at);
	if (!length)
		return lower_failed(l);
	Value *in[2] = {length, emit_bool(l, true, at)};
	Node *loop = emit_node(l, NODE_LOOP, in, 2, NULL, at);
	Block *body = node_add_block(loop);
	Value *counter = block_add_input(body, &type_int, NULL);
	scope_push(l, body, false);
	Sugar element;
	TRY(iter_element(l, &it, counter, &element, at));
	TRY(each(l, arg, element));
	block_add_output(body, emit_bool(l, true, at));
	scope_pop(l);
	return STATUS_OK;
}
