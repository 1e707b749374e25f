// SPDX-License-Identifier: BSD-3-Clause
// Options, messages and arguments, for all subcommands.
#include "tools/cli.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static void print_help(const Command *cmd, const Option *options)
{
	printf("Usage: wick %s%s[OPTIONS] %s\n\n%s\n\nOptions:\n", cmd->name, *cmd->name ? " " : "", cmd->arguments,
		cmd->summary);
	for (const Option *o = options; o->name; o++) {
		char head[64];
		snprintf(head, sizeof head, "%s%s%s%s%s", o->short_name ? o->short_name : "", o->short_name ? ", " : "",
			o->name, o->value ? " " : "", o->value ? o->value : "");
		printf("  %-22s %s\n", head, o->help);
	}
	printf("  %-22s %s\n", "--help", "this text");
}

static bool parse_number(const char *s, double *out)
{
	char *end;
	double v = strtod(s, &end);
	if (end == s)
		return false;
	switch (*end) {
	case 'G': case 'g': v *= 1024; // fall through
	case 'M': case 'm': v *= 1024; // fall through
	case 'K': case 'k': v *= 1024; end++; break;
	default: break;
	}
	if (*end == 'B' || *end == 'b')
		end++;
	*out = v;
	return *end == '\0' && v >= 0;
}

static const Option *find_option(const Option *options, const char *arg, size_t n)
{
	for (const Option *o = options; o->name; o++)
		if ((strlen(o->name) == n && memcmp(o->name, arg, n) == 0) ||
			(o->short_name && strlen(o->short_name) == n && memcmp(o->short_name, arg, n) == 0))
			return o;
	return NULL;
}

static int usage_error(const Command *cmd, const char *what, const char *arg)
{
	const char *gap = *cmd->name ? " " : "";
	fprintf(stderr, "wick%s%s: %s: %s\nTry 'wick%s%s --help'.\n", gap, cmd->name, arg, what, gap, cmd->name);
	return -1;
}

int parse_options(const Command *cmd, Option *options, int argc, char **argv)
{
	int kept = 1;
	bool literal = false;
	for (int i = 1; i < argc; i++) {
		char *arg = argv[i];
		// Negative numbers are arguments, not options.
		bool option = !literal && arg[0] == '-' && arg[1] && !(arg[1] >= '0' && arg[1] <= '9') && arg[1] != '.';
		if (!option) {
			argv[kept++] = arg;
			literal = literal || cmd->program;
			continue;
		}
		if (strcmp(arg, "--") == 0) {
			literal = true;
			continue;
		}
		if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0) {
			print_help(cmd, options);
			return -2;
		}
		size_t n = strcspn(arg, "=");
		const Option *o = find_option(options, arg, n);
		if (!o)
			return usage_error(cmd, "unknown option", arg);
		if (o->flag) {
			if (arg[n])
				return usage_error(cmd, "takes no value", arg);
			*o->flag = true;
			continue;
		}
		const char *value = arg[n] ? arg + n + 1 : i + 1 < argc ? argv[++i] : NULL;
		if (!value)
			return usage_error(cmd, "a value is missing", arg);
		if (o->text)
			*o->text = value;
		if (o->number && !parse_number(value, o->number))
			return usage_error(cmd, "a number is wanted, not", value);
		if (o->list) {
			*o->list = realloc(*o->list, (size_t)(*o->count + 1) * sizeof **o->list);
			if (!*o->list)
				abort();
			(*o->list)[(*o->count)++] = value;
		}
		literal = literal || o->last;
	}
	return kept - 1;
}

wick_context *common_context(const Common *c)
{
	wick_set_threads((int)c->threads);
	wick_context *cx = wick_context_new();
	if (c->seed_text) {
		char *end;
		uint64_t seed = strtoull(c->seed_text, &end, 0);
		if (*end || end == c->seed_text) {
			fprintf(stderr, "wick: --seed: an integer is wanted, not '%s'\n", c->seed_text);
			wick_context_free(cx);
			return NULL;
		}
		wick_seed(cx, seed);
	}
	wick_set_max_memory(cx, (size_t)c->max_memory);
	wick_set_max_time(cx, c->max_time);
	return cx;
}

void access_free(Access *a)
{
	free(a->reads);
	free(a->writes);
}

int complain(wick_context *cx, const char *what)
{
	fflush(stdout);
	const char *report = wick_error_report(cx);
	fprintf(stderr, "wick: %s: %s error: %s", what, wick_status_name(wick_error_status(cx)), report);
	return EXIT_WORK;
}

wick_value *read_argument(wick_context *cx, const char *text)
{
	wick_value *v = NULL;
	if (text[0] == '@')
		wick_value_load(cx, text + 1, &v);
	else
		wick_eval(cx, text, &v);
	if (!v)
		complain(cx, text);
	return v;
}

wick_model *open_model(wick_context *cx, const char *path)
{
	wick_model *m = NULL;
	if (wick_model_load(cx, path, NULL, &m) != WICK_OK)
		complain(cx, path);
	return m;
}

double seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

size_t resident_peak(void)
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return (size_t)u.ru_maxrss * 1024;
}
