#!/usr/bin/env python3
"""What the C library ends a program for, the libraries end it for, too, without
any checks, and say why."""
import os
import signal
import subprocess

from case import HANG, VARIANTS, built, cases_for, main

TWICE = 'double free: the block is the one that was freed last'
UNALIGNED = ("free of a pointer that is no block's: blocks start at multiples "
             'of 16')
NO_HEADER = ("free of a pointer that is no block's: there is no header of ours "
             'in front of it')
NO_BLOCK = 'free of a pointer into memory where no block lives'

SIZES = ('24', '1000', '1500', '5000', '20000', '32768')
KINDS = ([('twice', size, TWICE) for size in SIZES]
         + [('twice', '100000', NO_BLOCK)]
         + [('unaligned', size, UNALIGNED) for size in ('40', *SIZES, '100000')]
         + [('inside', size, UNALIGNED) for size in ('40', *SIZES, '100000')]
         + [('stack', '0', NO_HEADER)])


@cases_for([(variant, *kind) for variant in VARIANTS for kind in KINDS])
def a_misuse_ends_the_program_and_is_told(values):
    variant, name, size, words = values
    done = subprocess.run(
        [built('tests/preload/misused'), name, size], capture_output=True,
        text=True, timeout=HANG,
        env={**os.environ, 'RPSCOPE_RECORD': 'off',
             'LD_PRELOAD': built(variant, 'librpscope-malloc.so')})

    assert (done.stdout, done.stderr, done.returncode) == (
        '', f'rpmalloc: {words}\n', -signal.SIGABRT), done


main()
