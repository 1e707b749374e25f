// SPDX-License-Identifier: BSD-3-Clause
// Names and Python objects as the lowering sees them.
//
// What stands behind a name decides, not what it is called: torch.relu, an alias of it and relu imported from torch are
// one native with one path, and the path is looked up where the plain frontend looks up dotted names.
#include "frontend/script/script.h"

#include "frontend/build/frame.h"

#include <string.h>

// ---- looking up

static bool closure_find(const PyScope *scope, const IValue *cells, int ncells, const StrObj *name, IValue *out)
{
	for (int i = 0; scope && i < scope->nfree && i < ncells; i++)
		if (scope->cell_names[scope->ncells + i] == name && py_is(cells[i], PY_CELL)) {
			*out = PY_AS(PyCell, cells[i])->value;
			return out->tag != TAG_UNINIT;
		}
	return false;
}

bool env_find(const ScriptEnv *e, const char *name, IValue *out)
{
	const StrObj *sym = py_intern(e->s->b, name);
	if (closure_find(e->scope, e->cells, e->ncells, sym, out))
		return true;
	if (e->cls && e->cls->def && closure_find(e->cls->def->scope, e->cls->cells, e->cls->ncells, sym, out))
		return true;
	IValue *v = dict_get(e->s->b, e->globals->ns, name);
	if (!v)
		v = dict_get(e->s->b, e->s->b->builtins, name);
	if (v)
		*out = *v;
	else if (e->cls && !strcmp(py_text(e->cls->name), name)) // its decorators run before it has its name
		*out = py_value((void *)e->cls);
	else
		return false;
	return true;
}

// An attribute of an object as annotations and calls name them: of modules and classes.
static bool object_attribute(ScriptStage *s, IValue v, const char *name, IValue *out)
{
	bool found = false;
	if (!py_is(v, PY_MODULE) && !py_is(v, PY_CLASS) && !py_is(v, PY_INSTANCE))
		return false;
	if (py_getattr_opt(s->b, v, py_intern(s->b, name), out, &found) != STATUS_OK) {
		py_discard(s->b);
		return false;
	}
	return found;
}

bool env_resolve(const ScriptEnv *e, const Expr *x, IValue *out)
{
	if (x->kind == EX_NAME) {
		// A class's own body comes first; a method of that name is not what an annotation means.
		IValue *in_class = e->cls ? dict_get(e->s->b, e->cls->ns, x->name) : NULL;
		IValue v;
		if (in_class && !py_is(*in_class, PY_CLASS) && !py_is(*in_class, PY_TYPEFORM))
			in_class = NULL;
		if (!in_class && !env_find(e, x->name, &v))
			return false;
		*out = ivalue_ref(in_class ? *in_class : v);
		return true;
	}
	IValue of;
	if (x->kind != EX_ATTR || !env_resolve(e, x->a, &of))
		return false;
	bool found = object_attribute(e->s, of, x->name, out);
	ivalue_unref(&of);
	return found;
}

// ---- classes

const char *class_path(ScriptStage *s, const PyClass *c)
{
	const char *module = py_text(c->module);
	return arena_printf(&s->arena, "%s.%s", *module ? module : "builtins", py_text(c->qualname));
}

const PyClass *class_named(const PyClass *c, const char *module, const char *name)
{
	for (int i = 0; i < c->nmro; i++)
		if (!strcmp(py_text(c->mro[i]->name), name) && !strcmp(py_text(c->mro[i]->module), module))
			return c->mro[i];
	return NULL;
}

bool class_is_module(const PyClass *c)
{
	return class_named(c, "torch.nn.modules.module", "Module") != NULL;
}

// ---- objects to sugar

static bool is_ntuple(const PyFunction *f, const char *name, Sugar *out)
{
	static const char *const names[] = {"_single", "_pair", "_triple", "_quadruple"};
	if (strcmp(py_text(f->globals->name), "torch.nn.modules.utils"))
		return false;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(names[i], name))
			return form_find(DIALECT_PYTHON, name, out);
	return false;
}

// The overloads that @torch._jit_internal._overload collected, NULL if there are none.
static ListObj *overloads_of(ScriptStage *s, const PyFunction *f)
{
	IValue *module = dict_get(s->b, s->b->modules, "torch._jit_internal");
	if (!module || !py_is(*module, PY_MODULE))
		return NULL;
	IValue *table = dict_get(s->b, PY_AS(PyModule, *module)->ns, "_overloaded_fns");
	DictObj *d = table ? py_dict_of(*table) : NULL;
	if (!d)
		return NULL;
	const char *key = arena_printf(&s->arena, "%s.%s", py_text(f->globals->name), py_text(f->qualname));
	IValue *list = dict_get(s->b, d, key);
	return list && list->tag == TAG_LIST && list->list->n ? list->list : NULL;
}

static Status function_sugar(Lower *l, PyFunction *f, const char *name, Range at, Sugar *out);

static Status dispatch_sugar(Lower *l, PyFunction *f, IValue yes, IValue no, Range at, Sugar *out)
{
	*out = (Sugar){.kind = SUGAR_DISPATCH, .py = py_value(f), .n = 2};
	out->items = arena_array(&l->arena, Sugar, 2);
	TRY(script_sugar(l, yes, "", at, &out->items[0]));
	return script_sugar(l, no, "", at, &out->items[1]);
}

static Status choice_sugar(Lower *l, PyFunction *f, const ListObj *overloads, Sugar *out)
{
	ScriptStage *s = l->fe->script;
	*out = (Sugar){.kind = SUGAR_CHOICE};
	out->items = arena_array(&l->arena, Sugar, overloads->n + 1);
	for (int64_t i = 0; i < overloads->n; i++) {
		if (!py_is(overloads->items[i], PY_FUNCTION))
			continue;
		Function *fn;
		TRY(script_overload(s, f, PY_AS(PyFunction, overloads->items[i]), NULL, &fn, l->err));
		out->items[out->n++] = (Sugar){.kind = SUGAR_FUNCTION, .fn = fn};
	}
	return STATUS_OK;
}

static Status function_sugar(Lower *l, PyFunction *f, const char *name, Range at, Sugar *out)
{
	ScriptStage *s = l->fe->script;
	IValue *yes = py_function_attr(s->b, f, "_dispatch_if_true"), *no = py_function_attr(s->b, f, "_dispatch_if_false");
	if (yes && no)
		return dispatch_sugar(l, f, *yes, *no, at, out);
	if (is_ntuple(f, name, out) || is_ntuple(f, py_text(f->name), out))
		return STATUS_OK;
	if (f->globals->is_library) {
		const char *module = py_text(f->globals->name), *own = py_text(f->name);
		const char *path = arena_printf(&l->arena, "%s.%s", module, own);
		if (python_form_find(l, path, out))
			return STATUS_OK;
		// Functions of torch itself are ops, whatever their Python part does for eager code, unless that declares
		// its own overloads.
		if (overloads_of(s, f))
			return choice_sugar(l, f, overloads_of(s, f), out);
		if (!strcmp(module, "torch") || !strcmp(module, "torch.functional")) {
			TRY(lower_path(l, arena_printf(&l->arena, "torch.%s", own), at, out));
			if (out->kind != SUGAR_NAMESPACE)
				return STATUS_OK;
		}
	}
	if (f->modifier == SCRIPT_IGNORE) {
		*out = (Sugar){.kind = SUGAR_OBJECT, .py = py_value(f)};
		return STATUS_OK;
	}
	const ListObj *overloads = overloads_of(s, f);
	if (overloads)
		return choice_sugar(l, f, overloads, out);
	*out = (Sugar){.kind = SUGAR_FUNCTION};
	return script_function(s, f, &out->fn, l->err);
}

static bool nativepath_sugar(Lower *l, const char *path, Range at, Sugar *out, Status *st)
{
	*st = STATUS_OK;
	if (!strncmp(path, "builtins.", 9))
		return form_find(DIALECT_PYTHON, path + 9, out);
	if (!strncmp(path, "torch.Tensor.", 13) || !strncmp(path, "torch._C.TensorBase.", 20)) {
		char *op = arena_printf(&l->arena, "aten::%s", strrchr(path, '.') + 1);
		if (!op_name_exists(op))
			return false;
		*out = (Sugar){.kind = SUGAR_OP, .name = op};
		return true;
	}
	if (!strchr(path, '.'))
		return false;
	*st = lower_path(l, path, at, out);
	return *st == STATUS_OK && out->kind != SUGAR_NAMESPACE;
}

static Status class_sugar(Lower *l, PyClass *c, Range at, Sugar *out)
{
	ScriptStage *s = l->fe->script;
	Status st;
	const char *path = class_path(s, c);
	*out = (Sugar){.kind = SUGAR_OBJECT, .py = py_value(c)};
	if (!strcmp(path, "collections.OrderedDict")) // every dict keeps its order
		path = "builtins.dict";
	if (c->is_native || c->globals == NULL || c->globals->is_library) {
		Sugar known;
		if (nativepath_sugar(l, path, at, &known, &st)) {
			*out = known;
			return STATUS_OK;
		}
		TRY(st);
		if (c->is_native && !c->is_exception)
			return STATUS_OK;
	}
	if (c->is_exception) {
		*out = (Sugar){.kind = SUGAR_EXCEPTION, .name = arena_strdup(&l->arena, path)};
		return STATUS_OK;
	}
	if (class_is_module(c))
		return STATUS_OK;
	out->kind = SUGAR_TYPE;
	return script_class(s, c, &out->type, l->err);
}

static Status tuple_sugar(Lower *l, const IValue *items, int64_t n, Range at, Sugar *out)
{
	*out = (Sugar){.kind = SUGAR_TUPLE, .n = (int)n};
	if (n > LOWER_MAX_UNROLL)
		return fail_at(l->err, STATUS_LIMIT, at, "the tuple has more than %d elements", LOWER_MAX_UNROLL);
	out->items = arena_array(&l->arena, Sugar, n + 1);
	bool plain = true;
	for (int64_t i = 0; i < n; i++) {
		TRY(script_sugar(l, items[i], "", at, &out->items[i]));
		plain &= out->items[i].kind == SUGAR_VALUE;
	}
	if (plain)
		*out = sugar_of(sugar_value(l, *out, at));
	return !plain || out->value ? STATUS_OK : lower_failed(l);
}

// Enum members are constants; so is what derives from int, str or tuple.
static Status instance_sugar(Lower *l, IValue v, Range at, Sugar *out)
{
	ScriptStage *s = l->fe->script;
	PyInstance *i = PY_AS(PyInstance, v);
	*out = (Sugar){.kind = SUGAR_OBJECT, .py = v};
	if (i->cls->is_enum) {
		const Type *t;
		IValue c;
		TRY(script_class(s, i->cls, &t, l->err));
		TRY(script_convert(s, v, t, &c, l->err));
		*out = sugar_of(emit_constant(l, c, t, at));
		return STATUS_OK;
	}
	IValue payload = py_unwrap(v);
	if (payload.tag != TAG_HOST && payload.tag != TAG_TENSOR && payload.tag != TAG_LIST && payload.tag != TAG_DICT)
		return script_sugar(l, payload, "", at, out);
	return STATUS_OK;
}

Status script_sugar(Lower *l, IValue v, const char *name, Range at, Sugar *out)
{
	Status st;
	*out = (Sugar){.kind = SUGAR_OBJECT, .py = v};
	switch ((Tag)v.tag) {
	case TAG_NONE:
		*out = sugar_of(emit_none(l, at));
		return STATUS_OK;
	case TAG_BOOL:
		*out = sugar_of(emit_bool(l, v.i != 0, at));
		return STATUS_OK;
	case TAG_INT:
		*out = sugar_of(emit_int(l, v.i, at));
		return STATUS_OK;
	case TAG_FLOAT:
		*out = sugar_of(emit_constant(l, v, &type_float, at));
		return STATUS_OK;
	case TAG_COMPLEX:
		*out = sugar_of(emit_constant(l, ivalue_ref(v), &type_complex, at));
		return STATUS_OK;
	case TAG_STR:
		*out = sugar_of(emit_constant(l, ivalue_ref(v), &type_str, at));
		return STATUS_OK;
	case TAG_DEVICE:
		*out = sugar_of(emit_constant(l, v, &type_device, at));
		return STATUS_OK;
	case TAG_ENUM:
		*out = sugar_of(emit_constant(l, ivalue_ref(v), v.enm->type, at));
		return STATUS_OK;
	case TAG_TUPLE:
		return tuple_sugar(l, v.tuple->items, v.tuple->n, at, out);
	case TAG_HOST:
		break;
	default:
		return STATUS_OK;
	}
	switch (py_obj(v)->kind) {
	case PY_SYMBOL:
		*out = sugar_of(emit_int(l, PY_AS(PySymbol, v)->code, at));
		return STATUS_OK;
	case PY_FUNCTION:
		return function_sugar(l, PY_AS(PyFunction, v), name, at, out);
	case PY_NATIVE: {
		Sugar known;
		if (nativepath_sugar(l, PY_AS(PyNative, v)->path, at, &known, &st))
			*out = known;
		return st;
	}
	case PY_CLASS:
		return class_sugar(l, PY_AS(PyClass, v), at, out);
	case PY_INSTANCE:
		return instance_sugar(l, v, at, out);
	case PY_STATICMETHOD:
		return script_sugar(l, PY_AS(PyWrapped, v)->fn, name, at, out);
	default:
		return STATUS_OK;
	}
}

Status script_name(Lower *l, const char *name, Range at, bool *found, Sugar *out)
{
	IValue v;
	*found = env_find(l->file->env, name, &v);
	return *found ? script_sugar(l, v, name, at, out) : STATUS_OK;
}

// ---- attributes of objects

static Status module_member(Lower *l, PyModule *m, const char *name, Range at, Sugar *out)
{
	ScriptStage *s = l->fe->script;
	const char *module = py_text(m->name);
	if (m->is_absent)
		return fail_at(l->err, STATUS_COMPILE, at, "%s", m->missing_why ? m->missing_why
			: arena_printf(&l->arena, "No module named '%s'", module));
	IValue v;
	if (object_attribute(s, py_value(m), name, &v)) {
		script_hold(s, v);
		Status st = script_sugar(l, v, name, at, out);
		ivalue_unref(&v);
		return st;
	}
	if (m->is_library) { // an op that eager code has no name for
		TRY(lower_path(l, arena_printf(&l->arena, "%s.%s", module, name), at, out));
		if (out->kind != SUGAR_NAMESPACE || !strncmp(module, "torch.ops", 9) || !strcmp(name, "ops"))
			return STATUS_OK;
	}
	return fail_at(l->err, STATUS_COMPILE, at, "module '%s' has no attribute '%s'", module, name);
}

static Status class_member(Lower *l, PyClass *c, const char *name, Range at, Sugar *out)
{
	ScriptStage *s = l->fe->script;
	IValue *v = py_class_lookup(c, py_intern(s->b, name), NULL);
	if (!v && (!strcmp(name, "__name__") || !strcmp(name, "__qualname__"))) {
		IValue text = name[2] == 'n' ? c->name : c->qualname;
		return script_sugar(l, text, "", at, out);
	}
	if (!v)
		return fail_at(l->err, STATUS_COMPILE, at, "type object '%s' has no attribute '%s'", py_text(c->name), name);
	script_hold(s, *v);
	if (py_is(*v, PY_FUNCTION)) {
		*out = (Sugar){.kind = SUGAR_UNBOUND, .py = *v};
		return STATUS_OK;
	}
	return script_sugar(l, *v, name, at, out);
}

Status script_attribute(Lower *l, Sugar s, const char *name, Range at, Sugar *out)
{
	if (s.kind == SUGAR_SUPER)
		return super_attribute(l, s, name, at, out);
	if (py_is(s.py, PY_MODULE))
		return module_member(l, PY_AS(PyModule, s.py), name, at, out);
	if (py_is(s.py, PY_CLASS))
		return class_member(l, PY_AS(PyClass, s.py), name, at, out);
	IValue v;
	if (object_attribute(l->fe->script, s.py, name, &v)) { // a constant of an instance
		script_hold(l->fe->script, v);
		Status st = script_sugar(l, v, name, at, out);
		ivalue_unref(&v);
		return st;
	}
	return script_not_value(l, s, at);
}

Status script_not_value(Lower *l, Sugar s, Range at)
{
	ScriptStage *k = l->fe->script;
	switch (s.kind) {
	case SUGAR_CHOICE:
		return fail_at(l->err, STATUS_COMPILE, at, "an overloaded function cannot be used as a value");
	case SUGAR_SUPER:
		return fail_at(l->err, STATUS_COMPILE, at, "super() cannot be used as a value");
	case SUGAR_MEMBERS:
		return fail_at(l->err, STATUS_COMPILE, at, "method '%s' cannot be used as a value. Perhaps it is a call "
			"that lacks its parentheses", s.name);
	default:
		break;
	}
	if (py_is(s.py, PY_MODULE))
		return fail_at(l->err, STATUS_COMPILE, at, "module '%s' cannot be used as a value",
			py_text(PY_AS(PyModule, s.py)->name));
	return fail_at(l->err, STATUS_COMPILE, at, "python value of type '%s' cannot be used as a value. Perhaps it is a "
		"closed over global variable? If so, please consider passing it in as an argument or use a local varible "
		"instead.", py_type_name(k->b, s.py));
}
