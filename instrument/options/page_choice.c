// page_choice.c - see page_choice.h.
#include "instrument/options/page_choice.h"

#include "instrument/options/number.h"

#include <string.h>

void rp_page_choice_default(struct rp_page_choice *choice) {
    *choice =
        (struct rp_page_choice){.every = RP_PAGES_EVERY, .most = UINT64_MAX};
}

static bool read_text(const char *text, char *to, size_t room) {
    if (*text == 0 || strlen(text) >= room)
        return false;
    strcpy(to, text);
    return true;
}

// "A" or "A-B".
static bool read_sizes(const char *text, struct rp_page_choice *choice) {
    const char *end;

    if (!rp_number_bytes(text, &choice->least, &end))
        return false;
    choice->most = choice->least;
    if (*end == '-' && !rp_number_bytes(end + 1, &choice->most, &end))
        return false;
    return *end == 0 && choice->least <= choice->most;
}

static bool read_part(const char *part, struct rp_page_choice *choice) {
    if (strcmp(part, "begin") == 0)
        return choice->begins = true;
    if (strncmp(part, "size=", 5) == 0)
        return read_sizes(part + 5, choice);
    if (strncmp(part, "tag=", 4) == 0)
        return read_text(part + 4, choice->tag, sizeof choice->tag);
    if (strncmp(part, "site=", 5) == 0)
        return read_text(part + 5, choice->site, sizeof choice->site);
    return rp_number_whole(part, 10, UINT32_MAX, &choice->every) &&
           choice->every != 0;
}

bool rp_page_choice_read(const char *words, size_t length,
                         struct rp_page_choice *choice) {
    char text[RP_PAGES_SITE + RP_PAGES_TAG + 128];

    rp_page_choice_default(choice);
    if (length >= sizeof text)
        return false;
    memcpy(text, words, length);
    text[length] = 0;
    for (char *part = length != 0 ? text : NULL, *next; part != NULL;
         part = next) {
        // A place may have colons, so it is the last.
        next = strncmp(part, "site=", 5) == 0 ? NULL : strchr(part, ':');
        if (next != NULL)
            *next++ = 0;
        if (!read_part(part, choice))
            return false;
    }
    return true;
}

bool rp_page_site_read(const char *text, struct rp_page_site *site) {
    const char *plus = strrchr(text, '+');
    char start[20];

    if (text[0] != '/' || plus == NULL || strncmp(plus, "+0x", 3) != 0)
        return false;
    const char *dash = strstr(plus, "-0x");
    size_t digits = dash != NULL ? (size_t)(dash - plus - 3) : sizeof start;
    if (digits >= sizeof start)
        return false;
    memcpy(start, plus + 3, digits);
    start[digits] = 0;
    memcpy(site->file, text, (size_t)(plus - text));
    site->file[plus - text] = 0;
    return rp_number_whole(start, 16, UINT64_MAX, &site->start) &&
           rp_number_whole(dash + 3, 16, UINT64_MAX, &site->end) &&
           site->start < site->end;
}
