#include "net/tls_wire.hpp"

#include <openssl/bio.h>

#include <algorithm>
#include <memory>
#include <new>
#include <utility>

namespace gateway::net {

namespace {

struct method_free {
    void operator()(BIO_METHOD* method) const noexcept { BIO_meth_free(method); }
};

tls_wire& wire_of(BIO* bio) {
    return *static_cast<tls_wire*>(BIO_get_data(bio));
}

int read_wire(BIO* bio, char* into, std::size_t most, std::size_t* count) {
    BIO_clear_retry_flags(bio);
    *count = wire_of(bio).read(into, most);
    if (*count == 0) {
        BIO_set_retry_read(bio);
        return 0;
    }
    return 1;
}

// OpenSSL is C: no exception may pass through it.
int write_wire(BIO* bio, const char* from, std::size_t size, std::size_t* count) noexcept {
    BIO_clear_retry_flags(bio);
    try {
        wire_of(bio).write({from, size});
    } catch (const std::bad_alloc&) {
        return 0;
    }
    *count = size;
    return 1;
}

// Writes are never buffered, so that a flush has nothing to do. Other commands are not supported.
long control_wire(BIO*, int command, long, void*) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

std::unique_ptr<BIO_METHOD, method_free> make_method() {
    std::unique_ptr<BIO_METHOD, method_free> method(
        BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "tls_wire")
    );
    if (method == nullptr || BIO_meth_set_read_ex(method.get(), read_wire) != 1 ||
        BIO_meth_set_write_ex(method.get(), write_wire) != 1 ||
        BIO_meth_set_ctrl(method.get(), control_wire) != 1) {
        return nullptr;
    }
    return method;
}

}  // namespace

bio_st* tls_wire::make_bio() {
    static const auto method = make_method();
    BIO* const bio = method == nullptr ? nullptr : BIO_new(method.get());
    if (bio != nullptr) {
        BIO_set_data(bio, this);
        BIO_set_init(bio, 1);
    }
    return bio;
}

std::string tls_wire::take_unsent() noexcept {
    return std::exchange(out_, {});
}

std::size_t tls_wire::read(char* into, std::size_t most) {
    const std::size_t count = in_.copy(into, most, read_);
    read_ += count;
    if (read_ == in_.size()) {
        std::string().swap(in_);  // an assignment would keep the memory
        read_ = 0;
    }
    return count;
}

}  // namespace gateway::net
