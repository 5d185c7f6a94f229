/* arn.c: see arn.h. */
#include "model/arn.h"

#include <string.h>

#include "base/banned.h"

static struct str partition_of(struct str region)
{
    if (str_starts(region, STR("cn-"))) {
        return STR("aws-cn");
    }
    return str_starts(region, STR("us-gov-")) ? STR("aws-us-gov") : STR("aws");
}

enum status arn_make(struct arena *mem, const struct account_id *id, struct str type,
                     struct str name, struct str *ret, struct why *why)
{
    /* By hand: a page of a list makes as many as it has rows. */
    const struct str parts[] = {STR("arn:"),  partition_of(id->region),
                                STR(":iot:"), id->region,
                                STR(":"),     id->account,
                                STR(":"),     type,
                                STR("/"),     name};
    enum { N_PARTS = sizeof parts / sizeof parts[0] };
    size_t len = 0;
    for (size_t i = 0; i < N_PARTS; i++) {
        len += parts[i].len;
    }
    char *text = arena_alloc(mem, len + 1);
    TRY_PTR(text);
    size_t at = 0;
    for (size_t i = 0; i < N_PARTS; i++) {
        if (parts[i].len > 0) {
            memcpy(text + at, parts[i].ptr, parts[i].len);
            at += parts[i].len;
        }
    }
    *ret = (struct str){text, len};
    return STATUS_OK;
}

enum status arn_make_of(struct arena *mem, const struct account_id *id, struct str service,
                        struct str type, struct str name, struct str *ret, struct why *why)
{
    return str_fmt(mem, ret, why, "arn:%.*s:%.*s:%.*s:%.*s:%.*s%.*s",
                   STR_ARG(partition_of(id->region)), STR_ARG(service), STR_ARG(id->region),
                   STR_ARG(id->account), STR_ARG(type), STR_ARG(name));
}

enum status arn_make_iam(struct arena *mem, const struct account_id *id, struct str type,
                         struct str path, struct str name, struct str *ret, struct why *why)
{
    return str_fmt(mem, ret, why, "arn:%.*s:iam::%.*s:%.*s%.*s%.*s",
                   STR_ARG(partition_of(id->region)), STR_ARG(id->account), STR_ARG(type),
                   STR_ARG(path), STR_ARG(name));
}

enum status arn_make_root(struct arena *mem, const struct account_id *id, struct str *ret,
                          struct why *why)
{
    return arn_make_iam(mem, id, STR("root"), STR(""), STR(""), ret, why);
}

enum status arn_make_topic(struct arena *mem, const struct account_id *id, struct str topic,
                           struct str subscription, struct str *ret, struct why *why)
{
    return str_fmt(mem, ret, why, "arn:%.*s:sns:%.*s:%.*s:%.*s%s%.*s",
                   STR_ARG(partition_of(id->region)), STR_ARG(id->region), STR_ARG(id->account),
                   STR_ARG(topic), str_absent(subscription) ? "" : ":", STR_ARG(subscription));
}

enum status arn_parse(struct str text, struct arn *ret, struct why *why)
{
    struct arn arn = {.name = STR_ABSENT};
    struct str rest = text;
    struct str scheme;
    bool read = str_next(&rest, ':', &scheme) && str_eq(scheme, STR("arn")) &&
                str_next(&rest, ':', &arn.partition) && str_next(&rest, ':', &arn.service) &&
                str_next(&rest, ':', &arn.region) && str_next(&rest, ':', &arn.account) &&
                !str_absent(rest);
    if (!read) {
        return why_set(why, STATUS_INVALID, "'%.*s' is not an ARN",
                       STR_ARG(str_slice(text, 0, 128)));
    }
    size_t slash = str_find_char(rest, '/', 0);
    arn.type = str_slice(rest, 0, slash);
    arn.name = slash == rest.len ? STR_ABSENT : str_slice(rest, slash + 1, rest.len);
    *ret = arn;
    return STATUS_OK;
}

bool arn_is_ours(const struct account_id *id, struct str text, struct str type,
                 struct str *ret_name)
{
    struct arn arn;
    if (arn_parse(text, &arn, NULL) != STATUS_OK || str_absent(arn.name)) {
        return false;
    }
    bool ours = str_eq(arn.partition, partition_of(id->region)) &&
                str_eq(arn.service, STR("iot")) && str_eq(arn.region, id->region) &&
                str_eq(arn.account, id->account) && str_eq(arn.type, type);
    if (ours) {
        *ret_name = arn.name;
    }
    return ours;
}

static bool arn_is_of_our_iam(const struct account_id *id, struct str text, struct arn *ret)
{
    return arn_parse(text, ret, NULL) == STATUS_OK &&
           str_eq(ret->partition, partition_of(id->region)) && str_eq(ret->service, STR("iam")) &&
           ret->region.len == 0 && str_eq(ret->account, id->account);
}

bool arn_is_root(const struct account_id *id, struct str text)
{
    struct arn arn;
    return arn_is_of_our_iam(id, text, &arn) && str_eq(arn.type, STR("root")) &&
           str_absent(arn.name);
}

bool arn_is_our_iam(const struct account_id *id, struct str text, struct str type,
                    struct str *ret_path, struct str *ret_name)
{
    struct arn arn;
    if (!arn_is_of_our_iam(id, text, &arn) || !str_eq(arn.type, type) || arn.name.len == 0 ||
        str_ends(arn.name, STR("/"))) {
        return false;
    }
    size_t last = arn.name.len;
    while (last > 0 && arn.name.ptr[last - 1] != '/') {
        last--;
    }
    /* The slash before the name belongs to the path: it is in the text, ahead of the view. */
    *ret_path = (struct str){arn.name.ptr - 1, last + 1};
    *ret_name = str_slice(arn.name, last, arn.name.len);
    return true;
}

bool arn_is_our_topic(const struct account_id *id, struct str text, struct str *ret_topic,
                      struct str *ret_subscription)
{
    struct arn arn;
    struct str rest;
    struct str topic;
    if (arn_parse(text, &arn, NULL) != STATUS_OK || !str_eq(arn.service, STR("sns")) ||
        !str_eq(arn.region, id->region) || !str_eq(arn.account, id->account) ||
        !str_eq(arn.partition, partition_of(id->region)) || !str_absent(arn.name)) {
        return false;
    }
    rest = arn.type;
    if (!str_next(&rest, ':', &topic) || topic.len == 0) {
        return false;
    }
    *ret_topic = topic;
    *ret_subscription = rest;
    return true;
}
