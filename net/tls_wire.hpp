#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// The encrypted side of an OpenSSL connection, in memory. Only for tls_channel.

struct bio_st;

namespace gateway::net {

// Received bytes that OpenSSL has not read yet, and bytes written by OpenSSL that are not sent yet.
// Unlike OpenSSL's own memory BIO it holds no memory while it holds no bytes, because thousands of
// connections are idle most of the time. One thread at a time; must outlive every BIO over it.
class tls_wire {
public:
    tls_wire() = default;
    tls_wire(const tls_wire&) = delete;
    tls_wire& operator=(const tls_wire&) = delete;

    // A new BIO over this object for SSL_set_bio(); null if there is no memory.
    bio_st* make_bio();

    void append_received(std::string_view bytes) { in_.append(bytes); }
    bool all_read() const noexcept { return in_.empty(); }
    std::size_t unsent() const noexcept { return out_.size(); }
    std::string take_unsent() noexcept;

    // OpenSSL's side.
    std::size_t read(char* into, std::size_t most);
    void write(std::string_view bytes) { out_.append(bytes); }

private:
    std::string in_;
    std::size_t read_ = 0;  // of in_
    std::string out_;
};

}  // namespace gateway::net
