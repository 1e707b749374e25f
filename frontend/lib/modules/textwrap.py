# SPDX-License-Identifier: BSD-3-Clause
# textwrap: dedent, indent, fill.

def dedent(text):
    """Removes the blanks that all lines that are not blank begin with."""
    lines = text.split("\n")
    margin = None
    for line in lines:
        if not line.strip():
            continue
        lead = line[:len(line) - len(line.lstrip())]
        if margin is None:
            margin = lead
        while not lead.startswith(margin):
            margin = margin[:-1]
    margin = margin or ""
    return "\n".join(line[len(margin):] if line.strip() else "" for line in lines)


def indent(text, prefix, predicate=None):
    if predicate is None:
        predicate = lambda line: line.strip() != ""
    return "".join(prefix + line if predicate(line) else line for line in text.splitlines(True))


def wrap(text, width=70):
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = ""
        line = line + " " + word if line else word
    if line:
        lines.append(line)
    return lines


def fill(text, width=70):
    return "\n".join(wrap(text, width))
