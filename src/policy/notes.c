#include "policy/notes.h"

#include <stdio.h>

#include "policy/evaluate.h"

#include "base/banned.h"

enum { ACTION_NAME_MAX = 128 };

struct notes {
    struct arena *mem;
    struct policy_note *items;
    size_t n;
    size_t cap;
    bool variables; /* of the document */
};

static enum status add(struct notes *notes, const struct policy_note *note, struct why *why)
{
    for (size_t i = notes->n; i > 0 && notes->items[i - 1].statement == note->statement; i--) {
        const struct policy_note *other = &notes->items[i - 1];
        if (other->kind == note->kind && other->op == note->op && str_eq(other->text, note->text)) {
            return STATUS_OK;
        }
    }
    if (notes->n == notes->cap) {
        size_t cap = notes->cap == 0 ? 4 : notes->cap * 2;
        struct policy_note *items =
            arena_grow(notes->mem, notes->items, notes->n * sizeof *items, cap * sizeof *items);
        TRY_PTR(items);
        notes->items = items;
        notes->cap = cap;
    }
    notes->items[notes->n++] = *note;
    return STATUS_OK;
}

static bool covers_an_admin_action(struct str action)
{
    size_t at = 0;
    for (struct str own = policy_admin_next(&at); !str_absent(own); own = policy_admin_next(&at)) {
        char name[ACTION_NAME_MAX];
        int n = snprintf(name, sizeof name, "iot:%.*s", STR_ARG(own));
        if (policy_action_matches(action, (struct str){name, (size_t)n})) {
            return true;
        }
    }
    return false;
}

/* Actions of other services are nobody's slip of the pen; they are left alone. */
static bool covers_nothing(struct str action)
{
    bool ours = str_eq_nocase(str_slice(action, 0, 4), STR("iot:")) ||
                str_eq_nocase(str_slice(action, 0, 12), STR("iotjobsdata:"));
    return ours && policy_actions_covered(action) == 0 && !covers_an_admin_action(action);
}

static enum status note_actions(struct notes *notes, const struct policy_statement *s,
                                uint32_t index, struct why *why)
{
    for (size_t i = 0; i < s->n_actions; i++) {
        struct policy_note note = {POLICY_NOTE_ACTION, index, s->action_texts[i], 0};
        if (covers_nothing(s->action_texts[i])) {
            TRY(add(notes, &note, why));
        }
    }
    return STATUS_OK;
}

static bool begins_variable(struct str text)
{
    for (size_t at = str_find_char(text, '$', 0); at < text.len;
         at = str_find_char(text, '$', at + 1)) {
        if (at + 1 < text.len && text.ptr[at + 1] == '{') {
            return true;
        }
    }
    return false;
}

static enum status note_variables(struct notes *notes, const struct policy_pattern *patterns,
                                  size_t n, uint32_t index, struct why *why)
{
    for (size_t i = 0; i < n; i++) {
        struct policy_note literal = {POLICY_NOTE_LITERAL, index, patterns[i].text, 0};
        if (!notes->variables && begins_variable(patterns[i].text)) {
            TRY(add(notes, &literal, why));
        }
        for (uint32_t t = 0; t < patterns[i].n_tokens; t++) {
            const struct policy_token *token = &patterns[i].tokens[t];
            struct policy_note note = {POLICY_NOTE_VARIABLE, index, token->text, 0};
            if (token->kind == POLICY_VARIABLE && token->key == POLICY_KEY_OTHER) {
                TRY(add(notes, &note, why));
            }
        }
    }
    return STATUS_OK;
}

static enum status note_values(struct notes *notes, const struct policy_condition *c,
                               uint32_t index, struct why *why)
{
    TRY(note_variables(notes, c->values, c->n_values, index, why));
    for (size_t i = 0; i < c->n_values; i++) {
        struct policy_note note = {POLICY_NOTE_VALUE, index, c->values[i].text, c->op};
        if (!policy_condition_reads(c->op, c->values[i].text)) {
            TRY(add(notes, &note, why));
        }
    }
    return STATUS_OK;
}

enum status policy_notes_find(struct arena *mem, const struct policy_doc *doc,
                              const struct policy_note **ret, size_t *ret_n, struct why *why)
{
    struct notes notes = {.mem = mem, .variables = doc->variables};
    for (uint32_t i = 0; i < doc->n_statements; i++) {
        const struct policy_statement *s = &doc->statements[i];
        TRY(note_actions(&notes, s, i, why));
        TRY(note_variables(&notes, s->resources, s->n_resources, i, why));
        for (size_t c = 0; c < s->n_conditions; c++) {
            TRY(note_values(&notes, &s->conditions[c], i, why));
        }
    }
    *ret = notes.items;
    *ret_n = notes.n;
    return STATUS_OK;
}

/* What an operator reads, of those that cannot read every text. */
static const char *readable(enum policy_operator op)
{
    switch (policy_operators[op].operand) {
    case POLICY_OPERAND_NUMBER:
        return "a number";
    case POLICY_OPERAND_DATE:
        return "a moment (RFC 3339, or seconds since 1970)";
    case POLICY_OPERAND_ADDRESS:
        return "an address or a CIDR block";
    default:
        return "true or false";
    }
}

void policy_note_explain(struct buf *out, const struct policy_note *note)
{
    buf_put_fmt(out, "Statement %u: ", note->statement);
    switch (note->kind) {
    case POLICY_NOTE_ACTION:
        buf_put_fmt(out, "\"%.*s\" is no known action, so it covers none.", STR_ARG(note->text));
        break;
    case POLICY_NOTE_VARIABLE:
        buf_put_fmt(out, "no connection has a value for ${%.*s}, so what holds it matches nothing.",
                    STR_ARG(note->text));
        break;
    case POLICY_NOTE_LITERAL:
        buf_put_fmt(out,
                    "\"%.*s\" is taken as it stands: variables need \"Version\": \"2012-10-17\".",
                    STR_ARG(note->text));
        break;
    case POLICY_NOTE_VALUE:
        buf_put_fmt(out, "%.*s cannot read \"%.*s\" as %s, so that value equals nothing.",
                    STR_ARG(policy_operators[note->op].name), STR_ARG(note->text),
                    readable(note->op));
        break;
    }
}
