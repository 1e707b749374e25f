// SPDX-License-Identifier: BSD-3-Clause
// wick ops: the operator table.
#include "tools/cli.h"

#include <string.h>

static int run(int argc, char **argv)
{
	bool missing = false, all = false, markdown = false;
	Option options[] = {
		{.name = "--missing", .help = "only operators that cannot be run", .flag = &missing},
		{.name = "--all", .help = "with those that cannot be run", .flag = &all},
		{.name = "--markdown", .help = "as a Markdown table (docs/ops.md)", .flag = &markdown},
		{0},
	};
	int n = parse_options(&command_ops, options, argc, argv);
	if (n < 0)
		return n == -2 ? 0 : EXIT_USAGE;
	int shown = 0, supported = 0;
	if (markdown)
		printf("| operator | runs |\n| --- | --- |\n");
	for (int i = 0; i < wick_op_count(); i++) {
		const char *schema = wick_op_schema(i);
		bool ok = wick_op_supported(i);
		supported += ok;
		if (n >= 1 && !strstr(schema, argv[1]))
			continue;
		if (missing ? ok : !ok && !all && !markdown)
			continue;
		if (markdown)
			printf("| `%s` | %s |\n", schema, ok ? "yes" : "no");
		else
			printf("%s%s\n", all && !ok ? "- " : "", schema);
		shown++;
	}
	fprintf(stderr, "%d shown; %d of %d operators run\n", shown, supported, wick_op_count());
	return shown || n < 1 ? 0 : EXIT_WORK;
}

const Command command_ops = {
	.name = "ops",
	.arguments = "[TEXT]",
	.summary = "list the operators that run (whose schema contains TEXT)",
	.run = run,
};
