// SPDX-License-Identifier: BSD-3-Clause
// Models as their users see them: loading, records, state; and files of values of any kind.
#include "format/model.h"

#include <stdlib.h>

#include "format/archive.h"
#include "format/values.h"

Status model_load_file(const char *path, const LoadOptions *opt, Model **out, Error *err)
{
	Bytes *b;
	*out = NULL;
	TRY(bytes_map_file(path, &b, err));
	Status s = model_load_bytes(b, opt, out, err);
	bytes_unref(&b);
	return s;
}

Status model_load_memory(const void *data, size_t size, const LoadOptions *opt, Model **out, Error *err)
{
	Bytes *b;
	*out = NULL;
	TRY(bytes_copy(data, size, &b, err));
	Status s = model_load_bytes(b, opt, out, err);
	bytes_unref(&b);
	return s;
}

Model *model_ref(Model *m)
{
	if (m)
		m->refs++;
	return m;
}

void model_unref(Model **m)
{
	Model *old = *m;
	*m = NULL;
	if (!old || --old->refs)
		return;
	ivalue_unref(&old->root);
	unit_unref(&old->unit); // before the archive, which its frontend reads code from
	if (old->archive) {
		zip_unref(&old->archive->zip);
		free(old->archive->names);
		free(old->archive);
	}
	free(old->name);
	free(old);
}

// ---- records

const char *model_record_name(const Model *m, int i)
{
	return m->archive && i >= 0 && i < m->archive->nnames ? m->archive->names[i] : NULL;
}

Status model_record_read(const Model *m, const char *name, char **data, size_t *size, Error *err)
{
	Zip *z = m->archive ? m->archive->zip : NULL;
	const ZipEntry *e = z ? zip_find_in_root(z, "", name) : NULL;
	if (!e)
		return fail(err, STATUS_ARGUMENT, "the archive has no record '%.200s'", name);
	ZipContent c;
	TRY(zip_read(z, e, &c, err));
	char *copy = malloc(c.size + 1);
	if (!copy) {
		zip_content_free(&c);
		return fail_memory(err, c.size);
	}
	if (c.size)
		memcpy(copy, c.data, c.size);
	copy[c.size] = 0;
	*size = c.size;
	*data = copy;
	zip_content_free(&c);
	return STATUS_OK;
}

// ---- state

// A module can hold the same submodule many times; the paths to it multiply, up to this many.
enum { MAX_STATE_VISITS = 1 << 20, MAX_STATE_DEPTH = 1000 };

typedef struct StateWalk {
	DictObj *out;
	Text path;
	int64_t visits;
	Error *err;
} StateWalk;

static bool is_module(IValue v)
{
	return v.tag == TAG_OBJECT && v.object->type->kind == TYPE_CLASS && v.object->type->cls->is_module;
}

static Status walk_state(StateWalk *w, const Object *o, int depth);

// Attributes of one kind: 0 parameters and buffers, 1 other values, 2 submodules.
static Status walk_attributes(StateWalk *w, const Object *o, int kind, int depth)
{
	const ClassType *c = o->type->cls;
	size_t end = w->path.size;
	for (int i = 0; i < o->nslots; i++) {
		IValue v = o->slots[i];
		int is = c->attrs[i].is_parameter || c->attrs[i].is_buffer ? 0 : is_module(v) ? 2 : 1;
		if (is != kind)
			continue;
		if (++w->visits > MAX_STATE_VISITS)
			return fail(w->err, STATUS_LIMIT, "the model has more than %d attribute paths", MAX_STATE_VISITS);
		if (end)
			text_addc(&w->path, '.');
		text_add(&w->path, c->attrs[i].name);
		Status s = kind == 2 ? walk_state(w, v.object, depth + 1)
			: dict_set_take(w->out, iv_str(w->path.data, w->path.size), ivalue_ref(v), w->err);
		w->path.size = end;
		if (s != STATUS_OK)
			return s;
	}
	return STATUS_OK;
}

static Status walk_state(StateWalk *w, const Object *o, int depth)
{
	if (depth > MAX_STATE_DEPTH)
		return fail(w->err, STATUS_LIMIT, "modules are nested deeper than %d", MAX_STATE_DEPTH);
	for (int kind = 0; kind < 3; kind++)
		TRY(walk_attributes(w, o, kind, depth));
	return STATUS_OK;
}

Status model_state(const Model *m, IValue *out, Error *err)
{
	StateWalk w = {.out = dict_new(&type_str, &type_any), .err = err};
	IValue v = iv_take_dict(w.out);
	Status s = walk_state(&w, m->root.object, 0);
	text_free(&w.path);
	if (s != STATUS_OK)
		ivalue_unref(&v);
	else
		*out = v;
	return s;
}

// The tensors of one kind that o itself holds: parameters first, then buffers.
static Status walk_tensors(StateWalk *w, const Object *o, bool parameters)
{
	const ClassType *c = o->type->cls;
	size_t end = w->path.size;
	for (int i = 0; i < o->nslots; i++) {
		bool is = parameters ? c->attrs[i].is_parameter : c->attrs[i].is_buffer && !c->attrs[i].is_parameter;
		if (!is || o->slots[i].tag != TAG_TENSOR)
			continue;
		Tensor *t = tensor_alias(o->slots[i].tensor);
		t->requires_grad = t->is_parameter = false;
		text_addf(&w->path, "%s%s", end ? "." : "", c->attrs[i].name);
		Status s = dict_set_take(w->out, iv_str(w->path.data, w->path.size), iv_take_tensor(t), w->err);
		w->path.size = end;
		TRY(s);
	}
	return STATUS_OK;
}

static Status walk_state_dict(StateWalk *w, const Object *o, int depth)
{
	if (depth > MAX_STATE_DEPTH)
		return fail(w->err, STATUS_LIMIT, "modules are nested deeper than %d", MAX_STATE_DEPTH);
	TRY(walk_tensors(w, o, true));
	TRY(walk_tensors(w, o, false));
	size_t end = w->path.size;
	for (int i = 0; i < o->nslots; i++) {
		if (!is_module(o->slots[i]))
			continue;
		if (++w->visits > MAX_STATE_VISITS)
			return fail(w->err, STATUS_LIMIT, "the model has more than %d attribute paths", MAX_STATE_VISITS);
		text_addf(&w->path, "%s%s", end ? "." : "", o->type->cls->attrs[i].name);
		Status s = walk_state_dict(w, o->slots[i].object, depth + 1);
		w->path.size = end;
		TRY(s);
	}
	return STATUS_OK;
}

Status model_state_dict(const Model *m, IValue *out, Error *err)
{
	StateWalk w = {.out = dict_new(&type_str, &type_tensor), .err = err};
	*out = iv_take_dict(w.out);
	Status s = m->root.tag == TAG_OBJECT ? walk_state_dict(&w, m->root.object, 0) : STATUS_OK;
	text_free(&w.path);
	if (s != STATUS_OK)
		ivalue_unref(out);
	return s;
}

// ---- values of any file

bool file_is_archive(const char *path)
{
	Bytes *b;
	Zip *z = NULL;
	if (bytes_map_file(path, &b, NULL) != STATUS_OK)
		return false;
	bool is = zip_is_zip(b) && zip_open(b, &z, NULL) == STATUS_OK && archive_is_torchscript(z);
	zip_unref(&z);
	bytes_unref(&b);
	return is;
}

static Status load_zip_value(Bytes *b, IValue *out, Error *err)
{
	Zip *z;
	TRY(zip_open(b, &z, err));
	Status s;
	Model *m = NULL;
	if (archive_is_torchscript(z)) {
		s = model_load_bytes(b, NULL, &m, err);
		if (s == STATUS_OK)
			s = model_state(m, out, err);
		model_unref(&m);
	} else if (npz_is_npz(z)) {
		s = npz_load(z, out, err);
	} else {
		s = torchsave_load_zip(z, out, err);
	}
	zip_unref(&z);
	return s;
}

Status value_load_file(const char *path, IValue *out, Error *err)
{
	Bytes *b;
	Status s;
	TRY(bytes_map_file(path, &b, err));
	if (npy_is_npy(b->data, b->size))
		s = npy_load(b, b->data, b->size, out, err);
	else if (safetensors_is_safetensors(b))
		s = safetensors_load(b, out, err);
	else if (torchsave_is_stream(b))
		s = torchsave_load_stream(b, out, err);
	else if (zip_is_zip(b))
		s = load_zip_value(b, out, err);
	else
		s = fail(err, STATUS_FORMAT, "neither a zip archive, nor a file of torch.save, nor a NumPy array, nor "
			"safetensors");
	bytes_unref(&b);
	return s;
}
