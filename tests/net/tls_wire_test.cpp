#include "net/tls_wire.hpp"

#include <gtest/gtest.h>
#include <openssl/bio.h>

#include <array>
#include <memory>
#include <string>

namespace gateway::net {
namespace {

struct bio_free {
    void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};
using bio_ptr = std::unique_ptr<BIO, bio_free>;

// The result of one read of at most `most` bytes; "wait" if OpenSSL is asked to retry.
std::string read_from(BIO* bio, int most) {
    std::array<char, 64> into{};
    const int count = BIO_read(bio, into.data(), most);
    if (count > 0) {
        return {into.data(), static_cast<std::size_t>(count)};
    }
    return BIO_should_read(bio) != 0 ? "wait" : "end";
}

TEST(TlsWire, PassesReceivedBytesInOrderAndThenAsksOpenSslToRetry) {
    tls_wire wire;
    const bio_ptr bio(wire.make_bio());
    EXPECT_EQ(read_from(bio.get(), 5), "wait");
    wire.append_received("record one");
    wire.append_received(", record two");
    EXPECT_FALSE(wire.all_read());
    EXPECT_EQ(read_from(bio.get(), 7), "record ");
    EXPECT_EQ(read_from(bio.get(), 64), "one, record two");
    EXPECT_TRUE(wire.all_read());
    EXPECT_EQ(read_from(bio.get(), 5), "wait");
    wire.append_received("more");
    EXPECT_EQ(read_from(bio.get(), 64), "more");
}

TEST(TlsWire, KeepsWrittenBytesUntilTheyAreTaken) {
    tls_wire wire;
    const bio_ptr bio(wire.make_bio());
    EXPECT_EQ(wire.take_unsent(), "");
    EXPECT_EQ(BIO_write(bio.get(), "hello ", 6), 6);
    EXPECT_EQ(BIO_write(bio.get(), "you", 3), 3);
    EXPECT_EQ(BIO_flush(bio.get()), 1);
    EXPECT_EQ(wire.unsent(), 9U);
    EXPECT_EQ(wire.take_unsent(), "hello you");
    EXPECT_EQ(wire.unsent(), 0U);
}

}  // namespace
}  // namespace gateway::net
