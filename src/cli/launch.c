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
    struct interrupt *interrupt;
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

/* Takes its number back too: it may be another's from now on. */
static bool has_ended(struct launched *launched)
{
    interrupt_hold(launched->interrupt);
    bool gone = waitpid(launched->pid, NULL, WNOHANG) == launched->pid;
    if (gone) {
        launched->pid = 0;
        interrupt_child(launched->interrupt, 0);
    }
    interrupt_release(launched->interrupt);
    return gone;
}

static enum status wait_ready(struct launched *launched, const char *endpoint, ino_t stale,
                              struct why *why)
{
    for (int i = 0; i < READY_TRIES; i++) {
        if (file_number(endpoint) != stale) {
            return STATUS_OK;
        }
        if (has_ended(launched)) {
            return ended(launched, why);
        }
        pause_ms(READY_PAUSE_MS);
    }
    return why_set(why, STATUS_IO, "the daemon for the data folder was not ready in %d s",
                   READY_TRIES * READY_PAUSE_MS / 1000);
}

enum { WORDS_MAX = 24 };

struct words {
    const char *at[WORDS_MAX];
    size_t n;
};

static void add_words(struct words *words, const char *name, const char *value)
{
    words->at[words->n++] = name;
    if (value != NULL) {
        words->at[words->n++] = value;
    }
}

/* TLS is for those who come over a network: this daemon's only client is on the loopback. */
static enum status make_words(const struct launch *launch, const char *config, struct arena *mem,
                              struct words *ret, struct why *why)
{
    struct words words = {.n = 0};
    add_words(&words, "bulwarkd", NULL);
    add_words(&words, "--data", launch->data);
    add_words(&words, "--listen", "127.0.0.1:0");
    add_words(&words, "--log-level", "error");
    add_words(&words, "--tls-key=", "--tls-certificate=");
    if (config != NULL) {
        add_words(&words, "--config", config);
    }
    if (!str_absent(launch->account)) {
        const char *account = str_z(mem, launch->account);
        const char *region = str_z(mem, launch->region);
        TRY_PTR(account);
        TRY_PTR(region);
        add_words(&words, "--account", account);
        add_words(&words, "--region", region);
    }
    if (launch->in_memory) {
        add_words(&words, "--in-memory", NULL);
    }
    *ret = words;
    return STATUS_OK;
}

static int start(const struct words *words, struct launched *launched)
{
    char path[PATH_BYTES];
    char *argv[WORDS_MAX + 1] = {NULL};
    for (size_t i = 0; i < words->n; i++) {
        argv[i] = (char *)(uintptr_t)words->at[i];
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
    posix_spawnattr_t attributes;
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigmask(&attributes, &none);
    interrupt_hold(launched->interrupt);
    int error = posix_spawnp(&launched->pid, daemon_path(path), &files, &attributes, argv, environ);
    interrupt_child(launched->interrupt, error == 0 ? launched->pid : 0);
    interrupt_release(launched->interrupt);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return error;
}

static enum status check_folder(const struct launch *launch, struct arena *mem, struct why *why)
{
    struct str database;
    TRY(str_fmt(mem, &database, why, "%s/bulwark.db", launch->data));
    if (str_absent(launch->account) && file_number(database.ptr) == 0) {
        return why_set(why, STATUS_NOT_FOUND,
                       "%s is no data folder of bulwarkd; start bulwarkd --data %s, or give "
                       "--endpoint URL",
                       launch->data, launch->data);
    }
    return STATUS_OK;
}

enum status launch_daemon(const struct launch *launch, struct arena *mem, struct launched **ret,
                          struct why *why)
{
    struct str endpoint;
    struct str last;
    struct words words;
    TRY(check_folder(launch, mem, why));
    TRY(str_fmt(mem, &endpoint, why, "%s/endpoint", launch->data));
    TRY(str_fmt(mem, &last, why, "%s/last.conf", launch->data));
    struct launched *launched = NEW(mem, struct launched);
    TRY_PTR(launched);
    launched->interrupt = launch->interrupt;
    /* One left by a daemon that was killed would send us to nobody; one of a daemon that we cannot
     * reach is not ours to remove. */
    ino_t stale = file_number(endpoint.ptr);
    const char *config = launch->config;
    config = config == NULL && file_number(last.ptr) != 0 ? last.ptr : config;
    TRY(make_words(launch, config, mem, &words, why));
    int error = start(&words, launched);
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
    interrupt_hold(launched->interrupt);
    if (launched->pid > 0 && kill(launched->pid, SIGTERM) == 0) {
        while (waitpid(launched->pid, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    interrupt_child(launched->interrupt, 0);
    interrupt_release(launched->interrupt);
    if (launched->said >= 0) {
        close(launched->said);
    }
}
