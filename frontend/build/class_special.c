// SPDX-License-Identifier: BSD-3-Clause
// Enumerations (the module enum) and class P(NamedTuple).
//
// A class statement that derives from Enum is an ordinary one until its body has run: then what the body assigned
// becomes members, instances of the class.  `__members__` in its namespace is the table of them.
#include "frontend/build/frame.h"
#include "frontend/build/types.h"

#include <string.h>

// ---- members

static Status member_attr(Build *b, IValue member, const char *name, IValue *out)
{
	IValue *v = py_is(member, PY_INSTANCE) ? py_instance_slot(PY_AS(PyInstance, member), py_intern(b, name)) : NULL;
	if (!v)
		return py_raise(b, "AttributeError", "'%s' object has no attribute '%s'", py_type_name(b, member), name);
	*out = ivalue_ref(*v);
	return STATUS_OK;
}

static DictObj *members_of(Build *b, const PyClass *c)
{
	IValue *v = c->ns ? dict_find(c->ns, str_value(TYPES_NAME(b, members))) : NULL;
	return v && v->tag == TAG_DICT ? v->dict : NULL;
}

static bool is_member_value(const DictEntry *e)
{
	if (e->key.tag != TAG_STR || e->key.str->s[0] == '_')
		return false;
	if (e->value.tag != TAG_HOST)
		return true;
	switch (py_obj(e->value)->kind) {
	case PY_FUNCTION: case PY_PROPERTY: case PY_STATICMETHOD: case PY_CLASSMETHOD: case PY_NATIVE: case PY_CLASS:
		return false;
	default:
		return true;
	}
}

static bool derives_from(const PyClass *c, const char *name)
{
	for (int i = 0; i < c->nmro; i++)
		if (c->mro[i]->is_native && !strcmp(c->mro[i]->name.str->s, name) && !strcmp(c->mro[i]->module.str->s, "enum"))
			return true;
	return false;
}

static bool is_auto(IValue v)
{
	return py_is(v, PY_INSTANCE) && PY_AS(PyInstance, v)->cls && !strcmp(PY_AS(PyInstance, v)->cls->name.str->s, "auto") &&
		PY_AS(PyInstance, v)->cls->is_native;
}

static Status auto_value(Build *b, PyClass *cls, StrObj *name, DictObj *members, IValue *out)
{
	int64_t last = 0, pos = 0;
	bool flags = derives_from(cls, "Flag");
	IValue *own = class_find(b, cls, py_intern(b, "_generate_next_value_"));
	if (own && py_is(*own, PY_FUNCTION)) {
		IValue values = py_list(b, members->n);
		for (DictEntry *e; (e = dict_next(members, &pos));) {
			IValue v;
			TRY(member_attr(b, e->value, "_value_", &v));
			TRY(list_append_take(values.list, v, b->x.err));
		}
		IValue args[4] = {str_value(name), iv_int(1), iv_int(members->n), values};
		Status st = py_call(b, *own, args, 4, out);
		ivalue_unref(&values);
		return st;
	}
	if (derives_from(cls, "StrEnum")) {
		*out = iv_str(name->s, (size_t)name->n);
		for (char *c = out->str->s; *c; c++)
			if (*c >= 'A' && *c <= 'Z')
				*c = (char)(*c + 32);
		return STATUS_OK;
	}
	for (DictEntry *e; (e = dict_next(members, &pos));) {
		IValue v;
		TRY(member_attr(b, e->value, "_value_", &v));
		if (v.tag == TAG_INT && v.i > last)
			last = v.i;
		ivalue_unref(&v);
	}
	int64_t next = last + 1;
	if (flags)
		for (next = 1; next <= last;)
			next *= 2;
	*out = iv_int(next);
	return STATUS_OK;
}

static void set_attr(Build *b, IValue member, const char *name, IValue v)
{
	PyInstance *i = PY_AS(PyInstance, member);
	if (!i->attrs)
		i->attrs = dict_new(&type_any, &type_any);
	(void)dict_set_take(i->attrs, ivalue_ref(py_name(b, name)), ivalue_ref(v), NULL);
}

static Status member_new(Build *b, PyClass *cls, IValue name, IValue value, IValue *out)
{
	IValue single[1] = {value};
	bool tuple = value.tag == TAG_TUPLE;
	const IValue *args = tuple ? value.tuple->items : single;
	int n = tuple ? (int)value.tuple->n : 1;
	IValue *new = class_find(b, cls, TYPES_NAME(b, new)), made_value = ivalue_ref(value);
	Status st;
	if (new && py_is(*new, PY_STATICMETHOD) && py_is(PY_AS(PyWrapped, *new)->fn, PY_FUNCTION)) {
		IValue all = py_list(b, n + 1);
		(void)list_append_take(all.list, ivalue_ref(py_value(cls)), b->x.err);
		for (int i = 0; i < n; i++)
			(void)list_append_take(all.list, ivalue_ref(args[i]), b->x.err);
		st = py_call(b, PY_AS(PyWrapped, *new)->fn, all.list->items, n + 1, out);
		ivalue_unref(&all);
		if (st == STATUS_OK && py_is(*out, PY_INSTANCE)) {
			IValue *set = py_instance_slot(PY_AS(PyInstance, *out), py_intern(b, "_value_"));
			if (set)
				ivalue_set(&made_value, ivalue_ref(*set));
		}
	} else {
		PyArgs a = {.self = py_value(cls), .pos = args, .npos = n};
		st = class_allocate(b, cls, &a, out);
		if (st == STATUS_OK && py_is(*out, PY_INSTANCE) && PY_AS(PyInstance, *out)->payload.tag != TAG_UNINIT && !tuple)
			ivalue_set(&made_value, ivalue_ref(PY_AS(PyInstance, *out)->payload));
	}
	if (st == STATUS_OK && !py_is(*out, PY_INSTANCE)) {
		ivalue_unref(out);
		st = py_raise(b, "TypeError", "__new__ of an enumeration must make an instance of it");
	}
	if (st == STATUS_OK) {
		set_attr(b, *out, "_value_", made_value);
		set_attr(b, *out, "_name_", name);
		set_attr(b, *out, "__objclass__", py_value(cls));
		IValue *init = class_find(b, cls, TYPES_NAME(b, init)), result;
		if (init && py_is(*init, PY_FUNCTION)) {
			IValue all = py_list(b, n + 1);
			(void)list_append_take(all.list, ivalue_ref(*out), b->x.err);
			for (int i = 0; i < n; i++)
				(void)list_append_take(all.list, ivalue_ref(args[i]), b->x.err);
			st = py_call(b, *init, all.list->items, n + 1, &result);
			ivalue_unref(&all);
			if (st == STATUS_OK)
				ivalue_unref(&result);
			else
				ivalue_unref(out);
		}
	}
	ivalue_unref(&made_value);
	return st;
}

static Status find_by_value(Build *b, PyClass *cls, IValue value, IValue *out, bool *found)
{
	DictObj *members = members_of(b, cls);
	*found = false;
	for (int64_t i = 0; members && i < members->used; i++) {
		IValue v, member = members->entries[i].value;
		bool equal;
		if (!members->entries[i].live)
			continue;
		if (value.tag == TAG_HOST && value.host == member.host) {
			*out = ivalue_ref(member);
			*found = true;
			return STATUS_OK;
		}
		TRY(member_attr(b, member, "_value_", &v));
		Status st = py_equal(b, v, value, &equal);
		ivalue_unref(&v);
		TRY(st);
		if (equal) {
			*out = ivalue_ref(member);
			*found = true;
			return STATUS_OK;
		}
	}
	return STATUS_OK;
}

// Beside a builtin type, what an enumeration says about its members' texts goes before what the type says.
static Status texts_inherit(Build *b, PyClass *cls)
{
	const int names[] = {D_repr, D_str, D_format};
	for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
		PyClass *where = NULL;
		StrObj *name = b->types->names[names[k]];
		py_class_lookup(cls, name, &where);
		if (!where || !where->is_native || where->is_enum)
			continue;
		for (int i = 0; i < cls->nmro; i++) {
			IValue *v = cls->mro[i]->is_enum ? dict_find(cls->mro[i]->ns, str_value(name)) : NULL;
			if (!v)
				continue;
			TRY(dict_set_take(cls->ns, ivalue_ref(str_value(name)), ivalue_ref(*v), b->x.err));
			class_touch(b, cls);
			break;
		}
	}
	return STATUS_OK;
}

Status enum_finish(Build *b, PyClass *cls)
{
	TRY(texts_inherit(b, cls));
	for (int i = 1; i < cls->nmro; i++)
		if (cls->mro[i]->is_enum && !cls->mro[i]->is_native) {
			DictObj *d = members_of(b, cls->mro[i]);
			if (d && d->n)
				return py_raise(b, "TypeError", "<enum '%s'> cannot extend <enum '%s'>", cls->name.str->s,
					cls->mro[i]->name.str->s);
		}
	IValue members = py_dict(b);
	TRY(dict_set_take(cls->ns, ivalue_ref(str_value(TYPES_NAME(b, members))), members, b->x.err));
	class_touch(b, cls);
	for (int64_t i = 0; i < cls->ns->used; i++) {
		DictEntry *e = &cls->ns->entries[i];
		if (!e->live || !is_member_value(e))
			continue;
		IValue name = e->key, value, member;
		bool known;
		if (is_auto(e->value))
			TRY(auto_value(b, cls, name.str, members.dict, &value));
		else
			value = ivalue_ref(e->value);
		Status st = find_by_value(b, cls, value, &member, &known); // another name of a member
		if (st == STATUS_OK && !known)
			st = member_new(b, cls, name, value, &member);
		ivalue_unref(&value);
		TRY(st);
		st = dict_set_take(members.dict, ivalue_ref(name), ivalue_ref(member), b->x.err);
		ivalue_set(&cls->ns->entries[i].value, member);
		TRY(st);
	}
	class_touch(b, cls);
	return STATUS_OK;
}

// A combination of flags: a member, or an instance made for it.
static Status flag_of(Build *b, PyClass *cls, int64_t bits, IValue *out)
{
	bool found;
	TRY(find_by_value(b, cls, iv_int(bits), out, &found));
	if (found)
		return STATUS_OK;
	DictObj *members = members_of(b, cls);
	Text names = {0};
	int64_t left = bits, pos = 0;
	for (DictEntry *e; members && (e = dict_next(members, &pos));) {
		IValue v;
		TRY(member_attr(b, e->value, "_value_", &v));
		if (v.tag == TAG_INT && v.i && (v.i & bits) == v.i && (v.i & left)) {
			text_addf(&names, "%s%s", names.size ? "|" : "", e->key.str->s);
			left &= ~v.i;
		}
		ivalue_unref(&v);
	}
	if (left) {
		text_free(&names);
		return py_raise(b, "ValueError", "%lld is not a valid %s", (long long)bits, cls->qualname.str->s);
	}
	*out = py_instance(b, cls, cls->payload == PAYLOAD_INT ? iv_int(bits) : iv_uninit());
	IValue name = names.size ? iv_cstr(text_str(&names)) : iv_none();
	set_attr(b, *out, "_value_", iv_int(bits));
	set_attr(b, *out, "_name_", name);
	ivalue_unref(&name);
	text_free(&names);
	return STATUS_OK;
}

Status enum_call(Build *b, PyClass *cls, const IValue *args, int n, IValue *out)
{
	bool found;
	if (n != 1)
		return py_raise(b, "TypeError", "%s() takes one value", cls->name.str->s);
	TRY(find_by_value(b, cls, args[0], out, &found));
	if (found)
		return STATUS_OK;
	if (derives_from(cls, "Flag") && args[0].tag == TAG_INT)
		return flag_of(b, cls, args[0].i, out);
	IValue *missing = class_find(b, cls, py_intern(b, "_missing_")), fn;
	if (missing && py_is(*missing, PY_CLASSMETHOD)) {
		TRY(descriptor_bind(b, *missing, iv_uninit(), cls, &fn));
		Status st = py_call(b, fn, args, 1, out);
		ivalue_unref(&fn);
		if (st != STATUS_OK || out->tag != TAG_NONE)
			return st;
	}
	Text t = {0};
	Status st = py_repr(b, args[0], &t);
	if (st == STATUS_OK)
		st = py_raise(b, "ValueError", "%s is not a valid %s", text_str(&t), cls->qualname.str->s);
	text_free(&t);
	return st;
}

// ---- the classes

static Status enum_name(Build *b, const PyArgs *a, IValue *out) { return member_attr(b, a->self, "_name_", out); }
static Status enum_value(Build *b, const PyArgs *a, IValue *out) { return member_attr(b, a->self, "_value_", out); }

static Status member_text(Build *b, IValue member, bool repr, IValue *out)
{
	IValue name, value;
	PyClass *cls = py_type(b, member);
	Text t = {0};
	TRY(member_attr(b, member, "_name_", &name));
	Status st = member_attr(b, member, "_value_", &value);
	if (st == STATUS_OK) {
		text_addf(&t, repr ? "<%s" : "%s", cls->name.str->s);
		if (name.tag == TAG_STR)
			text_addf(&t, ".%s", name.str->s);
		if (repr || name.tag != TAG_STR) {
			text_add(&t, repr ? ": " : "(");
			st = py_repr(b, value, &t);
			text_add(&t, repr ? ">" : ")");
		}
		ivalue_unref(&value);
	}
	ivalue_unref(&name);
	if (st == STATUS_OK)
		*out = iv_str(text_str(&t), t.size);
	text_free(&t);
	return st;
}

static Status enum_repr(Build *b, const PyArgs *a, IValue *out) { return member_text(b, a->self, true, out); }
static Status enum_str(Build *b, const PyArgs *a, IValue *out) { return member_text(b, a->self, false, out); }

static Status value_str(Build *b, const PyArgs *a, IValue *out) // of IntEnum and StrEnum: as the value
{
	IValue v;
	Text t = {0};
	TRY(member_attr(b, a->self, "_value_", &v));
	Status st = py_str(b, v, &t);
	ivalue_unref(&v);
	if (st == STATUS_OK)
		*out = iv_str(text_str(&t), t.size);
	text_free(&t);
	return st;
}

static Status value_format(Build *b, const PyArgs *a, IValue *out)
{
	IValue v;
	Text t = {0};
	TRY(member_attr(b, a->self, "_value_", &v));
	const StrObj *spec = a->npos && a->pos[0].tag == TAG_STR ? a->pos[0].str : NULL;
	Status st = py_format(b, v, spec ? spec->s : "", spec ? (size_t)spec->n : 0, &t);
	ivalue_unref(&v);
	if (st == STATUS_OK)
		*out = iv_str(text_str(&t), t.size);
	text_free(&t);
	return st;
}

static Status enum_format(Build *b, const PyArgs *a, IValue *out) // the text of str() is what is formatted
{
	Text text = {0}, t = {0};
	const StrObj *spec = a->npos && a->pos[0].tag == TAG_STR ? a->pos[0].str : NULL;
	Status st = py_str(b, a->self, &text);
	if (st == STATUS_OK) {
		IValue v = iv_str(text_str(&text), text.size);
		st = py_format(b, v, spec ? spec->s : "", spec ? (size_t)spec->n : 0, &t);
		ivalue_unref(&v);
	}
	if (st == STATUS_OK)
		*out = iv_str(text_str(&t), t.size);
	text_free(&text);
	text_free(&t);
	return st;
}

static Status enum_hash(Build *b, const PyArgs *a, IValue *out)
{
	IValue name;
	uint64_t h;
	TRY(member_attr(b, a->self, "_name_", &name));
	Status st = py_hash(b, name, &h);
	ivalue_unref(&name);
	*out = iv_int((int64_t)(h >> 1));
	return st;
}

static Status enum_make(Build *b, const PyArgs *a, IValue *out)
{
	PyClass *cls = PY_AS(PyClass, a->self);
	if (cls->is_native)
		return py_raise(b, "NotImplementedError", "enumerations are made with a class statement");
	*out = py_instance(b, cls, iv_uninit());
	return STATUS_OK;
}

static Status flag_bits(Build *b, IValue v, int64_t *bits)
{
	IValue value = v;
	if (py_is(v, PY_INSTANCE)) {
		TRY(member_attr(b, v, "_value_", &value));
	}
	*bits = value.i;
	bool good = value.tag == TAG_INT;
	if (py_is(v, PY_INSTANCE))
		ivalue_unref(&value);
	return good ? STATUS_OK : py_raise(b, "TypeError", "unsupported operand type(s) for a flag: '%s'", py_type_name(b, v));
}

static Status flag_combine(Build *b, const PyArgs *a, Operator op, IValue *out)
{
	int64_t l, r = 0;
	TRY(flag_bits(b, a->self, &l));
	if (op == OP_INVERT) {
		DictObj *members = members_of(b, py_type(b, a->self));
		int64_t pos = 0, all = 0;
		for (DictEntry *e; members && (e = dict_next(members, &pos));) {
			TRY(flag_bits(b, e->value, &r));
			all |= r;
		}
		return flag_of(b, py_type(b, a->self), all & ~l, out);
	}
	if (a->npos != 1)
		return py_raise(b, "TypeError", "expected 1 argument, got %d", a->npos);
	TRY(flag_bits(b, a->pos[0], &r));
	return flag_of(b, py_type(b, a->self), op == OP_BITOR ? l | r : op == OP_BITAND ? l & r : l ^ r, out);
}

static Status flag_or(Build *b, const PyArgs *a, IValue *out) { return flag_combine(b, a, OP_BITOR, out); }
static Status flag_and(Build *b, const PyArgs *a, IValue *out) { return flag_combine(b, a, OP_BITAND, out); }
static Status flag_xor(Build *b, const PyArgs *a, IValue *out) { return flag_combine(b, a, OP_BITXOR, out); }
static Status flag_invert(Build *b, const PyArgs *a, IValue *out) { return flag_combine(b, a, OP_INVERT, out); }

static Status flag_contains(Build *b, const PyArgs *a, IValue *out)
{
	int64_t l, r;
	TRY(flag_bits(b, a->self, &l));
	TRY(a->npos ? flag_bits(b, a->pos[0], &r) : py_raise(b, "TypeError", "expected 1 argument, got 0"));
	*out = iv_bool((l & r) == r);
	return STATUS_OK;
}

static Status flag_bool(Build *b, const PyArgs *a, IValue *out)
{
	int64_t bits;
	TRY(flag_bits(b, a->self, &bits));
	*out = iv_bool(bits != 0);
	return STATUS_OK;
}

static Status auto_make(Build *b, const PyArgs *a, IValue *out)
{
	*out = py_instance(b, PY_AS(PyClass, a->self), iv_uninit());
	return STATUS_OK;
}

static Status enum_unique(Build *b, const PyArgs *a, IValue *out)
{
	if (a->npos != 1 || !py_is(a->pos[0], PY_CLASS))
		return py_raise(b, "TypeError", "unique() takes an enumeration");
	DictObj *members = members_of(b, PY_AS(PyClass, a->pos[0]));
	int64_t pos = 0;
	for (DictEntry *e; members && (e = dict_next(members, &pos));) {
		IValue name;
		TRY(member_attr(b, e->value, "_name_", &name));
		bool alias = !ivalue_key_equal(name, e->key);
		Status st = alias ? py_raise(b, "ValueError", "duplicate values found in <enum '%s'>: %s -> %s",
			PY_AS(PyClass, a->pos[0])->name.str->s, e->key.str->s, name.str->s) : STATUS_OK;
		ivalue_unref(&name);
		TRY(st);
	}
	*out = ivalue_ref(a->pos[0]);
	return STATUS_OK;
}

Status enum_module(Build *b, PyModule *m)
{
	static const NativeMethod methods[] = {{"__repr__", enum_repr}, {"__str__", enum_str}, {"__hash__", enum_hash},
		{"__format__", enum_format}, {0}};
	static const NativeMethod as_value[] = {{"__str__", value_str}, {"__format__", value_format}, {0}};
	static const NativeMethod flag_methods[] = {{"__or__", flag_or}, {"__and__", flag_and}, {"__xor__", flag_xor},
		{"__ror__", flag_or}, {"__rand__", flag_and}, {"__rxor__", flag_xor}, {"__invert__", flag_invert},
		{"__contains__", flag_contains}, {"__bool__", flag_bool}, {0}};
	PyClass *base = py_native_class(b, "enum.Enum", NULL, PAYLOAD_NONE, enum_make, methods);
	base->is_enum = true;
	py_class_property(b, base, "name", enum_name, NULL);
	py_class_property(b, base, "value", enum_value, NULL);
	PyClass *flag = py_native_class(b, "enum.Flag", base, PAYLOAD_NONE, enum_make, flag_methods);
	module_set_take(m, "Enum", py_value(base));
	module_set_take(m, "Flag", py_value(flag));
	// An IntEnum is an int: int's class follows Enum in its order.
	static const struct { const char *name; size_t of; } mixed[] = {
		{"IntEnum", offsetof(Types, int_)}, {"StrEnum", offsetof(Types, str)}, {"IntFlag", offsetof(Types, int_)},
	};
	for (size_t i = 0; i < sizeof mixed / sizeof *mixed; i++) {
		PyClass *of = *(PyClass **)((char *)b->types + mixed[i].of);
		PyClass *bases[2] = {of, i == 2 ? flag : base};
		// the enumeration's methods come first, as in Python's ReprEnum
		PyClass *order[2] = {bases[1], bases[0]};
		PyClass *c = class_new(b, mixed[i].name, mixed[i].name, py_name(b, "enum"), order, 2);
		if (!c)
			return STATUS_TYPE;
		c->is_native = true;
		c->make = of->make;
		c->payload = of->payload;
		py_class_methods(b, c, as_value);
		module_set_take(m, mixed[i].name, py_value(c));
	}
	module_set_take(m, "auto", py_value(py_native_class(b, "enum.auto", NULL, PAYLOAD_NONE, auto_make, NULL)));
	module_set_take(m, "EnumMeta", py_value(py_native_class(b, "enum.EnumMeta", b->types->type, PAYLOAD_NONE, NULL, NULL)));
	module_set_take(m, "EnumType", ivalue_ref(*dict_find(m->ns, py_name(b, "EnumMeta"))));
	module_native(m, "unique", enum_unique);
	return STATUS_OK;
}

// ---- named tuples

Status named_tuple_base(Build *b, const char *name, DictObj *ns, PyClass **out)
{
	PyModule *collections;
	IValue make, fields = py_list(b, 8), defaults = py_list(b, 4), made;
	TRY(module_import(b, "collections", &collections));
	TRY(module_import_from(b, collections, py_intern(b, "namedtuple"), &make));
	IValue *annotations = dict_find(ns, str_value(TYPES_NAME(b, annotations)));
	int64_t pos = 0;
	Status st = STATUS_OK;
	for (DictEntry *e; annotations && annotations->tag == TAG_DICT && st == STATUS_OK &&
		(e = dict_next(annotations->dict, &pos));) {
		IValue *value = dict_find(ns, e->key);
		st = list_append_take(fields.list, ivalue_ref(e->key), b->x.err);
		if (value && st == STATUS_OK) {
			st = list_append_take(defaults.list, ivalue_ref(*value), b->x.err);
			dict_delete(ns, e->key);
		} else if (defaults.list->n && st == STATUS_OK) {
			st = py_raise(b, "TypeError", "non-default namedtuple field %s cannot follow default field%s %s", e->key.str->s,
				"", fields.list->items[fields.list->n - 2].str->s);
		}
	}
	IValue tuple = py_tuple_of(b, defaults.list->items, (int)defaults.list->n);
	IValue args[2] = {py_name(b, name), fields}, keyword = py_name(b, "defaults");
	if (st == STATUS_OK)
		st = py_call_full(b, make, &(PyArgs){.self = iv_none(), .pos = args, .npos = 2, .kwnames = &keyword, .kw = &tuple,
			.nkw = 1}, &made);
	if (st == STATUS_OK) {
		*out = PY_AS(PyClass, made);
		(*out)->is_named_tuple = true;
	}
	ivalue_unref(&tuple);
	ivalue_unref(&fields);
	ivalue_unref(&defaults);
	ivalue_unref(&make);
	return st;
}
