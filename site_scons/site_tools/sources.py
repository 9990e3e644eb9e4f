"""Sources: the files of a folder that patterns name, as they stand in the tree.

Like Glob, which also looks for what the build makes, at all that it has seen,
and takes seconds for that. Here nothing that is compiled is made.
"""
import glob


def sources(env, *patterns, without=()):
    """In the order of the patterns, of each by name; without: patterns, too."""
    here = env.Dir('.').srcnode().abspath
    left_out = {name for pattern in without
                for name in glob.glob(pattern, root_dir=here)}
    return [env.File(name) for pattern in patterns
            for name in sorted(glob.glob(pattern, root_dir=here))
            if name not in left_out]


def generate(env):
    env.AddMethod(sources, 'Sources')


def exists(env):
    return True
