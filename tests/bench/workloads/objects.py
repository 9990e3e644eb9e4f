"""Objects, strings and dictionaries that come and go, some of them staying."""
import sys


class Node:
    def __init__(self, name, parent):
        self.name, self.parent, self.children = name, parent, []


def tree(depth, parent=None):
    node = Node(f'node-{depth}-{id(parent) % 7}', parent)
    if depth:
        node.children = [tree(depth - 1, node) for _ in range(4)]
    return node


def words(seed, count):
    for index in range(count):
        seed = (seed * 1103515245 + 12345) % 2147483648
        yield 'w%d' % (seed % 5000), index


kept = []
for turn in range(int(sys.argv[1])):
    tree(5)
    places = {}
    for word, index in words(turn, 8000):
        places.setdefault(word, []).append(index)
    text = ' '.join(sorted(places))
    lines = [line.upper() for line in text.split()]
    if turn % 8 == 0:
        kept.append((places, lines))
print(len(kept))
