// SPDX-License-Identifier: BSD-3-Clause
// wick FILE.py, wick -c CODE, wick -: runs a Python program in the build stage.
#include "tools/program.h"

#include <stdlib.h>
#include <string.h>

enum { EXIT_INTERRUPTED = 130 };

wick_program *program_open(wick_context *cx, const Access *access, const char *const *argv, int argc)
{
	wick_program_options o = {.argv = argv, .argc = argc, .allow_read = access->reads,
		.allow_read_count = access->nreads, .allow_write = access->writes, .allow_write_count = access->nwrites};
	return wick_program_new(cx, &o);
}

int program_status(wick_context *cx, wick_status s)
{
	int code;
	fflush(stdout);
	if (wick_program_exited(cx, &code)) {
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
	if (s == WICK_ERROR_IO) { // the file itself; what a program fails to open is an exception
		fprintf(stderr, "wick: %s\n", wick_error_message(cx));
		return EXIT_USAGE;
	}
	fputs(wick_error_report(cx), stderr);
	return EXIT_WORK;
}

static char *read_stdin(void)
{
	char *text = NULL;
	size_t cap = 0;
	ssize_t n = getdelim(&text, &cap, '\0', stdin);
	if (n < 0) {
		free(text);
		text = strdup("");
		if (!text)
			abort();
	}
	return text;
}

static wick_status run_program(wick_context *cx, wick_program *p, const char *code, const char *file)
{
	if (code)
		return wick_program_run_text(cx, p, "<string>", code, false);
	if (strcmp(file, "-") != 0)
		return wick_program_run_file(cx, p, file);
	char *text = read_stdin();
	wick_status s = wick_program_run_text(cx, p, "<stdin>", text, false);
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
	int status = program_status(cx, run_program(cx, p, code, args[0]));
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
