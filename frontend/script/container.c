// SPDX-License-Identifier: BSD-3-Clause
// Containers of modules and parameters: what is in them is known while compiling, so walking over them is unrolled.
#include "frontend/script/script.h"

#include <stdlib.h>
#include <string.h>

ContainerKind class_container(const PyClass *c)
{
	static const struct { const char *name; ContainerKind kind; } table[] = {
		{"ModuleDict", CONTAINER_DICT}, {"ModuleList", CONTAINER_LIST}, {"Sequential", CONTAINER_LIST},
		{"ParameterList", CONTAINER_PARAMS}, {"ParameterDict", CONTAINER_PARAM_DICT},
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (class_named(c, "torch.nn.modules.container", table[i].name))
			return table[i].kind;
	return CONTAINER_NONE;
}

// ---- members

static bool is_member(const ModuleType *m, const Member *x)
{
	switch (m->container) {
	case CONTAINER_LIST:
	case CONTAINER_DICT:
		return x->is_module;
	case CONTAINER_PARAMS:
		return *x->name && strspn(x->name, "0123456789") == strlen(x->name);
	case CONTAINER_PARAM_DICT:
		return x->is_parameter || x->is_buffer || x->type->kind == TYPE_TENSOR;
	default:
		return x->is_module;
	}
}

static Sugar text_sugar(Lower *l, const char *s, Range at)
{
	return sugar_of(emit_str(l, s, at));
}

static Sugar pair(Lower *l, Sugar a, Sugar b)
{
	Sugar *items = arena_array(&l->arena, Sugar, 2);
	items[0] = a;
	items[1] = b;
	return (Sugar){.kind = SUGAR_TUPLE, .items = items, .n = 2};
}

typedef enum Part { PART_KEYS = 1, PART_VALUES = 2, PART_ITEMS = 3 } Part;
typedef struct Items { Sugar *items; int n, cap; } Items;

static Status push(Lower *l, Items *out, Part part, const char *name, Sugar value, Range at)
{
	if (out->n >= LOWER_MAX_UNROLL)
		return fail_at(l->err, STATUS_LIMIT, at, "more than %d members", LOWER_MAX_UNROLL);
	Sugar s = part == PART_VALUES ? value : part == PART_KEYS ? text_sugar(l, name, at)
		: pair(l, text_sugar(l, name, at), value);
	ARENA_PUSH(&l->arena, out->items, out->n, out->cap, s);
	return STATUS_OK;
}

static Status members(Lower *l, Value *self, const ModuleType *m, Part part, Items *out, Range at)
{
	for (int i = 0; i < m->attrs.n; i++) {
		const Member *x = &m->attrs.items[i];
		Sugar v = {0};
		if (!is_member(m, x))
			continue;
		if (part & PART_VALUES)
			TRY(lower_attribute(l, sugar_of(self), x->name, NULL, at, &v));
		TRY(push(l, out, part, x->name, v, at));
	}
	return STATUS_OK;
}

typedef enum Walk { WALK_MODULES, WALK_PARAMETERS, WALK_BUFFERS } Walk;

static Status walk(Lower *l, Value *self, const char *prefix, Walk what, Part part, Items *out, Range at)
{
	ModuleType *m = script_module_of(l->fe->script, self->type);
	if (!m)
		return STATUS_OK;
	if (what == WALK_MODULES)
		TRY(push(l, out, part, prefix, sugar_of(self), at));
	for (int i = 0; i < m->attrs.n; i++) {
		const Member *x = &m->attrs.items[i];
		const char *name = *prefix ? arena_printf(&l->arena, "%s.%s", prefix, x->name) : x->name;
		bool tensor = x->type->kind != TYPE_NONE &&
			((what == WALK_PARAMETERS && x->is_parameter) || (what == WALK_BUFFERS && x->is_buffer));
		Sugar v;
		if (!tensor && !x->is_module)
			continue;
		TRY(lower_attribute(l, sugar_of(self), x->name, NULL, at, &v));
		if (tensor) {
			TRY(push(l, out, part, name, v, at));
			continue;
		}
		TRY(lower_enter(l->fe, l->err, at));
		TRY(walk(l, v.value, name, what, part, out, at));
		lower_leave(l->fe);
	}
	return STATUS_OK;
}

static const struct { const char *name; Part part; int walk; } walks[] = { // walk -1: members only
	{"children", PART_VALUES, -1}, {"named_children", PART_ITEMS, -1}, {"modules", PART_VALUES, WALK_MODULES},
	{"named_modules", PART_ITEMS, WALK_MODULES}, {"buffers", PART_VALUES, WALK_BUFFERS},
	{"named_buffers", PART_ITEMS, WALK_BUFFERS}, {"parameters", PART_VALUES, WALK_PARAMETERS},
	{"named_parameters", PART_ITEMS, WALK_PARAMETERS}, {"items", PART_ITEMS, -2}, {"keys", PART_KEYS, -2},
	{"values", PART_VALUES, -2}, // -2: members of a dict
};

bool container_walks(const char *name)
{
	for (size_t i = 0; i < sizeof walks / sizeof *walks; i++)
		if (!strcmp(walks[i].name, name))
			return true;
	return false;
}

Status container_members(Lower *l, Value *self, const char *method, bool *found, Sugar *out, Range at)
{
	ModuleType *m = script_module_of(l->fe->script, self->type);
	*found = m != NULL;
	for (size_t i = 0; m && i < sizeof walks / sizeof *walks; i++) {
		if (strcmp(walks[i].name, method))
			continue;
		Items items = {0};
		if (walks[i].walk < 0) {
			ModuleType all = *m;
			if (walks[i].walk == -1)
				all.container = CONTAINER_NONE;
			TRY(members(l, self, &all, walks[i].part, &items, at));
		} else {
			TRY(walk(l, self, "", (Walk)walks[i].walk, walks[i].part, &items, at));
		}
		*out = (Sugar){.kind = SUGAR_TUPLE, .items = items.items, .n = items.n};
	}
	return STATUS_OK;
}

Status script_static_items(Lower *l, Sugar s, bool *found, Sugar **items, int *n, Range at)
{
	const ModuleType *m = script_module_of(l->fe->script, s.value->type);
	*found = m && m->container != CONTAINER_NONE;
	if (!*found)
		return STATUS_OK;
	Items out = {0};
	bool dict = m->container == CONTAINER_DICT || m->container == CONTAINER_PARAM_DICT;
	TRY(members(l, s.value, m, dict ? PART_KEYS : PART_VALUES, &out, at));
	*items = out.items;
	*n = out.n;
	return STATUS_OK;
}

// ---- subscripts and `in`

static const char *constant_text(const Value *v)
{
	const Node *d = v->def;
	return d && d->kind == NODE_CONSTANT && d->attr.value.tag == TAG_STR ? d->attr.value.str->s : NULL;
}

static const Member *keyed(const ModuleType *m, const char *key)
{
	const Member *x = member_find(&m->attrs, key);
	return x && is_member(m, x) ? x : NULL;
}

Status script_index(Lower *l, Value *self, const Expr *e, const Type *hint, bool *found, Sugar *out)
{
	ScriptStage *s = l->fe->script;
	const ModuleType *m = script_module_of(s, self->type);
	const Expr *sub = e->list.items[0];
	*found = false;
	if (!m)
		return STATUS_OK;
	IValue *own = py_class_lookup(m->cls, py_intern(s->b, "__getitem__"), NULL);
	if (own && py_is(*own, PY_FUNCTION) && !PY_AS(PyFunction, *own)->globals->is_library) {
		Sugar f;
		NamedValue arg = {NULL, lower_value(l, sub, NULL), sub->at};
		if (!arg.value)
			return lower_failed(l);
		*found = true;
		TRY(lower_attribute(l, sugar_of(self), "__getitem__", NULL, e->at, &f));
		return call_sugar(l, f, &arg, 1, NULL, 0, e->at, out);
	}
	bool dict = m->container == CONTAINER_DICT || m->container == CONTAINER_PARAM_DICT;
	if (!dict || (hint && hint->kind == TYPE_INTERFACE))
		return STATUS_OK;
	Value *key = lower_value(l, sub, NULL);
	const char *name = key ? constant_text(key) : NULL;
	if (!key)
		return lower_failed(l);
	if (!name)
		return fail_at(l->err, STATUS_COMPILE, sub->at, "Unable to extract string literal index. ModuleDict indexing is "
			"only supported with string literals. For example, 'i = \"a\"; self.layers[i](x)' will fail because i is not "
			"a literal. Enumeration of ModuleDict is supported, e.g. 'for k, v in self.items(): ...'");
	if (!keyed(m, name))
		return fail_at(l->err, STATUS_COMPILE, e->at, "Key Error, %s", name);
	*found = true;
	return lower_attribute(l, sugar_of(self), name, NULL, e->at, out);
}

Status script_contains(Lower *l, Value *container, Value *key, Range at, bool *found, Value **out)
{
	const ModuleType *m = script_module_of(l->fe->script, container->type);
	const char *name = constant_text(key);
	*found = m && name && (m->container == CONTAINER_DICT || m->container == CONTAINER_PARAM_DICT);
	if (*found)
		*out = emit_bool(l, keyed(m, name) != NULL, at);
	return STATUS_OK;
}

// ---- the methods that PyTorch gives to compiled containers

static Status define(ScriptStage *s, ModuleType *m, const char *name, const char *text, Error *err)
{
	if (class_find_method(m->type->cls, name))
		return STATUS_OK;
	CodeFile *file = xcalloc(1, sizeof *file);
	file->qualifier = "__torch__";
	Source *src = source_new("<string>", text, strlen(text));
	Status st = ast_parse(src, DIALECT_PYTHON, &file->ast, err);
	source_unref(&src);
	if (st != STATUS_OK) {
		free(file);
		return st;
	}
	const char *q = arena_printf(&s->arena, "%s.%s", m->type->cls->name, name);
	map_set(&s->fe->files, arena_printf(&s->arena, "<define %s>", q), file);
	Function *f = frontend_declare_function(s->fe, file, q, file->ast->body.items[0]->def, m->type, false);
	class_add_method(m->type, name, f);
	return function_ensure(f, err);
}

Status container_methods(ScriptStage *s, ModuleType *m, Error *err)
{
	if (m->container != CONTAINER_LIST && m->container != CONTAINER_DICT)
		return STATUS_OK;
	Text keys = {0};
	int n = 0;
	for (int i = 0; i < m->attrs.n; i++)
		if (is_member(m, &m->attrs.items[i])) {
			text_addf(&keys, "%s\"", n++ ? ", " : "");
			for (const char *p = m->attrs.items[i].name; *p; p++) {
				if (*p == '"' || *p == '\\')
					text_addc(&keys, '\\');
				text_addc(&keys, *p);
			}
			text_addc(&keys, '"');
		}
	char *len = arena_printf(&s->arena, "def __len__(self):\n   return %d\n", n);
	char *in = n ? arena_printf(&s->arena, "def __contains__(self, key: str):\n   return key in [%s]\n", text_str(&keys))
		: arena_printf(&s->arena, "def __contains__(self, key: str):\n   return False\n");
	text_free(&keys);
	TRY(define(s, m, "__len__", len, err));
	return m->container == CONTAINER_DICT ? define(s, m, "__contains__", in, err) : STATUS_OK;
}
