#include "daemon/notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/check.h"

/* A manager that listens under a name of the abstract namespace, or at a path. */
static int manager(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(name);
    memcpy(address.sun_path, name, len);
    if (name[0] == '@') {
        address.sun_path[0] = '\0';
    }
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
                     0);
    return fd;
}

static void check_told(int fd, const char *want)
{
    char text[256] = "";
    ssize_t n = recv(fd, text, sizeof text - 1, 0);
    assert_true(n >= 0);
    assert_int_equal(strncmp(text, want, strlen(want)), 0);
}

static void check_all(const char *name)
{
    int fd = manager(name);
    CHECK_OK(notify_send(name, NOTICE_READY, NULL));
    check_told(fd, "READY=1");
    CHECK_OK(notify_send(name, NOTICE_RELOADING, NULL));
    check_told(fd, "RELOADING=1\nMONOTONIC_USEC=");
    CHECK_OK(notify_send(name, NOTICE_STOPPING, NULL));
    check_told(fd, "STOPPING=1");
    close(fd);
}

static void a_manager_is_told_under_an_abstract_name_and_at_a_path(void **state)
{
    char name[64];
    char folder[] = "/tmp/bulwark-notify-XXXXXX";
    (void)state;
    snprintf(name, sizeof name, "@bulwark-notify-%d", (int)getpid());
    check_all(name);
    assert_non_null(mkdtemp(folder));
    snprintf(name, sizeof name, "%s/socket", folder);
    check_all(name);
    unlink(name);
    rmdir(folder);
}

static void nobody_asked_is_no_failure_and_a_wrong_address_is(void **state)
{
    struct why why = {.code = STATUS_OK};
    char longest[200];
    (void)state;
    CHECK_OK(notify_send(NULL, NOTICE_READY, &why));
    CHECK_OK(notify_send("", NOTICE_READY, &why));
    CHECK_STATUS(notify_send("relative", NOTICE_READY, &why), STATUS_INVALID);
    assert_non_null(strstr(why.text, "'relative'"));
    CHECK_STATUS(notify_send("@", NOTICE_READY, &why), STATUS_INVALID);
    memset(longest, '/', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    CHECK_STATUS(notify_send(longest, NOTICE_READY, &why), STATUS_INVALID);
    CHECK_STATUS(notify_send("/nonexistent/socket", NOTICE_READY, &why), STATUS_IO);
    assert_non_null(strstr(why.text, "cannot be told"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_manager_is_told_under_an_abstract_name_and_at_a_path),
        cmocka_unit_test(nobody_asked_is_no_failure_and_a_wrong_address_is),
    };
    return RUN_TESTS("daemon/notify", tests);
}
