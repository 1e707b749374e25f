// SPDX-License-Identifier: BSD-3-Clause
// wick convert: the same values in another kind of file.
#include "tools/cli.h"

static int convert(wick_context *cx, const char *in, const char *out)
{
	wick_value *v = NULL;
	wick_status s;
	if (wick_file_is_archive(in)) {
		wick_model *model = open_model(cx, in);
		if (!model)
			return EXIT_WORK;
		s = wick_model_state_dict(cx, model, &v);
		wick_model_free(model);
	} else {
		s = wick_value_load(cx, in, &v);
	}
	int status = s == WICK_OK ? 0 : complain(cx, in);
	if (!status && wick_value_save(cx, v, out) != WICK_OK)
		status = complain(cx, out);
	wick_value_free(v);
	return status;
}

static int run(int argc, char **argv)
{
	Common common = {0};
	Option options[] = {COMMON_OPTIONS(common), {0}};
	int n = parse_options(&command_convert, options, argc, argv);
	if (n < 0)
		return n == -2 ? 0 : EXIT_USAGE;
	if (n != 2) {
		fprintf(stderr, "wick convert: two files are needed.  Usage: wick convert %s\n", command_convert.arguments);
		return EXIT_USAGE;
	}
	wick_context *cx = common_context(&common);
	if (!cx)
		return EXIT_USAGE;
	int status = convert(cx, argv[1], argv[2]);
	wick_context_free(cx);
	return status;
}

const Command command_convert = {
	.name = "convert",
	.arguments = "IN OUT",
	.summary = "values between .pt, .safetensors, .npz and .npy; of a model, its state_dict",
	.run = run,
};
