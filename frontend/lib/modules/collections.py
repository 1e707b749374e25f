# SPDX-License-Identifier: BSD-3-Clause
# collections: what constructors of models use of it.  OrderedDict, namedtuple, defaultdict, Counter and deque are native.
