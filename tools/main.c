// SPDX-License-Identifier: BSD-3-Clause
// wick: the program.  Each subcommand is a file, written on the public API.
#include "tools/cli.h"

#include <string.h>
#include <unistd.h>

// In the order of the usage text; a title stands before the first of its group.
static const struct { const char *title; const Command *command; } commands[] = {
	{"Make models", &command_script},
	{NULL, &command_repl},
	{NULL, &command_compile},
	{"Use models", &command_run},
	{NULL, &command_inspect},
	{NULL, &command_test},
	{NULL, &command_bench},
	{"Files", &command_save},
	{NULL, &command_convert},
	{"This program", &command_ops},
	{NULL, &command_doctor},
};
enum { NCOMMANDS = sizeof commands / sizeof commands[0] };

static void usage(FILE *out)
{
	fprintf(out, "wick %s: TorchScript models, written and run without PyTorch\n", wick_version());
	for (int i = 0; i < NCOMMANDS; i++) {
		const Command *c = commands[i].command;
		if (commands[i].title)
			fprintf(out, "\n%s\n", commands[i].title);
		fprintf(out, "  wick %s%s%s\n      %s\n", c->name, *c->name && *c->arguments ? " " : "", c->arguments, c->summary);
	}
	fprintf(out, "\n'wick COMMAND --help' has the options.  WICK_CPU=ref|avx2|avx512 limits the instruction set.\n");
}

// Anything that is no command but looks like a file to run, or like an option of one.
static bool is_program(const char *arg)
{
	size_t n = strlen(arg);
	return arg[0] == '-' || strchr(arg, '/') || (n > 3 && !strcmp(arg + n - 3, ".py"));
}

int main(int argc, char **argv)
{
	if (argc < 2 && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		return command_repl.run(1, (char *[]){"repl", NULL});
	if (argc < 2) {
		usage(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		usage(stdout);
		return 0;
	}
	if (!strcmp(argv[1], "--version")) {
		printf("wick %s\n", wick_version());
		return 0;
	}
	for (int i = 0; i < NCOMMANDS; i++)
		if (*commands[i].command->name && !strcmp(argv[1], commands[i].command->name))
			return commands[i].command->run(argc - 1, argv + 1);
	if (is_program(argv[1]))
		return command_script.run(argc, argv);
	fprintf(stderr, "wick: unknown command '%s'\n\n", argv[1]);
	usage(stderr);
	return EXIT_USAGE;
}
