// SPDX-License-Identifier: BSD-3-Clause
// Depthwise convolution of one plane for type T; included by conv_vec.c once per type (no include guard).
// Outputs whose whole window lies inside the image go in blocks with constant bounds, which the compiler
// turns into vectors; a last block overlaps the one before it.  The rim is done one by one, except for small
// planes, where it would be half the work: those are copied into a frame of zeros first.

static inline __attribute__((always_inline)) void CAT(block, SUFFIX)(const int n, const int64_t stride, int rows, int columns,
	const T *in, int64_t row_step, int64_t column_step, const T *w, T bias, T *out)
{
	T acc[16];
	for (int i = 0; i < n; i++)
		acc[i] = bias;
	for (int r = 0; r < rows; r++)
		for (int c = 0; c < columns; c++) {
			T f = w[r * columns + c];
			const T *p = in + r * row_step + c * column_step;
			for (int i = 0; i < n; i++)
				acc[i] = MADD(f, p[i * stride], acc[i]);
		}
	for (int i = 0; i < n; i++)
		out[i] = acc[i];
}

static void CAT(depthwise_plane, SUFFIX)(const ConvShape *s, const T *in, const T *w, T bias, T *out)
{
	int64_t height = s->in[1], width = s->in[2], oh = s->out[1], ow = s->out[2];
	int64_t sx = s->stride[2], px = s->pad[2], dx = s->dilation[2], dy = s->dilation[1];
	int kh = (int)s->kernel[1], kw = (int)s->kernel[2];
	// inside: x·sx − px ≥ 0 and x·sx − px + (kw−1)·dx < width
	int64_t lo = (px + sx - 1) / sx, reach = width + px - (kw - 1) * dx;
	int64_t hi = reach > 0 ? (reach + sx - 1) / sx : 0;
	if (hi > ow)
		hi = ow;
	if (lo > hi)
		lo = hi;
	for (int64_t y = 0; y < oh; y++, out += ow) {
		int64_t top = y * s->stride[1] - s->pad[1];
		int r0 = top < 0 ? (int)((-top + dy - 1) / dy) : 0;
		int64_t below = height - top;
		int r1 = below <= 0 ? 0 : below <= (kh - 1) * dy ? (int)((below + dy - 1) / dy) : kh;
		int rows = r1 > r0 ? r1 - r0 : 0;
		const T *wr = w + r0 * kw, *base = in + (top + r0 * dy) * width - px;
		for (int64_t o = 0; o < ow; o++) {
			if (o == lo)
				o = hi; // the blocks below
			if (o >= ow)
				break;
			T sum = bias;
			for (int r = 0; r < rows; r++)
				for (int c = 0; c < kw; c++) {
					int64_t at = o * sx - px + c * dx;
					if (at >= 0 && at < width)
						sum = MADD(wr[r * kw + c], base[r * dy * width + o * sx + c * dx], sum);
				}
			out[o] = sum;
		}
#define BLOCK(N, S) CAT(block, SUFFIX)(N, S, rows, kw, base + o * (S), dy * width, dx, wr, bias, out + o)
#define BLOCKS(N, S)                                            \
	for (int64_t o = lo;; o += N) {                         \
		if (o + N > hi) {                               \
			if (o >= hi)                            \
				break;                          \
			o = hi - N;                             \
		}                                               \
		BLOCK(N, S);                                    \
	}
		int64_t n = hi - lo;
		if (n >= 16 && sx == 1) {
			BLOCKS(16, 1)
		} else if (n >= 8 && sx == 1) {
			BLOCKS(8, 1)
		} else if (n >= 4 && sx == 1) {
			BLOCKS(4, 1)
		} else if (n >= 8 && sx == 2) {
			BLOCKS(8, 2)
		} else if (n >= 4 && sx == 2) {
			BLOCKS(4, 2)
		} else {
			for (int64_t o = lo; o < hi; o++)
				BLOCK(1, sx);
		}
#undef BLOCK
#undef BLOCKS
	}
}

#define FRAME_ELEMENTS 4096
static void CAT(depthwise, SUFFIX)(const ConvShape *s, const T *in, const T *w, T bias, T *out)
{
	int64_t h = s->in[1], n = s->in[2], ph = s->pad[1], pn = s->pad[2];
	if (s->out[2] > 32 || (ph | pn) == 0 || h > 64 || n > 64 || ph > 64 || pn > 64 || (h + 2 * ph) * (n + 2 * pn) > FRAME_ELEMENTS) {
		CAT(depthwise_plane, SUFFIX)(s, in, w, bias, out);
		return;
	}
	T frame[FRAME_ELEMENTS];
	int64_t width = n + 2 * pn;
	memset(frame, 0, (size_t)((h + 2 * ph) * width) * sizeof(T));
	for (int64_t y = 0; y < h; y++)
		memcpy(frame + (y + ph) * width + pn, in + y * n, (size_t)n * sizeof(T));
	ConvShape f = *s;
	f.in[1] += 2 * ph;
	f.in[2] = width;
	f.pad[1] = f.pad[2] = 0;
	CAT(depthwise_plane, SUFFIX)(&f, frame, w, bias, out);
}
#undef FRAME_ELEMENTS
