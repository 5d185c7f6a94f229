#include "policy/explain.h"

#include "base/banned.h"

#define THING_NAME "${iot:Connection.Thing.ThingName}"
#define ANY_NAME   "<any>"

enum { ACTIONS_SHOWN = 3 }; /* of those that one witness shows */

void policy_explain_actions(struct buf *out, const struct policy_broad_fact *facts, size_t n)
{
    buf_put_str(out, STR("Policy allows broad access to IoT data plane actions: ["));
    for (size_t i = 0; i < n; i++) {
        buf_put_fmt(out, "%siot:%.*s", i == 0 ? "" : ", ",
                    STR_ARG(policy_actions[facts[i].action].name));
    }
    buf_put_str(out, STR("]."));
}

/* The actions of facts[0..n), which have one witness: some by name, the rest as a number. */
static void put_shared_witness(struct buf *out, const struct policy_broad_fact *facts, size_t n)
{
    size_t shown = n <= ACTIONS_SHOWN + 1 ? n : ACTIONS_SHOWN; /* "and 1 more" saves nothing */
    for (size_t i = 0; i < shown; i++) {
        buf_put_fmt(out, "%siot:%.*s", i == 0 ? "" : ", ",
                    STR_ARG(policy_actions[facts[i].action].name));
    }
    if (shown < n) {
        buf_put_fmt(out, " and %zu more", n - shown);
    }
    buf_put_fmt(out, " on %.*s", STR_ARG(facts[0].witness));
}

void policy_explain_broad(struct buf *out, const struct policy_broad_fact *facts, size_t n)
{
    buf_put_fmt(out, "Statement %u allows a device to act for devices that are not its own: ",
                facts[0].statement);
    for (size_t i = 0, end = 0; i < n; i = end) {
        for (end = i; end < n && str_eq(facts[end].witness, facts[i].witness);) {
            end++;
        }
        buf_put_str(out, i == 0 ? STR("") : STR("; "));
        put_shared_witness(out, &facts[i], end - i);
    }
    if (facts[0].not_resource) {
        buf_put_fmt(out, ". It allows all resources but those it names (NotResource \"%.*s\").",
                    STR_ARG(facts[0].resource));
    } else {
        buf_put_fmt(out, ". The resource \"%.*s\" describes them; <any> is any name.",
                    STR_ARG(facts[0].resource));
    }
}

/* What the resource says before its sixth field, or a placeholder. */
static void put_arn_head(struct buf *out, struct str resource)
{
    size_t at = 0;
    for (int colons = 0; colons < 5; colons++) {
        size_t colon = str_find_char(resource, ':', at);
        if (colon == resource.len) {
            buf_put_str(out, STR("arn:aws:iot:REGION:ACCOUNT:"));
            return;
        }
        at = colon + 1;
    }
    buf_put_str(out, str_slice(resource, 0, at));
}

/* The place of ANY_NAME in the witness; its length when the witness has none. */
static size_t find_any(struct str witness)
{
    size_t at = str_find_char(witness, '<', 0);
    while (at < witness.len &&
           !str_eq(str_slice(witness, at, at + strlen(ANY_NAME)), STR(ANY_NAME))) {
        at = str_find_char(witness, '<', at + 1);
    }
    return at;
}

enum { OWN_RESOURCE_MAX = 8192 }; /* a policy's text is shorter */

/* The device's own resource of the kind that the fact's witness has. */
static void put_own_resource(struct buf *out, const struct policy_broad_fact *fact)
{
    size_t any = find_any(fact->witness);
    bool topic = str_starts(fact->witness, STR("topic"));
    bool open = str_ends(fact->resource, STR("*"));
    buf_put_char(out, '"');
    put_arn_head(out, fact->resource);
    if (any == fact->witness.len) { /* a filter with `+` or `#` */
        buf_put_str(out, STR("topicfilter/$aws/things/" THING_NAME "/*"));
    } else {
        buf_put_str(out, str_slice(fact->witness, 0, any));
        buf_put_str(out, STR(THING_NAME));
        buf_put_str(out, topic && open
                             ? STR("/*")
                             : str_slice(fact->witness, any + strlen(ANY_NAME), fact->witness.len));
    }
    buf_put_char(out, '"');
}

static bool is_among(const struct str *texts, size_t n, struct str text)
{
    bool found = false;
    for (size_t i = 0; i < n && !found; i++) {
        found = str_eq(texts[i], text);
    }
    return found;
}

void policy_fix_broad(struct buf *out, const struct policy_doc *doc,
                      const struct policy_broad_fact *facts, size_t n)
{
    buf_put_fmt(out, "In statement %u, instead of ", facts[0].statement);
    buf_put_str(out, facts[0].not_resource ? STR("NotResource name what the device needs, such as ")
                                           : STR("that resource write "));
    struct str said[POLICY_ACTION_COUNT];
    size_t n_said = 0;
    for (size_t i = 0; i < n && n_said < POLICY_ACTION_COUNT; i++) {
        struct buf text;
        buf_init(&text, out->mem, OWN_RESOURCE_MAX);
        put_own_resource(&text, &facts[i]);
        struct str own = buf_view(&text);
        if (buf_status(&text) != STATUS_OK) {
            buf_fail(out, buf_status(&text));
        } else if (!is_among(said, n_said, own)) {
            buf_put_str(out, n_said == 0 ? STR("") : STR(", "));
            buf_put_str(out, own);
            said[n_said++] = own;
        }
    }
    buf_put_str(out, STR(", so that each device reaches its own only."));
    if (!doc->variables) {
        buf_put_str(out, STR(" Variables need \"Version\": \"2012-10-17\"."));
    }
}

void policy_explain_misconfig(struct buf *out, const struct policy_misconfig_fact *fact)
{
    if (fact->kind == POLICY_MQTT_WILDCARD_IN_DENY) {
        buf_put_fmt(
            out,
            "Statement %u denies \"%.*s\". In a policy `+` and `#` are plain characters, so "
            "this forbids that one text and nothing that it would match in MQTT.",
            fact->statement, STR_ARG(fact->resource));
        return;
    }
    buf_put_fmt(out,
                "Statement %u denies subscribing to \"%.*s\", but statement %u allows the wider "
                "filter %.*s, and through it the device receives %.*s.",
                fact->statement, STR_ARG(fact->resource), fact->allowed_by, STR_ARG(fact->filter),
                STR_ARG(fact->topic));
}

void policy_fix_misconfig(struct buf *out, const struct policy_misconfig_fact *fact)
{
    if (fact->kind == POLICY_MQTT_WILDCARD_IN_DENY) {
        buf_put_fmt(out,
                    "In statement %u, write `*` where `+` or `#` stands; and deny iot:Receive on "
                    "the same topics.",
                    fact->statement);
        return;
    }
    struct str resource = fact->resource;
    size_t at = str_find_char(resource, '/', 0);
    buf_put_str(out, STR("Add a statement that denies iot:Receive on \""));
    put_arn_head(out, resource);
    buf_put_fmt(out, "topic%.*s\"; deliveries are judged by their topic, not by the filter.",
                STR_ARG(str_slice(resource, at, resource.len)));
}

struct reach_words {
    const char *able;  /* "may publish to" */
    const char *never; /* "can never publish to what the pattern describes" */
};

static const struct reach_words reach_words[] = {
    [POLICY_REACH_RECEIVE] = {"may receive", "receive"},
    [POLICY_REACH_PUBLISH] = {"may publish to", "publish to"},
    [POLICY_REACH_SUBSCRIBE] = {"may subscribe to", "subscribe to"},
    [POLICY_REACH_CONNECT] = {"may connect as", "connect as"},
};

static void put_condition_note(struct buf *out, const struct policy_doc *doc, uint32_t statement)
{
    if (doc->statements[statement].n_conditions > 0) {
        buf_put_str(out, STR(" when its conditions hold"));
    }
}

static void explain_reachable(struct buf *out, const struct policy_doc *doc,
                              enum policy_reach_kind kind, const struct policy_reach *reach)
{
    buf_put_fmt(out, "A device %s %.*s: statement %u allows it", reach_words[kind].able,
                STR_ARG(reach->word), reach->allowed_by);
    put_condition_note(out, doc, reach->allowed_by);
    if (kind == POLICY_REACH_RECEIVE) {
        buf_put_fmt(out, ", and statement %u lets it subscribe to %.*s, which matches",
                    reach->subscribed_by, STR_ARG(reach->filter));
        put_condition_note(out, doc, reach->subscribed_by);
    }
    buf_put_char(out, '.');
    for (size_t i = 0; i < reach->n_values; i++) {
        buf_put_fmt(out, " So it is where %.*s is %.*s.", STR_ARG(reach->values[i].key),
                    STR_ARG(reach->values[i].value));
    }
}

static void explain_barrier(struct buf *out, const struct policy_reach *reach)
{
    switch (reach->barrier) {
    case POLICY_BARRIER_NO_ALLOW:
        buf_put_fmt(out, "No Allow statement covers iot:%.*s on any of it.",
                    STR_ARG(policy_actions[reach->action].name));
        return;
    case POLICY_BARRIER_NO_DELIVERY:
        buf_put_str(out, STR("iot:Receive is allowed, but no filter that iot:Subscribe is allowed "
                             "on matches a topic that may be received."));
        return;
    case POLICY_BARRIER_DENIED:
        break;
    }
    if (reach->n_denied_by == 0) {
        buf_put_str(out, STR("The policy allows it for no device that may connect."));
        return;
    }
    buf_put_str(out, reach->n_denied_by == 1 ? STR("Denied by statement ")
                                             : STR("Denied by statements "));
    for (size_t i = 0; i < reach->n_denied_by; i++) {
        buf_put_fmt(out, "%s%u", i == 0 ? "" : ", ", reach->denied_by[i]);
    }
    buf_put_char(out, '.');
}

void policy_explain_reach(struct buf *out, const struct policy_doc *doc,
                          enum policy_reach_kind kind, const struct policy_reach *reach)
{
    if (reach->reachable) {
        explain_reachable(out, doc, kind, reach);
        return;
    }
    buf_put_fmt(out, "A device can never %s what the pattern describes. ", reach_words[kind].never);
    explain_barrier(out, reach);
}
