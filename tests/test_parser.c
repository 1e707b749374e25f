// SPDX-License-Identifier: BSD-3-Clause
// The parser.  Cases are data: tests/syntax/*.txt hold texts and the tree or the error that each must give.
//
//   == archive | python | archive-expr | python-expr      what to parse the text as
//   text                                                  %XX stands for the byte with that number
//   --
//   tree, or: error STATUS LINE:COLUMN MESSAGE
#include "frontend/ast.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static Text read_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	if (!f)
		fail_msg("cannot open %s", path);
	Text t = {0};
	char buf[4096];
	for (size_t n; (n = fread(buf, 1, sizeof buf, f)) > 0;)
		text_addn(&t, buf, n);
	fclose(f);
	return t;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static void add_unescaped(Text *t, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '%' && i + 2 < n && hex(s[i + 1]) >= 0 && hex(s[i + 2]) >= 0) {
			text_addc(t, (char)(hex(s[i + 1]) * 16 + hex(s[i + 2])));
			i += 2;
		} else {
			text_addc(t, s[i]);
		}
	}
}

// The tree, or the error in one line.
static void outcome(const char *text, size_t size, bool archive, bool expr, Text *out)
{
	Source *src = source_new("case", text, size);
	Dialect d = archive ? DIALECT_ARCHIVE : DIALECT_PYTHON;
	Error err = ERROR_INIT;
	Ast *ast = NULL;
	Expr *e = NULL;
	Status s = expr ? ast_parse_expr(src, d, &ast, &e, &err) : ast_parse(src, d, &ast, &err);
	if (s != STATUS_OK) {
		uint32_t line = 0, column = 0;
		assert_null(ast);
		if (err.nframes > 0)
			source_position(src, err.frames[0].range.begin, &line, &column);
		text_addf(out, "error %s %u:%u %s\n", status_name(s), line, column, err.message);
	} else if (expr) {
		Stmt stmt = {.kind = ST_EXPR, .value = e}, *list[] = {&stmt};
		ast->body = (StmtList){list, 1, 1};
		ast_print(ast, out);
	} else {
		ast_print(ast, out);
	}
	error_clear(&err);
	ast_free(&ast);
	source_unref(&src);
}

static void replay(const char *path)
{
	Text file = read_file(path);
	int cases = 0, bad = 0;
	const char *s = text_str(&file);
	while ((s = strstr(s, "== ")) != NULL) {
		const char *title = s + 3, *body = strchr(title, '\n') + 1;
		const char *dashes = strstr(body, "\n--\n");
		assert_non_null(dashes);
		const char *want = dashes + 4, *end = strstr(want - 1, "\n== ");
		end = end ? end + 1 : file.data + file.size;
		Text text = {0}, got = {0};
		add_unescaped(&text, body, (size_t)(dashes + 1 - body));
		outcome(text_str(&text), text.size, !strncmp(title, "archive", 7), title[strcspn(title, "\n-")] == '-', &got);
		if (got.size != (size_t)(end - want) || memcmp(text_str(&got), want, got.size)) {
			print_error("%s: %.*s\n-- wanted\n%.*s-- found\n%s", path, (int)(dashes - body), body,
				(int)(end - want), want, text_str(&got));
			bad++;
		}
		text_free(&text);
		text_free(&got);
		cases++;
		s = end;
	}
	text_free(&file);
	assert_true(cases > 10);
	assert_int_equal(bad, 0);
}

static void archive_cases(void **state)
{
	(void)state;
	replay("tests/syntax/archive.txt");
}

static void python_cases(void **state)
{
	(void)state;
	replay("tests/syntax/python.txt");
}

static void error_cases(void **state)
{
	(void)state;
	replay("tests/syntax/errors.txt");
}

// n times `open`, `middle`, n times `close`, in both dialects; the first bytes of the outcome.
static void expect_repeated(const char *open, const char *middle, const char *close, int n, const char *want)
{
	Text text = {0};
	for (int i = 0; i < n; i++)
		text_add(&text, open);
	text_add(&text, middle);
	for (int i = 0; i < n; i++)
		text_add(&text, close);
	text_addc(&text, '\n');
	for (int archive = 0; archive < 2; archive++) {
		Text got = {0};
		outcome(text_str(&text), text.size, archive, false, &got);
		bool error = !strncmp(text_str(&got), "error ", 6);
		const char *message = error ? strchr(strchr(got.data, ' ') + 1, ' ') + 1 : "";
		if (error)
			message = strchr(message, ' ') + 1;
		if (want ? !error || strncmp(message, want, strlen(want)) : error)
			fail_msg("%s × %d: wanted %s, found %.200s", open, n, want ? want : "success", text_str(&got));
		text_free(&got);
	}
	text_free(&text);
}

static void depth_is_bounded(void **state)
{
	(void)state;
	const char *deep = "expression is nested more than 1000 levels deep";
	expect_repeated("(", "x", ")", 200, NULL);
	expect_repeated("(", "x", ")", 201, "brackets are nested more than 200 levels deep");
	expect_repeated("[", "", "", 1000000, "brackets are nested");
	expect_repeated("- ", "x", "", 999, NULL);
	expect_repeated("- ", "x", "", 1001, deep);
	expect_repeated("not ", "x", "", 30000, "the text is nested too deeply");
	expect_repeated("a if b else ", "x", "", 1500, deep);
	expect_repeated("", "x", ".a", 999, NULL);
	expect_repeated("", "x", ".a", 1000, deep);
	expect_repeated("", "x", "()", 100000, deep);
	expect_repeated("", "x", " + x", 999, NULL);
	expect_repeated("", "x", " + x", 1000, deep);
	expect_repeated("", "x", " ** x", 1000, deep);
	expect_repeated("", "x", " and x", 999, NULL);
	expect_repeated("", "x", " and x", 1000, "expression has more than 1000 operands");
	expect_repeated("x = ", "x", "", 5000, NULL);
	expect_repeated("'a' ", "", "", 200000, NULL);
	expect_repeated("x,", "", "", 200000, NULL);
}

static void blocks_are_bounded(void **state)
{
	(void)state;
	for (int depth = 99; depth <= 101; depth++) {
		Text text = {0}, got = {0};
		for (int i = 0; i < depth; i++) {
			text_fill(&text, ' ', (size_t)i);
			text_add(&text, "if x:\n");
		}
		text_fill(&text, ' ', (size_t)depth);
		text_add(&text, "pass\n");
		outcome(text_str(&text), text.size, true, false, &got);
		if (depth <= 100)
			assert_memory_equal(text_str(&got), "(if x", 5);
		else
			assert_string_equal(text_str(&got), "error limit 102:102 blocks are nested more than 100 levels deep\n");
		text_free(&text);
		text_free(&got);
	}
	Text text = {0}, got = {0};
	text_add(&text, "if x:\n pass\n");
	for (int i = 0; i < 1000; i++)
		text_add(&text, "elif x:\n pass\n");
	outcome(text_str(&text), text.size, true, false, &got);
	assert_non_null(strstr(text_str(&got), "statements are nested more than 1000 levels deep"));
	text_free(&text);
	text_free(&got);
}

// Every prefix of a text parses or fails, and leaves nothing behind.
static void prefixes(void **state)
{
	(void)state;
	static const char text[] = "@a\ndef f(x: int = 3, *, y='a' f'{x!r:>{w}}') -> List[int]:\n"
				   "  # type: (int) -> int\n  if x: return [a for a in b if c]\n  else:\n\twith a as b: pass\n"
				   "  x[1:, ...] += {'a': 1, **b}\n";
	for (size_t n = 0; n < sizeof text; n++) {
		Text out = {0};
		outcome(text, n, true, false, &out);
		outcome(text, n, false, false, &out);
		outcome(text, n, false, true, &out);
		text_free(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(archive_cases),
		cmocka_unit_test(python_cases),
		cmocka_unit_test(error_cases),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(blocks_are_bounded),
		cmocka_unit_test(prefixes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
