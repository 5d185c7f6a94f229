/* http_places.h: how many connections there are, in all and of each address.
 *
 * One value for all I/O threads. An IPv4 address and its mapped form in IPv6 are one address.
 */
#ifndef NET_HTTP_PLACES_H
#define NET_HTTP_PLACES_H

#include "net/cidr.h"

struct http_places;

/* At most max in all and max_of_one for an address. NULL when out of memory. */
struct http_places *http_places_new(unsigned max, unsigned max_of_one);
void http_places_free(struct http_places *places); /* accepts NULL */

enum http_place { HTTP_PLACE_GIVEN, HTTP_PLACE_ALL_TAKEN, HTTP_PLACE_TOO_MANY_OF_ONE };

/* From any thread. */
enum http_place http_places_take(struct http_places *places, const struct address *address);

/* Gives one back; true when all were taken before, and who waits may come. */
bool http_places_leave(struct http_places *places, const struct address *address);

/* Whether there is one, at this moment, and how many are taken. */
bool http_places_free_one(struct http_places *places);
unsigned http_places_taken(struct http_places *places);

#endif
