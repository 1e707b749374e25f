// SPDX-License-Identifier: BSD-3-Clause
// Values of the build stage as values of the script stage: which type one has, and the typed copy of it.
#include "frontend/script/script.h"

#include <stdlib.h>
#include <string.h>

static const Type *infer(ScriptStage *s, IValue v, Text *why, int depth);

static const Type *cannot(ScriptStage *s, IValue v, Text *why)
{
	if (!why->size)
		text_addf(why, "Only tensors and (possibly nested) tuples of tensors, lists, or dicts are supported as inputs or "
			"outputs of traced functions, but instead got value of type %s.", py_type_name(s->b, v));
	return NULL;
}

static const Type *infer_list(ScriptStage *s, const ListObj *l, Text *why, int depth)
{
	const Type *elem = NULL;
	if (!l->n) {
		text_add(why, "List trace inputs must have elements");
		return NULL;
	}
	for (int64_t i = 0; i < l->n; i++) {
		const Type *t = infer(s, l->items[i], why, depth);
		const Type *u = t && elem ? type_unify(s->unit->pool, elem, t, false) : t;
		if (t && !u) {
			char *a = type_str_repr(elem), *b = type_str_repr(t);
			text_addf(why, "List inputs to traced functions must have consistent type. Found %s and %s", a, b);
			free(a);
			free(b);
		}
		if (!u)
			return NULL;
		elem = u;
	}
	return type_list(s->unit->pool, elem);
}

static const Type *infer_dict(ScriptStage *s, const DictObj *d, Text *why, int depth)
{
	const Type *key = NULL, *value = NULL;
	int64_t pos = 0;
	if (!d->n) {
		text_add(why, "Dictionary inputs must have entries");
		return NULL;
	}
	for (DictEntry *e; (e = dict_next(d, &pos));) {
		const Type *k = infer(s, e->key, why, depth), *v = k ? infer(s, e->value, why, depth) : NULL;
		const Type *uk = v && key ? type_unify(s->unit->pool, key, k, false) : k;
		const Type *uv = v && value ? type_unify(s->unit->pool, value, v, false) : v;
		if (v && (!uk || !uv)) {
			char *a = type_str_repr(uk ? value : key), *b = type_str_repr(uk ? v : k);
			text_addf(why, "Dictionary inputs to traced functions must have consistent type. Found %s and %s", a, b);
			free(a);
			free(b);
		}
		if (!v || !uk || !uv)
			return NULL;
		key = uk;
		value = uv;
	}
	return type_dict(s->unit->pool, key, value);
}

static const Type *infer_tuple(ScriptStage *s, const TupleObj *t, Text *why, int depth)
{
	const Type **elem = xcalloc((size_t)t->n + 1, sizeof *elem), *out = NULL;
	bool ok = t->n < LOWER_MAX_UNROLL;
	for (int64_t i = 0; i < t->n && ok; i++)
		ok = (elem[i] = infer(s, t->items[i], why, depth)) != NULL;
	if (ok)
		out = type_tuple(s->unit->pool, elem, (int)t->n);
	free(elem);
	return out;
}

// A class of the model's own that nobody marked: it is compiled as if it had been, when all of it can be.
static bool class_compiles(const PyClass *c)
{
	for (int i = 0; i < c->nmro; i++) {
		const PyClass *from = c->mro[i];
		if (from->payload != PAYLOAD_NONE || from->is_exception || (from->globals && from->globals->is_library))
			return false;
	}
	return c->def && !c->is_native && !c->is_interface && !class_is_module(c) && c->modifier != SCRIPT_IGNORE;
}

static const Type *infer_class(ScriptStage *s, PyClass *c, Text *why)
{
	const Type *t = NULL;
	const char *refused = object_get(&s->refused, c);
	Error err = ERROR_INIT;
	if (refused) {
		text_add(why, refused);
		return NULL;
	}
	int before = s->nmade_classes;
	Status st = script_class(s, c, &t, &err);
	for (int i = 0; st == STATUS_OK && i < t->cls->nmethods; i++)
		st = function_ensure(t->cls->methods[i], &err);
	if (st != STATUS_OK) {
		text_add(why, err.message ? err.message : "the class cannot be compiled");
		object_set(s, &s->refused, c, arena_strdup(&s->arena, text_str(why)));
		c->script_type = NULL;
		s->nmade_classes = before; // nobody compiles the rest of it
	}
	error_clear(&err);
	return st == STATUS_OK ? t : NULL;
}

static const Type *infer_instance(ScriptStage *s, IValue v, Text *why, int depth)
{
	PyInstance *i = PY_AS(PyInstance, v);
	const Type *t = NULL;
	IValue payload = py_unwrap(v);
	bool own = i->cls->is_enum || i->cls->is_named_tuple || (i->cls->script_type && !class_is_module(i->cls));
	if (!own && class_compiles(i->cls))
		return infer_class(s, i->cls, why);
	if (own) {
		Error err = ERROR_INIT;
		IValue fits = iv_none();
		Status st = script_class(s, i->cls, &t, &err);
		// collections.namedtuple says nothing of its fields: where they hold no tensors, the value is a plain tuple
		if (i->cls->is_named_tuple && (st != STATUS_OK || script_convert(s, v, t, &fits, &err) != STATUS_OK))
			t = infer(s, payload, why, depth);
		else if (st != STATUS_OK)
			text_add(why, err.message ? err.message : "");
		ivalue_unref(&fits);
		error_clear(&err);
		return t;
	}
	if (payload.tag == TAG_HOST)
		return cannot(s, v, why);
	return infer(s, payload, why, depth);
}

static const Type *infer(ScriptStage *s, IValue v, Text *why, int depth)
{
	if (depth > 200)
		return cannot(s, v, why);
	depth++;
	switch ((Tag)v.tag) {
	case TAG_NONE: return &type_none;
	case TAG_BOOL: return &type_bool;
	case TAG_INT: return &type_int;
	case TAG_FLOAT: return &type_float;
	case TAG_COMPLEX: return &type_complex;
	case TAG_STR: return &type_str;
	case TAG_DEVICE: return &type_device;
	case TAG_TENSOR: return &type_tensor;
	case TAG_GENERATOR: return &type_generator;
	case TAG_OBJECT: return v.object->type;
	case TAG_ENUM: return v.enm->type;
	case TAG_LIST: return infer_list(s, v.list, why, depth);
	case TAG_DICT: return infer_dict(s, v.dict, why, depth);
	case TAG_TUPLE: return v.tuple->type ? v.tuple->type : infer_tuple(s, v.tuple, why, depth);
	case TAG_HOST:
		if (py_is(v, PY_SYMBOL))
			return &type_int;
		if (py_is(v, PY_INSTANCE))
			return infer_instance(s, v, why, depth);
		break;
	default:
		break;
	}
	return cannot(s, v, why);
}

const Type *script_infer(ScriptStage *s, IValue v, Text *why)
{
	return infer(s, v, why, 0);
}

// ---- converting

static Status wrong(ScriptStage *s, IValue v, const Type *t, Error *err)
{
	char *w = type_str_repr(t);
	Status st = fail(err, STATUS_TYPE, "Expected a value of type '%s' but instead found type '%s'.", w,
		py_type_name(s->b, v));
	free(w);
	return st;
}

static Status convert(ScriptStage *s, IValue v, const Type *t, IValue *out, Error *err, int depth);

static Status convert_list(ScriptStage *s, const IValue *items, int64_t n, const Type *t, IValue *out, Error *err,
	int depth)
{
	ListObj *l = list_new(t->elem[0], n);
	*out = iv_take_list(l);
	for (int64_t i = 0; i < n; i++) {
		IValue x;
		Status st = convert(s, items[i], t->elem[0], &x, err, depth);
		if (st == STATUS_OK)
			st = list_append_take(l, x, err);
		if (st != STATUS_OK) {
			ivalue_unref(out);
			return st;
		}
	}
	return STATUS_OK;
}

static Status convert_dict(ScriptStage *s, const DictObj *d, const Type *t, IValue *out, Error *err, int depth)
{
	DictObj *r = dict_new(t->elem[0], t->elem[1]);
	*out = iv_take_dict(r);
	int64_t pos = 0;
	for (DictEntry *e; (e = dict_next(d, &pos));) {
		IValue k = iv_none(), x = iv_none();
		Status st = convert(s, e->key, t->elem[0], &k, err, depth);
		if (st == STATUS_OK)
			st = convert(s, e->value, t->elem[1], &x, err, depth);
		if (st == STATUS_OK) {
			st = dict_set_take(r, k, x, err);
		} else {
			ivalue_unref(&k);
		}
		if (st != STATUS_OK) {
			ivalue_unref(out);
			return st;
		}
	}
	return STATUS_OK;
}

static Status convert_tuple(ScriptStage *s, const TupleObj *v, const Type *t, IValue *out, Error *err, int depth)
{
	if (v->n != t->n)
		return wrong(s, (IValue){.tuple = (TupleObj *)v, .tag = TAG_TUPLE}, t, err);
	TupleObj *r = tuple_new(v->n, t->name ? t : NULL);
	*out = iv_take_tuple(r);
	for (int64_t i = 0; i < v->n; i++) {
		Status st = convert(s, v->items[i], t->elem[i], &r->items[i], err, depth);
		if (st != STATUS_OK) {
			ivalue_unref(out);
			return st;
		}
	}
	return STATUS_OK;
}

static Status convert_enum(ScriptStage *s, IValue v, const Type *t, IValue *out, Error *err)
{
	IValue *name = py_attr_slot(s->b, PY_AS(PyInstance, v), "_name_");
	IValue *name2 = name ? name : py_attr_slot(s->b, PY_AS(PyInstance, v), "name");
	for (int i = 0; name2 && i < t->enm->nmembers; i++)
		if (!strcmp(t->enm->members[i].name, py_text(*name2))) {
			*out = iv_enum(t, i);
			return STATUS_OK;
		}
	return wrong(s, v, t, err);
}

static Status convert_object(ScriptStage *s, IValue v, const Type *t, IValue *out, Error *err, int depth)
{
	Object *o = object_new(t);
	*out = iv_take_object(o);
	for (int i = 0; i < t->cls->nattrs; i++) {
		const Attribute *a = &t->cls->attrs[i];
		IValue *x = py_attr_slot(s->b, PY_AS(PyInstance, v), a->name);
		if (!x)
			x = py_class_lookup(PY_AS(PyInstance, v)->cls, py_intern(s->b, a->name), NULL);
		Status st = x ? convert(s, *x, a->type, &o->slots[i], err, depth)
			: fail(err, STATUS_TYPE, "the object has no attribute '%s'", a->name);
		if (st != STATUS_OK) {
			ivalue_unref(out);
			return st;
		}
	}
	return STATUS_OK;
}

static Status convert_instance(ScriptStage *s, IValue v, const Type *t, IValue *out, Error *err, int depth)
{
	PyInstance *i = PY_AS(PyInstance, v);
	if (t->kind == TYPE_ENUM && i->cls->is_enum)
		return convert_enum(s, v, t, out, err);
	if (t->kind == TYPE_CLASS && !t->cls->is_module && !i->cls->is_native) {
		const Type *own;
		const PyClass *want = map_get(&s->classes, t->cls->name);
		for (int k = 0; k < i->cls->nmro; k++)
			if (i->cls->mro[k] == want) // a derived class's instance goes as what the base has
				return convert_object(s, v, t, out, err, depth);
		TRY(script_class(s, i->cls, &own, err));
		return type_subtype(own, t, NULL) ? convert_object(s, v, t, out, err, depth) : wrong(s, v, t, err);
	}
	IValue payload = py_unwrap(v);
	if (payload.tag == TAG_HOST)
		return wrong(s, v, t, err);
	return convert(s, payload, t, out, err, depth);
}

static Status convert_union(ScriptStage *s, IValue v, const Type *t, IValue *out, Error *err, int depth)
{
	for (int i = 0; i < t->n; i++) {
		Error tried = ERROR_INIT;
		Status st = t->elem[i]->kind == TYPE_FLOAT && v.tag != TAG_FLOAT ? STATUS_TYPE
			: convert(s, v, t->elem[i], out, &tried, depth);
		error_clear(&tried);
		if (st == STATUS_OK)
			return STATUS_OK;
	}
	return wrong(s, v, t, err);
}

static Status convert_any(ScriptStage *s, IValue v, IValue *out, Error *err, int depth)
{
	Text why = {0};
	const Type *t = script_infer(s, v, &why);
	Status st = t ? STATUS_OK : fail(err, STATUS_TYPE, "%s", text_str(&why));
	text_free(&why);
	return st == STATUS_OK ? convert(s, v, t, out, err, depth) : st;
}

static Status convert(ScriptStage *s, IValue v, const Type *t, IValue *out, Error *err, int depth)
{
	*out = iv_none();
	if (depth++ > 200)
		return fail(err, STATUS_LIMIT, "the value is nested too deeply");
	switch (t->kind) {
	case TYPE_OPTIONAL:
		return v.tag == TAG_NONE ? STATUS_OK : convert(s, v, t->elem[0], out, err, depth);
	case TYPE_UNION:
		return convert_union(s, v, t, out, err, depth);
	case TYPE_ANY:
		return convert_any(s, v, out, err, depth);
	case TYPE_FLOAT:
		if (v.tag == TAG_INT || v.tag == TAG_BOOL) {
			*out = iv_float((double)v.i);
			return STATUS_OK;
		}
		break;
	case TYPE_INT:
		if (py_is(v, PY_SYMBOL))
			*out = iv_int(PY_AS(PySymbol, v)->code);
		else if (v.tag == TAG_BOOL)
			*out = iv_int(v.i);
		else
			break;
		return STATUS_OK;
	case TYPE_TENSOR:
		if (v.tag == TAG_NONE)
			return wrong(s, v, t, err);
		break;
	default:
		break;
	}
	if (py_is(v, PY_INSTANCE))
		return convert_instance(s, v, t, out, err, depth);
	if (t->kind == TYPE_LIST && (v.tag == TAG_LIST || v.tag == TAG_TUPLE))
		return v.tag == TAG_LIST ? convert_list(s, v.list->items, v.list->n, t, out, err, depth)
			: convert_list(s, v.tuple->items, v.tuple->n, t, out, err, depth);
	if (t->kind == TYPE_DICT && v.tag == TAG_DICT)
		return convert_dict(s, v.dict, t, out, err, depth);
	if (t->kind == TYPE_TUPLE && v.tag == TAG_TUPLE)
		return convert_tuple(s, v.tuple, t, out, err, depth);
	if (v.tag == TAG_HOST || !ivalue_has_type(v, t, NULL))
		return wrong(s, v, t, err);
	*out = ivalue_ref(v);
	return STATUS_OK;
}

Status script_convert(ScriptStage *s, IValue v, const Type *t, IValue *out, Error *err)
{
	return convert(s, v, t, out, err, 0);
}

// ---- constants

static Status constant(ScriptStage *s, IValue v, IValue *out, Error *err, int depth)
{
	*out = iv_none();
	v = py_unwrap(v);
	switch ((Tag)v.tag) {
	case TAG_NONE: case TAG_BOOL: case TAG_INT: case TAG_FLOAT:
	case TAG_STR: case TAG_DEVICE: case TAG_COMPLEX: case TAG_ENUM:
		*out = ivalue_ref(v);
		return STATUS_OK;
	case TAG_LIST:
	case TAG_TUPLE: {
		int64_t n = v.tag == TAG_LIST ? v.list->n : v.tuple->n;
		const IValue *items = v.tag == TAG_LIST ? v.list->items : v.tuple->items;
		if (depth > 100 || n > LOWER_MAX_UNROLL)
			return fail(err, STATUS_LIMIT, "a constant is too large");
		TupleObj *t = tuple_new(n, NULL);
		*out = iv_take_tuple(t);
		for (int64_t i = 0; i < n; i++) {
			Status st = constant(s, items[i], &t->items[i], err, depth + 1);
			if (st != STATUS_OK) {
				ivalue_unref(out);
				return st;
			}
		}
		return STATUS_OK;
	}
	case TAG_HOST:
		if (py_is(v, PY_SYMBOL)) {
			*out = iv_int(PY_AS(PySymbol, v)->code);
			return STATUS_OK;
		}
		if (py_is(v, PY_INSTANCE) && PY_AS(PyInstance, v)->cls->is_enum) {
			const Type *t;
			TRY(script_class(s, PY_AS(PyInstance, v)->cls, &t, err));
			return script_convert(s, v, t, out, err);
		}
		// fall through
	default:
		return fail(err, STATUS_TYPE, "'%s' object", py_type_name(s->b, v));
	}
}

Status script_constant_of(ScriptStage *s, IValue v, IValue *out, const Type **type, Error *err)
{
	TRY(constant(s, v, out, err, 0));
	*type = ivalue_type(s->unit->pool, *out);
	return STATUS_OK;
}

Status script_default(Frontend *fe, const DefSite *site, int i, const Type **type, IValue *out, Error *err)
{
	ScriptStage *s = fe->script;
	const Param *p = &site->def->params.items[i];
	IValue v = site->defaults[i];
	Text why = {0};
	if (!*type) { // not annotated: a tensor, as PyTorch has it, unless the default is something else
		*type = v.tag == TAG_NONE ? &type_tensor : script_infer(s, v, &why);
		if (v.tag == TAG_NONE)
			*type = type_optional(s->unit->pool, &type_tensor);
	}
	Status st = *type ? script_convert(s, v, *type, out, err) : STATUS_TYPE;
	if (st != STATUS_OK) {
		char *want = *type ? type_str_repr(*type) : NULL;
		error_clear(err);
		st = fail_at(err, STATUS_COMPILE, p->at, "Expected a default value of type %s on parameter \"%s\".%s%s",
			want ? want : "Tensor (inferred)", p->name, *type ? "" : " ", text_str(&why));
		free(want);
	}
	text_free(&why);
	return st;
}
