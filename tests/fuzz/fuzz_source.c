// SPDX-License-Identifier: BSD-3-Clause
// Any bytes as source text: both dialects parse them or say why not, every place lies within the text, and the tree
// can be walked.  Failures leave nothing behind (the leak check sees to that).
#include "frontend/ast.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_error(Status s, Error *err, const Source *src)
{
	check(err->code == s && err->message);
	for (int i = 0; i < err->nframes; i++) {
		Range r = err->frames[i].range;
		check(r.begin <= r.end && r.end <= src->size);
	}
	free(error_report(err));
}

static void parse(Source *src, Dialect d, bool expr)
{
	Error err = ERROR_INIT;
	Ast *ast = NULL;
	Expr *e = NULL;
	Status s = expr ? ast_parse_expr(src, d, &ast, &e, &err) : ast_parse(src, d, &ast, &err);
	check((s == STATUS_OK) == (ast != NULL));
	if (s != STATUS_OK) {
		check_error(s, &err, src);
	} else {
		Text out = {0};
		Stmt stmt = {.kind = ST_EXPR, .value = e}, *list[] = {&stmt};
		if (expr) {
			check(e && e->at.begin <= e->at.end && e->at.end <= src->size);
			ast->body = (StmtList){list, 1, 1};
		}
		ast_print(ast, &out);
		text_free(&out);
	}
	error_clear(&err);
	ast_free(&ast);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Source *src = source_new("fuzz", (const char *)data, size);
	parse(src, DIALECT_ARCHIVE, false);
	parse(src, DIALECT_PYTHON, false);
	parse(src, DIALECT_ARCHIVE, true);
	parse(src, DIALECT_PYTHON, true);
	source_unref(&src);
	return 0;
}
