/* list_subject.c: see list_subject.h. */
#include "audit/list_subject.h"

#include "base/limits.h"
#include "base/map.h"

#include "base/banned.h"

/* What was gathered, in an array: subjects point into it. */
static enum status collect(const struct revocation *rev, struct arena *mem,
                           struct revocation_list_seen **ret, size_t *ret_n, struct why *why)
{
    struct revocation_list_seen seen;
    size_t n = 0;
    struct revocation_lists at = revocation_lists_begin(rev);
    while (revocation_lists_next(&at, &seen)) {
        n++;
    }
    *ret = NEW_ARRAY(mem, struct revocation_list_seen, n + 1);
    TRY_PTR(*ret);
    at = revocation_lists_begin(rev);
    for (size_t i = 0; i < n && revocation_lists_next(&at, &seen); i++) {
        (*ret)[i] = seen;
    }
    *ret_n = n;
    return STATUS_OK;
}

/* The issuer's subject, made when its first list comes. */
static enum status subject_of(struct map *by_issuer, const struct cert *issuer,
                              struct list_subject *subjects, size_t *n, struct list_subject **ret,
                              struct why *why)
{
    *ret = map_get(by_issuer, issuer->id);
    if (*ret == NULL) {
        *ret = &subjects[(*n)++];
        **ret = (struct list_subject){.issuer = issuer};
        TRY(map_put(by_issuer, issuer->id, *ret, why));
    }
    return STATUS_OK;
}

/* Lists are counted first, so that each subject's array has its size. */
static enum status share_out(struct list_subject *subjects, size_t n_subjects,
                             struct map *by_issuer, const struct revocation_list_seen *seen,
                             size_t n, struct arena *mem, struct why *why)
{
    for (size_t i = 0; i < n_subjects; i++) {
        subjects[i].lists = NEW_ARRAY(mem, const struct revocation_list_seen *, subjects[i].n + 1);
        TRY_PTR(subjects[i].lists);
        subjects[i].n = 0;
    }
    for (size_t i = 0; i < n; i++) {
        if (seen[i].signer != NULL) {
            struct list_subject *subject = map_get(by_issuer, seen[i].signer->id);
            subject->lists[subject->n++] = &seen[i];
        }
    }
    return STATUS_OK;
}

enum status list_subjects(const struct revocation *rev, struct arena *mem,
                          struct list_subject **ret, size_t *ret_n, struct why *why)
{
    struct revocation_list_seen *seen = NULL;
    struct map by_issuer;
    size_t n = 0;
    size_t n_subjects = 0;
    TRY(collect(rev, mem, &seen, &n, why));
    map_init(&by_issuer, mem, n);
    struct list_subject *subjects = NEW_ARRAY(mem, struct list_subject, n + 1);
    TRY_PTR(subjects);
    for (size_t i = 0; i < n; i++) {
        struct list_subject *subject = NULL;
        if (seen[i].signer == NULL) {
            subjects[n_subjects] = (struct list_subject){.lack = seen[i].lack};
            TRY(str_fmt(mem, &subjects[n_subjects++].lack, why, "%.*s: %.*s",
                        STR_ARG(seen[i].source), STR_ARG(seen[i].lack)));
        } else {
            TRY(subject_of(&by_issuer, seen[i].signer, subjects, &n_subjects, &subject, why));
            subject->n++;
        }
    }
    TRY(share_out(subjects, n_subjects, &by_issuer, seen, n, mem, why));
    *ret = subjects;
    *ret_n = n_subjects;
    return STATUS_OK;
}
