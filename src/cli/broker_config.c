/* broker_config.c: `bulwark broker-config`: the configuration with which Mosquitto obeys a daemon.
 *
 * What it says and why: docs/broker.md. It asks nobody and changes nothing; the data folder need
 * not be served.
 */
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/arguments.h"
#include "cli/cli.h"

#include "base/banned.h"

enum { NAME_MAX_BYTES = 64 };

static const char plugin_file[] = "bulwark_mosquitto.so";

struct broker_arguments {
    const char *data, *socket, *plugin, *name;
    const char *bind, *port, *websockets;
    const char *cert, *key;
};

static const struct cli_option options[] = {
    CLI_TEXT(struct broker_arguments, data, "--data", "DIR"),
    CLI_TEXT(struct broker_arguments, socket, "--socket", "PATH"),
    CLI_TEXT(struct broker_arguments, plugin, "--plugin", "FILE"),
    CLI_TEXT(struct broker_arguments, name, "--name", "NAME"),
    CLI_TEXT(struct broker_arguments, bind, "--bind", "ADDRESS"),
    CLI_TEXT(struct broker_arguments, port, "--port", "PORT"),
    CLI_TEXT(struct broker_arguments, websockets, "--websockets", "PORT"),
    CLI_TEXT(struct broker_arguments, cert, "--cert", "FILE"),
    CLI_TEXT(struct broker_arguments, key, "--key", "FILE"),
};
static const struct cli_words words = CLI_WORDS(options, NULL);

/* What the lines are made of; paths are absolute, since the broker starts elsewhere. */
struct broker_config {
    char data[PATH_MAX];
    char socket[PATH_MAX];
    char plugin[PATH_MAX];
    char cert[PATH_MAX];
    char key[PATH_MAX];
    const char *name;
    const char *bind; /* "" for all */
    int64_t port;
    int64_t websockets; /* 0: none */
};

static enum status absolute(const char *what, const char *path, char ret[PATH_MAX], struct why *why)
{
    if (realpath(path, ret) == NULL) {
        return why_set(why, STATUS_NOT_FOUND, "%s: there is no %.300s", what, path);
    }
    return strpbrk(ret, "\r\n") == NULL
               ? STATUS_OK
               : why_set(why, STATUS_INVALID, "%s: a path with a line break", what);
}

static enum status read_port(const char *option, const char *text, int64_t *ret, struct why *why)
{
    int64_t port;
    if (str_to_int64(str_from(text), &port) != STATUS_OK || port < 1 || port > 65535) {
        return why_set(why, STATUS_INVALID, "%s is 1 to 65535, not %.20s", option, text);
    }
    *ret = port;
    return STATUS_OK;
}

/* One word of the configuration: what would break out of its line is refused. */
static enum status read_word(const char *option, const char *text, const char **ret,
                             struct why *why)
{
    size_t len = strlen(text);
    if (len == 0 || len > NAME_MAX_BYTES || strpbrk(text, " \t\r\n#\"") != NULL) {
        return why_set(why, STATUS_INVALID, "%s is one word of at most %d bytes", option,
                       NAME_MAX_BYTES);
    }
    *ret = text;
    return STATUS_OK;
}

/* Beside this program, as it is built; else where it is installed. */
static enum status find_plugin(char ret[PATH_MAX], struct why *why)
{
    static const char *const places[] = {"", "../lib/bulwark/", "../lib/x86_64-linux-gnu/bulwark/",
                                         "../lib/aarch64-linux-gnu/bulwark/"};
    char self[PATH_MAX];
    char path[PATH_MAX + 64];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    while (len > 0 && self[len - 1] != '/') {
        len--;
    }
    for (size_t i = 0; i < sizeof places / sizeof places[0] && len > 0; i++) {
        snprintf(path, sizeof path, "%.*s%s%s", (int)len, self, places[i], plugin_file);
        if (realpath(path, ret) != NULL) {
            return STATUS_OK;
        }
    }
    return why_set(why, STATUS_NOT_FOUND, "%s is not beside this program; name it by --plugin",
                   plugin_file);
}

static enum status read_socket(const struct broker_arguments *a, struct broker_config *config,
                               struct why *why)
{
    /* The socket need not be there yet: its folder must. */
    int len = a->socket == NULL
                  ? snprintf(config->socket, sizeof config->socket, "%s/broker.sock", config->data)
                  : snprintf(config->socket, sizeof config->socket, "%s", a->socket);
    if (len < 0 || (size_t)len >= sizeof config->socket || config->socket[0] != '/' ||
        strpbrk(config->socket, "\r\n") != NULL) {
        return why_set(why, STATUS_INVALID, "--socket is an absolute path");
    }
    return STATUS_OK;
}

static enum status read_config(const struct broker_arguments *a, struct broker_config *config,
                               struct why *why)
{
    if (a->cert == NULL || a->key == NULL) {
        return why_set(why, STATUS_INVALID,
                       "--cert and --key are needed: the certificate by which devices know the "
                       "broker");
    }
    TRY(absolute("--data", a->data == NULL ? "bulwark-data" : a->data, config->data, why));
    TRY(read_socket(a, config, why));
    TRY(absolute("--cert", a->cert, config->cert, why));
    TRY(absolute("--key", a->key, config->key, why));
    TRY(a->plugin == NULL ? find_plugin(config->plugin, why)
                          : absolute("--plugin", a->plugin, config->plugin, why));
    TRY(read_word("--name", a->name == NULL ? "mosquitto" : a->name, &config->name, why));
    config->bind = "";
    if (a->bind != NULL) {
        TRY(read_word("--bind", a->bind, &config->bind, why));
    }
    TRY(read_port("--port", a->port == NULL ? "8883" : a->port, &config->port, why));
    return a->websockets == NULL
               ? STATUS_OK
               : read_port("--websockets", a->websockets, &config->websockets, why);
}

/* Of a folder the broker looks up what it needs when it needs it; its WebSockets can only read a
 * file, once. */
static void print_listener(FILE *out, const struct broker_config *config, int64_t port,
                           const char *protocol, const char *authorities)
{
    fprintf(out, "\nlistener %lld%s%s\n", (long long)port, config->bind[0] == '\0' ? "" : " ",
            config->bind);
    fprintf(out, "protocol %s\n", protocol);
    fprintf(out, "certfile %s\nkeyfile %s\n", config->cert, config->key);
    fprintf(out, "%s\n", authorities);
    fprintf(out, "require_certificate true\nuse_identity_as_username false\n");
}

static void print_config(FILE *out, const struct broker_config *config)
{
    char authorities[PATH_MAX + 32];
    fprintf(out,
            "# Mosquitto under Bulwark: certificates and policies of %s rule.\n"
            "# Made by `bulwark broker-config`; see docs/broker.md.\n"
            "per_listener_settings false\n"
            "allow_anonymous false\n"
            "set_tcp_nodelay true\n"
            "plugin %s\n"
            "plugin_opt_socket %s\n"
            "plugin_opt_name %s\n",
            config->data, config->plugin, config->socket, config->name);
    snprintf(authorities, sizeof authorities, "capath %s/broker/ca", config->data);
    print_listener(out, config, config->port, "mqtt", authorities);
    if (config->websockets != 0) {
        snprintf(authorities, sizeof authorities, "cafile %s/broker/ca.pem", config->data);
        print_listener(out, config, config->websockets, "websockets", authorities);
    }
}

static int run_broker_config(struct cli *cli, const struct cli_command *command, int argc,
                             char **argv)
{
    struct broker_arguments a = {0};
    struct broker_config config = {0};
    struct why why = {.code = STATUS_OK};
    if (cli_arguments(&words, &a, argc, argv, &why) != STATUS_OK ||
        read_config(&a, &config, &why) != STATUS_OK) {
        return cli_misuse(cli, command, why.text);
    }
    print_config(cli->out, &config);
    return CLI_OK;
}

const struct cli_command cli_broker_config = {
    .words = "broker-config",
    .usage = "--cert FILE --key FILE [--data DIR] [--port PORT] [--websockets PORT] "
             "[--bind ADDRESS] [--name NAME] [--socket PATH] [--plugin FILE]",
    .summary = "print a configuration with which Mosquitto enforces the policies",
    .help =
        "Prints a configuration for Mosquitto 2.0 or later, under which each client must show a\n"
        "certificate of a registered CA, and the plugin decides by the daemon's state who may\n"
        "connect, publish, receive and subscribe.\n\n"
        "  --cert FILE         the broker's own certificate (PEM), with what it chains to\n"
        "  --key FILE          its key\n"
        "  --data DIR          the daemon's data folder (default ./bulwark-data)\n"
        "  --port PORT         MQTT over TLS (default 8883)\n"
        "  --websockets PORT   also MQTT over secure WebSockets\n"
        "  --bind ADDRESS      listen there alone (default: everywhere)\n"
        "  --name NAME         by which the daemon knows this broker (default mosquitto)\n"
        "  --socket PATH       the daemon's socket (default DIR/broker.sock)\n"
        "  --plugin FILE       bulwark_mosquitto.so (default: beside this program)\n\n"
        "Exit status: 0 printed, 2 not.\n",
    .run = run_broker_config,
};
