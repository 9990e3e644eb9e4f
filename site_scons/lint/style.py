"""Files: names, sizes, beginnings, leftovers, layout, format."""
import os
import re
import subprocess

TOP = {'SConstruct', 'core', 'instrument', 'viewer', 'tests', 'site_scons',
       'README.md', 'LICENSE'}
# Written in halves, so that neither this file nor any search finds them here.
LEFTOVER = re.compile(r'\b(TO' r'DO|FIX' r'ME|X' r'XX|HA' r'CK)\b')
VARIANT_IF = re.compile(r'^\s*#\s*(if|ifdef|ifndef|elif)\b.*\bRP_INSTRUMENT\b')
PRODUCT = ('core/', 'instrument/', 'viewer/')
MOST_LINES, MOST_LINES_OF_A_TOOL = 600, 60


def layout(tree):
    for path in tree.files:
        top = path.split('/')[0]
        if top not in TOP and not top.startswith('.'):
            yield path, 1, f'{top} is not one of {", ".join(sorted(TOP))}'


def leftovers(tree):
    sources = tree.select('.c', '.h', '.py', '.sh')
    for path, number, match in tree.search(LEFTOVER, sources):
        yield path, number, f'{match.group(0)} left behind'


def file_length(tree):
    for path in tree.select('.c', '.h', '.py'):
        most = (MOST_LINES_OF_A_TOOL
                if path.startswith('site_scons/site_tools/') else MOST_LINES)
        if len(tree.lines(path)) > most:
            yield path, most + 1, (f'{len(tree.lines(path))} lines; expected '
                                   f'at most {most}: two ideas in one file?')


def variant_ifs(tree):
    sources = tree.select('.c', '.h', under=PRODUCT)
    for path, number, _ in tree.search(VARIANT_IF, sources):
        if path != 'core/hook.h':
            yield path, number, '#if on RP_INSTRUMENT outside core/hook.h'


def first_line(tree):
    for path in tree.select('.c', '.h', under=PRODUCT):
        name = os.path.basename(path)
        lines = tree.lines(path) or ['']
        if not re.match(rf'// {re.escape(name)} - \S', lines[0]):
            yield path, 1, f'expected to begin with "// {name} - what it is"'


def formatted(tree):
    sources = tree.select('.c', '.h', '.hpp')
    if not sources or '.clang-format' not in tree.files:
        return
    run = subprocess.run(['clang-format', '--dry-run', *sources],
                         cwd=tree.root, capture_output=True, text=True)
    for path, number in dict(
            re.findall(r'^(\S+?):(\d+):\d+: warning', run.stderr, re.M)).items():
        yield path, int(number), 'not as clang-format has it; scons format'
