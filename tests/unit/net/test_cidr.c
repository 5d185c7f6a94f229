#include "net/cidr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "lib/check.h"

static struct arena *mem;

static void networks_are_read_and_hold_their_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *cidr, *inside, *outside;
    } rows[] = {
        {"10.0.0.0/8", "10.255.0.1", "11.0.0.0"},
        {"192.168.16.0/20", "192.168.31.255", "192.168.32.0"},
        {"127.0.0.1", "127.0.0.1", "127.0.0.2"},
        {"127.0.0.1/32", "::ffff:127.0.0.1", "::1"},
        {"0.0.0.0/0", "255.255.255.255", "::1"},
        {"::/0", "1.2.3.4", NULL},
        {"fd00::/8", "fdff::1", "fc00::1"},
        {"2001:db8::/33", "2001:db8:7fff::", "2001:db8:8000::"},
        {"::1", "::1", "::2"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct cidr cidr;
        struct address address;
        CHECK_OK(cidr_read(str_from(rows[i].cidr), &cidr, NULL));
        CHECK_OK(address_read(str_from(rows[i].inside), &address, NULL));
        if (!cidr_holds(&cidr, &address)) {
            fail_msg("%s does not hold %s", rows[i].cidr, rows[i].inside);
        }
        if (rows[i].outside != NULL) {
            CHECK_OK(address_read(str_from(rows[i].outside), &address, NULL));
            if (cidr_holds(&cidr, &address)) {
                fail_msg("%s holds %s", rows[i].cidr, rows[i].outside);
            }
        }
    }
}

static void other_texts_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",          "10.0.0.0/",    "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.1/8",
        "10.0.0/8",  "010.0.0.0/8",  "localhost",   "::1/129",     "fd00::1/8",
        "[::1]",     "fe80::1%eth0", "10.0.0.0/8 ", "/8",          "::ffff:1.2.3.4/33x",
        "1.2.3.4.5", "0x7f.0.0.1",   "127.1",
    };
    struct cidr cidr;
    struct why why;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (cidr_read(str_from(bad[i]), &cidr, &why) != STATUS_INVALID) {
            fail_msg("\"%s\" is read", bad[i]);
        }
    }
}

static const char *refusal(const struct fetch_rule *rule, const char *text)
{
    struct address address;
    CHECK_OK(address_read(str_from(text), &address, NULL));
    return fetch_rule_refuses(rule, &address);
}

static void public_and_private_addresses_are_allowed_and_special_ones_not(void **state)
{
    (void)state;
    static const struct fetch_rule nothing;
    static const char *const allowed[] = {
        "8.8.8.8", "10.1.2.3",   "172.16.0.1",       "192.168.0.1",     "2001:db8::1",
        "fd12::1", "100.64.0.1", "64:ff9b::808:808", "2002:808:808::1", "::ffff:10.0.0.1",
    };
    static const char *const refused[][2] = {
        {"127.0.0.1", "a loopback address"},
        {"127.255.255.254", "a loopback address"},
        {"::1", "a loopback address"},
        {"::ffff:127.0.0.1", "a loopback address"},
        {"::127.0.0.1", "a loopback address"},
        {"64:ff9b::7f00:1", "a loopback address"},
        {"2002:7f00:1::", "a loopback address"},
        {"0.0.0.0", "an unspecified address"},
        {"0.1.2.3", "an unspecified address"},
        {"::", "an unspecified address"},
        {"169.254.169.254", "the metadata service of a cloud"},
        {"::ffff:169.254.169.254", "the metadata service of a cloud"},
        {"fd00:ec2::254", "the metadata service of a cloud"},
        {"169.254.1.1", "a link-local address"},
        {"fe80::1", "a link-local address"},
        {"febf::1", "a link-local address"},
        {"224.0.0.1", "a multicast address"},
        {"ff02::1", "a multicast address"},
        {"255.255.255.255", "a reserved address"},
    };
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
        if (refusal(&nothing, allowed[i]) != NULL) {
            fail_msg("%s is refused", allowed[i]);
        }
    }
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        const char *what = refusal(&nothing, refused[i][0]);
        if (what == NULL) {
            fail_msg("%s is allowed", refused[i][0]);
        }
        assert_string_equal(what, refused[i][1]);
    }
}

static void a_rule_opens_what_it_lists_and_no_more(void **state)
{
    (void)state;
    struct fetch_rule rule;
    struct why why;
    CHECK_OK(fetch_rule_read(mem, STR(" 127.0.0.1 ,169.254.0.0/16"), &rule, NULL));
    assert_int_equal(rule.n_allow, 2);
    assert_null(refusal(&rule, "127.0.0.1"));
    assert_null(refusal(&rule, "::ffff:127.0.0.1"));
    assert_null(refusal(&rule, "64:ff9b::7f00:1"));
    assert_null(refusal(&rule, "169.254.169.254"));
    assert_non_null(refusal(&rule, "127.0.0.2"));
    assert_non_null(refusal(&rule, "::1"));
    CHECK_OK(fetch_rule_read(mem, STR(" "), &rule, NULL));
    assert_int_equal(rule.n_allow, 0);
    rule.allow_loopback = true;
    assert_null(refusal(&rule, "127.9.9.9"));
    assert_null(refusal(&rule, "::1"));
    assert_non_null(refusal(&rule, "169.254.169.254"));
    CHECK_STATUS(fetch_rule_read(mem, STR("10.0.0.0/8,,::1"), &rule, &why), STATUS_INVALID);
    CHECK_STATUS(fetch_rule_read(mem, STR("10.0.0.0/8,x"), &rule, &why), STATUS_INVALID);
    assert_non_null(strstr(why.text, "\"x\""));
}

static void addresses_come_from_the_kernels_form(void **state)
{
    (void)state;
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr other = {.sa_family = AF_UNIX};
    struct address got;
    struct address want;
    CHECK_OK(address_read(STR("127.0.0.1"), &want, NULL));
    assert_true(address_of((struct sockaddr *)&v4, &got));
    assert_memory_equal(&got, &want, sizeof got);
    CHECK_OK(address_read(STR("::1"), &want, NULL));
    assert_true(address_of((struct sockaddr *)&v6, &got));
    assert_memory_equal(&got, &want, sizeof got);
    assert_false(address_of(&other, &got));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(networks_are_read_and_hold_their_addresses),
        cmocka_unit_test(other_texts_are_refused),
        cmocka_unit_test(public_and_private_addresses_are_allowed_and_special_ones_not),
        cmocka_unit_test(a_rule_opens_what_it_lists_and_no_more),
        cmocka_unit_test(addresses_come_from_the_kernels_form),
    };
    mem = arena_new(1 << 16);
    int failed = RUN_TESTS("cidr", tests);
    arena_free(mem);
    return failed;
}
