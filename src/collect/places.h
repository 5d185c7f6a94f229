/* places.h: where the services of an AWS account answer, and for which region they are asked.
 *
 * One URL for all (--endpoint-url, AWS_ENDPOINT_URL, endpoint_url of the profile), one for a single
 * service (AWS_ENDPOINT_URL_IOT ...), or those of AWS by region and partition. IAM is one for its
 * partition, and is signed for the partition's own region.
 * Source: AWS General Reference, "Service endpoints"; AWS SDKs reference, "Service-specific
 * endpoints".
 */
#ifndef COLLECT_PLACES_H
#define COLLECT_PLACES_H

#include "base/arena.h"
#include "base/str.h"
#include "contract/contract.h"

struct places {
    struct str region;
    struct str all;                   /* absent: AWS's own */
    struct str single[SERVICE_COUNT]; /* absent: none; wins over AWS's own, and over an `all` of
                                         the environment or the profile */
};

struct service_place {
    struct str url;    /* without a slash at its end */
    struct str region; /* to sign for */
};

/* INVALID: the region is no name that a host name can hold. */
MUST_USE enum status place_of(const struct places *places, enum service_id service,
                              struct arena *mem, struct service_place *ret, struct why *why);

#endif
