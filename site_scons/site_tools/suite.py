"""Suites: `scons NAME` builds test programs and lets tests/run run them.

The closing line, `N passed, M failed`, comes last of all: after what scons
itself says at its end, and also when the build fails.
"""
import atexit
import subprocess

from SCons.Script import COMMAND_LINE_TARGETS, Action, GetOption


CLOSING = {}  # by the name of the suite


def close(name):
    print(CLOSING.get(name, '0 passed, 1 failed\n'), end='', flush=True)


def run(target, source, env):
    command = ['tests/run', '--build', env.Dir('$BUILD').path,
               '--timeout', env['TIMEOUT'], *env['RUN'],
               *[node.path for node in source]]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True,
                             env={**env['ENV'], 'CC': env['CC']})
    held = ''
    for line in child.stdout:
        print(held, end='', flush=True)
        held = line
    CLOSING[target[0].name] = held
    return child.wait()


def suite(env, name, programs, needs=(), timeout='600', run_with=()):
    node = env.Command(f'#{name}', env.Flatten(programs), Action(run, None),
                       TIMEOUT=timeout, RUN=list(run_with))
    env.Depends(node, needs)
    env.AlwaysBuild(env.Alias(name, node))
    env.Pseudo(node)
    asked = name in COMMAND_LINE_TARGETS
    if asked and not GetOption('no_exec') and not GetOption('help'):
        atexit.register(close, name)


def generate(env):
    env.AddMethod(suite, 'Suite')


def exists(env):
    return True
