#!/usr/bin/env python3
"""Core works when built for 32 bits, another C library, or without a system."""
from case import cases_for, main
from elsewhere import core_works

PLATFORMS = {
    '32 bits': ('CC=gcc -m32 -isystem /usr/include/x86_64-linux-gnu', [],
                'gcc-12-multilib', '/usr/lib32/libc.a'),
    'musl': ('CC=musl-gcc', [], 'musl-tools', 'musl-gcc'),
    'embedder': ('os=embedder', [], '', ''),
}


@cases_for(PLATFORMS)
def core_works_on(name):
    core_works(*PLATFORMS[name])


main()
