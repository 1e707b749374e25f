// SPDX-License-Identifier: BSD-3-Clause
// repr(v) and str(v).  A container that is being printed prints as [...] inside itself.
#include "frontend/build/str.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool printing(Build *b, const void *o)
{
	for (int i = 0; i < b->types->nprinting; i++)
		if (b->types->printing[i] == o)
			return true;
	return false;
}

static Status enter(Build *b, const void *o)
{
	TRY(types_enter(b, "while getting the repr of an object"));
	VEC_PUSH(b->types->printing, b->types->nprinting, b->types->cap_printing, o);
	return STATUS_OK;
}

static void leave(Build *b)
{
	b->types->nprinting--;
	types_leave(b);
}

static Status items_repr(Build *b, IValue seq, Text *out)
{
	Status st = STATUS_OK;
	for (int64_t i = 0; st == STATUS_OK; i++) {
		int64_t n = seq.tag == TAG_LIST ? seq.list->n : seq.tuple->n;
		if (i >= n)
			break;
		if (i)
			text_add(out, ", ");
		IValue x = ivalue_ref(seq.tag == TAG_LIST ? seq.list->items[i] : seq.tuple->items[i]);
		st = py_repr(b, x, out);
		ivalue_unref(&x);
		if (st == STATUS_OK && out->size > (size_t)1 << 30)
			st = py_raise(b, "MemoryError", "the text of a value is too long");
	}
	return st;
}

static Status sequence_repr(Build *b, IValue v, Text *out)
{
	bool list = v.tag == TAG_LIST;
	if (printing(b, v.obj)) {
		text_add(out, list ? "[...]" : "(...)");
		return STATUS_OK;
	}
	TRY(enter(b, v.obj));
	text_addc(out, list ? '[' : '(');
	Status st = items_repr(b, v, out);
	if (!list && v.tuple->n == 1)
		text_addc(out, ',');
	text_addc(out, list ? ']' : ')');
	leave(b);
	return st;
}

// what: VIEW_KEYS …, or -1 for key: value
static Status entries_repr(Build *b, DictObj *d, int what, Text *out)
{
	int64_t pos = 0;
	Status st = STATUS_OK;
	bool first = true;
	for (DictEntry *e; st == STATUS_OK && (e = dict_next(d, &pos)); first = false) {
		IValue key = ivalue_ref(e->key), value = ivalue_ref(e->value);
		text_add(out, first ? "" : ", ");
		if (what == VIEW_ITEMS)
			text_addc(out, '(');
		if (what != VIEW_VALUES)
			st = py_repr(b, key, out);
		if (st == STATUS_OK && what != VIEW_KEYS) {
			text_add(out, what == -1 ? ": " : what == VIEW_ITEMS ? ", " : "");
			st = py_repr(b, value, out);
		}
		if (what == VIEW_ITEMS)
			text_addc(out, ')');
		ivalue_unref(&key);
		ivalue_unref(&value);
	}
	return st;
}

static Status dict_repr(Build *b, DictObj *d, Text *out)
{
	if (printing(b, d)) {
		text_add(out, "{...}");
		return STATUS_OK;
	}
	TRY(enter(b, d));
	text_addc(out, '{');
	Status st = entries_repr(b, d, -1, out);
	text_addc(out, '}');
	leave(b);
	return st;
}

static Status set_repr(Build *b, const char *name, PySet *s, Text *out)
{
	if (printing(b, s)) {
		text_addf(out, "%s(...)", name);
		return STATUS_OK;
	}
	if (s->items->n == 0) {
		text_addf(out, "%s()", name);
		return STATUS_OK;
	}
	bool bare = s->o.kind == PY_SET && !strcmp(name, "set");
	TRY(enter(b, s));
	text_addf(out, bare ? "{" : "%s({", name);
	Status st = entries_repr(b, s->items, VIEW_KEYS, out);
	text_add(out, bare ? "}" : "})");
	leave(b);
	return st;
}

void class_name_full(const PyClass *c, Text *out)
{
	if (c->module.tag == TAG_STR && strcmp(c->module.str->s, "builtins"))
		text_addf(out, "%s.", c->module.str->s);
	text_add(out, c->qualname.tag == TAG_STR ? c->qualname.str->s : "?");
}

// A part of List[int]: classes by their name, everything else by its repr.
static Status form_part(Build *b, IValue v, Text *out)
{
	if (py_is(v, PY_CLASS)) {
		class_name_full(PY_AS(PyClass, v), out);
		return STATUS_OK;
	}
	if (py_is(v, PY_ELLIPSIS)) {
		text_add(out, "...");
		return STATUS_OK;
	}
	if (v.tag == TAG_LIST) {
		text_addc(out, '[');
		for (int64_t i = 0; i < v.list->n; i++) {
			text_add(out, i ? ", " : "");
			TRY(form_part(b, v.list->items[i], out));
		}
		text_addc(out, ']');
		return STATUS_OK;
	}
	return py_repr(b, v, out);
}

static Status form_repr(Build *b, PyTypeForm *f, Text *out)
{
	TupleObj *t = f->args.tag == TAG_TUPLE ? f->args.tuple : NULL;
	bool none = t && t->n == 2 && (t->items[1].tag == TAG_NONE || (py_is(t->items[1], PY_CLASS) &&
		PY_AS(PyClass, t->items[1]) == b->types->none));
	if (!strcmp(f->ctor, "Union") && none) {
		text_add(out, "typing.Optional[");
		TRY(form_part(b, t->items[0], out));
		text_addc(out, ']');
		return STATUS_OK;
	}
	if (!strcmp(f->ctor, "TypeVar") && t && t->n) {
		text_addc(out, '~');
		return py_str(b, t->items[0], out);
	}
	text_addf(out, "typing.%s", f->ctor);
	if (!t || !t->n)
		return STATUS_OK;
	text_addc(out, '[');
	for (int64_t i = 0; i < t->n; i++) {
		text_add(out, i ? ", " : "");
		TRY(form_part(b, t->items[i], out));
	}
	text_addc(out, ']');
	return STATUS_OK;
}

static void object_repr(Build *b, IValue v, Text *out)
{
	PyClass *c = py_type(b, v);
	text_addc(out, '<');
	text_addf(out, "%s.%s object at 0x%012" PRIxPTR ">", c->module.tag == TAG_STR ? c->module.str->s : "builtins",
		c->qualname.tag == TAG_STR ? c->qualname.str->s : "object", (uintptr_t)v.obj);
}

static Status instance_repr(Build *b, IValue v, Text *out)
{
	IValue u = py_unwrap(v);
	if (u.tag == v.tag && u.i == v.i) {
		object_repr(b, v, out);
		return STATUS_OK;
	}
	if (set_items(u))
		return set_repr(b, py_type_name(b, v), PY_AS(PySet, u), out);
	return py_repr(b, u, out);
}

static Status host_repr(Build *b, IValue v, Text *out)
{
	PyObj *o = py_obj(v);
	Text name = {0};
	Status st = STATUS_OK;
	switch (o->kind) {
	case PY_FUNCTION:
		text_addf(out, "<function %s at 0x%012" PRIxPTR ">", PY_AS(PyFunction, v)->qualname.str->s, (uintptr_t)o);
		return STATUS_OK;
	case PY_NATIVE: {
		const char *path = PY_AS(PyNative, v)->path, *dot = strrchr(path, '.');
		IValue self = PY_AS(PyNative, v)->self;
		if (PY_AS(PyNative, v)->is_method && self.tag != TAG_UNINIT)
			text_addf(out, "<built-in method %s of %s object at 0x%012" PRIxPTR ">", dot ? dot + 1 : path,
				py_type_name(b, self), (uintptr_t)self.obj);
		else if (PY_AS(PyNative, v)->is_method) {
			const char *cls = dot;
			while (cls && cls > path && cls[-1] != '.')
				cls--;
			text_addf(out, "<method '%s' of '%.*s' objects>", dot ? dot + 1 : path, cls ? (int)(dot - cls) : 0,
				cls ? cls : "");
		} else
			text_addf(out, "<built-in function %s>", dot ? dot + 1 : path);
		return STATUS_OK;
	}
	case PY_METHOD: {
		PyMethod *m = PY_AS(PyMethod, v);
		const char *fn = py_is(m->fn, PY_FUNCTION) ? PY_AS(PyFunction, m->fn)->qualname.str->s : "?";
		TRY(types_enter(b, "while getting the repr of an object"));
		text_addf(out, "<bound method %s of ", fn);
		st = py_repr(b, m->self, out);
		text_addc(out, '>');
		types_leave(b);
		return st;
	}
	case PY_CLASS:
		class_name_full(PY_AS(PyClass, v), &name);
		text_addf(out, PY_AS(PyClass, v)->is_enum && !PY_AS(PyClass, v)->is_native ? "<enum '%s'>" : "<class '%s'>",
			PY_AS(PyClass, v)->is_enum && !PY_AS(PyClass, v)->is_native ? PY_AS(PyClass, v)->name.str->s :
			text_str(&name));
		text_free(&name);
		return STATUS_OK;
	case PY_INSTANCE:
		return instance_repr(b, v, out);
	case PY_MODULE: {
		PyModule *m = PY_AS(PyModule, v);
		text_addf(out, "<module '%s'", m->name.tag == TAG_STR ? m->name.str->s : "?");
		if (m->file.tag == TAG_STR)
			text_addf(out, " from '%s'", m->file.str->s);
		else
			text_add(out, " (built-in)");
		text_addc(out, '>');
		return STATUS_OK;
	}
	case PY_SET: return set_repr(b, "set", PY_AS(PySet, v), out);
	case PY_FROZENSET: return set_repr(b, "frozenset", PY_AS(PySet, v), out);
	case PY_BYTES: bytes_repr(out, PY_AS(PyBytes, v)->s, PY_AS(PyBytes, v)->n); return STATUS_OK;
	case PY_RANGE: {
		PyRange *r = PY_AS(PyRange, v);
		text_addf(out, "range(%lld, %lld", (long long)r->start, (long long)r->stop);
		if (r->step != 1)
			text_addf(out, ", %lld", (long long)r->step);
		text_addc(out, ')');
		return STATUS_OK;
	}
	case PY_SLICE: {
		PySlice *s = PY_AS(PySlice, v);
		const IValue parts[3] = {s->start, s->stop, s->step};
		TRY(types_enter(b, "while getting the repr of an object"));
		text_add(out, "slice(");
		for (int i = 0; i < 3 && st == STATUS_OK; i++) {
			text_add(out, i ? ", " : "");
			st = py_repr(b, parts[i], out);
		}
		text_addc(out, ')');
		types_leave(b);
		return st;
	}
	case PY_VIEW: {
		static const char *const names[] = {"dict_keys", "dict_values", "dict_items"};
		PyView *w = PY_AS(PyView, v);
		if (printing(b, w)) {
			text_add(out, "...");
			return STATUS_OK;
		}
		TRY(enter(b, w));
		text_addf(out, "%s([", names[w->what]);
		st = entries_repr(b, w->dict.dict, (int)w->what, out);
		text_add(out, "])");
		leave(b);
		return st;
	}
	case PY_SYMBOL: text_add(out, PY_AS(PySymbol, v)->path); return STATUS_OK;
	case PY_ELLIPSIS: text_add(out, "Ellipsis"); return STATUS_OK;
	case PY_NOTIMPLEMENTED: text_add(out, "NotImplemented"); return STATUS_OK;
	case PY_TYPEFORM:
		TRY(types_enter(b, "while getting the repr of an object"));
		st = form_repr(b, PY_AS(PyTypeForm, v), out);
		types_leave(b);
		return st;
	case PY_SUPER:
		text_addf(out, "<super: <class '%s'>, <%s object>>", PY_AS(PySuper, v)->from ?
			PY_AS(PySuper, v)->from->name.str->s : "?", py_type_name(b, PY_AS(PySuper, v)->self));
		return STATUS_OK;
	default:
		text_addf(out, "<%s object at 0x%012" PRIxPTR ">", py_type_name(b, v), (uintptr_t)o);
		return STATUS_OK;
	}
}

static Status by_method(Build *b, IValue fn, IValue v, const char *name, Text *out)
{
	IValue r;
	TRY(types_enter(b, "while calling a Python object"));
	Status st = types_call_special(b, fn, v, NULL, 0, &r);
	types_leave(b);
	TRY(st);
	StrObj *s;
	if (py_as_str(r, &s))
		text_addn(out, s->s, (size_t)s->n);
	else
		st = py_raise(b, "TypeError", "%s returned non-string (type %s)", name, py_type_name(b, r));
	ivalue_unref(&r);
	return st;
}

// Point(x=1, y=2); the results of torch's functions have a line for each.
static Status named_repr(Build *b, const TupleObj *t, Text *out)
{
	const char *name = t->type->name;
	bool lines = !strncmp(name, "torch.return_types.", 19);
	if (!lines && strrchr(name, '.'))
		name = strrchr(name, '.') + 1;
	text_addf(out, lines ? "%s(\n" : "%s(", name);
	for (int64_t i = 0; i < t->n; i++) {
		text_addf(out, "%s%s=", i ? lines ? ",\n" : ", " : "", t->type->fields[i]);
		TRY(py_repr(b, t->items[i], out));
	}
	text_addc(out, ')');
	return STATUS_OK;
}

Status py_repr(Build *b, IValue v, Text *out)
{
	IValue *fn = types_override(b, v, D_repr);
	if (fn)
		return by_method(b, *fn, v, "__repr__", out);
	switch ((Tag)v.tag) {
	case TAG_NONE: case TAG_UNINIT: text_add(out, "None"); return STATUS_OK;
	case TAG_BOOL: text_add(out, v.i ? "True" : "False"); return STATUS_OK;
	case TAG_INT: text_addf(out, "%lld", (long long)v.i); return STATUS_OK;
	case TAG_STR: str_repr(out, v.str->s, v.str->n, false); return STATUS_OK;
	case TAG_LIST: return sequence_repr(b, v, out);
	case TAG_TUPLE:
		if (v.tuple->type && v.tuple->type->fields)
			return named_repr(b, v.tuple, out);
		return sequence_repr(b, v, out);
	case TAG_DICT: return dict_repr(b, v.dict, out);
	case TAG_TENSOR: return torch_repr(b, v, out);
	case TAG_OBJECT: {
		bool found;
		IValue method;
		TRY(script_getattr(b, v, TYPES_NAME(b, repr), &method, &found));
		if (!found)
			break;
		IValue r;
		Status st = py_call(b, method, NULL, 0, &r);
		ivalue_unref(&method);
		TRY(st);
		if (r.tag == TAG_STR)
			text_addn(out, r.str->s, (size_t)r.str->n);
		ivalue_unref(&r);
		return STATUS_OK;
	}
	case TAG_HOST: return host_repr(b, v, out);
	default: break;
	}
	ivalue_repr(out, v);
	return STATUS_OK;
}

Status py_str(Build *b, IValue v, Text *out)
{
	if (v.tag == TAG_STR) {
		text_addn(out, v.str->s, (size_t)v.str->n);
		return STATUS_OK;
	}
	IValue *fn = types_override(b, v, D_str);
	if (fn)
		return by_method(b, *fn, v, "__str__", out);
	if (v.tag == TAG_DEVICE) {
		char name[32];
		device_format(v.device, name);
		text_add(out, name);
		return STATUS_OK;
	}
	if (py_is(v, PY_INSTANCE) && !types_override(b, v, D_repr)) {
		IValue u = py_unwrap(v);
		if (u.tag == TAG_STR)
			return py_str(b, u, out);
	}
	return py_repr(b, v, out);
}

Status py_ascii(Build *b, IValue v, Text *out)
{
	Text t = {0};
	Status st = py_repr(b, v, &t);
	int len;
	for (size_t i = 0; st == STATUS_OK && i < t.size; i += (size_t)len) {
		uint32_t c = utf8_get(t.data + i, (int64_t)(t.size - i), &len);
		if (c < 128)
			text_addc(out, (char)c);
		else
			text_addf(out, c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
	}
	text_free(&t);
	return st;
}
