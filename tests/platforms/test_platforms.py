#!/usr/bin/env python3
"""Core works when built for 32 bits, another C library, or without a system."""
import os
import subprocess
import tempfile

from case import Skip, case, cases_for, main
from elsewhere import core_works, must_run

PLATFORMS = {
    '32 bits': ('CC=gcc -m32 -isystem /usr/include/x86_64-linux-gnu', [],
                'gcc-12-multilib', '/usr/lib32/libc.a'),
    'musl': ('CC=musl-gcc', [], 'musl-tools', 'musl-gcc'),
    'embedder': ('os=embedder', [], '', ''),
}


@cases_for(PLATFORMS)
def core_works_on(name):
    core_works(*PLATFORMS[name])


def written(folder, content):
    program = f'{folder}/program'
    with open(program, 'wb') as file:
        file.write(content)
    os.chmod(program, 0o755)
    return program


def raised(program):
    try:
        must_run(program)
    except (Skip, OSError, subprocess.SubprocessError) as error:
        return type(error)
    return None


@case
def what_no_kernel_runs_is_skipped_and_what_fails_is_not():
    with open('/bin/true', 'rb') as file:
        image = file.read()
    strange = image[:18] + b'\xff\xff' + image[20:]  # e_machine

    with tempfile.TemporaryDirectory() as work:
        assert raised(written(work, image)) is None
        assert raised(written(work, strange)) is Skip
        assert raised(written(work, b'#!/bin/sh\nexit 1\n')) is (
            subprocess.CalledProcessError)
        assert raised(f'{work}/none') is FileNotFoundError


main()
