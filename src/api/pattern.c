#include "api/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/banned.h"

enum { ASCII = 128, HEAP_KIB = 4096 };

/* Most patterns are one class, repeated: [a-zA-Z0-9_-]+. For those, which ASCII characters the
 * class holds is asked of PCRE2 once, and ASCII texts are matched by that table. */
struct compiled {
    pcre2_code *code;
    bool one_class;
    bool empty_too; /* one_class: the empty text matches */
    bool ascii[ASCII];
};

struct pattern_set {
    pcre2_general_context *general;
    pcre2_compile_context *compile;
    pcre2_match_context *match;
    struct compiled list[P_COUNT];
};

static void *long_lived_alloc(size_t size, void *data)
{
    (void)data;
    return mem_alloc(size);
}

static void long_lived_free(void *ptr, void *data)
{
    (void)data;
    mem_free(ptr);
}

static void *arena_hook_alloc(size_t size, void *arena)
{
    return arena_alloc(arena, size);
}

static void arena_hook_free(void *ptr, void *arena)
{
    (void)ptr;
    (void)arena;
}

static enum status run(const struct pattern_set *set, const pcre2_code *code, struct str text,
                       struct arena *mem, bool *ret, struct why *why)
{
    pcre2_general_context *general =
        pcre2_general_context_create(arena_hook_alloc, arena_hook_free, mem);
    TRY_PTR(general);
    pcre2_match_data *data = pcre2_match_data_create(1, general);
    TRY_PTR(data);
    int found = pcre2_match(code, (PCRE2_SPTR)(text.ptr == NULL ? "" : text.ptr), text.len, 0,
                            PCRE2_NO_UTF_CHECK, data, set->match);
    if (found == PCRE2_ERROR_NOMEMORY) {
        return why_no_memory(why);
    }
    *ret = found >= 0;
    return STATUS_OK;
}

/* True for [class]+ and [class]*, also between ^ and $. */
static bool is_one_class(struct str p, bool *ret_empty_too)
{
    if (str_starts(p, STR("^")) && str_ends(p, STR("$"))) {
        p = str_slice(p, 1, p.len - 1);
    }
    if (!str_starts(p, STR("[")) || !(str_ends(p, STR("]+")) || str_ends(p, STR("]*")))) {
        return false;
    }
    for (size_t i = 1; i < p.len - 2; i++) {
        if (p.ptr[i] == '\\') {
            i++;
        } else if (p.ptr[i] == '[' || p.ptr[i] == ']') {
            return false;
        }
    }
    *ret_empty_too = p.ptr[p.len - 1] == '*';
    return true;
}

static enum status compile(struct pattern_set *set, enum pattern_id id, struct arena *mem,
                           struct why *why)
{
    struct compiled *c = &set->list[id];
    struct str source = str_from(patterns[id].pcre);
    int error = 0;
    PCRE2_SIZE at = 0;
    c->code = pcre2_compile((PCRE2_SPTR)source.ptr, source.len,
                            PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_DOLLAR_ENDONLY |
                                PCRE2_NO_AUTO_CAPTURE,
                            &error, &at, set->compile);
    if (c->code == NULL) {
        return why_at(why, STATUS_INTERNAL, at, "the pattern %s does not compile", source.ptr);
    }
    c->one_class = is_one_class(source, &c->empty_too);
    for (int i = 0; c->one_class && i < ASCII; i++) {
        char text = (char)i;
        TRY(run(set, c->code, (struct str){&text, 1}, mem, &c->ascii[i], why));
        arena_clear(mem);
    }
    return STATUS_OK;
}

static enum status fill(struct pattern_set *set, struct why *why)
{
    AUTO_ARENA *mem = arena_new((size_t)2 * HEAP_KIB << 10);
    TRY_PTR(mem);
    set->general = pcre2_general_context_create(long_lived_alloc, long_lived_free, NULL);
    TRY_PTR(set->general);
    set->compile = pcre2_compile_context_create(set->general);
    TRY_PTR(set->compile);
    set->match = pcre2_match_context_create(set->general);
    TRY_PTR(set->match);
    pcre2_set_newline(set->compile, PCRE2_NEWLINE_ANY); /* what Java's dot stops at */
    pcre2_set_match_limit(set->match, PATTERN_STEPS);
    pcre2_set_heap_limit(set->match, HEAP_KIB);
    for (enum pattern_id id = 0; id < P_COUNT; id++) {
        TRY(compile(set, id, mem, why));
    }
    return STATUS_OK;
}

enum status pattern_set_new(struct pattern_set **ret, struct why *why)
{
    struct pattern_set *set = mem_alloc(sizeof(*set));
    TRY_PTR(set);
    enum status status = fill(set, why);
    if (status != STATUS_OK) {
        pattern_set_free(set);
        return status;
    }
    *ret = set;
    return STATUS_OK;
}

void pattern_set_free(struct pattern_set *set)
{
    if (set == NULL) {
        return;
    }
    for (enum pattern_id id = 0; id < P_COUNT; id++) {
        pcre2_code_free(set->list[id].code);
    }
    pcre2_match_context_free(set->match);
    pcre2_compile_context_free(set->compile);
    pcre2_general_context_free(set->general);
    mem_free(set);
}

enum status pattern_matches(const struct pattern_set *set, enum pattern_id id, struct str text,
                            struct arena *mem, bool *ret, struct why *why)
{
    const struct compiled *c = &set->list[id];
    if (c->one_class) {
        bool inside = text.len > 0 || c->empty_too;
        size_t i = 0;
        while (inside && i < text.len && (unsigned char)text.ptr[i] < ASCII) {
            inside = c->ascii[(unsigned char)text.ptr[i]];
            i++;
        }
        if (!inside || i == text.len) {
            *ret = inside;
            return STATUS_OK;
        }
    }
    return run(set, c->code, text, mem, ret, why);
}
