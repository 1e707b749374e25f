// SPDX-License-Identifier: BSD-3-Clause
// Makes a module's attributes part of its program.  Needs nothing; keeps SSA.
//
// Starting from self, every object that the program reaches by attributes alone is known, and so is what its
// attributes hold.  An attribute becomes a constant if no method of any class in the module tree sets it or writes
// the tensor or list that it holds.
#include "ir/passes.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_ROUNDS = 8 };

typedef struct Freezer {
	Graph *g;
	Error *err;
	Map written;         // "class.attribute" of what some method sets or writes
	Map classes;         // by name: surveyed
	Map storages;        // by address: storages of written tensors
	Map objects;         // by address: the objects of the tree
	bool training;       // some module of the tree is in training mode
	Object **known;      // by value id
	int nknown;
} Freezer;

static const char *attribute_key(Text *key, const Type *cls, const char *name)
{
	key->size = 0;
	text_addf(key, "%s.%s", cls->cls->name, name);
	return text_str(key);
}

static void note_writes(Freezer *f, const AliasDb *alias, const Block *b, Text *key)
{
	block_foreach(n, b) {
		bool change = n->kind == NODE_SETATTR;
		if (n->kind == NODE_GETATTR) { // objects change by SetAttr on them, which counts by itself
			TypeKind k = n->outputs[0]->type->kind;
			change = k != TYPE_CLASS && k != TYPE_INTERFACE && alias_is_written(alias, n->outputs[0]);
		}
		if (change && n->inputs[0]->type->kind == TYPE_CLASS)
			map_set(&f->written, attribute_key(key, n->inputs[0]->type, n->attr.name), f);
		for (int i = 0; i < n->nblocks; i++)
			note_writes(f, alias, n->blocks[i], key);
	}
}

// Batch norms write their statistics only when training; in a tree that is in eval mode they do not.
static void assume_eval_mode(Graph *g, Block *b)
{
	block_foreach_safe(n, next, b) {
		for (int i = 0; i < n->nblocks; i++)
			assume_eval_mode(g, n->blocks[i]);
		if (n->kind != NODE_GETATTR || strcmp(n->attr.name, "training") || n->outputs[0]->type->kind != TYPE_BOOL)
			continue;
		Node *node;
		Value *v = graph_constant(g, iv_bool(false), &type_bool, n->at, &node);
		node_insert_before(node, n);
		value_replace_all(n->outputs[0], v);
		node_remove(n);
	}
}

// What a method writes shows when its calls are inlined.  A method that does not compile cannot run either.
static void survey_method(Freezer *f, Function *m)
{
	Error err = ERROR_INIT;
	if (function_ensure(m, &err) == STATUS_OK && m->graph) {
		Graph *copy = graph_copy(m->graph);
		if (inline_calls(copy, &err) == STATUS_OK) {
			Text key = {0};
			if (!f->training)
				assume_eval_mode(copy, copy->block);
			fold_constants(copy, NULL, NULL);
			AliasDb *alias = alias_analyse_attributes(copy);
			note_writes(f, alias, copy->block, &key);
			alias_free(&alias);
			text_free(&key);
		}
		graph_free(&copy);
	}
	error_clear(&err);
}

static bool in_training(const Object *o)
{
	int slot = o->type->cls ? class_find_attr(o->type->cls, "training") : -1;
	return slot >= 0 && o->slots[slot].tag == TAG_BOOL && o->slots[slot].i;
}

static void add_object(Freezer *f, Object *o)
{
	if (map_getn(&f->objects, (char *)&o, sizeof o))
		return;
	map_setn(&f->objects, (char *)&o, sizeof o, o);
	f->training |= in_training(o);
}

static void collect_objects(Freezer *f, Object *root)
{
	add_object(f, root);
	for (int i = 0; i < f->objects.n; i++) { // grows on the way
		const Object *o = f->objects.entries[i].value;
		for (int k = 0; k < o->nslots; k++)
			if (o->slots[k].tag == TAG_OBJECT)
				add_object(f, o->slots[k].object);
	}
}

// Two attributes may share one tensor: if one of them is written, the other one changes too.
static void note_shared(Freezer *f, const Object *o)
{
	Text key = {0};
	for (int k = 0; k < o->nslots && o->type->cls; k++)
		if (o->slots[k].tag == TAG_TENSOR
			&& map_has(&f->written, attribute_key(&key, o->type, o->type->cls->attrs[k].name))) {
			Storage *storage = o->slots[k].tensor->storage;
			map_setn(&f->storages, (char *)&storage, sizeof storage, f);
		}
	text_free(&key);
}

static void survey(Freezer *f, IValue self)
{
	collect_objects(f, self.object);
	for (int i = 0; i < f->objects.n; i++) {
		const ClassType *c = ((Object *)f->objects.entries[i].value)->type->cls;
		if (!c || c->native || map_has(&f->classes, c->name))
			continue;
		map_set(&f->classes, c->name, f);
		for (int k = 0; k < c->nmethods; k++)
			survey_method(f, c->methods[k]);
	}
	for (int i = 0; i < f->objects.n; i++)
		note_shared(f, f->objects.entries[i].value);
}

static bool may_freeze(const Freezer *f, IValue v, int depth)
{
	switch (v.tag) {
	case TAG_NONE: case TAG_BOOL: case TAG_INT: case TAG_FLOAT: case TAG_DEVICE: case TAG_COMPLEX: case TAG_STR:
	case TAG_ENUM:
		return true;
	case TAG_TENSOR:
		return !map_getn(&f->storages, (char *)&v.tensor->storage, sizeof v.tensor->storage);
	case TAG_LIST:
		for (int64_t i = 0; i < v.list->n; i++)
			if (depth > 8 || !may_freeze(f, v.list->items[i], depth + 1))
				return false;
		return true;
	case TAG_TUPLE:
		for (int64_t i = 0; i < v.tuple->n; i++)
			if (depth > 8 || !may_freeze(f, v.tuple->items[i], depth + 1))
				return false;
		return true;
	default:
		return false;
	}
}

// A frozen tensor shares the module's storage but asks for no gradient.
static IValue frozen(IValue v)
{
	if (v.tag != TAG_TENSOR || !v.tensor->requires_grad)
		return ivalue_ref(v);
	Tensor *t = tensor_alias(v.tensor);
	t->requires_grad = false;
	return iv_take_tensor(t);
}

static void freeze_attribute(Freezer *f, const AliasDb *alias, Node *n, bool *changed)
{
	Object *o = f->known[n->inputs[0]->id];
	int slot = o->type->cls ? class_find_attr(o->type->cls, n->attr.name) : -1;
	if (slot < 0)
		return;
	IValue v = o->slots[slot];
	Value *out = n->outputs[0];
	Text key = {0};
	bool written = map_has(&f->written, attribute_key(&key, o->type, n->attr.name));
	text_free(&key);
	if (written)
		return;
	if (v.tag == TAG_OBJECT) {
		f->known[out->id] = v.object;
		if (out->type->kind == TYPE_INTERFACE) { // now the methods are known
			out->type = v.object->type;
			*changed = true;
		}
		return;
	}
	if (!may_freeze(f, v, 0) || ((v.tag == TAG_LIST || v.tag == TAG_TUPLE) && alias_escapes(alias, out)))
		return;
	Node *node;
	Value *c = graph_constant(f->g, frozen(v), out->type, n->at, &node);
	node->callstack = n->callstack;
	node->inlined = n->inlined;
	node_insert_before(node, n);
	value_replace_all(out, c);
	node_remove(n);
	*changed = true;
}

static void freeze_block(Freezer *f, const AliasDb *alias, Block *b, bool *changed)
{
	block_foreach_safe(n, next, b) {
		for (int i = 0; i < n->nblocks; i++)
			freeze_block(f, alias, n->blocks[i], changed);
		const Value *in = n->ninputs ? n->inputs[0] : NULL;
		if (n->kind == NODE_GETATTR && in->id < f->nknown && f->known[in->id])
			freeze_attribute(f, alias, n, changed);
	}
}

static Status freeze_rounds(Freezer *f, IValue self)
{
	bool changed = true;
	for (int round = 0; changed && round < MAX_ROUNDS; round++) {
		changed = false;
		TRY(inline_calls(f->g, f->err));
		AliasDb *alias = alias_analyse_attributes(f->g);
		f->nknown = f->g->next_id;
		f->known = xcalloc((size_t)f->nknown + 1, sizeof *f->known);
		f->known[f->g->block->inputs[0]->id] = self.object;
		freeze_block(f, alias, f->g->block, &changed);
		free(f->known);
		alias_free(&alias);
		TRY(fold_constants(f->g, NULL, f->err));
		TRY(remove_dead_code(f->g, f->err));
	}
	return STATUS_OK;
}

Status freeze_module(Graph *g, IValue self, Error *err)
{
	if (self.tag != TAG_OBJECT || g->block->ninputs == 0 || g->block->inputs[0]->type->kind != TYPE_CLASS)
		return fail(err, STATUS_ARGUMENT, "freezing needs a method and the module it belongs to");
	if (in_training(self.object))
		return fail(err, STATUS_ARGUMENT, "Freezing is currently only implemented for modules in eval mode. "
			"Please call .eval() on your module before freezing.");
	Freezer f = {.g = g, .err = err};
	survey(&f, self);
	Status st = freeze_rounds(&f, self);
	map_free(&f.written);
	map_free(&f.classes);
	map_free(&f.storages);
	map_free(&f.objects);
	return st;
}
