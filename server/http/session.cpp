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

http_response problem_answer(problem_kind kind, const std::string& detail) {
    handlers::problem what;
    what.kind = kind;
    what.detail = detail;
    if (kind == problem_kind::saturated) {
        what.retry_after = std::chrono::seconds(1);
    }
    return handlers::to_response(what);
}

http_response closing_answer(problem_kind kind, const std::string& detail) {
    auto response = problem_answer(kind, detail);
    response.keep_alive = false;
    return response;
}

// Takes in and forgets what the peer is still sending, until it pauses: closing with unread bytes
// would reset the connection and could destroy the answer before it is read (RFC 9112 §9.6).
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

void tell(const endpoint& where, std::string_view method, unsigned status) {
    exchange_facts facts;
    facts.listener = where.name;
    facts.method = method;
    facts.status = status;
    where.probe.answered(facts);
}

// What a refusal says in Retry-After; zero for any other answer.
std::chrono::seconds told_to_wait(const http_response& response) {
    int seconds = 0;
    if (response.status == 503 || response.status == 429) {
        const auto text = response.headers.find("Retry-After").value_or("");
        std::from_chars(text.data(), text.data() + text.size(), seconds);
    }
    return std::chrono::seconds(seconds);
}

// What is read on one connection, and what is answered.
class conversation {
public:
    conversation(
        net::stream_ptr stream,
        const endpoint& where,
        const session_limits& limits,
        connections& all,
        open_connection& place,
        in_flight& turns,
        net::peer_names peer
    )
        : where_(where),
          limits_(limits),
          all_(all),
          place_(place),
          turns_(turns),
          peer_(std::move(peer)),
          stream_(std::move(stream)),
          reader_(*stream_, &all.memory()),
          memory_(all.memory(), [this] { stream_->close(); }) {}

    awaitable<void> run() {
        redemption::presence present;
        while (stays_) {
            place_.waits(*stream_, &reader_);
            // Most connections are here, most of the time: nothing of a request is held yet.
            co_await reader_.wait(limits_.request);
            co_await serve_next(present);
        }
        place_.waits(*stream_);
        co_await stream_->shutdown();
        place_.gone();
    }

private:
    awaitable<void> serve_next(redemption::presence& present) {
        auto got = co_await reader_.read(limits_.request);
        place_.works(*stream_, present);
        if (const auto* fault = std::get_if<request_fault>(&got)) {
            place_.waits(*stream_);
            stays_ = false;
            co_await refuse(*fault);
            co_return;
        }
        auto answer = co_await answer_to(std::get<net::http_request>(std::move(got)), present);
        reader_.request_done();
        place_.writes(*stream_);
        co_await write(std::move(answer));
        if (stays_ && retry_after_ > std::chrono::seconds(0) &&
            all_.overloaded(steady_clock::now())) {
            co_await hold_back();
        } else if (stays_ && !reader_.idle()) {
            // A long pipeline takes its turn for each request, like everybody else.
            co_await boost::asio::post(boost::asio::use_awaitable);
        }
    }

    // To read and refuse again and again whoever doesn't wait would leave no time for the others.
    awaitable<void> hold_back() {
        place_.waits(*stream_, &reader_);
        boost::asio::steady_timer until(
            co_await boost::asio::this_coro::executor,
            std::min<std::chrono::seconds>(retry_after_, std::chrono::seconds(1))
        );
        co_await until.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }

    // The request is gone when the answer is there: a slow reader holds no more than that.
    awaitable<std::string> answer_to(net::http_request request, redemption::presence& present) {
        auto response = co_await dispatch(where_, turns_, request, peer_, &present);
        // A large answer may have to wait for a slow reader. What was only read may be read again.
        if (request.method == "GET" && response.body.size() > free_answer &&
            !memory_.resize(response.body.size())) {
            where_.probe.shed(where_.name, "memory");
            response = problem_answer(
                problem_kind::saturated, "There is no memory for a large answer just now"
            );
        }
        ++answered_;
        retry_after_ = told_to_wait(response);
        stays_ =
            request.keep_alive && !all_.closing() && !place_.ends() && answered_ < limits_.requests;
        response.keep_alive = stays_;
        net::write_options options;
        options.head = request.method == "HEAD";
        co_return net::serialize(response, options);
    }

    awaitable<void> write(std::string answer) {
        memory_.waits_for_peer(true);
        stream_->expires_at(steady_clock::now() + limits_.write);
        const auto written = co_await stream_->write_all(boost::asio::buffer(answer));
        memory_.waits_for_peer(false);
        memory_.release();
        const bool idle = reader_.idle() && stream_->quiet();
        stays_ = stays_ && !written.error && !(idle && (all_.closes_idle() || place_.ends()));
    }

    awaitable<void> refuse(const request_fault& fault) {
        if (fault.what == request_fault::kind::closed) {
            co_return;
        }
        const auto response = closing_answer(kind_of(fault), fault.detail);
        tell(where_, {}, response.status);
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
    open_connection& place_;
    in_flight& turns_;
    net::peer_names peer_;
    net::stream_ptr stream_;
    net::request_reader reader_;
    net::memory_budget::share memory_;  // of the answer
    bool stays_ = true;                 // the connection, after this answer
    std::size_t answered_ = 0;
    std::chrono::seconds retry_after_{0};  // what the last answer said
};

}  // namespace

awaitable<void> run_session(
    net::stream_ptr stream,
    const endpoint& where,
    session_limits limits,
    connections& all,
    in_flight& turns,
    std::optional<tls_entry> tls
) {
    open_connection place(all);
    net::peer_names peer;
    if (tls) {
        place.waits(*stream);
        stream->expires_at(steady_clock::now() + limits.request.header);
        auto met = co_await net::accept_tls(std::move(stream), tls->context, *tls->workers);
        place.gone();
        if (met.error) {
            where.probe.handshake_failed(where.name, met.error.message());
            co_return;
        }
        stream = std::move(met.stream);
        peer = std::move(met.peer);
        tls.reset();
    }
    conversation talk(std::move(stream), where, limits, all, place, turns, std::move(peer));
    co_await talk.run();
}

awaitable<void> refuse_session(net::stream_ptr stream) {
    const auto response =
        closing_answer(problem_kind::saturated, "Too many connections are open; nothing was sent");
    stream->expires_at(steady_clock::now() + std::chrono::seconds(2));
    const auto written = co_await net::write_response(*stream, response);
    if (!written.error) {
        co_await linger(*stream);
    }
    co_await stream->shutdown();
}

}  // namespace gateway::server
