/* make_fleet.c: a store with a large account in it, for the benchmarks that start the daemon.
 *
 *     make_fleet FILE CERTIFICATES POLICIES THINGS
 *
 * Does nothing when FILE is there and its tables have the shape of today.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fleet.h"

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: %s FILE CERTIFICATES POLICIES THINGS\n", argv[0]);
        return 2;
    }
    const struct fleet fleet = {.certificates = strtoull(argv[2], NULL, 10),
                                .policies = strtoull(argv[3], NULL, 10),
                                .things = strtoull(argv[4], NULL, 10)};
    fleet_make(argv[1], &fleet);
    return 0;
}
