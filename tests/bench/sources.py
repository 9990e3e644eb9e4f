"""Source files for the compilers to work on, made by rule, always the same."""


def c_source(functions):
    """C with loops, branches, structures and calls for the optimiser."""
    parts = ['struct node { struct node *next; int key; double weight; '
             'char name[24]; };\n']
    for i in range(functions):
        parts.append(f'''
static int mix_{i}(int a, int b) {{
    int sum = {i};
    for (int i = 0; i < a; i++) {{
        switch ((i ^ b) % {3 + i % 7}) {{
        case 0: sum += i * {i + 3}; break;
        case 1: sum ^= b << {i % 13}; break;
        case 2: sum -= {'mix_%d(i, b)' % (i - 1) if i else 'i'}; break;
        default: sum = (sum >> 1) + i / ({i % 5} + 1);
        }}
    }}
    return sum;
}}

double walk_{i}(struct node *list, int limit, double *table) {{
    double best = 0, total = {i};
    for (struct node *at = list; at && limit; at = at->next, limit--) {{
        double value = at->weight * mix_{i}(at->key, limit);
        if (value > best && at->name[{i % 24}] != '{chr(97 + i % 26)}')
            best = value;
        for (int j = 0; j < {4 + i % 5}; j++)
            table[j] += value / (j + 1) + total;
        total += table[at->key % {4 + i % 5}];
    }}
    return best > total ? best : total;
}}
''')
    return ''.join(parts)


def cxx_source(classes):
    """C++ that instantiates much of the standard library."""
    parts = ['#include <algorithm>\n#include <functional>\n#include <map>\n'
             '#include <memory>\n#include <set>\n'
             '#include <string>\n#include <unordered_map>\n#include <vector>\n']
    for i in range(classes):
        parts.append(f'''
struct item_{i} {{
    int key; std::string name; std::vector<double> values;
    bool operator<(const item_{i} &other) const {{ return key < other.key; }}
}};

double use_{i}(const std::vector<item_{i}> &items) {{
    std::map<std::string, std::vector<item_{i}>> groups;
    std::unordered_map<int, std::shared_ptr<item_{i}>> index;
    std::set<item_{i}> ordered(items.begin(), items.end());
    for (const auto &item : items) {{
        if (item.name.size() % {i + 2})
            groups[item.name].push_back(item);
        index.emplace(item.key, std::make_shared<item_{i}>(item));
    }}
    std::vector<std::function<double(double)>> steps;
    for (const auto &[name, group] : groups)
        steps.push_back([n = name.size(), &group](double x) {{
            return x * double(n + group.size() + {i}); }});
    double result = double(ordered.size() + index.size());
    for (const auto &step : steps)
        result = step(result);
    auto sorted = items;
    std::sort(sorted.begin(), sorted.end());
    for (const auto &item : sorted)
        for (double value : item.values)
            result += value * item.key;
    return result;
}}
''')
    return ''.join(parts)
