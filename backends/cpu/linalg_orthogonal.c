// SPDX-License-Identifier: BSD-3-Clause
// Orthogonal factorisations: Householder QR, Jacobi's methods for Hermitian eigenvalues and singular values
// (slow but accurate to the last bits), and the shifted QR algorithm for general eigenvalues.
#include "backends/cpu/linalg.h"

#include <math.h>
#include <stdlib.h>

static inline c128_t mul(c128_t a, c128_t b)
{
	double ar = creal(a), ai = cimag(a), br = creal(b), bi = cimag(b);
	return CMPLX(ar * br - ai * bi, ar * bi + ai * br);
}

static double square(c128_t v) { return creal(v) * creal(v) + cimag(v) * cimag(v); }

// ---- QR

void qr_factor(c128_t *a, int64_t m, int64_t n, c128_t *tau)
{
	int64_t k = m < n ? m : n;
	for (int64_t j = 0; j < k; j++) {
		double rest = 0;
		for (int64_t i = j + 1; i < m; i++)
			rest += square(a[i * n + j]);
		c128_t alpha = a[j * n + j];
		if (rest == 0 && cimag(alpha) == 0) {
			tau[j] = 0;
			continue;
		}
		double beta = -copysign(sqrt(square(alpha) + rest), creal(alpha));
		tau[j] = CMPLX((beta - creal(alpha)) / beta, -cimag(alpha) / beta);
		c128_t scale = 1 / (alpha - beta);
		for (int64_t i = j + 1; i < m; i++)
			a[i * n + j] = mul(a[i * n + j], scale);
		a[j * n + j] = beta;
		// the other columns: a ← (I − conj(tau)·v·vᴴ)·a
		for (int64_t c = j + 1; c < n; c++) {
			c128_t dot = a[j * n + c];
			for (int64_t i = j + 1; i < m; i++)
				dot += mul(conj(a[i * n + j]), a[i * n + c]);
			dot = mul(conj(tau[j]), dot);
			a[j * n + c] -= dot;
			for (int64_t i = j + 1; i < m; i++)
				a[i * n + c] -= mul(a[i * n + j], dot);
		}
	}
}

void qr_product(const c128_t *a, int64_t m, int64_t n, const c128_t *tau, int64_t k, c128_t *q, int64_t cols)
{
	mat_identity(q, m, cols);
	for (int64_t j = k - 1; j >= 0; j--)
		for (int64_t c = 0; c < cols; c++) {
			c128_t dot = q[j * cols + c];
			for (int64_t i = j + 1; i < m; i++)
				dot += mul(conj(a[i * n + j]), q[i * cols + c]);
			dot = mul(tau[j], dot);
			q[j * cols + c] -= dot;
			for (int64_t i = j + 1; i < m; i++)
				q[i * cols + c] -= mul(a[i * n + j], dot);
		}
}

// ---- Hermitian eigenvalues

// The rotation that annihilates a real off-diagonal g between diagonal entries p and q.
static void rotation(double p, double q, double g, double *c, double *s)
{
	double theta = (q - p) / (2 * g);
	double t = copysign(1 / (fabs(theta) + sqrt(theta * theta + 1)), theta);
	if (!isfinite(theta))
		t = 0;
	*c = 1 / sqrt(t * t + 1);
	*s = t * *c;
}

void eigh_jacobi(c128_t *a, int64_t n, double *w, c128_t *v)
{
	mat_identity(v, n, n);
	for (int64_t i = 0; i < n; i++)
		a[i * n + i] = creal(a[i * n + i]);
	for (int sweep = 0; sweep < 60; sweep++) {
		double off = 0, all = 0;
		for (int64_t i = 0; i < n; i++)
			for (int64_t j = 0; j < n; j++) {
				all += square(a[i * n + j]);
				off += i == j ? 0 : square(a[i * n + j]);
			}
		if (!(off > 1e-33 * all))
			break;
		for (int64_t p = 0; p < n; p++)
			for (int64_t q = p + 1; q < n; q++) {
				c128_t g = a[p * n + q];
				double size = sqrt(square(g)), c, s;
				if (size == 0 || size < 1e-300)
					continue;
				c128_t e = g / size;
				rotation(creal(a[p * n + p]), creal(a[q * n + q]), size, &c, &s);
				for (int64_t k = 0; k < n; k++) { // columns of a and of v
					c128_t *rows[2] = {a + k * n, v + k * n};
					for (int r = 0; r < 2; r++) {
						c128_t kp = rows[r][p], kq = mul(conj(e), rows[r][q]);
						rows[r][p] = c * kp - s * kq;
						rows[r][q] = s * kp + c * kq;
					}
				}
				for (int64_t k = 0; k < n; k++) { // rows of a
					c128_t pk = a[p * n + k], qk = mul(e, a[q * n + k]);
					a[p * n + k] = c * pk - s * qk;
					a[q * n + k] = s * pk + c * qk;
				}
				a[p * n + q] = a[q * n + p] = 0;
			}
	}
	for (int64_t i = 0; i < n; i++)
		w[i] = creal(a[i * n + i]);
	for (int64_t i = 0; i < n; i++) { // ascending, columns of v along
		int64_t best = i;
		for (int64_t j = i + 1; j < n; j++)
			if (w[j] < w[best])
				best = j;
		if (best == i)
			continue;
		double t = w[i];
		w[i] = w[best];
		w[best] = t;
		for (int64_t k = 0; k < n; k++) {
			c128_t u = v[k * n + i];
			v[k * n + i] = v[k * n + best];
			v[k * n + best] = u;
		}
	}
}

// ---- singular values

// Hestenes: rotates the columns of g (given as n rows of length m ≥ n) until they are orthogonal; v (n rows) goes along.
static void orthogonalise(c128_t *g, c128_t *v, int64_t m, int64_t n)
{
	for (int sweep = 0; sweep < 60; sweep++) {
		bool changed = false;
		for (int64_t p = 0; p < n; p++)
			for (int64_t q = p + 1; q < n; q++) {
				c128_t *gp = g + p * m, *gq = g + q * m, dot = 0;
				double alpha = 0, beta = 0, c, s;
				for (int64_t i = 0; i < m; i++) {
					alpha += square(gp[i]);
					beta += square(gq[i]);
					dot += mul(conj(gp[i]), gq[i]);
				}
				double size = sqrt(square(dot));
				if (!(size > 1e-16 * sqrt(alpha) * sqrt(beta)) || size < 1e-300)
					continue;
				changed = true;
				c128_t e = conj(dot / size);
				rotation(alpha, beta, size, &c, &s);
				for (int64_t i = 0; i < m; i++) {
					c128_t a = gp[i], b = mul(e, gq[i]);
					gp[i] = c * a - s * b;
					gq[i] = s * a + c * b;
				}
				for (int64_t i = 0; i < n; i++) {
					c128_t a = v[p * n + i], b = mul(e, v[q * n + i]);
					v[p * n + i] = c * a - s * b;
					v[q * n + i] = s * a + c * b;
				}
			}
		if (!changed)
			break;
	}
}

// m ≥ n: u m×m, v n×n (columns are right singular vectors).
static Status svd_tall(Exec *x, const c128_t *a, int64_t m, int64_t n, c128_t *u, double *s, c128_t *v)
{
	c128_t *g;
	TRY(workspace(x, n * m + n * n + m * n + n, &g));
	c128_t *w = g + n * m, *first = w + n * n, *tau = first + m * n;
	mat_transpose(a, g, m, n);
	mat_identity(w, n, n);
	orthogonalise(g, w, m, n);
	int64_t *order = xmalloc(sizeof *order * (size_t)(n + 1)), rank = 0;
	double *norm = xmalloc(sizeof *norm * (size_t)(n + 1)), most = 0;
	for (int64_t j = 0; j < n; j++) {
		norm[j] = 0;
		for (int64_t i = 0; i < m; i++)
			norm[j] += square(g[j * m + i]);
		norm[j] = sqrt(norm[j]);
		most = norm[j] > most ? norm[j] : most;
		int64_t k = j;
		for (; k > 0 && norm[order[k - 1]] < norm[j]; k--)
			order[k] = order[k - 1];
		order[k] = j;
	}
	for (int64_t j = 0; j < n; j++) {
		int64_t from = order[j];
		s[j] = norm[from];
		for (int64_t i = 0; i < n; i++)
			v[i * n + j] = w[from * n + i];
		if (s[j] > most * 1e-300 && s[j] > 0) {
			for (int64_t i = 0; i < m; i++)
				u[i * m + j] = g[from * m + i] / s[j];
			rank = j + 1;
		}
	}
	// the columns that are still missing complete the basis
	for (int64_t i = 0; i < m; i++)
		for (int64_t j = 0; j < rank; j++)
			first[i * rank + j] = u[i * m + j];
	c128_t *basis;
	Status status = rank < m ? workspace(x, m * m, &basis) : STATUS_OK;
	if (!status && rank < m) {
		qr_factor(first, m, rank, tau);
		qr_product(first, m, rank, tau, rank, basis, m);
		for (int64_t i = 0; i < m; i++)
			for (int64_t j = rank; j < m; j++)
				u[i * m + j] = basis[i * m + j];
		free(basis);
	}
	free(order);
	free(norm);
	free(g);
	return status;
}

Status svd_jacobi(Exec *x, const c128_t *a, int64_t m, int64_t n, c128_t *u, double *s, c128_t *vh)
{
	for (int64_t i = 0; i < m * n; i++)
		if (!isfinite(creal(a[i])) || !isfinite(cimag(a[i])))
			return xfail(x, "linalg.svd: The algorithm failed to converge because the input matrix contained "
					"non-finite values.");
	c128_t *w;
	TRY(workspace(x, m * n + m * m + n * n, &w));
	Status status;
	if (m >= n) {
		status = svd_tall(x, a, m, n, u, s, w);
		if (!status)
			mat_adjoint(w, vh, n, n);
	} else { // aᴴ = v·s·uᴴ
		c128_t *flipped = w + n * n + m * m;
		mat_adjoint(a, flipped, m, n);
		status = svd_tall(x, flipped, n, m, w, s, u);
		if (!status)
			mat_adjoint(w, vh, n, n);
	}
	free(w);
	return status;
}

// ---- general eigenvalues

// Householder similarity to upper Hessenberg form; z accumulates the transformation.
static void to_hessenberg(c128_t *a, int64_t n, c128_t *z)
{
	c128_t *v = xcalloc((size_t)n + 1, sizeof *v);
	mat_identity(z, n, n);
	for (int64_t k = 0; k + 2 < n; k++) {
		double norm = 0;
		for (int64_t i = k + 1; i < n; i++) {
			v[i] = a[i * n + k];
			norm += square(v[i]);
		}
		norm = sqrt(norm);
		double head = sqrt(square(v[k + 1]));
		if (norm == 0 || norm == head)
			continue;
		v[k + 1] += head == 0 ? norm : v[k + 1] / head * norm;
		double vv = 0;
		for (int64_t i = k + 1; i < n; i++)
			vv += square(v[i]);
		for (int64_t j = 0; j < n; j++) { // from the left
			c128_t dot = 0;
			for (int64_t i = k + 1; i < n; i++)
				dot += mul(conj(v[i]), a[i * n + j]);
			dot = 2 * dot / vv;
			for (int64_t i = k + 1; i < n; i++)
				a[i * n + j] -= mul(v[i], dot);
		}
		c128_t *both[2] = {a, z};
		for (int r = 0; r < 2; r++) // from the right
			for (int64_t i = 0; i < n; i++) {
				c128_t dot = 0, *row = both[r] + i * n;
				for (int64_t j = k + 1; j < n; j++)
					dot += mul(row[j], v[j]);
				dot = 2 * dot / vv;
				for (int64_t j = k + 1; j < n; j++)
					row[j] -= mul(dot, conj(v[j]));
			}
	}
	free(v);
}

// The eigenvalue of the trailing 2×2 block that is nearer its last entry (Wilkinson).
static c128_t shift_of(const c128_t *h, int64_t n, int64_t hi)
{
	c128_t a = h[(hi - 1) * n + hi - 1], b = h[(hi - 1) * n + hi], c = h[hi * n + hi - 1], d = h[hi * n + hi];
	c128_t half = (a - d) / 2, root = csqrt(half * half + b * c);
	c128_t p = d + half + root, q = d + half - root;
	return cabs(p - d) < cabs(q - d) ? p : q;
}

Status eig_qr(Exec *x, c128_t *h, int64_t n, c128_t *w, c128_t *v)
{
	c128_t *z;
	for (int64_t i = 0; i < n * n; i++)
		if (!isfinite(creal(h[i])) || !isfinite(cimag(h[i])))
			return xfail(x, "torch.linalg.eig: input tensor should not contain infs or NaNs.");
	TRY(workspace(x, n * n + 2 * n, &z));
	c128_t *cs = z + n * n, *sn = cs + n;
	to_hessenberg(h, n, z);
	int64_t hi = n - 1, steps = 0;
	while (hi > 0) {
		int64_t lo = hi;
		for (; lo > 0; lo--) { // a negligible subdiagonal splits the matrix
			double near = cabs(h[(lo - 1) * n + lo - 1]) + cabs(h[lo * n + lo]);
			if (cabs(h[lo * n + lo - 1]) <= 2.3e-16 * (near > 0 ? near : 1e-300))
				break;
		}
		if (lo > 0)
			h[lo * n + lo - 1] = 0;
		if (lo == hi) {
			hi--;
			steps = 0;
			continue;
		}
		if (++steps > 300) {
			free(z);
			return xfail(x, "linalg.eig: The algorithm failed to converge (too many iterations).");
		}
		c128_t sigma = steps % 10 == 0 ? h[hi * n + hi] + cabs(h[hi * n + hi - 1]) : shift_of(h, n, hi);
		for (int64_t i = lo; i <= hi; i++)
			h[i * n + i] -= sigma;
		for (int64_t k = lo; k < hi; k++) { // QR by Givens rotations
			c128_t a = h[k * n + k], b = h[(k + 1) * n + k];
			double r = sqrt(square(a) + square(b));
			cs[k] = r == 0 ? 1 : a / r;
			sn[k] = r == 0 ? 0 : b / r;
			for (int64_t j = k; j < n; j++) {
				c128_t p = h[k * n + j], q = h[(k + 1) * n + j];
				h[k * n + j] = mul(conj(cs[k]), p) + mul(conj(sn[k]), q);
				h[(k + 1) * n + j] = mul(cs[k], q) - mul(sn[k], p);
			}
		}
		for (int64_t k = lo; k < hi; k++) { // RQ, and the same on z
			c128_t *both[2] = {h, z};
			for (int r = 0; r < 2; r++) {
				int64_t rows = r ? n : (k + 2 < hi + 1 ? k + 2 : hi + 1);
				for (int64_t i = 0; i < rows; i++) {
					c128_t *row = both[r] + i * n, p = row[k], q = row[k + 1];
					row[k] = mul(p, cs[k]) + mul(q, sn[k]);
					row[k + 1] = mul(q, conj(cs[k])) - mul(p, conj(sn[k]));
				}
			}
		}
		for (int64_t i = lo; i <= hi; i++)
			h[i * n + i] += sigma;
	}
	for (int64_t i = 0; i < n; i++)
		w[i] = h[i * n + i];
	// eigenvectors of the triangle by back substitution, turned by z
	double scale = 0;
	for (int64_t i = 0; i < n * n; i++)
		scale = fmax(scale, cabs(h[i]));
	for (int64_t k = 0; k < n && v; k++) {
		c128_t *y = cs;
		y[k] = 1;
		for (int64_t i = k - 1; i >= 0; i--) {
			c128_t sum = h[i * n + k];
			for (int64_t j = i + 1; j < k; j++)
				sum += mul(h[i * n + j], y[j]);
			c128_t gap = w[k] - h[i * n + i];
			if (cabs(gap) < 2.3e-16 * scale)
				gap = 2.3e-16 * (scale > 0 ? scale : 1);
			y[i] = sum / gap;
			if (cabs(y[i]) > 1e150) // keep defective matrices within range
				for (int64_t j = i; j <= k; j++)
					y[j] /= 1e150;
		}
		double norm = 0, best = 0;
		c128_t phase = 1;
		for (int64_t i = 0; i < n; i++) {
			c128_t sum = 0;
			for (int64_t j = 0; j <= k; j++)
				sum += mul(z[i * n + j], y[j]);
			v[i * n + k] = sum;
			norm += square(sum);
			if (cabs(sum) > best * (1 + 1e-9)) {
				best = cabs(sum);
				phase = conj(sum) / best;
			}
		}
		norm = sqrt(norm);
		for (int64_t i = 0; i < n && norm > 0; i++) // unit length, largest entry real
			v[i * n + k] = mul(v[i * n + k], phase) / norm;
	}
	free(z);
	return STATUS_OK;
}
