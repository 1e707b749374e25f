// SPDX-License-Identifier: BSD-3-Clause
// Orthogonal factorisations: Householder QR, implicit QL for Hermitian eigenvalues, one-sided Jacobi for singular
// values (accurate to the last bits), and the shifted QR algorithm for general eigenvalues.
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

// a (rows first … m of width cols, leading dimension n) ← (I − t·v·vᴴ)·a, where v[first] = 1 and v's other entries
// stand in column j of `reflector` (leading dimension ld).  w: cols entries.
static void reflect(c128_t *a, int64_t n, int64_t first, int64_t m, int64_t cols, const c128_t *reflector, int64_t ld,
	int64_t j, c128_t t, c128_t *w)
{
	memcpy(w, a + first * n, sizeof *w * (size_t)cols);
	for (int64_t i = first + 1; i < m; i++)
		row_add(w, conj(reflector[i * ld + j]), a + i * n, cols);
	row_add(a + first * n, -t, w, cols);
	for (int64_t i = first + 1; i < m; i++)
		row_add(a + i * n, -mul(t, reflector[i * ld + j]), w, cols);
}

void qr_factor(c128_t *a, int64_t m, int64_t n, c128_t *tau)
{
	int64_t k = m < n ? m : n;
	c128_t *w = xcalloc((size_t)n + 1, sizeof *w);
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
		if (j + 1 < n)
			reflect(a + j + 1, n, j, m, n - j - 1, a, n, j, conj(tau[j]), w);
	}
	free(w);
}

void qr_product(const c128_t *a, int64_t m, int64_t n, const c128_t *tau, int64_t k, c128_t *q, int64_t cols)
{
	c128_t *w = xcalloc((size_t)cols + 1, sizeof *w);
	mat_identity(q, m, cols);
	for (int64_t j = k - 1; j >= 0; j--)
		reflect(q, cols, j, m, cols, a, n, j, tau[j], w);
	free(w);
}

// ---- Hermitian eigenvalues

// Householder reduction of Hermitian a to a real tridiagonal matrix with diagonal d and subdiagonal e (e[i] couples
// i and i + 1).  The rows of v become the conjugates of the transformation's columns.
static void to_tridiagonal(c128_t *a, int64_t n, double *d, double *e, c128_t *v)
{
	c128_t *u = xcalloc((size_t)n + 1, sizeof *u), *p = xcalloc((size_t)n + 1, sizeof *p);
	mat_identity(v, n, n);
	for (int64_t k = 0; k + 1 < n; k++) {
		double norm = 0;
		for (int64_t i = k + 1; i < n; i++) {
			u[i] = a[i * n + k];
			norm += square(u[i]);
		}
		norm = sqrt(norm);
		e[k] = 0;
		if (norm == 0)
			continue;
		// the column becomes −phase·norm·e₁; the phase is moved into v so that e is real
		double head = sqrt(square(u[k + 1]));
		c128_t phase = head == 0 ? 1 : u[k + 1] / head;
		u[k + 1] += phase * norm;
		double scale = sqrt(2 * norm * (norm + head)); // |u|
		for (int64_t i = k + 1; i < n; i++)
			u[i] /= scale;
		// a ← (I − 2uuᴴ)·a·(I − 2uuᴴ) on the trailing block: a −= u·qᴴ + q·uᴴ
		double dot = 0;
		for (int64_t i = k + 1; i < n; i++) {
			c128_t sum = 0;
			for (int64_t j = k + 1; j < n; j++)
				sum += mul(a[i * n + j], u[j]);
			p[i] = 2 * sum;
			dot += creal(conj(u[i]) * p[i]);
		}
		for (int64_t i = k + 1; i < n; i++)
			p[i] -= dot * u[i];
		for (int64_t i = k + 1; i < n; i++)
			for (int64_t j = k + 1; j < n; j++)
				a[i * n + j] -= mul(u[i], conj(p[j])) + mul(p[i], conj(u[j]));
		// rows of v are conjugate columns of the product: vᴴ ← (I − 2uuᴴ)·vᴴ in that layout
		c128_t *w = p;
		for (int64_t c = 0; c < n; c++)
			w[c] = 0;
		for (int64_t i = k + 1; i < n; i++)
			row_add(w, conj(u[i]), v + i * n, n);
		for (int64_t i = k + 1; i < n; i++)
			row_add(v + i * n, -2 * u[i], w, n);
		// make the coupling real: scale row and column k + 1 by a phase
		c128_t turn = -conj(phase);
		e[k] = norm;
		for (int64_t j = k + 2; j < n; j++) {
			a[(k + 1) * n + j] = mul(turn, a[(k + 1) * n + j]);
			a[j * n + k + 1] = mul(conj(turn), a[j * n + k + 1]);
		}
		for (int64_t c = 0; c < n; c++)
			v[(k + 1) * n + c] = mul(turn, v[(k + 1) * n + c]);
	}
	for (int64_t i = 0; i < n; i++)
		d[i] = creal(a[i * n + i]);
	free(u);
	free(p);
}

// Implicit QL with Wilkinson's shift; the rotations act on rows of v.
static void tridiagonal_ql(double *d, double *e, int64_t n, c128_t *v)
{
	for (int64_t l = 0; l < n; l++)
		for (int step = 0; step < 200; step++) {
			int64_t m = l;
			for (; m + 1 < n; m++)
				if (fabs(e[m]) <= 1.1e-16 * (fabs(d[m]) + fabs(d[m + 1])))
					break;
			if (m == l)
				break;
			double g = (d[l + 1] - d[l]) / (2 * e[l]), r = hypot(g, 1), s = 1, c = 1, p = 0;
			g = d[m] - d[l] + e[l] / (g + copysign(r, g));
			int64_t i = m - 1;
			for (; i >= l; i--) {
				double f = s * e[i], b = c * e[i];
				r = hypot(f, g);
				e[i + 1] = r;
				if (r == 0) { // split: start over
					d[i + 1] -= p;
					e[m] = 0;
					break;
				}
				s = f / r;
				c = g / r;
				g = d[i + 1] - p;
				double t = (d[i] - g) * s + 2 * c * b;
				p = s * t;
				d[i + 1] = g + p;
				g = c * t - b;
				Lanes *x = (Lanes *)(v + i * n), *y = (Lanes *)(v + (i + 1) * n), cc = {c, c}, ss = {s, s};
				for (int64_t k = 0; k < n; k++) {
					Lanes yk = y[k];
					y[k] = ss * x[k] + cc * yk;
					x[k] = cc * x[k] - ss * yk;
				}
			}
			if (r == 0 && i >= l)
				continue;
			d[l] -= p;
			e[l] = g;
			e[m] = 0;
		}
}

void eigh_ql(c128_t *a, int64_t n, double *w, c128_t *v)
{
	double *e = xcalloc((size_t)n + 1, sizeof *e);
	c128_t *rows = xcalloc((size_t)(n * n) + 1, sizeof *rows);
	for (int64_t i = 0; i < n; i++)
		a[i * n + i] = creal(a[i * n + i]);
	to_tridiagonal(a, n, w, e, rows);
	tridiagonal_ql(w, e, n, rows);
	int64_t *order = xmalloc(sizeof *order * (size_t)(n + 1));
	for (int64_t i = 0; i < n; i++) { // ascending
		int64_t j = i;
		for (; j > 0 && w[order[j - 1]] > w[i]; j--)
			order[j] = order[j - 1];
		order[j] = i;
	}
	for (int64_t i = 0; i < n; i++) {
		e[i] = w[order[i]];
		for (int64_t k = 0; k < n; k++)
			v[k * n + i] = conj(rows[order[i] * n + k]);
	}
	memcpy(w, e, sizeof *w * (size_t)n);
	free(order);
	free(rows);
	free(e);
}

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

// ---- singular values

// Hestenes: rotates the columns of g (given as n rows of length m ≥ n) until they are orthogonal; v (n rows) goes along.
static void orthogonalise(c128_t *g, c128_t *v, int64_t m, int64_t n)
{
	double tolerance = 1.1e-16 * sqrt((double)m);
	for (int sweep = 0; sweep < 60; sweep++) {
		bool changed = false;
		for (int64_t p = 0; p < n; p++)
			for (int64_t q = p + 1; q < n; q++) {
				c128_t *gp = g + p * m, *gq = g + q * m, dot = row_dot(gp, gq, m);
				double alpha = creal(row_dot(gp, gp, m)), beta = creal(row_dot(gq, gq, m)), c, s;
				double size = sqrt(square(dot));
				if (!(size > tolerance * sqrt(alpha) * sqrt(beta)) || size < 1e-300)
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
	if (n <= 16) {
		mat_transpose(a, g, m, n);
		mat_identity(w, n, n);
	} else { // start from the eigenvectors of aᴴa, which leave the sweeps little to do: w = vᵀ, g = (a·v)ᵀ
		double *guess = xcalloc((size_t)n + 1, sizeof *guess);
		for (int64_t i = 0; i < m; i++)
			for (int64_t j = 0; j < n; j++)
				row_add(first + j * n, conj(a[i * n + j]), a + i * n, n);
		eigh_ql(first, n, guess, v);
		free(guess);
		mat_transpose(v, w, n, n);
		c128_t *turned = xmalloc(sizeof *turned * (size_t)(m * n + 1)); // aᵀ
		mat_transpose(a, turned, m, n);
		mat_mul(w, turned, g, n, n, m);
		free(turned);
		memset(first, 0, sizeof *first * (size_t)(m * n));
	}
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
