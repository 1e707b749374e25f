// SPDX-License-Identifier: BSD-3-Clause
// Concrete types of modules, and the objects of them.
//
// A module instance is described first: its attributes with types, its constants with values, its submodules' types, its
// functions and hooks, in PyTorch's order.  Instances of one class with equal descriptions share one ClassType; the
// object of an instance is that type's slots filled from it.
#include "frontend/script/script.h"

#include <stdlib.h>
#include <string.h>

// Attributes of every module that only Python code uses.
static bool is_private(const char *name)
{
	static const char *const names[] = {
		"_version", "_parameters", "_buffers", "_non_persistent_buffers_set", "_backward_hooks", "_backward_pre_hooks",
		"_forward_hooks", "_forward_hooks_with_kwargs", "_forward_pre_hooks", "_forward_pre_hooks_with_kwargs",
		"_forward_hooks_always_called", "_state_dict_hooks", "_state_dict_pre_hooks", "_load_state_dict_pre_hooks",
		"_load_state_dict_post_hooks", "_modules", "_initializing", "dump_patches",
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(names[i], name))
			return true;
	return !strncmp(name, "__", 2);
}

// ---- annotations of a module's class

// PyTorch takes those of the first class, in depth-first order of bases, that has any.
static const PyClass *annotated_class(const PyClass *c, int depth)
{
	if (depth > 100)
		return NULL;
	for (int i = 0; c->def && i < c->def->body.n; i++)
		if (c->def->body.items[i]->kind == ST_ANNASSIGN)
			return c;
	for (int i = 0; i < c->nbases; i++) {
		const PyClass *found = annotated_class(c->bases[i], depth + 1);
		if (found)
			return found;
	}
	return NULL;
}

static const Expr *annotation_of(const PyClass *c, const char *name)
{
	for (int i = 0; c && i < c->def->body.n; i++) {
		const Stmt *s = c->def->body.items[i];
		if (s->kind == ST_ANNASSIGN && s->targets.items[0]->kind == EX_NAME &&
			!strcmp(s->targets.items[0]->name, name))
			return s->type;
	}
	return NULL;
}

// ---- describing

typedef struct Describe {
	ScriptStage *s;
	PyInstance *m;
	ModuleType *t;
	const PyClass *annotated;
	const char *path;          // "Net.layer1.0"
	Error *err;
	Map added;
	TupleObj *ignored;         // __jit_ignored_attributes__, or NULL
} Describe;

static Member *add_member(Describe *d, MemberList *l, const char *name)
{
	ARENA_PUSH(&d->s->arena, l->items, l->n, l->cap, (Member){.name = arena_strdup(&d->s->arena, name)});
	return &l->items[l->n - 1];
}

static bool in_names(IValue names, const char *name)
{
	names = py_unwrap(names);
	int64_t n = names.tag == TAG_LIST ? names.list->n : names.tag == TAG_TUPLE ? names.tuple->n : 0;
	const IValue *items = names.tag == TAG_LIST ? names.list->items : names.tag == TAG_TUPLE ? names.tuple->items : NULL;
	for (int64_t i = 0; i < n; i++)
		if (!strcmp(py_text(items[i]), name))
			return true;
	return false;
}

static bool is_ignored(Describe *d, const char *name)
{
	IValue *v = py_class_lookup(d->m->cls, py_intern(d->s->b, "__jit_ignored_attributes__"), NULL);
	return v && in_names(*v, name);
}

// The type of attribute `name`: by annotation, else from its value; NULL with the reason.
// torch.jit.Attribute(value, type): an attribute that says its type.
static PyInstance *typed_attribute(IValue v)
{
	PyInstance *i = py_is(v, PY_INSTANCE) ? PY_AS(PyInstance, v) : NULL;
	return i && class_named(i->cls, "torch.jit", "Attribute") ? i : NULL;
}

static void attribute_type(Describe *d, const char *name, IValue v, const Type **out, bool *inferred, Text *why)
{
	PyInstance *typed = typed_attribute(v);
	IValue *said = typed ? py_attr_slot(d->s->b, typed, "type") : NULL;
	if (said) {
		Error err = ERROR_INIT;
		*inferred = false;
		*out = NULL;
		if (script_type_of_object(d->s, script_file(d->s, (PyObj *)&d->m->cls->o), *said, (Range){0}, out, &err) != STATUS_OK)
			text_add(why, err.message ? err.message : "");
		error_clear(&err);
		return;
	}
	const Expr *e = annotation_of(d->annotated, name);
	IValue *given = e ? NULL : py_class_lookup(d->m->cls, py_intern(d->s->b, "__annotations__"), NULL);
	DictObj *set = given ? py_dict_of(*given) : NULL; // __annotations__ = {…} in the class's body
	IValue *form = set ? dict_get(d->s->b, set, name) : NULL;
	Error unknown = ERROR_INIT;
	*inferred = !e && !form;
	*out = NULL;
	if (form && script_type_of_object(d->s, script_file(d->s, (PyObj *)&d->m->cls->o), *form, (Range){0}, out,
		&unknown) == STATUS_OK)
		return;
	if (e && strcmp(name, "forward") && type_from_expr(d->s->fe, script_file(d->s, (PyObj *)&d->annotated->o), e, out,
		&unknown) == STATUS_OK)
		return;
	*out = script_infer(d->s, v, why); // also where the annotation is no type of the language: Optional[nn.Module] = None
	if (!*out && unknown.message) {
		text_free(why);
		text_add(why, unknown.message);
	}
	error_clear(&unknown);
}

static DictObj *table(Describe *d, const char *name)
{
	IValue *v = py_attr_slot(d->s->b, d->m, name);
	return v ? py_dict_of(*v) : NULL;
}

static Status describe_tensors(Describe *d, const char *which, bool parameter)
{
	DictObj *t = table(d, which);
	int64_t pos = 0;
	for (DictEntry *e; t && (e = dict_next(t, &pos));) {
		const char *name = py_text(e->key);
		if (is_ignored(d, name))
			continue;
		const Type *type;
		bool inferred;
		Text why = {0};
		attribute_type(d, name, e->value, &type, &inferred, &why);
		text_free(&why);
		if (!type)
			return fail(d->err, STATUS_RUNTIME, "'%s' has an uninitialized parameter '%s'. Did you forget to run a "
				"forward pass?", class_path(d->s, d->m->cls), name);
		Member *m = add_member(d, &d->t->attrs, name);
		m->type = type;
		m->is_parameter = parameter;
		m->is_buffer = !parameter;
		map_set(&d->added, name, d);
	}
	return STATUS_OK;
}

static Status describe_modules(Describe *d, MemberList *modules)
{
	DictObj *t = table(d, "_modules");
	int64_t pos = 0;
	for (DictEntry *e; t && (e = dict_next(t, &pos));) {
		const char *name = py_text(e->key);
		if (is_ignored(d, name))
			continue;
		const Expr *ann = annotation_of(d->annotated, name);
		const Type *type = NULL;
		if (iv_is_none(e->value)) { // a NoneType attribute, unless annotated
			bool inferred;
			Text why = {0};
			attribute_type(d, name, e->value, &type, &inferred, &why);
			text_free(&why);
			add_member(d, &d->t->attrs, name)->type = type;
			map_set(&d->added, name, d);
			continue;
		}
		if (ann) { // an interface decides what is compiled
			Error unknown = ERROR_INIT;
			Status st = type_from_expr(d->s->fe, script_file(d->s, (PyObj *)&d->annotated->o), ann, &type, &unknown);
			error_clear(&unknown);
			if (st != STATUS_OK || type->kind != TYPE_INTERFACE)
				type = NULL;
		}
		if (!type && e->value.tag == TAG_OBJECT) {
			type = e->value.object->type;
		} else if (!type) {
			if (!py_is(e->value, PY_INSTANCE))
				return fail(d->err, STATUS_RUNTIME, "submodule '%s' is no module", name);
			ModuleType *sub;
			const char *path = arena_printf(&d->s->arena, "%s.%s", d->path, name);
			TRY(module_type_of(d->s, PY_AS(PyInstance, e->value), path, &sub, d->err));
			type = sub->type;
		}
		Member *m = add_member(d, modules, name);
		m->type = type;
		m->is_module = true;
		map_set(&d->added, name, d);
	}
	return STATUS_OK;
}

static Status add_constant(Describe *d, const char *name)
{
	if (map_has(&d->added, name))
		return STATUS_OK;
	IValue *own = py_attr_slot(d->s->b, d->m, name);
	IValue *v = own ? own : py_class_lookup(d->m->cls, py_intern(d->s->b, name), NULL);
	if (!v || py_is(*v, PY_PROPERTY))
		return STATUS_OK;
	IValue c;
	const Type *type;
	Error why = ERROR_INIT;
	Status st = script_constant_of(d->s, *v, &c, &type, &why);
	error_clear(&why);
	if (st != STATUS_OK)
		return fail(d->err, STATUS_TYPE, "'%s' object in attribute '%s.%s' is not a valid constant.\nValid constants "
			"are:\n1. a nn.ModuleList\n2. a value of type {bool, float, int, str, NoneType, torch.device, torch.layout, "
			"torch.dtype, torch.qscheme}\n3. a list or tuple of (2)\n", py_type_name(d->s->b, *v),
			py_text(d->m->cls->name), name);
	Member *m = add_member(d, &d->t->constants, name);
	m->type = type;
	m->value = c;
	script_hold(d->s, c);
	ivalue_unref(&c);
	map_set(&d->added, name, d);
	return STATUS_OK;
}

static Status describe_constants(Describe *d)
{
	IValue *names = py_class_lookup(d->m->cls, py_intern(d->s->b, "__constants__"), NULL);
	IValue v = names ? py_unwrap(*names) : iv_none();
	int64_t n = v.tag == TAG_LIST ? v.list->n : v.tag == TAG_TUPLE ? v.tuple->n : 0;
	for (int64_t i = 0; i < n; i++)
		TRY(add_constant(d, py_text(v.tag == TAG_LIST ? v.list->items[i] : v.tuple->items[i])));
	const PyClass *c = d->annotated;
	CodeFile *file = c ? script_file(d->s, (PyObj *)&c->o) : NULL;
	for (int i = 0; c && i < c->def->body.n; i++) {
		const Stmt *s = c->def->body.items[i];
		const Expr *inner;
		if (s->kind == ST_ANNASSIGN && s->targets.items[0]->kind == EX_NAME &&
			annotation_is_final(file, s->type, &inner))
			TRY(add_constant(d, s->targets.items[0]->name));
	}
	return STATUS_OK;
}

static bool is_function(IValue v)
{
	return py_is(v, PY_FUNCTION) || py_is(v, PY_NATIVE);
}

static void describe_attribute(Describe *d, const char *name, IValue v)
{
	// self.step = self.fast_step
	bool own = py_is(v, PY_METHOD) && py_obj(PY_AS(PyMethod, v)->self) == &d->m->o &&
		py_is(PY_AS(PyMethod, v)->fn, PY_FUNCTION);
	if (own || is_function(v)) {
		Member *m = add_member(d, &d->t->functions, name);
		m->value = own ? PY_AS(PyMethod, v)->fn : v;
		m->is_method = own;
		script_hold(d->s, m->value);
		return;
	}
	const Type *type;
	bool inferred;
	Text why = {0};
	attribute_type(d, name, v, &type, &inferred, &why);
	if (type) {
		add_member(d, &d->t->attrs, name)->type = type;
	} else {
		Text t = {0};
		const PyClass *c = py_type(d->s->b, v);
		const char *path = c ? class_path(d->s, c) : py_type_name(d->s->b, v);
		text_addf(&t, "(This attribute exists on the Python module, but we failed to convert Python type: '%s' to a "
			"TorchScript type. %s. %s)", strncmp(path, "builtins.", 9) ? path : path + 9, text_str(&why),
			inferred ? "Its type was inferred; try adding a type annotation for the attribute." : "");
		add_member(d, &d->t->failed, name)->why = arena_strdup(&d->s->arena, text_str(&t));
		text_free(&t);
	}
	text_free(&why);
}

static void describe_attributes(Describe *d)
{
	int64_t pos = 0;
	for (DictEntry *e; d->m->attrs && (e = dict_next(d->m->attrs, &pos));) {
		const char *name = py_text(e->key);
		if (!is_private(name) && !is_ignored(d, name) && !map_has(&d->added, name))
			describe_attribute(d, name, e->value);
	}
}

static Status describe_hooks(Describe *d, const char *which, PyFunction ***list, int *n, int *cap)
{
	DictObj *t = table(d, which);
	int64_t pos = 0;
	for (DictEntry *e; t && (e = dict_next(t, &pos));) {
		if (!py_is(e->value, PY_FUNCTION))
			return fail(d->err, STATUS_COMPILE, "a hook of '%s' is no function that can be compiled: '%s'", d->path,
				py_type_name(d->s->b, e->value));
		script_hold(d->s, e->value);
		ARENA_PUSH(&d->s->arena, *list, *n, *cap, PY_AS(PyFunction, e->value));
	}
	return STATUS_OK;
}

static Status describe(Describe *d)
{
	ModuleType *t = d->t;
	MemberList modules = {0};
	if (!py_attr_slot(d->s->b, d->m, "_parameters"))
		return fail(d->err, STATUS_RUNTIME, "'%s' has not been initialized, did you forget to call 'super()'?",
			class_path(d->s, d->m->cls));
	t->container = class_container(d->m->cls);
	TRY(describe_tensors(d, "_parameters", true));
	TRY(describe_tensors(d, "_buffers", false));
	TRY(describe_modules(d, &modules));
	TRY(describe_constants(d));
	describe_attributes(d);
	TRY(describe_hooks(d, "_forward_pre_hooks", &t->pre_hooks, &t->npre_hooks, &t->cap_pre_hooks));
	TRY(describe_hooks(d, "_forward_hooks", &t->hooks, &t->nhooks, &t->cap_hooks));
	for (int i = 0; i < modules.n; i++)
		*add_member(d, &t->attrs, modules.items[i].name) = modules.items[i];
	return STATUS_OK;
}

// ---- sharing

static bool same_value(IValue a, IValue b)
{
	if (a.tag != b.tag)
		return false;
	switch ((Tag)a.tag) {
	case TAG_FLOAT: return !memcmp(&a.f, &b.f, sizeof a.f);
	case TAG_STR: return a.str->n == b.str->n && !memcmp(a.str->s, b.str->s, (size_t)a.str->n);
	case TAG_COMPLEX: return a.complex_->re == b.complex_->re && a.complex_->im == b.complex_->im;
	case TAG_TUPLE:
		if (a.tuple->n != b.tuple->n)
			return false;
		for (int64_t i = 0; i < a.tuple->n; i++)
			if (!same_value(a.tuple->items[i], b.tuple->items[i]))
				return false;
		return true;
	case TAG_ENUM: return a.enm->type == b.enm->type && a.enm->member == b.enm->member;
	default: return a.i == b.i;
	}
}

static bool same_members(const MemberList *a, const MemberList *b)
{
	if (a->n != b->n)
		return false;
	for (int i = 0; i < a->n; i++) {
		const Member *x = &a->items[i], *y = &b->items[i];
		if (strcmp(x->name, y->name) || x->is_parameter != y->is_parameter || x->is_buffer != y->is_buffer ||
			x->is_module != y->is_module || x->is_method != y->is_method || !x->type != !y->type ||
			(x->type && !type_equal(x->type, y->type)) ||
			!same_value(x->value, y->value) || (x->why && strcmp(x->why, y->why)))
			return false;
	}
	return true;
}

static bool same_functions(PyFunction *const *a, int n, PyFunction *const *b, int m)
{
	if (n != m)
		return false;
	for (int i = 0; i < n; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

static bool same_type(const ModuleType *a, const ModuleType *b)
{
	return a->cls == b->cls && same_members(&a->attrs, &b->attrs) && same_members(&a->constants, &b->constants) &&
		same_members(&a->functions, &b->functions) && same_members(&a->failed, &b->failed) &&
		same_functions(a->hooks, a->nhooks, b->hooks, b->nhooks) &&
		same_functions(a->pre_hooks, a->npre_hooks, b->pre_hooks, b->npre_hooks);
}

static void make_type(ScriptStage *s, ModuleType *m)
{
	const Type *t = m->type = type_class(s->unit->pool, script_qualified(s, m->cls->module, m->cls->name));
	ClassType *c = t->cls;
	Arena *a = type_pool_arena(s->unit->pool);
	c->is_module = true;
	for (int i = 0; i < m->attrs.n; i++) {
		const Member *x = &m->attrs.items[i];
		class_add_attr(t, (Attribute){.name = x->name, .type = x->type, .is_parameter = x->is_parameter,
			.is_buffer = x->is_buffer});
	}
	for (int i = 0; i < m->constants.n; i++) {
		const Member *x = &m->constants.items[i];
		IValue *v = xmalloc(sizeof *v);
		*v = ivalue_ref(x->value);
		ARENA_PUSH(a, c->constants, c->nconstants, c->cap_constants,
			(ClassConstant){arena_strdup(a, x->name), x->type, (struct IValue *)v});
	}
	c->complete = true;
	script_hold(s, py_value(m->cls));
	map_set(&s->modules, c->name, m);
}

static Status at_path(Status st, const char *path, Error *err)
{
	if (st != STATUS_OK)
		script_add_path(err, path, NULL);
	return st;
}

Status module_type_of(ScriptStage *s, PyInstance *m, const char *path, ModuleType **out, Error *err)
{
	*out = object_get(&s->described, m);
	if (*out)
		return STATUS_OK;
	TRY(lower_enter(s->fe, err, (Range){0}));
	ModuleType *t = arena_new(&s->arena, ModuleType);
	t->cls = m->cls;
	Describe d = {.s = s, .m = m, .t = t, .annotated = annotated_class(m->cls, 0), .path = path, .err = err};
	Status st = class_is_module(m->cls) ? describe(&d)
		: fail(err, STATUS_RUNTIME, "'%s' is no torch.nn.Module", class_path(s, m->cls));
	map_free(&d.added);
	lower_leave(s->fe);
	if (st != STATUS_OK)
		return at_path(st, path, err);
	for (int i = 0; i < s->modules.n; i++) {
		ModuleType *known = s->modules.entries[i].value;
		if (same_type(known, t)) {
			*out = known;
			break;
		}
	}
	if (!*out) {
		make_type(s, t);
		*out = t;
	}
	map_setn(&s->described, (const char *)&m, sizeof m, *out);
	return STATUS_OK;
}

// ---- objects

static IValue *slot_value(ScriptStage *s, PyInstance *m, const char *name)
{
	static const char *const tables[] = {"_parameters", "_buffers", "_modules"};
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		IValue *t = py_attr_slot(s->b, m, tables[i]);
		IValue *v = t ? dict_get(s->b, py_dict_of(*t), name) : NULL;
		if (v)
			return v;
	}
	return py_attr_slot(s->b, m, name);
}

static Status fill_slot(ScriptStage *s, PyInstance *m, const Member *x, const char *path, IValue *slot, Error *err)
{
	IValue *v = slot_value(s, m, x->name);
	if (!v)
		return fail(err, STATUS_RUNTIME, "'%s' has no attribute '%s'", path, x->name);
	if (x->is_module && py_is(*v, PY_INSTANCE)) {
		Object *o;
		const char *sub = arena_printf(&s->arena, "%s.%s", path, x->name);
		TRY(module_object(s, PY_AS(PyInstance, *v), sub, &o, err));
		*slot = iv_take_object(o);
		return x->type->kind == TYPE_INTERFACE ? module_compile_interface(s, o->type, x->type, sub, err) : STATUS_OK;
	}
	if (x->is_module) {
		*slot = ivalue_ref(*v);
		return STATUS_OK;
	}
	PyInstance *typed = typed_attribute(*v);
	IValue *held = typed ? py_attr_slot(s->b, typed, "value") : NULL;
	Error why = ERROR_INIT;
	Status st = script_convert(s, held ? *held : *v, x->type, slot, &why);
	if (st != STATUS_OK) {
		char *t = type_str_repr(x->type);
		st = fail(err, STATUS_RUNTIME, "Could not cast attribute '%s' to type %s: %s", x->name, t,
			why.message ? why.message : "");
		free(t);
	}
	error_clear(&why);
	return st;
}

static Status fill(ScriptStage *s, PyInstance *m, ModuleType *t, const char *path, Object *o, Error *err)
{
	for (int i = 0; i < t->attrs.n; i++)
		TRY(fill_slot(s, m, &t->attrs.items[i], path, &o->slots[i], err));
	return module_compile(s, t, path, err);
}

Status module_object(ScriptStage *s, PyInstance *m, const char *path, Object **out, Error *err)
{
	*out = object_get(&s->made, m);
	if (*out) {
		ivalue_ref((IValue){.object = *out, .tag = TAG_OBJECT});
		return STATUS_OK;
	}
	ModuleType *t;
	TRY(module_type_of(s, m, path, &t, err));
	TRY(lower_enter(s->fe, err, (Range){0}));
	Object *o = object_new(t->type);
	Status st = fill(s, m, t, path, o, err);
	lower_leave(s->fe);
	if (st != STATUS_OK) {
		IValue v = iv_take_object(o);
		ivalue_unref(&v);
		return at_path(st, path, err);
	}
	map_setn(&s->made, (const char *)&m, sizeof m, o);
	*out = o;
	return STATUS_OK;
}
