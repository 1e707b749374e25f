// SPDX-License-Identifier: BSD-3-Clause
// Values as JSON.  NaN and infinities, which JSON lacks, are written as the strings "nan", "inf", "-inf".
#include "tools/cli.h"

#include "core/tensor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void json_string(FILE *out, const char *s, size_t n)
{
	putc('"', out);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20)
			fprintf(out, "\\u%04x", c);
		else
			putc(c, out);
	}
	putc('"', out);
}

static void json_number(FILE *out, double v, int digits)
{
	if (isnan(v))
		fputs("\"nan\"", out);
	else if (isinf(v))
		fputs(v < 0 ? "\"-inf\"" : "\"inf\"", out);
	else
		fprintf(out, "%.*g", digits, v);
}

static void json_element(FILE *out, const void *p, DType d)
{
	if (dtype_is_complex(d)) {
		double re, im;
		element_c128(p, d, &re, &im);
		putc('[', out);
		json_number(out, re, d == DT_C128 ? 17 : 9);
		putc(',', out);
		json_number(out, im, d == DT_C128 ? 17 : 9);
		putc(']', out);
	} else if (d == DT_BOOL) {
		fputs(*(const unsigned char *)p ? "true" : "false", out);
	} else if (dtype_is_float(d)) {
		json_number(out, element_f64(p, d), d == DT_F64 ? 17 : 9);
	} else if (d == DT_U64) {
		fprintf(out, "%llu", (unsigned long long)element_i64(p, d));
	} else {
		fprintf(out, "%lld", (long long)element_i64(p, d));
	}
}

static void json_nested(FILE *out, const char **p, DType d, const int64_t *sizes, int ndim)
{
	if (ndim == 0) {
		json_element(out, *p, d);
		*p += dtype_size(d);
		return;
	}
	putc('[', out);
	for (int64_t i = 0; i < sizes[0]; i++) {
		if (i)
			putc(',', out);
		json_nested(out, p, d, sizes + 1, ndim - 1);
	}
	putc(']', out);
}

static void json_tensor(FILE *out, const wick_value *v)
{
	wick_dtype d = wick_tensor_dtype(v);
	int ndim = wick_tensor_ndim(v);
	const int64_t *sizes = wick_tensor_sizes(v);
	fprintf(out, "{\"dtype\":\"%s\",\"shape\":[", wick_dtype_name(d));
	for (int i = 0; i < ndim; i++)
		fprintf(out, "%s%lld", i ? "," : "", (long long)sizes[i]);
	fputs("],\"data\":", out);
	size_t bytes = (size_t)wick_tensor_numel(v) * wick_dtype_size(d);
	char *data = malloc(bytes ? bytes : 1);
	wick_context *cx = wick_context_new();
	if (data && wick_tensor_read(cx, v, data, bytes) == WICK_OK) {
		const char *p = data;
		json_nested(out, &p, (DType)d, sizes, ndim);
	} else {
		fputs("null", out);
	}
	wick_context_free(cx);
	free(data);
	putc('}', out);
}

// Nesting and number of values that are written.  A model can return a list that holds itself.
#define MAX_JSON_DEPTH 500
#define MAX_JSON_VALUES 100000000

typedef struct Writer {
	FILE *out;
	int depth;
	int64_t left;
} Writer;

static bool write_value(Writer *w, const wick_value *v)
{
	FILE *out = w->out;
	bool whole = true;
	if (w->depth > MAX_JSON_DEPTH || --w->left < 0) {
		fputs("null", out);
		return false;
	}
	w->depth++;
	size_t n;
	double re, im;
	switch (wick_value_kind(v)) {
	case WICK_KIND_NONE: fputs("null", out); break;
	case WICK_KIND_BOOL: fputs(wick_get_bool(v) ? "true" : "false", out); break;
	case WICK_KIND_INT: fprintf(out, "%lld", (long long)wick_get_int(v)); break;
	case WICK_KIND_FLOAT: json_number(out, wick_get_float(v), 17); break;
	case WICK_KIND_COMPLEX:
		wick_get_complex(v, &re, &im);
		putc('[', out);
		json_number(out, re, 17);
		putc(',', out);
		json_number(out, im, 17);
		putc(']', out);
		break;
	case WICK_KIND_STRING: {
		const char *s = wick_get_string(v, &n);
		json_string(out, s, n);
		break;
	}
	case WICK_KIND_TENSOR: json_tensor(out, v); break;
	case WICK_KIND_LIST: case WICK_KIND_TUPLE:
		putc('[', out);
		for (size_t i = 0; whole && i < wick_size(v); i++) {
			wick_value *item = wick_item(v, i);
			if (i)
				putc(',', out);
			whole = write_value(w, item);
			wick_value_free(item);
		}
		putc(']', out);
		break;
	case WICK_KIND_DICT:
		putc('{', out);
		for (size_t i = 0; whole && i < wick_size(v); i++) {
			wick_value *key = wick_key(v, i), *item = wick_item(v, i);
			char *text = wick_value_str(key);
			if (i)
				putc(',', out);
			json_string(out, text, strlen(text));
			putc(':', out);
			whole = write_value(w, item);
			wick_free(text);
			wick_value_free(key);
			wick_value_free(item);
		}
		putc('}', out);
		break;
	default: {
		char *text = wick_value_str(v);
		json_string(out, text, strlen(text));
		wick_free(text);
	}
	}
	w->depth--;
	return whole;
}

bool json_value(FILE *out, const wick_value *v)
{
	Writer w = {out, 0, MAX_JSON_VALUES};
	return write_value(&w, v);
}
