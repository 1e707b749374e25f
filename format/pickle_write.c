// SPDX-License-Identifier: BSD-3-Clause
// From values to pickle opcodes, value kind by value kind.
#include "format/pickle_write.h"

#include <stdlib.h>

#include "core/arena.h"
#include "format/archive.h"
#include "format/pickle_put.h"

#define BUSY 1 // in the map of shared values: this one is being written; above it, memo number + 2

// ---- containers

static Status print_type(PickleWriter *w, const Type *t, Text *out)
{
	if (w->type_name)
		return w->type_name(w->ctx, t, out, w->err);
	type_print(out, t);
	return STATUS_OK;
}

static Status put_items(PickleWriter *w, const IValue *items, int64_t n)
{
	for (int64_t i = 0; i < n; i++)
		TRY(put_value(w, items[i]));
	return STATUS_OK;
}

// The end of restore_type_tag(container, "List[…]").
static Status put_tag(PickleWriter *w, const char *kind, const Type *a, const Type *b)
{
	Text tag = {0};
	text_addf(&tag, "%s[", kind);
	Status s = print_type(w, a, &tag);
	if (b && s == STATUS_OK) {
		text_add(&tag, ", ");
		s = print_type(w, b, &tag);
	}
	text_addc(&tag, ']');
	if (s == STATUS_OK)
		s = put_string(w, tag.data, tag.size);
	text_free(&tag);
	put_op(w, PK_TUPLE2);
	put_op(w, PK_REDUCE);
	return s;
}

static Status put_list(PickleWriter *w, const ListObj *l)
{
	const char *special = NULL;
	if (w->dialect == PICKLE_JIT) {
		TypeKind k = l->elem->kind;
		special = k == TYPE_INT ? "build_intlist" : k == TYPE_FLOAT ? "build_doublelist"
			: k == TYPE_BOOL ? "build_boollist" : k == TYPE_TENSOR ? "build_tensorlist" : NULL;
		put_global(w, "torch.jit._pickle", special ? special : "restore_type_tag");
	}
	if (special)
		put_op(w, PK_MARK);
	put_op(w, PK_EMPTY_LIST);
	put_op(w, PK_MARK);
	TRY(put_items(w, l->items, l->n));
	put_op(w, PK_APPENDS);
	if (special) {
		put_op(w, PK_TUPLE);
		put_op(w, PK_REDUCE);
	} else if (w->dialect == PICKLE_JIT) {
		TRY(put_tag(w, "List", l->elem, NULL));
	}
	return STATUS_OK;
}

static Status put_dict(PickleWriter *w, const DictObj *d, bool ordered)
{
	if (w->dialect == PICKLE_JIT)
		put_global(w, "torch.jit._pickle", "restore_type_tag");
	if (ordered)
		put_no_hooks(w); // an OrderedDict, as the placeholder for hooks is
	else
		put_op(w, PK_EMPTY_DICT);
	put_op(w, PK_MARK);
	int64_t pos = 0;
	for (DictEntry *e; (e = dict_next(d, &pos));) {
		TRY(put_value(w, e->key));
		TRY(put_value(w, e->value));
	}
	put_op(w, PK_SETITEMS);
	return w->dialect == PICKLE_JIT ? put_tag(w, "Dict", d->key, d->value) : STATUS_OK;
}

static Status put_tuple(PickleWriter *w, const TupleObj *t)
{
	if (t->n > 3)
		put_op(w, PK_MARK);
	TRY(put_items(w, t->items, t->n));
	close_tuple(w, t->n);
	return STATUS_OK;
}

// ---- objects and enum values

// GLOBAL of a nominal type: everything before the last dot is the module.
static Status put_nominal(PickleWriter *w, const Type *t)
{
	Text name = {0};
	Status s = print_type(w, t, &name);
	if (s == STATUS_OK) {
		char *dot = strrchr((char *)text_str(&name), '.');
		if (dot)
			*dot = 0;
		put_global(w, dot ? name.data : "", dot ? dot + 1 : text_str(&name));
	}
	text_free(&name);
	return s;
}

static Status put_attributes(PickleWriter *w, const Object *o)
{
	const ClassType *c = o->type->cls;
	put_op(w, PK_EMPTY_DICT);
	put_op(w, PK_MARK);
	for (int i = 0; i < o->nslots; i++) {
		if (o->slots[i].tag == TAG_UNINIT)
			return fail(w->err, STATUS_RUNTIME, "pickle: the attribute '%s' of an object of class '%s' was never set",
				c->attrs[i].name, c->name);
		TRY(put_cstr(w, c->attrs[i].name));
		TRY(put_value(w, o->slots[i]));
	}
	put_op(w, PK_SETITEMS);
	return STATUS_OK;
}

static Status put_object(PickleWriter *w, Object *o)
{
	if (w->dialect != PICKLE_JIT)
		return fail(w->err, STATUS_UNSUPPORTED, "pickle: objects of class '%s' can be saved in archives only", o->type->name);
	TRY(put_nominal(w, o->type));
	put_op(w, PK_EMPTY_TUPLE);
	put_op(w, PK_NEWOBJ);
	bool has = false;
	IValue state = iv_none();
	if (o->type->cls->native) {
		has = true;
		TRY(native_state(o, &state, w->err));
	} else if (w->get_state) {
		TRY(w->get_state(w->ctx, o, &has, &state, w->err));
	}
	if (has) {
		VEC_PUSH(w->kept, w->nkept, w->cap_kept, state);
		TRY(put_value(w, state));
	} else {
		TRY(put_attributes(w, o));
	}
	put_op(w, PK_BUILD);
	return STATUS_OK;
}

static Status put_enum(PickleWriter *w, const EnumObj *e)
{
	if (w->dialect != PICKLE_JIT)
		return fail(w->err, STATUS_UNSUPPORTED, "pickle: values of enum '%s' can be saved in archives only", e->type->name);
	TRY(put_nominal(w, e->type));
	TRY(put_value(w, *e->type->enm->members[e->member].value)); // not in a tuple
	put_op(w, PK_REDUCE);
	return STATUS_OK;
}

// ---- the rest

static Status put_complex(PickleWriter *w, const ComplexObj *c)
{
	// The name of Python 2, as protocol 2 has it.
	put_global(w, w->dialect == PICKLE_SAVE ? "__builtin__" : "builtins", "complex");
	put_float(w, c->re);
	put_float(w, c->im);
	put_op(w, PK_TUPLE2);
	put_op(w, PK_REDUCE);
	return STATUS_OK;
}

static Status put_device(PickleWriter *w, Device d)
{
	char name[32];
	device_format(d, name);
	put_global(w, "torch", "device");
	char *colon = w->dialect == PICKLE_SAVE ? strchr(name, ':') : NULL;
	if (colon)
		*colon = 0;
	TRY(put_cstr(w, name));
	if (colon)
		put_int(w, (d & 255) - 1);
	put_op(w, colon ? PK_TUPLE2 : PK_TUPLE1);
	put_op(w, PK_REDUCE);
	return STATUS_OK;
}

// The length of the UTF-8 sequence at s, 0 if there is none.
static size_t sequence_length(const uint8_t *s, size_t left)
{
	size_t n = *s < 0x80 ? 1 : *s >= 0xc2 && *s <= 0xdf ? 2 : (*s & 0xf0) == 0xe0 ? 3 : *s >= 0xf0 && *s <= 0xf4 ? 4 : 0;
	if (n > left)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	uint8_t second = n > 2 ? s[1] : 0x80;
	bool wrong = (*s == 0xe0 && second < 0xa0) || (*s == 0xed && second > 0x9f) || (*s == 0xf0 && second < 0x90) ||
		(*s == 0xf4 && second > 0x8f);
	return wrong ? 0 : n;
}

static bool is_utf8(const StrObj *s)
{
	for (size_t i = 0, n, size = (size_t)s->n; i < size; i += n) {
		n = sequence_length((const uint8_t *)s->s + i, size - i);
		if (!n)
			return false;
	}
	return true;
}

// Bytes, which protocol 2 spells as latin1 text.
static Status put_bytes(PickleWriter *w, const StrObj *s)
{
	Text latin1 = {0};
	for (int64_t i = 0; i < s->n; i++) {
		uint8_t b = (uint8_t)s->s[i];
		if (b >= 0x80)
			text_addc(&latin1, (char)(0xc0 | b >> 6));
		text_addc(&latin1, (char)(b < 0x80 ? b : 0x80 | (b & 0x3f)));
	}
	put_global(w, "_codecs", "encode");
	Status st = put_string(w, text_str(&latin1), latin1.size);
	text_free(&latin1);
	if (st == STATUS_OK)
		st = put_cstr(w, "latin1");
	put_op(w, PK_TUPLE2);
	put_op(w, PK_REDUCE);
	return st;
}

// A str.  In files of torch.save what is not text must be bytes.
static Status put_text(PickleWriter *w, const StrObj *s)
{
	return w->dialect == PICKLE_JIT || is_utf8(s) ? put_string(w, s->s, (size_t)s->n) : put_bytes(w, s);
}

// f(v), with v written by what stands between.
static void put_call(PickleWriter *w)
{
	put_op(w, PK_TUPLE1);
	put_op(w, PK_REDUCE);
}

static Status put_form(PickleWriter *w, PickleForm form, IValue v)
{
	if (form == PICKLE_AS_ORDERED_DICT && v.tag == TAG_DICT)
		return put_dict(w, v.dict, true);
	if (form == PICKLE_AS_DTYPE && v.tag == TAG_INT && dtype_valid(v.i))
		return put_dtype(w, (DType)v.i), STATUS_OK;
	if (form == PICKLE_AS_BYTES && v.tag == TAG_STR)
		return put_bytes(w, v.str);
	if (form == PICKLE_AS_SIZE && v.tag == TAG_TUPLE) {
		put_global(w, "torch", "Size");
		TRY(put_tuple(w, v.tuple));
		return put_call(w), STATUS_OK;
	}
	if (form == PICKLE_AS_SET && v.tag == TAG_LIST) {
		put_global(w, "__builtin__", "set");
		TRY(put_list(w, v.list));
		return put_call(w), STATUS_OK;
	}
	return put_value(w, v);
}

static Status put_host(PickleWriter *w, HostObj *o)
{
	PickleForm form = PICKLE_AS_VALUE;
	IValue v = iv_none();
	if (!w->lower || w->dialect != PICKLE_SAVE)
		return fail(w->err, STATUS_UNSUPPORTED, "pickle: a value of type '%s' cannot be saved", o->kind->name);
	TRY(w->lower(w->ctx, o, &form, &v, w->err));
	VEC_PUSH(w->kept, w->nkept, w->cap_kept, v);
	return put_form(w, form, v);
}

static Status put_kind(PickleWriter *w, IValue v)
{
	switch (v.tag) {
	case TAG_NONE: return put_op(w, PK_NONE), STATUS_OK;
	case TAG_BOOL: return put_bool(w, v.b), STATUS_OK;
	case TAG_INT: return put_int(w, v.i), STATUS_OK;
	case TAG_FLOAT: return put_float(w, v.f), STATUS_OK;
	case TAG_DEVICE: return put_device(w, v.device);
	case TAG_COMPLEX: return put_complex(w, v.complex_);
	case TAG_STR: return put_text(w, v.str);
	case TAG_TENSOR: return put_tensor(w, v.tensor);
	case TAG_LIST: return put_list(w, v.list);
	case TAG_DICT: return put_dict(w, v.dict, w->ordered && w->depth == 1);
	case TAG_TUPLE: return put_tuple(w, v.tuple);
	case TAG_OBJECT: return put_object(w, v.object);
	case TAG_ENUM: return put_enum(w, v.enm);
	case TAG_HOST: return put_host(w, v.host);
	case TAG_GENERATOR:
		return fail(w->err, STATUS_UNSUPPORTED, "Unknown IValue type for pickling: Generator");
	case TAG_FUTURE:
		return fail(w->err, STATUS_UNSUPPORTED, "Unknown IValue type for pickling: Future");
	case TAG_CAPSULE:
		return fail(w->err, STATUS_UNSUPPORTED, "Unknown IValue type for pickling: Capsule");
	default:
		return fail(w->err, STATUS_RUNTIME, "pickle: a value that was never set");
	}
}

// Is v something whose identity matters, or costs, and that more than one place may hold?  The host often holds
// tensors and objects too, which must not show in the bytes.
static bool is_shared(IValue v)
{
	switch (v.tag) {
	case TAG_TENSOR: case TAG_OBJECT: case TAG_HOST: return true;
	case TAG_LIST: case TAG_DICT: case TAG_TUPLE: return v.obj->refs > 1;
	default: return false;
	}
}

static Status contains_itself(PickleWriter *w, IValue v)
{
	const char *what = v.tag == TAG_LIST ? "list" : v.tag == TAG_DICT ? "dict" : v.tag == TAG_TUPLE ? "tuple"
		: v.tag == TAG_HOST ? v.host->kind->name : v.tag == TAG_OBJECT ? v.object->type->name : "value";
	return fail(w->err, STATUS_UNSUPPORTED, "pickle: a %s that contains itself cannot be saved", what);
}

Status put_value(PickleWriter *w, IValue v)
{
	if (w->out->size > PICKLE_MAX_SIZE || w->nmemo > INT32_MAX)
		return fail(w->err, STATUS_LIMIT, "pickle: more than %zu bytes", PICKLE_MAX_SIZE);
	bool shared = is_shared(v);
	if (shared) {
		uintptr_t known = (uintptr_t)map_getn(&w->shared, (const char *)&v.obj, sizeof v.obj);
		if (known == BUSY)
			return contains_itself(w, v);
		if (known) {
			put_get(w, (uint32_t)(known - 2));
			return STATUS_OK;
		}
		map_setn(&w->shared, (const char *)&v.obj, sizeof v.obj, (void *)(uintptr_t)BUSY);
	}
	if (++w->depth > PICKLE_WRITE_DEPTH)
		return fail(w->err, STATUS_LIMIT, "pickle: values are nested deeper than %d", PICKLE_WRITE_DEPTH);
	TRY(put_kind(w, v));
	w->depth--;
	if (shared) {
		uintptr_t number = put_memo(w);
		map_setn(&w->shared, (const char *)&v.obj, sizeof v.obj, (void *)(number + 2));
	}
	return STATUS_OK;
}

Status pickle_write(PickleWriter *w, IValue v, Text *out, Error *err)
{
	w->out = out;
	w->err = err;
	put_op(w, PK_PROTO);
	put_op(w, 2);
	TRY(put_value(w, v));
	put_op(w, PK_STOP);
	if (out->size > PICKLE_MAX_SIZE)
		return fail(err, STATUS_LIMIT, "pickle: more than %zu bytes", PICKLE_MAX_SIZE);
	return STATUS_OK;
}

void pickle_writer_free(PickleWriter *w)
{
	for (int i = 0; i < w->nstorages; i++)
		storage_unref(&w->storages[i]);
	for (int i = 0; i < w->nkept; i++)
		ivalue_unref(&w->kept[i]);
	free(w->storages);
	free(w->kept);
	map_free(&w->strings);
	map_free(&w->globals);
	map_free(&w->shared);
	map_free(&w->typed);
	*w = (PickleWriter){.dialect = w->dialect};
}
