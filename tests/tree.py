"""tree.py - copies of the source tree, for tests that build it in other ways.

Scons runs inside scons test, so tests never build in the tree itself.
"""
import contextlib
import os
import shutil
import tempfile

from case import BUILD, HANG, TOP, output


@contextlib.contextmanager
def copied(*wanted):
    """A folder with the files that git knows or would add, under these paths."""
    with tempfile.TemporaryDirectory(prefix='rpscope-tree-') as root:
        for path in output('git', 'ls-files', '-co', '--exclude-standard',
                           *wanted).splitlines():
            if os.path.isfile(os.path.join(TOP, path)):
                os.makedirs(os.path.dirname(os.path.join(root, path)),
                            exist_ok=True)
                shutil.copy(os.path.join(TOP, path), os.path.join(root, path))
        yield root


def add_what_is_built(root):
    """Scons takes it for its own work, and makes anew what no longer fits."""
    for folder, inner, names in os.walk(BUILD):
        if folder == BUILD:
            inner[:] = {'release', 'instrumented', 'viewer'}.intersection(inner)
        else:
            inner[:] = set(inner) - {'tests'}
        place = os.path.join(root, 'build', os.path.relpath(folder, BUILD))
        os.makedirs(place, exist_ok=True)
        for name in names:
            shutil.copy2(os.path.join(folder, name), place,
                         follow_symlinks=False)
    memory = os.path.join(TOP, '.sconsign.dblite')
    if os.path.exists(memory):
        shutil.copy(memory, root)


def scons(root, *words):
    compiler = os.environ.get('CC', 'gcc')
    return output('scons', '-Q', f'CC={compiler}', *words, cwd=root,
                  timeout=HANG)
