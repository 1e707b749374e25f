// SPDX-License-Identifier: BSD-3-Clause
// Any text, taken as an archive's code or as a Python file, compiles to graphs that verify or gives an error that
// says why.  The first byte picks the dialect: 'p' Python, anything else an archive of that version (modulo 11).
// What compiled can be printed as source, unless something in it has no form there; what was printed compiles again.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/script.h"
#include "frontend/frontend.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static Status find_text(void *ctx, const char *qualifier, Source **out, Error *err)
{
	(void)err;
	*out = strcmp(qualifier, "__torch__") ? NULL : source_ref(ctx);
	return STATUS_OK;
}

static void check(Status st, Error *err)
{
	if (st != STATUS_OK && !err->message)
		abort(); // a failure says why
	if (st == STATUS_INTERNAL)
		abort();
	free(error_report(err));
	error_clear(err);
}

// Every word after "class" or "def" at the start of a line.
static void compile_archive(Unit *u, const char *text)
{
	Error err = ERROR_INIT;
	for (const char *p = text; p; p = strchr(p, '\n'), p = p ? p + 1 : NULL) {
		char name[100], qualified[120];
		const Type *t;
		Function *f;
		if (sscanf(p, "class %99[A-Za-z0-9_]", name) == 1) {
			snprintf(qualified, sizeof qualified, "__torch__.%s", name);
			Status st = frontend_type(u, qualified, &t, &err);
			if (st == STATUS_OK && t->kind == TYPE_CLASS)
				st = frontend_compile_class(u, t, &err);
			check(st, &err);
		} else if (sscanf(p, "def %99[A-Za-z0-9_]", name) == 1) {
			snprintf(qualified, sizeof qualified, "__torch__.%s", name);
			check(frontend_function(u, qualified, &f, &err), &err);
		}
	}
}

static Status find_printed(void *ctx, const char *qualifier, Source **out, Error *err)
{
	(void)err;
	SourceFile *f = map_get(&((Script *)ctx)->qualifiers, qualifier);
	*out = f ? source_new(qualifier, text_str(&f->text), f->text.size) : NULL;
	return STATUS_OK;
}

static void compile_printed(Script *c, const char *name, bool is_class)
{
	Error err = ERROR_INIT;
	Unit *u = unit_new();
	const Type *t;
	Function *f;
	u->constants = c->constants;
	u->nconstants = c->nconstants;
	c->constants = NULL;
	c->nconstants = 0;
	Status st = frontend_attach_archive(u, (SourceProvider){find_printed, c}, &err);
	if (st == STATUS_OK)
		st = is_class ? frontend_type(u, name, &t, &err) : frontend_function(u, name, &f, &err);
	if (st == STATUS_OK && is_class)
		st = frontend_compile_class(u, t, &err);
	if (st != STATUS_OK && st != STATUS_LIMIT)
		abort();
	error_clear(&err);
	unit_unref(&u);
}

static void print_function(Function *f)
{
	if (!f->graph || (f->self && script_type_is_native(f->self)))
		return;
	Error err = ERROR_INIT;
	Script c;
	script_init(&c, TARGET_NEWEST, &err);
	const char *name = f->self ? script_type_name(&c, f->self) : script_function_name(&c, f);
	Status st = script_write(&c);
	check(st, &err);
	if (st == STATUS_OK)
		compile_printed(&c, name, f->self != NULL);
	script_free(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	Source *src = source_new("code.py", (const char *)data + 1, size - 1);
	Unit *u = unit_new();
	Error err = ERROR_INIT;
	if (data[0] == 'p') {
		check(frontend_compile_source(u, src, &err), &err);
	} else {
		u->version = data[0] % 11;
		frontend_attach_archive(u, (SourceProvider){find_text, src}, &err);
		compile_archive(u, src->text);
	}
	for (int i = 0; i < u->n; i++)
		if (u->list[i]->graph && graph_verify(u->list[i]->graph, &err) != STATUS_OK) {
			fprintf(stderr, "%s: %s\n", u->list[i]->name, err.message);
			abort();
		}
	for (int i = 0, n = u->n; i < n; i++)
		print_function(u->list[i]);
	unit_unref(&u);
	source_unref(&src);
	return 0;
}
