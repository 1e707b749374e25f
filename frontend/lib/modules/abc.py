# SPDX-License-Identifier: BSD-3-Clause
# abc: abstract classes are ordinary classes here; instantiating one that lacks a method is not refused.

class ABCMeta(type):
    pass


class ABC:
    pass


def abstractmethod(f):
    return f


def abstractproperty(f):
    return property(f)


def abstractclassmethod(f):
    return classmethod(f)


def abstractstaticmethod(f):
    return staticmethod(f)
