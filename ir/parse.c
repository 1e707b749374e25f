// SPDX-License-Identifier: BSD-3-Clause
// Reading the text form of graphs.  What parses is a well-formed data structure; whether it is a well-typed
// program is for graph_verify to say.
#include "ir/literal.h"
#include "ir/graph.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_ID = 1 << 22, MAX_BLOCK_DEPTH = 100 };

// A value keeps the number that the text gives it; text without numbers, or with a number twice, gets fresh ones.
typedef struct Numbered {
	Value *value;
	int wanted; // -1: none
} Numbered;

typedef struct Reader {
	Scan s;
	Graph *g;
	Map values;         // spelling without '%' → Value
	Numbered *numbered;
	int n, cap;
	int depth;
} Reader;

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// "%x.1", "%x", "%1": the spelling, and what it says.
static Status read_spelling(Reader *r, const char **text, size_t *size, size_t *name_size, int *id)
{
	Scan *s = &r->s;
	TRY(scan_expect(s, "%"));
	const char *p = s->p, *begin = p;
	while (p < s->end && is_name_char(*p))
		p++;
	*name_size = (size_t)(p - begin);
	const char *digits = begin;
	bool named = p > begin && !(*begin >= '0' && *begin <= '9');
	if (named && p + 1 < s->end && *p == '.') {
		digits = ++p;
		while (p < s->end && *p >= '0' && *p <= '9')
			p++;
	} else if (named) {
		digits = p;
	} else {
		*name_size = 0;
	}
	if (p == begin || (named && digits < p && digits == begin))
		return scan_fail(s, "expected the name of a value");
	int64_t v = 0;
	for (const char *d = digits; d < p; d++) {
		if (*d < '0' || *d > '9')
			return scan_fail(s, "malformed value name");
		v = v < MAX_ID ? v * 10 + (*d - '0') : v;
	}
	*id = digits < p && v < MAX_ID ? (int)v : -1;
	*text = begin;
	*size = (size_t)(p - begin);
	s->p = p;
	return STATUS_OK;
}

typedef struct Definition {
	const char *spelling, *name;
	size_t size;
	int id;
	const Type *type;
} Definition;

// "%x.1 : Tensor"
static Status read_definition(Reader *r, Definition *d)
{
	size_t name_size;
	TRY(read_spelling(r, &d->spelling, &d->size, &name_size, &d->id));
	d->name = name_size ? arena_strndup(r->s.arena, d->spelling, name_size) : NULL;
	if (map_getn(&r->values, d->spelling, d->size))
		return scan_fail(&r->s, "%%%.*s is defined twice", (int)d->size, d->spelling);
	TRY(scan_expect(&r->s, ":"));
	return scan_type(&r->s, &d->type, NULL);
}

static Status define(Reader *r, const Definition *d, Value *v)
{
	if (map_getn(&r->values, d->spelling, d->size))
		return scan_fail(&r->s, "%%%.*s is defined twice", (int)d->size, d->spelling);
	map_setn(&r->values, d->spelling, d->size, v);
	VEC_PUSH(r->numbered, r->n, r->cap, (Numbered){v, d->id});
	return STATUS_OK;
}

static Status read_value(Reader *r, Value **out)
{
	const char *text;
	size_t size, name_size;
	int id;
	TRY(read_spelling(r, &text, &size, &name_size, &id));
	*out = map_getn(&r->values, text, size);
	return *out ? STATUS_OK : scan_fail(&r->s, "%%%.*s is not defined", (int)size, text);
}

// "(%a, %b)" into the inputs of n.
static Status read_inputs(Reader *r, Node *n)
{
	TRY(scan_expect(&r->s, "("));
	if (scan_accept(&r->s, ")"))
		return STATUS_OK;
	do {
		Value *v;
		TRY(read_value(r, &v));
		node_add_input(n, v);
	} while (scan_accept(&r->s, ","));
	return scan_expect(&r->s, ")");
}

static Status read_block_inputs(Reader *r, Block *b)
{
	TRY(scan_expect(&r->s, "("));
	if (!scan_accept(&r->s, ")")) {
		do {
			Definition d;
			TRY(read_definition(r, &d));
			TRY(define(r, &d, block_add_input(b, d.type, d.name)));
		} while (scan_accept(&r->s, ","));
		TRY(scan_expect(&r->s, ")"));
	}
	return scan_expect(&r->s, ":");
}

static Status read_key(Reader *r, const char *key)
{
	TRY(scan_expect(&r->s, key));
	return scan_expect(&r->s, "=");
}

static Status read_types(Reader *r, Node *n)
{
	const Type **types = NULL;
	int count = 0, cap = 0;
	Arena *a = &r->g->arena;
	TRY(scan_expect(&r->s, "("));
	if (!scan_accept(&r->s, ")")) {
		do {
			const Type *t;
			TRY(scan_type(&r->s, &t, NULL));
			ARENA_PUSH(a, types, count, cap, t);
		} while (scan_accept(&r->s, ","));
		TRY(scan_expect(&r->s, ")"));
	}
	n->attr.types = types;
	n->attr.ntypes = count;
	return STATUS_OK;
}

static Status read_attributes(Reader *r, Node *n)
{
	Scan *s = &r->s;
	switch (n->kind) {
	case NODE_CONSTANT:
		TRY(scan_expect(s, "["));
		TRY(read_key(r, "value"));
		TRY(scan_value(s, &n->attr.value));
		break;
	case NODE_GETATTR:
	case NODE_SETATTR:
	case NODE_CALL_METHOD:
	case NODE_CALL_FUNCTION: {
		Text t = {0};
		TRY(scan_expect(s, "["));
		TRY(read_key(r, "name"));
		Status st = scan_string(s, &t);
		if (st == STATUS_OK && memchr(text_str(&t), 0, t.size))
			st = scan_fail(s, "the name holds a NUL");
		n->attr.name = arena_strdup(&r->g->arena, text_str(&t));
		text_free(&t);
		TRY(st);
		break;
	}
	case NODE_TUPLE_INDEX:
		TRY(scan_expect(s, "["));
		TRY(read_key(r, "index"));
		TRY(scan_int(s, &n->attr.index));
		break;
	case NODE_TUPLE_SLICE:
		TRY(scan_expect(s, "["));
		TRY(read_key(r, "begin"));
		TRY(scan_int(s, &n->attr.begin));
		TRY(scan_expect(s, ","));
		TRY(read_key(r, "end"));
		TRY(scan_int(s, &n->attr.end));
		break;
	case NODE_ISINSTANCE:
		TRY(scan_expect(s, "["));
		TRY(read_key(r, "types"));
		TRY(read_types(r, n));
		break;
	default:
		return STATUS_OK;
	}
	return scan_expect(s, "]");
}

// "aten::add.Tensor", "prim::If"
static Status read_operator(Reader *r, Node **out)
{
	Scan *s = &r->s;
	scan_space(s);
	const char *begin = s->p;
	while (s->p < s->end && (is_name_char(*s->p) || *s->p == ':' || *s->p == '.'))
		s->p++;
	char key[200];
	size_t n = (size_t)(s->p - begin);
	if (n == 0 || n >= sizeof key)
		return scan_fail(s, "expected the name of an operation");
	memcpy(key, begin, n);
	key[n] = 0;
	NodeKind kind = node_kind_from_name(key);
	const Op *op = kind == NODE_OP ? op_find_key(key) : NULL;
	if (op) // "prim::Loop." is prim::Loop with its empty overload spelled out
		kind = node_kind_from_name(op->schema->name);
	if (kind != NODE_OP)
		op = NULL;
	if (kind == NODE_OP && !op) {
		s->p = begin;
		return scan_fail(s, "unknown operation '%s'", key);
	}
	*out = node_new(r->g, kind, (Range){0});
	if (op)
		(*out)->op = op;
	return STATUS_OK;
}

static Status read_block(Reader *r, Block *b);

static Status read_node(Reader *r, Block *b)
{
	Scan *s = &r->s;
	Definition *defs = NULL;
	int ndefs = 0, cap = 0;
	if (scan_peek(s, "%")) {
		do {
			Definition d;
			TRY(read_definition(r, &d));
			ARENA_PUSH(s->arena, defs, ndefs, cap, d);
		} while (scan_accept(s, ","));
		TRY(scan_expect(s, "="));
	}
	Node *n = NULL;
	TRY(read_operator(r, &n));
	block_append(b, n);
	TRY(read_attributes(r, n));
	TRY(read_inputs(r, n));
	while (scan_peek(s, "block0") || scan_peek(s, "block1")) {
		TRY(scan_expect(s, n->nblocks ? "block1" : "block0"));
		Block *inner = node_add_block(n);
		if (++r->depth > MAX_BLOCK_DEPTH)
			return scan_fail(s, "blocks nest deeper than %d", MAX_BLOCK_DEPTH);
		TRY(read_block_inputs(r, inner));
		TRY(read_block(r, inner));
		TRY(scan_expect(s, "->"));
		TRY(read_inputs(r, inner->ret));
		r->depth--;
		if (n->nblocks == 2)
			break;
	}
	for (int i = 0; i < ndefs; i++)
		TRY(define(r, &defs[i], node_add_output(n, defs[i].type, defs[i].name)));
	return STATUS_OK;
}

static Status read_block(Reader *r, Block *b)
{
	while (!scan_peek(&r->s, "->") && !scan_peek(&r->s, "return"))
		TRY(read_node(r, b));
	return STATUS_OK;
}

static Status read_graph(Reader *r)
{
	Scan *s = &r->s;
	TRY(scan_expect(s, "graph"));
	if (scan_peek(s, "\"")) {
		Text t = {0};
		Status st = scan_string(s, &t);
		if (st == STATUS_OK && memchr(text_str(&t), 0, t.size))
			st = scan_fail(s, "the name holds a NUL");
		r->g->name = arena_strdup(&r->g->arena, text_str(&t));
		text_free(&t);
		TRY(st);
	}
	TRY(read_block_inputs(r, r->g->block));
	TRY(read_block(r, r->g->block));
	TRY(scan_expect(s, "return"));
	TRY(read_inputs(r, r->g->block->ret));
	return scan_at_end(s) ? STATUS_OK : scan_fail(s, "unexpected text after the graph");
}

static void number_values(Reader *r)
{
	int top = 0;
	uint8_t *used = xcalloc(1, MAX_ID / 8 + 1);
	for (int i = 0; i < r->n; i++) {
		Numbered *v = &r->numbered[i];
		if (v->wanted < 0 || (used[v->wanted / 8] >> v->wanted % 8 & 1)) {
			v->wanted = -1;
			continue;
		}
		used[v->wanted / 8] |= (uint8_t)(1 << v->wanted % 8);
		v->value->id = v->wanted;
		if (v->wanted >= top)
			top = v->wanted + 1;
	}
	for (int i = 0; i < r->n; i++)
		if (r->numbered[i].wanted < 0)
			r->numbered[i].value->id = top++;
	r->g->next_id = top;
	free(used);
}

Status graph_parse(const char *text, size_t n, TypePool *pool, Graph **out, Error *err)
{
	Arena arena = {0};
	Reader r = {.s = {.start = text, .p = text, .end = text + n, .pool = pool, .arena = &arena, .err = err,
			    .what = "IR text"}};
	r.g = graph_new(pool, NULL);
	Status st = read_graph(&r);
	if (st == STATUS_OK)
		number_values(&r);
	else
		graph_free(&r.g);
	map_free(&r.values);
	free(r.numbered);
	arena_free(&arena);
	*out = r.g;
	return st;
}
