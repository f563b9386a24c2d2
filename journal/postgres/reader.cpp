#include "journal/postgres/reader.hpp"

#include <boost/asio/post.hpp>

#include "journal/delivery.hpp"

namespace gateway::journal::postgres {
namespace {

constexpr std::size_t most_at_once = 64;

}  // namespace

reader::reader(asio::any_io_executor loop, connection on, opener open)
    : loop_(std::move(loop)),
      open_(std::move(open)),
      on_(std::move(on)),
      thread_(most_at_once, [this](std::vector<question_ptr> all) { run(std::move(all)); }) {}

reader::~reader() {
    stop();
}

void reader::push(question_ptr one) {
    if (thread_.push(one)) {
        return;
    }
    one->fail({base::fixed_text("the journal is closed")});
    asio::post(loop_, [refused = std::move(one)] { refused->deliver(); });
}

void reader::stop() {
    thread_.stop();
    on_.reset();
}

void reader::run(std::vector<question_ptr> all) {
    std::optional<pg_error> away;  // a server that is away is not waited for by each question
    for (auto& one : all) {
        bool answered = false;
        for (int tries = 0; tries < 2 && !answered; ++tries) {
            away = away ? away : connect();
            if (away) {
                one->fail({away->shown()});
                break;
            }
            answered = one->perform(*on_);
        }
    }
    auto results = std::make_shared<std::vector<question_ptr>>(std::move(all));
    asio::post(loop_, [loop = loop_, results] {
        deliver_in_turns(loop, results, [](const question_ptr& one) { one->deliver(); });
    });
}

std::optional<pg_error> reader::connect() {
    if (on_ && on_->is_alive()) {
        return std::nullopt;
    }
    auto fresh = open_();
    if (!fresh) {
        return fresh.error();
    }
    on_.emplace(std::move(*fresh));
    return std::nullopt;
}

}  // namespace gateway::journal::postgres
