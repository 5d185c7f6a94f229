/* cert_value.c: what policies ask of a certificate, by the names that AWS gives it. */
#include "x509/cert.h"

#include "base/banned.h"

enum { LIST_MAX = 5 }; /* of a ".List" variable: "X.509 certificate policy variables" */

/* What follows the attribute's name in a key: nothing, ".1" (the second value), ".List". */
struct selection {
    size_t from;
    size_t n;
};

static bool selection_of(struct str suffix, struct selection *ret)
{
    int64_t index;
    if (suffix.len == 0) {
        *ret = (struct selection){0, 1};
        return true;
    }
    if (suffix.ptr[0] != '.') {
        return false;
    }
    struct str word = str_slice(suffix, 1, suffix.len);
    if (str_eq_nocase(word, STR("List"))) {
        *ret = (struct selection){0, LIST_MAX};
        return true;
    }
    if (str_to_int64(word, &index) != STATUS_OK || index < 0) {
        return false;
    }
    *ret = (struct selection){(size_t)index, 1};
    return true;
}

static size_t attribute_values(const struct cert_attr *attrs, size_t n_attrs, struct str key,
                               struct str *ret, size_t max)
{
    size_t seen = 0;
    size_t given = 0;
    for (size_t i = 0; i < n_attrs && given < max; i++) {
        struct selection selection;
        struct str name = attrs[i].name;
        if (!str_eq_nocase(str_slice(key, 0, name.len), name) ||
            !selection_of(str_slice(key, name.len, key.len), &selection)) {
            continue;
        }
        if (seen >= selection.from && seen < selection.from + selection.n) {
            ret[given++] = attrs[i].value;
        }
        seen++;
    }
    return given;
}

/* True when key begins with prefix in any case; *ret_rest is what follows. */
static bool after_prefix(struct str key, struct str prefix, struct str *ret_rest)
{
    if (!str_eq_nocase(str_slice(key, 0, prefix.len), prefix)) {
        return false;
    }
    *ret_rest = str_slice(key, prefix.len, key.len);
    return true;
}

size_t cert_value(const struct cert *cert, struct str key, struct str *ret, size_t max)
{
    struct str rest;
    if (cert == NULL) {
        return 0;
    }
    if (after_prefix(key, STR("iot:Certificate.Subject."), &rest)) {
        return attribute_values(cert->subject_attrs, cert->n_subject_attrs, rest, ret, max);
    }
    if (after_prefix(key, STR("iot:Certificate.Issuer."), &rest)) {
        return attribute_values(cert->issuer_attrs, cert->n_issuer_attrs, rest, ret, max);
    }
    if (str_eq_nocase(key, STR("iot:Certificate.SerialNumber"))) {
        *ret = cert->serial_hex;
        return max > 0 ? 1 : 0;
    }
    return 0;
}
