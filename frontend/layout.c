// SPDX-License-Identifier: BSD-3-Clause
// Line structure: between the scanner and the grammar, this turns newlines and the blanks at line begins into NEWLINE,
// INDENT and DEDENT, and settles what the grammar could only know from the tokens around: where a `# type:` comment
// has a meaning, and Python's two-word operators.
//
// A newline counts outside brackets only, and only when the line had a token.  Widths: the archive dialect counts a blank
// and a tab as 1 each; Python takes a tab to the next multiple of 8, and an indentation that compares differently with
// tabs taken as 1 is inconsistent.
#include "frontend/syntax.h"
#include "frontend/parser.tab.h"

static int next_raw(Parser *p, Value *value, Span *at)
{
	if (p->held.kind != -1) {
		int kind = p->held.kind;
		*value = p->held.value;
		*at = p->held.at;
		p->held.kind = -1;
		return kind;
	}
	*at = (Span){p->pos, p->pos}; // the end of the text sets none
	return scan_token(value, at, p->scanner);
}

// `is not` and `not in` of Python may have anything between their words that separates tokens.
static int join_words(Parser *p, int first, Span *at, int second, int joined)
{
	Token next = {0};
	do {
		next.kind = next_raw(p, &next.value, &next.at);
	} while (next.kind == NEWLINE && p->brackets > 0);
	if (next.kind == second) {
		at->end = next.at.end;
		return joined;
	}
	p->held = next;
	return first;
}

static void line_width(const Parser *p, uint32_t begin, int *width, int *tabless)
{
	const char *s = p->src->text;
	*width = *tabless = 0;
	for (uint32_t i = p->line_begin; i < begin; i++) {
		if (s[i] == ' ') {
			++*width;
			++*tabless;
		} else if (s[i] == '\t') {
			*width = p->dialect == DIALECT_PYTHON ? (*width / 8 + 1) * 8 : *width + 1;
			++*tabless;
		} else if (s[i] == '\f') {
			*width = *tabless = 0;
		} else {
			break; // a joined line: its blanks do not count
		}
	}
}

// The first token of a logical line: 1 for INDENT, -1 for DEDENTs (p->dedents of them), 0 for neither.
static int indentation(Parser *p, Span at)
{
	int width, tabless;
	line_width(p, at.begin, &width, &tabless);
	int top = p->nindents - 1;
	bool consistent = (width > p->indents[top].width) == (tabless > p->indents[top].tabless);
	if (width > p->indents[top].width) {
		if (!consistent)
			syntax_fail(p, STATUS_SYNTAX, at, "inconsistent use of tabs and spaces in indentation");
		if (top == INDENTS_MAX) {
			syntax_fail(p, STATUS_LIMIT, at, "blocks are nested more than %d levels deep", INDENTS_MAX);
			return 0;
		}
		p->indents[top + 1].width = width;
		p->indents[top + 1].tabless = tabless;
		p->nindents++;
		return 1;
	}
	while (width < p->indents[top].width)
		top--;
	if (width != p->indents[top].width)
		syntax_fail(p, STATUS_SYNTAX, at, "invalid indent level %d", width);
	else if (!consistent || tabless != p->indents[top].tabless)
		syntax_fail(p, STATUS_SYNTAX, at, "inconsistent use of tabs and spaces in indentation");
	p->dedents = p->nindents - 1 - top;
	p->nindents = top + 1;
	return p->dedents > 0 ? -1 : 0;
}

// Whether the comment is a token here.  Among a def's parameters it is kept for params_close instead.
static bool take_type_comment(Parser *p, Span at)
{
	const char *s = p->src->text + at.begin + 7; // after "# type:"
	if (p->def == DEF_COLON) {
		while (*s == ' ' || *s == '\t')
			s++;
		return p->dialect == DIALECT_ARCHIVE || *s == '(';
	}
	if (p->dialect == DIALECT_PYTHON && p->def == DEF_HEADER) {
		Span c = {at.begin + 7, at.end};
		ARENA_PUSH(p->arena, p->comments, p->ncomments, p->cap_comments, c);
	}
	return p->dialect == DIALECT_ARCHIVE;
}

static void follow_def(Parser *p, int kind)
{
	if (kind == DEF) {
		p->def = DEF_HEADER;
		p->def_brackets = p->brackets;
	} else if (p->def == DEF_HEADER) {
		if (kind == ':' && p->brackets == p->def_brackets)
			p->def = DEF_COLON;
	} else if (p->def == DEF_COLON) {
		p->def = DEF_NONE;
	}
}

static bool is_compound(int kind)
{
	return kind == IF || kind == WHILE || kind == FOR || kind == WITH || kind == DEF || kind == CLASS || kind == TRY ||
		kind == ASYNC || kind == '@';
}

static int give(Parser *p, int kind, Span *at)
{
	if (kind == INDENT || kind == DEDENT || kind == NEWLINE)
		at->begin = at->end = p->last_end;
	p->last_end = at->end;
	p->previous = kind;
	return p->status ? BAD : kind;
}

static int structure(Value *value, Span *at, Parser *p)
{
	int kind;
	for (;;) {
		kind = next_raw(p, value, at);
		if (kind == NEWLINE) {
			if (p->brackets > 0 || !p->line_open)
				continue;
			p->line_open = false;
			return NEWLINE;
		}
		if (kind == TYPE_COMMENT) {
			if (!take_type_comment(p, *at))
				continue;
			p->def = DEF_NONE;
			return TYPE_COMMENT;
		}
		break;
	}
	if (kind == 0) {
		if (p->brackets > 0 || (!p->line_open && p->nindents <= 1))
			return 0;
		p->held = (Token){kind, *at, *value};
		if (p->line_open) {
			p->line_open = false;
			return NEWLINE;
		}
		p->dedents = p->nindents - 2;
		p->nindents = 1;
		return DEDENT;
	}
	if (!p->line_open) {
		int change = indentation(p, *at);
		p->line_open = true;
		p->first = *at;
		if (change != 0) {
			p->held = (Token){kind, *at, *value};
			if (change > 0)
				return INDENT;
			p->dedents--;
			return DEDENT;
		}
	}
	if (kind == '(' || kind == '[' || kind == '{') {
		if (++p->brackets > BRACKETS_MAX)
			syntax_fail(p, STATUS_LIMIT, *at, "brackets are nested more than %d levels deep", BRACKETS_MAX);
	} else if ((kind == ')' || kind == ']' || kind == '}') && p->brackets > 0) {
		p->brackets--;
	} else if (p->dialect == DIALECT_PYTHON) {
		if (kind == IS)
			kind = join_words(p, IS, at, NOT, ISNOT);
		else if (kind == NOT)
			kind = join_words(p, NOT, at, IN, NOTIN);
		else if (p->previous == ';' && is_compound(kind))
			syntax_fail(p, STATUS_SYNTAX, *at, "expected a simple statement but found '%.*s' here",
				(int)(at->end - at->begin), p->src->text + at->begin);
	}
	follow_def(p, kind);
	return kind;
}

int layout_next(Value *value, Span *at, Parser *p)
{
	*at = (Span){p->last_end, p->last_end};
	if (p->status)
		return BAD;
	if (p->start != 0) {
		int start = p->start;
		p->start = 0;
		*at = (Span){p->pos, p->pos};
		p->last_end = p->pos;
		return start;
	}
	if (p->dedents > 0) {
		p->dedents--;
		return give(p, DEDENT, at);
	}
	return give(p, structure(value, at, p), at);
}
