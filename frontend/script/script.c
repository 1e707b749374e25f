// SPDX-License-Identifier: BSD-3-Clause
// The script stage's state, the functions it declares, and torch.jit.script.
#include "frontend/script/script.h"

#include "frontend/build/frame.h"
#include "interp/interp.h"

#include <stdlib.h>
#include <string.h>

// ---- small readers of build stage values

const char *py_text(IValue str)
{
	IValue v = py_unwrap(str);
	return v.tag == TAG_STR ? v.str->s : "";
}

IValue *dict_get(Build *b, const DictObj *d, const char *name)
{
	return d ? dict_find(d, py_name(b, name)) : NULL;
}

DictObj *py_dict_of(IValue v)
{
	v = py_unwrap(v);
	return v.tag == TAG_DICT ? v.dict : NULL;
}

IValue *py_function_attr(Build *b, const PyFunction *f, const char *name)
{
	return dict_get(b, f->attrs, name);
}

IValue *py_attr_slot(Build *b, const PyInstance *i, const char *name)
{
	return dict_get(b, i->attrs, name);
}

// ---- state

ScriptStage *script_of(Build *b)
{
	if (b->script)
		return b->script;
	ScriptStage *s = b->script = xcalloc(1, sizeof *s);
	s->b = b;
	s->unit = unit_new();
	s->fe = frontend_of_unit(s->unit, DIALECT_PYTHON);
	s->fe->script = s;
	return s;
}

static Status sealed(Function *f, Error *err)
{
	return fail(err, STATUS_COMPILE, "'%s' was not compiled while its source was at hand", f->name);
}

void script_stage_free(Build *b)
{
	ScriptStage *s = b->script;
	if (!s)
		return;
	b->script = NULL;
	for (int i = 0; i < s->unit->n; i++) {
		Function *f = s->unit->list[i];
		if (f->state == 0 && f->self && f->self->kind == TYPE_INTERFACE) {
			Error err = ERROR_INIT;
			function_declare(f, &err);
			error_clear(&err);
		}
		f->define_arg = NULL;
		if (f->state == 0) {
			f->define = sealed;
			f->at = (Range){0};
		}
	}
	s->fe->script = NULL;
	for (int i = 0; i < s->nheld; i++)
		ivalue_unref(&s->held[i]);
	free(s->held);
	map_free(&s->classes);
	map_free(&s->refused);
	map_free(&s->ignored);
	map_free(&s->described);
	map_free(&s->made);
	map_free(&s->functions);
	map_free(&s->files);
	map_free(&s->modules);
	unit_unref(&s->unit);
	arena_free(&s->arena);
	free(s);
}

void script_hold(ScriptStage *s, IValue v)
{
	if (ivalue_counted(v))
		VEC_PUSH(s->held, s->nheld, s->cap_held, ivalue_ref(v));
}

static const char *ignored_in(const ScriptStage *s, const Object *o, int depth)
{
	const ClassType *c = o->type->cls;
	const char *name = NULL;
	for (int i = 0; i < c->nmethods && !name; i++)
		name = map_get(&s->ignored, c->methods[i]->name);
	for (int i = 0; i < o->nslots && !name && depth < LOWER_MAX_DEPTH; i++)
		if (o->slots[i].tag == TAG_OBJECT)
			name = ignored_in(s, o->slots[i].object, depth + 1);
	return name;
}

const char *script_ignored_call(const ScriptStage *s, IValue object)
{
	return s && s->ignored.n && object.tag == TAG_OBJECT ? ignored_in(s, object.object, 0) : NULL;
}

void script_add_path(Error *err, const char *path, const char *method)
{
	static const char last[] = "The original call is"; // what the place comes right after
	if (!err->message || strstr(err->message, "\nwhile compiling "))
		return;
	size_t n = strlen(err->message), m = sizeof last - 1;
	bool call = n > m && !strcmp(err->message + n - m, last);
	Text t = {0};
	text_addn(&t, err->message, call ? n - m : n);
	text_addf(&t, "%swhile compiling %s%s%s", call ? "" : "\n", path, method ? "." : "", method ? method : "");
	if (call)
		text_addf(&t, "\n%s", last);
	free(err->message);
	err->message = text_take(&t);
}

// Keys of maps that are objects: their addresses.  They are held, so an address is not used twice.
void *object_get(const Map *m, const void *o)
{
	return map_getn(m, (const char *)&o, sizeof o);
}

void object_set(ScriptStage *s, Map *m, void *o, void *value)
{
	script_hold(s, py_value(o));
	map_setn(m, (const char *)&o, sizeof o, value);
}

CodeFile *script_file(ScriptStage *s, PyObj *owner)
{
	CodeFile *file = object_get(&s->files, owner);
	if (file)
		return file;
	file = arena_new(&s->arena, CodeFile);
	ScriptEnv *e = file->env = arena_new(&s->arena, ScriptEnv);
	e->s = s;
	file->qualifier = "__torch__";
	if (owner->kind == PY_FUNCTION) {
		PyFunction *f = (PyFunction *)owner;
		*e = (ScriptEnv){s, f->globals, f->scope, f->cells, f->ncells, f->owner, f};
		file->ast = f->text->ast;
	} else {
		PyClass *c = (PyClass *)owner;
		*e = (ScriptEnv){s, c->globals, c->def ? c->def->scope : NULL, c->cells, c->ncells, c, NULL};
		file->ast = c->text ? c->text->ast : NULL;
	}
	object_set(s, &s->files, owner, file);
	return file;
}

const char *script_qualified(ScriptStage *s, IValue module, IValue name)
{
	const char *m = py_text(module), *n = py_text(name);
	if (!strcmp(n, "<lambda>"))
		n = "_lambda";
	bool main = !*m || !strcmp(m, "__main__");
	const char *q = main ? arena_printf(&s->arena, "__torch__.%s", n)
		: arena_printf(&s->arena, "__torch__.%s.%s", m, n);
	while (unit_function(s->unit, q) || type_find_nominal(s->unit->pool, q))
		q = main ? arena_printf(&s->arena, "__torch__.___torch_mangle_%d.%s", s->mangled++, n)
			: arena_printf(&s->arena, "__torch__.%s.___torch_mangle_%d.%s", m, s->mangled++, n);
	return q;
}

// ---- functions

static const Def *raising_def(ScriptStage *s, const Def *d, const char *what)
{
	Arena *a = &s->arena;
	Def *copy = arena_dup(a, d, sizeof *d);
	Expr *name = arena_new(a, Expr), *msg = arena_new(a, Expr), *call = arena_new(a, Expr);
	Stmt *raise = arena_new(a, Stmt);
	*name = (Expr){.kind = EX_NAME, .at = d->name_at, .name = "RuntimeError"};
	*msg = (Expr){.kind = EX_STR, .at = d->name_at, .str = what, .len = strlen(what)};
	*call = (Expr){.kind = EX_CALL, .at = d->name_at, .a = name};
	ARENA_PUSH(a, call->list.items, call->list.n, call->list.cap, msg);
	*raise = (Stmt){.kind = ST_RAISE, .at = d->name_at, .value = call};
	memset(&copy->body, 0, sizeof copy->body);
	ARENA_PUSH(a, copy->body.items, copy->body.n, copy->body.cap, raise);
	return copy;
}

// The def of a function; of a lambda one that is made for it.
static const Def *function_def(ScriptStage *s, const PyFunction *f)
{
	if (f->def)
		return f->modifier == SCRIPT_UNUSED ? raising_def(s, f->def, "Cannot call @unused methods") : f->def;
	Arena *a = &s->arena;
	Def *d = arena_new(a, Def);
	Stmt *ret = arena_new(a, Stmt);
	*ret = (Stmt){.kind = ST_RETURN, .at = f->lambda->a->at, .value = f->lambda->a};
	d->name = "_lambda";
	d->name_at = f->lambda->at;
	d->params = *f->params;
	ARENA_PUSH(a, d->body.items, d->body.n, d->body.cap, ret);
	return d;
}

static Function *declare(ScriptStage *s, const char *qualified, PyFunction *f, const Def *d, const Type *self)
{
	Function *fn = frontend_declare_function(s->fe, script_file(s, &f->o), qualified, d, self, false);
	DefSite *site = fn->define_arg;
	site->defaults = f->defaults;
	site->py = f;
	return fn;
}

Status script_function(ScriptStage *s, PyFunction *f, Function **out, Error *err)
{
	*out = object_get(&s->functions, f);
	if (*out)
		return STATUS_OK;
	if (f->is_generator)
		return fail_at(err, STATUS_COMPILE, f->def ? f->def->name_at : f->lambda->at,
			"a generator cannot be compiled");
	const char *q = script_qualified(s, f->globals->name, f->name);
	*out = declare(s, q, f, function_def(s, f), NULL);
	object_set(s, &s->functions, f, *out);
	return STATUS_OK;
}

static PyFunction *method_source(const Function *f)
{
	return f->define_arg ? ((DefSite *)f->define_arg)->py : NULL;
}

Function *script_method(ScriptStage *s, const Type *t, const char *name, PyFunction *f)
{
	Function *m = class_find_method(t->cls, name);
	if (m && method_source(m) == f)
		return m;
	const char *unique = name;
	for (int i = 0; m; i++) { // a base's version of it, reached by super() or by the base's name
		const char *base = f->owner ? py_text(f->owner->name) : "base";
		unique = i ? arena_printf(&s->arena, "%s__%s_%d", name, base, i) : arena_printf(&s->arena, "%s__%s", name, base);
		m = class_find_method(t->cls, unique);
		if (m && method_source(m) == f)
			return m;
	}
	m = declare(s, arena_printf(&s->arena, "%s.%s", t->cls->name, unique), f, function_def(s, f), t);
	script_hold(s, py_value(f));
	class_add_method(t, unique, m);
	return m;
}

Status script_overload(ScriptStage *s, PyFunction *body, PyFunction *decl, const Type *t, Function **out, Error *err)
{
	*out = object_get(&s->functions, decl);
	if (*out && !t)
		return STATUS_OK;
	if (!body->def || !decl->def)
		return fail(err, STATUS_COMPILE, "an overload must be a def");
	Def *d = arena_dup(&s->arena, body->def, sizeof *d); // the signature of one, the body of the other
	d->params = decl->def->params;
	d->ret = decl->def->ret;
	d->type_comment = decl->def->type_comment;
	d->type_comment_ret = decl->def->type_comment_ret;
	const char *q = t ? NULL : script_qualified(s, body->globals->name, body->name);
	const char *unique = t ? py_text(body->name) : NULL;
	for (int i = 0; t; i++) {
		unique = arena_printf(&s->arena, "%s__%d", py_text(body->name), i);
		Function *m = class_find_method(t->cls, unique);
		if (!m)
			break;
		if (method_source(m) == decl) {
			*out = m;
			return STATUS_OK;
		}
	}
	if (t)
		q = arena_printf(&s->arena, "%s.%s", t->cls->name, unique);
	*out = declare(s, q, body, d, t);
	DefSite *site = (*out)->define_arg;
	site->py = decl;
	site->defaults = decl->defaults;
	script_hold(s, py_value(decl));
	if (t)
		class_add_method(t, unique, *out);
	else
		object_set(s, &s->functions, decl, *out);
	return STATUS_OK;
}

// ---- torch.jit.script

// A failure of the script stage becomes the Build's.
static Status report(Build *b, Error *err)
{
	if (!b->x.err || b->x.err == err)
		return err->code;
	Status st = err->code;
	if (b->x.err->code == STATUS_OK)
		error_move(b->x.err, err);
	else
		error_clear(err);
	return st;
}

static Status script_instance(ScriptStage *s, IValue v, IValue *out, Error *err)
{
	PyInstance *m = PY_AS(PyInstance, v);
	if (!class_is_module(m->cls)) {
		const Type *t;
		TRY(script_class(s, m->cls, &t, err));
		return script_convert(s, v, t, out, err);
	}
	Object *o;
	Status st = module_object(s, m, py_text(m->cls->name), &o, err);
	map_free(&s->described);
	map_free(&s->made);
	TRY(st);
	*out = iv_take_object(o);
	return STATUS_OK;
}

static Status script_any(ScriptStage *s, IValue v, IValue *out, Error *err)
{
	*out = iv_none();
	if (v.tag == TAG_OBJECT) {
		*out = ivalue_ref(v);
		return STATUS_OK;
	}
	if (py_is(v, PY_FUNCTION)) {
		PyFunction *f = PY_AS(PyFunction, v);
		Function *fn;
		TRY(script_function(s, f, &fn, err));
		TRY(function_ensure(fn, err));
		f->scripted = fn;
		f->modifier = SCRIPT_COMPILED;
		if (!f->scripted_unit)
			f->scripted_unit = unit_ref(s->unit);
		*out = ivalue_ref(v);
		return STATUS_OK;
	}
	if (py_is(v, PY_CLASS)) {
		const Type *t;
		PyClass *c = PY_AS(PyClass, v);
		if (class_is_module(c))
			return fail(err, STATUS_RUNTIME, "Type '<class '%s'>' cannot be compiled since it inherits from nn.Module, "
				"consider passing an instance instead", class_path(s, c));
		TRY(script_class(s, c, &t, err));
		if (t->kind == TYPE_CLASS)
			TRY(frontend_compile_class(s->unit, t, err));
		*out = ivalue_ref(v);
		return STATUS_OK;
	}
	if (py_is(v, PY_METHOD) && py_is(PY_AS(PyMethod, v)->self, PY_INSTANCE))
		return fail(err, STATUS_RUNTIME, "a bound method cannot be scripted; script the object and call its method");
	if (py_is(v, PY_INSTANCE))
		return script_instance(s, v, out, err);
	return fail(err, STATUS_RUNTIME, "torch.jit.script needs a module, a function or a class, not '%s'",
		py_type_name(s->b, v));
}

// All methods of the classes that were met, also those nobody calls: an archive holds whole classes.
static Status compile_classes(ScriptStage *s, Error *err)
{
	while (s->compiled_classes < s->nmade_classes)
		TRY(frontend_compile_class(s->unit, s->made_classes[s->compiled_classes++], err));
	return STATUS_OK;
}

Status script_value(Build *b, IValue v, IValue *out, Unit **unit)
{
	ScriptStage *s = script_of(b);
	Error err = ERROR_INIT;
	if (unit)
		*unit = NULL;
	Status st = script_any(s, v, out, &err);
	if (st == STATUS_OK && (st = compile_classes(s, &err)) != STATUS_OK)
		ivalue_unref(out);
	if (st != STATUS_OK)
		return report(b, &err);
	if (unit)
		*unit = unit_ref(s->unit);
	return STATUS_OK;
}
