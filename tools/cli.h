// SPDX-License-Identifier: BSD-3-Clause
// What the subcommands share: options, messages, arguments of models.
#ifndef WICK_TOOLS_CLI_H
#define WICK_TOOLS_CLI_H

#include "wick.h"

#include <stdio.h>

// Exit codes: 0 success, 1 the work failed, 2 the command line is wrong.
enum { EXIT_WORK = 1, EXIT_USAGE = 2 };

// One option of a subcommand.  Exactly one of the destinations is set.
typedef struct Option {
	const char *name;        // "--seed"
	const char *short_name;  // "-o" or NULL
	const char *value;       // name of its value in --help, or NULL for a flag
	const char *help;
	bool *flag;
	const char **text;
	double *number;          // with an optional K, M or G suffix (powers of 1024)
	const char ***list;      // may be repeated; *count is raised
	int *count;
	bool last;               // what follows it belongs to the program that is run
} Option;

typedef struct Command {
	const char *name;
	const char *arguments;   // "MODEL [ARG …]"
	const char *summary;
	int (*run)(int argc, char **argv); // argv[0] is the command's name
	bool program;            // options end at the first positional argument: the rest belongs to a program
} Command;

// Sorts argv into options and the rest.  Returns the number of positional arguments, which end up in argv[1 …], or
// -1 after printing what is wrong; -2 when --help was asked for and printed.  "--" ends the options.
int parse_options(const Command *cmd, Option *options, int argc, char **argv);

extern const Command command_run, command_inspect, command_test, command_ops, command_bench, command_doctor,
	command_convert, command_save, command_repl, command_script, command_compile;

// Options that mean the same everywhere.
typedef struct Common {
	double threads, seed, max_memory, max_time;
	bool seeded, json, verbose;
	const char *seed_text;
} Common;
#define PROGRAM_OPTIONS(c)                                                                                          \
	{.name = "--threads", .value = "N", .help = "threads for kernels (default: one a processor)",               \
		.number = &(c).threads},                                                                            \
		{.name = "--seed", .value = "N", .help = "seed of the random numbers, as torch.manual_seed",        \
			.text = &(c).seed_text},                                                                    \
		{.name = "--max-memory", .value = "BYTES", .help = "limit of tensor memory, e.g. 512M",             \
			.number = &(c).max_memory},                                                                 \
		{.name = "--max-time", .value = "SECONDS", .help = "limit of each call", .number = &(c).max_time}
#define COMMON_OPTIONS(c) PROGRAM_OPTIONS(c), {.name = "--json", .help = "print JSON", .flag = &(c).json}
// What a Python program may touch, for all commands that run one.
typedef struct Access {
	const char **reads, **writes;
	int nreads, nwrites;
} Access;
#define ACCESS_OPTIONS(a)                                                                                           \
	{.name = "--allow-read", .value = "PATH", .help = "a file or folder that the program may read; repeatable",  \
		.list = &(a).reads, .count = &(a).nreads},                                                          \
		{.name = "--allow-write", .value = "PATH", .help = "a file or folder that it may write; repeatable", \
			.list = &(a).writes, .count = &(a).nwrites}
void access_free(Access *a);
// A context set up from the common options; NULL after printing what is wrong.
wick_context *common_context(const Common *c);

// An argument of a model: "@file" or an expression.  NULL after printing the error.
wick_value *read_argument(wick_context *cx, const char *text);
int complain(wick_context *cx, const char *what); // prints the error report to stderr; returns EXIT_WORK
wick_model *open_model(wick_context *cx, const char *path);

double seconds(void);
size_t resident_peak(void); // bytes, of the process

// ---- json.c
void json_string(FILE *out, const char *s, size_t n);
// Tensors as {"dtype", "shape", "data"}.  False when v was too deep or too large and is cut off (with null).
bool json_value(FILE *out, const wick_value *v);

// ---- interrupt.c: Ctrl-C cancels what a context runs; the third time in a row it ends the process
void interrupt_watch(wick_context *cx);  // NULL: Ctrl-C ends the process again
bool interrupt_taken(void);              // was Ctrl-C pressed since the last call?
bool interrupt_pending(void);

#endif
