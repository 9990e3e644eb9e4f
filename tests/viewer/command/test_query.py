#!/usr/bin/env python3
"""rpscope query gives the rows that a filter of the whole report gives."""
import csv
import io
import json
import os
import random
import subprocess
import tempfile

from case import HANG, TOP, built, case, main, output

RPSCOPE = built('rpscope')
folder = tempfile.TemporaryDirectory()
TRACE = os.path.join(folder.name, 'x.rptrace')
SCALAR = ('text', 'yes or no', 'bytes', 'ns', 'count', 'number')


def query(*words, status=0):
    return output(RPSCOPE, 'query', *words, status=status)


def rows(table, *words):
    if table.startswith('between') and '--since' not in words:
        words += ('--since', '1ms')
    if table in ('history', 'holders') and '--segment' not in words:
        words = ('--segment', '0', *words)
    told = json.loads(query(table, TRACE, '--format', 'json', *words))
    assert told['schema'] == 'rpscope.query/1' and told['table'] == table
    return told['rows']


def written(value, kind):
    """As a condition says it."""
    if value is None:
        return 'none'
    if isinstance(value, bool):
        return 'yes' if value else 'no'
    return f'{value}ns' if kind == 'ns' else f'"{value}"' if kind == 'text' \
        else str(value)


subprocess.run([RPSCOPE, 'record', '-q', '-o', TRACE, '--', 'perl', '-e',
                'for (1..4000) { $x{$_} = "a" x ($_ % 300); } '
                'delete @x{grep { $_ % 3 } keys %x};'], check=True,
               timeout=HANG)
REPORT = json.loads(output(RPSCOPE, 'report', '--json', TRACE))
TABLES = {table['key']: table for table in json.loads(
    query('--list', '--format', 'json'))['tables']}


def by_site(found, *keys):
    """Sums of rows by what names their site: some have no name."""
    sums = {}
    for row in found:
        name = tuple(row[key] for key in ('function', 'file', 'line',
                                          'module'))
        of = sums.setdefault(name, dict.fromkeys(keys, 0))
        for key in keys:
            of[key] += row[key]
    return sums


@case
def blocks_are_all_that_live():
    blocks = rows('blocks')
    assert len(blocks) == sum(site['live_blocks'] for site in rows('sites'))
    assert sum(block['bytes'] for block in blocks) == sum(
        site['live_bytes'] for site in rows('sites'))
    old = rows('blocks', '--where', 'lives_ns > 1ms and bytes >= 64')
    assert old == [block for block in blocks
                   if block['lives_ns'] > 10 ** 6 and block['bytes'] >= 64]


@case
def between_two_moments_is_the_difference_of_both():
    middle = REPORT['timeline'][-1]['at_ns'] // 2
    counts = ('allocations', 'frees', 'live_bytes')
    then = by_site(rows('sites', '--at', f'{middle}ns'), *counts)
    now = by_site(rows('sites'), *counts)
    found = by_site(rows('between', '--since', f'{middle}ns'), 'births',
                    'deaths', 'growth_bytes', 'survivors')
    young = {}
    for block in rows('blocks', '--where', f'born_ns > {middle}ns'):
        for name in by_site([block]):
            young[name] = young.get(name, 0) + 1
    assert found and young and set(young) <= set(found)
    for name, row in found.items():
        before = then.get(name, dict.fromkeys(counts, 0))
        grown = [now[name][key] - before[key] for key in counts]
        assert grown == [row['births'], row['deaths'],
                         row['growth_bytes']], name
        assert row['survivors'] == young.get(name, 0), name
    for table in 'between', 'between_classes', 'between_pins', 'between_parts':
        assert f'{table} needs --since' in query(table, TRACE, status=2)
    assert query('between', '--between', '1ms', 'end', TRACE) == query(
        'between', '--since', '1ms', '--at', 'end', TRACE)
    assert query('between', TRACE, '--between', '1ms', f'{middle}ns') == query(
        'between', '--since', '1ms', '--at', f'{middle}ns', TRACE)
    for words, said in (
            (['between', TRACE, '--between', '1ms'], 'takes two moments'),
            (['between', TRACE, '--between', '1ms', '2ms', '--at', 'end'],
             'are not for it'),
            (['sites', TRACE, '--between', '1ms', 'end'], '--since is for'),
            (['sites', TRACE, TRACE], 'takes TABLE FILE and no more'),
            (['between', '--between', 'end', '1ms', TRACE], '--between takes')):
        assert said in query(*words, status=2), words
    assert '--since is for' in query('sites', TRACE, '--since', '1ms', status=2)
    assert 'in the place of lives_ns' in query(
        'between', TRACE, '--since', '1ms', '--blocks', 'lives_ns > 1ms',
        status=2)


@case
def each_screen_tells_of_the_range_and_of_its_blocks():
    def screen(digit, *words):
        return output(RPSCOPE, 'dump', '--size', '120x40', '--keys',
                      f'{" <" * 30} m :goto Space end Enter {digit}', *words, TRACE)
    for digit, told in ('1', 'RANGE'), ('2', 'call site, since'), (
            '4', 'spans'), ('5', 'survive'), ('6', 'before'):
        shown = screen(digit)
        assert told in shown, shown
        title = shown.splitlines()[0]
        assert 'from ' in title and ' to ' in title, title
    some = output(RPSCOPE, 'dump', '--size', '120x40', '--keys',
                  f'{" <" * 30} m :goto Space end Enter 5 f bytes=64 Enter', TRACE)
    assert 'blocks: bytes=64' in some and 'survive' in some, some
    refused = output(RPSCOPE, 'dump', '--size', '160x40', '--keys',
                     f'{" <" * 30} m :goto Space end Enter 5 f lives_ns>1ms Enter', TRACE)
    assert 'in the place of lives_ns' in refused, refused
    assert 'blocks: lives_ns' not in refused, refused


def busiest():
    return max(rows('spans', '--where', 'kind = blocks and live_blocks > 1'),
               key=lambda span: span['live_blocks'])


@case
def the_history_of_a_span_leads_to_what_lives_in_it():
    span = busiest()
    words = ('--span', str(span['number']))
    lives = {}
    for row in json.loads(query('history', TRACE, '--format', 'json',
                                *words))['rows']:
        if row['what'] in ('allocated', 'moved here', 'resized'):
            lives[row['number']] = row['bytes']
        elif row['what'].startswith('freed'):
            del lives[row['number']]
        elif row['what'].startswith('to '):
            lives = {}
    assert lives == {block['number']: block['bytes'] for block in rows(
        'blocks', '--where', f'span = {span["number"]}')}
    assert len(lives) == span['live_blocks']


@case
def who_holds_a_span_is_its_oldest_block():
    span = busiest()
    holders = json.loads(query('holders', TRACE, '--format', 'json', '--span',
                               str(span['number'])))['rows']
    oldest = min(block['born_ns'] for block in rows(
        'blocks', '--where', f'span = {span["number"]}'))
    last = holders[-1]
    assert last['holds'] and last['from_ns'] == oldest, holders
    assert last['what'] == 'block' and not any(
        row['holds'] for row in holders[:-1])
    # Each took over from the one before, while that one still held.
    for before, after in zip(holders, holders[1:]):
        assert before['from_ns'] <= after['from_ns'] <= before['to_ns']
    block = str(span['number']) + ':' + str(last['number'])
    lives = json.loads(query('holders', TRACE, '--format', 'json', '--block',
                             block))['rows']
    assert lives[-1] == last


@case
def a_history_is_of_one_thing():
    assert 'needs --span, --block or --segment' in query(
        'history', TRACE, status=2)
    assert 'takes one of' in query('history', TRACE, '--span', '1',
                                   '--segment', '0', status=2)
    assert 'no segment has the address 0x10' in query(
        'history', TRACE, '--span', '0x10', status=2)
    query('history', TRACE, '--block', '1', status=2)


@case
def t_on_the_map_shows_who_held_the_span():
    shown = output(RPSCOPE, 'dump', '--screen', 'map', '--size', '120x30',
                   '--keys', 't', TRACE)
    assert 'who held it, one after the other' in shown, shown
    assert 'WHAT HAPPENED' in shown and ' now ' in shown, shown
    block = output(RPSCOPE, 'dump', '--screen', 'map', '--size', '120x30',
                   '--keys', 'Enter t', TRACE)
    assert 'BLOCK ' in block and 'WHAT HAPPENED' in block, block
    segment = output(RPSCOPE, 'dump', '--screen', 'map', '--size', '120x30',
                     '--keys', 't t', TRACE)
    assert 'SEGMENT 0' in segment, segment
    back = output(RPSCOPE, 'dump', '--screen', 'map', '--size', '120x30',
                  '--keys', 't Esc', TRACE)
    assert 'WHAT HAPPENED' not in back, back


@case
def only_some_blocks_are_counted():
    some = rows('blocks', '--where', 'bytes >= 64 and lives_ns > 1ms')
    words = ('--blocks', 'bytes >= 64 and lives_ns > 1ms')
    assert rows('blocks', *words) == some
    total, = rows('totals', *words)
    assert total['live_blocks'] == len(some)
    assert total['used_bytes'] == sum(block['bytes'] for block in some)
    assert total['allocations'] is None  # of all blocks alone
    for table, column in ('classes', 'live_blocks'), ('sites', 'live_blocks'), (
            'spans', 'live_blocks'):
        assert sum(row[column] for row in rows(table, *words)) == len(some)
    threads = {block['thread'] for block in rows('blocks')}
    assert threads == {'perl'}, threads
    assert 'is of all blocks' in query('waits', TRACE, *words, status=2)
    assert 'no column "byte"' in query('sites', TRACE, '--blocks', 'byte > 1',
                                       status=2)


@case
def of_a_call_site_all_is_known():
    for site in rows('sites', '--top', '5'):
        where = f'function = "{site["function"]}" and line = ' + written(
            site['line'], 'number') + ' and module = ' + written(
                site['module'], 'text')
        if site['function'] is None:
            continue
        found = rows('sites', '--blocks', where)
        keys = ('live_blocks', 'live_bytes', 'allocations', 'frees',
                'share_bytes', 'alone_bytes', 'at_peak_used_bytes')
        assert [found[0][key] for key in keys] == [site[key] for key in keys]
        assert len(found) == 1, found


@case
def a_screen_says_which_blocks_it_counts():
    def dump(screen, keys):
        return output(RPSCOPE, 'dump', '--screen', screen, '--size', '130x40',
                      '--keys', keys, TRACE)
    for screen in 'summary', 'time', 'map', 'classes', 'calls', 'pins':
        assert 'blocks: bytes>=64' in dump(screen, 'f bytes>=64 Enter'), screen
    total, = rows('totals', '--blocks', 'bytes>=64')
    shown = dump('time', 'f bytes>=64 Enter u')
    assert f'used {total["used_bytes"]:,}'.replace(',', '') in shown.replace(
        ',', ''), shown
    assert 'blocks: function = "' in dump('calls', 'b')
    assert 'blocks: ' not in dump('calls', 'b b')
    assert 'has no column "byte"' in dump('time', 'f byte>1 Enter')


@case
def a_mark_on_time_shows_what_happened_since():
    shown = output(RPSCOPE, 'dump', '--screen', 'time', '--size', '100x30',
                   '--keys', '< < < < < < < < < < < < m :end Enter', TRACE)
    plain = output(RPSCOPE, 'dump', '--screen', 'time', '--size', '100x30',
                   TRACE)
    assert 'call site, since' in shown and 'survive' in shown, shown
    assert 'call site, since' not in plain


@case
def every_table_is_that_of_the_report():
    assert len(TABLES) >= 10 and set(TABLES) - set(REPORT) == {
        'spans', 'totals', 'blocks', 'between', 'lifetimes', 'class_lifetimes',
        'leaks', 'reallocs', 'last_stacks', 'span_sources', 'stranded',
        'new_classes', 'untouched', 'groups', 'history', 'holders',
        'between_classes', 'between_pins', 'between_parts'}
    for key, table in TABLES.items():
        found = rows(key)
        assert found == REPORT.get(key, found), key
        keys = [column['key'] for column in table['columns']]
        assert all(list(row) == keys for row in found), key
        assert all(column['meaning'] for column in table['columns'])


@case
def the_totals_are_those_of_the_report():
    row, = rows('totals')
    everything = {**REPORT, **REPORT['bytes']['now'],
                  'ratio': REPORT['ratios']['now']}
    assert len(row) > 20
    for key, value in row.items():
        assert everything[key] == value, key


HOLDS = {'=': lambda a, b: a == b, '!=': lambda a, b: a != b,
         '<': lambda a, b: a < b, '<=': lambda a, b: a <= b,
         '>': lambda a, b: a > b, '>=': lambda a, b: a >= b}


def holds(value, how, other):
    if value is None or other is None:
        return HOLDS[how](value, other) if how in ('=', '!=') else False
    return HOLDS[how](value, other)


@case
def rows_are_those_that_a_filter_finds():
    dice = random.Random(4)
    tried = 0
    for key, most in ('classes', 9), ('sites', 9), ('pins', 3), ('threads', 3):
        for column in dice.sample(TABLES[key]['columns'], most):
            name, kind = column['key'], column['type']
            if kind not in SCALAR or not REPORT[key]:
                continue
            other = dice.choice(REPORT[key])[name]
            if kind == 'text' and other is not None and '"' in other:
                continue
            hows = ('=', '!=') if kind == 'text' or other is None else HOLDS
            how = dice.choice(list(hows))
            found = rows(key, '--where', f'{name}{how}{written(other, kind)}')
            assert found == [row for row in REPORT[key]
                             if holds(row[name], how, other)], (key, name, how)
            tried += 1
    assert tried > 15, tried


@case
def rows_are_sorted_and_those_that_are_not_known_come_last():
    for name in 'block_bytes', 'free_bytes', 'name':
        for sign in '', '+':
            lowest_first = (sign == '+') != (name == 'name')
            known = [row for row in REPORT['classes'] if row[name] is not None]
            unknown = [row for row in REPORT['classes'] if row[name] is None]
            # Of those that are alike the first stays first.
            known = sorted(known, key=lambda row: row[name])
            if not lowest_first:
                known = sorted(reversed(known), key=lambda row: row[name])[::-1]
            assert rows('classes', '--sort', sign + name) == known + unknown, (
                sign + name)


@case
def columns_and_the_number_of_rows_are_as_asked():
    found = rows('sites', '--columns', 'live_bytes,function', '--top', '2')
    assert found == [{'live_bytes': row['live_bytes'],
                      'function': row['function']}
                     for row in REPORT['sites'][:2]]
    assert list(found[0]) == ['live_bytes', 'function']


@case
def a_function_of_the_stack_is_found():
    stacks = [row for row in REPORT['sites'] if any(
        'Perl_' in (frame['function'] or '') for frame in row['frames'])]
    assert 0 < len(stacks)
    assert rows('sites', '--where', 'frames ~ Perl_') == stacks
    assert rows('sites', '--where', 'frames !~ Perl_') == [
        row for row in REPORT['sites'] if row not in stacks]


@case
def csv_has_the_same_values():
    table = list(csv.DictReader(io.StringIO(query(
        'classes', TRACE, '--format', 'csv'))))
    assert len(table) == len(REPORT['classes'])
    for told, row in zip(table, REPORT['classes']):
        for name, value in row.items():
            expected = ('' if value is None else
                        ' '.join(map(str, value)) if isinstance(value, list)
                        else str(value))
            assert told[name] == expected, (name, told[name], value)


@case
def what_scripts_ask_for_by_key_stays():
    """A key, and the type of what it has, is never changed; to add one is to
    add it to the file (RPSCOPE_GOLDEN=write)."""
    agreed = os.path.join(TOP, 'tests/viewer/golden/query-keys.txt')
    now = [f'{table} {column["key"]} {column["type"]}'
           for table, of in TABLES.items() for column in of['columns']]
    if os.environ.get('RPSCOPE_GOLDEN') == 'write':
        with open(agreed, 'w') as file:
            file.write('\n'.join(now) + '\n')
    with open(agreed) as file:
        before = file.read().splitlines()
    assert not set(before) - set(now), sorted(set(before) - set(now))
    assert not set(now) - set(before), sorted(set(now) - set(before))
    assert all(column['meaning'] and column['title']
               for of in TABLES.values() for column in of['columns'])


@case
def a_question_has_only_operators_that_there_are():
    for condition in ('live_bytes => 1', 'live_bytes ~ 1', 'function > x',
                      'live_bytes', 'live_bytes > '):
        told = query('sites', '/nowhere', '--where', condition, status=2)
        assert told.startswith('rpscope query: ') and 'nowhere' not in told, told


@case
def a_wrong_question_is_told_before_the_trace_is_read():
    for words in (['sites', '/nowhere', '--where', 'live_byte>1'],
                  ['site', '/nowhere'], ['sites', '/nowhere', '--sort', 'x'],
                  ['sites', '/nowhere', '--columns', 'function,'], ['sites'],
                  ['--list', 'sites', 'x'], ['--list', 'x']):
        told = query(*words, status=2)
        assert told.startswith('rpscope query: ') and told.endswith('.\n'), told
        assert 'nowhere' not in told, told
    assert 'did you mean live_bytes?' in query(
        'sites', TRACE, '--where', 'live_byte>1', status=2)
    assert 'nowhere' in query('sites', '/nowhere', status=3)


@case
def a_trace_that_is_not_whole_says_so_by_its_exit_code():
    with open(TRACE, 'rb') as file:
        whole = file.read()
    cut = os.path.join(folder.name, 'cut.rptrace')
    with open(cut, 'wb') as file:
        file.write(whole[:len(whole) // 2])
    query('classes', cut, '--no-rescue', status=4)


main()
