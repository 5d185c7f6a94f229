#include "lib/check.h"

#include "collect/places.h"

static void services_answer_where_aws_has_them(void **state)
{
    (void)state;
    static const struct {
        const char *region;
        enum service_id service;
        const char *url;
        const char *signed_for;
    } rows[] = {
        {"eu-west-1", SERVICE_iot, "https://iot.eu-west-1.amazonaws.com", "eu-west-1"},
        {"eu-west-1", SERVICE_iam, "https://iam.amazonaws.com", "us-east-1"},
        {"eu-west-1", SERVICE_cognito, "https://cognito-identity.eu-west-1.amazonaws.com",
         "eu-west-1"},
        {"us-east-1", SERVICE_logs, "https://logs.us-east-1.amazonaws.com", "us-east-1"},
        {"cn-north-1", SERVICE_iot, "https://iot.cn-north-1.amazonaws.com.cn", "cn-north-1"},
        {"cn-northwest-1", SERVICE_iam, "https://iam.cn-north-1.amazonaws.com.cn", "cn-north-1"},
        {"us-gov-east-1", SERVICE_sts, "https://sts.us-gov-east-1.amazonaws.com", "us-gov-east-1"},
        {"us-gov-east-1", SERVICE_iam, "https://iam.us-gov.amazonaws.com", "us-gov-west-1"},
    };
    AUTO_ARENA *mem = arena_new(1 << 16);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct places places = {.region = str_from(rows[i].region)};
        struct service_place place;
        CHECK_OK(place_of(&places, rows[i].service, mem, &place, NULL));
        CHECK_STR(place.url, rows[i].url);
        CHECK_STR(place.region, rows[i].signed_for);
    }
}

static void what_is_given_wins(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 16);
    struct places places = {.region = STR("eu-west-1"), .all = STR("http://127.0.0.1:4566//")};
    struct service_place place;
    CHECK_OK(place_of(&places, SERVICE_iot, mem, &place, NULL));
    CHECK_STR(place.url, "http://127.0.0.1:4566");
    places.single[SERVICE_iot] = STR("https://vpce.example");
    CHECK_OK(place_of(&places, SERVICE_iot, mem, &place, NULL));
    CHECK_STR(place.url, "https://vpce.example");
    CHECK_OK(place_of(&places, SERVICE_logs, mem, &place, NULL));
    CHECK_STR(place.url, "http://127.0.0.1:4566");
}

static void a_region_that_is_no_name_is_refused(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 16);
    static const char *const regions[] = {"", "EU", "eu west", "a.example/", "x#"};
    for (size_t i = 0; i < sizeof regions / sizeof regions[0]; i++) {
        const struct places places = {.region = str_from(regions[i])};
        struct service_place place;
        CHECK_STATUS(place_of(&places, SERVICE_iot, mem, &place, NULL), STATUS_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(services_answer_where_aws_has_them),
        cmocka_unit_test(what_is_given_wins),
        cmocka_unit_test(a_region_that_is_no_name_is_refused),
    };
    return RUN_TESTS("places", tests);
}
