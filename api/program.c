// SPDX-License-Identifier: BSD-3-Clause
// Programs: the build stage behind the public API.
#include "api/program.h"

#include "core/arena.h"
#include "frontend/build/prompt.h"
#include "interp/interp.h"

#include <stdlib.h>
#include <string.h>

wick_program *wick_program_new(wick_context *cx, const wick_program_options *o)
{
	Call c;
	call_begin(&c, cx);
	frontend_introduce_library();
	FileAccess access = {0};
	BuildFiles files = build_files();
	BuildOptions options = {.rng = cx->rng, .print = c.exec.print, .warn = c.exec.warn, .user = cx, .access = &access,
		.files = &files};
	if (o) {
		access = (FileAccess){o->allow_read, o->allow_read_count, o->allow_write, o->allow_write_count};
		options.argv = o->argv;
		options.argc = o->argc;
	}
	wick_program *p = xcalloc(1, sizeof *p);
	p->build = build_new(&options);
	build_add_prompt_names(p->build);
	call_end(&c, STATUS_OK);
	return p;
}

void wick_program_free(wick_program *p)
{
	if (!p)
		return;
	build_free(&p->build);
	free(p);
}

wick_status wick_program_run_file(wick_context *cx, wick_program *p, const char *path)
{
	Call c;
	PyModule *module;
	call_begin(&c, cx);
	return call_end(&c, build_run_file(p->build, path, &module, &cx->err));
}

wick_status wick_program_run_text(wick_context *cx, wick_program *p, const char *name, const char *text,
	bool interactive)
{
	Call c;
	call_begin(&c, cx);
	Source *src = source_new(name, text, strlen(text));
	Status s = build_run_text(p->build, build_main_module(p->build), src, interactive, &cx->err);
	source_unref(&src);
	return call_end(&c, s);
}

Status program_eval(wick_context *cx, wick_program *p, const char *expression, IValue *out)
{
	expression += strspn(expression, " \t");
	Source *src = source_new("<expression>", expression, strlen(expression));
	Status s = build_eval(p->build, build_main_module(p->build), src, out, &cx->err);
	source_unref(&src);
	return s;
}

wick_status wick_program_eval(wick_context *cx, wick_program *p, const char *expression, wick_value **out)
{
	Call c;
	IValue v, plain;
	call_begin(&c, cx);
	*out = NULL;
	Status s = program_eval(cx, p, expression, &v);
	if (s == STATUS_OK) {
		BuildEntry e = build_enter(p->build, &cx->err);
		s = build_export(p->build, v, &plain);
		if (s == STATUS_OK)
			*out = value_box(plain);
		ivalue_unref(&v);
		s = build_leave(p->build, e, s);
	}
	return call_end(&c, s);
}

bool wick_program_incomplete(const char *text)
{
	return build_incomplete(text, strlen(text));
}

bool wick_program_exited(const wick_context *cx, int *code)
{
	if (!cx->err.exception || strcmp(cx->err.exception, "SystemExit"))
		return false;
	char *end;
	const char *message = cx->err.message ? cx->err.message : "";
	long n = strtol(message, &end, 10);
	*code = !strcmp(message, "None") || !strcmp(message, "") || !strcmp(message, "False") ? 0 : *end ? 1 : (int)n;
	return true;
}
