#include "daemon/test_clock.h"
#include "lib/check.h"
#include "lib/files.h"

static void the_clock_moves_with_its_file(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 16);
    const char *dir = temp_dir_make(mem);
    struct str path;
    struct clock clock;
    CHECK_OK(str_fmt(mem, &path, NULL, "%s/clock", dir));
    CHECK_STATUS(test_clock_open(path.ptr, &clock, NULL), STATUS_IO);
    int64_t offset = -90 * (int64_t)DAY_MS;
    FILE *file = fopen(path.ptr, "w");
    assert_non_null(file);
    fwrite(&offset, sizeof offset, 1, file);
    fflush(file);
    CHECK_OK(test_clock_open(path.ptr, &clock, NULL));
    struct clock wall = clock_system();
    int64_t behind = clock_now(&wall) - clock_now(&clock);
    assert_true(behind > 89 * (int64_t)DAY_MS && behind < 91 * (int64_t)DAY_MS);
    offset = 0;
    rewind(file);
    fwrite(&offset, sizeof offset, 1, file);
    fclose(file);
    assert_true(clock_now(&wall) - clock_now(&clock) < DAY_MS);
    temp_dir_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_clock_moves_with_its_file)};
    return RUN_TESTS("test_clock", tests);
}
