// SPDX-License-Identifier: BSD-3-Clause
// wick FILE.py, wick -c CODE, wick -: runs a Python program in the build stage.
#include "tools/program.h"

#include <stdlib.h>
#include <string.h>

enum { EXIT_INTERRUPTED = 130, TEXT_MAX = 64 << 20 };

wick_program *program_open(wick_context *cx, const Access *access, const char *const *argv, int argc)
{
	wick_program_options o = {.argv = argv, .argc = argc, .allow_read = access->reads,
		.allow_read_count = access->nreads, .allow_write = access->writes, .allow_write_count = access->nwrites};
	return wick_program_new(cx, &o);
}

int program_status(wick_context *cx, const wick_program *p, wick_status s)
{
	int code;
	fflush(stdout);
	if (wick_program_exited(p, &code)) {
		const char *text = wick_error_message(cx);
		if (code == 1 && strcmp(text, "1") != 0)
			fprintf(stderr, "%s\n", text);
		return code & 0xff;
	}
	if (s == WICK_OK)
		return 0;
	if (s == WICK_ERROR_CANCELLED) {
		fputs("KeyboardInterrupt\n", stderr);
		return EXIT_INTERRUPTED;
	}
	fputs(wick_error_report(cx), stderr);
	return EXIT_WORK;
}

static char *read_stdin(size_t *size)
{
	size_t cap = 1 << 16, n = 0;
	char *text = malloc(cap);
	for (;;) {
		if (!text)
			abort();
		size_t got = fread(text + n, 1, cap - n, stdin);
		n += got;
		if (!got || n > TEXT_MAX)
			break;
		if (n == cap)
			text = realloc(text, cap *= 2);
	}
	*size = n;
	return text;
}

static wick_status run_program(wick_program *p, const char *code, const char *file)
{
	if (code)
		return wick_program_run_text(p, "<string>", code, strlen(code), false);
	if (strcmp(file, "-") != 0)
		return wick_program_run_file(p, file);
	size_t n;
	char *text = read_stdin(&n);
	wick_status s = wick_program_run_text(p, "<stdin>", text, n, false);
	free(text);
	return s;
}

static int run(int argc, char **argv)
{
	Common common = {0};
	Access access = {0};
	const char *code = NULL;
	bool interactive = false;
	Option options[] = {
		{.name = "-c", .value = "CODE", .help = "run this text", .text = &code, .last = true},
		{.name = "-i", .help = "go on at the prompt afterwards", .flag = &interactive},
		ACCESS_OPTIONS(access),
		PROGRAM_OPTIONS(common),
		{0},
	};
	int n = parse_options(&command_script, options, argc, argv);
	if (n < 0)
		return n == -2 ? 0 : EXIT_USAGE;
	if (!code && n < 1) {
		fprintf(stderr, "Usage: wick %s\n", command_script.arguments);
		return EXIT_USAGE;
	}
	wick_context *cx = common_context(&common);
	if (!cx)
		return EXIT_USAGE;
	// argv[1 …] are the file and its arguments; after -c, the arguments alone.
	const char **args = (const char **)argv + 1;
	if (code) {
		args = (const char **)argv;
		args[0] = "-c";
		n++;
	}
	wick_program *p = program_open(cx, &access, args, n);
	interrupt_watch(cx);
	int status = program_status(cx, p, run_program(p, code, args[0]));
	if (interactive)
		status = prompt_run(cx, p);
	interrupt_watch(NULL);
	wick_program_free(p);
	wick_context_free(cx);
	access_free(&access);
	if (fflush(stdout)) {
		perror("wick: stdout");
		status = status ? status : EXIT_WORK;
	}
	return status;
}

const Command command_script = {
	.name = "",
	.arguments = "FILE.py [ARG …] | -c CODE [ARG …] | - [ARG …]",
	.summary = "run a Python program: a file, a text, or standard input",
	.run = run,
	.program = true,
};
