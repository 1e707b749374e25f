// SPDX-License-Identifier: BSD-3-Clause
// wick_compile: a model file is run by the build stage, and one of its modules goes through the script stage.
#include "api/handles.h"

#include "core/arena.h"
#include "format/build_values.h"
#include "format/model_save.h"
#include "format/script.h"
#include "frontend/build/build.h"

#include <stdlib.h>
#include <string.h>

// The unit that holds an object's code: that of any method of its class or of a submodule's.
static Unit *unit_of(const Object *o, int depth)
{
	const ClassType *c = o->type->cls;
	if (c->nmethods)
		return c->methods[0]->unit;
	for (int i = 0; i < o->nslots && depth < 100; i++) {
		Unit *u = o->slots[i].tag == TAG_OBJECT ? unit_of(o->slots[i].object, depth + 1) : NULL;
		if (u)
			return u;
	}
	return NULL;
}

static char *stem_of(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');
	return dot && dot != name ? xstrndup(name, (size_t)(dot - name)) : xstrdup(name);
}

static Status save_object(void *ctx, IValue object, const char *path, Error *err)
{
	(void)ctx;
	Unit *u = object.tag == TAG_OBJECT ? unit_ref(unit_of(object.object, 0)) : NULL;
	if (object.tag != TAG_OBJECT)
		return fail(err, STATUS_TYPE, "torch.jit.save takes a compiled module");
	if (!u)
		u = unit_new();
	char *name = stem_of(path);
	Model *m = model_new(u, ivalue_ref(object), name);
	Status st = model_save(m, path, NULL, err);
	model_unref(&m);
	unit_unref(&u);
	free(name);
	return st;
}

static Status load_object(void *ctx, const char *path, IValue *object, Unit **u, Error *err)
{
	(void)ctx;
	Model *m = NULL;
	LoadOptions opt = {0}; // all is compiled now: the archive does not outlive this call
	TRY(model_load_file(path, &opt, &m, err));
	*object = ivalue_ref(m->root);
	*u = unit_ref(m->unit);
	model_unref(&m);
	return STATUS_OK;
}

static Status write_code(void *ctx, Function *f, Text *out, Error *err)
{
	(void)ctx;
	Script c;
	script_init(&c, TARGET_NEWEST, err);
	Status st = script_function_text(&c, f, out);
	script_free(&c);
	return st;
}

BuildFiles build_files(void)
{
	return (BuildFiles){.jit_save = save_object, .jit_load = load_object, .save = build_value_save,
		.load = build_value_load, .code = write_code};
}

static Status compile(Call *c, const char *path, const char *expression, const wick_compile_options *o, wick_model **out)
{
	Error *err = &c->cx->err;
	FileAccess access = {0};
	if (o)
		access = (FileAccess){o->allow_read, o->allow_read_count, o->allow_write, o->allow_write_count};
	const char **argv = xcalloc((size_t)(o ? o->argc : 0) + 2, sizeof *argv);
	int argc = 0;
	argv[argc++] = path;
	for (int i = 0; o && i < o->argc; i++)
		argv[argc++] = o->argv[i];
	BuildFiles files = build_files();
	BuildOptions opt = {.access = &access, .files = &files, .argv = argv, .argc = argc, .rng = c->cx->rng,
		.print = c->exec.print, .warn = c->exec.warn, .user = c->exec.user};
	Build *b = build_new(&opt);
	b->x.budget = c->budget;
	PyModule *module;
	IValue object = iv_none();
	Unit *u = NULL;
	Status st = build_run_file(b, path, &module, err);
	if (st == STATUS_OK)
		st = script_choose(b, module, expression, o ? o->trace : NULL, &object, &u, err);
	if (st == STATUS_OK) {
		char *name = stem_of(path);
		*out = model_box(model_new(u, object, name));
		free(name);
	}
	unit_unref(&u);
	build_free(&b);
	free(argv);
	return st;
}

wick_status wick_compile(wick_context *cx, const char *path, const char *expression,
	const wick_compile_options *options, wick_model **out)
{
	Call c;
	call_begin(&c, cx);
	*out = NULL;
	return call_end(&c, compile(&c, path, expression, options, out));
}
