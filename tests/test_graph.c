// SPDX-License-Identifier: BSD-3-Clause
// The graph: editing keeps its invariants, text goes both ways, and the verifier sees what is wrong.
#include "ir/function.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static TypePool *pool;

static Graph *parse(const char *text)
{
	Graph *g;
	Error err = ERROR_INIT;
	if (graph_parse(text, strlen(text), pool, &g, &err) != STATUS_OK)
		fail_msg("%s\n%s", err.message, text);
	return g;
}

static void verify(const Graph *g)
{
	Error err = ERROR_INIT;
	if (graph_verify(g, &err) != STATUS_OK) {
		Text t = {0};
		graph_print(g, &t);
		fail_msg("%s\n%s", err.message, text_str(&t));
	}
}

static char *print(const Graph *g)
{
	Text t = {0};
	graph_print(g, &t);
	return text_take(&t);
}

static char *read_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	if (!f)
		fail_msg("cannot open %s", path);
	Text t = {0};
	char buf[4096];
	for (size_t n; (n = fread(buf, 1, sizeof buf, f)) > 0;)
		text_addn(&t, buf, n);
	fclose(f);
	return text_take(&t);
}

static void text_goes_both_ways(void **state)
{
	(void)state;
	char *text = read_file("tests/ir/round_trip.ir");
	Graph *g = parse(text);
	verify(g);
	char *once = print(g);
	Graph *again = parse(once);
	verify(again);
	char *twice = print(again);
	assert_string_equal(once, twice);
	Graph *copy = graph_copy(again);
	graph_free(&again);
	verify(copy);
	char *third = print(copy);
	assert_string_equal(once, third);
	// Apart from the numbers of the values that have none, the text itself comes back.
	assert_non_null(strstr(once, "%10 : str = prim::Constant[value=\"a\\\"b\\\\\\n\\x01\\t\\'é\"]()"));
	assert_non_null(strstr(once, "strides=[1, 2], requires_grad, parameter){1., 2., 3., 4., 5., inf}"));
	assert_non_null(strstr(once, "quant=(1, tensor(float64, [2]){0.5, 1.}, tensor(int64, [2]){0, 1}, 0))\"0102\""));
	assert_non_null(strstr(once, "block0(%i."));
	graph_free(&g);
	graph_free(&copy);
	free(text);
	free(once);
	free(twice);
	free(third);
}

static void malformed_text_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"", "graph", "graph(", "graph(%x):\n return ()", "graph(%x : Tensor):\n return (%y)",
		"graph(%x : Tensor, %x : Tensor):\n return ()", "graph():\n %1 : int = aten::nothing()\n return ()",
		"graph():\n %1 : int = prim::Constant()\n return ()", "graph():\n %1 : int = prim::Constant[value=]()\n return ()",
		"graph():\n %1 : Tensor = prim::Constant[value=tensor(float32, [3]){1., 2.}]()\n return ()",
		"graph():\n %1 : Tensor = prim::Constant[value=tensor(float32, [99999999999, 99999999999]){}]()\n return ()",
		"graph():\n %1 : Tensor = prim::Constant[value=tensor(float32, [2], strides=[9]){1., 2.}]()\n return ()",
		"graph():\n %1 : int[] = prim::Constant[value=[1, \"a\"]]()\n return ()",
		"graph():\n %1 : str = prim::Constant[value=\"a]()\n return ()",
		"graph(%c : bool):\n prim::If(%c)\n block0():\n -> ()\n return ()\n x",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		Graph *g;
		Error err = ERROR_INIT;
		Status st = graph_parse(bad[i], strlen(bad[i]), pool, &g, &err);
		if (st != STATUS_SYNTAX)
			fail_msg("%s: status %s", bad[i], status_name(st));
		assert_null(g);
		error_clear(&err);
	}
}

static void broken_graphs_are_seen(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"graph(%x : Tensor, %s : str):\n %1 : Tensor = aten::add.Tensor(%x, %s, %s)\n return (%1)",
		"graph(%x : Tensor):\n %1 : Tensor = aten::relu(%x, %x)\n return (%1)",
		"graph(%x : Tensor):\n %1 : Tensor, %2 : Tensor = aten::relu(%x)\n return (%1)",
		"graph(%x : Tensor):\n prim::If(%x)\n block0():\n -> ()\n block1():\n -> ()\n return ()",
		"graph(%c : bool):\n prim::If(%c)\n block0():\n -> ()\n return ()",
		"graph(%c : bool, %n : int):\n %1 : int = prim::If(%c)\n block0():\n %2 : int = aten::neg.int(%n)\n -> (%2)\n block1():\n -> (%2)\n return (%1)",
		"graph(%c : bool, %n : int):\n %1 : int = prim::Loop(%n, %c, %n)\n block0(%i : int, %k : int):\n -> (%c)\n return (%1)",
		"graph(%n : int):\n %1 : int = prim::TupleIndex[index=0](%n)\n return (%1)",
		"graph(%n : (int, int)):\n %1 : int = prim::TupleIndex[index=2](%n)\n return (%1)",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		Graph *g = parse(bad[i]);
		Error err = ERROR_INIT;
		if (graph_verify(g, &err) == STATUS_OK)
			fail_msg("accepted: %s", bad[i]);
		error_clear(&err);
		graph_free(&g);
	}
}

static void building(void **state)
{
	(void)state;
	Graph *g = graph_new(pool, "f");
	Value *x = block_add_input(g->block, type_list(pool, &type_int), "x");
	Node *node;
	Value *zero = graph_constant(g, iv_int(0), &type_int, (Range){0}, &node);
	block_append(g->block, node);
	Node *get = node_new_op(g, op_find_key("aten::__getitem__.t"), (Value *[]){x, zero}, 2, (Range){0});
	block_append(g->block, get);
	assert_ptr_equal(get->outputs[0]->type, &type_int); // t is bound
	block_add_output(g->block, get->outputs[0]);
	block_add_output(g->block, zero);
	verify(g);
	assert_int_equal(zero->nuses, 2);
	assert_true(value_dominates(zero, get));
	assert_false(value_dominates(get->outputs[0], get));
	Value *one = graph_constant(g, iv_int(1), &type_int, (Range){0}, &node);
	node_insert_before(node, g->block->head->next);
	value_replace_all(zero, one);
	assert_int_equal(zero->nuses, 0);
	assert_int_equal(one->nuses, 2);
	node_remove(zero->def);
	verify(g);
	block_remove_output(g->block, 0);
	assert_ptr_equal(g->block->outputs[0], one);
	node_remove(get);
	verify(g);
	graph_free(&g);
}

// Many nodes at one place, many uses of one value: the order keys must stay right, and it must not take long.
static void crowded(void **state)
{
	(void)state;
	Graph *g = graph_new(pool, "f");
	Value *x = block_add_input(g->block, &type_tensor, "x");
	Node *last = node_new_op(g, op_find_key("aten::relu"), &x, 1, (Range){0}), *node = last;
	block_append(g->block, last);
	for (int i = 0; i < 20000; i++) {
		node = node_new_op(g, op_find_key("aten::relu"), &x, 1, (Range){0});
		node_insert_before(node, i % 3 ? last : g->block->head->next);
	}
	verify(g);
	Value *y = block_add_input(g->block, &type_tensor, "y");
	value_replace_all(x, y);
	assert_int_equal(y->nuses, 20001);
	block_foreach_safe(n, next, g->block)
		if (n->outputs[0]->id % 2)
			node_remove(n);
	verify(g);
	graph_free(&g);
}

static int defined;
static Status define(Function *f, Error *err)
{
	defined++;
	if (!strcmp(f->short_name, "bad"))
		return (fail)(err, STATUS_COMPILE, "no such name");
	if (!strcmp(f->short_name, "self_calling"))
		return function_ensure(f, err);
	f->graph = graph_new(f->unit->pool, f->name);
	return STATUS_OK;
}

static void *ensure(void *f)
{
	assert_int_equal(function_ensure(f, NULL), STATUS_OK);
	return NULL;
}

static void functions(void **state)
{
	(void)state;
	Unit *u = unit_new();
	Function *f = unit_add_function(u, "__torch__.good", NULL);
	f->define = define;
	pthread_t threads[4];
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, ensure, f);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(defined, 1);
	assert_non_null(f->graph);
	assert_ptr_equal(unit_function(u, "__torch__.good"), f);
	assert_string_equal(f->short_name, "good");
	Function *bad = unit_add_function(u, "__torch__.bad", NULL);
	bad->define = define;
	for (int i = 0; i < 2; i++) {
		Error err = ERROR_INIT;
		assert_int_equal(function_ensure(bad, &err), STATUS_COMPILE);
		assert_string_equal(err.message, "no such name");
		error_clear(&err);
	}
	assert_int_equal(defined, 2);
	Function *loop = unit_add_function(u, "__torch__.self_calling", NULL);
	loop->define = define;
	Error err = ERROR_INIT;
	assert_int_equal(function_ensure(loop, &err), STATUS_COMPILE);
	assert_non_null(strstr(err.message, "is called recursively"));
	error_clear(&err);
	unit_unref(&u);
}

int main(void)
{
	pool = type_pool_new();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_goes_both_ways), cmocka_unit_test(malformed_text_is_refused),
		cmocka_unit_test(broken_graphs_are_seen), cmocka_unit_test(building), cmocka_unit_test(crowded),
		cmocka_unit_test(functions),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	type_pool_unref(&pool);
	return failed;
}
