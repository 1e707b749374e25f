# SPDX-License-Identifier: BSD-3-Clause
# fractions: numbers p/q in lowest terms.
import math


class Fraction:
    def __init__(self, numerator=0, denominator=None):
        if isinstance(numerator, str):
            numerator, _, below = numerator.partition("/")
            numerator, denominator = int(numerator), int(below) if below else 1
        elif isinstance(numerator, float):
            numerator, denominator = numerator.as_integer_ratio()
        elif isinstance(numerator, Fraction):
            below = 1 if denominator is None else denominator
            numerator, denominator = numerator.numerator, numerator.denominator * below
        elif denominator is None:
            denominator = 1
        if isinstance(denominator, Fraction):
            numerator, denominator = numerator * denominator.denominator, denominator.numerator
        if denominator == 0:
            raise ZeroDivisionError(f"Fraction({numerator}, 0)")
        common = math.gcd(numerator, denominator)
        if denominator < 0:
            common = -common
        self.numerator = numerator // common
        self.denominator = denominator // common

    def __repr__(self):
        return f"Fraction({self.numerator}, {self.denominator})"

    def __str__(self):
        return str(self.numerator) if self.denominator == 1 else f"{self.numerator}/{self.denominator}"

    def __hash__(self):
        return hash((self.numerator, self.denominator)) if self.denominator != 1 else hash(self.numerator)

    def __float__(self):
        return self.numerator / self.denominator

    def __int__(self):
        return int(self.numerator / self.denominator)

    def __bool__(self):
        return self.numerator != 0

    def __neg__(self):
        return Fraction(-self.numerator, self.denominator)

    def __abs__(self):
        return Fraction(abs(self.numerator), self.denominator)

    def _other(self, other):
        return other if isinstance(other, Fraction) else Fraction(other) if isinstance(other, int) else None

    def __add__(self, other):
        o = self._other(other)
        if o is None:
            return float(self) + other
        return Fraction(self.numerator * o.denominator + o.numerator * self.denominator, self.denominator * o.denominator)

    __radd__ = __add__

    def __sub__(self, other):
        return self + -other

    def __rsub__(self, other):
        return -self + other

    def __mul__(self, other):
        o = self._other(other)
        if o is None:
            return float(self) * other
        return Fraction(self.numerator * o.numerator, self.denominator * o.denominator)

    __rmul__ = __mul__

    def __truediv__(self, other):
        o = self._other(other)
        if o is None:
            return float(self) / other
        return Fraction(self.numerator * o.denominator, self.denominator * o.numerator)

    def __rtruediv__(self, other):
        o = self._other(other)
        return other / float(self) if o is None else o / self

    def __eq__(self, other):
        o = self._other(other)
        if o is None:
            return float(self) == other
        return self.numerator == o.numerator and self.denominator == o.denominator

    def _compare(self, other):
        o = self._other(other)
        if o is None:
            return float(self) - other
        return self.numerator * o.denominator - o.numerator * self.denominator

    def __lt__(self, other):
        return self._compare(other) < 0

    def __le__(self, other):
        return self._compare(other) <= 0

    def __gt__(self, other):
        return self._compare(other) > 0

    def __ge__(self, other):
        return self._compare(other) >= 0
