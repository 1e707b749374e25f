// SPDX-License-Identifier: BSD-3-Clause
// The standard library in our own language: frontend/lib/*.py, embedded as texts, parsed on first use.
//
// An op whose row says `lib` is the function with the op's name, "__overload" appended where it has one.
#include "frontend/lower.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct LibFile { const char *name, *text; };
extern const struct LibFile lib_files[];

static pthread_once_t lib_once = PTHREAD_ONCE_INIT;
static Unit *lib_unit;
static Error lib_error;

// All texts are one namespace, so that functions of one file can call those of another.
static Status lib_load(Unit *u, Error *err)
{
	Frontend *fe = frontend_of_unit(u, DIALECT_PYTHON);
	for (int i = 0; lib_files[i].name; i++) {
		CodeFile *f = xcalloc(1, sizeof *f);
		f->qualifier = "__torch__";
		char *key = arena_printf(&u->arena, "<lib %s>", lib_files[i].name);
		map_set(&fe->files, key, f);
		Source *src = source_new(lib_files[i].name, lib_files[i].text, strlen(lib_files[i].text));
		Status st = ast_parse(src, DIALECT_PYTHON, &f->ast, err);
		source_unref(&src);
		TRY(st);
		TRY(code_file_index(f, err));
		for (int k = 0; k < f->defs.n; k++) {
			const Stmt *s = f->defs.entries[k].value;
			if (s->kind == ST_DEF)
				frontend_declare_function(fe, f, s->def->name, s->def, NULL, false);
		}
	}
	return STATUS_OK;
}

static void lib_init(void)
{
	lib_unit = unit_new();
	lib_load(lib_unit, &lib_error);
}

Status frontend_lib_named(const char *name, Function **out, Error *err)
{
	pthread_once(&lib_once, lib_init);
	*out = NULL;
	if (lib_error.code) {
		char *report = error_report(&lib_error);
		Status st = fail(err, lib_error.code, "the built-in library does not compile: %s", report);
		free(report);
		return st;
	}
	*out = unit_function(lib_unit, name);
	return STATUS_OK;
}

Status frontend_lib_class(const char *name, const Type **out, Error *err)
{
	Function *unused;
	*out = NULL;
	TRY(frontend_lib_named("", &unused, err));
	Frontend *fe = lib_unit->frontend;
	Status st = STATUS_OK;
	pthread_mutex_lock(lib_unit->mutex);
	for (int i = 0; i < fe->files.n && !*out && st == STATUS_OK; i++) {
		CodeFile *f = fe->files.entries[i].value;
		const Stmt *s = code_file_find(f, name);
		if (!s || s->kind != ST_CLASS)
			continue;
		char *q = arena_printf(&lib_unit->arena, "__torch__.%s", name);
		*out = type_find_nominal(lib_unit->pool, q);
		if (!*out)
			st = class_declare(fe, f, q, s->cls, out, err);
	}
	pthread_mutex_unlock(lib_unit->mutex);
	return st;
}

Status frontend_lib_function(const Op *op, Function **out, Error *err)
{
	const char *colons = strstr(op->schema->name, "::");
	const char *base = colons ? colons + 2 : op->schema->name;
	Text name = {0};
	text_add(&name, base);
	if (*op->schema->overload)
		text_addf(&name, "__%s", op->schema->overload);
	Status st = frontend_lib_named(text_str(&name), out, err);
	if (st == STATUS_OK && !*out)
		st = fail(err, STATUS_UNSUPPORTED, "%s has no definition in the library", op->text);
	text_free(&name);
	return st == STATUS_OK ? function_ensure(*out, err) : st;
}
