"""Core with a change: the programs of the suites, built of it beside the build.

A folder has a copy of core/, links to the other halls, and a build/ of its own:
what the change makes different. All else is taken from the build there is.
Commands are those of the build (build/plan.json).
"""
import concurrent.futures
import functools
import json
import os
import re
import shlex
import shutil
import subprocess

from case import BUILD, TOP, built

PLAN = built('plan.json')


class DoesNotCompile(Exception):
    pass


@functools.cache
def plan():
    with open(PLAN) as file:
        return json.load(file)


@functools.cache
def users():
    """Header -> objects that include it; by the compiler's word."""
    found = {}
    for path in plan()['objects']:
        with open(in_build(os.path.splitext(path)[0] + '.d')) as file:
            words = file.read().replace('\\\n', ' ').split()[1:]
        for word in words:
            found.setdefault(os.path.normpath(word), []).append(path)
    return found


def in_build(path):
    """Where what the plan calls build/... is."""
    return os.path.join(BUILD, os.path.relpath(path, 'build'))


class Changed:
    """One folder, for one change after the other."""

    def __init__(self, folder):
        self.folder = folder
        self.changed = None
        shutil.copytree(os.path.join(TOP, 'core'), self.path('core'))
        for hall in ('tests', 'instrument', 'viewer', 'site_scons'):
            os.symlink(os.path.join(TOP, hall), self.path(hall))
        self.made = set()  # of build/, by this change

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def source(self, file):
        with open(os.path.join(TOP, file)) as text:
            return text.read()

    def change(self, file, text):
        """The file of core has this text from now on, and all others theirs."""
        if self.changed:
            shutil.copy(os.path.join(TOP, self.changed), self.path(self.changed))
        self.changed = file
        with open(self.path(file), 'w') as out:
            out.write(text)
        for path in self.made:
            os.remove(self.path(path))
        self.made = set()

    def affected(self):
        """Objects that the change makes other ones."""
        return set(users().get(self.changed, []))

    def is_affected(self, program):
        return not self.affected().isdisjoint(
            plan()['programs'][program]['objects'])

    def run(self, command, **settings):
        return subprocess.run(command, cwd=self.folder, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, errors='replace',
                              **settings)

    def here(self, command):
        """A command of the build, for what is anew; all else stays there."""
        def place(found):
            path = found[0]
            if self.folder and path in self.made:
                return path
            known = in_build(path)
            return known if os.path.exists(known) else path
        return re.sub(r'(?<![\w/.-])build/[\w/.+-]+', place, command)

    def make(self, target, command):
        os.makedirs(os.path.dirname(self.path(target)), exist_ok=True)
        self.made.add(target)
        # What is used no more is none of our errors, and nobody debugs it.
        done = self.run(shlex.split(self.here(command)) + ['-Wno-error', '-g0'])
        if done.returncode != 0:
            self.made.discard(target)
            raise DoesNotCompile(f'{target}: {done.stdout[-2000:]}')

    def compile(self, objects, jobs=2):
        wanted = [path for path in objects if path not in self.made]
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            list(pool.map(lambda path: self.make(
                path, plan()['objects'][path]['command']), wanted))

    def program(self, path):
        """Builds a program with what is affected; returns where it is."""
        if not self.is_affected(path):
            return in_build(path)
        if path not in self.made:
            known = plan()['programs'][path]
            self.compile(self.affected() & set(known['objects']))
            self.make(path, known['command'])
        return self.path(path)
