/* main.c: bulwarkd: settings, signals, and the daemon between its start and its end. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/daemon.h"
#include "daemon/notify.h"
#include "daemon/test_clock.h"

#include "base/banned.h"

/* What scripts may rely on. */
enum exit_code { EXIT_DONE = 0, EXIT_UNUSABLE = 2, EXIT_CANNOT_SERVE = 1 };

enum { OPTIONS_MEMORY = 1 << 20 };

static const char *environment(const char *name)
{
    return getenv(name);
}

static int complain(const struct why *why, int code)
{
    fprintf(stderr, "bulwarkd: %s\n", why->text);
    return code;
}

static int print_help(struct arena *mem)
{
    struct str text;
    struct why why;
    if (options_help(mem, &text, &why) != STATUS_OK) {
        return complain(&why, EXIT_CANNOT_SERVE);
    }
    fwrite(text.ptr, 1, text.len, stdout);
    return EXIT_DONE;
}

/* Whether what is written to fd goes to journald: a child of a service may have the variable, but
 * another stderr (systemd.exec(5), JOURNAL_STREAM). */
static bool is_journal(int fd)
{
    struct stat st;
    char stream[48];
    const char *journal = environment("JOURNAL_STREAM");
    if (journal == NULL || fstat(fd, &st) != 0) {
        return false;
    }
    snprintf(stream, sizeof stream, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
    return str_eq(str_from(journal), str_from(stream));
}

static enum status make_log(const struct options *options, const struct clock *clock,
                            struct log *ret, struct why *why)
{
    struct log log = {.fd = STDERR_FILENO, .clock = *clock, .priority = is_journal(STDERR_FILENO)};
    if (!log_level_read(options->log_level, &log.level)) {
        return why_set(why, STATUS_INVALID,
                       "log-level is '%.*s'; it must be error, warn, info or debug",
                       STR_ARG(options->log_level));
    }
    if (!log_format_read(options->log_format, &log.format)) {
        return why_set(why, STATUS_INVALID, "log-format is '%.*s'; it must be text or json",
                       STR_ARG(options->log_format));
    }
    *ret = log;
    return STATUS_OK;
}

static enum status make_clock(struct arena *mem, const struct options *options, struct clock *ret,
                              struct why *why)
{
    if (options->test_clock.len == 0) {
        *ret = clock_system();
        return STATUS_OK;
    }
    char *path = str_z(mem, options->test_clock);
    TRY_PTR(path);
    return test_clock_open(path, ret, why);
}

/* Signals are taken by the main thread alone: every other thread inherits this mask. */
static sigset_t block_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ,
           SIG_IGN); /* a file that may not grow is an error of the write, as a full disk */
    return set;
}

static void tell_manager(const struct log *log, enum notice notice)
{
    struct why why = {.code = STATUS_OK};
    if (notify_send(environment("NOTIFY_SOCKET"), notice, &why) != STATUS_OK) {
        log_event(log, LOG_WARN, "bulwarkd.notify_failed", LOG_TEXT("why", why.text));
    }
}

static void reload(struct daemon *daemon, const struct log *log)
{
    struct why why = {.code = STATUS_OK};
    tell_manager(log, NOTICE_RELOADING);
    if (daemon_reload(daemon, &why) == STATUS_OK) {
        log_event(log, LOG_INFO, "bulwarkd.reloaded", LOG_STR("url", daemon_url(daemon)));
    } else {
        log_event(log, LOG_ERROR, "bulwarkd.reload_failed", LOG_TEXT("why", why.text));
    }
    tell_manager(log, NOTICE_READY); /* what was served before is served on */
}

/* Until a signal ends the daemon: its name. */
static const char *serve(struct daemon *daemon, const struct log *log, const sigset_t *signals)
{
    int number = 0;
    while (number != SIGTERM && number != SIGINT) {
        if (sigwait(signals, &number) == 0 && number == SIGHUP) {
            reload(daemon, log);
        }
    }
    return number == SIGTERM ? "SIGTERM" : "SIGINT";
}

static int run(const struct options *options, const struct log *log, const struct clock *clock)
{
    struct why why = {.code = STATUS_OK};
    struct daemon *daemon = NULL;
    const sigset_t signals = block_signals();
    if (options->in_memory) {
        prctl(PR_SET_PDEATHSIG, SIGTERM); /* nobody else would know of it */
    }
    enum status status = daemon_start(options, log, clock, &daemon, &why);
    if (status != STATUS_OK) {
        return complain(&why, status == STATUS_INVALID ? EXIT_UNUSABLE : EXIT_CANNOT_SERVE);
    }
    /* This line is the one by which others know; it is said whatever the level. */
    struct log always = *log;
    const struct account_id id = daemon_account(daemon);
    always.level = LOG_INFO;
    log_event(&always, LOG_INFO, "bulwarkd.ready", LOG_STR("url", daemon_url(daemon)),
              LOG_STR("data", options->data), LOG_STR("account", id.account),
              LOG_STR("region", id.region), LOG_INT("pid", getpid()));
    tell_manager(log, NOTICE_READY);
    const char *signal_name = serve(daemon, log, &signals);
    tell_manager(log, NOTICE_STOPPING);
    bool clean = daemon_stop(daemon);
    log_event(log, LOG_INFO, "bulwarkd.stopped", LOG_TEXT("signal", signal_name),
              LOG_INT("clean", clean));
    return EXIT_DONE;
}

int main(int argc, char **argv)
{
    AUTO_ARENA *mem = arena_new(OPTIONS_MEMORY);
    struct options options;
    struct clock clock;
    struct log log;
    struct why why = {.code = STATUS_OK};
    umask(077);
    if (mem == NULL || options_read(mem, argc, argv, environment, &options, &why) != STATUS_OK) {
        return complain(&why, EXIT_UNUSABLE);
    }
    if (options.help) {
        return print_help(mem);
    }
    if (options.version) {
        printf("bulwarkd %s\n", BULWARK_VERSION);
        return EXIT_DONE;
    }
    if (make_clock(mem, &options, &clock, &why) != STATUS_OK ||
        make_log(&options, &clock, &log, &why) != STATUS_OK) {
        return complain(&why, EXIT_UNUSABLE);
    }
    return run(&options, &log, &clock);
}
