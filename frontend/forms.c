// SPDX-License-Identifier: BSD-3-Clause
// Names that are not ops: builtins with rules of their own, and what Python's library calls the ops.
#include "frontend/lower.h"

#include <stdlib.h>
#include <string.h>

typedef struct FormRow {
	const char *name;
	Form form;
	const Type *type;
	const char *op;
} FormRow;

static const FormRow builtins[] = {
	{"print", FORM_PRINT, NULL, NULL}, {"tuple", FORM_TUPLE, NULL, NULL}, {"list", FORM_LIST, NULL, NULL},
	{"dict", FORM_DICT, NULL, NULL}, {"len", FORM_LEN, NULL, NULL}, {"getattr", FORM_GETATTR, NULL, NULL},
	{"hasattr", FORM_HASATTR, NULL, NULL}, {"isinstance", FORM_ISINSTANCE, NULL, NULL},
	{"range", FORM_RANGE, NULL, NULL},
	{"zip", FORM_ZIP, NULL, NULL}, {"enumerate", FORM_ENUMERATE, NULL, NULL}, {"min", FORM_MIN_MAX, NULL, "min"},
	{"max", FORM_MIN_MAX, NULL, "max"}, {"int", FORM_CAST, &type_int, "aten::Int"},
	{"float", FORM_CAST, &type_float, "aten::Float"}, {"bool", FORM_CAST, &type_bool, "aten::Bool"},
	{"str", FORM_CAST, &type_str, "aten::str"}, {"complex", FORM_CAST, &type_complex, "aten::Complex"},
	{"_single", FORM_BROADCAST, NULL, "1"}, {"_pair", FORM_BROADCAST, NULL, "2"},
	{"_triple", FORM_BROADCAST, NULL, "3"},
	{"_quadruple", FORM_BROADCAST, NULL, "4"},
};
static const FormRow archive_forms[] = {
	{"annotate", FORM_ANNOTATE, NULL, NULL}, {"unchecked_cast", FORM_UNCHECKED_CAST, NULL, NULL},
	{"uninitialized", FORM_UNINITIALIZED, NULL, NULL}, {"fork", FORM_FORK, NULL, NULL},
	{"awaitable", FORM_AWAITABLE, NULL, NULL},
};
static const struct { const char *name, *op; } builtin_ops[] = {
	{"hex", "aten::hex"}, {"oct", "aten::oct"}, {"bin", "aten::bin"}, {"round", "aten::round"},
	{"hash", "aten::hash"},
	{"id", "prim::id"}, {"abs", "prim::abs"}, {"all", "aten::all"}, {"any", "aten::any"},
	{"divmod", "aten::divmod"},
	{"sum", "aten::sum"}, {"ord", "aten::ord"}, {"chr", "aten::chr"}, {"pow", "aten::pow"},
	{"rangelist", "prim::rangelist"},
	{"sorted", "aten::sorted"},
};
static const char *const exceptions[] = {
	"Exception", "ValueError", "RuntimeError", "TypeError", "IndexError", "KeyError", "NotImplementedError",
	"StopIteration",
	"AttributeError", "ZeroDivisionError", "OverflowError", "ArithmeticError", "LookupError", "OSError", "IOError",
	"NameError", "BaseException", "FloatingPointError", "MemoryError", "UnboundLocalError", "Warning",
	"UserWarning",
};

static bool find_row(const FormRow *rows, size_t n, const char *name, Sugar *out)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(rows[i].name, name)) {
			*out = (Sugar){.kind = SUGAR_FORM, .form = rows[i].form, .type = rows[i].type,
				.name = rows[i].op};
			return true;
		}
	return false;
}

bool form_find(Dialect d, const char *name, Sugar *out)
{
	if (find_row(builtins, sizeof builtins / sizeof *builtins, name, out))
		return true;
	for (size_t i = 0; i < sizeof builtin_ops / sizeof *builtin_ops; i++)
		if (!strcmp(builtin_ops[i].name, name)) {
			*out = (Sugar){.kind = SUGAR_OP, .name = builtin_ops[i].op};
			return true;
		}
	if (!strcmp(name, "AssertionError")) {
		*out = (Sugar){.kind = SUGAR_EXCEPTION};
		return true;
	}
	if (d == DIALECT_ARCHIVE)
		return find_row(archive_forms, sizeof archive_forms / sizeof *archive_forms, name, out);
	for (size_t i = 0; i < sizeof exceptions / sizeof *exceptions; i++)
		if (!strcmp(exceptions[i], name)) {
			static const char *const qualified[] = {
				"builtins.Exception", "builtins.ValueError", "builtins.RuntimeError",
				"builtins.TypeError",
				"builtins.IndexError", "builtins.KeyError", "builtins.NotImplementedError",
				"builtins.StopIteration",
				"builtins.AttributeError", "builtins.ZeroDivisionError", "builtins.OverflowError",
				"builtins.ArithmeticError", "builtins.LookupError", "builtins.OSError",
				"builtins.OSError",
				"builtins.NameError", "builtins.BaseException", "builtins.FloatingPointError",
				"builtins.MemoryError",
				"builtins.UnboundLocalError", "builtins.Warning", "builtins.UserWarning",
			};
			*out = (Sugar){.kind = SUGAR_EXCEPTION, .name = qualified[i]};
			return true;
		}
	return false;
}

static Status wrong_count(Lower *l, const Expr *e, const char *what)
{
	return fail_at(l->err, STATUS_COMPILE, e->at, "%s", what);
}

static Value *cast(Lower *l, Sugar f, const NamedValue *args, int n, Range at)
{
	static const struct { const Type *type; const char *method; } methods[] = {
		{&type_int, "__int__"}, {&type_float, "__float__"}, {&type_bool, "__bool__"}, {&type_str, "__str__"},
		{&type_complex, "__complex__"},
	};
	if (n == 0 && f.type != &type_complex) {
		IValue v = f.type == &type_int ? iv_int(0) : f.type == &type_float ? iv_float(0)
			: f.type == &type_bool ? iv_bool(false)
			: iv_cstr("");
		return emit_constant(l, v, f.type, at);
	}
	if (n == 1) {
		Value *v = args[0].value, *r;
		if (v->type->kind == f.type->kind)
			return v;
		if (v->type->kind == TYPE_CLASS)
			for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
				if (methods[i].type == f.type && class_find_method(v->type->cls, methods[i].method))
					return call_method(l, v, methods[i].method, NULL, 0, at, &r) == STATUS_OK ? r
						: NULL;
		if (f.type == &type_bool)
			return lower_to_bool(l, v, at);
	}
	Sugar s;
	return emit_op_full(l, f.name, NULL, args, n, NULL, 0, at, &s) == STATUS_OK ? s.value : NULL;
}

static Value *min_max(Lower *l, const char *name, const NamedValue *args, int n, const NamedValue *kw, int nkw,
	Range at)
{
	Sugar s;
	bool tensor = n && args[0].value->type->kind == TYPE_TENSOR; // with a number it is one itself
	tensor &= n < 2 || args[1].value->type->kind == TYPE_TENSOR;
	char *op = arena_printf(&l->arena, "%s::%s", tensor ? "aten" : "prim", name);
	if (n > 2 && !tensor) { // three or more: of their list
		Value **v = arena_array(&l->arena, Value *, n);
		for (int i = 0; i < n; i++)
			v[i] = args[i].value;
		Value *list = lower_list(l, v, n, NULL, at);
		return list ? emit_op(l, op, &list, 1, at) : NULL;
	}
	return emit_op_full(l, op, NULL, args, n, kw, nkw, at, &s) == STATUS_OK ? sugar_value(l, s, at) : NULL;
}

static Value *length(Lower *l, Sugar s, Range at)
{
	Sugar *items;
	int n;
	bool is_static;
	if (s.kind == SUGAR_TUPLE || (s.kind == SUGAR_VALUE && s.value->type->kind == TYPE_TUPLE))
		return emit_int(l, s.kind == SUGAR_TUPLE ? s.n : s.value->type->n, at);
	if (s.kind == SUGAR_VALUE && s.value->type->kind == TYPE_CLASS) {
		Value *r;
		if (class_find_method(s.value->type->cls, "__len__") && !(l->fe->script && s.value->type->cls->is_module))
			return call_method(l, s.value, "__len__", NULL, 0, at, &r) == STATUS_OK ? r : NULL;
		if (sugar_static_items(l, s, &is_static, &items, &n, at) != STATUS_OK)
			return NULL;
		if (is_static)
			return emit_int(l, n, at);
		Sugar f;
		if (l->fe->script && has_attribute(l, s.value->type, "__len__"))
			return lower_attribute(l, s, "__len__", NULL, at, &f) == STATUS_OK &&
				call_sugar(l, f, NULL, 0, NULL, 0, at, &f) == STATUS_OK ? f.value : NULL;
	}
	Value *v = sugar_value(l, s, at);
	return v ? emit_op(l, "aten::len", &v, 1, at) : NULL;
}

static Status lower_dict(Lower *l, const Expr *e, const Type *hint, Sugar *out)
{
	if (hint && hint->kind == TYPE_OPTIONAL)
		hint = hint->elem[0];
	const Type *d = hint && hint->kind == TYPE_DICT ? hint : NULL;
	Value *v = NULL;
	if (e->list.n > 1)
		return wrong_count(l, e, "dict expects at most 1 positional argument");
	if (e->list.n) {
		const Expr *x = e->list.items[0];
		v = lower_value(l, x, d);
		if (!v)
			return lower_failed(l);
		if (v->type->kind == TYPE_TUPLE) { // dict((("a", 1), ("b", 2)))
			Value *c = v->type->n ? match_convert(l->block, v, type_list(l->pool, v->type->elem[0]),
				e->at, false, NULL) : NULL;
			v = c ? c : v;
		}
		v = emit_op(l, "aten::dict", &v, 1, e->at);
	} else {
		const Type *t = d;
		Value *first = NULL;
		if (!t && e->nkw) {
			first = lower_value(l, e->kw[0].value, NULL);
			if (!first)
				return lower_failed(l);
			t = type_dict(l->pool, &type_str, first->type);
		}
		if (!t)
			t = type_dict(l->pool, &type_str, &type_tensor);
		v = emit_node(l, NODE_DICT_CONSTRUCT, NULL, 0, t, e->at)->outputs[0];
	}
	for (int i = 0; v && i < e->nkw; i++) {
		if (!e->kw[i].name)
			return fail_at(l->err, STATUS_COMPILE, e->kw[i].at, "** arguments are not supported");
		Value *x = lower_value(l, e->kw[i].value, v->type->elem[1]);
		if (!x)
			return lower_failed(l);
		NamedValue in[3] = {{NULL, v, e->at}, {NULL, emit_str(l, e->kw[i].name, e->at), e->at},
			{NULL, x, e->at}};
		Sugar unused;
		TRY(emit_op_full(l, "aten::_set_item", NULL, in, 3, NULL, 0, e->at, &unused));
	}
	*out = sugar_of(v);
	return v ? STATUS_OK : lower_failed(l);
}

static Status iterables(Lower *l, Sugar f, const Expr *e, Sugar *out)
{
	Form form = f.form;
	int max = form == FORM_RANGE ? 3 : form == FORM_ENUMERATE ? 2 : e->list.n;
	if (e->list.n < 1 || e->list.n > max)
		return wrong_count(l, e, form == FORM_RANGE ? "range expected 1 to 3 arguments" : form == FORM_ENUMERATE
			? "enumerate expected 1 or 2 arguments" : "zip expected at least 1 argument");
	int n = form == FORM_ENUMERATE ? 1 : e->list.n;
	Sugar *items = arena_array(&l->arena, Sugar, n + 1);
	for (int i = 0; i < n; i++)
		TRY(lower_expr(l, e->list.items[i], NULL, &items[i]));
	*out = (Sugar){.kind = SUGAR_ITER, .form = form, .items = items, .n = n};
	const Expr *start = form == FORM_ENUMERATE && e->list.n == 2 ? e->list.items[1] : NULL;
	for (int i = 0; i < e->nkw; i++) {
		if (form == FORM_ENUMERATE && e->kw[i].name && !strcmp(e->kw[i].name, "start") && !start)
			start = e->kw[i].value;
		else if (form != FORM_ZIP || !e->kw[i].name || strcmp(e->kw[i].name, "strict"))
			return fail_at(l->err, STATUS_COMPILE, e->kw[i].at, "unknown keyword argument");
	}
	if (start) {
		out->value = lower_value(l, start, NULL);
		if (!out->value)
			return lower_failed(l);
		if (out->value->type->kind != TYPE_INT)
			return fail_at(l->err, STATUS_COMPILE, start->at, "the start of enumerate must be an int");
	}
	return STATUS_OK;
}

static Status annotate(Lower *l, Sugar f, const Expr *e, Sugar *out)
{
	if (e->list.n != 2 || e->nkw)
		return wrong_count(l, e, "annotate expects 2 arguments, a type and a value");
	const Type *t;
	TRY(type_from_expr(l->fe, l->file, e->list.items[0], &t, l->err));
	Value *v = lower_value(l, e->list.items[1], t);
	if (!v)
		return lower_failed(l);
	if (f.form == FORM_UNCHECKED_CAST) {
		*out = sugar_of(type_equal(v->type, t) ? v : emit_cast(l, v, t, e->at));
		return STATUS_OK;
	}
	Value *r = match_convert(l->block, v, t, e->at, true, NULL);
	if (!r) {
		char *w = type_str_repr(t), *x = type_str_repr(v->type);
		Status st = fail_at(l->err, STATUS_COMPILE, e->at, "expected an expression of type %s but found %s",
			w, x);
		free(w);
		free(x);
		return st;
	}
	*out = sugar_of(type_equal(r->type, t) ? r : emit_cast(l, r, t, e->at));
	return STATUS_OK;
}

// The body of a nested def, lowered in the current block; its result.
static Value *lower_closure(Lower *l, const Def *d)
{
	static const char *const flags[] = {"%skip", "%stop", "%returned"};
	const Type *declared = l->declared_ret, *ret = l->ret;
	int loops = l->loops;
	l->declared_ret = l->ret = NULL;
	l->loops = 0;
	scope_push(l, l->block, false);
	for (int i = 0; i < 3; i++)
		scope_bind(l, flags[i], (Sugar){.kind = SUGAR_FLAG});
	Value *v = NULL;
	Exit x;
	if (d->params.n) {
		fail_at(l->err, STATUS_COMPILE, d->name_at, "a nested function takes no parameters");
	} else if (lower_stmts(l, &d->body, 0, NULL, &x) == STATUS_OK) {
		Binding *b = scope_find(l, "%ret");
		bool mine = b && b->scope == l->scope && b->s.kind == SUGAR_VALUE;
		if (x == EXIT_MIGHT)
			fail_at(l->err, STATUS_COMPILE, d->name_at, "a nested function must return on all its paths");
		else
			v = mine ? b->s.value : emit_none(l, d->name_at);
	}
	scope_pop(l);
	l->declared_ret = declared;
	l->ret = ret;
	l->loops = loops;
	return v;
}

static Status fork_call(Lower *l, const Expr *e, Sugar *out)
{
	if (!e->list.n)
		return wrong_count(l, e, "fork expects a function");
	Sugar f;
	TRY(lower_expr(l, e->list.items[0], NULL, &f));
	Expr call = *e;
	call.list.items = e->list.items + 1;
	call.list.n = e->list.n - 1;
	NamedValue *args = NULL, *kw = NULL;
	int nargs = 0, nkw = 0;
	if (f.kind != SUGAR_CLOSURE)
		TRY(lower_args(l, &call, NULL, 0, &args, &nargs, &kw, &nkw));
	Node *node = emit_node(l, NODE_FORK, NULL, 0, NULL, e->at);
	scope_push(l, node_add_block(node), false);
	Value *v = NULL;
	if (f.kind == SUGAR_CLOSURE) {
		v = lower_closure(l, f.def);
	} else {
		Sugar r;
		TRY(call_sugar(l, f, args, nargs, kw, nkw, e->at, &r));
		v = sugar_value(l, r, e->at);
	}
	if (!v)
		return lower_failed(l);
	block_add_output(l->block, v);
	scope_pop(l);
	*out = sugar_of(node_add_output(node, type_future(l->pool, v->type), NULL));
	return STATUS_OK;
}

static Status awaitable(Lower *l, const Expr *e, Sugar *out)
{
	Sugar f;
	if (!e->list.n)
		return wrong_count(l, e, "awaitable expects a function");
	TRY(lower_expr(l, e->list.items[0], NULL, &f));
	if (f.kind != SUGAR_CLOSURE)
		return fail_at(l->err, STATUS_COMPILE, e->at, "awaitable expects a nested function");
	Value *v = lower_closure(l, f.def);
	Node *n = v ? node_new_op(l->g, op_find("prim::awaitable_nowait", ""), &v, 1, e->at) : NULL;
	if (!n)
		return lower_failed(l);
	n->outputs[0]->type = type_await(l->pool, v->type);
	block_append(l->block, n);
	*out = sugar_of(n->outputs[0]);
	return STATUS_OK;
}

static Status attribute_form(Lower *l, Sugar f, const Expr *e, Sugar *out)
{
	int n = e->list.n;
	if (e->nkw || n < 2 || n > (f.form == FORM_GETATTR ? 3 : 2) || e->list.items[1]->kind != EX_STR)
		return wrong_count(l, e, f.form == FORM_GETATTR ? "getattr expects an object, a string literal and "
			"maybe a default"
			: "hasattr expects an object and a string literal");
	const char *name = e->list.items[1]->str;
	Sugar obj;
	TRY(lower_expr(l, e->list.items[0], NULL, &obj));
	const Type *t = obj.kind == SUGAR_VALUE ? obj.value->type : NULL;
	bool has = t && has_attribute(l, t, name);
	if (f.form == FORM_HASATTR) {
		if (!t || (t->kind != TYPE_CLASS && t->kind != TYPE_INTERFACE && t->kind != TYPE_TUPLE))
			return fail_at(l->err, STATUS_COMPILE, e->at, "hasattr's first argument must be an object");
		*out = sugar_of(emit_bool(l, has, e->at));
		return STATUS_OK;
	}
	if (n == 3 && t && !has)
		return lower_expr(l, e->list.items[2], NULL, out);
	return lower_attribute(l, obj, name, NULL, e->at, out);
}

static Status tuple_of(Lower *l, const Expr *e, Sugar *out)
{
	Sugar s, *items;
	int n = 0;
	bool is_static = true;
	if (e->list.n > 1)
		return wrong_count(l, e, "tuple expects at most 1 argument");
	if (e->list.n) {
		TRY(lower_expr(l, e->list.items[0], NULL, &s));
		TRY(sugar_static_items(l, s, &is_static, &items, &n, e->at));
		if (!is_static)
			return fail_at(l->err, STATUS_COMPILE, e->at, "cannot turn a value whose length is not known "
				"into a tuple");
	}
	*out = (Sugar){.kind = SUGAR_TUPLE, .items = n ? items : NULL, .n = n};
	bool plain = true;
	for (int i = 0; i < n; i++)
		plain &= items[i].kind == SUGAR_VALUE;
	if (plain)
		*out = sugar_of(sugar_value(l, *out, e->at));
	return !plain || out->value ? STATUS_OK : lower_failed(l);
}

static Status tensor_form(Lower *l, Sugar f, const NamedValue *args, int n, const NamedValue *kw, int nkw,
	const Type *hint,
	const Expr *e, Sugar *out)
{
	if (f.form == FORM_TOLIST) {
		if (n || nkw || !hint)
			return fail_at(l->err, STATUS_COMPILE, e->at, "Expected type hint for result of tolist()");
		*out = sugar_of(emit_node(l, NODE_TOLIST, &f.value, 1, hint, e->at)->outputs[0]);
		return STATUS_OK;
	}
	if (f.form == FORM_TYPE_TO)
		return emit_op_full(l, "aten::to", f.value, args, n, kw, nkw, e->at, out);
	if (n || nkw)
		return fail_at(l->err, STATUS_COMPILE, e->at, "this method takes no arguments");
	Value *in[5] = {f.value, emit_int(l, f.n, e->at), emit_bool(l, false, e->at), emit_bool(l, false, e->at),
		emit_none(l, e->at)};
	*out = sugar_of(emit_op(l, "aten::to", in, 5, e->at));
	return out->value ? STATUS_OK : lower_failed(l);
}

// _pair(x): a number repeated, or a list as it is.
static Value *broadcast(Lower *l, int count, const NamedValue *args, int n, Range at)
{
	if (n != 1)
		return NULL;
	Value *v = args[0].value, *items[4] = {v, v, v, v};
	if (v->type->kind == TYPE_TUPLE)
		return v;
	if (v->type->kind == TYPE_INT || v->type->kind == TYPE_FLOAT)
		return lower_list(l, items, count, NULL, at);
	return v->type->kind == TYPE_LIST ? v : NULL;
}

static Status plain_form(Lower *l, Sugar f, const Expr *e, const Type *hint, Sugar *out)
{
	NamedValue *args, *kw;
	int n, nkw;
	Expr call = *e;
	Expr as_list;
	if (e->list.n == 1 && e->list.items[0]->kind == EX_GENERATOR) {
		as_list = *e->list.items[0];
		as_list.kind = EX_LISTCOMP;
		call.list.items = arena_array(&l->arena, Expr *, 1);
		call.list.items[0] = &as_list;
	}
	TRY(lower_args(l, &call, NULL, 0, &args, &n, &kw, &nkw));
	Value *v = NULL;
	switch (f.form) {
	case FORM_PRINT: {
		if (nkw)
			return wrong_count(l, e, "print doesn't accept any keyword arguments");
		Value **in = arena_array(&l->arena, Value *, n + 1);
		for (int i = 0; i < n; i++)
			in[i] = args[i].value;
		block_append(l->block, node_new_op(l->g, op_find("prim::Print", ""), in, n, e->at));
		v = emit_none(l, e->at);
		break;
	}
	case FORM_CAST:
		v = cast(l, f, args, n, e->at);
		break;
	case FORM_MIN_MAX:
		v = min_max(l, f.name, args, n, kw, nkw, e->at);
		break;
	case FORM_TOLIST:
	case FORM_TYPE_TO:
	case FORM_TENSOR_CAST:
		return tensor_form(l, f, args, n, kw, nkw, hint, e, out);
	case FORM_BROADCAST:
		v = broadcast(l, atoi(f.name), args, n, e->at);
		if (!v)
			return wrong_count(l, e, "expected one number or a list of them");
		break;
	case FORM_UNWRAP_OPTIONAL: {
		if (n != 1)
			return wrong_count(l, e, "unchecked_unwrap_optional expects 1 argument");
		const Type *t = args[0].value->type;
		v = t->kind == TYPE_OPTIONAL ? emit_cast(l, args[0].value, t->elem[0], e->at) : args[0].value;
		break;
	}
	case FORM_NEW_TENSOR: {
		if (n != 1 || nkw || (args[0].value->type->kind != TYPE_LIST &&
			args[0].value->type->kind != TYPE_TUPLE))
			return wrong_count(l, e, "this constructor takes one list; torch.empty makes a tensor of a "
				"size");
		NamedValue dtype = {"dtype", emit_int(l, f.n, e->at), e->at};
		return emit_op_full(l, "aten::tensor", NULL, args, 1, &dtype, 1, e->at, out);
	}
	case FORM_TRUE:
	case FORM_FALSE:
		v = emit_bool(l, f.form == FORM_TRUE, e->at);
		break;
	default:
		return fail_at(l->err, STATUS_COMPILE, e->at, "this cannot be called here");
	}
	*out = sugar_of(v);
	return v ? STATUS_OK : lower_failed(l);
}

// torch._assert(condition, message): the statement.
static Status assert_form(Lower *l, const Expr *e, Sugar *out)
{
	if (e->list.n < 1 || e->list.n > 2 || e->nkw)
		return wrong_count(l, e, "_assert expects a condition and a message");
	Stmt s = {.kind = ST_ASSERT, .at = e->at, .cond = e->list.items[0], .value = e->list.n > 1 ? e->list.items[1] : NULL};
	Stmt *only = &s;
	StmtList list = {&only, 1, 1};
	Exit x;
	TRY(lower_stmts(l, &list, 0, NULL, &x));
	*out = sugar_of(emit_none(l, e->at));
	return STATUS_OK;
}

static Status check_form(Lower *l, const Expr *e, Sugar *out)
{
	if (!e->list.n)
		return wrong_count(l, e, "_check expects a condition");
	Condition c;
	TRY(lower_condition(l, e->list.items[0], &c));
	Value *cond = condition_value(l, &c, e->at);
	Node *branch = emit_node(l, NODE_IF, &cond, 1, NULL, e->at);
	node_add_block(branch);
	scope_push(l, node_add_block(branch), false);
	TRY(lower_raise(l, emit_str(l, "AssertionError: Expected cond to be True", e->at), NULL, e->at));
	scope_pop(l);
	condition_apply(l, c.yes, e->at);
	*out = sugar_of(emit_none(l, e->at));
	return STATUS_OK;
}

Status lower_form(Lower *l, Sugar f, const Expr *e, const Type *hint, Sugar *out)
{
	switch (f.form) {
	case FORM_ANNOTATE:
	case FORM_UNCHECKED_CAST:
		return annotate(l, f, e, out);
	case FORM_UNINITIALIZED: {
		const Type *t;
		if (e->list.n != 1)
			return wrong_count(l, e, "uninitialized expects a type");
		TRY(type_from_expr(l->fe, l->file, e->list.items[0], &t, l->err));
		*out = sugar_of(emit_uninitialized(l, l->block, t, e->at));
		return STATUS_OK;
	}
	case FORM_ISINSTANCE: {
		Condition c;
		TRY(lower_isinstance(l, e, &c));
		*out = sugar_of(condition_value(l, &c, e->at));
		return STATUS_OK;
	}
	case FORM_GETATTR:
	case FORM_HASATTR:
		return attribute_form(l, f, e, out);
	case FORM_RANGE:
	case FORM_ZIP:
	case FORM_ENUMERATE:
		return iterables(l, f, e, out);
	case FORM_FORK:
		return fork_call(l, e, out);
	case FORM_AWAITABLE:
		return awaitable(l, e, out);
	case FORM_CHECK:
		return f.name ? assert_form(l, e, out) : check_form(l, e, out);
	case FORM_NEW:
		*out = sugar_of(emit_node(l, NODE_CREATE_OBJECT, NULL, 0, f.type, e->at)->outputs[0]);
		return STATUS_OK;
	case FORM_TUPLE:
		return tuple_of(l, e, out);
	case FORM_DICT:
		return lower_dict(l, e, hint, out);
	case FORM_LEN: {
		Sugar s;
		if (e->list.n != 1)
			return wrong_count(l, e, "len expects 1 argument");
		TRY(lower_expr(l, e->list.items[0], NULL, &s));
		*out = sugar_of(length(l, s, e->at));
		return out->value ? STATUS_OK : lower_failed(l);
	}
	case FORM_LIST: {
		Sugar s;
		if (e->list.n > 1)
			return wrong_count(l, e, "list expects at most 1 argument");
		if (!e->list.n) {
			*out = sugar_of(lower_list(l, NULL, 0, hint, e->at));
			return STATUS_OK;
		}
		TRY(lower_expr(l, e->list.items[0], NULL, &s));
		*out = sugar_of(lower_list_of(l, s, hint, e->at));
		return out->value ? STATUS_OK : lower_failed(l);
	}
	default:
		return plain_form(l, f, e, hint, out);
	}
}
