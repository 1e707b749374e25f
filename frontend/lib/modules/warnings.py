# SPDX-License-Identifier: BSD-3-Clause
# warnings: warn goes where the host sends warnings; filters are accepted, "ignore" silences everything.

_silent = [False]
filters = []


def warn(message, category=None, stacklevel=1, source=None):
    if isinstance(message, Warning):
        category = type(message)
        message = str(message)
    if category is None:
        category = UserWarning
    if not _silent[0]:
        _emit(category.__name__ + ": " + str(message))


def warn_explicit(message, category, filename, lineno, **kwargs):
    warn(message, category)


def simplefilter(action, category=Warning, lineno=0, append=False):
    if category is Warning:
        _silent[0] = action == "ignore"


def filterwarnings(action, message="", category=Warning, module="", lineno=0, append=False):
    if not message and not module:
        simplefilter(action, category)


def resetwarnings():
    _silent[0] = False


class catch_warnings:
    def __init__(self, record=False, module=None, **kwargs):
        self.record = record

    def __enter__(self):
        self.before = _silent[0]
        return [] if self.record else None

    def __exit__(self, kind, value, traceback):
        _silent[0] = self.before
        return None
