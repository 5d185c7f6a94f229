/* main.c: `bulwark`, the command line. A command is a row; nothing here knows one by name. */
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/cli.h"

#include "base/banned.h"

enum { WIDTH_DEFAULT = 80, WIDTH_MIN = 40, WIDTH_MAX = 120 };

static const struct cli_command *const commands[] = {
    &cli_audit,
    &cli_broker_config,
    &cli_ban_add,
    &cli_ban_list,
    &cli_ban_remove,
    &cli_connections,
    &cli_finding,
    &cli_collect,
    &cli_import,
    &cli_mitigate_undo,
    &cli_mitigate_list,
    &cli_mitigate_show,
    &cli_mitigate,
    &cli_notifications_send,
    &cli_notifications_show,
    &cli_notifications,
    &cli_provision,
    &cli_api,
    &cli_metrics,
    &cli_policy_check,
    &cli_policy_reach,
};

static unsigned terminal_width(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
        return WIDTH_DEFAULT;
    }
    return size.ws_col < WIDTH_MIN ? WIDTH_MIN : size.ws_col > WIDTH_MAX ? WIDTH_MAX : size.ws_col;
}

int main(int argc, char **argv)
{
    struct cli cli = {
        .in = stdin,
        .out = stdout,
        .err = stderr,
        .color = isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == NULL,
        .width = terminal_width(),
    };
    int code = cli_main(&cli, commands, sizeof commands / sizeof commands[0], argc, argv);
    if (fflush(stdout) != 0) {
        fputs("bulwark: cannot write the output\n", stderr);
        return CLI_UNUSABLE;
    }
    return code;
}
