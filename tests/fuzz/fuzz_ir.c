// SPDX-License-Identifier: BSD-3-Clause
// IR text from anywhere.  Text that parses prints, and what was printed parses to a graph that prints the same.
// A graph that the verifier accepts stays acceptable through a copy and through every pass.
#include "ir/passes.h"

#include <stdlib.h>
#include <string.h>

static Graph *parse(const char *text, size_t n, TypePool *pool)
{
	Graph *g;
	Error err = ERROR_INIT;
	Status st = graph_parse(text, n, pool, &g, &err);
	if ((st == STATUS_OK) != (g != NULL) || (st != STATUS_OK && !err.message))
		abort();
	error_clear(&err);
	return g;
}

static bool verifies(const Graph *g)
{
	Error err = ERROR_INIT;
	bool ok = graph_verify(g, &err) == STATUS_OK;
	error_clear(&err);
	return ok;
}

static void must(Status st, const Graph *g)
{
	if (st != STATUS_OK || !verifies(g))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TypePool *pool = type_pool_new(), *other = type_pool_new();
	Graph *g = parse((const char *)data, size, pool);
	if (g) {
		Text once = {0}, twice = {0}, third = {0};
		graph_print(g, &once);
		Graph *again = parse(once.data, once.size, other);
		if (!again)
			abort();
		graph_print(again, &twice);
		if (once.size != twice.size || memcmp(once.data, twice.data, once.size))
			abort();
		bool ok = verifies(g);
		if (ok != verifies(again))
			abort();
		Graph *copy = graph_copy(g);
		graph_print(copy, &third);
		if (once.size != third.size || memcmp(once.data, third.data, once.size))
			abort();
		if (ok) {
			must(inline_calls(copy, NULL), copy);
			must(remove_dead_code(copy, NULL), copy);
			must(merge_common_subexpressions(copy, NULL), copy);
			must(fold_constants(copy, NULL, NULL), copy);
			must(remove_dead_code(copy, NULL), copy);
		}
		graph_free(&copy);
		graph_free(&again);
		text_free(&once);
		text_free(&twice);
		text_free(&third);
	}
	graph_free(&g);
	type_pool_unref(&pool);
	type_pool_unref(&other);
	return 0;
}
