// SPDX-License-Identifier: BSD-3-Clause
// The archive writer.
//
// data.pkl comes first, because it names the classes of the objects; the code follows from those names, the table of
// constants from the code, and constants may in turn be objects of further classes.  Everything is made in
// memory but the storages, which go from where they are into the file.
#include "format/model_save.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "format/pickle_write.h"
#include "format/zip_write.h"
#include "interp/interp.h"

enum { ALIGNMENT = 64, FIRST_DATA_VERSION = 6, MAX_VALUE_DEPTH = 200 };

bool script_target_parse(const char *text, ScriptTarget *out)
{
	*out = TARGET_1_6;
	return !strcmp(text, "1.6");
}

Model *model_new(Unit *u, IValue root, const char *name)
{
	Model *m = xcalloc(1, sizeof *m);
	m->refs = 1;
	m->name = xstrdup(name);
	m->unit = unit_ref(u);
	m->root = root;
	return m;
}

// ---- values that have no form

typedef struct Check {
	Map seen;               // addresses of containers and objects
	Text path;
	Error *err;
} Check;

static Status check_value(Check *k, IValue v, int depth);

static Status check_step(Check *k, IValue v, int depth, const char *open, const char *step, const char *close)
{
	size_t end = k->path.size;
	text_addf(&k->path, "%s%s%s", end || *open != '.' ? open : "", step, close);
	TRY(check_value(k, v, depth + 1));
	k->path.size = end;
	return STATUS_OK;
}

static Status check_items(Check *k, const IValue *items, int64_t n, int depth)
{
	char number[24];
	for (int64_t i = 0; i < n; i++) {
		if (!ivalue_counted(items[i]))
			continue;
		snprintf(number, sizeof number, "%" PRId64, i);
		TRY(check_step(k, items[i], depth, "[", number, "]"));
	}
	return STATUS_OK;
}

static Status check_dict(Check *k, const DictObj *d, int depth)
{
	int64_t pos = 0;
	for (const DictEntry *e; (e = dict_next(d, &pos));) {
		if (!ivalue_counted(e->value))
			continue;
		Text key = {0};
		ivalue_repr(&key, e->key);
		Status s = check_step(k, e->value, depth, "[", e->key.tag == TAG_TENSOR ? "…" : text_str(&key), "]");
		text_free(&key);
		TRY(s);
	}
	return STATUS_OK;
}

static Status check_object(Check *k, const Object *o, int depth)
{
	if (script_type_is_native(o->type) || class_find_method(o->type->cls, "__getstate__"))
		return STATUS_OK;
	for (int i = 0; i < o->nslots; i++) {
		const Attribute *a = &o->type->cls->attrs[i];
		if (o->slots[i].tag == TAG_UNINIT)
			return fail(k->err, STATUS_VALUE, "the attribute %s%s%s was never set", text_str(&k->path),
				k->path.size ? "." : "", a->name);
		if (ivalue_counted(o->slots[i]))
			TRY(check_step(k, o->slots[i], depth, ".", a->name, ""));
	}
	return STATUS_OK;
}

static Status no_form(Check *k, const char *what)
{
	return fail(k->err, STATUS_UNSUPPORTED, "Unknown IValue type for pickling: %s, the value of %s", what,
		k->path.size ? text_str(&k->path) : "the model");
}

static Status check_value(Check *k, IValue v, int depth)
{
	switch ((Tag)v.tag) {
	case TAG_GENERATOR:
		return no_form(k, "Generator");
	case TAG_FUTURE:
		return no_form(k, "Future");
	case TAG_CAPSULE:
		return no_form(k, "Capsule");
	case TAG_LIST:
	case TAG_DICT:
	case TAG_OBJECT:
	case TAG_TUPLE:
		break;
	default:
		return STATUS_OK;
	}
	if (depth > MAX_VALUE_DEPTH)
		return fail(k->err, STATUS_LIMIT, "%s: values nest deeper than %d, or hold themselves", text_str(&k->path),
			MAX_VALUE_DEPTH);
	if (map_getn(&k->seen, (const char *)&v.obj, sizeof v.obj))
		return STATUS_OK;
	Status s = v.tag == TAG_LIST ? check_items(k, v.list->items, v.list->n, depth)
		: v.tag == TAG_TUPLE ? check_items(k, v.tuple->items, v.tuple->n, depth)
		: v.tag == TAG_DICT ? check_dict(k, v.dict, depth) : check_object(k, v.object, depth);
	map_setn(&k->seen, (const char *)&v.obj, sizeof v.obj, k);
	return s;
}

static Status check_root(IValue root, Error *err)
{
	Check k = {.err = err};
	Status s = check_value(&k, root, 0);
	map_free(&k.seen);
	text_free(&k.path);
	return s;
}

// ---- pickles

typedef struct Saver {
	const Model *model;
	const ModelSaveOptions *opt;
	Script code;
	PickleWriter data, constants;
	Text data_pickle, constants_pickle;
	Generator *rng;         // for __getstate__; made on first use
	Error *err;
} Saver;

static Status type_name(void *ctx, const Type *t, Text *out, Error *err)
{
	(void)err;
	return script_type(&((Saver *)ctx)->code, t, out);
}

static Status get_state(void *ctx, Object *o, bool *has, IValue *out, Error *err)
{
	Saver *s = ctx;
	Function *f = class_find_method(o->type->cls, "__getstate__");
	if (!f || !class_find_method(o->type->cls, "__setstate__"))
		return STATUS_OK;
	*has = true;
	TRY(function_ensure(f, err));
	if (f->schema->nargs != 1)
		return fail(err, STATUS_VALUE, "%s takes %d arguments instead of 1", f->name, f->schema->nargs);
	if (!s->rng)
		s->rng = generator_new(DEFAULT_SEED);
	Exec x;
	exec_init(&x, err, s->rng);
	return interp_call(&x, f, (IValue[]){{.object = o, .tag = TAG_OBJECT}}, 1, out);
}

static Status make_pickle(Saver *s, PickleWriter *w, IValue v, Text *out)
{
	*w = (PickleWriter){.dialect = PICKLE_JIT, .type_name = type_name, .get_state = get_state, .ctx = s};
	return pickle_write(w, v, out, s->err);
}

// Constants may be objects, whose classes have code, which may have constants.
static Status make_constants(Saver *s)
{
	for (;;) {
		int n = s->code.nconstants, ndefinitions = s->code.n;
		TupleObj *t = tuple_new(n, NULL);
		for (int i = 0; i < n; i++)
			t->items[i] = ivalue_ref(s->code.constants[i]);
		IValue v = iv_take_tuple(t);
		Status st = make_pickle(s, &s->constants, v, &s->constants_pickle);
		ivalue_unref(&v);
		TRY(st);
		TRY(script_write(&s->code));
		if (s->code.n == ndefinitions && s->code.nconstants == n)
			return STATUS_OK;
		pickle_writer_free(&s->constants);
		text_free(&s->constants_pickle);
	}
}

// ---- records

static Status add_record(Saver *s, ZipWriter *z, const char *name, const void *data, size_t size, bool deflate)
{
	Text full = {0};
	text_addf(&full, "%s/%s", s->model->name, name);
	Status st = zip_writer_add(z, text_str(&full), data ? data : "", size, deflate, s->err);
	text_free(&full);
	return st;
}

static Status add_text(Saver *s, ZipWriter *z, const char *name, const Text *t)
{
	return add_record(s, z, name, text_str(t), t->size, false);
}

static Status add_storages(Saver *s, ZipWriter *z, const char *folder, const PickleWriter *w)
{
	for (int i = 0; i < w->nstorages; i++) {
		char name[40];
		snprintf(name, sizeof name, "%s/%d", folder, i);
		const Storage *st = w->storages[i];
		TRY(add_record(s, z, name, st->data, st->device == DEVICE_META ? 0 : st->nbytes, false));
	}
	return STATUS_OK;
}

static bool is_replaced(const ModelSaveOptions *opt, const char *name)
{
	for (int i = 0; i < opt->nextra; i++)
		if (!strcmp(opt->extra[i].name, name))
			return true;
	return false;
}

static Status add_extra(Saver *s, ZipWriter *z)
{
	const char *name;
	for (int i = 0; (name = model_record_name(s->model, i)); i++) {
		if (strncmp(name, "extra/", 6) || is_replaced(s->opt, name + 6))
			continue;
		char *data;
		size_t size;
		TRY(model_record_read(s->model, name, &data, &size, s->err));
		Status st = add_record(s, z, name, data, size, false);
		free(data);
		TRY(st);
	}
	for (int i = 0; i < s->opt->nextra; i++) {
		Text full = {0};
		text_addf(&full, "extra/%s", s->opt->extra[i].name);
		Status st = add_record(s, z, text_str(&full), s->opt->extra[i].data, s->opt->extra[i].size, false);
		text_free(&full);
		TRY(st);
	}
	return STATUS_OK;
}

static Status add_code(Saver *s, ZipWriter *z)
{
	for (int i = 0; i < s->code.nfiles; i++) {
		const SourceFile *f = s->code.files[i];
		if (!f->text.size)
			continue;
		Text name = {0};
		text_addf(&name, "code/%s.py", f->qualifier);
		for (size_t k = 5; k + 3 < name.size; k++)
			if (name.data[k] == '.')
				name.data[k] = '/';
		Status st = add_record(s, z, text_str(&name), f->text.data, f->text.size, true);
		text_free(&name);
		TRY(st);
	}
	return STATUS_OK;
}

static Status add_records(Saver *s, ZipWriter *z)
{
	TRY(add_extra(s, z));
	TRY(add_storages(s, z, "data", &s->data));
	TRY(add_text(s, z, "data.pkl", &s->data_pickle));
	TRY(add_code(s, z));
	TRY(add_storages(s, z, "constants", &s->constants));
	TRY(add_text(s, z, "constants.pkl", &s->constants_pickle));
	char version[24];
	int n = snprintf(version, sizeof version, "%" PRId64 "\n", s->code.version);
	TRY(add_record(s, z, s->code.version < FIRST_DATA_VERSION ? "version" : ".data/version", version, (size_t)n, false));
	return add_record(s, z, "byteorder", "little", 6, false);
}

static Status save(Saver *s, const char *path)
{
	if (s->model->root.tag != TAG_OBJECT)
		return fail(s->err, STATUS_VALUE, "only an object can be saved as a model");
	TRY(check_root(s->model->root, s->err));
	TRY(make_pickle(s, &s->data, s->model->root, &s->data_pickle));
	TRY(script_write(&s->code));
	TRY(make_constants(s));
	ZipWriter z;
	TRY(zip_writer_open(&z, path, ALIGNMENT, s->err));
	Status st = add_records(s, &z);
	if (st == STATUS_OK)
		return zip_writer_finish(&z, s->err);
	zip_writer_abandon(&z);
	return st;
}

Status model_save(const Model *m, const char *path, const ModelSaveOptions *opt, Error *err)
{
	static const ModelSaveOptions defaults = {0};
	Error local = ERROR_INIT;
	Saver s = {.model = m, .opt = opt ? opt : &defaults, .err = err ? err : &local};
	script_init(&s.code, s.opt->target, s.err);
	Status st = save(&s, path);
	pickle_writer_free(&s.data);
	pickle_writer_free(&s.constants);
	text_free(&s.data_pickle);
	text_free(&s.constants_pickle);
	script_free(&s.code);
	generator_unref(&s.rng);
	error_clear(&local);
	return st;
}
