#include "net/proxy_tunnel.hpp"

#include <array>
#include <boost/asio/error.hpp>
#include <utility>

#include "net/response_head.hpp"
#include "text/base64.hpp"

namespace gateway::net {

namespace {

// No proxy has reason to answer CONNECT with more.
constexpr std::size_t most_answer_bytes = 16 * 1024;
// Interim (1xx) answers before the final one.
constexpr int most_interim = 8;

tunnel_result failed(const error_code& error, std::string detail) {
    tunnel_result result;
    result.error = error;
    result.detail = std::move(detail);
    return result;
}

error_code protocol_fault() {
    return make_error_code(boost::system::errc::protocol_error);
}

base::secret_text connect_request(const std::string& target, const base::secret_text& credentials) {
    std::string out = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n";
    if (!credentials.empty()) {
        const base::secret_text coded(text::base64_encode(credentials.reveal()));
        out.reserve(out.size() + coded.reveal().size() + 64);
        out.append("Proxy-Authorization: Basic ").append(coded.reveal()).append("\r\n");
    }
    out.append("\r\n");
    return base::secret_text(std::move(out));
}

tunnel_result judge(const response_head& head, bool surplus) {
    tunnel_result result;
    result.status = head.status();
    if (head.status() / 100 != 2) {
        result.error = make_error_code(boost::system::errc::connection_refused);
        result.detail = "answered with status " + std::to_string(head.status());
    } else if (surplus) {
        // A target speaks after the client, in TLS and in HTTP alike: the bytes are not the
        // target's.
        result.error = protocol_fault();
        result.detail = "sent more than an answer";
    }
    return result;
}

asio::awaitable<tunnel_result> read_answer(byte_stream& plain) {
    std::string received;
    std::array<char, 2048> piece;
    response_head head;
    for (int interim = 0; interim < most_interim;) {
        const response_head::progress made = head.read(received);
        if (made == response_head::progress::malformed) {
            co_return failed(protocol_fault(), "does not answer as an HTTP proxy does");
        }
        if (made == response_head::progress::complete) {
            if (head.status() >= 200) {
                co_return judge(head, received.size() > head.size());
            }
            received.erase(0, head.size());
            head = response_head();
            ++interim;
            continue;
        }
        if (received.size() > most_answer_bytes) {
            co_return failed(protocol_fault(), "answered with too long a head");
        }
        const io_result got = co_await plain.read_some(asio::buffer(piece));
        received.append(piece.data(), got.bytes);
        if (got.error == asio::error::eof) {
            co_return failed(asio::error::connection_reset, "closed the connection");
        }
        if (got.error) {
            co_return failed(got.error, "gave no answer: " + got.error.message());
        }
    }
    co_return failed(protocol_fault(), "answered with interim answers only");
}

}  // namespace

std::string proxy_address::authority() const {
    const bool v6 = host.find(':') != std::string::npos;
    return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

asio::awaitable<tunnel_result> open_tunnel(
    byte_stream& plain, std::string target, base::secret_text credentials
) {
    const base::secret_text request = connect_request(target, credentials);
    const std::string_view bytes = request.reveal();
    const io_result sent = co_await plain.write_all(asio::buffer(bytes));
    if (sent.error) {
        co_return failed(sent.error, "took no request: " + sent.error.message());
    }
    tunnel_result result = co_await read_answer(plain);
    co_return result;
}

}  // namespace gateway::net
