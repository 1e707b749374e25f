// SPDX-License-Identifier: BSD-3-Clause
// Loading TorchScript archives: which kind of file it is, the version, the lazy code table, constants, objects.
//
// Code is found by name when something needs it; unpickling data.pkl asks the frontend for the class of each
// object, and every slot is checked against the type that the class declares before anything can read it.
#include "format/archive.h"

#include <inttypes.h>
#include <stdlib.h>

#include "format/pickle.h"
#include "format/records.h"
#include "format/retype.h"
#include "frontend/frontend.h"
#include "interp/interp.h"

enum { OLDEST_VERSION = 1, NEWEST_VERSION = 10 };
// A source file larger than this is not a program.
#define MAX_CODE_SIZE ((size_t)64 << 20)

typedef struct Loader {
	Archive *archive;
	Unit *unit;
	StorageRecords records;
	Map tags;             // type tag → const Type *
	Map classes;          // qualified name → const Type *, as GLOBALs ask for them
	Generator *rng;       // for __setstate__; made on first use
} Loader;

// ---- what kind of file

bool archive_is_torchscript(const Zip *z)
{
	return zip_find_in_root(z, "", "constants.pkl") != NULL;
}

static bool has_code(const Zip *z)
{
	size_t n = z->root ? strlen(z->root) : 0;
	for (int i = 0; i < z->n; i++) {
		const char *name = z->entries[i].name;
		if (z->root && !strncmp(name, z->root, n) && !strncmp(name + n, "/code/", 6) && name[n + 6])
			return true;
	}
	return false;
}

static Status refuse_other_files(const Bytes *b, Error *err)
{
	if (zip_is_zip(b))
		return STATUS_OK;
	if (b->size >= 8 && !memcmp(b->data, "PYTORCH1", 8))
		return fail(err, STATUS_UNSUPPORTED, "the preview format 'PYTORCH1'; load and save the model with PyTorch 1.0 to "
			"1.3 to convert it");
	if (b->size >= 8 && !memcmp(b->data + 4, "PTMF", 4))
		return fail(err, STATUS_UNSUPPORTED, "the flatbuffer format of mobile models; save the model with torch.jit.save");
	if (b->size >= 2 && b->data[0] == 0x80 && b->data[1] == 0x02)
		return fail(err, STATUS_FORMAT, "a pickle of torch.save, not a TorchScript archive; save the model with "
			"torch.jit.save");
	return STATUS_OK; // whatever the zip reader says
}

static Status check_kind(const Zip *z, Error *err)
{
	if (!z->root)
		return fail(err, STATUS_FORMAT, "not a TorchScript archive: its first record is in no folder");
	if (zip_find_in_root(z, "", "model.json"))
		return fail(err, STATUS_UNSUPPORTED, "the archive format of PyTorch 1.0 to 1.2 (model.json); load and save it with "
			"PyTorch 1.3 or later to convert it");
	if (!zip_find_in_root(z, "", "data.pkl"))
		return fail(err, STATUS_FORMAT, "not a TorchScript archive: there is no record data.pkl");
	if (!archive_is_torchscript(z))
		return fail(err, STATUS_FORMAT, "not a TorchScript archive: there is no record constants.pkl (a file of torch.save "
			"holds values, not a model)");
	if (!has_code(z))
		return zip_find_in_root(z, "", "bytecode.pkl")
			? fail(err, STATUS_UNSUPPORTED, "the archive holds only bytecode for the mobile interpreter; save the model "
				"with torch.jit.save, or _save_for_lite_interpreter with its code")
			: fail(err, STATUS_FORMAT, "not a TorchScript archive: it has no code");
	return STATUS_OK;
}

static Status read_version(Archive *a, Error *err)
{
	const ZipEntry *e = zip_find_in_root(a->zip, "", ".data/version");
	if (!e)
		e = zip_find_in_root(a->zip, "", "version");
	if (!e)
		return fail(err, STATUS_FORMAT, "not a TorchScript archive: there is no record version");
	ZipContent c;
	TRY(zip_read(a->zip, e, &c, err));
	size_t i = 0;
	int64_t v = 0, digits = 0;
	while (i < c.size && (c.data[i] == ' ' || c.data[i] == '\t' || c.data[i] == '\n'))
		i++;
	for (; i < c.size && c.data[i] >= '0' && c.data[i] <= '9' && v < INT32_MAX; i++, digits++)
		v = 10 * v + (c.data[i] - '0');
	zip_content_free(&c);
	if (!digits)
		return fail(err, STATUS_FORMAT, "the version record is not a number");
	if (v < OLDEST_VERSION || v > NEWEST_VERSION)
		return fail(err, STATUS_UNSUPPORTED, "archives of version %" PRId64 "; versions %d to %d can be read", v,
			OLDEST_VERSION, NEWEST_VERSION);
	a->version = v;
	return STATUS_OK;
}

// ---- code

static Status find_source(void *ctx, const char *qualifier, Source **out, Error *err)
{
	Archive *a = ctx;
	Text name = {0};
	text_addf(&name, "code/%s.py", qualifier);
	for (size_t i = 5; i + 3 < name.size; i++) {
		if (name.data[i] == '.')
			name.data[i] = '/';
	}
	Status s = STATUS_OK;
	ZipContent c = {0};
	const ZipEntry *e = zip_find_in_root(a->zip, "", text_str(&name));
	*out = NULL;
	if (e && e->size > MAX_CODE_SIZE)
		s = fail(err, STATUS_LIMIT, "%s has %" PRIu64 " bytes, more than the limit of %zu", text_str(&name), e->size,
			MAX_CODE_SIZE);
	else if (e)
		s = zip_read(a->zip, e, &c, err);
	if (s == STATUS_OK && e && memmem(c.data, c.size, "ConstantMKLDNNTensor", 20))
		s = fail(err, STATUS_UNSUPPORTED, "the archive was saved after torch.jit.optimize_for_inference, which leaves its "
			"MKLDNN weights out of the file; save the model before that step");
	if (s == STATUS_OK && e)
		*out = source_new(text_str(&name), (const char *)c.data, c.size);
	zip_content_free(&c);
	text_free(&name);
	return s;
}

// ---- objects

static Status find_type(void *ctx, const char *qualified, const Type **out, Error *err)
{
	Loader *l = ctx;
	*out = map_get(&l->classes, qualified);
	if (*out)
		return STATUS_OK;
	TRY(frontend_type(l->unit, qualified, out, err));
	if (!*out)
		return fail(err, STATUS_FORMAT, "the archive has no class '%s'", qualified);
	map_set(&l->classes, qualified, (void *)*out);
	return STATUS_OK;
}

static Status retag(void *ctx, IValue *container, const char *tag, Error *err)
{
	Loader *l = ctx;
	const Type *t = map_get(&l->tags, tag);
	if (!t) {
		TRY(frontend_parse_type(l->unit, tag, &t, err));
		map_set(&l->tags, tag, (void *)t);
	}
	if (t->kind != TYPE_LIST && t->kind != TYPE_DICT)
		return fail(err, STATUS_FORMAT, "pickle: a container has the type tag '%.200s'", tag);
	Status s = value_coerce(container, t, err);
	if (s != STATUS_OK)
		error_prefix(err, "pickle: a container tagged '%.200s'", tag);
	return s;
}

// One slot from the state dict.
static Status fill_slot(Object *o, int i, const DictObj *state, Error *err)
{
	const ClassType *c = o->type->cls;
	const Attribute *a = &c->attrs[i];
	IValue key = iv_cstr(a->name);
	const IValue *found = dict_find(state, key);
	ivalue_unref(&key);
	if (!found)
		return fail(err, STATUS_FORMAT, "class '%s' declares the attribute '%s', which the archive's data do not have",
			c->name, a->name);
	o->slots[i] = ivalue_ref(*found);
	Status s = value_coerce(&o->slots[i], a->type, err);
	if (s != STATUS_OK) {
		error_prefix(err, "attribute '%s' of class '%s'", a->name, c->name);
		return s;
	}
	if (a->is_parameter && o->slots[i].tag == TAG_TENSOR)
		o->slots[i].tensor->is_parameter = true;
	return STATUS_OK;
}

// Runs the class's own __setstate__ on an object whose slots are unset.
static Status set_state(Loader *l, Object *o, Function *f, IValue state, Error *err)
{
	TRY(function_ensure(f, err));
	if (f->schema->nargs != 2)
		return fail(err, STATUS_FORMAT, "%s takes %d arguments instead of 2", f->name, f->schema->nargs);
	IValue v = ivalue_ref(state), ret = iv_none();
	Status s = value_coerce(&v, f->schema->args[1].type, err);
	if (s != STATUS_OK) {
		error_prefix(err, "the state of an object of class '%s'", o->type->name);
	} else {
		if (!l->rng)
			l->rng = generator_new(DEFAULT_SEED);
		Exec x;
		exec_init(&x, err, l->rng);
		s = interp_call(&x, f, (IValue[]){{.object = o, .tag = TAG_OBJECT}, v}, 2, &ret);
	}
	ivalue_unref(&v);
	ivalue_unref(&ret);
	if (s != STATUS_OK)
		return s;
	for (int i = 0; i < o->nslots; i++) {
		if (o->slots[i].tag != TAG_UNINIT)
			continue;
		if (!type_is_optional_like(o->type->cls->attrs[i].type))
			return fail(err, STATUS_FORMAT, "%s did not set the attribute '%s'", f->name, o->type->cls->attrs[i].name);
		o->slots[i] = iv_none();
	}
	return STATUS_OK;
}

static Status build_object(void *ctx, const Type *cls, IValue state, IValue *out, Error *err)
{
	Loader *l = ctx;
	if (cls->cls->native)
		return native_build(l->unit, cls, state, out, err);
	Object *o = object_new(cls);
	IValue v = iv_take_object(o);
	Function *f = class_find_method(cls->cls, "__setstate__");
	Status s = STATUS_OK;
	if (f)
		s = set_state(l, o, f, state, err);
	else if (state.tag != TAG_DICT)
		s = fail(err, STATUS_FORMAT, "the state of an object of class '%s' is not a dict", cls->name);
	for (int i = 0; !f && s == STATUS_OK && i < o->nslots; i++)
		s = fill_slot(o, i, state.dict, err);
	if (s != STATUS_OK)
		ivalue_unref(&v);
	else
		*out = v;
	return s;
}

static Status storage_of_loader(void *ctx, const StorageId *id, Storage **out, Error *err)
{
	Loader *l = ctx;
	return storage_records_get(&l->records, id, out, err);
}

// Unpickles a record whose storages lie in `folder`.
static Status read_pickle(Loader *l, const char *record, const char *folder, IValue *out, Error *err)
{
	const ZipEntry *e = zip_find_in_root(l->archive->zip, "", record);
	ZipContent c;
	TRY(zip_read(l->archive->zip, e, &c, err));
	PickleHost host = {.dialect = PICKLE_JIT, .storage = storage_of_loader, .find_type = find_type, .build = build_object,
		.retag = retag, .ctx = l};
	l->records = (StorageRecords){.zip = l->archive->zip, .folder = folder};
	Status s = pickle_read(c.data, c.size, &host, out, NULL, err);
	storage_records_free(&l->records);
	zip_content_free(&c);
	if (s != STATUS_OK && !err->nframes)
		error_prefix(err, "%s", record);
	return s;
}

static Status read_constants(Loader *l, Error *err)
{
	IValue v;
	TRY(read_pickle(l, "constants.pkl", "constants/", &v, err));
	if (v.tag != TAG_TUPLE || v.tuple->n > INT32_MAX) {
		ivalue_unref(&v);
		return fail(err, STATUS_FORMAT, "constants.pkl is not a tuple");
	}
	int n = (int)v.tuple->n;
	l->unit->constants = xcalloc((size_t)n + 1, sizeof(IValue));
	for (int i = 0; i < n; i++)
		l->unit->constants[i] = ivalue_ref(v.tuple->items[i]);
	l->unit->nconstants = n;
	ivalue_unref(&v);
	return STATUS_OK;
}

static Status compile_classes(Loader *l, Error *err)
{
	for (int i = 0; i < l->classes.n; i++) {
		const Type *t = l->classes.entries[i].value;
		if (t->kind == TYPE_CLASS && !t->cls->native)
			TRY(frontend_compile_class(l->unit, t, err));
	}
	return STATUS_OK;
}

// Folders and what lies outside the root have no name here.
static void list_records(Archive *a)
{
	const Zip *z = a->zip;
	size_t n = strlen(z->root);
	a->names = xcalloc((size_t)z->n + 1, sizeof *a->names);
	for (int i = 0; i < z->n; i++) {
		const char *name = z->entries[i].name;
		if (!strncmp(name, z->root, n) && name[n] == '/' && name[strlen(name) - 1] != '/')
			a->names[a->nnames++] = name + n + 1;
	}
}

static Status load_parts(Loader *l, Model *m, bool lazy, Error *err)
{
	TRY(check_kind(l->archive->zip, err));
	list_records(l->archive);
	TRY(read_version(l->archive, err));
	l->unit->version = l->archive->version;
	TRY(frontend_attach_archive(l->unit, (SourceProvider){.find = find_source, .ctx = l->archive}, err));
	TRY(read_constants(l, err));
	TRY(read_pickle(l, "data.pkl", "data/", &m->root, err));
	if (m->root.tag != TAG_OBJECT)
		return fail(err, STATUS_FORMAT, "data.pkl does not hold an object");
	return lazy ? STATUS_OK : compile_classes(l, err);
}

Status model_load_bytes(Bytes *b, const LoadOptions *opt, Model **out, Error *err)
{
	static const LoadOptions defaults = {.lazy = true};
	Error local = ERROR_INIT;
	if (!opt)
		opt = &defaults;
	if (!err)
		err = &local;
	*out = NULL;
	Zip *zip;
	Status s = refuse_other_files(b, err);
	if (s == STATUS_OK)
		s = zip_open(b, &zip, err);
	if (s != STATUS_OK) {
		error_clear(&local);
		return s;
	}
	zip->verify = opt->verify;
	if (opt->max_inflated)
		zip->max_inflated = opt->max_inflated;
	Model *m = xcalloc(1, sizeof *m);
	m->refs = 1;
	m->name = xstrdup(zip->root ? zip->root : "");
	m->unit = unit_new();
	m->archive = xcalloc(1, sizeof *m->archive);
	m->archive->zip = zip;
	Loader l = {.archive = m->archive, .unit = m->unit};
	s = load_parts(&l, m, opt->lazy, err);
	map_free(&l.tags);
	map_free(&l.classes);
	generator_unref(&l.rng);
	if (s != STATUS_OK)
		model_unref(&m);
	*out = m;
	error_clear(&local);
	return s;
}
