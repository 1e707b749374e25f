// SPDX-License-Identifier: BSD-3-Clause
// Rows of tests/ops/random.txt: what PyTorch answered.
#include "tests/expressions.h"

static void rows(void **state)
{
	(void)state;
	check_expressions("tests/ops/random.txt");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(rows)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
