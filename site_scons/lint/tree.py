"""The files that the rules look at."""
import functools
import os
import subprocess


class Tree:
    """The files of a working tree that git knows or would add."""

    def __init__(self, root):
        self.root = root
        listed = subprocess.run(
            ['git', '-C', root, 'ls-files', '-co', '--exclude-standard'],
            check=True, capture_output=True, text=True).stdout.splitlines()
        self.files = sorted(
            path for path in set(listed)
            if os.path.isfile(os.path.join(root, path)))

    def select(self, *endings, under=('',)):
        return [path for path in self.files
                if path.endswith(endings) and path.startswith(tuple(under))]

    @functools.lru_cache(maxsize=None)
    def lines(self, path):
        with open(os.path.join(self.root, path), encoding='utf-8') as file:
            return file.read().splitlines()

    def search(self, pattern, paths):
        """Yields (path, line number, match) for each line that matches."""
        for path in paths:
            for number, line in enumerate(self.lines(path), 1):
                match = pattern.search(line)
                if match:
                    yield path, number, match
