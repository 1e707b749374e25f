// SPDX-License-Identifier: BSD-3-Clause
// A Build: its life, interned names, limits, and running texts in it.
#include "frontend/build/frame.h"
#include "frontend/build/types.h"
#include "interp/interp.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	TICKS = 2000,               // loop steps and calls between two looks at the limits
	STACK_MARGIN = 192 << 10,   // kept free below the deepest call for kernels and the C library
	FILE_MAX = 64 << 20,
	LARGE = 1 << 16,            // allocations above are checked before they are made
	HUGE = 256 << 20,           // from here on it matters what the system has left
	OVERRUNS = 16,              // times a limit may end what cleans up after it
	MEMORY_SLACK = 64 << 20,    // what the evaluator itself and the modules it loads may take beside a memory limit
};

// ---- objects

void *py_new(Build *b, PyKind k, size_t size)
{
	PyObj *o = xcalloc(1, size);
	o->h.h.refs = 1;
	o->h.kind = &host_kinds[k];
	o->kind = k;
	o->b = b;
	o->prev = b->objects.prev;
	o->next = &b->objects;
	o->prev->next = o;
	b->objects.prev = o;
	return o;
}

StrObj *py_intern_n(Build *b, const char *s, size_t n)
{
	StrObj *o = map_getn(&b->names, s, n);
	if (!o) {
		o = iv_str(s, n).str;
		map_setn(&b->names, s, n, o);
	}
	return o;
}

StrObj *py_intern(Build *b, const char *s)
{
	return py_intern_n(b, s, strlen(s));
}

IValue py_name(Build *b, const char *s)
{
	return str_value(py_intern(b, s));
}

IValue py_native(Build *b, const char *path, NativeFn fn, const void *data)
{
	PyNative *n = py_new(b, PY_NATIVE, sizeof *n);
	n->path = py_intern(b, path)->s;
	n->fn = fn;
	n->self = iv_uninit();
	n->data = data;
	return py_value(n);
}

// ---- life

static char **strings_copy(const char *const *list, int n)
{
	char **copy = xcalloc((size_t)n + 1, sizeof *copy);
	for (int i = 0; i < n; i++)
		copy[i] = xstrdup(list[i]);
	return copy;
}

static void strings_free(const char *const *list, int n)
{
	for (int i = 0; i < n; i++)
		free((char *)list[i]);
	free((void *)list);
}

// The lowest address of this thread's stack that may be used.
static char *stack_bottom(void)
{
	pthread_attr_t attr;
	void *base = NULL;
	size_t size = 0;
	if (pthread_getattr_np(pthread_self(), &attr))
		return (char *)__builtin_frame_address(0) - (1 << 20);
	pthread_attr_getstack(&attr, &base, &size);
	pthread_attr_destroy(&attr);
	return (char *)base;
}

static void stack_measure(Build *b)
{
	if (!b->frame)
		b->stack_limit = stack_bottom() + STACK_MARGIN;
}

Build *build_new(const BuildOptions *o)
{
	Build *b = xcalloc(1, sizeof *b);
	b->objects.prev = b->objects.next = &b->objects;
	b->exc = iv_none();
	b->ticks = TICKS;
	exec_init(&b->x, &b->own_error, o->rng);
	b->x.grad_enabled = true;
	b->x.budget = budget_current();
	b->x.print = o->print;
	b->x.warn = o->warn;
	b->x.user = o->user;
	if (o->access) {
		b->access.nread = o->access->nread;
		b->access.nwrite = o->access->nwrite;
		b->access.read = (const char *const *)strings_copy(o->access->read, o->access->nread);
		b->access.write = (const char *const *)strings_copy(o->access->write, o->access->nwrite);
	}
	if (o->files)
		b->files = *o->files;
	b->argv = (const char *const *)strings_copy(o->argv, o->argc);
	b->argc = o->argc;
	frontend_introduce_library();
	stack_measure(b);
	IValue d = py_dict(b);
	b->modules = d.dict;
	Status st = types_new(b);
	PyModule *m = NULL;
	if (st == STATUS_OK) {
		generator_methods(b);
		st = module_import(b, "builtins", &m);
	}
	if (st == STATUS_OK && m->ns)
		b->builtins = iv_ref_dict(m->ns);
	b->started = st;
	return b;
}

static void text_free_code(CodeText *t)
{
	ast_free(&t->ast);
	free(t);
}

void build_free(Build **pb)
{
	Build *b = *pb;
	*pb = NULL;
	if (!b)
		return;
	Error err = ERROR_INIT;
	b->x.err = &err;
	script_stage_free(b);
	b->closing = true;
	b->x.budget = NULL;
	ivalue_unref(&b->exc);
	Cycles *cycles = cycles_collect(b);
	torch_free(b);
	types_free(b);
	IValue v = b->builtins ? iv_take_dict(b->builtins) : iv_none();
	b->builtins = NULL;
	ivalue_unref(&v);
	v = b->modules ? iv_take_dict(b->modules) : iv_none();
	b->modules = NULL;
	ivalue_unref(&v);
	if (b->main) {
		v = py_value(b->main);
		b->main = NULL;
		ivalue_unref(&v);
	}
	method_cache_free(b);
	// Each object is held while it is emptied, and moves to the end of the ring of those that were.
	PyObj done = {.prev = &done, .next = &done};
	while (b->objects.next != &b->objects) {
		PyObj *o = b->objects.next;
		IValue held = ivalue_ref(py_value(o));
		o->prev->next = o->next;
		o->next->prev = o->prev;
		o->prev = done.prev;
		o->next = &done;
		o->prev->next = o;
		done.prev = o;
		py_empty(o);
		ivalue_unref(&held);
	}
	cycles_break(cycles);
	while (done.next != &done) { // what is left is held by values that outlive the Build: a mistake of the caller
		PyObj *o = done.next;
		o->prev->next = o->next;
		o->next->prev = o->prev;
		free(o);
	}
	coro_stacks_free(b);
	free(b->dead);
	for (int i = 0; i < b->names.n; i++) {
		v = str_value(b->names.entries[i].value);
		ivalue_unref(&v);
	}
	map_free(&b->names);
	for (CodeText *t = b->texts, *next; t; t = next) {
		next = t->next;
		text_free_code(t);
	}
	strings_free(b->access.read, b->access.nread);
	strings_free(b->access.write, b->access.nwrite);
	strings_free(b->argv, b->argc);
	free((char *)b->main_dir);
	free(b->package_root);
	error_clear(&b->own_error);
	error_clear(&err);
	free(b);
}

// ---- limits

// Bytes of this process that are in memory; 0 where the system does not tell.
static size_t resident_size(void)
{
	unsigned long total, resident = 0;
	FILE *f = fopen("/proc/self/statm", "re");
	if (!f)
		return 0;
	if (fscanf(f, "%lu %lu", &total, &resident) != 2)
		resident = 0;
	fclose(f);
	return resident * (size_t)sysconf(_SC_PAGESIZE);
}

// Bytes that the system can give without pushing other programs out; SIZE_MAX where it does not tell.
static size_t available_size(void)
{
	char line[128];
	unsigned long kib;
	size_t n = SIZE_MAX;
	FILE *f = fopen("/proc/meminfo", "re");
	while (f && n == SIZE_MAX && fgets(line, sizeof line, f))
		if (sscanf(line, "MemAvailable: %lu", &kib) == 1)
			n = (size_t)kib << 10;
	if (f)
		fclose(f);
	return n;
}

// Would the allocation succeed, and leave the system a thirty-second part of its memory?
static bool memory_left(size_t more)
{
	size_t left = available_size(), spare = budget_default_cap() / 32;
	void *p = more < HUGE ? NULL : malloc(more);
	bool fits = (p || more < HUGE) && left > spare && more < left - spare;
	free(p);
	return fits;
}

// Tensors are counted one by one; the many small objects that a program makes are seen by how the process grows.
static Status memory_look(Build *b, size_t more)
{
	size_t limit = b->x.budget ? b->x.budget->max_bytes : 0, now = resident_size();
	size_t grown = (now > b->resident ? now - b->resident : 0) + more;
	size_t cap = limit ? limit + MEMORY_SLACK : budget_default_cap();
	if (grown <= cap && (grown < HUGE || memory_left(more)))
		return STATUS_OK;
	if (!limit || grown <= cap)
		return fail(b->x.err, STATUS_MEMORY, "the program's values would take %zu bytes, more than there is memory", grown);
	return fail(b->x.err, STATUS_MEMORY, "memory limit of %zu bytes reached: the program's values would take %zu bytes",
		limit, grown);
}

Status build_memory_check(Build *b, size_t bytes)
{
	if (bytes <= LARGE)
		return STATUS_OK;
	TRY(budget_charge(b->x.budget, bytes, b->x.err));
	budget_credit(b->x.budget, bytes);
	return memory_look(b, bytes);
}

Status build_tick(Build *b)
{
	b->ticks = TICKS;
	Status st = budget_check_time(b->x.budget, b->x.err);
	bool limited = b->x.budget && b->x.budget->max_bytes;
	if (st == STATUS_OK && (limited || ++b->looks % 16 == 0))
		st = memory_look(b, 0);
	b->overruns += st != STATUS_OK;
	return st;
}

bool build_may_clean_up(const Build *b)
{
	return !b->closing && b->overruns < OVERRUNS;
}

Status build_stack_check(Build *b)
{
	if ((char *)__builtin_frame_address(0) < b->stack_limit)
		return py_raise(b, "RecursionError", "maximum recursion depth exceeded");
	return STATUS_OK;
}

// ---- running texts

static PyModule *main_module(Build *b)
{
	if (!b->main) {
		b->main = py_module_new(b, "__main__");
		IValue v = ivalue_ref(py_value(b->main));
		dict_set_take(b->modules, ivalue_ref(py_name(b, "__main__")), v, b->x.err);
	}
	return b->main;
}

PyModule *build_main_module(Build *b)
{
	return main_module(b);
}

BuildEntry build_enter(Build *b, Error *err)
{
	BuildEntry e = {b->x.err, b->x.budget, b->stack_limit};
	if (!b->frame) {
		b->x.err = err;
		b->x.budget = budget_current();
		b->overruns = 0;
		b->resident = resident_size();
		stack_measure(b);
	}
	return e;
}

Status build_leave(Build *b, BuildEntry e, Status st)
{
	if (!b->frame) {
		if (st != STATUS_OK) {
			b->x.err->is_python = !b->x.err->is_compile;
			ivalue_unref(&b->exc);
		}
		b->x.err = e.err;
		b->x.budget = e.budget;
	}
	b->stack_limit = e.stack;
	return st;
}

static CodeText *text_keep(Build *b, Ast *ast)
{
	CodeText *t = xcalloc(1, sizeof *t);
	t->ast = ast;
	t->next = b->texts;
	b->texts = t;
	return t;
}

Status text_run(Build *b, PyModule *in, Source *src, bool interactive)
{
	Ast *ast;
	Error parse_error = ERROR_INIT;
	Status st = ast_parse(src, DIALECT_PYTHON, &ast, &parse_error);
	if (st != STATUS_OK)
		return syntax_raise(b, st, &parse_error);
	CodeText *t = text_keep(b, ast);
	t->top = resolve_text(b, ast);
	return frame_run_text(b, in, t, interactive);
}

static char *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? xstrndup(path, slash == path ? 1 : (size_t)(slash - path)) : xstrdup(".");
}

Status source_read(const char *path, Source **out, Error *err)
{
	FILE *f = fopen(path, "rb");
	*out = NULL;
	if (!f)
		return fail(err, STATUS_IO, "can't open file '%s': %s", path, strerror(errno));
	Text t = {0};
	char buf[16384];
	size_t n;
	while ((n = fread(buf, 1, sizeof buf, f)) > 0 && t.size <= FILE_MAX)
		text_addn(&t, buf, n);
	bool bad = ferror(f);
	fclose(f);
	Status st = STATUS_OK;
	if (bad)
		st = fail(err, STATUS_IO, "can't read '%s': %s", path, strerror(errno));
	else if (t.size > FILE_MAX)
		st = fail(err, STATUS_LIMIT, "%s is larger than %d bytes", path, FILE_MAX);
	else
		*out = source_new(path, text_str(&t), t.size);
	text_free(&t);
	return st;
}

Status build_run_file(Build *b, const char *path, PyModule **module, Error *err)
{
	Source *src;
	*module = NULL;
	TRY(source_read(path, &src, err));
	PyModule *m = main_module(b);
	if (!b->main_dir)
		b->main_dir = directory_of(path);
	ivalue_set(&m->file, iv_cstr(path));
	module_set_take(m, "__file__", iv_cstr(path));
	module_place_main(b, m);
	Status st = build_run_text(b, m, src, false, err);
	source_unref(&src);
	*module = m;
	return st;
}

Status build_run_text(Build *b, PyModule *in, Source *src, bool interactive, Error *err)
{
	BuildEntry e = build_enter(b, err);
	Status st = b->started;
	if (st == STATUS_OK)
		st = text_run(b, in, src, interactive);
	else
		fail(err, st, "the build stage could not start: %s", b->own_error.message ? b->own_error.message : "?");
	return build_leave(b, e, st);
}

Status build_eval(Build *b, PyModule *in, Source *src, IValue *out, Error *err)
{
	Ast *ast;
	Expr *expr;
	*out = iv_none();
	BuildEntry e = build_enter(b, err);
	Error parse_error = ERROR_INIT;
	Status st = ast_parse_expr(src, DIALECT_PYTHON, &ast, &expr, &parse_error);
	if (st != STATUS_OK)
		return build_leave(b, e, syntax_raise(b, st, &parse_error));
	CodeText *t = text_keep(b, ast);
	t->top = resolve_expr(b, ast, expr);
	return build_leave(b, e, frame_eval_text(b, in, t, expr, out));
}

void build_print(Build *b, const char *s, size_t n)
{
	if (b->x.print)
		b->x.print(b->x.user, s, n);
	else
		fwrite(s, 1, n, stdout);
}
