# SPDX-License-Identifier: BSD-3-Clause
# What a script sees of its command line, and a module beside it.
import sys

import beside

print(sys.argv[1:], __name__, beside.name)
sys.exit(len(sys.argv))
