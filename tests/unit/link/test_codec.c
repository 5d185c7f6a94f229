/* test_codec.c: the bytes of the broker link, written and read. */
#include "link/codec.h"

#include "base/limits.h"
#include "lib/check.h"

#include "base/banned.h"

enum { ROOM = 4096 };

static const uint8_t digest[LINK_DIGEST_BYTES] = {1, 2, 3};

static struct bytes bytes_at(const void *ptr, size_t len)
{
    return (struct bytes){ptr, len};
}

/* Reads what out holds as one frame of that direction. */
static struct link_message read_back(const struct link_out *out, enum link_way way)
{
    struct bytes frame;
    size_t used = 0;
    struct link_message message;
    struct why why = {0};
    CHECK_OK(link_frame(bytes_at(out->ptr, out->len), &frame, &used, &why));
    assert_non_null(frame.ptr);
    assert_int_equal(used, out->len);
    if (link_decode(frame, way, &message, &why) != STATUS_OK) {
        fail_msg("%s", why.text);
    }
    return message;
}

static void every_kind_of_field_comes_back(void **state)
{
    (void)state;
    uint8_t room[ROOM];
    uint8_t attributes[64];
    uint8_t numbers[64];
    uint8_t things[256];
    struct link_rows a = link_rows_of(attributes, sizeof attributes);
    assert_true(link_rows_add_attribute(&a, &(struct link_attribute){STR("place"), STR("hall")}));
    assert_true(link_rows_add_attribute(&a, &(struct link_attribute){STR("empty"), STR("")}));
    struct link_rows n = link_rows_of(numbers, sizeof numbers);
    assert_true(link_rows_add_number(&n, &(struct link_number){UINT64_MAX}));
    struct link_rows t = link_rows_of(things, sizeof things);
    assert_true(link_rows_add_thing(
        &t, &(struct link_thing){STR("lamp"), STR_ABSENT, link_rows_list(&a), 1, {0}}));
    struct link_principal sent = {
        .fingerprint = bytes_at(digest, sizeof digest),
        .state = LINK_CERTIFICATE_PENDING_TRANSFER,
        .not_before = -1,
        .not_after = INT64_MAX,
        .revoked = TIME_NEVER,
        .policies = link_rows_list(&n),
        .things = link_rows_list(&t),
    };
    struct link_out out = link_out_of(room, sizeof room);
    assert_true(link_put_principal(&out, &sent));
    assert_int_equal(out.len, link_size(LINK_PRINCIPAL, &sent));

    struct link_message got = read_back(&out, LINK_DOWN);
    const struct link_principal *p = &got.as.principal;
    assert_int_equal(got.type, LINK_PRINCIPAL);
    assert_memory_equal(p->fingerprint.ptr, digest, sizeof digest);
    assert_int_equal(p->state, LINK_CERTIFICATE_PENDING_TRANSFER);
    assert_true(p->not_before == -1 && p->not_after == INT64_MAX && p->revoked == TIME_NEVER);

    struct link_list rest = p->policies;
    struct link_number number;
    assert_true(link_list_next_number(&rest, &number));
    assert_true(number.value == UINT64_MAX);
    assert_false(link_list_next_number(&rest, &number));

    struct link_thing thing;
    struct link_attribute attribute;
    rest = p->things;
    assert_true(link_list_next_thing(&rest, &thing));
    assert_false(link_list_next_thing(&rest, &thing));
    CHECK_STR(thing.name, "lamp");
    assert_true(str_absent(thing.type));
    assert_int_equal(thing.exclusive, 1);
    assert_int_equal(thing.policies.n, 0);
    rest = thing.attributes;
    assert_true(link_list_next_attribute(&rest, &attribute));
    CHECK_STR(attribute.value, "hall");
    assert_true(link_list_next_attribute(&rest, &attribute));
    assert_true(!str_absent(attribute.value) && attribute.value.len == 0);
}

static void numbers_take_as_many_bytes_as_they_need(void **state)
{
    (void)state;
    static const struct {
        int64_t number;
        size_t bytes;
    } rows[] = {{0, 1},   {-1, 1},         {63, 1},         {-64, 1},           {64, 2},
                {-65, 2}, {INT64_MAX, 10}, {INT64_MIN, 10}, {INT64_MIN + 1, 10}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t room[ROOM];
        struct link_out out = link_out_of(room, sizeof room);
        assert_true(link_put_state(&out, &(struct link_state){0, rows[i].number}));
        assert_int_equal(out.len, LINK_LENGTH_BYTES + 1 + 1 + rows[i].bytes);
        assert_true(read_back(&out, LINK_DOWN).as.state.decided == rows[i].number);
    }
}

static void a_frame_that_does_not_fit_leaves_what_was_there(void **state)
{
    (void)state;
    uint8_t room[64];
    for (size_t cap = 0; cap < sizeof room; cap++) {
        struct link_out out = link_out_of(room, cap);
        bool first = link_put_state(&out, &(struct link_state){7, 8});
        size_t len = out.len;
        bool second = link_put_ack(&out, &(struct link_ack){bytes_at(digest, LINK_ID_BYTES), 300});
        assert_int_equal(first, cap >= 7);
        assert_int_equal(second, cap >= 7 + 5 + 17 + 2);
        assert_true(second || out.len == len);
        assert_true(second || out.full);
    }
}

static void a_row_that_does_not_fit_is_left_out_whole(void **state)
{
    (void)state;
    uint8_t room[9];
    struct link_rows rows = link_rows_of(room, sizeof room);
    assert_true(link_rows_add_text(&rows, &(struct link_text){STR("abcde")}));
    assert_false(link_rows_add_text(&rows, &(struct link_text){STR("abcde")}));
    assert_false(link_rows_add_text(&rows, &(struct link_text){STR("")}));
    struct link_list list = link_rows_list(&rows);
    assert_int_equal(list.n, 1);
    assert_int_equal(list.rows.len, 6);
}

static void what_the_table_forbids_is_not_written(void **state)
{
    (void)state;
    uint8_t room[ROOM];
    struct link_out out = link_out_of(room, sizeof room);
    assert_false(link_put_ban(&out, &(struct link_ban){.kind = LINK_BAN_OF_COUNT}));
    assert_true(out.full);
    out = link_out_of(room, sizeof room);
    struct link_principal_gone gone = {bytes_at(digest, sizeof digest - 1)};
    assert_false(link_put_principal_gone(&out, &gone));
    assert_int_equal(link_size(LINK_PRINCIPAL_GONE, &gone), 0);
}

static void a_frame_has_a_largest_length(void **state)
{
    (void)state;
    static char big[LIMIT_LINK_FRAME_BYTES];
    memset(big, 'x', sizeof big);
    /* number 1, id 1, name 1, version 1, length of the document 3 */
    struct link_policy policy = {.document = {big, sizeof big - 7}};
    assert_int_equal(link_size(LINK_POLICY, &policy), LINK_LENGTH_BYTES + LIMIT_LINK_FRAME_BYTES);
    policy.document.len++;
    assert_int_equal(link_size(LINK_POLICY, &policy), 0);

    struct bytes frame;
    size_t used;
    static const uint8_t too_long[] = {1, 0, 0x10, 0, 1};
    static const uint8_t empty[] = {0, 0, 0, 0, 1};
    CHECK_STATUS(link_frame(bytes_at(too_long, 5), &frame, &used, NULL), STATUS_MALFORMED);
    CHECK_STATUS(link_frame(bytes_at(empty, 5), &frame, &used, NULL), STATUS_MALFORMED);
}

static void half_a_frame_is_waited_for(void **state)
{
    (void)state;
    uint8_t room[ROOM];
    struct link_out out = link_out_of(room, sizeof room);
    assert_true(link_put_state(&out, &(struct link_state){7, 8}));
    for (size_t len = 0; len < out.len; len++) {
        struct bytes frame;
        size_t used = 42;
        CHECK_OK(link_frame(bytes_at(room, len), &frame, &used, NULL));
        assert_null(frame.ptr);
        assert_int_equal(used, 0);
    }
}

/* Frames without their length, and a word that the refusal says. */
static void what_no_side_writes_is_refused(void **state)
{
    (void)state;
    static const struct {
        enum link_way way;
        size_t len;
        const char *frame;
        const char *says;
    } rows[] = {
        {LINK_DOWN, 0, "", "no message"},
        {LINK_DOWN, 1, "\x00", "no message"},
        {LINK_DOWN, 1, "\xff", "no message"},
        {LINK_DOWN, 1, "\x20", "no message"},               /* HELLO goes up */
        {LINK_UP, 3, "\x0b\x00\x00", "no message"},         /* STATE goes down */
        {LINK_DOWN, 2, "\x0b\x01", "STATE.decided"},        /* ends */
        {LINK_DOWN, 4, "\x0b\x01\x02\x03", "bytes follow"}, /* goes on */
        {LINK_DOWN, 4, "\x0b\x81\x00\x02", "superfluous"},  /* 1 in two bytes */
        {LINK_DOWN, 12, "\x0b\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02\x00", "64 bits"},
        {LINK_DOWN, 3, "\x06\x02x", "PRINCIPAL_GONE.fingerprint: 1 bytes"},
        {LINK_DOWN, 2, "\x06\x21", "fingerprint"}, /* 32 bytes that are not there */
        {LINK_DOWN, 6, "\x09\x01\x04\x00\x00\x00", "BAN.kind: 4"},
        {LINK_DOWN, 6, "\x03\x01\x02\xff\x01\x00", "no UTF-8"},
        {LINK_DOWN, 6, "\x03\x01\x02\x00\x01\x00", "NUL"},
        {LINK_DOWN, 8, "\x05\x00\x00\x00\x00\x00\x01\x00", "number.value"}, /* a row in no bytes */
        {LINK_DOWN, 10, "\x05\x00\x00\x00\x00\x00\x00\x01\x05\x00", "policies"},
        {LINK_DOWN, 11, "\x05\x00\x00\x00\x00\x00\x00\x00\x01\x01\x02", "thing.name"},
        {LINK_DOWN, 12, "\x05\x00\x00\x00\x00\x00\xff\xff\xff\xff\x0f\x00", "number.value"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct link_message message = {.type = LINK_ACK};
        struct why why = {0};
        CHECK_STATUS(link_decode(bytes_at(rows[i].frame, rows[i].len), rows[i].way, &message, &why),
                     STATUS_MALFORMED);
        assert_int_equal(message.type, LINK_ACK);
        if (strstr(why.text, rows[i].says) == NULL) {
            fail_msg("row %zu says \"%s\", not \"%s\"", i, why.text, rows[i].says);
        }
    }
}

static void every_message_of_zeros_is_one_of_its_direction_alone(void **state)
{
    (void)state;
    static const struct {
        enum link_type type;
        enum link_way way;
    } all[] = {
#define ROW(NAME, name, way, number) {LINK_##NAME, LINK_##way},
        LINK_MESSAGES(ROW)};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        uint8_t room[ROOM];
        struct link_message zeros = {.type = all[i].type};
        struct link_out out = link_out_of(room, sizeof room);
        assert_true(link_encode(&out, all[i].type, &zeros.as));
        struct link_message got = read_back(&out, all[i].way);
        assert_int_equal(got.type, all[i].type);
        assert_memory_equal(&got.as, &zeros.as, sizeof(struct link_state));
        struct bytes frame = {room + LINK_LENGTH_BYTES, out.len - LINK_LENGTH_BYTES};
        enum link_way other = all[i].way == LINK_UP ? LINK_DOWN : LINK_UP;
        CHECK_STATUS(link_decode(frame, other, &got, NULL), STATUS_MALFORMED);
    }
}

static void every_event_upward_begins_with_its_sequence(void **state)
{
    (void)state;
    struct link_message message = {.type = LINK_DENIED, .as.denied.sequence = 77};
    assert_int_equal(link_sequence(&message), 77);
    message = (struct link_message){.type = LINK_DROPPED, .as.dropped.sequence = 78};
    assert_int_equal(link_sequence(&message), 78);
    message = (struct link_message){.type = LINK_HELLO, .as.hello.protocol = 79};
    assert_int_equal(link_sequence(&message), 0);
    message = (struct link_message){.type = LINK_CUT, .as.cut.id = 80};
    assert_int_equal(link_sequence(&message), 0);
}

static void words_are_those_of_the_table(void **state)
{
    (void)state;
    assert_string_equal(link_type_name(LINK_POLICY_GONE), "POLICY_GONE");
    assert_null(link_type_name((enum link_type)0));
    assert_null(link_type_name((enum link_type)15));
    assert_string_equal(link_end_word(LINK_END_DUPLICATE_CLIENTID), "DUPLICATE_CLIENTID");
    assert_string_equal(link_refusal_word(LINK_REFUSAL_STORM), "STORM");
    assert_string_equal(link_certificate_word(LINK_CERTIFICATE_ACTIVE), "ACTIVE");
    assert_string_equal(link_ban_kind_word(LINK_BAN_OF_NETWORK), "NETWORK");
    assert_string_equal(link_action_word(LINK_ACTION_RETAIN_PUBLISH), "RETAIN_PUBLISH");
    assert_string_equal(link_transport_word(LINK_TRANSPORT_WEBSOCKETS), "WEBSOCKETS");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_field_comes_back),
        cmocka_unit_test(numbers_take_as_many_bytes_as_they_need),
        cmocka_unit_test(a_frame_that_does_not_fit_leaves_what_was_there),
        cmocka_unit_test(a_row_that_does_not_fit_is_left_out_whole),
        cmocka_unit_test(what_the_table_forbids_is_not_written),
        cmocka_unit_test(a_frame_has_a_largest_length),
        cmocka_unit_test(half_a_frame_is_waited_for),
        cmocka_unit_test(what_no_side_writes_is_refused),
        cmocka_unit_test(every_message_of_zeros_is_one_of_its_direction_alone),
        cmocka_unit_test(every_event_upward_begins_with_its_sequence),
        cmocka_unit_test(words_are_those_of_the_table),
    };
    return RUN_TESTS("link/codec", tests);
}
