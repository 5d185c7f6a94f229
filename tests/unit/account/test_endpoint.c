#include "account/endpoint.h"

#include "fixture.h"

static void every_type_answers_the_configured_address(void **state)
{
    struct fixture *f = *state;
    const char *const types[] = {NULL, "iot:Data", "iot:Data-ATS", "iot:CredentialProvider",
                                 "iot:Jobs"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct str address;
        CHECK_OK(endpoint_get(&f->ctx, str_from(types[i]), &address, &f->why));
        CHECK_STR(address, "broker.example.org");
    }
}

static void other_types_and_no_address_are_refused(void **state)
{
    struct fixture *f = *state;
    struct str address;
    const char *const bad[] = {"", "iot:data", "iot:Data-ats", "Data", "iot:Data-ATS "};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_REFUSED(f, STATUS_INVALID, "does not exist; the types are iot:Data",
                      endpoint_get(&f->ctx, str_from(bad[i]), &address, &f->why));
    }
    f->ctx.endpoint = STR_ABSENT;
    CHECK_REFUSED(f, STATUS_NOT_CONFIGURED, "is not configured",
                  endpoint_get(&f->ctx, STR_ABSENT, &address, &f->why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_type_answers_the_configured_address),
        TEST(other_types_and_no_address_are_refused),
    };
    return RUN_TESTS("account/endpoint", tests);
}
