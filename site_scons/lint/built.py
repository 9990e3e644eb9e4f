"""What the compiler made of the sources: symbols, and the headers it read."""
import functools
import os
import re
import subprocess

# The folders whose objects make up the libraries and the program.
BUILT = {'core': ('build/release', 'build/instrumented'),
         'instrument': ('build/instrumented',), 'viewer': ('build',)}


class Object:
    """One object file, the source that it was made of, and its variant."""

    def __init__(self, source, path, variant):
        self.source, self.path, self.variant = source, path, variant
        self.defined, self.undefined = set(), set()

    def read_symbols(self, lines):
        for line in lines:
            *_, kind, name = line.split()
            if kind in 'Uvw':  # the small ones are weak
                self.undefined.add(name)
            elif kind.isupper() or kind == 'u':
                self.defined.add(name)

    @property
    def list_of_headers(self):
        return os.path.splitext(self.path)[0] + '.d'

    def headers(self, root):
        """The headers that the compiler read for it, as it says (-MMD)."""
        if not os.path.exists(self.list_of_headers):
            return set()
        with open(self.list_of_headers) as file:
            words = file.read().replace('\\\n', ' ').split()
        return {os.path.relpath(os.path.join(root, word), root)
                for word in words if word.endswith('.h')}


@functools.lru_cache(maxsize=None)
def objects(tree, hall):
    """The objects of a hall's sources that were built, in each variant."""
    found = []
    for folder in BUILT[hall]:
        for source in tree.select('.c', under=[hall + '/']):
            path = os.path.join(tree.root, folder, source[:-2] + '.os')
            if os.path.exists(path):
                found.append(Object(source, path, folder))
    if found:
        text = subprocess.run(
            ['nm', '-A', *[each.path for each in found]], check=True,
            capture_output=True, text=True).stdout
        lines = {}
        for line in text.splitlines():
            path, rest = re.match(r'(.*?\.os):(.*)', line).groups()
            lines.setdefault(path, []).append(rest)
        for each in found:
            each.read_symbols(lines.get(each.path, []))
    return found
