# SPDX-License-Identifier: BSD-3-Clause
# argparse: parsers of optional and positional arguments, without subcommands.
import sys

SUPPRESS = "==SUPPRESS=="
OPTIONAL, ZERO_OR_MORE, ONE_OR_MORE, REMAINDER = "?", "*", "+", "..."


class ArgumentError(Exception):
    pass


class ArgumentTypeError(Exception):
    pass


class HelpFormatter:
    pass


class ArgumentDefaultsHelpFormatter(HelpFormatter):
    pass


class RawTextHelpFormatter(HelpFormatter):
    pass


class RawDescriptionHelpFormatter(HelpFormatter):
    pass


class Namespace:
    def __init__(self, **kwargs):
        self.__dict__.update(kwargs)

    def __repr__(self):
        return "Namespace(" + ", ".join("%s=%r" % kv for kv in self.__dict__.items()) + ")"

    def __contains__(self, name):
        return name in self.__dict__

    def __eq__(self, other):
        return isinstance(other, Namespace) and self.__dict__ == other.__dict__


class BooleanOptionalAction:
    pass


class _Argument:
    def __init__(self, names, options):
        self.names = names
        self.positional = not names[0].startswith("-")
        long = [n for n in names if n.startswith("--")]
        self.dest = options.get("dest") or (long[0] if long else names[0]).lstrip("-").replace("-", "_")
        if self.positional:
            self.dest = names[0]
        self.action = options.get("action", "store")
        self.nargs = options.get("nargs")
        self.type = options.get("type")
        self.choices = options.get("choices")
        self.required = options.get("required", self.positional)
        self.help = options.get("help")
        self.metavar = options.get("metavar")
        self.const = options.get("const")
        flags = {"store_true": False, "store_false": True}
        self.default = options.get("default", flags.get(self.action) if isinstance(self.action, str) else None)
        self.takes_value = self.action in ("store", "append", "extend")

    def shown(self):
        return self.metavar or (self.dest if self.positional else self.dest.upper())

    def title(self):
        return "argument " + ("/".join(self.names) if not self.positional else self.shown())


class _Group:
    def __init__(self, parser):
        self.parser = parser

    def add_argument(self, *names, **options):
        return self.parser.add_argument(*names, **options)


class ArgumentParser:
    def __init__(self, prog=None, usage=None, description=None, epilog=None, add_help=True, **kwargs):
        self.prog = prog or (sys.argv[0].split("/")[-1] if sys.argv else "")
        self.usage = usage
        self.description = description
        self.epilog = epilog
        self.arguments = []
        self.defaults = {}
        if add_help:
            self.add_argument("-h", "--help", action="help", help="show this help message and exit")

    def add_argument(self, *names, **options):
        argument = _Argument(names, options)
        if argument.action is BooleanOptionalAction:
            argument.action = "boolean"
        self.arguments.append(argument)
        return argument

    def add_argument_group(self, *args, **kwargs):
        return _Group(self)

    def add_mutually_exclusive_group(self, required=False):
        return _Group(self)

    def set_defaults(self, **kwargs):
        self.defaults.update(kwargs)

    def get_default(self, dest):
        return self.defaults.get(dest)

    def format_usage(self):
        if self.usage:
            return "usage: " + self.usage + "\n"
        parts = [self.prog]
        for a in [x for x in self.arguments if not x.positional] + [x for x in self.arguments if x.positional]:
            text = a.shown() if a.positional else a.names[0] + (" " + a.shown() if a.takes_value else "")
            if a.nargs in ("*", "+"):
                text = text + " ..." if a.positional else a.names[0] + " " + a.shown() + " [" + a.shown() + " ...]"
            parts.append(text if a.required else "[" + text + "]")
        return "usage: " + " ".join(parts) + "\n"

    def format_help(self):
        out = self.format_usage()
        if self.description:
            out += "\n" + self.description + "\n"
        for title, positional in (("positional arguments", True), ("options", False)):
            rows = [a for a in self.arguments if a.positional == positional]
            if rows:
                out += "\n" + title + ":\n"
            for a in rows:
                left = a.shown() if positional else ", ".join(n + (" " + a.shown() if a.takes_value else "") for n in a.names)
                out += "  " + left.ljust(22) + (a.help or "") + "\n"
        return out

    def print_help(self, file=None):
        print(self.format_help(), end="")

    def print_usage(self, file=None):
        print(self.format_usage(), end="")

    def exit(self, status=0, message=None):
        if message:
            sys.stderr.write(message)
        sys.exit(status)

    def error(self, message):
        sys.stderr.write(self.format_usage())
        self.exit(2, "%s: error: %s\n" % (self.prog, message))

    def _convert(self, a, text):
        value = text
        if a.type is not None and isinstance(text, str):
            try:
                value = a.type(text)
            except ArgumentTypeError as e:
                self.error("%s: %s" % (a.title(), e))
            except (TypeError, ValueError):
                self.error("%s: invalid %s value: %r" % (a.title(), getattr(a.type, "__name__", repr(a.type)), text))
        if a.choices is not None and value not in a.choices:
            self.error("%s: invalid choice: %r (choose from %s)" % (
                a.title(), value, ", ".join(repr(c) for c in a.choices)))
        return value

    def _find(self, name):
        for a in self.arguments:
            if name in a.names:
                return a
        if name.startswith("--"):
            near = [a for a in self.arguments if any(n.startswith(name) for n in a.names)]
            if len(near) == 1:
                return near[0]
        return None

    def _is_option(self, text):
        if not text.startswith("-") or text == "-":
            return False
        try:
            float(text)
        except ValueError:
            return True
        return self._find(text) is not None

    def _count(self, a, available):
        if a.nargs is None:
            return 1, 1
        if a.nargs == "?":
            return 0, 1
        if a.nargs == "*":
            return 0, available
        if a.nargs == "+":
            return 1, available
        if a.nargs == "...":
            return 0, available
        return a.nargs, a.nargs

    def _store(self, space, a, texts):
        values = [self._convert(a, t) for t in texts]
        if a.nargs is None:
            value = values[0]
        elif a.nargs == "?":
            value = values[0] if values else a.const if not a.positional else a.default
        else:
            value = values
        if a.action == "append":
            value = list(getattr(space, a.dest, None) or []) + [value]
        elif a.action == "extend":
            value = list(getattr(space, a.dest, None) or []) + values
        setattr(space, a.dest, value)

    def _flag(self, space, a, name):
        if a.action == "help":
            self.print_help()
            self.exit(0)
        elif a.action == "store_true":
            setattr(space, a.dest, True)
        elif a.action == "store_false":
            setattr(space, a.dest, False)
        elif a.action == "store_const":
            setattr(space, a.dest, a.const)
        elif a.action == "append_const":
            setattr(space, a.dest, list(getattr(space, a.dest, None) or []) + [a.const])
        elif a.action == "count":
            setattr(space, a.dest, (getattr(space, a.dest, None) or 0) + 1)
        elif a.action == "boolean":
            setattr(space, a.dest, not name.startswith("--no-"))
        else:
            raise ValueError("unknown action %r" % (a.action,))

    def parse_known_args(self, args=None, namespace=None):
        args = list(sys.argv[1:] if args is None else args)
        space = namespace or Namespace()
        for a in self.arguments:
            if a.action != "help" and a.default != SUPPRESS and not hasattr(space, a.dest):
                default = a.default
                if isinstance(default, str) and a.type is not None and not a.positional:
                    default = a.type(default)
                setattr(space, a.dest, default)
        for key, value in self.defaults.items():
            setattr(space, key, value)
        seen, loose, unknown = [], [], []
        i = 0
        while i < len(args):
            text = args[i]
            i += 1
            if text == "--":
                loose.extend(args[i:])
                break
            if not self._is_option(text):
                loose.append(text)
                continue
            name, given = text, None
            if text.startswith("--") and "=" in text:
                name, given = text.split("=", 1)
            a = self._find(name)
            if a is None and name.startswith("--no-"):
                a = self._find("--" + name[5:])
                if a is not None and a.action != "boolean":
                    a = None
            if a is None and not name.startswith("--") and len(name) > 2:
                a, given = self._find(name[:2]), name[2:]
            if a is None:
                unknown.append(text)
                continue
            seen.append(a)
            if not a.takes_value:
                self._flag(space, a, name)
                continue
            texts = [] if given is None else [given]
            low, high = self._count(a, len(args) - i)
            while given is None and len(texts) < high and i < len(args) and not self._is_option(args[i]):
                texts.append(args[i])
                i += 1
            if len(texts) < low:
                need = "one argument" if a.nargs is None else "at least one argument" if a.nargs == "+" else "%d arguments" % low
                self.error("%s: expected %s" % (a.title(), need))
            self._store(space, a, texts)
        positional = [a for a in self.arguments if a.positional]
        for k, a in enumerate(positional):
            later = sum(self._count(x, 0)[0] for x in positional[k + 1:])
            low, high = self._count(a, max(0, len(loose) - later))
            take = loose[:min(high, max(low, len(loose) - later))]
            if len(take) < low:
                continue
            loose = loose[len(take):]
            seen.append(a)
            if take or a.nargs == "*":
                self._store(space, a, take) if take or a.default is None else None
        absent = [a for a in self.arguments if a.required and a not in seen and a.nargs not in ("?", "*")]
        if absent:
            self.error("the following arguments are required: " + ", ".join(
                a.shown() if a.positional else "/".join(a.names) for a in absent))
        return space, unknown + loose

    def parse_args(self, args=None, namespace=None):
        space, unknown = self.parse_known_args(args, namespace)
        if unknown:
            self.error("unrecognized arguments: " + " ".join(unknown))
        return space
