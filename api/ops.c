// SPDX-License-Identifier: BSD-3-Clause
// The operator table, and which of it a model uses.
#include "api/handles.h"

#include "core/arena.h"
#include "frontend/frontend.h"
#include "interp/interp.h"

#include <stdlib.h>
#include <string.h>

typedef struct OpUse {
	const Op *op;
	int count;
	Range first;
} OpUse;

static void count_ops(const Block *b, OpUse *uses)
{
	block_foreach(n, b) {
		if (n->kind == NODE_OP && n->op) {
			OpUse *u = &uses[n->op->id];
			if (!u->count++) {
				u->op = n->op;
				u->first = n->at;
			}
		}
		for (int i = 0; i < n->nblocks; i++)
			count_ops(n->blocks[i], uses);
	}
}

static int compare_uses(const void *a, const void *b)
{
	const OpUse *x = a, *y = b;
	return strcmp(x->op->schema->name, y->op->schema->name);
}

wick_status wick_model_ops(wick_context *cx, wick_model *model, char **out)
{
	Call c;
	call_begin(&c, cx);
	*out = NULL;
	Unit *u = model->model->unit;
	OpUse *uses = xcalloc((size_t)op_count(), sizeof *uses);
	Status s = STATUS_OK;
	for (int i = 0; i < u->n && s == STATUS_OK; i++) { // the list grows as functions are compiled
		s = function_ensure(u->list[i], &cx->err);
		if (s == STATUS_OK && u->list[i]->graph)
			count_ops(u->list[i]->graph->block, uses);
	}
	if (s == STATUS_OK) {
		Text t = {0};
		int n = 0;
		for (int i = 0; i < op_count(); i++)
			if (uses[i].count)
				uses[n++] = uses[i];
		qsort(uses, (size_t)n, sizeof *uses, compare_uses);
		for (int i = 0; i < n; i++) {
			op_key(uses[i].op, &t);
			text_addf(&t, "\t%d\t%s", uses[i].count, op_is_runnable(uses[i].op) ? "ok" : "missing");
			if (uses[i].first.src && !op_is_runnable(uses[i].op)) {
				uint32_t line, column;
				source_position(uses[i].first.src, uses[i].first.begin, &line, &column);
				text_addf(&t, "\t%s:%u", uses[i].first.src->name, line);
			}
			text_addc(&t, '\n');
		}
		*out = text_take(&t);
	}
	free(uses);
	return call_end(&c, s);
}

int wick_op_count(void)
{
	return op_count();
}

const char *wick_op_schema(int i)
{
	return i >= 0 && i < op_count() ? op_at(i)->text : NULL;
}

bool wick_op_supported(int i)
{
	if (i < 0 || i >= op_count())
		return false;
	frontend_introduce_library();
	const Op *op = op_at(i);
	return op->form == OP_COMPOSITE || op_is_runnable(op);
}
