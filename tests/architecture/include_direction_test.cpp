// Tests of the rules for includes (docs/architecture.md, Who may include whom): the direction
// between rooms, and the folders that may include a heavy library.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

const fs::path root = GATEWAY_SOURCE_DIR;

// Maps a room to the rooms that it may include beside itself, base/, text/ and config/. The room of
// a path is its longest prefix among these.
const std::map<std::string, std::set<std::string>> permitted = {
    {"base", {}},
    {"text", {"base"}},
    {"config", {"base", "text"}},
    {"net", {}},
    {"redemption", {"redemption/rules"}},
    {"redemption/rules", {"redemption"}},
    {"redemption/engine", {"redemption", "redemption/rules"}},
    {"journal", {"redemption"}},
    {"journal/sqlite", {"redemption", "journal"}},
    {"journal/postgres", {"redemption", "journal"}},
    {"journal/move", {"redemption", "journal", "journal/sqlite", "journal/postgres"}},
    {"platform_clients", {"redemption", "net"}},
    {"platform_clients/taobao", {"redemption", "net", "platform_clients"}},
    {"platform_clients/alipay", {"redemption", "net", "platform_clients"}},
    {"handlers", {"redemption", "net"}},
    {"server/http", {"handlers", "redemption", "net"}},
    {"server/observe", {"handlers", "redemption", "net", "server/http"}},
    {"server/app",
     {"handlers",
      "redemption",
      "redemption/engine",
      "net",
      "journal",
      "journal/sqlite",
      "journal/postgres",
      "journal/move",
      "platform_clients",
      "platform_clients/taobao",
      "platform_clients/alipay",
      "server/http",
      "server/observe"}},
    {"server", {"server/app", "server/observe"}},
    {"simulator", {"net"}},
};
const std::set<std::string> ground_floor = {"base", "text", "config"};
// The simulator has parsers and checks of its own, because a bug in shared code would hide in both.
const std::string simulator_room = "simulator";

struct owned {
    const char* prefix;  // of an included header
    std::vector<std::string> by;
};

const owned heavy[] = {
    {"prometheus/", {"server/observe/"}},
    {"yaml-cpp/", {"config/", "simulator/"}},
    {"sqlite3.h", {"journal/sqlite/"}},
    {"libpq", {"journal/postgres/"}},
    {"boost/beast", {"net/"}},
    {"boost/asio/ssl/stream.hpp", {"net/"}},
    {"spdlog/", {"server/observe/"}},
    {"CLI/", {"server/", "simulator/"}},
    {"boost/json", {"text/", "handlers/", "journal/postgres/", "platform_clients/", "simulator/"}},
};

std::string room_of(const std::string& path) {
    std::string room;
    for (const auto& [prefix, _] : permitted) {
        if (path.starts_with(prefix + '/') && prefix.size() > room.size()) {
            room = prefix;
        }
    }
    return room;
}

std::vector<fs::path> sources() {
    std::vector<fs::path> files;
    for (const auto& [folder, _] : permitted) {
        if (folder.find('/') != std::string::npos) {
            continue;  // the walk over its parent includes it
        }
        for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
            const auto extension = entry.path().extension();
            if (extension == ".cpp" || extension == ".hpp") {
                files.push_back(entry.path());
            }
        }
    }
    return files;
}

void for_each_include(
    const fs::path& file, const std::function<void(const std::string&, bool)>& visit
) {
    static const std::regex include(R"(^\s*#include\s*([<"])([^>"]+)[>"])");
    std::ifstream in(file);
    std::string line;
    std::smatch found;
    while (std::getline(in, line)) {
        if (std::regex_search(line, found, include)) {
            visit(found[2], found[1] == "\"");
        }
    }
}

TEST(Includes, RunOneWay) {
    std::size_t seen = 0;
    for (const auto& file : sources()) {
        const auto name = fs::relative(file, root).string();
        const auto from = room_of(name);
        for_each_include(file, [&](const std::string& header, bool ours) {
            if (!ours) {
                return;
            }
            ++seen;
            const auto to = room_of(header);
            EXPECT_TRUE(fs::exists(root / header))
                << name << " includes " << header << " not by its path from the root";
            const bool shared = from == simulator_room
                                    ? to == "base"
                                    : ground_floor.contains(to) && !ground_floor.contains(from);
            const bool allowed = to == from || shared || permitted.at(from).contains(to);
            EXPECT_TRUE(allowed) << name << " includes " << header;
        });
    }
    EXPECT_GT(seen, 100U) << "the test checked nothing";
}

TEST(Includes, KeepHeavyLibrariesInTheirRooms) {
    for (const auto& file : sources()) {
        const auto name = fs::relative(file, root).string();
        for_each_include(file, [&](const std::string& header, bool) {
            for (const auto& library : heavy) {
                if (!header.starts_with(library.prefix)) {
                    continue;
                }
                const bool at_home =
                    std::any_of(library.by.begin(), library.by.end(), [&](const auto& room) {
                        return name.starts_with(room);
                    });
                EXPECT_TRUE(at_home) << name << " includes <" << header << ">";
            }
        });
    }
}

TEST(Sources, SpawnNothingDetached) {
    for (const auto& file : sources()) {
        std::ifstream in(file);
        const std::string text((std::istreambuf_iterator<char>(in)), {});
        EXPECT_EQ(text.find("asio::detached"), std::string::npos) << file << " swallows exceptions";
    }
}

// The core receives time and chance as arguments (base/clock), so that tests run on virtual time
// and a seed repeats a run. The random bytes of ciphers don't count as chance.
TEST(Sources, ReadNoClockInTheCore) {
    for (const auto& file : sources()) {
        const auto name = fs::relative(file, root).string();
        const bool core = name.starts_with("redemption/") || name.starts_with("journal/") ||
                          name.starts_with("platform_clients/");
        if (!core) {
            continue;
        }
        std::ifstream in(file);
        const std::string text((std::istreambuf_iterator<char>(in)), {});
        for (const char* own : {"_clock::now", "random_device", "mt19937"}) {
            EXPECT_EQ(text.find(own), std::string::npos) << name << " uses " << own;
        }
    }
}

}  // namespace
