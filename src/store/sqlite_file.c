/* sqlite_file.c: one process has the data file, and nobody else may read it.
 *
 * SQLite's own locks let several processes in, which would break "writes happen one after another
 * on the writer's thread". The lock lies in a file of its own: closing any descriptor of the data
 * file would drop SQLite's POSIX locks on it. The kernel lets go of it when the process ends,
 * however it ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/sqlite_priv.h"

#include "base/banned.h"

enum { PATH_MAX_BYTES = 4096, PID_TEXT = 24 };

static enum status refuse(struct why *why, const char *doing, const char *path)
{
    char text[128];
    return why_set(why, STATUS_IO, "%s %s: %s", doing, path, strerror_r(errno, text, sizeof text));
}

/* Who holds the lock, as it wrote there; for people only. */
static enum status refuse_taken(int lock, const char *path, struct why *why)
{
    char pid[PID_TEXT] = "";
    ssize_t len = pread(lock, pid, sizeof pid - 1, 0);
    pid[len > 0 ? strcspn(pid, "\n") : 0] = '\0';
    return why_set(why, STATUS_BUSY, "%s is in use by another process%s%s; one at a time may", path,
                   pid[0] == '\0' ? "" : ", number ", pid);
}

static enum status take_lock(const char *path, int *ret_lock, struct why *why)
{
    char name[PATH_MAX_BYTES];
    int len = snprintf(name, sizeof name, "%s.lock", path);
    if (len < 0 || (size_t)len >= sizeof name) {
        return why_set(why, STATUS_TOO_LARGE, "the path of the store has over %d bytes",
                       PATH_MAX_BYTES);
    }
    int lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock < 0) {
        return refuse(why, "cannot open", name);
    }
    if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
        enum status status =
            errno == EWOULDBLOCK ? refuse_taken(lock, path, why) : refuse(why, "cannot lock", name);
        close(lock);
        return status;
    }
    char pid[PID_TEXT];
    int n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    if (ftruncate(lock, 0) != 0 || pwrite(lock, pid, (size_t)n, 0) != n) {
        /* the number is a courtesy, the lock holds without it */
    }
    *ret_lock = lock;
    return STATUS_OK;
}

/* Before SQLite opens it: our descriptor is closed again, and no lock of SQLite is there yet. */
static enum status make_private(const char *path, struct why *why)
{
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) {
        return refuse(why, "cannot open", path);
    }
    struct stat about;
    enum status status = STATUS_OK;
    if (fstat(file, &about) != 0) {
        status = refuse(why, "cannot look at", path);
    } else if (!S_ISREG(about.st_mode)) {
        status = why_set(why, STATUS_IO, "%s is not a regular file", path);
    } else if ((about.st_mode & 077) != 0 && fchmod(file, about.st_mode & 0700) != 0) {
        status = refuse(why, "cannot take the rights of others from", path);
    }
    close(file);
    return status;
}

enum status sqlite_file_take(const char *path, int *ret_lock, struct why *why)
{
    int lock = -1;
    TRY(take_lock(path, &lock, why));
    enum status status = make_private(path, why);
    if (status != STATUS_OK) {
        close(lock);
        return status;
    }
    *ret_lock = lock;
    return STATUS_OK;
}
