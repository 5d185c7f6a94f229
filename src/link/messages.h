/* messages.h: what the daemon and a broker's plugin say to each other: one table.
 *
 * Each message is one list of fields, and all else is derived from the list: the struct here, the
 * encoder and decoder (codec.h), and the readers of the tests. The fields travel in their order.
 *     U  unsigned                      I  signed; times are ms UTC, TIME_NEVER when there is none
 *     E  unsigned, below a count       T  text: UTF-8 without NUL; absent is not empty
 *     B  bytes; absent is not empty    D  32 bytes (a SHA-256) or absent
 *     G  16 random bytes or absent     L  a list of rows, themselves lists of fields
 * Texts, bytes and lists of a decoded message are views into the frame.
 *
 * The conversation. The plugin connects and says HELLO. The daemon answers WELCOME, SETTINGS, then
 * the state: the whole of it, or what changed since the number that HELLO named, in any order, and
 * STATE with its number. From then on each change comes as its rows and a STATE. After a `whole`
 * WELCOME, what is not named before the next STATE is gone. A STATE always follows a WELCOME, also
 * when nothing changed. A row names all of its fields anew and takes effect when it comes. A row
 * may name a policy that has not come: until it does, that row's principal may do nothing, since
 * the policy could deny. A POLICY of a known id takes its place everywhere.
 *
 * Each message upward but HELLO carries a sequence number, which counts by one from 1 in each epoch
 * (one start of the broker). The plugin keeps it until an ACK of that epoch covers it, and sends
 * anew from the first unacknowledged after each HELLO; so the daemon sees each at least once and
 * in order, and by keeping (epoch, last number) with what it did, does each exactly once. What the
 * plugin had to drop is said by DROPPED; it has a number of its own, so numbers have no gaps.
 *
 * A side that receives what it cannot read closes the connection.
 */
#ifndef LINK_MESSAGES_H
#define LINK_MESSAGES_H

#include "base/clock.h"
#include "base/str.h"

/* Changes with each change of this table. Both sides say it; they must be equal. */
enum { LINK_PROTOCOL = 1 };

/* clang-format off */

/* ---- words ----------------------------------------------------------------------------------- */

/* States of a certificate; the API's words. */
#define LINK_CERTIFICATE_STATES(X) \
    X(ACTIVE) X(INACTIVE) X(REVOKED) X(PENDING_TRANSFER) X(PENDING_ACTIVATION)

/* What a ban names: a client id, a certificate's id in hex, an address, a network ("10.0.0.0/8"). */
#define LINK_BAN_KINDS(X) X(CLIENT) X(CERTIFICATE) X(ADDRESS) X(NETWORK)

/* Why a connection was refused. REVOKED: by state or by list; POLICY: nothing allows iot:Connect;
 * STALE: the state is older than SETTINGS permit; IDENTITY: no certificate, or an unreadable one. */
#define LINK_REFUSALS(X) \
    X(IDENTITY) X(UNKNOWN) X(INACTIVE) X(REVOKED) X(EXPIRED) X(NOT_YET_VALID) X(POLICY) X(BANNED) \
    X(STORM) X(STALE) X(PENDING)

/* What was asked; the names of the policy actions. */
#define LINK_ACTIONS(X) X(CONNECT) X(PUBLISH) X(RECEIVE) X(SUBSCRIBE) X(RETAIN_PUBLISH)

/* Why a session ended; AWS's disconnectReason, and UNKNOWN. */
#define LINK_ENDS(X) \
    X(UNKNOWN) X(AUTH_ERROR) X(CLIENT_INITIATED_DISCONNECT) X(CLIENT_ERROR) X(CONNECTION_LOST) \
    X(DUPLICATE_CLIENTID) X(FORBIDDEN_ACCESS) X(MQTT_KEEP_ALIVE_TIMEOUT) X(SERVER_ERROR) \
    X(SERVER_INITIATED_DISCONNECT) X(API_INITIATED_DISCONNECT) X(THROTTLED) \
    X(WEBSOCKET_TTL_EXPIRATION) X(CUSTOMAUTH_TTL_EXPIRATION)

#define LINK_TRANSPORTS(X) X(TCP) X(WEBSOCKETS)
#define LINK_FORMATS(X) X(JSON) X(CBOR)

/* How a PUBLISH went: REFUSED, the broker did not take it. */
#define LINK_PUBLISH_ENDS(X) X(DONE) X(REFUSED)

#define LINK_WORD_ENUM(set, word) LINK_##set##_##word,
#define LINK_X_CERTIFICATE(w) LINK_WORD_ENUM(CERTIFICATE, w)
enum link_certificate { LINK_CERTIFICATE_STATES(LINK_X_CERTIFICATE) LINK_CERTIFICATE_COUNT };
#define LINK_X_BAN(w) LINK_WORD_ENUM(BAN_OF, w)
enum link_ban_kind { LINK_BAN_KINDS(LINK_X_BAN) LINK_BAN_OF_COUNT };
#define LINK_X_REFUSAL(w) LINK_WORD_ENUM(REFUSAL, w)
enum link_refusal { LINK_REFUSALS(LINK_X_REFUSAL) LINK_REFUSAL_COUNT };
#define LINK_X_ACTION(w) LINK_WORD_ENUM(ACTION, w)
enum link_action { LINK_ACTIONS(LINK_X_ACTION) LINK_ACTION_COUNT };
#define LINK_X_END(w) LINK_WORD_ENUM(END, w)
enum link_end { LINK_ENDS(LINK_X_END) LINK_END_COUNT };
#define LINK_X_TRANSPORT(w) LINK_WORD_ENUM(TRANSPORT, w)
enum link_transport { LINK_TRANSPORTS(LINK_X_TRANSPORT) LINK_TRANSPORT_COUNT };
#define LINK_X_FORMAT(w) LINK_WORD_ENUM(FORMAT, w)
enum link_format { LINK_FORMATS(LINK_X_FORMAT) LINK_FORMAT_COUNT };
#define LINK_X_PUBLISH_END(w) LINK_WORD_ENUM(PUBLISH, w)
enum link_publish_end { LINK_PUBLISH_ENDS(LINK_X_PUBLISH_END) LINK_PUBLISH_COUNT };

/* ---- rows of lists --------------------------------------------------------------------------- */

#define LINK_NUMBER_FIELDS(U, I, E, T, B, D, G, L, t) \
    U(t, value)

#define LINK_TEXT_FIELDS(U, I, E, T, B, D, G, L, t) \
    T(t, text)

#define LINK_ATTRIBUTE_FIELDS(U, I, E, T, B, D, G, L, t) \
    T(t, name) \
    T(t, value)

/* A thing that a principal is attached to. */
#define LINK_THING_FIELDS(U, I, E, T, B, D, G, L, t) \
    T(t, name) \
    T(t, type)                 /* absent: none */ \
    L(t, attributes, attribute) \
    E(t, exclusive, 2)         /* boolean */ \
    L(t, policies, number)     /* of the groups that hold it, with their ancestors */

/* A client's numbers in one window. */
#define LINK_COUNTER_FIELDS(U, I, E, T, B, D, G, L, t) \
    T(t, client) \
    D(t, fingerprint)          /* of its last attempt */ \
    T(t, address)              /* likewise */ \
    U(t, sent)                 /* messages that the client published and was allowed to */ \
    U(t, received)             /* messages that were delivered to it */ \
    U(t, bytes_min)            /* of the payload of one message sent; 0 when none was */ \
    U(t, bytes_max) \
    U(t, bytes_sum) \
    U(t, auth_failures)        /* denied: connect, publish, subscribe, receive */ \
    U(t, connects)             /* attempts, successful and failed */ \
    U(t, disconnects)

/* name (struct link_name), its list of fields */
#define LINK_PARTS(X) \
    X(number, LINK_NUMBER_FIELDS) \
    X(text, LINK_TEXT_FIELDS) \
    X(attribute, LINK_ATTRIBUTE_FIELDS) \
    X(thing, LINK_THING_FIELDS) \
    X(counter, LINK_COUNTER_FIELDS)

/* ---- down: daemon to plugin ------------------------------------------------------------------ */

#define LINK_WELCOME_FIELDS(U, I, E, T, B, D, G, L, t) \
    U(t, protocol) \
    G(t, instance)             /* of the daemon's data folder */ \
    T(t, account)              /* twelve digits */ \
    T(t, region) \
    I(t, now)                  /* the daemon's clock, by which the plugin judges from now on */ \
    E(t, whole, 2)             /* boolean: the whole state follows, else what changed */

/* 0 in a bound turns it off, unless said otherwise. */
#define LINK_SETTINGS_FIELDS(U, I, E, T, B, D, G, L, t) \
    U(t, max_age_ms)           /* of the state without a daemon; 0: for ever */ \
    E(t, fail_closed, 2)       /* boolean: past that age all are refused, else only new connections */ \
    U(t, queue_bytes)          /* of events that wait; at least 64 KiB are kept */ \
    U(t, counters_ms)          /* how often COUNTERS are sent; 0: a minute */ \
    U(t, storm_connects)       /* attempts a second that are looked at; the rest is refused at once */ \
    U(t, client_connects)      /* that a policy lets in of one client id in client_window_ms, and no flapping */ \
    U(t, client_window_ms) \
    U(t, client_ban_ms)        /* how long a client that flaps is refused */ \
    U(t, denied_per_minute)    /* DENIED messages of one client; the rest is only counted */

#define LINK_POLICY_FIELDS(U, I, E, T, B, D, G, L, t) \
    U(t, id)                   /* of the daemon's making; rows name policies by it */ \
    T(t, name) \
    U(t, version) \
    T(t, document)

#define LINK_POLICY_GONE_FIELDS(U, I, E, T, B, D, G, L, t) \
    U(t, id)

#define LINK_PRINCIPAL_FIELDS(U, I, E, T, B, D, G, L, t) \
    D(t, fingerprint)          /* SHA-256 of the certificate's DER */ \
    E(t, state, LINK_CERTIFICATE_COUNT) \
    I(t, not_before) \
    I(t, not_after) \
    I(t, revoked)              /* since when a revocation list holds it; TIME_NEVER: none does */ \
    L(t, policies, number)     /* attached to the certificate */ \
    L(t, things, thing)

#define LINK_PRINCIPAL_GONE_FIELDS(U, I, E, T, B, D, G, L, t) \
    D(t, fingerprint)

/* A registered CA whose unknown certificates are told of by STRANGER. */
#define LINK_CA_FIELDS(U, I, E, T, B, D, G, L, t) \
    D(t, fingerprint) \
    D(t, subject)              /* SHA-256 of the DER of its subject */

#define LINK_CA_GONE_FIELDS(U, I, E, T, B, D, G, L, t) \
    D(t, fingerprint)

#define LINK_BAN_FIELDS(U, I, E, T, B, D, G, L, t) \
    U(t, id) \
    E(t, kind, LINK_BAN_OF_COUNT) \
    T(t, value) \
    I(t, until)                /* bans always end */ \
    T(t, reason)

#define LINK_UNBAN_FIELDS(U, I, E, T, B, D, G, L, t) \
    U(t, id)

#define LINK_STATE_FIELDS(U, I, E, T, B, D, G, L, t) \
    U(t, number) \
    I(t, decided)              /* when the oldest change in it was made; of a CUT_DONE that follows */

#define LINK_PUBLISH_FIELDS(U, I, E, T, B, D, G, L, t) \
    U(t, id) \
    T(t, topic) \
    B(t, payload) \
    E(t, qos, 3) \
    E(t, retain, 2) \
    E(t, text, 2)              /* MQTT 5: payload format indicator */ \
    U(t, expiry)               /* seconds; 0: none */ \
    T(t, content_type) \
    T(t, response_topic) \
    B(t, correlation) \
    L(t, properties, attribute)

/* Ends one connection now. */
#define LINK_CUT_FIELDS(U, I, E, T, B, D, G, L, t) \
    U(t, id) \
    T(t, client) \
    U(t, session)              /* that one only; 0: whichever it has */ \
    E(t, reason, LINK_END_COUNT) \
    E(t, will, 2)              /* boolean: its will is published */ \
    I(t, decided)

#define LINK_ACK_FIELDS(U, I, E, T, B, D, G, L, t) \
    G(t, epoch) \
    U(t, sequence)             /* this one and all before it are durable */

/* ---- up: plugin to daemon -------------------------------------------------------------------- */

#define LINK_HELLO_FIELDS(U, I, E, T, B, D, G, L, t) \
    U(t, protocol) \
    T(t, version)              /* of the plugin */ \
    T(t, broker)               /* its name, by which the daemon knows it again */ \
    G(t, epoch)                /* new with each start of the broker */ \
    G(t, instance)             /* whose state it holds; absent: none */ \
    U(t, state)                /* the number of the last STATE it took; 0: none */ \
    U(t, first)                /* the first number that will be sent */ \
    U(t, next)                 /* the number of the next event that happens */

#define LINK_CONNECTED_FIELDS(U, I, E, T, B, D, G, L, t) \
    U(t, sequence) \
    I(t, at) \
    T(t, client) \
    U(t, session)              /* counts from 1 in each epoch */ \
    D(t, fingerprint) \
    T(t, address) \
    T(t, thing)                /* the thing it stands for; absent: none */ \
    E(t, exclusive, 2)         /* boolean: exclusively attached to it */ \
    E(t, transport, LINK_TRANSPORT_COUNT) \
    U(t, protocol)             /* 3: MQTT 3.1, 4: 3.1.1, 5 */ \
    U(t, keepalive)            /* seconds */ \
    E(t, clean, 2)

#define LINK_DISCONNECTED_FIELDS(U, I, E, T, B, D, G, L, t) \
    U(t, sequence) \
    I(t, at) \
    T(t, client) \
    U(t, session) \
    D(t, fingerprint) \
    E(t, reason, LINK_END_COUNT)

#define LINK_REFUSED_FIELDS(U, I, E, T, B, D, G, L, t) \
    U(t, sequence) \
    I(t, at) \
    T(t, client) \
    D(t, fingerprint) \
    T(t, address) \
    E(t, why, LINK_REFUSAL_COUNT)

#define LINK_DENIED_FIELDS(U, I, E, T, B, D, G, L, t) \
    U(t, sequence) \
    I(t, at) \
    T(t, client) \
    U(t, session) \
    D(t, fingerprint) \
    E(t, action, LINK_ACTION_COUNT) \
    T(t, topic)

#define LINK_SUBSCRIBED_FIELDS(U, I, E, T, B, D, G, L, t) \
    U(t, sequence) \
    I(t, at) \
    T(t, client) \
    U(t, session) \
    D(t, fingerprint) \
    L(t, filters, text)

#define LINK_UNSUBSCRIBED_FIELDS(U, I, E, T, B, D, G, L, t) \
    U(t, sequence) \
    I(t, at) \
    T(t, client) \
    U(t, session) \
    D(t, fingerprint) \
    L(t, filters, text)

/* A certificate that nobody registered, of a CA that the daemon named. */
#define LINK_STRANGER_FIELDS(U, I, E, T, B, D, G, L, t) \
    U(t, sequence) \
    I(t, at) \
    T(t, client) \
    T(t, address) \
    D(t, ca) \
    B(t, certificate)          /* DER */

/* A device's report to Device Defender: $aws/things/THING/defender/metrics/FORMAT. */
#define LINK_REPORT_FIELDS(U, I, E, T, B, D, G, L, t) \
    U(t, sequence) \
    I(t, at) \
    T(t, client) \
    U(t, session) \
    D(t, fingerprint) \
    T(t, thing) \
    E(t, format, LINK_FORMAT_COUNT) \
    B(t, payload)

/* A retained message was set; an empty payload: it was taken away. */
#define LINK_RETAINED_FIELDS(U, I, E, T, B, D, G, L, t) \
    U(t, sequence) \
    I(t, at) \
    T(t, client)               /* absent: the daemon */ \
    T(t, topic) \
    B(t, payload) \
    E(t, qos, 3)

/* All that changed since the last; each client is named once in a window. */
#define LINK_COUNTERS_FIELDS(U, I, E, T, B, D, G, L, t) \
    U(t, sequence) \
    I(t, from) \
    I(t, to) \
    L(t, rows, counter)

/* id: of the CUT, or 0 for a change of state */
#define LINK_CUT_DONE_FIELDS(U, I, E, T, B, D, G, L, t) \
    U(t, sequence) \
    U(t, id) \
    U(t, state)                /* number of the STATE, when id is 0 */ \
    U(t, n)                    /* connections that were cut */ \
    I(t, decided) \
    I(t, cut)

#define LINK_PUBLISHED_FIELDS(U, I, E, T, B, D, G, L, t) \
    U(t, sequence) \
    U(t, id) \
    E(t, end, LINK_PUBLISH_COUNT)

#define LINK_DROPPED_FIELDS(U, I, E, T, B, D, G, L, t) \
    U(t, sequence) \
    U(t, kind)                 /* enum link_type of what was dropped */ \
    U(t, n)

/* NAME (LINK_NAME), name (struct link_name), direction, number on the wire */
#define LINK_MESSAGES(X) \
    X(WELCOME, welcome, DOWN, 1) \
    X(SETTINGS, settings, DOWN, 2) \
    X(POLICY, policy, DOWN, 3) \
    X(POLICY_GONE, policy_gone, DOWN, 4) \
    X(PRINCIPAL, principal, DOWN, 5) \
    X(PRINCIPAL_GONE, principal_gone, DOWN, 6) \
    X(CA, ca, DOWN, 7) \
    X(CA_GONE, ca_gone, DOWN, 8) \
    X(BAN, ban, DOWN, 9) \
    X(UNBAN, unban, DOWN, 10) \
    X(STATE, state, DOWN, 11) \
    X(PUBLISH, publish, DOWN, 12) \
    X(CUT, cut, DOWN, 13) \
    X(ACK, ack, DOWN, 14) \
    X(HELLO, hello, UP, 32) \
    X(CONNECTED, connected, UP, 33) \
    X(DISCONNECTED, disconnected, UP, 34) \
    X(REFUSED, refused, UP, 35) \
    X(DENIED, denied, UP, 36) \
    X(SUBSCRIBED, subscribed, UP, 37) \
    X(UNSUBSCRIBED, unsubscribed, UP, 38) \
    X(STRANGER, stranger, UP, 39) \
    X(REPORT, report, UP, 40) \
    X(RETAINED, retained, UP, 41) \
    X(COUNTERS, counters, UP, 42) \
    X(CUT_DONE, cut_done, UP, 43) \
    X(PUBLISHED, published, UP, 44) \
    X(DROPPED, dropped, UP, 45)

/* clang-format on */

/* ---- what the table makes -------------------------------------------------------------------- */

enum link_way { LINK_DOWN, LINK_UP };

enum link_type {
#define LINK_TYPE_ENUM(NAME, name, way, number) LINK_##NAME = (number),
    LINK_MESSAGES(LINK_TYPE_ENUM)
#undef LINK_TYPE_ENUM
        LINK_TYPE_END /* above all numbers */
};

enum link_part {
#define LINK_PART_ENUM(name, fields) LINK_PART_##name,
    LINK_PARTS(LINK_PART_ENUM)
#undef LINK_PART_ENUM
        LINK_PART_COUNT
};

/* The rows of a list as they travel; read with link_list_next, made with link_rows (codec.h). */
struct link_list {
    uint64_t n;
    struct bytes rows;
};

#define LINK_STRUCT_U(t, f)       uint64_t f;
#define LINK_STRUCT_I(t, f)       int64_t f;
#define LINK_STRUCT_E(t, f, n)    uint64_t f;
#define LINK_STRUCT_T(t, f)       struct str f;
#define LINK_STRUCT_B(t, f)       struct bytes f;
#define LINK_STRUCT_L(t, f, part) struct link_list f;
#define LINK_STRUCT(name, FIELDS)                                                                  \
    struct link_##name {                                                                           \
        FIELDS(LINK_STRUCT_U, LINK_STRUCT_I, LINK_STRUCT_E, LINK_STRUCT_T, LINK_STRUCT_B,          \
               LINK_STRUCT_B, LINK_STRUCT_B, LINK_STRUCT_L, name)                                  \
    };
LINK_PARTS(LINK_STRUCT)
#define LINK_MESSAGE_STRUCT(NAME, name, way, number) LINK_STRUCT(name, LINK_##NAME##_FIELDS)
LINK_MESSAGES(LINK_MESSAGE_STRUCT)

/* Room for a row of any list. */
union link_row {
#define LINK_MEMBER(name, fields) struct link_##name name;
    LINK_PARTS(LINK_MEMBER)
#undef LINK_MEMBER
};

struct link_message {
    enum link_type type;
    union {
#define LINK_MEMBER(NAME, name, way, number) struct link_##name name;
        LINK_MESSAGES(LINK_MEMBER)
#undef LINK_MEMBER
    } as;
};

#endif
