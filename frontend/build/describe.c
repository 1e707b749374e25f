// SPDX-License-Identifier: BSD-3-Clause
// Types of values and signatures of functions as text, in the words that annotations use.
#include "frontend/build/frame.h"
#include "frontend/build/prompt.h"
#include "frontend/build/types.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 20, ITEMS_MAX = 1000 };

// The text of an expression as it was written, on one line.
static void expr_text(const Expr *e, Text *out)
{
	bool blank = false;
	for (uint32_t i = e->at.begin; e->at.src && i < e->at.end && i < e->at.src->size; i++) {
		char c = e->at.src->text[i];
		if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
			blank = true;
			continue;
		}
		if (blank)
			text_addc(out, ' ');
		blank = false;
		text_addc(out, c);
	}
}

void function_signature(const PyFunction *f, bool bound, Text *out)
{
	const ParamList *p = f->params;
	bool keywords = false;
	int first = bound && p->n && (p->items[0].kind == PARAM_PLAIN || p->items[0].kind == PARAM_POSONLY) ? 1 : 0;
	text_addc(out, '(');
	for (int i = first; i < p->n; i++) {
		const Param *a = &p->items[i];
		if (i > first)
			text_add(out, ", ");
		if (a->kind == PARAM_KWONLY && !keywords)
			text_add(out, "*, ");
		keywords = keywords || a->kind == PARAM_KWONLY || a->kind == PARAM_VARARGS;
		text_addf(out, "%s%s", a->kind == PARAM_VARARGS ? "*" : a->kind == PARAM_KWARGS ? "**" : "", a->name);
		if (a->type) {
			text_add(out, ": ");
			expr_text(a->type, out);
		}
		if (a->def) {
			text_add(out, a->type ? " = " : "=");
			expr_text(a->def, out);
		}
		if (a->kind == PARAM_POSONLY && (i + 1 == p->n || p->items[i + 1].kind != PARAM_POSONLY))
			text_add(out, ", /");
	}
	text_addc(out, ')');
	if (f->def && f->def->ret) {
		text_add(out, " -> ");
		expr_text(f->def->ret, out);
	}
}

static Status type_text(Build *b, IValue v, int depth, Text *out);

// The type that all items share, "Optional[…]" where some are None, "Any" where they differ.
static Status common_text(Build *b, const IValue *items, int64_t n, int64_t stride, int depth, Text *out)
{
	Text common = {0}, one = {0};
	bool none = false, any = false;
	Status st = STATUS_OK;
	for (int64_t i = 0; i < n && i < ITEMS_MAX && !any && st == STATUS_OK; i++) {
		IValue v = *(const IValue *)((const char *)items + i * stride);
		if (v.tag == TAG_NONE) {
			none = true;
			continue;
		}
		one.size = 0;
		st = type_text(b, v, depth + 1, &one);
		if (!common.size)
			text_addn(&common, text_str(&one), one.size);
		any = common.size != one.size || memcmp(text_str(&common), text_str(&one), one.size);
	}
	if (any)
		text_add(out, "Any");
	else if (none && common.size)
		text_addf(out, "Optional[%s]", text_str(&common));
	else
		text_add(out, common.size ? text_str(&common) : "None");
	text_free(&common);
	text_free(&one);
	return st;
}

static Status container_text(Build *b, IValue v, int depth, Text *out)
{
	Status st = STATUS_OK;
	if (v.tag == TAG_TUPLE) {
		text_add(out, "Tuple[");
		for (int64_t i = 0; i < v.tuple->n && st == STATUS_OK; i++) {
			text_add(out, i ? ", " : "");
			st = type_text(b, v.tuple->items[i], depth + 1, out);
		}
		text_add(out, v.tuple->n ? "]" : "()]");
		return st;
	}
	if (v.tag == TAG_LIST) {
		if (!v.list->n) {
			text_add(out, "list");
			return STATUS_OK;
		}
		text_add(out, "List[");
		st = common_text(b, v.list->items, v.list->n, sizeof(IValue), depth, out);
		text_addc(out, ']');
		return st;
	}
	const DictObj *d = v.tag == TAG_DICT ? v.dict : PY_AS(PySet, v)->items;
	bool set = v.tag != TAG_DICT;
	if (!d || !d->n) {
		text_add(out, set ? "set" : "dict");
		return STATUS_OK;
	}
	IValue *keys = xcalloc((size_t)d->n, sizeof *keys), *values = xcalloc((size_t)d->n, sizeof *values);
	int64_t pos = 0, n = 0;
	for (DictEntry *e; (e = dict_next(d, &pos)) && n < d->n; n++) {
		keys[n] = e->key;
		values[n] = e->value;
	}
	text_add(out, set ? "Set[" : "Dict[");
	st = common_text(b, keys, n, sizeof(IValue), depth, out);
	if (!set && st == STATUS_OK) {
		text_add(out, ", ");
		st = common_text(b, values, n, sizeof(IValue), depth, out);
	}
	text_addc(out, ']');
	free(keys);
	free(values);
	return st;
}

static void class_text(const PyClass *c, Text *out)
{
	const char *module = c->module.tag == TAG_STR ? c->module.str->s : "builtins";
	if (strcmp(module, "builtins") && strcmp(module, "__main__"))
		text_addf(out, "%s.", module);
	text_add(out, c->qualname.tag == TAG_STR ? c->qualname.str->s : c->name.str->s);
}

static Status type_text(Build *b, IValue v, int depth, Text *out)
{
	if (depth > DEPTH_MAX) {
		text_add(out, "…");
		return STATUS_OK;
	}
	if (v.tag == TAG_NONE) {
		text_add(out, "None");
	} else if (v.tag == TAG_TENSOR) {
		const PyClass *c = torch_tensor_class(b, v.tensor);
		text_add(out, c ? c->name.str->s : "Tensor");
		if (depth)
			return STATUS_OK;
		text_addf(out, " %s[", dtype_name(tensor_dtype(v.tensor)));
		for (int i = 0; i < v.tensor->ndim; i++)
			text_addf(out, "%s%lld", i ? ", " : "", (long long)v.tensor->sizes[i]);
		text_addc(out, ']');
	} else if (v.tag == TAG_LIST || v.tag == TAG_TUPLE || v.tag == TAG_DICT || py_is(v, PY_SET) ||
		py_is(v, PY_FROZENSET)) {
		return container_text(b, v, depth, out);
	} else if (py_is(v, PY_FUNCTION)) {
		const PyFunction *f = PY_AS(PyFunction, v);
		text_add(out, f->name.tag == TAG_STR && strcmp(f->name.str->s, "<lambda>") ? f->name.str->s : "lambda");
		function_signature(f, false, out);
	} else if (py_is(v, PY_METHOD) && py_is(PY_AS(PyMethod, v)->fn, PY_FUNCTION)) {
		const PyFunction *f = PY_AS(PyFunction, PY_AS(PyMethod, v)->fn);
		text_add(out, f->name.str->s);
		function_signature(f, true, out);
	} else if (py_is(v, PY_CLASS)) {
		text_add(out, "Type[");
		class_text(PY_AS(PyClass, v), out);
		text_addc(out, ']');
	} else if (py_is(v, PY_MODULE)) {
		text_addf(out, "module %s", PY_AS(PyModule, v)->name.str->s);
	} else {
		const PyClass *c = py_type(b, v);
		if (!c)
			return py_raise(b, "TypeError", "a value without a class");
		class_text(c, out);
	}
	return STATUS_OK;
}

Status build_type_text(Build *b, IValue v, Text *out)
{
	return type_text(b, v, 0, out);
}
