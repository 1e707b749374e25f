// SPDX-License-Identifier: BSD-3-Clause
// wick: the program.  Each subcommand is a file, written on the public API.
#include "tools/cli.h"

#include <string.h>

static const Command *const commands[] = {
	&command_script, &command_run, &command_inspect, &command_save, &command_test, &command_bench, &command_convert, &command_ops,
	&command_doctor,
};
enum { NCOMMANDS = sizeof commands / sizeof commands[0] };

static void usage(FILE *out)
{
	fprintf(out, "wick %s: runs TorchScript models without PyTorch\n\nUsage:\n", wick_version());
	for (int i = 0; i < NCOMMANDS; i++)
		fprintf(out, "  wick %s %s\n      %s\n", commands[i]->name, commands[i]->arguments, commands[i]->summary);
	fprintf(out, "\n'wick COMMAND --help' has the options.  WICK_CPU=ref|avx2|avx512 limits the instruction set.\n");
}

int main(int argc, char **argv)
{
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
		if (!strcmp(argv[1], commands[i]->name))
			return commands[i]->run(argc - 1, argv + 1);
	size_t n = strlen(argv[1]);
	if (n > 3 && !strcmp(argv[1] + n - 3, ".py"))
		return command_script.run(argc, argv);
	fprintf(stderr, "wick: unknown command '%s'\n\n", argv[1]);
	usage(stderr);
	return EXIT_USAGE;
}
