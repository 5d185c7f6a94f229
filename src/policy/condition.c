/* condition.c: the operators of conditions. One function compares one value of the connection with
 * one value of the document; the rest is quantifiers and absence. */
#include <arpa/inet.h>
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "policy/evaluate.h"

#include "base/banned.h"

enum { NUMBER_TEXT_MAX = 64, ADDRESS_BYTES_MAX = 16 };

static bool negated(enum policy_operator op)
{
    switch (op) {
    case POLICY_OP_STRING_NOT_EQUALS:
    case POLICY_OP_STRING_NOT_EQUALS_NOCASE:
    case POLICY_OP_STRING_NOT_LIKE:
    case POLICY_OP_NUMERIC_NOT_EQUALS:
    case POLICY_OP_DATE_NOT_EQUALS:
    case POLICY_OP_NOT_IP_ADDRESS:
    case POLICY_OP_ARN_NOT_EQUALS:
    case POLICY_OP_ARN_NOT_LIKE:
        return true;
    default:
        return false;
    }
}

static bool number_read(struct str s, double *ret)
{
    char z[NUMBER_TEXT_MAX];
    if (s.len == 0 || s.len >= sizeof z) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        if (memchr("0123456789+-.eE", s.ptr[i], 15) == NULL) {
            return false; /* keeps out what strtod knows beside numbers: inf, nan, hex, spaces */
        }
        z[i] = s.ptr[i];
    }
    z[s.len] = '\0';
    char *end = NULL;
    double value = strtod(z, &end);
    if (end != z + s.len || !isfinite(value)) {
        return false;
    }
    *ret = value;
    return true;
}

/* A moment as milliseconds; the epoch form is a number of seconds. */
static bool date_read(struct str s, double *ret)
{
    int64_t ms = 0;
    double seconds = 0;
    if (time_parse(s, &ms, NULL) == STATUS_OK) {
        *ret = (double)ms;
        return true;
    }
    if (number_read(s, &seconds)) {
        *ret = seconds * SECOND_MS;
        return true;
    }
    return false;
}

/* The ordering that an operator asks for between the connection's value and the document's. */
static bool ordered(enum policy_operator op, double have, double want)
{
    switch (op) {
    case POLICY_OP_NUMERIC_LESS:
    case POLICY_OP_DATE_LESS:
        return have < want;
    case POLICY_OP_NUMERIC_LESS_EQUALS:
    case POLICY_OP_DATE_LESS_EQUALS:
        return have <= want;
    case POLICY_OP_NUMERIC_GREATER:
    case POLICY_OP_DATE_GREATER:
        return have > want;
    case POLICY_OP_NUMERIC_GREATER_EQUALS:
    case POLICY_OP_DATE_GREATER_EQUALS:
        return have >= want;
    default:
        return have == want;
    }
}

struct address {
    uint8_t bytes[ADDRESS_BYTES_MAX];
    unsigned n_bytes;
    unsigned n_bits; /* of the block */
};

static bool address_read(struct str s, struct address *ret)
{
    char z[INET6_ADDRSTRLEN];
    size_t slash = str_find_char(s, '/', 0);
    struct str host = str_slice(s, 0, slash);
    if (host.len == 0 || host.len >= sizeof z) {
        return false;
    }
    memcpy(z, host.ptr, host.len);
    z[host.len] = '\0';
    struct address address = {{0}, 4, 0};
    if (inet_pton(AF_INET, z, address.bytes) != 1) {
        address.n_bytes = ADDRESS_BYTES_MAX;
        if (inet_pton(AF_INET6, z, address.bytes) != 1) {
            return false;
        }
    }
    int64_t bits = address.n_bytes * 8;
    if (slash < s.len && (str_to_int64(str_slice(s, slash + 1, s.len), &bits) != STATUS_OK ||
                          bits < 0 || bits > address.n_bytes * 8)) {
        return false;
    }
    address.n_bits = (unsigned)bits;
    *ret = address;
    return true;
}

static bool address_in(struct str have, struct str want)
{
    struct address a;
    struct address block;
    if (!address_read(have, &a) || !address_read(want, &block) || a.n_bytes != block.n_bytes) {
        return false;
    }
    unsigned whole = block.n_bits / 8;
    unsigned rest = block.n_bits % 8;
    if (memcmp(a.bytes, block.bytes, whole) != 0) {
        return false;
    }
    return rest == 0 || ((a.bytes[whole] ^ block.bytes[whole]) >> (8 - rest)) == 0;
}

bool policy_condition_reads(enum policy_operator op, struct str value)
{
    double number = 0;
    struct address address;
    switch (policy_operators[op].operand) {
    case POLICY_OPERAND_NUMBER:
        return number_read(value, &number);
    case POLICY_OPERAND_DATE:
        return date_read(value, &number);
    case POLICY_OPERAND_ADDRESS:
        return address_read(value, &address);
    case POLICY_OPERAND_BOOL:
    case POLICY_OPERAND_NULL:
        return str_eq_nocase(value, STR("true")) || str_eq_nocase(value, STR("false"));
    default:
        return true;
    }
}

static struct str without_padding(struct str s)
{
    while (s.len > 0 && s.ptr[s.len - 1] == '=') {
        s.len--;
    }
    return s;
}

/* Field by field, so that a `*` does not run over a colon into the next one. */
static bool arn_matches(const struct policy_pattern fields[POLICY_ARN_FIELDS], struct str have,
                        const struct policy_values *values)
{
    for (int i = 0; i < POLICY_ARN_FIELDS; i++) {
        struct str field = have;
        if (i < POLICY_ARN_FIELDS - 1 && !str_next(&have, ':', &field)) {
            return false;
        }
        if (str_absent(field) || !policy_pattern_match(&fields[i], field, values)) {
            return false;
        }
    }
    return true;
}

/* One value of the connection against the value of the document at want, negation aside. */
static bool value_matches(const struct policy_condition *c, struct str have,
                          const struct policy_pattern *want, const struct policy_values *values)
{
    double a = 0;
    double b = 0;
    switch (policy_operators[c->op].operand) {
    case POLICY_OPERAND_STRING:
    case POLICY_OPERAND_LIKE:
        return policy_pattern_match(want, have, values);
    case POLICY_OPERAND_NUMBER:
        return number_read(have, &a) && number_read(want->text, &b) && ordered(c->op, a, b);
    case POLICY_OPERAND_DATE:
        return date_read(have, &a) && date_read(want->text, &b) && ordered(c->op, a, b);
    case POLICY_OPERAND_BOOL:
        return str_eq_nocase(have, want->text);
    case POLICY_OPERAND_BINARY:
        return str_eq(without_padding(have), without_padding(want->text));
    case POLICY_OPERAND_ADDRESS:
        return address_in(have, want->text);
    case POLICY_OPERAND_ARN:
        return arn_matches(want, have, values);
    case POLICY_OPERAND_NULL:
        break;
    }
    return false;
}

static bool any_matches(const struct policy_condition *c, struct str have,
                        const struct policy_values *values)
{
    size_t step = policy_operators[c->op].operand == POLICY_OPERAND_ARN ? POLICY_ARN_FIELDS : 1;
    for (size_t i = 0; i < c->n_values; i += step) {
        if (value_matches(c, have, &c->values[i], values)) {
            return true;
        }
    }
    return false;
}

/* Null: "true" demands absence, "false" presence; any of the values may be what is so. */
static bool null_holds(const struct policy_condition *c, bool absent)
{
    for (size_t i = 0; i < c->n_values; i++) {
        if (str_eq_nocase(c->values[i].text, absent ? STR("true") : STR("false"))) {
            return true;
        }
    }
    return false;
}

bool policy_condition_holds(const struct policy_condition *c, const struct policy_values *values)
{
    struct str have[POLICY_VALUES_MAX];
    size_t n = policy_values_get(values, &c->key, have);
    if (c->op == POLICY_OP_NULL) {
        return null_holds(c, n == 0);
    }
    bool negate = negated(c->op);
    if (n == 0) {
        bool vacuous = c->quantifier == POLICY_FOR_ALL_VALUES;
        return c->if_exists || vacuous || (negate && c->quantifier == POLICY_ONE);
    }
    size_t hits = 0;
    for (size_t i = 0; i < n; i++) {
        hits += any_matches(c, have[i], values);
    }
    switch (c->quantifier) {
    case POLICY_FOR_ALL_VALUES:
        return negate ? hits == 0 : hits == n;
    case POLICY_FOR_ANY_VALUE:
        return negate ? hits < n : hits > 0;
    case POLICY_ONE:
        break;
    }
    return negate ? hits == 0 : hits > 0;
}
