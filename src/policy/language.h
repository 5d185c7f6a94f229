/* language.h: is there a word that these patterns allow, and which is the shortest?
 *
 * A glob is a small automaton with one state for each place between its symbols. The question "is
 * some word in one of the Allow globs, in none of the Deny globs, and in what is asked about?" is
 * answered by walking all automata together, breadth first, one set of states after another, until
 * an accepting set is met: its path is a shortest word. When there is none, all reachable sets have
 * been seen, and the answer "never" is a proof.
 *
 * Letters are numbers: Unicode code points, and beyond them
 *  - SYMBOL_FRESH, a character that occurs in no pattern, up to SYMBOL_FRESH_LAST for questions
 * that need several, and
 *  - SYMBOL_OPAQUE + n, the n-th unknown name (the value of a variable): one character that occurs
 *    nowhere else, since any name that is not guessed at stands for all, and
 *  - SYMBOL_WHOLE + n, a piece of text that only a `*` takes, not a `?`.
 *
 * A question about deliveries walks two words side by side: a topic filter and a topic that it
 * matches by the rules of MQTT (`+` one level, `#` the rest and the parent, neither matching a
 * first level that begins with `$`).
 *     https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html section 4.7
 * The filter of a shared subscription has the name of its group before it, a level without `+` and
 * `#` that no level of the topic answers to.
 *     https://docs.oasis-open.org/mqtt/mqtt/v5.0/os/mqtt-v5.0-os.html section 4.8.2
 *
 * The number of sets can grow exponentially with the number of `?` after a `*`. The walk is
 * bounded in work and memory and says TOO_LARGE instead of an answer; it never runs on.
 */
#ifndef POLICY_LANGUAGE_H
#define POLICY_LANGUAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum {
    SYMBOL_FRESH = 0x110000,
    SYMBOL_FRESH_LAST = SYMBOL_FRESH + 15,
    SYMBOL_OPAQUE = 0x110100,
    SYMBOL_WHOLE = 0x110200,
    GLOB_ANY = 0x7ffffffe,  /* `?` */
    GLOB_STAR = 0x7fffffff, /* `*`; two never stand side by side */
};

struct language_glob {
    const uint32_t *symbols;
    uint32_t n;
};

/* The union of the globs, or with complement every word outside of it. */
struct language_term {
    const struct language_glob *globs;
    size_t n;
    bool complement;
};

/* A word is wanted that is in all of must, in at least one of allow, and in none of deny. */
struct language_tape {
    const struct language_term *must;
    size_t n_must;
    const struct language_term *allow;
    size_t n_allow;
    const struct language_term *deny;
    size_t n_deny;
};

enum language_kind {
    LANGUAGE_WORD,     /* any word */
    LANGUAGE_TOPIC,    /* a topic name: not empty, no `+` and `#` */
    LANGUAGE_FILTER,   /* a topic filter: `+` whole levels, `#` a whole last level */
    LANGUAGE_DELIVERY, /* a topic, and a filter that matches it */
    LANGUAGE_SHARED,   /* a topic, and "GROUP/" with a filter behind it that matches the topic */
};

struct language_query {
    enum language_kind kind;
    struct language_tape word;   /* the filter itself for LANGUAGE_FILTER */
    struct language_tape filter; /* LANGUAGE_DELIVERY and LANGUAGE_SHARED only */
    /* ASCII text that all globs of the tape begin with ("topic/") and that is no part of the word
     * as MQTT sees it, nor of the answer. NULL: none. */
    const char *word_prefix;
    const char *filter_prefix;
    uint64_t
        *work_left; /* shared by the questions of one analysis; NULL: LANGUAGE_WORK_MAX alone */
};

struct language_answer {
    bool found;
    const uint32_t *word; /* symbols, of a shortest answer; in the arena */
    size_t n_word;
    const uint32_t *filter;
    size_t n_filter;
};

/* Answers, or fails with TOO_LARGE when LANGUAGE_WORK_MAX does not suffice. Work is counted, not
 * timed, so that the same question always has the same answer; the bound is some 50 ms of one core.
 */
enum { LANGUAGE_WORK_MAX = 4 * 1000 * 1000, LANGUAGE_BYTES_MAX = 8 << 20 };
MUST_USE enum status language_shortest(struct arena *mem, const struct language_query *query,
                                       struct language_answer *ret, struct why *why);

#endif
