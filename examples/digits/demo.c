// SPDX-License-Identifier: BSD-3-Clause
// Reads handwritten digits with a model that PyTorch trained and saved, and shows them in the terminal.
//	demo MODEL.pt DIGITS.npz [COUNT]
#define _POSIX_C_SOURCE 200809L
#include "wick.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static double milliseconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

// One row of several 8×8 pictures with 17 grey levels, two characters a pixel.
static void draw_row(const unsigned char *pictures, int count, int row)
{
	static const char *const shades[] = {"  ", "░░", "▒▒", "▓▓", "██"};
	for (int p = 0; p < count; p++) {
		for (int x = 0; x < 8; x++)
			fputs(shades[(pictures[p * 64 + row * 8 + x] + 3) / 4 % 5], stdout);
		fputs("  ", stdout);
	}
	putchar('\n');
}

static int fail(wick_context *cx, const char *what)
{
	fprintf(stderr, "demo: %s: %s", what, wick_error_report(cx));
	return 1;
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "Usage: demo MODEL.pt DIGITS.npz [COUNT]\n");
		return 2;
	}
	double start = milliseconds();
	wick_context *cx = wick_context_new();
	wick_model *model;
	wick_value *file, *probabilities;
	if (wick_model_load(cx, argv[1], NULL, &model) != WICK_OK)
		return fail(cx, argv[1]);
	if (wick_value_load(cx, argv[2], &file) != WICK_OK)
		return fail(cx, argv[2]);
	wick_value *pictures = wick_get(file, "pictures"), *labels = wick_get(file, "labels");
	if (!pictures || !labels || wick_tensor_ndim(pictures) != 3 || wick_tensor_dtype(pictures) != WICK_UINT8 ||
		wick_tensor_dtype(labels) != WICK_INT64) {
		fprintf(stderr, "demo: %s: 'pictures' (uint8, [N, 8, 8]) and 'labels' (int64) are wanted\n", argv[2]);
		return 1;
	}
	double loaded = milliseconds();
	if (wick_call(cx, model, "forward", &pictures, 1, &probabilities) != WICK_OK)
		return fail(cx, argv[1]);
	double done = milliseconds();

	int n = (int)wick_tensor_sizes(pictures)[0], shown = argc > 3 ? atoi(argv[3]) : 8, right = 0;
	unsigned char *pixels = malloc((size_t)n * 64);
	float *p = malloc((size_t)n * 10 * sizeof *p);
	int64_t *truth = malloc((size_t)n * sizeof *truth);
	if (!pixels || !p || !truth || wick_tensor_read(cx, pictures, pixels, (size_t)n * 64) != WICK_OK ||
		wick_tensor_read(cx, probabilities, p, (size_t)n * 10 * sizeof *p) != WICK_OK ||
		wick_tensor_read(cx, labels, truth, (size_t)n * sizeof *truth) != WICK_OK)
		return fail(cx, "reading results");
	if (shown > n || shown < 0)
		shown = n;

	enum { ACROSS = 4 };
	int *answer = malloc((size_t)n * sizeof *answer);
	if (!answer)
		return 1;
	for (int i = 0; i < n; i++) {
		answer[i] = 0;
		for (int k = 1; k < 10; k++)
			if (p[i * 10 + k] > p[i * 10 + answer[i]])
				answer[i] = k;
		right += answer[i] == truth[i];
	}
	for (int i = 0; i < shown; i += ACROSS) {
		int count = shown - i < ACROSS ? shown - i : ACROSS;
		for (int row = 0; row < 8; row++)
			draw_row(pixels + i * 64, count, row);
		for (int k = i; k < i + count; k++) {
			char text[32];
			snprintf(text, sizeof text, "%d  %5.1f %%%s", answer[k], 100 * (double)p[k * 10 + answer[k]],
				answer[k] == truth[k] ? "" : "  WRONG");
			printf("%-18s", text);
		}
		printf("\n\n");
	}
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	printf("%d of %d digits right.  Loading %.2f ms, reading %d digits %.2f ms, the whole run %.2f ms and %.1f MB.\n",
		right, n, loaded - start, n, done - loaded, milliseconds() - start, (double)usage.ru_maxrss / 1024);

	free(answer);
	free(pixels);
	free(p);
	free(truth);
	wick_value_free(pictures);
	wick_value_free(labels);
	wick_value_free(file);
	wick_value_free(probabilities);
	wick_model_free(model);
	wick_context_free(cx);
	return 0;
}
