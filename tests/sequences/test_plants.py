#!/usr/bin/env python3
"""Faults planted in core are found by random sequences of calls, soon."""
import os
import re
import sys
import tempfile

from case import HANG, TOP, cases_for, main

sys.path.insert(0, os.path.join(TOP, 'tests/mutants'))
import changed

PROGRAM = 'build/release/tests/sequences/test_sequences'
FOUND = re.compile(r'^seed \d+, call \d+: ', re.MULTILINE)
SEEDS = 30  # sequences in which each must be found
PLANTS = {  # what is wrong: file, text, text in its place
    'another class': (
        'core/span/size_class.c', '65, 66, 67, 68,', '65, 65, 67, 68,'),
    'a block handed out twice': (
        'core/api/alloc.c',
        '    heap->free[class_index] = block->next;\n'
        '    heap->medium.length',
        '    heap->medium.length'),
    'the rest of a block not zeroed': (
        'core/api/alloc.c',
        'memset(block, 0, block_bytes_of(block, bytes, heap))',
        'memset(block, 0, block_bytes_of(block, bytes, heap) - 8)'),
    'used memory taken for zero': (
        'core/api/alloc.c', 'return block == NULL || is_zero\n',
        'return block == NULL || is_zero <= 1\n'),
    'a block not aligned': (
        'core/api/alloc.c', '(rp_size_classes[c].block_bytes & (alignment - 1))',
        '(rp_size_classes[c].block_bytes & (alignment / 2 - 1))'),
    'less kept by a realloc': (
        'core/api/alloc.c', 'keep < usable ? keep : usable;',
        'keep < usable ? keep : usable - 16;'),
    'deferred blocks lost': (
        'core/heap/collect.c', 'last->next = span->free;',
        'last->next = NULL;'),
    'pages given back under a block': (
        'core/span/sparse.c', 'if (block == end)', 'if (block + 1 >= end)'),
    'a large block that outlives its heap': (
        'core/heap/free_all.c', 'while (heap->large != NULL) {',
        'if (heap->large != NULL) {'),
    'memory counted twice': (
        'core/api/statistics.c', 'taken - cached - classes',
        'taken - classes'),
}


@cases_for(PLANTS)
def is_found(name):
    file, text, instead = PLANTS[name]
    with tempfile.TemporaryDirectory() as folder:
        core = changed.Changed(folder)
        whole = core.source(file)
        assert whole.count(text) == 1, f'{file} has {text!r} not once'
        core.change(file, whole.replace(text, instead))
        done = core.run([core.program(PROGRAM), '1', str(SEEDS)],
                        timeout=HANG)
    assert done.returncode < 0, done.stdout
    assert not done.stdout or FOUND.search(done.stdout), done.stdout


main()
