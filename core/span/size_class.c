// size_class.c - the table of size classes.
//
// Written out, so that it needs no set-up and lies in read-only memory;
// test_size_class computes every number again.
#include "core/span/size_class.h"

#define CLASS_HEADER(size) ((size) % BLOCK_PAGE == 0 ? 0 : SPAN_HEADER)

// The reciprocal is 2^32 / size, rounded up: exact for 16-bit offsets.
#define CLASS(size)                                                            \
    {                                                                          \
        (size), (SPAN_BYTES - CLASS_HEADER(size)) / (size),                    \
            (uint32_t)(((UINT64_C(1) << 32) + (size)-1) / (size))              \
    }

const struct size_class rp_size_classes[CLASS_COUNT] = {
    CLASS(16), // class 0, never used
    CLASS(16),    CLASS(32),    CLASS(48),    CLASS(64),    CLASS(80),
    CLASS(96),    CLASS(112),   CLASS(128),   CLASS(144),   CLASS(160),
    CLASS(176),   CLASS(192),   CLASS(208),   CLASS(224),   CLASS(240),
    CLASS(256),   CLASS(272),   CLASS(288),   CLASS(304),   CLASS(320),
    CLASS(336),   CLASS(352),   CLASS(368),   CLASS(384),   CLASS(400),
    CLASS(416),   CLASS(432),   CLASS(448),   CLASS(464),   CLASS(480),
    CLASS(496),   CLASS(512),   CLASS(528),   CLASS(544),   CLASS(560),
    CLASS(576),   CLASS(592),   CLASS(608),   CLASS(624),   CLASS(640),
    CLASS(656),   CLASS(672),   CLASS(688),   CLASS(704),   CLASS(720),
    CLASS(736),   CLASS(752),   CLASS(768),   CLASS(784),   CLASS(800),
    CLASS(816),   CLASS(832),   CLASS(848),   CLASS(864),   CLASS(880),
    CLASS(896),   CLASS(912),   CLASS(928),   CLASS(944),   CLASS(960),
    CLASS(976),   CLASS(992),   CLASS(1008),  CLASS(1024),  CLASS(1152),
    CLASS(1280),  CLASS(1408),  CLASS(1536),  CLASS(1664),  CLASS(1792),
    CLASS(1920),  CLASS(2048),  CLASS(2304),  CLASS(2560),  CLASS(2816),
    CLASS(3072),  CLASS(3328),  CLASS(3584),  CLASS(3840),  CLASS(4096),
    CLASS(4608),  CLASS(5376),  CLASS(5888),  CLASS(6528),  CLASS(7168),
    CLASS(8192),  CLASS(9344),  CLASS(10880), CLASS(13056), CLASS(16384),
    CLASS(21760), CLASS(32768),
};

const uint8_t rp_medium_class[40] = {
    65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78,
    79, 80, 81, 82, 83, 84, 85, 85, 86, 86, 87, 88, 89, 89,
    90, 90, 90, 90, 91, 91, 92, 92, 92, 92, 92, 92,
};
