// SPDX-License-Identifier: BSD-3-Clause
// Matrix products of tensors, for the ops here and for the layers built on them.
// Operands may have any strides; results are contiguous.  Shapes and dtypes are checked with PyTorch's messages.
#ifndef WICK_BACKENDS_CPU_MATMUL_H
#define WICK_BACKENDS_CPU_MATMUL_H

#include "backends/cpu/cpu.h"
#include "backends/cpu/gemm.h"

// Dimension d of a matrix as an operand of gemm: rows r0, columns r1 of t.
GemmOperand gemm_operand(const Tensor *t, int row_dim, int column_dim);
Status cpu_mm(Exec *x, const Tensor *a, const Tensor *b, Tensor **out);          // (m,k) (k,n)
Status cpu_bmm(Exec *x, const Tensor *a, const Tensor *b, Tensor **out);         // (s,m,k) (s,k,n)
Status cpu_matmul(Exec *x, const Tensor *a, const Tensor *b, Tensor **out);      // torch.matmul
// input (…,k), weight (n,k) or (k), bias (n) or NULL → (…,n)
Status cpu_linear(Exec *x, const Tensor *input, const Tensor *weight, const Tensor *bias, Tensor **out);
// Fails for dtypes that have no products ("name" not implemented for 'Bool').
Status product_dtype_check(Exec *x, const Tensor *t, const char *name);
// "float", "c10::Half": the names of TypeMeta, for messages about unequal dtypes.
const char *dtype_meta_name(DType d);

#endif
