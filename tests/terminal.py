#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# The prompt on a terminal: a pseudo-terminal types at `wick`, and reads what appears: editing, completion, history,
# Ctrl-C and Ctrl-D.  Usage: tests/terminal.py WICK
import os
import pty
import select
import sys
import tempfile
import time

wick = os.path.abspath(sys.argv[1])
passed = failed = 0


class Terminal:
    def __init__(self, home, *args):
        self.seen = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(HOME=home, TERM="vt100", LC_ALL="C.UTF-8")
            os.chdir(home)
            os.execv(wick, [wick, *args])

    def expect(self, text, seconds=20.0):
        """Reads until `text` appears; what came before is returned and forgotten."""
        want = text.encode()
        end = time.monotonic() + seconds
        while want not in self.seen:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                raise AssertionError(f"{text!r} did not appear; seen: {self.seen!r}")
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                data = b""
            if not data:
                raise AssertionError(f"the prompt ended before {text!r}; seen: {self.seen!r}")
            self.seen += data
        at = self.seen.index(want) + len(want)
        before, self.seen = self.seen[:at], self.seen[at:]
        return before.decode(errors="replace")

    def type(self, text):
        os.write(self.fd, text.encode())

    def status(self):
        end = time.monotonic() + 20
        while time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                os.close(self.fd)
                return os.waitstatus_to_exitcode(status)
            if select.select([self.fd], [], [], 0.05)[0]:
                try:
                    os.read(self.fd, 65536)
                except OSError:
                    pass
        os.kill(self.pid, 9)
        raise AssertionError("the prompt did not end")


def expressions(t):
    t.type("6 * 7\n")
    t.expect("42")
    t.expect(">>> ")
    t.type("_ + 1\n")
    t.expect("43")


def blocks(t):
    t.type("def twice(x):\n")
    t.expect("... ")
    t.type("    return 2 * x\n")
    t.expect("... ")
    t.type("\n")
    t.expect(">>> ")
    t.type("twice(4) * 1000 + 99\n")
    t.expect("8099")


def interrupt_loop(t):
    t.type("print('be' + 'gun')\nwhile True: pass\n\n")
    t.expect("begun")
    time.sleep(0.3)
    t.type("\x03")
    t.expect("KeyboardInterrupt", 10)
    t.expect(">>> ")
    t.type("'still ' + 'here'\n")
    t.expect("'still here'")


def interrupt_operators(t):
    t.type("import torch\nx = torch.rand(300, 300)\nprint('be' + 'gun')\nwhile True: y = x @ x\n\n")
    t.expect("begun")
    time.sleep(0.3)
    t.type("\x03")
    t.expect("KeyboardInterrupt", 10)
    t.expect(">>> ")
    t.type("y.shape\n")
    t.expect("torch.Size([300, 300])")


def interrupt_line(t):
    t.type("something unfinished")
    time.sleep(0.2)
    t.type("\x03")
    t.expect("KeyboardInterrupt")
    t.expect(">>> ")
    t.type("11 * 11\n")
    t.expect("121")


def interrupt_block(t):
    t.type("def broken(\n")
    t.expect("... ")
    t.type("\x03")
    t.expect("KeyboardInterrupt")
    t.expect(">>> ")
    t.type("12 * 12\n")
    t.expect("144")


def completion(t):
    t.type("distinct_name = 5\n")
    t.expect(">>> ")
    t.type("distinct_n\t\t + 1000\n")
    t.expect("1005")
    t.expect(">>> ")
    t.type("word = 'abc'\nword.upp\t()\n")
    t.expect("'ABC'")
    t.expect(">>> ")
    t.type(":ti\t word\n")
    t.expect("best")
    t.expect(">>> ")
    t.type("import tor\t\ntorch.arang\t(3)\n")
    t.expect("tensor([0, 1, 2])")


def exit_status(t):
    t.type("exit(7)\n")
    assert t.status() == 7
    return True


def control_d(t):
    t.type("\x04")
    assert t.status() == 0
    return True


def history(t):
    t.type("31 * 32\n")
    t.expect("992")
    t.expect(">>> ")
    t.type("\x10\n")  # the line before
    t.expect("992")
    t.expect(">>> ")
    t.type("\x04")
    assert t.status() == 0
    path = os.path.join(t.home, ".wick_history")
    assert "31" in open(path).read()
    again = Terminal(t.home, "repl")
    again.expect(">>> ")
    again.type("\x10\n")
    again.expect("992")
    again.expect(">>> ")
    again.type("\x04")
    again.status()
    return True


def run(name, test):
    global passed, failed
    try:
        with tempfile.TemporaryDirectory() as home:
            t = Terminal(home)
            t.home = home
            t.expect(">>> ")
            if not test(t):
                t.expect(">>> ")
                t.type("\x04")
                t.status()
        passed += 1
    except AssertionError as e:
        failed += 1
        print(f"FAIL terminal {name}: {e}")


for f in [expressions, blocks, interrupt_loop, interrupt_operators, interrupt_line, interrupt_block, completion, exit_status, control_d,
          history]:
    run(f.__name__, f)
with tempfile.TemporaryDirectory() as home:
    path = os.path.join(home, "loop.py")
    with open(path, "w") as f:
        f.write("print('be' + 'gun')\nwhile True:\n    pass\n")
    try:
        t = Terminal(home, path)
        t.expect("begun")
        t.type("\x03")
        t.expect("KeyboardInterrupt")
        assert t.status() == 130, "exit status"
        passed += 1
    except AssertionError as e:
        failed += 1
        print(f"FAIL terminal script: {e}")
print(f"terminal: {passed} passed, {failed} failed")
sys.exit(failed != 0)
