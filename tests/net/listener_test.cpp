#include "net/listener.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <optional>
#include <vector>

#include "base/task_group.hpp"
#include "net/tcp_stream.hpp"
#include "tests/support/run_coro.hpp"

namespace gateway::net {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

asio::awaitable<connect_result> connect_to(const listener& where) {
    const asio::ip::tcp::endpoint to(asio::ip::address_v4::loopback(), where.port());
    connect_result result = co_await connect_tcp(to, clock::now() + 5s);
    co_return result;
}

asio::awaitable<void> until(const std::function<bool()>& met) {
    const auto limit = clock::now() + 5s;
    while (!met() && clock::now() < limit) {
        co_await asio::post(asio::use_awaitable);
    }
    EXPECT_TRUE(met());
}

void report(const std::exception& e) {
    ADD_FAILURE() << e.what();
}

TEST(Listener, TakesAFreePortAndAcceptsUntilStopped) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        listener listening(loop, {"127.0.0.1", 0});
        EXPECT_NE(listening.port(), 0);
        std::vector<stream_ptr> accepted;
        base::task_group group(loop, report);
        group.spawn(listening.run([&](stream_ptr s) { accepted.push_back(std::move(s)); }));
        const connect_result first = co_await connect_to(listening);
        const connect_result second = co_await connect_to(listening);
        EXPECT_TRUE(first.stream && second.stream);
        co_await until([&] { return accepted.size() == 2; });
        listening.stop();
        co_await group.wait_empty(clock::now() + 5s);
        const connect_result refused = co_await connect_to(listening);
        EXPECT_EQ(refused.error, asio::error::connection_refused);
    });
}

// Two hundred readers that take nothing would hold hundreds of megabytes in the kernel otherwise.
TEST(Listener, TheKernelHoldsLittleForAReaderThatTakesNothing) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        listener listening(loop, {"127.0.0.1", 0});
        std::vector<stream_ptr> accepted;
        base::task_group group(loop, report);
        group.spawn(listening.run([&](stream_ptr s) { accepted.push_back(std::move(s)); }));
        const connect_result reader = co_await connect_to(listening);
        EXPECT_TRUE(reader.stream);
        co_await until([&] { return accepted.size() == 1; });
        const std::string answer(16U * 1024 * 1024, 'x');
        accepted.front()->expires_at(clock::now() + 300ms);
        const io_result written = co_await accepted.front()->write_all(asio::buffer(answer));
        EXPECT_EQ(written.error, asio::error::timed_out);
        // The bytes that the reader's own side has taken are part of it.
        EXPECT_LT(written.bytes, 1024U * 1024);
        listening.stop();
        co_await group.wait_empty(clock::now() + 5s);
    });
}

// One accept per iteration of a busy loop would starve new connections.
TEST(Listener, AcceptsTheWholeBacklogInOneIteration) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        listener listening(loop, {"127.0.0.1", 0});
        std::vector<stream_ptr> clients;
        for (int i = 0; i < 20; ++i) {
            connect_result connected = co_await connect_to(listening);
            clients.push_back(std::move(connected.stream));
        }
        std::vector<stream_ptr> accepted;
        std::optional<std::size_t> after_one_iteration;
        base::task_group group(loop, report);
        group.spawn(listening.run([&](stream_ptr s) {
            if (accepted.empty()) {
                asio::post(loop, [&] { after_one_iteration = accepted.size(); });
            }
            accepted.push_back(std::move(s));
        }));
        co_await until([&] { return after_one_iteration.has_value(); });
        EXPECT_EQ(after_one_iteration, clients.size());
        listening.stop();
        co_await group.wait_empty(clock::now() + 5s);
    });
}

TEST(Listener, NamesTheAddressItCannotBind) {
    asio::io_context loop;
    const listener first(loop.get_executor(), {"127.0.0.1", 0});
    const std::string taken = "127.0.0.1:" + std::to_string(first.port());
    try {
        const listener second(loop.get_executor(), {"127.0.0.1", first.port()});
        ADD_FAILURE() << "two listeners on one port";
    } catch (const boost::system::system_error& e) {
        EXPECT_NE(std::string(e.what()).find(taken), std::string::npos) << e.what();
    }
    EXPECT_THROW(listener(loop.get_executor(), {"not an address", 0}), boost::system::system_error);
}

// Takes all file descriptors of the process until its destruction.
class no_descriptors_left {
public:
    no_descriptors_left() {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        rlimit tight = before_;
        tight.rlim_cur = 128;
        ::setrlimit(RLIMIT_NOFILE, &tight);
        for (int fd = ::dup(0); fd >= 0; fd = ::dup(0)) {
            taken_.push_back(fd);
        }
    }
    ~no_descriptors_left() {
        for (const int fd : taken_) {
            ::close(fd);
        }
        ::setrlimit(RLIMIT_NOFILE, &before_);
    }
    no_descriptors_left(const no_descriptors_left&) = delete;
    no_descriptors_left& operator=(const no_descriptors_left&) = delete;
    // Frees one, for the client's end of a connection.
    void spare_one() {
        ::close(taken_.back());
        taken_.pop_back();
    }

private:
    rlimit before_{};
    std::vector<int> taken_;
};

TEST(Listener, PausesAndGoesOnWhenDescriptorsRunOut) {
    support::run_coro([](asio::any_io_executor loop) -> asio::awaitable<void> {
        listener listening(loop, {"127.0.0.1", 0});
        int accepted = 0;
        std::vector<error_code> failures;
        base::task_group group(loop, report);
        connect_result waiting;
        {
            no_descriptors_left none;
            none.spare_one();
            waiting = co_await connect_to(listening);
            EXPECT_TRUE(waiting.stream);
            group.spawn(listening.run(
                [&](stream_ptr) { ++accepted; },
                [&](const error_code& error) { failures.push_back(error); }
            ));
            co_await until([&] { return failures.size() >= 2; });
            EXPECT_EQ(failures[0], asio::error::no_descriptors);
            EXPECT_EQ(accepted, 0);
        }
        co_await until([&] { return accepted == 1; });
        listening.stop();
        co_await group.wait_empty(clock::now() + 5s);
    });
}

}  // namespace
}  // namespace gateway::net
