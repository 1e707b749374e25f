// SPDX-License-Identifier: BSD-3-Clause
// Reductions, scans, order statistics and softmax: rows recorded from PyTorch.
#include "op_rows.h"

static void rows(void **state)
{
	(void)state;
	rows_run("tests/ops/reduce.txt");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(rows)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
