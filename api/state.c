// SPDX-License-Identifier: BSD-3-Clause
// The state of a model as a dict of tensors, both ways: state_dict() and load_state_dict().
#include "api/handles.h"

#include <string.h>

#include "interp/interp.h"

wick_status wick_model_state_dict(wick_context *cx, const wick_model *model, wick_value **out)
{
	Call c;
	IValue v;
	call_begin(&c, cx);
	Status s = model_state_dict(model->model, &v, &cx->err);
	*out = s == STATUS_OK ? value_box(v) : NULL;
	if (*out)
		(*out)->ordered = true;
	return call_end(&c, s);
}

// What does not fit, in the order and the words of Module.load_state_dict.
typedef struct Mismatch { Text missing, unexpected, wrong; } Mismatch;

static void add_key(Text *list, const char *key)
{
	text_addf(list, "%s\"%s\"", list->size ? ", " : "", key);
}

static void add_size(Text *out, const Tensor *t)
{
	text_add(out, "torch.Size([");
	for (int i = 0; i < t->ndim; i++)
		text_addf(out, "%s%lld", i ? ", " : "", (long long)t->sizes[i]);
	text_add(out, "])");
}

// Files of PyTorch before 0.4 hold one element where 0-d tensors belong.
static bool is_old_scalar(const Tensor *param, const Tensor *given)
{
	return param->ndim == 0 && given->ndim == 1 && given->numel == 1;
}

static const char *class_of(IValue v)
{
	switch (v.tag) {
	case TAG_NONE: return "NoneType";
	case TAG_BOOL: return "bool";
	case TAG_INT: return "int";
	case TAG_FLOAT: return "float";
	case TAG_COMPLEX: return "complex";
	case TAG_STR: return "str";
	case TAG_LIST: return "list";
	case TAG_TUPLE: return "tuple";
	case TAG_DICT: return "dict";
	case TAG_DEVICE: return "torch.device";
	case TAG_TENSOR: return "torch.Tensor";
	default: return "object";
	}
}

static void compare_entry(Mismatch *m, const char *key, const Tensor *param, IValue given)
{
	if (given.tag != TAG_TENSOR) {
		text_addf(&m->wrong, "\n\tWhile copying the parameter named \"%s\", expected torch.Tensor or Tensor-like object from "
			"checkpoint but received <class '%s'>", key, class_of(given));
		return;
	}
	if (sizes_equal(param, given.tensor) || is_old_scalar(param, given.tensor))
		return;
	text_addf(&m->wrong, "\n\tsize mismatch for %s: copying a param with shape ", key);
	add_size(&m->wrong, given.tensor);
	text_add(&m->wrong, " from checkpoint, the shape in current model is ");
	add_size(&m->wrong, param);
	text_addc(&m->wrong, '.');
}

static Status compare_state(const DictObj *own, const DictObj *given, bool strict, const char *cls, Error *err)
{
	Mismatch m = {0};
	int64_t pos = 0;
	for (DictEntry *e; (e = dict_next(own, &pos));) {
		const IValue *v = dict_find(given, e->key);
		if (v)
			compare_entry(&m, e->key.str->s, e->value.tensor, *v);
		else if (strict)
			add_key(&m.missing, e->key.str->s);
	}
	pos = 0;
	for (DictEntry *e; strict && (e = dict_next(given, &pos));) {
		Text key = {0};
		ivalue_print(&key, e->key);
		if (!dict_find(own, e->key))
			add_key(&m.unexpected, text_str(&key));
		text_free(&key);
	}
	Text all = {0};
	if (m.missing.size)
		text_addf(&all, "\n\tMissing key(s) in state_dict: %s. ", m.missing.data);
	if (m.unexpected.size)
		text_addf(&all, "\n\tUnexpected key(s) in state_dict: %s. ", m.unexpected.data);
	text_add(&all, text_str(&m.wrong));
	Status s = all.size ? fail(err, STATUS_RUNTIME, "Error(s) in loading state_dict for %s:%s", cls, all.data) : STATUS_OK;
	text_free(&m.missing);
	text_free(&m.unexpected);
	text_free(&m.wrong);
	text_free(&all);
	return s;
}

static Status copy_entry(Exec *x, const Op *copy, IValue param, IValue given)
{
	IValue args[3] = {param, given, iv_bool(false)}, ret = iv_none();
	IValue scalar = iv_none();
	if (is_old_scalar(param.tensor, given.tensor))
		args[1] = scalar = iv_take_tensor(tensor_view(given.tensor, NULL, NULL, 0, given.tensor->offset));
	Status s = op_call(x, copy, args, 3, &ret);
	ivalue_unref(&ret);
	ivalue_unref(&scalar);
	return s;
}

wick_status wick_model_load_state(wick_context *cx, wick_model *model, const wick_value *state, bool strict)
{
	Call c;
	IValue own = iv_none();
	call_begin(&c, cx);
	if (state->v.tag != TAG_DICT)
		return call_end(&c, fail(&cx->err, STATUS_TYPE, "Expected state_dict to be dict-like, got <class '%s'>.",
			class_of(state->v)));
	Status s = model_state_dict(model->model, &own, &cx->err);
	if (s == STATUS_OK) {
		const char *cls = wick_model_class(model), *dot = strrchr(cls, '.');
		s = compare_state(own.dict, state->v.dict, strict, dot ? dot + 1 : cls, &cx->err);
	}
	const Op *copy = op_find("aten::copy_", "");
	int64_t pos = 0;
	for (DictEntry *e; s == STATUS_OK && (e = dict_next(own.dict, &pos));) {
		const IValue *v = dict_find(state->v.dict, e->key);
		if (v)
			s = copy_entry(&c.exec, copy, e->value, *v);
	}
	ivalue_unref(&own);
	return call_end(&c, s);
}
