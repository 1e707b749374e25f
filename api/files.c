// SPDX-License-Identifier: BSD-3-Clause
// Values in files.
#include "api/handles.h"

#include <string.h>

#define MAX_RESULT_DEPTH 1000

wick_status wick_value_load(wick_context *cx, const char *path, wick_value **out)
{
	Call c;
	IValue v;
	call_begin(&c, cx);
	Status s = value_load_file(path, &v, &cx->err);
	*out = s == STATUS_OK ? value_box(v) : NULL;
	return call_end(&c, s);
}

static bool has_suffix(const char *s, const char *suffix)
{
	size_t n = strlen(s), k = strlen(suffix);
	return n >= k && strcmp(s + n - k, suffix) == 0;
}

// Flattens a result to named tensors for .npz and .safetensors: dict entries under their keys, items of a list or
// tuple as arr_0, arr_1, … as NumPy calls them, nested ones behind a dot; numbers become 0-d tensors.
static Status flatten(IValue v, const char *name, DictObj *out, Error *err, int depth)
{
	if (depth > MAX_RESULT_DEPTH)
		return fail(err, STATUS_LIMIT, "a result nested more than %d deep cannot be saved", MAX_RESULT_DEPTH);
	Status s = STATUS_OK;
	Tensor *t = NULL;
	bool list = v.tag == TAG_LIST;
	int64_t pos = 0;
	switch (v.tag) {
	case TAG_LIST: case TAG_TUPLE:
		for (int64_t i = 0; s == STATUS_OK && i < (list ? v.list->n : v.tuple->n); i++) {
			Text sub = {0};
			if (*name)
				text_addf(&sub, "%s.%lld", name, (long long)i);
			else
				text_addf(&sub, "arr_%lld", (long long)i);
			s = flatten(list ? v.list->items[i] : v.tuple->items[i], text_str(&sub), out, err, depth + 1);
			text_free(&sub);
		}
		return s;
	case TAG_DICT:
		for (DictEntry *e; s == STATUS_OK && (e = dict_next(v.dict, &pos));) {
			Text sub = {0};
			text_addf(&sub, "%s%s", name, *name ? "." : "");
			ivalue_print(&sub, e->key);
			s = flatten(e->value, text_str(&sub), out, err, depth + 1);
			text_free(&sub);
		}
		return s;
	case TAG_TENSOR: t = tensor_ref(v.tensor); break;
	case TAG_INT: s = tensor_scalar_i64(DT_I64, v.i, &t, err); break;
	case TAG_BOOL: s = tensor_scalar_i64(DT_BOOL, v.i, &t, err); break;
	case TAG_FLOAT: s = tensor_scalar_f64(DT_F64, v.f, &t, err); break;
	default: {
		Text what = {0};
		ivalue_repr(&what, v);
		s = fail(err, STATUS_ARGUMENT, "%s is %s: such a file holds tensors and numbers only", *name ? name : "the result",
			text_str(&what));
		text_free(&what);
	}
	}
	if (s == STATUS_OK)
		s = dict_set_take(out, iv_cstr(*name ? name : "arr_0"), iv_take_tensor(t), err);
	return s;
}

wick_status wick_value_save(wick_context *cx, const wick_value *v, const char *path)
{
	Call c;
	call_begin(&c, cx);
	Status s;
	bool npz = has_suffix(path, ".npz");
	if (has_suffix(path, ".npy") && v->v.tag == TAG_TENSOR) {
		s = npy_save_file(path, v->v.tensor, &cx->err);
	} else if (has_suffix(path, ".npy")) {
		s = fail(&cx->err, STATUS_ARGUMENT, "%s: a .npy file holds one tensor; save other results as .npz", path);
	} else if (npz || has_suffix(path, ".safetensors")) {
		IValue flat = iv_take_dict(dict_new(&type_str, &type_tensor));
		s = flatten(v->v, "", flat.dict, &cx->err, 0);
		if (s == STATUS_OK)
			s = npz ? npz_save_file(path, flat, &cx->err) : safetensors_save_file(path, flat, &cx->err);
		ivalue_unref(&flat);
	} else if (has_suffix(path, ".pt") || has_suffix(path, ".pth")) {
		s = torchsave_save_file(path, v->v, v->ordered, &cx->err);
	} else {
		s = fail(&cx->err, STATUS_ARGUMENT, "%s: values are saved as .pt or .pth (any), .safetensors or .npz (tensors by "
			"name), or .npy (one tensor)", path);
	}
	return call_end(&c, s);
}

bool wick_file_is_archive(const char *path)
{
	return file_is_archive(path);
}
