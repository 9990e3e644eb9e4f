#!/usr/bin/env python3
"""rpscope check finds what has become worse, names its site, and passes what
is as before."""
import json
import os
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree

from case import HANG, Skip, built, case, main, output

RPSCOPE = built('rpscope')
folder = tempfile.TemporaryDirectory()

# Spans of 500 blocks of 128 bytes; `keeper` keeps every so-manyeth; with a
# second word, under a tag.
PROGRAM = r'''
#include <stdlib.h>
#include <string.h>
void rpmalloc_tag_push(const char *name) __attribute__((weak));
void rpmalloc_tag_pop(void) __attribute__((weak));
static void *kept[4000], *gone[4000];
__attribute__((noinline)) static void *keeper(void) { return malloc(120); }
__attribute__((noinline)) static void *worker(void) { return malloc(120); }
__attribute__((noinline)) static void *other(int i) { return malloc(1000 + i); }
int main(int count, char **arguments) {
    int keeps = count > 1 ? atoi(arguments[1]) : 200;
    for (int i = 0; i < 4000; i++)
        if (i % (4000 / keeps) == 0) {
            if (count > 2)
                rpmalloc_tag_push(arguments[2]);
            kept[i] = keeper();
            if (count > 2)
                rpmalloc_tag_pop();
        } else
            gone[i] = worker();
    for (int i = 0; i < 4000; i++)
        free(gone[i]);
    for (int i = 0; i < 50; i++)
        kept[i] = other(i);
    _Exit(0);
}
'''


def path(name):
    return os.path.join(folder.name, name)


def recorded(name, keeps, *options, words=()):
    subprocess.run([RPSCOPE, 'record', '-q', '--force', '-o', path(name),
                    *options, '--', path('program'), str(keeps), *words],
                   check=True,
                   timeout=HANG)
    return path(name)


def check(*words, status=0):
    return output(RPSCOPE, 'check', *words, status=status)


with open(path('program.c'), 'w') as source:
    source.write(PROGRAM)
output(os.environ.get('CC', 'gcc'), '-g', '-O1', '-o', path('program'),
       path('program.c'))
BEFORE = recorded('before.rptrace', 200)
AFTER = recorded('after.rptrace', 250)  # a quarter more blocks of the keeper
LIMITS = ['held_bytes <= base + 1%', 'sites: live_bytes <= base + 2%',
          'sites[function = keeper]: sum live_blocks <= base',
          'classes: live_blocks <= base', 'ratio <= base + 1%',
          'findings[severity = error]: rows = 0']


@case
def what_is_as_before_passes():
    for number in range(5):
        again = recorded(f'again{number}.rptrace', 200)
        told = check('--baseline', BEFORE, again, *LIMITS)
        assert told.endswith('All rules hold.\n'), told
        assert told.count('PASS  ') == len(LIMITS)


@case
def what_is_worse_is_found_and_its_site_is_named():
    told = check('--baseline', BEFORE, AFTER, *LIMITS, status=1)
    worse = [line for line in told.splitlines() if line.startswith('FAIL')]
    assert any('sites: live_bytes' in line and 'at keeper (program.c:7)' in line
               for line in worse), told
    assert any('sum live_blocks <= base: 250, the limit is 200' in line
               for line in worse), told
    assert any('classes: live_blocks <= base: 250 at size class 128 B' in line
               for line in worse), told
    assert 'PASS  findings' in told, told
    # And the other way round it is better.
    assert 'All rules hold' in check('--baseline', AFTER, BEFORE,
                                     'sites: live_bytes <= base',
                                     'classes: live_blocks <= base')


@case
def numbers_are_those_of_the_report():
    report = json.loads(output(RPSCOPE, 'report', '--json', AFTER))
    most = max(row['share_bytes'] for row in report['pins'])
    held = report['held_bytes']
    for rule, status in ((f'held_bytes <= {held}', 0),
                         (f'held_bytes < {held}', 1),
                         (f'held_bytes > {held - 1}', 0),
                         (f'held_bytes != {held}', 1),
                         (f'pins: share_bytes <= {most}', 0),
                         (f'pins: share_bytes < {most}', 1),
                         (f'pins: rows = {len(report["pins"])}', 0)):
        told = json.loads(check(AFTER, rule, '--format', 'json', status=status))
        assert told['schema'] == 'rpscope.check/1'
        assert told['holds'] is (status == 0)
        row, = told['rules']
        assert row['rule'] == rule and row['holds'] is (status == 0)
        assert row['value'] == (held if 'held' in rule else most
                                if 'share' in rule else len(report['pins']))
    row, = json.loads(check(AFTER, 'pins: share_bytes < 1', '--format', 'json',
                            status=1))['rules']
    assert row['row']['function'] == 'keeper' and row['row']['line'] == 7
    assert row['breaking_rows'] == sum(pin['share_bytes'] > 0
                                       for pin in report['pins'])


@case
def the_sum_of_rows_is_over_those_that_are_chosen():
    report = json.loads(output(RPSCOPE, 'report', '--json', AFTER))
    live = sum(row['live_bytes'] for row in report['sites']
               if row['function'] == 'other')
    assert live > 50000
    rule = 'sites[function = other]: sum live_bytes = '
    check(AFTER, f'{rule}{live}')
    check(AFTER, f'{rule}{live + 1}', status=1)
    told = check(AFTER, 'sites[function = nobody]: live_bytes < 1')
    assert 'no row is chosen' in told, told


@case
def ci_systems_can_read_it():
    words = ['--baseline', BEFORE, AFTER, 'held_bytes > 0',
             'sites[function = "keeper"]: live_bytes <= base']
    suite = xml.etree.ElementTree.fromstring(
        check(*words, '--format', 'junit', status=1).encode())
    assert suite.attrib == {'name': 'rpscope check', 'tests': '2',
                            'failures': '1'}
    cases = list(suite)
    assert [c.attrib['name'] for c in cases] == words[3:]
    assert [len(c) for c in cases] == [0, 1]
    assert 'keeper (program.c:7)' in cases[1][0].attrib['message']
    told = check(*words, '--format', 'github', status=1).splitlines()
    assert len(told) == 1 and told[0].startswith(
        f'::error file={path("program.c")},line=7,title=rpscope check::sites[')


@case
def sarif_has_a_result_for_each_broken_rule():
    with open(path('sarif.rules'), 'w') as file:
        file.write('# of the heap\nheld_bytes < 1K\n')
    words = ['--baseline', BEFORE, AFTER, 'held_bytes > 0',
             'sites[function = keeper]: live_bytes <= base', '--rules',
             path('sarif.rules'), '--format', 'sarif']
    told = json.loads(check(*words, status=1))
    assert told['version'] == '2.1.0' and 'sarif-2.1.0' in told['$schema']
    run, = told['runs']
    rules = [rule['id'] for rule in run['tool']['driver']['rules']]
    assert run['tool']['driver']['name'] == 'rpscope'
    assert rules == [words[3], words[4], 'held_bytes < 1K']
    site, held = run['results']
    for result, number in (site, 1), (held, 2):
        assert result['ruleId'] == rules[number]
        assert result['ruleIndex'] == number and result['level'] == 'error'
        assert len(result['locations']) == 1
    assert site['message']['text'].startswith(words[4] + ': ')
    place = site['locations'][0]['physicalLocation']
    assert place == {'artifactLocation': {'uri': f'file://{path("program.c")}'},
                     'region': {'startLine': 7}}, place
    # What is of no site is where its rule is.
    place = held['locations'][0]['physicalLocation']
    assert place == {'artifactLocation': {'uri': f'file://{path("sarif.rules")}'},
                     'region': {'startLine': 2}}, place
    assert json.loads(check(BEFORE, 'held_bytes > 0', '--format', 'sarif')
                      )['runs'][0]['results'] == []


@case
def a_rule_on_findings_sees_a_heap_bug():
    misuse = built('tests/instrument/programs/misuse')
    with open(path('bugs.rules'), 'w') as file:
        file.write('# what checks find\nfindings[kind = "heap bug"]: rows = 0\n')
    words = ['--rules', path('bugs.rules')]
    for good in [], ['good']:
        subprocess.run([RPSCOPE, 'record', '-q', '--force', '-o',
                        path('checked.rptrace'), '--check=all',
                        '--on-error=continue', '--', misuse, 'past', '1001',
                        '0', *good], stderr=subprocess.DEVNULL, check=True,
                       timeout=HANG)
        told = check(path('checked.rptrace'), *words, status=not good)
        rule = 'findings[kind = "heap bug"]: rows = 0'
        assert told.startswith(
            f'PASS  {rule}: 0\n' if good else
            f'FAIL  {rule}: 1, as write past the end of a block of 1001 bytes, '
            'found in give_back (misuse.c:'), told
    subprocess.run([RPSCOPE, 'record', '-q', '--force', '-o',
                    path('checked.rptrace'), '--check=all',
                    '--on-error=continue', '--', misuse, 'twice', '24', '0'],
                   stderr=subprocess.DEVNULL, check=True, timeout=HANG)
    told = check(path('checked.rptrace'), *words, '--format', 'github', status=1)
    assert told.startswith('::error ') and 'double free of a block' in told, told
    told = json.loads(check(path('checked.rptrace'), *words, '--format',
                            'sarif', status=1))
    result, = told['runs'][0]['results']
    assert 'double free of a block' in result['message']['text'], result


OF_NPM = '/usr/local/lib/rpscope-readers/node_modules/'
# Prints nothing where each file is what the schema says.
VALIDATE = """
const Ajv = require(process.argv[1] + 'ajv');
const schema = require(process.argv[1] +
    '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
const ajv = new Ajv({schemaId: 'auto', allErrors: true});
ajv.addMetaSchema(require(process.argv[1] +
    'ajv/lib/refs/json-schema-draft-04.json'));
const validate = ajv.compile(schema);
for (const path of process.argv.slice(2))
    if (!validate(JSON.parse(require('fs').readFileSync(path))))
        console.log(path, ajv.errorsText(validate.errors));
"""


def wrong_by_the_schema(*paths):
    if not (shutil.which('node') and
            os.path.exists(OF_NPM + '@microsoft/jest-sarif')):
        raise Skip('site_scons/bootstrap readers')
    return output('node', '-e', VALIDATE, OF_NPM, *paths)


@case
def sarif_is_as_its_published_schema_says():
    logs = {'broken': [AFTER, '--baseline', BEFORE, 'held_bytes < 1K',
                       'sites[function = keeper]: live_bytes <= base'],
            'whole': [BEFORE, 'held_bytes > 0'],
            'of_a_file': [BEFORE, '--rules', path('schema.rules')]}
    with open(path('schema.rules'), 'w') as file:
        file.write('held_bytes < 1K\nratio > 1e9\n')
    for name, words in logs.items():
        with open(path(name + '.sarif'), 'w') as file:
            file.write(check(*words, '--format', 'sarif',
                             status=name != 'whole'))
    paths = [path(name + '.sarif') for name in logs]
    assert wrong_by_the_schema(*paths) == ''


@case
def the_schema_sees_what_is_wrong():
    with open(path('wrong.sarif'), 'w') as file:
        file.write('{"version": "2.1.0", "runs": [{"results": [{}]}]}')
    told = wrong_by_the_schema(path('wrong.sarif'))
    assert "required property 'tool'" in told and 'message' in told, told


@case
def a_budget_may_be_of_a_tag():
    before = recorded('tagged.rptrace', 200, words=['Layout'])
    after = recorded('tagged2.rptrace', 250, words=['Layout'])
    rule = f'tags[tag = Layout]: live_bytes <= {200 * 120}'
    check(before, rule)
    told = check(after, rule, 'tags: live_bytes <= 1', status=1)
    assert f'FAIL  {rule}: 29.3 KiB at tag Layout\n' in told, told
    assert ' at no tag; 2 of 2 rows break it' in told, told
    told = check(before, 'tags[tag = Nobody]: live_bytes < 1')
    assert 'no row is chosen' in told, told
    # By name, as call sites are.
    told = check('--baseline', before, after, 'tags: live_blocks <= base',
                 status=1)
    assert 'FAIL' in told and (
        '250 at tag Layout, the limit is 200') in told, told
    check('--baseline', after, before, 'tags: live_blocks <= base')
    check(before, 'sites[tag = Layout]: sum live_bytes = 24000')


@case
def rules_may_stand_in_a_file():
    with open(path('rules'), 'w') as file:
        file.write('# limits of the game\nheld_bytes < 1G\nratio <= 0.5\n')
    told = check('--rules', path('rules'), BEFORE, 'used_bytes > 1', status=1)
    assert told.count('PASS') == 2 and 'FAIL  ratio <= 0.5: ' in told, told
    rows = json.loads(check('--rules', path('rules'), BEFORE, 'used_bytes > 1',
                            '--format', 'json', status=1))['rules']
    assert [(row['file'], row['line']) for row in rows] == [
        (None, None), (path('rules'), 2), (path('rules'), 3)], rows
    with open(path('rules'), 'a') as file:
        file.write('hold < 1\n')
    told = check('--rules', path('rules'), BEFORE, status=2)
    assert f'{path("rules")}:4: ' in told and told.endswith('.\n'), told


@case
def a_rule_of_a_file_that_cannot_be_measured_is_told_by_its_line():
    for number, rule in enumerate(('tags: live_bytes < 1K', 'ratio < base',
                                   'sites: live_bytes <= base')):
        with open(path('bad.rules'), 'w') as file:
            file.write('# limits\n' * number + 'held_bytes > 0\n' + rule)
        told = check('--rules', path('bad.rules'), BEFORE, status=2)
        assert told.startswith(f'rpscope check: {path("bad.rules")}:{number + 2}:'
                               f' "{rule}" '), told
        assert told.count('\n') == 1 and told.endswith('.\n'), told


@case
def what_cannot_be_measured_is_no_pass():
    without = recorded('without.rptrace', 200, '--stacks', 'none')
    for words, why in (
            ([without, 'sites: live_bytes < 1G'], 'recorded without stacks'),
            ([BEFORE, 'sites: live_bytes < base', '--baseline', without],
             'recorded without stacks'),
            ([BEFORE, 'held_bytes < base'], '--baseline FILE'),
            ([BEFORE, 'timeline: used_bytes < base', '--baseline', AFTER],
             'rows of timeline have no names'),
            ([BEFORE], 'nothing to check'),
            ([BEFORE, 'tags: live_bytes < 1'], 'there are none in'),
            ([BEFORE, 'tags: sum live_bytes < 1'], '(rpmalloc_tag_push)'),
            ([BEFORE, 'sites[tag = Layout]: live_bytes < 1'], 'is about tags'),
            ([BEFORE, 'sites: untouched_bytes < 1'], 'record --residency'),
            ([BEFORE, 'frames: mean_ns < 1s'], 'is about frames'),
            ([BEFORE, 'freed_by: rows = 0'], 'record --free-stacks'),
            ([BEFORE, 'marks: at_ns < 1s'], 'is about marks'),
            ([BEFORE, 'held_bytes ~ 3'], 'expected <=, <, >=, >, = or !='),
            ([BEFORE, 'held_bytes =< 3'], 'expected bytes'),
            ([BEFORE, 'held_bytes <= 5 apples'], 'expected bytes'),
            ([BEFORE, 'sites[functon = x]: spans < 1'], 'did you mean function'),
            ([BEFORE, 'site: spans < 1'], 'did you mean sites'),
            ([BEFORE, 'sites[function = x: spans < 1'], 'there is no ]'),
            ([BEFORE, '--rules', path('nowhere')], 'cannot be read: No such'),
            ([path('nowhere'), 'held < 1'], 'no column "held"')):
        told = check(*words, status=2)
        assert why in told and told.endswith('.\n'), (words, told)
    check(path('nowhere'), 'held_bytes < 1', status=3)
    check('--baseline', path('nowhere'), BEFORE, 'held_bytes < base', status=3)


@case
def a_recording_that_is_not_whole_passes_only_when_that_is_allowed():
    with open(BEFORE, 'rb') as file:
        whole = file.read()
    with open(path('cut.rptrace'), 'wb') as file:
        file.write(whole[:len(whole) * 3 // 4])
    words = [path('cut.rptrace'), '--no-rescue', 'held_bytes >= 0']
    told = check(*words, status=4)
    assert 'The rule holds.' in told and '\nrpscope: ' in '\n' + told, told
    check(*words, '--allow-incomplete')
    check(*words[:-1], 'held_bytes > 1T', status=1)
    check(BEFORE, '--baseline', path('cut.rptrace'), '--no-rescue',
          'events >= base', status=4)


main()
