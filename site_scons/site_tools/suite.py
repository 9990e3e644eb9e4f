"""Test programs, and suites that build and run them: scons test, scons stress.

A test_*.c is a program, a test_*.py or test_*.sh a script; tests/run runs them
and counts. SConscripts call Tests, the SConstruct calls Suite.
"""
import atexit
import os
import subprocess

from SCons.Script import Action


def tests(env, without=(), alone=False, **settings):
    """The test programs and scripts of this folder.

    Its other *.c are linked to each test program; or, alone=True, are small
    programs of their own, for the scripts.
    """
    env = env.Clone(**settings)
    link = lambda source, *more: env.Program(
        os.path.splitext(source.name)[0],
        [env.SharedObject(source)] + list(more) + env.get('tested', []))
    others = env.Glob('*.c', exclude=['test_*.c', *without])
    if alone:
        helpers = [link(source) for source in others + env.Glob('*.cc')]
    else:
        helpers = [env.SharedObject(source)[0] for source in others]
    programs = [link(source, *([] if alone else helpers))
                for source in env.Glob('test_*.c')]
    scripts = env.Glob('test_*.py') + env.Glob('test_*.sh')
    for script in scripts:
        env.Depends(script, helpers)
    return env.Flatten(programs) + [script.srcnode() for script in scripts]


def run(target, source, env):
    """Runs the programs; the closing line is kept until scons has finished."""
    command = ['tests/run', '--build', env.Dir('$BUILD').path,
               '--timeout', env['TIMEOUT'], *[node.path for node in source]]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    closing = None
    for line in child.stdout:
        if closing is not None:
            print(closing, end='', flush=True)
        closing = line
    atexit.register(print, closing or '0 passed, 1 failed', end='')
    return child.wait()


def suite(env, name, programs, needs=(), timeout='120'):
    """`scons NAME` builds what it needs, then runs the programs."""
    node = env.Command(f'#{name}', env.Flatten(programs),
                       Action(run, None), TIMEOUT=timeout)
    env.Depends(node, needs)
    env.AlwaysBuild(env.Alias(name, node))
    env.AlwaysBuild(node)
    env.Pseudo(node)


def generate(env):
    env.AddMethod(tests, 'Tests')
    env.AddMethod(suite, 'Suite')


def exists(env):
    return True
