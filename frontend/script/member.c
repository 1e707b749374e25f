// SPDX-License-Identifier: BSD-3-Clause
// Modules while lowering: their methods, attributes that only the Python object has, super(), calls with hooks.
#include "frontend/script/script.h"

#include "interp/interp.h"

#include <stdlib.h>
#include <string.h>

const Member *member_find(const MemberList *l, const char *name)
{
	for (int i = 0; i < l->n; i++)
		if (!strcmp(l->items[i].name, name))
			return &l->items[i];
	return NULL;
}

// ---- the methods that compilation starts from

static ListObj *method_overloads(ScriptStage *s, const PyFunction *f)
{
	IValue *module = dict_get(s->b, s->b->modules, "torch._jit_internal");
	IValue *table = module && py_is(*module, PY_MODULE)
		? dict_get(s->b, PY_AS(PyModule, *module)->ns, "_overloaded_methods") : NULL;
	DictObj *d = table ? py_dict_of(*table) : NULL;
	if (!d)
		return NULL;
	const char *key = arena_printf(&s->arena, "%s.%s", py_text(f->globals->name), py_text(f->qualname));
	IValue *list = dict_get(s->b, d, key);
	return list && list->tag == TAG_LIST && list->list->n ? list->list : NULL;
}

static bool is_unimplemented(const PyFunction *f) // Module.forward itself
{
	return f->globals->is_library && !strcmp(py_text(f->globals->name), "torch.nn.modules.module");
}

typedef struct Starts { Function **items; int n, cap; } Starts;

static Status start_overloads(ScriptStage *s, ModuleType *m, PyFunction *f, const ListObj *list, Starts *out,
	Error *err)
{
	for (int64_t i = 0; i < list->n; i++) {
		Function *fn;
		if (!py_is(list->items[i], PY_FUNCTION))
			continue;
		TRY(script_overload(s, f, PY_AS(PyFunction, list->items[i]), m->type, &fn, err));
		ARENA_PUSH(&s->arena, out->items, out->n, out->cap, fn);
	}
	return STATUS_OK;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_entry(const PyFunction *f)
{
	return f->modifier == SCRIPT_EXPORT || f->modifier == SCRIPT_METHOD;
}

// Names along the MRO that stand for a function with that modifier (or a property), sorted as dir() has them.
static const char **names_of(ScriptStage *s, const PyClass *c, bool properties, int *n)
{
	const char **names = NULL;
	int cap = 0;
	Map seen = {0};
	*n = 0;
	for (int i = 0; i < c->nmro; i++) {
		int64_t pos = 0;
		for (DictEntry *e; c->mro[i]->ns && (e = dict_next(c->mro[i]->ns, &pos));) {
			const char *name = py_text(e->key);
			if (map_has(&seen, name))
				continue;
			map_set(&seen, name, s);
			if (properties ? py_is(e->value, PY_PROPERTY)
				: py_is(e->value, PY_FUNCTION) && is_entry(PY_AS(PyFunction, e->value)))
				ARENA_PUSH(&s->arena, names, *n, cap, name);
		}
	}
	map_free(&seen);
	if (*n)
		qsort(names, (size_t)*n, sizeof *names, by_name);
	return names;
}

static bool is_unused_property(ScriptStage *s, const PyClass *c, const char *name)
{
	static const char *const lists[] = {"__jit_unused_properties__", "__jit_ignored_attributes__"};
	for (int k = 0; k < 2; k++) {
		IValue *v = py_class_lookup(c, py_intern(s->b, lists[k]), NULL);
		IValue l = v ? py_unwrap(*v) : iv_none();
		int64_t n = l.tag == TAG_LIST ? l.list->n : l.tag == TAG_TUPLE ? l.tuple->n : 0;
		for (int64_t i = 0; i < n; i++)
			if (!strcmp(py_text(l.tag == TAG_LIST ? l.list->items[i] : l.tuple->items[i]), name))
				return true;
	}
	return false;
}

static void start_properties(ScriptStage *s, ModuleType *m, Starts *out)
{
	int n;
	const char **names = names_of(s, m->cls, true, &n);
	for (int i = 0; i < n; i++) {
		IValue *v = py_class_lookup(m->cls, py_intern(s->b, names[i]), NULL);
		PyProperty *p = PY_AS(PyProperty, *v);
		const IValue parts[2] = {p->get, p->set};
		if (is_unused_property(s, m->cls, names[i]))
			continue;
		for (int k = 0; k < 2; k++) {
			if (!py_is(parts[k], PY_FUNCTION))
				continue;
			PyFunction *f = PY_AS(PyFunction, parts[k]);
			if (f->modifier == SCRIPT_IGNORE || f->modifier == SCRIPT_UNUSED || f->globals->is_library)
				continue;
			const char *name = arena_printf(&s->arena, "__%s_%s", names[i], k ? "setter" : "getter");
			ARENA_PUSH(&s->arena, out->items, out->n, out->cap, script_method(s, m->type, name, f));
		}
	}
}

static void start_hooks(ScriptStage *s, ModuleType *m, PyFunction *const *list, int n, const char ***names, int *count,
	Starts *out)
{
	Arena *a = type_pool_arena(s->unit->pool);
	*names = arena_array(a, const char *, n + 1);
	*count = n;
	for (int i = 0; i < n; i++) {
		Function *f = script_method(s, m->type, py_text(list[i]->name), list[i]);
		(*names)[i] = arena_strdup(a, f->short_name);
		ARENA_PUSH(&s->arena, out->items, out->n, out->cap, f);
	}
}

static Status start_methods(ScriptStage *s, ModuleType *m, Starts *out, Error *err)
{
	IValue *v = py_class_lookup(m->cls, py_intern(s->b, "forward"), NULL);
	PyFunction *f = v && py_is(*v, PY_FUNCTION) ? PY_AS(PyFunction, *v) : NULL;
	if (f && (is_unimplemented(f) || f->modifier == SCRIPT_IGNORE || f->modifier == SCRIPT_UNUSED))
		f = NULL;
	const ListObj *overloads = f ? method_overloads(s, f) : NULL;
	if (overloads)
		TRY(start_overloads(s, m, f, overloads, out, err));
	else if (f)
		ARENA_PUSH(&s->arena, out->items, out->n, out->cap, script_method(s, m->type, "forward", f));
	int n;
	const char **names = names_of(s, m->cls, false, &n);
	for (int i = 0; i < n; i++) {
		if (!strcmp(names[i], "forward"))
			continue;
		f = PY_AS(PyFunction, *py_class_lookup(m->cls, py_intern(s->b, names[i]), NULL));
		ARENA_PUSH(&s->arena, out->items, out->n, out->cap, script_method(s, m->type, names[i], f));
	}
	start_properties(s, m, out);
	ClassType *c = m->type->cls;
	start_hooks(s, m, m->hooks, m->nhooks, &c->hooks, &c->nhooks, out);
	start_hooks(s, m, m->pre_hooks, m->npre_hooks, &c->pre_hooks, &c->npre_hooks, out);
	return STATUS_OK;
}

static Status compile_all(const Starts *starts, const char *path, Error *err)
{
	for (int i = 0; i < starts->n; i++) {
		Status st = function_ensure(starts->items[i], err);
		if (st != STATUS_OK) {
			err->is_compile = true;
			script_add_path(err, path, starts->items[i]->short_name);
			return st;
		}
	}
	return STATUS_OK;
}

Status module_compile(ScriptStage *s, ModuleType *m, const char *path, Error *err)
{
	if (m->compiled)
		return STATUS_OK;
	m->compiled = 1;
	Starts starts = {0};
	Status st = start_methods(s, m, &starts, err);
	if (st == STATUS_OK)
		st = compile_all(&starts, path, err);
	if (st == STATUS_OK)
		st = container_methods(s, m, err);
	m->compiled = st == STATUS_OK ? 2 : 0;
	return st;
}

Status module_compile_interface(ScriptStage *s, const Type *t, const Type *interface, const char *path, Error *err)
{
	ModuleType *m = script_module_of(s, t);
	Starts starts = {0};
	for (int i = 0; m && i < interface->cls->nmethods; i++) {
		const char *name = class_method_name(interface->cls, i);
		IValue *v = py_class_lookup(m->cls, py_intern(s->b, name), NULL);
		if (v && py_is(*v, PY_FUNCTION))
			ARENA_PUSH(&s->arena, starts.items, starts.n, starts.cap,
				script_method(s, t, name, PY_AS(PyFunction, *v)));
	}
	return compile_all(&starts, path, err);
}

// ---- attributes

static bool is_library_method(const PyFunction *f)
{
	return f->globals->is_library && !strncmp(py_text(f->globals->name), "torch.nn.modules.", 17);
}

// What stands in a class: a method of self, a static one, a property, a constant.
static Status class_attribute(Lower *l, Value *self, const PyClass *c, IValue v, const char *name, Range at, bool *found,
	Sugar *out)
{
	ScriptStage *s = l->fe->script;
	*found = true;
	script_hold(s, v);
	if (py_is(v, PY_FUNCTION)) {
		PyFunction *f = PY_AS(PyFunction, v);
		const ListObj *overloads = method_overloads(s, f);
		if (f->modifier == SCRIPT_IGNORE) {
			*out = (Sugar){.kind = SUGAR_OBJECT, .py = v, .value = self};
			return STATUS_OK;
		}
		if (!overloads) {
			*out = (Sugar){.kind = SUGAR_METHOD, .value = self, .fn = script_method(s, self->type, name, f)};
			return STATUS_OK;
		}
		*out = (Sugar){.kind = SUGAR_CHOICE, .items = arena_array(&l->arena, Sugar, overloads->n + 1)};
		for (int64_t i = 0; i < overloads->n; i++) {
			Function *fn;
			if (!py_is(overloads->items[i], PY_FUNCTION))
				continue;
			TRY(script_overload(s, f, PY_AS(PyFunction, overloads->items[i]), self->type, &fn, l->err));
			out->items[out->n++] = (Sugar){.kind = SUGAR_METHOD, .value = self, .fn = fn};
		}
		return STATUS_OK;
	}
	if (py_is(v, PY_STATICMETHOD))
		return script_sugar(l, PY_AS(PyWrapped, v)->fn, name, at, out);
	if (py_is(v, PY_PROPERTY) && py_is(PY_AS(PyProperty, v)->get, PY_FUNCTION)) {
		const char *getter = arena_printf(&l->arena, "__%s_getter", name);
		Function *f = script_method(s, self->type, getter, PY_AS(PyFunction, PY_AS(PyProperty, v)->get));
		return call_sugar(l, (Sugar){.kind = SUGAR_METHOD, .value = self, .fn = f}, NULL, 0, NULL, 0, at, out);
	}
	if (py_is(v, PY_CLASSMETHOD))
		return fail_at(l->err, STATUS_COMPILE, at, "'%s' is a class method of '%s', which cannot be compiled", name,
			py_text(c->name));
	return script_sugar(l, v, name, at, out);
}

Status script_module_attribute(Lower *l, Value *self, const char *name, Range at, bool *found, Sugar *out)
{
	ScriptStage *s = l->fe->script;
	ModuleType *m = script_module_of(s, self->type);
	if (!m) {
		*found = false;
		return STATUS_OK;
	}
	const Member *x = member_find(&m->functions, name);
	*found = true;
	if (x && x->is_method)
		return class_attribute(l, self, m->cls, x->value, py_text(PY_AS(PyFunction, x->value)->name), at, found, out);
	if (x)
		return script_sugar(l, x->value, name, at, out);
	if (!strcmp(name, "__class__")) {
		*out = (Sugar){.kind = SUGAR_OBJECT, .py = py_value(m->cls)};
		return STATUS_OK;
	}
	IValue *v = py_class_lookup(m->cls, py_intern(s->b, name), NULL);
	if (v && py_is(*v, PY_FUNCTION) && is_library_method(PY_AS(PyFunction, *v)) && container_walks(name)) {
		*out = (Sugar){.kind = SUGAR_MEMBERS, .value = self, .name = arena_strdup(&l->arena, name)};
		return STATUS_OK;
	}
	if (v)
		return class_attribute(l, self, m->cls, *v, name, at, found, out);
	x = member_find(&m->failed, name);
	const char *dot = strrchr(self->type->cls->name, '.');
	return fail_at(l->err, STATUS_COMPILE, at, "Module '%s' has no attribute '%s' %s",
		dot ? dot + 1 : self->type->cls->name, name, x ? x->why : "");
}

bool script_has_attribute(Lower *l, const Type *t, const char *name)
{
	ScriptStage *s = l->fe->script;
	ModuleType *m = script_module_of(s, t);
	return m && (member_find(&m->functions, name) || py_class_lookup(m->cls, py_intern(s->b, name), NULL));
}

// ---- super

static const PyClass *class_of_type(ScriptStage *s, const Type *t)
{
	ModuleType *m = script_module_of(s, t);
	return m ? m->cls : t->kind == TYPE_CLASS ? map_get(&s->classes, t->cls->name) : NULL;
}

Status super_attribute(Lower *l, Sugar s, const char *name, Range at, Sugar *out)
{
	ScriptStage *k = l->fe->script;
	const PyClass *c = class_of_type(k, s.value->type), *from = PY_AS(PyClass, s.py);
	int i = 0;
	while (c && i < c->nmro && c->mro[i] != from)
		i++;
	for (i++; c && i < c->nmro; i++) {
		IValue *v = dict_get(k->b, c->mro[i]->ns, name);
		bool found;
		if (!v)
			continue;
		if (!py_is(*v, PY_NATIVE))
			return class_attribute(l, s.value, c->mro[i], *v, name, at, &found, out);
		break;
	}
	if (!strcmp(name, "__init__")) { // object's: nothing
		*out = (Sugar){.kind = SUGAR_MEMBERS, .value = s.value, .name = "__init__"};
		return STATUS_OK;
	}
	return fail_at(l->err, STATUS_COMPILE, at, "'super' object has no attribute '%s'", name);
}

static Status super_call(Lower *l, const Expr *e, Sugar *out)
{
	const PyFunction *f = l->site ? l->site->py : NULL;
	*out = (Sugar){.kind = SUGAR_SUPER};
	if (e->list.n == 2) {
		IValue c;
		if (!env_resolve(l->file->env, e->list.items[0], &c) || !py_is(c, PY_CLASS))
			return fail_at(l->err, STATUS_COMPILE, e->at, "super() argument 1 must be a class");
		script_hold(l->fe->script, c);
		out->py = c;
		ivalue_unref(&c);
		out->value = lower_value(l, e->list.items[1], NULL);
		return out->value ? STATUS_OK : lower_failed(l);
	}
	if (e->list.n || !f || !f->owner || !f->params->n)
		return fail_at(l->err, STATUS_COMPILE, e->at, "super(): no arguments");
	Binding *b = scope_find(l, f->params->items[0].name);
	if (!b || b->s.kind != SUGAR_VALUE)
		return fail_at(l->err, STATUS_COMPILE, e->at, "super(): no arguments");
	out->value = b->s.value;
	out->py = py_value(f->owner);
	return STATUS_OK;
}

Status script_call_early(Lower *l, Sugar f, const Expr *e, bool *found, Sugar *out)
{
	*found = f.kind == SUGAR_OBJECT && py_is(f.py, PY_CLASS) &&
		!strcmp(class_path(l->fe->script, PY_AS(PyClass, f.py)), "builtins.super");
	return *found ? super_call(l, e, out) : STATUS_OK;
}

// ---- calls

// Does the overload take these arguments?
static Status fits(Lower *l, Sugar f, const NamedValue *args, int nargs, const NamedValue *kw, int nkw, bool convert,
	Range at, bool *out)
{
	TRY(function_declare(f.fn, l->err));
	NamedValue *all = arena_array(&l->arena, NamedValue, nargs + 1);
	int n = 0;
	if (f.kind == SUGAR_METHOD)
		all[n++] = (NamedValue){NULL, f.value, at};
	memcpy(all + n, args, sizeof *args * (size_t)nargs);
	// Matching adds nodes when it succeeds; they go to a block that is thrown away.
	Node *holder = node_new(l->g, NODE_FORK, at);
	block_append(l->block, holder);
	Match m;
	*out = match_schema(node_add_block(holder), f.fn->schema, at, NULL, all, n + nargs, kw, nkw, convert, &m, NULL);
	node_remove(holder);
	return STATUS_OK;
}

static Status call_choice(Lower *l, Sugar f, const NamedValue *args, int nargs, const NamedValue *kw, int nkw, Range at,
	Sugar *out)
{
	for (int convert = 0; convert < 2; convert++)
		for (int i = 0; i < f.n; i++) {
			bool ok;
			TRY(fits(l, f.items[i], args, nargs, kw, nkw, convert, at, &ok));
			if (ok)
				return call_sugar(l, f.items[i], args, nargs, kw, nkw, at, out);
		}
	Text t = {0};
	text_add(&t, "Arguments for call are not valid.\nThe following variants are available:\n");
	for (int i = 0; i < f.n; i++) {
		text_add(&t, "  \n  ");
		schema_print(f.items[i].fn->schema, &t);
		text_addc(&t, '\n');
	}
	Status st = fail_at(l->err, STATUS_COMPILE, at, "%sThe original call is", text_str(&t));
	text_free(&t);
	return st;
}

static Status call_dispatch(Lower *l, Sugar f, const NamedValue *args, int nargs, const NamedValue *kw, int nkw, Range at,
	Sugar *out)
{
	ScriptStage *s = l->fe->script;
	const PyFunction *fn = PY_AS(PyFunction, f.py);
	IValue *name = py_function_attr(s->b, fn, "_dispatch_arg"), *index = py_function_attr(s->b, fn, "_dispatch_index");
	IValue *def = py_function_attr(s->b, fn, "_dispatch_default");
	const Value *flag = index && index->tag == TAG_INT && index->i < nargs ? args[index->i].value : NULL;
	for (int i = 0; name && i < nkw; i++)
		if (!strcmp(kw[i].name, py_text(*name)))
			flag = kw[i].value;
	bool yes = def && def->tag == TAG_BOOL && def->i;
	if (flag) {
		const Node *d = flag->def;
		if (!d || d->kind != NODE_CONSTANT || d->attr.value.tag != TAG_BOOL)
			return fail_at(l->err, STATUS_COMPILE, at, "the argument '%s' of '%s' must be a constant here",
				name ? py_text(*name) : "", py_text(fn->name));
		yes = d->attr.value.i != 0;
	}
	return call_sugar(l, f.items[yes ? 0 : 1], args, nargs, kw, nkw, at, out);
}

static Status call_unbound(Lower *l, Sugar f, const NamedValue *args, int nargs, const NamedValue *kw, int nkw, Range at,
	Sugar *out)
{
	PyFunction *fn = PY_AS(PyFunction, f.py);
	const Type *t = nargs ? args[0].value->type : NULL;
	const PyClass *c = t ? class_of_type(l->fe->script, t) : NULL;
	if (!c || !fn->owner || !py_subclass(c, fn->owner)) {
		Function *g; // no self: a function like any other
		TRY(script_function(l->fe->script, fn, &g, l->err));
		return call_sugar(l, (Sugar){.kind = SUGAR_FUNCTION, .fn = g}, args, nargs, kw, nkw, at, out);
	}
	Function *m = script_method(l->fe->script, t, py_text(fn->name), fn);
	return call_sugar(l, (Sugar){.kind = SUGAR_METHOD, .value = args[0].value, .fn = m}, args + 1, nargs - 1, kw, nkw, at,
		out);
}

// A function that stays Python: PyTorch runs it in the process and refuses to save it.
static Status call_ignored(Lower *l, PyFunction *f, Range at, Sugar *out)
{
	ScriptStage *s = l->fe->script;
	const char *name = py_text(f->name);
	const Type *ret = &type_tensor;
	if (f->def && f->def->ret)
		TRY(type_from_expr(l->fe, script_file(s, &f->o), f->def->ret, &ret, l->err));
	map_set(&s->ignored, l->fn->name, arena_strdup(&s->arena, name));
	TRY(lower_raise(l, emit_str(l, arena_printf(&l->arena, "Could not export Python function call '%s'. Remove calls to "
		"Python functions before export. Did you forget to add @script or @script_method annotation? If this is a "
		"nn.ModuleList, add it to __constants__", name), at), "builtins.RuntimeError", at));
	*out = sugar_of(ret->kind == TYPE_NONE ? emit_none(l, at) : emit_uninitialized(l, l->block, ret, at));
	return STATUS_OK;
}

static Status call_object(Lower *l, Sugar f, Range at, Sugar *out)
{
	ScriptStage *s = l->fe->script;
	if (py_is(f.py, PY_FUNCTION))
		return call_ignored(l, PY_AS(PyFunction, f.py), at, out);
	if (py_is(f.py, PY_CLASS))
		return fail_at(l->err, STATUS_COMPILE, at, "'%s' cannot be constructed in compiled code%s",
			py_text(PY_AS(PyClass, f.py)->name), class_is_module(PY_AS(PyClass, f.py))
			? "; make modules in __init__" : "");
	if (py_is(f.py, PY_NATIVE))
		return fail_at(l->err, STATUS_COMPILE, at, "python function '%s' cannot be called in compiled code",
			PY_AS(PyNative, f.py)->path);
	if (py_is(f.py, PY_INSTANCE) && class_is_module(PY_AS(PyInstance, f.py)->cls))
		return fail_at(l->err, STATUS_COMPILE, at, "module '%s' is not a submodule of the module that is compiled: assign "
			"it as an attribute in __init__", py_text(PY_AS(PyInstance, f.py)->cls->name));
	(void)s;
	return script_not_value(l, f, at);
}

// ---- calling a module: hooks around forward

static Value *tuple_as(Lower *l, Value *v, Range at) // a hook's result as the tuple of forward's inputs
{
	return v->type->kind == TYPE_TUPLE ? v : emit_tuple(l, &v, 1, at);
}

static Status call_hook(Lower *l, Value *self, const char *name, Value *const *args, int n, Range at, Value **out)
{
	Function *f = class_find_method(self->type->cls, name);
	NamedValue in[2] = {{NULL, args[0], at}, {NULL, n > 1 ? args[1] : NULL, at}};
	Sugar r;
	TRY(call_sugar(l, (Sugar){.kind = SUGAR_METHOD, .value = self, .fn = f}, in, n, NULL, 0, at, &r));
	*out = r.value;
	return STATUS_OK;
}

static Status call_forward(Lower *l, Value *self, const NamedValue *args, int nargs, const NamedValue *kw, int nkw,
	Range at, Sugar *out)
{
	Sugar f;
	Function *m = class_find_method(self->type->cls, "forward");
	if (m)
		f = (Sugar){.kind = SUGAR_METHOD, .value = self, .fn = m};
	else
		TRY(lower_attribute(l, sugar_of(self), "forward", NULL, at, &f));
	return call_sugar(l, f, args, nargs, kw, nkw, at, out);
}

static Status call_module(Lower *l, Value *self, const NamedValue *args, int nargs, const NamedValue *kw, int nkw,
	Range at, Sugar *out)
{
	const ClassType *c = self->type->cls;
	if (!c->npre_hooks && !c->nhooks)
		return call_forward(l, self, args, nargs, kw, nkw, at, out);
	if (nkw)
		return fail_at(l->err, STATUS_COMPILE, at, "a module with forward hooks takes no keyword arguments");
	Value **items = arena_array(&l->arena, Value *, nargs + 1);
	for (int i = 0; i < nargs; i++)
		items[i] = args[i].value;
	Value *input = emit_tuple(l, items, nargs, at);
	for (int i = 0; input && i < c->npre_hooks; i++) {
		Value *r;
		TRY(call_hook(l, self, c->pre_hooks[i], &input, 1, at, &r));
		if (r->type->kind != TYPE_NONE)
			input = tuple_as(l, r, at);
	}
	if (!input)
		return lower_failed(l);
	Sugar *parts;
	int n;
	bool is_static;
	TRY(sugar_static_items(l, sugar_of(input), &is_static, &parts, &n, at));
	NamedValue *in = arena_array(&l->arena, NamedValue, n + 1);
	for (int i = 0; i < n; i++)
		in[i] = (NamedValue){NULL, parts[i].value, at};
	TRY(call_forward(l, self, in, n, NULL, 0, at, out));
	for (int i = 0; i < c->nhooks; i++) {
		Value *both[2] = {input, sugar_value(l, *out, at)}, *r;
		if (!both[1])
			return lower_failed(l);
		TRY(call_hook(l, self, c->hooks[i], both, 2, at, &r));
		if (r->type->kind != TYPE_NONE)
			*out = sugar_of(r);
	}
	return STATUS_OK;
}

Status script_call_sugar(Lower *l, Sugar f, const NamedValue *args, int nargs, const NamedValue *kw, int nkw, Range at,
	Sugar *out)
{
	bool found;
	switch (f.kind) {
	case SUGAR_VALUE:
		return call_module(l, f.value, args, nargs, kw, nkw, at, out);
	case SUGAR_CHOICE:
		return call_choice(l, f, args, nargs, kw, nkw, at, out);
	case SUGAR_DISPATCH:
		return call_dispatch(l, f, args, nargs, kw, nkw, at, out);
	case SUGAR_UNBOUND:
		return call_unbound(l, f, args, nargs, kw, nkw, at, out);
	case SUGAR_MEMBERS:
		if (!strcmp(f.name, "__init__")) {
			*out = sugar_of(emit_none(l, at));
			return STATUS_OK;
		}
		return container_members(l, f.value, f.name, &found, out, at);
	default:
		return call_object(l, f, at, out);
	}
}

// ---- isinstance(self.layer, nn.Linear)

static bool module_class(Lower *l, const Expr *e, const PyClass **out)
{
	IValue v;
	if (!env_resolve(l->file->env, e, &v))
		return false;
	bool ok = py_is(v, PY_CLASS) && class_is_module(PY_AS(PyClass, v)) && !PY_AS(PyClass, v)->is_interface;
	*out = ok ? PY_AS(PyClass, v) : NULL;
	script_hold(l->fe->script, v);
	ivalue_unref(&v);
	return ok;
}

Status script_isinstance(Lower *l, const Expr *obj, const Expr *types, int *known)
{
	const ExprList *list = types->kind == EX_TUPLE ? &types->list : NULL;
	int n = list ? list->n : 1, nmodules = 0;
	const PyClass **classes = arena_array(&l->arena, const PyClass *, n + 1);
	*known = -1;
	for (int i = 0; i < n; i++)
		nmodules += module_class(l, list ? list->items[i] : types, &classes[i]);
	if (!nmodules)
		return STATUS_OK;
	Sugar s;
	TRY(lower_expr(l, obj, NULL, &s));
	ModuleType *m = s.kind == SUGAR_VALUE ? script_module_of(l->fe->script, s.value->type) : NULL;
	if (!m && nmodules == n)
		*known = 0;
	for (int i = 0; m && i < n; i++)
		*known = classes[i] && (*known > 0 || py_subclass(m->cls, classes[i])) ? 1 : *known > 0;
	return STATUS_OK;
}
