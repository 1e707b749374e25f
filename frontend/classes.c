// SPDX-License-Identifier: BSD-3-Clause
// Class statements: classes and modules, named tuples, enums, interfaces.
//
// Declaring a class resolves its attributes and gives its methods Functions; their bodies are compiled when they
// are first needed.  While attributes are being resolved the class's own name is unknown, as in the reference.
#include "frontend/lower.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct ClassMaker {
	Frontend *fe;
	CodeFile *file;
	const char *qualified;
	const ClassDef *def;
	Error *err;
	TypePool *pool;
	Arena *arena;           // the pool's
} ClassMaker;

static Status string_list(ClassMaker *m, const Expr *e, const char ***out, int *n)
{
	if (e->kind != EX_LIST && e->kind != EX_TUPLE)
		return fail_at(m->err, STATUS_COMPILE, e->at, "expected a list of names");
	if (e->list.n > LOWER_MAX_MEMBERS)
		return fail_at(m->err, STATUS_LIMIT, e->at, "the list has more than %d names", LOWER_MAX_MEMBERS);
	*out = arena_array(m->arena, const char *, e->list.n + 1);
	*n = e->list.n;
	for (int i = 0; i < e->list.n; i++) {
		if (e->list.items[i]->kind != EX_STR)
			return fail_at(m->err, STATUS_COMPILE, e->list.items[i]->at, "expected a string literal");
		(*out)[i] = arena_strdup(m->arena, e->list.items[i]->str);
	}
	return STATUS_OK;
}

// Drops "___torch_mangle_N" atoms and a leading "__torch__.".
static void plain_name(const char *qualified, Text *out)
{
	for (const char *p = qualified; *p;) {
		size_t n = strcspn(p, ".");
		if (strncmp(p, "___torch_mangle_", 16) && !(n == 9 && !strncmp(p, "__torch__", 9))) {
			if (out->size)
				text_addc(out, '.');
			text_addn(out, p, n);
		}
		p += n + (p[n] == '.');
	}
}

// Old quantised modules declare their packed weights as Tensor.
static const Type *replaced_type(ClassMaker *m, const char *attr, const Type *t)
{
	static const struct { const char *suffix, *type; } table[] = {
		{"quantized.modules.linear.LinearPackedParams", "LinearPackedParamsBase"},
		{"quantized.modules.linear.Linear", "LinearPackedParamsBase"},
		{"quantized.dynamic.modules.linear.Linear", "LinearPackedParamsBase"},
		{"quantized.modules.conv.Conv2d", "Conv2dPackedParamsBase"},
		{"intrinsic.quantized.modules.conv_relu.ConvReLU2d", "Conv2dPackedParamsBase"},
		{"quantized.modules.conv.Conv3d", "Conv3dPackedParamsBase"},
		{"intrinsic.quantized.modules.conv_relu.ConvReLU3d", "Conv3dPackedParamsBase"},
	};
	if (t->kind != TYPE_TENSOR || strcmp(attr, "_packed_params"))
		return t;
	Text name = {0};
	plain_name(m->qualified, &name);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		size_t n = strlen(table[i].suffix);
		if (name.size >= n && !strcmp(name.data + name.size - n, table[i].suffix)) {
			char q[96];
			snprintf(q, sizeof q, "__torch__.torch.classes.quantized.%s", table[i].type);
			t = native_class(m->fe->unit, q);
			break;
		}
	}
	text_free(&name);
	return t;
}

static bool is_final(CodeFile *file, const Expr *type, const Expr **inner)
{
	if (!type)
		return false;
	const Expr *ctor = type->kind == EX_INDEX ? type->a : type;
	const char *last = ctor->kind == EX_NAME || ctor->kind == EX_ATTR ? ctor->name : "";
	(void)file;
	*inner = type->kind == EX_INDEX && type->list.n == 1 ? type->list.items[0] : NULL;
	return !strcmp(last, "Final");
}

static Status add_constant(ClassMaker *m, ClassType *c, const char *name, const Type *want, const Expr *value)
{
	IValue v;
	const Type *t;
	TRY(constant_eval(m->fe, m->file, value, want, &v, &t, m->err));
	IValue *box = xmalloc(sizeof *box);
	*box = v;
	ARENA_PUSH(m->arena, c->constants, c->nconstants, c->cap_constants,
		(ClassConstant){arena_strdup(m->arena, name), want ? want : t, (struct IValue *)box});
	return STATUS_OK;
}

static Status add_attribute(ClassMaker *m, const Type *cls, const char *name, const Expr *type, const Stmt *s)
{
	const ClassType *c = cls->cls;
	if (class_find_attr(c, name) >= 0)
		return fail_at(m->err, STATUS_COMPILE, s->at, "attribute '%s' is declared twice", name);
	const Type *t;
	TRY(type_from_expr(m->fe, m->file, type, &t, m->err));
	class_add_attr(cls, (Attribute){.name = name, .type = replaced_type(m, name, t)});
	return STATUS_OK;
}

typedef struct ModuleLists {
	const char **params, **buffers;
	int nparams, nbuffers;
} ModuleLists;

static Status class_assign(ClassMaker *m, const Type *t, const Stmt *s, ModuleLists *lists)
{
	ClassType *c = t->cls;
	const Expr *target = s->targets.n == 1 ? s->targets.items[0] : NULL;
	if (target && target->kind == EX_INDEX && target->a->kind == EX_NAME &&
		!strcmp(target->a->name, "__annotations__") &&
		target->list.n == 1 && target->list.items[0]->kind == EX_STR)
		return add_attribute(m, t, target->list.items[0]->str, s->value, s);
	if (!target || target->kind != EX_NAME || !s->value)
		return fail_at(m->err, STATUS_COMPILE, s->at, "Unexpected statement kind in module metadata");
	const char *name = target->name;
	if (!strcmp(name, "__parameters__"))
		return string_list(m, s->value, &lists->params, &lists->nparams);
	if (!strcmp(name, "__buffers__"))
		return string_list(m, s->value, &lists->buffers, &lists->nbuffers);
	if (!strcmp(name, "__forward_pre_hooks__"))
		return string_list(m, s->value, &c->pre_hooks, &c->npre_hooks);
	if (!strcmp(name, "__forward_hooks__"))
		return string_list(m, s->value, &c->hooks, &c->nhooks);
	if (!strcmp(name, "__annotations__"))
		return STATUS_OK;
	if (m->fe->dialect == DIALECT_PYTHON) {
		if (!strcmp(name, "__constants__") || !strcmp(name, "__slots__"))
			return STATUS_OK;
		return fail_at(m->err, STATUS_COMPILE, s->at, "class variables are not supported; annotate '%s' with "
			"Final", name);
	}
	return fail_at(m->err, STATUS_COMPILE, s->at, "Unexpected statement kind in module metadata");
}

static Status mark_attributes(ClassMaker *m, ClassType *c, const char **names, int n, bool parameter)
{
	for (int i = 0; i < n; i++) {
		int slot = class_find_attr(c, names[i]);
		if (slot < 0)
			continue;
		const Type *t = c->attrs[slot].type;
		if (t->kind == TYPE_OPTIONAL)
			t = t->elem[0];
		if (t->kind != TYPE_TENSOR && t->kind != TYPE_NONE)
			return fail_at(m->err, STATUS_COMPILE, m->def->name_at,
				"Expecting parameter or buffer to have either None, "
				"Tensor or Optional[Tensor] type, but '%s' has not", names[i]);
		if (parameter)
			c->attrs[slot].is_parameter = true;
		else
			c->attrs[slot].is_buffer = true;
	}
	return STATUS_OK;
}

static bool has_decorator(const Def *d, const char *name)
{
	for (int i = 0; i < d->decorators.n; i++) {
		const Expr *e = d->decorators.items[i];
		if ((e->kind == EX_NAME || e->kind == EX_ATTR) && !strcmp(e->name, name))
			return true;
	}
	return false;
}

static Function *add_method(ClassMaker *m, const Type *t, const Def *d, const char *name)
{
	const char *q = arena_printf(&m->fe->unit->arena, "%s.%s", m->qualified, name);
	Function *f = frontend_declare_function(m->fe, m->file, q, d, t, has_decorator(d, "staticmethod"));
	f->self = has_decorator(d, "staticmethod") ? NULL : t;
	class_add_method(t, name, f);
	return f;
}

static Status class_body(ClassMaker *m, const Type *t)
{
	ClassType *c = t->cls;
	ModuleLists lists = {0};
	Arena *names = &m->fe->unit->arena;
	for (int i = 0; i < m->def->body.n; i++) {
		const Stmt *s = m->def->body.items[i];
		const Expr *inner;
		switch (s->kind) {
		case ST_DEF: {
			const char *name = s->def->name;
			if (has_decorator(s->def, "property"))
				name = arena_printf(names, "__%s_getter", name);
			else if (has_decorator(s->def, "setter"))
				name = arena_printf(names, "__%s_setter", name);
			add_method(m, t, s->def, name);
			break;
		}
		case ST_ANNASSIGN:
			if (s->targets.n != 1 || s->targets.items[0]->kind != EX_NAME)
				return fail_at(m->err, STATUS_COMPILE, s->at,
					"Expected a name in an attribute declaration");
			if (is_final(m->file, s->type, &inner) && s->value) {
				const Type *want = NULL;
				if (inner)
					TRY(type_from_expr(m->fe, m->file, inner, &want, m->err));
				TRY(add_constant(m, c, s->targets.items[0]->name, want, s->value));
			} else {
				TRY(add_attribute(m, t, s->targets.items[0]->name, s->type, s));
			}
			break;
		case ST_ASSIGN:
			TRY(class_assign(m, t, s, &lists));
			break;
		case ST_EXPR:
			if (s->value && s->value->kind == EX_STR && m->fe->dialect == DIALECT_PYTHON)
				break;
			// fall through
		case ST_PASS:
			if (s->kind == ST_PASS && m->fe->dialect == DIALECT_PYTHON)
				break;
			// fall through
		default:
			return fail_at(m->err, STATUS_COMPILE, s->at, "Unexpected statement kind in class body");
		}
	}
	TRY(mark_attributes(m, c, lists.params, lists.nparams, true));
	return mark_attributes(m, c, lists.buffers, lists.nbuffers, false);
}

static Status make_class(ClassMaker *m, bool module, const Type **out)
{
	const Type *t = type_class(m->pool, m->qualified);
	t->cls->is_module = module;
	TRY(class_body(m, t));
	*out = t;
	return STATUS_OK;
}

// Python: attributes are what __init__ assigns, so that has to be compiled before the class is complete.
static Status discover_attributes(ClassMaker *m, const Type *t)
{
	Function *init = class_find_method(t->cls, "__init__");
	if (m->fe->dialect == DIALECT_PYTHON && init && !t->cls->complete)
		TRY(function_ensure(init, m->err));
	t->cls->complete = true;
	return STATUS_OK;
}

// A constant on the heap, as types keep theirs.
static struct IValue *box_constant(IValue v) // takes v
{
	IValue *box = xmalloc(sizeof *box);
	*box = v;
	return (struct IValue *)box;
}

static void free_box(struct IValue *box)
{
	if (box)
		ivalue_unref((IValue *)box);
	free(box);
}

static Status named_tuple_fields(ClassMaker *m, const char **fields, const Type **types, struct IValue ***defaults,
	int *count)
{
	int cap = m->def->body.n, n = 0;
	for (int i = 0; i < cap; i++) {
		const Stmt *s = m->def->body.items[i];
		if (m->fe->dialect == DIALECT_PYTHON && (s->kind == ST_PASS || s->kind == ST_EXPR))
			continue;
		if (s->kind != ST_ANNASSIGN || s->targets.items[0]->kind != EX_NAME)
			return fail_at(m->err, STATUS_COMPILE, s->at, "Unexpected statement in NamedTuple body");
		fields[n] = s->targets.items[0]->name;
		TRY(type_from_expr(m->fe, m->file, s->type, &types[n], m->err));
		if (s->value) {
			IValue v;
			const Type *vt;
			TRY(constant_eval(m->fe, m->file, s->value, types[n], &v, &vt, m->err));
			if (!*defaults)
				*defaults = arena_array(m->arena, struct IValue *, cap + 1);
			(*defaults)[n] = box_constant(v);
		}
		n++;
	}
	*count = n;
	return STATUS_OK;
}

static Status make_named_tuple(ClassMaker *m, const Type **out)
{
	int cap = m->def->body.n, n = 0;
	const char **fields = arena_array(m->arena, const char *, cap + 1);
	const Type **types = arena_array(m->arena, const Type *, cap + 1);
	struct IValue **defaults = NULL;
	Type *t = NULL;
	Status s = named_tuple_fields(m, fields, types, &defaults, &n);
	if (s == STATUS_OK) {
		t = (Type *)type_named_tuple(m->pool, m->qualified, fields, types, n);
		if (!t->defaults) {
			t->defaults = defaults;
			defaults = NULL;
		}
	}
	for (int i = 0; defaults && i < cap; i++)
		free_box(defaults[i]);
	*out = t;
	return s;
}

static Status enum_members(ClassMaker *m, EnumMember *members, int *count, const Type **value_type)
{
	int n = m->def->body.n, k = 0;
	for (int i = 0; i < n; i++) {
		const Stmt *s = m->def->body.items[i];
		if (m->fe->dialect == DIALECT_PYTHON && (s->kind == ST_PASS || s->kind == ST_EXPR))
			continue;
		if (s->kind != ST_ASSIGN || s->targets.n != 1 || s->targets.items[0]->kind != EX_NAME)
			return fail_at(m->err, STATUS_COMPILE, s->at, "Unexpected statement in Enum class body: only "
				"enum attribute "
				"definitions are supported");
		const char *name = s->targets.items[0]->name;
		for (int j = 0; j < k; j++)
			if (!strcmp(members[j].name, name))
				return fail_at(m->err, STATUS_COMPILE, s->at, "enum member '%s' is defined twice",
					name);
		IValue v;
		const Type *t;
		TRY(constant_eval(m->fe, m->file, s->value, NULL, &v, &t, m->err));
		bool ok = t->kind == TYPE_INT || t->kind == TYPE_FLOAT || t->kind == TYPE_STR;
		if (!ok || (*value_type && !type_equal(*value_type, t))) {
			ivalue_unref(&v);
			return fail_at(m->err, STATUS_COMPILE, s->at, "Enum class with values of type other than "
				"int, float or str, "
				"or of several types, is not supported");
		}
		*value_type = t;
		members[k] = (EnumMember){arena_strdup(m->arena, name), box_constant(v)};
		*count = ++k;
	}
	if (!k)
		return fail_at(m->err, STATUS_COMPILE, m->def->name_at, "No enumerators defined for enum class");
	return STATUS_OK;
}

static Status make_enum(ClassMaker *m, const Type **out)
{
	int k = 0;
	EnumMember *members = arena_array(m->arena, EnumMember, m->def->body.n + 1);
	const Type *value_type = NULL;
	Status s = enum_members(m, members, &k, &value_type);
	if (s != STATUS_OK) {
		for (int i = 0; i < k; i++)
			free_box(members[i].value);
		return s;
	}
	const Type *t = type_enum(m->pool, m->qualified);
	t->enm->value_type = value_type;
	t->enm->members = members;
	t->enm->nmembers = k;
	*out = t;
	return STATUS_OK;
}

static Status make_interface(ClassMaker *m, bool module, const Type **out)
{
	const Type *t = type_interface(m->pool, m->qualified);
	t->cls->is_module = module;
	for (int i = 0; i < m->def->body.n; i++) {
		const Stmt *s = m->def->body.items[i];
		if (s->kind != ST_DEF) {
			if (m->fe->dialect == DIALECT_PYTHON && (s->kind == ST_PASS || s->kind == ST_EXPR))
				continue;
			return fail_at(m->err, STATUS_COMPILE, s->at, "Only methods are supported in an interface");
		}
		add_method(m, t, s->def, s->def->name);
	}
	t->cls->complete = true;
	*out = t;
	return STATUS_OK;
}

static Status declare(ClassMaker *m, const Type **out)
{
	if (m->def->body.n > LOWER_MAX_MEMBERS)
		return fail_at(m->err, STATUS_LIMIT, m->def->name_at, "the class has more than %d members", LOWER_MAX_MEMBERS);
	const char *base = "";
	if (m->def->bases.n) {
		const Expr *b = m->def->bases.items[0];
		if (m->def->bases.n != 1 || (b->kind != EX_NAME && b->kind != EX_ATTR))
			return fail_at(m->err, STATUS_COMPILE, b->at, "a class has at most one base class, given by "
				"name");
		base = b->name;
	}
	for (int i = 0; i < m->def->decorators.n; i++) {
		const Expr *d = m->def->decorators.items[i];
		if ((d->kind == EX_NAME || d->kind == EX_ATTR) && !strcmp(d->name, "interface"))
			return make_interface(m, !strcmp(base, "Module"), out);
	}
	if (!*base || !strcmp(base, "object"))
		return make_class(m, false, out);
	if (!strcmp(base, "Module"))
		return make_class(m, true, out);
	if (!strcmp(base, "NamedTuple"))
		return make_named_tuple(m, out);
	if (!strcmp(base, "Enum"))
		return make_enum(m, out);
	if (!strcmp(base, "Interface") || !strcmp(base, "ModuleInterface"))
		return make_interface(m, !strcmp(base, "ModuleInterface"), out);
	return fail_at(m->err, STATUS_COMPILE, m->def->bases.items[0]->at,
		"Torchscript does not support class inheritance.");
}

Status class_declare(Frontend *fe, CodeFile *file, const char *qualified, const ClassDef *c, const Type **out,
	Error *err)
{
	ClassMaker m = {fe, file, arena_strdup(&fe->unit->arena, qualified), c, err, fe->unit->pool,
		type_pool_arena(fe->unit->pool)};
	TRY(lower_enter(fe, err, c->name_at));
	map_set(&fe->busy, qualified, &m);
	Status st = declare(&m, out);
	lower_leave(fe);
	if (st != STATUS_OK) { // stays unknown: half a class is of no use to anybody
		map_set(&fe->busy, qualified, fe);
		return st;
	}
	map_set(&fe->busy, qualified, NULL);
	if ((*out)->kind == TYPE_CLASS)
		return discover_attributes(&m, *out);
	return STATUS_OK;
}
