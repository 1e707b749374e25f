// SPDX-License-Identifier: BSD-3-Clause
// Operators that nothing can run: found before a model runs, all at once.
//
// What stands under an If or in a Loop may never be reached, and files often carry code for devices they are not
// run on; so a call is refused beforehand only when it would certainly meet a missing operator.  The message
// then names the others, too.
#include "interp/code.h"

#include <stdlib.h>

typedef struct Search {
	MissingOp *items;
	int n, cap;
	Function **seen;
	int nseen, cap_seen;
	Error *err;
} Search;

static Status search_function(Search *s, Function *f);

static Status search_block(Search *s, const Block *b)
{
	block_foreach(n, b) {
		if (n->kind == NODE_OP && n->op && !op_is_runnable(n->op)) {
			bool known = false;
			for (int i = 0; i < s->n && !known; i++)
				known = s->items[i].op == n->op;
			if (!known)
				VEC_PUSH(s->items, s->n, s->cap, (MissingOp){n->op, n->at});
		}
		if (n->kind == NODE_CALL_FUNCTION && n->attr.fn)
			TRY(search_function(s, n->attr.fn));
		if (n->kind == NODE_CALL_METHOD && n->inputs[0]->type->kind == TYPE_CLASS) {
			Function *f = class_find_method(n->inputs[0]->type->cls, n->attr.name);
			if (f)
				TRY(search_function(s, f));
		}
		for (int i = 0; i < n->nblocks; i++)
			TRY(search_block(s, n->blocks[i]));
	}
	return STATUS_OK;
}

static Status search_function(Search *s, Function *f)
{
	for (int i = 0; i < s->nseen; i++)
		if (s->seen[i] == f)
			return STATUS_OK;
	VEC_PUSH(s->seen, s->nseen, s->cap_seen, f);
	TRY(function_ensure(f, s->err));
	return f->graph ? search_block(s, f->graph->block) : STATUS_OK;
}

Status interp_missing_ops(Function *f, MissingOp **out, int *n, Error *err)
{
	Search s = {.err = err};
	Status status = search_function(&s, f);
	free(s.seen);
	if (status != STATUS_OK) {
		free(s.items);
		return status;
	}
	*out = s.items;
	*n = s.n;
	return STATUS_OK;
}


static bool lacks_ops(const Block *b)
{
	block_foreach(n, b)
		if (n->kind == NODE_OP && n->op && !op_is_runnable(n->op))
			return true;
	return false;
}

bool graph_lacks_ops(const Graph *g)
{
	return lacks_ops(g->block);
}

Status missing_ops_refuse(const Graph *g, Error *err)
{
	Search s = {.err = err};
	Status status = search_block(&s, g->block);
	if (status == STATUS_OK) {
		Text list = {0};
		for (int i = 0; i < s.n; i++) {
			text_add(&list, "\n  ");
			op_key(s.items[i].op, &list);
			if (s.items[i].at.src) {
				uint32_t line, column;
				source_position(s.items[i].at.src, s.items[i].at.begin, &line, &column);
				text_addf(&list, " (%s:%u)", s.items[i].at.src->name, line);
			}
		}
		status = fail(err, STATUS_UNSUPPORTED, "%d operator%s of this model %s not supported:%s", s.n, s.n == 1 ? "" : "s",
			s.n == 1 ? "is" : "are", text_str(&list));
		text_free(&list);
	}
	free(s.items);
	free(s.seen);
	return status;
}
