// SPDX-License-Identifier: BSD-3-Clause
// The op table: every row parses, prints back, and has the facts that passes rely on.
#include "ir/scan.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void rows_round_trip(void **state)
{
	(void)state;
	Text t = {0};
	for (int i = 0; i < op_count(); i++) {
		const Op *op = op_at(i);
		t.size = 0;
		schema_print(op->schema, &t);
		if (strcmp(text_str(&t), op->text))
			fail_msg("%s\nprints as\n%s", op->text, text_str(&t));
		t.size = 0;
		op_key(op, &t);
		assert_ptr_equal(op_find_key(text_str(&t)), op);
	}
	text_free(&t);
}

static void names_stand_together(void **state)
{
	(void)state;
	for (int i = 0; i < op_count(); i++) {
		const Op *op = op_at(i), *const *all;
		int n = op_overloads(op->schema->name, &all), found = 0;
		for (int k = 0; k < n; k++)
			found += all[k] == op;
		if (found != 1)
			fail_msg("the rows of %s are scattered", op->schema->name);
	}
}

static void adaptor_rows_have_siblings(void **state)
{
	(void)state;
	int without = 0;
	for (int i = 0; i < op_count(); i++) {
		const Op *op = op_at(i);
		if ((op->form == OP_OUT || op->form == OP_INPLACE) && !op->sibling) {
			print_message("no sibling: %s\n", op->text);
			without++;
		}
		if (op->sibling && op->form == OP_INPLACE)
			assert_false(op->sibling->schema->args[0].alias.written);
	}
	assert_int_equal(without, 0);
}

static void facts(void **state)
{
	(void)state;
	const Op *add = op_find("aten::add", "Tensor");
	assert_non_null(add);
	assert_true(add->pure);
	assert_int_equal(add->schema->nargs, 3);
	assert_true(add->schema->args[2].kwonly);
	assert_int_equal(add->schema->args[2].def.tag, TAG_INT);
	const Op *add_ = op_find_key("aten::add_.Tensor");
	assert_true(add_->writes && !add_->pure && add_->effect);
	assert_ptr_equal(add_->sibling, add);
	assert_ptr_equal(op_find_key("aten::add.out")->sibling, add);
	assert_true(op_find_key("aten::add.out")->schema->args[3].is_out);
	assert_ptr_equal(op_find_key("aten::empty.out")->sibling, op_find_key("aten::empty.memory_format"));
	const Op *empty = op_find_key("aten::empty.memory_format");
	assert_true(!empty->pure && !empty->effect);
	assert_true(op_find_key("aten::dropout")->effect);
	assert_true(op_find_key("aten::bernoulli")->effect);
	assert_true(op_find_key("prim::Print")->effect);
	assert_true(op_find_key("prim::RaiseException")->effect);
	const Op *split = op_find_key("aten::split.Tensor");
	assert_int_equal(split->schema->args[0].alias.before, 1);
	assert_int_equal(split->schema->args[0].alias.after, 1u << 31);
	assert_int_equal(split->schema->rets[0].elem_alias.before, 1);
	const Op *pool = op_find_key("aten::max_pool2d");
	assert_int_equal(pool->schema->args[1].fixed, 2);
	assert_int_equal(pool->schema->args[3].def.list->n, 2);
	assert_null(op_find_key("aten::nothing"));
	assert_false(op_name_exists("aten::ad"));
	assert_true(op_find_key("prim::Loop")->schema->vararg);
	assert_string_equal(op_canonical_name("aten::absolute"), "aten::abs");
	assert_string_equal(op_canonical_name("aten::absolute_"), "aten::abs_");
	assert_string_equal(op_canonical_name("aten::true_divide"), "aten::div");
	assert_string_equal(op_canonical_name("aten::add"), "aten::add");
}

static void *look_up(void *arg)
{
	int step = *(int *)arg;
	size_t sum = 0;
	for (int i = 0; i < op_count(); i++) {
		const Op *op = op_at((int)((int64_t)i * step % op_count()));
		sum += (size_t)op->schema->nargs + op->pure + (op->sibling ? (size_t)op->sibling->schema->nargs : 0);
	}
	return (void *)sum;
}

// First of all tests, while nothing is parsed yet: four threads read the table in four orders.
static void threads_share_the_table(void **state)
{
	(void)state;
	int steps[] = {1, 7, 11, 13};
	pthread_t threads[4];
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, look_up, &steps[i]);
	for (int i = 0; i < 4; i++) {
		void *sum;
		pthread_join(threads[i], &sum);
		assert_ptr_equal(sum, look_up(&steps[i]));
	}
}

static void schemas_of_all_shapes(void **state)
{
	(void)state;
	static const char *const good[] = {
		"forward(__torch__.M self, Tensor x, int n=3) -> (Tensor, Dict(str, int)?)",
		"__torch__.a.f() -> ()",
		"aten::a.b(Tensor(a!)[] x, *, Future(t) y, Stream s, str[] z=[\"a\\n\"]) -> Tensor(b|a)",
		"aten::c(float x=inf, float y=-0., Device d=\"cuda:1\", (int, Tensor)[] p) -> ((int, t)[])",
		"aten::d(Union(int, str) x, AnyEnumType e) -> t(*)?",
	};
	static const char *const bad[] = {
		"aten::a(Tensor) -> Tensor", "aten::a(Tensor x -> Tensor", "aten::a(Foo x) -> Tensor",
		"aten::a(int x=) -> ()", "aten::a(Tensor(A) x) -> ()", "aten::a(..., int x) -> ()", "(", "",
		"aten::a() -> int, int", "aten::a(int x=99999999999999999999) -> ()", "aten::a(str x=\"a) -> ()",
		"aten::a(*, int x, *) -> ()",
	};
	Arena arena = {0};
	TypePool *pool = type_pool_new();
	Text t = {0};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		Schema s;
		Error err = ERROR_INIT;
		if (schema_parse(pool, &arena, good[i], &s, &err) != STATUS_OK)
			fail_msg("%s: %s", good[i], err.message);
		t.size = 0;
		schema_print(&s, &t);
		assert_string_equal(text_str(&t), good[i]);
		for (int k = 0; k < s.nargs; k++)
			ivalue_unref(&s.args[k].def);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		Schema s;
		Error err = ERROR_INIT;
		assert_int_equal(schema_parse(pool, &arena, bad[i], &s, &err), STATUS_SYNTAX);
		error_clear(&err);
	}
	text_free(&t);
	arena_free(&arena);
	type_pool_unref(&pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_share_the_table),
		cmocka_unit_test(rows_round_trip), cmocka_unit_test(names_stand_together),
		cmocka_unit_test(adaptor_rows_have_siblings), cmocka_unit_test(facts),
		cmocka_unit_test(schemas_of_all_shapes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
