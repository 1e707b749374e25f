// SPDX-License-Identifier: BSD-3-Clause
// Code as text, one instruction a line, for people and tests.
#include "interp/code.h"

static const char *const names[] = {
#define X(name) #name,
	INSN_LIST(X)
#undef X
};

const char *insn_name(int code)
{
	return code >= 0 && code < INSN_COUNT ? names[code] : "?";
}

static void print_operand(const Code *c, int32_t o, Text *out)
{
	int i = OPERAND_INDEX(o);
	if (o < 0)
		text_add(out, " -");
	else if (i < c->nconsts)
		text_addf(out, " c%d", i);
	else
		text_addf(out, " r%d%s", i - c->nconsts, o & OPERAND_LAST ? "!" : "");
}

void code_print(const Code *c, Text *out)
{
	text_addf(out, "%s: %d constants, %d registers\n", c->name, c->nconsts, c->nframe - c->nconsts);
	for (int i = 0; i < c->ninsns; i++) {
		const Insn *in = &c->insns[i];
		text_addf(out, "%4d %-12s", i, insn_name(in->code));
		switch ((InsnCode)in->code) {
		case INSN_OP: {
			text_addc(out, ' ');
			op_key(op_call_op(c->calls[in->b]), out);
			for (int k = 0; k < in->n; k++)
				print_operand(c, c->operands[in->a + k], out);
			text_add(out, " ->");
			for (int k = 0; k < in->c; k++)
				print_operand(c, c->operands[in->a + in->n + k], out);
			break;
		}
		case INSN_CALL:
		case INSN_CALL_METHOD: {
			const Callee *callee = &c->callees[in->b];
			text_addf(out, " %s", callee->fn ? callee->fn->name : callee->name);
			for (int k = 0; k < in->n; k++)
				print_operand(c, c->operands[in->a + k], out);
			text_add(out, " ->");
			print_operand(c, in->c, out);
			break;
		}
		case INSN_RETURN:
		case INSN_TUPLE:
		case INSN_LIST:
		case INSN_DICT:
			for (int k = 0; k < in->n; k++)
				print_operand(c, c->operands[in->a + k], out);
			if (in->code != INSN_RETURN) {
				text_add(out, " ->");
				print_operand(c, in->c, out);
			}
			break;
		case INSN_JUMP:
			text_addf(out, " to %d", in->c);
			break;
		case INSN_JUMP_FALSE:
			print_operand(c, in->a, out);
			text_addf(out, " to %d", in->c);
			break;
		case INSN_LOOP_BEGIN:
		case INSN_LOOP_NEXT:
			for (int k = 0; k < 3; k++)
				print_operand(c, c->operands[in->a + k], out);
			text_addf(out, " to %d", in->c);
			break;
		case INSN_GET_ATTR:
			print_operand(c, in->a, out);
			print_operand(c, in->b, out);
			text_addf(out, " .%s", c->attrs[in->c].name);
			break;
		default:
			print_operand(c, in->a, out);
			print_operand(c, in->b, out);
			print_operand(c, in->c, out);
			text_addf(out, " [%u]", in->n);
		}
		text_addc(out, '\n');
	}
}
