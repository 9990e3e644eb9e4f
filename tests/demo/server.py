"""server.py - the demo's workload: a small server of pages, as servers are.

Four threads answer requests. A request parses a document, builds a page from
it and drops nearly all of it again; now and then a summary goes to a cache that
lives long. The caches' small blocks end up scattered among the short-lived ones
and keep their spans from being returned: this is what rpscope shows.
"""
import json
import random
import threading

REQUESTS, THREADS = 120, 4
cache = {}
lock = threading.Lock()


def document(rng, number):
    """A request's body: a page of articles, as JSON text."""
    return json.dumps({
        'page': number,
        'articles': [{
            'title': 'Title %d of page %d' % (i, number),
            'tags': ['tag%d' % rng.randrange(500) for _ in range(6)],
            'words': [rng.randrange(10 ** 9) for _ in range(12)],
            'text': 'lorem ipsum ' * rng.randrange(1, 40),
        } for i in range(30)],
    })


def page(parsed):
    """Renders the page: many small strings, joined and gone."""
    rows = []
    for article in parsed['articles']:
        cells = ['<td>%s</td>' % word for word in article['text'].split()]
        cells += ['<b>%d</b>' % word for word in article['words']]
        rows.append('<tr>%s %s</tr>' % (article['title'], ''.join(cells)))
    return '\n'.join(rows)


def summary(parsed, size):
    """What the cache keeps: small objects, made among the short-lived ones."""
    article = parsed['articles'][size % len(parsed['articles'])]
    return {'title': article['title'], 'tags': frozenset(article['tags']),
            'size': size, 'words': [str(word) for word in article['words']]}


def serve(seed):
    rng = random.Random(seed)
    session = []
    for number in range(REQUESTS):
        parsed = json.loads(document(rng, number))
        size = len(page(parsed))
        if number % 5 == 0:
            with lock:
                cache[seed, number] = summary(parsed, size)
        session.append(parsed)
        if len(session) == 15:
            session.clear()


threads = [threading.Thread(target=serve, args=(seed,), name='worker-%d' % seed)
           for seed in range(THREADS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print('served %d pages, %d summaries kept' % (REQUESTS * THREADS, len(cache)))
