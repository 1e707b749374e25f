// SPDX-License-Identifier: BSD-3-Clause
// The statements of a function.
//
// Nodes are met in order.  One that is to be nested leaves its text for its user; any other becomes an assignment
// to a fresh name.  A text that grows too long to read gets a name after all, and with it everything that waits
// and is evaluated earlier.
#include "format/script_body.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONG_TEXT = 40 };

// ---- names

static bool is_meaningful(const char *s)
{
	if (!s || !*s)
		return false;
	for (const char *p = s; *p; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9' && p > s) || *p == '_'))
			return false;
	if (*s != '_')
		return true;
	return s[strspn(s, "_0123456789")] != '\0';
}

static const char *fresh_name(Arena *a, Map *names, Map *suffixes, const char *base)
{
	const char *name = base;
	while (script_is_reserved(name) || map_has(names, name)) {
		intptr_t k = (intptr_t)map_get(suffixes, base);
		name = arena_printf(a, "%s%lld", base, (long long)k);
		map_set(suffixes, base, (void *)(k + 1));
	}
	map_set(names, name, names);
	return name;
}

const char **script_parameter_names(Script *c, const Schema *s)
{
	Map names = {0}, suffixes = {0};
	const char **out = arena_array(&c->arena, const char *, s->nargs + 1);
	for (int i = 0; i < s->nargs; i++) {
		const char *base = is_meaningful(s->args[i].name) ? s->args[i].name : "_";
		out[i] = arena_strdup(&c->arena, fresh_name(&c->arena, &names, &suffixes, base));
	}
	map_free(&names);
	map_free(&suffixes);
	return out;
}

static void name_value(Body *b, const Value *v)
{
	const char *base = is_meaningful(v->name) ? v->name : "_";
	b->text[v->id] = fresh_name(&b->arena, &b->names, &b->suffixes, base);
}

static void name_values(Body *b, Value *const *v, int n)
{
	for (int i = 0; i < n; i++)
		name_value(b, v[i]);
}

// ---- lines

static void begin_line(Body *b)
{
	text_fill(b->out, ' ', 2 * (size_t)b->indent);
}

// "NAMES = " with names just given; nothing when there are none.
static void print_targets(Body *b, Value *const *v, int n, bool unpack)
{
	for (int i = 0; i < n; i++)
		text_addf(b->out, "%s%s", i ? ", " : "", b->text[v[i]->id]);
	if (n)
		text_add(b->out, unpack ? ", = " : " = ");
}

// Gives the expressions that wait, up to and with number last, names of their own.
static void settle(Body *b, int last)
{
	for (int i = 0; i <= last; i++) {
		const Value *v = b->pending[i]->outputs[0];
		const char *text = b->text[v->id];
		name_value(b, v);
		begin_line(b);
		text_addf(b->out, "%s = %s\n", b->text[v->id], text);
	}
	if (last >= 0) {
		b->npending -= last + 1;
		memmove(b->pending, b->pending + last + 1, sizeof *b->pending * (size_t)b->npending);
	}
}

static bool is_nested(const Value *v)
{
	return v->def && v->def->scratch == PLACE_NESTED && v->def->kind != NODE_CONSTANT;
}

// The type that a list of Unions is annotated with would be taken for that of a list literal in it.
static bool misleads_members(const Node *n)
{
	if (n->kind != NODE_LIST_CONSTRUCT && n->kind != NODE_DICT_CONSTRUCT)
		return false;
	const Type *t = n->outputs[0]->type;
	return t->elem[t->n - 1]->kind == TYPE_UNION;
}

// Takes n's inputs from what waits, after the long ones became statements.
static void take_inputs(Body *b, const Node *n)
{
	int last = -1;
	bool all = misleads_members(n);
	for (int i = 0; i < n->ninputs; i++) {
		if (!is_nested(n->inputs[i]) || (!all && strlen(b->text[n->inputs[i]->id]) <= LONG_TEXT))
			continue;
		for (int k = b->npending - 1; k > last; k--)
			if (b->pending[k] == n->inputs[i]->def)
				last = k;
	}
	settle(b, last);
	while (b->npending) {
		const Node *top = b->pending[b->npending - 1];
		const Node *user = top->outputs[0]->uses[0].user;
		if (user != n)
			break;
		b->npending--;
	}
}

// ---- joins

// Assigns values to names that exist or were just given, all at once; an annotation makes each its own line.
static Status print_join(Body *b, Value *const *to, Value *const *from, int n, const bool *annotate)
{
	bool any = false;
	for (int i = 0; i < n; i++)
		any |= annotate && annotate[i];
	if (!n)
		return STATUS_OK;
	for (int i = 0; i < n && any; i++) {
		begin_line(b);
		text_add(b->out, b->text[to[i]->id]);
		if (annotate[i]) {
			text_add(b->out, ": ");
			TRY(script_type(b->code, to[i]->type, b->out));
		}
		text_add(b->out, " = ");
		TRY(body_use(b, from[i], b->out));
		text_addc(b->out, '\n');
	}
	if (any)
		return STATUS_OK;
	begin_line(b);
	print_targets(b, to, n, false);
	for (int i = 0; i < n; i++) {
		text_add(b->out, i ? ", " : "");
		TRY(body_use(b, from[i], b->out));
	}
	text_addc(b->out, '\n');
	return STATUS_OK;
}

static Status print_block(Body *b, Block *block);

// A block's statements, then what it passes on.
static Status print_branch(Body *b, Block *block, Value *const *to, int from, int n, const bool *annotate)
{
	size_t before = b->out->size;
	b->indent++;
	TRY(print_block(b, block));
	take_inputs(b, block->ret);
	TRY(print_join(b, to, n ? block->outputs + from : NULL, n, annotate));
	if (b->out->size == before) {
		begin_line(b);
		text_add(b->out, "pass\n");
	}
	b->indent--;
	return STATUS_OK;
}

// None is written without its type.
static const Type *written_type(const Value *v)
{
	bool none = v->def && v->def->kind == NODE_CONSTANT && v->def->attr.value.tag == TAG_NONE;
	return none && type_is_optional_like(v->type) ? &type_none : v->type;
}

static Status print_if(Body *b, Node *n)
{
	bool *annotate = arena_array(&b->arena, bool, n->noutputs + 1);
	name_values(b, n->outputs, n->noutputs);
	for (int i = 0; i < n->noutputs; i++) {
		const Type *t = written_type(n->blocks[0]->outputs[i]), *f = written_type(n->blocks[1]->outputs[i]);
		const Type *joined = type_unify(b->g->pool, t, f, false);
		annotate[i] = !joined || !type_equal(joined, n->outputs[i]->type);
	}
	begin_line(b);
	text_add(b->out, "if ");
	TRY(body_use(b, n->inputs[0], b->out));
	text_add(b->out, ":\n");
	TRY(print_branch(b, n->blocks[0], n->outputs, 0, n->noutputs, annotate));
	begin_line(b);
	text_add(b->out, "else:\n");
	return print_branch(b, n->blocks[1], n->outputs, 0, n->noutputs, annotate);
}

// A carried value has one name: it is set before the loop and again at the end of each turn.
static Status print_loop(Body *b, Node *n)
{
	Block *body = n->blocks[0];
	bool *annotate = arena_array(&b->arena, bool, n->noutputs + 1), is_for = loop_is_for(n);
	name_values(b, n->outputs, n->noutputs);
	for (int i = 0; i < n->noutputs; i++) {
		b->text[body->inputs[i + 1]->id] = b->text[n->outputs[i]->id];
		annotate[i] = !type_equal(written_type(n->inputs[i + 2]), n->outputs[i]->type);
	}
	TRY(print_join(b, n->outputs, n->inputs + 2, n->noutputs, annotate));
	name_value(b, body->inputs[0]);
	const char *head = b->text[body->inputs[0]->id];
	begin_line(b);
	text_addf(b->out, is_for ? "for %s in range(" : "%s = ", head);
	TRY(body_use(b, n->inputs[is_for ? 0 : 1], b->out));
	text_add(b->out, is_for ? "):\n" : "\n");
	if (!is_for) {
		begin_line(b);
		text_addf(b->out, "while %s:\n", head);
	}
	return print_branch(b, body, body->inputs + is_for, is_for, n->noutputs + !is_for, NULL);
}

static Status print_with(Body *b, Node *n)
{
	const Node *enter = n->prev;
	while (enter->kind == NODE_CONSTANT)
		enter = enter->prev;
	if (enter == n->block->head || enter->scratch != PLACE_SILENT)
		return fail(b->code->err, STATUS_UNSUPPORTED, "%s: a with statement whose __enter__ is called elsewhere",
			b->code->function);
	begin_line(b);
	text_add(b->out, "with ");
	TRY(body_use(b, n->inputs[0], b->out));
	if (enter->outputs[0]->nuses) {
		name_value(b, enter->outputs[0]);
		text_addf(b->out, " as %s", b->text[enter->outputs[0]->id]);
	}
	text_add(b->out, ":\n");
	// What is bound inside is visible after, under the same name.
	Block *block = n->blocks[0];
	size_t before = b->out->size;
	b->indent++;
	TRY(print_block(b, block));
	settle(b, b->npending - 1);
	for (int i = 0; i < n->noutputs; i++) {
		const Value *v = block->outputs[i];
		if (v->def && v->def->kind == NODE_CONSTANT) {
			name_value(b, n->outputs[i]);
			TRY(print_join(b, &n->outputs[i], &block->outputs[i], 1, (bool[]){true}));
		} else {
			b->text[n->outputs[i]->id] = b->text[v->id];
		}
	}
	if (b->out->size == before) {
		begin_line(b);
		text_add(b->out, "pass\n");
	}
	b->indent--;
	return STATUS_OK;
}

static Status print_return(Body *b, const Block *block)
{
	begin_line(b);
	text_add(b->out, "return ");
	TRY(body_use(b, block->outputs[0], b->out));
	text_addc(b->out, '\n');
	return STATUS_OK;
}

static Status print_fork(Body *b, Node *n)
{
	const char *name = fresh_name(&b->arena, &b->names, &b->suffixes, "__forked_function");
	begin_line(b);
	text_addf(b->out, "def %s():\n", name);
	b->indent++;
	TRY(print_block(b, n->blocks[0]));
	take_inputs(b, n->blocks[0]->ret);
	TRY(print_return(b, n->blocks[0]));
	b->indent--;
	name_value(b, n->outputs[0]);
	begin_line(b);
	text_addf(b->out, "%s = fork(%s)\n", b->text[n->outputs[0]->id], name);
	return STATUS_OK;
}

// ---- nodes

static Status print_set_attribute(Body *b, const Node *n)
{
	if (!script_is_identifier(n->attr.name))
		return fail(b->code->err, STATUS_UNSUPPORTED, "%s: an assignment to the attribute \"%s\", whose name is no "
			"identifier, has no form in source", b->code->function, n->attr.name);
	begin_line(b);
	TRY(body_use(b, n->inputs[0], b->out));
	text_addf(b->out, ".%s = ", n->attr.name);
	TRY(body_use(b, n->inputs[1], b->out));
	text_addc(b->out, '\n');
	return STATUS_OK;
}

static Status print_unpack(Body *b, const Node *n)
{
	if (!n->noutputs)
		return STATUS_OK;
	name_values(b, n->outputs, n->noutputs);
	begin_line(b);
	print_targets(b, n->outputs, n->noutputs, true);
	TRY(body_use(b, n->inputs[0], b->out));
	text_addc(b->out, '\n');
	return STATUS_OK;
}

static Status print_expression(Body *b, Node *n)
{
	Text text = {0};
	Status s = body_expression(b, n, &text);
	if (s == STATUS_OK && n->scratch == PLACE_NESTED) {
		b->text[n->outputs[0]->id] = arena_strdup(&b->arena, text_str(&text));
		VEC_PUSH(b->pending, b->npending, b->cap_pending, n);
	} else if (s == STATUS_OK) {
		name_values(b, n->outputs, n->noutputs);
		begin_line(b);
		print_targets(b, n->outputs, n->noutputs, false);
		text_addf(b->out, "%s\n", text_str(&text));
	}
	text_free(&text);
	return s;
}

static Status print_node(Body *b, Node *n)
{
	if (n->kind == NODE_CONSTANT || n->scratch == PLACE_SILENT)
		return STATUS_OK;
	take_inputs(b, n);
	switch (n->kind) {
	case NODE_IF:
		return print_if(b, n);
	case NODE_LOOP:
		return print_loop(b, n);
	case NODE_WITH:
		TRY(script_check_node(b->code, n));
		return print_with(b, n);
	case NODE_FORK:
		return print_fork(b, n);
	case NODE_SETATTR:
		return print_set_attribute(b, n);
	case NODE_TUPLE_UNPACK:
	case NODE_LIST_UNPACK:
		return print_unpack(b, n);
	default:
		return print_expression(b, n);
	}
}

static Status print_block(Body *b, Block *block)
{
	block_foreach(n, block)
		TRY(print_node(b, n));
	return STATUS_OK;
}

Status script_body(Script *c, const Function *fn, Text *out, int indent)
{
	Body b = {.code = c, .g = graph_copy(fn->graph), .out = out, .indent = indent};
	Status s = graph_canonicalize(b.g, c->err);
	Block *block = b.g->block;
	if (s == STATUS_OK) {
		graph_retarget(b.g, c->target);
		const char **names = script_parameter_names(c, fn->schema);
		b.text = xcalloc((size_t)b.g->next_id + 1, sizeof *b.text);
		for (int i = 0; i < block->ninputs; i++) {
			b.text[block->inputs[i]->id] = names[i];
			map_set(&b.names, names[i], b.g);
		}
		body_nest(&b);
		s = print_block(&b, block);
	}
	if (s == STATUS_OK) {
		take_inputs(&b, block->ret);
		s = print_return(&b, block);
	}
	free(b.text);
	free(b.pending);
	map_free(&b.names);
	map_free(&b.suffixes);
	arena_free(&b.arena);
	graph_free(&b.g);
	return s;
}
