#!/usr/bin/env python3
"""Core works on another machine and another system, under an emulator."""
from case import cases_for, main
from elsewhere import core_works

PLATFORMS = {
    'aarch64': ('CC=aarch64-linux-gnu-gcc', ['qemu-aarch64-static'],
                'gcc-aarch64-linux-gnu and qemu-user-static',
                'aarch64-linux-gnu-gcc qemu-aarch64-static'),
    'windows': ('os=windows', ['wine'], 'gcc-mingw-w64-x86-64-win32 and wine64',
                'x86_64-w64-mingw32-gcc wine clang'),
}


@cases_for(PLATFORMS)
def core_works_on(name):
    core_works(*PLATFORMS[name])


main()
