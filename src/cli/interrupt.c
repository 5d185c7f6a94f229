/* interrupt.c: see interrupt.h. */
#include "cli/interrupt.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/scratch.h"

#include "base/banned.h"

struct interrupt {
    pthread_t thread;
    sigset_t signals; /* waited for */
    sigset_t before;  /* the command's mask */
    pthread_mutex_t lock;
    pid_t child;
    const char *folder;
};

static void watched(sigset_t *ret)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    sigemptyset(ret);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct sigaction action;
        if (sigaction(numbers[i], NULL, &action) == 0 && action.sa_handler == SIG_DFL) {
            sigaddset(ret, numbers[i]);
        }
    }
}

static void clear_up(const struct interrupt *interrupt)
{
    if (interrupt->child > 0 && kill(interrupt->child, SIGTERM) == 0) {
        while (waitpid(interrupt->child, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    scratch_remove(interrupt->folder);
}

/* Cancelled while it waits; after that it does not come back, and keeps the lock. */
static void *interrupt_main(void *arg)
{
    struct interrupt *interrupt = arg;
    int number = 0;
    int ignored;
    while (sigwait(&interrupt->signals, &number) != 0) {
    }
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &ignored);
    pthread_mutex_lock(&interrupt->lock);
    clear_up(interrupt);
    pthread_sigmask(SIG_UNBLOCK, &interrupt->signals, NULL);
    raise(number);
    _exit(128 + number); /* not reached: the default action of all of them is the end */
}

enum status interrupt_watch(struct arena *mem, struct interrupt **ret, struct why *why)
{
    struct interrupt *interrupt = NEW(mem, struct interrupt);
    TRY_PTR(interrupt);
    pthread_mutex_init(&interrupt->lock, NULL);
    watched(&interrupt->signals);
    pthread_sigmask(SIG_BLOCK, &interrupt->signals, &interrupt->before);
    int error = pthread_create(&interrupt->thread, NULL, interrupt_main, interrupt);
    if (error != 0) {
        pthread_sigmask(SIG_SETMASK, &interrupt->before, NULL);
        pthread_mutex_destroy(&interrupt->lock);
        return why_set(why, STATUS_IO, "a thread cannot be started: %s", strerrordesc_np(error));
    }
    *ret = interrupt;
    return STATUS_OK;
}

void interrupt_hold(struct interrupt *interrupt)
{
    if (interrupt != NULL) {
        pthread_mutex_lock(&interrupt->lock);
    }
}

void interrupt_release(struct interrupt *interrupt)
{
    if (interrupt != NULL) {
        pthread_mutex_unlock(&interrupt->lock);
    }
}

void interrupt_child(struct interrupt *interrupt, pid_t child)
{
    if (interrupt != NULL) {
        interrupt->child = child;
    }
}

void interrupt_folder(struct interrupt *interrupt, const char *folder)
{
    if (interrupt != NULL) {
        interrupt->folder = folder;
    }
}

void interrupt_end(struct interrupt *interrupt)
{
    if (interrupt != NULL) {
        pthread_cancel(interrupt->thread);
        pthread_join(interrupt->thread, NULL);
        pthread_sigmask(SIG_SETMASK, &interrupt->before, NULL);
        pthread_mutex_destroy(&interrupt->lock);
    }
}
