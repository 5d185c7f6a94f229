/* cidr.h: networks, and which addresses a fetch may go to.
 *
 * Who writes a certificate chooses the addresses of its revocation lists, and who sets up a webhook
 * chooses where it goes. So the daemon must not become their way into places that trust it: itself,
 * the machine's neighbours on the link, and the metadata service of a cloud. Public and private
 * addresses are allowed, the rest only where a rule lists it.
 *
 * Pure functions. IPv4 addresses are kept as IPv6 ones (::ffff:a.b.c.d); the forms of IPv6 that
 * carry an IPv4 address (mapped, compatible, 64:ff9b::/96, 2002::/16) are judged by that address.
 */
#ifndef NET_CIDR_H
#define NET_CIDR_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct address {
    uint8_t bytes[16];
};

/* "10.1.2.3", "fe80::1": numeric, without zone or brackets. INVALID otherwise. */
MUST_USE enum status address_read(struct str text, struct address *ret, struct why *why);

/* From the kernel's form; false for families that are not IP. */
struct sockaddr;
bool address_of(const struct sockaddr *from, struct address *ret);

/* The address as text (INET6_ADDRSTRLEN bytes), an IPv4 one in its own form; true when it is a
 * loopback address. */
bool sockaddr_text(const struct sockaddr *from, char *text);

struct cidr {
    struct address network;
    unsigned bits; /* of the 128 */
};

/* "10.0.0.0/8", "fd00::/8", or one address. INVALID when bits beyond the prefix are set: then one
 * of the two is a mistake. */
MUST_USE enum status cidr_read(struct str text, struct cidr *ret, struct why *why);

bool cidr_holds(const struct cidr *cidr, const struct address *address);

struct fetch_rule {
    const struct cidr *allow; /* allowed whatever else is said */
    size_t n_allow;
    bool allow_loopback;
};

/* The networks of a list with commas (white space around them is fine), into the arena; an empty
 * text is an empty list. INVALID names the entry. */
MUST_USE enum status fetch_rule_read(struct arena *mem, struct str text, struct fetch_rule *ret,
                                     struct why *why);

/* NULL when the rule allows the address, else what it is: "a loopback address". */
const char *fetch_rule_refuses(const struct fetch_rule *rule, const struct address *address);

#endif
