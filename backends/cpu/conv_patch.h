// SPDX-License-Identifier: BSD-3-Clause
// Patches of an image as columns of a matrix, without making the matrix: what the convolutions pack from.
//
// Row k of the matrix is (channel, tap), column q an output position.  A tap is an offset into the image that all
// positions share.
#ifndef WICK_BACKENDS_CPU_CONV_PATCH_H
#define WICK_BACKENDS_CPU_CONV_PATCH_H

#include <stdint.h>
#include <string.h>

#include "backends/cpu/conv.h"

// Outputs that share taps: out_first + q·out_step per axis, q < count.
typedef struct PatchClass {
	int64_t count[3], step[3], out_first[3], out_step[3];
	int64_t taps;
	int64_t (*offset)[3]; // into the input, added to q·step
	int64_t *index;       // of the tap in the kernel
	int64_t *flat;        // offset as a distance in memory
} PatchClass;

typedef struct Patches {
	const char *image; // first channel of the group
	const ConvShape *s;
	const PatchClass *cls;
	int64_t plane;     // elements of one channel
} Patches;

#define PATCH_COLUMNS 64 // most columns gathered at once
typedef struct PatchSegment { int64_t z, y, x; int length; } PatchSegment; // positions along one output row

static inline int patch_segments(const PatchClass *c, int64_t first, int n, PatchSegment *seg)
{
	int count = 0;
	int64_t qx = first % c->count[2], row = first / c->count[2];
	while (n > 0) {
		int64_t left = c->count[2] - qx;
		int len = left < n ? (int)left : n;
		seg[count++] = (PatchSegment){row / c->count[1], row % c->count[1], qx, len};
		n -= len;
		qx = 0;
		row++;
	}
	return count;
}

// Copies n elements in blocks of constant size; the last block overlaps the one before it.
#define PATCH_BLOCKS(d, s, n, N, es)                                                            \
	do {                                                                                    \
		int j_ = 0;                                                                     \
		for (; j_ + (N) <= (n); j_ += (N))                                              \
			memcpy((char *)(d) + j_ * (es), (const char *)(s) + j_ * (es), (N) * (es)); \
		if (j_ < (n))                                                                   \
			memcpy((char *)(d) + ((n) - (N)) * (es), (const char *)(s) + ((n) - (N)) * (es), (N) * (es)); \
	} while (0)

// dst[p*ld + i] = element (k0 + p, first + i), n ≤ PATCH_COLUMNS
#define PATCH_GATHER(NAME, T)                                                                                   \
	static void NAME(const Patches *s, int64_t first, int n, int64_t ld, int64_t k0, int64_t kc, T *dst)    \
	{                                                                                                       \
		const PatchClass *cls = s->cls;                                                                 \
		const int64_t *in = s->s->in;                                                                   \
		PatchSegment seg[PATCH_COLUMNS];                                                                \
		int nseg = patch_segments(cls, first, n, seg);                                                  \
		int64_t step = cls->step[2], t = k0 % cls->taps, base[PATCH_COLUMNS];                           \
		const T *channel = (const T *)s->image + k0 / cls->taps * s->plane;                             \
		for (int i = 0; i < nseg; i++) {                                                                \
			seg[i].z *= cls->step[0];                                                               \
			seg[i].y *= cls->step[1];                                                               \
			seg[i].x *= step;                                                                       \
			base[i] = (seg[i].z * in[1] + seg[i].y) * in[2] + seg[i].x;                             \
		}                                                                                               \
		for (int64_t p = 0; p < kc; p++, dst += ld) {                                                   \
			const int64_t *off = cls->offset[t];                                                    \
			T *d = dst;                                                                             \
			for (int i = 0; i < nseg; i++) {                                                        \
				int len = seg[i].length;                                                        \
				int64_t z = seg[i].z + off[0], y = seg[i].y + off[1], x0 = seg[i].x + off[2];   \
				if (z < 0 || z >= in[0] || y < 0 || y >= in[1]) {                               \
					memset(d, 0, (size_t)len * sizeof(T));                                  \
					d += len;                                                               \
					continue;                                                               \
				}                                                                               \
				const T *row = channel + base[i] + cls->flat[t];                                \
				int lo = 0, hi = len; /* columns [lo, hi) lie inside */                         \
				if (x0 < 0)                                                                     \
					lo = (int)((-x0 + step - 1) / step < len ? (-x0 + step - 1) / step : len); \
				if (x0 + (len - 1) * step >= in[2])                                             \
					hi = in[2] > x0 ? (int)((in[2] - x0 + step - 1) / step) : 0;            \
				if (hi < lo)                                                                    \
					hi = lo;                                                                \
				for (int j = 0; j < lo; j++)                                                    \
					d[j] = (T){0};                                                          \
				int m = hi - lo;                                                                \
				if (step == 1 && m >= 16)                                                       \
					PATCH_BLOCKS(d + lo, row + lo, m, 16, (int)sizeof(T));                  \
				else if (step == 1 && m >= 4)                                                   \
					PATCH_BLOCKS(d + lo, row + lo, m, 4, (int)sizeof(T));                   \
				else if (step == 2)                                                             \
					for (int j = lo; j < hi; j++)                                           \
						d[j] = row[2 * j];                                              \
				else                                                                            \
					for (int j = lo; j < hi; j++)                                           \
						d[j] = row[j * step];                                           \
				for (int j = hi; j < len; j++)                                                  \
					d[j] = (T){0};                                                          \
				d += len;                                                                       \
			}                                                                                       \
			if (++t == cls->taps) {                                                                 \
				t = 0;                                                                          \
				channel += s->plane;                                                            \
			}                                                                                       \
		}                                                                                               \
	}

#endif
