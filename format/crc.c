// SPDX-License-Identifier: BSD-3-Clause
// CRC-32 by folding with carry-less products where the processor has them, else zlib's.
//
// The message is a polynomial over GF(2) whose remainder modulo P is wanted.  A block of 128 bits that stands
// D bits above another can be replaced by (its low half · x^(D+32) + its high half · x^(D-32)) mod P, added to
// that other block ("low" and "high" in the bit-reflected order of zip).  Four accumulators fold 64 bytes a step; the
// 16 bytes that remain have the remainder of the whole message, and zlib finishes them.
#include "format/crc.h"

#include <string.h>
#include <zlib.h>

#if defined(__x86_64__)
#include <immintrin.h>

#define FOLD_TARGET __attribute__((target("pclmul,sse4.1")))

FOLD_TARGET static __m128i fold(__m128i x, __m128i powers, __m128i next)
{
	__m128i low = _mm_clmulepi64_si128(x, powers, 0x00), high = _mm_clmulepi64_si128(x, powers, 0x11);
	return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

// size ≥ 64
FOLD_TARGET static uint32_t crc_folded(const uint8_t *p, size_t size)
{
	// x^(512±32) mod P and x^(128±32) mod P, bit-reflected and shifted by one as the products need them
	const __m128i by_64 = _mm_set_epi64x(0x1c6e41596, 0x154442bd4), by_16 = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
	const __m128i *block = (const __m128i *)p;
	__m128i x[4];
	for (int i = 0; i < 4; i++)
		x[i] = _mm_loadu_si128(block + i);
	x[0] = _mm_xor_si128(x[0], _mm_cvtsi32_si128(-1)); // the CRC starts from all ones
	for (block += 4, size -= 64; size >= 64; block += 4, size -= 64) {
		for (int i = 0; i < 4; i++)
			x[i] = fold(x[i], by_64, _mm_loadu_si128(block + i));
	}
	for (int i = 1; i < 4; i++)
		x[i] = fold(x[i - 1], by_16, x[i]);
	for (; size >= 16; block++, size -= 16)
		x[3] = fold(x[3], by_16, _mm_loadu_si128(block));
	uint8_t rest[16];
	memcpy(rest, &x[3], sizeof rest);
	uLong crc = crc32(0xffffffff, rest, sizeof rest);
	return (uint32_t)crc32(crc, (const uint8_t *)block, (uInt)size);
}
#endif

uint32_t crc_of_bytes(const void *data, size_t size)
{
#if defined(__x86_64__)
	if (size >= 256 && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1"))
		return crc_folded(data, size);
#endif
	return (uint32_t)crc32_z(0, data, size);
}
