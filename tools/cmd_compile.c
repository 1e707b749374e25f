// SPDX-License-Identifier: BSD-3-Clause
// wick compile: a model file becomes an archive.
#include "tools/cli.h"

#include <stdlib.h>
#include <string.h>

// FILE.py[:EXPR]: the colon after ".py", so that names of folders may hold one.
static char *split(const char *arg, const char **expression)
{
	const char *end = strstr(arg, ".py:");
	*expression = end ? end + 4 : NULL;
	return end ? strndup(arg, (size_t)(end + 3 - arg)) : strdup(arg);
}

static int run(int argc, char **argv)
{
	Common common = {0};
	const char *out = NULL, *target = NULL, *trace = NULL;
	Access access = {0};
	bool train = false, eval = false;
	Option options[] = {
		{.name = "--output", .short_name = "-o", .value = "FILE", .help = "where the archive goes", .text = &out},
		{.name = "--target", .value = "VERSION", .help = "the oldest PyTorch that must read it: 1.6 (default: current "
			"versions)", .text = &target},
		{.name = "--trace", .value = "INPUTS", .help = "trace instead of script: the inputs are an expression, "
			"'torch.rand(1, 3, 8, 8)'", .text = &trace},
		{.name = "--eval", .help = "call eval() before saving", .flag = &eval},
		{.name = "--train", .help = "call train() before saving", .flag = &train},
		ACCESS_OPTIONS(access),
		PROGRAM_OPTIONS(common),
		{0},
	};
	int n = parse_options(&command_compile, options, argc, argv);
	if (n < 0)
		return n == -2 ? 0 : EXIT_USAGE;
	if (n < 1 || !out) {
		fprintf(stderr, "Usage: wick compile %s\n", command_compile.arguments);
		return EXIT_USAGE;
	}
	wick_context *cx = common_context(&common);
	if (!cx)
		return EXIT_USAGE;
	const char *expression;
	char *path = split(argv[1], &expression);
	wick_model *m = NULL;
	wick_compile_options compile = {.allow_read = access.reads, .allow_read_count = access.nreads,
		.allow_write = access.writes, .allow_write_count = access.nwrites, .argv = (const char *const *)argv + 2,
		.argc = n - 1, .trace = trace};
	wick_save_options save = {.target = target};
	int status = 0;
	if (wick_compile(cx, path, expression, &compile, &m) != WICK_OK)
		status = complain(cx, path);
	if (!status && (train || eval))
		wick_model_train(cx, m, train);
	if (!status && wick_model_save(cx, m, out, &save) != WICK_OK)
		status = complain(cx, out);
	wick_model_free(m);
	wick_context_free(cx);
	free(path);
	access_free(&access);
	return status;
}

const Command command_compile = {
	.name = "compile",
	.arguments = "FILE.py[:EXPR] [ARG …] -o OUT.pt",
	.summary = "build the model of a Python file and write it as an archive",
	.run = run,
};
