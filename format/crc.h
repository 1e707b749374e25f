// SPDX-License-Identifier: BSD-3-Clause
// CRC-32 as zip has it, fast enough to check a model's weights while they are loaded.
#ifndef WICK_FORMAT_CRC_H
#define WICK_FORMAT_CRC_H

#include <stddef.h>
#include <stdint.h>

uint32_t crc_of_bytes(const void *data, size_t size);

#endif
