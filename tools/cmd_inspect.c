// SPDX-License-Identifier: BSD-3-Clause
// wick inspect: what is inside an archive.
#include "tools/cli.h"

#include "core/text.h"

#include <stdlib.h>
#include <string.h>

typedef struct Totals {
	int64_t count, bytes;
} Totals;

static void shape_text(Text *out, const wick_value *v)
{
	text_addf(out, "%s[", wick_dtype_name(wick_tensor_dtype(v)));
	for (int i = 0; i < wick_tensor_ndim(v); i++)
		text_addf(out, "%s%lld", i ? ", " : "", (long long)wick_tensor_sizes(v)[i]);
	text_addc(out, ']');
}

// "__torch__.torch.nn.modules.linear.___torch_mangle_3.Linear" → "torch.nn.modules.linear.Linear"
static void class_text(Text *out, const char *name)
{
	bool first = true;
	while (*name) {
		size_t n = strcspn(name, ".");
		if (!(n == 9 && !memcmp(name, "__torch__", 9)) && !(n > 15 && !memcmp(name, "___torch_mangle", 15))) {
			text_addf(out, "%s%.*s", first ? "" : ".", (int)n, name);
			first = false;
		}
		name += n + (name[n] == '.');
	}
}

// Does `key` name an attribute directly of the module at `path`?  Returns the attribute's name or NULL.
static const char *own_attribute(const char *key, const char *path)
{
	size_t n = strlen(path);
	if (n) {
		if (strncmp(key, path, n) || key[n] != '.')
			return NULL;
		key += n + 1;
	}
	return strchr(key, '.') ? NULL : key;
}

static void tree_json(wick_model *m, wick_value *params, wick_value *buffers)
{
	printf("\"modules\":[");
	for (int i = 0; i < wick_model_module_count(m); i++) {
		Text cls = {0};
		class_text(&cls, wick_model_module_class(m, i));
		printf("%s{\"path\":", i ? "," : "");
		json_string(stdout, wick_model_module_path(m, i), strlen(wick_model_module_path(m, i)));
		printf(",\"class\":");
		json_string(stdout, text_str(&cls), strlen(text_str(&cls)));
		putchar('}');
		text_free(&cls);
	}
	printf("],\"tensors\":[");
	bool first = true;
	for (int pass = 0; pass < 2; pass++) {
		wick_value *dict = pass ? buffers : params;
		for (size_t i = 0; i < wick_size(dict); i++) {
			wick_value *key = wick_key(dict, i), *t = wick_item(dict, i);
			size_t n;
			const char *name = wick_get_string(key, &n);
			printf("%s{\"name\":", first ? "" : ",");
			json_string(stdout, name, n);
			printf(",\"kind\":\"%s\",\"dtype\":\"%s\",\"shape\":[", pass ? "buffer" : "parameter",
				wick_dtype_name(wick_tensor_dtype(t)));
			for (int k = 0; k < wick_tensor_ndim(t); k++)
				printf("%s%lld", k ? "," : "", (long long)wick_tensor_sizes(t)[k]);
			printf("]}");
			first = false;
			wick_value_free(key);
			wick_value_free(t);
		}
	}
	printf("]");
}

static void add_tensors(Text *line, wick_value *dict, const char *path, Totals *own, const char *mark)
{
	for (size_t i = 0; i < wick_size(dict); i++) {
		wick_value *key = wick_key(dict, i);
		const char *name = own_attribute(wick_get_string(key, NULL), path);
		if (name) {
			wick_value *t = wick_item(dict, i);
			text_addf(line, "  %s%s ", name, mark);
			shape_text(line, t);
			own->count += wick_tensor_numel(t);
			own->bytes += wick_tensor_numel(t) * (int64_t)wick_dtype_size(wick_tensor_dtype(t));
			wick_value_free(t);
		}
		wick_value_free(key);
	}
}

static void tree_text(wick_model *m, wick_value *params, wick_value *buffers)
{
	Totals all = {0}, all_buffers = {0};
	for (int i = 0; i < wick_model_module_count(m); i++) {
		const char *path = wick_model_module_path(m, i);
		int depth = *path ? 1 : 0;
		for (const char *p = path; *p; p++)
			depth += *p == '.';
		const char *last = strrchr(path, '.');
		Text line = {0};
		text_fill(&line, ' ', 2 * (size_t)depth);
		if (*path)
			text_addf(&line, "%s: ", last ? last + 1 : path);
		class_text(&line, wick_model_module_class(m, i));
		add_tensors(&line, params, path, &all, "");
		add_tensors(&line, buffers, path, &all_buffers, " (buffer)");
		puts(text_str(&line));
		text_free(&line);
	}
	printf("\n%lld parameters (%.2f MB), %lld buffer elements (%.2f MB), %d modules\n", (long long)all.count,
		(double)all.bytes / 1e6, (long long)all_buffers.count, (double)all_buffers.bytes / 1e6,
		wick_model_module_count(m));
}

static bool is_code(const char *name)
{
	size_t n = strlen(name);
	return strncmp(name, "code/", 5) == 0 && n > 3 && strcmp(name + n - 3, ".py") == 0;
}

static int show_code(wick_context *cx, wick_model *m)
{
	const char *name;
	for (int i = 0; (name = wick_model_record_name(m, i)); i++) {
		char *data;
		size_t size;
		if (!is_code(name))
			continue;
		if (wick_model_record(cx, m, name, &data, &size) != WICK_OK)
			return complain(cx, name);
		if (size) {
			printf("# %s\n", name);
			fwrite(data, 1, size, stdout);
			putchar('\n');
		}
		wick_free(data);
	}
	return 0;
}

static int show_graphs(wick_context *cx, wick_model *m, const char *method, bool optimized)
{
	int status = 0;
	for (int i = 0; i < wick_model_method_count(m); i++) {
		const char *name = method ? method : wick_model_method_name(m, i);
		char *text;
		if (wick_model_graph(cx, m, name, optimized, &text) != WICK_OK) {
			status = complain(cx, name);
		} else {
			printf("# %s\n%s\n", name, text);
			wick_free(text);
		}
		if (method)
			break;
	}
	return status;
}

static int show_ops(wick_context *cx, wick_model *m, bool json)
{
	char *text;
	if (wick_model_ops(cx, m, &text) != WICK_OK)
		return complain(cx, "ops");
	int missing = 0, total = 0;
	for (char *line = text, *end; *line; line = end + 1) {
		end = strchr(line, '\n');
		*end = '\0';
		char *uses = strchr(line, '\t'), *state = strchr(uses + 1, '\t'), *place = strchr(state + 1, '\t');
		*uses++ = *state++ = '\0';
		if (place)
			*place++ = '\0';
		bool ok = strcmp(state, "ok") == 0;
		missing += !ok;
		if (json)
			printf("%s{\"op\":\"%s\",\"uses\":%s,\"runs\":%s}", total ? "," : "\"ops\":[", line, uses, ok ? "true" : "false");
		else
			printf("%6s  %s%s%s\n", uses, line, ok ? "" : "   MISSING, first used at ", ok ? "" : place ? place : "?");
		total++;
	}
	wick_free(text);
	if (json)
		printf("%s]", total ? "" : "\"ops\":[");
	else
		printf("%d operators, %d missing\n", total, missing);
	return missing ? EXIT_WORK : 0;
}

static int show_methods(wick_context *cx, wick_model *m, bool json)
{
	if (json)
		printf("\"methods\":[");
	for (int i = 0; i < wick_model_method_count(m); i++) {
		char *schema;
		if (wick_model_method_schema(cx, m, wick_model_method_name(m, i), &schema) != WICK_OK)
			return complain(cx, wick_model_method_name(m, i));
		if (json) {
			fputs(i ? "," : "", stdout);
			json_string(stdout, schema, strlen(schema));
		} else {
			puts(schema);
		}
		wick_free(schema);
	}
	if (json)
		printf("]");
	return 0;
}

static int run(int argc, char **argv)
{
	Common common = {0};
	const char *method = NULL;
	bool code = false, graph = false, optimized = false, ops = false, records = false;
	Option options[] = {
		{.name = "--code", .help = "the TorchScript source in the archive", .flag = &code},
		{.name = "--graph", .help = "the IR of the methods", .flag = &graph},
		{.name = "--optimized", .help = "with --graph: as it is run", .flag = &optimized},
		{.name = "--method", .short_name = "-m", .value = "NAME", .help = "with --graph: only this method", .text = &method},
		{.name = "--ops", .help = "the operators used; exit code 1 if one is missing", .flag = &ops},
		{.name = "--records", .help = "the names of the archive's records", .flag = &records},
		{.name = "--json", .help = "print JSON", .flag = &common.json},
		{0},
	};
	int n = parse_options(&command_inspect, options, argc, argv);
	if (n < 0)
		return n == -2 ? 0 : EXIT_USAGE;
	if (n != 1) {
		fprintf(stderr, "Usage: wick inspect %s\n", command_inspect.arguments);
		return EXIT_USAGE;
	}
	wick_context *cx = common_context(&common);
	wick_model *m = open_model(cx, argv[1]);
	int status = m ? 0 : EXIT_WORK;
	wick_value *params = NULL, *buffers = NULL;
	if (m && records) {
		const char *name;
		for (int i = 0; (name = wick_model_record_name(m, i)); i++)
			puts(name);
	} else if (m && code) {
		status = show_code(cx, m);
	} else if (m && graph) {
		status = show_graphs(cx, m, method, optimized);
	} else if (m && ops && !common.json) {
		status = show_ops(cx, m, false);
	} else if (m && (wick_model_tensors(cx, m, true, &params) != WICK_OK ||
				wick_model_tensors(cx, m, false, &buffers) != WICK_OK)) {
		status = complain(cx, argv[1]);
	} else if (m && common.json) {
		printf("{");
		status = show_methods(cx, m, true);
		printf(",");
		tree_json(m, params, buffers);
		if (ops) {
			printf(",");
			int missing = show_ops(cx, m, true);
			status = status ? status : missing;
		}
		printf("}\n");
	} else if (m) {
		tree_text(m, params, buffers);
		putchar('\n');
		status = show_methods(cx, m, false);
	}
	wick_value_free(params);
	wick_value_free(buffers);
	wick_model_free(m);
	wick_context_free(cx);
	return status;
}

const Command command_inspect = {
	.name = "inspect",
	.arguments = "MODEL",
	.summary = "modules, parameters, methods; code, graphs and operators",
	.run = run,
};
