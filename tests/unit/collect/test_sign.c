#include "lib/check.h"

#include "collect/sign.h"

/* 2015-08-30T12:36:00Z, the moment of AWS's own examples. */
enum { MOMENT_S = 1440938160 };

static const struct sign_key key = {.access_key = STR_INIT("AKIDEXAMPLE"),
                                    .secret = STR_INIT("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")};

static struct str sign(struct arena *mem, struct sign_request request, struct str token)
{
    struct sign_key with = key;
    struct signature signature;
    with.token = token;
    request.host = STR("example.amazonaws.com");
    request.region = STR("us-east-1");
    request.service = STR("service");
    request.now = MOMENT_S * INT64_C(1000);
    CHECK_OK(sign_request(&with, &request, mem, &signature, NULL));
    CHECK_STR(str_from(signature.moment), "20150830T123600Z");
    return signature.authorization;
}

/* "get-vanilla" and "get-vanilla-query-order-key-case" of AWS's Signature Version 4 test suite. */
static void signatures_are_those_of_the_test_suite(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    const struct sign_request vanilla = {.method = STR("GET"), .path = STR("/"), .query = STR("")};
    CHECK_STR(sign(mem, vanilla, STR_ABSENT),
              "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
              "SignedHeaders=host;x-amz-date, Signature="
              "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
    const struct sign_request query = {
        .method = STR("GET"), .path = STR("/"), .query = STR("Param1=value1&Param2=value2")};
    CHECK_STR(sign(mem, query, STR_ABSENT),
              "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
              "SignedHeaders=host;x-amz-date, Signature="
              "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
}

static void every_header_that_is_sent_is_signed_in_order(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    const struct http_header headers[] = {{STR("X-Amz-Target"), STR(" a ")},
                                          {STR("Content-Type"), STR("b")}};
    struct sign_request request = {.method = STR("POST"),
                                   .path = STR("/"),
                                   .query = STR(""),
                                   .body = STR("{}"),
                                   .headers = headers,
                                   .n_headers = 2};
    struct str text = sign(mem, request, STR("token"));
    struct str names =
        STR("SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target,");
    bool found = false;
    for (size_t i = 0; i < text.len; i++) {
        found = found || str_starts(str_slice(text, i, text.len), names);
    }
    assert_true(found);
    request.n_headers = SIGN_HEADERS_MAX + 1;
    struct signature signature;
    CHECK_STATUS(sign_request(&key, &request, mem, &signature, NULL), STATUS_INTERNAL);
}

/* A path is encoded for the request line, and once more to be signed. */
static void a_path_is_signed_as_it_is_encoded_twice(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    const struct sign_request plain = {.method = STR("GET"), .path = STR("/a"), .query = STR("")};
    const struct sign_request odd = {.method = STR("GET"), .path = STR("/a%3Db"), .query = STR("")};
    const struct sign_request twice = {.method = STR("GET"), .path = STR("/a=b"), .query = STR("")};
    struct str a = sign(mem, odd, STR_ABSENT);
    assert_false(str_eq(a, sign(mem, twice, STR_ABSENT)));
    assert_false(str_eq(a, sign(mem, plain, STR_ABSENT)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signatures_are_those_of_the_test_suite),
        cmocka_unit_test(every_header_that_is_sent_is_signed_in_order),
        cmocka_unit_test(a_path_is_signed_as_it_is_encoded_twice),
    };
    return RUN_TESTS("sign", tests);
}
