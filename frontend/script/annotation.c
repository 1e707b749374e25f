// SPDX-License-Identifier: BSD-3-Clause
// Annotations where names mean objects: classes, what typing makes, aliases of those, texts with forward references.
#include "frontend/script/script.h"

#include <string.h>

// A text as an annotation of the file it stands in.
static Status type_of_text(ScriptStage *s, CodeFile *file, IValue v, Range at, const Type **out, Error *err)
{
	Expr e = {.kind = EX_STR, .at = at, .str = v.str->s, .len = (size_t)v.str->n};
	return type_from_expr(s->fe, file, &e, out, err);
}

static Status unknown(IValue v, Range at, Error *err)
{
	Text t = {0};
	if (v.tag == TAG_HOST && v.host->kind->print)
		v.host->kind->print(&t, v.host, true);
	else
		ivalue_repr(&t, v);
	Status st = fail_at(err, STATUS_COMPILE, at, "Unknown type annotation: '%s'", text_str(&t));
	text_free(&t);
	return st;
}

// List, Dict … without their brackets, and the ones with.
static Status type_of_form(ScriptStage *s, CodeFile *file, const PyTypeForm *f, Range at, const Type **out, Error *err)
{
	TypePool *p = s->unit->pool;
	const char *dot = strrchr(f->ctor, '.'), *name = dot ? dot + 1 : f->ctor;
	const TupleObj *args = f->args.tag == TAG_TUPLE ? f->args.tuple : NULL;
	int n = args ? (int)args->n : 0;
	if (n > 1024)
		return fail_at(err, STATUS_LIMIT, at, "a type of more than 1024 types");
	if (!n && (*out = type_from_name(p, DIALECT_PYTHON, name)))
		return STATUS_OK;
	const Type **t = arena_array(&s->arena, const Type *, n + 1);
	for (int i = 0; i < n; i++) {
		if (py_is(args->items[i], PY_ELLIPSIS))
			return fail_at(err, STATUS_COMPILE, at, "tuples of unknown length are not supported");
		if (args->items[i].tag == TAG_LIST || !strcmp(name, "Callable") || !strcmp(name, "Literal"))
			return unknown(py_value((void *)f), at, err);
		TRY(script_type_of_object(s, file, args->items[i], at, &t[i], err));
	}
	bool one = n == 1;
	if (!strcmp(name, "Tuple") || !strcmp(name, "tuple"))
		*out = type_tuple(p, t, n);
	else if (!strcmp(name, "Union") && n)
		*out = type_union(p, t, n);
	else if (!strcmp(name, "Optional") && one)
		*out = type_optional(p, t[0]);
	else if ((!strcmp(name, "List") || !strcmp(name, "list") || !strncmp(name, "BroadcastingList", 16)) && one)
		*out = type_list(p, t[0]);
	else if ((!strcmp(name, "Dict") || !strcmp(name, "dict")) && n == 2)
		*out = type_dict(p, t[0], t[1]);
	else if ((!strcmp(name, "Future") || !strcmp(name, "RRef")) && one)
		*out = type_future(p, t[0]);
	else if ((!strcmp(name, "Final") || !strcmp(name, "Annotated") || !strcmp(name, "ClassVar")) && n >= 1)
		*out = t[0];
	else
		return unknown(py_value((void *)f), at, err);
	return STATUS_OK;
}

static Status type_of_class(ScriptStage *s, PyClass *c, Range at, const Type **out, Error *err)
{
	const char *path = class_path(s, c), *name = c->payload == PAYLOAD_TENSOR ? "Tensor" : python_type_name(path);
	*out = name && (c->is_native || c->payload == PAYLOAD_TENSOR) ? type_from_name(s->unit->pool, DIALECT_PYTHON, name)
		: NULL;
	if (*out)
		return STATUS_OK;
	if (class_named(c, "torch.nn.utils.rnn", "PackedSequence") || !c->is_native) {
		if (class_is_module(c) && !c->is_interface)
			return fail_at(err, STATUS_COMPILE, at, "Unknown type annotation: '%s'. A module class is no type of the "
				"language; an interface (torch.jit.interface) is", path);
		return script_class(s, c, out, err);
	}
	return unknown(py_value(c), at, err);
}

Status script_type_of_object(ScriptStage *s, CodeFile *file, IValue v, Range at, const Type **out, Error *err)
{
	TRY(lower_enter(s->fe, err, at));
	Status st = STATUS_OK;
	const char *name;
	*out = NULL;
	if (v.tag == TAG_NONE) {
		*out = &type_none;
	} else if (v.tag == TAG_STR) {
		st = type_of_text(s, file, v, at, out, err);
	} else if (py_is(v, PY_CLASS)) {
		st = type_of_class(s, PY_AS(PyClass, v), at, out, err);
	} else if (py_is(v, PY_TYPEFORM)) {
		st = type_of_form(s, file, PY_AS(PyTypeForm, v), at, out, err);
	} else if (py_is(v, PY_NATIVE)) {
		name = python_type_name(PY_AS(PyNative, v)->path);
		*out = name ? type_from_name(s->unit->pool, DIALECT_PYTHON, name) : NULL;
		if (!*out)
			st = unknown(v, at, err);
	} else {
		st = unknown(v, at, err);
	}
	lower_leave(s->fe);
	return st;
}

Status script_annotation(Frontend *fe, CodeFile *file, const Expr *e, bool *found, const Type **out, Error *err)
{
	IValue v;
	*found = env_resolve(file->env, e, &v);
	if (!*found)
		return STATUS_OK;
	if (py_is(v, PY_INSTANCE) || py_is(v, PY_MODULE)) { // BroadcastingList2, unbracketed: as it is written
		*found = false;
		ivalue_unref(&v);
		return STATUS_OK;
	}
	script_hold(fe->script, v);
	Status st = script_type_of_object(fe->script, file, v, e->at, out, err);
	ivalue_unref(&v);
	return st;
}

const char *script_type_ctor(CodeFile *file, const Expr *e)
{
	IValue v;
	if (!env_resolve(file->env, e, &v))
		return NULL;
	const char *name = NULL;
	if (py_is(v, PY_CLASS) && PY_AS(PyClass, v)->is_native)
		name = py_text(PY_AS(PyClass, v)->name);
	else if (py_is(v, PY_TYPEFORM))
		name = PY_AS(PyTypeForm, v)->ctor;
	else if (py_is(v, PY_NATIVE))
		name = PY_AS(PyNative, v)->path;
	const char *dot = name ? strrchr(name, '.') : NULL;
	if (name)
		name = arena_strdup(&file->env->s->arena, dot ? dot + 1 : name);
	ivalue_unref(&v);
	return name;
}

bool annotation_is_final(CodeFile *file, const Expr *e, const Expr **inner)
{
	const Expr *ctor = e->kind == EX_INDEX ? e->a : e;
	*inner = e->kind == EX_INDEX && e->list.n == 1 ? e->list.items[0] : NULL;
	const char *name = script_type_ctor(file, ctor);
	if (!name)
		name = ctor->kind == EX_NAME || ctor->kind == EX_ATTR ? ctor->name : "";
	return !strcmp(name, "Final");
}
