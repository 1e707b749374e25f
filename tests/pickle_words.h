// SPDX-License-Identifier: BSD-3-Clause
// Pickles written as words, for tests:
//
//   12 -3     integers               'text     a string (no blanks)       @a.b.C    GLOBAL a.b C
//   f:1.5     a float                True False None
//   put:3     BINPUT 3               get:3     BINGET 3
//   new       NEWOBJ                 T1 T2 T3  short tuples
//   ( ) ] } t e u a s R b Q .        the opcode of that character
#ifndef WICK_TESTS_PICKLE_WORDS_H
#define WICK_TESTS_PICKLE_WORDS_H

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

static inline void pickle_integer(Text *t, uint64_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		text_addc(t, (char)(v >> 8 * i));
}

static inline void pickle_word(Text *t, const char *w, size_t n)
{
	if (isdigit((unsigned char)w[0]) || (w[0] == '-' && n > 1)) {
		text_addc(t, 'J');
		pickle_integer(t, (uint64_t)strtoll(w, NULL, 10), 4);
	} else if (w[0] == '\'') {
		text_addc(t, 'X');
		pickle_integer(t, n - 1, 4);
		text_addn(t, w + 1, n - 1);
	} else if (w[0] == '@') {
		size_t dot = n;
		while (dot > 1 && w[dot - 1] != '.')
			dot--;
		text_addc(t, 'c');
		text_addn(t, w + 1, dot > 1 ? dot - 2 : 0);
		text_addc(t, '\n');
		text_addn(t, w + dot, n - dot);
		text_addc(t, '\n');
	} else if (!strncmp(w, "f:", 2)) {
		double f = strtod(w + 2, NULL);
		uint64_t bits;
		memcpy(&bits, &f, 8);
		text_addc(t, 'G');
		for (int i = 7; i >= 0; i--)
			text_addc(t, (char)(bits >> 8 * i));
	} else if (!strncmp(w, "put:", 4) || !strncmp(w, "get:", 4)) {
		text_addc(t, w[0] == 'p' ? 'q' : 'h');
		text_addc(t, (char)atoi(w + 4));
	} else if (n == 2 && w[0] == 'T') {
		text_addc(t, (char)(0x85 + w[1] - '1'));
	} else if (!strncmp(w, "True", n) && n == 4) {
		text_addc(t, '\x88');
	} else if (!strncmp(w, "False", n) && n == 5) {
		text_addc(t, '\x89');
	} else if (!strncmp(w, "None", n) && n == 4) {
		text_addc(t, 'N');
	} else if (!strncmp(w, "new", n) && n == 3) {
		text_addc(t, '\x81');
	} else {
		text_addn(t, w, n);
	}
}

// Appends the pickle of protocol 2 that the words spell.
static inline void pickle_words(Text *t, const char *words)
{
	text_addn(t, "\x80\x02", 2);
	while (*words) {
		size_t n = strcspn(words, " \n");
		if (n)
			pickle_word(t, words, n);
		words += n + (words[n] != 0);
	}
}

#endif
