// SPDX-License-Identifier: BSD-3-Clause
// Definitions found by qualified name.
//
// "__torch__.a.b.C" is looked for in the text of the qualifier "__torch__.a.b".  A text is parsed when the first
// name in it is needed; of its definitions only those that something refers to are ever resolved.  So order does
// not matter, texts may refer to each other, and what nobody uses may be wrong.
#include "frontend/lower.h"

#include "interp/interp.h"

#include <pthread.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Status lower_enter(Frontend *fe, Error *err, Range at)
{
	if (fe->depth >= LOWER_MAX_DEPTH)
		return fail_at(err, STATUS_LIMIT, at, "the program is nested too deeply (more than %d levels)",
			LOWER_MAX_DEPTH);
	fe->depth++;
	return STATUS_OK;
}

const char *qualified_name(Arena *a, const char *qualifier, const char *name)
{
	return *qualifier ? arena_printf(a, "%s.%s", qualifier, name) : arena_strdup(a, name);
}

static bool dotted_append(const Expr *e, Text *t)
{
	if (e->kind == EX_NAME) {
		text_add(t, e->name);
		return true;
	}
	if (e->kind != EX_ATTR || !dotted_append(e->a, t))
		return false;
	text_addc(t, '.');
	text_add(t, e->name);
	return true;
}

const char *dotted_name(Arena *a, const Expr *e)
{
	Text t = {0};
	const char *s = dotted_append(e, &t) ? arena_strdup(a, text_str(&t)) : NULL;
	text_free(&t);
	return s;
}

static bool is_ignored_assign(const Stmt *s)
{
	return s->kind == ST_ASSIGN && s->targets.n == 1 && s->targets.items[0]->kind == EX_NAME &&
		!strcmp(s->targets.items[0]->name, "op_version_set");
}

static void add_import(CodeFile *f, const char *local, const char *path, Arena *a)
{
	map_set(&f->imports, local, arena_strdup(a, path));
}

static Status index_python(CodeFile *f, const Stmt *s, Error *err)
{
	Arena *a = &f->ast->arena;
	switch (s->kind) {
	case ST_IMPORT:
		for (int i = 0; i < s->nnames; i++) {
			const ImportName *n = &s->names[i];
			if (n->as) {
				add_import(f, n->as, n->name, a);
			} else {
				char *top = arena_strndup(a, n->name, strcspn(n->name, "."));
				add_import(f, top, top, a);
			}
		}
		return STATUS_OK;
	case ST_FROM:
		for (int i = 0; i < s->nnames; i++) {
			const ImportName *n = &s->names[i];
			if (s->level || !s->module || !strcmp(n->name, "*"))
				return fail_at(err, STATUS_COMPILE, s->at,
					"only absolute imports of names are supported");
			add_import(f, n->as ? n->as : n->name, arena_printf(a, "%s.%s", s->module, n->name), a);
		}
		return STATUS_OK;
	case ST_ASSIGN: // an alias: "IntOrNone = Optional[int]"
		if (s->targets.n == 1 && s->targets.items[0]->kind == EX_NAME) {
			map_set(&f->defs, s->targets.items[0]->name, (void *)s);
			return STATUS_OK;
		}
		break;
	case ST_EXPR:
		if (s->value && s->value->kind == EX_STR)
			return STATUS_OK;
		break;
	case ST_PASS:
		return STATUS_OK;
	default:
		break;
	}
	return fail_at(err, STATUS_COMPILE, s->at, "only definitions and imports are accepted here");
}

Status code_file_index(CodeFile *f, Error *err)
{
	for (int i = 0; i < f->ast->body.n; i++) {
		const Stmt *s = f->ast->body.items[i];
		if (s->kind == ST_DEF)
			map_set(&f->defs, s->def->name, (void *)s);
		else if (s->kind == ST_CLASS)
			map_set(&f->defs, s->cls->name, (void *)s);
		else if (is_ignored_assign(s))
			continue;
		else
			TRY(index_python(f, s, err));
	}
	return STATUS_OK;
}

const Stmt *code_file_find(const CodeFile *f, const char *name)
{
	return map_get(&f->defs, name);
}

CodeFile *frontend_file(Frontend *fe, const char *qualifier, Error *err)
{
	CodeFile *f = map_get(&fe->files, qualifier);
	if (f)
		return f;
	Source *src = NULL;
	if (fe->has_provider && fe->provider.find(fe->provider.ctx, qualifier, &src, err) != STATUS_OK)
		return NULL;
	f = xcalloc(1, sizeof *f);
	f->qualifier = arena_strdup(&fe->unit->arena, qualifier);
	if (!src) {
		f->absent = true;
		map_set(&fe->files, qualifier, f);
		return f;
	}
	Status st = ast_parse(src, fe->dialect, &f->ast, err);
	source_unref(&src);
	if (st == STATUS_OK)
		st = code_file_index(f, err);
	if (st != STATUS_OK) {
		ast_free(&f->ast);
		map_free(&f->defs);
		map_free(&f->imports);
		free(f);
		return NULL;
	}
	map_set(&fe->files, qualifier, f);
	return f;
}

Function *frontend_declare_function(Frontend *fe, CodeFile *file, const char *qualified, const Def *def,
	const Type *self, bool is_static)
{
	Function *f = unit_function(fe->unit, qualified);
	if (!f)
		f = unit_add_function(fe->unit, qualified, self);
	DefSite *site = arena_new(&fe->unit->arena, DefSite);
	*site = (DefSite){.fe = fe, .file = file, .def = def, .self = self, .is_static = is_static};
	f->define = function_define;
	f->define_arg = site;
	f->at = def->name_at;
	return f;
}

// The definition "name" of the text with that qualifier.
static Status resolve(Frontend *fe, CodeFile *file, const char *name, const char *qualified, bool *found, Sugar *out,
	Error *err)
{
	const Stmt *s = code_file_find(file, name);
	if (!s || s->kind == ST_ASSIGN)
		return STATUS_OK;
	*found = true;
	if (s->kind == ST_DEF) {
		Function *f = unit_function(fe->unit, qualified);
		out->kind = SUGAR_FUNCTION;
		out->fn = f ? f : frontend_declare_function(fe, file, qualified, s->def, NULL, false);
		return STATUS_OK;
	}
	out->kind = SUGAR_TYPE;
	return class_declare(fe, file, qualified, s->cls, &out->type, err);
}

Status frontend_lookup(Frontend *fe, const char *qualified, bool *found, Sugar *out, Error *err)
{
	*found = false;
	memset(out, 0, sizeof *out);
	if (map_get(&fe->busy, qualified))
		return STATUS_OK; // not known while its own attributes are being resolved
	const Type *t = type_find_nominal(fe->unit->pool, qualified);
	if (t) {
		*found = true;
		out->kind = SUGAR_TYPE;
		out->type = t;
		return STATUS_OK;
	}
	if (!strncmp(qualified, "__torch__.torch.classes.", 24)) {
		t = native_class(fe->unit, qualified);
		if (t) {
			*found = true;
			out->kind = SUGAR_TYPE;
			out->type = t;
		}
		return STATUS_OK;
	}
	const char *dot = strrchr(qualified, '.');
	char *qualifier = dot ? xstrndup(qualified, (size_t)(dot - qualified)) : xstrdup("");
	CodeFile *file = frontend_file(fe, qualifier, err);
	free(qualifier);
	if (!file)
		return err && err->code ? err->code : STATUS_COMPILE;
	if (file->absent)
		return STATUS_OK;
	TRY(lower_enter(fe, err, (Range){0}));
	Status st = resolve(fe, file, dot ? dot + 1 : qualified, qualified, found, out, err);
	lower_leave(fe);
	return st;
}

Status frontend_nominal(Frontend *fe, const char *qualified, const Type **out, Error *err)
{
	bool found;
	Sugar s;
	*out = NULL;
	TRY(frontend_lookup(fe, qualified, &found, &s, err));
	if (found && s.kind == SUGAR_TYPE)
		*out = s.type;
	return STATUS_OK;
}

static void frontend_free(void *p)
{
	Frontend *fe = p;
	for (int i = 0; i < fe->files.n; i++) {
		CodeFile *f = fe->files.entries[i].value;
		ast_free(&f->ast);
		map_free(&f->defs);
		map_free(&f->imports);
		free(f);
	}
	map_free(&fe->files);
	map_free(&fe->busy);
	free(fe);
}

static void set_provider(void)
{
	interp_set_lib_provider(frontend_lib_function);
}

void frontend_introduce_library(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, set_provider);
}

Frontend *frontend_of_unit(Unit *u, Dialect d)
{
	frontend_introduce_library();
	if (!u->frontend) {
		Frontend *fe = xcalloc(1, sizeof *fe);
		fe->unit = u;
		fe->dialect = d;
		u->frontend = fe;
		u->free_frontend = frontend_free;
	}
	return u->frontend;
}

Status frontend_attach_archive(Unit *u, SourceProvider provider, Error *err)
{
	if (u->frontend)
		return fail(err, STATUS_INTERNAL, "the unit has a frontend already");
	Frontend *fe = frontend_of_unit(u, DIALECT_ARCHIVE);
	fe->provider = provider;
	fe->has_provider = true;
	return STATUS_OK;
}

// Public calls may come with err == NULL; inside, an Error always exists.
static Status finish(Status st, Error *own, Error *err)
{
	if (own) {
		error_clear(own);
		(void)err;
	}
	return st;
}

Status frontend_type(Unit *u, const char *qualified, const Type **out, Error *err)
{
	Error own = ERROR_INIT, *e = err ? err : &own;
	Status st = frontend_nominal(frontend_of_unit(u, DIALECT_ARCHIVE), qualified, out, e);
	if (st == STATUS_OK && !*out)
		st = fail(e, STATUS_COMPILE, "Unknown type name '%s'", qualified);
	return finish(st, err ? NULL : &own, err);
}

Status frontend_function(Unit *u, const char *qualified, Function **out, Error *err)
{
	Error own = ERROR_INIT, *e = err ? err : &own;
	bool found = false;
	Sugar s = {0};
	Frontend *fe = frontend_of_unit(u, DIALECT_ARCHIVE);
	*out = unit_function(u, qualified);
	Status st = STATUS_OK;
	if (!*out) {
		st = frontend_lookup(fe, qualified, &found, &s, e);
		if (st == STATUS_OK && found && s.kind == SUGAR_FUNCTION)
			*out = s.fn;
	}
	if (st == STATUS_OK && !*out)
		st = fail(e, STATUS_COMPILE, "there is no function '%s'", qualified);
	if (st == STATUS_OK)
		st = function_ensure(*out, e);
	return finish(st, err ? NULL : &own, err);
}

Status frontend_compile_class(Unit *u, const Type *cls, Error *err)
{
	(void)u;
	for (int i = 0; i < cls->cls->nmethods; i++)
		if (cls->cls->methods[i]->define)
			TRY(function_ensure(cls->cls->methods[i], err));
	return STATUS_OK;
}

Status frontend_declare_signature(Function *f, Error *err)
{
	TRY(function_declare(f, err));
	if (!f->schema->nrets)
		return fail(err, STATUS_COMPILE, "'%s' does not say what it returns", f->name);
	return STATUS_OK;
}

Status frontend_parse_type(Unit *u, const char *text, const Type **out, Error *err)
{
	Error own = ERROR_INIT, *e = err ? err : &own;
	Frontend *fe = frontend_of_unit(u, DIALECT_ARCHIVE);
	Source *src = source_new("type", text, strlen(text));
	Ast *ast = NULL;
	Expr *expr = NULL;
	Status st = ast_parse_expr(src, DIALECT_ARCHIVE, &ast, &expr, e);
	source_unref(&src);
	if (st == STATUS_OK)
		st = type_from_expr(fe, NULL, expr, out, e);
	ast_free(&ast);
	return finish(st, err ? NULL : &own, err);
}

static Status take_source(Frontend *fe, Source *src, CodeFile **out, Error *err)
{
	CodeFile *f = xcalloc(1, sizeof *f);
	f->qualifier = "__torch__";
	Status st = ast_parse(src, DIALECT_PYTHON, &f->ast, err);
	if (st == STATUS_OK)
		st = code_file_index(f, err);
	if (st != STATUS_OK) {
		ast_free(&f->ast);
		map_free(&f->defs);
		map_free(&f->imports);
		free(f);
		return st;
	}
	// Several texts may go into one unit; each keeps its own names.
	char key[40];
	snprintf(key, sizeof key, "<source %d>", fe->files.n);
	map_set(&fe->files, key, f);
	*out = f;
	return STATUS_OK;
}

static Status compile_file(Frontend *fe, CodeFile *f, Error *err)
{
	for (int i = 0; i < f->defs.n; i++) { // declared first: order within a text does not matter
		const Stmt *s = f->defs.entries[i].value;
		if (s->kind == ST_DEF)
			frontend_declare_function(fe, f, s->def->name, s->def, NULL, false);
	}
	for (int i = 0; i < f->defs.n; i++) {
		const Stmt *s = f->defs.entries[i].value;
		if (stmt_is_exception(s))
			continue;
		if (s->kind == ST_CLASS) {
			const Type *t;
			const char *name = qualified_name(&fe->unit->arena, f->qualifier, s->cls->name);
			if (!type_find_nominal(fe->unit->pool, name))
				TRY(class_declare(fe, f, name, s->cls, &t, err));
			else
				t = type_find_nominal(fe->unit->pool, name);
			if (t->kind == TYPE_CLASS)
				TRY(frontend_compile_class(fe->unit, t, err));
		} else if (s->kind == ST_DEF) {
			TRY(function_ensure(unit_function(fe->unit, s->def->name), err));
		}
	}
	return STATUS_OK;
}

Status frontend_compile_source(Unit *u, Source *src, Error *err)
{
	Error own = ERROR_INIT, *e = err ? err : &own;
	Frontend *fe = frontend_of_unit(u, DIALECT_PYTHON);
	CodeFile *f = NULL;
	Status st = take_source(fe, src, &f, e);
	if (st == STATUS_OK)
		st = compile_file(fe, f, e);
	return finish(st, err ? NULL : &own, err);
}

// [1, 2.5] is a list of floats here, as it is to whoever types it; compiled functions would make a Union of it.
static bool has_float(const Expr *e)
{
	for (int i = 0; i < e->list.n; i++) {
		const Expr *x = e->list.items[i];
		if (x->kind == EX_FLOAT || (x->kind == EX_UNARY && x->a->kind == EX_FLOAT))
			return true;
		if ((x->kind == EX_LIST || x->kind == EX_TUPLE) && has_float(x))
			return true;
	}
	return false;
}

static void ints_to_floats(Expr *e)
{
	for (int i = 0; i < e->list.n; i++) {
		Expr *x = e->list.items[i];
		if (x->kind == EX_UNARY && x->op == OP_NEG)
			x = x->a;
		if (x->kind == EX_INT) {
			x->kind = EX_FLOAT;
			x->fval = (double)x->ival;
		} else if (x->kind == EX_LIST) {
			ints_to_floats(x);
		}
	}
}

static void promote_lists(Expr *e, int depth)
{
	if (!e || depth > 200)
		return;
	if (e->kind == EX_LIST && has_float(e))
		ints_to_floats(e);
	promote_lists(e->a, depth + 1);
	promote_lists(e->b, depth + 1);
	for (int i = 0; i < e->list.n; i++)
		promote_lists(e->list.items[i], depth + 1);
	for (int i = 0; i < e->list2.n; i++)
		promote_lists(e->list2.items[i], depth + 1);
	for (int i = 0; i < e->nkw; i++)
		promote_lists(e->kw[i].value, depth + 1);
}

Status frontend_compile_expr(Unit *u, const char *name, Source *src, Function **out, Error *err)
{
	Error own = ERROR_INIT, *e = err ? err : &own;
	Frontend *fe = frontend_of_unit(u, DIALECT_PYTHON);
	CodeFile *f = xcalloc(1, sizeof *f);
	f->qualifier = "__torch__";
	Expr *expr = NULL;
	Status st = ast_parse_expr(src, DIALECT_PYTHON, &f->ast, &expr, e);
	if (st != STATUS_OK) {
		free(f);
		return finish(st, err ? NULL : &own, err);
	}
	char key[40];
	snprintf(key, sizeof key, "<expr %d>", fe->files.n);
	map_set(&fe->files, key, f);
	promote_lists(expr, 0);
	Arena *a = &f->ast->arena;
	Def *def = arena_new(a, Def);
	Stmt *ret = arena_new(a, Stmt);
	ret->kind = ST_RETURN;
	ret->at = expr->at;
	ret->value = expr;
	def->name = arena_strdup(a, name);
	def->name_at = expr->at;
	ARENA_PUSH(a, def->body.items, def->body.n, def->body.cap, ret);
	Function *fn = frontend_declare_function(fe, f, name, def, NULL, false);
	st = function_ensure(fn, e);
	*out = fn;
	return finish(st, err ? NULL : &own, err);
}
