# SPDX-License-Identifier: BSD-3-Clause
# posixpath: os.path by its other name.
from os.path import *
