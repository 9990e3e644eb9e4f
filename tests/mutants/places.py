"""Where core can be changed by one operator, one constant or one order."""
import glob
import os
import re
from dataclasses import dataclass

from case import TOP

# Of other systems, for others to see, or macros; and what is for tests.
LEFT_OUT = {'core/os/darwin.c', 'core/os/windows.c', 'core/os/embedder.c',
            'core/rpmalloc.h', 'core/hook.h', 'core/base/atomic.h',
            'core/os/check.h', 'core/os/os.h'}

OPERATORS = {
    '<': '<=', '<=': '<', '>': '>=', '>=': '>', '==': '!=', '!=': '==',
    '&&': '||', '||': '&&', '+': '-', '-': '+', '/': '*', '%': '/',
    '<<': '>>', '>>': '<<', '&': '|', '|': '&', '^': '|',
    '+=': '-=', '-=': '+=', '|=': '&=', '&=': '|=', '++': '--', '--': '++',
    '!': '',
}
ORDERS = {
    'load_acquire': ['load_relaxed'],
    'store_release': ['store_relaxed'],
    'swap_acquire': ['swap_relaxed'], 'swap_release': ['swap_relaxed'],
    'swap_acq_rel': ['swap_acquire', 'swap_release'],
    'cas_acquire': ['cas_relaxed'], 'cas_release': ['cas_relaxed'],
    'cas_acq_rel': ['cas_acquire', 'cas_release'],
    'cas_strong_acq_rel': ['cas_strong_relaxed'],
    'add_acq_rel': ['add_relaxed'], 'and_acq_rel': ['and_relaxed'],
    'or_release': ['or_relaxed'], 'or_acq_rel': ['or_release'],
}
# Two operands have spaces between; one has none.
OPERATOR = re.compile(r'(?<=\s)(&&|\|\||<<|>>|[<>=!]=|[-+|&]=|[-+<>&|^/%])(?=\s)'
                      r'|(\+\+|--)|(!)(?=[\w(])')
CONSTANT = re.compile(r'(?<![\w.])(0x[0-9a-fA-F]+|\d+)[uU]?[lL]{0,2}(?![\w.])')
ORDER = re.compile(r'\b(' + '|'.join(ORDERS) + r')\b')
ONLY_CHECKED = re.compile(r'\b(CHECK|static_assert|__attribute__|_Alignas)\b')


@dataclass(frozen=True)
class Mutant:
    kind: str
    file: str
    line: int
    at: int  # of the file's text
    old: str
    new: str
    text: str  # of the line, and of the next
    follows: str

    def applied(self, whole):
        return whole[:self.at] + self.new + whole[self.at + len(self.old):]

    def __str__(self):
        return f'{self.file}:{self.line}: {self.old} -> {self.new or "(none)"}' \
               f' in "{self.text}"'


def code_lines(text):
    """(number, where it begins, the line with nothing but code)."""
    begin, is_macro, checked = 0, False, False
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        code = re.sub(r'"(\\.|[^"\\])*"|\'(\\.|[^\'\\])*\'',
                      lambda found: ' ' * len(found[0]), line)
        code = code.split('//')[0]
        is_macro = is_macro or code.startswith('#')
        checked = checked or bool(ONLY_CHECKED.search(code))
        if not is_macro and not checked:
            yield number, begin, code + ' '
        is_macro = is_macro and line.endswith('\\\n')
        checked = checked and not code.rstrip().endswith((';', '{', '}'))
        begin += len(line)


def of_file(file):
    with open(os.path.join(TOP, file)) as source:
        text = source.read()
    lines = text.splitlines()
    for number, begin, code in code_lines(text):
        def mutant(kind, at, old, new):
            return Mutant(kind, file, number, begin + at, old, new,
                          lines[number - 1].strip(),
                          ''.join(lines[number:number + 1]).strip())
        for found in OPERATOR.finditer(code):
            yield mutant('operator', found.start(), found[0],
                         OPERATORS[found[0]])
        for found in CONSTANT.finditer(code):
            value = int(found[1], 0)
            for new in {value + 1, max(value - 1, 0)} - {value}:
                yield mutant('constant', found.start(1), found[1], str(new))
        for found in ORDER.finditer(code):
            for new in ORDERS[found[0]]:
                yield mutant('order', found.start(), found[0], new)


def all_of_core():
    files = sorted(os.path.relpath(path, TOP) for path in
                   glob.glob(os.path.join(TOP, 'core/*/*.[ch]')))
    return [mutant for file in files if file not in LEFT_OUT
            for mutant in of_file(file)]
