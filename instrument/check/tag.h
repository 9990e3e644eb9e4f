// tag.h - the names of tags that blocks were made under, each by a number.
#ifndef RP_INSTRUMENT_CHECK_TAG_H
#define RP_INSTRUMENT_CHECK_TAG_H

#include <stdint.h>

enum { RP_CHECK_TAGS = 1 << 10, RP_CHECK_TAG_BYTES = 64 };

// The number of a name, of which the first 63 bytes count; 0: of NULL, or there
// is no room for more. Any thread; wait-free.
uint32_t rp_check_tag_number(const char *name);
const char *rp_check_tag_name(uint32_t number);

#endif
