// SPDX-License-Identifier: BSD-3-Clause
// Overload matching: binds a call's arguments to a schema's and adapts them.
//
// A schema is tried in two steps.  The first only looks: it finds for every formal where its value comes from
// and whether the types fit, and leaves a plan.  The second, for the schema that won, appends the nodes that
// the plan needs (conversions, packed lists, defaults).  So a failed try costs no memory, and explanations are
// written only when a caller hands in a Text.
#include "ir/match.h"

#include <stdlib.h>
#include <string.h>

#define MAX_BINDS 8
#define PLAN_INLINE 40

typedef struct Bind {
	const char *name;
	const Type *type;
	bool exact; // bound inside a list or dict, where no wider type will do
} Bind;
typedef struct Binds {
	Bind v[MAX_BINDS];
	int n;
} Binds;

typedef enum SlotFrom { SLOT_VALUE, SLOT_DEFAULT, SLOT_PACK, SLOT_REPEAT } SlotFrom;
typedef struct Slot {
	SlotFrom from;
	Value *value;     // SLOT_VALUE, SLOT_REPEAT
	int first;        // SLOT_PACK: first positional
	const Type *type; // the formal's type with variables bound
} Slot;

static const Type *unwrap_optional(const Type *t)
{
	return t->kind == TYPE_OPTIONAL ? t->elem[0] : t;
}

static bool has_variables(const Type *t)
{
	if (t->kind == TYPE_VAR)
		return true;
	if (t->name) // nominal
		return false;
	for (int i = 0; i < t->n; i++)
		if (has_variables(t->elem[i]))
			return true;
	return false;
}

// Appends "fmt" with the printed forms of two types in place of %s.
static void explain(Text *why, const char *fmt, const Type *a, const Type *b)
{
	if (!why)
		return;
	char *sa = type_str_repr(a), *sb = b ? type_str_repr(b) : NULL;
	for (const char *p = fmt; *p; p++) {
		if (p[0] == '%' && p[1] == 'a')
			text_add(why, sa), p++;
		else if (p[0] == '%' && p[1] == 'b')
			text_add(why, sb ? sb : ""), p++;
		else
			text_addc(why, *p);
	}
	free(sa);
	free(sb);
}

static const Type *bind_variable(TypePool *p, const char *name, const Type *actual, Binds *b, bool exact, Text *why)
{
	for (int i = 0; i < b->n; i++) {
		Bind *v = &b->v[i];
		if (strcmp(v->name, name))
			continue;
		if (type_subtype(actual, v->type, NULL))
			return v->type;
		const Type *u = v->exact ? NULL : type_unify(p, v->type, actual, false);
		if (u) {
			v->type = u;
			return u;
		}
		if (why) {
			text_addf(why, "Type variable '%s' previously matched to type ", name);
			explain(why, "%a is matched to type %b", v->type, actual);
		}
		return NULL;
	}
	if (b->n == MAX_BINDS)
		return NULL;
	b->v[b->n++] = (Bind){name, actual, exact};
	return actual;
}

// The formal with its variables bound from the actual; NULL when their shapes differ.
static const Type *bind_formal(TypePool *p, const Type *formal, const Type *actual, Binds *b, bool exact, Text *why)
{
	if (!has_variables(formal))
		return formal;
	const Type *e[2];
	switch (formal->kind) {
	case TYPE_VAR:
		return bind_variable(p, formal->name, actual, b, exact, why);
	case TYPE_LIST:
		if (actual->kind == TYPE_LIST) {
			e[0] = bind_formal(p, formal->elem[0], actual->elem[0], b, true, why);
			return e[0] ? type_list(p, e[0]) : NULL;
		}
		if (actual->kind == TYPE_TUPLE && actual->n) {
			const Type *u = actual->elem[0];
			for (int i = 1; i < actual->n && u; i++)
				u = type_unify(p, u, actual->elem[i], false);
			e[0] = u ? bind_formal(p, formal->elem[0], u, b, true, why) : NULL;
			return e[0] ? type_list(p, e[0]) : NULL;
		}
		break;
	case TYPE_DICT:
		if (actual->kind == TYPE_DICT) {
			e[0] = bind_formal(p, formal->elem[0], actual->elem[0], b, true, why);
			e[1] = e[0] ? bind_formal(p, formal->elem[1], actual->elem[1], b, true, why) : NULL;
			return e[1] ? type_dict(p, e[0], e[1]) : NULL;
		}
		break;
	case TYPE_OPTIONAL:
		if (actual->kind == TYPE_OPTIONAL || actual->kind != TYPE_NONE) {
			e[0] = bind_formal(p, formal->elem[0], unwrap_optional(actual), b, exact, why);
			return e[0] ? type_optional(p, e[0]) : NULL;
		}
		if (formal->elem[0]->kind == TYPE_VAR)
			for (int i = 0; i < b->n; i++)
				if (!strcmp(b->v[i].name, formal->elem[0]->name))
					return type_optional(p, b->v[i].type);
		explain(why, "Cannot match %a to None, because there is no way to determine its element type from None",
			formal, NULL);
		return NULL;
	case TYPE_FUTURE:
	case TYPE_AWAIT:
	case TYPE_RREF:
		if (actual->kind == formal->kind) {
			e[0] = bind_formal(p, formal->elem[0], actual->elem[0], b, true, why);
			if (!e[0])
				return NULL;
			return formal->kind == TYPE_FUTURE ? type_future(p, e[0]) : formal->kind == TYPE_AWAIT
				? type_await(p, e[0]) : actual;
		}
		break;
	case TYPE_TUPLE:
		if (actual->kind == TYPE_TUPLE && actual->n == formal->n && formal->n <= 16) {
			const Type *t[16];
			for (int i = 0; i < formal->n; i++) {
				t[i] = bind_formal(p, formal->elem[i], actual->elem[i], b, exact, why);
				if (!t[i])
					return NULL;
			}
			return type_tuple(p, t, formal->n);
		}
		break;
	default:
		break;
	}
	explain(why, "Cannot match %a to %b", formal, actual);
	return NULL;
}

static const Type *bind_result(TypePool *p, const Type *t, const Binds *b)
{
	if (!has_variables(t))
		return t;
	switch (t->kind) {
	case TYPE_VAR:
		for (int i = 0; i < b->n; i++)
			if (!strcmp(b->v[i].name, t->name))
				return b->v[i].type;
		return &type_any;
	case TYPE_LIST:
		return type_list(p, bind_result(p, t->elem[0], b));
	case TYPE_DICT:
		return type_dict(p, bind_result(p, t->elem[0], b), bind_result(p, t->elem[1], b));
	case TYPE_OPTIONAL:
		return type_optional(p, bind_result(p, t->elem[0], b));
	case TYPE_FUTURE:
		return type_future(p, bind_result(p, t->elem[0], b));
	case TYPE_AWAIT:
		return type_await(p, bind_result(p, t->elem[0], b));
	case TYPE_TUPLE:
		if (t->n <= 16) {
			const Type *e[16];
			for (int i = 0; i < t->n; i++)
				e[i] = bind_result(p, t->elem[i], b);
			return type_tuple(p, e, t->n);
		}
		return t;
	default:
		return t;
	}
}

static bool is_empty_list_literal(const Value *v)
{
	return v && v->def && v->def->kind == NODE_LIST_CONSTRUCT && v->def->ninputs == 0 && v->def->attr.index == 1;
}

static bool tuple_is_list(const Type *t, const Type *want)
{
	if (t->kind != TYPE_TUPLE || want->kind != TYPE_LIST)
		return false;
	for (int i = 0; i < t->n; i++)
		if (!type_subtype(t->elem[i], want->elem[0], NULL))
			return false;
	return true;
}

// The op that turns a value of type t into want, or NULL: "aten::FloatImplicit" …
static const char *conversion_op(const Type *t, const Type *want)
{
	if (want->kind == TYPE_DEVICE)
		return t->kind == TYPE_STR ? "aten::device" : NULL;
	bool tensor = t->kind == TYPE_TENSOR, number = t->kind == TYPE_NUMBER, boolean = t->kind == TYPE_BOOL;
	if (!tensor && !number && !boolean)
		return NULL;
	switch (want->kind) {
	case TYPE_FLOAT:
		return tensor ? "aten::FloatImplicit" : "aten::Float";
	case TYPE_INT:
		return tensor ? "aten::IntImplicit" : "aten::Int";
	case TYPE_COMPLEX:
		return tensor ? "aten::ComplexImplicit" : number ? "aten::Complex" : NULL;
	case TYPE_NUMBER:
		return tensor ? "aten::ScalarImplicit" : boolean ? "aten::Int" : NULL;
	default:
		return NULL;
	}
}

// Would match_convert succeed?  v may be NULL when only the type is known.
static bool fits(const Value *v, const Type *t, const Type *want, bool convert)
{
	if (want->kind == TYPE_OPTIONAL && t->kind != TYPE_OPTIONAL && t->kind != TYPE_NONE)
		return fits(v, t, want->elem[0], convert);
	if (t == want || type_subtype(t, want, NULL))
		return true;
	if (want->kind == TYPE_LIST && is_empty_list_literal(v))
		return true;
	if (t->kind == TYPE_TUPLE) {
		if (tuple_is_list(t, want))
			return true;
		if (want->kind == TYPE_TUPLE && want->n == t->n) {
			for (int i = 0; i < t->n; i++)
				if (!fits(NULL, t->elem[i], want->elem[i], convert))
					return false;
			return true;
		}
	}
	return convert && conversion_op(t, want);
}

static Value *emit_op1(Block *b, const char *name, Value *v, Range at)
{
	const Op *const *ops;
	int n = op_overloads(name, &ops);
	for (int i = 0; i < n; i++) {
		const Schema *s = ops[i]->schema;
		if (s->nargs < 1 || !type_subtype(v->type, s->args[0].type, NULL))
			continue;
		Node *node = node_new_op(b->graph, ops[i], &v, 1, at);
		block_append(b, node);
		return node->outputs[0];
	}
	return NULL;
}

static Value *emit_list(Block *b, const Type *elem, Value *const *items, int n, Range at)
{
	Node *list = node_new(b->graph, NODE_LIST_CONSTRUCT, at);
	for (int i = 0; i < n; i++)
		node_add_input(list, items[i]);
	node_add_output(list, type_list(b->graph->pool, elem), NULL);
	block_append(b, list);
	return list->outputs[0];
}

static Value **emit_unpack(Block *b, Value *tuple, Range at)
{
	int n = tuple->type->n;
	if (tuple->def && tuple->def->kind == NODE_TUPLE_CONSTRUCT)
		return tuple->def->inputs;
	Node *u = node_new(b->graph, NODE_TUPLE_UNPACK, at);
	node_add_input(u, tuple);
	for (int i = 0; i < n; i++)
		node_add_output(u, tuple->type->elem[i], NULL);
	block_append(b, u);
	return u->outputs;
}

Value *match_convert(Block *b, Value *v, const Type *want, Range at, bool convert, Text *why)
{
	const Type *t = v->type;
	if (want->kind == TYPE_OPTIONAL && t->kind != TYPE_OPTIONAL && t->kind != TYPE_NONE)
		want = want->elem[0];
	if (t == want || type_subtype(t, want, NULL))
		return v;
	if (want->kind == TYPE_LIST && is_empty_list_literal(v))
		return emit_list(b, want->elem[0], NULL, 0, at);
	if (t->kind == TYPE_TUPLE && tuple_is_list(t, want))
		return emit_list(b, want->elem[0], emit_unpack(b, v, at), t->n, at);
	if (t->kind == TYPE_TUPLE && want->kind == TYPE_TUPLE && want->n == t->n && fits(v, t, want, convert)) {
		Value **items = emit_unpack(b, v, at);
		Node *tuple = node_new(b->graph, NODE_TUPLE_CONSTRUCT, at);
		for (int i = 0; i < t->n; i++)
			node_add_input(tuple, match_convert(b, items[i], want->elem[i], at, convert, NULL));
		node_add_output(tuple, want, NULL);
		block_append(b, tuple);
		return tuple->outputs[0];
	}
	const char *op = convert ? conversion_op(t, want) : NULL;
	if (op)
		return emit_op1(b, op, v, at);
	explain(why, "Expected a value of type '%a' but instead found type '%b'.", want, t);
	return NULL;
}

static const NamedValue *find_keyword(const Schema *s, const char *arg, const NamedValue *kw, int nkw)
{
	for (int i = 0; i < nkw; i++)
		if (!strcmp(kw[i].name, arg))
			return &kw[i];
	if (!strcmp(arg, "self") && !strncmp(s->name, "aten::", 6))
		for (int i = 0; i < nkw; i++)
			if (!strcmp(kw[i].name, "input"))
				return &kw[i];
	return NULL;
}

// May the remaining positionals be packed into formal i?
static bool takes_rest(const Schema *s, int i)
{
	const Arg *a = &s->args[i];
	const Type *t = a->type;
	return t->kind == TYPE_LIST && t->elem[0]->kind != TYPE_VAR && !a->fixed &&
		(i + 1 == s->nargs || s->args[i + 1].kwonly);
}

static bool accept(const Schema *s, const Arg *a, Value *v, bool convert, TypePool *p, Binds *b, Slot *slot,
	Text *why)
{
	const Type *want = unwrap_optional(a->type);
	slot->from = SLOT_VALUE;
	slot->value = v;
	if (a->fixed && want->kind == TYPE_LIST &&
		((v->type->kind == TYPE_INT && want->elem[0]->kind == TYPE_INT) ||
			(v->type->kind == TYPE_FLOAT && want->elem[0]->kind == TYPE_FLOAT))) {
		slot->from = SLOT_REPEAT;
		slot->type = want;
		return true;
	}
	Text reason = {0};
	slot->type = bind_formal(p, a->type, v->type, b, false, why ? &reason : NULL);
	if (!slot->type) {
		if (why) {
			explain(why, "Could not match type %a to %b in argument '", v->type, a->type);
			text_addf(why, "%s': %s.\n", a->name, text_str(&reason));
			text_free(&reason);
		}
		return false;
	}
	text_free(&reason);
	if (fits(v, v->type, slot->type, convert))
		return true;
	if (why) {
		char *w = type_str_repr(slot->type), *f = type_str_repr(v->type);
		text_addf(why, "Expected a value of type '%s' for argument '%s' but instead found type '%s'.\n", w,
			a->name, f);
		if (is_empty_list_literal(v))
			text_add(why, "Empty lists default to List[Tensor]. Add a variable annotation to the "
				"assignment "
				"to create an empty list of another type (torch.jit.annotate(List[T, []]) where T is "
				"the "
				"type of elements in the list for Python 2)\n");
		free(w);
		free(f);
	}
	(void)s;
	return false;
}

static bool plan_schema(TypePool *p, const Schema *s, Value *self, const NamedValue *args, int nargs,
	const NamedValue *kw, int nkw, bool convert, Slot *plan, Binds *binds, int *used, Text *why)
{
	int pos = 0, keywords = 0;
	for (int i = 0; i < s->nargs; i++) {
		const Arg *a = &s->args[i];
		Slot *slot = &plan[i];
		Value *v;
		const NamedValue *k;
		if (self && !strcmp(a->name, "self")) {
			v = self;
			self = NULL;
		} else if (!a->kwonly && pos < nargs) {
			const Type *t = args[pos].value->type;
			if (convert && takes_rest(s, i) && t->kind != TYPE_LIST &&
				!tuple_is_list(t, a->type)) {
				const Type *list = a->type;
				for (int j = pos; j < nargs; j++)
					if (!fits(args[j].value, args[j].value->type, list->elem[0], true)) {
						if (why) {
							char *w = type_str_repr(list);
							char *f = type_str_repr(args[j].value->type);
							text_addf(why,
								"Expected a value of type '%s' for argument '%s' but "
								"instead found type '%s'.\n", w, a->name, f);
							free(w);
							free(f);
						}
						return false;
					}
				*slot = (Slot){SLOT_PACK, NULL, pos, list};
				pos = nargs;
				continue;
			}
			v = args[pos++].value;
		} else if ((k = find_keyword(s, a->name, kw, nkw))) {
			v = k->value;
			keywords++;
		} else if (a->has_default) {
			*slot = (Slot){SLOT_DEFAULT, NULL, 0, a->type};
			continue;
		} else {
			if (why)
				text_addf(why, "Argument %s not provided.\n", a->name);
			return false;
		}
		if (!accept(s, a, v, convert, p, binds, slot, why))
			return false;
	}
	if (self) {
		if (why)
			text_add(why, "Provided self argument not used in schema.\n");
		return false;
	}
	if (pos < nargs && !s->vararg) {
		if (why)
			text_addf(why, "Expected at most %d arguments but found %d positional arguments.\n", pos,
				nargs);
		return false;
	}
	if (keywords < nkw) {
		for (int i = 0; why && i < nkw; i++) {
			bool found = false, positional = false;
			for (int j = 0; j < s->nargs; j++)
				if (find_keyword(s, s->args[j].name, &kw[i], 1)) {
					found = true;
					positional = plan[j].from == SLOT_VALUE && plan[j].value != kw[i].value;
				}
			if (!found)
				text_addf(why, "Keyword argument %s unknown.\n", kw[i].name);
			else if (positional)
				text_addf(why, "Argument %s specified twice in schema, also as keyword.\n", kw[i].name);
		}
		return false;
	}
	*used = pos;
	return true;
}

static Value *emit_default(Block *b, const Arg *a, Range at)
{
	const Type *t = a->type;
	switch (a->def.tag) {
	case TAG_NONE: t = &type_none; break;
	case TAG_BOOL: t = &type_bool; break;
	case TAG_INT: t = &type_int; break;
	case TAG_FLOAT: t = &type_float; break;
	case TAG_STR: t = &type_str; break;
	case TAG_COMPLEX: t = &type_complex; break;
	default: t = unwrap_optional(t); break;
	}
	Node *n;
	Value *v = graph_constant(b->graph, ivalue_ref(a->def), t, at, &n);
	block_append(b, n);
	return v;
}

bool match_schema(Block *b, const Schema *s, Range at, Value *self, const NamedValue *args, int nargs,
	const NamedValue *kwargs, int nkwargs, bool convert, Match *out, Text *why)
{
	Graph *g = b->graph;
	Slot inline_plan[PLAN_INLINE], *plan = inline_plan;
	if (s->nargs > PLAN_INLINE)
		plan = xcalloc((size_t)s->nargs, sizeof *plan);
	Binds binds = {.n = 0};
	int used = 0;
	bool ok = plan_schema(g->pool, s, self, args, nargs, kwargs, nkwargs, convert, plan, &binds, &used, why);
	if (ok) {
		out->schema = s;
		out->op = NULL;
		out->ninputs = s->nargs + (s->vararg ? nargs - used : 0);
		out->inputs = arena_array(&g->arena, Value *, out->ninputs + 1);
		for (int i = 0; i < s->nargs; i++) {
			const Slot *p = &plan[i];
			Value *items[64];
			switch (p->from) {
			case SLOT_DEFAULT:
				out->inputs[i] = emit_default(b, &s->args[i], at);
				break;
			case SLOT_REPEAT: {
				int n = s->args[i].fixed < 64 ? s->args[i].fixed : 64;
				for (int j = 0; j < n; j++)
					items[j] = p->value;
				out->inputs[i] = emit_list(b, p->type->elem[0], items, n, at);
				break;
			}
			case SLOT_PACK: {
				int n = nargs - p->first;
				Value **list = arena_array(&g->arena, Value *, n + 1);
				for (int j = 0; j < n; j++)
					list[j] = match_convert(b, args[p->first + j].value, p->type->elem[0], at,
						true, NULL);
				out->inputs[i] = emit_list(b, p->type->elem[0], list, n, at);
				break;
			}
			case SLOT_VALUE:
				out->inputs[i] = match_convert(b, p->value, p->type, at, convert, NULL);
				break;
			}
		}
		for (int i = s->nargs; i < out->ninputs; i++)
			out->inputs[i] = args[used + i - s->nargs].value;
		out->nrets = s->nrets;
		out->rets = arena_array(&g->arena, const Type *, s->nrets + 1);
		for (int i = 0; i < s->nrets; i++)
			out->rets[i] = bind_result(g->pool, s->rets[i].type, &binds);
	}
	if (plan != inline_plan)
		free(plan);
	return ok;
}

// Cheap refusal before anything is planned: too few or too many arguments can be seen from the counts.
static bool count_fits(const Schema *s, bool self, int nargs, int nkw)
{
	if (s->vararg)
		return true;
	int total = nargs + nkw + self;
	if (total > s->nargs) {
		for (int i = 0; i < s->nargs; i++)
			if (takes_rest(s, i))
				return true;
		return false;
	}
	int need = 0;
	for (int i = 0; i < s->nargs; i++)
		need += !s->args[i].has_default;
	return total >= need;
}

static bool overload_is_dtype_view(const Op *op)
{
	return !strcmp(op->schema->overload, "dtype") && !strcmp(op->schema->name, "aten::view");
}

Status match_op(Block *b, const char *name, Range at, Value *self, const NamedValue *args, int nargs,
	const NamedValue *kwargs, int nkwargs, Match *out, Error *err)
{
	const Op *const *ops;
	int n = op_overloads(name, &ops);
	if (!n)
		return fail_at(err, STATUS_COMPILE, at, "Unknown builtin op: %s", name);
	for (int pass = 0; pass < 2; pass++) {
		for (int i = 0; i < n; i++) {
			if (!count_fits(ops[i]->schema, self != NULL, nargs, nkwargs) || overload_is_dtype_view(ops[i]))
				continue;
			if (match_schema(b, ops[i]->schema, at, self, args, nargs, kwargs, nkwargs, pass, out, NULL)) {
				out->op = ops[i];
				return STATUS_OK;
			}
		}
	}
	Text t = {0};
	text_add(&t, "Arguments for call are not valid.\nThe following variants are available:\n");
	for (int i = 0; i < n; i++) {
		Text why = {0};
		text_add(&t, "  \n  ");
		schema_print(ops[i]->schema, &t);
		text_add(&t, ":\n");
		Match unused;
		match_schema(b, ops[i]->schema, at, self, args, nargs, kwargs, nkwargs, true, &unused, &why);
		for (const char *p = text_str(&why); *p;) {
			size_t len = strcspn(p, "\n");
			text_add(&t, "  ");
			text_addn(&t, p, len);
			text_addc(&t, '\n');
			p += len + (p[len] == '\n');
		}
		text_free(&why);
	}
	text_add(&t, "The original call is");
	Status st = fail_at(err, STATUS_COMPILE, at, "%s", text_str(&t));
	text_free(&t);
	return st;
}

Node *match_emit_op(Block *b, const Match *m, Range at)
{
	Node *n = node_new_op(b->graph, m->op, m->inputs, m->ninputs, at);
	for (int i = 0; i < n->noutputs && i < m->nrets; i++)
		n->outputs[i]->type = m->rets[i];
	block_append(b, n);
	return n;
}
