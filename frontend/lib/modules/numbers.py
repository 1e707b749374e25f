# SPDX-License-Identifier: BSD-3-Clause
# numbers: tuples of the classes that isinstance asks about.

Complex = (int, float, complex, bool)
Real = (int, float, bool)
Rational = (int, bool)
Integral = (int, bool)
Number = (int, float, complex, bool)
