// SPDX-License-Identifier: BSD-3-Clause
// wick bench: how long a model takes: loading, the first call, the steady state.
#include "tools/cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

typedef struct Timing {
	double first, median, fastest, slowest;
	int runs;
	size_t peak;
} Timing;

// Repeats the call until about `budget` seconds are used, at least 3 and at most 10000 times.
static bool measure(wick_context *cx, wick_model *model, const char *method, wick_value **args, int nargs, double budget,
	Timing *t)
{
	enum { MAX_RUNS = 10000 };
	double *times = malloc(MAX_RUNS * sizeof *times);
	if (!times)
		abort();
	int n = 0;
	double start = seconds();
	*t = (Timing){0};
	for (int i = 0; i <= MAX_RUNS; i++) {
		wick_value *out = NULL;
		double t0 = seconds();
		if (wick_call(cx, model, method, args, nargs, &out) != WICK_OK) {
			free(times);
			return false;
		}
		double took = seconds() - t0;
		wick_value_free(out);
		if (wick_peak_memory(cx) > t->peak)
			t->peak = wick_peak_memory(cx);
		if (i == 0)
			t->first = took;
		else
			times[n++] = took;
		if (n >= MAX_RUNS || (n >= 3 && seconds() - start > budget))
			break;
	}
	qsort(times, (size_t)n, sizeof *times, compare_doubles);
	t->runs = n;
	t->median = n % 2 ? times[n / 2] : 0.5 * (times[n / 2 - 1] + times[n / 2]);
	t->fastest = times[0];
	t->slowest = times[n - 1];
	free(times);
	return true;
}

static int bench_shape(wick_context *cx, wick_model *model, const char *method, char **exprs, int n, double budget,
	bool json, bool comma)
{
	int nargs = 0;
	wick_value **args = calloc((size_t)n + 1, sizeof *args);
	if (!args)
		abort();
	int status = 0;
	for (int i = 0; i < n && !status; i++)
		status = (args[nargs++] = read_argument(cx, exprs[i])) ? 0 : EXIT_WORK;
	Timing t;
	if (!status && !measure(cx, model, method, args, nargs, budget, &t))
		status = complain(cx, "bench");
	if (!status && json) {
		printf("%s{\"args\":[", comma ? "," : "");
		for (int i = 0; i < n; i++) {
			fputs(i ? "," : "", stdout);
			json_string(stdout, exprs[i], strlen(exprs[i]));
		}
		printf("],\"first_ms\":%.4f,\"median_ms\":%.4f,\"min_ms\":%.4f,\"max_ms\":%.4f,\"runs\":%d,\"peak_bytes\":%zu}",
			t.first * 1e3, t.median * 1e3, t.fastest * 1e3, t.slowest * 1e3, t.runs, t.peak);
	} else if (!status) {
		for (int i = 0; i < n; i++)
			printf("%s%s", i ? " " : "", exprs[i]);
		printf("\n  first %.3f ms, median %.3f ms (min %.3f, max %.3f; %d runs), peak %.2f MB\n", t.first * 1e3,
			t.median * 1e3, t.fastest * 1e3, t.slowest * 1e3, t.runs, (double)t.peak / 1e6);
	}
	for (int i = 0; i < nargs; i++)
		wick_value_free(args[i]);
	free(args);
	return status;
}

static int run(int argc, char **argv)
{
	Common common = {0};
	const char *method = "forward";
	double budget = 2;
	bool freeze = false;
	Option options[] = {
		{.name = "--method", .short_name = "-m", .value = "NAME", .help = "method to call", .text = &method},
		{.name = "--seconds", .value = "S", .help = "time to spend on each set of arguments (default 2)", .number = &budget},
		{.name = "--freeze", .help = "eval(), then freeze: constants folded, batch norms in convolutions", .flag = &freeze},
		COMMON_OPTIONS(common),
		{0},
	};
	int n = parse_options(&command_bench, options, argc, argv);
	if (n < 0)
		return n == -2 ? 0 : EXIT_USAGE;
	if (n < 1) {
		fprintf(stderr, "Usage: wick bench %s\n", command_bench.arguments);
		return EXIT_USAGE;
	}
	wick_context *cx = common_context(&common);
	if (!cx)
		return EXIT_USAGE;
	double t0 = seconds();
	wick_model *model = open_model(cx, argv[1]);
	double load = seconds() - t0;
	int status = model ? 0 : EXIT_WORK;
	if (model && freeze) {
		wick_model_train(cx, model, false);
		if (wick_model_freeze(cx, model) != WICK_OK)
			status = complain(cx, argv[1]);
	}
	if (status) {
		wick_model_free(model);
		wick_context_free(cx);
		return status;
	}
	if (model && common.json)
		printf("{\"model\":\"%s\",\"load_ms\":%.3f,\"threads\":%d,\"cpu\":\"%s\",\"shapes\":[", argv[1], load * 1e3,
			wick_threads(), wick_cpu_features());
	else if (model)
		printf("load %.3f ms, %d threads, %s\n", load * 1e3, wick_threads(), wick_cpu_features());
	// Argument sets are separated by a lone comma.
	for (int i = 2; !status; ) {
		int end = i;
		while (end <= n && strcmp(argv[end], ",") != 0)
			end++;
		status = bench_shape(cx, model, method, argv + i, end - i, budget, common.json, i > 2);
		if (end > n)
			break;
		i = end + 1;
	}
	if (model && common.json)
		printf("],\"process_peak_bytes\":%zu}\n", resident_peak());
	wick_model_free(model);
	wick_context_free(cx);
	return status;
}

const Command command_bench = {
	.name = "bench",
	.arguments = "MODEL [ARG … [, ARG …]]",
	.summary = "time a model; several sets of arguments are separated by a lone ','",
	.run = run,
};
