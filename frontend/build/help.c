// SPDX-License-Identifier: BSD-3-Clause
// help(): signatures and docstrings of what is written in Python, and for operators the registry's schemas.  exit() and
// quit() stand here too: names that Python has at its prompt.
#include "frontend/build/frame.h"
#include "frontend/build/prompt.h"
#include "frontend/build/types.h"
#include "interp/interp.h"
#include "ir/op.h"

#include <stdlib.h>
#include <string.h>

enum { LIST_WIDTH = 78 };

// ---- docstrings

// The text without the indentation that its lines share, each line behind `indent` blanks.
static void doc_text(const char *doc, int indent, Text *out)
{
	size_t shared = SIZE_MAX;
	const char *line = strchr(doc, '\n');
	while (line) { // the first line does not count
		line++;
		size_t n = strspn(line, " \t");
		if (line[n] && line[n] != '\n' && n < shared)
			shared = n;
		line = strchr(line, '\n');
	}
	doc += strspn(doc, " \t\n");
	size_t end = strlen(doc);
	while (end && strchr(" \t\n", doc[end - 1]))
		end--;
	for (size_t i = 0; i < end;) {
		size_t n = strcspn(doc + i, "\n"), skip = i ? strspn(doc + i, " \t") : 0;
		if (skip > shared)
			skip = shared;
		if (n > end - i)
			n = end - i;
		if (n > skip) {
			text_fill(out, ' ', (size_t)indent);
			text_addn(out, doc + i + skip, n - skip);
		}
		text_addc(out, '\n');
		i += n + 1;
	}
}

static const char *text_of(const IValue *v)
{
	return v && v->tag == TAG_STR ? v->str->s : NULL;
}

static const char *function_doc(const PyFunction *f)
{
	return f->def ? f->def->doc : NULL;
}

// ---- operators

// The registry's name of what a path of the torch namespace calls: "torch.linalg.norm" → "aten::linalg_norm".
static bool op_of_path(const char *path, Text *out)
{
	static const struct { const char *before, *op; } places[] = {
		{"torch.ops.", NULL}, {"torch.Tensor.", "aten::"}, {"torch.nn.functional.", "aten::"}, {"torch._C._nn.", "aten::"},
		{"torch.linalg.", "aten::linalg_"}, {"torch.fft.", "aten::fft_"}, {"torch.special.", "aten::special_"},
		{"torch._VF.", "aten::"}, {"torch.", "aten::"}, {"builtins.", "aten::"}, {"math.", "aten::"},
	};
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		size_t n = strlen(places[i].before);
		if (strncmp(path, places[i].before, n))
			continue;
		const char *rest = path + n, *dot = strchr(rest, '.');
		out->size = 0;
		if (places[i].op)
			text_addf(out, "%s%s", places[i].op, rest);
		else if (dot)
			text_addf(out, "%.*s::%s", (int)(dot - rest), rest, dot + 1);
		if (op_name_exists(text_str(out)))
			return true;
	}
	return false;
}

static void schemas_text(const char *name, Text *out)
{
	const Op *const *ops;
	int n = op_overloads(name, &ops);
	const char *canonical = op_canonical_name(name);
	frontend_introduce_library();
	text_addf(out, "%s of %s%s%s:\n", n == 1 ? "Schema" : "Schemas", name, canonical != name && strcmp(canonical, name) ?
		", another name of " : "", canonical != name && strcmp(canonical, name) ? canonical : "");
	for (int i = 0; i < n; i++)
		text_addf(out, "    %s%s\n", ops[i]->text, ops[i]->form == OP_COMPOSITE || op_is_runnable(ops[i]) ? "" :
			"    (known, but does not run)");
}

// ---- what is written in Python

static void function_text(Build *b, const PyFunction *f, bool bound, Text *out)
{
	(void)b;
	const char *module = f->globals ? f->globals->name.str->s : "__main__";
	text_addf(out, "%s", f->owner && f->qualname.tag == TAG_STR ? f->qualname.str->s : f->name.str->s);
	function_signature(f, bound, out);
	text_addc(out, '\n');
	const char *doc = function_doc(f);
	if (doc) {
		text_addc(out, '\n');
		doc_text(doc, 4, out);
	}
	Text path = {0}, op = {0};
	text_addf(&path, "%s.%s", module, f->name.str->s);
	if (!strncmp(module, "torch", 5) && (module[5] == '.' || !module[5]) && op_of_path(text_str(&path), &op)) {
		text_addc(out, '\n');
		schemas_text(text_str(&op), out);
	}
	text_free(&path);
	text_free(&op);
}

static void names_text(const DictObj *d, Text *out)
{
	size_t column = 0;
	int64_t pos = 0;
	for (DictEntry *e; d && (e = dict_next(d, &pos));) {
		const char *name = e->key.tag == TAG_STR ? e->key.str->s : "_";
		if (*name == '_' || py_is(e->value, PY_MODULE))
			continue;
		size_t n = strlen(name);
		if (column && column + n + 2 > LIST_WIDTH) {
			text_addc(out, '\n');
			column = 0;
		}
		text_addf(out, column ? "  %s" : "    %s", name);
		column += n + 2 + (column ? 0 : 2);
	}
	if (column)
		text_addc(out, '\n');
}

static void class_methods_text(const PyClass *c, Text *out)
{
	int64_t pos = 0;
	bool any = false;
	for (DictEntry *e; c->ns && (e = dict_next(c->ns, &pos));) {
		IValue v = e->value;
		bool wrapped = py_is(v, PY_STATICMETHOD) || py_is(v, PY_CLASSMETHOD);
		if (wrapped)
			v = PY_AS(PyWrapped, v)->fn;
		if (e->key.tag != TAG_STR || e->key.str->s[0] == '_' || !py_is(v, PY_FUNCTION))
			continue;
		text_addf(out, "%s    %s", any ? "" : "\nMethods:\n", e->key.str->s);
		any = true;
		function_signature(PY_AS(PyFunction, v), !py_is(e->value, PY_STATICMETHOD), out);
		text_addc(out, '\n');
		const char *doc = function_doc(PY_AS(PyFunction, v));
		if (doc) {
			doc += strspn(doc, " \t\n");
			text_addf(out, "        %.*s\n", (int)strcspn(doc, "\n"), doc);
		}
	}
}

static void class_help(Build *b, const PyClass *c, Text *out)
{
	const char *module = text_of(&c->module);
	text_addf(out, "class %s", c->name.str->s);
	for (int i = 0; i < c->nbases; i++)
		text_addf(out, "%s%s", i ? ", " : "(", c->bases[i]->name.str->s);
	text_add(out, c->nbases ? ")" : "");
	if (module && strcmp(module, "__main__"))
		text_addf(out, " of %s", module);
	text_addc(out, '\n');
	const char *doc = c->def ? c->def->doc : NULL;
	if (doc) {
		text_addc(out, '\n');
		doc_text(doc, 4, out);
	}
	IValue *init = py_class_lookup(c, py_intern(b, "__init__"), NULL);
	if (init && py_is(*init, PY_FUNCTION)) {
		text_addf(out, "\n%s", c->name.str->s);
		function_signature(PY_AS(PyFunction, *init), true, out);
		text_addc(out, '\n');
		if (function_doc(PY_AS(PyFunction, *init)))
			doc_text(function_doc(PY_AS(PyFunction, *init)), 4, out);
	}
	class_methods_text(c, out);
}

static void module_help(Build *b, const PyModule *m, Text *out)
{
	text_addf(out, "module %s%s\n", m->name.str->s, m->is_absent ? ", which does not exist here" : "");
	IValue *doc = m->ns ? dict_find(m->ns, py_name(b, "__doc__")) : NULL;
	if (text_of(doc)) {
		text_addc(out, '\n');
		doc_text(text_of(doc), 4, out);
	}
	text_addc(out, '\n');
	names_text(m->ns, out);
}

static Status name_help(Build *b, const char *name, Text *out)
{
	Text op = {0}, path = {0};
	text_addf(&path, "torch.%s", name);
	bool known = op_name_exists(name) || op_of_path(name, &op) || op_of_path(text_str(&path), &op);
	if (known)
		schemas_text(op.size ? text_str(&op) : name, out);
	text_free(&op);
	text_free(&path);
	return known ? STATUS_OK : py_raise(b, "ValueError", "no operator is called '%s'", name);
}

Status build_help_text(Build *b, IValue v, Text *out)
{
	bool bound = py_is(v, PY_METHOD);
	if (bound)
		v = PY_AS(PyMethod, v)->fn;
	if (v.tag == TAG_STR)
		return name_help(b, v.str->s, out);
	if (py_is(v, PY_FUNCTION)) {
		function_text(b, PY_AS(PyFunction, v), bound, out);
	} else if (py_is(v, PY_NATIVE)) {
		const PyNative *n = PY_AS(PyNative, v);
		Text op = {0};
		text_addf(out, "%s, built in\n", n->path);
		if (op_of_path(n->path, &op)) {
			text_addc(out, '\n');
			schemas_text(text_str(&op), out);
		}
		text_free(&op);
	} else if (py_is(v, PY_MODULE)) {
		module_help(b, PY_AS(PyModule, v), out);
	} else {
		const PyClass *c = py_is(v, PY_CLASS) ? PY_AS(PyClass, v) : py_type(b, v);
		if (!py_is(v, PY_CLASS))
			text_addf(out, "An instance of\n");
		class_help(b, c, out);
	}
	return STATUS_OK;
}

// ---- names of the prompt

static Status builtin_help(Build *b, const PyArgs *a, IValue *out)
{
	IValue v;
	TRY(args_parse(b, a, "help", "object:o? /", &v));
	Text t = {0};
	Status st = STATUS_OK;
	if (v.tag == TAG_UNINIT)
		text_add(&t, "help(x) says what x is: a function, a class, a module, or an operator by its name: "
			"help('aten::relu').\n");
	else
		st = build_help_text(b, v, &t);
	if (st == STATUS_OK)
		build_print(b, text_str(&t), t.size);
	text_free(&t);
	*out = iv_none();
	return st;
}

static Status builtin_exit(Build *b, const PyArgs *a, IValue *out)
{
	*out = iv_none();
	IValue args = py_tuple_of(b, a->pos, a->npos > 1 ? 1 : a->npos);
	return raise_with(b, "SystemExit", args);
}

void build_add_prompt_names(Build *b)
{
	static const struct { const char *name, *path; NativeFn fn; } names[] = {
		{"help", "builtins.help", builtin_help}, {"exit", "builtins.exit", builtin_exit},
		{"quit", "builtins.quit", builtin_exit},
	};
	for (size_t i = 0; b->builtins && i < sizeof names / sizeof *names; i++)
		(void)dict_set_take(b->builtins, ivalue_ref(py_name(b, names[i].name)),
			py_native(b, names[i].path, names[i].fn, NULL), NULL);
}
