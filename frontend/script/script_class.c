// SPDX-License-Identifier: BSD-3-Clause
// Classes of the build stage as nominal types: classes, enums, named tuples, interfaces, data classes.
//
// They are made from the live class, not from its text: what it inherits from classes written in Python is copied into
// one flat class, as TorchScript has no inheritance.
#include "frontend/script/script.h"

#include "frontend/build/frame.h"

#include <stdlib.h>
#include <string.h>

static struct IValue *box(IValue v) // takes v
{
	IValue *p = xmalloc(sizeof *p);
	*p = v;
	return (struct IValue *)p;
}

static Status class_fail(const PyClass *c, Error *err, const char *what)
{
	if (c->def)
		return fail_at(err, STATUS_COMPILE, c->def->name_at, "%s", what);
	return fail(err, STATUS_COMPILE, "%s", what);
}

// ---- enums

static Status make_enum(ScriptStage *s, PyClass *c, const char *name, const Type **out, Error *err)
{
	TypePool *p = s->unit->pool;
	Arena *a = type_pool_arena(p);
	EnumMember *members = arena_array(a, EnumMember, c->ns->n + 1);
	const Type *value_type = NULL;
	int64_t pos = 0;
	int n = 0;
	Status st = STATUS_OK;
	for (DictEntry *e; st == STATUS_OK && (e = dict_next(c->ns, &pos));) {
		if (!py_is(e->value, PY_INSTANCE) || PY_AS(PyInstance, e->value)->cls != c)
			continue;
		PyInstance *m = PY_AS(PyInstance, e->value);
		IValue *value = py_attr_slot(s->b, m, "_value_");
		if (!value)
			value = py_attr_slot(s->b, m, "value");
		if (!value)
			continue;
		const Type *t = value->tag == TAG_INT ? &type_int : value->tag == TAG_FLOAT ? &type_float
			: value->tag == TAG_STR ? &type_str : NULL;
		if (!t || (value_type && t != value_type))
			st = class_fail(c, err, "Enum class with values of type other than int, float or str, or of several types, "
				"is not supported");
		value_type = t;
		if (st == STATUS_OK)
			members[n++] = (EnumMember){arena_strdup(a, py_text(e->key)), box(ivalue_ref(*value))};
	}
	if (st == STATUS_OK && !n)
		st = class_fail(c, err, "No enumerators defined for enum class");
	if (st != STATUS_OK) {
		for (int i = 0; i < n; i++) {
			ivalue_unref((IValue *)members[i].value);
			free(members[i].value);
		}
		return st;
	}
	const Type *t = type_enum(p, name);
	t->enm->value_type = value_type;
	t->enm->members = members;
	t->enm->nmembers = n;
	*out = t;
	return STATUS_OK;
}

// ---- named tuples

static const Expr *field_annotation(const PyClass *c, const char *name, PyClass **where)
{
	for (int k = 0; k < c->nmro; k++)
		for (int i = 0; c->mro[k]->def && i < c->mro[k]->def->body.n; i++) {
			const Stmt *s = c->mro[k]->def->body.items[i];
			if (s->kind == ST_ANNASSIGN && s->targets.items[0]->kind == EX_NAME &&
				!strcmp(s->targets.items[0]->name, name)) {
				*where = c->mro[k];
				return s->type;
			}
		}
	return NULL;
}

static Status make_named_tuple(ScriptStage *s, PyClass *c, const char *name, const Type **out, Error *err)
{
	TypePool *p = s->unit->pool;
	Arena *a = type_pool_arena(p);
	IValue *names = py_class_lookup(c, py_intern(s->b, "_fields"), NULL);
	if (!names || names->tag != TAG_TUPLE || names->tuple->n > LOWER_MAX_MEMBERS)
		return class_fail(c, err, "the named tuple has no fields");
	int n = (int)names->tuple->n;
	const char **fields = arena_array(a, const char *, n + 1);
	const Type **types = arena_array(a, const Type *, n + 1);
	for (int i = 0; i < n; i++) {
		fields[i] = arena_strdup(a, py_text(names->tuple->items[i]));
		PyClass *where;
		const Expr *e = field_annotation(c, fields[i], &where);
		IValue *annotations = e ? NULL : py_class_lookup(c, py_intern(s->b, "__annotations__"), NULL);
		DictObj *set = annotations ? py_dict_of(*annotations) : NULL;
		IValue *v = set ? dict_get(s->b, set, fields[i]) : NULL; // P.__annotations__ = {…}
		types[i] = &type_tensor;
		if (e)
			TRY(type_from_expr(s->fe, script_file(s, &where->o), e, &types[i], err));
		else if (v)
			TRY(script_type_of_object(s, script_file(s, &c->o), *v, c->def ? c->def->name_at : (Range){0}, &types[i], err));
	}
	Type *t = (Type *)type_named_tuple(p, name, fields, types, n);
	IValue *defaults = py_class_lookup(c, py_intern(s->b, "_field_defaults"), NULL);
	DictObj *d = defaults ? py_dict_of(*defaults) : NULL;
	for (int i = 0; d && i < n && !t->defaults; i++) {
		IValue *v = dict_get(s->b, d, fields[i]), copy;
		if (!v)
			continue;
		struct IValue **boxes = arena_array(a, struct IValue *, n + 1);
		for (int k = i; k < n; k++) {
			v = dict_get(s->b, d, fields[k]);
			if (v && script_convert(s, *v, types[k], &copy, err) == STATUS_OK)
				boxes[k] = box(copy);
		}
		t->defaults = boxes;
	}
	error_clear(err); // a default of another type is no default
	*out = t;
	return STATUS_OK;
}

// ---- classes

static bool is_language_class(const PyClass *c) // written in Python by whoever wrote the model
{
	return c->def && !c->is_native;
}

static Status declare_methods(ScriptStage *s, PyClass *c, const Type *t, Error *err)
{
	for (int i = 0; i < c->nmro; i++) {
		PyClass *from = c->mro[i];
		if (!is_language_class(from))
			continue;
		int64_t pos = 0;
		for (DictEntry *e; (e = dict_next(from->ns, &pos));) {
			const char *name = py_text(e->key);
			IValue v = e->value;
			bool is_static = py_is(v, PY_STATICMETHOD);
			if (is_static)
				v = PY_AS(PyWrapped, v)->fn;
			if (py_is(v, PY_PROPERTY)) {
				PyProperty *p = PY_AS(PyProperty, v);
				const char *getter = arena_printf(&s->arena, "__%s_getter", name);
				const char *setter = arena_printf(&s->arena, "__%s_setter", name);
				if (class_find_method(t->cls, getter))
					continue;
				if (py_is(p->get, PY_FUNCTION))
					script_method(s, t, getter, PY_AS(PyFunction, p->get));
				if (py_is(p->set, PY_FUNCTION))
					script_method(s, t, setter, PY_AS(PyFunction, p->set));
				continue;
			}
			if (!py_is(v, PY_FUNCTION) || class_find_method(t->cls, name))
				continue;
			PyFunction *f = PY_AS(PyFunction, v);
			if (f->modifier == SCRIPT_IGNORE || (f->globals->is_library && !from->globals->is_library))
				continue; // what @dataclass put there is Python
			if (is_static) {
				Function *fn;
				TRY(script_function(s, f, &fn, err));
				class_add_method(t, name, fn);
			} else {
				script_method(s, t, name, f);
			}
		}
	}
	return STATUS_OK;
}

static Status declare_attributes(ScriptStage *s, PyClass *c, const Type *t, Error *err)
{
	for (int i = c->nmro - 1; i >= 0; i--) {
		PyClass *from = c->mro[i];
		if (!is_language_class(from))
			continue;
		CodeFile *file = script_file(s, &from->o);
		for (int k = 0; k < from->def->body.n; k++) {
			const Stmt *st = from->def->body.items[k];
			const Expr *inner;
			if (st->kind != ST_ANNASSIGN || st->targets.items[0]->kind != EX_NAME)
				continue;
			const char *name = st->targets.items[0]->name;
			const Type *type;
			if (annotation_is_final(file, st->type, &inner) && st->value) {
				IValue *v = py_class_lookup(c, py_intern(s->b, name), NULL), copy;
				if (!v)
					continue;
				TRY(script_constant_of(s, *v, &copy, &type, err));
				ClassType *ct = t->cls;
				Arena *a = type_pool_arena(s->unit->pool);
				ARENA_PUSH(a, ct->constants, ct->nconstants, ct->cap_constants,
					(ClassConstant){arena_strdup(a, name), type, box(copy)});
				continue;
			}
			TRY(type_from_expr(s->fe, file, st->type, &type, err));
			if (class_find_attr(t->cls, name) < 0)
				class_add_attr(t, (Attribute){.name = name, .type = type});
		}
	}
	return STATUS_OK;
}

// def __init__(self, a: T, b: U = …): self.a = a …   for a @dataclass
static Status dataclass_init(ScriptStage *s, PyClass *c, const Type *t)
{
	Arena *a = &s->arena;
	Def *d = arena_new(a, Def);
	IValue *defaults = NULL;
	int n = 0, cap = 0, ndefaults = 0, cap_defaults = 0;
	d->name = "__init__";
	d->name_at = c->def->name_at;
	ARENA_PUSH(a, d->params.items, n, cap, (Param){.name = "self", .at = d->name_at});
	ARENA_PUSH(a, defaults, ndefaults, cap_defaults, iv_uninit());
	for (int i = c->nmro - 1; i >= 0; i--)
		for (int k = 0; is_language_class(c->mro[i]) && k < c->mro[i]->def->body.n; k++) {
			const Stmt *st = c->mro[i]->def->body.items[k];
			if (st->kind != ST_ANNASSIGN || st->targets.items[0]->kind != EX_NAME)
				continue;
			const char *name = st->targets.items[0]->name;
			IValue *v = py_class_lookup(c, py_intern(s->b, name), NULL);
			ARENA_PUSH(a, d->params.items, n, cap, (Param){.name = name, .at = st->at, .type = st->type,
				.def = v ? st->value : NULL});
			ARENA_PUSH(a, defaults, ndefaults, cap_defaults, v ? *v : iv_uninit());
			Expr *self = arena_new(a, Expr), *target = arena_new(a, Expr), *value = arena_new(a, Expr);
			*self = (Expr){.kind = EX_NAME, .at = st->at, .name = "self"};
			*target = (Expr){.kind = EX_ATTR, .at = st->at, .a = self, .name = name};
			*value = (Expr){.kind = EX_NAME, .at = st->at, .name = name};
			Stmt *assign = arena_new(a, Stmt);
			*assign = (Stmt){.kind = ST_ASSIGN, .at = st->at, .value = value};
			ARENA_PUSH(a, assign->targets.items, assign->targets.n, assign->targets.cap, target);
			ARENA_PUSH(a, d->body.items, d->body.n, d->body.cap, assign);
		}
	d->params.n = n;
	const char *q = arena_printf(a, "%s.__init__", t->cls->name);
	Function *f = frontend_declare_function(s->fe, script_file(s, &c->o), q, d, t, false);
	((DefSite *)f->define_arg)->defaults = defaults;
	class_add_method(t, "__init__", f);
	return STATUS_OK;
}

static Status make_class(ScriptStage *s, PyClass *c, const char *name, const Type **out, Error *err)
{
	for (int i = 0; i < c->nmro; i++)
		if (c->mro[i]->is_native && c->mro[i]->payload != PAYLOAD_NONE)
			return class_fail(c, err, "a class that derives from a builtin type cannot be compiled");
	const Type *t = type_class(s->unit->pool, name);
	*out = t;
	map_set(&s->classes, name, c);
	TRY(declare_attributes(s, c, t, err));
	ARENA_PUSH(&s->arena, s->made_classes, s->nmade_classes, s->cap_made_classes, t);
	c->script_type = t; // methods may name the class; attributes may not hold it
	TRY(declare_methods(s, c, t, err));
	bool dataclass = c->is_dataclass || py_class_lookup(c, py_intern(s->b, "__dataclass_fields__"), NULL);
	if (dataclass && !class_find_method(t->cls, "__init__"))
		TRY(dataclass_init(s, c, t));
	Function *init = class_find_method(t->cls, "__init__");
	if (init)
		TRY(function_ensure(init, err));
	t->cls->complete = true;
	return STATUS_OK;
}

static Status make_interface(ScriptStage *s, PyClass *c, const char *name, const Type **out, Error *err)
{
	const Type *t = type_interface(s->unit->pool, name);
	t->cls->is_module = class_is_module(c);
	c->script_type = t;
	for (int i = 0; i < c->nmro; i++) {
		if (!is_language_class(c->mro[i]) || (c->mro[i]->globals && c->mro[i]->globals->is_library))
			continue;
		int64_t pos = 0;
		for (DictEntry *e; (e = dict_next(c->mro[i]->ns, &pos));)
			if (py_is(e->value, PY_FUNCTION) && !class_find_method(t->cls, py_text(e->key))) {
				Function *f = script_method(s, t, py_text(e->key), PY_AS(PyFunction, e->value));
				TRY(function_declare(f, err));
			}
	}
	t->cls->complete = true;
	*out = t;
	return STATUS_OK;
}

Status script_class(ScriptStage *s, PyClass *c, const Type **out, Error *err)
{
	*out = c->script_type;
	if (*out)
		return STATUS_OK;
	const char *name = script_qualified(s, c->module, c->name);
	TRY(lower_enter(s->fe, err, c->def ? c->def->name_at : (Range){0}));
	Status st;
	script_hold(s, py_value(c));
	if (c->is_interface)
		st = make_interface(s, c, name, out, err);
	else if (c->is_enum)
		st = make_enum(s, c, name, out, err);
	else if (c->is_named_tuple)
		st = make_named_tuple(s, c, name, out, err);
	else
		st = make_class(s, c, name, out, err);
	lower_leave(s->fe);
	c->script_type = st == STATUS_OK ? *out : NULL;
	return st;
}
