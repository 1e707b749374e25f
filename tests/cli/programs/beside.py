# SPDX-License-Identifier: BSD-3-Clause
# Imported by args.py.
name = __name__
