#include "simulator/ledger.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace simulator {

namespace json = boost::json;

namespace {

[[noreturn]] void fail(const std::string& what) {
    throw std::runtime_error("ledger: " + what + ": " + std::strerror(errno));
}

std::string text(const json::object& object, std::string_view key) {
    return std::string(object.at(key).as_string());
}

json::object to_json(const effect& executed) {
    return {
        {"at", executed.at},
        {"platform", to_string(executed.where)},
        {"method", executed.method},
        {"natural_key", executed.natural_key},
        {"resource", executed.resource},
        {"payload_sha256", executed.payload_digest},
        {"detail", executed.detail},
    };
}

effect from_json(const json::object& line) {
    effect executed;
    executed.at = text(line, "at");
    executed.where = text(line, "platform") == "alipay" ? platform::alipay : platform::taobao;
    executed.method = text(line, "method");
    executed.natural_key = text(line, "natural_key");
    executed.resource = text(line, "resource");
    executed.payload_digest = text(line, "payload_sha256");
    executed.detail = line.at("detail").as_object();
    return executed;
}

std::string read_whole(const std::string& path) {
    const std::ifstream file(path, std::ios::binary);
    std::ostringstream all;
    if (file) {
        all << file.rdbuf();
    }
    return all.str();
}

void write_whole(int file, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(file, bytes.data(), bytes.size());
        if (written < 0) {
            fail("cannot write");
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

}  // namespace

effect_ledger::effect_ledger(const std::string& path) {
    if (!path.empty()) {
        load(path);
    }
}

effect_ledger::~effect_ledger() {
    if (file_ >= 0) {
        ::close(file_);
    }
}

void effect_ledger::load(const std::string& path) {
    const std::string whole = read_whole(path);
    std::size_t complete = 0;
    for (std::size_t end = whole.find('\n'); end != std::string::npos;
         end = whole.find('\n', complete)) {
        const std::string line = whole.substr(complete, end - complete);
        try {
            index(from_json(json::parse(line).as_object()));
        } catch (const std::exception& error) {
            throw std::runtime_error("ledger: " + path + " holds a bad line: " + error.what());
        }
        complete = end + 1;
    }
    file_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (file_ < 0) {
        fail("cannot open " + path);
    }
    if (complete < whole.size() && ::ftruncate(file_, static_cast<off_t>(complete)) != 0) {
        fail("cannot drop the unfinished last line");
    }
}

void effect_ledger::record(effect executed) {
    if (file_ >= 0) {
        write_whole(file_, json::serialize(to_json(executed)) + "\n");
        if (::fdatasync(file_) != 0) {
            fail("cannot sync");
        }
    }
    index(std::move(executed));
}

void effect_ledger::index(effect executed) {
    const key name{executed.method, executed.natural_key};
    if (!executed.resource.empty()) {
        by_resource_.emplace(key{executed.method, executed.resource}, name);
    }
    auto& effects = by_key_[name];
    if (effects.empty()) {
        order_.push_back(name);
    }
    effects.push_back(std::move(executed));
}

void effect_ledger::clear() {
    if (file_ >= 0 && ::ftruncate(file_, 0) != 0) {
        fail("cannot empty the file");
    }
    order_.clear();
    by_key_.clear();
    by_resource_.clear();
}

std::vector<const effect*> effect_ledger::effects_of(
    std::string_view method, std::string_view natural_key
) const {
    std::vector<const effect*> result;
    const auto found = by_key_.find({std::string(method), std::string(natural_key)});
    if (found != by_key_.end()) {
        for (const effect& one : found->second) {
            result.push_back(&one);
        }
    }
    return result;
}

const effect* effect_ledger::effect_using(std::string_view method, std::string_view resource)
    const {
    const auto found = by_resource_.find({std::string(method), std::string(resource)});
    return found == by_resource_.end() ? nullptr : &by_key_.at(found->second).front();
}

json::object effect_ledger::describe() const {
    json::array items;
    std::uint64_t total = 0;
    for (const key& name : order_) {
        const auto& effects = by_key_.at(name);
        json::object item = to_json(effects.back());
        item["times"] = effects.size();
        item["first_at"] = effects.front().at;
        total += effects.size();
        items.push_back(std::move(item));
    }
    return {{"executed", total}, {"effects", std::move(items)}};
}

}  // namespace simulator
