#include "daemon/weak_keys.h"
#include "lib/check.h"
#include "lib/files.h"

static void put(struct arena *mem, const char *dir, const char *name, const char *text)
{
    struct str path;
    CHECK_OK(str_fmt(mem, &path, NULL, "%s/%s", dir, name));
    FILE *file = fopen(path.ptr, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void lists_of_a_folder_are_loaded_and_a_bad_one_is_told(void **state)
{
    (void)state;
    static const uint8_t listed[KEY_DEBIAN_BYTES] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    AUTO_ARENA *mem = arena_new(1 << 16);
    const char *dir = temp_dir_make(mem);
    struct why why = {.code = STATUS_OK};
    put(mem, dir, "blacklist.RSA-2048", "# ours\n00010203040506070809\n");
    put(mem, dir, "README", "not a list\n");
    AUTO_KEYQ_LIST *list = NULL;
    CHECK_OK(weak_keys_load(str_from(dir), &list, &why));
    assert_int_equal(keyq_list_size(list), 1);
    assert_true(keyq_list_has(list, 2048, listed));
    assert_false(keyq_list_has(list, 4096, listed));
    put(mem, dir, "blacklist.RSA-4096", "not hexadecimal\n");
    struct keyq_list *bad = NULL;
    CHECK_STATUS(weak_keys_load(str_from(dir), &bad, &why), STATUS_INVALID);
    assert_null(bad);
    temp_dir_remove(dir);
    CHECK_STATUS(weak_keys_load(str_from(dir), &bad, &why), STATUS_IO);
    CHECK_OK(weak_keys_load(STR(""), &bad, &why));
    assert_null(bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_of_a_folder_are_loaded_and_a_bad_one_is_told)};
    return RUN_TESTS("weak_keys", tests);
}
