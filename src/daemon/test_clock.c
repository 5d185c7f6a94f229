/* test_clock.c: see test_clock.h. */
#include "daemon/test_clock.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

static int64_t shifted_now(void *ctx)
{
    const int64_t *offset = ctx;
    struct clock wall = clock_system();
    return clock_now(&wall) + __atomic_load_n(offset, __ATOMIC_RELAXED);
}

enum status test_clock_open(const char *path, struct clock *ret, struct why *why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0 || st.st_size != sizeof(int64_t)) {
        if (fd >= 0) {
            close(fd);
        }
        return why_set(why, STATUS_IO, "the test clock %s is not a file of eight bytes", path);
    }
    void *offset = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    if (offset == MAP_FAILED) {
        return why_set(why, STATUS_IO, "the test clock %s cannot be mapped", path);
    }
    *ret = (struct clock){shifted_now, offset};
    return STATUS_OK;
}
