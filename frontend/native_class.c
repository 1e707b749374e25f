// SPDX-License-Identifier: BSD-3-Clause
// Classes that PyTorch binds to C++.
//
// An object of one has a single slot, "state", which holds what its pickled state unpacks to (format/archive.h), a
// tuple in a fixed form.  Their methods only read that tuple, so they are small graphs: a cast and some elements.
#include "frontend/lower.h"

#include <string.h>

typedef struct NativeMethod {
	const char *name;
	const char *returns;
	int first, count;          // elements of the state; a count above 1 makes a tuple
	int64_t constant;          // where count is 0
} NativeMethod;

#define CONV_STATE "Tuple[Tensor, Optional[Tensor], List[int], List[int], List[int], List[int], int, bool]"
#define TWO_TENSORS "Tuple[Tensor, Optional[Tensor]]"

static const NativeMethod linear_methods[] = {
	{"unpack", TWO_TENSORS, 0, 2, 0}, {"bias", "Optional[Tensor]", 1, 1, 0}, {0},
};
static const NativeMethod conv_methods[] = {
	{"unpack", TWO_TENSORS, 0, 2, 0}, {"weight", "Tensor", 0, 1, 0}, {"bias", "Optional[Tensor]", 1, 1, 0},
	{"stride", "List[int]", 2, 1, 0}, {"padding", "List[int]", 3, 1, 0}, {"output_padding", "List[int]", 4, 1, 0},
	{"dilation", "List[int]", 5, 1, 0}, {"groups", "int", 6, 1, 0}, {"transpose", "bool", 7, 1, 0}, {0},
};
static const NativeMethod embedding_methods[] = {
	{"unpack", "Tensor", 0, 1, 0}, {"version", "int", 0, 0, 1}, {0},
};

typedef struct NativeClass {
	const char *name;          // within __torch__.torch.classes
	const char *state;         // type of the state that the methods read
	const NativeMethod *methods;
} NativeClass;

static const NativeClass classes[] = {
	{"quantized.LinearPackedParamsBase", TWO_TENSORS, linear_methods},
	{"quantized.Conv2dPackedParamsBase", CONV_STATE, conv_methods},
	{"quantized.Conv3dPackedParamsBase", CONV_STATE, conv_methods},
	{"quantized.ConvTranspose2dPackedParamsBase", CONV_STATE, conv_methods},
	{"quantized.ConvTranspose3dPackedParamsBase", CONV_STATE, conv_methods},
	{"quantized.EmbeddingPackedParamsBase", "Tuple[Tensor]", embedding_methods},
	{"rnn.CellParamsBase", NULL, NULL}, {"xnnpack.LinearOpContext", NULL, NULL}, {"xnnpack.Conv2dOpContext", NULL, NULL},
	{"xnnpack.TransposeConv2dOpContext", NULL, NULL}, {"profiler._RecordFunction", NULL, NULL},
};

typedef struct MethodSite {
	const NativeClass *cls;
	const NativeMethod *method;
	const Type *self;
} MethodSite;

static Value *append(Graph *g, NodeKind kind, Value *const *in, int n, const Type *out)
{
	Node *node = node_new(g, kind, (Range){0});
	for (int i = 0; i < n; i++)
		node_add_input(node, in[i]);
	Value *v = node_add_output(node, out, NULL);
	block_append(g->block, node);
	return v;
}

static Value *element(Graph *g, Value *tuple, int i)
{
	Value *v = append(g, NODE_TUPLE_INDEX, &tuple, 1, tuple->type->elem[i]);
	v->def->attr.index = i;
	return v;
}

static Value *method_body(Graph *g, const MethodSite *site, const Type *state)
{
	const NativeMethod *m = site->method;
	Value *self = block_add_input(g->block, site->self, "self");
	if (!m->count) {
		Node *n;
		Value *v = graph_constant(g, iv_int(m->constant), &type_int, (Range){0}, &n);
		block_append(g->block, n);
		return v;
	}
	Value *any = append(g, NODE_GETATTR, &self, 1, &type_any);
	any->def->attr.name = "state";
	Value *tuple = append(g, NODE_UNCHECKED_CAST, &any, 1, state);
	Value *items[2] = {element(g, tuple, m->first), m->count > 1 ? element(g, tuple, m->first + 1) : NULL};
	if (m->count == 1)
		return items[0];
	return append(g, NODE_TUPLE_CONSTRUCT, items, 2, type_tuple(g->pool, (const Type *[]){items[0]->type, items[1]->type}, 2));
}

static Status define_method(Function *f, Error *err)
{
	const MethodSite *site = f->define_arg;
	Unit *u = f->unit;
	const Type *state, *ret;
	TRY(frontend_parse_type(u, site->cls->state, &state, err));
	TRY(frontend_parse_type(u, site->method->returns, &ret, err));
	Schema *s = arena_new(&u->arena, Schema);
	s->name = f->short_name;
	s->overload = "";
	s->args = arena_new(&u->arena, Arg);
	s->args->name = "self";
	s->args->type = site->self;
	s->nargs = 1;
	s->rets = arena_new(&u->arena, Arg);
	s->rets->name = "";
	s->rets->type = ret;
	s->nrets = 1;
	f->schema = s;
	f->graph = graph_new(u->pool, f->name);
	block_add_output(f->graph->block, method_body(f->graph, site, state));
	return STATUS_OK;
}

const Type *native_class(Unit *u, const char *qualified)
{
	const char *name = qualified + strlen("__torch__.torch.classes.");
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
		if (strcmp(classes[i].name, name))
			continue;
		const Type *t = type_class(u->pool, qualified);
		if (t->cls->complete)
			return t;
		t->cls->native = classes[i].name;
		t->cls->complete = true;
		class_add_attr(t, (Attribute){.name = "state", .type = &type_any});
		for (const NativeMethod *m = classes[i].methods; m && m->name; m++) {
			Function *f = unit_add_function(u, arena_printf(&u->arena, "%s.%s", qualified, m->name), t);
			MethodSite *site = arena_new(&u->arena, MethodSite);
			*site = (MethodSite){&classes[i], m, t};
			f->define = define_method;
			f->define_arg = site;
			class_add_method(t, m->name, f);
		}
		return t;
	}
	return NULL;
}
