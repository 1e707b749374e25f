# SPDX-License-Identifier: BSD-3-Clause
# abc: abstract methods are marked; the evaluator refuses to instantiate a class that has some left.


class ABCMeta(type):
    pass


def abstractmethod(function):
    function.__isabstractmethod__ = True
    return function


def abstractproperty(function):
    return property(abstractmethod(function))


def abstractclassmethod(function):
    return classmethod(abstractmethod(function))


def abstractstaticmethod(function):
    return staticmethod(abstractmethod(function))


class ABC(metaclass=ABCMeta):
    @classmethod
    def register(cls, subclass):
        return subclass
