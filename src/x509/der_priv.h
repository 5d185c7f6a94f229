/* der_priv.h: a cursor over DER (X.690 section 10), strict about lengths.
 *
 * Only what certificates and revocation lists need: tags of one byte, definite lengths of at most
 * four octets, in their shortest form. The cursor is inline because the walk over a revocation
 * list is made of it.
 */
#ifndef X509_DER_PRIV_H
#define X509_DER_PRIV_H

#include "base/err.h"
#include "base/str.h"

enum der_tag {
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTET_STRING = 0x04,
    DER_NULL = 0x05,
    DER_OID = 0x06,
    DER_ENUMERATED = 0x0a,
    DER_UTC_TIME = 0x17,
    DER_GENERALIZED_TIME = 0x18,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31,
};

enum { DER_CONSTRUCTED = 0x20, DER_CONTEXT = 0x80 };

/* Constructed [n] and primitive [n] of the context. */
#define DER_CONTEXT_CONSTRUCTED(n) (DER_CONTEXT | DER_CONSTRUCTED | (n))
#define DER_CONTEXT_PRIMITIVE(n)   (DER_CONTEXT | (n))

/* What is left to read. */
struct der {
    const uint8_t *at;
    const uint8_t *end;
};

/* One value: its tag, its content, and the whole of it with tag and length. */
struct der_value {
    uint8_t tag;
    struct bytes content;
    struct bytes whole;
};

static inline struct der der_of(struct bytes b)
{
    return (struct der){b.ptr, b.ptr + b.len};
}

static inline bool der_at_end(const struct der *in)
{
    return in->at == in->end;
}

static inline bool der_peek(const struct der *in, uint8_t tag)
{
    return in->at != in->end && *in->at == tag;
}

/* The long form of a length: n octets at *at. */
static inline bool der_long_length(const uint8_t **at, const uint8_t *end, size_t *length)
{
    size_t n = **at & 0x7fU;
    (*at)++;
    if (n == 0 || n > 4 || (size_t)(end - *at) < n || **at == 0) {
        return false;
    }
    size_t value = 0;
    for (size_t i = 0; i < n; i++) {
        value = value << 8 | *(*at)++;
    }
    *length = value;
    return value >= 0x80;
}

/* Takes one value off the front. False, with the cursor where it was, when there is none that obeys
 * the rules above. */
static inline bool der_next(struct der *in, struct der_value *ret)
{
    const uint8_t *at = in->at;
    if (in->end - at < 2 || (*at & 0x1f) == 0x1f) {
        return false;
    }
    uint8_t tag = *at++;
    size_t length = *at;
    if (length < 0x80) {
        at++;
    } else if (!der_long_length(&at, in->end, &length)) {
        return false;
    }
    if ((size_t)(in->end - at) < length) {
        return false;
    }
    ret->tag = tag;
    ret->content = (struct bytes){at, length};
    ret->whole = (struct bytes){in->at, (size_t)(at - in->at) + length};
    in->at = at + length;
    return true;
}

/* The same for a value that must have this tag. */
static inline bool der_expect(struct der *in, uint8_t tag, struct der_value *ret)
{
    return der_peek(in, tag) && der_next(in, ret);
}

/* True when content is that of an INTEGER in its shortest form. */
static inline bool der_integer_ok(struct bytes content)
{
    if (content.len == 0) {
        return false;
    }
    bool padded = content.len > 1 && ((content.ptr[0] == 0 && (content.ptr[1] & 0x80) == 0) ||
                                      (content.ptr[0] == 0xff && (content.ptr[1] & 0x80) != 0));
    return !padded;
}

/* The octets of a non-negative INTEGER without the sign octet; false for a negative one. Zero is
 * one zero octet. */
static inline bool der_unsigned(struct bytes content, struct bytes *ret)
{
    if (!der_integer_ok(content) || (content.ptr[0] & 0x80) != 0) {
        return false;
    }
    size_t skip = content.len > 1 && content.ptr[0] == 0;
    *ret = (struct bytes){content.ptr + skip, content.len - skip};
    return true;
}

/* OBJECT IDENTIFIER content: each part is a shortest base-128 number, the last one whole. */
bool der_oid_ok(struct bytes content);

/* BOOLEAN content: one octet, 00 or FF. */
bool der_boolean(struct bytes content, bool *ret);

/* UTCTime or GeneralizedTime as RFC 5280 section 4.1.2.5 allows them (seconds, Z, no fraction), a
 * date that exists; ms since 1970. */
bool der_time(const struct der_value *value, int64_t *ret_ms);

/* Walks the whole of one value with all values inside: true when it is DER as X.690 section 10 has
 * it and nothing follows it; else *ret_offset is where it is not. What OCTET STRINGs hold is not
 * walked. */
bool der_is_strict(struct bytes der, size_t *ret_offset);

#endif
