/* The operators of conditions, each against values that hold, fail and are absent. */
#include "policy/evaluate.h"
#include "unit/policy/vectors.h"

struct row {
    const char *condition; /* "Operator": values */
    const char *have[3];   /* of the key "k" */
    bool holds;
};

static size_t have_get(const void *ctx, const struct policy_key *key, struct str *ret, size_t max)
{
    const char *const *have = ctx;
    size_t n = 0;
    if (str_eq(key->name, STR("iot:ClientId"))) {
        ret[0] = STR("Me");
        return 1;
    }
    while (str_eq(key->name, STR("k")) && n < max && n < 3 && have[n] != NULL) {
        ret[n] = str_from(have[n]);
        n++;
    }
    return n;
}

#define OP(op, values) "\"" op "\":{\"k\":" values "}"

static const struct row rows[] = {
    {OP("StringEquals", "[\"a\",\"b\"]"), {"b"}, true},
    {OP("StringEquals", "\"*\""), {"b"}, false},
    {OP("StringEquals", "\"a\""), {"A"}, false},
    {OP("StringEquals", "\"a\""), {NULL}, false},
    {OP("StringEquals", "\"${iot:ClientId}\""), {"Me"}, true},
    {OP("StringEquals", "\"${iot:Other}\""), {"Me"}, false},
    {OP("StringEquals", "[]"), {"a"}, false},
    {OP("StringNotEquals", "[\"a\",\"b\"]"), {"b"}, false},
    {OP("StringNotEquals", "[\"a\",\"b\"]"), {"c"}, true},
    {OP("StringNotEquals", "\"a\""), {NULL}, true},
    {OP("StringEqualsIgnoreCase", "\"${iot:ClientId}x\""), {"MEX"}, true},
    {OP("StringNotEqualsIgnoreCase", "\"ab\""), {"AB"}, false},
    {OP("StringLike", "\"a*/?\""), {"ab/c"}, true},
    {OP("StringLike", "\"a*/?\""), {"ab/"}, false},
    {OP("StringNotLike", "\"a*\""), {"ab"}, false},
    {OP("NumericEquals", "\"10\""), {"1e1"}, true},
    {OP("NumericNotEquals", "10"), {"11"}, true},
    {OP("NumericLessThan", "10"), {"9.5"}, true},
    {OP("NumericLessThan", "10"), {"10"}, false},
    {OP("NumericLessThanEquals", "10"), {"10"}, true},
    {OP("NumericGreaterThan", "10"), {"11"}, true},
    {OP("NumericGreaterThanEquals", "10"), {"9"}, false},
    {OP("NumericEquals", "\"nan\""), {"nan"}, false},
    {OP("NumericEquals", "\"0x10\""), {"16"}, false},
    {OP("DateLessThan", "\"2026-01-02T00:00:00Z\""), {"2026-01-01T23:59:59Z"}, true},
    {OP("DateGreaterThan", "\"2026-01-02T00:00:00Z\""), {"2026-01-01T23:59:59Z"}, false},
    {OP("DateEquals", "\"1970-01-01T00:01:00Z\""), {"60"}, true},
    {OP("DateNotEquals", "\"1970-01-01T00:01:00Z\""), {"60"}, false},
    {OP("DateLessThanEquals", "\"soon\""), {"60"}, false},
    {OP("DateGreaterThanEquals", "\"1970-01-01\""), {"0"}, true},
    {OP("Bool", "\"true\""), {"true"}, true},
    {OP("Bool", "[\"true\"]"), {"false"}, false},
    {OP("Bool", "true"), {"true"}, true},
    {OP("Bool", "\"false\""), {NULL}, false},
    {OP("BinaryEquals", "\"QmluYQ==\""), {"QmluYQ=="}, true},
    {OP("BinaryEquals", "\"QmluYQ==\""), {"QmluYg=="}, false},
    {OP("IpAddress", "\"10.1.0.0/16\""), {"10.1.2.3"}, true},
    {OP("IpAddress", "\"10.1.0.0/17\""), {"10.1.128.1"}, false},
    {OP("IpAddress", "\"10.1.2.3\""), {"10.1.2.3"}, true},
    {OP("IpAddress", "\"2001:db8::/33\""), {"2001:db8:7fff::1"}, true},
    {OP("IpAddress", "\"2001:db8::/33\""), {"2001:db8:8000::1"}, false},
    {OP("IpAddress", "\"0.0.0.0/0\""), {"::1"}, false},
    {OP("IpAddress", "\"10.0.0.0/33\""), {"10.0.0.1"}, false},
    {OP("NotIpAddress", "\"10.0.0.0/8\""), {"10.0.0.1"}, false},
    {OP("NotIpAddress", "\"10.0.0.0/8\""), {"11.0.0.1"}, true},
    {OP("ArnEquals", "\"arn:aws:iot:*:*:topic/a*\""), {"arn:aws:iot:r:1:topic/a:b"}, true},
    {OP("ArnLike", "\"arn:aws:iot:*:topic/a\""), {"arn:aws:iot:r:1:topic/a"}, false},
    {OP("ArnLike", "\"arn:*:*:*:*:topic/${iot:ClientId}\""), {"arn:aws:iot:r:1:topic/Me"}, true},
    {OP("ArnNotLike", "\"arn:aws:iot:*:*:topic/a\""), {"arn:aws:iot:r:1:topic/a"}, false},
    {OP("ArnNotEquals", "\"arn:aws:iot:*:*:topic/a\""), {"arn:aws:iot:r:1:topic/b"}, true},
    {OP("Null", "\"true\""), {NULL}, true},
    {OP("Null", "\"true\""), {"a"}, false},
    {OP("Null", "\"false\""), {"a"}, true},
    {OP("StringEqualsIfExists", "\"a\""), {NULL}, true},
    {OP("StringEqualsIfExists", "\"a\""), {"b"}, false},
    {OP("ForAllValues:StringEquals", "[\"a\",\"b\"]"), {"a", "b"}, true},
    {OP("ForAllValues:StringEquals", "[\"a\",\"b\"]"), {"a", "c"}, false},
    {OP("ForAllValues:StringEquals", "\"a\""), {NULL}, true},
    {OP("ForAllValues:StringNotEquals", "\"a\""), {"b", "a"}, false},
    {OP("ForAnyValue:StringEquals", "\"a\""), {"b", "a"}, true},
    {OP("ForAnyValue:StringEquals", "\"a\""), {NULL}, false},
    {OP("ForAnyValue:StringNotEquals", "\"a\""), {"a", "b"}, true},
    {OP("ForAnyValue:StringNotEquals", "\"a\""), {NULL}, false},
    {OP("ForAnyValue:StringLikeIfExists", "\"a*\""), {NULL}, true},
    {OP("StringEquals", "\"a\"") "," OP("StringLike", "\"b\""), {"a"}, false},
};

static void each_operator_holds_where_it_should(void **state)
{
    (void)state;
    bool seen[POLICY_OPERATOR_COUNT] = {false};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_ARENA *mem = arena_new(1 << 20);
        struct str text;
        CHECK_OK(
            str_fmt(mem, &text, NULL,
                    "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":"
                    "\"*\",\"Resource\":\"*\",\"Condition\":{%s}}}",
                    rows[i].condition));
        const struct policy_statement *s = &doc_of(mem, text)->statements[0];
        struct policy_values values = {have_get, rows[i].have};
        bool holds = true;
        for (size_t c = 0; c < s->n_conditions; c++) {
            seen[s->conditions[c].op] = true;
            holds = holds && policy_condition_holds(&s->conditions[c], &values);
        }
        if (holds != rows[i].holds) {
            fail_msg("%s with %s", rows[i].condition,
                     rows[i].have[0] == NULL ? "nothing" : rows[i].have[0]);
        }
    }
    for (int op = 0; op < POLICY_OPERATOR_COUNT; op++) {
        if (!seen[op]) {
            fail_msg("no row for %s", policy_operators[op].name.ptr);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_operator_holds_where_it_should),
    };
    return RUN_TESTS("condition", tests);
}
