/* fuzz_template.c: the first line is J, F or anything (who uses it), the second the value that
 * every parameter gets, the rest a template. What can be read can be filled or is refused with a
 * place; a value never brings a character into a policy that would change it. */
#include <stdint.h>
#include <stdlib.h>

#include "template/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FUZZ_MEMORY = 16 << 20, VALUES_MAX = 64 };

static void check_refusal(enum status status, const struct why *why)
{
    if (status == STATUS_NO_MEMORY) {
        return;
    }
    if (status != STATUS_INVALID || why->code != status || why->text[0] == '\0') {
        abort();
    }
}

static void check_filled(const struct template_filled *filled)
{
    if (!str_absent(filled->thing.id) && filled->thing.name.len == 0) {
        abort();
    }
    if (!str_absent(filled->certificate.id) && str_absent(filled->certificate.status)) {
        abort();
    }
    if (filled->n_policies > TEMPLATE_POLICIES_MAX) {
        abort();
    }
}

static void fill(struct arena *mem, const struct template *template, struct str value)
{
    struct template_pair values[VALUES_MAX];
    size_t n = 0;
    struct template_filled filled;
    struct why why = {.code = STATUS_OK};
    for (; n < template->n_parameters && n < VALUES_MAX - 1; n++) {
        values[n] = (struct template_pair){template->parameters[n].name, value};
    }
    values[n++] = (struct template_pair){STR("AWS::IoT::Certificate::Id"), value};
    enum status status = template_fill(mem, template, values, n, &filled, &why);
    if (status != STATUS_OK) {
        check_refusal(status, &why);
        return;
    }
    check_filled(&filled);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA *mem = arena_new(FUZZ_MEMORY);
    struct str rest = {(const char *)data, size};
    struct str use = STR_ABSENT;
    struct str value = STR_ABSENT;
    const struct template *template;
    struct template_filled fixed;
    struct why why = {.code = STATUS_OK};
    if (mem == NULL || !str_next(&rest, '\n', &use) || !str_next(&rest, '\n', &value)) {
        return 0;
    }
    enum template_use kind = str_starts(use, STR("J"))   ? TEMPLATE_JITP
                             : str_starts(use, STR("F")) ? TEMPLATE_FLEET
                                                         : TEMPLATE_ONCE;
    rest = str_absent(rest) ? STR("") : rest;
    enum status status = template_read(mem, rest, kind, &template, &fixed, &why);
    if (status != STATUS_OK) {
        check_refusal(status, &why);
        return 0;
    }
    fill(mem, template, value);
    return 0;
}
