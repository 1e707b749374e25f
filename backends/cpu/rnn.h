// SPDX-License-Identifier: BSD-3-Clause
// The gates of recurrent cells in f32, a row at a time.
#ifndef WICK_BACKENDS_CPU_RNN_H
#define WICK_BACKENDS_CPU_RNN_H

#include <stdint.h>

typedef enum Cell { CELL_LSTM, CELL_GRU, CELL_TANH, CELL_RELU } Cell;

// gates: rows × (gates·n), for GRU the input's share alone; hidden: for GRU, the hidden share; h and c (LSTM): rows × n,
// read and written.
void rnn_cells_f32(Cell cell, const float *gates, const float *hidden, float *h, float *c, int64_t rows, int64_t n);

typedef struct RnnKernels {
	// gates: i, f, g, o, n each; c and h are written.
	void (*lstm)(const float *gates, float *h, float *c, int64_t n);
	// gates and hidden: reset, update, new; h is read and written.
	void (*gru)(const float *gates, const float *hidden, float *h, int64_t n);
	void (*tanh)(const float *gates, float *h, int64_t n);
	void (*add)(float *dst, const float *src, int64_t n); // dst += src
} RnnKernels;
extern const RnnKernels rnn_base, rnn_avx2, rnn_avx512;

#endif
