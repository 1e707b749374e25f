// SPDX-License-Identifier: BSD-3-Clause
// Objects of the build stage as the plain values that a pickle is written from.
#include "format/build_values.h"

#include <string.h>

#include "format/model.h"
#include "format/values.h"

static bool is_class(const PyClass *c, const char *module, const char *name)
{
	return c->module.tag == TAG_STR && !strcmp(c->module.str->s, module) && c->name.tag == TAG_STR &&
		!strcmp(c->name.str->s, name);
}

static bool derives_from(const PyClass *c, const char *module, const char *name)
{
	for (int i = 0; i < c->nmro; i++) {
		if (is_class(c->mro[i], module, name))
			return true;
	}
	return false;
}

static Status lower_instance(const PyInstance *o, PickleForm *form, IValue *out, Error *err)
{
	const PyClass *c = o->cls;
	IValue v = o->payload;
	if (v.tag == TAG_TENSOR) {
		Tensor *t = tensor_ref(v.tensor);
		if (!t->is_parameter && derives_from(c, "torch.nn.parameter", "Parameter")) {
			tensor_unref(&t);
			t = tensor_alias(v.tensor);
			t->is_parameter = true;
		}
		*out = iv_take_tensor(t);
		return STATUS_OK;
	}
	if (v.tag == TAG_TUPLE && derives_from(c, "torch", "Size"))
		*form = PICKLE_AS_SIZE;
	else if (v.tag == TAG_DICT && derives_from(c, "collections", "OrderedDict"))
		*form = PICKLE_AS_ORDERED_DICT;
	else if (v.tag != TAG_DICT || !derives_from(c, "collections", "defaultdict"))
		return fail(err, STATUS_TYPE, "torch.save: an object of class '%s.%s' cannot be saved; only tensors, numbers, strings "
			"and containers of them can", c->module.tag == TAG_STR ? c->module.str->s : "?",
			c->name.tag == TAG_STR ? c->name.str->s : "?");
	*out = ivalue_ref(v);
	return STATUS_OK;
}

static Status list_members(const DictObj *items, IValue *out, Error *err)
{
	ListObj *l = list_new(&type_any, items->n);
	int64_t pos = 0;
	*out = iv_take_list(l);
	for (DictEntry *e; (e = dict_next(items, &pos));) {
		Status s = list_append_take(l, ivalue_ref(e->key), err);
		if (s != STATUS_OK) {
			ivalue_unref(out);
			return s;
		}
	}
	return STATUS_OK;
}

static Status lower(void *ctx, HostObj *host, PickleForm *form, IValue *out, Error *err)
{
	(void)ctx;
	const PyObj *o = (const PyObj *)host;
	switch (o->kind) {
	case PY_SYMBOL: {
		const PySymbol *s = (const PySymbol *)o;
		if (s->what != SYMBOL_DTYPE)
			return fail(err, STATUS_TYPE, "torch.save: %s cannot be saved", s->path);
		*form = PICKLE_AS_DTYPE;
		*out = iv_int(s->code);
		return STATUS_OK;
	}
	case PY_BYTES:
		*form = PICKLE_AS_BYTES;
		*out = iv_str(((const PyBytes *)o)->s, (size_t)((const PyBytes *)o)->n);
		return STATUS_OK;
	case PY_SET:
		*form = PICKLE_AS_SET;
		return list_members(((const PySet *)o)->items, out, err);
	case PY_INSTANCE:
		return lower_instance((const PyInstance *)o, form, out, err);
	default:
		return fail(err, STATUS_TYPE, "torch.save: a value of type '%s' cannot be saved", host->kind->name);
	}
}

Status build_value_save(void *ctx, IValue value, const char *path, Error *err)
{
	PickleWriter w = {.dialect = PICKLE_SAVE, .lower = lower, .ctx = ctx};
	Status s = torchsave_write(path, &w, value, err);
	pickle_writer_free(&w);
	return s;
}

Status build_value_load(void *ctx, const char *path, IValue *value, Error *err)
{
	(void)ctx;
	return value_load_file(path, value, err);
}
