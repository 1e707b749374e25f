// SPDX-License-Identifier: BSD-3-Clause
// wick FILE.py: runs a Python program of the language, with the arguments that follow it as sys.argv.
#include "tools/cli.h"

#include <stdlib.h>
#include <string.h>

static int run(int argc, char **argv)
{
	Common common = {0};
	const char **reads = NULL, **writes = NULL;
	int nreads = 0, nwrites = 0;
	Option options[] = {
		{.name = "--allow-read", .value = "PATH", .help = "a file or folder that the program may read", .list = &reads,
			.count = &nreads},
		{.name = "--allow-write", .value = "PATH", .help = "a file or folder that the program may write", .list = &writes,
			.count = &nwrites},
		COMMON_OPTIONS(common),
		{0},
	};
	int file = 1; // what follows the file is the program's own
	while (file < argc) {
		size_t n = strlen(argv[file]);
		if (n > 3 && !strcmp(argv[file] + n - 3, ".py"))
			break;
		file++;
	}
	int n = parse_options(&command_script, options, file < argc ? file + 1 : argc, argv);
	if (n < 0)
		return n == -2 ? 0 : EXIT_USAGE;
	if (n < 1 || file == argc) {
		fprintf(stderr, "wick script: which file?  Usage: wick script %s\n", command_script.arguments);
		return EXIT_USAGE;
	}
	wick_context *cx = common_context(&common);
	if (!cx)
		return EXIT_USAGE;
	wick_program_options o = {.argv = (const char *const *)argv + file, .argc = argc - file, .allow_read = reads,
		.allow_read_count = nreads, .allow_write = writes, .allow_write_count = nwrites};
	argv[file] = argv[n];
	wick_program *p = wick_program_new(cx, &o);
	int status = 0;
	if (wick_program_run_file(cx, p, argv[n]) != WICK_OK) {
		fflush(stdout);
		if (!wick_program_exited(cx, &status)) {
			fputs(wick_error_report(cx), stderr);
			status = EXIT_WORK;
		} else if (status == 1 && strcmp(wick_error_message(cx), "1") && strcmp(wick_error_message(cx), "True")) {
			fprintf(stderr, "%s\n", wick_error_message(cx));
		}
	}
	wick_program_free(p);
	wick_context_free(cx);
	free(reads);
	free(writes);
	if (fflush(stdout)) {
		perror("wick: stdout");
		return EXIT_WORK;
	}
	return status;
}

const Command command_script = {"script", "[OPTION …] FILE.py [ARG …]", "run a Python program; `wick FILE.py` does too", run};
