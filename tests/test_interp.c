// SPDX-License-Identifier: BSD-3-Clause
// The machine: layout and liveness of blocks, moves of loop-carried values, calls, handlers and failures.
// Graphs are built by hand, small and awkward; leaks are the sanitizer's to find.
#include "interp/code.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static Unit *unit;

static Graph *graph(const char *name) { return graph_new(unit->pool, name); }

static Value *constant(Graph *g, Block *b, IValue v, const Type *t)
{
	Node *n;
	Value *r = graph_constant(g, v, t, (Range){0}, &n);
	block_append(b, n);
	return r;
}
static Value *integer(Graph *g, Block *b, int64_t i) { return constant(g, b, iv_int(i), &type_int); }

static Value *op2(Graph *g, Block *b, const char *key, Value *x, Value *y)
{
	Value *in[2] = {x, y};
	const Op *op = op_find_key(key);
	assert_non_null(op);
	Node *n = node_new_op(g, op, in, y ? 2 : 1, (Range){0});
	block_append(b, n);
	return n->outputs[0];
}

static Function *function(Graph *g, const char *name)
{
	Function *f = unit_add_function(unit, name, NULL);
	f->graph = g;
	f->state = 2;
	return f;
}

static Status call(Function *f, const IValue *args, int n, IValue *ret, Error *err)
{
	Generator *rng = generator_new(0);
	Exec x;
	exec_init(&x, err, rng);
	Status s = interp_call(&x, f, args, n, ret);
	generator_unref(&rng);
	return s;
}

static int setup(void **state)
{
	(void)state;
	unit = unit_new();
	return 0;
}
static int teardown(void **state)
{
	(void)state;
	unit_unref(&unit);
	return 0;
}

// for i in range(n): a, b = b, a + b   — a swap of carried values
static void loop_swaps_carried_values(void **state)
{
	(void)state;
	Graph *g = graph("fib");
	Block *b = g->block;
	Value *n = block_add_input(b, &type_int, "n");
	Value *zero = integer(g, b, 0), *one = integer(g, b, 1), *yes = constant(g, b, iv_bool(true), &type_bool);
	Node *loop = node_new(g, NODE_LOOP, (Range){0});
	node_add_input(loop, n);
	node_add_input(loop, yes);
	node_add_input(loop, zero);
	node_add_input(loop, one);
	Value *outa = node_add_output(loop, &type_int, "a"), *outb = node_add_output(loop, &type_int, "b");
	Block *body = node_add_block(loop);
	block_add_input(body, &type_int, "i");
	Value *x = block_add_input(body, &type_int, "a"), *y = block_add_input(body, &type_int, "b");
	Value *sum = op2(g, body, "aten::add.int", x, y);
	block_add_output(body, yes);
	block_add_output(body, y);
	block_add_output(body, sum);
	block_append(b, loop);
	block_add_output(b, outa);
	block_add_output(b, outb);
	Function *f = function(g, "fib");
	IValue arg = iv_int(20), ret;
	Error err = ERROR_INIT;
	assert_int_equal(call(f, &arg, 1, &ret, &err), STATUS_OK);
	assert_int_equal(ret.tag, TAG_TUPLE);
	assert_int_equal(ret.tuple->items[0].i, 6765);
	assert_int_equal(ret.tuple->items[1].i, 10946);
	ivalue_unref(&ret);
	arg = iv_int(0);
	assert_int_equal(call(f, &arg, 1, &ret, &err), STATUS_OK);
	assert_int_equal(ret.tuple->items[0].i, 0);
	ivalue_unref(&ret);
}

// l, m = m, l in a loop over lists, with a list built in the body: counted values
static void loop_moves_counted_values(void **state)
{
	(void)state;
	Graph *g = graph("lists");
	Block *b = g->block;
	const Type *ints = type_list(unit->pool, &type_int);
	Value *n = block_add_input(b, &type_int, "n"), *l = block_add_input(b, ints, "l"), *m = block_add_input(b, ints, "m");
	Value *yes = constant(g, b, iv_bool(true), &type_bool);
	Node *loop = node_new(g, NODE_LOOP, (Range){0});
	Value *in[] = {n, yes, l, m, l};
	for (int i = 0; i < 5; i++)
		node_add_input(loop, in[i]);
	Value *o1 = node_add_output(loop, ints, NULL), *o2 = node_add_output(loop, ints, NULL);
	node_add_output(loop, ints, NULL); // unused
	Block *body = node_add_block(loop);
	Value *i = block_add_input(body, &type_int, "i");
	Value *x = block_add_input(body, ints, "x"), *y = block_add_input(body, ints, "y");
	block_add_input(body, ints, "z"); // unused
	Node *list = node_new(g, NODE_LIST_CONSTRUCT, (Range){0});
	node_add_input(list, i);
	node_add_input(list, n);
	Value *fresh = node_add_output(list, ints, NULL);
	block_append(body, list);
	block_add_output(body, yes);
	block_add_output(body, y);
	block_add_output(body, x);
	block_add_output(body, fresh);
	block_append(b, loop);
	block_add_output(b, o1);
	block_add_output(b, o2);
	Function *f = function(g, "lists");
	int64_t v1[] = {1}, v2[] = {2};
	IValue args[3] = {iv_int(3), iv_take_list(list_of_ints(v1, 1)), iv_take_list(list_of_ints(v2, 1))}, ret;
	Error err = ERROR_INIT;
	assert_int_equal(call(f, args, 3, &ret, &err), STATUS_OK);
	assert_ptr_equal(ret.tuple->items[0].list, args[2].list);
	assert_ptr_equal(ret.tuple->items[1].list, args[1].list);
	ivalue_unref(&ret);
	assert_int_equal(args[1].obj->refs, 1);
	assert_int_equal(args[2].obj->refs, 1);
	ivalue_unref(&args[1]);
	ivalue_unref(&args[2]);
}

// if c: r = [1] else: r = l ; a value that dies in one branch only
static void branches_end_lives(void **state)
{
	(void)state;
	Graph *g = graph("branch");
	Block *b = g->block;
	const Type *ints = type_list(unit->pool, &type_int);
	Value *c = block_add_input(b, &type_bool, "c"), *l = block_add_input(b, ints, "l");
	Value *own = op2(g, b, "aten::copy.t", l, NULL);
	((Value *)own)->type = ints;
	Node *branch = node_new(g, NODE_IF, (Range){0});
	node_add_input(branch, c);
	Value *out = node_add_output(branch, ints, "r");
	Block *then = node_add_block(branch), *orelse = node_add_block(branch);
	Node *list = node_new(g, NODE_LIST_CONSTRUCT, (Range){0});
	node_add_input(list, integer(g, then, 7));
	Value *fresh = node_add_output(list, ints, NULL);
	block_append(then, list);
	block_add_output(then, fresh);
	block_add_output(orelse, own);
	block_append(b, branch);
	block_add_output(b, out);
	Function *f = function(g, "branch");
	int64_t v[] = {1, 2};
	for (int i = 0; i < 2; i++) {
		IValue args[2] = {iv_bool(i), iv_take_list(list_of_ints(v, 2))}, ret;
		Error err = ERROR_INIT;
		assert_int_equal(call(f, args, 2, &ret, &err), STATUS_OK);
		assert_int_equal(ret.list->n, i ? 1 : 2);
		assert_int_equal(ret.obj->refs, 1);
		assert_int_equal(args[1].obj->refs, 1);
		ivalue_unref(&ret);
		ivalue_unref(&args[1]);
	}
}

static void failures_carry_frames_and_leak_nothing(void **state)
{
	(void)state;
	Source *src = source_new("m.py", "def f(l, i):\n    return l[i]\n", 29);
	Graph *g = graph("f");
	graph_keep_source(g, src);
	Block *b = g->block;
	const Type *ints = type_list(unit->pool, &type_int);
	Value *l = block_add_input(b, ints, "l"), *i = block_add_input(b, &type_int, "i");
	Value *in[2] = {l, i};
	Node *n = node_new_op(g, op_find_key("aten::__getitem__.t"), in, 2, (Range){src, 24, 28});
	block_append(b, n);
	block_add_output(b, n->outputs[0]);
	Function *f = function(g, "f");
	Graph *h = graph("g");
	Value *hl = block_add_input(h->block, ints, "l");
	Node *call_node = node_new(h, NODE_CALL_FUNCTION, (Range){src, 0, 3});
	call_node->attr.fn = f;
	node_add_input(call_node, hl);
	node_add_input(call_node, integer(h, h->block, 5));
	Value *r = node_add_output(call_node, &type_int, NULL);
	block_append(h->block, call_node);
	block_add_output(h->block, r);
	Function *outer = function(h, "g");
	int64_t v[] = {1};
	IValue arg = iv_take_list(list_of_ints(v, 1)), ret;
	Error err = ERROR_INIT;
	assert_int_equal(call(outer, &arg, 1, &ret, &err), STATUS_INDEX);
	assert_string_equal(err.message, "list index out of range");
	assert_int_equal(err.nframes, 2);
	assert_string_equal(err.frames[0].function, "f");
	assert_string_equal(err.frames[1].function, "g");
	assert_int_equal(arg.obj->refs, 1);
	error_clear(&err);
	ivalue_unref(&arg);
	source_unref(&src);
}

static void endless_recursion_ends(void **state)
{
	(void)state;
	Graph *g = graph("r");
	Function *f = function(g, "r");
	Value *x = block_add_input(g->block, &type_int, "x");
	Node *n = node_new(g, NODE_CALL_FUNCTION, (Range){0});
	n->attr.fn = f;
	node_add_input(n, x);
	Value *r = node_add_output(n, &type_int, NULL);
	block_append(g->block, n);
	block_add_output(g->block, r);
	IValue arg = iv_int(1), ret;
	Error err = ERROR_INIT;
	assert_int_equal(call(f, &arg, 1, &ret, &err), STATUS_LIMIT);
	error_clear(&err);
}

static void fork_keeps_failures_until_wait(void **state)
{
	(void)state;
	for (int waits = 0; waits < 2; waits++) {
		Graph *g = graph("forked");
		Block *b = g->block;
		const Type *ints = type_list(unit->pool, &type_int);
		Value *l = block_add_input(b, ints, "l"), *i = block_add_input(b, &type_int, "i");
		Node *fork = node_new(g, NODE_FORK, (Range){0});
		Value *future = node_add_output(fork, type_future(unit->pool, &type_int), NULL);
		Block *body = node_add_block(fork);
		Value *copy = op2(g, body, "aten::copy.t", l, NULL);
		((Value *)copy)->type = ints;
		Value *e = op2(g, body, "aten::__getitem__.t", copy, i);
		((Value *)e)->type = &type_int;
		block_add_output(body, e);
		block_append(b, fork);
		if (waits) {
			Value *w = op2(g, b, "aten::wait", future, NULL);
			((Value *)w)->type = &type_int;
			block_add_output(b, w);
		} else {
			block_add_output(b, integer(g, b, 9));
		}
		Function *f = function(g, waits ? "waits" : "forgets");
		int64_t v[] = {4, 5};
		for (int64_t at = 1; at < 4; at += 2) {
			IValue args[2] = {iv_take_list(list_of_ints(v, 2)), iv_int(at)}, ret = iv_none();
			Error err = ERROR_INIT;
			Status s = call(f, args, 2, &ret, &err);
			assert_int_equal(s, waits && at > 1 ? STATUS_INDEX : STATUS_OK);
			if (s == STATUS_OK)
				assert_int_equal(ret.i, waits ? 5 : 9);
			assert_int_equal(args[0].obj->refs, 1);
			ivalue_unref(&args[0]);
			error_clear(&err);
		}
	}
}

static Function *declared(const char *name, const char *schema, Graph *g)
{
	Function *f = function(g, name);
	Error err = ERROR_INIT;
	f->schema = arena_new(&unit->arena, Schema);
	assert_int_equal(schema_parse(unit->pool, &unit->arena, schema, f->schema, &err), STATUS_OK);
	return f;
}

static Status host(Function *f, const IValue *args, int n, const char *kw, IValue kwarg, IValue *ret, Error *err)
{
	Exec x;
	exec_init(&x, err, NULL);
	return interp_call_host(&x, f, iv_none(), args, n, kw ? &kw : NULL, &kwarg, kw ? 1 : 0, ret);
}

static void host_arguments_are_converted(void **state)
{
	(void)state;
	Graph *g = graph("forward");
	Value *f = block_add_input(g->block, &type_float, "f"), *l = block_add_input(g->block,
		type_list(unit->pool, &type_int), "l");
	block_add_output(g->block, f);
	block_add_output(g->block, l);
	Function *fn = declared("forward", "forward(float f, int[] l=[7]) -> (float, int[])", g);
	Error err = ERROR_INIT;
	TupleObj *t = tuple_new(2, NULL);
	t->items[0] = iv_int(1);
	t->items[1] = iv_bool(true);
	IValue args[3] = {iv_int(3), iv_take_tuple(t), iv_none()}, ret;
	assert_int_equal(host(fn, args, 2, NULL, iv_none(), &ret, &err), STATUS_OK);
	assert_int_equal(ret.tuple->items[0].tag, TAG_FLOAT);
	assert_true(ret.tuple->items[0].f == 3);
	assert_int_equal(ret.tuple->items[1].list->n, 2);
	assert_int_equal(ret.tuple->items[1].list->items[1].tag, TAG_INT);
	ivalue_unref(&ret);
	assert_int_equal(host(fn, args, 1, NULL, iv_none(), &ret, &err), STATUS_OK); // the default
	assert_int_equal(ret.tuple->items[1].list->items[0].i, 7);
	ivalue_unref(&ret);
	assert_int_equal(host(fn, args, 0, NULL, iv_none(), &ret, &err), STATUS_ARGUMENT);
	assert_string_equal(err.message, "forward() is missing value for argument 'f'. Declaration: "
		"forward(float f, int[] l=[7]) -> (float, int[])");
	error_clear(&err);
	assert_int_equal(host(fn, args, 3, NULL, iv_none(), &ret, &err), STATUS_ARGUMENT);
	assert_string_equal(err.message, "forward() expected at most 2 argument(s) but received 3 argument(s). Declaration: "
		"forward(float f, int[] l=[7]) -> (float, int[])");
	error_clear(&err);
	assert_int_equal(host(fn, args, 1, "q", iv_int(1), &ret, &err), STATUS_ARGUMENT);
	assert_string_equal(err.message, "Unknown keyword argument 'q' for operator 'forward'. Schema: "
		"forward(float f, int[] l=[7]) -> (float, int[])");
	error_clear(&err);
	assert_int_equal(host(fn, args, 1, "f", iv_int(1), &ret, &err), STATUS_ARGUMENT);
	assert_string_equal(err.message, "Argument 'f' specified both as positional and keyword argument. Schema: "
		"forward(float f, int[] l=[7]) -> (float, int[])");
	error_clear(&err);
	IValue text = iv_cstr("a");
	assert_int_equal(host(fn, args, 1, "l", text, &ret, &err), STATUS_ARGUMENT);
	assert_string_equal(err.message, "forward() Expected a value of type 'List[int]' for argument 'l' but instead found "
		"type 'str'.\nPosition: 1\nValue: 'a'\nDeclaration: forward(float f, int[] l=[7]) -> (float, int[])");
	error_clear(&err);
	ivalue_unref(&text);
	ivalue_unref(&args[1]);
}

// What an archive claims about types is checked before kernels rely on it.

static void host_tensors_and_unions(void **state)
{
	(void)state;
	const Type *members[3] = {&type_str, &type_float, type_list(unit->pool, &type_int)};
	const Type *either = type_union(unit->pool, members, 3);
	Graph *g = graph("either");
	Value *t = block_add_input(g->block, &type_tensor, "t");
	block_add_output(g->block, op2(g, g->block, "aten::neg", t, NULL));
	block_add_input(g->block, either, "u");
	Function *fn = function(g, "either");
	fn->schema = arena_new(&unit->arena, Schema);
	Arg *a = arena_array(&unit->arena, Arg, 2);
	a[0] = (Arg){.name = "t", .type = &type_tensor};
	a[1] = (Arg){.name = "u", .type = either};
	*fn->schema = (Schema){.name = "either", .overload = "", .args = a, .nargs = 2};
	Error err = ERROR_INIT;
	IValue args[2] = {iv_none(), iv_int(1)}, ret;
	assert_int_equal(host(fn, args, 2, NULL, iv_none(), &ret, &err), STATUS_ARGUMENT); // an int is no float here
	assert_non_null(strstr(err.message, "Expected a value of type 'Union[List[int], float, str]' for argument 'u'"));
	assert_non_null(strstr(err.message, "either(Tensor t, Union(int[], float, str) u)"));
	error_clear(&err);
	args[1] = iv_float(1);
	assert_int_equal(host(fn, args, 2, NULL, iv_none(), &ret, &err), STATUS_RUNTIME); // None is an undefined tensor
	assert_non_null(strstr(err.message, "Expected a proper Tensor but got None"));
	error_clear(&err);
	assert_int_equal(host(fn, args, 1, "q", iv_int(1), &ret, &err), STATUS_ARGUMENT); // what is missing comes first
	assert_non_null(strstr(err.message, "missing value for argument 'u'"));
	error_clear(&err);
}

static void lies_about_types_are_found(void **state)
{
	(void)state;
	const Type *ints = type_list(unit->pool, &type_int);
	Graph *g = graph("cast");
	Value *a = block_add_input(g->block, &type_any, "a");
	Node *cast = node_new(g, NODE_UNCHECKED_CAST, (Range){0});
	node_add_input(cast, a);
	Value *l = node_add_output(cast, ints, NULL);
	block_append(g->block, cast);
	Value *n = op2(g, g->block, "aten::len.t", l, NULL);
	block_add_output(g->block, n);
	Function *f = function(g, "cast");
	IValue arg = iv_int(3), ret;
	Error err = ERROR_INIT;
	assert_int_equal(call(f, &arg, 1, &ret, &err), STATUS_RUNTIME);
	assert_string_equal(err.message, "expected List[int] but found 3");
	error_clear(&err);

	g = graph("unset");
	Node *unset = node_new(g, NODE_UNINITIALIZED, (Range){0});
	Value *t = node_add_output(unset, &type_tensor, NULL);
	block_append(g->block, unset);
	Value *in[2] = {t, t};
	Node *mul = node_new_op(g, op_find_key("aten::maximum"), in, 2, (Range){0});
	block_append(g->block, mul);
	block_add_output(g->block, mul->outputs[0]);
	f = function(g, "unset");
	assert_true(call(f, NULL, 0, &ret, &err) != STATUS_OK);
	error_clear(&err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(loop_swaps_carried_values, setup, teardown),
		cmocka_unit_test_setup_teardown(loop_moves_counted_values, setup, teardown),
		cmocka_unit_test_setup_teardown(branches_end_lives, setup, teardown),
		cmocka_unit_test_setup_teardown(failures_carry_frames_and_leak_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(endless_recursion_ends, setup, teardown),
		cmocka_unit_test_setup_teardown(fork_keeps_failures_until_wait, setup, teardown),
		cmocka_unit_test_setup_teardown(host_arguments_are_converted, setup, teardown),
		cmocka_unit_test_setup_teardown(host_tensors_and_unions, setup, teardown),
		cmocka_unit_test_setup_teardown(lies_about_types_are_found, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
