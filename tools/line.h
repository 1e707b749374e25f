// SPDX-License-Identifier: BSD-3-Clause
// Lines from the user: with editing, history and completion on a terminal, as they are from anything else.
#ifndef WICK_TOOLS_LINE_H
#define WICK_TOOLS_LINE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct LineReader LineReader;
typedef enum LineEvent { LINE_TEXT, LINE_END, LINE_INTERRUPTED } LineEvent;

// What may stand at the cursor: names that replace the line from *from on, in *words, for line_words_free.  Returns how
// many.
typedef int LineComplete(void *user, const char *line, size_t cursor, size_t *from, char ***words);
void line_words_free(char **words, int n);

// Lines of stdin.  terminal: edited, with completion (Tab).  history: a file that is read, and written at the end; NULL,
// or a file that cannot be written: none is kept beyond the session.
LineReader *line_reader_new(bool terminal, const char *history, LineComplete *complete, void *user);
// The next line with its newline (the last may lack it), borrowed until the next call.
LineEvent line_read(LineReader *r, const char *prompt, const char **line);
void line_reader_free(LineReader *r);

#endif
