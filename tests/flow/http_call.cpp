#include "http_call.hpp"

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <cctype>

namespace gateway::flow {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;

tcp::endpoint local(std::uint16_t port) {
    return {asio::ip::address_v4::loopback(), port};
}

}  // namespace

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
        return static_cast<char>(std::tolower(c));
    });
    return text;
}

std::string answer::header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
}

answer call(
    std::uint16_t port,
    const std::string& method,
    const std::string& target,
    const std::map<std::string, std::string>& headers,
    const std::string& body,
    std::chrono::seconds limit
) {
    asio::io_context loop;
    beast::tcp_stream stream(loop);
    http::request<http::string_body> request;
    request.method_string(method);
    request.target(target);
    request.version(11);
    request.set(http::field::host, "127.0.0.1");
    for (const auto& [name, value] : headers) {
        request.set(name, value);
    }
    request.body() = body;
    request.prepare_payload();
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(64 * 1024 * 1024);
    parser.skip(method == "HEAD");
    answer result;
    stream.expires_after(limit);
    stream.async_connect(local(port), [&](beast::error_code connect_error) {
        if (connect_error) {
            return;
        }
        http::async_write(stream, request, [&](beast::error_code, std::size_t) {
            http::async_read(
                stream,
                buffer,
                parser,
                [&](beast::error_code read_error, std::size_t) {
                    if (!read_error) {
                        result.status = parser.get().result_int();
                    }
                }
            );
        });
    });
    loop.run();
    if (result.status != 0) {
        for (const auto& field : parser.get()) {
            result.headers.emplace(
                lower(std::string(field.name_string())), std::string(field.value())
            );
        }
        result.body = parser.get().body();
    }
    return result;
}

std::string raw_exchange(std::uint16_t port, const std::string& bytes, std::chrono::seconds limit) {
    asio::io_context loop;
    beast::tcp_stream stream(loop);
    std::string got;
    char chunk[8192];
    std::function<void(beast::error_code, std::size_t)> on_read = [&](beast::error_code error,
                                                                      std::size_t n) {
        got.append(chunk, n);
        if (!error) {
            stream.async_read_some(asio::buffer(chunk), on_read);
        }
    };
    stream.expires_after(limit);
    stream.async_connect(local(port), [&](beast::error_code error) {
        if (error) {
            return;
        }
        asio::async_write(stream, asio::buffer(bytes), [](beast::error_code, std::size_t) {});
        stream.async_read_some(asio::buffer(chunk), on_read);
    });
    loop.run();
    return got;
}

void send_and_disconnect(std::uint16_t port, const std::string& bytes) {
    asio::io_context loop;
    tcp::socket socket(loop);
    socket.connect(local(port));
    asio::write(socket, asio::buffer(bytes));
    socket.close();
}

}  // namespace gateway::flow
