"""What the built libraries show: the same in both variants."""
import os
import subprocess


def shown(library):
    out = subprocess.run(['nm', '-D', '--defined-only', library], check=True,
                         capture_output=True, text=True).stdout
    return {line.split()[-1] for line in out.splitlines()}


def same_symbols(tree):
    for name in ('librpscope.so', 'librpscope-malloc.so'):
        release, traced = (os.path.join(tree.root, 'build', variant, name)
                           for variant in ('release', 'instrumented'))
        if os.path.exists(release) and os.path.exists(traced):
            for symbol in sorted(shown(release) ^ shown(traced)):
                yield f'build/*/{name}', 1, f'{symbol} is in one variant only'
