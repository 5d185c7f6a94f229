/* vectors.h: every case of a folder of tests/vectors/policy, its document read. */
#ifndef TESTS_POLICY_VECTORS_H
#define TESTS_POLICY_VECTORS_H

#include <dirent.h>
#include <stdlib.h>

#include "base/buf.h"
#include "lib/check.h"
#include "lib/files.h"
#include "policy/doc.h"

struct vector {
    const char *name; /* "E5-connect-any-client" */
    struct str text;
    struct str expect; /* absent when there is no .expect beside it */
};

typedef void vector_check(struct arena *mem, const struct vector *vector);

static inline int vector_is_json(const struct dirent *entry)
{
    return str_ends(str_from(entry->d_name), STR(".json"));
}

static inline struct str vector_file(struct arena *mem, const char *folder, const char *stem,
                                     const char *suffix)
{
    struct str path;
    CHECK_OK(str_fmt(mem, &path, NULL, "policy/%s/%s%s", folder, stem, suffix));
    return vector_read(mem, str_z(mem, path));
}

/* Runs the check on each; fails when there are fewer than least, so that a lost folder shows. */
static inline void for_each_vector(const char *folder, bool expects, int least, vector_check *check)
{
    struct dirent **entries = NULL;
    char path[4096];
    snprintf(path, sizeof path, "%s/policy/%s", VECTORS_DIR, folder);
    int n = scandir(path, &entries, vector_is_json, alphasort);
    assert_true(n >= least);
    for (int i = 0; i < n; i++) {
        AUTO_ARENA *mem = arena_new(64 << 20);
        struct vector v = {.name = entries[i]->d_name};
        struct str stem = str_slice(str_from(v.name), 0, strlen(v.name) - strlen(".json"));
        char *stem_z = str_z(mem, stem);
        v.name = stem_z;
        v.text = vector_file(mem, folder, stem_z, ".json");
        v.expect = expects ? vector_file(mem, folder, stem_z, ".expect") : STR_ABSENT;
        check(mem, &v);
        free(entries[i]);
    }
    free(entries);
}

static inline const struct policy_doc *doc_of(struct arena *mem, struct str text)
{
    const struct policy_doc *doc = NULL;
    struct why why = {0};
    if (policy_doc_read(mem, text, &doc, &why) != STATUS_OK) {
        fail_msg("%.*s: %s", STR_ARG(text), why.text);
    }
    return doc;
}

#define DOC(mem, literal) doc_of((mem), STR(literal))

/* One statement with placeholders of JSON: STATEMENT("Allow", "\"iot:Publish\"", "\"*\""). */
#define ARN "arn:aws:iot:us-east-1:123456789012:"

static inline void vector_says(const struct vector *v, struct str got)
{
    struct str want = str_eq(v->expect, STR("compliant\n")) ? STR("") : v->expect;
    if (!str_eq(got, want)) {
        fail_msg("%s: got\n%.*swant\n%.*s", v->name, STR_ARG(got), STR_ARG(v->expect));
    }
}

#endif
