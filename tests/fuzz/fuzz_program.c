// SPDX-License-Identifier: BSD-3-Clause
// Any text as a program.  It ends, within its limits of memory and time; it gives a value or an error that says why;
// it touches no file; and nothing of it is left behind (the leak check sees to that).
#include "wick.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void discard(void *user, const char *text, size_t size)
{
	(void)user;
	(void)text;
	(void)size;
}

static void check(wick_context *cx, wick_status st)
{
	if (st == WICK_OK)
		return;
	if (st == WICK_ERROR_INTERNAL || !wick_error_message(cx) || !wick_error_report(cx)) {
		fprintf(stderr, "%s: %s\n", wick_status_name(st), wick_error_message(cx));
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	memcpy(text, data, size);
	text[size] = '\0';
	wick_context *cx = wick_context_new();
	wick_set_print(cx, discard, NULL);
	wick_set_warn(cx, discard, NULL);
	wick_set_max_memory(cx, 64 << 20);
	wick_set_max_time(cx, 0.2);
	wick_program *p = wick_program_new(cx, NULL);
	check(cx, wick_program_run_text(cx, p, "program.py", text, size % 2));
	wick_program_free(p);
	wick_context_free(cx);
	free(text);
	return 0;
}
