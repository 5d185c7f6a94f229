/* naive.h: random small policies, and a second opinion on them that shares no code with src/policy:
 * a recursive matcher on plain text, and evaluation by the book. */
#ifndef TESTS_POLICY_NAIVE_H
#define TESTS_POLICY_NAIVE_H

#include "unit/policy/vectors.h"

static inline uint64_t naive_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static inline unsigned naive_pick(uint64_t *state, unsigned n)
{
    return (unsigned)(naive_random(state) % n);
}

static inline bool naive_match(const char *glob, const char *text)
{
    if (*glob == '\0') {
        return *text == '\0';
    }
    if (*glob == '*') {
        return naive_match(glob + 1, text) || (*text != '\0' && naive_match(glob, text + 1));
    }
    return *text != '\0' && (*glob == '?' || *glob == *text) && naive_match(glob + 1, text + 1);
}

enum { NAIVE_TEXT = 96, NAIVE_RESOURCES = 2, NAIVE_STATEMENTS = 4 };

struct naive_statement {
    bool deny;
    bool not_resource;
    bool subscribe; /* else the action of the test */
    unsigned n;
    char resources[NAIVE_RESOURCES][NAIVE_TEXT]; /* after the fifth colon */
};

struct naive_doc {
    unsigned n;
    struct naive_statement statements[NAIVE_STATEMENTS];
};

/* A resource with every "${T}" replaced. */
static inline void naive_bind(char out[2 * NAIVE_TEXT], const char *resource, const char *value)
{
    size_t n = 0;
    while (*resource != '\0') {
        if (strncmp(resource, "${T}", 4) == 0) {
            n += (size_t)snprintf(out + n, 2 * NAIVE_TEXT - n, "%s", value);
            resource += 4;
        } else {
            out[n++] = *resource++;
        }
    }
    out[n] = '\0';
}

static inline bool naive_statement_matches(const struct naive_statement *s, const char *text,
                                           const char *value)
{
    for (unsigned i = 0; i < s->n; i++) {
        char bound[2 * NAIVE_TEXT];
        naive_bind(bound, s->resources[i], value);
        if (naive_match(bound, text)) {
            return !s->not_resource;
        }
    }
    return s->not_resource;
}

static inline bool naive_allows(const struct naive_doc *doc, bool subscribe, const char *text,
                                const char *value)
{
    bool allowed = false;
    for (unsigned i = 0; i < doc->n; i++) {
        const struct naive_statement *s = &doc->statements[i];
        if (s->subscribe == subscribe && naive_statement_matches(s, text, value)) {
            if (s->deny) {
                return false;
            }
            allowed = true;
        }
    }
    return allowed;
}

/* The document as JSON; T stands for the thing's name. */
static inline struct str naive_json(struct arena *mem, const struct naive_doc *doc,
                                    const char *action)
{
    struct buf out;
    buf_init(&out, mem, 64 << 10);
    buf_put_str(&out, STR("{\"Version\":\"2012-10-17\",\"Statement\":["));
    for (unsigned i = 0; i < doc->n; i++) {
        const struct naive_statement *s = &doc->statements[i];
        buf_put_fmt(&out, "%s{\"Effect\":\"%s\",\"Action\":\"iot:%s\",\"%s\":[", i == 0 ? "" : ",",
                    s->deny ? "Deny" : "Allow", s->subscribe ? "Subscribe" : action,
                    s->not_resource ? "NotResource" : "Resource");
        for (unsigned r = 0; r < s->n; r++) {
            char bound[2 * NAIVE_TEXT];
            naive_bind(bound, s->resources[r], "${iot:Connection.Thing.ThingName}");
            buf_put_fmt(&out, "%s\"" ARN "%s\"", r == 0 ? "" : ",", bound);
        }
        buf_put_str(&out, STR("]}"));
    }
    buf_put_str(&out, STR("]}"));
    struct str text;
    CHECK_OK(buf_finish(&out, &text, NULL));
    return text;
}

/* A random text of pieces. */
static inline void naive_pieces(uint64_t *state, char *out, const char *const *pieces, unsigned n,
                                unsigned max)
{
    unsigned count = naive_pick(state, max + 1);
    *out = '\0';
    for (unsigned i = 0; i < count; i++) {
        strcat(out, pieces[naive_pick(state, n)]);
    }
}

/* The i-th word over the letters, shortest first; false when it is longer than max. */
static inline bool naive_word(unsigned long i, const char *letters, unsigned max, char *out)
{
    unsigned base = (unsigned)strlen(letters);
    unsigned len = 0;
    unsigned long count = 1;
    while (i >= count) {
        i -= count;
        count *= base;
        len++;
    }
    if (len > max) {
        return false;
    }
    for (unsigned k = 0; k < len; k++) {
        out[len - 1 - k] = letters[i % base];
        i /= base;
    }
    out[len] = '\0';
    return true;
}

#endif
