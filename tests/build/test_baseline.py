#!/usr/bin/env python3
"""The release library runs on every x86-64 there is: no instruction of it came
later than the first of them."""
import os
import platform
import re
import tempfile

from case import Skip, built, case, cases_for, main, output

# By name, as objdump writes them; those with a leading v are AVX and later.
# tzcnt is missing: it is how `rep bsf` reads, which older ones take for bsf,
# and of a word that is not 0 both say the same.
LATER = re.compile(r"""^(
    v[a-z]\w*(?<!verr)(?<!verw)
  | addsubp[ds] | h(add|sub)p[ds] | lddqu | mov(ddup|shdup|sldup) | fisttp\w*
  | monitorx? | mwaitx? | cmpxchg16b
  | pshufb | palignr | ph(add|sub)\w+ | pabs[bwd] | psign[bwd] | pmulhrsw
  | pmaddubsw
  | p?blendv?\w+ | dpp[ds] | extractps | insertps | p(ins|ext)r[bdq]
  | pmov[sz]x\w+ | p(min|max)(sb|sd|uw|ud) | pmuldq | pmulld | ptest
  | round[sp][sd] | pcmp(eqq|gtq) | packusdw | movntdqa | mpsadbw | phminposuw
  | pcmp[ei]str[im] | crc32\w* | popcnt\w*
  | aes\w+ | sha(1|256)\w+ | pclmul\w+ | movbe\w* | rdrand | rdseed
  | lzcnt\w* | andn | bextr | bls(i|r|msk) | bzhi | pdep | pext | mulx | rorx
  | (sar|shl|shr)x | adc?x | adox | xsave\w* | xrstor\w* | rdtscp | clwb
  | clflushopt | wrpkru | rdpkru | tpause | umwait | umonitor
)$""", re.VERBOSE)


def later(path):
    """The names of later instructions in a file."""
    names = re.findall(r'^\s+[0-9a-f]+:\s+(?:(?:lock|rep\w*|data16|bnd|notrack|'
                       r'cs|ds|fs|gs) )*(\w+)',
                       output('objdump', '-d', '--no-show-raw-insn', path), re.M)
    assert len(set(names)) > 5, path
    return {name for name in names if LATER.match(name)}


def needs_x86():
    if platform.machine() != 'x86_64':
        raise Skip('not an x86-64')


@cases_for(['librpscope.so', 'librpscope.a', 'librpscope-malloc.so'])
def no_instruction_is_beyond_the_baseline(name):
    needs_x86()
    found = later(built('release', name))
    assert not found, found


PLANTS = {
    '-mavx2': ('typedef int v8 __attribute__((vector_size(32)));'
               'v8 f(v8 a, v8 b) { return a + b; }'),
    '-mpopcnt': 'int f(unsigned a) { return __builtin_popcount(a); }',
    '-mlzcnt': 'int f(unsigned a) { return __builtin_clz(a); }',
    '-mbmi2': 'unsigned f(unsigned a, int b) { return a >> b; }',
    '-mcx16': ('_Bool f(__int128 *p, __int128 a, __int128 b) {'
               ' return __sync_bool_compare_and_swap(p, a, b); }'),
    '-msse4.2': 'int f(int a) { return __builtin_ia32_crc32si(a, 1); }',
}
# What else an object needs to be one of some size.
REST = '''
int g(int *a, int n) {
    int sum = 0;
    for (int i = 0; i < n; ++i)
        sum += a[i] * i ^ n;
    return sum;
}
'''


@cases_for(PLANTS)
def a_later_one_is_found(option):
    needs_x86()
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, 'plant.c')
        with open(source, 'w') as file:
            file.write(PLANTS[option] + REST)
        output('gcc', '-O1', '-w', option, '-c', source, '-o', f'{folder}/plant.o')
        assert later(f'{folder}/plant.o'), option


@case
def the_baseline_is_not_taken_for_later():
    needs_x86()
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, 'plain.c')
        with open(source, 'w') as file:
            file.write('double f(double a, unsigned b) {'
                       ' return a * __builtin_ctz(b | 1); }' + REST)
        output('gcc', '-O2', '-c', source, '-o', f'{folder}/plain.o')
        assert not later(f'{folder}/plain.o')


main()
