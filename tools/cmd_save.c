// SPDX-License-Identifier: BSD-3-Clause
// wick save: an archive written anew.
#include "tools/cli.h"

static int run(int argc, char **argv)
{
	Common common = {0};
	const char *out = NULL, *target = NULL;
	bool freeze = false;
	Option options[] = {
		{.name = "--output", .short_name = "-o", .value = "FILE", .help = "where the archive goes", .text = &out},
		{.name = "--target", .value = "VERSION", .help = "the oldest PyTorch that must read it: 1.6 (default: current "
			"versions)", .text = &target},
		{.name = "--freeze", .help = "eval(), then freeze: constants folded, batch norms in convolutions", .flag = &freeze},
		{0},
	};
	int n = parse_options(&command_save, options, argc, argv);
	if (n < 0)
		return n == -2 ? 0 : EXIT_USAGE;
	if (n != 1 || !out) {
		fprintf(stderr, "Usage: wick save %s\n", command_save.arguments);
		return EXIT_USAGE;
	}
	wick_context *cx = common_context(&common);
	wick_model *m = open_model(cx, argv[1]);
	int status = m ? 0 : EXIT_WORK;
	wick_save_options save = {.target = target};
	if (m && freeze && (wick_model_train(cx, m, false) != WICK_OK || wick_model_freeze(cx, m) != WICK_OK))
		status = complain(cx, argv[1]);
	if (!status && wick_model_save(cx, m, out, &save) != WICK_OK)
		status = complain(cx, out);
	wick_model_free(m);
	wick_context_free(cx);
	return status;
}

const Command command_save = {
	.name = "save",
	.arguments = "MODEL -o FILE",
	.summary = "write the model as a new archive, which PyTorch loads",
	.run = run,
};
