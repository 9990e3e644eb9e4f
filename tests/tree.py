"""tree.py - copies of the source tree, for tests that build it in other ways.

Scons runs inside scons test, so tests never build in the tree itself.
"""
import contextlib
import os
import shutil
import tempfile

from case import HANG, TOP, output


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


def scons(root, *words):
    compiler = os.environ.get('CC', 'gcc')
    return output('scons', '-Q', f'CC={compiler}', *words, cwd=root,
                  timeout=HANG)
