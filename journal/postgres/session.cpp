#include "journal/postgres/session.hpp"

#include <libpq-fe.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

namespace gateway::journal::postgres {
namespace {

std::string_view field_of(const ::pg_result* result, int field) noexcept {
    const char* text = PQresultErrorField(result, field);
    return text == nullptr ? std::string_view() : std::string_view(text);
}

// libpq gives no SQLSTATE for a refused connection but in its message, where it stands behind the
// severity: "FATAL:  28P01: password authentication failed".
std::string sqlstate_in(std::string_view message) {
    if (message.find("session is read-only") != std::string_view::npos) {
        return "25006";  // libpq's own, for the server of a failover that is not the primary
    }
    for (const std::string_view severity : {"FATAL:  ", "ERROR:  ", "PANIC:  "}) {
        const auto at = message.find(severity);
        if (at == std::string_view::npos) {
            continue;
        }
        const auto state = message.substr(at + severity.size());
        if (state.size() > 5 && state[5] == ':') {
            return std::string(state.substr(0, 5));
        }
    }
    return {};
}

// Keywords and values as libpq takes them; valid as long as the options.
struct option_pointers {
    explicit option_pointers(const connection_options& options) {
        for (const auto& [keyword, value] : options) {
            keywords.push_back(keyword.c_str());
            values.push_back(value.reveal().data());  // of a std::string, so it ends with NUL
        }
        keywords.push_back(nullptr);
        values.push_back(nullptr);
    }
    std::vector<const char*> keywords;
    std::vector<const char*> values;
};

}  // namespace

pg_outcome<std::unique_ptr<session>> session::open(
    const connection_options& options, const base::runtime& time, base::steady_time deadline
) {
    const option_pointers pointers(options);
    auto* handle = PQconnectStartParams(pointers.keywords.data(), pointers.values.data(), 0);
    std::unique_ptr<session> own(new session(handle, time));
    if (handle == nullptr) {
        return pg_error{.kind = error_kind::trouble, .reason = {"no memory for a connection"}};
    }
    if (auto connected = own->connect(deadline); !connected) {
        return connected.error();
    }
    return own;
}

session::~session() {
    if (handle_ == nullptr) {
        return;
    }
    if (PQtransactionStatus(handle_) != PQTRANS_IDLE) {
        cut();
        return;
    }
    PQfinish(handle_);  // says goodbye, or the server would log a client that vanished
}

pg_outcome<void> session::connect(base::steady_time deadline) {
    PQsetErrorVerbosity(handle_, PQERRORS_VERBOSE);  // for the SQLSTATE
    PQsetNoticeReceiver(handle_, &session::take_notice, this);
    PostgresPollingStatusType step = PGRES_POLLING_WRITING;
    while (step != PGRES_POLLING_OK) {
        if (PQstatus(handle_) == CONNECTION_BAD || step == PGRES_POLLING_FAILED) {
            return connect_error();
        }
        if (!wait(step == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline)) {
            cut();
            return pg_error{.kind = error_kind::lost, .reason = {"the server does not answer"}};
        }
        step = PQconnectPoll(handle_);
    }
    configure();
    return boost::system::in_place_value;
}

pg_error session::connect_error() {
    std::string text = message();
    text.resize(std::min(text.size(), text.find("\nLOCATION:")));  // of the server's source
    auto state = sqlstate_in(text);
    cut();
    const auto kind = state.empty() ? error_kind::lost : error_kind::trouble;
    auto reason = reason_of(text, {});
    return {.kind = kind, .sqlstate = std::move(state), .reason = std::move(reason)};
}

void session::configure() {
    PQsetErrorVerbosity(handle_, PQERRORS_DEFAULT);
    PQsetnonblocking(handle_, 1);
    PQenterPipelineMode(handle_);
    backend_pid_ = PQbackendPID(handle_);
    clear_warnings();
}

void session::cut() noexcept {
    if (handle_ == nullptr) {
        return;
    }
    if (const int fd = PQsocket(handle_); fd >= 0) {
        ::shutdown(fd, SHUT_RDWR);
    }
    PQfinish(std::exchange(handle_, nullptr));
}

bool session::check_alive() {
    if (handle_ == nullptr) {
        return false;
    }
    pollfd socket{.fd = PQsocket(handle_), .events = POLLIN, .revents = 0};
    while (::poll(&socket, 1, 0) > 0) {
        if (PQconsumeInput(handle_) == 0 || PQstatus(handle_) != CONNECTION_OK) {
            cut();
            return false;
        }
    }
    return true;
}

session::sent session::flush(base::steady_time deadline) {
    while (true) {
        const int left = PQflush(handle_);
        if (left == 0) {
            return sent::all;
        }
        // Results are read meanwhile: the server may stop reading while it cannot write.
        if (left < 0 || !wait(POLLIN | POLLOUT, deadline) || PQconsumeInput(handle_) == 0) {
            return sent::partly;
        }
    }
}

std::optional<::pg_result*> session::next(base::steady_time deadline) {
    while (PQisBusy(handle_) != 0) {
        if (!wait(POLLIN, deadline)) {
            return std::nullopt;
        }
        if (PQconsumeInput(handle_) == 0) {
            break;  // PQgetResult() tells what the server said before the connection ended
        }
    }
    return PQgetResult(handle_);
}

std::string session::message() const {
    const char* text = handle_ == nullptr ? nullptr : PQerrorMessage(handle_);
    return text == nullptr ? std::string() : std::string(text);
}

// Bytes that OpenSSL has read from the socket and libpq has not taken yet: records may be larger
// than libpq's buffer, and poll() does not tell of them.
bool session::has_read_ahead() const noexcept {
    const auto* tls = static_cast<const SSL*>(PQsslStruct(handle_, "OpenSSL"));
    return tls != nullptr && SSL_pending(tls) > 0;
}

bool session::wait(short events, base::steady_time deadline) {
    using std::chrono::milliseconds;
    if ((events & POLLIN) != 0 && has_read_ahead()) {
        return true;
    }
    while (true) {
        const auto left = std::chrono::ceil<milliseconds>(deadline - time_.now());
        timed_out_ = left <= milliseconds(0);
        if (timed_out_) {
            return false;
        }
        pollfd socket{.fd = PQsocket(handle_), .events = events, .revents = 0};
        const int ready = ::poll(&socket, 1, static_cast<int>(left.count()));
        if (ready > 0) {
            return true;
        }
        if (ready < 0 && errno != EINTR) {
            return false;
        }
    }
}

void session::take_notice(void* self, const ::pg_result* notice) noexcept {
    auto& own = *static_cast<session*>(self);
    const auto state = field_of(notice, PG_DIAG_SQLSTATE);
    if (own.warning_.empty() && state.starts_with("01")) {
        own.warning_ = state;
    }
}

pg_error error_of(const ::pg_result* result, int statement) {
    const auto state = field_of(result, PG_DIAG_SQLSTATE);
    const auto said = field_of(result, PG_DIAG_MESSAGE_PRIMARY);
    const std::string_view message = said.empty() ? PQresultErrorMessage(result) : said;
    return {
        .kind = state.empty() ? error_kind::trouble : kind_of(state, statement == 0),
        .sqlstate = std::string(state),
        .reason = reason_of(message, state, field_of(result, PG_DIAG_CONSTRAINT_NAME)),
        .statement = statement,
    };
}

bool ends_session(const ::pg_result* result) noexcept {
    return field_of(result, PG_DIAG_SEVERITY_NONLOCALIZED) != "ERROR";
}

}  // namespace gateway::journal::postgres
