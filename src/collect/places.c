/* places.c: see places.h. */
#include "collect/places.h"

#include "base/banned.h"

/* Partitions by what their regions begin with; the last takes the rest. */
static const struct partition {
    struct str prefix;
    struct str domain;
    struct str iam_host;
    struct str iam_region;
} partitions[] = {
    {STR_INIT("cn-"), STR_INIT("amazonaws.com.cn"), STR_INIT("iam.cn-north-1.amazonaws.com.cn"),
     STR_INIT("cn-north-1")},
    {STR_INIT("us-gov-"), STR_INIT("amazonaws.com"), STR_INIT("iam.us-gov.amazonaws.com"),
     STR_INIT("us-gov-west-1")},
    {STR_INIT(""), STR_INIT("amazonaws.com"), STR_INIT("iam.amazonaws.com"), STR_INIT("us-east-1")},
};

static const struct partition *partition_of(struct str region)
{
    const struct partition *p = partitions;
    while (!str_starts(region, p->prefix)) {
        p++;
    }
    return p;
}

static bool is_region(struct str region)
{
    for (size_t i = 0; i < region.len; i++) {
        char c = region.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) {
            return false;
        }
    }
    return region.len > 0 && region.len <= 32;
}

static struct str without_slash(struct str url)
{
    while (str_ends(url, STR("/"))) {
        url = str_slice(url, 0, url.len - 1);
    }
    return url;
}

enum status place_of(const struct places *places, enum service_id service, struct arena *mem,
                     struct service_place *ret, struct why *why)
{
    struct str given = str_absent(places->single[service]) ? places->all : places->single[service];
    if (!is_region(places->region)) {
        return why_set(why, STATUS_INVALID,
                       "the region is \"%.*s\"; it must be a name like us-east-1",
                       STR_ARG(str_slice(places->region, 0, 64)));
    }
    const struct partition *p = partition_of(places->region);
    bool iam = service == SERVICE_iam;
    ret->region = iam ? p->iam_region : places->region;
    if (!str_absent(given)) {
        ret->url = without_slash(given);
        return STATUS_OK;
    }
    if (iam) {
        return str_fmt(mem, &ret->url, why, "https://%.*s", STR_ARG(p->iam_host));
    }
    return str_fmt(mem, &ret->url, why, "https://%.*s.%.*s.%.*s", STR_ARG(services[service].name),
                   STR_ARG(places->region), STR_ARG(p->domain));
}
