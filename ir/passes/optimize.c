// SPDX-License-Identifier: BSD-3-Clause
// The pipeline, in order.  With WICK_DEBUG at build time, or WICK_VERIFY in the environment, the verifier runs
// after every pass.
#include "ir/passes.h"

#include <stdlib.h>

static bool verifying(void)
{
#ifdef WICK_DEBUG
	return true;
#else
	return getenv("WICK_VERIFY") != NULL;
#endif
}

static Status check(const Graph *g, const char *after, bool verify, Error *err)
{
	if (!verify)
		return STATUS_OK;
	Status st = graph_verify(g, err);
	if (st != STATUS_OK && err)
		error_prefix(err, "after %s", after);
	return st;
}

#define PASS(name, ...)                                      \
	do {                                                 \
		TRY(name(__VA_ARGS__));                      \
		TRY(check(g, #name, verify, err));           \
	} while (0)

Status graph_optimize(Graph *g, NodeEvaluator eval, Error *err)
{
	bool verify = verifying();
	TRY(check(g, "compilation", verify, err));
	PASS(inline_calls, g, err);
	PASS(fold_constants, g, eval, err); // first, for it decides which branches the others need to look at
	PASS(remove_dead_code, g, err);
	PASS(merge_common_subexpressions, g, err);
	return STATUS_OK;
}
