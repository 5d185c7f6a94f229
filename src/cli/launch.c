/* launch.c: see launch.h. */
#include "cli/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/str.h"

#include "base/banned.h"

enum { READY_TRIES = 600, READY_PAUSE_MS = 50, PATH_BYTES = 4096, SAID_BYTES = 400 };

struct launched {
    pid_t pid;
    int said; /* what it writes to its standard error; -1: nowhere */
};

/* bulwarkd beside this very program, else the bare name, which the search along PATH takes. */
static const char *daemon_path(char path[PATH_BYTES])
{
    ssize_t len = readlink("/proc/self/exe", path, PATH_BYTES - sizeof "bulwarkd");
    while (len > 0 && path[len - 1] != '/') {
        len--;
    }
    if (len > 0) {
        memcpy(path + len, "bulwarkd", sizeof "bulwarkd");
        if (access(path, X_OK) == 0) {
            return path;
        }
    }
    return "bulwarkd";
}

/* A file's number; 0 when it is not there. Each start of a daemon makes its endpoint file anew. */
static ino_t file_number(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? st.st_ino : 0;
}

static void pause_ms(long ms)
{
    const struct timespec pause = {.tv_nsec = ms * 1000000};
    nanosleep(&pause, NULL);
}

/* The daemon ended: with its own sentence when it said one, as that another serves the folder. */
static enum status ended(const struct launched *launched, struct why *why)
{
    char text[SAID_BYTES];
    ssize_t n = launched->said < 0 ? 0 : pread(launched->said, text, sizeof text, 0);
    struct str said = {text, n < 0 ? 0 : (size_t)n};
    said = str_slice(said, 0, str_find_char(said, '\n', 0));
    if (said.len > 0) {
        return why_set(why, STATUS_IO, "the daemon started for the data folder ended: %.*s",
                       STR_ARG(said));
    }
    return why_set(why, STATUS_IO,
                   "the daemon for the data folder ended at once; start bulwarkd by hand to see "
                   "why");
}

static enum status wait_ready(struct launched *launched, const char *endpoint, ino_t stale,
                              struct why *why)
{
    for (int i = 0; i < READY_TRIES; i++) {
        if (file_number(endpoint) != stale) {
            return STATUS_OK;
        }
        if (waitpid(launched->pid, NULL, WNOHANG) == launched->pid) {
            launched->pid = 0;
            return ended(launched, why);
        }
        pause_ms(READY_PAUSE_MS);
    }
    return why_set(why, STATUS_IO, "the daemon for the data folder was not ready in %d s",
                   READY_TRIES * READY_PAUSE_MS / 1000);
}

/* TLS is for those who come over a network: this daemon's only client is on the loopback. */
static int start(const char *data, const char *config, struct launched *launched)
{
    char path[PATH_BYTES];
    const char *const words[] = {"bulwarkd",
                                 "--data",
                                 data,
                                 "--listen",
                                 "127.0.0.1:0",
                                 "--log-level",
                                 "error",
                                 "--tls-key=",
                                 "--tls-certificate=",
                                 config == NULL ? NULL : "--config",
                                 config,
                                 NULL};
    char *argv[sizeof words / sizeof words[0]];
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        argv[i] = (char *)(uintptr_t)words[i];
    }
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    launched->said = memfd_create("bulwarkd", MFD_CLOEXEC);
    if (launched->said >= 0) {
        posix_spawn_file_actions_adddup2(&files, launched->said, STDERR_FILENO);
    } else {
        posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    }
    int error = posix_spawnp(&launched->pid, daemon_path(path), &files, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&files);
    return error;
}

enum status launch_daemon(const char *data, const char *config, struct arena *mem,
                          struct launched **ret, struct why *why)
{
    struct str database;
    struct str endpoint;
    struct str last;
    TRY(str_fmt(mem, &database, why, "%s/bulwark.db", data));
    TRY(str_fmt(mem, &endpoint, why, "%s/endpoint", data));
    TRY(str_fmt(mem, &last, why, "%s/last.conf", data));
    if (file_number(database.ptr) == 0) {
        return why_set(why, STATUS_NOT_FOUND,
                       "%s is no data folder of bulwarkd; start bulwarkd --data %s, or give "
                       "--endpoint URL",
                       data, data);
    }
    struct launched *launched = NEW(mem, struct launched);
    TRY_PTR(launched);
    /* One left by a daemon that was killed would send us to nobody; one of a daemon that we cannot
     * reach is not ours to remove. */
    ino_t stale = file_number(endpoint.ptr);
    config = config == NULL && file_number(last.ptr) != 0 ? last.ptr : config;
    int error = start(data, config, launched);
    if (error != 0) {
        launched_end(launched);
        return why_set(why, STATUS_IO, "bulwarkd cannot be started: %s", strerrordesc_np(error));
    }
    enum status status = wait_ready(launched, endpoint.ptr, stale, why);
    if (status != STATUS_OK) {
        launched_end(launched);
        return status;
    }
    *ret = launched;
    return STATUS_OK;
}

void launched_end(struct launched *launched)
{
    if (launched == NULL) {
        return;
    }
    if (launched->pid > 0 && kill(launched->pid, SIGTERM) == 0) {
        while (waitpid(launched->pid, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    if (launched->said >= 0) {
        close(launched->said);
    }
}
