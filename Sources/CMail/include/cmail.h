#ifndef TAMGA_CMAIL_H
#define TAMGA_CMAIL_H

#include <stddef.h>
#include <stdint.h>

// One message to one address over SMTP (RFC 5321), by libcurl. Blocks; any thread may call, several at once.

/// What became of a message.
typedef enum {
    /// The server took it.
    CMAIL_SENT = 0,
    /// The server says that there is no such mailbox: it won't say otherwise later. RCPT TO with 550, 551 or 553.
    CMAIL_RECIPIENT_REFUSED,
    /// The server refused something else, or for now: the reply says what.
    CMAIL_REFUSED,
    CMAIL_LOGIN_REFUSED,
    /// No TLS where TLS is required, or a certificate that doesn't verify.
    CMAIL_TLS_FAILED,
    /// No such host, or nobody listens.
    CMAIL_NOT_REACHED,
    /// The connection broke, or what came back was no SMTP, before the message was handed over.
    CMAIL_BROKEN,
    CMAIL_TIMED_OUT,
    /// The whole message was handed over and nothing came back: it may have been taken.
    CMAIL_UNCLEAR,
    /// `is_stopped` said so.
    CMAIL_STOPPED,
    /// What was given can't be sent: an address with bytes that no address has, a message that is too long, a URL of
    /// another scheme. Nothing was connected to.
    CMAIL_UNUSABLE,
    CMAIL_OUT_OF_MEMORY,
} cmail_outcome;

typedef enum {
    /// As it comes: for a server on this machine.
    CMAIL_PLAIN,
    /// Before anything else (smtps), or by STARTTLS (smtp); nothing is sent without it.
    CMAIL_TLS,
} cmail_protection;

/// The longest message, bytes.
#define CMAIL_MESSAGE_MAX 65536

/// Where to send, and how. Texts end in a zero byte.
typedef struct {
    /// `smtp://HOST:PORT/NAME` or `smtps://…`; NAME is what the server is greeted with.
    const char *url;
    cmail_protection protection;
    /// NULL for a server that wants no login. PLAIN and LOGIN only.
    const char *user;
    const char *password;
    /// Certificates that are trusted, PEM; NULL for the system's.
    const char *ca_file;
    /// Milliseconds, above 0.
    long connect_limit_ms;
    long total_limit_ms;
    /// Asked about once a second; NULL for never. Another value than 0 ends it.
    int (*is_stopped)(void *context);
    void *context;
} cmail_server;

/// How it ended, for a log: nothing in it comes from the message, the addresses or the server's words.
typedef struct {
    /// The server's last reply, 200 to 599; 0 when there was none.
    long reply;
    /// libcurl's name for what happened; static.
    const char *detail;
} cmail_report;

/// Sends `message` (a whole RFC 5322 message with CR LF line ends) from and to bare addresses without angle brackets.
cmail_outcome cmail_send(const cmail_server *server, const char *from, const char *to, const uint8_t *message,
                         size_t size, cmail_report *report);

#endif
