#include "net/cidr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/banned.h"

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static void address_from_v4(const void *v4, struct address *ret)
{
    memcpy(ret->bytes, mapped, sizeof mapped);
    memcpy(ret->bytes + sizeof mapped, v4, 4);
}

enum status address_read(struct str text, struct address *ret, struct why *why)
{
    char z[INET6_ADDRSTRLEN + 1];
    struct address address;
    struct in_addr v4;
    if (text.len > 0 && text.len < sizeof z) {
        memcpy(z, text.ptr, text.len);
        z[text.len] = '\0';
        if (inet_pton(AF_INET, z, &v4) == 1) {
            address_from_v4(&v4, ret);
            return STATUS_OK;
        }
        if (inet_pton(AF_INET6, z, address.bytes) == 1) {
            *ret = address;
            return STATUS_OK;
        }
    }
    return why_set(why, STATUS_INVALID, "\"%.*s\" is not a numeric address",
                   STR_ARG(str_slice(text, 0, 64)));
}

bool address_of(const struct sockaddr *from, struct address *ret)
{
    if (from->sa_family == AF_INET) {
        address_from_v4(&((const struct sockaddr_in *)(const void *)from)->sin_addr, ret);
        return true;
    }
    if (from->sa_family == AF_INET6) {
        memcpy(ret->bytes, &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr, 16);
        return true;
    }
    return false;
}

static bool bits_equal(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    unsigned whole = bits / 8;
    unsigned rest = bits % 8;
    if (memcmp(a, b, whole) != 0) {
        return false;
    }
    return rest == 0 || ((a[whole] ^ b[whole]) & (0xff00u >> rest) & 0xff) == 0;
}

/* No bit is set behind the prefix. */
static bool is_network(const struct cidr *cidr)
{
    for (unsigned bit = cidr->bits; bit < 128; bit++) {
        if (cidr->network.bytes[bit / 8] & (0x80u >> bit % 8)) {
            return false;
        }
    }
    return true;
}

enum status cidr_read(struct str text, struct cidr *ret, struct why *why)
{
    struct cidr cidr = {.bits = 128};
    size_t slash = str_find_char(text, '/', 0);
    struct str host = str_slice(text, 0, slash);
    TRY(address_read(host, &cidr.network, why));
    if (slash < text.len) {
        int64_t bits = -1;
        bool v4 = str_find_char(host, ':', 0) == host.len;
        int64_t most = v4 ? 32 : 128;
        if (str_to_int64(str_slice(text, slash + 1, text.len), &bits) != STATUS_OK || bits < 0 ||
            bits > most) {
            return why_set(why, STATUS_INVALID,
                           "the prefix of \"%.*s\" is not a number between 0 and %d",
                           STR_ARG(str_slice(text, 0, 64)), (int)most);
        }
        cidr.bits = (unsigned)(bits + 128 - most);
    }
    if (!is_network(&cidr)) {
        return why_set(why, STATUS_INVALID, "\"%.*s\" has bits set beyond its prefix",
                       STR_ARG(str_slice(text, 0, 64)));
    }
    *ret = cidr;
    return STATUS_OK;
}

bool cidr_holds(const struct cidr *cidr, const struct address *address)
{
    return bits_equal(cidr->network.bytes, address->bytes, cidr->bits);
}

static struct str trim(struct str s)
{
    while (s.len > 0 && (s.ptr[0] == ' ' || s.ptr[0] == '\t')) {
        s = str_slice(s, 1, s.len);
    }
    while (s.len > 0 && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t')) {
        s.len--;
    }
    return s;
}

enum status fetch_rule_read(struct arena *mem, struct str text, struct fetch_rule *ret,
                            struct why *why)
{
    size_t n = 0;
    struct str rest = text;
    struct str part;
    while (str_next(&rest, ',', &part)) {
        n++;
    }
    struct cidr *allow = NEW_ARRAY(mem, struct cidr, n);
    TRY_PTR(allow);
    n = 0;
    rest = trim(text).len == 0 ? STR_ABSENT : text;
    while (str_next(&rest, ',', &part)) {
        TRY(cidr_read(trim(part), &allow[n], why));
        n++;
    }
    *ret = (struct fetch_rule){.allow = allow, .n_allow = n};
    return STATUS_OK;
}

/* What is refused, by the special-purpose registries of IANA (RFC 6890) and the clouds' manuals. */
struct special {
    struct cidr cidr;
    const char *what;
};

#define V4(a, b, c, d, n)                                                                          \
    {                                                                                              \
        {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d}}, 96 + (n)                         \
    }
#define LOOPBACK "a loopback address"
#define METADATA "the metadata service of a cloud"

static const struct special specials[] = {
    {V4(127, 0, 0, 0, 8), LOOPBACK},
    {{{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}, 128}, LOOPBACK},
    {V4(0, 0, 0, 0, 8), "an unspecified address"},
    {{{{0}}, 128}, "an unspecified address"},
    {V4(169, 254, 169, 254, 32), METADATA},
    {V4(100, 100, 100, 200, 32), METADATA},
    {{{{0xfd, 0, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54}}, 128}, METADATA},
    {V4(169, 254, 0, 0, 16), "a link-local address"},
    {{{{0xfe, 0x80}}, 10}, "a link-local address"},
    {V4(224, 0, 0, 0, 4), "a multicast address"},
    {{{{0xff}}, 8}, "a multicast address"},
    {V4(240, 0, 0, 0, 4), "a reserved address"},
};

/* Forms of IPv6 that carry an IPv4 address, and where in them it stands. */
static const struct {
    struct cidr cidr;
    unsigned at;
} carriers[] = {
    {{{{0}}, 96}, 12},
    {{{{0, 0x64, 0xff, 0x9b}}, 96}, 12},
    {{{{0x20, 0x02}}, 16}, 2},
};

static const char *what_is(const struct address *address)
{
    for (size_t i = 0; i < sizeof specials / sizeof specials[0]; i++) {
        if (cidr_holds(&specials[i].cidr, address)) {
            return specials[i].what;
        }
    }
    return NULL;
}

static bool is_allowed(const struct fetch_rule *rule, const struct address *address)
{
    for (size_t i = 0; i < rule->n_allow; i++) {
        if (cidr_holds(&rule->allow[i], address)) {
            return true;
        }
    }
    return false;
}

const char *fetch_rule_refuses(const struct fetch_rule *rule, const struct address *address)
{
    struct address carried = *address;
    const char *what = what_is(address);
    for (size_t i = 0; what == NULL && i < sizeof carriers / sizeof carriers[0]; i++) {
        if (cidr_holds(&carriers[i].cidr, address)) {
            address_from_v4(address->bytes + carriers[i].at, &carried);
            what = what_is(&carried);
        }
    }
    if (what == NULL || is_allowed(rule, address) || is_allowed(rule, &carried)) {
        return NULL;
    }
    return rule->allow_loopback && strcmp(what, LOOPBACK) == 0 ? NULL : what;
}

bool sockaddr_text(const struct sockaddr *address, char *text)
{
    struct in_addr v4;
    if (address->sa_family == AF_INET) {
        memcpy(&v4, &((const struct sockaddr_in *)(const void *)address)->sin_addr, sizeof v4);
    } else {
        const struct in6_addr *v6 =
            &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
        if (!IN6_IS_ADDR_V4MAPPED(v6)) {
            inet_ntop(AF_INET6, v6, text, INET6_ADDRSTRLEN);
            return IN6_IS_ADDR_LOOPBACK(v6);
        }
        memcpy(&v4, v6->s6_addr + 12, sizeof v4);
    }
    inet_ntop(AF_INET, &v4, text, INET6_ADDRSTRLEN);
    return ntohl(v4.s_addr) >> 24 == 127;
}
