"""Mutants that no test can kill, and why: file, old, new, the line and the next
-> reason."""

REASONS = {
    ('core/span/segment.c', 'store_release', 'store_relaxed',
     'store_release(&segment->all, bit_run(0, usable));',
     'rp_segment_index_add(segment);'):
        'who maps a segment hears that the index is kept, or is heard by who '
        'begins it (tests/models/test_weak_memory.py)',
    ('core/span/segment.c', 'cas_acq_rel', 'cas_acquire',
     'if (!cas_acq_rel(&segment->free, &free, free & ~bits))',
     'continue;'):
        'who takes spans tells nobody (tests/models/test_weak_memory.py)',
    ('core/api/rpmalloc.c', 'store_release', 'store_relaxed',
     'store_release(&config_state, CONFIG_NONE);', '}'):
        'nobody may use the allocator while it is finalized, so whoever begins '
        'anew knows of the end by other means',
    ('core/heap/large.c', '1', '2', 'span->carved = 1;',
     'span->capacity = 1;'):
        'of a large block nobody asks how much is carved',
    ('core/api/replay.c', '<', '<=',
     'for (uint32_t i = 0; i < span->capacity; ++i)',
     'block_set_add(&deferred, i);'):
        'the set has room for one more, of which nobody asks',
}
