// map_cells.c - the cells of the span map, and the cursor among them.
#include "viewer/ui/view/map_cells.h"
#include "viewer/answer/span_map.h"

#include <stdio.h>

enum {
    LABEL = 10,       // cells before a row
    COLUMNS_STEP = 8, // a row has a multiple of it
    MOST_ZOOM = 16,
};

const char *map_color_name(unsigned color) {
    static const char *const names[MAP_COLORS] = {
        [MAP_WASTE] = "bytes wasted",
        [MAP_CLASS] = "size class",
        [MAP_HEAP] = "heap",
        [MAP_AGE] = "age of the oldest block",
        [MAP_SITE] = "call site that has most of it"};
    return names[color];
}

// ---- the cursor ----

size_t map_current(const struct pane *pane) {
    return span_map_find(pane->shown->answer, pane->map.span);
}

void map_keep_cursor(struct pane *pane) {
    const struct answer *a = pane->shown->answer;
    pane->map.span = a->spans[map_current(pane)].number;
}

static size_t cell_count(const struct pane *pane) {
    size_t last = pane->shown->answer->span_count - 1;
    return (last >> pane->map.zoom) + 1;
}

bool map_move(struct pane *pane, enum action action) {
    const struct answer *a = pane->shown->answer;
    struct map_state *map = &pane->map;
    size_t cell = map_current(pane) >> map->zoom, count = cell_count(pane);
    size_t row = map->columns > 0 ? (size_t)map->columns : 1;
    size_t page = row * (map->rows > 1 ? (size_t)map->rows - 1 : 1);
    switch (action) {
    case ACTION_LEFT:
        cell -= cell > 0;
        break;
    case ACTION_RIGHT:
        cell += cell + 1 < count;
        break;
    case ACTION_UP:
        cell -= cell >= row ? row : 0;
        break;
    case ACTION_DOWN:
        cell += cell + row < count ? row : 0;
        break;
    case ACTION_PAGE_UP:
        cell = cell >= page ? cell - page : cell % row;
        break;
    case ACTION_PAGE_DOWN:
        cell = cell + page < count ? cell + page : count - 1;
        break;
    case ACTION_FIRST:
        cell = 0;
        break;
    case ACTION_LAST:
        cell = count - 1;
        break;
    case ACTION_ZOOM_IN:
        map->zoom -= map->zoom > 0;
        return true;
    case ACTION_ZOOM_OUT:
        map->zoom += map->zoom < MOST_ZOOM && count > 1;
        return true;
    default:
        return false;
    }
    // Within a cell of many spans the cursor is on the first.
    if (cell != map_current(pane) >> map->zoom)
        map->span = a->spans[cell << map->zoom].number;
    return true;
}

// ---- a cell ----

static enum style heat(double share) {
    int level = (int)(share * HEAT_LEVELS);
    level = level < 0 ? 0 : level >= HEAT_LEVELS ? HEAT_LEVELS - 1 : level;
    return (enum style)(STYLE_HEAT + level);
}

static enum style category(uint32_t number) {
    static const enum style styles[] = {STYLE_USED,         STYLE_ROUNDING,
                                        STYLE_SPAN_FREE,    STYLE_DEFERRED,
                                        STYLE_THREAD_CACHE, STYLE_ERROR};
    return styles[number % (sizeof styles / sizeof *styles)];
}

// Some spans in a row, as one cell.
struct group {
    size_t first, count;
    size_t kinds[SPAN_KINDS];
    uint64_t bytes, gone, used; // of all
    uint64_t room, live;        // bytes of blocks: of spans of blocks
};

static struct group group_of(const struct answer *a, size_t first,
                             size_t count) {
    struct group g = {.first = first, .count = count};
    for (size_t i = first; i < first + count; i++) {
        const struct answer_span *span = &a->spans[i];
        g.kinds[span->kind]++;
        g.bytes += span->bytes;
        g.gone += span->gone_bytes;
        g.used += span->used_bytes;
        if (span->kind != SPAN_OF_BLOCKS)
            continue;
        g.room += (uint64_t)span->blocks * span->block_bytes;
        g.live += (uint64_t)span->live * span->block_bytes;
    }
    return g;
}

// Of spans of several kinds: blocks, then large ones, then what there is most
// of.
static enum span_kind kind_of(const struct group *g) {
    if (g->kinds[SPAN_OF_BLOCKS] > 0)
        return SPAN_OF_BLOCKS;
    if (g->kinds[SPAN_OF_LARGE] > 0)
        return SPAN_OF_LARGE;
    enum span_kind most = SPAN_UNUSED;
    for (int i = 0; i < SPAN_KINDS; i++)
        if (g->kinds[i] > g->kinds[most])
            most = (enum span_kind)i;
    return most;
}

static uint32_t glyph_of(const struct answer *a, const struct group *g) {
    switch (kind_of(g)) {
    case SPAN_OF_BLOCKS: {
        double full = g->room ? (double)g->live / (double)g->room : 0;
        uint32_t eighths = (uint32_t)(full * 8 + 0.5);
        // Only what is full looks so.
        eighths = g->live < g->room && eighths > 7 ? 7 : eighths;
        return 0x2580 + (eighths ? eighths : 1);
    }
    case SPAN_OF_LARGE:
    case SPAN_MORE_LARGE:
        return a->spans[g->first].segment == ANSWER_NONE ? 'H' : 'L';
    case SPAN_WAITS:
        return '~';
    case SPAN_KEPT_EMPTY:
        return 0x25cb;
    case SPAN_THREAD_CACHE:
        return 't';
    case SPAN_GLOBAL_CACHE:
        return 'g';
    default:
        return 0x2219;
    }
}

static enum style style_of(const struct pane *pane, const struct group *g) {
    const struct shown *shown = pane->shown;
    const struct answer_span *first = &shown->answer->spans[g->first];
    enum span_kind kind = kind_of(g);
    if (kind == SPAN_UNUSED)
        return STYLE_REST;
    switch (pane->map.color) {
    case MAP_CLASS:
        return category(first->class_index);
    case MAP_HEAP:
        return category(first->heap);
    case MAP_AGE: {
        const struct answer_span *span =
            shown->look_at_span(shown->answer, g->first);
        uint64_t now = shown->answer->now.time_ns;
        return span->live && now > 0
                   ? heat((double)(now - span->oldest_ns) / (double)now)
                   : STYLE_REST;
    }
    case MAP_SITE: {
        const struct answer_span *span =
            shown->look_at_span(shown->answer, g->first);
        return span->site == ANSWER_NONE ? STYLE_REST : category(span->site);
    }
    default: {
        uint64_t held = g->bytes - g->gone;
        uint64_t wasted = held > g->used ? held - g->used : 0;
        return heat((double)wasted / (double)(g->bytes ? g->bytes : 1));
    }
    }
}

// ---- the grid ----

static void draw_label(const struct pane *pane, struct screen *s, int y,
                       size_t cell) {
    const struct answer_span *span =
        &pane->shown->answer->spans[cell << pane->map.zoom];
    char label[24];
    if (span->segment == ANSWER_NONE)
        snprintf(label, sizeof label, "huge");
    else
        snprintf(label, sizeof label, "%u:%u", span->segment, span->index);
    cells_right(s, 0, y, LABEL - 1, label, STYLE_DIM);
}

void map_draw_cells(struct pane *pane, struct screen *s, struct box box) {
    const struct answer *a = pane->shown->answer;
    struct map_state *map = &pane->map;
    size_t count = cell_count(pane);
    map->columns = (box.width - LABEL - 1) / COLUMNS_STEP * COLUMNS_STEP;
    if (map->columns < 1)
        map->columns = 1;
    map->rows = box.height;
    size_t columns = (size_t)map->columns;
    size_t current = map_current(pane) >> map->zoom, row = current / columns;
    if (row < pane->map.top)
        map->top = row;
    if (box.height > 0 && row >= map->top + (size_t)box.height)
        map->top = row - (size_t)box.height + 1;
    for (int i = 0; i < box.height; i++) {
        size_t first = (map->top + (size_t)i) * columns;
        if (first >= count)
            break;
        draw_label(pane, s, box.y + i, first);
        for (size_t cell = first; cell < first + columns && cell < count;
             cell++) {
            size_t from = cell << map->zoom, to = (cell + 1) << map->zoom;
            to = to < a->span_count ? to : a->span_count;
            struct group g = group_of(a, from, to - from);
            int x = box.x + LABEL + (int)(cell - first);
            cells_put(s, x, box.y + i, glyph_of(a, &g), style_of(pane, &g));
            if (cell == current) {
                cells_select(s, x, box.y + i, 1);
                cells_put(s, box.x + LABEL - 1, box.y + i, 0x25b6, STYLE_KEY);
            }
        }
    }
}
