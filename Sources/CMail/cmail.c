#include "cmail.h"

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>

typedef struct {
    const cmail_server *server;
    const uint8_t *message;
    size_t size;
    size_t sent;
    int is_handed_over;
    int is_at_recipient;
    int is_stopped;
    // Of the clock that never jumps, ms.
    int64_t deadline;
} delivery;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode started;

static void start(void) { started = curl_global_init(CURL_GLOBAL_DEFAULT); }

static size_t read_message(char *buffer, size_t size, size_t count, void *context) {
    delivery *mail = context;
    size_t left = mail->size - mail->sent;
    size_t part = size * count < left ? size * count : left;
    memcpy(buffer, mail->message + mail->sent, part);
    mail->sent += part;
    // libcurl does not ask again once it has as many bytes as it was told of.
    if (mail->sent == mail->size) mail->is_handed_over = 1;
    return part;
}

// What the server says is of no use to anybody but the reply's number; without this it would go to stdout.
static size_t drop(char *bytes, size_t size, size_t count, void *context) {
    (void)bytes;
    (void)context;
    return size * count;
}

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// libcurl's own limit does not hold while it waits for the answer to its QUIT: 120 s, from a server that says nothing.
static int progress(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d) {
    (void)a, (void)b, (void)c, (void)d;
    delivery *mail = context;
    const cmail_server *server = mail->server;
    if (!mail->is_stopped && server->is_stopped) mail->is_stopped = server->is_stopped(server->context) != 0;
    return mail->is_stopped || now_ms() > mail->deadline;
}

// libcurl has one error for every refused command: which one it was is told by what was said last but QUIT.
static int watch(CURL *curl, curl_infotype type, char *bytes, size_t size, void *context) {
    (void)curl;
    delivery *mail = context;
    if (type != CURLINFO_HEADER_OUT) return 0;
    if (size >= 8 && memcmp(bytes, "RCPT TO:", 8) == 0) mail->is_at_recipient = 1;
    if (size >= 4 && memcmp(bytes, "DATA", 4) == 0) mail->is_at_recipient = 0;
    return 0;
}

// Printable ASCII without spaces and brackets: nothing that ends a command or begins another.
static int is_address(const char *text) {
    size_t count = strlen(text);
    if (count < 3 || count > 254 || !strchr(text, '@')) return 0;
    for (size_t i = 0; i < count; i++) {
        if (text[i] <= 0x20 || text[i] >= 0x7f || strchr("<>()[]\\,;:\"", text[i])) return 0;
    }
    return 1;
}

// Every CR with its LF and the other way about, no zero bytes: what is not a line end for one server is for another.
static int is_message(const uint8_t *bytes, size_t size) {
    if (size == 0 || size > CMAIL_MESSAGE_MAX) return 0;
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == 0) return 0;
        if (bytes[i] == '\r' && (i + 1 == size || bytes[i + 1] != '\n')) return 0;
        if (bytes[i] == '\n' && (i == 0 || bytes[i - 1] != '\r')) return 0;
    }
    return bytes[size - 1] == '\n';
}

static int is_usable(const cmail_server *server, const char *from, const char *to) {
    const char *url = server->url;
    if (!url || (strncmp(url, "smtp://", 7) && strncmp(url, "smtps://", 8))) return 0;
    for (const char *c = url; *c; c++) {
        if (*c <= 0x20 || *c >= 0x7f) return 0;
    }
    if (!server->user != !server->password) return 0;
    return server->connect_limit_ms > 0 && server->total_limit_ms > 0 && from && to && is_address(from) &&
           is_address(to);
}

static int set(CURL *curl, delivery *mail, const char *from, struct curl_slist *recipients) {
    const cmail_server *server = mail->server;
    int failed = 0;
#define SET(option, value) failed |= curl_easy_setopt(curl, option, value) != CURLE_OK
    SET(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    SET(CURLOPT_URL, server->url);
    // Neither the environment nor a file of whoever runs the service says where mail goes.
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_NOSIGNAL, 1L);
    // So that the connection ends while our limits hold, not with the handle.
    SET(CURLOPT_FORBID_REUSE, 1L);
    SET(CURLOPT_USE_SSL, (long)(server->protection == CMAIL_TLS ? CURLUSESSL_ALL : CURLUSESSL_NONE));
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    if (server->ca_file) {
        SET(CURLOPT_CAINFO, server->ca_file);
        SET(CURLOPT_CAPATH, NULL);
    }
    if (server->user) {
        SET(CURLOPT_USERNAME, server->user);
        SET(CURLOPT_PASSWORD, server->password);
        SET(CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN");
    }
    SET(CURLOPT_CONNECTTIMEOUT_MS, server->connect_limit_ms);
    SET(CURLOPT_TIMEOUT_MS, server->total_limit_ms);
    SET(CURLOPT_MAIL_FROM, from);
    SET(CURLOPT_MAIL_RCPT, recipients);
    SET(CURLOPT_UPLOAD, 1L);
    SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)mail->size);
    SET(CURLOPT_READFUNCTION, read_message);
    SET(CURLOPT_READDATA, mail);
    SET(CURLOPT_WRITEFUNCTION, drop);
    SET(CURLOPT_HEADERFUNCTION, drop);
    SET(CURLOPT_NOPROGRESS, 0L);
    SET(CURLOPT_XFERINFOFUNCTION, progress);
    SET(CURLOPT_XFERINFODATA, mail);
    SET(CURLOPT_VERBOSE, 1L);
    SET(CURLOPT_DEBUGFUNCTION, watch);
    SET(CURLOPT_DEBUGDATA, mail);
#undef SET
    return !failed;
}

static cmail_outcome outcome(CURLcode code, const delivery *mail, long reply) {
    switch (code) {
    case CURLE_OK: return CMAIL_SENT;
    case CURLE_OUT_OF_MEMORY: return CMAIL_OUT_OF_MEMORY;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT: return CMAIL_NOT_REACHED;
    case CURLE_LOGIN_DENIED: return CMAIL_LOGIN_REFUSED;
    case CURLE_USE_SSL_FAILED:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR: return CMAIL_TLS_FAILED;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL: return CMAIL_UNUSABLE;
    default: break;
    }
    if (mail->is_stopped) return CMAIL_STOPPED;
    // A reply below 400 is that to a step before the one that failed.
    if (reply >= 400) {
        int is_gone = reply == 550 || reply == 551 || reply == 553;
        return is_gone && mail->is_at_recipient ? CMAIL_RECIPIENT_REFUSED : CMAIL_REFUSED;
    }
    if (mail->is_handed_over) return CMAIL_UNCLEAR;
    int is_late = code == CURLE_OPERATION_TIMEDOUT || code == CURLE_ABORTED_BY_CALLBACK;
    return is_late ? CMAIL_TIMED_OUT : CMAIL_BROKEN;
}

// A server that hangs up must not end the process: libcurl leaves SIGPIPE to others when it may not use signals.
static CURLcode perform(CURL *curl) {
    sigset_t pipe, before, waiting;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    sigpending(&waiting);
    int was_waiting = sigismember(&waiting, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, &before);
    CURLcode code = curl_easy_perform(curl);
    const struct timespec now = {0};
    if (!was_waiting) {
        while (sigtimedwait(&pipe, NULL, &now) == SIGPIPE) {}
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return code;
}

cmail_outcome cmail_send(const cmail_server *server, const char *from, const char *to, const uint8_t *message,
                         size_t size, cmail_report *report) {
    report->reply = 0;
    report->detail = "";
    if (!is_usable(server, from, to) || !is_message(message, size)) return CMAIL_UNUSABLE;
    pthread_once(&once, start);
    if (started != CURLE_OK) return CMAIL_OUT_OF_MEMORY;
    delivery mail = {.server = server, .message = message, .size = size};
    mail.deadline = now_ms() + server->total_limit_ms;
    CURL *curl = curl_easy_init();
    struct curl_slist *recipients = curl_slist_append(NULL, to);
    cmail_outcome result = CMAIL_OUT_OF_MEMORY;
    if (curl && recipients && set(curl, &mail, from, recipients)) {
        CURLcode code = perform(curl);
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &report->reply);
        if (report->reply < 200 || report->reply > 599) report->reply = 0;
        report->detail = curl_easy_strerror(code);
        result = outcome(code, &mail, report->reply);
    }
    curl_slist_free_all(recipients);
    curl_easy_cleanup(curl);
    return result;
}
