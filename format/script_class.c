// SPDX-License-Identifier: BSD-3-Clause
// Definitions: classes and modules, interfaces, enums, named tuples, functions.
#include "format/script.h"
#include "frontend/frontend.h"

#include <stdio.h>
#include <string.h>

Status script_signature(Script *c, const Schema *s, const char *name, const char *const *names, bool method, Text *out)
{
	const char *indent = method ? "  " : "";
	text_addf(out, "%sdef %s(", indent, name);
	for (int i = 0; i < s->nargs; i++) {
		const Arg *a = &s->args[i];
		if (i)
			text_add(out, ",\n    ");
		text_addf(out, "%s: ", names[i]);
		TRY(script_type(c, a->type, out));
		if (a->has_default) {
			text_addc(out, '=');
			TRY(script_literal(c, a->def, a->type, out));
		}
	}
	text_add(out, ") -> ");
	TRY(script_type(c, s->nrets ? s->rets[0].type : &type_none, out));
	text_add(out, ":\n");
	return STATUS_OK;
}

static Status function_text(Script *c, Function *f, const char *name, bool method, Text *out)
{
	const char *outer = c->function;
	TRY(function_ensure(f, c->err));
	if (!f->graph)
		return fail(c->err, STATUS_UNSUPPORTED, "%s has no body that could be written", f->name);
	c->function = f->name;
	TRY(script_signature(c, f->schema, name, script_parameter_names(c, f->schema), method, out));
	TRY(script_body(c, f, out, method ? 2 : 1));
	c->function = outer;
	return STATUS_OK;
}

Status script_function_text(Script *c, Function *f, Text *out)
{
	Text t = {0};
	Status st = function_text(c, f, f->short_name, false, &t);
	const char *s = text_str(&t), *self = f->self ? strstr(s, "self: ") : NULL;
	if (st == STATUS_OK && self && self - s < 200) { // what self is goes without saying
		text_addn(out, s, (size_t)(self + 4 - s));
		s = self + strcspn(self, ",)");
	}
	if (st == STATUS_OK)
		text_add(out, s);
	text_free(&t);
	return st;
}

// ---- classes

static void name_list(const char *list, const char *const *names, int n, Text *out)
{
	text_addf(out, "  %s = [", list);
	for (int i = 0; i < n; i++) {
		script_quote(names[i], strlen(names[i]), out);
		text_add(out, ", ");
	}
	text_add(out, "]\n");
}

static void attribute_list(const char *list, const ClassType *cls, bool parameters, Text *out)
{
	text_addf(out, "  %s = [", list);
	for (int i = 0; i < cls->nattrs; i++)
		if (parameters ? cls->attrs[i].is_parameter : cls->attrs[i].is_buffer) {
			script_quote(cls->attrs[i].name, strlen(cls->attrs[i].name), out);
			text_add(out, ", ");
		}
	text_add(out, "]\n");
}

static Status attributes(Script *c, const ClassType *cls, Text *out)
{
	for (int i = 0; i < cls->nattrs; i++) {
		const Attribute *a = &cls->attrs[i];
		if (script_is_identifier(a->name)) {
			text_addf(out, "  %s : ", a->name);
		} else {
			if (i == 0)
				text_add(out, "  __annotations__ = []\n");
			text_add(out, "  __annotations__[");
			script_quote(a->name, strlen(a->name), out);
			text_add(out, "] = ");
		}
		Status s = script_type(c, a->type, out);
		if (s != STATUS_OK) {
			error_prefix(c->err, "attribute '%s' of class '%s'", a->name, cls->name);
			return s;
		}
		text_addc(out, '\n');
	}
	for (int i = 0; i < cls->nconstants; i++) {
		const ClassConstant *k = &cls->constants[i];
		if (!script_is_identifier(k->name))
			continue; // nothing in the code refers to it
		text_addf(out, "  %s : Final[", k->name);
		TRY(script_type(c, k->type, out));
		text_add(out, "] = ");
		TRY(script_literal(c, *(const IValue *)k->value, k->type, out));
		text_addc(out, '\n');
	}
	return STATUS_OK;
}

static bool is_listed(const char *name, const char *const *list, int n)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(name, list[i]))
			return true;
	return false;
}

// Hooks come after the methods.
static Status methods(Script *c, const ClassType *cls, Text *out)
{
	for (int hooks = 0; hooks < 2; hooks++)
		for (int i = 0; i < cls->nmethods; i++) {
			const char *name = cls->method_names[i];
			bool hook = is_listed(name, cls->pre_hooks, cls->npre_hooks) || is_listed(name, cls->hooks, cls->nhooks);
			if (hook != (hooks == 1) || !cls->methods[i]->self)
				continue; // what has no self is a function of its own
			TRY(function_text(c, cls->methods[i], name, true, out));
		}
	return STATUS_OK;
}

static Status class_text(Script *c, const Type *t, const char *name, Text *out)
{
	const ClassType *cls = t->cls;
	text_addf(out, "class %s%s:\n", name, cls->is_module ? "(Module)" : "");
	size_t body = out->size;
	if (cls->is_module) {
		attribute_list("__parameters__", cls, true, out);
		attribute_list("__buffers__", cls, false, out);
	}
	if (cls->npre_hooks)
		name_list("__forward_pre_hooks__", cls->pre_hooks, cls->npre_hooks, out);
	if (cls->nhooks)
		name_list("__forward_hooks__", cls->hooks, cls->nhooks, out);
	TRY(attributes(c, cls, out));
	TRY(methods(c, cls, out));
	if (out->size == body)
		text_add(out, "  __parameters__ = []\n"); // the one empty body that readers take
	return STATUS_OK;
}

static Status interface_text(Script *c, const Type *t, const char *name, Text *out)
{
	const ClassType *cls = t->cls;
	text_addf(out, "class %s(%s):\n", name, cls->is_module ? "ModuleInterface" : "Interface");
	for (int i = 0; i < cls->nmethods; i++) {
		Function *f = cls->methods[i];
		TRY(frontend_declare_signature(f, c->err));
		TRY(script_signature(c, f->schema, cls->method_names[i], script_parameter_names(c, f->schema), true, out));
		text_add(out, "    pass\n");
	}
	return STATUS_OK;
}

static Status named_tuple_text(Script *c, const Type *t, const char *name, Text *out)
{
	text_addf(out, "class %s(NamedTuple):\n", name);
	for (int i = 0; i < t->n; i++) {
		text_addf(out, "  %s : ", t->fields[i]);
		TRY(script_type(c, t->elem[i], out));
		text_addc(out, '\n');
	}
	return STATUS_OK;
}

static Status enum_text(Script *c, const Type *t, const char *name, Text *out)
{
	text_addf(out, "class %s(Enum):\n", name);
	for (int i = 0; i < t->enm->nmembers; i++) {
		IValue v = *(const IValue *)t->enm->members[i].value;
		text_addf(out, "  %s = ", t->enm->members[i].name);
		if (v.tag == TAG_STR) // a literal, whatever it holds: there are no constants here
			script_quote(v.str->s, (size_t)v.str->n, out);
		else
			TRY(script_literal(c, v, t->enm->value_type, out));
		text_addc(out, '\n');
	}
	return STATUS_OK;
}

Status script_definition(Script *c, const Definition *d, Text *out)
{
	const char *name = strrchr(d->name, '.') + 1;
	if (d->fn)
		return function_text(c, d->fn, name, false, out);
	switch (d->type->kind) {
	case TYPE_CLASS:
		return class_text(c, d->type, name, out);
	case TYPE_INTERFACE:
		return interface_text(c, d->type, name, out);
	case TYPE_ENUM:
		return enum_text(c, d->type, name, out);
	default:
		return named_tuple_text(c, d->type, name, out);
	}
}
