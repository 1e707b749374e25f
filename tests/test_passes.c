// SPDX-License-Identifier: BSD-3-Clause
// Passes: pairs of IR texts in tests/ir/passes/, before and after, and what texts cannot say.
#include "ir/passes.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static TypePool *pool;

static Graph *parse(const char *text, size_t n)
{
	Graph *g;
	Error err = ERROR_INIT;
	if (graph_parse(text, n, pool, &g, &err) != STATUS_OK)
		fail_msg("%s\n%.*s", err.message, (int)n, text);
	if (graph_verify(g, &err) != STATUS_OK)
		fail_msg("%s\n%.*s", err.message, (int)n, text);
	return g;
}

static void forget_names(Block *b)
{
	for (int i = 0; i < b->ninputs; i++)
		b->inputs[i]->name = NULL;
	block_foreach(n, b) {
		for (int i = 0; i < n->noutputs; i++)
			n->outputs[i]->name = NULL;
		for (int i = 0; i < n->nblocks; i++)
			forget_names(n->blocks[i]);
	}
}

// Without names, and numbered in order: what is left is the program.
static char *print(Graph *g)
{
	Text t = {0};
	forget_names(g->block);
	graph_renumber(g);
	graph_print(g, &t);
	return text_take(&t);
}

// A few operations, so that folding can be seen without an interpreter.
static Status evaluate(const Node *n, const IValue *in, IValue *out, Error *err)
{
	const char *name = n->op->schema->name;
	if (!strcmp(name, "aten::add") || !strcmp(name, "aten::mul")) {
		if (in[0].tag != TAG_INT || in[1].tag != TAG_INT)
			return (fail)(err, STATUS_UNSUPPORTED, "not here");
		out[0] = iv_int(name[6] == 'a' ? in[0].i + in[1].i : in[0].i * in[1].i);
	} else if (!strcmp(name, "aten::gt")) {
		out[0] = iv_bool(in[0].i > in[1].i);
	} else if (!strcmp(name, "aten::__not__")) {
		out[0] = iv_bool(!in[0].i);
	} else if (!strcmp(name, "aten::neg") && in[0].tag == TAG_TENSOR) {
		Tensor *t;
		TRY(tensor_empty_like(in[0].tensor, tensor_dtype(in[0].tensor), &t, err));
		for (int64_t i = 0; i < t->numel; i++)
			((float *)tensor_data(t))[i] = -((float *)tensor_data(in[0].tensor))[i];
		out[0] = iv_take_tensor(t);
	} else {
		return (fail)(err, STATUS_UNSUPPORTED, "not here");
	}
	return STATUS_OK;
}

static Status run_pass(const char *name, Graph *g, Error *err)
{
	if (!strcmp(name, "remove_dead_code"))
		return remove_dead_code(g, err);
	if (!strcmp(name, "merge_common_subexpressions"))
		return merge_common_subexpressions(g, err);
	if (!strcmp(name, "fold_constants"))
		return fold_constants(g, evaluate, err);
	if (!strcmp(name, "fold_batch_norm"))
		return fold_batch_norm(g, err);
	if (!strcmp(name, "graph_optimize"))
		return graph_optimize(g, evaluate, err);
	fail_msg("no pass is called %s", name);
	return STATUS_INTERNAL;
}

static int run_case(const char *file, char *text)
{
	char *colon = strchr(text, ':'), *line = strchr(text, '\n'), *middle = strstr(text, "\n---\n");
	if (!colon || !line || !middle)
		fail_msg("%s: malformed case: %.60s", file, text);
	*colon = *line = *middle = 0;
	Graph *before = parse(line + 1, strlen(line + 1)), *after = parse(middle + 5, strlen(middle + 5));
	Error err = ERROR_INIT;
	if (run_pass(text, before, &err) != STATUS_OK || graph_verify(before, &err) != STATUS_OK)
		fail_msg("%s: %s: %s", file, colon + 1, err.message);
	char *got = print(before), *want = print(after);
	int bad = strcmp(got, want) != 0;
	if (bad)
		print_error("%s:%s\n--- got\n%s--- want\n%s", text, colon + 1, got, want);
	free(got);
	free(want);
	graph_free(&before);
	graph_free(&after);
	return bad;
}

static int run_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	if (!f)
		fail_msg("cannot open %s", path);
	Text t = {0};
	char buf[4096];
	for (size_t n; (n = fread(buf, 1, sizeof buf, f)) > 0;)
		text_addn(&t, buf, n);
	fclose(f);
	int bad = 0;
	for (char *p = t.data, *next; p; p = next) {
		next = strstr(p, "\n===\n");
		if (next) {
			*next = 0;
			next += 5;
		}
		bad += run_case(path, p);
	}
	text_free(&t);
	return bad;
}

static void texts(void **state)
{
	(void)state;
	DIR *d = opendir("tests/ir/passes");
	assert_non_null(d);
	int bad = 0;
	for (struct dirent *e; (e = readdir(d));) {
		char path[300];
		if (!strstr(e->d_name, ".ir"))
			continue;
		snprintf(path, sizeof path, "tests/ir/passes/%s", e->d_name);
		bad += run_file(path);
	}
	closedir(d);
	assert_int_equal(bad, 0);
}

static Function *add(Unit *u, const char *name, const Type *self, const char *text)
{
	Function *f = unit_add_function(u, name, self);
	Error err = ERROR_INIT;
	if (graph_parse(text, strlen(text), u->pool, &f->graph, &err) != STATUS_OK)
		fail_msg("%s", err.message);
	f->graph->name = f->name;
	f->state = 2;
	if (self)
		class_add_method(self, f->short_name, f);
	block_foreach(n, f->graph->block)
		if (n->kind == NODE_CALL_FUNCTION)
			n->attr.fn = unit_function(u, n->attr.name);
	return f;
}

static void inlining(void **state)
{
	(void)state;
	Unit *u = unit_new();
	const Type *m = type_class(u->pool, "__torch__.M");
	add(u, "__torch__.inner", NULL, "graph(%a : Tensor):\n %b : Tensor = aten::relu(%a)\n return (%b)");
	add(u, "__torch__.M.part", m, "graph(%self : __torch__.M, %a : Tensor):\n"
		" %b : Tensor = prim::CallFunction[name=\"__torch__.inner\"](%a)\n return (%b)");
	add(u, "__torch__.forked", NULL, "graph(%a : Tensor):\n %f : Future(Tensor) = prim::fork()\n block0():\n"
		" -> (%a)\n %b : Tensor = aten::wait(%f)\n return (%b)");
	Function *rec = add(u, "__torch__.M.again", m, "graph(%self : __torch__.M, %a : Tensor):\n"
		" %b : Tensor = prim::CallMethod[name=\"again\"](%self, %a)\n return (%b)");
	Function *f = add(u, "__torch__.M.forward", m, "graph(%self : __torch__.M, %x : Tensor, %c : bool):\n"
		" %y : Tensor = prim::CallMethod[name=\"part\"](%self, %x)\n"
		" %z : Tensor = prim::If(%c)\n block0():\n"
		"   %p : Tensor = prim::CallMethod[name=\"part\"](%self, %y)\n -> (%p)\n"
		" block1():\n -> (%y)\n"
		" %r : Tensor = prim::CallMethod[name=\"again\"](%self, %z)\n"
		" %q : Tensor = prim::CallFunction[name=\"__torch__.forked\"](%r)\n return (%q)");
	Error err = ERROR_INIT;
	assert_int_equal(inline_calls(f->graph, &err), STATUS_OK);
	assert_int_equal(graph_verify(f->graph, &err), STATUS_OK);
	const char *want = "graph(%self : __torch__.M, %x : Tensor, %c : bool):\n"
		" %y : Tensor = aten::relu(%x)\n"
		" %z : Tensor = prim::If(%c)\n block0():\n %p : Tensor = aten::relu(%y)\n -> (%p)\n block1():\n -> (%y)\n"
		" %r : Tensor = prim::CallMethod[name=\"again\"](%self, %z)\n"
		" %q : Tensor = prim::CallFunction[name=\"__torch__.forked\"](%r)\n return (%q)";
	Graph *expected;
	assert_int_equal(graph_parse(want, strlen(want), u->pool, &expected, &err), STATUS_OK);
	const Node *relu = f->graph->block->head->next;
	assert_string_equal(relu->callstack, "__torch__.inner");
	assert_string_equal(relu->inlined->caller, "__torch__.M.part");
	assert_string_equal(relu->inlined->outer->caller, "__torch__.M.forward");
	assert_null(relu->inlined->outer->outer);
	Graph *copy = graph_copy(f->graph);
	assert_string_equal(copy->block->head->next->inlined->outer->caller, "__torch__.M.forward");
	graph_free(&copy);
	f->graph->name = NULL;
	char *got = print(f->graph), *wanted = print(expected);
	assert_string_equal(got, wanted);
	free(got);
	free(wanted);
	graph_free(&expected);
	assert_int_equal(inline_calls(rec->graph, &err), STATUS_OK); // recursion stays a call
	unit_unref(&u);
}

// f0 calls f1 twice, f1 calls f2 twice, …: inlining stops before the program fills memory.
static void exponential(void **state)
{
	(void)state;
	Unit *u = unit_new();
	char text[300], name[32];
	for (int i = 29; i >= 0; i--) {
		snprintf(name, sizeof name, "__torch__.f%d", i);
		if (i == 29)
			snprintf(text, sizeof text, "graph(%%a : int):\n %%b : int = aten::neg.int(%%a)\n return (%%b)");
		else
			snprintf(text, sizeof text, "graph(%%a : int):\n %%b : int = prim::CallFunction[name=\"__torch__.f%d\"](%%a)\n"
				" %%c : int = prim::CallFunction[name=\"__torch__.f%d\"](%%b)\n return (%%c)", i + 1, i + 1);
		add(u, name, NULL, text);
	}
	Graph *g = unit_function(u, "__torch__.f10")->graph;
	Error err = ERROR_INIT;
	assert_int_equal(inline_calls(g, &err), STATUS_OK);
	assert_int_equal(graph_verify(g, &err), STATUS_OK);
	unit_unref(&u);
}

static IValue vector(float a, float b)
{
	Tensor *t;
	assert_int_equal(tensor_empty(DT_F32, (int64_t[]){2}, 1, &t, NULL), STATUS_OK);
	((float *)tensor_data(t))[0] = a;
	((float *)tensor_data(t))[1] = b;
	t->requires_grad = true;
	return iv_take_tensor(t);
}

// A module with a submodule behind an interface, a buffer that is written, one that shares its storage, and an
// attribute that is set.
static void freezing(void **state)
{
	(void)state;
	Unit *u = unit_new();
	const Type *face = type_interface(u->pool, "__torch__.I"), *sub = type_class(u->pool, "__torch__.Sub"),
		   *m = type_class(u->pool, "__torch__.M");
	class_add_attr(sub, (Attribute){.name = "weight", .type = &type_tensor});
	class_add_attr(m, (Attribute){.name = "training", .type = &type_bool});
	class_add_attr(m, (Attribute){.name = "sub", .type = face});
	class_add_attr(m, (Attribute){.name = "n", .type = &type_int});
	class_add_attr(m, (Attribute){.name = "count", .type = &type_int});
	class_add_attr(m, (Attribute){.name = "buf", .type = &type_tensor});
	class_add_attr(m, (Attribute){.name = "twin", .type = &type_tensor});
	add(u, "__torch__.Sub.go", sub, "graph(%self : __torch__.Sub, %x : Tensor, %k : int):\n"
		" %w : Tensor = prim::GetAttr[name=\"weight\"](%self)\n %y : Tensor = aten::add.Tensor(%x, %w, %k)\n return (%y)");
	add(u, "__torch__.M.reset", m, "graph(%self : __torch__.M):\n"
		" %b : Tensor = prim::GetAttr[name=\"buf\"](%self)\n %z : Tensor = aten::zero_(%b)\n return (%z)");
	Function *f = add(u, "__torch__.M.forward", m, "graph(%self : __torch__.M, %x : Tensor):\n"
		" %t : bool = prim::GetAttr[name=\"training\"](%self)\n"
		" %s : Interface<__torch__.I> = prim::GetAttr[name=\"sub\"](%self)\n"
		" %n : int = prim::GetAttr[name=\"n\"](%self)\n"
		" %c : int = prim::GetAttr[name=\"count\"](%self)\n"
		" %c2 : int = aten::add.int(%c, %n)\n prim::SetAttr[name=\"count\"](%self, %c2)\n"
		" %y : Tensor = prim::If(%t)\n block0():\n %d : Tensor = aten::relu(%x)\n -> (%d)\n block1():\n -> (%x)\n"
		" %z : Tensor = prim::CallMethod[name=\"go\"](%s, %y, %n)\n"
		" %b : Tensor = prim::GetAttr[name=\"buf\"](%self)\n %w : Tensor = prim::GetAttr[name=\"twin\"](%self)\n"
		" %r : Tensor = aten::add.Tensor(%z, %b, %n)\n %q : Tensor = aten::add.Tensor(%r, %w, %n)\n return (%q)");
	Object *inner = object_new(sub), *outer = object_new(m);
	ivalue_set(&inner->slots[0], vector(1, 2));
	outer->slots[0] = iv_bool(true);
	outer->slots[1] = iv_take_object(inner);
	outer->slots[2] = iv_int(3);
	outer->slots[3] = iv_int(0);
	outer->slots[4] = vector(5, 6);
	outer->slots[5] = iv_take_tensor(tensor_alias(outer->slots[4].tensor));
	IValue self = iv_take_object(outer);
	Error err = ERROR_INIT;
	Graph *g = graph_copy(f->graph);
	assert_int_equal(freeze_module(g, self, &err), STATUS_ARGUMENT);
	error_clear(&err);
	outer->slots[0] = iv_bool(false);
	if (freeze_module(g, self, &err) != STATUS_OK || graph_verify(g, &err) != STATUS_OK)
		fail_msg("%s", err.message);
	const char *want = "graph(%self : __torch__.M, %x : Tensor):\n"
		" %n : int = prim::Constant[value=3]()\n %c : int = prim::GetAttr[name=\"count\"](%self)\n"
		" %c2 : int = aten::add.int(%c, %n)\n prim::SetAttr[name=\"count\"](%self, %c2)\n"
		" %w : Tensor = prim::Constant[value=tensor(float32, [2]){1., 2.}]()\n"
		" %z : Tensor = aten::add.Tensor(%x, %w, %n)\n"
		" %b : Tensor = prim::GetAttr[name=\"buf\"](%self)\n %w2 : Tensor = prim::GetAttr[name=\"twin\"](%self)\n"
		" %r : Tensor = aten::add.Tensor(%z, %b, %n)\n %q : Tensor = aten::add.Tensor(%r, %w2, %n)\n return (%q)";
	Graph *expected;
	assert_int_equal(graph_parse(want, strlen(want), u->pool, &expected, &err), STATUS_OK);
	g->name = NULL;
	char *got = print(g), *wanted = print(expected);
	assert_string_equal(got, wanted);
	free(got);
	free(wanted);
	graph_free(&g);
	graph_free(&expected);
	ivalue_unref(&self);
	unit_unref(&u);
}

// Ten times as long must not take a hundred times as much; seconds would show it.
static void long_programs(void **state)
{
	(void)state;
	Graph *g = graph_new(pool, "long");
	Value *x = block_add_input(g->block, &type_tensor, "x"), *c = block_add_input(g->block, &type_bool, "c");
	const Op *relu = op_find_key("aten::relu"), *relu_ = op_find_key("aten::relu_");
	Value *v = x;
	for (int i = 0; i < 50000; i++) {
		Node *n = node_new_op(g, i % 7 == 3 ? relu_ : relu, &v, 1, (Range){0});
		block_append(g->block, n);
		v = n->outputs[0];
		Node *unused = node_new_op(g, relu, &v, 1, (Range){0});
		block_append(g->block, unused);
		if (i % 10)
			continue;
		Node *branch = node_new(g, NODE_IF, (Range){0});
		block_append(g->block, branch);
		node_add_input(branch, c);
		block_add_output(node_add_block(branch), v);
		block_add_output(node_add_block(branch), x);
		v = node_add_output(branch, &type_tensor, NULL);
	}
	block_add_output(g->block, v);
	Error err = ERROR_INIT;
	assert_int_equal(graph_optimize(g, evaluate, &err), STATUS_OK);
	assert_int_equal(graph_verify(g, &err), STATUS_OK);
	graph_free(&g);
}

int main(void)
{
	pool = type_pool_new();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts), cmocka_unit_test(inlining), cmocka_unit_test(exponential), cmocka_unit_test(freezing),
		cmocka_unit_test(long_programs),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	type_pool_unref(&pool);
	return failed;
}
