// SPDX-License-Identifier: BSD-3-Clause
// wick run: calls a method of an archive and prints or saves what it returns.
#include "tools/cli.h"

#include <stdlib.h>
#include <string.h>

static bool looks_like_keyword(const char *arg, size_t *name)
{
	size_t n = 0;
	while ((arg[n] >= 'a' && arg[n] <= 'z') || (arg[n] >= 'A' && arg[n] <= 'Z') || arg[n] == '_' ||
		(n && arg[n] >= '0' && arg[n] <= '9'))
		n++;
	*name = n;
	return n && arg[n] == '=' && arg[n + 1] != '=';
}

static int print_result(wick_value *v, bool json)
{
	if (json) {
		bool whole = json_value(stdout, v);
		putchar('\n');
		if (!whole) {
			fprintf(stderr, "wick: the result is nested too deep or too large for JSON, and was cut off\n");
			return EXIT_WORK;
		}
	} else if (wick_value_kind(v) != WICK_KIND_NONE) {
		char *text = wick_value_kind(v) == WICK_KIND_STRING ? wick_value_str(v) : wick_value_repr(v);
		puts(text);
		wick_free(text);
	}
	if (fflush(stdout)) {
		perror("wick: stdout");
		return EXIT_WORK;
	}
	return 0;
}

static int run(int argc, char **argv)
{
	Common common = {0};
	const char *method = "forward", *output = NULL;
	bool timing = false, train = false, eval = false, freeze = false;
	Option options[] = {
		{.name = "--method", .short_name = "-m", .value = "NAME", .help = "method, or path of one (encoder.forward)",
			.text = &method},
		{.name = "--output", .short_name = "-o", .value = "FILE", .help = "save the result: .pt, .safetensors, .npz or .npy", .text = &output},
		{.name = "--time", .help = "report what loading and running took, on stderr", .flag = &timing},
		{.name = "--train", .help = "call train() first", .flag = &train},
		{.name = "--eval", .help = "call eval() first", .flag = &eval},
		{.name = "--freeze", .help = "eval(), then freeze: constants folded, batch norms in convolutions", .flag = &freeze},
		COMMON_OPTIONS(common),
		{0},
	};
	int n = parse_options(&command_run, options, argc, argv);
	if (n < 0)
		return n == -2 ? 0 : EXIT_USAGE;
	if (n < 1) {
		fprintf(stderr, "wick run: which model?  Usage: wick run %s\n", command_run.arguments);
		return EXIT_USAGE;
	}
	double t0 = seconds();
	wick_context *cx = common_context(&common);
	if (!cx)
		return EXIT_USAGE;
	wick_model *model = open_model(cx, argv[1]);
	if (!model) {
		wick_context_free(cx);
		return EXIT_WORK;
	}
	double t1 = seconds();

	int status = 0, nargs = 0, nkw = 0;
	wick_value **args = calloc((size_t)n, sizeof *args), **kwargs = calloc((size_t)n, sizeof *kwargs), *result = NULL;
	char **names = calloc((size_t)n, sizeof *names);
	if (!args || !kwargs || !names)
		abort();
	for (int i = 2; i <= n && !status; i++) {
		size_t name;
		if (looks_like_keyword(argv[i], &name)) {
			names[nkw] = strndup(argv[i], name);
			kwargs[nkw] = read_argument(cx, argv[i] + name + 1);
			status = kwargs[nkw++] ? 0 : EXIT_WORK;
		} else {
			args[nargs] = read_argument(cx, argv[i]);
			status = args[nargs++] ? 0 : EXIT_WORK;
		}
	}
	if (!status && (train || eval || freeze))
		wick_model_train(cx, model, train && !freeze);
	if (!status && freeze && wick_model_freeze(cx, model) != WICK_OK)
		status = complain(cx, argv[1]);
	double t2 = seconds(), t3 = t2;
	if (!status) {
		if (wick_call_kw(cx, model, method, args, nargs, (const char *const *)names, kwargs, nkw, &result) != WICK_OK)
			status = complain(cx, argv[1]);
		t3 = seconds();
	}
	size_t peak = wick_peak_memory(cx);
	if (!status && output) {
		if (wick_value_save(cx, result, output) != WICK_OK)
			status = complain(cx, output);
	} else if (!status) {
		status = print_result(result, common.json);
	}
	if (timing && !status)
		fprintf(stderr, "load %.2f ms, run %.2f ms, total %.2f ms; tensors %.2f MB, process %.1f MB\n", (t1 - t0) * 1e3,
			(t3 - t2) * 1e3, (seconds() - t0) * 1e3, (double)peak / 1e6, (double)resident_peak() / 1e6);

	for (int i = 0; i < n; i++) {
		wick_value_free(args[i]);
		wick_value_free(kwargs[i]);
		free(names[i]);
	}
	free(args);
	free(kwargs);
	free(names);
	wick_value_free(result);
	wick_model_free(model);
	wick_context_free(cx);
	return status;
}

const Command command_run = {
	.name = "run",
	.arguments = "MODEL [ARG … NAME=ARG …]",
	.summary = "run a model; ARG: an expression such as 'torch.rand(1,3,8,8)', or @file (.npy .npz .pt .safetensors)",
	.run = run,
};
