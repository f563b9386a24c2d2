#include "tls_call.hpp"

#include <sys/socket.h>
#include <sys/time.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

namespace gateway::flow {
namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
namespace http = boost::beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;

}  // namespace

struct tls_connection::state {
    asio::io_context loop;
    ssl::context context{ssl::context::tls_client};
    std::unique_ptr<ssl::stream<tcp::socket>> stream;
    boost::beast::flat_buffer buffer;
    error_code error;
};

tls_connection::tls_connection(std::uint16_t port, const tls_client_options& options)
    : state_(std::make_unique<state>()) {
    auto& [loop, context, stream, buffer, error] = *state_;
    context.set_verify_mode(ssl::verify_peer);
    context.set_verify_callback(ssl::host_name_verification("gateway.test"));
    context.add_certificate_authority(asio::buffer(options.trusted));
    if (!options.certificate.empty()) {
        context.use_certificate_chain(asio::buffer(options.certificate));
        context.use_private_key(asio::buffer(options.key), ssl::context::pem);
    }
    stream = std::make_unique<ssl::stream<tcp::socket>>(loop, context);
    stream->next_layer().connect({asio::ip::address_v4::loopback(), port}, error);
    const timeval timeout{10, 0};
    for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO}) {
        setsockopt(
            stream->next_layer().native_handle(), SOL_SOCKET, option, &timeout, sizeof timeout
        );
    }
    if (!error) {
        stream->handshake(ssl::stream_base::client, error);
    }
}

tls_connection::~tls_connection() = default;

answer tls_connection::call(
    const std::string& method,
    const std::string& target,
    const std::map<std::string, std::string>& headers,
    const std::string& body
) {
    auto& [loop, context, stream, buffer, error] = *state_;
    http::request<http::string_body> request;
    request.method_string(method);
    request.target(target);
    request.version(11);
    request.set(http::field::host, "gateway.test");
    for (const auto& [name, value] : headers) {
        request.set(name, value);
    }
    request.body() = body;
    request.prepare_payload();
    http::response<http::string_body> response;
    if (!error) {
        http::write(*stream, request, error);
    }
    if (!error) {
        http::read(*stream, buffer, response, error);
    }
    answer result;
    if (error) {
        return result;
    }
    result.status = response.result_int();
    result.body = response.body();
    for (const auto& field : response) {
        result.headers.emplace(lower(std::string(field.name_string())), std::string(field.value()));
    }
    return result;
}

}  // namespace gateway::flow
