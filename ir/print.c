// SPDX-License-Identifier: BSD-3-Clause
// The text form of graphs.  docs/ir.md has the grammar; ir/parse.c reads it back.
#include "ir/function.h"
#include "ir/literal.h"

#include <string.h>

static bool is_value_name(const char *s)
{
	if (!s || !*s || (*s >= '0' && *s <= '9') || *s == '.')
		return false;
	for (; *s; s++)
		if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') || *s == '_'))
			return false;
	return true;
}

static void print_value(Text *out, const Value *v)
{
	if (is_value_name(v->name))
		text_addf(out, "%%%s.%d", v->name, v->id);
	else
		text_addf(out, "%%%d", v->id);
}

static void print_values(Text *out, Value *const *values, int n, bool types)
{
	for (int i = 0; i < n; i++) {
		if (i)
			text_add(out, ", ");
		print_value(out, values[i]);
		if (types) {
			text_add(out, " : ");
			write_type(out, values[i]->type);
		}
	}
}

static void print_attributes(Text *out, const Node *n)
{
	switch (n->kind) {
	case NODE_CONSTANT:
		text_add(out, "[value=");
		write_value(out, n->attr.value);
		text_addc(out, ']');
		break;
	case NODE_GETATTR:
	case NODE_SETATTR:
	case NODE_CALL_METHOD:
	case NODE_CALL_FUNCTION: {
		const char *name = n->attr.fn && n->kind == NODE_CALL_FUNCTION ? n->attr.fn->name : n->attr.name;
		text_add(out, "[name=");
		write_string(out, name ? name : "", name ? strlen(name) : 0);
		text_addc(out, ']');
		break;
	}
	case NODE_TUPLE_INDEX:
		text_addf(out, "[index=%lld]", (long long)n->attr.index);
		break;
	case NODE_TUPLE_SLICE:
		text_addf(out, "[begin=%lld, end=%lld]", (long long)n->attr.begin, (long long)n->attr.end);
		break;
	case NODE_ISINSTANCE:
		text_add(out, "[types=(");
		for (int i = 0; i < n->attr.ntypes; i++) {
			if (i)
				text_add(out, ", ");
			write_type(out, n->attr.types[i]);
		}
		text_add(out, ")]");
		break;
	default:
		break;
	}
}

static void print_block(Text *out, const Block *b, int indent)
{
	block_foreach(n, b) {
		text_fill(out, ' ', (size_t)indent);
		print_values(out, n->outputs, n->noutputs, true);
		if (n->noutputs)
			text_add(out, " = ");
		if (n->kind == NODE_OP && n->op)
			op_key(n->op, out);
		else
			text_add(out, node_kind_name(n->kind));
		print_attributes(out, n);
		text_addc(out, '(');
		print_values(out, n->inputs, n->ninputs, false);
		text_add(out, ")\n");
		for (int i = 0; i < n->nblocks; i++) {
			const Block *inner = n->blocks[i];
			text_fill(out, ' ', (size_t)indent + 2);
			text_addf(out, "block%d(", i);
			print_values(out, inner->inputs, inner->ninputs, true);
			text_add(out, "):\n");
			print_block(out, inner, indent + 4);
			text_fill(out, ' ', (size_t)indent + 4);
			text_add(out, "-> (");
			print_values(out, inner->outputs, inner->noutputs, false);
			text_add(out, ")\n");
		}
	}
}

void graph_print(const Graph *g, Text *out)
{
	text_add(out, "graph");
	if (g->name) {
		text_addc(out, ' ');
		write_string(out, g->name, strlen(g->name));
	}
	text_addc(out, '(');
	print_values(out, g->block->inputs, g->block->ninputs, true);
	text_add(out, "):\n");
	print_block(out, g->block, 2);
	text_add(out, "  return (");
	print_values(out, g->block->outputs, g->block->noutputs, false);
	text_add(out, ")\n");
}
