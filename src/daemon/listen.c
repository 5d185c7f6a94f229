/* listen.c: see listen.h. */
#include "daemon/listen.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/banned.h"

static bool address_read(struct str text, struct listen_address *ret)
{
    char z[INET6_ADDRSTRLEN];
    struct in_addr v4;
    struct in6_addr v6;
    if (text.len == 0 || text.len >= sizeof z) {
        return false;
    }
    memcpy(z, text.ptr, text.len);
    z[text.len] = '\0';
    if (!ret->v6 && inet_pton(AF_INET, z, &v4) == 1) {
        ret->loopback = ntohl(v4.s_addr) >> 24 == 127;
        return true;
    }
    if (ret->v6 && inet_pton(AF_INET6, z, &v6) == 1) {
        ret->loopback = IN6_IS_ADDR_LOOPBACK(&v6);
        return true;
    }
    return false;
}

enum status listen_read(struct str text, struct listen_address *ret, struct why *why)
{
    struct listen_address listen = {.port = 0};
    size_t colon = text.len;
    for (size_t i = 0; i < text.len; i++) {
        colon = text.ptr[i] == ':' ? i : colon;
    }
    listen.address = str_slice(text, 0, colon);
    if (str_starts(listen.address, STR("[")) && str_ends(listen.address, STR("]"))) {
        listen.v6 = true;
        listen.address = str_slice(listen.address, 1, listen.address.len - 1);
    }
    int64_t port = -1;
    bool number =
        colon < text.len && str_to_int64(str_slice(text, colon + 1, text.len), &port) == STATUS_OK;
    if (!number || port < 0 || port > 65535 || !address_read(listen.address, &listen)) {
        return why_set(why, STATUS_INVALID,
                       "listen is '%.*s'; it must be a numeric address and a port, as "
                       "127.0.0.1:8480 or [::1]:8480",
                       STR_ARG(str_slice(text, 0, 128)));
    }
    listen.port = (uint16_t)port;
    *ret = listen;
    return STATUS_OK;
}
