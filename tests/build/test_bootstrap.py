#!/usr/bin/env python3
"""site_scons/bootstrap: nothing when all is there, one clear word when not."""
import os
import re
import shutil
import subprocess
import tempfile

from case import TOP, Skip, case, main, output

BOOTSTRAP = os.path.join(TOP, 'site_scons/bootstrap')


def listed(name):
    with open(os.path.join(TOP, 'site_scons', name)) as file:
        return [line.split(None, 1) for line in file
                if line.strip() and not line.startswith('#')]


@case
def every_listed_package_has_its_reason():
    rows = [row for name in ('packages', 'packages-bench',
                             'packages-platforms') for row in listed(name)]

    assert rows and all(len(row) == 2 for row in rows), rows


@case
def nothing_is_said_or_done_when_all_is_there():
    assert output(BOOTSTRAP) == ''


@case
def an_unknown_word_shows_the_usage():
    assert output(BOOTSTRAP, 'bnech', status=2) == (
        'usage: site_scons/bootstrap [bench|platforms|readers]\n')


@case
def without_root_and_sudo_it_says_what_is_missing_and_what_to_do():
    if os.geteuid() != 0:
        raise Skip('takes root, to stop being root')
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        for tool in 'awk bash cmp comm dirname sort'.split():
            path = subprocess.run(['which', tool], capture_output=True,
                                  text=True).stdout.strip()
            os.symlink(path, f'{folder}/{tool}')
        shutil.copy(os.path.join(TOP, 'site_scons/packages'), folder)
        with open(f'{folder}/dpkg-query', 'w') as file:
            file.write('#!/bin/sh\nexit 1\n')
        os.chmod(f'{folder}/dpkg-query', 0o755)
        with open(BOOTSTRAP) as script:
            run = subprocess.run(
                ['/usr/bin/setpriv', '--reuid=65534', '--clear-groups',
                 f'{folder}/bash', '-s'], text=True, capture_output=True,
                input=re.sub(r'^cd .*$', f'cd {folder}',
                             script.read(), flags=re.M),
                env={'PATH': folder})

    assert run.returncode == 1, (run.stdout, run.stderr)
    assert 'libcriterion-dev' in run.stderr and 'scons' in run.stderr
    assert 'takes root, and there is no sudo' in run.stderr


main()
