#include "server/http/session.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <utility>

#include "handlers/problem.hpp"
#include "server/http/request_id.hpp"

namespace gateway::server {
namespace {

using boost::asio::awaitable;
using handlers::problem_kind;
using net::http_response;
using net::request_fault;
using std::chrono::steady_clock;

problem_kind kind_of(const request_fault& fault) {
    switch (fault.what) {
        case request_fault::kind::timeout:
            return problem_kind::request_timeout;
        case request_fault::kind::header_too_large:
            return problem_kind::header_too_large;
        case request_fault::kind::body_too_large:
            return problem_kind::body_too_large;
        case request_fault::kind::not_supported:
            return fault.status == 501 ? problem_kind::not_implemented
                                       : problem_kind::version_not_supported;
        case request_fault::kind::saturated:
            return problem_kind::saturated;
        case request_fault::kind::malformed:
        case request_fault::kind::closed:
            break;
    }
    return problem_kind::malformed_request;
}

http_response problem_answer(problem_kind kind, const base::redacted_text& detail) {
    handlers::problem what;
    what.kind = kind;
    what.detail = detail;
    if (kind == problem_kind::saturated) {
        what.retry_after = std::chrono::seconds(1);
    }
    return handlers::to_response(what);
}

http_response closing_answer(
    problem_kind kind, const base::redacted_text& detail, const request_id& named
) {
    auto response = problem_answer(kind, detail);
    handlers::add_request_id(response, named.text);
    response.keep_alive = false;
    return response;
}

// Reads and drops what the peer is still sending, until it pauses: closing with unread bytes would
// reset the connection and could destroy the answer before it is read (RFC 9112 §9.6).
awaitable<void> linger(net::byte_stream& stream) {
    constexpr std::size_t most = 16U * 1024U * 1024U;
    constexpr std::chrono::milliseconds pause(300);
    const auto end = steady_clock::now() + std::chrono::seconds(3);
    std::array<char, 4096> dropped;
    for (std::size_t taken = 0; taken < most && steady_clock::now() < end;) {
        stream.expires_at(std::min(steady_clock::now() + pause, end));
        const auto got = co_await stream.read_some(boost::asio::buffer(dropped));
        if (got.error) {
            break;
        }
        taken += got.bytes;
    }
}

// Of a request that was not read whole.
void report(const endpoint& where, const http_response& response, const request_id& named) {
    exchange_facts facts;
    facts.listener = where.name;
    facts.status = response.status;
    facts.request_id = exchange_mark::request_id(response);
    facts.named_by_caller = named.given;
    where.probe.answered(facts);
}

// The Retry-After of a refusal; zero for any other answer.
std::chrono::seconds retry_after_of(const http_response& response) {
    int seconds = 0;
    if (response.status == 503 || response.status == 429) {
        const auto text = response.headers.find("Retry-After").value_or("");
        std::from_chars(text.data(), text.data() + text.size(), seconds);
    }
    return std::chrono::seconds(seconds);
}

// The exchanges on one connection.
class exchange_loop {
public:
    exchange_loop(
        net::stream_ptr stream,
        const endpoint& where,
        const session_limits& limits,
        connections& all,
        open_connection& entry,
        request_limiter& limiter,
        net::peer_names peer
    )
        : where_(where),
          limits_(limits),
          all_(all),
          entry_(entry),
          limiter_(limiter),
          peer_(std::move(peer)),
          stream_(std::move(stream)),
          reader_(*stream_, &all.memory()),
          memory_(all.memory(), [this] { stream_->close(); }) {}

    awaitable<void> run() {
        redemption::caller_connection caller;
        while (keep_open_) {
            entry_.begin_reading(*stream_, &reader_);
            // Most connections are here, most of the time: nothing of a request is held yet.
            co_await reader_.wait(limits_.request);
            co_await serve_next(caller);
        }
        entry_.begin_reading(*stream_);
        co_await stream_->shutdown();
        entry_.remove();
    }

private:
    awaitable<void> serve_next(redemption::caller_connection& caller) {
        auto got = co_await reader_.read(limits_.request);
        entry_.begin_work(*stream_, caller);
        if (auto* fault = std::get_if<request_fault>(&got)) {
            entry_.begin_reading(*stream_);
            keep_open_ = false;
            co_await refuse(std::move(*fault));
            co_return;
        }
        auto answer = co_await answer_to(std::get<net::http_request>(std::move(got)), caller);
        reader_.request_done();
        entry_.begin_writing(*stream_);
        co_await write(std::move(answer));
        if (keep_open_ && retry_after_ > std::chrono::seconds(0) &&
            all_.overloaded(steady_clock::now())) {
            co_await delay_next_read();
        } else if (keep_open_ && !reader_.idle()) {
            // Other connections run between the requests of a long pipeline.
            co_await boost::asio::post(boost::asio::use_awaitable);
        }
    }

    // A client that ignores Retry-After would otherwise take the loop's time from all others.
    awaitable<void> delay_next_read() {
        entry_.begin_reading(*stream_, &reader_);
        boost::asio::steady_timer until(
            co_await boost::asio::this_coro::executor,
            std::min<std::chrono::seconds>(retry_after_, std::chrono::seconds(1))
        );
        co_await until.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }

    // The request is destroyed before the answer is written: a slow reader holds only the answer.
    awaitable<std::string> answer_to(
        net::http_request request, redemption::caller_connection& caller
    ) {
        auto response = co_await dispatch(where_, limiter_, request, peer_, &caller);
        // A large answer may have to wait for a slow reader.
        if (response.body.size() > free_answer) {
            if (request.method == "POST") {
                // The request has had its effect, so its caller must be told.
                memory_.hold(response.body.size());
            } else if (!memory_.resize(response.body.size())) {
                response = without_memory(response);
            }
        }
        ++answered_;
        retry_after_ = retry_after_of(response);
        keep_open_ = request.keep_alive && !all_.closing() && !entry_.must_end() &&
                     answered_ < limits_.requests;
        response.keep_alive = keep_open_;
        net::write_options options;
        options.head = request.method == "HEAD";
        co_return net::serialize(response, options);
    }

    // A GET can be repeated without harm.
    http_response without_memory(const http_response& instead_of) {
        where_.probe.shed(where_.name, "memory");
        auto response = problem_answer(
            problem_kind::saturated,
            base::fixed_text("There is no memory for a large answer just now")
        );
        handlers::add_request_id(response, instead_of.headers.find("X-Request-Id").value_or(""));
        return response;
    }

    awaitable<void> write(std::string answer) {
        memory_.waits_for_peer(true);
        stream_->expires_at(steady_clock::now() + limits_.write);
        const auto written = co_await stream_->write_all(boost::asio::buffer(answer));
        memory_.waits_for_peer(false);
        memory_.release();
        const bool idle = reader_.idle() && stream_->quiet();
        keep_open_ =
            keep_open_ && !written.error && !(idle && (all_.closes_idle() || entry_.must_end()));
    }

    awaitable<void> refuse(request_fault fault) {
        if (fault.what == request_fault::kind::closed) {
            co_return;
        }
        const auto named = request_id_of(std::exchange(fault.headers, {}));
        const auto response = closing_answer(kind_of(fault), fault.detail, named);
        report(where_, response, named);
        if (fault.what == request_fault::kind::saturated) {
            where_.probe.shed(where_.name, "memory");
        }
        const auto written = co_await net::write_response(*stream_, response);
        if (!written.error) {
            co_await linger(*stream_);
        }
    }

    // Answers up to this size are written without asking for memory.
    static constexpr std::size_t free_answer = std::size_t{8} * 1024;

    const endpoint& where_;
    const session_limits& limits_;
    connections& all_;
    open_connection& entry_;
    request_limiter& limiter_;
    net::peer_names peer_;
    net::stream_ptr stream_;
    net::request_reader reader_;
    net::memory_budget::share memory_;  // of the answer
    bool keep_open_ = true;             // after this answer
    std::size_t answered_ = 0;
    std::chrono::seconds retry_after_{0};  // of the last answer
};

}  // namespace

awaitable<void> run_session(
    net::stream_ptr stream,
    const endpoint& where,
    session_limits limits,
    connections& all,
    request_limiter& limiter,
    std::optional<tls_entry> tls
) {
    open_connection entry(all);
    net::peer_names peer;
    if (tls) {
        entry.begin_reading(*stream);
        stream->expires_at(steady_clock::now() + limits.request.header);
        auto met = co_await net::accept_tls(std::move(stream), tls->context, *tls->workers);
        entry.remove();
        if (met.error) {
            where.probe.handshake_failed(where.name, base::redacted_text::message_of(met.error));
            co_return;
        }
        stream = std::move(met.stream);
        peer = std::move(met.peer);
        tls.reset();
    }
    exchange_loop exchanges(std::move(stream), where, limits, all, entry, limiter, std::move(peer));
    co_await exchanges.run();
}

awaitable<void> refuse_session(net::stream_ptr stream) {
    const auto response = closing_answer(
        problem_kind::saturated,
        base::fixed_text("Too many connections are open; no request of this one was read"),
        request_id_of({})
    );
    stream->expires_at(steady_clock::now() + std::chrono::seconds(2));
    const auto written = co_await net::write_response(*stream, response);
    if (!written.error) {
        co_await linger(*stream);
    }
    co_await stream->shutdown();
}

}  // namespace gateway::server
