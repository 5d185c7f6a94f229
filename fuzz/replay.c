/* replay.c: a main that gives every file of a folder to a fuzz target, as an ordinary test.
 *
 *     fuzz_NAME FOLDER
 *
 * Prints TAP, one case for each file in the order of names. Each input lies in a block of exactly
 * its size, so that a sanitizer sees a read past its end. A target that crashes ends the program;
 * the line "# FILE" before it says on which input. A folder without files is a failure: every
 * target has at least one seed.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Returns a block of exactly *ret_size bytes; NULL with a message when the file cannot be read. */
static uint8_t *read_whole(const char *path, size_t *ret_size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        perror(path);
        return NULL;
    }
    size_t size = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(size == 0 ? 1 : size);
    if (bytes != NULL && fread(bytes, 1, size, file) != size) {
        perror(path);
        free(bytes);
        bytes = NULL;
    }
    fclose(file);
    *ret_size = size;
    return bytes;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int replay_one(const char *folder, const char *name, int number)
{
    char path[4096];
    size_t size = 0;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    printf("# %s\n", name);
    fflush(stdout);
    uint8_t *bytes = read_whole(path, &size);
    if (bytes == NULL) {
        printf("not ok %d - %s cannot be read\n", number, name);
        return 1;
    }
    LLVMFuzzerTestOneInput(bytes, size);
    free(bytes);
    printf("ok %d - %s\n", number, name);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    struct dirent **names = NULL;
    int n = scandir(argv[1], &names, is_visible, alphasort);
    if (n <= 0) {
        printf("1..1\nnot ok 1 - no seeds in %s\n", argv[1]);
        return 1;
    }
    int failed = 0;
    printf("1..%d\n", n);
    for (int i = 0; i < n; i++) {
        failed += replay_one(argv[1], names[i]->d_name, i + 1);
        free(names[i]);
    }
    free(names);
    return failed > 0;
}
