/* options.h: the daemon's settings, as rows: the rows make the command line, the configuration
 * file, the environment, --help and the manual page.
 *
 * A setting NAME is given as `--NAME VALUE`, as a line `NAME VALUE` of the file that --config names
 * ('#' begins a comment), or as the environment variable BULWARK_NAME (upper case, '_' for '-').
 * The command line wins over the environment, which wins over the file. An unknown name, a value
 * out of bounds or a setting given twice in one place is an error that names the place.
 */
#ifndef DAEMON_OPTIONS_H
#define DAEMON_OPTIONS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/* clang-format off */

/* name, field, kind, default, smallest, largest (numbers), what VALUE is called, prose */
#define OPTIONS(X) \
    X("config", config, TEXT, "", 0, 0, "FILE", \
      "read settings from FILE; the command line wins over it") \
    X("data", data, TEXT, "./bulwark-data", 0, 0, "DIR", \
      "the folder that holds the account: made with mode 0700 when it is not there") \
    X("listen", listen, TEXT, "127.0.0.1:8480", 0, 0, "ADDR:PORT", \
      "where the API is served; port 0 takes any free one, the ready line says which") \
    X("account", account, TEXT, "", 0, 0, "ID", \
      "the twelve-digit account id in ARNs; a data folder keeps what it was made with (123456789012 " \
      "unless told otherwise), and refuses another") \
    X("region", region, TEXT, "", 0, 0, "NAME", \
      "the region in ARNs, kept in the same way (us-east-1); requests signed for any region are " \
      "accepted") \
    X("endpoint", endpoint, TEXT, "", 0, 0, "HOST", \
      "the host name under which devices reach the broker (DescribeEndpoint); default: the " \
      "listen address") \
    X("insecure-no-auth", insecure_no_auth, FLAG, "", 0, 0, "", \
      "serve unsigned requests; refused unless the listen address is loopback") \
    X("tls-certificate", tls_certificate, TEXT, "", 0, 0, "FILE", \
      "serve the API over TLS with this certificate chain (PEM); read again on SIGHUP") \
    X("tls-key", tls_key, TEXT, "", 0, 0, "FILE", \
      "the private key of --tls-certificate (PEM)") \
    X("crl-dir", crl_dir, TEXT, "", 0, 0, "DIR", \
      "read revocation lists (*.crl, *.pem, *.der) from DIR besides fetching them") \
    X("weak-key-dir", weak_key_dir, TEXT, "", 0, 0, "DIR", \
      "read lists of weak Debian keys (blacklist.RSA-2048 ...) from DIR") \
    X("fetch-allow", fetch_allow, TEXT, "", 0, 0, "CIDRS", \
      "addresses, separated by commas, that lists and issuers may be fetched from although they " \
      "are loopback, link-local or metadata addresses") \
    X("watch-certificate", watch_certificate, TEXT, "", 0, 0, "PLACES", \
      "certificates of servers that audits watch besides the API's: files (names with a '/') and " \
      "HOST:PORT, separated by commas") \
    X("extensions", extensions, FLAG, "", 0, 0, "", \
      "offer audit checks that AWS IoT Device Defender does not have") \
    X("schedule-time", schedule_time, TEXT, "02:00", 0, 0, "HH:MM", \
      "the time of day, in UTC, at which scheduled audits begin") \
    X("audit-days", audit_days, NUMBER, "90", 1, 3650, "N", \
      "days for which audits and their findings are kept") \
    X("log-days", log_days, NUMBER, "30", 1, 3650, "N", \
      "days for which log records are kept after they came in") \
    X("session-lag-seconds", session_lag_seconds, NUMBER, "7200", 0, 86400, "N", \
      "how far behind now the check of shared certificates stays") \
    X("audit-log-mib", audit_log_mib, NUMBER, "64", 1, 65536, "N", \
      "size at which DIR/audit.log, the log of changes, gives way to a new file") \
    X("audit-log-files", audit_log_files, NUMBER, "8", 1, 1000, "N", \
      "files of the log of changes that are kept, the newest counted") \
    X("audit-log-reads", audit_log_reads, FLAG, "", 0, 0, "", \
      "log requests that change nothing in DIR/audit.log too") \
    X("public-url", public_url, TEXT, "", 0, 0, "URL", \
      "where receivers of notifications reach this daemon, for the links in messages; default: " \
      "where it listens") \
    X("sns-endpoint", sns_endpoint, TEXT, "", 0, 0, "URL", \
      "publish to topics that this account does not hold at this SNS, with credentials as AWS's " \
      "tools find them; unset: such notifications are given up") \
    X("broker-socket", broker_socket, TEXT, "", 0, 0, "PATH", \
      "where brokers reach this daemon; default: broker.sock in the data folder") \
    X("broker-user", broker_user, TEXT, "", 0, 0, "USERS", \
      "users, separated by commas, whose brokers may come there besides our own and root's") \
    X("broker-state-hours", broker_state_hours, NUMBER, "24", 0, 8760, "N", \
      "how long a broker that has lost this daemon goes on by what it knows; 0: for ever") \
    X("broker-fail-closed", broker_fail_closed, FLAG, "", 0, 0, "", \
      "after that, clients that are connected are refused too, not new ones alone") \
    X("broker-queue-mib", broker_queue_mib, NUMBER, "16", 1, 1024, "N", \
      "room of a broker for events that the daemon has not taken yet") \
    X("storm-connects", storm_connects, NUMBER, "0", 0, 1000000, "N", \
      "attempts to connect that a broker looks at in a second, the rest being refused at once; 0: " \
      "all") \
    X("flapping-connects", flapping_connects, NUMBER, "0", 0, 1000000, "N", \
      "attempts of one client id in a minute, beyond which it is refused for a while; 0: any") \
    X("flapping-ban-seconds", flapping_ban_seconds, NUMBER, "60", 1, 86400, "N", \
      "how long such a client is refused") \
    X("log-level", log_level, TEXT, "info", 0, 0, "LEVEL", \
      "error, warn, info or debug") \
    X("log-format", log_format, TEXT, "text", 0, 0, "FORMAT", \
      "text, for people and journald, or json") \
    X("io-threads", io_threads, NUMBER, "1", 1, 16, "N", \
      "threads that serve connections; one for every two cores is best") \
    X("workers", workers, NUMBER, "2", 1, 64, "N", \
      "threads that read certificates and policies; of several, all but one may generate keys") \
    X("connections", connections, NUMBER, "512", 1, 16384, "N", \
      "connections served at once; more wait") \
    X("connections-per-address", connections_per_address, NUMBER, "256", 1, 16384, "N", \
      "connections of one address; more are closed") \
    X("idle-seconds", idle_seconds, NUMBER, "30", 1, 3600, "N", \
      "a connection on which nothing moves so long is closed") \
    X("request-seconds", request_seconds, NUMBER, "60", 1, 3600, "N", \
      "a request or reply that takes longer in all is cut") \
    X("in-memory", in_memory, FLAG, "", 0, 0, "", \
      "keep the account in memory, where it ends with the daemon, and end with the program that " \
      "started it; DIR holds its endpoint and credentials alone") \
    X("check-db", check_db, FLAG, "", 0, 0, "", \
      "check the whole database before serving: seconds for each gigabyte") \
    X("check-replies", check_replies, FLAG, "", 0, 0, "", \
      "hold every reply against its shape in the service model; for tests") \
    X("test-clock", test_clock, TEXT, "", 0, 0, "FILE", \
      "add the milliseconds that FILE holds (eight bytes, little-endian) to the time; for tests") \
    X("help", help, FLAG, "", 0, 0, "", "print this and leave") \
    X("version", version, FLAG, "", 0, 0, "", "print the version and leave")

/* clang-format on */

struct options {
#define OPTION_TEXT                          struct str
#define OPTION_NUMBER                        int64_t
#define OPTION_FLAG                          bool
#define OPTION_FIELD(name, field, kind, ...) OPTION_##kind field;
    OPTIONS(OPTION_FIELD)
#undef OPTION_FIELD
#undef OPTION_TEXT
#undef OPTION_NUMBER
#undef OPTION_FLAG
};

/* Everything from the command line, the environment and the file. INVALID names what is wrong.
 * Texts are views of argv, environ, or lie in mem; an unset one is "". */
MUST_USE enum status options_read(struct arena *mem, int argc, char *const *argv,
                                  const char *(*env)(const char *name), struct options *ret,
                                  struct why *why);

/* A setting as a line of the configuration file; nothing when it is a text that is not set. INVALID
 * when its text could not be read back: a line break, or white space at an end. */
MUST_USE enum status options_put(struct buf *out, const struct options *options, struct str name,
                                 struct why *why);

/* The text of --help. */
MUST_USE enum status options_help(struct arena *mem, struct str *ret, struct why *why);

#endif
