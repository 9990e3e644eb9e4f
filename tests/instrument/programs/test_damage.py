#!/usr/bin/env python3
"""Rings that the program has spoilt before it died harm nobody."""
import glob
import os
import random
import subprocess

from case import REPORT, case, main
from death import Death

KEPT = 128  # bytes by which such a file is known


class Spoilt(Death):
    """Killed, and then some words of its rings are others."""

    def __init__(self, seed, words):
        self.random, self.words = random.Random(seed), words
        super().__init__(rings=os.path.join('/dev/shm', f'spoilt.{os.getpid()}'))

    def run(self, command, **options):
        self.place = options['rings']
        os.mkdir(self.place, 0o700)
        os.environ['RPSCOPE_RINGS'] = self.place  # for whoever opens the trace
        super().run(command, **options)

    def kill(self, child):
        super().kill(child)
        child.wait()
        for path in glob.glob(self.place + '/.rings.*'):
            size = self.used(path)  # 0: killed before there was anything
            with open(path, 'r+b') as file:
                for _ in range(self.words if size > KEPT else 0):
                    file.seek(self.random.randrange(KEPT, size))
                    file.write(self.random.randbytes(8))

    @staticmethod
    def used(path):
        """Bytes up to the last that is not a hole, about."""
        with open(path, 'rb') as file:
            return len(file.read().rstrip(b'\0'))

    def __exit__(self, *rest):
        for path in glob.glob(self.place + '/.*'):
            os.remove(path)
        os.rmdir(self.place)
        super().__exit__(*rest)


@case
def a_trace_is_opened_whatever_is_in_its_rings():
    for seed in range(12):
        with Spoilt(seed, 10 ** (1 + seed % 4)) as spoilt:
            assert spoilt.opened.returncode in (0, 3, 4), (
                seed, spoilt.opened.returncode, spoilt.opened.stderr)
            told = spoilt.opened.stderr.splitlines()
            assert told and all(line.startswith('rpscope') for line in told)
            again = subprocess.run([*REPORT, spoilt.file],
                                   capture_output=True, text=True)
            assert again.returncode == spoilt.opened.returncode, seed


main()
