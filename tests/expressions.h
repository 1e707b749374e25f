// SPDX-License-Identifier: BSD-3-Clause
// Replays rows of "expression <tab> answer": tests/ops/record.py says how the answers were made.
#ifndef WICK_TESTS_EXPRESSIONS_H
#define WICK_TESTS_EXPRESSIONS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frontend/frontend.h"
#include "interp/interp.h"

#include <cmocka.h>

// What the expression gives, as a row spells it.
static void expression_answer(const char *expression, Text *out)
{
	Error err = ERROR_INIT;
	Unit *unit = unit_new();
	Generator *rng = generator_new(0);
	Exec x;
	exec_init(&x, &err, rng);
	Source *src = source_new("row", expression, strlen(expression));
	Function *f;
	IValue got = iv_none();
	Status status = frontend_compile_expr(unit, "row", src, &f, &err);
	if (!status)
		status = interp_call(&x, f, NULL, 0, &got);
	Text text = {0};
	if (status)
		text_addf(&text, "error: %s", err.message ? err.message : "?");
	else
		ivalue_repr(&text, got);
	for (size_t i = 0; i < text.size; i++) {
		if (text.data[i] == '\n')
			text_add(out, "\\n");
		else
			text_addc(out, text.data[i]);
	}
	text_free(&text);
	ivalue_unref(&got);
	error_clear(&err);
	generator_unref(&rng);
	source_unref(&src);
	unit_unref(&unit);
}

// Fails with the rows that differ.
static void check_expressions(const char *path)
{
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	char *line = NULL;
	size_t cap = 0;
	int rows = 0, wrong = 0;
	while (getline(&line, &cap, file) > 0) {
		char *tab = strchr(line, '\t');
		line[strcspn(line, "\n")] = 0;
		if (line[0] == '#' || !tab)
			continue;
		*tab = 0;
		Text got = {0};
		expression_answer(line, &got);
		rows++;
		if (strcmp(text_str(&got), tab + 1)) {
			wrong++;
			print_message("%s\n  wanted %s\n  given  %s\n", line, tab + 1, text_str(&got));
		}
		text_free(&got);
	}
	free(line);
	fclose(file);
	assert_true(rows > 0);
	assert_int_equal(wrong, 0);
}

#endif
